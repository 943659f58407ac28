"""The star schema as data: tables, fields, keys and links. Files, databases, data package and manual follow it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from riskscreen.records.texts import Text

Type = Literal["text", "whole", "number", "flag", "date", "moment"]
LAYOUT = "star/1"
STATUSES = ("shown", "suppressed", "rounded", "not_covered")
NONE = "none"
"""The key of the member that means: this fact is not by area (group, programme)."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the star.

    Parameters
    ----------
    name
        Lower case with underscores; no reserved word of any database.
    type
        ``text``, ``whole``, ``number``, ``flag`` (true or false), ``date`` or ``moment`` (UTC, to the second).
    title
        What it is, in both languages.
    needed
        Is there always a value?
    """

    name: str
    type: Type
    title: Text
    needed: bool = False


@dataclass(frozen=True, slots=True)
class StarTable:
    """One table of the star: its fields, the fields that identify a row, and which fields point to another table."""

    name: str
    title: Text
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its fields."""
        return tuple(field.name for field in self.fields)


def _f(name: str, type_: Type, en: str, nl: str, needed: bool = False) -> Field:
    return Field(name, type_, Text(en, nl), needed)


def _key(name: str, en: str, nl: str) -> Field:
    return _f(name, "text", en, nl, needed=True)


_NAMES = (
    _f("name_en", "text", "name in English", "naam in het Engels", True),
    _f("name_nl", "text", "name in Dutch", "naam in het Nederlands", True),
)
_TITLES = (
    _f("title_en", "text", "title in English", "titel in het Engels", True),
    _f("title_nl", "text", "title in Dutch", "titel in het Nederlands", True),
)

RELEASES = StarTable(
    "releases",
    Text("Releases, withdrawn ones too", "Vrijgaven, ook de ingetrokken"),
    (
        _key("release_id", "release", "vrijgave"),
        _f("run", "text", "name of the run", "naam van de run", True),
        _f("channel", "text", "channel: internal or public", "kanaal: intern (internal) of openbaar (public)", True),
        _f("subject", "text", "hash of what was approved", "hash van wat is goedgekeurd", True),
        _f("ledger_entry", "whole", "number of its entry in the ledger", "nummer van de regel in het logboek", True),
        _f("ledger_hash", "text", "hash of that entry", "hash van die regel", True),
        _f("released_at", "moment", "released at (UTC)", "vrijgegeven op (UTC)", True),
        _f("rules", "text", "disclosure rules", "onthullingsregels", True),
        _f("threshold", "whole", "smallest count shown", "kleinste aantal dat getoond wordt", True),
        _f("estimate_base", "whole", "fewest families under an estimate", "minste gezinnen onder een schatting", True),
        _f("approval", "whole", "number of the decision", "nummer van het besluit", True),
        _f("withdrawn", "flag", "was it withdrawn? then do not use it", "ingetrokken? gebruik het dan niet", True),
        _f("withdrawn_at", "moment", "withdrawn at (UTC)", "ingetrokken op (UTC)"),
        _f("is_latest", "flag", "the newest that holds, of its run", "de nieuwste geldige, van deze run", True),
        _f(
            "loaded",
            "flag",
            "are its figures here? not when withdrawn",
            "staan de cijfers hier? niet als ingetrokken",
            True,
        ),
        _f("notice_en", "text", "what every reader must know, in English", "wat elke lezer moet weten, in het Engels"),
        _f(
            "notice_nl", "text", "what every reader must know, in Dutch", "wat elke lezer moet weten, in het Nederlands"
        ),
    ),
    ("release_id",),
)
RELEASED_TABLES = StarTable(
    "released_tables",
    Text("The tables of every release that holds", "De tabellen van elke geldige vrijgave"),
    (
        _key("release_id", "release", "vrijgave"),
        _key("table_name", "table", "tabel"),
        *_TITLES,
        _f("note_en", "text", "what a reader must know, in English", "wat een lezer moet weten, in het Engels"),
        _f("note_nl", "text", "what a reader must know, in Dutch", "wat een lezer moet weten, in het Nederlands"),
        _f("key_columns", "text", "what its rows are about, by column", "waar de rijen over gaan, per kolom"),
        _f("table_rows", "whole", "rows", "rijen", True),
        _f("cells", "whole", "cells that are not keys", "cellen die geen sleutel zijn", True),
        _f("suppressed", "whole", "suppressed cells", "onderdrukte cellen", True),
        _f("content_hash", "text", "hash of its content in the ledger", "hash van de inhoud in het logboek", True),
    ),
    ("release_id", "table_name"),
    {"release_id": "releases"},
)
MEASURES = StarTable(
    "measures",
    Text("What is measured", "Wat er gemeten is"),
    (
        _key("measure_key", "measure: table and column", "maat: tabel en kolom"),
        _f("table_name", "text", "table", "tabel", True),
        _f("column_name", "text", "column", "kolom", True),
        _f("kind", "text", "count, rate, estimate, number or code", "aantal, aandeel, schatting, getal of code", True),
        _f("unit", "text", "unit", "eenheid"),
        _f(
            "times",
            "number",
            "multiply by this to read it in its unit",
            "hiermee vermenigvuldigen voor de eenheid",
            True,
        ),
        *_TITLES,
        _f("of_measure", "text", "count on top of a rate", "aantal boven de deelstreep"),
        _f("base_measure", "text", "count below it, or that it rests on", "aantal eronder, of waar het op steunt"),
        _f("low_column", "text", "column of the lower end", "kolom van de ondergrens"),
        _f("high_column", "text", "column of the upper end", "kolom van de bovengrens"),
    ),
    ("measure_key",),
)
AREAS = StarTable(
    "areas",
    Text("Areas, with the years in which their codes hold", "Gebieden, met de jaren waarin hun code geldt"),
    (
        _key(
            "area_key", "area: code, and from when if a merger made it", "gebied: code, en sinds wanneer na een fusie"
        ),
        _f("code", "text", "code of Statistics Netherlands", "code van het CBS", True),
        _f("area_level", "text", "kind of area", "soort gebied", True),
        *_NAMES,
        _f("wijk_code", "text", "wijk that it lies in", "wijk waarin het ligt"),
        _f("gemeente_code", "text", "municipality by this code", "gemeente volgens deze code"),
        _f(
            "valid_from", "date", "code holds from; empty: before what is known", "geldt vanaf; leeg: eerder dan bekend"
        ),
        _f("valid_to", "date", "code holds until (exclusive); empty: still", "geldt tot (exclusief); leeg: nog steeds"),
        _f(
            "successor",
            "text",
            "area that it went into, where that is known",
            "gebied waarin het opging, als dat bekend is",
        ),
        _f("gemeente_now", "text", "municipality after all known mergers", "gemeente na alle bekende fusies"),
    ),
    ("area_key",),
)
GROUPS = StarTable(
    "groups",
    Text("What else a fact is about", "Waar een cijfer verder over gaat"),
    (
        _key("group_key", "group: codes and a hash of their wording", "groep: codes en een hash van de woorden"),
        *_TITLES,
        *_NAMES,
        _f("parts", "whole", "of how many keys it is made", "uit hoeveel sleutels het bestaat", True),
        _f("is_total", "flag", "is any of them a total?", "is er een totaal bij?", True),
    ),
    ("group_key",),
)
GROUP_PARTS = StarTable(
    "group_parts",
    Text("The keys that a group is made of", "De sleutels waaruit een groep bestaat"),
    (
        _key("group_key", "group", "groep"),
        _f("place", "whole", "place among the keys, from 1", "plaats in de rij sleutels, vanaf 1", True),
        _f("code", "text", "code", "code", True),
        *_TITLES,
        *_NAMES,
        _f("is_total", "flag", "is it a total?", "is het een totaal?", True),
    ),
    ("group_key", "place"),
    {"group_key": "groups"},
)
PROGRAMMES = StarTable(
    "programmes",
    Text("Programmes", "Programma's"),
    (_key("programme_key", "programme", "programma"), *_NAMES),
    ("programme_key",),
)
PERIODS = StarTable(
    "periods",
    Text("Periods", "Perioden"),
    (
        _key("period_key", "period", "periode"),
        _f("kind", "text", "index_date, or release: all dates of one", "peildatum (index_date), of een vrijgave", True),
        _f("index_date", "date", "index date", "peildatum"),
        _f("first_date", "date", "first index date", "eerste peildatum"),
        _f("last_date", "date", "last index date", "laatste peildatum"),
        *_NAMES,
    ),
    ("period_key",),
)
STATUS_TABLE = StarTable(
    "statuses",
    Text("What the status of a figure means", "Wat de status van een cijfer betekent"),
    (
        _key("status", "status", "status"),
        *_NAMES,
        _f("about_en", "text", "meaning in English", "betekenis in het Engels", True),
        _f("about_nl", "text", "meaning in Dutch", "betekenis in het Nederlands", True),
    ),
    ("status",),
)
_KEYS = (
    _key("release_id", "release", "vrijgave"),
    _key("measure_key", "measure", "maat"),
    _key("area_key", "area", "gebied"),
    _key("group_key", "group", "groep"),
    _key("programme_key", "programme", "programma"),
    _key("period_key", "period", "periode"),
)
_FIGURES = (
    _f("value", "number", "figure; empty unless shown or rounded", "cijfer; leeg tenzij getoond of afgerond"),
    _f("low", "number", "lower end of the interval", "ondergrens van de marge"),
    _f("high", "number", "upper end of the interval", "bovengrens van de marge"),
    _f("status", "text", "status of the figure", "status van het cijfer", True),
    _f("low_status", "text", "status of the lower end; empty: none", "status van de ondergrens; leeg: die is er niet"),
    _f("high_status", "text", "status of the upper end; empty: none", "status van de bovengrens; leeg: die is er niet"),
    _f("additive", "flag", "may it be added to others of its measure?", "mag het bij andere van deze maat?", True),
    _f("complete", "flag", "do all parts of its total show?", "zijn alle delen van het totaal getoond?", True),
    _f("code", "text", "a word instead of a figure, as code", "een woord in plaats van een cijfer, als code"),
    _f("word_en", "text", "that word in English", "dat woord in het Engels"),
    _f("word_nl", "text", "that word in Dutch", "dat woord in het Nederlands"),
)
_LINKS = {
    "release_id": "releases",
    "measure_key": "measures",
    "area_key": "areas",
    "group_key": "groups",
    "programme_key": "programmes",
    "period_key": "periods",
    "status": "statuses",
}
FACTS = StarTable(
    "facts",
    Text("Every released figure that is not a total", "Elk vrijgegeven cijfer dat geen totaal is"),
    (*_KEYS, *_FIGURES),
    tuple(field.name for field in _KEYS),
    _LINKS,
)
TOTALS = StarTable(
    "totals",
    Text("Every released total: use these, do not add up", "Elk vrijgegeven totaal: gebruik deze, tel niet zelf op"),
    (*_KEYS, *_FIGURES, _f("total_over", "text", "keys that it sums over", "sleutels waarover het optelt", True)),
    tuple(field.name for field in _KEYS),
    _LINKS,
)

STAR: tuple[StarTable, ...] = (
    RELEASES,
    RELEASED_TABLES,
    STATUS_TABLE,
    MEASURES,
    AREAS,
    GROUPS,
    GROUP_PARTS,
    PROGRAMMES,
    PERIODS,
    FACTS,
    TOTALS,
)
"""Every table; a table stands after those that it points to."""

STATUS_WORDS: Mapping[str, tuple[Text, Text]] = {
    "shown": (Text("shown", "getoond"), Text("the figure as it was released", "het cijfer zoals het is vrijgegeven")),
    "suppressed": (
        Text("suppressed", "onderdrukt"),
        Text(
            "hidden, because it would say something about a few families; it is not zero and may not be worked out",
            "verborgen, omdat het iets over enkele gezinnen zou zeggen; het is geen nul en mag niet worden nagerekend",
        ),
    ),
    "rounded": (
        Text("rounded", "afgerond"),
        Text(
            "an estimate with two digits, because a count beside it is hidden",
            "een schatting in twee cijfers, omdat een aantal ernaast verborgen is",
        ),
    ),
    "not_covered": (
        Text("not covered", "niet gedekt"),
        Text("nothing is known about this; it is not zero", "hierover is niets bekend; het is geen nul"),
    ),
}


def star_table(name: str) -> StarTable:
    """The table of the star with this name."""
    return next(table for table in STAR if table.name == name)


def layout_hash() -> str:
    """SHA-256 of names, types and keys: two versions with the same hash can share a database."""
    shape = [(t.name, [(f.name, f.type, f.needed) for f in t.fields], t.key, sorted(t.links.items())) for t in STAR]
    return hashlib.sha256(repr(shape).encode()).hexdigest()


__all__ = ["LAYOUT", "NONE", "STAR", "STATUSES", "STATUS_WORDS", "Field", "StarTable", "layout_hash", "star_table"]

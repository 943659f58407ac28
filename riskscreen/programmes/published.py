"""Effects as published: which figure, with which interval, measured on which outcome."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal

from riskscreen.records.definitions import Programme, PublishedEffect
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.settings import shipped

MEASURED_ON: Mapping[str, Text] = {
    "maltreatment": Text("child maltreatment, all ways of measuring", "kindermishandeling, hoe ook gemeten"),
    "maltreatment_file": Text("a file at child protection", "een dossier bij de kinderbescherming"),
    "maltreatment_report": Text("a new report of maltreatment", "een nieuwe melding van mishandeling"),
    "parent_reported_risk": Text("risk as parents reported it", "risico volgens ouders zelf"),
    "parenting": Text("parenting, or parent and child together", "opvoeding, of het contact van ouder en kind"),
    "child_behaviour": Text("the child's behaviour", "gedrag van het kind"),
    "child_disorder": Text("a disorder of the child", "een stoornis bij het kind"),
    "debt": Text("debts", "schulden"),
    "pregnancy": Text("postponed pregnancy", "uitgestelde zwangerschap"),
    "none": Text("no effect study seen", "geen effectonderzoek gezien"),
}
"""What an effect was measured on; only the first three are maltreatment as others saw it."""

ABOUT: Mapping[str, Text] = {
    "programme": Text("this programme", "dit programma"),
    "kind": Text("this kind of programme in general", "dit soort programma's in het algemeen"),
}
MEASURES: Mapping[str, Text] = {
    "relative_risk": Text("relative risk (below 1: fewer)", "relatief risico (onder 1: minder)"),
    "d": Text("standardized difference d (0: none)", "gestandaardiseerd verschil d (0: geen)"),
}
_FIRST_WORD = {"relative": "relative_risk", "RR": "relative_risk", "d": "d"}


@cache
def figures() -> Mapping[str, Mapping[str, str]]:
    """The rows of configs/figures.csv by id."""
    with shipped("figures.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def published(figure: str, measured_on: str, about: Literal["programme", "kind"]) -> PublishedEffect:
    """An effect with the numbers of its figure, as they were printed."""
    row = figures()[figure]
    value, low, high = (float(row[name]) if row[name] else None for name in ("value", "low", "high"))
    return PublishedEffect(figure, value, low, high, row["unit"], measured_on, about, row["source"])


def measure(effect: PublishedEffect) -> str | None:
    """In which measure an effect is given: the first word of its unit decides; ``None``: a measure not known here."""
    words = effect.unit.split()
    return _FIRST_WORD.get(words[0].strip(",(")) if words else None


def effects_table(programmes: Iterable[Programme]) -> Table:
    """``programme_effects``: every published effect with its interval and the outcome; no data about families."""
    listed = tuple(programmes)
    rows = tuple(_row(item, effect) for item in listed for effect in item.effects)
    names = {item.id: item.name for item in listed}
    return Table("programme_effects", _TITLE, _columns(names, listed), rows, _NOTE)


def _row(item: Programme, effect: PublishedEffect) -> tuple[Value, ...]:
    what = (measure(effect), effect.value, effect.low, effect.high, effect.measured_on, effect.about)
    return (item.id, effect.figure, *what)


def _columns(names: Mapping[str, Text], programmes: Iterable[Programme]) -> tuple[Column, ...]:
    ids = {effect.figure: same(effect.source) for item in programmes for effect in item.effects}
    return (
        Column("programme", "key", Text("programme", "programma"), labels=names),
        Column("figure", "key", Text("source", "bron"), labels=ids),
        Column("measure", "code", Text("measure", "maat"), labels=MEASURES),
        Column("effect", "number", Text("effect", "effect")),
        Column("effect_from", "number", Text("from", "van")),
        Column("effect_to", "number", Text("to", "tot")),
        Column("measured_on", "code", Text("measured on", "gemeten op"), labels=MEASURED_ON),
        Column("about", "code", Text("about", "gaat over"), labels=ABOUT),
    )


_TITLE = Text("Effects of programmes as published", "Effecten van programma's zoals gepubliceerd")
_NOTE = Text(
    "Numbers as they were published; empty where no interval was given. They come from other families, places and "
    "years. Most were not measured on recorded reports, so they are not a forecast of fewer reports here.",
    "Getallen zoals ze gepubliceerd zijn; leeg waar geen marge genoemd is. Ze komen van andere gezinnen, plaatsen en "
    "jaren. De meeste gaan niet over meldingen. Ze voorspellen dus niet hoeveel meldingen er hier minder komen.",
)

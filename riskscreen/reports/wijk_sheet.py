"""One page per wijk: who lives there, what piles up, what is offered, where to meet families, what stays unmet.

Made from released tables only, and small enough for one sheet of paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.records.tables import TOTAL, Value
from riskscreen.reports import findings, parts
from riskscreen.reports.blocks import Banner
from riskscreen.reports.charts import off_average
from riskscreen.reports.content import HIDDEN, ReportContent, number
from riskscreen.reports.numbers import LANGUAGES, Language, day, day_of_text, per_thousand, percent, whole
from riskscreen.reports.page import write_html
from riskscreen.reports.parts import Desk
from riskscreen.reports.words import Words

SEVERAL = "three_or_more"
FAMILIES, DOMAINS, REACH = "wijk_families", "wijk_domains", "supply_reach_unmet"


@dataclass(frozen=True, slots=True)
class Bar:
    """A share of families here beside the whole municipality, as percentages of the bar's length; ``None``: hidden."""

    name: str
    here: float | None
    all: float | None
    text: str
    said: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A list of bars with its heading."""

    title: str
    note: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class OfferLine:
    """Places of one programme in the wijk."""

    programme: str
    places: str
    fits: str
    where: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything on the page of one wijk, in one language."""

    title: str
    kicker: str
    lead: str
    banners: tuple[Banner, ...]
    living: Bars
    piled: Bars
    offers: tuple[OfferLine, ...]
    unmet: str
    reports: str
    sure: tuple[str, ...]
    foot: str


def wijken_of(content: ReportContent) -> tuple[str, ...]:
    """Codes of the wijken that a sheet can be made for, in the order of their codes."""
    table = content.table(FAMILIES)
    if table is None:
        return ()
    return tuple(sorted({str(code) for code in table.values("area")} - {TOTAL}))


def wijk_sheet(content: ReportContent, wijk: str, language: Language) -> Sheet:
    """What the sheet of one wijk says.

    Parameters
    ----------
    content
        With the tables ``wijk_families`` and ``wijk_domains``; other tables that are absent leave a sentence.
    wijk
        Its code.
    language
        ``nl`` or ``en``.
    """
    desk = Desk(content, Words(language))
    say, name = desk.words, desk.label(FAMILIES, "area", wijk)
    made = day_of_text(content.time[:10], language)
    return Sheet(
        title=say("wijk_sheet.title", name=name),
        kicker=say("wijk_sheet.kicker", municipality=content.municipality, day=day(content.dates.now, language)),
        lead=_lead(desk, wijk, name),
        banners=parts.banners(desk),
        living=_bars(desk, FAMILIES, wijk, "living"),
        piled=_bars(desk, DOMAINS, wijk, "piled"),
        offers=_offers(desk, wijk),
        unmet=_unmet(desk, wijk),
        reports=_reports(desk, wijk),
        sure=_sure(desk, wijk),
        foot=say("wijk_sheet.foot", run=content.run, time=made, subject=content.subject_hash[:12]),
    )


def wijk_sheet_html(content: ReportContent, wijk: str, language: Language) -> str:
    """The sheet as one HTML page that needs nothing else and prints on one side of A4."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    words = Words(language)
    environment = Environment(
        loader=PackageLoader("riskscreen.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    style = (files("riskscreen.reports") / "templates" / "wijk-sheet.css").read_text(encoding="utf-8").strip()
    return environment.get_template("wijk-sheet.html.j2").render(
        say=lambda key: words(f"wijk_sheet.{key}"),
        language=language,
        sheet=wijk_sheet(content, wijk, language),
        style=Markup(style),
    )


def write_wijk_sheets(
    folder: Path,
    content: ReportContent,
    *,
    wijken: Sequence[str] = (),
    languages: Sequence[Language] = LANGUAGES,
) -> tuple[Path, ...]:
    """Write ``<wijk>.<language>.html`` per wijk and language, and give the paths.

    Parameters
    ----------
    folder
        Made when it is not there.
    content
        As for :func:`wijk_sheet`.
    wijken
        Codes; default all.
    languages
        ``nl``, ``en`` or both.

    Raises
    ------
    MachineError
        A file cannot be written.
    """
    return tuple(
        write_html(folder / f"{wijk}.{language}.html", wijk_sheet_html(content, wijk, language))
        for wijk in wijken or wijken_of(content)
        for language in languages
    )


def _lead(desk: Desk, wijk: str, name: str) -> str:
    families = _families(desk, wijk)
    if families is None:
        return desk.words("wijk_sheet.lead_hidden", name=name)
    text = desk.words("wijk_sheet.lead", name=name, families=whole(families, desk.words.language))
    here, everywhere = (_share(desk, DOMAINS, SEVERAL, area) for area in (wijk, TOTAL))
    if here is None or everywhere is None:
        return text
    per, other = round(100 * here), 100 - round(100 * here)
    return f"{text} {desk.words('wijk_sheet.several', here=per, other=other, all=round(100 * everywhere))}"


def _families(desk: Desk, wijk: str) -> float | None:
    rows = [row for row in _rows(desk, FAMILIES) if row["area"] == wijk]
    return next((value for value in (number(row["all_families"]) for row in rows) if value is not None), None)


def _bars(desk: Desk, table: str, wijk: str, key: str) -> Bars:
    """One bar per kind of family or per domain; domains with most families first, *three or more* last."""
    codes = list(dict.fromkeys(str(row[_key(desk, table)]) for row in _rows(desk, table)))
    shares = {code: (_share(desk, table, code, wijk), _share(desk, table, code, TOTAL)) for code in codes}
    if table == DOMAINS:
        codes.sort(key=lambda code: (code == SEVERAL, -(shares[code][1] or 0.0), code))
    longest = _longest(share for pair in shares.values() for share in pair)
    bars = tuple(_bar(desk, desk.label(table, _key(desk, table), code), *shares[code], longest) for code in codes)
    return Bars(desk.words(f"wijk_sheet.{key}_title"), desk.words(f"wijk_sheet.{key}_note"), bars)


def _longest(shares: Iterable[float | None]) -> float:
    """What a whole bar stands for: the largest share, up to the next tenth."""
    return max((math.ceil(10 * share + 1e-9) / 10 for share in shares if share is not None), default=1.0) or 1.0


def _bar(desk: Desk, name: str, here: float | None, everywhere: float | None, longest: float) -> Bar:
    words = desk.words
    hidden = words("wijk_sheet.hidden")
    text = hidden if here is None else _of_100(here, words.language)
    beside = hidden if everywhere is None else _of_100(everywhere, words.language)
    shown = tuple(None if share is None else round(100 * share / longest, 1) for share in (here, everywhere))
    said = words("wijk_sheet.bar_said", name=name, here=text, all=beside)
    return Bar(
        name[:1].upper() + name[1:], shown[0], shown[1], text if everywhere is None else f"{text} ({beside})", said
    )


def _of_100(share: float, language: Language) -> str:
    return percent(share, language).removesuffix("%")


def _offers(desk: Desk, wijk: str) -> tuple[OfferLine, ...]:
    rows = [row for row in _rows(desk, "places") if row["area"] == wijk and row["programme"] != TOTAL]
    rows.sort(key=lambda row: -(number(row["places"]) or 0.0))
    return tuple(_offer(desk, row) for row in rows)


def _offer(desk: Desk, row: Mapping[str, Value]) -> OfferLine:
    words, language = desk.words, desk.words.language
    fitting, where = _fitting(desk, row), ""
    listed = next((one for one in _rows(desk, "programmes") if one["programme"] == row["programme"]), None)
    if listed is not None:
        where = desk.label("programmes", "meeting_place", listed["meeting_place"])
    said = words("wijk_sheet.offers_fits_value", count=whole(fitting, language)) if fitting is not None else ""
    return OfferLine(
        desk.label("places", "programme", row["programme"]),
        whole(number(row["places"]) or 0.0, language),
        said or words("wijk_sheet.hidden"),
        where,
    )


def _fitting(desk: Desk, row: Mapping[str, Value]) -> float | None:
    """Families of target groups in the wijk that a programme fits."""
    key = (row["programme"], row["area"])
    there = (one for one in _rows(desk, "supply_demand") if (one["programme"], one["area"]) == key)
    return next((number(one["families"]) for one in there), None)


def _unmet(desk: Desk, wijk: str) -> str:
    """Of the families that a programme fits: how many were offered one, how many were not, and the places now."""
    words, language = desk.words, desk.words.language
    row = next((row for row in _rows(desk, REACH) if row["area"] == wijk), {})
    families, offered, unmet = (number(row.get(name)) for name in ("families", "offered", "unmet"))
    places = whole(number(row.get("places")) or 0.0, language)
    if families is None:
        return words("wijk_sheet.unmet_hidden")
    if offered is None or unmet is None:
        return words("wijk_sheet.unmet_unknown", families=whole(families, language), places=places)
    shown = {"families": families, "offered": offered, "unmet": unmet}
    return words("wijk_sheet.unmet", places=places, **{name: whole(v, language) for name, v in shown.items()})


def _reports(desk: Desk, wijk: str) -> str:
    words, language = desk.words, desk.words.language
    row = _area(desk, wijk)
    rate = None if row is None else number(row["estimate"])
    low, high = (None if row is None else number(row[bound]) for bound in ("low", "high"))
    if row is None or rate is None or low is None or high is None or desk.average is None:
        return words("wijk_sheet.reports_hidden")
    per, other = parts.both_sides(words, rate)
    bounds = {"low": per_thousand(low, language), "high": per_thousand(high, language)}
    text = words(
        "wijk_sheet.reports",
        per=per,
        other=other,
        all=per_thousand(desk.average, language),
        horizon=desk.content.horizon,
        **bounds,
    )
    side = off_average(row, desk.average, findings.sides(desk.content, "areas_wijk"))
    return f"{text} {words(f'wijk_sheet.reports_{side}')}"


def _sure(desk: Desk, wijk: str) -> tuple[str, ...]:
    words, row = desk.words, _area(desk, wijk)
    lines = [words("wijk_sheet.sure_reports"), words("wijk_sheet.sure_family")]
    own = None if row is None else number(row["own_share"])
    if own is not None:
        lines.insert(0, words("wijk_sheet.sure_own", own=percent(own, words.language, 0)))
    hidden = sum(_hidden(desk.released(name), wijk) for name in (FAMILIES, DOMAINS, REACH, "areas_wijk", "places"))
    if hidden:
        lines.append(words("wijk_sheet.sure_hidden", count=whole(hidden, words.language)))
    return tuple(lines)


def _hidden(released: ReleasedTable | None, wijk: str) -> int:
    """Figures about the wijk that the gate hid."""
    if released is None:
        return 0
    areas = released.table.values("area")
    return sum(status.count(HIDDEN) for area, status in zip(areas, released.status, strict=True) if area == wijk)


def _area(desk: Desk, wijk: str) -> Mapping[str, Value] | None:
    return next((row for row in _rows(desk, "areas_wijk") if row["area"] == wijk), None)


def _share(desk: Desk, table: str, code: str, area: str) -> float | None:
    key = _key(desk, table)
    row = next((row for row in _rows(desk, table) if row[key] == code and row["area"] == area), None)
    return None if row is None else number(row["share"])


def _key(desk: Desk, table: str) -> str:
    return desk.content.tables[table].table.keys[0]


def _rows(desk: Desk, name: str) -> list[dict[str, Value]]:
    table = desk.content.table(name)
    return [] if table is None else table.records()

"""The page for everybody: supply, reach and unmet need per wijk, and nothing about how often reports are recorded."""

from __future__ import annotations

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.records.tables import TOTAL
from riskscreen.reports import maps, parts
from riskscreen.reports.blocks import Block, Bullets, Page, Prose, Section
from riskscreen.reports.content import ReportContent, number
from riskscreen.reports.numbers import day, whole
from riskscreen.reports.parts import Desk
from riskscreen.reports.tables import data_table
from riskscreen.reports.words import Words

TABLE = "supply_reach_unmet"
SHADED = ("places", "reach", "unmet")
"""The figures that are drawn, each on a map of its own."""
COLUMNS = ("area", "families", "offered", "reach", "reach_low", "reach_high", "unmet", "places")


def public_page(content: ReportContent, words: Words) -> Page:
    """The public page in one language; it reads the table ``supply_reach_unmet`` and no other."""
    desk = Desk(content, words)
    sections = (
        Section("supply", words("public.supply_title"), _supply(desk)),
        Section("reading", words("public.reading_title"), _reading(desk)),
    )
    return Page(
        words.language,
        words("public.title", municipality=content.municipality),
        words("public.kicker"),
        words("public.subtitle", day=day(content.dates.now, words.language)),
        parts.banners(desk),
        sections,
        content.municipality,
    )


def _supply(desk: Desk) -> tuple[Block, ...]:
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        blocks: list[Block] = [Prose(tuple(_summed(desk, released)), lead=True)]
        if maps.has_polygons(released, desk.content.polygons):
            blocks += [_map(desk, released, column) for column in SHADED]
        return [*blocks, data_table(released, words, columns=COLUMNS)]

    return parts.with_table(desk, TABLE, make)


def _map(desk: Desk, released: ReleasedTable, column: str) -> Block:
    chart = maps.shaded_map(released, desk.content.polygons, desk.words.language, column)
    title = desk.words(f"public.map_{column}")
    table = data_table(released, desk.words, columns=("area", column))
    return parts.figure(desk, f"map-{column}", chart, title, table=table, warning=True)


def _summed(desk: Desk, released: ReleasedTable) -> list[str]:
    """What the rows that may be shown add up to, and over how many wijken that is."""
    rows = [r for r in released.table.records() if r["area"] != TOTAL]
    whole_rows = [[number(r[name]) for name in ("families", "offered", "places")] for r in rows]
    known = [[value for value in row if value is not None] for row in whole_rows if None not in row]
    language = desk.words.language
    if not known:
        return [desk.words("public.summed_unknown")]
    families, offered, places = (whole(sum(row[k] for row in known), language) for k in range(3))
    return [
        desk.words(
            "public.summed", families=families, offered=offered, places=places, shown=len(known), wijken=len(rows)
        )
    ]


def _reading(desk: Desk) -> tuple[Block, ...]:
    said = Bullets(tuple(desk.words(f"public.reading_{key}") for key in ("group", "places", "hidden", "family")))
    return (said, parts.fingerprints(desk))

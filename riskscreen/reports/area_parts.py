"""Parts of a page about areas: what can be told apart, a map, a funnel, ranks as sets, and three zonings."""

from __future__ import annotations

from riskscreen.areas import apart_text, funnel_chart, rank_chart
from riskscreen.areas.tree import known_level
from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.reports import charts, findings, maps
from riskscreen.reports.blocks import Block, Details, Note, Prose
from riskscreen.reports.numbers import as_list, whole
from riskscreen.reports.parts import Desk, figure, plain_table, with_table
from riskscreen.reports.tables import data_table, label

MOST_AREAS_IN_CHART = 40


def areas(desk: Desk, name: str) -> tuple[Block, ...]:
    """How many can be told apart, a map (where there are polygons), a dot plot, a funnel, and ranks as sets.

    Where no family has a wijk, one sentence says what is missing: one area called *unknown* is no area.
    """
    if desk.released(name) is None and desk.content.no_wijken is not None:
        return (Note("", (desk.words.of(desk.content.no_wijken),), "warning"),)
    words, content, sides = desk.words, desk.content, findings.sides(desk.content, name)

    def make(released: ReleasedTable) -> list[Block]:
        table = data_table(released, words)
        blocks: list[Block] = [Prose((*told_apart(desk, name), *standing_text(desk, name)))]
        if maps.has_polygons(released, content.polygons):
            chart = maps.area_map(released, content.polygons, words.language, desk.average, sides)
            blocks.append(
                figure(desk, f"map-{name}", chart, words(f"charts.title_map_{name}"), table=None, warning=True)
            )
        dots = charts.area_chart(released, words.language, desk.average, MOST_AREAS_IN_CHART, sides)
        note = words("charts.note_most", most=MOST_AREAS_IN_CHART) if len(table.rows) > MOST_AREAS_IN_CHART else ""
        title = words(f"charts.title_{name}")
        blocks.append(figure(desk, name, dots, title, table=table, warning=True, note=note))
        return [*blocks, *funnel(desk, released), *ranks(desk, name)]

    return with_table(desk, name, make)


def standing_text(desk: Desk, name: str) -> list[str]:
    """Which areas lie off the average, and how many cannot be told apart from it."""
    words, language = desk.words, desk.words.language
    standing = findings.standing(desk.released(name), desk.average, findings.sides(desk.content, name))

    def named(codes: tuple[str, ...]) -> str:
        return as_list([desk.label(name, "area", code) for code in codes], language)

    kind = "wijk" if name == "areas_wijk" else "buurt"
    texts = []
    if standing.above:
        texts.append(words(f"report.{kind}_above", names=named(standing.above)))
    else:
        texts.append(words(f"report.{kind}_none_above"))
    if standing.below:
        texts.append(words(f"report.{kind}_below", names=named(standing.below)))
    if standing.same:
        same, shown = whole(len(standing.same), language), whole(standing.shown, language)
        texts.append(words(f"report.{kind}_same", count=same, shown=shown))
    if standing.without:
        texts.append(words(f"report.{kind}_without", count=whole(len(standing.without), language)))
    return texts


def told_apart(desk: Desk, name: str) -> tuple[str, ...]:
    """The first sentence about areas: how many can be told apart at all, and what to look at when these are few."""
    released, level = desk.released(f"areas_ranks_{_level(name)}"), known_level(_level(name))
    if released is None:
        return ()
    return (desk.words.of(apart_text(level, [str(tier) for tier in released.table.values("tier")])),)


def funnel(desk: Desk, released: ReleasedTable) -> tuple[Block, ...]:
    """Rates by size of area with the limits that chance and the usual differences allow: no league table."""
    words, limits = desk.words, desk.released(f"areas_funnel_{_level(released.name)}")
    if limits is None:
        return ()
    area = released.table.column("area")
    rows = [row | {"name": label(area, row["area"], words.language)} for row in released.table.records()]
    chart = funnel_chart(rows, limits.table.records(), language=words.language)
    title = words.of(limits.table.title)
    return (figure(desk, limits.name, chart, title, table=data_table(limits, words), warning=True),)


def ranks(desk: Desk, name: str) -> tuple[Block, ...]:
    """Between which ranks each area lies, behind a heading."""
    words, released = desk.words, desk.released(f"areas_ranks_{_level(name)}")
    if released is None:
        return ()
    title, table = words.of(released.table.title), data_table(released, words)
    chart = rank_chart(released.table, words.language)
    return (Details(words("report.ranks_details"), (figure(desk, released.name, chart, title, table=table),)),)


def zonings(desk: Desk) -> tuple[Block, ...]:
    """The same families in three zonings: a conclusion that holds in one only is about the border."""
    if desk.released("areas_zonings") is None:
        return ()
    return (Details(desk.words("report.zonings_details"), plain_table(desk, "areas_zonings")),)


def _level(name: str) -> str:
    return name.removeprefix("areas_")

"""Parts of a page about the plan: places and costs, the alternatives, other budgets, and what is sure of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.reports import charts, findings, plan_charts
from riskscreen.reports.blocks import Block, Details, Note, Prose
from riskscreen.reports.numbers import Language, euros, whole
from riskscreen.reports.parts import Desk, figure, plain_table, with_table
from riskscreen.reports.tables import data_table

BEHIND = ("places_by_programme", "supply_demand", "reach", "prevented_range")
"""Tables about the plan that stand behind a heading each; the last is an annex of planning values."""


def places(desk: Desk) -> tuple[Block, ...]:
    """The plan: programmes with places and costs, and places per area."""
    words, language = desk.words, desk.words.language

    def make(released: ReleasedTable) -> list[Block]:
        totals = findings.plan_totals(desk.content)
        blocks: list[Block] = []
        if totals is not None:
            text = words("report.plan_total", places=whole(totals[0], language), cost=euros(totals[1], language))
            blocks.append(Prose((text,)))
        blocks.append(Note(words("report.invented_title"), (words("report.invented_text"),), "warning"))
        chart = charts.places_chart(released, language)
        table = data_table(released, words)
        blocks.append(figure(desk, "places", chart, words("charts.title_places"), table=table, warning=True))
        return blocks

    return with_table(desk, "places", make)


def programmes(desk: Desk) -> tuple[Block, ...]:
    """The catalogue with evidence, meeting places and assumptions."""
    return plain_table(desk, "programmes")


def alternatives(desk: Desk) -> tuple[Block, ...]:
    """The plan beside doing nothing, an offer to everyone, and deprivation only: the same numbers for each."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        table = data_table(released, words)
        chart = charts.alternatives_chart(released, words.language)
        return [table, figure(desk, "alternatives", chart, words("charts.title_alternatives"), table=None)]

    return with_table(desk, "alternatives", make)


def other_budgets(desk: Desk) -> tuple[Block, ...]:
    """What another budget would give, and what a little more of each means in words."""
    return (
        *_drawn(desk, "budget_frontier", plan_charts.frontier_chart, "report.frontier_intro"),
        *_behind(desk, "marginal"),
    )


def sureness(desk: Desk) -> tuple[Block, ...]:
    """What the plan misses when something else turns out true."""
    return _drawn(desk, "plan_regret", plan_charts.regret_chart, "report.regret_intro")


def more(desk: Desk) -> tuple[Block, ...]:
    """Places per programme, supply against demand, reach, and the annex, each behind its heading."""
    return tuple(block for name in BEHIND for block in _behind(desk, name))


def _drawn(desk: Desk, name: str, chart: Callable[[ReleasedTable, Language], Any], intro: str) -> tuple[Block, ...]:
    words, released = desk.words, desk.released(name)
    if released is None:
        return ()
    title, table = words.of(released.table.title), data_table(released, words)
    drawn = figure(desk, name.replace("_", "-"), chart(released, words.language), title, table=table)
    return (Prose((words(intro),)), drawn)


def _behind(desk: Desk, name: str) -> tuple[Block, ...]:
    released = desk.released(name)
    if released is None:
        return ()
    return (Details(desk.words.of(released.table.title), plain_table(desk, name)),)

"""Parts of a page about target groups: whom each way of choosing reaches, bundles, and where to meet families."""

from __future__ import annotations

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.reports import target_charts
from riskscreen.reports.blocks import Block, Details, Prose
from riskscreen.reports.parts import Desk, figure, plain_table
from riskscreen.reports.tables import data_table

BEHIND = ("target_overlap", "target_domains", "target_ranks", "target_reporters", "bundles")
"""Tables about target groups that stand behind a heading each."""


def curve(desk: Desk) -> tuple[Block, ...]:
    """Share of recorded reports against share of families approached, for every way of choosing."""
    words, released = desk.words, desk.released("target_curve")
    if released is None:
        return ()
    chart = target_charts.curve_chart(released, words.language)
    title, table = words.of(released.table.title), data_table(released, words)
    return (Prose((words("report.curve_intro"),)), figure(desk, "target-curve", chart, title, table=table))


def meeting(desk: Desk) -> tuple[Block, ...]:
    """Where families of each target group come anyway, and what an offer to everyone there would reach."""
    words, released = desk.words, desk.released("meeting_places")
    if released is None:
        return ()
    chart = target_charts.meeting_chart(released, words.language)
    title, table = words.of(released.table.title), data_table(released, words)
    shown = figure(desk, "meeting-places", chart, title, table=table)
    return (Prose((words("report.meeting_intro"),)), shown, *_behind(desk, "meeting_offers"))


def more(desk: Desk) -> tuple[Block, ...]:
    """Overlap, domains, other outcomes, who reported, and bundles, each behind its heading."""
    return tuple(block for name in BEHIND for block in _behind(desk, name))


def _behind(desk: Desk, name: str) -> tuple[Block, ...]:
    released: ReleasedTable | None = desk.released(name)
    if released is None:
        return ()
    return (Details(desk.words.of(released.table.title), plain_table(desk, name)),)

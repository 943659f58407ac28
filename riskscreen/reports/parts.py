"""Parts that both pages share: banners, coverage, target groups, areas, places, alternatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.explanation.combinations_chart import combinations_chart
from riskscreen.reports import charts, findings
from riskscreen.reports.blocks import (
    Banner,
    Block,
    DataTable,
    Details,
    Facts,
    Figure,
    GroupCard,
    Groups,
    Note,
    Prose,
)
from riskscreen.reports.content import ReportContent, number
from riskscreen.reports.marks import drawable, finish
from riskscreen.reports.numbers import as_list, day, whole
from riskscreen.reports.tables import data_table, format_value, label
from riskscreen.reports.words import Words

COVERAGE = ("register", "status", "from", "until", "rows", "stressors")


@dataclass(frozen=True, slots=True)
class Desk:
    """What a section works with: the content of the page and one language."""

    content: ReportContent
    words: Words

    def released(self, name: str) -> ReleasedTable | None:
        """The released table called ``name``, or ``None``."""
        return self.content.tables.get(name)

    @property
    def average(self) -> float | None:
        """Rate of the recorded outcome over all families of the test date (0-1)."""
        base = findings.base(self.content)
        return base.rate if base else None

    def label(self, table: str, column: str, code: object) -> str:
        """The wording of a code in a table."""
        released = self.content.tables[table]
        return label(released.table.column(column), str(code), self.words.language)


def not_made(desk: Desk, table: str) -> Note:
    """A plain sentence for a table that is not there."""
    return Note("", (desk.words("common.not_made", what=desk.words(f"tables.{table}")),))


def with_table(desk: Desk, name: str, make: Callable[[ReleasedTable], Sequence[Block]]) -> tuple[Block, ...]:
    """Blocks made from a released table, or the sentence that says it was not made."""
    released = desk.released(name)
    return (not_made(desk, name),) if released is None else tuple(make(released))


def figure(
    desk: Desk, name: str, chart: Any, title: str, *, table: DataTable | None, warning: bool = False, note: str = ""
) -> Block:
    """A chart with its alternative and table; maps warn when names are real and families are not.

    When every figure was hidden there is nothing to draw: then the table stands alone, or a sentence says so.
    """
    words, spec = desk.words, finish(chart)
    if not drawable(spec):
        return table or Note("", (words("charts.nothing", title=title),))
    warn = words("common.warning_map") if warning and desk.content.real_area_names else ""
    return Figure(name, title, _alternative(words, title, table), spec, table, warn, note)


def plain_table(desk: Desk, name: str, columns: Sequence[str] | None = None, **more: Any) -> tuple[Block, ...]:
    """A released table by itself."""
    return with_table(desk, name, lambda released: [data_table(released, desk.words, columns=columns, **more)])


def banners(desk: Desk) -> tuple[Banner, ...]:
    """What every reader must know first: synthetic, real names, and where the review stands."""
    content, words = desk.content, desk.words
    found = []
    if content.real_area_names:
        found.append(Banner(words("common.real_names_title"), words("common.real_names_text"), "warning"))
    if content.synthetic:
        text = words.of(content.notice) or words("common.synthetic_text")
        found.append(Banner(words("common.synthetic_title"), text, "warning"))
    found.append(Banner(words(f"common.review_{content.review.state}_title"), review_text(desk), review_tone(desk)))
    return tuple(found)


def review_tone(desk: Desk) -> Any:
    """Approved is calm; anything else asks for attention."""
    return "accent" if desk.content.review.state == "approved" else "warning"


def review_text(desk: Desk) -> str:
    """The state of the review in one or two sentences."""
    review, words = desk.content.review, desk.words
    until = day(review.until, words.language) if review.until else words("common.no_date")
    channels = as_list([words(f"common.channel_{c}") for c in review.channels], words.language) or words("common.none")
    text = words(f"common.review_{review.state}_text", by=review.by or "–", until=until, channels=channels)
    return f"{text} {words('common.review_demo')}" if review.demo and review.state == "approved" else text


def coverage(desk: Desk, *, compact: bool = False) -> tuple[Block, ...]:
    """What the registers cover, and what therefore cannot be seen."""
    words, content = desk.words, desk.content
    blocks: list[Block] = [absent_note(desk)]
    released = desk.released("coverage")
    if released is None:
        return (*blocks, not_made(desk, "coverage"))
    table = data_table(released, words, columns=COVERAGE)
    counts = {s: sum(v == s for v in released.table.values("status")) for s in ("covered", "partly", "absent")}
    blocks.insert(0, Prose((words("common.coverage_counts", horizon=content.horizon, **counts),)))
    blocks.append(Details(words("common.coverage_details"), (table,)) if compact else table)
    return tuple(blocks)


def absent_note(desk: Desk) -> Note:
    """Registers that are not there, or that none is missing."""
    words, content = desk.words, desk.content
    names = [words.of(text) for text in content.absent]
    if not names:
        return Note(words("common.absent_none_title"), (words("common.absent_none_text"),))
    text = words("common.absent_text", names=as_list(names, words.language))
    return Note(words("common.absent_title"), (text, words("common.absent_meaning")), "warning")


def group_cards(desk: Desk) -> tuple[Block, ...]:
    """One card per target group, a chart with intervals, and the table."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        rows = findings.groups(desk.content)
        cards = Groups(tuple(group_card(desk, row, i) for i, row in enumerate(rows, start=1)))
        chart = charts.target_group_chart(released, words.language, desk.average)
        table = data_table(released, words)
        return [cards, figure(desk, "target-groups", chart, words("charts.title_groups"), table=table)]

    return with_table(desk, "target_groups", make)


def group_card(desk: Desk, row: findings.Record, place: int) -> GroupCard:
    """One target group in words."""
    words, language = desk.words, desk.words.language
    rate = number(row.get("rate"))
    children = number(row.get("children"))
    size = words("report.group_size", families=whole(row["families"], language))
    if children is not None:
        size += " · " + words("report.group_children", children=whole(children, language))
    details = [(words("report.group_programme"), desk.label("target_groups", "programme", row["programme"]))]
    offered = findings.programme(desk.content, row["programme"])
    if offered is not None:
        details.append(
            (words("report.group_where"), desk.label("programmes", "meeting_place", offered["meeting_place"]))
        )
        details.append((words("report.group_evidence"), desk.label("programmes", "evidence", offered["evidence"])))
    share = number(row.get("share_of_outcomes"))
    if share is not None:
        column = desk.content.tables["target_groups"].table.column("share_of_outcomes")
        text = words("report.group_share_value", share=format_value(column, share, language))
        details.append((words("report.group_share"), text))
    name = desk.label("target_groups", "group", row["group"])
    coloured = None if rate is None else round(1000 * rate)
    return GroupCard(
        place, name, size, frequency(words, rate, row.get("low"), row.get("high")), coloured, tuple(details)
    )


def both_sides(words: Words, rate: float) -> tuple[str, str]:
    """A rate as a natural frequency: how many of 1,000, and how many not; both whole and summing to 1,000."""
    per = round(1000 * rate)
    if per == 0 and rate > 0:
        return words("common.below_one"), words("common.above_999")
    return whole(per, words.language), whole(1000 - per, words.language)


def frequency(words: Words, rate: float | None, low: object = None, high: object = None) -> str:
    """A rate in a sentence with both sides, and its interval."""
    if rate is None:
        return words("common.rate_hidden")
    per, other = both_sides(words, rate)
    text = words("common.frequency", per=per, other=other)
    if isinstance(low, (int, float)) and isinstance(high, (int, float)):
        ends = both_sides(words, low)[0], both_sides(words, high)[0]
        text += " " + words("common.frequency_interval", low=ends[0], high=ends[1])
    return text


def fingerprints(desk: Desk) -> Facts:
    """Run, time, and the hashes that a board can compare."""
    content, words = desk.content, desk.words
    rows = (
        (words("common.fact_run"), content.run),
        (words("common.fact_time"), content.time),
        (words("common.fact_subject"), content.subject_hash),
        (words("common.fact_chain"), content.chain_head),
    )
    return Facts(rows, code=True)


def rising(desk: Desk) -> str:
    """How the rate differs between families without a stressor and with stressors in most domains."""
    words = desk.words
    pair = findings.ends(desk.released("accumulation"))
    if pair is None:
        return words("common.rising_unknown")
    first, last = pair
    return words(
        "common.rising",
        first=desk.label("accumulation", "domains", first["domains"]),
        last=desk.label("accumulation", "domains", last["domains"]),
        low=both_sides(words, first["rate"])[0],
        not_low=both_sides(words, first["rate"])[1],
        high=both_sides(words, last["rate"])[0],
        not_high=both_sides(words, last["rate"])[1],
    )


def accumulation(desk: Desk) -> tuple[Block, ...]:
    """How the rate rises with the number of domains."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        chart = charts.accumulation_chart(released, words.language)
        table = data_table(released, words)
        return [
            Prose((rising(desk),)),
            figure(desk, "accumulation", chart, words("charts.title_accumulation"), table=table),
        ]

    return with_table(desk, "accumulation", make)


def combinations(desk: Desk) -> tuple[Block, ...]:
    """Which domains occur together; a run without that table says nothing about it."""
    words, released = desk.words, desk.released("domain_combinations")
    if released is None:
        return ()
    chart = combinations_chart(released.table, words.language)
    title = words.of(released.table.title)
    return (figure(desk, "domain-combinations", chart, title, table=data_table(released, words)),)


def prevalence(desk: Desk) -> tuple[Block, ...]:
    """Which stressors occur most."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        chart = charts.prevalence_chart(released, words.language)
        return [figure(desk, "prevalence", chart, words("charts.title_prevalence"), table=data_table(released, words))]

    return with_table(desk, "prevalence", make)


def _alternative(words: Words, title: str, table: DataTable | None) -> str:
    """What the chart shows in words: its title, its first and last row, and where all figures stand."""
    if table is None or len(table.rows) < 2:
        return words("charts.alternative_short", title=title)
    first, last = (", ".join(c.text for c in row if c.text)[:160] for row in (table.rows[0], table.rows[-1]))
    return words("charts.alternative", title=title, count=len(table.rows), first=first, last=last)

"""What became of one what-if, in plain sentences; a figure that the gate hid has no sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from riskscreen.reports.blocks import WhatIfCard
from riskscreen.reports.content import number
from riskscreen.reports.numbers import as_list, decimal, per_thousand, whole
from riskscreen.reports.parts import Desk

Record = Mapping[str, Any]


def records(desk: Desk, name: str) -> list[Record]:
    """Rows of a released table; none when the table is not there."""
    table = desk.content.table(name)
    return [] if table is None else list(table.records())


def cards(desk: Desk) -> tuple[WhatIfCard, ...]:
    """One per way of selecting, with the number that the picture gives it; the card first."""
    return tuple(_card(desk, place, row) for place, row in enumerate(records(desk, "what_ifs")))


def _card(desk: Desk, place: int, row: Record) -> WhatIfCard:
    name = desk.label("what_ifs", "what_if", row["what_if"])
    result = str(row["result"])
    told = tuple(_sentences(desk, row))
    shown = name[:1].upper() + name[1:]
    return WhatIfCard(str(place or ""), shown, result, desk.label("what_ifs", "result", result), told)


def _sentences(desk: Desk, row: Record) -> Iterator[str]:
    result = row["result"]
    yield desk.words(f"what_ifs.result_{result}")
    found = (_turned(desk, row), opened(desk, row), _largest(desk, row), _fit(desk, row), _order(desk, row))
    yield from (sentence for sentence in found if sentence)


def _of(desk: Desk, table: str, row: Record) -> list[Record]:
    return [one for one in records(desk, table) if one["what_if"] == row["what_if"]]


def _turned(desk: Desk, row: Record) -> str:
    """Which verdicts became a gap."""
    names = [
        _about(desk, "what_if_gaps", one)
        for one in _of(desk, "what_if_gaps", row)
        if one["verdict_after"] == "gap" and one["verdict_before"] not in ("gap", None)
    ]
    return desk.words("what_ifs.turned", names=as_list(names, desk.words.language)) if names else ""


def _about(desk: Desk, table: str, row: Record) -> str:
    attributes = desk.label(table, "attributes", row["attributes"])
    return f"{attributes} ({desk.label(table, 'metric', row['metric'])})"


def opened(desk: Desk, row: Record) -> str:
    """How many gaps widened, and between whom most."""
    rows, words = _of(desk, "what_if_opened", row), desk.words
    if not rows:
        return ""
    count = whole(len(rows), words.language)
    head = words("what_ifs.opened_one") if len(rows) == 1 else words("what_ifs.opened_count", count=count)
    return f"{head} {_worst(desk, rows)}".strip()


def _worst(desk: Desk, rows: Sequence[Record]) -> str:
    """The first row is the worst, in tolerances."""
    row, words = rows[0], desk.words
    before, after, rise = (number(row[name]) for name in ("before", "after", "rise"))
    if before is None or after is None or rise is None:
        return ""
    turned_round = abs(rise - (after + before)) < abs(rise - (after - before))
    return words(
        "what_ifs.opened_reversed" if turned_round else "what_ifs.opened_worst",
        higher=desk.label("what_if_opened", "higher", row["higher"]),
        lower=desk.label("what_if_opened", "lower", row["lower"]),
        metric=desk.label("what_if_opened", "metric", row["metric"]),
        before=per_thousand(before, words.language),
        after=per_thousand(after, words.language),
    )


def _largest(desk: Desk, row: Record) -> str:
    """The largest gap by one attribute, and how that was by the card."""
    gap, times, words = number(row["gap"]), number(row["gap_tolerances"]), desk.words
    if gap is None or times is None:
        return ""
    text = words(
        "what_ifs.largest",
        attribute=desk.label("what_ifs", "gap_attribute", row["gap_attribute"]),
        metric=desk.label("what_ifs", "gap_metric", row["gap_metric"]),
        per=per_thousand(gap, words.language),
        times=decimal(times, 1, words.language),
    )
    first = number(records(desk, "what_ifs")[0]["gap_tolerances"])
    if row["result"] == "as_it_is" or first is None:
        return text
    return f"{text} {words('what_ifs.largest_card', times=decimal(first, 1, words.language))}"


def _fit(desk: Desk, row: Record) -> str:
    """The group that the risk fits worst."""
    value, words = number(row["worst_value"]), desk.words
    if value is None:
        return ""
    group = desk.label("what_ifs", "worst_group", row["worst_group"])
    per = per_thousand(abs(value), words.language)
    return words("what_ifs.fit_high" if value > 0 else "what_ifs.fit_low", group=group, per=per)


def _order(desk: Desk, row: Record) -> str:
    """How well its risks order families, as pairs of a hundred, and whether that differs from the card."""
    words = desk.words
    score = next(iter(_of(desk, "what_if_scores", row)), None)
    value = None if score is None else number(score["auroc"])
    if score is None or value is None:
        return ""
    per = round(100 * value)
    text = words("what_ifs.order", per=per, other=100 - per)
    changed = "" if row["result"] == "as_it_is" else _changed(score)
    return f"{text} {words(f'what_ifs.order_{changed}')}" if changed else text


def _changed(score: Record) -> str:
    low, high = number(score["auroc_change_low"]), number(score["auroc_change_high"])
    if low is None or high is None:
        return ""
    if low == high == 0:
        return "same"
    return "worse" if high < 0 else "better" if low > 0 else "unclear"

"""What an audit may show of itself: groups below the threshold, and figures that give them away, are hidden.

This guards screens and files of any table; what is released from registers passes the gate as well. A group's four
cells (selected by outcome) are what a reader could work out; a figure stays when every cell it gives away has at least
``threshold`` families. When hidden groups could be found by subtracting the others from the total, further groups,
smallest first, are hidden too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen.fairness.comparisons import Comparison, without_turns
from riskscreen.fairness.metrics import CALIBRATION, Counts
from riskscreen.fairness.results import Estimate, GroupRow
from riskscreen.records.tables import TOTAL

if TYPE_CHECKING:
    from riskscreen.fairness.results import Audit

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

GIVES_AWAY = {
    "selection_rate": "selected",
    "base_rate": "outcomes",
    CALIBRATION: "outcomes",
    "true_positive_rate": "selected_outcomes",
    "false_positive_rate": "selected_outcomes",
    "false_negative_rate": "selected_outcomes",
    "positive_predictive_value": "selected_outcomes",
    "false_discovery_rate": "selected_outcomes",
    "false_omission_rate": "selected_outcomes",
    "negative_predictive_value": "selected_outcomes",
}
"""The count that a reader can work out from a metric and the counts beside it.

A share of those not selected tells how many of them have the outcome; taken from all with the outcome, that leaves the
selected ones: all four cells.
"""
_COUNTS = ("families", "outcomes", "selected", "selected_outcomes")


def hide(audit: Audit) -> tuple[tuple[GroupRow, ...], tuple[Comparison, ...], tuple[Comparison, ...]]:
    """Rows, verdicts and explored comparisons with what is too small replaced by ``None``."""
    gone = {counts.attribute: hidden(counts, audit.threshold) for counts in audit.counts}
    rows = tuple(
        _row(row, {name: bool(flags[_place(audit, row)]) for name, flags in gone[row.attribute].items()})
        for row in audit.rows
    )
    hidden_groups = {
        (counts.attribute, metric): {
            group for group, flag in zip(counts.groups, gone[counts.attribute][count][:-1], strict=True) if flag
        }
        for counts in audit.counts
        for metric, count in GIVES_AWAY.items()
    }
    verdicts, explored = (
        tuple(_comparison(item, hidden_groups[item.attribute, item.metric]) for item in items)
        for items in (audit.verdicts, audit.explored)
    )
    return rows, verdicts, explored


def hidden(counts: Counts, threshold: int) -> dict[str, Flags]:
    """Per count column: which groups (the total last) are hidden, shape ``(groups + 1,)``.

    Examples
    --------
    >>> cells = np.array([[[[40, 30], [20, 10]], [[3, 1], [1, 0]], [[60, 30], [30, 30]]]])
    >>> hidden(Counts("form", ("a", "b", "c"), cells), 10)["families"].tolist()
    [True, True, False, False]
    """
    cells, parts = counts.totals, parts_of(counts, threshold)
    flags: dict[str, Flags] = {}
    for name in _COUNTS:
        own = complemented(_small(parts[name], threshold) | _implied(flags, name, len(cells)), parts[name], threshold)
        whole = bool(_small(parts[name].sum(axis=0, keepdims=True), threshold)[0])
        flags[name] = np.append(own, whole | _implied_total(flags, name))
    return flags


def parts_of(counts: Counts, threshold: int) -> dict[str, Ints]:
    """Per count column the numbers that must each be large enough, shape ``(groups, numbers)``."""
    # What the table itself holds back is unknown, not small: a figure that rests on it has no value to hide.
    cells = counts.totals if counts.suppressed is None else np.where(counts.suppressed, threshold, counts.totals)
    return {
        "families": cells.sum(axis=(1, 2))[:, None],
        "outcomes": cells.sum(axis=1),
        "selected": cells.sum(axis=2),
        "selected_outcomes": cells.reshape(len(cells), 4),
    }


def _small(parts: Ints, threshold: int) -> Flags:
    return np.asarray((parts < threshold).any(axis=1)) if threshold > 1 else np.zeros(len(parts), bool)


def _implied(flags: dict[str, Flags], name: str, groups: int) -> Flags:
    """A count is hidden where a count it is part of is hidden."""
    return np.asarray(np.logical_or.reduce([np.zeros(groups, bool), *(flags[wider][:-1] for wider in _wider(name))]))


def _implied_total(flags: dict[str, Flags], name: str) -> bool:
    return any(bool(flags[wider][-1]) for wider in _wider(name))


def _wider(name: str) -> tuple[str, ...]:
    if name == "selected_outcomes":
        return ("families", "outcomes", "selected")
    return () if name == "families" else ("families",)


def complemented(own: Flags, parts: Ints, threshold: int) -> Flags:
    """Hide more groups, smallest first, until the hidden ones together cannot be told apart or are large enough."""
    gone = own.copy()
    order = [place for place in np.argsort(parts.sum(axis=1), kind="stable") if not gone[place]]
    for place in order:
        if not gone.any() or (gone.sum() > 1 and not _small(parts[gone].sum(axis=0, keepdims=True), threshold)[0]):
            break
        gone[place] = True
    return gone


def _place(audit: Audit, row: GroupRow) -> int:
    if row.group == TOTAL:
        # A foreign group may be called total too: the margin is the last row of its attribute.
        same = [other for other in audit.rows if other.attribute == row.attribute]
        if row is same[-1]:
            return -1
    counts = next(counts for counts in audit.counts if counts.attribute == row.attribute)
    return counts.groups.index(row.group)


def _row(row: GroupRow, gone: dict[str, bool]) -> GroupRow:
    estimates = tuple(
        Estimate(item.metric, None, None, None, item.reason) if gone[GIVES_AWAY[item.metric]] else item
        for item in row.estimates
    )
    numbers = {name: None if gone[name] else getattr(row, name) for name in _COUNTS}
    return GroupRow(row.attribute, row.group, **numbers, estimates=estimates)


def _comparison(item: Comparison, gone: set[str]) -> Comparison:
    """The verdict stays; figures go when a compared group's own figure is hidden, *visible* when any group's is."""
    if gone.intersection(item.compared):
        return replace(
            without_turns(item),
            worst_value=None,
            reference_value=None,
            difference=None,
            low=None,
            high=None,
            ratio=None,
            to_overall=None,
            families=None,
            visible=None,
        )
    return replace(item, visible=None) if gone and not item.compared else item

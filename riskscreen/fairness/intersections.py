"""Small groups and intersections: the raw rate with its interval, and beside it one that borrows from other groups.

A group of forty families says little on its own. Partial pooling draws its rate towards what is expected there: the
overall rate (:mod:`riskscreen.stats.pooling`), and for a crossing of two groups what the two lead to expect
(:mod:`riskscreen.stats.crossed`). How strongly depends on how much groups really differ beyond that, which is estimated
too. It is nearer to the truth for most small groups, and hides the one that is really different: so verdicts go by the
raw rate, and nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.fairness.hiding import GIVES_AWAY, complemented, hidden, parts_of
from riskscreen.fairness.intake import Columns, Rows, names_of, read_rows
from riskscreen.fairness.labels import HIDDEN, attribute_text, group_text
from riskscreen.fairness.metrics import CALIBRATION, METRICS, Counts
from riskscreen.fairness.showing import aligned
from riskscreen.fairness.variance import figures_of
from riskscreen.records.texts import Text
from riskscreen.stats.crossed import pool_crossed
from riskscreen.stats.intervals import t_quantile
from riskscreen.stats.pooling import pool_binomial

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LEVEL = 0.95
LEADING = ("selection_rate", "true_positive_rate")
_FIGURES = ("families", "value", "low", "high", "pooled", "pooled_low", "pooled_high", "own_share")


@dataclass(frozen=True, slots=True)
class PooledGroup:
    """One metric of one group, raw and pooled; every figure ``None`` where it is hidden.

    Parameters
    ----------
    attributes, groups
        One attribute and its group, or two of each for an intersection.
    families
        Families that the metric divides by.
    value, low, high
        The raw rate and its own 95% interval; ``None`` of no families.
    pooled, pooled_low, pooled_high
        The pooled rate and its interval.
    own_share
        Weight of the group's own families in the pooled rate, 0 to 1.
    few
        Are there fewer families than a verdict asks for?
    """

    attributes: tuple[str, ...]
    groups: tuple[str, ...]
    metric: str
    families: int | None
    value: float | None
    low: float | None
    high: float | None
    pooled: float | None
    pooled_low: float | None
    pooled_high: float | None
    own_share: float | None
    few: bool

    @property
    def name(self) -> Text:
        """The groups in words."""
        said = [group_text(one, group) for one, group in zip(self.attributes, self.groups, strict=True)]
        return Text(" × ".join(text.en for text in said), " × ".join(text.nl for text in said))


@dataclass(frozen=True, slots=True, repr=False)
class Intersections:
    """Every group and every intersection of two, raw beside pooled.

    Parameters
    ----------
    rows
        In the order of the attributes, pairs after single ones; nothing in them is hidden.
    shown
        The same rows with what is too small, or would give that away, replaced by ``None``.
    minimum
        Fewest families for which a row is not flagged as *few*.
    """

    rows: tuple[PooledGroup, ...]
    shown: tuple[PooledGroup, ...]
    minimum: int

    def to_records(self) -> list[dict[str, Any]]:
        """What is shown, as plain values with three decimals."""
        return [_record(row) for row in self.shown]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"

    def _lines(self) -> Iterator[str]:
        head = ("attribute", "group", "metric", "families", "raw", "interval", "pooled", "interval", "own", "")
        yield from aligned(head, [_cells(row) for row in self.shown])
        yield ""
        yield (
            "Pooled: drawn towards what other groups lead to expect; own: the weight of the group's own families. "
            f"Verdicts go by the raw rate. Few: fewer than {self.minimum} families."
        )


def pool_groups(
    data: Any,
    *,
    outcome: str,
    by: str | Sequence[str],
    selected: str | None = None,
    score: str | None = None,
    points: str | None = None,
    count: str | None = None,
    threshold_share: float = 0.10,
    block: str | None = None,
    metrics: str | Sequence[str] = LEADING,
    pairs: bool = True,
    minimum: int = 100,
    threshold: int = 10,
) -> Intersections:
    """Rates of every group and of every intersection of two attributes, raw beside partially pooled.

    Parameters
    ----------
    data, outcome, by, selected, score, points, count, threshold_share, block
        As for :func:`riskscreen.audit`.
    metrics
        Names of :data:`riskscreen.fairness.metrics.METRICS`, without calibration.
    pairs
        Intersections too.
    minimum
        Groups with fewer families in the denominator are flagged, never dropped.
    threshold
        Figures that rest on fewer families, and those that would give them away, are hidden in what is shown.

    Raises
    ------
    UsageError, RegisterError
        With every fault of the call and of the columns at once.
    """
    metrics = names_of(metrics)
    unknown = [name for name in metrics if name not in METRICS or name == CALIBRATION]
    # Not a number is below nothing: it would hide no group.
    low = {name: number for name, number in (("minimum", minimum), ("threshold", threshold)) if not number >= 1}
    if unknown or not metrics or low:
        faults = [f"metrics: {name} cannot be pooled" for name in unknown] + (["metrics: name one"] * (not metrics))
        faults += [f"{name} is {number}; allowed: 1 or more" for name, number in low.items()]
        known = ", ".join(name for name in METRICS if name != CALIBRATION)
        raise UsageError("these groups cannot be pooled", faults=tuple(faults), do=f"choose metrics from {known}")
    columns = Columns(outcome, names_of(by), selected, score, points, count, None, block)
    rows = read_rows(data, columns, threshold_share)
    tables = list(_tables(rows, pairs=pairs))
    found = [(table, _pooled(table, metric, minimum)) for table in tables for metric in metrics]
    flags = {id(table): _hidden(table, threshold) for table in tables}
    shown = [
        _hide(row, bool(flags[id(table)]["families"][place]), bool(flags[id(table)][GIVES_AWAY[row.metric]][place]))
        for table, group_rows in found
        for place, row in enumerate(group_rows)
    ]
    return Intersections(tuple(row for _, group_rows in found for row in group_rows), tuple(shown), minimum)


@dataclass(frozen=True, slots=True)
class _Table:
    """Counts of one attribute or of a pair; ``codes`` of shape ``(groups, attributes)`` say which group of each."""

    attributes: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    codes: Ints
    counts: Counts


def _tables(rows: Rows, *, pairs: bool) -> Iterator[_Table]:
    cell = rows.selected * 2 + rows.outcome
    singles = [(name,) for name in rows.groups]
    for attributes in [*singles, *(combinations(rows.groups, 2) if pairs else ())]:
        sizes = [len(rows.groups[name][1]) for name in attributes]
        place = np.ravel_multi_index([rows.groups[name][0] for name in attributes], sizes)
        there, code = np.unique(place, return_inverse=True)
        codes = np.stack(np.unravel_index(there, sizes), axis=1)
        names = tuple(
            tuple(rows.groups[name][1][at] for name, at in zip(attributes, each, strict=True)) for each in codes
        )
        number = int(rows.blocks.max()) + 1
        shape = (number, len(there), 2, 2)
        where = (rows.blocks * len(there) + code) * 4 + cell
        families = np.bincount(where, weights=rows.weight, minlength=int(np.prod(shape)))
        cells = np.rint(families).astype(np.int64).reshape(shape)
        counts = Counts(" × ".join(attributes), tuple(" × ".join(each) for each in names), cells)
        yield _Table(attributes, names, codes, counts)


def _pooled(table: _Table, metric: str, minimum: int) -> list[PooledGroup]:
    figures = figures_of(table.counts, metric)
    own = figures.limits(t_quantile(1 - LEVEL, figures.freedom))
    # A design effect makes a group count for fewer families than it has.
    events, trials = figures.numerator / figures.effect, figures.denominator / figures.effect
    single = len(table.attributes) == 1
    pooled = (
        pool_binomial(events, trials, level=LEVEL) if single else pool_crossed(events, trials, table.codes, level=LEVEL)
    )
    return [
        PooledGroup(
            table.attributes,
            names,
            metric,
            families=int(figures.denominator[at]),
            value=_known(figures.value[at]),
            low=_known(own.low[at]),
            high=_known(own.high[at]),
            pooled=float(pooled.estimate[at]),
            pooled_low=float(pooled.low[at]),
            pooled_high=float(pooled.high[at]),
            own_share=float(pooled.own_share[at]),
            few=bool(figures.denominator[at] < minimum),
        )
        for at, names in enumerate(table.names)
    ]


def _hidden(table: _Table, threshold: int) -> dict[str, Flags]:
    """Per count: which groups are hidden. The rows and columns of a pair are known: lines with one gap get another."""
    flags = {name: each[:-1] for name, each in hidden(table.counts, threshold).items()}
    if len(table.attributes) == 1:
        return flags
    parts = parts_of(table.counts, threshold)
    return {name: _by_line(gone, table.codes, parts[name], threshold) for name, gone in flags.items()}


def _by_line(gone: Flags, codes: Ints, parts: Ints, threshold: int) -> Flags:
    before = None
    while before is None or (gone != before).any():
        before = gone.copy()
        for side in (0, 1):
            for line in np.unique(codes[:, side]):
                at = np.flatnonzero(codes[:, side] == line)
                gone[at] = complemented(gone[at], parts[at], threshold)
    return gone


def _hide(row: PooledGroup, no_families: bool, no_figures: bool) -> PooledGroup:
    if not (no_families or no_figures):
        return row
    gone: dict[str, Any] = dict.fromkeys(_FIGURES)
    return replace(row, **gone)


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _record(row: PooledGroup) -> dict[str, Any]:
    body = {item.name: getattr(row, item.name) for item in fields(row)}
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in body.items()}


def _cells(row: PooledGroup) -> tuple[str, ...]:
    names = " × ".join(attribute_text(name).en for name in row.attributes)
    if row.pooled is None:
        return (names, row.name.en, row.metric, HIDDEN.en, *[""] * 5, "few" if row.few else "")
    return (
        names,
        row.name.en,
        row.metric,
        f"{row.families:,}",
        "-" if row.value is None else f"{row.value:.3f}",
        _interval(row.low, row.high),
        f"{row.pooled:.3f}",
        _interval(row.pooled_low, row.pooled_high),
        f"{row.own_share:.2f}",
        "few" if row.few else "",
    )


def _interval(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{low:.3f} to {high:.3f}"

"""From a frame of rows or cells, or a handle on cells, to whole numbers per group; every fault at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import RegisterError, UsageError
from riskscreen.fairness.bands import random_groups
from riskscreen.fairness.binning import Distinct, binned, cut_for, distinct_of, histogram
from riskscreen.fairness.checking import check_call, check_margins, check_values
from riskscreen.fairness.conditional import Strata, count_strata, strata_of
from riskscreen.fairness.curves import ScoreCounts
from riskscreen.fairness.metrics import Counts, Flags, Weighted
from riskscreen.fairness.sampling import Design, Weights, design_of, drawn_rows, sampling_weights
from riskscreen.fairness.sources import long_form, source_of
from riskscreen.fairness.suppression import read_counts
from riskscreen.fairness.values import codes, flags, numbers

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Risk = str | Callable[[Any], Floats]

_GROUPS_SEED = 1


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column plays which part; see :func:`riskscreen.fairness.audit`."""

    outcome: str
    by: tuple[str, ...]
    selected: str | None = None
    score: str | None = None
    points: str | None = None
    count: str | None = None
    risk: Risk | None = None
    block: str | None = None
    truth: str | None = None
    control: tuple[str, ...] = ()
    weights: str | None = None
    sample: str | None = None
    confusion: Mapping[str, str] | None = None
    cuts: tuple[float, ...] = ()

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """Every (part, column) that was given."""
        parts = ("outcome", "selected", "score", "points", "count", "weights", "sample", "block", "truth")
        given = [(part, getattr(self, part)) for part in parts]
        single = [(part, name) for part, name in given if name or (name is not None and part != "outcome")]
        risk = [("risk", self.risk)] if isinstance(self.risk, str) else []
        groups = [*(("control", name) for name in self.control), *(("by", name) for name in self.by)]
        return (*single, *risk, *(self.confusion or {}).items(), *groups)


def names_of(columns: str | Sequence[str]) -> tuple[str, ...]:
    """Names of columns; one may be given alone."""
    return (columns,) if isinstance(columns, str) else tuple(columns)


@dataclass(frozen=True, slots=True)
class Intake:
    """What was counted.

    Parameters
    ----------
    attributes
        One :class:`Counts` per attribute, in the order asked for.
    overlap
        Families (with weights: the sum of their squares) by selected and outcome that are in both of two groups; shape
        ``(2, 2, groups, groups)`` over the groups of all attributes in order. Empty when blocks are given.
    blocks
        Number of blocks (neighbourhoods); 0 when none were given, or only one.
    cut
        The score or points from which a family counts as selected; ``None`` for an offer.
    counted_by
        The count column, or ``rows``.
    histograms
        Families by group, score and outcome, one per attribute; none for an offer, and none with weights: they hold
        whole families.
    strata
        Families by stratum of the control, one per attribute; none without a control.
    design
        How the rows were sampled; ``None`` when they are no sample.
    """

    attributes: tuple[Counts, ...]
    overlap: Floats
    blocks: int
    cut: float | None
    counted_by: str
    histograms: tuple[ScoreCounts, ...] = ()
    strata: tuple[Strata, ...] = ()
    design: Design | None = None


def take_in(data: Any, columns: Columns, threshold_share: float, *, truth: bool = False) -> Intake:
    """Check and count.

    Parameters
    ----------
    data
        A pandas frame, anything with ``to_pandas``, or a handle on cells.
    threshold_share
        With a score or points: about this share of families is selected.
    truth
        Count true need instead of the recorded outcome.

    Raises
    ------
    UsageError, RegisterError
        With every fault of the call and of the columns.
    """
    rows = read_rows(data, columns, threshold_share, whole=False)
    outcome = rows.truth if truth and rows.truth is not None else rows.outcome
    risk = None if truth else rows.risk
    cell = rows.selected * 2 + outcome
    counts = tuple(_count(name, rows, cell, risk) for name in rows.groups)
    check_margins(counts)
    number = rows.neighbourhoods
    overlap = np.zeros((2, 2, 0, 0)) if number else _overlap(rows, cell)
    weighted = None if rows.sampling is None else rows.stands_for
    strata = tuple(
        count_strata(name, code, groups, rows.control, cell, rows.weight, weighted)
        for name, (code, groups) in rows.groups.items()
        if rows.control is not None
    )
    scored = _histograms(rows, outcome, risk)
    return Intake(counts, overlap, number, rows.cut, rows.counted_by, scored, strata, rows.design)


def _histograms(rows: Rows, outcome: Ints, risk: Floats | None) -> tuple[ScoreCounts, ...]:
    if rows.distinct is None or rows.cut is None or rows.sampling is not None:
        return ()
    bins = binned(rows.distinct, rows.weight, risk, rows.cut)
    # A country has too many neighbourhoods to keep a histogram of each: random groups of them vary as much.
    drawn = random_groups(rows.blocks, np.random.default_rng(_GROUPS_SEED)) if rows.neighbourhoods else None
    return tuple(
        histogram(name, code, groups, outcome, rows.weight, bins, drawn) for name, (code, groups) in rows.groups.items()
    )


@dataclass(frozen=True, slots=True)
class Rows:
    """Checked rows or cells; arrays have shape ``(rows,)``.

    Parameters
    ----------
    groups
        Per attribute the place of each row's group, and the groups.
    selected, outcome, truth
        0 or 1; ``truth`` is ``None`` when no true need was given.
    scores
        The score or points, or ``selected`` when neither was given.
    risk
        Predicted risk, when known.
    blocks
        Number of the neighbourhood; 0 everywhere when none was given.
    neighbourhoods
        How many there are; 0 when none, or only one, was given: one says nothing about how much they differ.
    weight
        Families that were seen: how many a row counts for.
    cut, counted_by
        As in :class:`Intake`.
    distinct
        The different scores; ``None`` for an offer.
    control
        The columns that families are to be alike on, the place of each row's stratum, and the strata.
    sampling
        Sampling weights; ``None`` when every family counts as one.
    suppressed
        Where the table holds back its count (and ``weight`` is 0); ``None``: nowhere.
    design
        As in :class:`Intake`.
    """

    groups: dict[str, tuple[Ints, tuple[str, ...]]]
    selected: Ints
    outcome: Ints
    truth: Ints | None
    scores: Floats
    risk: Floats | None
    blocks: Ints
    neighbourhoods: int
    weight: Floats
    cut: float | None
    counted_by: str
    distinct: Distinct | None = None
    control: tuple[str, Ints, tuple[str, ...]] | None = None
    sampling: Weights | None = None
    suppressed: Flags | None = None
    design: Design | None = None

    @property
    def stands_for(self) -> Floats:
        """Families that a row stands for: those seen times their sampling weight."""
        return self.weight if self.sampling is None else self.weight * self.sampling.per_row

    def squares(self, where: Ints, size: int) -> Floats:
        """Sum of squared weights of the families at each place, shape ``(size,)``."""
        if self.sampling is None:
            return np.asarray(np.bincount(where, weights=self.weight, minlength=size), np.float64)
        return self.sampling.sums(where, size, self.weight, 2)


def read_rows(data: Any, columns: Columns, threshold_share: float, *, whole: bool = True) -> Rows:
    """Check the call and the columns, and read them as numbers; arguments and errors as in :func:`take_in`.

    Parameters
    ----------
    whole
        Refuse a table that holds counts back.
    """
    frame, columns, counted_by = _open(data, columns, threshold_share)
    check_values(frame, columns, whole=whole)
    everyone = _families(frame, columns.count)
    frame = _occurring(drawn_rows(frame, columns.sample), columns.count)
    weight, suppressed = _families(frame, columns.count), _suppressed(frame, columns.count)
    sampling = sampling_weights(frame, columns.weights, weight)
    distinct = _distinct(frame, columns, weight if sampling is None else weight * sampling.per_row)
    selected, cut = _selected(frame, columns, distinct, threshold_share)
    scores = numbers(frame[columns.score or columns.points or columns.selected or ""])
    blocks = codes(frame[columns.block], "")[0] if columns.block else np.zeros(len(frame), np.int64)
    number = int(blocks.max()) + 1
    return Rows(
        {name: codes(frame[name], name) for name in columns.by},
        selected,
        flags(frame[columns.outcome]),
        flags(frame[columns.truth]) if columns.truth else None,
        selected.astype(np.float64) if scores is None else scores,
        _risk(frame, columns),
        blocks,
        number if number > 1 else 0,
        weight,
        cut,
        counted_by,
        distinct,
        strata_of({name: codes(frame[name], name) for name in columns.control}) if columns.control else None,
        sampling,
        suppressed,
        design_of(frame, weight, columns.weights, columns.sample, int(everyone.sum())),
    )


def _open(data: Any, columns: Columns, threshold_share: float) -> tuple[pd.DataFrame, Columns, str]:
    """The frame to audit, the columns that play a part in it, and what its families are counted by."""
    source = source_of(data)
    if columns.count is None and columns.confusion is None and source.count not in {name for _, name in columns.named}:
        columns = replace(columns, count=source.count)
    check_call(source, columns, threshold_share)
    counted_by = "confusion counts" if columns.confusion else columns.count or "rows"
    frame, count = source.frame(columns)
    if columns.confusion:
        return *long_form(frame, columns), counted_by
    return frame, replace(columns, count=count), counted_by


def _occurring(frame: pd.DataFrame, count: str | None) -> pd.DataFrame:
    """Without the rows that count no family: a group of none is no group."""
    if count is None:
        return frame
    found = read_counts(frame[count])
    some: NDArray[np.bool_] = (found.families != 0) | found.suppressed
    if not some.any():
        raise RegisterError("there are no families to audit", do="check the column with counts")
    return frame.loc[some]


def _families(frame: pd.DataFrame, count: str | None) -> Floats:
    return np.ones(len(frame)) if count is None else read_counts(frame[count]).families


def _suppressed(frame: pd.DataFrame, count: str | None) -> Flags | None:
    gone = None if count is None else read_counts(frame[count]).suppressed
    return gone if gone is not None and gone.any() else None


def _distinct(frame: pd.DataFrame, columns: Columns, weight: Floats) -> Distinct | None:
    if columns.selected is not None:
        return None
    values = numbers(frame[columns.score or columns.points or ""])
    if values is None:
        raise RegisterError("the score holds words")
    return distinct_of(values, weight)


def _selected(
    frame: pd.DataFrame, columns: Columns, scores: Distinct | None, threshold_share: float
) -> tuple[Ints, float | None]:
    if scores is None:
        return flags(frame[columns.selected or ""]), None
    cut = cut_for(scores, threshold_share, columns.cuts)
    return (scores.scores >= cut).astype(np.int64)[scores.place], cut


def _risk(frame: pd.DataFrame, columns: Columns) -> Floats | None:
    if callable(columns.risk):
        column = columns.points or columns.score
        if column is None:
            raise UsageError("risk is a function, but there are no points", do="name a column with the risk")
        values = numbers(frame[column])
        risk = np.asarray(columns.risk(values), np.float64)
        if risk.shape != (len(frame),):
            raise RegisterError(
                f"the risk function gives {risk.shape} values for {len(frame)} rows", do="give one risk per row"
            )
        if not ((risk >= 0) & (risk <= 1)).all():
            raise RegisterError("the risk function gives values outside 0 to 1", do="give a function to probabilities")
        return risk
    name = columns.risk or columns.score
    return numbers(frame[name]) if name else None


def _count(attribute: str, rows: Rows, cell: Ints, risk: Floats | None) -> Counts:
    code, groups = rows.groups[attribute]
    shape = (int(rows.blocks.max()) + 1, len(groups), 2, 2)
    place = rows.blocks * shape[1] + code
    where = place * 4 + cell
    families = np.bincount(where, weights=rows.weight, minlength=int(np.prod(shape)))
    return Counts(
        attribute,
        groups,
        np.rint(families).astype(np.int64).reshape(shape),
        None if risk is None else _risk_sums(rows, place, risk, shape),
        None if rows.sampling is None else _weighted(rows.sampling, where, rows.weight, shape),
        None if rows.suppressed is None else _held_back(rows.suppressed, where, shape),
    )


def _risk_sums(rows: Rows, place: Ints, risk: Floats, shape: tuple[int, ...]) -> Floats:
    total = np.bincount(place, weights=rows.stands_for * risk, minlength=shape[0] * shape[1])
    return np.asarray(total.reshape(shape[:2]), np.float64)


def _weighted(sampling: Weights, where: Ints, families: Floats, shape: tuple[int, ...]) -> Weighted:
    sums, squares = (sampling.sums(where, int(np.prod(shape)), families, power) for power in (1, 2))
    return Weighted(sums.reshape(shape), squares.reshape(shape))


def _held_back(suppressed: Flags, where: Ints, shape: tuple[int, ...]) -> Flags:
    found = np.bincount(where[suppressed], minlength=int(np.prod(shape))).reshape(shape)
    return np.asarray(found.any(axis=0))


def _overlap(rows: Rows, cell: Ints) -> Floats:
    groups = list(rows.groups.values())
    sizes = [len(values) for _, values in groups]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    table = np.zeros((2, 2, starts[-1], starts[-1]))
    for i, (first, _) in enumerate(groups):
        for j, (second, _) in enumerate(groups[: i + 1]):
            place = (cell * sizes[i] + first) * sizes[j] + second
            both = rows.squares(place, 4 * sizes[i] * sizes[j]).reshape(2, 2, sizes[i], sizes[j])
            table[:, :, starts[i] : starts[i + 1], starts[j] : starts[j + 1]] = both
            table[:, :, starts[j] : starts[j + 1], starts[i] : starts[i + 1]] = both.swapaxes(2, 3)
    return table

"""From a frame of rows or cells, or a handle on cells, to whole numbers per group; every fault at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import RegisterError, UsageError
from riskscreen.fairness.binning import Distinct, binned, cut_for, distinct_of, histogram
from riskscreen.fairness.conditional import Strata, count_strata
from riskscreen.fairness.curves import ScoreCounts
from riskscreen.fairness.labels import UNKNOWN, in_order
from riskscreen.fairness.metrics import Counts

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Risk = str | Callable[[Any], Floats]

COUNT = "families"
MOST_GROUPS = 50


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
    control: str | None = None

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """Every (part, column) that was given."""
        parts = ("outcome", "selected", "score", "points", "count", "block", "truth", "control")
        single = [(part, getattr(self, part)) for part in parts if getattr(self, part) is not None]
        risk = [("risk", self.risk)] if isinstance(self.risk, str) else []
        return (*single, *risk, *(("by", name) for name in self.by))


def names_of(by: str | Sequence[str]) -> tuple[str, ...]:
    """Columns with groups; one name may be given alone."""
    return (by,) if isinstance(by, str) else tuple(by)


@dataclass(frozen=True, slots=True)
class Intake:
    """What was counted.

    Parameters
    ----------
    attributes
        One :class:`Counts` per attribute, in the order asked for.
    overlap
        Families by selected and outcome that are in both of two groups; shape ``(2, 2, groups, groups)`` over the
        groups of all attributes in order. Empty when blocks are given.
    blocks
        Number of blocks (neighbourhoods); 0 when none were given, or only one.
    cut
        The score or points from which a family counts as selected; ``None`` for an offer.
    counted_by
        The count column, or ``rows``.
    histograms
        Families by group, score and outcome, one per attribute; none for an offer.
    strata
        Families by stratum of the control, one per attribute; none without a control.
    """

    attributes: tuple[Counts, ...]
    overlap: Floats
    blocks: int
    cut: float | None
    counted_by: str
    histograms: tuple[ScoreCounts, ...] = ()
    strata: tuple[Strata, ...] = ()


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
    rows = read_rows(data, columns, threshold_share)
    outcome = rows.truth if truth and rows.truth is not None else rows.outcome
    risk = None if truth else rows.risk
    cell = rows.selected * 2 + outcome
    counts = tuple(
        _count(name, code, groups, cell, rows.blocks, rows.weight, risk) for name, (code, groups) in rows.groups.items()
    )
    number = rows.neighbourhoods
    overlap = np.zeros((2, 2, 0, 0)) if number else _overlap(list(rows.groups.values()), cell, rows.weight)
    strata = tuple(
        count_strata(name, code, groups, rows.control, cell, rows.weight)
        for name, (code, groups) in rows.groups.items()
        if rows.control is not None
    )
    return Intake(counts, overlap, number, rows.cut, rows.counted_by, _histograms(rows, outcome, risk), strata)


def _histograms(rows: Rows, outcome: Ints, risk: Floats | None) -> tuple[ScoreCounts, ...]:
    if rows.distinct is None or rows.cut is None:
        return ()
    bins = binned(rows.distinct, rows.weight, risk, rows.cut)
    return tuple(
        histogram(name, code, groups, outcome, rows.weight, bins) for name, (code, groups) in rows.groups.items()
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
        Families that a row stands for.
    cut, counted_by
        As in :class:`Intake`.
    distinct
        The different scores; ``None`` for an offer.
    control
        The column that families are to be alike on, the place of each row's stratum, and the strata.
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


def read_rows(data: Any, columns: Columns, threshold_share: float) -> Rows:
    """Check the call and the columns, and read them as numbers; arguments and errors as in :func:`take_in`."""
    frame, columns = _frame(data, columns)
    _check_call(frame, columns, threshold_share)
    _check_values(frame, columns)
    weight = _weights(frame, columns.count)
    distinct = _distinct(frame, columns, weight)
    selected, cut = _selected(frame, columns, distinct, threshold_share)
    scores = _numbers(frame[columns.score or columns.points or columns.selected or ""])
    blocks = _codes(frame[columns.block], "")[0] if columns.block else np.zeros(len(frame), np.int64)
    number = int(blocks.max()) + 1
    return Rows(
        {name: _codes(frame[name], name) for name in columns.by},
        selected,
        _flags(frame[columns.outcome]),
        _flags(frame[columns.truth]) if columns.truth else None,
        selected.astype(np.float64) if scores is None else scores,
        _risk(frame, columns),
        blocks,
        number if number > 1 else 0,
        weight,
        cut,
        columns.count or "rows",
        distinct,
        (columns.control, *_codes(frame[columns.control], columns.control)) if columns.control else None,
    )


def _frame(data: Any, columns: Columns) -> tuple[pd.DataFrame, Columns]:
    import pandas as pd

    if hasattr(data, "engine") and hasattr(data, "table"):
        from riskscreen.engine.handles import open_counts

        frame, count = open_counts(data), columns.count or data.count
    else:
        frame = data if isinstance(data, pd.DataFrame) else _converted(data)
        count = columns.count or (COUNT if COUNT in frame.columns and COUNT not in columns.by else None)
    return frame, Columns(**{part: getattr(columns, part) for part in Columns.__slots__} | {"count": count})


def _converted(data: Any) -> pd.DataFrame:
    import pandas as pd

    frame = data.to_pandas() if hasattr(data, "to_pandas") else None
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(
            f"the data are a {type(data).__name__}", do="give a pandas or polars frame, or cells counted by the engine"
        )
    return frame


def _check_call(frame: pd.DataFrame, columns: Columns, threshold_share: float) -> None:
    faults = []
    given = [part for part in ("selected", "score", "points") if getattr(columns, part) is not None]
    if len(given) != 1:
        said = f"{' and '.join(given)} were given" if given else "none was given"
        faults.append(f"exactly one of selected, score and points is needed; {said}")
    if not columns.by:
        faults.append("by: name at least one column with groups")
    if not 0 < threshold_share < 1:
        faults.append(f"threshold_share is {threshold_share}; allowed: above 0 and below 1")
    if frame.columns.nlevels > 1:
        faults.append("the columns have several levels; give one name per column")
    faults += [f"by: {name} is named twice" for name in _twice(columns.by)]
    roles = [name for part, name in columns.named if part != "by"]
    faults += [f"by: {name} already plays another part" for name in columns.by if name in roles]
    names = [str(name) for name in frame.columns]
    there = ", ".join(dict.fromkeys(names)) or "none"
    absent = [f"{part}: there is no column {name!r}" for part, name in columns.named if name not in frame.columns]
    faults += [f"{fault}; the columns are: {there}" for fault in absent]
    used = {name for _, name in columns.named}
    faults += [f"column {name} occurs {names.count(name)} times" for name in _twice(names) if name in used]
    if faults:
        raise UsageError("these data cannot be audited this way", faults=tuple(faults), do="mend the call")


def _twice(names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if list(names).count(name) > 1]


def _check_values(frame: pd.DataFrame, columns: Columns) -> None:
    if not len(frame):
        raise RegisterError("there are no rows to audit", do="check the file or the selection")
    faults = []
    for part in ("outcome", "selected", "truth"):
        faults += _flag_faults(part, getattr(columns, part), frame)
    faults += _share_faults("score", columns.score, frame)
    faults += _share_faults("risk", columns.risk if isinstance(columns.risk, str) else None, frame)
    faults += _whole_faults("points", columns.points, frame)
    faults += _whole_faults("count", columns.count, frame, least=1)
    faults += [
        f"{part}: {name} has {number} different values; at most {MOST_GROUPS} groups can be compared"
        for part, name in columns.named
        if part in ("by", "control")
        if (number := frame[name].nunique()) > MOST_GROUPS
    ]
    if faults:
        raise RegisterError("these data cannot be audited", faults=tuple(faults), do="mend these columns")


def _flag_faults(part: str, column: str | None, frame: pd.DataFrame) -> list[str]:
    if column is None:
        return []
    values = frame[column]
    faults = [f"{part}: {column} has no value in {n} rows; leave those out first" for n in [_missing(values)] if n]
    number = _numbers(values.dropna())
    wrong = len(values.dropna()) if number is None else int((~np.isin(number, (0.0, 1.0))).sum())
    if wrong:
        faults.append(f"{part}: {column} is not 0 or 1 (or false or true) in {wrong} rows")
    return faults


def _share_faults(part: str, column: str | None, frame: pd.DataFrame) -> list[str]:
    if column is None:
        return []
    number = _numbers(frame[column])
    if number is None:
        return [f"{part}: {column} holds words; allowed: numbers from 0 to 1"]
    wrong = int((~((number >= 0) & (number <= 1))).sum())
    return [f"{part}: {column} is missing or outside 0 to 1 in {wrong} rows"] if wrong else []


def _whole_faults(part: str, column: str | None, frame: pd.DataFrame, least: int | None = None) -> list[str]:
    if column is None:
        return []
    number = _numbers(frame[column])
    if number is None:
        return [f"{part}: {column} holds words; allowed: whole numbers"]
    with np.errstate(invalid="ignore"):
        wrong = ~np.isfinite(number) | (number != np.floor(number)) | (np.abs(number) > 2**52)
    faults = [f"{part}: {column} is missing or no whole number in {n} rows" for n in [int(wrong.sum())] if n]
    if least is not None and (low := int((number < least).sum())):
        faults.append(f"{part}: {column} is below {least} in {low} rows")
    return faults


def _missing(values: pd.Series[Any]) -> int:
    return int(values.isna().sum())


def _numbers(values: pd.Series[Any]) -> Floats | None:
    """Values as floats, or ``None`` when they are words."""
    if values.dtype.kind in "biuf":
        return values.to_numpy(np.float64)
    try:
        return values.to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        return None


def _flags(values: pd.Series[Any]) -> Ints:
    numbers = _numbers(values)
    return np.zeros(0, np.int64) if numbers is None else numbers.astype(np.int64)


def _weights(frame: pd.DataFrame, count: str | None) -> Floats:
    numbers = _numbers(frame[count]) if count else None
    return np.ones(len(frame)) if numbers is None else numbers


def _distinct(frame: pd.DataFrame, columns: Columns, weight: Floats) -> Distinct | None:
    if columns.selected is not None:
        return None
    values = _numbers(frame[columns.score or columns.points or ""])
    if values is None:
        raise RegisterError("the score holds words")
    return distinct_of(values, weight)


def _selected(
    frame: pd.DataFrame, columns: Columns, scores: Distinct | None, threshold_share: float
) -> tuple[Ints, float | None]:
    if scores is None:
        return _flags(frame[columns.selected or ""]), None
    cut = cut_for(scores, threshold_share)
    return (scores.scores >= cut).astype(np.int64)[scores.place], cut


def _risk(frame: pd.DataFrame, columns: Columns) -> Floats | None:
    if callable(columns.risk):
        column = columns.points or columns.score
        if column is None:
            raise UsageError("risk is a function, but there are no points", do="name a column with the risk")
        values = _numbers(frame[column])
        risk = np.asarray(columns.risk(values), np.float64)
        if not ((risk >= 0) & (risk <= 1)).all():
            raise RegisterError("the risk function gives values outside 0 to 1", do="give a function to probabilities")
        return risk
    name = columns.risk or columns.score
    return _numbers(frame[name]) if name else None


def _codes(values: pd.Series[Any], attribute: str) -> tuple[Ints, tuple[str, ...]]:
    """Codes per row, and the groups; missing values are the group *unknown*."""
    import pandas as pd

    code, found = pd.factorize(values, use_na_sentinel=True)
    words = [_word(value) for value in found] + [UNKNOWN]
    code = np.where(code < 0, len(words) - 1, code)
    present = sorted({words[place] for place in np.unique(code)})
    groups = in_order(attribute, present)
    place = {group: number for number, group in enumerate(groups)}
    translate = np.array([place.get(word, -1) for word in words], np.int64)
    return translate[code], tuple(groups)


def _word(value: Any) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip() or UNKNOWN


def _count(
    attribute: str,
    code: Ints,
    groups: tuple[str, ...],
    cell: Ints,
    blocks: Ints,
    weight: Floats,
    risk: Floats | None,
) -> Counts:
    number, size = int(blocks.max()) + 1, len(groups)
    place = blocks * size + code
    families = np.bincount(place * 4 + cell, weights=weight, minlength=number * size * 4)
    cells = np.rint(families).astype(np.int64).reshape(number, size, 2, 2)
    if risk is None:
        return Counts(attribute, groups, cells)
    total = np.bincount(place, weights=weight * risk, minlength=number * size).reshape(number, size)
    return Counts(attribute, groups, cells, np.asarray(total, np.float64))


def _overlap(groups: list[tuple[Ints, tuple[str, ...]]], cell: Ints, weight: Floats) -> Floats:
    sizes = [len(values) for _, values in groups]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    table = np.zeros((2, 2, starts[-1], starts[-1]))
    for i, (first, _) in enumerate(groups):
        for j, (second, _) in enumerate(groups[: i + 1]):
            place = (cell * sizes[i] + first) * sizes[j] + second
            both = np.bincount(place, weights=weight, minlength=4 * sizes[i] * sizes[j])
            both = both.reshape(2, 2, sizes[i], sizes[j])
            table[:, :, starts[i] : starts[i + 1], starts[j] : starts[j + 1]] = both
            table[:, :, starts[j] : starts[j + 1], starts[i] : starts[i + 1]] = both.swapaxes(2, 3)
    return table

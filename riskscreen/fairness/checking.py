"""Whether a call and its columns can be audited: every fault at once, and never a value from a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from riskscreen.errors import RegisterError, UsageError
from riskscreen.fairness.sampling import drawn_rows
from riskscreen.fairness.sources import CONFUSION, Source
from riskscreen.fairness.suppression import MARKS, read_counts
from riskscreen.fairness.values import numbers

if TYPE_CHECKING:
    import pandas as pd

    from riskscreen.fairness.intake import Columns
    from riskscreen.fairness.metrics import Counts

MOST_GROUPS = 50
_TOTALS = ("total", "totaal", "all", "alle", "allen", "everybody", "iedereen")
_OWN = ("outcome", "selected", "weights", "sample")
"""Parts that no other part may share a column with."""
_MOST_WEIGHT, _MOST_APART = 1e12, 1e6
"""Weights above these are no chances of being drawn, and one family would outweigh all others."""
_INSTEAD = ("outcome", "selected", "score", "points", "count", "weights", "sample", "risk", "block", "truth")
"""Parts that four confusion counts per group take the place of, or leave no room for."""
_WHOLE = ("weights", "sample", "score", "points", "block", "control")
"""Parts that need every count: with some held back they cannot be reckoned."""


def check_call(source: Source, columns: Columns, threshold_share: float) -> None:
    """Are the columns there, each with one part that goes with the others?

    Raises
    ------
    UsageError
        With every fault of the call.
    """
    faults = _confusion_faults(columns) if columns.confusion is not None else _part_faults(columns)
    if not columns.by:
        faults.append("by: name at least one column with groups")
    if not 0 < threshold_share < 1:
        faults.append(f"threshold_share is {threshold_share}; allowed: above 0 and below 1")
    if source.levels > 1:
        faults.append("the columns have several levels; give one name per column")
    faults += [*_double_faults(columns), *_absent_faults(source, columns)]
    if faults:
        raise UsageError("these data cannot be audited this way", faults=tuple(faults), do="mend the call")


def _part_faults(columns: Columns) -> list[str]:
    faults = [] if columns.outcome else ["outcome: name the column with the recorded outcome"]
    given = [part for part in ("selected", "score", "points") if getattr(columns, part) is not None]
    if len(given) != 1:
        said = f"{' and '.join(given)} were given" if given else "none was given"
        faults.append(f"exactly one of selected, score and points is needed; {said}")
    return faults


def _confusion_faults(columns: Columns) -> list[str]:
    named = columns.confusion or {}
    faults = [f"confusion: name the column of {part}" for part in CONFUSION if part not in named]
    faults += [f"confusion: {name} is named twice" for name in _twice(list(named.values()))]
    faults += [
        f"confusion: there is no count {part}; allowed: {', '.join(CONFUSION)}"
        for part in named
        if part not in CONFUSION
    ]
    faults += [
        f"{part}: leave it out; confusion counts stand in its place" for part in _INSTEAD if getattr(columns, part)
    ]
    return faults


def _double_faults(columns: Columns) -> list[str]:
    faults = [f"by: {name} is named twice" for name in _twice(columns.by)]
    roles = [name for part, name in columns.named if part != "by"]
    faults += [f"by: {name} already plays another part" for name in columns.by if name in roles]
    faults += [f"control: {name} is named twice" for name in _twice(columns.control)]
    for place, own in enumerate(_OWN):
        # Two parts that both want a column of their own are one fault, told of the later one.
        told = ("by", *_OWN[place:], *(() if own in ("weights", "sample") else ("truth",)))
        others = [part for part, name in columns.named if part not in told and name == getattr(columns, own)]
        faults += [f"{own}: {getattr(columns, own)} already plays the part of {part}" for part in others]
    return faults


def _absent_faults(source: Source, columns: Columns) -> list[str]:
    names = [str(name) for name in source.names]
    there = ", ".join(dict.fromkeys(names)) or "none"
    absent = [f"{part}: there is no column {name!r}" for part, name in columns.named if name not in source.names]
    used = {name for _, name in columns.named}
    double = [f"column {name} occurs {names.count(name)} times" for name in _twice(names) if name in used]
    return [*(f"{fault}; the columns are: {there}" for fault in absent), *double]


def _twice(names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if list(names).count(name) > 1]


def check_margins(counts: Sequence[Counts]) -> None:
    """Is no group the sum of all others? A table with a row of totals would count every family twice.

    Raises
    ------
    RegisterError
        A group is called a total and is one.
    """
    faults = []
    for item in counts:
        cells = item.totals
        for place, group in enumerate(item.groups):
            if len(cells) > 1 and group.lower() in _TOTALS and (2 * cells[place] == cells.sum(axis=0)).all():
                faults.append(f"by: the group {group} of {item.attribute} is the sum of all others")
    if faults:
        raise RegisterError("these data count families twice", faults=tuple(faults), do="leave those rows out")


def check_values(frame: pd.DataFrame, columns: Columns, *, whole: bool) -> None:
    """Do the columns hold what their parts need?

    Parameters
    ----------
    whole
        Must every count be there?

    Raises
    ------
    RegisterError
        With every fault of the columns.
    """
    if not len(frame):
        raise RegisterError("there are no rows to audit", do="check the file or the selection")
    faults = _sample_faults(columns.sample, frame)
    # Who was not drawn at random need not have been investigated: those rows may lack an outcome.
    counted = drawn_rows(frame, columns.sample)
    for part in ("outcome", "selected", "truth"):
        faults += _flag_faults(part, getattr(columns, part), counted)
    faults += _share_faults("score", columns.score, counted)
    faults += _share_faults("risk", columns.risk if isinstance(columns.risk, str) else None, counted)
    faults += _whole_faults("points", columns.points, counted)
    faults += _weight_faults(columns.weights, counted)
    faults += _count_faults(columns, frame, whole)
    for part, name in columns.named:
        if part in ("by", "control", "block"):
            faults += _group_faults(part, name, counted)
    if faults:
        raise RegisterError("these data cannot be audited", faults=tuple(faults), do="mend these columns")


def _group_faults(part: str, column: str, frame: pd.DataFrame) -> list[str]:
    try:
        different = frame[column].nunique()
    except TypeError:
        return [f"{part}: {column} holds lists or records; allowed: one word or number per row"]
    if part == "block" or different <= MOST_GROUPS:
        return []
    return [f"{part}: {column} has {different} different values; at most {MOST_GROUPS} groups can be compared"]


def _sample_faults(column: str | None, frame: pd.DataFrame) -> list[str]:
    faults = _flag_faults("sample", column, frame)
    if column and not faults and not len(drawn_rows(frame, column)):
        faults.append(f"sample: {column} is 1 nowhere; without a random sample there is no fair base")
    return faults


def _flag_faults(part: str, column: str | None, frame: pd.DataFrame) -> list[str]:
    if column is None:
        return []
    values = frame[column]
    faults = [f"{part}: {column} has no value in {n} rows; leave those out first" for n in [_missing(values)] if n]
    number = numbers(values.dropna())
    wrong = len(values.dropna()) if number is None else int((~np.isin(number, (0.0, 1.0))).sum())
    if wrong:
        faults.append(f"{part}: {column} is not 0 or 1 (or false or true) in {wrong} rows")
    return faults


def _share_faults(part: str, column: str | None, frame: pd.DataFrame) -> list[str]:
    if column is None:
        return []
    number = numbers(frame[column])
    if number is None:
        return [f"{part}: {column} holds words; allowed: numbers from 0 to 1"]
    wrong = int((~((number >= 0) & (number <= 1))).sum())
    return [f"{part}: {column} is missing or outside 0 to 1 in {wrong} rows"] if wrong else []


def _whole_faults(part: str, column: str | None, frame: pd.DataFrame) -> list[str]:
    if column is None:
        return []
    number = numbers(frame[column])
    if number is None:
        return [f"{part}: {column} holds words; allowed: whole numbers"]
    wrong = _not_whole(number)
    return [f"{part}: {column} is missing or no whole number in {wrong} rows"] if wrong else []


def _not_whole(number: np.ndarray[Any, np.dtype[np.float64]]) -> int:
    with np.errstate(invalid="ignore"):
        return int((~np.isfinite(number) | (number != np.floor(number)) | (np.abs(number) > 2**52)).sum())


def _weight_faults(column: str | None, frame: pd.DataFrame) -> list[str]:
    if column is None:
        return []
    number = numbers(frame[column])
    if number is None:
        return [f"weights: {column} holds words; allowed: numbers above 0"]
    some = np.isfinite(number) & (number > 0)
    if wrong := int((~some).sum()):
        said = "a weight is 1 divided by the chance of being drawn; leave out who could not be drawn"
        return [f"weights: {column} is missing, infinite or not above 0 in {wrong} rows; {said}"]
    if not len(number):
        return []
    low, high = float(number.min()), float(number.max())
    if high > _MOST_WEIGHT or high / low > _MOST_APART:
        said = f"allowed: at most {_MOST_WEIGHT:g}, and at most {_MOST_APART:g} times the smallest"
        return [f"weights: the largest of {column} is far above the others or above any population; {said}"]
    return []


def _count_faults(columns: Columns, frame: pd.DataFrame, whole: bool) -> list[str]:
    if columns.count is None:
        return []
    column, found = columns.count, read_counts(frame[columns.count])
    faults = []
    if wrong := _not_whole(found.families):
        marks = f"a whole number (1000, not 1.000), or when suppressed empty, <10 or {' or '.join(MARKS)}"
        faults.append(f"count: {column} is no whole number in {wrong} rows; allowed: {marks}")
    if low := int((found.families < 0).sum()):
        faults.append(f"count: {column} is below 0 in {low} rows")
    parts = [part for part in _WHOLE if part in dict(columns.named)]
    if found.suppressed.any() and (parts or whole):
        said = f"{' and '.join(parts) or 'this'} needs every count"
        faults.append(f"count: {column} is suppressed in {int(found.suppressed.sum())} rows; {said}")
    return faults


def _missing(values: pd.Series[Any]) -> int:
    return int(values.isna().sum())

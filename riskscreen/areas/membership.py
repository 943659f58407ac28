"""Which rows of counts are in a target group: its filter on a frame, with *not covered* in no group."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.records.definitions import STAGE_FLAGS, TargetGroup, level_columns
from riskscreen.records.filters import And, Compare, Filter, In, Not, Or, parse_filter

if TYPE_CHECKING:
    import pandas as pd

Bools = NDArray[np.bool_]
_WORDS = {"and", "or", "not", "in", "true", "false"}


@dataclass(frozen=True, slots=True)
class _Truth:
    """Rows for which a condition surely holds, and for which it surely does not; the others are not known."""

    yes: Bools
    no: Bools


def parsed(group: TargetGroup) -> Filter:
    """The filter of a group as typed values."""
    names = set(re.findall(r"[a-z_][a-z0-9_]*", group.filter)) - _WORDS
    return parse_filter(group.filter, level_columns(names - set(STAGE_FLAGS)))


def in_group(frame: pd.DataFrame, group: TargetGroup) -> Bools:
    """Which rows are in the group, as SQL's ``coalesce(filter, FALSE)`` says; shape ``(rows,)``.

    Raises
    ------
    UsageError
        The counts lack a column of the filter.
    """
    return _truth(frame, parsed(group)).yes


def _truth(frame: pd.DataFrame, part: Filter) -> _Truth:
    """Three-valued logic, as in SQL."""
    match part:
        case Compare(column, operator, value):
            values = _values(frame, column)
            return _known(values, _compared(values, operator, float(value)))  # type: ignore[arg-type]
        case In(column, options):
            values = _values(frame, column)
            return _known(values, np.isin(values, [float(option) for option in options]))  # type: ignore[arg-type]
        case Not(inner):
            found = _truth(frame, inner)
            return _Truth(found.no, found.yes)
        case And(parts):
            every = [_truth(frame, inner) for inner in parts]
            return _Truth(
                np.logical_and.reduce([one.yes for one in every]), np.logical_or.reduce([one.no for one in every])
            )
        case Or(parts):
            every = [_truth(frame, inner) for inner in parts]
            return _Truth(
                np.logical_or.reduce([one.yes for one in every]), np.logical_and.reduce([one.no for one in every])
            )


def _values(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    if column not in frame.columns:
        raise UsageError(f"the counts lack {column}", do="count the families with count_targets")
    return np.asarray(frame[column].to_numpy(dtype=np.float64, na_value=np.nan))


def _known(values: NDArray[np.float64], holds: Bools) -> _Truth:
    known = ~np.isnan(values)
    return _Truth(known & holds, known & ~holds)


def _compared(values: NDArray[np.float64], operator: str, limit: float) -> Bools:
    compare = {
        "=": np.equal,
        "!=": np.not_equal,
        "<": np.less,
        "<=": np.less_equal,
        ">": np.greater,
        ">=": np.greater_equal,
    }
    return np.asarray(compare[operator](values, limit))

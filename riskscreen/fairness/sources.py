"""The forms that data may have: a frame, cells counted by the engine, a DuckDB relation, four counts per group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from riskscreen.engine.relations import is_relation, relation_counts, relation_rows
from riskscreen.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from riskscreen.fairness.intake import Columns

COUNT = "families"
CONFUSION = {"tp": (1, 1), "fp": (1, 0), "fn": (0, 1), "tn": (0, 0)}
"""Selected and outcome of each of the four counts."""


@dataclass(frozen=True, slots=True)
class Source:
    """Data of any form.

    Parameters
    ----------
    names
        Its columns.
    count
        Its own column with the number of families of a row; ``None``: none is known.
    levels
        Levels of its column names; an audit takes one.
    frame
        Reads the columns named; the second value is the column with counts.
    """

    names: tuple[str, ...]
    count: str | None
    levels: int
    frame: Callable[[Columns], tuple[pd.DataFrame, str | None]]


def source_of(data: Any) -> Source:
    """Recognise data by what they can do, so that no library has to be imported for it.

    Raises
    ------
    UsageError
        When the data are no table.
    """
    import pandas as pd

    # A frame first: it has an attribute for every column, whatever these are called.
    if isinstance(data, pd.DataFrame):
        return _of_frame(data, _usual(tuple(data.columns)))
    if hasattr(data, "engine") and hasattr(data, "table"):
        from riskscreen.engine.handles import open_counts

        return _of_frame(open_counts(data), data.count)
    if is_relation(data):
        names = tuple(data.columns)
        return Source(names, _usual(names), 1, lambda columns: _of_relation(data, columns))
    frame = _converted(data)
    return _of_frame(frame, _usual(tuple(frame.columns)))


def long_form(frame: pd.DataFrame, columns: Columns) -> tuple[pd.DataFrame, Columns]:
    """One row per group and cell, from one row per group with its four confusion counts."""
    import pandas as pd

    outcome, selected, count = (_free(name, tuple(frame.columns)) for name in ("outcome", "selected", COUNT))
    kept = list(dict.fromkeys([*columns.by, *columns.control]))
    parts = [
        pd.concat([frame[kept], frame[column].rename(count)], axis=1).assign(**_flags(selected, outcome, part))
        for part, column in (columns.confusion or {}).items()
    ]
    named = replace(columns, outcome=outcome, selected=selected, count=count, confusion=None)
    return pd.concat(parts, ignore_index=True), named


def _flags(selected: str, outcome: str, part: str) -> dict[str, int]:
    return dict(zip((selected, outcome), CONFUSION[part], strict=True))


def _of_frame(frame: pd.DataFrame, count: str | None) -> Source:
    return Source(tuple(frame.columns), count, frame.columns.nlevels, lambda columns: (frame, columns.count))


def _of_relation(relation: Any, columns: Columns) -> tuple[pd.DataFrame, str | None]:
    used = list(dict.fromkeys(name for _, name in columns.named))
    if columns.count or columns.confusion:
        return relation_rows(relation, used), columns.count
    count = _free(COUNT, tuple(relation.columns))
    return relation_counts(relation, used, count), count


def _usual(names: tuple[str, ...]) -> str | None:
    return COUNT if COUNT in names else None


def _free(name: str, taken: tuple[str, ...]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)


def _converted(data: Any) -> pd.DataFrame:
    import pandas as pd

    frame = data.to_pandas() if hasattr(data, "to_pandas") else None
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(
            f"the data are a {type(data).__name__}",
            do="give a pandas or polars frame, a DuckDB relation, or cells counted by the engine",
        )
    return frame

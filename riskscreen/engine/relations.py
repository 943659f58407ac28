"""A DuckDB relation given by a caller: counted in its own engine, so that its rows never become a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def is_relation(data: Any) -> bool:
    """Is this a DuckDB relation? Told by what it can do: its connection is the caller's, not ours."""
    return all(hasattr(data, name) for name in ("aggregate", "project", "columns", "df"))


def relation_rows(relation: Any, columns: Sequence[str]) -> pd.DataFrame:
    """These columns of a relation, as they are."""
    frame: pd.DataFrame = relation.project(_listed(columns)).df()
    return frame


def relation_counts(relation: Any, columns: Sequence[str], count: str) -> pd.DataFrame:
    """One row per combination of values, with its number of rows in the column ``count``; in order of the values."""
    keys = _listed(columns)
    frame: pd.DataFrame = relation.aggregate(f"{keys}, count(*) AS {_quoted(count)}", keys).order(keys).df()
    return frame


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(_quoted(name) for name in columns)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

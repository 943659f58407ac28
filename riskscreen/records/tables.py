"""A result table before the gate: counts, and figures that rest on counts.

Stages make :class:`Table`; only :func:`riskscreen.disclosure.gate` turns one into a released table. A table says of
every figure on which counts it rests, so that the gate can hide a rate whose count is hidden. Words in cells are codes
with a wording in ``labels``: free text cannot pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from riskscreen.errors import UsageError
from riskscreen.records.texts import Text

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["key", "count", "rate", "estimate", "number", "code"]
Channel = Literal["review", "internal", "public"]
Value = str | int | float | bool | None

KINDS: tuple[Kind, ...] = ("key", "count", "rate", "estimate", "number", "code")
CHANNELS: tuple[Channel, ...] = ("review", "internal", "public")
TOTAL = "total"
"""The code of a margin: the row whose key column holds it sums over that key."""
NO_NOTE = Text("", "")
TOTAL_LABEL = Text("total", "totaal")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name
        Machine name, lower case with underscores.
    kind
        ``key`` (a code that says what the row is about), ``count`` (families, children, outcomes: whole numbers),
        ``rate`` (a figure computed straight from counts: it can be turned back into a count), ``estimate``
        (model-based or an interval bound: rests on ``base`` without giving a count away), ``number`` (no data about
        families in it: points, places, euros, settings), ``code`` (a word from ``labels``, such as a verdict).
    title
        Heading in both languages.
    unit
        ``families``, ``children``, ``per 1,000``, ``share``, ``EUR``, ``points``, ``""``.
    of, base
        For a rate or an estimate: the count columns of its numerator and denominator (``""``: none).
    labels
        For a key or code column: every allowed code with its wording; the gate refuses other values.
    additive
        For a count: do the rows sum to the row with key ``total``?
    """

    name: str
    kind: Kind
    title: Text
    unit: str = ""
    of: str = ""
    base: str = ""
    labels: Mapping[str, Text] = field(default_factory=dict)
    additive: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """An unreleased result: named columns and rows, with what the gate must know.

    Parameters
    ----------
    name
        Machine name, unique within a run: the file name of its release.
    title
        One line in both languages.
    columns
        Keys first.
    rows
        One tuple per row, values in the order of ``columns``; ``None`` is *unknown* or *not covered*.
    note
        What a reader must know (assumptions, coverage); part of the definition, never built from rows.
    channels
        The channels it may ever leave by.
    """

    name: str
    title: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: Text = NO_NOTE
    channels: tuple[Channel, ...] = CHANNELS

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise UsageError(f"table {self.name}: a column name occurs twice", do="give every column its own name")
        if any(len(row) != len(names) for row in self.rows):
            raise UsageError(f"table {self.name}: a row has another length than the columns", do="fill every column")

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the key columns."""
        return tuple(column.name for column in self.columns if column.kind == "key")

    def column(self, name: str) -> Column:
        """The column called ``name``."""
        for column in self.columns:
            if column.name == name:
                return column
        raise UsageError(f"table {self.name} has no column {name}", do=f"choose from {[c.name for c in self.columns]}")

    def values(self, name: str) -> list[Value]:
        """All values of one column, in the order of the rows."""
        where = self.columns.index(self.column(name))
        return [row[where] for row in self.rows]

    def records(self) -> list[dict[str, Value]]:
        """The rows as dictionaries."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def with_rows(self, rows: Sequence[Sequence[Value]]) -> Table:
        """The same table with other rows."""
        return replace(self, rows=tuple(tuple(row) for row in rows))


def table_from_frame(
    name: str,
    title: Text,
    columns: Sequence[Column],
    frame: pd.DataFrame,
    *,
    note: Text = NO_NOTE,
    channels: tuple[Channel, ...] = CHANNELS,
) -> Table:
    """A table from a pandas frame that has (at least) the named columns.

    Missing values become ``None``; numpy scalars become Python ones.
    """
    picked = frame[[column.name for column in columns]].astype(object)
    picked = picked.where(picked.notna(), None)
    rows = tuple(tuple(_plain(value) for value in row) for row in picked.itertuples(index=False, name=None))
    return Table(name, title, tuple(columns), rows, note, channels)


def _plain(value: Any) -> Value:
    if value is None or value != value:  # NaN
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, (str, bool, int, float)):
        return value
    return str(value)

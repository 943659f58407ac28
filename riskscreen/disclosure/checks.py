"""What a table must be before the rules can be applied; everything else is refused, all faults at once."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from datetime import date

from riskscreen.errors import RefusedError
from riskscreen.records.tables import CHANNELS, KINDS, TOTAL, Channel, Column, Table, Value
from riskscreen.records.texts import Text

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
LONGEST = {"wording": 300, "note": 3000}


def tables_given(value: object) -> tuple[Table, ...]:
    """What was given to the gate, when it is tables and nothing else.

    Raises
    ------
    RefusedError
        It is something else, such as a data frame: named by its kind, never by what is in it.
    """
    given = tuple(value) if isinstance(value, Iterable) else (value,)
    tables = tuple(item for item in given if isinstance(item, Table))
    if len(tables) < len(given) or not isinstance(value, Iterable):
        raise RefusedError(
            f"the gate takes a list of tables, not a {_kind(value, given)}; nothing leaves",
            do="make each a riskscreen.records.tables.Table: its columns say on which counts the figures rest",
        )
    return tables


def _kind(value: object, given: tuple[object, ...]) -> str:
    foreign = sorted({type(item).__name__ for item in given if not isinstance(item, Table)})
    listed = isinstance(value, (list, tuple)) and foreign
    return f"{type(value).__name__} of {', '.join(foreign)}" if listed else type(value).__name__


def check_tables(tables: tuple[Table, ...], channel: Channel, beside: tuple[Table, ...] = ()) -> None:
    """Refuse tables that the rules cannot judge, and tables that may not leave by this channel.

    Parameters
    ----------
    beside
        Tables that do not leave but are judged along.

    Raises
    ------
    RefusedError
        With every fault of every table: table, column and rule, never a value.
    """
    faults = [f"{table.name}: {fault}" for table in tables for fault in _channel_faults(table, channel)]
    faults += [f"{table.name}: {fault}" for table in (*tables, *beside) for fault in _faults(table)]
    names = [table.name for table in (*tables, *beside)]
    faults += [f"{name}: the name occurs twice" for name in sorted({n for n in names if names.count(n) > 1})]
    if channel not in CHANNELS:
        faults = [f"unknown channel {channel!r}; choose from {', '.join(CHANNELS)}"]
    if faults:
        raise RefusedError(
            f"the gate refuses {len(faults)} thing(s); nothing leaves", faults=tuple(faults), do="mend the tables"
        )


def _channel_faults(table: Table, channel: Channel) -> Iterator[str]:
    if channel not in table.channels:
        yield f"may not leave by the {channel} channel (allowed: {', '.join(table.channels) or 'none'})"


def _faults(table: Table) -> Iterator[str]:
    if not NAME.fullmatch(table.name):
        yield "a table's name is lower case with underscores"
    for text, longest in ((table.title, LONGEST["wording"]), (table.note, LONGEST["note"])):
        yield from _wording(text, longest)
    for column in table.columns:
        yield from (f"{column.name}: {fault}" for fault in _column_faults(table, column))
    keys = [tuple(row[j] for j, c in enumerate(table.columns) if c.kind == "key") for row in table.rows]
    if len(set(keys)) != len(keys):
        yield "two rows have the same keys"


def _column_faults(table: Table, column: Column) -> Iterator[str]:
    if column.kind not in KINDS:
        yield f"unknown kind {column.kind!r}"
        return
    if not NAME.fullmatch(column.name):
        yield "a column's name is lower case with underscores"
    yield from _wording(column.title, LONGEST["wording"])
    for text in column.labels.values():
        yield from _wording(text, LONGEST["wording"])
    rests = list(_rests_on(table, column))
    yield from rests
    bad = sum(not _allowed(column, value) for value in table.values(column.name))
    if bad:
        yield f"{bad} value(s) are not a {column.kind} ({_MUST[column.kind]})"
    elif not rests:
        yield from _without_counts(table, column)


def _rests_on(table: Table, column: Column) -> Iterator[str]:
    counts = {c.name for c in table.columns if c.kind == "count"}
    needed = {"rate": ("of", "base"), "estimate": ("base",)}.get(column.kind, ())
    for part in ("of", "base"):
        name = getattr(column, part)
        if not name and part in needed:
            yield f"a {column.kind} must name its {part} count column"
        elif name and name not in counts:
            yield f"{part} {name!r} is not a count column of this table"


def _without_counts(table: Table, column: Column) -> Iterator[str]:
    """A figure without the counts it rests on cannot be judged."""
    if column.kind not in ("rate", "estimate"):
        return
    names = (column.of, column.base) if column.kind == "rate" else (column.base,)
    counts = [table.values(name) for name in names]
    bare = sum(
        value is not None and any(c[i] is None for c in counts) for i, value in enumerate(table.values(column.name))
    )
    if bare:
        yield f"{bare} figure(s) stand without the counts they rest on"


_MUST = {
    "key": "a code from its labels, or total",
    "code": "a code from its labels",
    "count": "a whole number of at least 0",
    "rate": "a finite number",
    "estimate": "a finite number",
    "number": "a finite number; with unit date a date as YYYY-MM-DD",
}


def _allowed(column: Column, value: Value) -> bool:
    if column.kind == "key":
        return isinstance(value, str) and (value == TOTAL or value in column.labels)
    if value is None:
        return True
    if column.kind == "code":
        return isinstance(value, str) and value in column.labels
    if column.kind == "number" and column.unit == "date":
        return isinstance(value, str) and _is_date(value)
    if isinstance(value, (bool, str)):
        return False
    whole = column.kind != "count" or (value >= 0 and float(value).is_integer())
    return math.isfinite(value) and whole


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _wording(text: Text, longest: int) -> Iterator[str]:
    for words in (text.en, text.nl):
        if len(words) > longest or not (words.isprintable() or "\n" in words):
            yield f"a wording is longer than {longest} characters or holds unprintable ones"

"""A released table as facts: every cell that is no key once, the ends of an interval with the figure between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from riskscreen.bi.members import Members, Span
from riskscreen.bi.saved import Saved
from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Column, Value
from riskscreen.records.texts import Text, same

ENDS = (("low", "high"), ("from", "to"))
TIMES = {"per 1,000": 1000.0, "share": 100.0}
"""What to multiply a figure by to read it in its unit (a share in per cent)."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One column of a released table, with the columns of its interval (``None``: it has none)."""

    at: int
    low: int | None = None
    high: int | None = None


def measures_of(saved: Saved) -> list[Measure]:
    """The columns that become facts; the ends of intervals go with their figure."""
    pairs = intervals(saved)
    ends = {end for pair in pairs.values() for end in pair}
    places = [j for j, column in enumerate(saved.table.columns) if column.kind != "key" and j not in ends]
    return [Measure(j, *pairs.get(j, (None, None))) for j in places]


def intervals(saved: Saved) -> dict[int, tuple[int, int]]:
    """Per figure the columns of its lower and upper end.

    ``x_low`` and ``x_high`` (``x_from`` and ``x_to``) belong to ``x``; ``low`` and ``high`` to the figure right before
    them. A pair that does not lie around that figure wherever all three are shown belongs to nothing: then both are
    figures by themselves.
    """
    columns = saved.table.columns
    at = {column.name: j for j, column in enumerate(columns)}
    found = {}
    for j, column in enumerate(columns):
        for low, high in _names(columns, j):
            pair = (at.get(low), at.get(high))
            if None not in pair and _is_interval(saved, j, pair):  # type: ignore[arg-type]
                found[j] = pair
        if column.kind == "key":
            found.pop(j, None)
    return found  # type: ignore[return-value]


def measure_key(table: str, column: str) -> str:
    """The key of a measure."""
    return f"{table}.{column}"


def measure_rows(saved: Saved) -> Iterator[dict[str, Any]]:
    """The rows of ``measures`` for one table."""
    columns, table = saved.table.columns, saved.table.name
    for measure in measures_of(saved):
        column = columns[measure.at]
        yield {
            "measure_key": measure_key(table, column.name),
            "table_name": table,
            "column_name": column.name,
            "kind": column.kind,
            "unit": column.unit,
            "times": TIMES.get(column.unit, 1.0),
            "title_en": column.title.en,
            "title_nl": column.title.nl,
            "of_measure": measure_key(table, column.of) if column.of else None,
            "base_measure": measure_key(table, column.base) if column.base else None,
            "low_column": None if measure.low is None else columns[measure.low].name,
            "high_column": None if measure.high is None else columns[measure.high].name,
        }


def fact_rows(saved: Saved, members: Members, span: Span) -> Iterator[dict[str, Any]]:
    """Every cell of a table as a fact; ``total_over`` is empty where the row is no total."""
    found = [(measure, additivity(saved, measure.at)) for measure in measures_of(saved)]
    for i, cells in enumerate(saved.table.rows):
        keys = members.keys_of(saved, i, span)
        over = saved.totals(i)
        for measure, (adds, complete) in found:
            shown = saved.status[i][measure.at] == "shown"
            yield {
                "release_id": saved.release.id,
                "measure_key": measure_key(saved.table.name, saved.table.columns[measure.at].name),
                "area_key": keys.area,
                "group_key": keys.group,
                "programme_key": keys.programme,
                "period_key": keys.period,
                **_figure(saved, i, measure),
                "additive": adds and shown and not over,
                "complete": adds and complete and not over,
                **_word(saved.table.columns[measure.at], cells[measure.at]),
                "total_over": " ".join(over),
            }


def additivity(saved: Saved, j: int) -> tuple[bool, bool]:
    """May the shown cells of a column be added, and do they make their totals?

    They may when it is a count that is declared to add up and the table has a total over every key: then no two rows
    are about the same families. Where a cell is hidden their sum is less than the total, which is why ``complete`` is
    told apart.
    """
    column = saved.table.columns[j]
    if column.kind != "count" or not column.additive or not saved.keys:
        return False, False
    whole = True
    for k in saved.keys:
        lines = _lines(saved, k)
        if not all(_has_total(saved, k, line) for line in lines):
            return False, False
        made = [_makes_total(saved, j, k, line) for line in lines]
        if False in made:
            return False, False
        whole = whole and all(makes is True for makes in made)
    return True, whole


def _lines(saved: Saved, key: int) -> list[list[int]]:
    """Rows that differ in one key only."""

    def others(row: int) -> tuple[str, ...]:
        return tuple(str(saved.table.rows[row][k]) for k in saved.keys if k != key)

    return [list(line) for _, line in groupby(sorted(range(len(saved.table.rows)), key=others), others)]


def _has_total(saved: Saved, key: int, line: list[int]) -> bool:
    return [saved.table.rows[i][key] for i in line].count(TOTAL) == 1


def _makes_total(saved: Saved, j: int, key: int, line: list[int]) -> bool | None:
    """Do the parts make the total (``None``: something is hidden, and what is shown does not contradict it)?"""
    total = next(i for i in line if saved.table.rows[i][key] == TOTAL)
    shown = {i for i in line if saved.status[i][j] == "shown"}
    parts = sum(_count(saved, i, j) for i in shown - {total})
    if total not in shown:
        return None
    whole = _count(saved, total, j)
    if len(shown) < len(line):
        return None if parts <= whole else False
    return parts == whole


def _count(saved: Saved, row: int, column: int) -> int:
    return int(saved.table.rows[row][column] or 0)


def _names(columns: tuple[Column, ...], j: int) -> Iterator[tuple[str, str]]:
    name, after = columns[j].name, [column.name for column in columns[j + 1 : j + 3]]
    for low, high in ENDS:
        yield f"{name}_{low}", f"{name}_{high}"
        if after == [low, high]:
            yield low, high


def _is_interval(saved: Saved, j: int, pair: tuple[int, int]) -> bool:
    columns = [saved.table.columns[place] for place in (j, *pair)]
    figures = all(column.kind in ("rate", "estimate", "number") and column.unit != "date" for column in columns)
    return figures and len({column.unit for column in columns}) == 1 and _lies_around(saved, j, pair)


def _lies_around(saved: Saved, j: int, pair: tuple[int, int]) -> bool:
    low, high = pair
    for row, states in zip(saved.table.rows, saved.status, strict=True):
        if states[j] == "not_covered" and "shown" in (states[low], states[high]):
            return False
        values = (row[low], row[j], row[high])
        if {states[low], states[j], states[high]} == {"shown"} and not _ordered(values):
            return False
    return True


def _ordered(values: tuple[Value, ...]) -> bool:
    low, figure, high = (float(value) for value in values if value is not None)
    slack = 1e-9 * max(1.0, abs(figure))
    return low - slack <= figure <= high + slack


def _figure(saved: Saved, row: int, measure: Measure) -> Mapping[str, Any]:
    cells, states = saved.table.rows[row], saved.status[row]
    out: dict[str, Any] = {"value": _number(cells[measure.at]), "status": states[measure.at]}
    for name, place in (("low", measure.low), ("high", measure.high)):
        out[name] = None if place is None else _number(cells[place])
        out[f"{name}_status"] = None if place is None else states[place]
    return out


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _word(column: Column, value: Value) -> Mapping[str, str | None]:
    if value is None or _number(value) is not None:
        return {"code": None, "word_en": None, "word_nl": None}
    code = str(value).lower() if isinstance(value, bool) else str(value)
    word: Text = column.labels.get(code, TOTAL_LABEL if code == TOTAL else same(code))
    return {"code": code, "word_en": word.en, "word_nl": word.nl}

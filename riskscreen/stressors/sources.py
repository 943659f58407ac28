"""What a stressor may read: registers with their columns and codes, and the columns known later than their row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from riskscreen.records.filters import And, Compare, Filter, In, Not, Or, Type
from riskscreen.registers.schemas import column_types, schema, schemas

NEVER = frozenset({"persons", "particulars", "parentage", "areas", "reports", "aftercare", "participation"})
"""Registers without events, what names people, and those that follow from a report (a stratum, not a stressor)."""

LATER: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "pregnancies": {
        "gestation_weeks": ("birth_date", "birth_recorded_date"),
        "birth_weight": ("birth_date", "birth_recorded_date"),
    }
}
"""Per register the columns that become known after the row itself: the dates before which they are unknown."""

STAGE_AGES: Mapping[str, tuple[int, int]] = {"0-3": (0, 4), "4-11": (4, 12), "12-17": (12, 18)}
"""Life stages of a child: from which birthday, up to (not including) which birthday."""


def readable() -> tuple[str, ...]:
    """The registers whose rows may make a stressor."""
    return tuple(name for name in schemas() if name not in NEVER)


def filter_columns(register: str) -> dict[str, Type]:
    """Columns of a register that a stressor's filter may use: no keys, no persons, no dates, nothing sensitive.

    Dates are left out because a date in a filter would be a second, hidden window.
    """
    return {name: kind for name, kind in column_types(register).items() if kind != "date" and not _free(register, name)}


def _free(register: str, name: str) -> bool:
    column = schema(register).column(name)
    return column.type == "text" and not column.codes


def codes(register: str, column: str) -> tuple[str, ...]:
    """Allowed codes of a text column."""
    return tuple(schema(register).column(column).codes)


def texts_in(part: Filter) -> Iterator[tuple[str, str]]:
    """Every text value that a filter compares a column with."""
    match part:
        case Compare(column, _, value):
            if isinstance(value, str):
                yield column, value
        case In(column, values):
            yield from ((column, value) for value in values if isinstance(value, str))
        case Not(inner):
            yield from texts_in(inner)
        case And(parts) | Or(parts):
            for inner in parts:
                yield from texts_in(inner)

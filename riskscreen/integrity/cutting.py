"""What was known of a register before a day: later rows and later ends left out, or changed; SQL by pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from riskscreen.engine.sql import literal
from riskscreen.integrity.copies import columns_of, persons_of
from riskscreen.stressors.sources import LATER

_FOLLOWING = ("aftercare",)
"""Registers without dates of their own that only follow from a report: nothing of them was known."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Columns that become known later than their row, and the condition under which they are known."""

    columns: tuple[str, ...]
    dates: tuple[str, ...]
    condition: str


def cut_sql(register: str, table: str, day: date) -> str:
    """The register as it was known before the day: rows that had happened and were recorded, ends that were known."""
    if register in _FOLLOWING:
        return f"SELECT * FROM {table} WHERE FALSE"
    replaced = [
        f"CASE WHEN {part.condition} THEN {column} END AS {column}"
        for part in _later(register, day)
        for column in part.columns
    ]
    return f"SELECT *{_replace(replaced)} FROM {table} WHERE {_was_known(register, day)}"


def changed_sql(register: str, table: str, day: date) -> str:
    """The register with everything that was not known before the day changed: other persons, later dates."""
    known = _was_known(register, day)
    if known == "TRUE":
        return f"SELECT * FROM {table}"
    later = [
        f"CASE WHEN {part.condition} THEN {column} ELSE greatest({column}, {literal(day)}) + 30 END AS {column}"
        for part in _later(register, day)
        for column in part.dates
    ]
    return (
        f"SELECT *{_replace(later)} FROM {table} WHERE {known}\n"
        f"UNION ALL\nSELECT *{_replace(_others(register, table))} FROM {table} AS t\n"
        f"WHERE NOT coalesce({known}, FALSE)"
    )


def _others(register: str, table: str) -> list[str]:
    """Every row becomes another person's of this register; a person gets another birth date and sex."""
    if register == "persons":
        return ["birth_date - 1500 AS birth_date", "CASE sex WHEN 'f' THEN 'm' ELSE 'f' END AS sex"]
    if register == "areas":
        return []
    return [f"coalesce({_another(name, table)}, {name}) AS {name}" for name in persons_of(register)]


def _another(name: str, table: str) -> str:
    """The next of all persons in the register: among those with late rows alone nearly the same ones would stay."""
    order = f"lag({name}) OVER (ORDER BY md5({name}), {name})"
    persons = f"SELECT {name} AS own, {order} AS other FROM (SELECT DISTINCT {name} FROM {table})"
    return f"(SELECT o.other FROM ({persons}) AS o WHERE o.own = t.{name})"


def _was_known(register: str, day: date) -> str:
    dates = [name for name in columns_of(register, kind="date") if name in ("event_date", "recorded_date")]
    return " AND ".join(f"{name} < {literal(day)}" for name in dates) or "TRUE"


def _later(register: str, day: date) -> list[_Known]:
    """What may become known after the row itself."""
    on, dates = literal(day), columns_of(register, kind="date")
    parts = []
    if "end_date" in dates:
        ends: tuple[str, ...] = tuple(name for name in ("end_date", "end_recorded_date") if name in dates)
        parts.append(_Known(ends, ends, _before(ends, on)))
    if register == "pregnancies":
        births = ("birth_date", "birth_recorded_date")
        parts.append(_Known(("child", *births, *LATER[register]), births, _before(births, on)))
    if register == "persons":
        parts += [_Known((name,), (name,), f"{name} < {on}") for name in ("death_date", "emigration_date")]
        parts.append(_Known(("education", "education_date"), ("education_date",), f"education_date < {on}"))
    if register == "reports":
        parts += [_Known((name,), (name,), f"{name} < {on}") for name in ("triage_date", "closed_date")]
        found = ("outcome", "investigation_date")
        parts.append(_Known(found, found[1:], f"investigation_date < {on}"))
    return parts


def _before(ends: tuple[str, ...], on: str) -> str:
    first = ends[0]
    return f"{first} < {on}" + (f" AND coalesce({ends[1]}, {first}) < {on}" if len(ends) > 1 else "")


def _replace(parts: list[str]) -> str:
    return f" REPLACE ({', '.join(parts)})" if parts else ""

"""Small registers from text tables, opened and linked, next to what the slow judge finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import pandas as pd

from riskscreen.engine.duck import Engine
from riskscreen.linkage import Linkage, link
from riskscreen.records.texts import same
from riskscreen.registers import Entry, Manifest, Registers, open_registers, schemas
from tests.linkage_judge import Verdict

WHOLE = Entry("", date(1950, 1, 1), date(2030, 1, 1))
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def rows_of(table: str, register: str) -> list[dict[str, Any]]:
    """A text table (columns between bars, first line the names) as rows; empty cells are unknown.

    ``recorded_date`` may be left out: then a row is recorded on the day itself. A person without it was always known.
    """
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    names, rows = lines[0], []
    for cells in lines[1:]:
        row = {name: _value(register, name, cell) for name, cell in zip(names, cells, strict=True)}
        row.setdefault("recorded_date", row.get("event_date", row.get("birth_date")))
        rows.append(row)
    return rows


def town(**tables: str) -> dict[str, list[dict[str, Any]]]:
    """Registers from text tables, with an empty reports register."""
    return {name: rows_of(table, name) for name, table in tables.items()} | {"reports": []}


def frames(rows: Rows) -> dict[str, pd.DataFrame]:
    """Rows as frames with every column of the schema."""
    return {
        name: pd.DataFrame([{c: row.get(c) for c in schemas()[name].names} for row in body], dtype=object)
        if body
        else pd.DataFrame({c: pd.Series(dtype=object) for c in schemas()[name].names})
        for name, body in rows.items()
    }


@contextmanager
def opened(rows: Rows, engine: Engine | None = None) -> Iterator[Registers]:
    """The rows as opened synthetic registers."""
    manifest = Manifest("town", True, same("made up"), registers=dict.fromkeys(rows, WHOLE))
    registers = open_registers(frames(rows), manifest=manifest, engine=engine)
    try:
        yield registers
    finally:
        if engine is None:
            registers.close()


@contextmanager
def linked(
    rows: Rows, *days: date, key: str = "k", engine: Engine | None = None
) -> Iterator[tuple[Registers, Linkage]]:
    """The rows opened and linked."""
    with opened(rows, engine) as registers:
        yield registers, link(registers, days, key=key)


def found(registers: Registers, day: date) -> Verdict:
    """What the SQL made, in the form of the judge."""
    families = registers.engine.frame("SELECT * FROM families WHERE index_date = ?", [day])
    members = registers.engine.rows("SELECT family, person, role FROM members WHERE index_date = ?", [day])
    if len(members) != len(set(members)):
        raise AssertionError("a member occurs twice in a family")
    bodies = families.drop(columns="index_date").to_dict("records")
    if len({body["family"] for body in bodies}) != len(bodies):
        raise AssertionError("a family occurs twice on one index date")
    return Verdict({body.pop("family"): body for body in bodies}, set(members))


def _value(register: str, name: str, cell: str) -> Any:
    if cell == "":
        return None
    kind = schemas()[register].column(name).type
    if kind == "date":
        return date.fromisoformat(cell)
    return int(cell) if kind == "whole" else cell

"""A released table as it stands in the office, with the status of every cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from riskscreen.bi.books import Release, read_json
from riskscreen.errors import RefusedError
from riskscreen.records.tables import TOTAL, Column, Table
from riskscreen.records.texts import Text

SCHEMA = "released-table/1"


@dataclass(frozen=True, slots=True)
class Saved:
    """One table of one release.

    Parameters
    ----------
    status
        Per row and column ``shown``, ``suppressed``, ``rounded`` or ``not_covered``.
    """

    release: Release
    table: Table
    status: tuple[tuple[str, ...], ...]

    @property
    def keys(self) -> list[int]:
        """Places of the key columns."""
        return [j for j, column in enumerate(self.table.columns) if column.kind == "key"]

    def totals(self, row: int) -> list[str]:
        """Names of the keys that a row sums over."""
        return [self.table.columns[j].name for j in self.keys if self.table.rows[row][j] == TOTAL]


def read_tables(release: Release) -> Iterator[Saved]:
    """The tables of a release whose files were checked, in the order of the ledger.

    Raises
    ------
    RefusedError
        A table is of a schema that this version does not read.
    """
    for name in release.tables:
        raw = read_json(release.folder / f"{name}.json")
        if raw["schema"] != SCHEMA:
            raise RefusedError(f"{release.id}, {name}: schema {raw['schema']!r}", do=f"this version reads {SCHEMA!r}")
        yield saved_table(release, raw)


def saved_table(release: Release, raw: Mapping[str, Any]) -> Saved:
    """One table from its JSON."""
    table = Table(
        raw["name"],
        Text.from_dict(raw["title"]),
        tuple(_column(column) for column in raw["columns"]),
        tuple(tuple(row) for row in raw["rows"]),
        Text.from_dict(raw["note"]),
    )
    steps = raw.get("rounded_to") or [0.0] * len(table.rows)
    rows = zip(table.rows, raw["status"], steps, strict=True)
    return Saved(release, table, tuple(_statuses(table, row, states, step) for row, states, step in rows))


def _column(raw: Mapping[str, Any]) -> Column:
    labels = {code: Text.from_dict(text) for code, text in raw["labels"].items()}
    title = Text.from_dict(raw["title"])
    return Column(raw["name"], raw["kind"], title, raw["unit"], raw["of"], raw["base"], labels, raw["additive"])


def _statuses(table: Table, row: tuple[Any, ...], states: list[str], step: float) -> tuple[str, ...]:
    """As released; beside a hidden count the gate rounds estimates (rule 5 of ``standard/1``), and here it shows.

    A row may also say to which step its estimates were rounded.
    """
    hidden = any(s == "suppressed" for s, c in zip(states, table.columns, strict=True) if c.kind == "count") or step > 0
    cells = zip(row, states, table.columns, strict=True)
    return tuple(
        "rounded" if hidden and state == "shown" and column.kind == "estimate" and _is_figure(value) else state
        for value, state, column in cells
    )


def _is_figure(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)

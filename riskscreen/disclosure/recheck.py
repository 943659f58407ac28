"""Judge a written table again, without the registers: does it keep the rules it says it passed?

Hidden values are unknown here, as to any reader. A fault found here means that the file was edited, or that the gate
let something through that it should not have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskscreen.disclosure.attacks import weak_cells
from riskscreen.disclosure.checks import check_tables
from riskscreen.disclosure.gate import SCHEMA, Status
from riskscreen.disclosure.rules import Place, Rules, Sheet, dependents, primary
from riskscreen.disclosure.system import Relation, System, lines_along
from riskscreen.errors import RefusedError, SettingsError
from riskscreen.records.tables import TOTAL, Channel, Column, Table, Value
from riskscreen.records.texts import Text


@dataclass(frozen=True, slots=True)
class SavedTable:
    """A released table as it was read back from a file; only the gate makes released tables."""

    table: Table
    status: tuple[tuple[Status, ...], ...]
    channel: Channel
    rules: Rules
    subject: str


def read_saved(text: str) -> SavedTable:
    """Read a table's JSON; another schema is refused.

    Raises
    ------
    SettingsError
        It is no table of this schema.
    """
    try:
        raw = json.loads(text)
        if raw["schema"] != SCHEMA:
            raise SettingsError(f"schema {raw['schema']!r}; this version reads {SCHEMA!r}", do="use a fitting version")
        table = Table(
            raw["name"],
            Text.from_dict(raw["title"]),
            tuple(_column(c) for c in raw["columns"]),
            tuple(tuple(row) for row in raw["rows"]),
            Text.from_dict(raw["note"]),
        )
        rules = Rules(raw["rules"]["name"], int(raw["rules"]["threshold"]), int(raw["rules"]["estimate_base"]))
        return SavedTable(table, tuple(tuple(row) for row in raw["status"]), raw["channel"], rules, raw["subject"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"no released table: {type(error).__name__}", do="release it again") from error


def recheck(saved: SavedTable) -> tuple[str, ...]:
    """Every way in which a written table breaks its rules, in plain words without values."""
    try:
        check_tables((_without_status(saved),), saved.channel)
    except RefusedError as error:
        return error.faults
    if [len(row) for row in saved.status] != [len(row) for row in saved.table.rows]:
        return ("its statuses do not fit its rows",)
    sheet = Sheet(saved.table)
    hidden = _hidden(saved)
    return (
        *_statuses(saved),
        *_small_counts(sheet, saved.rules),
        *_dependents(sheet, hidden, saved),
        *_lonely(sheet, hidden),
        *_recomputable(sheet, hidden, saved.rules),
    )


def _column(raw: Mapping[str, Any]) -> Column:
    labels = {code: Text.from_dict(text) for code, text in raw["labels"].items()}
    return Column(
        raw["name"],
        raw["kind"],
        Text.from_dict(raw["title"]),
        raw["unit"],
        raw["of"],
        raw["base"],
        labels,
        raw["additive"],
    )


def _without_status(saved: SavedTable) -> Table:
    """Only the definition and keys are checked here: shown figures beside hidden counts have their own check."""
    keep = [c.kind in ("key", "code", "count") for c in saved.table.columns]
    rows = [[value if k else None for value, k in zip(row, keep, strict=True)] for row in saved.table.rows]
    return saved.table.with_rows(rows)


def _hidden(saved: SavedTable) -> set[Place]:
    return {(i, j) for i, row in enumerate(saved.status) for j, status in enumerate(row) if status == "suppressed"}


def _statuses(saved: SavedTable) -> Iterator[str]:
    wrong = 0
    for row, states in zip(saved.table.rows, saved.status, strict=True):
        wrong += sum((value is None) != (state != "shown") for value, state in zip(row, states, strict=True))
    if wrong:
        yield f"{wrong} cell(s) whose status does not fit their value"


def _small_counts(sheet: Sheet, rules: Rules) -> Iterator[str]:
    rows, limit = sheet.table.rows, rules.threshold
    for j in sheet.counts:
        small = sum(0 < _number(row[j], limit) < limit for row in rows)
        if small:
            yield f"{sheet.table.columns[j].name}: {small} shown count(s) below {limit}"
    for part, whole in sheet.parts:
        few = sum(_all_or_none(sheet, i, part, whole, limit) for i in range(len(rows)))
        if few:
            names = (sheet.table.columns[part].name, sheet.table.columns[whole].name)
            yield f"{names[0]} of {names[1]}: {few} row(s) show that nearly all, all or none belong to it"


def _all_or_none(sheet: Sheet, i: int, part: int, whole: int, limit: int) -> bool:
    """Judged on this row alone, so that the rules' own exceptions hold here too."""
    row = sheet.table.rows[i]
    if row[part] is None or row[whole] is None:
        return False
    alone = Sheet(sheet.table.with_rows([row]))
    return (0, part) in primary(alone, Rules("standard/1", limit, limit))


def _dependents(sheet: Sheet, hidden: set[Place], saved: SavedTable) -> Iterator[str]:
    counts = {(i, j) for i, j in hidden if sheet.table.columns[j].kind == "count"}
    must = _hidden_base(sheet, counts) | dependents(_filled(sheet, counts), counts, saved.rules)
    shown = [(i, j) for i, j in must if saved.status[i][j] == "shown"]
    for j in sorted({j for _, j in shown}):
        number = sum(k == j for _, k in shown)
        yield f"{sheet.table.columns[j].name}: {number} figure(s) shown beside the hidden count they rest on"


def _hidden_base(sheet: Sheet, counts: set[Place]) -> set[Place]:
    out = set()
    for j, column in enumerate(sheet.table.columns):
        for name in {column.of, column.base} - {""} if column.kind in ("rate", "estimate") else ():
            out |= {(i, j) for i, k in counts if k == sheet.at[name] and sheet.table.rows[i][j] is not None}
    return out


def _filled(sheet: Sheet, counts: set[Place]) -> Sheet:
    """Hidden counts as zero, so that the rules can run over the table; hidden cells are judged by place only."""
    rows = [[0 if (i, j) in counts else v for j, v in enumerate(row)] for i, row in enumerate(sheet.table.rows)]
    return Sheet(sheet.table.with_rows(rows))


def _lonely(sheet: Sheet, hidden: set[Place]) -> Iterator[str]:
    """One hidden cell in a line that sums to a total (shown here or elsewhere) can be subtracted."""
    for j, cells, _ in _additive_lines(sheet):
        gone = [cell for cell in cells if cell in hidden]
        rest = [sheet.table.rows[i][j] for i, _ in cells if (i, j) not in hidden]
        if len(gone) == 1 and any(rest):
            yield f"{sheet.table.columns[j].name}: a hidden count stands alone in its line and can be subtracted"


def _additive_lines(sheet: Sheet) -> Iterator[tuple[int, list[Place], int | None]]:
    """Column, cells and row of the total (``None``: the total is not in this table) of every line that sums."""
    for k in sheet.keys:
        for members in lines_along(sheet, k).values():
            total = [i for i in members if sheet.table.rows[i][k] == TOTAL]
            if (total or k == sheet.keys[-1]) and len(members) > 1:
                for j in sheet.counts:
                    if sheet.table.columns[j].additive:
                        yield j, [(i, j) for i in members], total[0] if total else None


def _recomputable(sheet: Sheet, hidden: set[Place], rules: Rules) -> Iterator[str]:
    """The interval attack as a reader would make it: from the shown cells and the totals in this table."""
    system = System()
    known = []
    none = _sums_to_none(sheet)
    for i, row in enumerate(sheet.table.rows):
        for j in sheet.counts:
            if row[j] is not None or (i, j) in hidden:
                system.add((0, i, j), _number(row[j], 0), False)
                known.append(row[j] is not None or (i, j) in none)
    for j, cells, total in _additive_lines(sheet):
        if total is not None and not _add_line(system, sheet, hidden, j, cells, total):
            return
    _add_parts(system, sheet)
    try:
        weak = weak_cells(system, ~np.array(known, dtype=bool), rules.threshold, known=False) if known else []
    except RefusedError:
        weak = []  # totals that do not hold exactly: then nothing can be worked out from them this way
    for j in sorted({system.cells[cell][2] for cell in weak}):
        yield f"{sheet.table.columns[j].name}: hidden count(s) can be worked out to within {rules.threshold}"


def _sums_to_none(sheet: Sheet) -> set[Place]:
    """Cells of lines whose shown total is zero: the total says all there is to know about them."""
    return {
        cell
        for j, cells, total in _additive_lines(sheet)
        if total is not None and sheet.table.rows[total][j] == 0
        for cell in cells
    }


def _add_line(system: System, sheet: Sheet, hidden: set[Place], j: int, cells: list[Place], total: int) -> bool:
    """Add one line with its total; False when a line without hidden cells does not sum, so totals are not exact."""
    at = [system.index[0, i, j] for i, _ in cells if (0, i, j) in system.index]
    signs = np.array([-1.0 if system.cells[a][1] == total else 1.0 for a in at])
    if not any(cell in hidden for cell in cells):
        return abs(float(signs @ np.array([system.values[a] for a in at]))) < 0.5
    system.equations.append(Relation(np.array(at), signs, 0.0))
    return True


def _add_parts(system: System, sheet: Sheet) -> None:
    for i in range(len(sheet.table.rows)):
        for part, whole in sheet.parts:
            if (0, i, part) in system.index and (0, i, whole) in system.index:
                system.at_least([system.index[0, i, whole], system.index[0, i, part]], [1.0, -1.0])


def _number(value: Value, missing: int) -> float:
    return float(missing) if value is None else float(value)

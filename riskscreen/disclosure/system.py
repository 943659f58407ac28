"""What an attacker knows of the counts of some tables: equations and inequalities.

Equations come from margins (rows that sum to a row *total*), from columns that sum to another column in every row, and
from neighbourhoods that sum to their district in another table. A table without a row *total* is treated as if its
total were known, because another table of the run shows it (linked tables). Inequalities say that a part is at most
its whole. Every count is at least 0.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from riskscreen.disclosure.rules import Sheet, corners
from riskscreen.records.tables import TOTAL

Key = tuple[int, int, int]
"""Table, row and column of a count cell."""


@dataclass(frozen=True, slots=True)
class Relation:
    """``sum(coefficients * cells) = constant`` (an equation) or ``>= constant`` (an inequality)."""

    cells: NDArray[np.int64]
    coefficients: NDArray[np.float64]
    constant: float


@dataclass(slots=True)
class System:
    """All count cells of some tables with what ties them together.

    Parameters
    ----------
    cells
        Where each variable stands; a slack has table -1.
    values
        True values, shape ``(cells,)``.
    margin
        Which cells stand in a row *total*, shape ``(cells,)``.
    """

    cells: list[Key] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    margin: list[bool] = field(default_factory=list)
    equations: list[Relation] = field(default_factory=list)
    inequalities: list[Relation] = field(default_factory=list)
    wholes: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    index: dict[Key, int] = field(default_factory=dict)

    def add(self, key: Key, value: float, margin: bool) -> int:
        """A new variable; returns its number."""
        number = len(self.cells)
        self.cells.append(key)
        self.values.append(value)
        self.margin.append(margin)
        if key[0] >= 0:
            self.index[key] = number
        return number

    def equate(self, parts: Sequence[int], total: int | None) -> None:
        """Parts sum to a total; ``None``: to a total known from elsewhere. Parts that exceed it tie nothing."""
        rest = 0.0 if total is None else self.values[total] - sum(self.values[p] for p in parts)
        if not parts or rest < 0 or (total is None and len(parts) < 2):
            return
        cells, signs = list(parts), [1.0] * len(parts)
        if total is not None:
            cells, signs = [*cells, total], [*signs, -1.0]
        if rest:
            cells, signs = [*cells, self.add((-1, 0, 0), rest, False)], [*signs, 1.0]
        constant = sum(self.values[p] for p in parts) if total is None else 0.0
        self.equations.append(Relation(np.array(cells), np.array(signs), constant))

    def at_least(self, cells: Sequence[int], signs: Sequence[float]) -> None:
        """``sum(signs * cells) >= 0``."""
        self.inequalities.append(Relation(np.array(cells), np.array(signs), 0.0))


def build(sheets: Sequence[Sheet]) -> System:
    """The system of all count cells of these tables."""
    system = System()
    for t, sheet in enumerate(sheets):
        _cells(system, t, sheet)
        _margins(system, t, sheet)
        _columns(system, t, sheet)
        _parts(system, t, sheet)
    _nests(system, sheets)
    return system


def _cells(system: System, t: int, sheet: Sheet) -> None:
    totals = set(sheet.totals)
    for i, row in enumerate(sheet.table.rows):
        for j in sheet.counts:
            value = row[j]
            if value is not None:
                system.add((t, i, j), float(value), i in totals)


def _margins(system: System, t: int, sheet: Sheet) -> None:
    additive = [j for j in sheet.counts if sheet.table.columns[j].additive]
    for k in sheet.keys:
        for members in lines_along(sheet, k).values():
            total = [i for i in members if sheet.table.rows[i][k] == TOTAL]
            parts = [i for i in members if sheet.table.rows[i][k] != TOTAL]
            if not total and k != sheet.keys[-1]:
                continue
            for j in additive:
                cells = [system.index[t, i, j] for i in parts if (t, i, j) in system.index]
                system.equate(cells, system.index.get((t, total[0], j)) if total else None)


def lines_along(sheet: Sheet, k: int) -> dict[tuple[object, ...], list[int]]:
    """Rows that differ in key ``k`` only."""
    lines: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for i, row in enumerate(sheet.table.rows):
        lines[tuple(row[other] for other in sheet.keys if other != k)].append(i)
    return lines


def _columns(system: System, t: int, sheet: Sheet) -> None:
    """Columns that are the sum of two or three others in every row, such as selected and not selected."""
    rows = [i for i, row in enumerate(sheet.table.rows) if all(row[j] is not None for j in sheet.counts)]
    if not rows or len(sheet.counts) > 12:
        return
    data = np.array([[float(sheet.table.rows[i][j] or 0) for j in sheet.counts] for i in rows])
    for size in (2, 3):
        for parts in combinations(range(len(sheet.counts)), size):
            sums = data[:, parts].sum(axis=1)
            for whole in set(range(len(sheet.counts))) - set(parts):
                if np.array_equal(sums, data[:, whole]) and data[:, parts].any(axis=0).all():
                    _tie_columns(system, t, sheet, rows, parts, whole)


def _tie_columns(system: System, t: int, sheet: Sheet, rows: list[int], parts: tuple[int, ...], whole: int) -> None:
    for i in rows:
        cells = [system.index[t, i, sheet.counts[p]] for p in parts]
        system.equate(cells, system.index[t, i, sheet.counts[whole]])


def _parts(system: System, t: int, sheet: Sheet) -> None:
    for i in range(len(sheet.table.rows)):
        at = {j: system.index[t, i, j] for j in sheet.counts if (t, i, j) in system.index}
        for part, whole in sheet.parts:
            if part in at and whole in at:
                system.at_least([at[whole], at[part]], [1.0, -1.0])
                system.wholes[at[part]].append(at[whole])
        for both, x, y, n in corners(sheet.parts):
            if {n, x, y, both} <= set(at):
                system.at_least([at[n], at[x], at[y], at[both]], [1.0, -1.0, -1.0, 1.0])


def _nests(system: System, sheets: Sequence[Sheet]) -> None:
    """Neighbourhoods (8 digits) sum to their district (6 digits) in another table of the same key and columns."""
    by_digits = [_digits(sheet) for sheet in sheets]
    for coarse, (upper, above) in enumerate(zip(sheets, by_digits, strict=True)):
        for fine, (lower, below) in enumerate(zip(sheets, by_digits, strict=True)):
            if coarse != fine and upper.keys and lower.keys and _same_key(upper, lower):
                _nest(system, (coarse, upper, above), (fine, lower, below))


def _nest(system: System, coarse: tuple[int, Sheet, dict[str, int]], fine: tuple[int, Sheet, dict[str, int]]) -> None:
    t, upper, above = coarse
    u, lower, below = fine
    shared = [c.name for c in upper.table.columns if c.kind == "count" and c.additive and c.name in lower.at]
    for digits, i in above.items():
        inside = [row for code, row in below.items() if code[:-2] == digits]
        for name in shared if inside else ():
            total = system.index.get((t, i, upper.at[name]))
            cells = [system.index[u, r, lower.at[name]] for r in inside if (u, r, lower.at[name]) in system.index]
            if total is not None:
                system.equate(cells, total)


def _same_key(upper: Sheet, lower: Sheet) -> bool:
    names = [[sheet.table.columns[k].name for k in sheet.keys] for sheet in (upper, lower)]
    return names[0] == names[1] and len(names[0]) == 1


def _digits(sheet: Sheet) -> dict[str, int]:
    """Row by the digits of its code, for tables whose only key holds area codes such as BU02020101."""
    if len(sheet.keys) != 1:
        return {}
    found = {}
    for i, row in enumerate(sheet.table.rows):
        match = re.fullmatch(r"[A-Z]{2}(\d{4,8})", str(row[sheet.keys[0]]))
        if match:
            found[match.group(1)] = i
    return found

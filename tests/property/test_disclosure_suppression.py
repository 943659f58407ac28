"""No hidden count can be worked out: an interval attack of its own, written from the tables a reader sees.

The attack here shares no code with the library: it knows the margins, that outcomes are part of families, and that no
count is negative. The same attack breaks tables where only the small counts are hidden, so it can fail.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from riskscreen.disclosure.gate import gate
from riskscreen.disclosure.rules import Rules, Sheet, primary
from riskscreen.records.hashlog import HashLog
from riskscreen.records.tables import TOTAL, Column, Table
from riskscreen.records.texts import same
from riskscreen.settings import Release

Cell = tuple[int, int]
THRESHOLD = 10
OFFICE = SimpleNamespace(ledger=HashLog(Path("absent-ledger")), decisions=HashLog(Path("absent-decisions")))
sizes = st.one_of(st.integers(0, 12), st.integers(0, 60), st.integers(100, 900))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """One- and two-way tables of families and outcomes, with or without totals."""
    rows, columns = draw(st.integers(2, 6)), draw(st.integers(1, 4))
    families = np.array([[draw(sizes) for _ in range(columns)] for _ in range(rows)])
    shares = np.array([[draw(st.sampled_from([0.0, 0.02, 0.1, 0.5, 0.97, 1.0])) for _ in range(columns)]] * rows)
    return table(families, np.floor(families * shares).astype(int), draw(st.booleans()))


def table(families: np.ndarray, outcomes: np.ndarray, totals: bool) -> Table:
    codes = {f"c{k}": same(f"c{k}") for k in range(max(families.shape))}
    cells = {(f"c{i}", f"c{j}"): (int(families[i, j]), int(outcomes[i, j])) for i, j in np.ndindex(families.shape)}
    if totals:
        cells |= {(f"c{i}", TOTAL): (int(families[i].sum()), int(outcomes[i].sum())) for i in range(len(families))}
        cells |= {
            (TOTAL, f"c{j}"): (int(families[:, j].sum()), int(outcomes[:, j].sum())) for j in range(families.shape[1])
        }
        cells[TOTAL, TOTAL] = (int(families.sum()), int(outcomes.sum()))
    columns = (
        Column("one", "key", same("one"), labels=codes),
        Column("two", "key", same("two"), labels=codes),
        Column("families", "count", same("families")),
        Column("outcomes", "count", same("outcomes"), base="families"),
    )
    return Table("t", same("t"), columns, tuple((*key, *values) for key, values in cells.items()))


def lines_of(table: Table) -> Iterator[tuple[list[int], int | None]]:
    """Rows that sum to a row of the table, or (``None``) to a total known from elsewhere."""
    for key in (0, 1):
        for other in sorted({row[1 - key] for row in table.rows}):
            line = [i for i, row in enumerate(table.rows) if row[1 - key] == other]
            total = [i for i in line if table.rows[i][key] == TOTAL]
            parts = [i for i in line if table.rows[i][key] != TOTAL]
            if total:
                yield parts, total[0]
            elif key == 1 and len(parts) > 1:
                yield parts, None


def widths(table: Table, hidden: set[Cell]) -> dict[Cell, float]:
    """How closely an attacker gets to each hidden count: largest minus smallest value that fits."""
    cells = [(i, j) for i in range(len(table.rows)) for j in (2, 3)]
    at = {cell: k for k, cell in enumerate(cells)}
    true = np.array([float(table.rows[i][j]) for i, j in cells])
    equal, equal_to = [np.zeros(len(cells))], [0.0]
    for j in (2, 3):
        for parts, total in lines_of(table):
            row = np.zeros(len(cells))
            row[[at[i, j] for i in parts]] = 1
            if total is not None:
                row[at[total, j]] = -1
            equal.append(row)
            equal_to.append(0.0 if total is not None else float(row @ true))
    above = np.zeros((len(table.rows), len(cells)))
    for i in range(len(table.rows)):
        above[i, at[i, 3]], above[i, at[i, 2]] = 1, -1
    bounds = [(0, 1e6) if cell in hidden else (true[k], true[k]) for k, cell in enumerate(cells)]
    found = {}
    for cell in sorted(hidden):
        direction = np.eye(len(cells))[at[cell]]
        ends = [
            linprog(s * direction, A_eq=equal, b_eq=equal_to, A_ub=above, b_ub=np.zeros(len(above)), bounds=bounds)
            for s in (1, -1)
        ]
        assert all(end.status == 0 for end in ends)
        found[cell] = -ends[1].fun - ends[0].fun
    return found


def known_anyway(table: Table, cell: Cell) -> bool:
    """Is the total of its line small, or the cell all there is in it? Then no hiding inside the line can help.

    (Such a total is itself hidden wherever it would be shown; see docs/explanation/safety.md.)
    """
    i, j = cell
    for parts, total in lines_of(table):
        values = [table.rows[p][j] for p in parts]
        if total is None and i in parts and (sum(values) < THRESHOLD or max(values) == sum(values)):
            return True
    return False


def hidden_by_gate(given: Table) -> set[Cell]:
    (out,) = gate([given], channel="review", office=OFFICE, subject=None, release=Release(), day=date(2025, 1, 1))
    return {(i, j) for i, row in enumerate(out.status) for j, status in enumerate(row) if status == "suppressed"}


def broken(given: Table, hidden: set[Cell]) -> list[Cell]:
    return [c for c, w in widths(given, hidden).items() if w < THRESHOLD - 1e-6 and not known_anyway(given, c)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_no_hidden_count_is_known_to_within_the_threshold(given: Table) -> None:
    hidden = hidden_by_gate(given)
    assert primary(Sheet(given), Rules("standard/1", THRESHOLD, 100)) <= hidden
    assert broken(given, hidden) == []


def test_the_same_attack_breaks_tables_that_hide_only_the_small_counts() -> None:
    """So the attack bites: of 24 random tables with totals it opens most, and none that passed the gate."""
    random = np.random.default_rng(20260101)
    rules, opened, closed = Rules("standard/1", THRESHOLD, 100), 0, 0
    for _ in range(24):
        families = random.choice([4, 7, 15, 40, 200, 500], size=(4, 3), p=[0.1, 0.05, 0.1, 0.25, 0.25, 0.25])
        given = table(families, random.binomial(families, 0.1), totals=True)
        opened += bool(broken(given, primary(Sheet(given), rules)))
        closed += not broken(given, hidden_by_gate(given))
    assert opened >= 18
    assert closed == 24


def test_large_tables_take_less_than_a_second() -> None:
    """An audit of 40 groups and two levels of areas: the whole gate, with what it must import already there."""
    random = np.random.default_rng(3)
    large = table(random.integers(0, 900, (10, 4)), np.zeros((10, 4), dtype=int), totals=True)
    hidden_by_gate(large)
    start = time.perf_counter()
    families = random.integers(0, 1500, (90, 1))
    hidden_by_gate(table(families, random.binomial(families, 0.024), totals=True))
    hidden_by_gate(large)
    assert time.perf_counter() - start < 2.0  # goal 1 s; twice that on a machine that does other things


def test_a_cell_that_follows_from_far_off_totals_is_protected_too() -> None:
    """Found by chance: 121 - 103 - 11 gave a hidden 7 away, though none of these stands in its row or column."""
    labels = {code: same(code) for code in ("c0", "c1", "c2")}
    columns = (
        Column("one", "key", same("one"), labels=labels),
        Column("two", "key", same("two"), labels=labels),
        Column("families", "count", same("families")),
        Column("outcomes", "count", same("outcomes"), base="families"),
    )
    inner = np.array([[100, 0, 3], [0, 10, 0], [0, 1, 7]])
    names = [*labels, "total"]
    full = np.vstack([np.hstack([inner, inner.sum(1, keepdims=True)]), [*inner.sum(0), inner.sum()]])
    rows = tuple((names[i], names[j], int(full[i, j]), 0) for i in range(4) for j in range(4))
    given = Table("t", same("t"), columns, rows)
    assert broken(given, hidden_by_gate(given)) == []

"""An attack that remembers earlier answers finds what one without memory finds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import Generator

from riskscreen.disclosure import attacks, suppression
from riskscreen.disclosure.attacks import Mask, Narrow, weak_cells
from riskscreen.disclosure.rules import Rules, Sheet, primary
from riskscreen.disclosure.suppression import suppress
from riskscreen.disclosure.system import System, build
from riskscreen.records.tables import TOTAL, Column, Table
from riskscreen.records.texts import same

THRESHOLD = 10
SEEDS = range(8)
SIZES = (0, 3, 7, 12, 15, 40, 200)


def made(seed: int) -> tuple[System, Mask]:
    """Counts of families and outcomes by two keys, totals sometimes known, and the cells hidden by themselves."""
    random = np.random.default_rng((20260101, seed))
    families = random.choice(SIZES, size=tuple(random.integers(2, 4, 2)))
    sheet = Sheet(two_way(families, random.binomial(families, 0.2), totals=bool(seed % 2)))
    system = build([sheet])
    hidden = np.array([cell[0] < 0 for cell in system.cells])
    hidden[[system.index[0, i, j] for i, j in primary(sheet, Rules("standard/1", THRESHOLD, 100))]] = True
    return system, hidden


def two_way(families: np.ndarray, outcomes: np.ndarray, *, totals: bool) -> Table:
    labels = {f"c{k}": same(f"c{k}") for k in range(max(families.shape))}
    names = [[*(f"c{k}" for k in range(size)), *([TOTAL] if totals else [])] for size in families.shape]
    both = [with_totals(one) if totals else one for one in (families, outcomes)]
    rows = [(a, b, *(int(one[i, j]) for one in both)) for i, a in enumerate(names[0]) for j, b in enumerate(names[1])]
    columns = (
        *(Column(name, "key", same(name), labels=labels) for name in ("one", "two")),
        Column("families", "count", same("families")),
        Column("outcomes", "count", same("outcomes"), base="families"),
    )
    return Table("t", same("t"), columns, tuple(rows))


def with_totals(counts: np.ndarray) -> np.ndarray:
    wide = np.hstack([counts, counts.sum(1, keepdims=True)])
    return np.vstack([wide, wide.sum(0, keepdims=True)])


def masks(random: Generator, system: System, hidden: Mask) -> list[Mask]:
    """What a search asks: a few more cells hidden each time, steps taken back, and some that have little in common."""
    asked = [hidden]
    for _ in range(2):
        more = asked[-1].copy()
        more[random.integers(len(system.cells), size=2)] = True
        asked += [more, asked[-1]]
    return [*asked, *(hidden | (random.random(len(hidden)) < share) for share in (0.2,))]


@pytest.mark.parametrize("seed", SEEDS)
def test_weak_cells_are_the_same_with_and_without_memory(seed: int) -> None:
    system, hidden = made(seed)
    solved: Narrow = {}
    for mask in masks(np.random.default_rng(seed), system, hidden):
        assert weak_cells(system, mask, THRESHOLD, solved=solved) == weak_cells(system, mask, THRESHOLD)


def test_what_was_solved_is_not_solved_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the comparison above would say nothing."""
    system, hidden = made(1)
    solved: Narrow = {}
    first = weak_cells(system, hidden, THRESHOLD, solved=solved)
    assert first
    monkeypatch.setattr(attacks, "_solve", None)
    assert weak_cells(system, hidden, THRESHOLD, solved=solved) == first
    with pytest.raises(TypeError):
        weak_cells(system, hidden, THRESHOLD)


def test_a_memory_that_knows_only_how_many_cells_go_together_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the comparison above can fail."""
    monkeypatch.setattr(attacks._Problem, "key", property(lambda problem: bytes(len(problem.cells))))
    wrong = 0
    for seed in SEEDS[:2]:
        system, hidden = made(seed)
        solved: Narrow = {}
        for mask in masks(np.random.default_rng(seed), system, hidden):
            wrong += weak_cells(system, mask, THRESHOLD, solved=solved) != weak_cells(system, mask, THRESHOLD)
    assert wrong > 0


def test_the_same_cells_are_hidden_with_and_without_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [made(seed) for seed in SEEDS]
    remembered = [suppress(system, hidden, THRESHOLD) for system, hidden in given]

    def forgetful(system: System, hidden: Mask, width: float, *, solved: Narrow | None = None) -> list[int]:
        return weak_cells(system, hidden, width)

    monkeypatch.setattr(suppression, "weak_cells", forgetful)
    for (system, hidden), found in zip(given, remembered, strict=True):
        np.testing.assert_array_equal(suppress(system, hidden, THRESHOLD), found)

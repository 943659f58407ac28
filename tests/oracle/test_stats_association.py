"""Cramér's V against scipy, and how often its interval holds the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats.contingency import association

from riskscreen.stats.association import Array, cramers_v, design_effect
from riskscreen.stats.discrimination import draw_blocks


def town(blocks: int, families: int, chances: Array, lean: float, rng: np.random.Generator) -> Array:
    """Families per neighbourhood, row and column; ``lean``: how much neighbourhoods differ from one another."""
    shares = chances.ravel() * rng.gamma(1 / lean, lean, size=(blocks, chances.size)) if lean else chances.ravel()
    shares = np.broadcast_to(shares, (blocks, chances.size))
    counts = rng.multinomial(families // blocks, shares / shares.sum(axis=1, keepdims=True))
    return counts.reshape(blocks, *chances.shape).astype(np.float64)


def chances(strength: float, rows: float = 0.1, columns: float = 0.3) -> Array:
    """A two-by-two table with these margins and this phi."""
    both = rows * columns + strength * np.sqrt(rows * (1 - rows) * columns * (1 - columns))
    return np.array([[both, rows - both], [columns - both, 1 - rows - columns + both]])


def draws(blocks: int, replicates: int = 200) -> Array:
    return draw_blocks(np.random.default_rng(3), blocks, replicates)


def test_on_many_families_it_is_scipys() -> None:
    counts = town(50, 500_000, np.array([[0.1, 0.2, 0.1], [0.3, 0.1, 0.2]]), 0.0, np.random.default_rng(1))
    theirs = association(counts.sum(axis=0).astype(int), method="cramer", correction=False)
    assert cramers_v(counts, draws(50)).value == pytest.approx(theirs, abs=1e-4)


def test_of_independent_classifications_nothing_is_told() -> None:
    """Without the correction a rare row seems to tell something by chance alone."""
    rng = np.random.default_rng(2)
    tables = [town(20, 2_000, chances(0.0, rows=0.01), 0.0, rng) for _ in range(200)]
    plain = np.mean([association(t.sum(axis=0).astype(int), correction=False) for t in tables])
    ours = np.mean([cramers_v(t, draws(20, 50)).value for t in tables])
    assert ours < 0.6 * plain


def test_the_same_thing_twice_is_one() -> None:
    counts = town(10, 1_000, np.array([[0.3, 0.0], [0.0, 0.7]]), 0.0, np.random.default_rng(3))
    found = cramers_v(counts, draws(10))
    assert found.value == pytest.approx(1.0, abs=2e-3)
    assert found.low > 0.99


def test_one_value_only_tells_nothing() -> None:
    counts = np.zeros((5, 2, 3))
    counts[:, 0] = 7.0
    assert np.isnan(cramers_v(counts, draws(5)).value)
    assert np.isnan(cramers_v(np.zeros((5, 2, 0)), draws(5)).value)


def test_independent_families_have_no_design_effect() -> None:
    rng = np.random.default_rng(4)
    found = [design_effect(town(400, 20_000, chances(0.0), 0.0, rng)) for _ in range(20)]
    assert np.mean(found) == pytest.approx(1.0, abs=0.1)


def test_neighbours_alike_have_one() -> None:
    """Every family twice: chance is twice as large."""
    rng = np.random.default_rng(5)
    twice = [design_effect(2 * town(400, 20_000, chances(0.0), 0.0, rng)) for _ in range(20)]
    assert np.mean(twice) == pytest.approx(2.0, abs=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("blocks", [20, 100])
@pytest.mark.parametrize("strength", [0.0, 0.05, 0.3])
def test_the_interval_holds_the_truth(blocks: int, strength: float) -> None:
    """Nearly 95 of 100 times, in neighbourhoods that differ, for a stressor of one family in twenty."""
    rng = np.random.default_rng(6)
    drawn, table = draws(blocks), chances(strength, rows=0.05)
    held = 0
    for _ in range(1_000):
        found = cramers_v(town(blocks, 6_000, table, 0.02, rng), drawn)
        held += found.low <= abs(strength) <= found.high
    assert held / 1_000 >= 0.935

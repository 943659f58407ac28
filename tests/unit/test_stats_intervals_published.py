"""Intervals against values printed in the papers that define them."""

from __future__ import annotations

import numpy as np
import pytest

from riskscreen.stats.intervals import (
    Bounds,
    clopper_pearson,
    max_t,
    mover_difference,
    mover_ratio,
    newcombe,
    normal_quantile,
    range_of,
    t_quantile,
    wilson,
)

# Newcombe (1998), Statistics in Medicine 17:857-872, table I: successes, families, Wilson, Clopper-Pearson.
SINGLE = """
 81 263 0.2553 0.3662 0.2527 0.3676
 15 148 0.0624 0.1605 0.0578 0.1617
  0  20 0.0000 0.1611 0.0000 0.1684
  1  29 0.0061 0.1718 0.0009 0.1776
"""

# Newcombe (1998), Statistics in Medicine 17:873-890, table II, method 10: k1/n1 - k2/n2.
DIFFERENCE = """
 56  70  48  80  0.0524 0.3339
  9  10   3  10  0.1705 0.8090
  6   7   2   7  0.0582 0.8062
  5  56   0  29 -0.0381 0.1926
  0  10   0  20 -0.1611 0.2775
  0  10   0  10 -0.2775 0.2775
 10  10   0  20  0.6791 1.0000
 10  10   0  10  0.6075 1.0000
"""


def numbers(text: str) -> np.ndarray:
    return np.array([[float(word) for word in line.split()] for line in text.strip().splitlines()])


def test_wilson_and_clopper_pearson_are_those_of_newcombe_1998() -> None:
    table = numbers(SINGLE)
    score, exact = wilson(table[:, 0], table[:, 1]), clopper_pearson(table[:, 0], table[:, 1])
    found = np.column_stack([score.low, score.high, exact.low, exact.high])
    assert np.round(found, 4).tolist() == table[:, 2:].tolist()


def test_differences_are_those_of_newcombe_1998() -> None:
    table = numbers(DIFFERENCE)
    bounds = newcombe(table[:, 0], table[:, 1], table[:, 2], table[:, 3])
    assert np.round(np.column_stack([bounds.low, bounds.high]), 4).tolist() == table[:, 4:].tolist()


def test_without_families_nothing_is_known() -> None:
    bounds = [wilson(0, 0), clopper_pearson(0, 0), newcombe(0, 0, 1, 2)]
    assert all(np.isnan(b.low) and np.isnan(b.high) for b in bounds)


def test_a_wider_level_gives_a_wider_interval() -> None:
    narrow, wide = wilson(20, 100, level=0.90), wilson(20, 100, level=0.99)
    assert wide.low < narrow.low < 0.2 < narrow.high < wide.high


def test_positive_correlation_narrows_a_difference() -> None:
    p, q, a, b = 0.4, 0.3, wilson(40, 100), wilson(30, 100)
    free, tied = mover_difference(p, a, q, b), mover_difference(p, a, q, b, 0.6)
    assert free.low < tied.low < tied.high < free.high


def test_ratio_bounds_are_where_the_difference_touches_zero() -> None:
    """Donner and Zou (2012): R is a bound when 0 is the bound of first - R * second."""
    first, second = np.array([0.3, 0.05, 0.5, 0.02]), np.array([0.2, 0.4, 0.5, 0.02])
    total = np.array([200, 60, 30, 150])
    a, b = wilson(first * total, total), wilson(second * total, total)
    found = mover_ratio(first, a, second, b)
    for bound, side in ((found.low, "low"), (found.high, "high")):
        scaled = Bounds(bound * b.low, bound * b.high)
        assert np.allclose(getattr(mover_difference(first, a, bound * second, scaled), side), 0, atol=1e-12)


def test_ratio_to_a_group_without_any_is_open_above() -> None:
    found = mover_ratio(0.2, wilson(20, 100), 0.0, wilson(0, 50))
    assert found.low > 0
    assert found.high == np.inf


def test_four_equal_groups_need_tukeys_critical_value() -> None:
    from scipy.stats import studentized_range

    first, second = np.triu_indices(4, 1)
    critical = max_t(np.eye(4), [(first, second)], level=0.95, seed=3)
    assert critical.value == pytest.approx(studentized_range.ppf(0.95, 4, np.inf) / np.sqrt(2), abs=0.03)


def test_independent_comparisons_need_sidaks_critical_value() -> None:
    families = [(np.array([2 * i]), np.array([2 * i + 1])) for i in range(10)]
    critical = max_t(np.eye(20), families, level=0.95, seed=3)
    assert critical.value == pytest.approx(normal_quantile(0.95 ** (1 / 10)), abs=0.03)


def test_comparisons_that_always_agree_count_once() -> None:
    same = np.tile(np.eye(2), (5, 5))
    families = [(np.array([2 * i]), np.array([2 * i + 1])) for i in range(5)]
    assert max_t(same, families, level=0.95, seed=3).value == pytest.approx(1.96, abs=0.03)


def test_same_seed_same_value_and_no_comparison_is_the_single_interval() -> None:
    pairs = [(np.array([0]), np.array([1]))]
    assert max_t(np.eye(2), pairs, level=0.95, seed=5) == max_t(np.eye(2), pairs, level=0.95, seed=5)
    assert max_t(np.zeros((0, 0)), [], level=0.95, seed=1).value == pytest.approx(1.959964, abs=1e-6)


def test_quantiles_of_few_blocks_are_students() -> None:
    # Student's table: 2.5% on either side, 1, 9 and 30 degrees of freedom.
    assert np.round(t_quantile(0.05, [1, 9, 30, np.inf]), 3).tolist() == [12.706, 2.262, 2.042, 1.960]


def test_the_largest_difference_takes_either_direction() -> None:
    assert range_of(np.array([-0.30]), np.array([-0.10])) == (0.10, 0.30)
    assert range_of(np.array([-0.05, -0.02]), np.array([0.03, 0.04])) == (0.0, 0.05)

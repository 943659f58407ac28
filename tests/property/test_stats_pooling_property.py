"""What holds for pooled rates whatever the counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskscreen.errors import UsageError
from riskscreen.stats.pooling import pool_binomial, pool_poisson

COUNTS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3000)), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(COUNTS)
def test_estimates_lie_in_their_intervals(counts: list[tuple[int, int]]) -> None:
    events = np.array([event for event, _ in counts], dtype=float)
    trials = events + np.array([rest for _, rest in counts], dtype=float)
    pooled = pool_binomial(events, trials)
    assert (pooled.low >= 0).all()
    assert (pooled.low <= pooled.estimate + 1e-9).all()
    assert (pooled.estimate <= pooled.high + 1e-9).all()
    assert (pooled.high <= 1).all()
    assert ((pooled.own_share >= 0) & (pooled.own_share <= 1)).all()


@settings(max_examples=25, deadline=None)
@given(COUNTS)
def test_the_order_of_areas_does_not_matter(counts: list[tuple[int, int]]) -> None:
    events = np.array([event for event, _ in counts], dtype=float)
    expected = np.array([rest + 1 for _, rest in counts], dtype=float) / 10
    order = np.arange(len(events))[::-1]
    one, other = pool_poisson(events, expected), pool_poisson(events[order], expected[order])
    assert one.estimate[order] == pytest.approx(other.estimate, rel=1e-6, abs=1e-9)
    assert one.high[order] == pytest.approx(other.high, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(("events", "trials"), [([3.0], [2.0]), ([-1.0], [2.0]), ([1.0, 2.0], [3.0]), ([], [])])
def test_impossible_counts_are_refused(events: list[float], trials: list[float]) -> None:
    with pytest.raises(UsageError):
        pool_binomial(np.array(events), np.array(trials))


def test_an_expected_rate_outside_0_and_1_is_refused() -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        pool_binomial(np.array([1.0]), np.array([9.0]), np.array([1.0]))

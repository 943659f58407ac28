"""What holds for any counts of areas."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from riskscreen.stats.benchmarked import benchmark
from riskscreen.stats.funnel import fit_funnel
from riskscreen.stats.ranks import rank_areas
from riskscreen.stats.small_areas import pool_areas

Array = NDArray[np.float64]


@st.composite
def areas(draw: Any) -> tuple[Array, Array, NDArray[np.int64]]:
    """Events, trials and groups of 3 to 12 areas."""
    size = draw(st.integers(3, 12))
    trials = np.array(draw(st.lists(st.integers(1, 2000), min_size=size, max_size=size)), dtype=np.float64)
    shares = np.array(draw(st.lists(st.floats(0, 0.3), min_size=size, max_size=size)))
    groups = np.array(draw(st.lists(st.integers(0, 2), min_size=size, max_size=size)))
    return np.floor(trials * shares), trials, groups


def far_apart(events: list[float], trials: list[float], groups: list[int]) -> tuple[Array, Array, NDArray[np.int64]]:
    """Areas whose rates lie so far apart that a common spread of 0 stands against every one of them."""
    return np.array(events), np.array(trials), np.array(groups)


@given(areas())
@example(far_apart([0.0, 0.0, 0.0, 0.0, 21.0], [1.0, 1.0, 1.0, 1887.0, 85.0], [0, 0, 0, 0, 1]))
@example(far_apart([0.0, 0.0, 0.0, 0.0, 0.0, 18.0], [1.0, 1.0, 1992.0, 1.0, 1.0, 74.0], [0, 0, 0, 0, 0, 1]))
@example(far_apart([84.0, 20.0, 0.0], [353.0, 2000.0, 2000.0], [0, 1, 0]))
@example(far_apart([0.0, 599.0, 0.0, 0.0], [1.0, 1999.0, 1999.0, 2.0], [1, 2, 2, 1]))
@example(far_apart([0.0, 0.0, 246.0], [1999.0, 50.0, 822.0], [1, 1, 1]))
@settings(max_examples=25, deadline=None)
def test_estimates_lie_in_their_interval_and_the_order_of_rows_does_not_matter(drawn: Any) -> None:
    events, trials, groups = drawn
    found = pool_areas(events, trials, groups=groups)
    assert np.all((found.low >= 0) & (found.low <= found.estimate) & (found.estimate <= found.high) & (found.high <= 1))
    assert np.all((found.own_share >= 0) & (found.own_share <= 1))
    order = np.random.default_rng(1).permutation(len(events))
    again = pool_areas(events[order], trials[order], groups=groups[order])
    np.testing.assert_allclose(again.estimate, found.estimate[order], rtol=1e-6)
    np.testing.assert_allclose(again.high, found.high[order], rtol=1e-6)


@given(areas(), st.integers(0, 11))
@settings(max_examples=15, deadline=None)
def test_own_share_grows_with_families(drawn: Any, which: int) -> None:
    events, trials, groups = drawn
    area = which % len(events)
    events[area], trials[area] = 4.0, 200.0
    more_events, more_trials = events.copy(), trials.copy()
    more_events[area], more_trials[area] = 40.0, 2000.0
    few, many = (
        pool_areas(e, n, groups=groups).own_share[area] for e, n in ((events, trials), (more_events, more_trials))
    )
    assert many > few


@given(areas())
@settings(max_examples=50, deadline=None)
def test_benchmarked_estimates_add_up_and_stay_inside(drawn: Any) -> None:
    events, trials, groups = drawn
    estimate = (events + 1) / (trials + 20)
    found = benchmark(estimate, 0.5 * estimate, 1.5 * estimate, trials=trials, events=events, totals=groups)
    assert np.all((found.low <= found.estimate) & (found.estimate <= found.high))
    for group in np.unique(groups):
        inside = groups == group
        if events[inside].sum() > 0 and (found.estimate[inside] < 1).all():
            assert np.isclose(found.estimate[inside] @ trials[inside], events[inside].sum())


@given(areas())
@settings(max_examples=25, deadline=None)
def test_ranks_hold_what_was_seen(drawn: Any) -> None:
    events, trials, _ = drawn
    found = rank_areas(events, trials)
    place = np.arcsin(np.sqrt((events + 0.375) / (trials + 0.75)))
    first, last = 1 + (place[None] > place[:, None]).sum(1), len(place) - (place[None] < place[:, None]).sum(1)
    assert np.all((found.low <= first) & (last <= found.high))
    assert np.all((found.low >= 1) & (found.high <= len(place)))


@given(areas())
@settings(max_examples=50, deadline=None)
def test_a_funnel_is_wide_where_areas_are_small(drawn: Any) -> None:
    events, trials, _ = drawn
    funnel = fit_funnel(events, trials)
    sizes = np.array([100.0, 1000.0, 10_000.0])
    near, far = (funnel.limits(sizes, level) for level in (0.95, 0.998))
    assert np.all(np.diff(near[1] - near[0]) <= 1e-12)
    assert np.all((far[0] <= near[0]) & (near[1] <= far[1]))

"""Bounds under uneven reporting against every pair of ratios on a grid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskscreen.fairness.label_sensitivity import Differences, label_bounds, needed, possible_ratios, rests_on
from riskscreen.fairness.metrics import CALIBRATION, METRICS, Counts, share
from riskscreen.fairness.variance import figures_of
from riskscreen.stats.intervals import mover_difference

NUMBERS = st.lists(st.integers(0, 40) | st.integers(100, 5_000), min_size=8, max_size=8)
CELLS = NUMBERS.map(lambda numbers: np.array(numbers, np.int64).reshape(1, 2, 2, 2)).filter(
    lambda cells: (cells.sum(axis=(2, 3)) > 0).all()
)
RATIO = st.floats(1, 5)
METRIC = st.sampled_from(list(METRICS))
RISK = np.array([0.2, 0.1])


def differences(cells: np.ndarray, metric: str, quantile: float) -> Differences | None:
    counts = Counts("g", ("a", "b"), cells, RISK * cells.sum(axis=(2, 3)))
    figures = figures_of(counts, metric)
    if np.isnan(figures.value).any():
        return None
    first, second = np.array([0]), np.array([1])
    limits = [figures.limits(np.array([quantile]), place) for place in (first, second)]
    return Differences(figures, first, second, *limits, np.zeros(1))


def on_a_grid(among: Differences, k: float, c: float) -> np.ndarray:
    """The difference at every reporting and contact ratio of both groups, one by one."""
    values = []
    for place in (0, 1):
        cells = among.figures.counts.totals[place]
        ratios = [(m, g) for m in np.linspace(1, k, 7) for g in np.linspace(1, c, 7)]
        if rests_on(among.figures.metric) == "contact":
            # With more need than families a share of need means nothing: the counts rule such ratios out.
            ratios = [(m, g) for m, g in ratios if (m <= possible_ratios(cells) * [1, g]).all()]
        rows = [needed(cells, m, g) for m, g in ratios]
        above, below = share(among.figures.metric, np.array(rows))
        rates = above[below > 0] / below[below > 0]
        values.append(RISK[place] - rates if among.figures.metric == CALIBRATION else rates)
    return values[0][:, None] - values[1][None, :]


@settings(max_examples=300, deadline=None)
@given(cells=CELLS, metric=METRIC, k=RATIO, c=RATIO)
def test_no_ratios_inside_give_more_than_the_corners(cells, metric, k, c) -> None:
    among = differences(cells, metric, 0.0)
    if among is not None:
        bounds, grid = label_bounds(among, k, c), on_a_grid(among, k, c)
        assert bounds.low[0] <= grid.min() + 1e-9
        assert bounds.high[0] >= grid.max() - 1e-9


@settings(max_examples=200, deadline=None)
@given(cells=CELLS, metric=METRIC)
def test_without_uneven_reporting_the_bounds_are_the_plain_ones(cells, metric) -> None:
    among = differences(cells, metric, 2.5)
    if among is not None:
        value = among.figures.value
        plain = mover_difference(value[:1], among.a, value[1:], among.b)
        bounds = label_bounds(among, 1.0, 1.0)
        assert (bounds.low[0], bounds.high[0]) == pytest.approx((plain.low[0], plain.high[0]), abs=1e-12)


@settings(max_examples=300, deadline=None)
@given(cells=CELLS, metric=METRIC, k=st.tuples(RATIO, RATIO), c=st.tuples(RATIO, RATIO))
def test_wider_ratios_give_wider_bounds(cells, metric, k, c) -> None:
    among = differences(cells, metric, 2.5)
    if among is not None:
        inner, outer = label_bounds(among, min(k), min(c)), label_bounds(among, max(k), max(c))
        assert outer.low[0] <= inner.low[0] + 1e-9
        assert outer.high[0] >= inner.high[0] - 1e-9


@settings(max_examples=100, deadline=None)
@given(cells=CELLS, k=RATIO, c=RATIO)
def test_the_selection_rate_never_moves(cells, k, c) -> None:
    among = differences(cells, "selection_rate", 2.5)
    if among is not None:
        assert label_bounds(among, k, c) == label_bounds(among, 1.0, 1.0)

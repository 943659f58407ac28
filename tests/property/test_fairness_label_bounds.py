"""Bounds under uneven reporting against every pair of ratios on a grid."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskscreen.fairness.label_sensitivity import (
    EVEN,
    Differences,
    Uneven,
    label_bounds,
    needed,
    possible_ratios,
    rests_on,
    rests_on_coverage,
)
from riskscreen.fairness.metrics import CALIBRATION, METRICS, Counts, share
from riskscreen.fairness.variance import figures_of
from riskscreen.stats.intervals import mover_difference

NUMBERS = st.lists(st.integers(0, 40) | st.integers(100, 5_000), min_size=8, max_size=8)
CELLS = NUMBERS.map(lambda numbers: np.array(numbers, np.int64).reshape(1, 2, 2, 2)).filter(
    lambda cells: (cells.sum(axis=(2, 3)) > 0).all()
)
RATIO = st.floats(1, 5)
UNEVEN = st.builds(Uneven, RATIO, RATIO, st.floats(1, 2), st.floats(1, 2))
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


def on_a_grid(among: Differences, uneven: Uneven) -> np.ndarray:
    """The difference at every ratio of both groups, one by one."""
    k, c = uneven.groups * uneven.links, uneven.contact * uneven.links
    values = []
    for place in (0, 1):
        cells = among.figures.counts.totals[place]
        steps = (np.linspace(1, most, number) for most, number in ((k, 6), (c, 6), (uneven.coverage, 4)))
        ratios = list(product(*steps))
        if rests_on(among.figures.metric) == "contact":
            # With more need than families a share of need means nothing: the counts rule such ratios out.
            ratios = [(m, g, v) for m, g, v in ratios if (m <= possible_ratios(cells) * [1, g]).all()]
        rows = [needed(cells, *each) for each in ratios]
        above, below = share(among.figures.metric, np.array(rows))
        rates = above[below > 0] / below[below > 0]
        values.append(RISK[place] - rates if among.figures.metric == CALIBRATION else rates)
    return values[0][:, None] - values[1][None, :]


@settings(max_examples=300, deadline=None)
@given(cells=CELLS, metric=METRIC, uneven=UNEVEN)
def test_no_ratios_inside_give_more_than_the_corners(cells, metric, uneven) -> None:
    among = differences(cells, metric, 0.0)
    if among is not None:
        if metric == CALIBRATION:
            # Families that the registers do not know have no score.
            uneven = replace(uneven, coverage=1.0)
        bounds, grid = label_bounds(among, uneven), on_a_grid(among, uneven)
        assert bounds.low[0] <= grid.min() + 1e-9
        assert bounds.high[0] >= grid.max() - 1e-9


@settings(max_examples=200, deadline=None)
@given(cells=CELLS, metric=METRIC)
def test_without_uneven_reporting_the_bounds_are_the_plain_ones(cells, metric) -> None:
    among = differences(cells, metric, 2.5)
    if among is not None:
        value = among.figures.value
        plain = mover_difference(value[:1], among.a, value[1:], among.b)
        bounds = label_bounds(among, EVEN)
        assert (bounds.low[0], bounds.high[0]) == pytest.approx((plain.low[0], plain.high[0]), abs=1e-12)


@settings(max_examples=300, deadline=None)
@given(cells=CELLS, metric=METRIC, ratios=st.lists(st.tuples(RATIO, RATIO), min_size=4, max_size=4))
def test_wider_ratios_give_wider_bounds(cells, metric, ratios) -> None:
    among = differences(cells, metric, 2.5)
    if among is not None:
        inner, outer = (label_bounds(among, Uneven(*(end(each) for each in ratios))) for end in (min, max))
        assert outer.low[0] <= inner.low[0] + 1e-9
        assert outer.high[0] >= inner.high[0] - 1e-9


@settings(max_examples=100, deadline=None)
@given(cells=CELLS, uneven=UNEVEN)
def test_no_reporting_and_no_link_moves_the_selection_rate(cells, uneven) -> None:
    among = differences(cells, "selection_rate", 2.5)
    if among is not None:
        assert label_bounds(among, replace(uneven, coverage=1.0)) == label_bounds(among, EVEN)


@settings(max_examples=100, deadline=None)
@given(cells=CELLS, metric=st.sampled_from([name for name in METRICS if not rests_on_coverage(name)]), u=RATIO)
def test_families_outside_the_registers_move_no_share_of_the_selected_or_of_the_others(cells, metric, u) -> None:
    among = differences(cells, metric, 2.5)
    if among is not None:
        assert label_bounds(among, Uneven(coverage=u)) == label_bounds(among, EVEN)


@settings(max_examples=100, deadline=None)
@given(cells=CELLS, metric=METRIC, ratio=RATIO)
def test_a_missed_link_is_a_report_that_was_not_made(cells, metric, ratio) -> None:
    among = differences(cells, metric, 2.5)
    if among is not None:
        assert label_bounds(among, Uneven(links=ratio)) == label_bounds(among, Uneven(groups=ratio, contact=ratio))

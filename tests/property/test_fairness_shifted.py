"""A metric when more families have need than are reported equals the metric of the cells with that need moved."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from riskscreen.fairness.metrics import CALIBRATION, METRICS, Counts, values_of
from riskscreen.fairness.reporting import NO_LABEL, shifted
from riskscreen.fairness.variance import figures_of

MANY = st.integers(200, 400)
FEW = st.integers(1, 100)


def moved(cells: np.ndarray, times: int) -> np.ndarray:
    """``times`` as many families with the outcome among the selected and among the others, out of as many families."""
    more = cells[..., 1] * times
    return np.stack([cells.sum(axis=-1) - more, more], axis=-1)


@settings(max_examples=50, deadline=None)
@given(groups=st.lists(st.tuples(MANY, FEW, MANY, FEW), min_size=1, max_size=4), times=st.sampled_from([1, 2, 3]))
def test_shifted_metrics_are_metrics_of_the_cells_with_the_need_moved(groups, times) -> None:
    cells = np.array(groups, np.int64).reshape(1, len(groups), 2, 2)
    counts = Counts("g", tuple(map(str, range(len(groups)))), cells, np.full((1, len(groups)), 40.0))
    for metric in METRICS:
        figures = figures_of(counts, metric)
        expected = values_of(metric, moved(counts.totals, times), counts.mean_risk)
        if metric in NO_LABEL:
            assert np.allclose(figures.value, expected, rtol=0, atol=1e-12)
        else:
            found = shifted(figures, np.arange(len(groups)), figures.value, times)
            assert np.allclose(found, expected, rtol=0, atol=1e-12), metric


def test_every_metric_but_calibration_is_said_to_need_the_label_or_not() -> None:
    assert frozenset(METRICS) >= NO_LABEL
    assert CALIBRATION not in NO_LABEL

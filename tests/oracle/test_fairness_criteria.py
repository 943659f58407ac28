"""Predictive and conditional parity against Fairlearn's MetricFrame and scikit-learn, also for empty groups."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_score

from riskscreen.errors import UsageError
from riskscreen.fairness.criteria import (
    conditional_parity,
    predictive_parity_difference,
    predictive_parity_ratio,
)
from riskscreen.fairness.metrics import values_of

GROUPS, STRATA = ("a", "b", "c", "d"), ("x", "y", "z")
ROW = st.tuples(st.sampled_from(GROUPS), st.integers(0, 1), st.integers(0, 1), st.sampled_from(STRATA))
ROWS = st.lists(ROW, min_size=1, max_size=60)
METHODS = st.sampled_from(["between_groups", "to_overall"])


@pytest.fixture(scope="module")
def fairlearn():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Fairlearn's own imports warn
        import fairlearn.metrics as metrics
    return metrics


def frame_of(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["group", "outcome", "selected", "stratum"])


def cells_of(frame: pd.DataFrame) -> np.ndarray:
    """Counts by stratum, group, selected and outcome; groups that do not occur stay empty."""
    cells = np.zeros((len(STRATA), len(GROUPS), 2, 2), np.int64)
    for row in frame.itertuples():
        cells[STRATA.index(row.stratum), GROUPS.index(row.group), row.selected, row.outcome] += 1
    return cells


def metric_frame(fairlearn, frame: pd.DataFrame, metric, **features):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it divides by empty groups and says so
        return fairlearn.MetricFrame(
            metrics=metric, y_true=frame.outcome, y_pred=frame.selected, sensitive_features=frame.group, **features
        )


def same(ours: float, other: float) -> bool:
    return (np.isnan(ours) and np.isnan(other)) or abs(ours - other) <= 1e-12


def quietly(call, *arguments, **options) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(call(*arguments, **options))


def precision(outcome, selected) -> float:
    return precision_score(outcome, selected, zero_division=0)


@settings(max_examples=30, deadline=None)
@given(rows=ROWS, method=METHODS)
def test_predictive_parity_equals_metric_frame_of_precision(fairlearn, rows, method) -> None:
    frame = frame_of(rows)
    # Groups that occur: Fairlearn knows no others. Nobody selected: it says 0, and here `empty` says so.
    cells = cells_of(frame).sum(axis=0)
    cells = cells[cells.sum(axis=(1, 2)) > 0]
    theirs = metric_frame(fairlearn, frame, precision)
    found = predictive_parity_difference(cells, method=method, empty=0.0)
    assert same(found, quietly(theirs.difference, method=method))
    assert same(predictive_parity_ratio(cells, method=method, empty=0.0), quietly(theirs.ratio, method=method))


@settings(max_examples=30, deadline=None)
@given(rows=ROWS)
def test_metrics_of_the_confusion_matrix_equal_scikit_learn(rows) -> None:
    frame = frame_of(rows)
    cells = cells_of(frame).sum(axis=0)
    for place, group in enumerate(GROUPS):
        mine = frame[frame.group == group]
        tn, fp, fn, tp = confusion_matrix(mine.outcome, mine.selected, labels=[0, 1]).ravel() if len(mine) else [0] * 4
        expected = {
            "positive_predictive_value": (tp, tp + fp),
            "false_discovery_rate": (fp, tp + fp),
            "false_omission_rate": (fn, fn + tn),
            "negative_predictive_value": (tn, fn + tn),
        }
        for metric, (above, below) in expected.items():
            value = values_of(metric, cells)[place]
            assert same(value, above / below if below else np.nan), metric


@settings(max_examples=30, deadline=None)
@given(rows=ROWS, method=METHODS)
def test_conditional_parity_equals_metric_frame_with_control_features(fairlearn, rows, method) -> None:
    frame = frame_of(rows)
    found = conditional_parity(cells_of(frame), method=method)
    theirs = metric_frame(fairlearn, frame, fairlearn.selection_rate, control_features=frame.stratum)
    differences = theirs.difference(method=method)
    for place, stratum in enumerate(STRATA):
        groups = frame[frame.stratum == stratum].group.nunique()
        assert (place in found.passed_over) == (groups < 2)
        if groups >= 2:
            assert same(found.differences[place], float(differences[stratum]))
        else:
            # A single group differs from nobody: Fairlearn says 0, here nothing was compared.
            assert np.isnan(found.differences[place])
    known = found.differences[~np.isnan(found.differences)]
    assert same(found.difference, known.max() if len(known) else np.nan)
    assert (found.stratum is None) == (not len(known))


@settings(max_examples=30, deadline=None)
@given(rows=ROWS, minimum=st.integers(1, 6))
def test_every_family_is_compared_or_counted_as_passed_over(rows, minimum) -> None:
    frame = frame_of(rows)
    found = conditional_parity(cells_of(frame), minimum=minimum)
    sizes = frame.groupby(["stratum", "group"]).size()
    compared = 0
    for place, stratum in enumerate(STRATA):
        own = sizes[stratum] if stratum in sizes.index.get_level_values(0) else pd.Series(dtype=int)
        large = own[own >= minimum]
        assert (place in found.passed_over) == (len(large) < 2)
        compared += int(large.sum()) if len(large) >= 2 else 0
    assert found.families_passed_over == len(frame) - compared


def test_conditional_parity_can_hold_where_parity_does_not() -> None:
    """Equal shares within each stratum, 50% and 10%; group b lives in the first three times as often."""
    cells = np.zeros((2, 2, 2, 2), np.int64)
    cells[0, :, 0, 0], cells[0, :, 1, 0] = (50, 150), (50, 150)
    cells[1, :, 0, 0], cells[1, :, 1, 0] = (270, 90), (30, 10)
    assert conditional_parity(cells).difference == 0.0
    assert conditional_parity(cells).ratio == 1.0
    rates = values_of("selection_rate", cells.sum(axis=0))
    assert rates.tolist() == [0.2, 0.4]


def test_a_minimum_below_one_is_refused() -> None:
    with pytest.raises(UsageError, match="minimum is 0"):
        conditional_parity(np.zeros((1, 2, 2, 2), np.int64), minimum=0)

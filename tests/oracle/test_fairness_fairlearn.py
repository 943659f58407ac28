"""What Fairlearn also computes equals Fairlearn to 1e-12, also for empty, one-class and single-row groups."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskscreen.fairness import audit
from riskscreen.fairness.criteria import (
    demographic_parity_difference,
    demographic_parity_ratio,
    equal_opportunity_difference,
    equal_opportunity_ratio,
    equalized_odds_difference,
    equalized_odds_ratio,
)
from riskscreen.fairness.intake import Columns, take_in

METRICS = ("selection_rate", "true_positive_rate", "false_positive_rate", "false_negative_rate")
ROW = st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.integers(0, 1), st.integers(0, 1))
ROWS = st.lists(ROW, min_size=1, max_size=60)


@pytest.fixture(scope="module")
def fairlearn():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Fairlearn's own imports warn
        import fairlearn.metrics as metrics
    return metrics


def frame_of(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["group", "outcome", "selected"])


def cells_of(frame: pd.DataFrame) -> np.ndarray:
    columns = Columns(outcome="outcome", by=("group",), selected="selected")
    return take_in(frame, columns, 0.1).attributes[0].totals


def theirs(fairlearn, function, frame: pd.DataFrame, **options) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it divides by empty groups and says so
        return float(function(frame.outcome, frame.selected, sensitive_features=frame.group, **options))


def same(ours: float, other: float) -> bool:
    return (np.isnan(ours) and np.isnan(other)) or abs(ours - other) <= 1e-12


@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_metrics_by_group_equal_metric_frame(fairlearn, rows) -> None:
    frame = frame_of(rows)
    functions = {name: getattr(fairlearn, name) for name in METRICS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = fairlearn.MetricFrame(
            metrics=functions, y_true=frame.outcome, y_pred=frame.selected, sensitive_features=frame.group
        )
    found = audit(frame, outcome="outcome", selected="selected", by=["group"], threshold=1)
    for row in found.rows:
        for name in METRICS:
            value = row.estimate(name).value
            other = expected.overall[name] if row.group == "total" else expected.by_group.loc[row.group, name]
            # A rate of no families is unknown here; Fairlearn says 0.
            assert abs(value - other) <= 1e-12 if value is not None else other == 0


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, method=st.sampled_from(["between_groups", "to_overall"]))
def test_parity_and_opportunity_equal_fairlearn(fairlearn, rows, method) -> None:
    frame = frame_of(rows)
    cells = cells_of(frame)
    ours = {
        "demographic_parity_difference": demographic_parity_difference(cells, method=method),
        "demographic_parity_ratio": demographic_parity_ratio(cells, method=method),
        "equal_opportunity_difference": equal_opportunity_difference(cells, method=method, empty=0.0),
        "equal_opportunity_ratio": equal_opportunity_ratio(cells, method=method, empty=0.0),
    }
    for name, value in ours.items():
        assert same(value, theirs(fairlearn, getattr(fairlearn, name), frame, method=method)), name


@settings(max_examples=25, deadline=None)
@given(
    rows=ROWS,
    method=st.sampled_from(["between_groups", "to_overall"]),
    agg=st.sampled_from(["worst_case", "mean"]),
)
def test_equalized_odds_equals_fairlearn(fairlearn, rows, method, agg) -> None:
    frame = frame_of(rows)
    cells = cells_of(frame)
    difference = equalized_odds_difference(cells, method=method, agg=agg, empty=0.0)
    assert same(difference, theirs(fairlearn, fairlearn.equalized_odds_difference, frame, method=method, agg=agg))
    other = theirs(fairlearn, fairlearn.equalized_odds_ratio, frame, method=method, agg=agg)
    ratio = equalized_odds_ratio(cells, method=method, agg=agg, empty=0.0)
    # 0/0 in one of the two rates: Fairlearn's mean passes over it and its minimum depends on the order.
    unknown = np.isnan(ratio) or np.isnan(equal_opportunity_ratio(cells, method=method, empty=0.0))
    assert unknown or same(ratio, other)


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, method=st.sampled_from(["between_groups", "to_overall"]))
def test_difference_and_ratio_of_an_audit_equal_metric_frame(fairlearn, rows, method) -> None:
    frame = frame_of(rows)
    found = audit(frame, outcome="outcome", selected="selected", by=["group"], threshold=1)
    name = "demographic_parity"
    difference = theirs(fairlearn, getattr(fairlearn, f"{name}_difference"), frame, method=method)
    assert same(found.difference("group", "selection_rate", method), difference)
    assert same(
        found.ratio("group", "selection_rate", method),
        theirs(fairlearn, getattr(fairlearn, f"{name}_ratio"), frame, method=method),
    )


def test_a_group_without_outcomes_is_unknown_and_not_a_gap() -> None:
    """Fairlearn calls the rate of nobody 0, which here would be a difference of 1."""
    frame = frame_of([("a", 1, 1)] * 5 + [("b", 0, 0)] * 5)
    cells = cells_of(frame)
    assert equal_opportunity_difference(cells, empty=0.0) == 1.0
    assert equal_opportunity_difference(cells) == 0.0

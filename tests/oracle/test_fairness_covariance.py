"""Variances and covariances against brute force over rows and over blocks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from riskscreen.fairness.intake import Columns, take_in
from riskscreen.fairness.variance import covariance_of, figures_of

RATES = {
    "selection_rate": (lambda row: row.s == 1, lambda row: True),
    "true_positive_rate": (lambda row: row.s == 1, lambda row: row.y == 1),
    "false_positive_rate": (lambda row: row.s == 1, lambda row: row.y == 0),
    "positive_predictive_value": (lambda row: row.y == 1, lambda row: row.s == 1),
    "false_discovery_rate": (lambda row: row.y == 0, lambda row: row.s == 1),
    "false_omission_rate": (lambda row: row.y == 1, lambda row: row.s == 0),
    "negative_predictive_value": (lambda row: row.y == 0, lambda row: row.s == 0),
}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    block = rng.integers(0, 7, 300)
    tilt = rng.normal(0, 1, 7)[block]
    return pd.DataFrame(
        {
            "y": (rng.random(300) < 0.3).astype(int),
            "s": (rng.random(300) < 1 / (1 + np.exp(-tilt))).astype(int),
            "a": rng.choice(["x", "y", "z"], 300),
            "b": rng.choice(["p", "q"], 300),
            "block": block,
        }
    )


def parts_of(intake, metrics):
    parts, start = [], 0
    for counts in intake.attributes:
        parts += [(figures_of(counts, metric), np.arange(len(counts.groups)), start) for metric in metrics]
        start += len(counts.groups)
    return parts


def per_row(frame: pd.DataFrame, attribute: str, group: str, metric: str) -> np.ndarray:
    """What each row adds to the deviation of one rate: (1[numerator] - rate) / denominator, within its denominator."""
    above, below = RATES[metric]
    rows = list(frame.itertuples())
    among = np.array([getattr(row, attribute) == group and below(row) for row in rows])
    counted = np.array([bool(above(row)) for row in rows])
    rate = counted[among].mean()
    return among * (counted - rate) / among.sum()


def brute(frame: pd.DataFrame, intake, metrics) -> np.ndarray:
    columns = [
        per_row(frame, counts.attribute, group, metric)
        for counts in intake.attributes
        for metric in metrics
        for group in counts.groups
    ]
    return np.array(columns)


def test_independent_families_covary_through_the_families_they_share(frame) -> None:
    metrics = list(RATES)
    intake = take_in(frame, Columns(outcome="y", by=("a", "b"), selected="s"), 0.1)
    influence = brute(frame, intake, metrics)
    found = covariance_of(parts_of(intake, metrics), intake.overlap)
    np.testing.assert_allclose(found, influence @ influence.T, atol=1e-14)


def test_blocks_covary_as_whole_neighbourhoods(frame) -> None:
    metrics = ["selection_rate", "true_positive_rate"]
    intake = take_in(frame, Columns(outcome="y", by=("a",), selected="s", block="block"), 0.1)
    influence = brute(frame, intake, metrics)
    names = [(metric, group) for metric in metrics for group in intake.attributes[0].groups]
    summed = []
    for (metric, group), row in zip(names, influence, strict=True):
        among = (frame.a == group) & (frame.y == 1 if metric == "true_positive_rate" else True)
        per_block = [
            row[frame.block == block].sum() / np.sqrt(1 - among[frame.block == block].sum() / among.sum())
            for block in sorted(frame.block.unique())
        ]
        summed.append(per_block)
    expected = np.array(summed) @ np.array(summed).T
    found = covariance_of(parts_of(intake, metrics), intake.overlap)
    # Estimated design effects below a quarter would be lifted; here none is.
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_equal_blocks_have_one_degree_of_freedom_less_than_blocks() -> None:
    frame = pd.DataFrame({"y": [0, 1] * 20, "s": [0, 0, 1, 1] * 10, "a": ["x"] * 20 + ["z"] * 20})
    apart = frame.assign(block=np.arange(40) // 4)  # x in blocks 0-4, z in blocks 5-9
    shared = frame.assign(block=np.arange(40) % 20 // 4)  # both in blocks 0-4
    for data, pair in ((apart, 8.0), (shared, 4.0)):
        counts = take_in(data, Columns(outcome="y", by=("a",), selected="s", block="block"), 0.1).attributes[0]
        figures = figures_of(counts, "selection_rate")
        assert figures.freedom == pytest.approx([4.0, 4.0])
        assert figures.pair_freedom(np.array([0]), np.array([1])) == pytest.approx([pair])


def test_a_group_that_is_never_selected_borrows_the_usual_design_effect() -> None:
    block = np.repeat(np.arange(10), 40)
    frame = pd.DataFrame(
        {"y": [0, 1] * 200, "s": (block < 3).astype(int), "a": ["x", "x", "x", "z"] * 100, "block": block}
    )
    frame.loc[frame.a == "z", "s"] = 0
    counts = take_in(frame, Columns(outcome="y", by=("a",), selected="s", block="block"), 0.1).attributes[0]
    figures = figures_of(counts, "selection_rate")
    # Whole neighbourhoods have it or not: ten families of z in a block tell little more than one.
    assert figures.effect[1] > 5
    assert figures.limits(np.array([1.96, 1.96])).high[1] > 0.15

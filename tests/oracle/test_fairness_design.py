"""Samples with weights: standard errors against a peer and row by row, and how often the intervals hold the truth."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from riskscreen.fairness import audit
from riskscreen.fairness.intake import Columns, Intake, take_in
from riskscreen.fairness.variance import Figures, covariance_of, figures_of
from riskscreen.stats.intervals import mover_difference, t_quantile

SAMPLES = 2000
METRICS = {
    "selection_rate": (lambda d: d.s, lambda d: d.s * 0 + 1),
    "true_positive_rate": (lambda d: d.s * d.y, lambda d: d.y),
    "false_positive_rate": (lambda d: d.s * (1 - d.y), lambda d: 1 - d.y),
    "false_omission_rate": (lambda d: (1 - d.s) * d.y, lambda d: 1 - d.s),
    "base_rate": (lambda d: d.y, lambda d: d.s * 0 + 1),
}


def sample_of(seed: int, rows: int = 3000) -> pd.DataFrame:
    """Weights that go with group, selection and outcome."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"g": rng.choice(list("ab"), rows, p=[0.7, 0.3]), "h": rng.choice(list("xyz"), rows)})
    data["s"] = (rng.random(rows) < 0.2 + 0.15 * (data.g == "b")).astype(int)
    data["y"] = (rng.random(rows) < 0.1 + 0.3 * data.s).astype(int)
    data["w"] = np.round(rng.gamma(2.0, 2.0, rows) * (1 + 2 * (data.s == 0) + data.y) + 0.5, 2)
    data["area"] = rng.integers(0, 30, rows)
    return data


def taken(data: pd.DataFrame, **parts: str) -> Intake:
    return take_in(data, Columns("y", ("g", "h"), "s", **parts), 0.1)


def linearised(data: pd.DataFrame, metric: str, inside: pd.Series) -> np.ndarray:
    """What each row adds to the deviation of a weighted rate (Särndal, Swensson and Wretman 1992, section 5.5)."""
    above, below = (part(data) for part in METRICS[metric])
    weight = data.w * below * inside
    rate = (weight * above).sum() / weight.sum()
    return np.asarray(weight * (above - rate) / weight.sum())


@pytest.mark.parametrize("metric", METRICS)
def test_rates_and_standard_errors_row_by_row(metric: str) -> None:
    data = sample_of(1)
    for counts in taken(data, weights="w").attributes:
        figures = figures_of(counts, metric)
        for place, group in enumerate(counts.groups):
            inside = data[counts.attribute] == group
            above, below = (part(data)[inside] for part in METRICS[metric])
            assert figures.value[place] == pytest.approx(
                np.average(above[below == 1], weights=data.w[inside][below == 1])
            )
            variance = (linearised(data, metric, inside) ** 2).sum()
            assert figures.variance[place] == pytest.approx(variance, rel=1e-9)


def test_standard_errors_with_neighbourhoods_row_by_row() -> None:
    data = sample_of(2)
    figures = figures_of(taken(data, weights="w", block="area").attributes[0], "true_positive_rate")
    for place, group in enumerate("ab"):
        inside = data.g == group
        share = (data.w * data.y * inside).groupby(data.area).sum() / (data.w * data.y * inside).sum()
        part = pd.Series(linearised(data, "true_positive_rate", inside)).groupby(data.area).sum() / np.sqrt(1 - share)
        assert figures.variance[place] == pytest.approx((part**2).sum(), rel=1e-10)


def test_covariance_between_attributes_row_by_row() -> None:
    data = sample_of(3)
    intake = taken(data, weights="w")
    first, second = (figures_of(counts, "base_rate") for counts in intake.attributes)
    parts = [(first, np.arange(2), 0), (second, np.arange(3), 2)]
    joint = covariance_of(parts, intake.overlap)
    rows = [linearised(data, "base_rate", data.g == group) for group in "ab"]
    rows += [linearised(data, "base_rate", data.h == group) for group in "xyz"]
    np.testing.assert_allclose(joint, np.array(rows) @ np.array(rows).T, rtol=1e-9, atol=1e-15)


def test_standard_errors_are_those_of_a_bootstrap() -> None:
    data, rng = sample_of(4), np.random.default_rng(4)
    group, weight = data.g.to_numpy() == "b", data.w.to_numpy() * data.y.to_numpy()
    drawn = rng.multinomial(len(data), np.full(len(data), 1 / len(data)), 4000) * weight
    rates = [(drawn * data.s.to_numpy() * one).sum(axis=1) / (drawn * one).sum(axis=1) for one in (~group, group)]
    figures = figures_of(taken(data, weights="w").attributes[0], "true_positive_rate")
    np.testing.assert_allclose(np.sqrt(figures.variance), np.std(rates, axis=1), rtol=0.05)


# Two strata of a town: few families with many signs, one in ten drawn, and many without, one in 57 drawn.
SHARE = np.array([0.15, 0.85])
DRAWN = np.array([1500, 1500])
GROUPS = np.array([[0.5, 0.5], [0.7, 0.3]])
REPORTED = np.array([[0.30, 0.36], [0.05, 0.08]])
OFFERED = np.array([[0.55, 0.45], [0.12, 0.10]])


def town() -> np.ndarray:
    """Probability of each cell within a stratum, shape ``(strata, groups, 2, 2)``."""
    cells = np.empty((2, 2, 2, 2))
    for selected, s in enumerate((1 - OFFERED, OFFERED)):
        for outcome, y in enumerate((1 - REPORTED, REPORTED)):
            cells[:, :, selected, outcome] = GROUPS * s * y
    return cells


def truth_of(metric: str) -> np.ndarray:
    cells = (town() * SHARE[:, None, None, None]).sum(axis=0)
    if metric == "base_rate":
        return cells[:, :, 1].sum(1) / cells.sum((1, 2))
    return cells[:, 1, 1] / cells[:, :, 1].sum(1)


def rows_of(cells: np.ndarray, weight: np.ndarray) -> pd.DataFrame:
    places = np.array(list(np.ndindex(cells.shape)))
    frame = pd.DataFrame(places, columns=["stratum", "g", "s", "y"]).assign(families=cells.ravel())
    return frame.assign(w=weight[frame.stratum])


def drawn(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    cells = np.array([rng.multinomial(n, p.ravel()).reshape(2, 2, 2) for n, p in zip(DRAWN, town(), strict=True)])
    return rows_of(cells, SHARE / DRAWN * 100_000)


def held(figures: Figures, truth: np.ndarray) -> list[bool]:
    """Do the interval of the second group's rate, and that of the difference, hold the truth?"""
    own = figures.limits(t_quantile(0.05, figures.freedom))
    low = own.low[1] <= truth[1] <= own.high[1]
    one, other = (figures.limits(t_quantile(0.05, np.full(1, np.inf)), np.array([at])) for at in (0, 1))
    apart = mover_difference(figures.value[:1], one, figures.value[1:], other)
    return [bool(low), bool(apart.low[0] <= truth[0] - truth[1] <= apart.high[0])]


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["base_rate", "true_positive_rate"])
def test_intervals_of_a_stratified_sample_cover_the_population(metric: str, capsys: pytest.CaptureFixture[str]) -> None:
    truth, found = truth_of(metric), []
    for seed in range(SAMPLES):
        data = drawn(seed)
        by_weight = take_in(data, Columns("y", ("g",), "s", weights="w"), 0.1)
        unweighted = take_in(data, Columns("y", ("g",), "s"), 0.1)
        found.append(
            [x for intake in (by_weight, unweighted) for x in held(figures_of(intake.attributes[0], metric), truth)]
        )
    rate, difference, plain_rate, plain_difference = np.mean(found, axis=0)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{metric}: weighted {rate:.4f} and {difference:.4f} (one rate, one difference); "
            f"unweighted {plain_rate:.4f} and {plain_difference:.4f}; {SAMPLES} samples\n"
        )
    assert 0.935 <= rate <= 0.965
    assert 0.935 <= difference <= 0.965
    assert plain_rate < 0.5
    assert plain_difference < 0.9


# All selected families are investigated, and one in twenty at random: the first are no fair base.
TOWN = 40_000


def investigated(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"g": rng.choice(list("ab"), TOWN, p=[0.6, 0.4])})
    data["s"] = (rng.random(TOWN) < np.where(data.g == "a", 0.10, 0.16)).astype(int)
    data["y"] = (rng.random(TOWN) < np.where(data.s == 1, 0.4, 0.1)).astype(int)
    data["random"] = (rng.random(TOWN) < 0.05).astype(int)
    return data[(data.s == 1) | (data.random == 1)]


@pytest.mark.slow
def test_only_the_random_sample_tells_base_rate_and_share_reached(capsys: pytest.CaptureFixture[str]) -> None:
    base = 0.16 * 0.4 + 0.84 * 0.1  # of group b
    truth = {"base_rate": base, "true_positive_rate": 0.16 * 0.4 / base}
    found, all_rows = [], []
    for seed in range(400):
        data = investigated(seed)
        fair = take_in(data, Columns("y", ("g",), "s", sample="random"), 0.1).attributes[0]
        every = take_in(data, Columns("y", ("g",), "s"), 0.1).attributes[0]
        found.append([])
        all_rows.append([])
        for metric, true in truth.items():
            for counts, kept in ((fair, found), (every, all_rows)):
                figures = figures_of(counts, metric)
                bounds = figures.limits(t_quantile(0.05, figures.freedom))
                kept[-1] += [bounds.low[1] <= true <= bounds.high[1], figures.value[1] - true]
    fair_base, fair_off, fair_reached, reached_off = np.mean(found, axis=0)
    wrong_base, wrong_off, wrong_reached, wrong_reached_off = np.mean(all_rows, axis=0)
    with capsys.disabled():
        sys.stdout.write(
            f"\nrandom sample: base rate held {fair_base:.3f} (off {fair_off:+.4f}), share reached held "
            f"{fair_reached:.3f} (off {reached_off:+.4f}); all rows: {wrong_base:.3f} ({wrong_off:+.3f}), "
            f"{wrong_reached:.3f} ({wrong_reached_off:+.3f}); 400 samples\n"
        )
    assert min(fair_base, fair_reached) >= 0.92  # Monte Carlo error 0.011
    assert max(abs(fair_off), abs(reached_off)) < 0.01
    assert max(wrong_base, wrong_reached) == 0
    assert min(wrong_off, wrong_reached_off) > 0.15


def test_the_audit_of_a_selected_plus_random_sample_says_so() -> None:
    data = investigated(1)
    found = audit(data, outcome="y", selected="s", by="g", sample="random")
    assert found.families == (data.random == 1).sum()
    assert found.design is not None
    assert found.design.set_aside == (data.random == 0).sum()

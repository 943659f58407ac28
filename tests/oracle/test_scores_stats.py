"""Figures from counts against scikit-learn on the rows they count."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from riskscreen.stats.discrimination import assess, auroc, brier_score, calibration
from riskscreen.stats.logistic import deviance, fit_logistic


@pytest.mark.parametrize("seed", range(5))
def test_auroc_and_brier_equal_sklearn_with_weights(seed):
    rng = np.random.default_rng(seed)
    risks = np.round(rng.random(400), 2)  # many ties
    outcomes = (rng.random(400) < risks).astype(float)
    weights = rng.integers(1, 50, 400).astype(float)
    assert auroc(risks, outcomes, weights) == pytest.approx(
        roc_auc_score(outcomes, risks, sample_weight=weights), abs=1e-12
    )
    assert brier_score(risks, outcomes, weights) == pytest.approx(
        brier_score_loss(outcomes, risks, sample_weight=weights), abs=1e-12
    )


def test_logistic_fit_on_counts_equals_sklearn_on_rows():
    rng = np.random.default_rng(1)
    X = rng.integers(0, 3, (5_000, 4)).astype(float)
    y = (rng.random(5_000) < 1 / (1 + np.exp(3 - X @ [0.5, 0.0, 1.0, -0.3]))).astype(float)
    cells, code = np.unique(X, axis=0, return_inverse=True)
    ours = fit_logistic(cells, np.bincount(code.ravel(), y), np.bincount(code.ravel()).astype(float))
    theirs = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(X, y)
    assert ours.intercept == pytest.approx(theirs.intercept_[0], abs=1e-7)
    np.testing.assert_allclose(ours.coefficients, theirs.coef_[0], atol=1e-7)


def test_one_line_has_a_closed_form():
    """Two cells: the coefficient is the log odds ratio of 30/970 against 24/176."""
    fit = fit_logistic(np.array([[0.0], [1.0]]), np.array([30.0, 24.0]), np.array([1000.0, 200.0]))
    assert fit.intercept == pytest.approx(np.log(30 / 970), abs=1e-9)
    assert fit.coefficients[0] == pytest.approx(np.log(24 / 176) - np.log(30 / 970), abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_nonnegative_fit_equals_a_general_optimiser(seed):
    rng = np.random.default_rng(seed)
    design = rng.integers(0, 2, (60, 5)).astype(float)
    total = rng.integers(20, 300, 60).astype(float)
    positive = rng.binomial(total.astype(int), 1 / (1 + np.exp(2 - design @ [0.8, -0.7, 0.1, 0.5, -0.2]))).astype(float)

    def objective(beta: np.ndarray) -> float:
        return deviance(beta[0] + design @ beta[1:], positive, total) + 1.0 * float(beta[1:] @ beta[1:])

    bounds = [(None, None)] + [(0, None)] * 5
    other = minimize(objective, np.zeros(6), bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-9})
    ours = fit_logistic(design, positive, total, ridge=1.0, nonnegative=True)
    assert ours.converged
    assert ours.objective <= other.fun + 1e-7
    np.testing.assert_allclose([ours.intercept, *ours.coefficients], other.x, atol=2e-4)


def test_histograms_give_the_figures_of_the_rows():
    """Every replicate of a histogram is judged as its rows would be."""
    rng = np.random.default_rng(4)
    risks = np.sort(rng.uniform(0.002, 0.5, 12))
    total = rng.integers(5, 400, (3, 12)).astype(float)
    positive = rng.binomial(total.astype(int), risks).astype(float)
    found = assess(risks, positive, total)
    for number in range(3):
        scores = np.tile(risks, 2)
        outcomes = np.repeat([1.0, 0.0], 12)
        weights = np.concatenate([positive[number], total[number] - positive[number]])
        rows = calibration(scores, outcomes, weights)
        assert found.auroc[number] == pytest.approx(roc_auc_score(outcomes, scores, sample_weight=weights), abs=1e-12)
        assert found.brier[number] == pytest.approx(brier_score(scores, outcomes, weights), abs=1e-12)
        assert found.calibration_slope[number] == pytest.approx(rows.slope, abs=1e-7)
        assert found.calibration_in_the_large[number] == pytest.approx(rows.in_the_large, abs=1e-12)


def test_calibration_of_risks_that_are_half_as_steep():
    """Risks whose log-odds are half of the right ones have slope 2; too high risks are below 0 in the large."""
    logits = np.linspace(-4, 0, 9)
    right = 1 / (1 + np.exp(-logits))
    weights = np.concatenate([1e6 * right, 1e6 * (1 - right)])
    half = 1 / (1 + np.exp(-(logits / 2)))
    found = calibration(np.tile(half, 2), np.repeat([1.0, 0.0], 9), weights)
    assert found.slope == pytest.approx(2.0, abs=1e-6)
    assert found.in_the_large == pytest.approx((right - half).mean(), abs=1e-9)
    assert found.in_the_large < 0

"""Log-loss, net benefit, rising surfaces and the additive model against scikit-learn, brute force and interpret."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import t as student
from simulated_counts import TRAIN, counts_frame
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss as sklearn_log_loss

from riskscreen.scores import additive
from riskscreen.scores.logistic_model import fit_logistic_model
from riskscreen.stats.discrimination import assess, log_loss
from riskscreen.stats.drift import between_dates, reach
from riskscreen.stats.isotonic import rising
from riskscreen.stats.net_benefit import net_benefit, offer_to_all
from riskscreen.stats.rows import Rows, rows_of

NAMES = ("debt_arrears", "violence", "addiction", "single_parent", "own_youth")


@pytest.fixture(scope="module")
def rows() -> Rows:
    return rows_of(counts_frame(4_000, 3, base=-3.5), NAMES, TRAIN, folds=range(7))


@pytest.mark.parametrize("seed", range(3))
def test_log_loss_equals_sklearn_on_rows_and_on_histograms(seed):
    rng = np.random.default_rng(seed)
    risks = np.sort(rng.uniform(0.001, 0.6, 30))
    total = rng.integers(5, 400, (1, 30)).astype(float)
    positive = rng.binomial(total.astype(int), risks).astype(float)
    outcomes, weights = np.repeat([1.0, 0.0], 30), np.concatenate([positive[0], (total - positive)[0]])
    expected = sklearn_log_loss(outcomes, np.tile(risks, 2), sample_weight=weights)
    assert log_loss(np.tile(risks, 2), outcomes, weights) == pytest.approx(expected, abs=1e-12)
    assert assess(risks, positive, total).log_loss[0] == pytest.approx(expected, abs=1e-12)


def test_net_benefit_equals_a_count_family_by_family():
    rng = np.random.default_rng(2)
    risks, at = np.sort(rng.random(8)), np.array([0.05, 0.2, 0.5, 0.8])
    total = rng.integers(1, 40, 8).astype(float)
    positive = rng.binomial(total.astype(int), risks).astype(float)
    found = net_benefit(risks, positive, total, at)
    for place, threshold in enumerate(at):
        reached = others = 0
        for risk, hits, families in zip(risks, positive, total, strict=True):
            for family in range(int(families)):
                if risk >= threshold:
                    reached += family < hits
                    others += family >= hits
        expected = (reached - others * threshold / (1 - threshold)) / total.sum()
        assert found[place] == pytest.approx(expected, abs=1e-12)
    share = positive.sum() / total.sum()
    assert offer_to_all(positive, total, at) == pytest.approx(share - (1 - share) * at / (1 - at), abs=1e-12)
    assert offer_to_all(positive, total, np.array([share]))[0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_a_rising_surface_is_the_nearest_one(seed):
    """A general optimiser with the same constraints comes to the same weighted sum of squares."""
    rng = np.random.default_rng(seed)
    values, weights = rng.normal(size=(3, 3)), rng.uniform(0.5, 5, (3, 3))
    found = rising(values, weights)
    assert np.all(np.diff(found, axis=0) >= 0)
    assert np.all(np.diff(found, axis=1) >= 0)

    def loss(flat):
        return float(np.sum(weights * (flat.reshape(3, 3) - values) ** 2))

    rules = [
        {"type": "ineq", "fun": lambda flat, axis=axis: np.diff(flat.reshape(3, 3), axis=axis).ravel()}
        for axis in (0, 1)
    ]
    other = minimize(loss, found.ravel() + 0.01, constraints=rules, method="SLSQP", options={"ftol": 1e-12})
    assert loss(found.ravel()) == pytest.approx(other.fun, abs=1e-5)


def test_the_additive_model_is_read_exactly_and_a_monotone_one_never_falls(rows, monkeypatch):
    from interpret.glassbox import ExplainableBoostingClassifier

    kept = []
    original = ExplainableBoostingClassifier.fit

    def keep(self, *given, **named):
        kept.append(self)
        return original(self, *given, **named)

    monkeypatch.setattr(ExplainableBoostingClassifier, "fit", keep)
    free = additive.fit_additive(rows, 1, pairs=3, monotone=False)
    np.testing.assert_allclose(free.risk(rows.levels), kept[0].predict_proba(rows.levels)[:, 1], atol=1e-9)
    np.testing.assert_allclose(free.contributions(rows.levels), kept[0].eval_terms(rows.levels), atol=1e-9)
    steady = additive.fit_additive(rows, 1, pairs=3)
    assert len(free.pairs) == 3
    assert not additive.falls(steady)
    for place in range(len(NAMES)):
        higher = rows.levels.copy()
        higher[:, place] = np.minimum(higher[:, place] + 1, np.nanmax(rows.levels[:, place]))
        assert np.all(steady.risk(higher) >= steady.risk(rows.levels) - 1e-12)
    expected = float(np.sum(rows.families * steady.risk(rows.levels)))
    assert expected == pytest.approx(rows.outcomes, abs=1e-6)


def test_the_logistic_model_equals_sklearn_with_the_same_prior(rows):
    ours = fit_logistic_model(rows, ridge=1.0)
    design = np.column_stack([step.holds(rows.levels) for step in ours.steps]).astype(float)
    theirs = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12)  # deviance + b^2 = 2 (loss + b^2 / 2)
    theirs.fit(design, rows.outcome, sample_weight=rows.families)
    np.testing.assert_allclose(ours.coefficients, theirs.coef_[0], atol=1e-5)
    np.testing.assert_allclose(ours.risk(rows.levels), theirs.predict_proba(design)[:, 1], atol=1e-6)


def test_an_interval_without_noise_is_students_and_without_drift_the_normal_one():
    student_alone = reach(np.array([0.04]), np.array([0.0]), 4)[0]
    assert student_alone == pytest.approx(0.2 * student.ppf(0.975, 3), rel=6e-3)  # half a node of the quadrature
    assert reach(np.array([0.0]), np.array([0.04]), 4)[0] == pytest.approx(0.2 * 1.959964, rel=1e-4)
    rng = np.random.default_rng(1)
    drawn = 0.2 * rng.standard_t(3, 1_000_000) + 0.1 * rng.standard_normal(1_000_000)
    both = reach(np.array([0.04]), np.array([0.01]), 4)[0]
    assert np.mean(np.abs(drawn) < both) == pytest.approx(0.95, abs=0.001)


def test_spread_between_dates_is_the_estimate_of_paule_and_mandel():
    """With equal errors: the spread at which the weighted sum of squares equals its degrees of freedom."""
    values, errors = np.array([-3.9, -3.7, -3.5, -3.8]), np.full(4, 0.05)
    found = between_dates(values, errors)
    weights = 1 / (errors**2 + found.spread**2)
    mean = np.average(values, weights=weights)
    assert float(np.sum(weights * (values - mean) ** 2)) == pytest.approx(3.0)
    assert dataclasses.replace(found, spread=0.0).mean == pytest.approx(values.mean())
    assert between_dates(np.array([1.0, 1.0, 1.01]), np.full(3, 0.5)).spread == 0.0

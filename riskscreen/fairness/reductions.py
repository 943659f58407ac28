"""Fairlearn's reductions and post-processing as what-ifs: fitted on counts, at about the share of the card.

Both take rows without counts, so families are drawn from the counts by lot, at most so many, with a seed. Both weigh
errors: a family selected in vain costs ``c`` and one missed ``1 - c``, where ``c`` is the card's risk at the share that
is selected. Without that, with few outcomes, the best rule selects nobody, and nobody is treated differently.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.fairness.proxies import steps_of
from riskscreen.fairness.what_ifs import GroupRows

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Constraint = Literal["demographic_parity", "equalized_odds"]

MOST_ROWS = 20_000
ROUNDS = 25
BOUND = 0.01
"""How far the groups of a reduction may differ on what it constrains, on the families it was fitted on."""


def drawn_families(families: Array, most: int, seed: int) -> Ints:
    """Places of rows, one per family drawn: all families when there are at most ``most``, else so many by lot."""
    whole = families.astype(np.int64)
    if whole.sum() <= most:
        return np.repeat(np.arange(len(whole)), whole)
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(whole, most, method="marginals")
    return np.repeat(np.arange(len(whole)), drawn)


def reduction_chance(
    rows: GroupRows,
    levels: Array,
    *,
    estimator: Any,
    constraint: Constraint,
    cost: float,
    seed: int,
    most_rows: int = MOST_ROWS,
    rounds: int = ROUNDS,
) -> Array:
    """Chance of being selected by Fairlearn's exponentiated gradient (Agarwal et al. 2018, ICML).

    Parameters
    ----------
    rows
        Families to fit on.
    levels
        Levels to select by, shape ``(others, stressors)``; the attribute is not read again.
    estimator
        A scikit-learn classifier with ``fit(X, y, sample_weight)``.
    constraint
        What groups may differ on by at most :data:`BOUND`.
    cost
        Of a family selected in vain; that of one missed is ``1 - cost``.
    seed, most_rows, rounds
        Families drawn by lot, how many, and rounds of fitting.

    Returns
    -------
    Array
        Shape ``(others,)``: the share of the mixture's members, by weight, that select the profile.
    """
    from fairlearn.reductions import DemographicParity, EqualizedOdds, ErrorRate, ExponentiatedGradient
    from threadpoolctl import threadpool_limits

    steps = steps_of(np.vstack([rows.levels, levels]))
    place = drawn_families(rows.families, most_rows, seed)
    moment = {"demographic_parity": DemographicParity, "equalized_odds": EqualizedOdds}[constraint]
    model = ExponentiatedGradient(
        estimator,
        moment(difference_bound=BOUND),
        objective=ErrorRate(costs={"fp": cost, "fn": 1 - cost}),
        max_iter=rounds,
    )
    with threadpool_limits(1), warnings.catch_warnings():
        # How Fairlearn 0.15 itself makes its tables is on its way out in pandas.
        warnings.filterwarnings("ignore", message="Setting a", category=DeprecationWarning)
        model.fit(
            steps[: len(rows.levels)][place],
            rows.outcome[place].astype(np.int64),
            sensitive_features=rows.group[place],
        )
        return _mixed(model, steps[len(rows.levels) :])


def _mixed(model: Any, steps: Array) -> Array:
    chance = np.zeros(len(steps))
    for place, weight in model.weights_.items():
        if weight > 0:
            chance += weight * np.asarray(model.predictors_[place].predict(steps), np.float64)
    return np.clip(chance, 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """A score that is there already, in the form of a fitted estimator: column 0 of ``X``."""

    def fit(self, X: Any, y: Any) -> _Given:
        """Nothing is left to fit."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        from sklearn.base import BaseEstimator

        return BaseEstimator().__sklearn_tags__()

    def predict(self, X: Any) -> Array:
        return np.asarray(X, np.float64)[:, 0]


def threshold_chance(
    score: Array,
    rows: GroupRows,
    other_score: Array,
    other_group: Ints,
    *,
    cost: float,
    seed: int,
    most_rows: int = MOST_ROWS,
) -> Array:
    """Chance of being selected by Fairlearn's threshold optimizer for equalized odds (Hardt, Price & Srebro 2016).

    Costs are taken in by drawing families with the outcome ``(1 - cost) / cost`` times as often: rates given the
    outcome stay as they are, so the constraint does too.

    Parameters
    ----------
    score, rows
        Scores to cut, shape ``(rows,)``, and the families to find cuts on.
    other_score, other_group
        Scores and groups to select by, shape ``(others,)``.
    cost, seed, most_rows
        As for :func:`reduction_chance`.
    """
    from fairlearn.postprocessing import ThresholdOptimizer

    weight = rows.families * np.where(rows.outcome == 1, 1 - cost, cost)
    drawn = np.random.default_rng(seed).multinomial(most_rows, weight / weight.sum())
    place = np.repeat(np.arange(len(drawn)), drawn)
    model = ThresholdOptimizer(
        estimator=_Given(),
        constraints="equalized_odds",
        objective="accuracy_score",
        prefit=True,
        predict_method="predict",
    )
    model.fit(score[place, None], rows.outcome[place].astype(np.int64), sensitive_features=rows.group[place])
    chance = np.zeros(len(other_score))
    for group, cut in model.interpolated_thresholder_.interpolation_dict.items():
        own = other_group == group
        chance[own] = _between_cuts(cut, other_score[own])
    return chance


def _between_cuts(cut: Any, score: Array) -> Array:
    """Fairlearn's lot between two cuts, and between those and one chance for everybody."""
    either = cut["p0"] * cut["operation0"](score) + cut["p1"] * cut["operation1"](score)
    ignored = cut.get("p_ignore", 0.0)
    return np.asarray(ignored * cut.get("prediction_constant", 0.0) + (1 - ignored) * either, np.float64)

"""An additive model beside the card: an Explainable Boosting Machine with few pairs, made to rise with every level.

The curves come from interpret-core (Nori et al. 2019; pairs found as in Lou et al. 2013, KDD). That library leaves
features with a monotone constraint out of its search for pairs, and advises to make curves monotone afterwards. So it
fits without constraint, and then every curve, and every pair together with its share of both curves, is replaced by
the nearest one that never falls. A sum of such parts never falls either.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskscreen.stats.isotonic import rising
from riskscreen.stats.logistic import expit
from riskscreen.stats.profiles import unique_profiles
from riskscreen.stats.rows import Rows

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

PAIRS = 8
BAGS = 4
RATE = 0.04
ROUNDS = 3_000
_HELD_OUT = 0.125
_STEPS = 50


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A curve of one stressor or a surface of two.

    Parameters
    ----------
    columns
        One or two places in the stressors.
    scores
        Log-odds per level; along every side first *not covered*, then the levels in order.
    weights
        Families behind each score.
    """

    columns: tuple[int, ...]
    scores: Array
    weights: Array


@dataclass(frozen=True, slots=True, eq=False)
class AdditiveModel:
    """Curves and surfaces that add up to the log-odds: plain values, scored without the library that fitted them.

    Parameters
    ----------
    stressors
        The columns of levels it reads, in order.
    cuts
        Per stressor, the borders between its levels, ascending.
    terms, intercept
        What is added up.
    """

    stressors: tuple[str, ...]
    cuts: tuple[Array, ...]
    terms: tuple[Term, ...]
    intercept: float

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The stressors that have a surface together."""
        two = [term.columns for term in self.terms if len(term.columns) == 2]
        return tuple((self.stressors[a], self.stressors[b]) for a, b in two)

    def contributions(self, levels: Array) -> Array:
        """Log-odds that each term adds, shape ``(rows, terms)``; ``nan`` in levels is *not covered*."""
        codes = [_codes(column, cuts) for column, cuts in zip(levels.T, self.cuts, strict=True)]
        columns = [term.scores[tuple(codes[place] for place in term.columns)] for term in self.terms]
        return np.column_stack(columns) if columns else np.zeros((len(levels), 0))

    def risk(self, levels: Array) -> Array:
        """Risk per row of levels, shape ``(rows,)``."""
        return expit(self.intercept + self.contributions(levels).sum(axis=1))


def fit_additive(rows: Rows, seed: int, *, pairs: int = PAIRS, monotone: bool = True) -> AdditiveModel:
    """Fit an additive model with at most ``pairs`` surfaces on counts; one thread, so the same seed is the same model.

    Parameters
    ----------
    rows
        Profiles with counts to fit on; at least one stressor that varies.
    seed
        For the parts held out to stop in time.
    monotone
        Replace every curve and surface by the nearest one that never falls.
    """
    from interpret.glassbox import ExplainableBoostingClassifier

    sample = _sample(rows, seed)
    model = ExplainableBoostingClassifier(
        feature_names=[f"x{place}" for place in range(len(rows.stressors))],
        feature_types=["continuous"] * len(rows.stressors),  # a level that is not covered is then a missing value
        interactions=min(pairs, len(rows.stressors) * (len(rows.stressors) - 1) // 2),
        outer_bags=BAGS,
        learning_rate=RATE,
        max_rounds=ROUNDS,
        n_jobs=1,
        random_state=seed,
    )
    with (
        warnings.catch_warnings()
    ):  # about charts of the library, which are not used: a missing level has its own score
        warnings.filterwarnings("ignore", message="Missing values detected", category=UserWarning)
        model.fit(sample.levels, sample.outcome, sample_weight=sample.families, bags=sample.bags)
    read = _read(model, rows.stressors)
    return _settled(_rising(read), rows) if monotone else read


@dataclass(frozen=True, slots=True)
class _Sample:
    levels: Array
    outcome: Codes
    families: Array
    bags: NDArray[np.int8]


def _sample(rows: Rows, seed: int) -> _Sample:
    """Counts cut into one held-out part per bag and a rest.

    Left whole, a row that stands for half of all families would fall on one side of a cut and stop the fit at a wrong
    moment; so each row's families are divided over the parts.
    """
    profiles = unique_profiles(rows.levels, rows.outcome, rows.families)
    levels = np.vstack([profiles.levels, profiles.levels])
    families = np.concatenate([profiles.positive, profiles.total - profiles.positive])
    outcome = np.repeat([1, 0], len(profiles.total))
    shares = [_HELD_OUT] * BAGS + [1.0 - BAGS * _HELD_OUT]
    parts = np.random.default_rng(seed).multinomial(np.rint(families).astype(np.int64), shares)
    row, part = np.nonzero(parts)
    bags = np.where(part[:, None] == np.arange(BAGS)[None, :], -1, 1).astype(np.int8)
    return _Sample(levels[row], outcome[row], parts[row, part].astype(np.float64), bags)


def _read(model: Any, stressors: tuple[str, ...]) -> AdditiveModel:
    """The fitted tables without the place for unknown values at the end of every side."""
    cuts = tuple(np.asarray(bins[0], dtype=np.float64) for bins in model.bins_)
    terms = tuple(
        Term(tuple(int(place) for place in columns), _known(scores), _known(weights))
        for columns, scores, weights in zip(model.term_features_, model.term_scores_, model.bin_weights_, strict=True)
    )
    return AdditiveModel(stressors, cuts, terms, float(np.ravel(model.intercept_)[0]))


def _known(table: Any) -> Array:
    values = np.asarray(table, dtype=np.float64)
    return values[tuple(slice(0, -1) for _ in range(values.ndim))]


def _codes(column: Array, cuts: Array) -> Codes:
    found = np.searchsorted(cuts, column, side="right") + 1
    return np.where(np.isnan(column), 0, found).astype(np.int64)


def _rising(model: AdditiveModel) -> AdditiveModel:
    """Every surface with its share of both curves, and every other curve, made to rise."""
    paired = [place for term in model.terms if len(term.columns) == 2 for place in term.columns]
    curves = {term.columns[0]: term for term in model.terms if len(term.columns) == 1}
    terms = []
    for term in model.terms:
        if len(term.columns) == 1:
            if term.columns[0] not in paired:
                terms.append(replace(term, scores=_rising_curve(term.scores, term.weights)))
            continue
        first, second = (curves[place].scores / paired.count(place) for place in term.columns)
        terms.append(replace(term, scores=_rising_surface(term.scores + first[:, None] + second, term.weights)))
    return replace(model, terms=tuple(terms))


def _rising_curve(scores: Array, weights: Array) -> Array:
    made = scores.copy()
    made[1:] = rising(scores[1:], weights[1:])
    return made


def _rising_surface(scores: Array, weights: Array) -> Array:
    made = scores.copy()
    made[1:, 1:] = rising(scores[1:, 1:], weights[1:, 1:])
    made[0, 1:] = rising(scores[0, 1:], weights[0, 1:])
    made[1:, 0] = rising(scores[1:, 0], weights[1:, 0])
    return made


def _settled(model: AdditiveModel, rows: Rows) -> AdditiveModel:
    """The intercept at which expected and recorded outcomes are equal again (Newton)."""
    added = model.contributions(rows.levels).sum(axis=1)
    intercept = model.intercept
    for _ in range(_STEPS):
        risks = expit(intercept + added)
        short = rows.outcomes - float(np.sum(rows.families * risks))
        step = short / max(float(np.sum(rows.families * risks * (1 - risks))), 1e-12)
        intercept += float(np.clip(step, -1, 1))
        if abs(step) < 1e-12:
            break
    return replace(model, intercept=intercept)


def falls(model: AdditiveModel) -> Sequence[tuple[str, ...]]:
    """The stressors of every term that falls somewhere: none after a monotone fit."""
    found = []
    for term in model.terms:
        covered = term.scores[tuple(slice(1, None) for _ in term.columns)]
        if any(np.any(np.diff(covered, axis=axis) < -1e-12) for axis in range(covered.ndim)):
            found.append(tuple(model.stressors[place] for place in term.columns))
    return tuple(found)

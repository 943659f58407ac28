"""``RiskCard`` and ``StressorCount``: scikit-learn estimators that score any matrix of stressor levels.

This module imports scikit-learn, so it is itself imported on use.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from riskscreen.records.card import Card, Line
from riskscreen.scores.everything import fit_every_line
from riskscreen.scores.lines import candidate_lines, select_lines
from riskscreen.scores.patterns import Holdings
from riskscreen.scores.rounding import Rounded, recalibrated, round_points
from riskscreen.stats.logistic import LogisticFit, expit, fit_logistic
from riskscreen.stats.profiles import UniqueProfiles, unique_profiles

Array = NDArray[np.float64]

_DIGITS = 6
"""Intercept and slope are rounded to this many decimals: the card is text that diffs on every machine."""
_FINAL = 0.25
"""Share of ``ridge`` for the points of lines once they are chosen: among many candidates a line must be doubted more.
Chosen by cross-validation on training rows of public tables."""


def _share(lost: float, explained: float) -> float:
    return lost / explained if explained > 0 else 0.0


class _PointsClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """What both models share: counting first, and risks from total points."""

    card_: Card
    classes_: NDArray[Any]

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit on rows, or on counts given as ``sample_weight``: both give the same card bit for bit.

        Parameters
        ----------
        X
            Shape ``(rows, stressors)``; ``nan`` is *not covered* and never scores.
        y
            Shape ``(rows,)``, two classes; the second one (sorted) is the recorded outcome.
        sample_weight
            Families per row, shape ``(rows,)``; default 1.

        Raises
        ------
        ValueError
            Malformed input, as scikit-learn words it; more than two classes; fewer than two.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        self.classes_, code = np.unique(y, return_inverse=True)
        if len(np.unique(code[weight > 0])) < 2:
            raise ValueError("The card needs two classes: families with and without the outcome; only one class given.")
        with threadpool_limits(1):  # sums in the same order on every machine; and threads only slow small matrices
            self._fit_counts(unique_profiles(X, code.astype(np.float64), weight))
        return self

    def points(self, X: Any) -> NDArray[np.int64]:
        """Total points per row, shape ``(rows,)``."""
        check_is_fitted(self, "card_")
        X = validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
        names = self._names()
        return self.card_.points({name: X[:, place] for place, name in enumerate(names)}, rows=len(X))

    def decision_function(self, X: Any) -> Array:
        """Log-odds of the outcome per row, shape ``(rows,)``."""
        points = self.points(X)
        return np.asarray(self.card_.intercept + self.card_.slope * points.astype(np.float64))

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class per row, shape ``(rows, 2)``."""
        risk = expit(self.decision_function(X))
        return np.column_stack([1.0 - risk, risk])

    def predict(self, X: Any) -> NDArray[Any]:
        """The likelier class per row, shape ``(rows,)``."""
        likelier: NDArray[np.int64] = (self.decision_function(X) > 0).astype(np.int64)
        return self.classes_[likelier]

    def to_sql(self, dialect: str = "duckdb", **given: Any) -> str:
        """The fitted card as one SQL statement that returns groups; as :meth:`riskscreen.Card.to_sql`."""
        check_is_fitted(self, "card_")
        return self.card_.to_sql(dialect, **given)

    def _fit_counts(self, profiles: UniqueProfiles) -> None:
        raise NotImplementedError

    def _names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        return [f"x{place}" for place in range(self.n_features_in_)] if names is None else [str(x) for x in names]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags


class RiskCard(_PointsClassifier):
    """An integer card: lines ``>= cut`` or ``<= cut`` with whole points of at least 0, and a logistic risk.

    Parameters
    ----------
    max_lines
        At most this many lines.
    max_points
        Most points of one line.
    monotone
        Only lines ``>= cut``: a worse level never scores less. For stressors; else the side is learned.
    max_cuts
        Cuts tried per column and side; columns with more distinct values are cut at quantiles.
    min_gain
        Least drop in deviance that a line must bring (6.63: 1% of a chi-square with one degree of freedom).
    min_outcomes
        A line must hold for at least this many families with the outcome.
    ridge
        Penalty on squared log-odds per line while choosing lines (4: as if log-odds were drawn with a standard
        deviation of one half, so that most lines multiply the odds by less than 2.7); a quarter of it once they are
        chosen.

    Attributes
    ----------
    card_ : riskscreen.records.card.Card
        The card, named ``card``; without names of columns its stressors are called ``x0, x1, ...``.
    gap_ : float
        Share of the (penalised) deviance explained by the continuous nonnegative fit of the same lines that whole
        points give up; never below 0.
    gap_all_ : float
        The same beside the continuous nonnegative fit of *all* candidate lines: the price of few lines and whole points
        together.
    deviance_, continuous_deviance_, null_deviance_ : float
        Of the card, of the continuous nonnegative fit, and of no model at all.
    candidates_ : int
        Number of candidate lines.

    Examples
    --------
    >>> import numpy as np
    >>> levels = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> families, reported = np.array([900, 300, 300, 100]), np.array([18, 18, 6, 6])
    >>> X = np.vstack([levels, levels])
    >>> y = np.repeat([1, 0], 4)
    >>> card = RiskCard(monotone=True).fit(X, y, sample_weight=np.concatenate([reported, families - reported])).card_
    >>> [(line.stressor, line.side, line.cut, line.points) for line in card.lines]
    [('x0', '>=', 1.0, 1)]
    """

    def __init__(
        self,
        max_lines: int = 20,
        max_points: int = 5,
        monotone: bool = False,
        max_cuts: int = 20,
        min_gain: float = 6.63,
        min_outcomes: float = 0.0,
        ridge: float = 4.0,
    ) -> None:
        self.max_lines = max_lines
        self.max_points = max_points
        self.monotone = monotone
        self.max_cuts = max_cuts
        self.min_gain = min_gain
        self.min_outcomes = min_outcomes
        self.ridge = ridge

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = bool(self.monotone)  # it cannot follow a risk that falls with the level
        return tags

    def _fit_counts(self, profiles: UniqueProfiles) -> None:
        candidates, holdings = candidate_lines(
            profiles, monotone=self.monotone, max_cuts=self.max_cuts, min_outcomes=self.min_outcomes
        )
        chosen = select_lines(holdings, max_lines=self.max_lines, min_gain=self.min_gain, ridge=self.ridge)
        crossed, names = chosen.crossed, self._names()
        small = crossed.patterns, crossed.positive, crossed.total
        ridge = self.ridge * _FINAL
        final = fit_logistic(*small, ridge=ridge, nonnegative=True)
        rounded = round_points(*small, final.coefficients, self.max_points, ridge=ridge)
        found = [candidates[line] for line in crossed.chosen]
        lines = tuple(
            Line(names[candidate.column], candidate.side, candidate.cut, int(points))
            for candidate, points in zip(found, rounded.points, strict=True)
            if points > 0
        )
        self.card_ = Card("card", lines, round(rounded.intercept, _DIGITS), round(rounded.slope, _DIGITS))
        self.candidates_ = len(candidates)
        self.deviance_ = rounded.deviance
        self.continuous_deviance_ = final.deviance
        self._set_gaps(holdings, crossed.chosen, final, rounded)

    def _set_gaps(self, holdings: Holdings, chosen: tuple[int, ...], final: LogisticFit, rounded: Rounded) -> None:
        """What whole points give up, and what few lines give up, as shares of what is explained."""
        null = fit_logistic(np.zeros((1, 0)), holdings.positive.sum(keepdims=True), holdings.total.sum(keepdims=True))
        start = np.zeros(holdings.lines + 1)
        start[0] = final.intercept
        start[1 + np.array(chosen, dtype=np.int64)] = final.coefficients
        explained = null.objective - final.objective
        every = fit_every_line(holdings, start, self.ridge * _FINAL, explained)
        self.null_deviance_ = null.deviance
        self.gap_ = _share(rounded.objective - final.objective, explained)
        self.gap_all_ = _share(rounded.objective - every, null.objective - every)


class StressorCount(_PointsClassifier):
    """The plain count of stressors with level 1 or higher, and a logistic risk on it: what a card must beat.

    Attributes
    ----------
    card_ : riskscreen.records.card.Card
        One line of one point per stressor, named ``count``.
    deviance_ : float
    """

    def _fit_counts(self, profiles: UniqueProfiles) -> None:
        lines = tuple(Line(name, ">=", 1.0, 1) for name in self._names())
        totals = (profiles.levels >= 1.0).sum(axis=1).astype(np.int64)
        fitted = recalibrated(totals, profiles.positive, profiles.total, np.ones(len(lines), dtype=np.int64))
        self.card_ = Card("count", lines, round(fitted.intercept, _DIGITS), round(fitted.slope, _DIGITS))
        self.deviance_ = fitted.deviance

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags

"""Many small logistic fits at once: an intercept and a slope per histogram of scores.

A search over cards asks for the best risk of thousands of cards that differ by a point. Each is a histogram of total
points with two unknowns, so all are fitted together by Newton's method on arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.stats.logistic import expit

Array = NDArray[np.float64]

_MOST_STEPS = 50
_MOST_HALVINGS = 30
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class ManyFits:
    """One fit per histogram; every array has shape ``(fits,)``.

    Parameters
    ----------
    intercept, slope
        Log-odds at a score of zero, and per unit of score.
    objective
        Deviance plus the penalty: what was minimised.
    """

    intercept: Array
    slope: Array
    objective: Array


def fit_histograms(positive: Array, total: Array, penalty: Array, start: tuple[float, float]) -> ManyFits:
    """Fit ``log-odds = intercept + slope * score`` on every histogram, each with its own penalty.

    Parameters
    ----------
    positive, total
        Shape ``(fits, scores)``: families with the outcome and all families with score ``0, 1, 2, ...``.
    penalty
        On the squared slope, shape ``(fits,)``; above 0.
    start
        Intercept and slope to start from.

    Notes
    -----
    Newton's method with halved steps, on all fits at once.
    """
    scores = np.arange(positive.shape[1], dtype=np.float64)
    beta = np.tile(np.asarray(start, dtype=np.float64), (len(positive), 1))
    value = _objective(scores, positive, total, penalty, beta)
    for _ in range(_MOST_STEPS):
        step = _steps(scores, positive, total, penalty, beta)
        beta, lower = _halved(scores, positive, total, penalty, beta, step, value)
        gain, value = float(np.max(value - lower, initial=0.0)), lower
        if gain <= _SLACK * (1.0 + float(np.max(value, initial=0.0))):
            break
    return ManyFits(beta[:, 0], beta[:, 1], value)


def _objective(scores: Array, positive: Array, total: Array, penalty: Array, beta: Array) -> Array:
    logits = beta[:, :1] + beta[:, 1:] * scores
    value = 2.0 * (total * np.logaddexp(0.0, logits) - positive * logits).sum(axis=1)
    return np.asarray(value + penalty * beta[:, 1] ** 2)


def _steps(scores: Array, positive: Array, total: Array, penalty: Array, beta: Array) -> Array:
    risks = expit(beta[:, :1] + beta[:, 1:] * scores)
    left, weight = positive - total * risks, total * risks * (1.0 - risks)
    slope0, slope1 = left.sum(axis=1), left @ scores - penalty * beta[:, 1]
    a, b, c = weight.sum(axis=1) + 1e-12, weight @ scores, weight @ scores**2 + penalty
    area = a * c - b * b + 1e-300
    return np.column_stack([(c * slope0 - b * slope1) / area, (a * slope1 - b * slope0) / area])


def _halved(
    scores: Array, positive: Array, total: Array, penalty: Array, beta: Array, step: Array, value: Array
) -> tuple[Array, Array]:
    """Every step, halved until its objective does not rise; a step that never helps is not made."""
    moved = beta + step
    lower = _objective(scores, positive, total, penalty, moved)
    for _ in range(_MOST_HALVINGS):
        worse = np.flatnonzero(~(lower <= value))
        if not len(worse):
            break
        step[worse] /= 2.0
        moved[worse] = beta[worse] + step[worse]
        lower[worse] = _objective(scores, positive[worse], total[worse], penalty[worse], moved[worse])
    stuck = ~(lower <= value)
    moved[stuck], lower[stuck] = beta[stuck], value[stuck]
    return moved, lower

"""Logistic regression on counts: one row per profile, with how many families it has and how many had the outcome.

Newton's method; coefficients may be held at or above zero (projected Newton). A fit on counts is the fit on the rows
they count, so nothing here ever needs a row about a family.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_MOST_STEPS = 100
_MOST_HALVINGS = 40
_SLACK = 1e-10


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """Result of :func:`fit_logistic`.

    Parameters
    ----------
    intercept, coefficients
        Log-odds; ``coefficients`` has shape ``(columns,)``.
    deviance
        Minus twice the log-likelihood, without the penalty.
    objective
        The deviance plus ``ridge`` times the sum of squared coefficients: what was minimised.
    converged
        Did the steps become negligible within the allowed number?
    """

    intercept: float
    coefficients: Array
    deviance: float
    objective: float
    converged: bool


def expit(logits: Array) -> Array:
    """``1 / (1 + exp(-logits))`` without overflow; same shape."""
    half = np.exp(-np.abs(logits))
    return np.where(logits >= 0, 1.0 / (1.0 + half), half / (1.0 + half))


def logit(risks: Array) -> Array:
    """Log-odds of risks, held away from 0 and 1 by 1e-12; same shape."""
    held = np.clip(risks, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(held) - np.log1p(-held))


def deviance(logits: Array, positive: Array, total: Array) -> float:
    """Minus twice the binomial log-likelihood (without its constant) of counts at these log-odds, shape ``(rows,)``."""
    return float(2.0 * np.sum(total * np.logaddexp(0.0, logits) - positive * logits))


def fit_logistic(
    design: Array,
    positive: Array,
    total: Array,
    *,
    ridge: float = 0.0,
    nonnegative: bool = False,
    start: Array | None = None,
    below: float = np.inf,
) -> LogisticFit:
    """Fit the log-odds of the outcome on the columns of ``design``.

    Parameters
    ----------
    design
        Shape ``(rows, columns)``; no column of ones: the intercept is added and never penalised.
    positive, total
        Shape ``(rows,)``: families with the outcome, and all families, at least 0.
    ridge
        Penalty on the squared coefficients, added to the deviance; at least 0.
    nonnegative
        Hold every coefficient (not the intercept) at or above zero.
    start
        Where to start, shape ``(columns + 1,)``, intercept first.
    below
        Give up (``converged`` is false) once the objective will clearly not come below this.

    Notes
    -----
    Newton's method with halved steps; with ``nonnegative`` the projected Newton method of Bertsekas (1982, SIAM
    J. Control Optim. 20:221): coefficients at zero that would turn negative are left out of the step. Its gains fall so
    fast that all later ones together are less than twice the last one; that is how it knows when to give up.
    """
    full = np.column_stack([np.ones(len(total)), design])
    beta = _start(full, positive, total) if start is None else np.asarray(start, dtype=np.float64).copy()
    penalty = np.full(full.shape[1], ridge)
    penalty[0] = 0.0
    value = _objective(full, positive, total, beta, penalty)
    converged = False
    for _ in range(_MOST_STEPS):
        step = _newton_step(full, positive, total, beta, penalty, nonnegative)
        beta, new_value, moved = _halved(full, positive, total, beta, step, penalty, nonnegative, value)
        gain, value = value - new_value, new_value
        if not moved or gain <= _SLACK * (1.0 + abs(value)):
            converged = True
            break
        if value - 2.0 * gain > below:
            break
    return LogisticFit(
        float(beta[0]),
        beta[1:],
        value - float(np.sum(penalty * beta**2)),
        value,
        converged and bool(np.all(beta < 1e6)),
    )


def _start(full: Array, positive: Array, total: Array) -> Array:
    beta = np.zeros(full.shape[1])
    share = (positive.sum() + 0.5) / (total.sum() + 1.0)
    beta[0] = np.log(share / (1.0 - share))
    return beta


def _objective(full: Array, positive: Array, total: Array, beta: Array, penalty: Array) -> float:
    return deviance(full @ beta, positive, total) + float(np.sum(penalty * beta**2))


def _newton_step(full: Array, positive: Array, total: Array, beta: Array, penalty: Array, nonnegative: bool) -> Array:
    risks = expit(full @ beta)
    slope = 2.0 * (full.T @ (positive - total * risks)) - 2.0 * penalty * beta  # minus the gradient
    curve = 2.0 * (full.T * (total * risks * (1.0 - risks))) @ full + 2.0 * np.diag(penalty)
    free = np.ones(len(beta), dtype=np.bool_)
    if nonnegative:
        free[1:] = (beta[1:] > 0) | (slope[1:] > 0)
    step = np.zeros(len(beta))
    step[free] = _solve(curve[np.ix_(free, free)], slope[free])
    return step


def _solve(curve: Array, slope: Array) -> Array:
    """Columns that repeat each other, or families that are told apart perfectly, make the system singular."""
    scale = float(np.trace(curve)) / len(curve) or 1.0
    steady = curve + 1e-13 * scale * np.eye(len(curve))
    try:
        return np.asarray(np.linalg.solve(steady, slope))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(steady, slope, rcond=None)[0])


def _halved(
    full: Array,
    positive: Array,
    total: Array,
    beta: Array,
    step: Array,
    penalty: Array,
    nonnegative: bool,
    value: float,
) -> tuple[Array, float, bool]:
    """The step, halved until the objective does not rise."""
    for _ in range(_MOST_HALVINGS):
        moved = beta + step
        if nonnegative:
            moved[1:] = np.maximum(moved[1:], 0.0)
        new_value = _objective(full, positive, total, moved, penalty)
        if new_value <= value:
            return moved, new_value, True
        step = step / 2.0
    return beta, value, False

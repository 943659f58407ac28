"""The continuous fit of every candidate line at once: what a card could explain if it had no limit to its length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.scores.patterns import Holdings
from riskscreen.stats.logistic import deviance, expit

Array = NDArray[np.float64]

_MOST_STEPS = 30
_MOST_HALVINGS = 20
_CLOSE = 1e-5
"""Stop when a step brings less than this share of what is explained: the gap is shown with three decimals."""
_BLOCK = 8192


@dataclass(frozen=True, slots=True)
class EveryLine:
    """The candidates as a matrix of bits, shape ``(candidates, profiles)``, with counts."""

    bits: NDArray[np.bool_]
    positive: Array
    total: Array
    ridge: float

    def logits(self, beta: Array) -> Array:
        """Log-odds per profile."""
        logits = np.full(len(self.total), beta[0])
        for start, block in self._blocks():
            logits[start : start + block.shape[1]] += beta[1:] @ block
        return logits

    def objective(self, beta: Array) -> float:
        """Deviance and penalty."""
        return deviance(self.logits(beta), self.positive, self.total) + self.ridge * float(np.sum(beta[1:] ** 2))

    def slope_and_curve(self, beta: Array) -> tuple[Array, Array]:
        """Half of minus the gradient and half of the second derivatives of the objective."""
        risks = expit(self.logits(beta))
        left, weight = self.positive - self.total * risks, self.total * risks * (1.0 - risks)
        size = len(beta)
        slope, curve = np.zeros(size), np.zeros((size, size))
        for start, block in self._blocks():
            part = slice(start, start + block.shape[1])
            full = np.vstack([np.ones(block.shape[1]), block])
            slope += full @ left[part]
            full *= np.sqrt(weight[part])
            curve += full @ full.T
        penalty = np.full(size, self.ridge)
        penalty[0] = 0.0
        return slope - penalty * beta, curve + np.diag(penalty)

    def _blocks(self) -> Iterator[tuple[int, Array]]:
        for start in range(0, len(self.total), _BLOCK):
            yield start, self.bits[:, start : start + _BLOCK].astype(np.float64)


def fit_every_line(holdings: Holdings, start: Array, ridge: float, explained: float) -> float:
    """The least penalised deviance with nonnegative log-odds for every candidate.

    Parameters
    ----------
    start
        Where to start, shape ``(candidates + 1,)``, intercept first.
    ridge
        Penalty on the squared log-odds per line.
    explained
        What the chosen lines explain, for the precision.

    Notes
    -----
    The projected Newton method of Bertsekas (1982), in blocks of profiles.
    """
    every = EveryLine(_bits(holdings), holdings.positive, holdings.total, ridge)
    beta, value = start.copy(), every.objective(start)
    for _ in range(_MOST_STEPS):
        slope, curve = every.slope_and_curve(beta)
        free = np.concatenate([[True], (beta[1:] > 0) | (slope[1:] > 0)])
        step = np.zeros(len(beta))
        steady = curve[np.ix_(free, free)] + 1e-9 * np.trace(curve) / len(curve) * np.eye(int(free.sum()))
        step[free] = np.linalg.solve(steady, slope[free])
        moved, lower = _halved(every, beta, step, value)
        gain, beta, value = value - lower, moved, lower
        if gain <= _CLOSE * max(explained, 1e-9):
            break
    return value


def _halved(every: EveryLine, beta: Array, step: Array, value: float) -> tuple[Array, float]:
    for _ in range(_MOST_HALVINGS):
        moved = beta + step
        moved[1:] = np.maximum(moved[1:], 0.0)
        lower = every.objective(moved)
        if lower <= value:
            return moved, lower
        step = step / 2.0
    return beta, value


def _bits(holdings: Holdings) -> NDArray[np.bool_]:
    bits = np.empty((len(holdings.lines), len(holdings.total)), dtype=np.bool_)
    for row, line in zip(bits, holdings.lines, strict=True):
        row[:] = line.flipped
        row[line.rows] = not line.flipped
    return bits

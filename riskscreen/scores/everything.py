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
_CLOSE = 1e-3
"""Stop when a step brings less than this share of what is explained: the gap is shown as a percentage."""
_BLOCK = 8192
_MOST_NEW = 64
"""So many lines may get points in one step; the others wait."""


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

    def slopes(self, beta: Array, weight: Array, left: Array) -> tuple[Array, Array]:
        """Half of minus the gradient of the objective, and half of its second derivatives, per line."""
        slope, own = np.zeros(len(beta)), np.zeros(len(beta))
        slope[0], own[0] = left.sum(), weight.sum()
        for start, block in self._blocks():
            part = slice(start, start + block.shape[1])
            slope[1:] += block @ left[part]
            own[1:] += block @ weight[part]
        slope[1:] -= self.ridge * beta[1:]
        own[1:] += self.ridge
        return slope, own

    def curve(self, lines: NDArray[np.int64], weight: Array) -> Array:
        """Half of the second derivatives for the intercept and these lines."""
        root = np.sqrt(weight)
        curve = np.diag(np.concatenate([[0.0], np.full(len(lines), self.ridge)]))
        for start, block in self._blocks(lines):
            part = slice(start, start + block.shape[1])
            full = np.vstack([np.ones(block.shape[1]), block]) * root[part]
            curve += full @ full.T
        return curve

    def _blocks(self, lines: NDArray[np.int64] | None = None) -> Iterator[tuple[int, Array]]:
        bits = self.bits if lines is None else self.bits[lines]
        for start in range(0, len(self.total), _BLOCK):
            yield start, bits[:, start : start + _BLOCK].astype(np.float64)


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
        step = _step(every, beta)
        moved, lower = _halved(every, beta, step, value)
        gain, beta, value = value - lower, moved, lower
        if gain <= _CLOSE * max(explained, 1e-9):
            break
    return value


def _step(every: EveryLine, beta: Array) -> Array:
    """Newton's step for the lines that have points and the most promising others."""
    risks = expit(every.logits(beta))
    left, weight = every.positive - every.total * risks, every.total * risks * (1.0 - risks)
    slope, own = every.slopes(beta, weight, left)
    promise = np.where((beta[1:] > 0) | (slope[1:] <= 0), 0.0, slope[1:] ** 2 / np.maximum(own[1:], 1e-9))
    others = np.argsort(-promise, kind="stable")[:_MOST_NEW]
    lines = np.unique(np.concatenate([np.flatnonzero(beta[1:] > 0), others[promise[others] > 0]]))
    curve = every.curve(lines, weight)
    free = np.concatenate([[0], lines + 1])
    step = np.zeros(len(beta))
    steady = curve + 1e-9 * np.trace(curve) / len(curve) * np.eye(len(curve))
    step[free] = np.linalg.solve(steady, slope[free])
    return step


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
    bits = np.empty((holdings.lines, len(holdings.total)), dtype=np.bool_)
    for line, row in enumerate(bits):
        row[:] = holdings.flipped[line]
        row[holdings.stored(line)] = not holdings.flipped[line]
    return bits

"""A plain logistic model beside the card: one column per level of every stressor, any sign, no whole points.

It shows what whole points, few lines and "a worse level never scores less" cost together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.stats.logistic import expit, fit_logistic
from riskscreen.stats.profiles import unique_profiles
from riskscreen.stats.rows import Rows

Array = NDArray[np.float64]

RIDGE = 1.0
"""Penalty on squared log-odds: as if drawn with a standard deviation of 1, so that a rare level cannot run away."""


@dataclass(frozen=True, slots=True)
class Step:
    """A column of the design: ``level of column`` at or above ``cut``, or *not covered* when ``cut`` is ``None``."""

    column: int
    cut: float | None

    def holds(self, levels: Array) -> NDArray[np.bool_]:
        """Where it holds, shape ``(rows,)``; a level that is not covered is at or above nothing."""
        column = levels[:, self.column]
        return np.isnan(column) if self.cut is None else column >= self.cut


@dataclass(frozen=True, slots=True, eq=False)
class LogisticModel:
    """A fitted logistic model on steps of levels.

    Parameters
    ----------
    stressors
        The columns of levels it reads, in order.
    steps, coefficients
        The columns of the design and their log-odds, shape ``(steps,)``.
    intercept
        Log-odds of a family without any stressor.
    """

    stressors: tuple[str, ...]
    steps: tuple[Step, ...]
    intercept: float
    coefficients: Array

    def risk(self, levels: Array) -> Array:
        """Risk per row of levels, shape ``(rows,)``; ``nan`` is *not covered*."""
        return expit(self.intercept + _design(levels, self.steps) @ self.coefficients)


def fit_logistic_model(rows: Rows, *, ridge: float = RIDGE) -> LogisticModel:
    """Fit on unique profiles: one column per level above absent, and one for *not covered* where that occurs.

    Parameters
    ----------
    rows
        Profiles with counts to fit on.
    ridge
        Penalty on squared log-odds, at least 0.
    """
    profiles = unique_profiles(rows.levels, rows.outcome, rows.families)
    steps = _steps(profiles.levels)
    fit = fit_logistic(_design(profiles.levels, steps), profiles.positive, profiles.total, ridge=ridge)
    return LogisticModel(rows.stressors, steps, fit.intercept, fit.coefficients)


def _steps(levels: Array) -> tuple[Step, ...]:
    found: list[Step] = []
    for place, column in enumerate(levels.T):
        covered = np.unique(column[~np.isnan(column)])
        found += [Step(place, float(cut)) for cut in covered[1:]]
        if len(covered) and np.isnan(column).any():
            found.append(Step(place, None))
    return tuple(found)


def _design(levels: Array, steps: tuple[Step, ...]) -> Array:
    design = np.empty((len(levels), len(steps)), order="F")
    for place, step in enumerate(steps):
        design[:, place] = step.holds(levels)
    return design

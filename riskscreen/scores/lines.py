"""Candidate lines of a card, and the choice among them by forward selection on the deviance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.records.card import Side
from riskscreen.stats.logistic import LogisticFit, expit, fit_logistic
from riskscreen.stats.profiles import UniqueProfiles

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """``level of column`` at or beyond ``cut``."""

    column: int
    side: Side
    cut: float

    def holds(self, levels: Array) -> NDArray[np.bool_]:
        """Where the line holds, shape ``(rows,)``; ``nan`` (not covered) never does."""
        column = levels[:, self.column]
        return column >= self.cut if self.side == ">=" else column <= self.cut


@dataclass(frozen=True, slots=True)
class Selection:
    """Chosen candidates and their nonnegative logistic fit: the continuous card before rounding."""

    candidates: tuple[Candidate, ...]
    design: Array
    fit: LogisticFit


def candidate_lines(
    profiles: UniqueProfiles, *, monotone: bool, max_cuts: int, min_outcomes: float
) -> tuple[Candidate, ...]:
    """All lines that a card could have, in the order of the columns.

    Parameters
    ----------
    monotone
        Only ``>=``: a higher level never scores less.
    max_cuts
        Cuts per column and side; with more distinct values the cuts are quantiles.
    min_outcomes
        Least number of families with the outcome for which the line holds.
    """
    sides: tuple[Side, ...] = (">=",) if monotone else (">=", "<=")
    found = []
    for column in range(profiles.levels.shape[1]):
        values = profiles.levels[:, column]
        for side in sides:
            for cut in _cuts(values, profiles.total, side, max_cuts):
                candidate = Candidate(column, side, float(cut))
                if profiles.positive[candidate.holds(profiles.levels)].sum() >= min_outcomes:
                    found.append(candidate)
    return tuple(found)


def select_lines(
    profiles: UniqueProfiles,
    candidates: tuple[Candidate, ...],
    *,
    max_lines: int,
    min_gain: float,
    ridge: float,
) -> Selection:
    """Add the line that gains most, until none brings ``min_gain``; then try to swap every line once.

    The gain is the drop in penalised deviance; candidates are ranked by the score test (Rao 1948), which needs no fit.
    """
    design = _design(profiles, candidates)
    chosen: list[int] = []
    fit = _fit(profiles, design, chosen, ridge)
    while len(chosen) < max_lines:
        best = _best_addition(profiles, design, chosen, fit, ridge)
        if best is None:
            break
        larger = _fit(profiles, design, [*chosen, best], ridge)
        if fit.objective - larger.objective < min_gain:
            break
        chosen, fit = [*chosen, best], larger
    chosen, fit = _swap(profiles, design, chosen, fit, ridge)
    kept = [line for line, coefficient in zip(chosen, fit.coefficients, strict=True) if coefficient > 0]
    kept.sort()
    return Selection(tuple(candidates[line] for line in kept), design[:, kept], _fit(profiles, design, kept, ridge))


def _cuts(values: Array, total: Array, side: Side, most: int) -> Array:
    covered = ~np.isnan(values)
    levels, code = np.unique(values[covered], return_inverse=True)
    inner = levels[1:] if side == ">=" else levels[:-1]
    if len(inner) <= most:
        return inner
    families = np.cumsum(np.bincount(code, total[covered], len(levels)))
    shares = np.arange(1, most + 1) * (families[-1] / (most + 1))
    at = np.unique(np.searchsorted(families, shares))
    return np.intersect1d(levels[at], inner)


def _design(profiles: UniqueProfiles, candidates: tuple[Candidate, ...]) -> Array:
    design = np.empty((len(profiles.total), len(candidates)), order="F")
    for place, candidate in enumerate(candidates):
        design[:, place] = candidate.holds(profiles.levels)
    return design


def _fit(profiles: UniqueProfiles, design: Array, chosen: list[int], ridge: float) -> LogisticFit:
    return fit_logistic(design[:, chosen], profiles.positive, profiles.total, ridge=ridge, nonnegative=True)


def _best_addition(
    profiles: UniqueProfiles, design: Array, chosen: list[int], fit: LogisticFit, ridge: float
) -> int | None:
    """The candidate with the largest score statistic among those that would get points above zero."""
    if design.shape[1] == 0:
        return None
    inside = np.column_stack([np.ones(len(design)), design[:, chosen]])
    risks = expit(inside @ np.concatenate([[fit.intercept], fit.coefficients]))
    weight = profiles.total * risks * (1.0 - risks)
    score = design.T @ (profiles.positive - profiles.total * risks)
    own = design.T @ weight + ridge  # a candidate is 0 or 1, so its square is itself
    shared = design.T @ (inside * weight[:, None])
    inner = (inside.T * weight) @ inside + ridge * np.eye(inside.shape[1])
    left = own - np.einsum("ij,ij->i", shared, np.linalg.solve(inner, shared.T).T)
    usable = (score > 0) & (left > 1e-9 * own)
    usable[chosen] = False
    statistic = np.where(usable, score**2 / np.where(usable, left, 1.0), -1.0)
    best = int(np.argmax(statistic))
    return best if usable[best] else None


def _swap(
    profiles: UniqueProfiles, design: Array, chosen: list[int], fit: LogisticFit, ridge: float
) -> tuple[list[int], LogisticFit]:
    """Replace each line once by the best other one, where that lowers the deviance."""
    for line in list(chosen):
        rest = [other for other in chosen if other != line]
        without = _fit(profiles, design, rest, ridge)
        best = _best_addition(profiles, design, rest, without, ridge)
        if best is None or best == line:
            continue
        other = _fit(profiles, design, [*rest, best], ridge)
        if other.objective < fit.objective - 1e-6:
            chosen, fit = [*rest, best], other
    return chosen, fit

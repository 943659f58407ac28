"""Whole points from fitted log-odds: a small search over multipliers, then over single points.

The log-odds of a card are ``intercept + slope * points``. Every multiplier that maps the largest coefficient to at
most ``max_points`` gives a rounding; the best few are improved one point at a time. Plain rounding (largest coefficient
to ``max_points``) is among the candidates, so the result is never worse than it. The idea is that of Ustun & Rudin
(2019, JMLR 20:150) and Liu et al. (FasterRisk, NeurIPS 2022), on counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.stats.logistic import fit_logistic
from riskscreen.stats.profiles import UniqueProfiles, unique_profiles

Array = NDArray[np.float64]
Points = NDArray[np.int64]

_MULTIPLIERS = 25
_IMPROVED = 3
_SWEEPS = 10
_SLOPE_RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Rounded:
    """Whole points per line, shape ``(lines,)``, with the log-odds that belong to a total."""

    points: Points
    intercept: float
    slope: float
    deviance: float


def round_points(design: Array, positive: Array, total: Array, coefficients: Array, max_points: int) -> Rounded:
    """Points of at most ``max_points`` per line with the lowest deviance that the search finds.

    Parameters
    ----------
    design
        Shape ``(profiles, lines)`` of 0 and 1.
    positive, total
        Shape ``(profiles,)``.
    coefficients
        Log-odds per line, at least 0, shape ``(lines,)``.
    """
    if not np.any(coefficients > 0):
        return recalibrated(np.zeros(len(positive), dtype=np.int64), positive, total, np.zeros(0, dtype=np.int64))
    small = _combined(design, positive, total)
    starts = {
        tuple(np.rint(coefficients * multiplier / coefficients.max()).astype(np.int64))
        for multiplier in np.linspace(max(0.5, max_points / _MULTIPLIERS), max_points, _MULTIPLIERS)
    }
    ranked = sorted((_card(small, np.array(start)) for start in starts), key=_rank)
    improved = [_improve(small, start, max_points) for start in ranked[:_IMPROVED]]
    return min(improved, key=_rank)


def plainly_rounded(design: Array, positive: Array, total: Array, coefficients: Array, max_points: int) -> Rounded:
    """Rounding without a search: the largest coefficient becomes ``max_points``."""
    points = np.rint(coefficients * (max_points / coefficients.max())).astype(np.int64)
    return _card(_combined(design, positive, total), points)


def recalibrated(totals: Points, positive: Array, total: Array, points: Points) -> Rounded:
    """Log-odds per point, fitted on the histogram of total points.

    The slope carries a penalty so small that it only matters where points tell families apart perfectly.
    """
    size = int(totals.max(initial=0)) + 1
    hit = np.bincount(totals, positive, size).astype(np.float64)
    families = np.bincount(totals, total, size).astype(np.float64)
    seen = families > 0
    span = max(size - 1, 1)  # points from 0 to 1: the penalty does not depend on the size of the points
    scale = np.flatnonzero(seen) / span
    fit = fit_logistic(scale[:, None], hit[seen], families[seen], ridge=_SLOPE_RIDGE)
    return Rounded(points, fit.intercept, float(fit.coefficients[0]) / span, fit.deviance)


def _combined(design: Array, positive: Array, total: Array) -> UniqueProfiles:
    """Profiles that no line tells apart, summed: the search runs on these few."""
    both = np.concatenate([positive, total - positive])
    outcome = np.repeat([1.0, 0.0], len(total))
    return unique_profiles(np.vstack([design, design]), outcome, both)


def _card(small: UniqueProfiles, points: Points) -> Rounded:
    totals = (small.levels @ points.astype(np.float64)).astype(np.int64)
    return recalibrated(totals, small.positive, small.total, points)


def _rank(card: Rounded) -> tuple[float, int, tuple[int, ...]]:
    """Lowest deviance; on a tie the fewest points."""
    return round(card.deviance, 6), int(card.points.sum()), tuple(int(x) for x in card.points)


def _improve(small: UniqueProfiles, card: Rounded, max_points: int) -> Rounded:
    """One point more or less on one line at a time, as long as that lowers the deviance."""
    for _ in range(_SWEEPS):
        moves = []
        for line in range(len(card.points)):
            for change in (-1, 1):
                points = card.points.copy()
                points[line] += change
                if 0 <= points[line] <= max_points and points.any():
                    moves.append(_card(small, points))
        best = min(moves, key=_rank)
        if _rank(best) >= _rank(card):
            return card
        card = best
    return card

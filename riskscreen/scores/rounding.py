"""Whole points from fitted log-odds: a search over multipliers, then over the points of one and of two lines.

The log-odds of a card are ``intercept + slope * points``. Every multiplier that maps the largest coefficient to at
most ``max_points`` gives a rounding; the best few are improved by giving one line any other points, or two lines one
point more or less. Plain rounding (largest coefficient to ``max_points``) is among the candidates, so the result is
never worse than it. The idea is that of Ustun & Rudin (2019, JMLR 20:150) and Liu et al. (FasterRisk, NeurIPS 2022),
on counts: a card is judged by its histogram of total points, and thousands of histograms are judged together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.stats.histograms import fit_histograms
from riskscreen.stats.logistic import fit_logistic
from riskscreen.stats.profiles import UniqueProfiles, unique_profiles

Array = NDArray[np.float64]
Points = NDArray[np.int64]

_MULTIPLIERS = 41
_IMPROVED = 2
_SWEEPS = 30
_SLOPE_RIDGE = 1e-3
_TIE = 1e-6


@dataclass(frozen=True, slots=True)
class Rounded:
    """Whole points per line, shape ``(lines,)``, with the log-odds that belong to a total.

    ``objective`` is the deviance plus ``ridge`` times the sum of the squared log-odds of the lines.
    """

    points: Points
    intercept: float
    slope: float
    deviance: float
    objective: float


@dataclass(frozen=True, slots=True)
class Board:
    """What points are tried on: patterns of lines (shape ``(patterns, lines)``) with counts, and the rules.

    Parameters
    ----------
    design, positive, total
        Patterns of 0 and 1, families with the outcome, all families.
    max_points
        Most points of one line.
    ridge
        Penalty on the squared log-odds per line.
    """

    design: Array
    positive: Array
    total: Array
    max_points: int
    ridge: float


def round_points(
    design: Array, positive: Array, total: Array, coefficients: Array, max_points: int, *, ridge: float = 0.0
) -> Rounded:
    """Points of at most ``max_points`` per line with the lowest penalised deviance that the search finds.

    Parameters
    ----------
    design
        Shape ``(profiles, lines)`` of 0 and 1.
    positive, total
        Shape ``(profiles,)``.
    coefficients
        Log-odds per line, at least 0, shape ``(lines,)``.
    ridge
        Penalty on the squared log-odds per line (``slope * points``), as in the continuous fit.
    """
    if not np.any(coefficients > 0):
        return recalibrated(np.zeros(len(positive), dtype=np.int64), positive, total, np.zeros(0, dtype=np.int64))
    small = _combined(design, positive, total)
    board = Board(small.levels, small.positive, small.total, max_points, ridge)
    starts = {
        tuple(np.rint(coefficients * multiplier / coefficients.max()).astype(np.int64))
        for multiplier in np.linspace(max(0.5, max_points / _MULTIPLIERS), max_points, _MULTIPLIERS)
    }
    ranked = sorted((judged(board, np.array(start)) for start in starts), key=rank)
    improved = [improved_points(board, start) for start in ranked[:_IMPROVED]]
    return min(improved, key=rank)


def plainly_rounded(design: Array, positive: Array, total: Array, coefficients: Array, max_points: int) -> Rounded:
    """Rounding without a search: the largest coefficient becomes ``max_points``."""
    points = np.rint(coefficients * (max_points / coefficients.max())).astype(np.int64)
    small = _combined(design, positive, total)
    return judged(Board(small.levels, small.positive, small.total, max_points, 0.0), points)


def recalibrated(totals: Points, positive: Array, total: Array, points: Points, *, ridge: float = 0.0) -> Rounded:
    """Log-odds per point, fitted on the histogram of total points.

    The slope carries a penalty so small that it only matters where points tell families apart perfectly, and that of
    the continuous fit where ``ridge`` is given.
    """
    size = int(totals.max(initial=0)) + 1
    hit = np.bincount(totals, positive, size).astype(np.float64)
    families = np.bincount(totals, total, size).astype(np.float64)
    seen = families > 0
    span = max(size - 1, 1)  # points from 0 to 1: the penalty does not depend on the size of the points
    scale = np.flatnonzero(seen) / span
    squares = ridge * float(np.sum(points.astype(np.float64) ** 2))
    fit = fit_logistic(scale[:, None], hit[seen], families[seen], ridge=_SLOPE_RIDGE + squares / span**2)
    slope = float(fit.coefficients[0]) / span
    return Rounded(points, fit.intercept, slope, fit.deviance, fit.deviance + squares * slope**2)


def judged(board: Board, points: Points) -> Rounded:
    """The card with these points."""
    totals = (board.design @ points.astype(np.float64)).astype(np.int64)
    return recalibrated(totals, board.positive, board.total, points, ridge=board.ridge)


def rank(card: Rounded) -> tuple[float, int, tuple[int, ...]]:
    """Lowest penalised deviance; on a tie the fewest points."""
    return round(card.objective, 6), int(card.points.sum()), tuple(int(x) for x in card.points)


def improved_points(board: Board, card: Rounded) -> Rounded:
    """Any points for one line, else one more or less for two, as long as that lowers the penalised deviance."""
    for _ in range(_SWEEPS):
        better = _moved(board, card, _single_moves(card.points, board.max_points))
        if better is card:
            better = _moved(board, card, _double_moves(card.points, board.max_points))
        if better is card:
            break
        card = better
    return card


def _combined(design: Array, positive: Array, total: Array) -> UniqueProfiles:
    """Profiles that no line tells apart, summed: the search runs on these few."""
    both = np.concatenate([positive, total - positive])
    outcome = np.repeat([1.0, 0.0], len(total))
    return unique_profiles(np.vstack([design, design]), outcome, both)


def _single_moves(points: Points, max_points: int) -> Points:
    """Every card with other points on one line, shape ``(moves, lines)``."""
    line = np.repeat(np.arange(len(points)), max_points + 1)
    cards = np.tile(points, (len(line), 1))
    cards[np.arange(len(line)), line] = np.tile(np.arange(max_points + 1), len(points))
    return _allowed(cards[(cards != points).any(axis=1)], max_points)


def _double_moves(points: Points, max_points: int) -> Points:
    """Every card with one point more or less on two lines, shape ``(moves, lines)``."""
    first, second = np.triu_indices(len(points), 1)
    rows = np.arange(len(first))
    parts = [np.tile(points, (len(first), 1)) for _ in range(4)]
    for cards, (a, b) in zip(parts, ((-1, -1), (-1, 1), (1, -1), (1, 1)), strict=True):
        cards[rows, first] += a
        cards[rows, second] += b
    return _allowed(np.vstack(parts), max_points)


def _allowed(cards: Points, max_points: int) -> Points:
    return cards[(cards >= 0).all(axis=1) & (cards <= max_points).all(axis=1) & cards.any(axis=1)]


def _moved(board: Board, card: Rounded, moves: Points) -> Rounded:
    """The best of these moves if it lowers the penalised deviance, else the card itself."""
    if not len(moves):
        return card
    totals = (moves.astype(np.float64) @ board.design.T).astype(np.int64)
    size = len(card.points) * board.max_points + 1
    hit = np.array([np.bincount(one, board.positive, size) for one in totals], dtype=np.float64)
    families = np.array([np.bincount(one, board.total, size) for one in totals], dtype=np.float64)
    fits = fit_histograms(hit, families, penalties(board.ridge, moves), (card.intercept, card.slope))
    order = np.lexsort((moves.sum(axis=1), np.round(fits.objective, 6)))
    best = judged(board, moves[order[0]])
    return best if best.objective < card.objective - _TIE else card


def penalties(ridge: float, cards: Points) -> Array:
    """Penalty on the squared slope of each card, shape ``(cards,)``."""
    points = cards.astype(np.float64)
    return np.asarray(ridge * (points**2).sum(axis=1) + _SLOPE_RIDGE * points.sum(axis=1) ** 2)

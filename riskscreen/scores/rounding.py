"""Whole points from fitted log-odds: a search over multipliers, then over the points of one and of two lines.

The log-odds of a card are ``intercept + slope * points``. Every multiplier that maps the largest coefficient to at
most ``max_points`` gives a rounding; the best few are improved by giving one line any other points, or two lines one
point more or less. Plain rounding (largest coefficient to ``max_points``) is among the candidates, so the result is
never worse than it. The idea is that of Ustun & Rudin (2019, JMLR 20:150) and Liu et al. (FasterRisk, NeurIPS 2022),
on counts: a card is judged by its histogram of total points, and thousands of histograms are judged together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from riskscreen.stats.histograms import fit_histograms
from riskscreen.stats.logistic import fit_logistic
from riskscreen.stats.profiles import unique_profiles

Array = NDArray[np.float64]
Points = NDArray[np.int64]

_MULTIPLIERS = 41
_IMPROVED = 2
_SWEEPS = 30
_SLOPE_RIDGE = 1e-3
_TIE = 1e-6
_BY_ONE = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)])
Move = tuple[tuple[int, ...], Points]
"""Some lines, and other points for them: shape ``(moves, lines)``."""


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
    """What points are tried on: patterns of lines with counts, and the rules.

    Parameters
    ----------
    holds
        0 or 1 per line and pattern, shape ``(lines, patterns)``.
    positive, total
        Families with the outcome and all families, shape ``(patterns,)``.
    max_points
        Most points of one line.
    ridge
        Penalty on the squared log-odds per line.
    """

    holds: Points
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
    board = _board(design, positive, total, max_points, ridge)
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
    return judged(_board(design, positive, total, max_points, 0.0), points)


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
    totals = points @ board.holds
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


def _board(design: Array, positive: Array, total: Array, max_points: int, ridge: float) -> Board:
    """Profiles that no line tells apart are summed: the search runs on these few."""
    both = np.concatenate([positive, total - positive])
    outcome = np.repeat([1.0, 0.0], len(total))
    small = unique_profiles(np.vstack([design, design]), outcome, both)
    holds = np.ascontiguousarray(small.levels.T).astype(np.int64)
    return Board(holds, small.positive, small.total, max_points, ridge)


def _single_moves(points: Points, max_points: int) -> Iterator[Move]:
    """Other points for one line."""
    every = np.arange(max_points + 1)
    for line, own in enumerate(points):
        yield (line,), every[every != own][:, None]


def _double_moves(points: Points, max_points: int) -> Iterator[Move]:
    """One point more or less for two lines."""
    for pair in combinations(range(len(points)), 2):
        moved = points[list(pair)] + _BY_ONE
        yield pair, moved[((moved >= 0) & (moved <= max_points)).all(axis=1)]


def _moved(board: Board, card: Rounded, moves: Iterable[Move]) -> Rounded:
    """The best of these moves if it lowers the penalised deviance, else the card itself."""
    totals = card.points @ board.holds
    tried = [_tried(board, card.points, totals, lines, values) for lines, values in moves]
    if not tried:  # one line has no pairs
        return card
    cards, hit, families = (np.concatenate(part) for part in zip(*tried, strict=True))
    some = cards.any(axis=1)
    if not some.any():
        return card
    cards, hit, families = cards[some], hit[some], families[some]
    fits = fit_histograms(hit, families, penalties(board.ridge, cards), (card.intercept, card.slope))
    order = np.lexsort((cards.sum(axis=1), np.round(fits.objective, 6)))
    best = judged(board, cards[order[0]])
    return best if best.objective < card.objective - _TIE else card


def _tried(
    board: Board, points: Points, totals: Points, lines: tuple[int, ...], values: Points
) -> tuple[Points, Array, Array]:
    """The cards that these moves make, and their histograms: families with the outcome and all families per total.

    One pass over the patterns counts the totals of the *other* lines, apart for each way in which these lines hold;
    every move only shifts those counts. All arrays have shape ``(moves, ...)``.
    """
    chosen, ways = list(lines), 1 << len(lines)
    cards = np.tile(points, (len(values), 1))
    cards[:, chosen] = values
    own, size = board.holds[chosen], len(points) * board.max_points + 1
    code = (1 << np.arange(len(lines))) @ own * size + totals - points[chosen] @ own
    counts = [np.bincount(code, each, ways * size).reshape(ways, size) for each in (board.positive, board.total)]
    held = np.arange(ways)[:, None] >> np.arange(len(lines)) & 1
    made = np.zeros((2, len(values), size))
    for move, shifts in enumerate(values @ held.T):
        for way, shift in enumerate(shifts):
            for histogram, count in zip(made, counts, strict=True):
                histogram[move, shift:] += count[way, : size - shift]
    return cards, made[0], made[1]


def penalties(ridge: float, cards: Points) -> Array:
    """Penalty on the squared slope of each card, shape ``(cards,)``."""
    points = cards.astype(np.float64)
    return np.asarray(ridge * (points**2).sum(axis=1) + _SLOPE_RIDGE * points.sum(axis=1) ** 2)

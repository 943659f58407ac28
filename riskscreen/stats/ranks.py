"""Ranks of many areas with joint confidence sets, and which areas can be told apart at all.

A league table pretends that ranks are known. Here an area's rank is a set: one more than the number of areas that are
surely higher, up to the number of areas minus those surely lower; and all sets hold together with the stated
confidence. *Surely* is judged on every pair of areas at once (Mogstad, Romano, Shaikh & Wilhelm 2024, Review of
Economic Studies 91:476, with steps down as in Romano & Wolf 2005), or, when there are too many pairs, on intervals that
hold for all areas at once (Klein, Wright & Wieczorek 2020, JRSS-A 183:731), which is a little wider.

Rates are compared as ``arcsin(sqrt(rate))`` with Anscombe's corrections (1948, Biometrika 35:246): there the standard
error is ``1 / (2 sqrt(trials + 1/2))`` whatever the rate. Direct rates are used, not the estimates drawn together:
joint sets of these have a guarantee that does not rest on a model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

MOST_PAIRWISE = 200
"""With more areas than this, intervals are used instead of pairs."""
_DRAWS, _SEED, _STEPS = 5_000, 20200, 10


@dataclass(frozen=True, slots=True)
class Ranks:
    """Joint confidence sets of ranks (1: highest rate); arrays of shape ``(areas,)``.

    Parameters
    ----------
    low, high
        First and last rank of each set.
    side
        1 where the rate is surely above the overall rate, -1 below, 0 where it cannot be told apart from it; also
        jointly over all areas.
    level
        Intended joint coverage.
    """

    low: Whole
    high: Whole
    side: Whole
    level: float

    @property
    def share_apart(self) -> float:
        """Share of the areas that can be told apart from the overall rate."""
        return float(np.mean(self.side != 0)) if len(self.side) else 0.0


def rank_areas(events: Array, trials: Array, *, level: float = 0.95) -> Ranks:
    """Joint confidence sets of the ranks of areas by their own rates.

    Parameters
    ----------
    events, trials
        Whole numbers, shape ``(areas,)``; ``0 <= events <= trials`` and ``trials >= 1``.
    level
        Probability that the sets of all areas hold at once.

    Raises
    ------
    UsageError
        Counts are impossible.

    Examples
    --------
    >>> found = rank_areas(np.array([90.0, 10.0, 11.0]), np.array([1000.0, 1000.0, 1000.0]))
    >>> found.low.tolist(), found.high.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    events, trials = np.asarray(events, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    _check(events, trials)
    place, error = stabilised(events, trials)
    if len(events) <= MOST_PAIRWISE:
        low, high = _from_pairs(_pairwise(place, error, level))
    else:
        low, high = _from_intervals(place, error, level)
    return Ranks(low, high, _sides(events, trials, place, error, level), level)


def stabilised(events: Array, trials: Array) -> tuple[Array, Array]:
    """``arcsin(sqrt(rate))`` with Anscombe's corrections, and its standard error."""
    place = np.arcsin(np.sqrt((events + 0.375) / (trials + 0.75)))
    return np.asarray(place), np.asarray(0.5 / np.sqrt(trials + 0.5))


def _check(events: Array, trials: Array) -> None:
    if events.ndim != 1 or events.shape != trials.shape:
        raise UsageError("events and trials must be two rows of the same length", do="give one of each per area")
    if (events < 0).any() or (events > trials).any() or (trials < 1).any():
        raise UsageError("a rank needs 0 <= events <= trials and trials of at least 1", do="leave out empty areas")


def _pairwise(place: Array, error: Array, level: float) -> NDArray[np.bool_]:
    """``above[i, j]``: j is surely above i. Steps down: what is sure is left out of the next maximum."""
    areas = len(place)
    apart = np.hypot(error[:, None], error[None, :])
    score = (place[None, :] - place[:, None]) / apart
    rows, columns = np.triu_indices(areas, 1)
    draws = np.random.default_rng(_SEED).normal(size=(_DRAWS, areas)) * error
    sure = np.zeros(len(rows), dtype=bool)
    for _ in range(_STEPS):
        left = ~sure
        if not left.any():
            break
        limit = _largest(draws, rows[left], columns[left], apart, level)
        more = left & (np.abs(score[rows, columns]) > limit)
        if not more.any():
            break
        sure |= more
    above = np.zeros((areas, areas), dtype=bool)
    above[rows[sure], columns[sure]] = score[rows[sure], columns[sure]] > 0
    above[columns[sure], rows[sure]] = score[rows[sure], columns[sure]] < 0
    return above


def _largest(draws: Array, rows: Whole, columns: Whole, apart: Array, level: float) -> float:
    """Quantile of the largest absolute difference over these pairs, when all areas have the same rate."""
    largest = np.zeros(len(draws))
    for row in np.unique(rows):
        own = columns[rows == row]
        largest = np.maximum(largest, np.abs((draws[:, [row]] - draws[:, own]) / apart[row, own]).max(axis=1))
    return float(np.quantile(largest, level))


def _from_pairs(above: NDArray[np.bool_]) -> tuple[Whole, Whole]:
    return 1 + above.sum(axis=1), len(above) - above.sum(axis=0)


def _from_intervals(place: Array, error: Array, level: float) -> tuple[Whole, Whole]:
    """Areas whose intervals do not overlap are apart; each interval holds at ``level ** (1 / areas)``."""
    limit = simultaneous(len(place), level)
    bottom, top = place - limit * error, place + limit * error
    higher = len(place) - np.searchsorted(np.sort(bottom), top, side="right")
    lower = np.searchsorted(np.sort(top), bottom, side="left")
    return 1 + higher.astype(np.int64), len(place) - lower.astype(np.int64)


def _sides(events: Array, trials: Array, place: Array, error: Array, level: float) -> Whole:
    """Against the overall rate, of which each area is itself a part."""
    overall, _ = stabilised(events.sum(keepdims=True), trials.sum(keepdims=True))
    part = trials / trials.sum()
    own = np.maximum(error * np.sqrt(np.maximum(1 - part, 0.0)), 1e-12)
    score = (place - overall) / own
    limit = simultaneous(len(place), level)
    return np.where(np.abs(score) > limit, np.sign(score), 0).astype(np.int64)


def simultaneous(areas: int, level: float) -> float:
    """How many standard errors hold for this many independent areas at once (Sidak 1967)."""
    from scipy.special import ndtri

    return float(ndtri(0.5 + 0.5 * level ** (1 / max(areas, 1))))

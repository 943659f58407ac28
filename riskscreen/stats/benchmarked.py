"""Estimates of areas made to add up to the recorded total of the larger area they lie in (benchmarking)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Benchmarked:
    """Estimates that add up; arrays of shape ``(areas,)``.

    Parameters
    ----------
    estimate, low, high
        Rates per 1, after the ratio of their total.
    ratio
        By how much the estimates of the area's total were multiplied.
    """

    estimate: Array
    low: Array
    high: Array
    ratio: Array


def benchmark(
    estimate: Array, low: Array, high: Array, *, trials: Array, events: Array, totals: Array | Whole
) -> Benchmarked:
    """Multiply the estimates of each total by one ratio, so that they add up to its recorded events.

    ``ratio_g = sum(events) / sum(trials * estimate)`` over the areas of total ``g`` (You, Rao & Hidiroglou 2013, Survey
    Methodology 39:217; as the constrained Bayes estimate in Bell, Datta & Ghosh 2013, Biometrika 100:189). The interval
    moves along, and each side widens by what the estimate was moved: half-width ``sqrt(own^2 + (1.96 shift)^2)``, as
    the mean squared error of a benchmarked estimate is its posterior variance plus the squared shift.

    Parameters
    ----------
    estimate, low, high
        Rates per 1, shape ``(areas,)``.
    trials, events
        Families and families with the outcome, shape ``(areas,)``.
    totals
        Label of the total each area is part of. A total without events keeps its estimates: a ratio of zero would say
        that nothing can happen there.

    Raises
    ------
    UsageError
        Shapes differ.

    Examples
    --------
    >>> half = np.array([0.5, 0.25])
    >>> found = benchmark(half, half - 0.1, half + 0.1, trials=np.array([10.0, 20.0]), events=np.array([6.0, 6.0]),
    ...                   totals=np.array([1, 1]))
    >>> float(found.estimate @ np.array([10.0, 20.0]))
    12.0
    """
    if len({np.shape(a) for a in (estimate, low, high, trials, events, totals)}) != 1:
        raise UsageError("benchmarking needs one of each per area", do="give rows of the same length")
    labels = np.unique(totals, return_inverse=True)[1]
    recorded, made = np.bincount(labels, weights=events), np.bincount(labels, weights=trials * estimate)
    ratio = np.where((recorded > 0) & (made > 0), recorded / np.where(made > 0, made, 1.0), 1.0)[labels]
    moved = np.minimum(estimate * ratio, 1.0)
    shift = _Z * np.abs(moved - estimate)
    below, above = np.hypot(estimate - low, shift), np.hypot(high - estimate, shift)
    return Benchmarked(moved, np.maximum(moved - below, 0.0), np.minimum(moved + above, 1.0), ratio)

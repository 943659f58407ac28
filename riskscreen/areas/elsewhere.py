"""How need could lie elsewhere than the profiles say, as far as the reports of each area leave room for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from riskscreen.areas.rates import AreaEstimates

Array = NDArray[np.float64]
_LEAST = 2
"""Need can lie elsewhere only where there are two areas."""


def need_elsewhere(found: AreaEstimates) -> dict[str, float]:
    """Need per area over what the profiles there say, as it might also be: a stress test, not an estimate.

    Areas below the base of an estimate are left out: for them the profiles are all there is. Factors have two
    significant digits, as the gate gives an estimate beside a hidden count: they say no more than what leaves.

    Parameters
    ----------
    found
        Estimates with what the card expects; without a card there is nothing to hold them against.

    Returns
    -------
    dict
        A factor per area, 1 where need is as the profiles say; empty with fewer than two areas.
    """
    rows = [row for row in found.large() if row.expected is not None]
    if len(rows) < _LEAST:
        return {}
    arrays = (np.array([getattr(row, name) for row in rows], np.float64) for name in _ARRAYS)
    return {row.area: float(f"{factor:.2g}") for row, factor in zip(rows, farthest_need(*arrays), strict=True)}


_ARRAYS = ("estimate", "low", "high", "expected", "families")


def farthest_need(estimate: Array, low: Array, high: Array, expected: Array, families: Array) -> Array:
    """Need over what is expected, with every area at the end of its interval that lies farthest from that.

    What is expected is first made to add up to the estimates, so that only differences between areas count. An area
    whose estimate is above it goes to its upper bound, one below it to its lower bound. Then all are multiplied by one
    number, so that all areas together have as much need as was expected: need moves, it does not grow.

    Parameters
    ----------
    estimate, low, high
        Rates per 1 and their interval, shape ``(areas,)``.
    expected
        Rates per 1 that the profiles there say, above 0.
    families
        Families, at least one in all.

    Returns
    -------
    ndarray
        ``need / expected`` per area, not below 0; its mean weighted by expected cases is 1.

    Examples
    --------
    >>> two = np.array([100.0, 100.0])
    >>> found = farthest_need(np.array([0.05, 0.03]), np.array([0.04, 0.02]), np.array([0.06, 0.04]),
    ...                       np.array([0.04, 0.04]), two)
    >>> [round(float(factor), 2) for factor in found]
    [1.5, 0.5]
    """
    level = expected * (families @ estimate) / (families @ expected)
    end = np.where(estimate >= level, high, low)
    return np.asarray(end / level * (families @ level) / (families @ end))

"""Rows to unique profiles: what a card is fitted on.

Rows are first summed to sorted unique profiles, so that rows and counts give the same card bit for bit: a card decides
between near-ties, and a sum in another order could flip a point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

_LARGEST_KEY = 2**62


@dataclass(frozen=True, slots=True)
class UniqueProfiles:
    """Sorted unique profiles with counts.

    Parameters
    ----------
    levels
        Shape ``(profiles, stressors)``; ``nan`` is *not covered* and sorts first.
    positive, total
        Shape ``(profiles,)``: families with the outcome, and all.
    """

    levels: Array
    positive: Array
    total: Array


def unique_profiles(levels: Array, outcome: Array, weight: Array) -> UniqueProfiles:
    """Sum rows to sorted unique profiles; rows of weight 0 are left out.

    Parameters
    ----------
    levels
        Shape ``(rows, stressors)``.
    outcome, weight
        Shape ``(rows,)``: 0 or 1, and families per row.
    """
    counted = weight > 0
    levels, outcome, weight = levels[counted], outcome[counted], weight[counted]
    key = profile_codes(levels)
    order = np.lexsort((weight, outcome, key))  # sorted weights: their sum does not depend on the order of the rows
    key, weight, outcome = key[order], weight[order], outcome[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    return UniqueProfiles(
        levels[order][starts], np.add.reduceat(weight * outcome, starts), np.add.reduceat(weight, starts)
    )


def profile_codes(levels: Array) -> Codes:
    """One whole number per row, the same for the same profile, in the order of the profiles; shape ``(rows,)``."""
    key = np.zeros(len(levels), dtype=np.int64)
    size = 1
    for column in levels.T:
        values, code = np.unique(column, return_inverse=True)  # nan is one value, and sorts last
        width = len(values) + 1
        if size > _LARGEST_KEY // width:
            packed, key = np.unique(key, return_inverse=True)
            size = len(packed)
        code = np.where(np.isnan(column), 0, code + 1)
        key = key * width + code
        size *= width
    return key

"""Rows to unique profiles: what a card is fitted on.

Rows are first summed to sorted unique profiles, so that rows and counts give the same card bit for bit: a card decides
between near-ties, and a sum in another order could flip a point.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

_LARGEST_KEY = 2**62
_LARGEST_EXACT = 2**53
"""Whole numbers up to here, and their sums, are exact in floating point."""
_WIDEST = 1024
_BLOCK = 4096
"""Rows looked at together: they fit in the cache of a core."""


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
    if not counted.all():
        levels, outcome, weight = levels[counted], outcome[counted], weight[counted]
    key = profile_codes(levels)
    order = np.argsort(key) if _sums_exactly(weight) else np.lexsort((weight, outcome, key))
    weight, outcome = weight[order], outcome[order]
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    return UniqueProfiles(
        levels[order[starts]] + 0.0,  # a zero has one sign
        np.add.reduceat(weight * outcome, starts),
        np.add.reduceat(weight, starts),
    )


def profile_codes(levels: Array) -> Codes:
    """One whole number per row, the same for the same profile, in the order of the profiles; shape ``(rows,)``.

    Small whole levels (the usual case) are digits of a number, found for blocks of rows by one product of matrices;
    any other column is first ranked.
    """
    floors, width = _digits(levels)
    key, size = np.zeros(len(levels), dtype=np.int64), 1
    for first, last in _words(width):
        word, most = _word(levels, floors, width, first, last)
        if size > _LARGEST_KEY // most:
            key, size = _packed(key)
        if size > _LARGEST_KEY // most:
            word, most = _packed(word)
        key, size = key * most + word, size * most
    return key


def _sums_exactly(weight: Array) -> bool:
    """Whole weights have the same sum in every order; others are sorted first."""
    return bool(np.all(weight == np.rint(weight))) and float(weight.sum()) < _LARGEST_EXACT


def _digits(levels: Array) -> tuple[Array, Codes]:
    """Per column what the digit 0 stands for, and the number of digits (0: not small whole numbers).

    Only a column that has *not covered* somewhere spends a digit on it.
    """
    columns = levels.shape[1]
    lowest, highest = np.full(columns, np.inf), np.full(columns, -np.inf)
    whole, absent = np.ones(columns, dtype=np.bool_), np.zeros(columns, dtype=np.bool_)
    for start in range(0, len(levels), _BLOCK):
        block = levels[start : start + _BLOCK]
        np.fmin(lowest, np.fmin.reduce(block, axis=0), out=lowest)
        np.fmax(highest, np.fmax.reduce(block, axis=0), out=highest)
        missing = np.isnan(block)
        if missing.any():
            absent |= missing.any(axis=0)
        broken = ~((block == np.rint(block)) | missing)
        if broken.any():
            whole &= ~broken.any(axis=0)
    seen = lowest <= highest
    lowest, highest = np.where(seen, lowest, 0.0), np.where(seen, highest, 0.0)
    small = whole & (np.maximum(-lowest, highest) < _WIDEST)
    floors = np.where(absent, lowest[small].min(initial=0.0) - 1.0, lowest)
    return floors, np.where(small, highest - floors + 1.0, 0.0).astype(np.int64)


def _words(width: Codes) -> Iterator[tuple[int, int]]:
    """Ranges of columns that go into one exact number; a column without digits is a range of its own."""
    first, size = 0, 1
    for column, digits in enumerate(width):
        alone = digits == 0 or size > _LARGEST_EXACT // int(digits) or (first < column and width[column - 1] == 0)
        if alone and first < column:
            yield first, column
            first, size = column, 1
        size *= max(int(digits), 1)
    if first < len(width):
        yield first, len(width)


def _word(levels: Array, floors: Array, width: Codes, first: int, last: int) -> tuple[Codes, int]:
    """The number that these columns make, and how many there could be."""
    if width[first] == 0:
        column = np.ascontiguousarray(levels[:, first])
        values, rank = np.unique(column, return_inverse=True)  # nan is one value, and sorts last
        return np.where(np.isnan(column), 0, rank + 1).astype(np.int64), len(values) + 1
    place = np.cumprod(np.concatenate([[1], width[first + 1 : last][::-1]]))[::-1].astype(np.float64)
    below, offset = floors[first:last].min(), floors[first:last] @ place
    word = np.empty(len(levels), dtype=np.int64)
    for start in range(0, len(levels), _BLOCK):
        digits = np.fmax(levels[start : start + _BLOCK, first:last], below)  # nan is the lowest digit
        word[start : start + _BLOCK] = digits @ place - offset
    return word, int(np.prod(width[first:last]))


def _packed(key: Codes) -> tuple[Codes, int]:
    values, packed = np.unique(key, return_inverse=True)
    return packed, len(values)

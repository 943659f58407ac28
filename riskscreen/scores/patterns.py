"""Which lines hold where, and what that comes to within the patterns of the chosen lines.

A search over lines asks again and again what a card would be with another line. All of that can be read from one table:
for every pattern of the chosen lines and every candidate line, how many families the candidate holds for. It takes one
pass over the profiles for each set of chosen lines, and every further question costs as little as the patterns are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


_TOGETHER = 2**18
"""So many places of profiles are summed together: they fit in the cache of a core."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """Profiles with counts, and for every candidate line those for which it holds, or does not, whichever are fewer.

    Parameters
    ----------
    positive, total
        Shape ``(profiles,)``.
    flipped
        The stored profiles are those for which the line does *not* hold, shape ``(lines,)``.
    rows, hits
        Places of the stored profiles, and of those among them with the outcome: all lines one after another.
    families, positives
        Families of ``rows``, and families with the outcome of ``hits``.
    row_ends, hit_ends
        Where each line begins and ends in these, shape ``(lines + 1,)``.
    """

    positive: Array
    total: Array
    flipped: NDArray[np.bool_]
    rows: Codes
    hits: Codes
    families: Array
    positives: Array
    row_ends: Codes
    hit_ends: Codes

    @property
    def lines(self) -> int:
        """Number of candidate lines."""
        return len(self.flipped)

    def stored(self, line: int) -> Codes:
        """Places of the profiles stored for this line."""
        return self.rows[self.row_ends[line] : self.row_ends[line + 1]]


@dataclass(frozen=True, slots=True)
class Crossed:
    """The patterns of chosen lines, and within each what the other lines hold for.

    Parameters
    ----------
    chosen
        Places of the chosen lines among the candidates.
    patterns
        Shape ``(patterns, chosen)`` of 0 and 1.
    positive, total
        Families with the outcome and all families, shape ``(patterns,)``.
    line_positive, line_total
        The same for the families for which a candidate holds, shape ``(candidates, patterns)``.
    """

    chosen: tuple[int, ...]
    patterns: Array
    positive: Array
    total: Array
    line_positive: Array
    line_total: Array


@dataclass(frozen=True, slots=True)
class Groups:
    """The pattern of every profile: ``member`` (shape ``(profiles,)``) points into ``patterns``."""

    chosen: tuple[int, ...]
    member: Codes
    patterns: Array


def holdings_of(masks: Iterable[NDArray[np.bool_]], positive: Array, total: Array) -> Holdings:
    """What lines hold for, from where each holds (shape ``(profiles,)``)."""
    flipped, rows, hits = [], [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for mask in masks:
        flipped.append(2 * int(np.count_nonzero(mask)) > len(mask))
        rows.append(np.flatnonzero(~mask if flipped[-1] else mask))
        hits.append(rows[-1][positive[rows[-1]] > 0])
    every, hit = np.concatenate(rows), np.concatenate(hits)
    return Holdings(
        positive,
        total,
        np.array(flipped, dtype=np.bool_),
        every,
        hit,
        total[every],
        positive[hit],
        np.cumsum([len(part) for part in rows]),
        np.cumsum([len(part) for part in hits]),
    )


def one_group(holdings: Holdings) -> Groups:
    """No line chosen: all families together."""
    return Groups((), np.zeros(len(holdings.total), dtype=np.int64), np.zeros((1, 0)))


def group(holdings: Holdings, chosen: Sequence[int]) -> Groups:
    """The patterns of these lines."""
    groups = one_group(holdings)
    for line in chosen:
        groups = divided(holdings, groups, line)
    return groups


def divided(holdings: Holdings, groups: Groups, line: int) -> Groups:
    """Every pattern divided by one more line."""
    member = groups.member * 2
    if holdings.flipped[line]:
        member += 1
        member[holdings.stored(line)] -= 1
    else:
        member[holdings.stored(line)] += 1
    seen = np.bincount(member, minlength=2 * len(groups.patterns)) > 0
    place = np.cumsum(seen) - 1
    found = np.flatnonzero(seen)
    patterns = np.column_stack([groups.patterns[found // 2], (found % 2).astype(np.float64)])
    return Groups((*groups.chosen, line), place[member], patterns)


def cross(holdings: Holdings, groups: Groups) -> Crossed:
    """One pass over the profiles: families per pattern, and those for which each candidate holds."""
    size, member = len(groups.patterns), groups.member
    positive = np.bincount(member, holdings.positive, size).astype(np.float64)
    total = np.bincount(member, holdings.total, size).astype(np.float64)
    line_positive = _sums(member, holdings.hits, holdings.hit_ends, holdings.positives, size)
    line_total = _sums(member, holdings.rows, holdings.row_ends, holdings.families, size)
    line_positive[holdings.flipped] = positive - line_positive[holdings.flipped]
    line_total[holdings.flipped] = total - line_total[holdings.flipped]
    return Crossed(groups.chosen, groups.patterns, positive, total, line_positive, line_total)


def _sums(member: Codes, places: Codes, ends: Codes, counts: Array, size: int) -> Array:
    """Counts per line and pattern, shape ``(lines, patterns)``, for a few lines at a time."""
    lines = len(ends) - 1
    sums = np.zeros((lines, size))
    first = 0
    while first < lines:
        last = max(first + 1, int(np.searchsorted(ends, ends[first] + _TOGETHER, side="right")) - 1)
        some = slice(ends[first], ends[last])
        cell = member[places[some]]
        cell += np.repeat(np.arange(last - first) * size, np.diff(ends[first : last + 1]))
        sums[first:last] = np.bincount(cell, counts[some], (last - first) * size).reshape(-1, size)
        first = last
    return sums

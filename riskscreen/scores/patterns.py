"""Which lines hold where, and what that comes to within the patterns of the chosen lines.

A search over lines asks again and again what a card would be with another line. All of that can be read from one table:
for every pattern of the chosen lines and every candidate line, how many families the candidate holds for. It takes one
pass over the profiles for each set of chosen lines, and every further question costs as little as the patterns are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Holds:
    """The profiles for which one line holds, or does not, whichever are fewer.

    Parameters
    ----------
    rows, hits
        Places of these profiles, and of those among them with the outcome.
    families, positive
        Families of ``rows``, and families with the outcome of ``hits``.
    flipped
        ``rows`` are those for which the line does *not* hold.
    """

    rows: Codes
    hits: Codes
    families: Array
    positive: Array
    flipped: bool


@dataclass(frozen=True, slots=True)
class Holdings:
    """Profiles with counts, shape ``(profiles,)``, and what every candidate line holds for."""

    positive: Array
    total: Array
    lines: tuple[Holds, ...]


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


def holds(mask: NDArray[np.bool_], positive: Array, total: Array) -> Holds:
    """What a line holds for, from where it holds (shape ``(profiles,)``)."""
    flipped = 2 * int(np.count_nonzero(mask)) > len(mask)
    rows = np.flatnonzero(~mask if flipped else mask)
    hits = rows[positive[rows] > 0]
    return Holds(rows, hits, total[rows], positive[hits], flipped)


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
    one = holdings.lines[line]
    member = groups.member * 2
    if one.flipped:
        member += 1
        member[one.rows] -= 1
    else:
        member[one.rows] += 1
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
    line_positive = np.empty((len(holdings.lines), size))
    line_total = np.empty((len(holdings.lines), size))
    for place, one in enumerate(holdings.lines):
        line_positive[place] = np.bincount(member[one.hits], one.positive, size)
        line_total[place] = np.bincount(member[one.rows], one.families, size)
        if one.flipped:
            line_positive[place] = positive - line_positive[place]
            line_total[place] = total - line_total[place]
    return Crossed(groups.chosen, groups.patterns, positive, total, line_positive, line_total)

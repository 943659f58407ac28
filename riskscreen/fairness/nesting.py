"""Groups of one attribute that lie within groups of another: single mothers within single parents.

What the larger has more is then known too, as their difference. Only counts are seen here, so a set of groups that is
nowhere larger than another is taken to lie within it; where that is chance, a group more is left out than need be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from riskscreen.fairness.metrics import Ints

_MOST_GROUPS = 8
"""With more groups shown than this, sets of more than two are not tried: their number doubles with every group."""


@dataclass(frozen=True, slots=True)
class Within:
    """A set of groups of an attribute (by its number) that differs by few from a set of groups of another."""

    attribute: int
    groups: tuple[int, ...]


def close_within(families: Sequence[Ints], shown: Sequence[Sequence[int]], starts: Ints, least: int) -> Within | None:
    """A set of groups shown that lies within one of another attribute, and leaves fewer than ``least`` in a step.

    Parameters
    ----------
    families
        Per attribute, shape ``(groups, places, 2)``: place on the scale of scores, outcome.
    shown
        Per attribute the groups shown.
    starts
        Places where steps begin.

    Returns
    -------
    Within or None
        The smaller set of the first such pair; ``None`` when there is none.
    """
    sets = list(_known(families, shown))
    if not sets:
        return None
    cells = np.array([one.families for one in sets])
    steps = np.add.reduceat(cells, starts, axis=1)
    more = steps[None, :] - steps[:, None]
    close = (more >= 0).all(axis=(2, 3)) & (more < least).any(axis=(2, 3)) & more.any(axis=(2, 3))
    for inner, outer in np.argwhere(close):
        if sets[inner].attribute != sets[outer].attribute and (cells[inner] <= cells[outer]).all():
            return Within(sets[inner].attribute, sets[inner].groups)
    return None


@dataclass(frozen=True, slots=True)
class _Known:
    """Families that a reader knows: some groups together, or all others."""

    attribute: int
    groups: tuple[int, ...]
    families: Ints


def _known(families: Sequence[Ints], shown: Sequence[Sequence[int]]) -> Iterator[_Known]:
    for number, (counts, groups) in enumerate(zip(families, shown, strict=True)):
        most = len(groups) if len(groups) <= _MOST_GROUPS else 2
        for size in range(1, most + 1):
            for some in combinations(groups, size):
                together = counts[list(some)].sum(axis=0)
                yield _Known(number, some, together)
                yield _Known(number, some, counts.sum(axis=0) - together)

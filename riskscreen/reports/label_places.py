"""Where the labels of a few marks go, so that none lies on a mark, on a line or on another label."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]

RADIUS = 9.0
"""Half the side of the square that a mark takes, in pixels."""
NEAR = 14.0
"""A label further from its mark than this gets a line to it."""
STEP = 7.0
FURTHEST = 220.0
NOWHERE = 10_000.0
"""What a label without a free place counts for when orders are compared."""
ATTEMPTS = 30
"""Labels that found no place choose first in the next attempt, and the others in an order by lot."""
_DIRECTIONS = tuple(math.pi / 8 * turn for turn in (0, 8, 15, 1, 7, 9, 12, 4, 14, 2, 10, 6, 13, 3, 11, 5))
"""To the right first, then to the left, then up and down: labels are read from left to right."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; ``top`` is the smaller one."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, centre: Point, width: float, height: float) -> Box:
        """The rectangle with this centre."""
        x, y = centre
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    def meets(self, other: Box) -> bool:
        """Do both share any ground?"""
        apart = self.right <= other.left or other.right <= self.left
        return not (apart or self.bottom <= other.top or other.bottom <= self.top)

    def within(self, other: Box) -> bool:
        """Does it lie wholly inside the other?"""
        across = self.left >= other.left and self.right <= other.right
        return across and self.top >= other.top and self.bottom <= other.bottom


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a label goes.

    Parameters
    ----------
    centre
        Middle of the label, in pixels.
    leader
        End of the line from the mark to the label; ``None`` when the label lies beside its mark.
    reach
        How far from the mark, in pixels.
    """

    centre: Point
    leader: Point | None
    reach: float


def place_labels(
    marks: Sequence[Point], sizes: Sequence[Point], page: Box, taken: Sequence[Box] = ()
) -> tuple[Spot, ...]:
    """A place per label, near its mark.

    Parameters
    ----------
    marks
        Centres of the marks, in pixels.
    sizes
        Width and height of each label, in pixels.
    page
        Where labels may stand.
    taken
        Where they may not, besides on marks.

    Returns
    -------
    tuple of Spot
        In the order given. A label for which there is no free place stands to the right of its mark.
    """
    squares = [Box.around(mark, 2 * RADIUS, 2 * RADIUS) for mark in marks]
    order: list[int] = _by_room(marks)
    lot = random.Random(len(marks))
    best: tuple[float, dict[int, Spot]] = (math.inf, {})
    for _ in range(ATTEMPTS):
        found = _in_order(order, marks, squares, sizes, page, taken)
        best = min(best, (sum(spot.reach for spot in found.values()), found), key=lambda one: one[0])
        stuck = [place for place in order if found[place].reach == NOWHERE]
        if not stuck:
            break
        rest = [place for place in order if place not in stuck]
        lot.shuffle(rest)
        order = [*stuck, *rest]
    return tuple(best[1][place] for place in range(len(marks)))


def _by_room(marks: Sequence[Point]) -> list[int]:
    """Who chooses first: the marks that stand closest to others."""

    def room(place: int) -> float:
        return sum(sorted(math.dist(marks[place], other) for other in marks)[:4])

    return sorted(range(len(marks)), key=room)


def _in_order(
    order: Sequence[int],
    marks: Sequence[Point],
    squares: Sequence[Box],
    sizes: Sequence[Point],
    page: Box,
    taken: Sequence[Box],
) -> dict[int, Spot]:
    labels: list[Box] = []
    leaders: list[Box] = []
    spots = {}
    for place in order:
        mark, size = marks[place], sizes[place]
        crossed = [*labels, *(one for one in squares if not one.meets(squares[place]))]
        full = [*taken, *squares, *labels, *leaders]
        free = (spot for spot in _candidates(mark, size, page) if _is_free(spot, mark, size, page, full, crossed))
        spot = next(free, Spot((mark[0] + RADIUS + size[0] / 2, mark[1]), None, NOWHERE))
        labels.append(Box.around(spot.centre, *size))
        leaders += _beads(mark, spot.leader) if spot.leader else ()
        spots[place] = spot
    return spots


def line_boxes(points: Sequence[Point]) -> tuple[Box, ...]:
    """Small squares along a line through points: no label should lie on it."""
    return tuple(bead for one, other in pairwise(points) for bead in _beads(one, other))


def _candidates(mark: Point, size: Point, page: Box) -> Iterator[Spot]:
    for ring in range(int(FURTHEST / STEP)):
        reach = RADIUS + 2 + ring * STEP
        for angle in _DIRECTIONS:
            across, down = math.cos(angle), -math.sin(angle)
            centre = (mark[0] + across * (reach + size[0] / 2), mark[1] + down * (reach + size[1] / 2))
            far = reach > RADIUS + NEAR
            yield Spot(centre, _edge(mark, Box.around(centre, *size)) if far else None, reach)


def _edge(mark: Point, box: Box) -> Point:
    """The point of a rectangle that is nearest to a mark."""
    return min(max(mark[0], box.left), box.right), min(max(mark[1], box.top), box.bottom)


def _is_free(spot: Spot, mark: Point, size: Point, page: Box, full: Sequence[Box], crossed: Sequence[Box]) -> bool:
    """Does the label meet nothing, and its line no label and no mark?"""
    box = Box.around(spot.centre, *size)
    if not box.within(page) or any(box.meets(one) for one in full):
        return False
    return spot.leader is None or not any(bead.meets(one) for bead in _beads(mark, spot.leader) for one in crossed)


def _beads(one: Point, other: Point) -> tuple[Box, ...]:
    count = max(1, int(math.dist(one, other) / 5))
    steps = [(one[0] + (other[0] - one[0]) * i / count, one[1] + (other[1] - one[1]) * i / count) for i in range(count)]
    return tuple(Box.around(step, 3, 3) for step in steps)

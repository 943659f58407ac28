"""Outlines of places that are no place: Voronoi cells inside a border."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_CORNERS = 48
_RELAXATIONS = 3


def border(radius: float, draws: np.random.Generator) -> Floats:
    """A lobed circle around (0, 0), counter-clockwise; convex enough for half-plane clipping to stay inside it."""
    angle = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    phase = draws.uniform(0, 2 * np.pi, 2)
    away = radius * (1 + 0.09 * np.cos(2 * angle + phase[0]) + 0.035 * np.cos(3 * angle + phase[1]))
    return np.column_stack([away * np.cos(angle), away * np.sin(angle)])


def cells(around: Floats, count: int, draws: np.random.Generator, crowding: float) -> list[Floats]:
    """Voronoi cells of points in a border; Lloyd's relaxation (1982) makes them compact."""
    points = points_inside(around, count, draws, crowding)
    for _ in range(_RELAXATIONS):
        points = np.array([centroid(_cell(around, points, i)) for i in range(count)])
    return [_cell(around, points, i) for i in range(count)]


def points_inside(around: Floats, count: int, draws: np.random.Generator, crowding: float) -> Floats:
    """Points between the centroid and the border; a crowding above 0.5 puts more of them near the middle."""
    middle = centroid(around)
    corner = draws.integers(0, len(around), count)
    along = draws.random((count, 1))
    edge = around[corner] * along + around[(corner + 1) % len(around)] * (1 - along)
    return np.asarray(middle + (edge - middle) * draws.random((count, 1)) ** crowding * 0.97)


def centroid(cell: Floats) -> Floats:
    """Centroid of a polygon by its area (shoelace formula), shape (2,)."""
    x, y = cell[:, 0], cell[:, 1]
    nx, ny = np.roll(x, -1), np.roll(y, -1)
    cross = x * ny - nx * y
    moments = np.array([((x + nx) * cross).sum(), ((y + ny) * cross).sum()])
    return np.asarray(moments / (3 * cross.sum()))


def area(cell: Floats) -> float:
    """Area of a polygon (shoelace formula)."""
    x, y = cell[:, 0], cell[:, 1]
    return float(abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2)


def _cell(around: Floats, points: Floats, index: int) -> Floats:
    """The part of the border nearer to one point than to any other.

    Nearest points cut first; one more than twice as far as the farthest corner, and all after it, cut nothing.
    """
    cell, own = around, points[index]
    apart = np.hypot(points[:, 0] - own[0], points[:, 1] - own[1])
    for other in np.argsort(apart, kind="stable"):
        if other == index:
            continue
        if apart[other] > 2 * np.hypot(cell[:, 0] - own[0], cell[:, 1] - own[1]).max():
            break
        cell = _clip(cell, own, points[other])
    return cell


def _clip(cell: Floats, keep: Floats, drop: Floats) -> Floats:
    """Cut a polygon by the bisector of two points (Sutherland and Hodgman 1974)."""
    normal = drop - keep
    side = (cell - (keep + drop) / 2) @ normal
    corners: list[npt.NDArray[np.float64]] = []
    for here in range(len(cell)):
        there = (here + 1) % len(cell)
        if side[here] <= 0:
            corners.append(cell[here])
        if (side[here] < 0 < side[there]) or (side[there] < 0 < side[here]):
            part = side[here] / (side[here] - side[there])
            corners.append(cell[here] + part * (cell[there] - cell[here]))
    return np.array(corners)

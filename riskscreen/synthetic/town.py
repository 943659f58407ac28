"""The fictional municipality: wijken and buurten as nested Voronoi cells around a place that is no place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from riskscreen.records.texts import Text
from riskscreen.synthetic.areas import (
    AreaRow,
    Floats,
    Geography,
    Municipality,
    low_income_share,
    nearest,
    polygon_text,
    standardised,
)
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import Place, World

NOTICE = Text(
    "Synthetic data: a fictional municipality. No family, person or place here exists.",
    "Synthetische gegevens: een verzonnen gemeente. Geen gezin, persoon of plaats hier bestaat echt.",
)
_CORNERS = 48
_RELAXATIONS = 3


def fictional(world: World, chance: Chance) -> Geography:
    """Draw the wijken and buurten of the fictional municipality."""
    place = world.place
    draws = chance.stream("town")
    border = _border(place.radius_degrees, draws)
    wijk_cells = _cells(border, len(place.wijken), draws, crowding=0.75)
    per_wijk = _spread(place.buurten, len(place.wijken))
    cells, wijk_of = _buurten(wijk_cells, per_wijk, draws)
    deprivation = _deprivation(place, wijk_of, draws)
    weight = np.exp(draws.normal(0, place.size_spread, len(cells)))
    weight /= weight.sum()
    deprivation = standardised(deprivation, weight)
    middle = np.array([cell.mean(axis=0) for cell in cells])
    distance = np.hypot(middle[:, 0], middle[:, 1]) / place.radius_degrees
    municipality, province = place.municipality, place.province
    return Geography(
        codes=_buurt_codes(place, per_wijk),
        weight=weight,
        deprivation=deprivation,
        policing=standardised(0.7 * deprivation - distance + draws.normal(0, 0.4, len(cells)), weight),
        europe=_origin(place, "europe", deprivation),
        outside_europe=_origin(place, "outside_europe", deprivation),
        urbanity=_urbanity(weight, cells),
        hidden=np.zeros(len(cells)),
        municipality=np.zeros(len(cells), dtype=np.int64),
        province=np.zeros(len(cells), dtype=np.int64),
        minors=None,
        municipalities=(
            Municipality(municipality.code, municipality.name, province.code, province.name, province.name),
        ),
        neighbours=nearest(np.hypot(*(middle[:, None] - middle[None, :]).transpose(2, 0, 1))),
        rows=_rows(world, border, wijk_cells, cells, per_wijk, weight, deprivation),
        notice=NOTICE,
        real=False,
    )


def counted(geography: Geography, world: World, minors: npt.NDArray[np.int64]) -> Sequence[AreaRow]:
    """The areas register with numbers of people, from the minors of every buurt; higher levels are sums.

    Counts are multiples of 5, as in the published ones.
    """
    place, within = world.place, {row.area: row.within for row in geography.rows}
    totals: Counter[str] = Counter()
    for code, count in zip(geography.codes, minors, strict=True):
        area: str | None = code
        while area is not None:
            totals[area] += int(count)
            area = within[area]
    return [_with_people(row, place, totals[row.area]) for row in geography.rows]


def _with_people(row: AreaRow, place: Place, minors: int) -> AreaRow:
    inhabitants = minors * place.inhabitants_per_minor
    households = inhabitants / place.persons_per_household
    return replace(row, inhabitants=_fives(inhabitants), households=_fives(households), minors=_fives(minors))


def _fives(count: float) -> int:
    return 5 * round(count / 5)


def _border(radius: float, draws: np.random.Generator) -> Floats:
    """A lobed circle around (0, 0), counter-clockwise; convex enough for half-plane clipping to stay inside it."""
    angle = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    phase = draws.uniform(0, 2 * np.pi, 2)
    away = radius * (1 + 0.09 * np.cos(2 * angle + phase[0]) + 0.035 * np.cos(3 * angle + phase[1]))
    return np.column_stack([away * np.cos(angle), away * np.sin(angle)])


def _cells(border: Floats, count: int, draws: np.random.Generator, crowding: float) -> list[Floats]:
    """Voronoi cells of points in the border; Lloyd's relaxation makes them compact."""
    points = _points_inside(border, count, draws, crowding)
    for _ in range(_RELAXATIONS):
        points = np.array([_centroid(_cell(border, points, i)) for i in range(count)])
    return [_cell(border, points, i) for i in range(count)]


def _points_inside(border: Floats, count: int, draws: np.random.Generator, crowding: float) -> Floats:
    """Points between the centroid and the border; a crowding above 0.5 puts more of them near the middle."""
    middle = _centroid(border)
    corner = draws.integers(0, len(border), count)
    along = draws.random((count, 1))
    edge = border[corner] * along + border[(corner + 1) % len(border)] * (1 - along)
    return np.asarray(middle + (edge - middle) * draws.random((count, 1)) ** crowding * 0.97)


def _cell(border: Floats, points: Floats, index: int) -> Floats:
    """The part of the border nearer to one point than to any other."""
    cell = border
    for other in range(len(points)):
        if other != index:
            cell = _clip(cell, points[index], points[other])
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


def _centroid(cell: Floats) -> Floats:
    """Centroid of a polygon by its area (shoelace formula)."""
    x, y = cell[:, 0], cell[:, 1]
    nx, ny = np.roll(x, -1), np.roll(y, -1)
    cross = x * ny - nx * y
    moments = np.array([((x + nx) * cross).sum(), ((y + ny) * cross).sum()])
    return np.asarray(moments / (3 * cross.sum()))


def _spread(total: int, parts: int) -> list[int]:
    return [total * (i + 1) // parts - total * i // parts for i in range(parts)]


def _buurten(
    wijken: list[Floats], per_wijk: list[int], draws: np.random.Generator
) -> tuple[list[Floats], npt.NDArray[np.int64]]:
    cells: list[Floats] = []
    for wijk, count in zip(wijken, per_wijk, strict=True):
        cells += _cells(wijk, count, draws, crowding=0.6)
    return cells, np.repeat(np.arange(len(wijken)), per_wijk)


def _deprivation(place: Place, wijk_of: npt.NDArray[np.int64], draws: np.random.Generator) -> Floats:
    of_wijk = draws.normal(0, place.deprivation_wijk, len(place.wijken))
    return np.asarray(of_wijk[wijk_of] + draws.normal(0, place.deprivation_buurt, len(wijk_of)))


def _origin(place: Place, origin: str, deprivation: Floats) -> Floats:
    odds = place.origin[origin] / (1 - place.origin[origin]) * np.exp(place.origin_by_deprivation[origin] * deprivation)
    return np.asarray(np.clip(odds / (1 + odds) * 0.93, 0.01, 0.7))


def _wijk_codes(place: Place) -> list[str]:
    digits = place.municipality.code[2:]
    return [f"WK{digits}{i:02d}" for i in range(len(place.wijken))]


def _buurt_codes(place: Place, per_wijk: list[int]) -> tuple[str, ...]:
    digits = place.municipality.code[2:]
    return tuple(f"BU{digits}{i:02d}{j:02d}" for i, count in enumerate(per_wijk) for j in range(count))


def _rows(
    world: World,
    border: Floats,
    wijk_cells: list[Floats],
    cells: list[Floats],
    per_wijk: list[int],
    weight: Floats,
    deprivation: Floats,
) -> tuple[AreaRow, ...]:
    """The areas register; :func:`counted` sets the numbers of people when families are known."""
    place = world.place
    wijken = _wijk_codes(place)
    low = low_income_share(deprivation, world)
    urban = _urbanity(weight, cells)
    rows = [
        AreaRow(place.province.code, "provincie", place.province.name, None, polygon=_ring(border * 2.2)),
        AreaRow(
            place.municipality.code, "gemeente", place.municipality.name, place.province.code, polygon=_ring(border)
        ),
    ]
    rows += [
        AreaRow(wijken[i], "wijk", name, place.municipality.code, polygon=_ring(wijk_cells[i]))
        for i, name in enumerate(place.wijken)
    ]
    names = [
        f"{wijk} {place.quarters[j % len(place.quarters)]}"
        for wijk, count in zip(place.wijken, per_wijk, strict=True)
        for j in range(count)
    ]
    within = [code for code, count in zip(wijken, per_wijk, strict=True) for _ in range(count)]
    for i, code in enumerate(_buurt_codes(place, per_wijk)):
        rows.append(
            AreaRow(code, "buurt", names[i], within[i], int(urban[i]), None, None, None, float(low[i]), _ring(cells[i]))
        )
    return tuple(rows)


def _ring(cell: Floats) -> str:
    return polygon_text([[(float(x), float(y)) for x, y in cell]])


def _urbanity(weight: Floats, cells: list[Floats]) -> npt.NDArray[np.int64]:
    """1 (very urban) to 5 (rural) by families per area."""
    size = np.array([_area(cell) for cell in cells])
    crowded = np.argsort(np.argsort(-weight / size))
    return np.asarray(1 + np.searchsorted(np.array([0.2, 0.5, 0.75, 0.92]), (crowded + 0.5) / len(cells)))


def _area(cell: Floats) -> float:
    x, y = cell[:, 0], cell[:, 1]
    return float(abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2)

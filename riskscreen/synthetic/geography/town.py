"""Fictional municipalities: wijken and buurten as nested cells around a place that is no place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from riskscreen.records.texts import Text
from riskscreen.synthetic.geography import cells
from riskscreen.synthetic.geography.areas import (
    AreaRow,
    Floats,
    Geography,
    Municipality,
    low_income_share,
    nearest,
    polygon_text,
    standardised,
)
from riskscreen.synthetic.geography.country import Town, origin_shares, skewed, towns, urbanity_of
from riskscreen.synthetic.geography.place import Hidden, Place
from riskscreen.synthetic.intervals import Ints
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

NOTICE = Text(
    "Synthetic data: a fictional municipality. No family, person or place here exists.",
    "Synthetische gegevens: een verzonnen gemeente. Geen gezin, persoon of plaats hier bestaat echt.",
)
NOTICE_OF_MANY = Text(
    "Synthetic data: fictional municipalities. No family, person or place here exists.",
    "Synthetische gegevens: verzonnen gemeenten. Geen gezin, persoon of plaats hier bestaat echt.",
)
MOST_DRAWN = 2_000  # with more buurten than this, only municipalities and provinces have an outline
_PROVINCE_AROUND = 2.2  # a province around its only municipality


@dataclass(frozen=True, eq=False)
class _Map:
    """One municipality on the map; arrays have shape (buurten,), ``middle`` (buurten, 2)."""

    town: Town
    outline: Floats
    wijk_cells: tuple[Floats, ...]
    buurt_cells: tuple[Floats, ...]
    middle: Floats
    wijk: Ints
    distance: Floats

    @property
    def neighbours(self) -> Ints:
        """Positions within the municipality."""
        return nearest(_apart(self.middle))


def fictional(world: World, chance: Chance) -> Geography:
    """Draw the municipalities of the world with their wijken and buurten."""
    place, draws = world.place, chance.stream("town")
    found = towns(place, draws)
    outlines, province_outlines = _outlines(place, found, draws)
    drawn = sum(town.buurten for town in found) <= MOST_DRAWN
    level = _levels(place, found, draws)
    maps, deprived, weights, noise = [], [], [], []
    for town, outline, middle in zip(found, outlines, level, strict=True):
        maps.append(_map(place, town, outline, draws, drawn))
        deprived.append(middle + _deprivation(place, maps[-1], draws))
        weights.append(_weight(place, town, draws))
        noise.append(draws.normal(0, 0.4, town.buurten) - maps[-1].distance)
    weight = np.concatenate(weights)
    municipality = np.repeat(np.arange(len(found)), [town.buurten for town in found])
    urbanity = urbanity_of(weight / _areas(maps, weights), place.urbanity)
    usual = _means(urbanity, weight, municipality)
    deprivation = np.concatenate(deprived) + place.deprivation.urbanity * (urbanity - usual)
    deprivation = standardised(deprivation, weight)
    europe, outside_europe = origin_shares(place, deprivation, urbanity, weight, chance.stream("town.origin"))
    hidden, misled = _hidden(place.hidden, weight, chance)
    shown = low_income_share(np.where(misled, -deprivation, deprivation), world)
    return Geography(
        codes=tuple(code for town in found for code in _buurt_codes(town)),
        weight=weight,
        deprivation=deprivation,
        policing=standardised(0.7 * deprivation + np.concatenate(noise) - 0.5 * usual, weight),
        europe=europe,
        outside_europe=outside_europe,
        urbanity=urbanity,
        hidden=hidden,
        municipality=municipality,
        province=_province_positions(found)[municipality],
        minors=None,
        municipalities=tuple(_municipality(town) for town in found),
        neighbours=_joined(map_.neighbours for map_ in maps),
        rows=_rows(place, maps, province_outlines, urbanity, shown),
        notice=NOTICE if len(found) == 1 else NOTICE_OF_MANY,
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


def _outlines(
    place: Place, found: Sequence[Town], draws: np.random.Generator
) -> tuple[list[Floats], dict[str, Floats]]:
    """Outlines of the municipalities in order, and of the provinces by code."""
    whole = cells.border(place.radius_degrees, draws)
    counts = Counter(town.province.code for town in found)
    if len(found) == 1:
        return [whole], dict.fromkeys(counts, whole * _PROVINCE_AROUND)
    around = [whole] if len(counts) == 1 else cells.cells(whole, len(counts), draws, crowding=0.5)
    provinces = dict(zip(counts, around, strict=True))
    return [
        cell for code, count in counts.items() for cell in cells.cells(provinces[code], count, draws, crowding=0.5)
    ], provinces


def _levels(place: Place, found: Sequence[Town], draws: np.random.Generator) -> Floats:
    """How deprived each municipality is as a whole: by its size, and by chance."""
    form = place.deprivation
    if len(found) == 1:
        return np.zeros(1)
    size = standardised(np.log([town.families for town in found]), np.ones(len(found)))
    return np.asarray(form.size * size + form.municipality * skewed(draws, len(found), form.skew))


def _map(place: Place, town: Town, outline: Floats, draws: np.random.Generator, drawn: bool) -> _Map:
    wijk = np.repeat(np.arange(len(town.per_wijk)), town.per_wijk)
    if drawn:
        wijk_cells = cells.cells(outline, len(town.per_wijk), draws, crowding=0.75)
        buurt_cells = [
            cell
            for around, count in zip(wijk_cells, town.per_wijk, strict=True)
            for cell in cells.cells(around, count, draws, crowding=0.6)
        ]
        middle = np.array([cell.mean(axis=0) for cell in buurt_cells])
    else:
        wijk_cells, buurt_cells = [], []
        reach = np.sqrt(cells.area(outline) / len(town.per_wijk)) / 3
        centres = cells.points_inside(outline, len(town.per_wijk), draws, crowding=0.75)
        middle = centres[wijk] + draws.normal(0, reach, (len(wijk), 2))
    radius = np.sqrt(cells.area(outline) / np.pi)
    distance = np.hypot(*(middle - cells.centroid(outline)).T) / radius
    return _Map(town, outline, tuple(wijk_cells), tuple(buurt_cells), middle, wijk, distance)


def _deprivation(place: Place, map_: _Map, draws: np.random.Generator) -> Floats:
    form = place.deprivation
    of_wijk = draws.normal(0, form.wijk, len(map_.town.per_wijk))
    of_buurt = draws.normal(0, form.buurt, map_.town.buurten)
    return np.asarray(of_wijk[map_.wijk] + of_buurt)


def _weight(place: Place, town: Town, draws: np.random.Generator) -> Floats:
    """Shares of the families of the world; those of a municipality add up to its own share."""
    weight = np.exp(draws.normal(0, place.size_spread, town.buurten))
    return np.asarray(town.families * weight / weight.sum())


def _areas(maps: Sequence[_Map], weights: Sequence[Floats]) -> Floats:
    """Area of every buurt, shape (buurten of the world,)."""
    return np.concatenate([_areas_of(map_, weight) for map_, weight in zip(maps, weights, strict=True)])


def _areas_of(map_: _Map, weight: Floats) -> Floats:
    """Area of the cell; where there are no cells more for who has more room, and for who has more families."""
    if map_.buurt_cells:
        return np.array([cells.area(cell) for cell in map_.buurt_cells])
    whole = cells.area(map_.outline)
    near = np.take_along_axis(_apart(map_.middle), map_.neighbours, axis=1)
    room = (np.mean(near**2, axis=1) + whole / map_.town.buurten / 10) * np.sqrt(weight)
    return np.asarray(room / room.sum() * whole)


def _apart(middle: Floats) -> Floats:
    return np.asarray(np.hypot(*(middle[:, None] - middle[None, :]).transpose(2, 0, 1)))


def _means(values: Ints, weight: Floats, municipality: Ints) -> Floats:
    """The municipality's weighted mean, for every buurt."""
    return np.asarray((np.bincount(municipality, values * weight) / np.bincount(municipality, weight))[municipality])


def _hidden(form: Hidden, weight: Floats, chance: Chance) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """What raises need and shows nowhere, and the buurten whose published figures mislead."""
    draws = chance.stream("town.hidden")
    effect = form.spread * standardised(draws.standard_normal(len(weight)), weight)
    return np.asarray(effect), draws.random(len(weight)) < form.misleading


def _joined(each: Iterable[Ints]) -> Ints:
    """Positions within municipalities as positions in the world."""
    found, first = [], 0
    for positions in each:
        found.append(positions + first)
        first += len(positions)
    return np.concatenate(found)


def _municipality(town: Town) -> Municipality:
    province = town.province
    return Municipality(town.code, town.name, province.code, province.name, province.name)


def _province_positions(found: Sequence[Town]) -> Ints:
    codes = list(dict.fromkeys(town.province.code for town in found))
    return np.array([codes.index(town.province.code) for town in found], dtype=np.int64)


def _wijk_codes(town: Town) -> list[str]:
    return [f"WK{town.code[2:]}{i:02d}" for i in range(len(town.per_wijk))]


def _buurt_codes(town: Town) -> list[str]:
    return [f"BU{town.code[2:]}{i:02d}{j:02d}" for i, count in enumerate(town.per_wijk) for j in range(count)]


def _rows(
    place: Place, maps: Sequence[_Map], provinces: dict[str, Floats], urbanity: Ints, low_income: Floats
) -> tuple[AreaRow, ...]:
    """The areas register; :func:`counted` sets the numbers of people when families are known."""
    named = {map_.town.province.code: map_.town.province.name for map_ in maps}
    rows = [AreaRow(code, "provincie", name, None, polygon=_ring(provinces[code])) for code, name in named.items()]
    first = 0
    for map_ in maps:
        last = first + map_.town.buurten
        rows += _upper_rows(map_)
        rows += _buurt_rows(place, map_, urbanity[first:last].tolist(), low_income[first:last].tolist())
        first = last
    return tuple(rows)


def _upper_rows(map_: _Map) -> list[AreaRow]:
    """The municipality and its wijken."""
    town = map_.town
    own = AreaRow(town.code, "gemeente", town.name, town.province.code, polygon=_ring(map_.outline))
    shapes: list[str | None] = [_ring(cell) for cell in map_.wijk_cells] or [None] * len(town.wijken)
    wijken = zip(_wijk_codes(town), town.wijken, shapes, strict=True)
    return [own, *(AreaRow(code, "wijk", name, town.code, polygon=shape) for code, name, shape in wijken)]


def _buurt_rows(place: Place, map_: _Map, urbanity: Sequence[int], low_income: Sequence[float]) -> list[AreaRow]:
    town, wijk_codes = map_.town, _wijk_codes(map_.town)
    names = [
        f"{wijk} {_quarter(place, position)}"
        for wijk, count in zip(town.wijken, town.per_wijk, strict=True)
        for position in range(count)
    ]
    shapes: list[str | None] = [_ring(cell) for cell in map_.buurt_cells] or [None] * town.buurten
    return [
        AreaRow(
            area=code,
            kind="buurt",
            name=names[i],
            within=wijk_codes[map_.wijk[i]],
            urbanity=urbanity[i],
            low_income_share=low_income[i],
            polygon=shapes[i],
        )
        for i, code in enumerate(_buurt_codes(town))
    ]


def _quarter(place: Place, position: int) -> str:
    """Name of a buurt in its wijk; numbered when there are more buurten than names."""
    turn, own = divmod(position, len(place.quarters))
    return place.quarters[own] if turn == 0 else f"{place.quarters[own]} {turn + 1}"


def _ring(cell: Floats) -> str:
    return polygon_text([[(float(x), float(y)) for x, y in cell]])

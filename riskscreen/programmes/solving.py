"""The mixed-integer problem behind an allocation: whole places, each family approached at most once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Pool = Mapping[frozenset[str], int]

SECONDS = 60.0
"""Only a stop for a machine in trouble; the gap below is what ends the search, so that results repeat."""
GAP = 0.01
"""Where the search for whole places in a large problem ends: it may still miss this share of the value."""
LOSS = 0.1
"""Largest share of the best value with broken places that whole places near them may miss."""
SMALL = 100
"""Up to so many unknowns a problem is solved outright, to the optimum."""
REACH = 2
"""How far whole places may lie from the best broken ones."""


@dataclass(frozen=True, slots=True)
class Option:
    """One unknown: places of a programme for a target group in a wijk.

    Parameters
    ----------
    families
        Families in the group there that the programme fits.
    uptake
        Share of families approached that takes a place.
    cost
        EUR per place.
    value
        What one place adds.
    """

    programme: str
    group: str
    area: str
    families: int
    uptake: float
    cost: float
    value: float


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that decides the places.

    Parameters
    ----------
    options
        The unknowns.
    pools
        Per (wijk, target group): families per set of programmes that fit them.
    budget
        EUR.
    places
        Places available per programme.
    smallest
        Fewest places in a wijk per programme, for programmes that work in groups.
    shares
        Least share of all places per wijk.
    """

    options: tuple[Option, ...]
    pools: Mapping[tuple[str, str], Pool]
    budget: float
    places: Mapping[str, int]
    smallest: Mapping[str, int]
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Row:
    """``low <= sum of coefficient x unknown <= high``."""

    coefficients: Mapping[int, float]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class _Unknowns:
    """Per unknown (places per option, is a programme open in a wijk, all places): value and bounds."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Solution:
    """Whole places per option, shape ``(options,)``, and the share of the best possible value they may miss."""

    places: Whole
    gap: float


def solve(problem: Problem) -> Solution | None:
    """Whole places per option with the highest value; None when nothing meets every row.

    No family is approached for two programmes: by Hall's theorem that holds when, per wijk and target group, every
    set of programmes approaches at most the families that fit one of them. Few of these rows ever bind, so they are
    added when they are broken.
    """
    rows, unknowns = _rows(problem), _unknowns(problem)
    if len(problem.options) > SMALL:
        near = _near_parts(problem, list(rows), unknowns)
        if near is not None:
            return near
    while (places := _whole(problem, rows, unknowns)) is not None:
        broken = offered_twice(problem, places)
        if not broken:
            return Solution(places, 0.0 if len(unknowns.value) <= SMALL else GAP)
        rows.extend(broken)
    return None


def offered_twice(problem: Problem, places: NDArray[Any], *, every: bool = False) -> list[_Row]:
    """Rows of Hall's condition that these places break: of every wijk and target group the worst one, or all."""
    broken: list[_Row] = []
    for key, unknowns in _by_pool(problem).items():
        pool = problem.pools[key]
        used = [index for index in unknowns if places[index] > 1e-6]
        over = []
        for size in range(2, len(used) + 1):
            for chosen in combinations(used, size):
                fitting = _fitting(pool, (problem.options[index].programme for index in chosen))
                excess = sum(places[index] / problem.options[index].uptake for index in chosen) - fitting
                if excess > 1e-6:
                    over.append((excess, chosen, fitting))
        for _, chosen, fitting in over if every else sorted(over, reverse=True)[:1]:
            broken.append(_Row({i: 1 / problem.options[i].uptake for i in chosen}, -np.inf, fitting))
    return broken


def _near_parts(problem: Problem, rows: list[_Row], unknowns: _Unknowns) -> Solution | None:
    """Whole places close to the best broken ones; None when there are none, or when that loses too much.

    Broken places are found fast and bound what is possible. They also tell where a programme that works in groups is
    best opened; what remains to be searched is small.
    """
    parts = _parts(problem, rows, unknowns)
    if parts is None:
        return None
    known, bound = len(problem.options), float(parts @ unknowns.value)
    near = _near(problem, unknowns, parts)
    while (places := _whole(problem, rows, near)) is not None:
        if not offered_twice(problem, places):
            gap = 1 - float(places @ unknowns.value[:known]) / bound if bound else 0.0
            return Solution(places, gap) if gap <= LOSS else None
        # a step further than these places, so that the next search does not break the row beside it
        rows.extend(offered_twice(problem, np.minimum(places + REACH, near.high[:known]), every=True))
    return None


def _parts(problem: Problem, rows: list[_Row], unknowns: _Unknowns) -> Floats | None:
    """The best broken places; rows of Hall's condition that bind are added."""
    parts = _best(rows, unknowns, whole=False)
    while parts is not None and (broken := offered_twice(problem, parts)):
        rows.extend(broken)
        parts = _best(rows, unknowns, whole=False)
    return parts


def _near(problem: Problem, unknowns: _Unknowns, parts: Floats) -> _Unknowns:
    """Bounds close to broken places; a programme in groups is free in the wijken where it may be opened."""
    low, high, known = np.zeros(len(parts)), unknowns.high.copy(), len(problem.options)
    may_open = _may_open(problem, parts)
    for number, key in enumerate(_opened(problem), start=known):
        high[number] = 1.0 if key in may_open else 0.0
    for index, option in enumerate(problem.options):
        if problem.smallest[option.programme] > 1:
            high[index] = high[index] if (option.programme, option.area) in may_open else 0.0
        elif parts[index] > 1e-6:
            low[index] = max(np.floor(parts[index]) - REACH, 0)
            high[index] = min(np.ceil(parts[index]) + REACH, high[index])
        else:
            high[index] = 0.0
    return _Unknowns(unknowns.value, low, high)


def _may_open(problem: Problem, parts: Floats) -> set[tuple[str, str]]:
    """Where each programme that works in groups has most broken places: as many wijken as these fill, and two more."""
    places: dict[tuple[str, str], float] = dict.fromkeys(_opened(problem), 0.0)
    for index, option in enumerate(problem.options):
        if (option.programme, option.area) in places:
            places[option.programme, option.area] += float(parts[index])
    chosen: set[tuple[str, str]] = set()
    for programme in sorted({name for name, _ in places}):
        ranked = sorted((key for key in places if key[0] == programme), key=lambda key: (-places[key], key))
        chosen |= set(ranked[: int(sum(places[key] for key in ranked) / problem.smallest[programme]) + 2])
    return chosen


def _whole(problem: Problem, rows: list[_Row], unknowns: _Unknowns) -> Whole | None:
    found = _best(rows, unknowns, whole=True)
    return None if found is None else np.asarray(np.rint(found[: len(problem.options)]).astype(np.int64))


def _best(rows: list[_Row], unknowns: _Unknowns, *, whole: bool) -> Floats | None:
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    size = len(unknowns.value)
    numbers = [number for row in rows for number in row.coefficients.values()]
    at = [(place, column) for place, row in enumerate(rows) for column in row.coefficients]
    matrix = csr_array((numbers, ([place for place, _ in at], [column for _, column in at])), shape=(len(rows), size))
    found = milp(
        -unknowns.value,
        integrality=np.full(size, 1 if whole else 0),
        bounds=Bounds(unknowns.low, unknowns.high),
        constraints=LinearConstraint(matrix, [row.low for row in rows], [row.high for row in rows]),
        options={"mip_rel_gap": 0.0 if size <= SMALL else GAP, "time_limit": SECONDS},
    )
    return None if found.x is None else np.asarray(found.x, dtype=np.float64)


def _unknowns(problem: Problem) -> _Unknowns:
    opened = len(_opened(problem))
    value = [option.value for option in problem.options]
    most = [np.floor(option.families * option.uptake + 1e-9) for option in problem.options]
    high = np.array([*most, *([1.0] * opened), np.inf])
    return _Unknowns(np.array([*value, *([0.0] * (opened + 1))]), np.zeros(len(high)), high)


def _rows(problem: Problem) -> list[_Row]:
    """Every row but those of Hall's condition for sets of programmes."""
    options = problem.options
    rows = [_Row({i: option.cost for i, option in enumerate(options)}, -np.inf, problem.budget)]
    for programme in sorted({option.programme for option in options}):
        own = {i: 1.0 for i, option in enumerate(options) if option.programme == programme}
        rows.append(_Row(own, -np.inf, problem.places[programme]))
    for key, unknowns in _by_pool(problem).items():
        fitting = _fitting(problem.pools[key], (options[index].programme for index in unknowns))
        rows.append(_Row({index: 1 / options[index].uptake for index in unknowns}, -np.inf, fitting))
    return [*rows, *_filled_groups(problem), *_spread(problem)]


def _opened(problem: Problem) -> list[tuple[str, str]]:
    """(Programme, wijk) of every programme that works in groups."""
    return sorted({(o.programme, o.area) for o in problem.options if problem.smallest[o.programme] > 1})


def _filled_groups(problem: Problem) -> list[_Row]:
    """A programme that works in groups starts in a wijk only with enough places."""
    rows = []
    for number, (programme, area) in enumerate(_opened(problem), start=len(problem.options)):
        own = {i: 1.0 for i, o in enumerate(problem.options) if (o.programme, o.area) == (programme, area)}
        rows.append(_Row({**own, number: -float(problem.smallest[programme])}, 0.0, np.inf))
        rows.append(_Row({**own, number: -float(problem.places[programme])}, -np.inf, 0.0))
    return rows


def _spread(problem: Problem) -> list[_Row]:
    """Places in a wijk are at least its share of all places, less what rounding down takes.

    The last unknown holds all places: it keeps these rows short.
    """
    total = len(problem.options) + len(_opened(problem))
    rows = [_Row({**dict.fromkeys(range(len(problem.options)), 1.0), total: -1.0}, 0.0, 0.0)]
    for area, share in sorted(problem.shares.items()):
        own = {i: 1.0 for i, option in enumerate(problem.options) if option.area == area}
        rows.append(_Row({**own, total: -share}, -0.999, np.inf))
    return rows


def _by_pool(problem: Problem) -> dict[tuple[str, str], list[int]]:
    """Unknowns per (wijk, target group)."""
    where: dict[tuple[str, str], list[int]] = {}
    for index, option in enumerate(problem.options):
        where.setdefault((option.area, option.group), []).append(index)
    return where


def _fitting(pool: Pool, programmes: Iterable[str]) -> int:
    """Families that at least one of these programmes fits."""
    chosen = set(programmes)
    return sum(families for ids, families in pool.items() if not chosen.isdisjoint(ids))

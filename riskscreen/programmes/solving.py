"""The mixed-integer problem behind an allocation: whole places, each family approached at most once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Pool = Mapping[frozenset[str], int]

NODES = 2_000
"""Nodes after which the search for whole places in a larger problem ends too. Never a clock: results must repeat."""
GAP = 0.0005
"""Where that search ends: what it found may miss at most this share of the best value there can be."""
LOSS = 0.1
"""Largest share of the best value with broken places that whole places near them may miss."""
SMALL = 100
"""Up to so many unknowns a problem is solved outright, to the optimum."""
LARGE = 3_000
"""From so many options on, whole places are first looked for near the best broken ones."""
TIMES = (1, 2, 3, 4, 5)
"""What a row of families is multiplied with, times an uptake, before it is rounded to whole places."""
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
class _Found:
    """Values of the unknowns, and the most that any values could add."""

    unknowns: Floats
    bound: float


@dataclass(frozen=True, slots=True)
class Solution:
    """Whole places per option, shape ``(options,)``, and the share of the best possible value they may miss."""

    places: Whole
    gap: float


def solve(problem: Problem) -> Solution | None:
    """Whole places per option with the highest value; None when nothing meets every row.

    No family is approached for two programmes: by Hall's theorem that holds when, per wijk and target group, every
    set of programmes approaches at most the families that fit one of them. A small problem is solved to the optimum.
    A larger one ends at a proven gap of ``GAP`` or after ``NODES`` nodes; the gap in the result is reckoned from the
    bound that the search proved, so it is what these places may miss at most.
    """
    families, unknowns = _never_twice(problem), _unknowns(problem)
    rows = [*_rows(problem), *families]
    if len(unknowns.value) > SMALL:
        rows.extend(_broken_rounded(problem, rows, families, unknowns))
    if len(problem.options) > LARGE:
        near = _near_parts(problem, list(rows), unknowns)
        if near is not None:
            return near
    found = _best(rows, unknowns, whole=True)
    if found is None:
        return None
    places = _whole(problem, found)
    value = float(places @ unknowns.value[: len(places)])
    return Solution(places, max(0.0, 1 - value / found.bound) if found.bound and len(unknowns.value) > SMALL else 0.0)


def _never_twice(problem: Problem) -> list[_Row]:
    """Rows of Hall's condition for sets of programmes; those that follow from others are left out.

    A set that could take in a programme without fitting more families follows from the larger set; one whose parts
    share no families follows from its parts.
    """
    rows = []
    for key, unknowns in _by_pool(problem).items():
        of = {problem.options[index].programme: index for index in unknowns}
        kinds = [frozenset(of[name] for name in ids if name in of) for ids in problem.pools[key]]
        for chosen in _closed(frozenset(unknowns), kinds):
            if len(chosen) > 1 and _is_joined(chosen, kinds):
                rows.append(_families_row(problem, key, sorted(chosen)))
    return rows


def _closed(everything: frozenset[int], kinds: list[frozenset[int]]) -> list[frozenset[int]]:
    """Sets that take in every programme of which all families fit one of them too."""
    outside = {frozenset[int]()}
    for kind in kinds:
        outside |= {known | kind for known in outside}
    return sorted((everything - known for known in outside), key=sorted)


def _is_joined(chosen: frozenset[int], kinds: list[frozenset[int]]) -> bool:
    """Do families that fit several hold the set together?"""
    parts: list[frozenset[int]] = []
    for kind in kinds:
        touched = [part for part in parts if part & kind]
        parts = [part for part in parts if not part & kind]
        if kind & chosen:
            parts.append(frozenset[int](kind & chosen).union(*touched))
    return len(parts) == 1


def _families_row(problem: Problem, key: tuple[str, str], chosen: list[int]) -> _Row:
    """These programmes approach at most the families that one of them fits."""
    fitting = _fitting(problem.pools[key], (problem.options[index].programme for index in chosen))
    return _Row({index: 1 / problem.options[index].uptake for index in chosen}, -np.inf, fitting)


def _broken_rounded(problem: Problem, rows: list[_Row], families: list[_Row], unknowns: _Unknowns) -> list[_Row]:
    """Rounded rows of families that the best broken places break, until there are none.

    Times a number and with every coefficient rounded down, such a row still holds for whole places, and its right
    side may be rounded down too (Chvatal 1973, Gomory 1958). No whole places are lost; the bound gets much nearer.
    """
    uptakes = [option.uptake for option in problem.options]
    rounded = [new for row in families for new in _rounded(row, {uptakes[index] for index in row.coefficients})]
    chosen: list[_Row] = []
    while (parts := _best([*rows, *chosen], unknowns, whole=False)) is not None:
        broken = [row for row in rounded if _filled(row, parts.unknowns) > row.high + 1e-6]
        if not broken:
            break
        chosen.extend(broken)
    return chosen


def _rounded(row: _Row, uptakes: set[float]) -> list[_Row]:
    rows = []
    for number in sorted({times * uptake for times in TIMES for uptake in uptakes}):
        kept = {index: float(np.floor(number * each + 1e-9)) for index, each in row.coefficients.items()}
        kept = {index: each for index, each in kept.items() if each}
        if len(kept) > 1:
            rows.append(_Row(kept, -np.inf, float(np.floor(number * row.high + 1e-9))))
    return rows


def _filled(row: _Row, unknowns: Floats) -> float:
    return float(sum(number * unknowns[index] for index, number in row.coefficients.items()))


def _near_parts(problem: Problem, rows: list[_Row], unknowns: _Unknowns) -> Solution | None:
    """Whole places close to the best broken ones; None when there are none, or when that loses too much.

    Broken places are found fast and bound what is possible. They also tell where a programme that works in groups is
    best opened; what remains to be searched is small.
    """
    best = _best(rows, unknowns, whole=False)
    if best is None:
        return None
    found = _best(rows, _near(problem, unknowns, best.unknowns), whole=True)
    if found is None:
        return None
    places, bound = _whole(problem, found), float(best.unknowns @ unknowns.value)
    gap = max(0.0, 1 - float(places @ unknowns.value[: len(places)]) / bound) if bound else 0.0
    return Solution(places, gap) if gap <= LOSS else None


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


def _whole(problem: Problem, found: _Found) -> Whole:
    return np.asarray(np.rint(found.unknowns[: len(problem.options)]).astype(np.int64))


def _best(rows: list[_Row], unknowns: _Unknowns, *, whole: bool) -> _Found | None:
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
        options={"mip_rel_gap": 0.0} if size <= SMALL else {"mip_rel_gap": GAP, "node_limit": NODES},
    )
    if found.x is None:
        return None
    bound = -found.mip_dual_bound if whole and found.mip_dual_bound is not None else -found.fun
    return _Found(np.asarray(found.x, dtype=np.float64), float(bound))


def _unknowns(problem: Problem) -> _Unknowns:
    opened = len(_opened(problem))
    value = [option.value for option in problem.options]
    most = [_most(option) for option in problem.options]
    high = np.array([*most, *([1.0] * opened), np.inf])
    return _Unknowns(np.array([*value, *([0.0] * (opened + 1))]), np.zeros(len(high)), high)


def _most(option: Option) -> float:
    """Most whole places that the families it fits can fill."""
    return float(np.floor(option.families * option.uptake + 1e-9))


def _rows(problem: Problem) -> list[_Row]:
    """Every row but those of Hall's condition."""
    options = problem.options
    rows = [_Row({i: option.cost for i, option in enumerate(options)}, -np.inf, problem.budget)]
    for programme in sorted({option.programme for option in options}):
        own = {i: 1.0 for i, option in enumerate(options) if option.programme == programme}
        rows.append(_Row(own, -np.inf, problem.places[programme]))
    return [*rows, *_filled_groups(problem), *_spread(problem)]


def _opened(problem: Problem) -> list[tuple[str, str]]:
    """(Programme, wijk) of every programme that works in groups."""
    return sorted({(o.programme, o.area) for o in problem.options if problem.smallest[o.programme] > 1})


def _filled_groups(problem: Problem) -> list[_Row]:
    """A programme that works in groups starts in a wijk only with enough places."""
    rows, options = [], problem.options
    for number, (programme, area) in enumerate(_opened(problem), start=len(options)):
        own = {i: 1.0 for i, o in enumerate(problem.options) if (o.programme, o.area) == (programme, area)}
        rows.append(_Row({**own, number: -float(problem.smallest[programme])}, 0.0, np.inf))
        # no more than could ever be filled there, and each option apart: that leaves little room to half open one
        room = {i: min(_most(options[i]), float(problem.places[programme])) for i in own}
        rows.append(_Row({**own, number: -min(sum(room.values()), float(problem.places[programme]))}, -np.inf, 0.0))
        rows.extend(_Row({i: 1.0, number: -most}, -np.inf, 0.0) for i, most in room.items())
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

"""No family is approached for two programmes: as rows on places, or as flows from pools to programmes.

By Hall's theorem (Hall 1935) places can be filled without approaching a family twice exactly when, per area and target
group, every set of programmes approaches at most the families that fit one of them. These rows are few when few
programmes overlap. Where they are many, flows say the same: families of a pool approached for a programme are an
unknown, at most the pool's families in all, and at least what the places take.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from riskscreen.programmes.demand_rows import sparse_rows
from riskscreen.programmes.problem import TINY, Flags, Floats, Problem, Whole

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOST_SETS = 256
"""From so many sets of programmes on, an area's target group gets flows instead of a row per set."""
TIMES = (1, 2, 3, 4, 5)
"""What a row of families is multiplied with, times an uptake, before it is rounded to whole places."""


@dataclass(frozen=True, slots=True, eq=False)
class Families:
    """Rows that keep every family from being approached twice.

    Parameters
    ----------
    rows
        ``rows @ [places per option, flows] <= high``, shape ``(rows, options + flows)``.
    high
        Families.
    flow_pool, flow_programme
        Pool and programme of every flow, shape ``(flows,)``.
    sets
        Number of rows, the first ones, that are sets of programmes without flows.
    """

    rows: csr_array
    high: Floats
    flow_pool: Whole
    flow_programme: Whole
    sets: int


def never_twice(problem: Problem, *, flows_only: bool = False) -> Families:
    """Rows of Hall's condition, or flows where these would be too many (or everywhere).

    Rows that follow from others are left out: those of a set that could take in a programme without fitting more
    families, of a set whose parts share no families, and of one programme (a bound says that).
    """
    options = problem.options
    block = options.area * max(len(problem.groups), 1) + options.group
    flowing = np.ones(len(problem.pools.area), dtype=bool)
    sets: list[tuple[list[int], float]] = []
    if not flows_only:
        for pools, own in _blocks(problem, block):
            found = _sets(problem, pools, own)
            if found is not None:
                flowing[pools] = False
                sets.extend(found)
    return _together(problem, sets, flowing, block)


def rounded_rows(problem: Problem, families: Families, places: Floats) -> tuple[csr_array, Floats]:
    """Rounded rows of families that these broken places break.

    Times a number and with every coefficient rounded down, a row still holds for whole places, and its right side may
    be rounded down too (Gomory 1958, Chvatal 1973). No whole places are lost; the bound gets much nearer.
    """
    from scipy.sparse import csr_array, vstack

    many = len(problem.options)
    rows, high = families.rows[: families.sets, :many].tocsr(), families.high[: families.sets]
    found, right = [csr_array((0, many))], [np.zeros(0)]
    uptakes = problem.uptake[problem.options.programme]
    for uptake in np.unique(uptakes):
        own = (rows @ (uptakes == uptake).astype(np.float64)) > 0
        for number in TIMES:
            some = rows[own].copy()
            some.data = np.floor(number * uptake * some.data + TINY)
            most = np.floor(number * uptake * high[own] + TINY)
            broken = some @ places > most + 1e-6
            found.append(some[broken])
            right.append(most[broken])
    return vstack(found, format="csr"), np.concatenate(right)


def _blocks(problem: Problem, block: Whole) -> Iterator[tuple[Whole, Whole]]:
    """Pools and options per area and target group."""
    of_pool = problem.pools.area * max(len(problem.groups), 1) + problem.pools.group
    order, first = np.argsort(of_pool, kind="stable"), np.argsort(block, kind="stable")
    for code in np.unique(block):
        pools = order[np.searchsorted(of_pool[order], code) : np.searchsorted(of_pool[order], code, "right")]
        own = first[np.searchsorted(block[first], code) : np.searchsorted(block[first], code, "right")]
        yield pools, own


def _sets(problem: Problem, pools: Whole, options: Whole) -> list[tuple[list[int], float]] | None:
    """Sets of options with the families that fit one of them; ``None`` when there are too many."""
    of = {int(problem.options.programme[index]): int(index) for index in options}
    bits = 1 << np.arange(len(problem.programmes), dtype=np.int64)
    masks = problem.pools.fits[pools] @ bits
    families, everything = problem.pools.families[pools], sum(1 << programme for programme in of)
    kinds = sorted({int(mask) for mask in masks if mask})
    closed = _closed(everything, kinds)
    if closed is None:
        return None
    chosen = [mask for mask in closed if mask & (mask - 1) and _is_joined(mask, kinds)]
    return [(_members(mask, of), float(families[(masks & mask) > 0].sum())) for mask in chosen]


def _members(mask: int, of: dict[int, int]) -> list[int]:
    return [index for programme, index in sorted(of.items()) if mask >> programme & 1]


def _closed(everything: int, kinds: list[int]) -> list[int] | None:
    """Sets that take in every programme of which all families fit one of them too."""
    outside = {0}
    for kind in kinds:
        outside |= {known | kind for known in outside}
        if len(outside) > MOST_SETS:
            return None
    return sorted(everything & ~known for known in outside)


def _is_joined(chosen: int, kinds: list[int]) -> bool:
    """Do families that fit several hold the set together?"""
    parts: list[int] = []
    for kind in kinds:
        if kind & chosen:
            joined = kind & chosen
            for part in [part for part in parts if part & joined]:
                parts.remove(part)
                joined |= part
            parts.append(joined)
    return len(parts) == 1


def _together(problem: Problem, sets: list[tuple[list[int], float]], flowing: Flags, block: Whole) -> Families:
    options, many = problem.options, len(problem.options)
    each = 1 / problem.uptake[options.programme]
    members = np.array([index for own, _ in sets for index in own], dtype=np.int64)
    at = np.repeat(np.arange(len(sets)), [len(own) for own, _ in sets]).astype(np.int64)
    pool, programme = np.nonzero(problem.pools.fits & flowing[:, None])
    used, pool_row = np.unique(pool, return_inverse=True)
    codes = problem.pools.area[pool] * max(len(problem.groups), 1) + problem.pools.group[pool]
    width = max(len(problem.programmes), 1)  # options stand in the order of area, target group and programme
    option = np.searchsorted(block * width + options.programme, codes * width + programme).astype(np.int64)
    filled, option_row = np.unique(option, return_inverse=True)
    flow = many + np.arange(len(pool))
    parts = [
        (at, members, each[members]),
        (len(sets) + pool_row, flow, np.ones(len(pool))),
        (len(sets) + len(used) + np.arange(len(filled)), filled, each[filled]),
        (len(sets) + len(used) + option_row, flow, -np.ones(len(pool))),
    ]
    rows = sparse_rows(parts, (len(sets) + len(used) + len(filled), many + len(pool)))
    high = np.concatenate([[right for _, right in sets], problem.pools.families[used], np.zeros(len(filled))])
    return Families(rows, high, pool.astype(np.int64), programme.astype(np.int64), len(sets))

"""Whole places with the highest value, the bound that certifies them, and what one more of anything is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from riskscreen.programmes.never_twice import Families, never_twice, rounded_rows
from riskscreen.programmes.problem import Flags, Floats, Problem, Whole, demands

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NODES = 2_000
"""Nodes after which the search for whole places in a larger problem ends too. Never a clock: results must repeat."""
GAP = 0.0005
"""Where that search ends: what it found may miss at most this share of the best value there can be."""
QUICK_NODES, QUICK_GAP = 200, 0.003
"""The same where many plans are compared."""
LOSS = 0.1
"""Largest share of the best value with broken places that whole places near them may miss."""
SMALL = 100
"""Up to so many unknowns a problem is solved outright, to the optimum."""
LARGE = 3_000
"""From so many options on, whole places are first looked for near the best broken ones."""
REACH = 2
"""How far whole places may lie from the best broken ones, or from those with fewer rows."""
FAR = 1.0
"""Rows of families with more room than this at the best broken places are left out of a first search."""
ROUNDS = 8
"""Most times that broken rounded rows are added."""


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """The problem as one sparse system: ``low <= rows @ unknowns <= high``, unknowns between bounds.

    Parameters
    ----------
    names
        Demand of every row, shape ``(rows,)``.
    value
        What every unknown adds.
    whole
        Must it be whole?
    """

    rows: csr_array
    low: Floats
    high: Floats
    names: tuple[str, ...]
    value: Floats
    lower: Floats
    upper: Floats
    whole: Flags

    def with_rows(self, rows: csr_array, high: Floats, name: str) -> System:
        """With more rows over the first unknowns, each at most ``high``."""
        from scipy.sparse import csr_array, hstack, vstack

        wide = hstack([rows, csr_array((rows.shape[0], len(self.value) - rows.shape[1]))], format="csr")
        return System(
            vstack([self.rows, wide], format="csr"),
            np.concatenate([self.low, np.full(len(high), -np.inf)]),
            np.concatenate([self.high, high]),
            (*self.names, *[name] * len(high)),
            self.value,
            self.lower,
            self.upper,
            self.whole,
        )

    def only(self, chosen: Flags) -> System:
        """With some of the rows."""
        names = tuple(name for name, kept in zip(self.names, chosen, strict=True) if kept)
        rows, low, high = self.rows[np.flatnonzero(chosen)], self.low[chosen], self.high[chosen]
        return System(rows, low, high, names, self.value, self.lower, self.upper, self.whole)

    def among(self, chosen: Flags) -> System:
        """With some of the unknowns, the others 0, and the rows that these are in or that zeros would break."""
        rows = self.rows[:, np.flatnonzero(chosen)].tocsr()
        kept = (np.diff(rows.indptr) > 0) | (self.low > 0) | (self.high < 0)
        at = np.flatnonzero(chosen)
        value, lower, upper = self.value[at], self.lower[at], self.upper[at]
        few = System(rows, self.low, self.high, self.names, value, lower, upper, self.whole[at])
        return few.only(kept)

    def up_to(self, high: Floats) -> System:
        """With other right-hand sides."""
        names, value, whole = self.names, self.value, self.whole
        return System(self.rows, self.low, high, names, value, self.lower, self.upper, whole)

    def between(self, lower: Floats, upper: Floats) -> System:
        """With other bounds."""
        return System(self.rows, self.low, self.high, self.names, self.value, lower, upper, self.whole)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The best broken places: an upper bound for whole ones.

    Parameters
    ----------
    unknowns
        Their values.
    value
        What they add.
    worth
        What one more of each row's limit would add (shadow price), shape ``(rows,)``.
    """

    unknowns: Floats
    value: float
    worth: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Whole places.

    Parameters
    ----------
    places
        Per option, shape ``(options,)``.
    waiting
        Per programme, shape ``(programmes,)``.
    value, bound
        What they add, and the most that any whole places could.
    """

    places: Whole
    waiting: Whole
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """Share of the best possible value that these places may miss at most."""
        return max(0.0, 1 - self.value / self.bound) if self.bound > 0 else 0.0


def system_of(problem: Problem, families: Families) -> System:
    """All rows and bounds of a problem."""
    from scipy.sparse import csr_array, hstack, vstack

    made, many, flows = demands(problem), len(problem.options), len(families.flow_pool)
    spread = hstack(
        [
            families.rows[:, :many],
            csr_array((families.rows.shape[0], problem.size - many)),
            families.rows[:, many:],
        ],
        format="csr",
    )
    wide = [hstack([each.rows, csr_array((each.rows.shape[0], flows))], format="csr") for each in made]
    opened, programmes = len(problem.opened), len(problem.programmes)
    lower = np.concatenate([problem.least, np.zeros(opened + programmes + 1 + flows)])
    upper = np.concatenate([problem.most, np.ones(opened), problem.waiting, np.full(1 + flows, np.inf)])
    whole = np.arange(problem.size + flows) < problem.size - 1
    return System(
        vstack([*wide, spread], format="csr"),
        np.concatenate([*(each.low for each in made), np.full(len(families.high), -np.inf)]),
        np.concatenate([*(each.high for each in made), families.high]),
        (*(each.name for each in made for _ in each.low), *["families"] * len(families.high)),
        np.concatenate([problem.options.value, np.zeros(opened + programmes + 1 + flows)]),
        lower,
        np.maximum(lower, upper),
        whole,
    )


def relax(system: System, *, method: str = "highs") -> Parts | None:
    """The best broken places, or ``None`` when nothing meets every row."""
    from scipy.optimize import linprog
    from scipy.sparse import vstack

    upper, lower = np.isfinite(system.high), np.isfinite(system.low)
    same = upper & lower & (system.low == system.high)
    above, below = np.flatnonzero(upper & ~same), np.flatnonzero(lower & ~same)
    found = linprog(
        -system.value,
        A_ub=vstack([system.rows[above], -system.rows[below]], format="csr"),
        b_ub=np.concatenate([system.high[above], -system.low[below]]),
        A_eq=system.rows[same] if same.any() else None,
        b_eq=system.high[same] if same.any() else None,
        bounds=np.stack([system.lower, system.upper], axis=1),
        method=method,
    )
    if found.x is None or found.status != 0:
        return None
    worth = np.zeros(len(system.high))
    marginals = -np.asarray(found.ineqlin.marginals)
    worth[above] = marginals[: len(above)]
    worth[below] -= marginals[len(above) :]
    return Parts(np.asarray(found.x), float(-found.fun), worth)


def tightened(problem: Problem) -> tuple[System, Parts] | None:
    """The system with every rounded row that the best broken places would break, and these places."""
    families = never_twice(problem)
    system = system_of(problem, families)
    parts = relax(system)
    for _ in range(ROUNDS if parts is not None and len(system.value) > SMALL else 0):
        if parts is None:
            break
        rows, high = rounded_rows(problem, families, parts.unknowns[: len(problem.options)])
        if not len(high):
            break
        system = system.with_rows(rows, high, "families")
        parts = relax(system)
    return None if parts is None else (system, parts)


def solve(problem: Problem, *, quick: bool = False) -> Solution | None:
    """Whole places per option with the highest value; ``None`` when nothing meets every demand.

    A small problem is solved to the optimum. A larger one in two searches: the first leaves out rows of families that
    are far from binding, so its bound holds for all; the second looks near what it found, with every row. When these
    lie further apart than ``GAP``, the whole problem is searched, for at most ``NODES`` nodes. The gap in the result
    is what the places may miss at most.

    Parameters
    ----------
    quick
        For comparing many plans: near the best broken places only, to a wider gap.
    """
    known = tightened(problem)
    if known is None:
        return None
    system, parts = known
    if len(system.value) <= SMALL:
        return _search(problem, system, {"mip_rel_gap": 0.0})
    if quick or len(problem.options) > LARGE:
        near = _search(
            problem, _near_parts(problem, system, parts), {"mip_rel_gap": QUICK_GAP, "node_limit": QUICK_NODES}
        )
        if near is not None and near.value >= (1 - LOSS) * parts.value:
            return replace(near, bound=max(near.value, parts.value))
    return _in_two(problem, system, parts)


def _in_two(problem: Problem, system: System, parts: Parts) -> Solution | None:
    limits = {"mip_rel_gap": GAP, "node_limit": NODES}
    room = system.high - system.rows @ parts.unknowns
    fewer = system.only((np.array(system.names) != "families") | (room <= FAR))
    first = whole_search(fewer, limits)
    if first.x is None and first.status == 2:
        return None
    second = None
    if first.x is not None and first.mip_dual_bound is not None:
        bound = float(-first.mip_dual_bound)
        second = _search(
            problem, _near_whole(problem, system, parts, first.x), {"mip_rel_gap": GAP / 2, "node_limit": NODES}
        )
        second = second if second is None else replace(second, bound=max(second.value, bound))
    if second is not None and second.gap <= GAP:
        return second
    third = _search(problem, system, limits)
    return third if second is None or (third is not None and third.value > second.value) else second


def _search(problem: Problem, system: System, limits: Mapping[str, float]) -> Solution | None:
    found = whole_search(system, limits)
    if found.x is None:
        return None
    first = len(problem.options) + len(problem.opened)
    places = np.rint(found.x[: len(problem.options)]).astype(np.int64)
    waiting = np.rint(found.x[first : first + len(problem.programmes)]).astype(np.int64)
    value = problem.value(places)
    exact = limits["mip_rel_gap"] == 0 or found.mip_dual_bound is None
    return Solution(places, waiting, value, value if exact else max(value, float(-found.mip_dual_bound)))


def whole_search(system: System, limits: Mapping[str, float]) -> Any:
    """scipy's mixed-integer search (HiGHS) over a system."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    return milp(
        -system.value,
        integrality=system.whole.astype(np.int64),
        bounds=Bounds(system.lower, system.upper),
        constraints=LinearConstraint(system.rows, system.low, system.high),
        options=dict(limits),
    )


def _near_parts(problem: Problem, system: System, parts: Parts) -> System:
    """Bounds close to broken places; a programme in groups is free in the areas where it may be opened."""
    broken = parts.unknowns[: len(problem.options)]
    used = broken > 1e-6
    return _around(problem, system, np.floor(broken), np.ceil(broken), used, _may_open(problem, broken))


def solve_near(problem: Problem, system: System, places: Whole) -> Solution | None:
    """The best whole places near a plan and near the best broken ones, in a system with other right-hand sides.

    A small problem is solved outright. ``None``: there are none.
    """
    if len(system.value) <= SMALL:
        return _search(problem, system, {"mip_rel_gap": 0.0})
    parts = relax(system)
    if parts is None:
        return None
    many, broken = len(places), parts.unknowns[: len(places)]
    used = (places > 0) | (broken > 1e-6)
    opened = parts.unknowns[many : many + len(problem.opened)] > 1e-6
    low, high = np.minimum(places, np.floor(broken)), np.maximum(places, np.ceil(broken))
    near = _around(problem, system, low, high, used, opened)
    found = _search(problem, near, {"mip_rel_gap": GAP / 2, "node_limit": QUICK_NODES})
    return None if found is None else replace(found, bound=max(found.value, parts.value))


def _near_whole(problem: Problem, system: System, parts: Parts, whole: Floats) -> System:
    """Bounds close to whole places that meet most rows."""
    many = len(problem.options)
    places = np.rint(whole[:many])
    used = (places > 0) | (parts.unknowns[:many] > 1e-6)
    opened = whole[many : many + len(problem.opened)] > 0.5
    return _around(problem, system, places, places, used, opened)


def _around(problem: Problem, system: System, low: Floats, high: Floats, used: Flags, opened: Flags) -> System:
    many, options = len(problem.options), problem.options
    lower, upper = system.lower.copy(), system.upper.copy()
    in_groups = problem.smallest[options.programme] > 1
    may = opened | _drawn(problem)
    free = np.isin(_pairs(problem, options.programme, options.area), _pairs(problem, *problem.opened[may].T))
    low = np.where(used & ~in_groups, np.maximum(low - REACH, 0), 0)
    high = np.where(in_groups, np.where(free, upper[:many], 0), np.where(used, high + REACH, 0))
    lower[:many] = np.minimum(np.maximum(lower[:many], low), upper[:many])
    upper[:many] = np.maximum(lower[:many], np.minimum(upper[:many], high))
    upper[many : many + len(may)] = may.astype(np.float64)
    return system.between(lower, upper)


def _pairs(problem: Problem, programme: Whole, area: Whole) -> Whole:
    return np.asarray(programme * max(len(problem.areas), 1) + area)


def _drawn(problem: Problem) -> Flags:
    """Programmes in groups that must open because a lot fell there."""
    options, own = problem.options, problem.least > 0
    pairs = _pairs(problem, options.programme[own], options.area[own])
    return np.isin(_pairs(problem, *problem.opened.T), pairs)


def _may_open(problem: Problem, broken: Floats) -> Flags:
    """Where each programme that works in groups has most broken places: as many areas as these fill, and two more."""
    opened, options = problem.opened, problem.options
    chosen = np.zeros(len(opened), dtype=bool)
    places = np.zeros((len(problem.programmes), max(len(problem.areas), 1)))
    np.add.at(places, (options.programme, options.area), broken)
    for programme in np.unique(opened[:, 0]):
        own = np.flatnonzero(opened[:, 0] == programme)
        filled = places[programme, opened[own, 1]]
        most = int(filled.sum() / problem.smallest[programme]) + 2
        chosen[own[np.argsort(-filled, kind="stable")[:most]]] = True
    return chosen

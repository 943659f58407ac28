"""Whole places with the highest value, the bound that certifies them, and what one more of anything is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from riskscreen.programmes.choosing import Solution, priced_places
from riskscreen.programmes.demand_rows import demands
from riskscreen.programmes.never_twice import Families, never_twice, rounded_rows
from riskscreen.programmes.prices import Prices, prices_of
from riskscreen.programmes.problem import Flags, Floats, Problem

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NODES = 2_000
"""Nodes after which the search for whole places in a larger problem ends too. Never a clock: results must repeat."""
GAP, QUICK_GAP = 0.0005, 0.003
"""Where that search ends: what it found may miss at most this share of the best value there can be. The second where
many plans are compared."""
SMALL = 100
"""Up to so many unknowns a problem is solved outright, to the optimum."""
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

    A small problem is solved to the optimum. In a larger one the prices of what areas share are looked for, which
    prove a bound, and whole places are chosen from the fills met on the way, until these lie no further apart than
    ``GAP``. Where that does not come so far, the whole problem is searched, for at most ``NODES`` nodes. The gap in the
    result is what the places may miss at most.

    Parameters
    ----------
    quick
        For comparing many plans: to a wider gap.
    """
    if problem.size <= SMALL:
        return _search(problem, {"mip_rel_gap": 0.0})
    goal = QUICK_GAP if quick else GAP
    prices = prices_of(problem)
    if prices is None:
        return None
    return _or_searched(problem, priced_places(prices, goal), goal)


def solve_again(prices: Prices, problem: Problem) -> Solution | None:
    """The same for a problem with other limits, from the prices and fills that are known."""
    if problem.size <= SMALL:
        return solve(problem)
    return _or_searched(problem, priced_places(prices.moved(problem), GAP), GAP)


def _or_searched(problem: Problem, found: Solution | None, goal: float) -> Solution | None:
    """What is found, where that comes near enough; else the better of this and a search of the whole problem."""
    if found is not None and found.gap <= goal:
        return found
    whole = _search(problem, {"mip_rel_gap": goal, "node_limit": NODES})
    return whole if found is None else found if whole is None else found.or_better(whole)


def _search(problem: Problem, limits: Mapping[str, float]) -> Solution | None:
    """The whole problem at once."""
    known = tightened(problem)
    found = whole_search(known[0], limits) if known is not None else None
    if found is None or found.x is None:
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

"""A plan for a whole country: a linear problem over regions, made whole families in every buurt, with its bound.

Families of one region and target group that the same programmes fit are interchangeable, so the linear problem sees
them as one pool, however many areas they live in: flows from pools to programmes, never more than the pool holds. That
loses nothing, and keeps the problem small. What it finds is then divided over the areas in whole families, each pool in
proportion to the families that live there. The value of the linear problem bounds that of any plan, so it certifies
what the whole families may miss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from riskscreen.errors import SettingsError
from riskscreen.programmes.allocation import Task, check_task
from riskscreen.programmes.clashes import explain_clash
from riskscreen.programmes.demand_rows import demands
from riskscreen.programmes.never_twice import Families, never_twice
from riskscreen.programmes.problem import (
    TINY,
    Flags,
    Floats,
    Pools,
    Problem,
    Whole,
    build_problem,
    opened_of,
    options_of,
)
from riskscreen.programmes.solving import System, relax

if TYPE_CHECKING:
    import pandas as pd

CLOSINGS = 2
"""Most times that programmes in groups are closed in regions where they fill no group."""


@dataclass(frozen=True, repr=False)
class CountryPlan:
    """Families to approach per area, target group and programme, in whole numbers.

    Parameters
    ----------
    programmes, groups, areas
        Names.
    programme, group, area
        Positions in the names, shape ``(offers,)``.
    approached
        Families to approach, whole, shape ``(offers,)``.
    uptake, cost, hours
        Per programme, shape ``(programmes,)``.
    budget
        EUR that could be spent.
    value, bound
        What the plan adds, and the most that any plan could.
    waiting
        Places that waiting lists take, per programme.
    """

    programmes: tuple[str, ...]
    groups: tuple[str, ...]
    areas: tuple[str, ...]
    programme: Whole
    group: Whole
    area: Whole
    approached: Whole
    uptake: Floats
    cost: Floats
    hours: Floats
    budget: float
    value: float
    bound: float
    waiting: Floats

    @property
    def gap(self) -> float:
        """Share of the best possible value that the plan may miss at most."""
        return max(0.0, 1 - self.value / self.bound) if self.bound > 0 else 0.0

    @property
    def places(self) -> Floats:
        """Places expected to be taken per programme (families approached x uptake), waiting lists apart."""
        taken = np.bincount(self.programme, self.approached, len(self.programmes))
        return np.asarray(taken * self.uptake)

    @property
    def spent(self) -> float:
        """EUR, waiting lists included."""
        return float((self.places + self.waiting) @ self.cost)

    def to_frame(self) -> pd.DataFrame:
        """``area_block, target_group, programme, approached``: for use inside, small numbers are in it."""
        import pandas as pd

        return pd.DataFrame(
            {
                "area_block": np.array(self.areas, dtype=object)[self.area],
                "target_group": np.array(self.groups, dtype=object)[self.group],
                "programme": np.array(self.programmes, dtype=object)[self.programme],
                "approached": self.approached,
            }
        )

    def __str__(self) -> str:
        lines = [
            f"{int(self.approached.sum()):,} families in {len(np.unique(self.area)):,} areas approached, "
            f"{self.spent:,.0f} of {self.budget:,.0f} EUR; misses at most {self.gap:.3%} of the best value there can be"
        ]
        for name, places in zip(self.programmes, self.places, strict=True):
            lines += [f"  {name}: {places:,.0f} places"] if places else []
        return "\n".join(lines)

    __repr__ = __str__


def allocate_country(task: Task, *, regions: Mapping[str, str]) -> CountryPlan:
    """Families to approach per area and programme, for many thousands of areas.

    The floors (fair shares, smallest groups) hold between and in regions, such as municipalities; where a programme may
    be offered at all is decided per area. Places are what families approached are expected to take: nobody contracts
    0.7 place for one buurt, so whole numbers are the families, and whole places are for each municipality's own plan.
    No share by lot. For each pool of families the numbers approached add up to at most its families, in every area
    apart: no family is approached twice.

    Parameters
    ----------
    task
        As for a municipality; ``eligible`` by area. The share by lot must be 0.
    regions
        Region of every area.

    Raises
    ------
    SettingsError
        Values out of range or missing, areas without a region, or demands that cannot be met.
    """
    check_task(task)
    absent = sorted(set(task.eligible["area_block"].dropna().astype(str)) - set(regions))
    faults = [f"regions: {len(absent)} area(s) have no region, {absent[0]} is one"] if absent else []
    faults += ["random_share: a country has no share by lot"] if task.floors.random_share else []
    faults += ["area_need: a country has the same need everywhere"] if task.area_need else []
    if faults:
        raise SettingsError("no plan for these areas", faults=tuple(faults), do="mend these settings and values")
    fine = _allowed_per_area(task)
    region_names, region = np.unique([regions[area] for area in fine.areas], return_inverse=True)
    coarse, of = _by_region(fine, tuple(str(name) for name in region_names), region.astype(np.int64), task)
    families = never_twice(coarse, flows_only=True)
    found, bound = _best_flows(coarse, families)
    flows = _whole_families(coarse, families, found)
    pool, programme, approached = _divided(fine, families, flows, of)
    return _country_plan(fine, task, (pool, programme, approached), bound)


def _country_plan(fine: Problem, task: Task, found: tuple[Whole, Whole, Whole], bound: float) -> CountryPlan:
    pool, programme, approached = found
    rates = np.array([task.rates[group] for group in fine.groups])
    weights = np.array([task.catalogue.weight(item) for item in task.catalogue.programmes])
    group, area = fine.pools.group[pool], fine.pools.area[pool]
    each = fine.uptake[programme] * weights[programme] * rates[group]
    names = (fine.programmes, fine.groups, fine.areas)
    per = (fine.uptake, fine.cost, fine.hours)
    value = float(approached @ each)
    return CountryPlan(*names, programme, group, area, approached, *per, task.budget, value, bound, fine.waiting)


def _allowed_per_area(task: Task) -> Problem:
    """Pools per area, with the programmes that may be offered there; smallest groups are filled in a region."""
    problem = build_problem(
        task.eligible,
        replace(task.catalogue, programmes=tuple(replace(item, minimum_group=1) for item in task.catalogue.programmes)),
        task.budget,
        task.rates,
        task.floors,
        reached=task.reached,
        area_need=task.area_need,
    )
    smallest = np.array([float(item.minimum_group) for item in task.catalogue.programmes])
    return replace(problem, smallest=smallest)


def _by_region(fine: Problem, names: tuple[str, ...], region: Whole, task: Task) -> tuple[Problem, Whole]:
    """The problem with regions for areas, and the region's pool of every pool."""
    pools, keys = fine.pools, _keys(fine, region)
    unique, first, of = np.unique(keys, return_index=True, return_inverse=True)
    many = len(unique)
    kinds = np.zeros((many, pools.kinds.shape[1]))
    np.add.at(kinds, of, pools.kinds)
    together = Pools(
        region[pools.area][first],
        pools.group[first],
        pools.fits[first],
        np.bincount(of, pools.families, many).astype(np.float64),
        np.bincount(of, pools.everyone, many).astype(np.float64),
        kinds,
    )
    weights = np.array([task.catalogue.weight(item) for item in task.catalogue.programmes])
    rates = np.array([task.rates[group] for group in fine.groups])
    options = options_of(together, weights, rates, np.ones(len(names)))
    opened, least = opened_of(options, fine.smallest), np.zeros(len(options))
    problem = replace(fine, areas=names, pools=together, options=options, opened=opened, least=least, whole=False)
    return problem, of.astype(np.int64)


def _keys(fine: Problem, region: Whole) -> Whole:
    """One number per region, target group and set of programmes."""
    bits = 1 << np.arange(len(fine.programmes), dtype=np.int64)
    sets = fine.pools.fits @ bits
    block = region[fine.pools.area] * len(fine.groups) + fine.pools.group
    return np.asarray(block * (1 << len(fine.programmes)) + sets)


def _linear(problem: Problem, families: Families) -> System:
    """The linear problem in flows alone: places are flows x uptake, so that no row is needed to tie the two.

    The unknowns are flows, then is a programme in groups open in a region (in part, too), waiting lists and all places.
    """
    from scipy.sparse import block_diag, csr_array, eye_array, hstack, vstack

    flows, many = len(families.flow_pool), len(problem.options)
    rest = problem.size - many
    taken = csr_array(
        (problem.uptake[families.flow_programme], (_option_of(problem, families), np.arange(flows))),
        shape=(many, flows),
    )
    places = block_diag([taken, eye_array(rest)], format="csr")
    made = demands(problem)
    used, row = np.unique(families.flow_pool, return_inverse=True)
    pools = csr_array((np.ones(flows), (row, np.arange(flows))), shape=(len(used), flows))
    zero = np.zeros(len(used))
    upper = np.concatenate(
        [problem.pools.families[families.flow_pool], np.ones(len(problem.opened)), problem.waiting, [np.inf]]
    )
    return System(
        vstack([*(each.rows @ places for each in made), hstack([pools, csr_array((len(used), rest))])], format="csr"),
        np.concatenate([*(each.low for each in made), zero - np.inf]),
        np.concatenate([*(each.high for each in made), problem.pools.families[used]]),
        (*(each.name for each in made for _ in each.low), *["families"] * len(used)),
        np.concatenate([taken.T @ problem.options.value, np.zeros(rest)]),
        np.zeros(flows + rest),
        upper,
        np.zeros(flows + rest, dtype=bool),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Flows:
    """Families approached per flow, what one more adds over what it takes, and which flows are open."""

    families: Floats
    net: Floats
    open: Flags


def _best_flows(problem: Problem, families: Families) -> tuple[_Flows, float]:
    """The best flows where every programme in groups fills its smallest group in a region or stays away; the bound.

    The linear problem is solved, and again with every programme in groups closed in regions where it got fewer places
    than its smallest group. The bound is that of the first.
    """
    system, many = _linear(problem, families), len(families.flow_pool)
    open_ = ~_few(problem, families, _room(problem, families))
    system = _closed(system, ~open_)
    parts = relax(system, method="highs-ds")
    if parts is None:
        raise explain_clash(problem)
    bound = parts.value
    for _ in range(CLOSINGS):
        few = _few(problem, families, parts.unknowns[:many]) & open_ & (parts.unknowns[:many] > TINY)
        again = relax(_closed(system, few), method="highs-ds") if few.any() else None
        if again is None:
            break
        system, parts, open_ = _closed(system, few), again, open_ & ~few
    net = system.value - system.rows.T @ parts.worth
    return _Flows(parts.unknowns[:many], net[:many], open_), bound


def _closed(system: System, flows: Flags) -> System:
    upper = system.upper.copy()
    upper[: len(flows)] = np.where(flows, 0.0, upper[: len(flows)])
    return system.between(system.lower, upper)


def _room(problem: Problem, families: Families) -> Floats:
    """Families that a flow could at most approach."""
    return problem.pools.families[families.flow_pool]


def _per_region(problem: Problem, families: Families, flows: Floats | Whole) -> Floats:
    """Expected places per programme and region, shape ``(programmes, regions)``."""
    places = np.zeros((len(problem.programmes), len(problem.areas)))
    region = problem.pools.area[families.flow_pool]
    np.add.at(places, (families.flow_programme, region), flows * problem.uptake[families.flow_programme])
    return places


def _few(problem: Problem, families: Families, flows: Floats | Whole) -> Flags:
    """Flows to a programme in groups that gets fewer places in a region than its smallest group."""
    places = _per_region(problem, families, flows)
    few = (problem.smallest[:, None] > 1) & (places < problem.smallest[:, None] - 1e-6)
    return np.asarray(few[families.flow_programme, problem.pools.area[families.flow_pool]])


def _whole_families(problem: Problem, families: Families, found: _Flows) -> Whole:
    """Flows rounded down, without groups that are too small, then filled up while every limit allows it."""
    whole = np.floor(found.families + 1e-6).astype(np.int64)
    few = _few(problem, families, whole)
    whole[few] = 0
    return _filled_up(problem, families, whole, np.where(found.open & ~few, found.net, -np.inf))


def _filled_up(problem: Problem, families: Families, whole: Whole, net: Floats) -> Whole:
    """More families where one adds most over what it takes, as long as money, hours, places and pool last."""
    pools, programme = problem.pools, families.flow_programme
    each = problem.uptake[programme]
    left = np.floor(pools.families - np.bincount(families.flow_pool, whole, len(pools.families)) + TINY)
    taken = np.bincount(programme, whole * each, len(problem.programmes)) + problem.waiting
    limits = _Limits(
        problem.budget - float(taken @ problem.cost),
        problem.staff - float(taken @ problem.hours),
        problem.places - taken,
    )
    near = np.flatnonzero((left[families.flow_pool] >= 1) & (net > -1e-3))
    for index in near[np.argsort(-net[near], kind="stable")]:
        p, pool = int(programme[index]), int(families.flow_pool[index])
        more = int(min(left[pool], limits.room(problem, p, float(each[index]))))
        if more > 0:
            whole[index] += more
            left[pool] -= more
            limits.take(problem, p, more * float(each[index]))
    return whole


@dataclass(slots=True)
class _Limits:
    """What is left of money, hours and places (per programme)."""

    money: float
    hours: float
    places: Floats

    def room(self, problem: Problem, programme: int, each: float) -> float:
        """Families that can still be approached, when each takes a part of a place."""
        parts = [self.money / problem.cost[programme], self.places[programme]]
        if problem.hours[programme] and np.isfinite(self.hours):
            parts.append(self.hours / problem.hours[programme])
        return float(np.floor(min(parts) / each + 1e-9))

    def take(self, problem: Problem, programme: int, places: float) -> None:
        """Take so many expected places."""
        self.money -= places * problem.cost[programme]
        self.hours -= places * problem.hours[programme]
        self.places[programme] -= places


def _option_of(problem: Problem, families: Families) -> Whole:
    """The option of every flow."""
    options, pools, width = problem.options, problem.pools, len(problem.programmes)
    block = options.area * len(problem.groups) + options.group
    of_pool = pools.area * len(problem.groups) + pools.group
    codes = of_pool[families.flow_pool] * width + families.flow_programme
    return np.searchsorted(block * width + options.programme, codes).astype(np.int64)


def _divided(fine: Problem, families: Families, flows: Whole, of: Whole) -> tuple[Whole, Whole, Whole]:
    """Whole families of every region's pool over the areas of the region, in proportion to the families there.

    By running totals: the families of a pool stand in a row, area after area, and those approached are spread evenly
    over that row, so that no area gives more than it has and every area differs less than one family per programme
    from its share.

    Returns
    -------
    tuple
        Pool of an area, programme, and whole families to approach.
    """
    order = np.argsort(of, kind="stable")
    size = np.floor(fine.pools.families[order] + TINY).astype(np.int64)
    start = np.searchsorted(of[order], np.arange(int(of.max(initial=-1)) + 2))
    found: list[tuple[int, int, int]] = []
    used = np.flatnonzero(flows > 0)
    by_pool: dict[int, list[int]] = {}
    for flow in used.tolist():
        by_pool.setdefault(int(families.flow_pool[flow]), []).append(flow)
    for pool, own in by_pool.items():
        members = order[start[pool] : start[pool + 1]]
        room = size[start[pool] : start[pool + 1]].copy()
        for index in own:
            given = _spread(room, int(flows[index]))
            room -= given
            at = np.flatnonzero(given)
            found += zip(
                members[at].tolist(), [int(families.flow_programme[index])] * len(at), given[at].tolist(), strict=True
            )
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _spread(room: Whole, wanted: int) -> Whole:
    """``wanted`` over places with this much room, in proportion; each at most its room."""
    total = int(room.sum())
    if not total:
        return np.zeros_like(room)
    running = np.cumsum(room) * min(wanted, total) // total
    return np.diff(running, prepend=0)

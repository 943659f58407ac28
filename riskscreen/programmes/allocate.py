"""Places over programmes, target groups and wijken within a budget, by mixed-integer programming."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import SettingsError
from riskscreen.programmes.catalogue import Catalogue
from riskscreen.programmes.eligibility import JOIN, NO_GROUP
from riskscreen.programmes.plan import Offer, Plan

if TYPE_CHECKING:
    import pandas as pd

SECONDS = 60.0
"""Only a stop for a machine in trouble; the gap below is what ends the search, so that results repeat."""
GAP = 0.001


@dataclass(frozen=True, slots=True)
class Floors:
    """What keeps a plan spread out and decent.

    Parameters
    ----------
    fair_share
        Every wijk gets at least this part of the places it would get if places followed the number of families that
        could be offered one (rounded down to whole places), so that no single wijk gets everything. 0 to 1.
    families
        A programme is offered in a wijk only where at least so many families could be offered it.
    """

    fair_share: float = 0.5
    families: int = 10


@dataclass(frozen=True, slots=True)
class _Option:
    """One unknown of the problem: places of a programme for a target group in a wijk."""

    programme: str
    group: str
    area: str
    families: int


@dataclass
class _Rows:
    """Rows ``low <= coefficients @ unknowns <= high`` of a sparse problem, collected one by one."""

    rows: list[int]
    columns: list[int]
    values: list[float]
    low: list[float]
    high: list[float]

    def add(self, coefficients: Mapping[int, float], low: float, high: float) -> None:
        number = len(self.low)
        for column, value in coefficients.items():
            self.rows.append(number)
            self.columns.append(column)
            self.values.append(value)
        self.low.append(low)
        self.high.append(high)


def allocate(
    eligible: pd.DataFrame,
    catalogue: Catalogue,
    budget: float,
    *,
    rates: Mapping[str, float],
    floors: Floors | None = None,
) -> Plan:
    """Places that reach most families in target groups, weighted by evidence and by the group's rate.

    Maximises the sum of places x evidence weight x rate of the target group, where no family is offered more than one
    place (Hall's condition per wijk and target group), and budget, places available and the smallest group of a
    programme are kept. Origin and other sensitive columns are no part of it.

    Parameters
    ----------
    eligible
        All counts of :func:`riskscreen.programmes.eligibility.count_eligible` on the date to act on:
        ``target_group, programmes, area_block, families``.
    catalogue
        Programmes with cost, places and uptake: a place is filled when ``1 / uptake`` families are approached.
    budget
        EUR.
    rates
        Share with the recorded outcome per target group.
    floors
        Spread and decency; default half of the fair share and ten families.

    Raises
    ------
    SettingsError
        The budget is negative, a floor is out of range, or the floors cannot be met with this budget.
    """
    floors = floors or Floors()
    _check(budget, floors)
    pools = _pools(eligible)
    options = _options(pools, catalogue, floors)
    families = _families_per_area(pools)
    if not options or budget == 0:
        return Plan.empty(catalogue, budget, families)
    found = _solve(options, pools, catalogue, budget, rates, floors)
    if found is None or not found.any():
        _refuse_floors(options, pools, catalogue, budget, rates, floors)
        return Plan.empty(catalogue, budget, families)
    offers = [
        Offer(item.programme, item.group, item.area, int(places), item.families)
        for item, places in zip(options, found, strict=True)
        if places > 0
    ]
    return Plan(tuple(offers), catalogue, budget, families, _eligible_pairs(pools, catalogue))


def _check(budget: float, floors: Floors) -> None:
    faults = []
    if not budget >= 0:
        faults.append(f"budget: {budget} is below 0")
    if not 0 <= floors.fair_share <= 1:
        faults.append(f"fair_share: {floors.fair_share} is not between 0 and 1")
    if floors.families < 10:
        faults.append(f"families: {floors.families} is below 10, the release threshold")
    if faults:
        raise SettingsError("places cannot be spread with these settings", faults=tuple(faults), do="mend them")


Pools = dict[tuple[str, str], dict[frozenset[str], int]]


def _pools(eligible: pd.DataFrame) -> Pools:
    """Families per (wijk, target group) and per set of programmes they could be offered."""
    pools: Pools = {}
    rows = eligible[(eligible["target_group"] != NO_GROUP) & (eligible["programmes"] != "")]
    columns = zip(rows["area_block"], rows["target_group"], rows["programmes"], rows["families"], strict=True)
    for area, group, ids, families in columns:
        pool = pools.setdefault((str(area), str(group)), {})
        key = frozenset(str(ids).split(JOIN))
        pool[key] = pool.get(key, 0) + int(families)
    return dict(sorted(pools.items()))


def _families_per_area(pools: Pools) -> dict[str, int]:
    families: dict[str, int] = {}
    for (area, _), pool in pools.items():
        families[area] = families.get(area, 0) + sum(pool.values())
    return families


def _eligible_pairs(pools: Pools, catalogue: Catalogue) -> dict[tuple[str, str], int]:
    """Families per (programme, wijk)."""
    pairs: dict[tuple[str, str], int] = {}
    for (area, _), pool in pools.items():
        for ids, families in pool.items():
            for programme in ids & set(catalogue.planning):
                pairs[programme, area] = pairs.get((programme, area), 0) + families
    return pairs


def _options(pools: Pools, catalogue: Catalogue, floors: Floors) -> list[_Option]:
    """Unknowns worth having: enough families in the wijk, and a group can be filled."""
    pairs = _eligible_pairs(pools, catalogue)
    smallest = {item.id: item.minimum_group for item in catalogue.programmes}
    allowed = {
        (programme, area)
        for (programme, area), families in pairs.items()
        if families >= floors.families
        and min(families * catalogue.planning[programme].uptake, catalogue.planning[programme].places)
        >= smallest[programme]
    }
    options = []
    for (area, group), pool in pools.items():
        for programme in sorted(frozenset().union(*pool)):
            if (programme, area) in allowed:
                families = sum(count for ids, count in pool.items() if programme in ids)
                options.append(_Option(programme, group, area, families))
    return options


def _solve(
    options: list[_Option],
    pools: Pools,
    catalogue: Catalogue,
    budget: float,
    rates: Mapping[str, float],
    floors: Floors,
) -> NDArray[np.int64] | None:
    """Whole places per option, or None when nothing meets every row.

    Hall's condition has a row per set of programmes; few of them ever bind, so rows are added when they are broken.
    """
    opened = sorted({(item.programme, item.area) for item in options if _smallest(catalogue, item.programme) > 1})
    weights = {item.id: catalogue.weight(item) for item in catalogue.programmes}
    value = [weights[item.programme] * rates.get(item.group, 0.0) for item in options] + [0.0] * len(opened)
    rows = _Rows([], [], [], [], [])
    _limit_money_and_places(rows, options, catalogue, budget)
    _fill_groups(rows, options, opened, catalogue)
    _spread(rows, options, pools, floors)
    places = _optimum(rows, value, options, catalogue)
    while places is not None:
        broken = _offered_twice(places, options, pools, catalogue)
        if not broken:
            return places
        for coefficients, most in broken:
            rows.add(coefficients, -np.inf, most)
        places = _optimum(rows, value, options, catalogue)
    return None


def _optimum(rows: _Rows, value: list[float], options: list[_Option], catalogue: Catalogue) -> NDArray[np.int64] | None:
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    size = len(value)
    most = [np.floor(item.families * catalogue.planning[item.programme].uptake + 1e-9) for item in options]
    matrix = csr_array((rows.values, (rows.rows, rows.columns)), shape=(len(rows.low), size))
    found = milp(
        -np.array(value),
        integrality=np.ones(size),
        bounds=Bounds(np.zeros(size), np.array(most + [1.0] * (size - len(options)))),
        constraints=LinearConstraint(matrix, np.array(rows.low), np.array(rows.high)),
        options={"mip_rel_gap": GAP, "time_limit": SECONDS},
    )
    return None if found.x is None else np.rint(found.x[: len(options)]).astype(np.int64)


def _smallest(catalogue: Catalogue, programme: str) -> int:
    return next(item.minimum_group for item in catalogue.programmes if item.id == programme)


def _limit_money_and_places(rows: _Rows, options: list[_Option], catalogue: Catalogue, budget: float) -> None:
    rows.add({i: catalogue.planning[item.programme].cost for i, item in enumerate(options)}, -np.inf, budget)
    for programme, plan in catalogue.planning.items():
        own = {i: 1.0 for i, item in enumerate(options) if item.programme == programme}
        if own:
            rows.add(own, -np.inf, plan.places)


def _offered_twice(
    places: NDArray[np.int64], options: list[_Option], pools: Pools, catalogue: Catalogue
) -> list[tuple[dict[int, float], int]]:
    """Rows of Hall's condition that these places break: a set of programmes approaches more families than fit it."""
    where: dict[tuple[str, str], dict[str, int]] = {}
    for index, item in enumerate(options):
        where.setdefault((item.area, item.group), {})[item.programme] = index
    broken = []
    for key, unknowns in where.items():
        used = [programme for programme, index in sorted(unknowns.items()) if places[index] > 0]
        for size in range(2, len(used) + 1):
            for chosen in combinations(used, size):
                row = {unknowns[one]: 1 / catalogue.planning[one].uptake for one in chosen}
                fitting = sum(families for ids, families in pools[key].items() if ids & set(chosen))
                if sum(places[index] * value for index, value in row.items()) > fitting + 1e-9:
                    broken.append((row, fitting))
    return broken


def _fill_groups(rows: _Rows, options: list[_Option], opened: list[tuple[str, str]], catalogue: Catalogue) -> None:
    """A programme that works in groups starts in a wijk only with enough places."""
    for number, (programme, area) in enumerate(opened, start=len(options)):
        own = {i: 1.0 for i, item in enumerate(options) if (item.programme, item.area) == (programme, area)}
        rows.add({**own, number: -float(_smallest(catalogue, programme))}, 0.0, np.inf)
        rows.add({**own, number: -float(catalogue.planning[programme].places)}, -np.inf, 0.0)


def _spread(rows: _Rows, options: list[_Option], pools: Pools, floors: Floors) -> None:
    """Places in a wijk are at least the fair share of all places, less what rounding down takes."""
    if floors.fair_share == 0:
        return
    reachable = _families_per_area({key: pool for key, pool in pools.items() if key[0] in {o.area for o in options}})
    everyone = sum(reachable.values())
    for area, families in sorted(reachable.items()):
        share = floors.fair_share * families / everyone
        rows.add({i: (1.0 if item.area == area else 0.0) - share for i, item in enumerate(options)}, -0.999, np.inf)


def _refuse_floors(
    options: list[_Option],
    pools: Pools,
    catalogue: Catalogue,
    budget: float,
    rates: Mapping[str, float],
    floors: Floors,
) -> None:
    """When places could be bought without the floor but not with it, say so."""
    free = _solve(options, pools, catalogue, budget, rates, Floors(0.0, floors.families))
    if free is not None and free.any():
        raise SettingsError(
            f"with a budget of {budget:,.0f} EUR no spread of places gives every wijk {floors.fair_share:.0%} of its "
            "fair share",
            do="raise the budget, add programmes or places, or lower fair_share",
        )

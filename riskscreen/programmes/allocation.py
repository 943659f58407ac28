"""Places over programmes, target groups and wijken within a budget, by mixed-integer programming."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
GAP = 0.005
"""Largest share of the best possible value that a plan may miss in a large problem."""
SMALL = 100
"""Up to so many unknowns a problem is solved to the optimum."""


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
    everyone, pairs = int(eligible["families"].sum()), _eligible_pairs(pools, catalogue)
    if not options or budget == 0:
        return Plan((), catalogue, budget, pairs, everyone)
    found = _solve(options, pools, catalogue, budget, rates, floors)
    if found is None or not found.any():
        _refuse_floors(options, pools, catalogue, budget, rates, floors)
        return Plan((), catalogue, budget, pairs, everyone)
    offers = [
        Offer(item.programme, item.group, item.area, int(places), item.families)
        for item, places in zip(options, found, strict=True)
        if places > 0
    ]
    return Plan(tuple(offers), catalogue, budget, pairs, everyone)


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
    value = [weights[item.programme] * rates.get(item.group, 0.0) for item in options] + [0.0] * (len(opened) + 1)
    rows = _Rows([], [], [], [], [])
    _limit_money_and_places(rows, options, catalogue, budget)
    _offer_once(rows, options, pools, catalogue)
    _fill_groups(rows, options, opened, catalogue)
    _spread(rows, options, pools, floors, total=len(value) - 1)
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
    """Whole places of highest value.

    A small problem is solved outright. A large one first with broken places, which is fast and bounds what is
    possible, and then with whole places close to those; when that loses more than the gap, outright after all.
    """
    size, known = len(value), len(options)
    most = [np.floor(item.families * catalogue.planning[item.programme].uptake + 1e-9) for item in options]
    low, high = np.zeros(size), np.array([*most, *([1.0] * (size - known - 1)), np.inf])
    whole = np.ones(size)
    if known > SMALL:
        broken = whole.copy()
        broken[:known] = broken[-1] = 0
        first = _milp(rows, value, low, high, broken)
        if first is None:
            return None
        near_low, near_high = low.copy(), high.copy()
        near_low[:known] = np.maximum(np.floor(first[:known] + 1e-6) - 1, 0)
        near_high[:known] = np.minimum(np.ceil(first[:known] - 1e-6) + 1, high[:known])
        near = _milp(rows, value, near_low, near_high, whole)
        if near is not None and near @ value >= (1 - 2 * GAP) * (first @ value):
            return np.asarray(np.rint(near[:known]).astype(np.int64))
    found = _milp(rows, value, low, high, whole)
    return None if found is None else np.asarray(np.rint(found[:known]).astype(np.int64))


def _milp(
    rows: _Rows, value: list[float], low: NDArray[np.float64], high: NDArray[np.float64], whole: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    matrix = csr_array((rows.values, (rows.rows, rows.columns)), shape=(len(rows.low), len(value)))
    found = milp(
        -np.array(value),
        integrality=whole,
        bounds=Bounds(low, high),
        constraints=LinearConstraint(matrix, np.array(rows.low), np.array(rows.high)),
        options={"mip_rel_gap": 0.0 if len(value) <= SMALL else GAP, "time_limit": SECONDS},
    )
    return None if found.x is None else np.asarray(found.x, dtype=np.float64)


def _smallest(catalogue: Catalogue, programme: str) -> int:
    return next(item.minimum_group for item in catalogue.programmes if item.id == programme)


def _limit_money_and_places(rows: _Rows, options: list[_Option], catalogue: Catalogue, budget: float) -> None:
    rows.add({i: catalogue.planning[item.programme].cost for i, item in enumerate(options)}, -np.inf, budget)
    for programme, plan in catalogue.planning.items():
        own = {i: 1.0 for i, item in enumerate(options) if item.programme == programme}
        if own:
            rows.add(own, -np.inf, plan.places)


def _offer_once(rows: _Rows, options: list[_Option], pools: Pools, catalogue: Catalogue) -> None:
    """All programmes together approach at most the families of a target group in a wijk."""
    for key, unknowns in _unknowns(options).items():
        row = {index: 1 / catalogue.planning[programme].uptake for programme, index in unknowns.items()}
        rows.add(row, -np.inf, _fitting(pools[key], unknowns))


def _offered_twice(
    places: NDArray[np.int64], options: list[_Option], pools: Pools, catalogue: Catalogue
) -> list[tuple[dict[int, float], int]]:
    """Rows of Hall's condition that these places break: a set of programmes approaches more families than fit it.

    Of every wijk and target group only the row that is broken most.
    """
    broken = []
    for key, unknowns in _unknowns(options).items():
        used = {programme: index for programme, index in sorted(unknowns.items()) if places[index] > 0}
        asked = {programme: places[index] / catalogue.planning[programme].uptake for programme, index in used.items()}
        worst: tuple[str, ...] = ()
        most = 1e-9
        for size in range(2, len(used) + 1):
            for chosen in combinations(used, size):
                over = sum(asked[one] for one in chosen) - _fitting(pools[key], chosen)
                worst, most = (chosen, over) if over > most else (worst, most)
        if worst:
            row = {used[one]: 1 / catalogue.planning[one].uptake for one in worst}
            broken.append((row, _fitting(pools[key], worst)))
    return broken


def _unknowns(options: list[_Option]) -> dict[tuple[str, str], dict[str, int]]:
    """Index of the unknown per programme, for every (wijk, target group)."""
    where: dict[tuple[str, str], dict[str, int]] = {}
    for index, item in enumerate(options):
        where.setdefault((item.area, item.group), {})[item.programme] = index
    return where


def _fitting(pool: Mapping[frozenset[str], int], programmes: Iterable[str]) -> int:
    """Families that at least one of these programmes fits."""
    chosen = set(programmes)
    return sum(families for ids, families in pool.items() if not chosen.isdisjoint(ids))


def _fill_groups(rows: _Rows, options: list[_Option], opened: list[tuple[str, str]], catalogue: Catalogue) -> None:
    """A programme that works in groups starts in a wijk only with enough places."""
    for number, (programme, area) in enumerate(opened, start=len(options)):
        own = {i: 1.0 for i, item in enumerate(options) if (item.programme, item.area) == (programme, area)}
        rows.add({**own, number: -float(_smallest(catalogue, programme))}, 0.0, np.inf)
        rows.add({**own, number: -float(catalogue.planning[programme].places)}, -np.inf, 0.0)


def _spread(rows: _Rows, options: list[_Option], pools: Pools, floors: Floors, total: int) -> None:
    """Places in a wijk are at least the fair share of all places, less what rounding down takes.

    ``total`` is an unknown that holds all places: it keeps these rows short.
    """
    rows.add({**dict.fromkeys(range(len(options)), 1.0), total: -1.0}, 0.0, 0.0)
    areas = {item.area for item in options}
    reachable = _families_per_area({key: pool for key, pool in pools.items() if key[0] in areas})
    everyone = sum(reachable.values())
    for area, families in sorted(reachable.items()):
        own = {i: 1.0 for i, item in enumerate(options) if item.area == area}
        rows.add({**own, total: -floors.fair_share * families / everyone}, -0.999, np.inf)


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

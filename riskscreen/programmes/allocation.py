"""Places over programmes, target groups and wijken within a budget, by mixed-integer programming."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from riskscreen.errors import SettingsError
from riskscreen.programmes.catalogue import Catalogue
from riskscreen.programmes.eligibility import JOIN, NO_GROUP
from riskscreen.programmes.plan import Offer, Plan
from riskscreen.programmes.solving import Option, Problem, solve

if TYPE_CHECKING:
    import pandas as pd

Pools = dict[tuple[str, str], dict[frozenset[str], int]]
"""Families per (wijk, target group) and per set of programmes that fit them."""


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


def allocate(
    eligible: pd.DataFrame,
    catalogue: Catalogue,
    budget: float,
    *,
    rates: Mapping[str, float],
    floors: Floors | None = None,
) -> Plan:
    """Places that reach most families in target groups, weighted by evidence and by the group's rate.

    Maximises the sum of places x evidence weight x rate of the target group, where no family is approached twice and
    budget, places available and the smallest group of a programme are kept. Origin and other sensitive columns are no
    part of it. A small plan is the best there is. A larger one ends where it may miss
    at most 0.05% of the best value, whatever the machine; it tells what it may miss by the bound found (``gap``).

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
    pairs, everyone = _pairs(pools), int(eligible["families"].sum())
    problem = _problem(pools, pairs, catalogue, budget, rates, floors)
    found = solve(problem) if problem.options and budget > 0 else None
    if found is None or not found.places.any():
        _refuse_floors(problem, floors)
        return Plan((), catalogue, budget, pairs, everyone, 0.0)
    offers = [
        Offer(option.programme, option.group, option.area, int(places), option.families)
        for option, places in zip(problem.options, found.places, strict=True)
        if places > 0
    ]
    return Plan(tuple(offers), catalogue, budget, pairs, everyone, found.gap)


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


def _pools(eligible: pd.DataFrame) -> Pools:
    pools: Pools = {}
    rows = eligible[(eligible["target_group"] != NO_GROUP) & (eligible["programmes"] != "")]
    columns = zip(rows["area_block"], rows["target_group"], rows["programmes"], rows["families"], strict=True)
    for area, group, ids, families in columns:
        pool = pools.setdefault((str(area), str(group)), {})
        key = frozenset(str(ids).split(JOIN))
        pool[key] = pool.get(key, 0) + int(families)
    return dict(sorted(pools.items()))


def _pairs(pools: Pools) -> dict[tuple[str, str], int]:
    """Families per (programme, wijk)."""
    pairs: dict[tuple[str, str], int] = {}
    for (area, _), pool in pools.items():
        for ids, families in pool.items():
            for programme in ids:
                pairs[programme, area] = pairs.get((programme, area), 0) + families
    return pairs


def _problem(
    pools: Pools,
    pairs: Mapping[tuple[str, str], int],
    catalogue: Catalogue,
    budget: float,
    rates: Mapping[str, float],
    floors: Floors,
) -> Problem:
    smallest = {item.id: item.minimum_group for item in catalogue.programmes}
    weights = {item.id: catalogue.weight(item) for item in catalogue.programmes}
    options = []
    for (area, group), pool in pools.items():
        for name in sorted(frozenset[str]().union(*pool) & set(smallest)):
            plan, everyone = catalogue.planning[name], pairs[name, area]
            # a programme whose smallest group cannot be filled here is no option, nor one for a handful of families
            if everyone >= floors.families and min(everyone * plan.uptake, plan.places) >= smallest[name]:
                families = sum(count for ids, count in pool.items() if name in ids)
                value = weights[name] * rates.get(group, 0.0)
                options.append(Option(name, group, area, families, plan.uptake, plan.cost, value))
    places = {name: plan.places for name, plan in catalogue.planning.items()}
    shares = _fair_shares(pools, {option.area for option in options}, floors)
    return Problem(tuple(options), pools, budget, places, smallest, shares)


def _fair_shares(pools: Pools, areas: set[str], floors: Floors) -> dict[str, float]:
    """Least share of all places per wijk where something can be offered."""
    families: dict[str, int] = {}
    for (area, _), pool in pools.items():
        if area in areas:
            families[area] = families.get(area, 0) + sum(pool.values())
    everyone = sum(families.values())
    return {area: floors.fair_share * count / everyone for area, count in families.items()}


def _refuse_floors(problem: Problem, floors: Floors) -> None:
    """When places could be bought without the floor but not with it, say so."""
    if not problem.options or problem.budget == 0:
        return
    free = solve(replace(problem, shares={}))
    if free is not None and free.places.any():
        raise SettingsError(
            f"with a budget of {problem.budget:,.0f} EUR no spread of places gives every wijk "
            f"{floors.fair_share:.0%} of its fair share",
            do="raise the budget, add programmes or places, or lower fair_share",
        )

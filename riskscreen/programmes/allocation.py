"""Places over programmes, target groups and areas within a budget, by mixed-integer programming."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from riskscreen.errors import SettingsError
from riskscreen.programmes.catalogue import Catalogue
from riskscreen.programmes.choosing import Solution
from riskscreen.programmes.clashes import explain_clash
from riskscreen.programmes.demands import Floors
from riskscreen.programmes.eligibility import NO_GROUP
from riskscreen.programmes.plan import Offer, Plan
from riskscreen.programmes.problem import FORM, Problem, Whole, build_problem
from riskscreen.programmes.solving import solve
from riskscreen.records.definitions import STAGE_FLAGS

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("target_group", "programmes", "area_block", "families")


@dataclass(frozen=True)
class Task:
    """What a plan is made from; rows of ``eligible`` are counts, for use inside.

    Parameters
    ----------
    eligible
        All counts of :func:`riskscreen.programmes.eligibility.count_eligible` on the date to act on:
        ``target_group, programmes, area_block, families``; with the flags of life stages and ``family_form`` where a
        floor between these is asked for.
    catalogue
        Programmes with cost, places and uptake: a place is filled when ``1 / uptake`` families are approached.
    budget
        EUR.
    rates
        Share with the recorded outcome per target group.
    floors
        What the board asks for.
    reached
        Share of the families that any programme reached in the past year, per (target group, area): their need is met,
        they are not approached. Default: nobody.
    area_need
        Need per area over what the target group's rate says. Default: 1 everywhere.
    seed
        Draws the share by lot.
    """

    eligible: pd.DataFrame = field(repr=False)
    catalogue: Catalogue
    budget: float
    rates: Mapping[str, float]
    floors: Floors = field(default_factory=Floors)
    reached: Mapping[tuple[str, str], float] = field(default_factory=dict)
    area_need: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0

    def problem(self) -> Problem:
        """The arrays."""
        return build_problem(
            self.eligible,
            self.catalogue,
            self.budget,
            self.rates,
            self.floors,
            reached=self.reached,
            area_need=self.area_need,
        )


def allocate(
    eligible: pd.DataFrame,
    catalogue: Catalogue,
    budget: float,
    *,
    rates: Mapping[str, float],
    floors: Floors | None = None,
    reached: Mapping[tuple[str, str], float] | None = None,
    seed: int = 0,
) -> Plan:
    """Places that reach most unmet need in target groups, weighted by evidence.

    Maximises the sum of places x evidence weight x rate of the target group over families that no programme reached
    yet, where each family counts once: none is approached twice. Budget, staff hours, places available, contracts,
    waiting lists, the smallest group of a programme and the floors are kept. Origin and other sensitive columns are no
    part of it. A small plan is the best there is. A larger one tells what it may miss by the bound found (``gap``),
    whatever the machine. Parameters are those of :class:`Task`.

    Raises
    ------
    SettingsError
        Values out of range or missing: all of them. Or demands that cannot be met together: which ones clash, and what
        would make them possible.
    """
    task = Task(eligible, catalogue, budget, rates, floors or Floors(), reached or {}, {}, seed)
    return plan_of(task)


def plan_of(task: Task, *, quick: bool = False) -> Plan:
    """The plan of a task; ``quick``: near the best broken places only, for comparing many plans.

    Raises
    ------
    SettingsError
        As for :func:`allocate`.
    """
    check_task(task)
    problem = task.problem()
    found = _solved(problem, quick)
    if task.floors.random_share and found.places.any():
        problem = replace(problem, least=_by_lot(problem, found, task.floors.random_share, task.seed))
        found = _solved(problem, quick)
    return _plan(task, problem, found)


def check_task(task: Task) -> None:
    """Refuse values out of range or missing, all at once."""
    faults = tuple(_faults(task))
    if faults:
        raise SettingsError(
            f"places cannot be spread: {len(faults)} fault(s)", faults=faults, do="mend these settings and values"
        )


def _faults(task: Task) -> Iterator[str]:
    if not 0 <= task.budget < float("inf"):
        yield f"budget: {task.budget} is below 0 or no number"
    yield from task.floors.faults()
    missing = [name for name in COLUMNS if name not in task.eligible.columns]
    if missing:
        yield f"eligible: no column {', '.join(missing)}"
        return
    groups = sorted(set(task.eligible["target_group"]) - {NO_GROUP})
    yield from (f"rates: target group {name} has no rate" for name in groups if name not in task.rates)
    yield from (f"rates: {name} has {rate}, not a share" for name, rate in task.rates.items() if not 0 <= rate <= 1)
    for item in task.catalogue.programmes:
        if item.id not in task.catalogue.planning:
            yield f"planning values: {item.id} has no cost, places and uptake"
        if item.evidence_level not in task.catalogue.evidence_weights:
            yield f"evidence_weights: {item.evidence_level} (of {item.id}) is missing"
    for (group, area), share in task.reached.items():
        if not 0 <= share <= 1:
            yield f"reached: {share} of {group} in {area} is not a share"
    flags = [name for name in STAGE_FLAGS if name in task.eligible.columns]
    if task.floors.stages and not flags:
        yield "stages: the counts have no life stages"
    if task.floors.family_forms and FORM not in task.eligible.columns:
        yield "family_forms: the counts have no family form"


def _solved(problem: Problem, quick: bool) -> Solution:
    """The solution; refuses with the demands that clash when there is none, or when floors leave nothing."""
    found = solve(problem, quick=quick)
    if found is None:
        raise explain_clash(problem)
    if not found.places.any() and len(problem.options) and problem.budget > 0:
        asked = replace(problem, something=True)
        free = replace(asked, left_out=frozenset({"fair_share", "stages", "family_forms"}))
        if solve(free, quick=True) is not None:
            raise explain_clash(asked)
    return found


def _by_lot(problem: Problem, found: Solution, share: float, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Places drawn per option, in proportion to families, where a programme has fewer places than families."""
    rng, options = np.random.default_rng(seed), problem.options
    drawn = np.zeros(len(options))
    for programme in range(len(problem.programmes)):
        own = np.flatnonzero(options.programme == programme)
        given, room = int(found.places[own].sum()), problem.most[own]
        if problem.smallest[programme] > 1 or not given or room.sum() <= given:
            continue
        left = room.copy()
        for _ in range(int(share * given)):
            chance = options.families[own] * (left > 0)
            at = rng.choice(len(own), p=chance / chance.sum())
            left[at] -= 1
        drawn[own] = room - left
    return drawn


def _plan(task: Task, problem: Problem, found: Solution) -> Plan:
    options, pools = problem.options, problem.pools
    offers = tuple(_offer(problem, found.places, int(index)) for index in np.flatnonzero(found.places))
    pairs = np.zeros((len(problem.programmes), max(len(problem.areas), 1)))
    np.add.at(pairs, (options.programme, options.area), options.everyone)
    eligible = {
        (problem.programmes[p], problem.areas[a]): round(float(pairs[p, a]))
        for p, a in zip(*np.nonzero(pairs), strict=True)
    }
    rates = np.array([task.rates[group] for group in problem.groups])
    waiting = {name: int(many) for name, many in zip(problem.programmes, found.waiting, strict=True) if many}
    return Plan(
        offers,
        task.catalogue,
        task.budget,
        eligible,
        int(task.eligible["families"].sum()),
        found.gap,
        waiting=waiting,
        floors=task.floors,
        value=found.value,
        need=float(found.places @ rates[options.group]) if len(options) else 0.0,
        unmet_need=float(problem.group_families @ rates) if len(rates) else 0.0,
        in_groups=round(float(problem.group_families.sum())),
        fitting=round(float(pools.families[pools.fits.any(axis=1)].sum())),
    )


def places_of(problem: Problem, plan: Plan) -> Whole:
    """The places of a plan per option of a problem; offers that are no option there are left out."""
    options = problem.options
    names = zip(options.programme, options.group, options.area, strict=True)
    at = {(problem.programmes[p], problem.groups[g], problem.areas[a]): i for i, (p, g, a) in enumerate(names)}
    places = np.zeros(len(options), dtype=np.int64)
    for offer in plan.offers:
        index = at.get((offer.programme, offer.group, offer.area_block))
        if index is not None:
            places[index] = offer.places
    return places


def _offer(problem: Problem, places: Whole, index: int) -> Offer:
    options = problem.options
    return Offer(
        problem.programmes[options.programme[index]],
        problem.groups[options.group[index]],
        problem.areas[options.area[index]],
        int(places[index]),
        round(float(options.everyone[index])),
        by_lot=int(problem.least[index]),
    )

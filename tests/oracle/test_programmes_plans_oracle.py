"""Demands, clashes, regret, certificates and the country, against brute force on small problems."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from riskscreen.errors import SettingsError
from riskscreen.programmes import (
    Catalogue,
    Floors,
    Plan,
    Planning,
    Task,
    allocate,
    allocate_country,
    budget_frontier,
    compare_scenarios,
    marginal_values,
    plan_of,
    scenarios_of,
)
from riskscreen.programmes.clashes import clashing
from riskscreen.programmes.never_twice import never_twice
from riskscreen.programmes.prevented import planning_range, prevented_table
from riskscreen.programmes.problem import Problem
from riskscreen.programmes.solving import relax, solve, system_of, tightened
from riskscreen.records.definitions import Programme
from riskscreen.records.texts import same

RATES = {"g1": 0.1, "g2": 0.05}
WEIGHTS = {"good": 0.8, "first": 0.6, "unknown": 0.25}


def _programme(name: str, evidence: str = "good", minimum: int = 1, figures: tuple[str, ...] = ()) -> Programme:
    word = same(name)
    return Programme(
        name, word, word, "any", ("debt",), "debt >= 1", evidence, word, figures, same("school"), minimum, "x"
    )


def _catalogue(**changes: float) -> Catalogue:
    a = {"cost": 1000.0, "places": 4, "uptake": 0.5, "hours": 10.0} | changes
    planning = {"a": Planning(assumption="user", **a), "b": Planning(100.0, 6, 1.0, "user", hours=2.0)}
    return Catalogue((_programme("a"), _programme("b", "unknown")), planning, WEIGHTS)


def _eligible(rows: list[tuple[str, str, str, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["area_block", "target_group", "programmes", "families"])


SMALL = _eligible([("W1", "g1", "a", 6), ("W1", "g1", "a+b", 7), ("W2", "g2", "a+b", 12), ("W2", "g1", "b", 5)])
NONE = Floors(0.0)


def _feasible(problem: Problem) -> list[tuple[int, ...]]:
    """Every whole plan that meets every demand: unknowns beside the places are left to a linear problem."""
    system = system_of(problem, never_twice(problem, flows_only=True))
    found = []
    for places in product(*(range(int(most) + 1) for most in problem.most)):
        lower, upper = system.lower.copy(), system.upper.copy()
        lower[: len(places)] = upper[: len(places)] = places
        fixed = replace(system, lower=lower, upper=upper, value=np.zeros(len(lower)))
        if relax(fixed) is not None:
            found.append(places)
    return found


@pytest.mark.parametrize(
    ("catalogue", "floors", "budget"),
    [
        (_catalogue(), Floors(0.0, minimum_reach=0.3), 4_000),
        (_catalogue(contracted=3), NONE, 4_000),
        (_catalogue(waiting=2), NONE, 3_500),
        (replace(_catalogue(), hours=25.0), Floors(0.8), 9_000),
    ],
)
def test_every_demand_gives_the_best_of_all_plans(catalogue: Catalogue, floors: Floors, budget: float) -> None:
    task = Task(SMALL, catalogue, budget, RATES, floors)
    problem = task.problem()
    best = max(problem.value(np.array(places)) for places in _feasible(problem))
    plan = plan_of(task)
    assert plan.value == pytest.approx(best)
    assert plan.cost <= budget
    assert plan.hours <= (catalogue.hours or np.inf)
    assert all(plan.per_programme.get(n, 0) >= p.contracted for n, p in catalogue.planning.items())
    assert plan.waiting == {n: p.waiting for n, p in catalogue.planning.items() if p.waiting}


def _random(seed: int, groups: int = 3) -> Task:
    rng = np.random.default_rng(seed)
    names = [f"p{i}" for i in range(4)]
    planning = {
        n: Planning(float(rng.integers(1, 20) * 100), int(rng.integers(3, 30)), 0.25 * int(rng.integers(1, 5)), "user")
        for n in names
    }
    levels = ["good", "first", "unknown", "good"]
    programmes = tuple(_programme(n, level) for n, level in zip(names, levels, strict=True))
    rows = [
        (f"W{area}", f"g{group}", "+".join(sorted(rng.choice(names, int(rng.integers(1, 4)), replace=False))), 1)
        for area, group in product(range(3), range(groups))
        for _ in range(3)
    ]
    frame = _eligible(rows).drop_duplicates(["area_block", "target_group", "programmes"])
    frame = frame.assign(families=rng.integers(1, 25, len(frame)))
    frame = frame.assign(child_0_3=rng.random(len(frame)) < 0.4, prenatal=False)
    frame = frame.assign(child_4_11=~frame["child_0_3"], child_12_17=False, family_form="couple")
    rates = {f"g{g}": 0.05 + 0.03 * g for g in range(groups)}
    return Task(frame, Catalogue(programmes, planning, WEIGHTS), float(rng.integers(5, 40) * 500), rates, NONE)


def _keeps(plan: Plan, task: Task) -> None:
    """Budget, places, and by a linear flow over families: nobody is approached twice."""
    assert plan.cost <= task.budget + 1e-9
    for name, places in plan.per_programme.items():
        assert places <= task.catalogue.planning[name].places
    for (area, group), pool in task.eligible.groupby(["area_block", "target_group"]):
        wanted = {
            o.programme: o.places / task.catalogue.planning[o.programme].uptake
            for o in plan.offers
            if (o.area_block, o.group) == (area, group)
        }
        sets = [(set(ids.split("+")), n) for ids, n in zip(pool["programmes"], pool["families"], strict=True)]
        flows = [(name, k) for name in wanted for k, (ids, _) in enumerate(sets) if name in ids]
        if wanted:
            supply = [[float(k == own) for _, own in flows] for k in range(len(sets))]
            demand = [[float(name == own) for own, _ in flows] for name in wanted]
            found = linprog(
                np.zeros(len(flows)), supply, [n for _, n in sets], demand, [n - 1e-7 for n in wanted.values()]
            )
            assert found.status == 0


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_a_plan_keeps_its_rules_and_more_money_is_never_worse(seed: int) -> None:
    task = _random(seed)
    plan = plan_of(task)
    _keeps(plan, task)
    richer = plan_of(replace(task, budget=task.budget * 1.5))
    assert richer.value >= plan.value * (1 - richer.gap) - 1e-9
    points = [p.value for p in budget_frontier(task, plan).points if p.value is not None]
    assert points == sorted(points) or np.allclose(points, sorted(points))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_floors_between_life_stages_and_areas_hold(seed: int) -> None:
    task = replace(_random(seed), floors=Floors(0.6, stages=0.7))
    problem = task.problem()
    try:
        plan = plan_of(task)
    except SettingsError:
        return
    options, places = problem.options, np.zeros(len(problem.options))
    names = [(problem.programmes[p], problem.groups[g], problem.areas[a]) for p, g, a in
             zip(options.programme, options.group, options.area, strict=True)]  # fmt: skip
    for offer in plan.offers:
        places[names.index((offer.programme, offer.group, offer.area_block))] = offer.places
    fitting = problem.pools.fits.any(axis=1)
    share = problem.pools.kinds[fitting].sum(axis=0) / problem.pools.everyone[fitting].sum()
    got = places @ options.kinds
    assert (got >= 0.7 * share * places.sum() - 0.999 - 1e-6).all()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_the_linear_problem_bounds_whole_places_and_flows_say_the_same_as_sets(seed: int) -> None:
    problem = _random(seed).problem()
    by_sets = relax(system_of(problem, never_twice(problem)))
    by_flows = relax(system_of(problem, never_twice(problem, flows_only=True)))
    tight, found = tightened(problem), solve(problem)
    assert by_sets is not None and by_flows is not None and tight is not None and found is not None  # noqa: PT018
    assert by_sets.value == pytest.approx(by_flows.value)
    assert found.value <= tight[1].value + 1e-9 <= by_sets.value + 2e-9
    assert found.value <= found.bound + 1e-9


def test_clashing_demands_are_an_irreducible_set() -> None:
    catalogue = replace(_catalogue(contracted=4, waiting=1), hours=1_000.0)
    task = Task(SMALL, catalogue, 3_500, RATES, Floors(0.5, minimum_reach=0.1))
    problem = task.problem()
    names = clashing(problem)
    assert set(names) == {"budget", "contracted"}
    assert not _feasible(problem)
    for name in names:  # every deletion makes the rest possible
        others = frozenset({"fair_share", "minimum_reach", "waiting", "hours", "places"}) | {name}
        assert _feasible(replace(problem, left_out=others))
    with pytest.raises(SettingsError) as told:
        plan_of(task)
    assert len(told.value.faults) == 2
    assert "EUR" in str(told.value)
    assert "instead of 3,500" in str(told.value)


def test_regret_equals_brute_force() -> None:
    task = Task(SMALL, _catalogue(), 3_000, RATES, NONE)
    tasks = scenarios_of(task)
    plan = plan_of(task)
    regret = compare_scenarios({"as_planned": task, "costs_higher": tasks["costs_higher"]}, plan)
    problem = tasks["costs_higher"].problem()
    system = system_of(problem, never_twice(problem, flows_only=True))
    own = {(o.programme, o.group, o.area_block): o.places for o in plan.offers}
    options = problem.options
    most = [
        own.get((problem.programmes[p], problem.groups[g], problem.areas[a]), 0)
        for p, g, a in zip(options.programme, options.group, options.area, strict=True)
    ]
    upper = system.upper.copy()
    upper[: len(most)] = most
    best = relax(system.between(system.lower, upper))
    assert best is not None
    assert regret.values[0, 1] == pytest.approx(best.value)
    assert regret.values[0, 0] == pytest.approx(plan.value)
    top = regret.values.max(axis=0)
    by_hand = [max((top[j] - row[j]) / top[j] for j in range(2)) for row in regret.values]
    assert regret.worst == pytest.approx(by_hand)
    assert regret.steadiest == regret.scenarios[int(np.argmin(by_hand))]


def test_need_elsewhere_is_one_more_scenario_in_which_the_areas_count_otherwise() -> None:
    task = Task(SMALL, _catalogue(), 1_000, RATES, NONE)
    need = {"W1": 0.1, "W2": 3.0}
    assert "need_elsewhere" not in scenarios_of(task)
    tasks = scenarios_of(task, need)
    plan = plan_of(task)
    regret = compare_scenarios({name: tasks[name] for name in ("as_planned", "need_elsewhere")}, plan)
    weights = {"a": WEIGHTS["good"], "b": WEIGHTS["unknown"]}
    by_hand = sum(o.places * RATES[o.group] * need[o.area_block] * weights[o.programme] for o in plan.offers)
    assert regret.values[0, 1] == pytest.approx(by_hand)
    assert regret.values[1, 1] > regret.values[0, 1]
    table = regret.table()
    assert [row["plan"] for row in table.records()] == ["as_planned", "need_elsewhere"]
    assert "far" in table.note.en
    assert "far" not in compare_scenarios({"as_planned": task}).table().note.en


def test_marginal_values_are_those_of_the_plan_made_again() -> None:
    task = Task(SMALL, _catalogue(places=40), 3_000, RATES, NONE)
    plan = plan_of(task)
    row = next(row for row in marginal_values(task, plan).rows if row.what == "budget")
    again = plan_of(replace(task, budget=13_000))
    assert row.confirmed == pytest.approx(again.value - plan.value)
    assert row.families == pytest.approx(again.approached - plan.approached)
    assert "would give" in row.sentence(task.catalogue.names)


def test_who_was_reached_is_not_approached_again() -> None:
    task = Task(_eligible([("W1", "g1", "b", 20)]), _catalogue(), 10_000, RATES, NONE)
    reached = replace(task, reached={("g1", "W1"): 0.75})
    assert plan_of(task).places == 6  # all places
    assert plan_of(reached).places == 5  # a quarter of 20 families
    assert plan_of(reached).unmet_need == pytest.approx(5 * 0.1)


def test_a_share_by_lot_falls_where_the_plan_would_not_go_and_repeats() -> None:
    rows = [("W1", "g1", "b", 50), ("W2", "g2", "b", 500)]
    task = Task(_eligible(rows), _catalogue(), 10_000, RATES, Floors(0.0, random_share=0.5), seed=3)
    plan = plan_of(task)
    assert plan.by_lot == 3
    assert plan.places == 6
    assert {offer.area_block: offer.by_lot for offer in plan.offers}["W2"] >= 1
    assert plan_of(task).offers == plan.offers
    assert plan_of(replace(task, floors=NONE)).by_lot == 0
    plenty = replace(task, eligible=_eligible([("W1", "g1", "b", 10)]), catalogue=_catalogue())
    planning = plenty.catalogue.planning
    plenty = replace(
        plenty, catalogue=replace(plenty.catalogue, planning={**planning, "b": replace(planning["b"], places=99)})
    )
    assert plan_of(plenty).by_lot == 0  # places are not short


def test_every_fault_is_told_at_once() -> None:
    catalogue = replace(_catalogue(), planning={"b": _catalogue().planning["b"]}, evidence_weights={"good": 1.0})
    task = Task(SMALL, catalogue, -5, {"g1": 0.1}, Floors(2.0, 3, minimum_reach=-1, random_share=0.9))
    with pytest.raises(SettingsError) as told:
        plan_of(task)
    text = "\n".join(told.value.faults)
    for part in ("budget", "fair_share", "families", "minimum_reach", "random_share", "g2 has no rate", "a has no cost",
                 "unknown (of b)"):  # fmt: skip
        assert part in text


def test_a_country_equals_the_linear_problem_of_its_areas_and_keeps_every_rule() -> None:
    task = _random(5)
    task = replace(task, eligible=task.eligible.assign(families=task.eligible["families"] * 40), budget=200_000.0)
    planning = {n: replace(p, places=p.places * 20) for n, p in task.catalogue.planning.items()}
    task = replace(task, catalogue=replace(task.catalogue, planning=planning))
    regions = {"W0": "north", "W1": "north", "W2": "south"}
    plan = allocate_country(task, regions=regions)
    fine = relax(system_of(replace(task.problem(), whole=False), never_twice(task.problem(), flows_only=True)))
    assert fine is not None
    assert plan.bound == pytest.approx(fine.value, rel=1e-6)
    assert plan.gap <= 0.005
    assert plan.spent <= task.budget
    frame = plan.to_frame()
    for (area, group), own in frame.groupby(["area_block", "target_group"]):
        pool = task.eligible[(task.eligible["area_block"] == area) & (task.eligible["target_group"] == group)]
        for chosen in product([0, 1], repeat=4):  # Hall's condition, every set of programmes
            names = {f"p{i}" for i, one in enumerate(chosen) if one}
            fits = sum(
                n for ids, n in zip(pool["programmes"], pool["families"], strict=True) if names & set(ids.split("+"))
            )
            assert own.loc[own["programme"].isin(names), "approached"].sum() <= fits
    with pytest.raises(SettingsError, match="no region"):
        allocate_country(task, regions={"W0": "north"})


def test_prevented_is_a_range_from_published_effects_only() -> None:
    found = planning_range(_programme("v", figures=("eff.voorzorg", "eff.nfp_meta")))
    assert found is not None
    assert found.strong == pytest.approx(0.58)
    assert found.weak == pytest.approx(0.854, abs=0.001)  # d 0.087
    visit = planning_range(_programme("h", figures=("eff.homevisit_meta",)))
    assert visit is not None
    assert (visit.weak, visit.strong) == (pytest.approx(0.859, abs=0.001), pytest.approx(0.712, abs=0.001))
    single = planning_range(_programme("t", figures=("eff.preventive_meta",)))
    assert single is not None
    assert single.weak == 1
    assert planning_range(_programme("k", figures=("eff.kopp_rr",))) is None  # not about maltreatment
    task = Task(SMALL, _catalogue(), 4_000, RATES, NONE)
    table = prevented_table(plan_of(task), RATES)
    assert "public" not in table.channels
    assert table.values("prevented_high") == [None, None]


def test_an_area_without_room_holds_nobody_up() -> None:
    """W9 has many families and no small group there fills a place: the others get their places all the same."""
    small = [("W9", f"g{k}", "a", 1) for k in range(2, 60)]
    eligible = _eligible([("W1", "g1", "a", 100), ("W2", "g1", "a", 100), *small])
    rates = {f"g{k}": 0.1 for k in range(1, 60)}
    plan = allocate(eligible, _catalogue(places=500), 1e6, rates=rates, floors=Floors(fair_share=1.0))
    assert {offer.area_block: offer.places for offer in plan.offers} == {"W1": 50, "W2": 50}

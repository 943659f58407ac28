"""Prices, best replies and chosen places against brute force and against the whole problem solved at once."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from riskscreen.programmes import Catalogue, Planning, Task
from riskscreen.programmes import replies as replies_module
from riskscreen.programmes.choosing import choices_of, choose, priced_places
from riskscreen.programmes.demands import Floors
from riskscreen.programmes.filling import areas_of, fill_area
from riskscreen.programmes.never_twice import never_twice
from riskscreen.programmes.prices import Prices, prices_of
from riskscreen.programmes.problem import Problem
from riskscreen.programmes.replies import Block, best_reply, blocks_of, near_replies
from riskscreen.programmes.solving import GAP, System, relax, solve, solve_again, system_of, whole_search
from riskscreen.records.definitions import Programme
from riskscreen.records.texts import same

EXACT = {"mip_rel_gap": 0.0}


def _catalogue(rng: np.random.Generator, many: int, *, contracted: int = 0, places: int = 0) -> Catalogue:
    word, levels = same("x"), ["good", "first", "unknown"]
    programmes, planning = [], {}
    for at in range(many):
        name, smallest = f"p{at}", 4 if at % 3 == 0 else 1
        level = levels[int(rng.integers(3))]
        programmes.append(
            Programme(name, word, word, "any", ("debt",), "debt >= 1", level, word, (), word, smallest, "x")
        )
        cost, uptake, hours = (
            float(rng.integers(3, 40) * 100),
            float(rng.integers(6, 19) / 20),
            float(rng.integers(5, 40)),
        )
        held = contracted if at == 1 else 0
        planning[name] = Planning(
            cost, places or int(rng.integers(8, 30)), uptake, "user", hours=hours, contracted=held
        )
    return Catalogue(tuple(programmes), planning, {"good": 0.8, "first": 0.6, "unknown": 0.25}, hours=900.0)


def _task(
    seed: int, *, areas: int = 4, groups: int = 4, floors: Floors | None = None, contracted: int = 0, places: int = 0
) -> Task:
    """Families of four target groups in four wijken who fit one to four of six programmes."""
    rng = np.random.default_rng((20261122, seed))
    rows = []
    for area, group in product(range(areas), range(groups)):
        for _ in range(int(rng.integers(1, 6))):
            fits = np.sort(rng.choice(6, int(rng.integers(1, 5)), replace=False))
            families = int(rng.integers(1, 9))
            rows.append((f"W{area}", f"g{group}", "+".join(f"p{at}" for at in fits), families))
    rows.append(("W0", "none", "", 400))
    eligible = pd.DataFrame(rows, columns=["area_block", "target_group", "programmes", "families"])
    rates = {f"g{group}": 0.24 - 0.03 * group for group in range(groups)}
    catalogue = _catalogue(rng, 6, contracted=contracted, places=places)
    return Task(eligible, catalogue, float(rng.integers(20, 90) * 1000), rates, floors or Floors(fair_share=0.5))


def _best(problem: Problem) -> float:
    found = whole_search(_system(problem), EXACT)
    return -float(found.fun)


def _system(problem: Problem) -> System:
    return system_of(problem, never_twice(problem))


def _allowed(problem: Problem, places: np.ndarray) -> bool:
    """Do these places meet every row of the problem, whatever the other unknowns?"""
    system, many = _system(problem), len(places)
    lower, upper = system.lower.copy(), system.upper.copy()
    lower[:many] = upper[:many] = places
    started = whole_search(system.between(lower, upper), EXACT)
    return started.x is not None


def _block(rng: np.random.Generator, *, drawn: bool = False) -> Block:
    options, pools = int(rng.integers(1, 5)), int(rng.integers(1, 6))
    masks = rng.integers(1, 1 << options, pools)
    masks[0] = (1 << options) - 1
    families = rng.integers(1, 8, pools).astype(float)
    each = 1 / rng.choice([0.3, 0.5, 0.65, 0.9], options)
    fits = [families[(masks >> at & 1) > 0].sum() for at in range(options)]
    most = np.floor(np.array(fits) / each + 1e-9).astype(int)
    least = np.zeros(options, int)
    least[0] = int(drawn and most[0] > 0)
    return Block(np.arange(options), np.arange(options), each, least, most, masks, families)


def _fitting(block: Block) -> list[np.ndarray]:
    """All whole places that approach no family twice, by Hall's condition on every set of options."""
    options, found = len(block.each), []
    sets = [[at for at in range(options) if mask >> at & 1] for mask in range(1, 1 << options)]
    there = [block.families[(block.masks & sum(1 << at for at in own)) > 0].sum() for own in sets]
    for places in product(*(range(low, high + 1) for low, high in zip(block.least, block.most, strict=True))):
        asked = [sum(places[at] * block.each[at] for at in own) for own in sets]
        if all(a <= t + 1e-9 for a, t in zip(asked, there, strict=True)):
            found.append(np.array(places))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_the_best_reply_of_a_block_is_the_best_of_all_whole_places(seed: int) -> None:
    rng = np.random.default_rng((1, seed))
    block = _block(rng, drawn=seed % 3 == 0)
    worth = rng.normal(0.05, 0.08, len(block.each)).round(3)
    every = _fitting(block)
    reply = best_reply(block, worth, {}, ())
    assert reply.bound[0] == pytest.approx(max(places @ worth for places in every))
    assert reply.worth[0] == pytest.approx(reply.places[0] @ worth) == pytest.approx(reply.bound[0])
    assert any((reply.places[0] == places).all() for places in every)


@pytest.mark.parametrize("seed", range(30))
def test_every_state_of_a_reply_is_the_best_with_so_many_counted_places(seed: int) -> None:
    rng = np.random.default_rng((2, seed))
    block = _block(rng)
    worth, last = rng.normal(0.03, 0.08, len(block.each)).round(3), len(block.each) - 1
    reply = best_reply(block, worth, {last: 3}, ())
    for state in range(4):
        own = [p @ worth for p in _fitting(block) if (p[last] == state if state < 3 else p[last] >= 3)]
        assert reply.bound[state] == pytest.approx(max(own, default=-np.inf))


@pytest.mark.parametrize("seed", range(20))
def test_what_is_near_the_best_reply_fits_and_is_in_order(seed: int) -> None:
    rng = np.random.default_rng((3, seed))
    block = _block(rng)
    worth = rng.normal(0.05, 0.08, len(block.each)).round(3)
    near, every = near_replies(block, worth, 0.05, 20), _fitting(block)
    values = near @ worth
    assert (np.diff(values) <= 1e-9).all()
    assert values[0] == pytest.approx(max(p @ worth for p in every))
    assert values[-1] >= values[0] - 0.05 - 1e-9
    assert all(any((row == places).all() for places in every) for row in near)


def test_a_narrow_search_still_tells_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies_module, "WIDTH", 1)
    for seed in range(40):
        rng = np.random.default_rng((4, seed))
        block = _block(rng)
        worth = rng.normal(0.05, 0.08, len(block.each)).round(3)
        reply, best = best_reply(block, worth, {}, ()), max(places @ worth for places in _fitting(block))
        assert reply.worth[0] - 1e-9 <= best <= reply.bound[0] + 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_an_area_is_filled_as_well_as_by_solving_it_whole(seed: int) -> None:
    problem = _task(seed, places=500).problem()
    rng = np.random.default_rng((5, seed))
    worth = problem.options.value + rng.normal(-0.03, 0.04, len(problem.options))
    local = np.isin(_system(problem).names, ["families", "smallest_groups"])
    rows = _system(problem).only(local)
    for area in areas_of(problem, blocks_of(problem)):
        own = np.zeros(len(rows.value), bool)
        own[area.options] = True
        upper = np.where(own | (np.arange(len(own)) >= len(worth)), rows.upper, 0.0)
        value = np.concatenate([worth, np.zeros(len(own) - len(worth))])
        alone = System(rows.rows, rows.low, rows.high, rows.names, value, rows.lower, upper, rows.whole)
        bound, found = fill_area(area, worth)
        best = max(each.bound for each in found)
        assert bound == best == pytest.approx(-float(whole_search(alone, EXACT).fun), abs=1e-9)


FLOORS = (
    Floors(fair_share=0.5),
    Floors(fair_share=0.9),
    Floors(minimum_reach=0.05),
    Floors(),
)


@pytest.mark.parametrize("seed", range(8))
def test_prices_prove_a_bound_and_the_places_chosen_lie_below_it(seed: int) -> None:
    task = _task(seed, floors=FLOORS[seed % len(FLOORS)], contracted=2 * (seed % 2))
    problem = task.problem()
    best, prices = _best(problem), prices_of(problem)
    assert prices is not None
    found = priced_places(prices, GAP)
    assert found is not None
    assert found.value == pytest.approx(problem.value(found.places))
    assert found.value <= best + 1e-9
    assert best <= found.bound + 1e-6
    assert best <= prices.best.bound + 1e-6
    assert _allowed(problem, found.places)


@pytest.mark.parametrize("seed", range(6))
def test_any_prices_at_all_give_a_bound(seed: int) -> None:
    problem = _task(seed, contracted=2).problem()
    best, prices = _best(problem), prices_of(problem)
    assert prices is not None
    rng = np.random.default_rng((6, seed))
    for _ in range(5):
        start = prices.best.prices * rng.uniform(0, 3, len(prices.best.prices)) + 0.0
        tried = Prices(problem, prices.blocks, prices.limits, start)
        tried.step()
        assert tried.best.bound >= best - 1e-6


def test_a_problem_solved_by_prices_misses_no_more_than_it_says() -> None:
    """Larger problems (over a hundred unknowns) go by prices; a search of the whole proves the same."""
    for seed in range(3):
        problem = _task(100 + seed, areas=12, groups=6).problem()
        found = solve(problem)
        whole = whole_search(_system(problem), {"mip_rel_gap": 1e-4, "node_limit": 20_000})
        assert found is not None
        assert found.gap <= GAP + 1e-12
        assert found.value <= -whole.mip_dual_bound + 1e-6
        assert found.bound >= -whole.fun - 1e-6
        assert _allowed(problem, found.places)


def test_more_budget_solved_again_from_known_prices_is_the_same_as_solved_anew() -> None:
    problem = _task(200, areas=12, groups=6).problem()
    prices = prices_of(problem)
    assert prices is not None
    assert priced_places(prices, GAP) is not None
    more = replace(problem, budget=problem.budget + 10_000)
    again, anew = solve_again(prices, more), solve(more)
    assert again is not None
    assert anew is not None
    assert abs(again.value - anew.value) <= 2 * GAP * anew.bound


def test_families_that_overlap_in_too_many_ways_are_searched_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies_module, "MOST_SETS", 1)
    problem = _task(300, areas=8, groups=5).problem()
    prices = prices_of(problem)
    assert prices is not None
    assert priced_places(prices, GAP) is None
    found = solve(problem)
    assert found is not None
    assert found.gap <= GAP
    assert _allowed(problem, found.places)


def test_demands_that_cannot_be_met_give_no_plan_by_prices_either() -> None:
    task = _task(400, areas=12, groups=6, floors=Floors(minimum_reach=0.9))
    assert solve(task.problem()) is None


def test_places_chosen_from_fills_keep_smallest_groups() -> None:
    problem = _task(7, areas=10, groups=6).problem()
    prices = prices_of(problem)
    assert prices is not None
    prices.step()
    places = choose(prices, choices_of(prices, 0.05), {"mip_rel_gap": 0.01})
    assert places is not None
    options = problem.options
    started = np.zeros((len(problem.programmes), len(problem.areas)))
    np.add.at(started, (options.programme, options.area), places)
    few = (started > 0) & (started < problem.smallest[:, None])
    assert not few.any()


def test_a_problem_with_limits_that_leave_no_room_has_places_for_nobody() -> None:
    problem = replace(_task(500, areas=12, groups=6).problem(), budget=0.0)
    found = solve(problem)
    assert found is not None
    assert not found.places.any()
    assert relax(_system(problem)) is not None

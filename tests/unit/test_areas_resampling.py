"""How often target groups are found again, and the search they come from."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from riskscreen.areas.resampling import found_again, search_again, shares_found, steadiness
from riskscreen.areas.search import Demands, Space, alike, choose_groups, compress, list_candidates

DEMANDS = Demands(most=3, conditions=3, families=40, outcomes=5, lift=1.5, largest=0.5)


def space(seed: int = 1, wijken: int = 8, *, strong: float = 0.3) -> Space:
    """Five conditions; the first two together raise the rate."""
    rng = np.random.default_rng(seed)
    holds = rng.random((6000, 5)) < 0.3
    rate = np.where(holds[:, 0] & holds[:, 1], strong, 0.03)
    outcomes = (rng.random(6000) < rate).astype(float)
    return compress(holds, np.ones(6000), outcomes, rng.integers(0, wijken, 6000), list("abcde"))


def test_every_conjunction_that_meets_the_eased_demands_is_listed() -> None:
    one = space()
    families, outcomes = one.families.sum(axis=1), one.outcomes.sum(axis=1)
    eased, base = DEMANDS.eased, outcomes.sum() / families.sum()
    expected = set()
    for size in (1, 2, 3):
        for group in combinations(range(5), size):
            rows = one.holds[:, list(group)].all(axis=1)
            number, found = families[rows].sum(), outcomes[rows].sum()
            large = eased.families <= number <= eased.largest * families.sum() and found >= eased.outcomes
            if large and found >= eased.lift * base * number:
                expected.add(group)
    assert set(list_candidates(one, DEMANDS).groups) == expected


def test_two_conditions_on_one_column_never_meet() -> None:
    one = space()
    same = Space(one.holds, one.families, one.outcomes, ("a", "a", "b", "c", "d"))
    assert all(not {0, 1} <= set(group) for group in list_candidates(same, DEMANDS).groups)


def test_the_planted_pair_is_chosen_first_and_comes_back_in_every_draw() -> None:
    one = space()
    candidates = list_candidates(one, DEMANDS)
    chosen = choose_groups(candidates, one.families.sum(axis=1), one.outcomes.sum(axis=1), DEMANDS)
    assert candidates.groups[chosen[0]] == (0, 1)
    drawn = search_again(one, candidates, DEMANDS, times=30, rng=np.random.default_rng(1))
    again = found_again(alike(candidates, one.families.sum(axis=1)), drawn, chosen[0])
    assert again is not None
    assert (again.exactly, again.much_the_same) == (1.0, 1.0)


def test_chosen_groups_differ_and_later_ones_find_others() -> None:
    one = space()
    candidates = list_candidates(one, DEMANDS)
    chosen = choose_groups(candidates, one.families.sum(axis=1), one.outcomes.sum(axis=1), DEMANDS)
    likeness = alike(candidates, one.families.sum(axis=1))
    assert all(likeness[a, b] <= 0.5 for a, b in combinations(chosen, 2))


def test_likeness_is_families_in_both_over_families_in_either() -> None:
    one = space()
    families = one.families.sum(axis=1)
    candidates = list_candidates(one, DEMANDS)
    likeness = alike(candidates, families)
    first, second = (one.holds[:, list(candidates.groups[k])].all(axis=1) for k in (0, 1))
    expected = families[first & second].sum() / families[first | second].sum()
    assert likeness[0, 1] == pytest.approx(expected)
    assert np.diag(likeness) == pytest.approx(1)


def test_too_few_wijken_say_nothing_and_steer_nothing() -> None:
    one = space(wijken=4)
    candidates = list_candidates(one, DEMANDS)
    drawn = search_again(one, candidates, DEMANDS, times=30, rng=np.random.default_rng(1))
    likeness = alike(candidates, one.families.sum(axis=1))
    assert (drawn, found_again(likeness, drawn, 0)) == ([], None)
    assert steadiness(likeness, drawn).tolist() == [1.0] * len(candidates.groups)


def test_shares_count_what_is_much_the_same_and_steering_asks_for_the_group_itself() -> None:
    likeness = np.array([[1.0, 0.6, 0.1], [0.6, 1.0, 0.2], [0.1, 0.2, 1.0]])
    drawn = [[0], [0, 2], [2], []]
    assert shares_found(likeness, drawn).tolist() == [0.5, 0.5, 0.5]
    assert steadiness(likeness, drawn).tolist() == [0.25, 0.0, 0.25]
    again = found_again(likeness, drawn, 1)
    assert again is not None
    assert (again.exactly, again.much_the_same) == (0.0, 0.5)

"""The search for the worst-off subgroup: it finds what was planted, and seldom what was not."""

from __future__ import annotations

import sys
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from riskscreen.errors import UsageError
from riskscreen.fairness.subgroups import find_worst_off

ATTRIBUTES = {"origin": 4, "form": 3, "age": 4, "urbanity": 5}
ASKED = {"outcome": "outcome", "by": list(ATTRIBUTES), "selected": "selected", "block": "block"}


def town(seed: int, families: int = 24_000, missed: float = 0.0) -> pd.DataFrame:
    """Half of the families with a report are reached; fewer of ``form 1, age 2`` where ``missed`` is given."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.integers(0, groups, families) for name, groups in ATTRIBUTES.items()})
    frame["block"] = rng.integers(0, 120, families)
    frame["outcome"] = (rng.random(families) < 0.15).astype(int)
    place = rng.normal(0, 0.03, 120)[frame["block"]]
    planted = (frame["form"] == 1) & (frame["age"] == 2)
    reached = np.where(frame["outcome"] == 1, 0.5 + place - missed * planted, 0.1 + place)
    frame["selected"] = (rng.random(families) < np.clip(reached, 0, 1)).astype(int)
    return frame


def test_a_planted_subgroup_is_found_in_both_halves_and_held_up_by_the_other():
    found = find_worst_off(town(1, missed=0.35), **ASKED)
    assert found.shown
    for answer in found.answers:
        assert dict(answer.conditions) == {"form": "1", "age": "2"}
        assert answer.low <= -0.35 <= answer.high + 0.05  # the others hold the planted gap, give or take
        assert answer.value < answer.rest


def test_the_search_looks_at_every_combination_and_takes_the_furthest():
    frame = town(2)
    found = find_worst_off(frame, **(ASKED | {"block": None}), conditions=2, minimum=30)
    looked = sum(ATTRIBUTES[name] for name in ATTRIBUTES)
    looked += sum(ATTRIBUTES[a] * ATTRIBUTES[b] for a, b in combinations(ATTRIBUTES, 2))
    assert [answer.searched for answer in found.answers] == [looked, looked]


def test_cells_are_searched_like_rows():
    frame = town(3, missed=0.4).drop(columns="block")
    keys = [*ATTRIBUTES, "outcome", "selected"]
    cells = frame.groupby(keys).size().reset_index(name="families")
    found = find_worst_off(cells, **(ASKED | {"block": None}))
    assert found.shown
    assert dict(found.answers[0].conditions) == {"form": "1", "age": "2"}


def test_a_burden_looks_for_who_is_chosen_most():
    frame = town(4)
    frame.loc[(frame["origin"] == 3) & (frame["outcome"] == 0), "selected"] = 1
    found = find_worst_off(frame, **ASKED, metric="false_positive_rate", offer_is="burden", conditions=1)
    assert found.shown
    assert dict(found.answers[0].conditions) == {"origin": "3"}


def test_too_few_families_give_no_answer_and_faults_come_at_once():
    assert find_worst_off(town(5, families=60), **ASKED).answers == ()
    with pytest.raises(UsageError) as caught:
        find_worst_off(town(5, families=60), **ASKED, metric="luck", conditions=9, minimum=0, offer_is="gift")
    assert len(caught.value.faults) == 4


@pytest.mark.slow
def test_where_nothing_was_planted_one_half_seldom_says_so_and_both_together_hardly_ever():
    """Each half may be wrong in 2.5% of towns (one side of a 95% interval)."""
    towns = 800
    found = [find_worst_off(town(seed, families=8000), **ASKED, seed=seed) for seed in range(1000, 1000 + towns)]
    alone = float(np.mean([one.worse for each in found for one in each.answers]))
    both = float(np.mean([each.shown for each in found]))
    sys.stdout.write(f"worse in one half {alone:.4f}, shown {both:.4f} of {towns} towns\n")
    assert alone <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / (2 * towns))
    assert both <= 0.01

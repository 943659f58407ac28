"""Curves and calibration that leave by group: no subtraction between any two of their figures tells a few families."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskscreen.errors import UsageError
from riskscreen.fairness import audit, step_tables
from riskscreen.fairness.coarsening import FEWEST, Steps, in_steps, steps_of
from riskscreen.fairness.curves import ScoreCounts
from riskscreen.fairness.nesting import close_within
from riskscreen.fairness.step_tables import NO_STEP
from riskscreen.records.tables import TOTAL

SCORES = 7
ROW = st.tuples(st.integers(0, 90), st.integers(0, 25))
GROUP = st.lists(ROW, min_size=SCORES, max_size=SCORES)
LAYOUT = st.lists(GROUP, min_size=2, max_size=5)
CUT = st.none() | st.integers(0, SCORES).map(float)


def histograms_of(groups: list[list[tuple[int, int]]]) -> tuple[ScoreCounts, ScoreCounts]:
    """One attribute with these groups, and one that joins the first two: single parents of either sex."""
    families = np.array(groups, dtype=np.int64)
    joined = np.concatenate([families[:1] + families[1:2], families[2:]])
    scores = np.arange(SCORES, dtype=np.float64)
    names = tuple("abcde"[: len(families)])
    return ScoreCounts("fine", names, scores, families), ScoreCounts("joined", ("ab", *names[2:]), scores, joined)


def known_sets(item: ScoreCounts, steps: Steps) -> list[np.ndarray]:
    """Families by step and outcome of all that a reader knows: groups shown, the total, and what these leave over."""
    families = in_steps(item, steps)
    shown = [families[item.groups.index(group)] for group in steps.shown[item.attribute]]
    total = families.sum(axis=0)
    rest = [total - sum(shown)] if shown and len(shown) < len(item.groups) else []
    return [*shown, total, *rest]


@settings(max_examples=300, deadline=None)
@given(groups=LAYOUT, cut=CUT, borders=st.none() | st.lists(st.integers(0, SCORES - 1).map(float), min_size=1))
def test_any_two_thresholds_differ_by_ten_families_with_and_ten_without_the_outcome(groups, cut, borders) -> None:
    given_ = histograms_of(groups)
    steps = steps_of(given_, cut, borders=borders)
    for item in given_:
        for families in known_sets(item, steps):
            above = np.array([families[place:].sum(axis=0) for place in range(len(steps.starts))] + [[0, 0]])
            for low, high in combinations(range(len(above)), 2):
                assert (above[low] - above[high] >= 10).all()


@settings(max_examples=100, deadline=None)
@given(groups=LAYOUT, cut=CUT)
def test_nothing_smaller_follows_from_sums_and_differences_of_groups_and_totals(groups, cut) -> None:
    """Brute force: every set of groups of one attribute, alone or taken from the total, in every run of steps."""
    given_ = histograms_of(groups)
    steps = steps_of(given_, cut)
    for item in given_:
        *shown, total = known_sets(item, steps)[: len(steps.shown[item.attribute]) + 1]
        for size in range(1, len(shown) + 1):
            for some in combinations(shown, size):
                for told in (sum(some), total - sum(some)):
                    cells = np.concatenate([[[0, 0]], np.cumsum(told, axis=0)])
                    for low, high in combinations(range(len(cells)), 2):
                        found = cells[high] - cells[low]
                        assert (found >= 10).all() or not found.any()


@settings(max_examples=100, deadline=None)
@given(groups=LAYOUT, cut=CUT)
def test_groups_are_shown_or_left_out_and_there_are_a_few_steps_or_none(groups, cut) -> None:
    given_ = histograms_of(groups)
    steps = steps_of(given_, cut)
    assert len(steps.starts) == 0 or len(steps.starts) >= FEWEST
    if len(steps.starts) and cut is not None and cut < SCORES:
        assert cut in steps.starts
    for item in given_:
        both = (*steps.shown[item.attribute], *steps.left_out[item.attribute])
        assert sorted(both) == sorted(item.groups)
        assert len(steps.starts) or not steps.shown[item.attribute]


@settings(max_examples=200, deadline=None)
@given(groups=LAYOUT, cut=CUT)
def test_a_small_group_is_not_the_difference_of_groups_of_two_attributes(groups, cut) -> None:
    """Brute force: all sets of groups of both attributes and what the total leaves over, one within the other."""
    fine, joined = histograms_of(groups)
    steps = steps_of((fine, joined), cut)
    everyone = frozenset(fine.groups)
    known = {}
    for item in (fine, joined):
        for size in range(len(steps.shown[item.attribute]) + 1):
            for some in combinations(steps.shown[item.attribute], size):
                atoms = frozenset("".join(some))
                known |= dict.fromkeys((atoms, everyone - atoms))
    families = dict(zip(fine.groups, in_steps(fine, steps), strict=True))
    for inner, outer in permutations(known, 2):
        if inner < outer:
            more = sum(families[group] for group in outer - inner)
            assert (more >= 10).all() or not more.any()


def test_single_fathers_are_not_single_parents_minus_single_mothers() -> None:
    mothers, fathers, couples, steps_ = (np.array([row] * 4) for row in ([90, 30], [50, 3], [400, 90], [500, 90]))
    scores = np.arange(4.0)
    sex = ScoreCounts("sex", ("f", "m", "other"), scores, np.array([mothers, fathers, couples + steps_]))
    form = ScoreCounts("form", ("single", "couple", "step"), scores, np.array([mothers + fathers, couples, steps_]))
    steps = steps_of([sex, form], None)
    assert steps.left_out == {"sex": ("f", "m"), "form": ()}


def test_a_group_that_lies_close_within_another_is_left_out() -> None:
    """Both left-out groups of ``sex`` together are many, yet single parents minus mothers would be the fathers."""
    mothers, fathers, unknown = (np.array([row] * 4) for row in ([90, 30], [50, 3], [60, 12]))
    scores = np.arange(4.0)
    sex = ScoreCounts("sex", ("f", "m", "unknown"), scores, np.array([mothers, fathers, unknown]))
    form = ScoreCounts("form", ("single", "unknown"), scores, np.array([mothers + fathers, unknown]))
    found = close_within([sex.families, form.families], [[0], [0, 1]], np.arange(4), 10)
    assert found is not None
    assert (found.attribute, found.groups) == (0, (0,))
    shown = steps_of([sex, form], None).shown
    assert not {"f"} & set(shown["sex"]) or "single" not in shown["form"]


def test_steps_begin_only_where_another_table_counts_from() -> None:
    families = np.full((2, SCORES, 2), 40)
    item = ScoreCounts("g", ("a", "b"), np.arange(SCORES, dtype=np.float64), families)
    assert steps_of([item], None).starts.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert steps_of([item], 3.0, borders=[0.0, 2.0, 5.0]).starts.tolist() == [0, 2, 3, 5]
    with pytest.raises(UsageError, match="1 or more"):
        steps_of([item], None, least=0)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    size = 12_000
    data = pd.DataFrame({"form": rng.choice(["couple", "foster", "single", "step"], size, p=[0.6, 0.1, 0.28, 0.02])})
    data["points"] = rng.binomial(12, 0.25 + 0.1 * (data.form == "single"))
    data["y"] = (rng.random(size) < 0.05 + 0.02 * data.points).astype(int)
    return data


def test_the_tables_say_what_the_families_are_and_which_group_is_left_out(frame) -> None:
    found = audit(frame, outcome="y", points="points", by=["form"], risk=lambda points: 0.05 + 0.02 * points)
    curves, calibration = step_tables(found)
    # Step families alone are too few; without a second group they would be the total minus the others.
    left_out = [row[:3] for row in curves.rows if row[3:] == (None,) * (len(curves.columns) - 3)]
    assert left_out == [("form", "foster", NO_STEP), ("form", "step", NO_STEP)]
    for row in curves.records():
        if row["threshold"] != NO_STEP:
            mine = frame if row["group"] == TOTAL else frame[frame.form == row["group"]]
            chosen = mine[mine.points >= float(row["threshold"])]
            assert (row["families"], row["outcomes"]) == (len(mine), mine.y.sum())
            assert (row["selected"], row["selected_outcomes"]) == (len(chosen), chosen.y.sum())
            assert row["true_positive_rate"] == pytest.approx(chosen.y.sum() / mine.y.sum())
            assert row["false_positive_rate"] == pytest.approx((1 - chosen.y).sum() / (1 - mine.y).sum())
            assert row["chosen"] == ("yes" if float(row["threshold"]) == found.cut else "no")
    starts = sorted({float(row["step"]) for row in calibration.records() if row["step"] != NO_STEP})
    assert {float(row["threshold"]) for row in curves.records() if row["threshold"] != NO_STEP} == set(starts[1:])
    for row in calibration.records():
        if row["step"] != NO_STEP:
            low = float(row["step"])
            high = min([start for start in starts if start > low], default=99)
            mine = frame if row["group"] == TOTAL else frame[frame.form == row["group"]]
            mine = mine[(mine.points >= low) & (mine.points < high)]
            assert (row["families"], row["outcomes"]) == (len(mine), mine.y.sum())
            assert row["expected"] == pytest.approx((0.05 + 0.02 * mine.points).mean(), rel=0.06)


def test_an_audit_of_an_offer_has_no_curves(frame) -> None:
    frame = frame.assign(offered=(frame.points >= 5).astype(int))
    with pytest.raises(UsageError, match="no scores"):
        step_tables(audit(frame, outcome="y", selected="offered", by=["form"]))

"""Small groups and intersections: raw rates with pooled ones beside them; flagged, never dropped."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskscreen.errors import UsageError
from riskscreen.fairness import pool_groups

# Families selected and not, by origin and family form. Elsewhere, single: 9 of 40.
TABLE = {
    ("here", "couple"): (800, 7_200),
    ("here", "single"): (300, 1_700),
    ("elsewhere", "couple"): (250, 1_750),
    ("elsewhere", "single"): (15, 25),
}


def frame(table: dict[tuple[str, str], tuple[int, int]] = TABLE) -> pd.DataFrame:
    rows = [
        (*key, chosen, y, number)
        for key, pair in table.items()
        for chosen, number in zip((1, 0), pair, strict=True)
        for y in (0, 1)
        if number
    ]
    return pd.DataFrame(rows, columns=["origin", "form", "offered", "reported", "families"])


def pooled(table: dict[tuple[str, str], tuple[int, int]] = TABLE, **more):
    asked = {"outcome": "reported", "selected": "offered", "by": ["origin", "form"], "metrics": ["selection_rate"]}
    return pool_groups(frame(table), **(asked | more))


def row(found, *groups: str):
    return next(each for each in found.rows if each.groups == groups)


def test_a_small_intersection_is_drawn_towards_its_two_groups_and_flagged() -> None:
    small, large = row(pooled(minimum=200), "elsewhere", "single"), row(pooled(), "here", "couple")
    assert (small.families, small.value, small.few) == (80, 0.375, True)
    assert 0.15 < small.pooled < small.value
    assert small.low < small.value < small.high
    assert small.pooled_high - small.pooled_low < small.high - small.low
    assert not large.few
    assert large.pooled == pytest.approx(large.value, abs=0.002)
    assert small.own_share < large.own_share


def test_no_group_is_dropped() -> None:
    found = pooled({**TABLE, ("nowhere", "single"): (1, 0)}, minimum=1_000)
    assert {each.groups for each in found.rows if len(each.groups) == 2} == {*TABLE, ("nowhere", "single")}
    assert row(found, "nowhere").few


def test_what_is_shown_hides_small_intersections_and_what_would_give_them_away() -> None:
    """Three families elsewhere alone: their origin and their form each hide one more crossing."""
    found = pooled({**TABLE, ("elsewhere", "single"): (2, 1)})
    hidden = {each.groups for each in found.shown if each.families is None}
    assert ("elsewhere", "single") in hidden
    assert {("elsewhere", "couple"), ("here", "single"), ("here", "couple")} <= hidden
    assert not re.search(r"single +selection_rate +6 ", str(found))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=24, max_size=24), st.integers(2, 20))
def test_no_line_of_a_shown_table_has_one_hidden_crossing(numbers, threshold) -> None:
    counts = np.array(numbers).reshape(4, 3, 2)
    table = {(f"o{i}", f"f{j}"): tuple(counts[i, j]) for i in range(4) for j in range(3) if counts[i, j].sum()}
    if not table:
        return
    only = {**table, ("o9", "f9"): (30, 30)}
    shown = [each for each in pooled(only, threshold=threshold).shown if len(each.groups) == 2]
    for side in (0, 1):
        for name in {each.groups[side] for each in shown}:
            line = [each for each in shown if each.groups[side] == name]
            gone = [each for each in line if each.families is None]
            assert len(gone) != 1 or len(line) == 1
    for each in shown:
        assert each.families is None or each.families >= threshold


def test_a_call_that_cannot_be_answered_says_all_that_is_wrong() -> None:
    with pytest.raises(UsageError) as told:
        pooled(metrics=["calibration_in_the_large", "luck"], minimum=0)
    assert [part in str(told.value) for part in ("calibration_in_the_large", "luck", "minimum is 0")] == [True] * 3

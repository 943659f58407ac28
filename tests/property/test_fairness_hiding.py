"""What an audit shows never gives a small group away."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from riskscreen.fairness import audit
from riskscreen.fairness.hiding import hidden
from riskscreen.fairness.metrics import Counts

CELLS = st.lists(
    st.lists(st.integers(0, 60) | st.integers(0, 12), min_size=4, max_size=4).filter(lambda cells: sum(cells) > 0),
    min_size=1,
    max_size=6,
)


def counts_of(cells) -> Counts:
    names = tuple("abcdef"[: len(cells)])
    return Counts("g", names, np.array(cells, dtype=np.int64).reshape(1, len(cells), 2, 2))


def parts(totals: np.ndarray) -> dict[str, np.ndarray]:
    """The disjoint sets of families that each count tells apart."""
    return {
        "families": totals.sum(axis=(1, 2))[:, None],
        "outcomes": totals.sum(axis=1),
        "selected": totals.sum(axis=2),
        "selected_outcomes": totals.reshape(-1, 4),
    }


@settings(max_examples=300, deadline=None)
@given(cells=CELLS, threshold=st.sampled_from([2, 5, 10]))
def test_a_shown_count_tells_no_set_of_families_below_the_threshold(cells, threshold) -> None:
    counts = counts_of(cells)
    flags = hidden(counts, threshold)
    for name, sets in parts(counts.totals).items():
        assert (sets[~flags[name][:-1]] >= threshold).all()
        if not flags[name][-1]:
            assert (sets.sum(axis=0) >= threshold).all()


@settings(max_examples=300, deadline=None)
@given(cells=CELLS, threshold=st.sampled_from([2, 5, 10]))
def test_hidden_groups_cannot_be_found_by_subtracting_from_the_total(cells, threshold) -> None:
    counts = counts_of(cells)
    flags = hidden(counts, threshold)
    for name, sets in parts(counts.totals).items():
        gone, total_gone = flags[name][:-1], flags[name][-1]
        if gone.any() and not total_gone:
            assert gone.sum() > 1 or len(gone) == 1
            assert (sets[gone].sum(axis=0) >= threshold).all()


@settings(max_examples=100, deadline=None)
@given(cells=CELLS)
def test_a_count_is_hidden_wherever_a_count_it_is_part_of_is(cells) -> None:
    flags = hidden(counts_of(cells), 10)
    assert (flags["outcomes"] >= flags["families"]).all()
    assert (flags["selected"] >= flags["families"]).all()
    assert (flags["selected_outcomes"] >= (flags["outcomes"] | flags["selected"])).all()


@settings(max_examples=25, deadline=None)
@given(cells=CELLS)
def test_no_form_shows_what_is_hidden(cells) -> None:
    records = [
        {"g": "abcdef"[group], "s": place // 2, "y": place % 2, "families": 1000 + count if group < 2 else count}
        for group, four in enumerate(cells)
        for place, count in enumerate(four)
        if count or group < 2
    ]
    found = audit(pd.DataFrame(records), outcome="y", selected="s", by=["g"])
    flags = hidden(found.counts[0], 10)
    shown = {row["group"]: row for row in json.loads(found.to_json())["groups"]}
    for place, group in enumerate(found.counts[0].groups):
        for name in ("families", "outcomes", "selected", "selected_outcomes"):
            assert (shown[group][name] is None) == bool(flags[name][place])
        if flags["selected_outcomes"][place]:
            assert shown[group]["true_positive_rate"] is None
            assert shown[group]["positive_predictive_value_high"] is None
        if flags["families"][place]:
            lines = [line for line in str(found).splitlines() if line.split()[:2] == ["g", group]]
            assert all("hidden" in line for line in lines)
    for item in found.shown()[1] + found.shown()[2]:
        count = "selected" if item.metric == "selection_rate" else "selected_outcomes"
        names = found.counts[0].groups
        if any(flags[count][names.index(group)] for group in item.compared) and item.metric != "base_rate":
            assert (item.difference, item.low, item.high, item.families) == (None,) * 4

"""What holds for the contributions of every card and every set of families."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from riskscreen.explanation.additive import additive_contributions
from riskscreen.explanation.stability import steadiness
from riskscreen.records.card import Card, Line

NAMES = ("a", "b", "c")
LEVELS = st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan])
LINES = st.builds(
    Line,
    st.sampled_from(NAMES),
    st.sampled_from([">=", "<="]),
    st.sampled_from([0.0, 1.0, 1.5, 3.0]),
    st.integers(0, 5),
)
CARDS = st.builds(
    Card, st.just("card"), st.lists(LINES, max_size=40).map(tuple), st.floats(-6, 0), st.floats(0, 1), st.just({})
)
FAMILIES = st.lists(st.tuples(LEVELS, LEVELS, LEVELS, st.integers(0, 30)), min_size=1, max_size=30)


@given(CARDS, FAMILIES)
def test_base_and_contributions_add_up_to_the_log_odds_of_every_profile(card, given_rows):
    levels, families = _split(given_rows)
    found = additive_contributions(card, levels, families)
    expected = card.intercept + card.slope * card.points(levels)
    if families.sum() == 0:
        assert np.isnan(found.base)
        return
    assert np.allclose(found.base + found.written_out().sum(axis=1), expected, atol=1e-9)
    assert np.isclose(found.base, families @ expected / families.sum(), atol=1e-9)
    assert np.allclose(families @ found.written_out(), 0, atol=1e-7)
    assert found.families.sum() == families.sum()


@given(CARDS, FAMILIES)
def test_counts_and_rows_agree(card, given_rows):
    levels, families = _split(given_rows)
    times = families.astype(int)
    counted = additive_contributions(card, levels, families)
    one_by_one = additive_contributions(card, {name: np.repeat(column, times) for name, column in levels.items()})
    if times.sum():
        assert np.allclose(np.repeat(counted.written_out(), times, axis=0), one_by_one.written_out(), atol=1e-9)
        assert np.isclose(counted.base, one_by_one.base, atol=1e-9)


@given(CARDS.filter(lambda card: card.lines), st.integers(1, 50))
def test_all_not_covered_contributes_nothing(card, families):
    levels = {name: np.full(2, np.nan) for name in NAMES}
    found = additive_contributions(card, levels, np.array([families, 0.0]))
    assert not found.values.any()
    assert found.base == card.intercept


def test_no_family_has_no_mean():
    card = Card("card", (Line("a", ">=", 1.0, 2),), -4.0, 0.2)
    found = additive_contributions(card, {"a": np.zeros(0)}, np.zeros(0))
    assert np.isnan(found.base)
    assert found.written_out().shape == (0, 1)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(1, 40)), min_size=1, max_size=60
    ),
    st.integers(1, 15),
)
def test_every_mean_lies_in_its_interval_and_every_place_in_its_range(given_rows, blocks):
    table = np.array(given_rows, dtype=np.float64)
    values, families = table[:, :3], table[:, 3]
    block = np.arange(len(table)) % blocks
    found = steadiness(values, families, block, 1)
    means = families @ values / families.sum()
    assert np.all(found.low <= means + 1e-9)
    assert np.all(means <= found.high + 1e-9)
    for place, mean in enumerate(means):
        assert found.first[place] <= 1 + np.sum(means > mean + 1e-9)
        assert found.last[place] >= 3 - np.sum(means < mean - 1e-9)


def _split(given_rows: list[tuple[float, ...]]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    table = np.array(given_rows, dtype=np.float64)
    return dict(zip(NAMES, table[:, :3].T, strict=True)), table[:, 3]

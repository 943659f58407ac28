"""Reweighing, cuts per group and lots keep what they promise, for any counts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from riskscreen.fairness.what_ifs import (
    GroupRows,
    chance_at_share,
    chance_within_groups,
    pooled,
    reweighing,
    risk_of_score,
    shares_of_equal_reach,
)

Array = NDArray[np.float64]
TABLES = st.lists(st.tuples(st.integers(1, 500), st.integers(1, 500)), min_size=2, max_size=6)
ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2), st.integers(1, 400)), min_size=2, max_size=40)
SHARES = st.floats(0.01, 0.99)


@given(TABLES)
def test_reweighing_makes_attribute_and_outcome_independent(table: list[tuple[int, int]]) -> None:
    families = np.array(table, np.float64).ravel()
    group = np.repeat(np.arange(len(table)), 2)
    outcome = np.tile([0.0, 1.0], len(table))
    weighted = (reweighing(group, outcome, families) * families).reshape(-1, 2)
    rates = weighted[:, 1] / weighted.sum(axis=1)
    np.testing.assert_allclose(rates, families[1::2].sum() / families.sum(), rtol=1e-9)
    np.testing.assert_allclose(weighted.sum(axis=1), families.reshape(-1, 2).sum(axis=1), rtol=1e-9)


@given(ROWS, SHARES)
def test_every_cut_selects_the_share_and_never_a_lower_score_first(
    rows: list[tuple[int, int, int]], share: float
) -> None:
    score, group, families = (np.array(part) for part in zip(*rows, strict=True))
    score, families = score.astype(np.float64), families.astype(np.float64)
    chance = chance_at_share(score, families, share)
    np.testing.assert_allclose(chance @ families / families.sum(), share, rtol=1e-9)
    assert (np.diff(chance[np.argsort(score, kind="stable")]) >= -1e-12).all()
    codes = np.unique(group, return_inverse=True)[1]
    within = chance_within_groups(score, codes, families, np.full(codes.max() + 1, share))
    for place in range(codes.max() + 1):
        own = codes == place
        np.testing.assert_allclose(within[own] @ families[own] / families[own].sum(), share, rtol=1e-9)


@given(st.integers(0, 10_000), SHARES)
def test_equal_reach_reaches_equal_parts_within_the_share(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    number = 60
    rows = GroupRows(
        np.zeros((number, 1)),
        np.arange(number) % 2,
        (np.arange(number) // 2 % 2).astype(np.float64),
        rng.integers(1, 200, number).astype(np.float64),
    )
    score = rng.integers(0, 8, number).astype(np.float64)
    sizes = np.bincount(rows.group, rows.families, 2).astype(np.float64)
    shares = shares_of_equal_reach(score, rows, sizes, share)
    np.testing.assert_allclose(shares @ sizes / sizes.sum(), share, atol=1e-9)
    chance = chance_within_groups(score, rows.group, rows.families, shares)
    hits = rows.families * rows.outcome
    reached = [chance[rows.group == g] @ hits[rows.group == g] / hits[rows.group == g].sum() for g in (0, 1)]
    np.testing.assert_allclose(reached[0], reached[1], atol=1e-7)


@given(st.lists(st.integers(0, 400), min_size=3, max_size=6))
def test_small_groups_share_a_rule_and_places_have_no_holes(sizes: list[int]) -> None:
    group = np.repeat(np.arange(len(sizes)), 2)
    families = np.array([[size, size // 4] for size in sizes], np.float64).ravel()
    families[:2] = (1000, 100)
    rows = GroupRows(np.zeros((len(group), 1)), group, np.tile([0.0, 1.0], len(sizes)), families)
    codes = pooled(group, rows)
    assert sorted(set(codes)) == list(range(codes.max() + 1))
    for place in range(codes.max() + 1):
        own = codes == place
        assert families[own].sum() >= 100
        assert families[own & (rows.outcome == 1)].sum() >= 10


@given(ROWS)
def test_a_higher_score_never_reads_as_a_lower_risk(rows: list[tuple[int, int, int]]) -> None:
    score, outcome, families = (np.array(part, np.float64) for part in zip(*rows, strict=True))
    risk = risk_of_score(score, (outcome > 0).astype(np.float64), families, np.linspace(-1, 10, 50))
    assert (np.diff(risk) >= -1e-12).all()
    assert 0 <= risk.min() <= risk.max() <= 1

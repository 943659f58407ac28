"""What holds for every card, profile and count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskscreen.explanation.contributions import points_by_stressor
from riskscreen.explanation.profile import explain_profile
from riskscreen.records.card import Card, Line
from riskscreen.scores.bands import BandSize, bands_of, joined
from riskscreen.scores.card import RiskCard
from riskscreen.scores.judging import quantile_bins
from riskscreen.scores.rounding import plainly_rounded, round_points
from riskscreen.stats.discrimination import auroc, brier_score
from riskscreen.stats.logistic import fit_logistic
from riskscreen.stats.profiles import unique_profiles

NAMES = ("a", "b", "c")
LEVELS = st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan])
LINES = st.builds(
    Line,
    st.sampled_from(NAMES),
    st.sampled_from([">=", "<="]),
    st.sampled_from([0.0, 1.0, 2.0, 3.0]),
    st.integers(0, 5),
)
CARDS = st.builds(
    Card, st.just("card"), st.lists(LINES, max_size=15).map(tuple), st.floats(-6, 0), st.floats(0, 1), st.just({})
)


@given(CARDS, st.tuples(LEVELS, LEVELS, LEVELS))
def test_contributions_add_up_to_the_points(card, profile):
    levels = {name: np.array([level]) for name, level in zip(NAMES, profile, strict=True)}
    total = int(card.points(levels)[0])
    assert sum(float(points[0]) for points in points_by_stressor(card, levels, 1).values()) == total
    known = {name: level for name, level in zip(NAMES, profile, strict=True) if name in card.stressors}
    explained = explain_profile(card, known)
    assert explained.points == total == sum(one.points for one in explained.contributions)
    assert 0 <= total <= card.most_points


@given(CARDS, st.tuples(LEVELS, LEVELS, LEVELS), st.sampled_from(NAMES))
def test_a_stressor_that_becomes_not_covered_never_adds_points(card, profile, lost):
    levels = {name: np.array([level]) for name, level in zip(NAMES, profile, strict=True)}
    assert card.points(levels | {lost: np.array([np.nan])})[0] <= card.points(levels)[0]


@given(
    st.lists(st.tuples(LEVELS, LEVELS, st.integers(0, 1), st.integers(0, 40)), min_size=1, max_size=40),
    st.randoms(use_true_random=False),
)
def test_counting_loses_no_family_and_does_not_see_the_order(rows, random):
    table = np.array(rows, dtype=np.float64)
    shuffled = np.array(random.sample(rows, len(rows)), dtype=np.float64)
    first = unique_profiles(table[:, :2], table[:, 2], table[:, 3])
    other = unique_profiles(shuffled[:, :2], shuffled[:, 2], shuffled[:, 3])
    assert first.total.sum() == table[:, 3].sum()
    assert first.positive.sum() == (table[:, 2] * table[:, 3]).sum()
    for name in ("levels", "positive", "total"):
        assert np.array_equal(getattr(first, name), getattr(other, name), equal_nan=True)


@given(st.lists(st.tuples(st.integers(0, 25), st.integers(0, 60), st.integers(0, 900)), min_size=1, max_size=40))
def test_every_band_holds_enough_and_none_is_lost(cells):
    bins = np.repeat([cell[0] for cell in cells], 2).astype(np.int64)
    outcome = np.tile([1.0, 0.0], len(cells))
    families = np.array([count for cell in cells for count in cell[1:]], dtype=np.float64)
    found = bands_of(bins, outcome, families, np.full(len(bins), 0.1), size=BandSize(families=50))
    for band in found:
        assert band.outcomes >= 10
        assert band.families >= 50
        assert band.families - band.outcomes >= 10
    if found:
        assert sum(band.families for band in found) == families.sum()
        assert [one.last + 1 for one in found[:-1]] == [other.first for other in found[1:]]
    for most in (1, 4, 10):
        wider = joined(found, most=most)
        assert sum(band.families for band in wider) == sum(band.families for band in found)
        assert {band.first for band in wider} <= {band.first for band in found}
        least = sum(band.outcomes for band in found) / most
        assert all(band.outcomes >= least for band in wider)
        mean = sum(band.expected * band.families for band in wider)
        assert mean == pytest.approx(sum(band.expected * band.families for band in found))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1), st.integers(1, 30)), min_size=2, max_size=40))
def test_auroc_only_sees_the_order(rows):
    scores, outcomes, weights = np.array(rows, dtype=np.float64).T
    found = auroc(scores, outcomes, weights)
    if 0 < outcomes.sum() < len(outcomes):
        assert 0 <= found <= 1
        assert abs(found + auroc(-scores, outcomes, weights) - 1) < 1e-12
        assert found == auroc(np.exp(scores), outcomes, weights)
    else:
        assert np.isnan(found)
    assert 0 <= brier_score(scores / 10, outcomes, weights) <= 1


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 50)), min_size=1, max_size=60), st.integers(2, 20))
def test_bins_follow_the_score_and_ties_share_one(rows, most):
    scores, families = np.array(rows, dtype=np.float64).T
    bins = quantile_bins(scores, families, most)
    order = np.argsort(scores, kind="stable")
    assert np.all(np.diff(bins[order]) >= 0)
    assert all(len(set(bins[scores == score])) == 1 for score in scores)
    assert bins.max() < most


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 5))
def test_the_search_is_never_worse_than_plain_rounding(seed, lines, max_points):
    rng = np.random.default_rng(seed)
    design = rng.integers(0, 2, (40, lines)).astype(np.float64)
    total = rng.integers(10, 500, 40).astype(np.float64)
    positive = rng.binomial(total.astype(int), 1 / (1 + np.exp(3 - design @ rng.uniform(0, 1.5, lines)))).astype(float)
    fitted = fit_logistic(design, positive, total, ridge=1.0, nonnegative=True)
    if fitted.coefficients.max() > 0:
        plain = plainly_rounded(design, positive, total, fitted.coefficients, max_points)
        found = round_points(design, positive, total, fitted.coefficients, max_points)
        assert found.deviance <= plain.deviance + 1e-6
        assert found.points.max() <= max_points


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_shuffled_rows_and_split_counts_give_the_same_card_bit_for_bit(seed, monotone):
    """And what whole points give up is never negative, nor more than what they and few lines give up together."""
    rng = np.random.default_rng(seed)
    levels = rng.integers(0, 3, (600, 4)).astype(np.float64)
    levels[rng.random(levels.shape) < 0.1] = np.nan
    outcome = (rng.random(600) < 1 / (1 + np.exp(2.5 - np.nan_to_num(levels) @ [0.9, 0.0, 0.5, 0.2]))).astype(int)
    outcome[:2] = 0, 1
    rows = RiskCard(3, 4, monotone=monotone).fit(levels, outcome)
    order = rng.permutation(1_200)  # every row three times, as two families and one
    split = RiskCard(3, 4, monotone=monotone).fit(
        np.vstack([levels, levels])[order], np.tile(outcome, 2)[order], sample_weight=np.repeat([2.0, 1.0], 600)[order]
    )
    thrice = RiskCard(3, 4, monotone=monotone).fit(np.vstack([levels] * 3), np.tile(outcome, 3))
    shuffled = rng.permutation(600)
    again = RiskCard(3, 4, monotone=monotone).fit(levels[shuffled], outcome[shuffled])
    assert split.card_.to_json() == thrice.card_.to_json()
    assert again.card_.to_json() == rows.card_.to_json()
    assert (split.gap_, split.gap_all_) == (thrice.gap_, thrice.gap_all_)
    assert -1e-6 <= rows.gap_ <= rows.gap_all_ + 1e-3

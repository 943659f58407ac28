"""Rates of linkage errors: known values, planted odds, and a simulated clerk whose intervals cover."""

from __future__ import annotations

import numpy as np
import pytest

from riskscreen.linkage.priors import prior_odds, probability
from riskscreen.linkage.rates import (
    Expected,
    Strata,
    allocate,
    capture_recapture,
    clerical_rates,
    model_rates,
    true_rates,
)

PAIRS = np.array([200_000, 4_000, 3_000, 800, 150, 80, 120, 300, 700, 5_000])
LINKED = np.array([True] * 5 + [False] * 5)
MODEL = np.array([0.99999, 0.9999, 0.999, 0.97, 0.88, 0.7, 0.4, 0.2, 0.05, 0.01])


def test_true_rates_are_plain_shares() -> None:
    found = true_rates(records=110, linked=100, false=5, missed=15)
    assert found.false_match.value == pytest.approx(0.05)
    assert found.missed_match.value == pytest.approx(15 / (95 + 15))


def test_model_rates_are_expected_errors_over_expected_totals() -> None:
    found = model_rates(Expected(110, 100, 2.0, 1.5, 9.0, 4.0, lost=1.0, lost_variance=0.5))
    assert found.false_match.value == pytest.approx(0.02)
    assert found.missed_match.value == pytest.approx(10 / 108)
    for rate in (found.false_match, found.missed_match):
        assert 0 < rate.low < rate.value < rate.high < 1  # type: ignore[operator]


def test_nothing_linked_gives_no_false_match_rate() -> None:
    assert model_rates(Expected(5, 0, 0.0, 0.0, 0.0, 0.0)).false_match.value is None


def test_prior_odds_find_the_planted_share() -> None:
    rng = np.random.default_rng(4)
    matches, pairs = 900, 2_000_000
    weights = np.concatenate([rng.normal(24, 4, matches), rng.normal(-6, 4, 20_000)])
    bins, counts = np.unique(np.round(weights, 1), return_counts=True)
    odds = prior_odds(bins, counts, pairs)
    assert odds == pytest.approx(matches / pairs, rel=0.05)
    assert float(probability(np.array([0.0]), 1.0)[0]) == 0.5


def test_a_sample_is_spread_by_spread_and_never_more_than_there_is() -> None:
    many = allocate(PAIRS, MODEL, 400, 10)
    assert (many >= np.minimum(PAIRS, 10)).all()
    assert (many <= PAIRS).all()
    assert many.sum() <= 400 + 10
    assert allocate(np.array([4]), np.array([0.5]), 100, 10).tolist() == [4]


def test_clerical_rates_weigh_strata_by_their_pairs() -> None:
    strata = Strata(
        np.array([True, True, False]), np.array([900, 100, 50]), np.array([50, 8, 2]), np.array([50, 10, 10]),
        np.array([1.0, 0.9, 0.1]),
    )  # fmt: skip
    found = clerical_rates(strata, 1_050)
    assert found.false_match.value == pytest.approx(0.02)  # two of ten in a tenth of the links
    assert found.missed_match.value == pytest.approx(10 / (900 + 80 + 10))
    assert found.checked == 70
    assert found == clerical_rates(strata, 1_050)


@pytest.mark.parametrize("wrong_model", [1.0, 0.6])
def test_intervals_of_a_simulated_clerk_cover_the_true_rates(wrong_model: float) -> None:
    """The model is right, or far too sure of itself: the clerk's intervals hold either way."""
    rng = np.random.default_rng(5)
    share = 1 / (1 + np.exp(-np.log(MODEL / (1 - MODEL)) * wrong_model))
    share[0] = 0.9995
    same = rng.binomial(PAIRS, share)
    false = 1 - same[LINKED].sum() / PAIRS[LINKED].sum()
    missed = same[~LINKED].sum() / same.sum()
    many, runs, covered = allocate(PAIRS, MODEL, 400, 10), 150, np.zeros(2)
    for run in range(runs):
        seen = rng.hypergeometric(same, PAIRS - same, many)
        found = clerical_rates(Strata(LINKED, PAIRS, seen, many, MODEL), 1, seed=run)
        for i, (rate, truth) in enumerate(((found.false_match, false), (found.missed_match, missed))):
            covered[i] += rate.low <= truth <= rate.high  # type: ignore[operator]
    assert (covered / runs >= 0.95).all()


def test_capture_recapture_by_hand() -> None:
    lost, variance = capture_recapture(20.0, 9.0)
    assert lost == pytest.approx(20 * 19 / 20)
    assert variance > 0
    assert capture_recapture(0.0, 0.0)[0] == 0

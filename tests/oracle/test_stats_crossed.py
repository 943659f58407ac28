"""Pooled rates of crossings: against brute force where that is possible, and how often their intervals hold."""

from __future__ import annotations

import numpy as np
import pytest

from riskscreen.errors import UsageError
from riskscreen.stats.crossed import pool_crossed
from riskscreen.stats.pooling import SPREAD_SCALE

CODES = np.array([[i, j] for i in range(2) for j in range(2)])


def brute_force(events: np.ndarray, trials: np.ndarray, draws: int = 1_500_000) -> np.ndarray:
    """Posterior mean rates by importance sampling from the same prior; Monte Carlo error below 0.002 here."""
    rng = np.random.default_rng(5)
    first, second = (SPREAD_SCALE * np.abs(rng.standard_normal(draws)) for _ in range(2))
    own = SPREAD_SCALE * np.abs(rng.standard_normal(draws))
    centre = np.log((events.sum() + 0.5) / (trials.sum() - events.sum() + 0.5))
    odds = np.repeat((centre + 2.0 * rng.standard_normal(draws))[:, None], 4, axis=1)
    odds += first[:, None] * rng.standard_normal((draws, 2))[:, CODES[:, 0]]
    odds += second[:, None] * rng.standard_normal((draws, 2))[:, CODES[:, 1]]
    odds += own[:, None] * rng.standard_normal((draws, 4))
    log_weight = (events * odds - trials * np.logaddexp(0, odds)).sum(axis=1) + np.log(own)
    weight = np.exp(log_weight - log_weight.max())
    return (weight / weight.sum()) @ (1 / (1 + np.exp(-odds)))


@pytest.mark.parametrize(
    ("events", "trials"),
    [
        ([20, 35, 30, 12], [100, 120, 90, 40]),
        ([3, 10, 8, 0], [12, 60, 50, 9]),
        ([50, 55, 45, 9], [100, 100, 100, 10]),
    ],
)
def test_pooled_rates_are_those_of_brute_force(events, trials) -> None:
    """Laplace's approximation and the grid of spreads together are within 0.01."""
    events, trials = np.array(events, float), np.array(trials, float)
    assert pool_crossed(events, trials, CODES).estimate == pytest.approx(brute_force(events, trials), abs=0.01)


def test_a_crossing_without_families_gets_what_its_two_groups_lead_to_expect() -> None:
    """Log-odds that just add up over 5 by 5 groups: the one left out is found again, and nothing of it is its own."""
    codes = np.array([[i, j] for i in range(5) for j in range(5)])
    rates = 1 / (1 + np.exp(2.0 - 0.4 * codes.sum(axis=1)))
    trials = np.full(25, 2_000.0)
    trials[-1] = 0
    pooled = pool_crossed(np.rint(rates * trials), trials, codes)
    assert pooled.own_share[-1] == 0
    assert pooled.estimate[-1] == pytest.approx(rates[-1], abs=0.03)
    assert pooled.high[-1] - pooled.low[-1] > pooled.high[-2] - pooled.low[-2]


def test_a_large_crossing_keeps_its_own_rate_however_different() -> None:
    events, trials = np.array([2_000.0, 2_000.0, 2_000.0, 9_000.0]), np.full(4, 10_000.0)
    pooled = pool_crossed(events, trials, CODES)
    assert pooled.estimate == pytest.approx(events / trials, abs=0.005)
    assert (pooled.own_share > 0.95).all()


@pytest.mark.parametrize("events", [[5.0, 1, 1, 11], [-1.0, 1, 1, 1]])
def test_impossible_counts_are_refused(events) -> None:
    with pytest.raises(UsageError, match="between 0 and trials"):
        pool_crossed(np.array(events), np.full(4, 10.0), CODES)


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.0, 0.3, 0.6])
def test_intervals_hold_and_small_crossings_come_nearer_to_the_truth(spread) -> None:
    """6 by 5 groups of 20 to 2,000 families, 100 seeded samples: 3,000 intervals, Monte Carlo error 0.4 points."""
    codes = np.array([[i, j] for i in range(6) for j in range(5)])
    held, own, pooled_error, raw_error = [], [], [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        first, second = rng.normal(0, 0.5, 6), rng.normal(0, 0.5, 5)
        odds = -1.5 + first[codes[:, 0]] + second[codes[:, 1]] + rng.normal(0, spread, 30)
        truth, trials = 1 / (1 + np.exp(-odds)), np.exp(rng.uniform(np.log(20), np.log(2_000), 30)).round()
        events = rng.binomial(trials.astype(int), truth).astype(float)
        found = pool_crossed(events, trials, codes)
        held.append((found.low <= truth) & (truth <= found.high))
        small = trials < 200
        pooled_error.append((found.estimate - truth)[small])
        raw_error.append((events / trials - truth)[small])
        own.append(found.own_share[small])
    coverage = float(np.mean(held))
    squares = [float(np.sqrt(np.mean(np.concatenate(error) ** 2))) for error in (raw_error, pooled_error)]
    assert coverage >= 0.935, coverage
    assert squares[1] < squares[0], squares

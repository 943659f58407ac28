"""The small-area model against brute force: dense sums over every unknown, on a handful of areas."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from riskscreen.stats.small_areas import SLOPE, SPREAD_SCALE, pool_areas

Array = NDArray[np.float64]

SPREADS = np.linspace(0.01, 2.0, 26)
MIDDLES = np.linspace(-8.5, 0.5, 121)
STEPS = np.linspace(-5, 5, 61)
EVENTS = np.array([0.0, 3.0, 12.0, 1.0, 40.0, 0.0])
TRIALS = np.array([60.0, 90.0, 500.0, 40.0, 900.0, 300.0])
GROUPS = np.array([0, 0, 0, 1, 1, 1])


def _prior(spread: Array) -> Array:
    return np.asarray(np.exp(-0.5 * (spread / SPREAD_SCALE) ** 2))


def _odds(at: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(at / 2)))


def _area(events: float, trials: float, spread: float, limits: tuple[float, float]) -> Array:
    """Likelihood of one area for every middle: alone, times its rate, and times *rate below* either limit."""
    eta = MIDDLES[:, None] + spread * STEPS
    weight = np.exp(-0.5 * STEPS**2)
    log = events * eta - trials * np.logaddexp(0, eta)
    mass = np.exp(log - (events * np.log(0.02) + (trials - events) * np.log(0.98))) * (weight / weight.sum())
    rate = _odds(eta)
    # a limit between two steps counts in part
    shares = [_odds((np.log(limit / (1 - limit)) - eta) / (0.03 * spread + 1e-3)) for limit in limits]
    return np.stack([(mass * asked).sum(axis=1) for asked in (np.ones_like(eta), rate, *shares)])


def _start() -> Array:
    middle = np.log((EVENTS.sum() + 0.5) / (TRIALS.sum() - EVENTS.sum() + 0.5))
    return np.asarray(np.exp(-0.5 * ((MIDDLES - middle) / 10) ** 2))


def _kernel(around: float) -> Array:
    kernel = np.exp(-0.5 * ((MIDDLES[None, :] - MIDDLES[:, None]) / around) ** 2)
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


def nested_answer(area: int, limits: tuple[float, float]) -> Array:
    """Posterior mean of one area's rate and the probability that it is below each limit, by summing everything."""
    own, total = int(GROUPS[area]), np.zeros(4)
    kernels = [_kernel(max(around, 0.04)) for around in SPREADS]
    for within in SPREADS:
        parts = [_area(e, n, within, limits) for e, n in zip(EVENTS, TRIALS, strict=True)]
        other = np.prod([parts[i][0] for i in np.flatnonzero(own != GROUPS)], axis=0)
        mates = np.prod([parts[i][0] for i in np.flatnonzero(own == GROUPS) if i != area], axis=0)
        for around, kernel in zip(SPREADS, kernels, strict=True):
            rest = _start() * (kernel @ other) * _prior(within) * _prior(around)
            total += (kernel @ (mates * parts[area]).T).T @ rest
    return np.asarray(total[1:] / total[0])


@pytest.mark.parametrize("area", [0, 4])
def test_nested_areas_agree_with_brute_force(area: int) -> None:
    found = pool_areas(EVENTS, TRIALS, groups=GROUPS)
    mean, low, high = nested_answer(area, (float(found.low[area]), float(found.high[area])))
    assert found.estimate[area] == pytest.approx(mean, rel=0.03)
    assert low == pytest.approx(0.025, abs=0.006)
    assert high == pytest.approx(0.975, abs=0.006)


def slope_answer(expected: Array, area: int, limits: tuple[float, float]) -> Array:
    """The same for a slope on the expectation, without groups."""
    logit = np.log(expected / (1 - expected))
    centred = logit - np.average(logit, weights=TRIALS)
    slopes, total = np.linspace(SLOPE[0] - 4 * SLOPE[1], SLOPE[0] + 4 * SLOPE[1], 41), np.zeros(4)
    for within in SPREADS:
        parts = [_area(e, n, within, limits) for e, n in zip(EVENTS, TRIALS, strict=True)]
        for slope in slopes:
            weight = np.exp(-0.5 * ((slope - SLOPE[0]) / SLOPE[1]) ** 2) * _prior(within)
            moved = [np.interp(MIDDLES + slope * x, MIDDLES, part[0]) for x, part in zip(centred, parts, strict=True)]
            others = np.prod([row for i, row in enumerate(moved) if i != area], axis=0) * _start() * weight
            own = [np.interp(MIDDLES + slope * centred[area], MIDDLES, row) for row in parts[area]]
            total += np.array(own) @ others
    return np.asarray(total[1:] / total[0])


@pytest.mark.parametrize("area", [0, 2])
def test_a_slope_on_what_is_expected_agrees_with_brute_force(area: int) -> None:
    expected = np.array([0.01, 0.03, 0.02, 0.02, 0.05, 0.008])
    found = pool_areas(EVENTS, TRIALS, expected)
    mean, low, high = slope_answer(expected, area, (float(found.low[area]), float(found.high[area])))
    assert found.estimate[area] == pytest.approx(mean, rel=0.03)
    assert low == pytest.approx(0.025, abs=0.006)
    assert high == pytest.approx(0.975, abs=0.006)

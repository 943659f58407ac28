"""Pooled rates against a brute-force integral, and their coverage at planted rates."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import trapezoid

from riskscreen.stats.pooling import SPREAD_SCALE, pool_binomial, pool_poisson


def test_beta_binomial_equals_a_brute_force_integral() -> None:
    events, trials = np.array([3.0, 0.0, 12.0, 6.0]), np.array([60.0, 40.0, 150.0, 100.0])
    pooled = pool_binomial(events, trials)
    spreads, levels = np.linspace(0.005, 2.5, 250), np.linspace(-6.0, 0.0, 301)
    weight = np.zeros((len(spreads), len(levels)))
    mean = np.zeros((len(spreads), len(levels), len(events)))
    tail = np.zeros((len(spreads), len(levels), len(events)))
    for i, spread in enumerate(spreads):
        m = 1 / (1 + np.exp(-levels))
        strength = np.maximum(1 / (m * (1 - m) * spread**2) - 1, 0.05)
        first, second = (m * strength)[:, None], ((1 - m) * strength)[:, None]
        fit = stats.betabinom.logpmf(events, trials, first, second).sum(axis=1)
        weight[i] = np.exp(fit) * stats.rayleigh.pdf(spread, scale=SPREAD_SCALE)
        mean[i] = (first + events) / (first + second + trials)
        tail[i] = stats.beta.cdf(pooled.low, first + events, second + trials - events)
    total = trapezoid(trapezoid(weight, levels, axis=1), spreads)

    def over(values: np.ndarray) -> np.ndarray:
        inner = trapezoid(weight[:, :, None] * values, levels, axis=1)
        return np.asarray(trapezoid(inner, spreads, axis=0) / total)

    assert pooled.estimate == pytest.approx(over(mean), rel=0.02)
    assert over(tail) == pytest.approx(0.025, abs=0.003)


def test_without_differences_beyond_chance_gamma_poisson_gives_the_overall_ratio() -> None:
    expected = np.linspace(20, 60, 30)
    pooled = pool_poisson(expected * 1.3, expected)
    assert pooled.estimate == pytest.approx(1.3, rel=0.02)
    assert pooled.spread < 0.1


def test_large_areas_keep_their_own_rate() -> None:
    events, trials = np.array([5_000.0, 20_000.0, 9_000.0]), np.full(3, 100_000.0)
    pooled = pool_binomial(events, trials)
    assert pooled.estimate == pytest.approx(events / trials, rel=0.01)
    assert (pooled.own_share > 0.95).all()


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.05, 0.15, 0.3, 0.6])
@pytest.mark.parametrize("kind", ["wijken", "buurten"])
def test_intervals_cover_planted_rates(spread: float, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """At least 93.5% of planted rates, also when areas hardly differ; at least 4,000 intervals."""
    rng = np.random.default_rng(20260101)
    worlds, areas = (200, 20) if kind == "wijken" else (50, 90)
    held, widths = [], []
    for _ in range(worlds):
        trials = np.full(areas, 3000.0) if kind == "wijken" else rng.integers(60, 1500, areas).astype(float)
        rates = 1 / (1 + np.exp(-(np.log(0.024 / 0.976) + spread * rng.standard_normal(areas))))
        pooled = pool_binomial(rng.binomial(trials.astype(int), rates).astype(float), trials)
        held.append(np.mean((pooled.low <= rates) & (rates <= pooled.high)))
        widths.append(np.mean(pooled.high - pooled.low))
    coverage, error = float(np.mean(held)), float(np.std(held) / np.sqrt(worlds))
    with capsys.disabled():
        told = f"{kind}, spread {spread}: coverage {coverage:.4f} (Monte Carlo {error:.4f})"
        print(f"\n{told}, width {np.mean(widths):.4f}")  # noqa: T201  (coverage and its error are to be read)
    assert worlds * areas >= 4000
    assert coverage + 2 * error >= 0.935

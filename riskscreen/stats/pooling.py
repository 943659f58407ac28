"""Rates of many small areas, each drawn towards what is expected there, with intervals that cover.

An area's own rate is noisy when the area is small; drawing it towards an expected rate lowers the error (empirical
Bayes). How strongly depends on how much areas really differ, which is itself uncertain. Plugging in one estimate of it
gives intervals that are too narrow (Morris 1983, JASA 78:47; Carter & Rolph 1974, JASA 69:880), worst when areas
hardly differ and the plug-in is zero. So the spread and the overall level are integrated out over a grid of values,
each weighted by how well it explains all areas together; an area's interval is a quantile of that mixture.
Nothing is random: the same counts give the same intervals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError

Array = NDArray[np.float64]

SPREAD_SCALE = 0.5
"""Scale of the Rayleigh weight on the spread (standard deviation of the log-odds, or of the log rate).

With 0.5, areas that differ from expectation by a factor of three are unusual but allowed; twenty areas outvote it.
The weight is zero at spread zero: a half-normal one there covered 91 to 94% when areas differ a little (tried).
"""
_SPREADS = 24
_COARSE = np.linspace(-3.0, 3.0, 61)
_FINE = 17
_KEEP = 1e-5
_STEPS = 48


@dataclass(frozen=True, slots=True)
class Pooled:
    """Pooled rates per area; every array has shape ``(areas,)``.

    Parameters
    ----------
    estimate
        Posterior mean of the rate (or, for counts, of the ratio to the expected count).
    low, high
        Bounds of the interval at ``level``.
    own_share
        Weight of the area's own data in its estimate, 0 to 1; the rest comes from the expectation.
    spread
        How much areas differ beyond chance: standard deviation on the log-odds (or log) scale.
    level
        Intended coverage, such as 0.95.
    """

    estimate: Array
    low: Array
    high: Array
    own_share: Array
    spread: float
    level: float


@dataclass(frozen=True, slots=True)
class _Mixture:
    """Weights ``(grid,)`` and the two posterior parameters ``(grid, areas)`` of every mixture part."""

    weight: Array
    first: Array
    second: Array
    own: Array
    spread: Array


def pool_binomial(events: Array, trials: Array, expected: Array | None = None, *, level: float = 0.95) -> Pooled:
    """Shrunken rates of events per trial: beta-binomial, hyperparameters integrated over a grid.

    ``events ~ Binomial(trials, p)``, ``p ~ Beta(m k, (1 - m) k)`` with ``logit m = a + logit expected`` and
    ``k = 1 / (m (1 - m) spread^2) - 1``.

    Parameters
    ----------
    events, trials
        Whole numbers, shape ``(areas,)``; ``0 <= events <= trials``; areas with no trials are allowed.
    expected
        Expected rate per area, strictly between 0 and 1, shape ``(areas,)``; its overall level is re-estimated.
        Default: the same for all, so that areas are drawn towards the overall rate.
    level
        Intended coverage.

    Raises
    ------
    UsageError
        Shapes differ, counts are negative or exceed their trials, or an expected rate is not inside (0, 1).

    Examples
    --------
    >>> pooled = pool_binomial(np.array([1.0, 30.0]), np.array([50.0, 1000.0]))
    >>> bool(pooled.own_share[0] < pooled.own_share[1])
    True
    """
    events, trials = np.asarray(events, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    _check(events, trials)
    overall = (events.sum() + 0.5) / (trials.sum() + 1.0)
    rates = np.full(events.shape, overall) if expected is None else np.asarray(expected, dtype=np.float64)
    if rates.shape != events.shape or not np.all((rates > 0) & (rates < 1)):
        raise UsageError("an expected rate per area must lie between 0 and 1", do="give one per area, 0 < rate < 1")
    start = np.log(rates / (1 - rates))
    offset = _level_binomial(start, overall, trials)

    def prior(shift: Array, spread: Array) -> tuple[Array, Array]:
        mean = 1 / (1 + np.exp(-(start + offset + shift[:, None])))
        strength = np.maximum(1 / (mean * (1 - mean) * spread[:, None] ** 2) - 1, 0.05)
        return mean * strength, (1 - mean) * strength

    def log_marginal(shift: Array, spread: Array) -> Array:
        from scipy.special import betaln

        first, second = prior(shift, spread)
        return np.asarray((betaln(first + events, second + trials - events) - betaln(first, second)).sum(axis=1))

    weight, shift, spread = _grid(log_marginal)
    first, second = prior(shift, spread)
    own = trials / (trials + first + second)
    mixture = _Mixture(weight, first + events, second + trials - events, own, spread)
    mean = mixture.first / (mixture.first + mixture.second)
    return _pooled(mixture, mean, _beta_cdf, (0.0, 1.0), level)


def pool_poisson(events: Array, expected: Array, *, level: float = 0.95) -> Pooled:
    """Shrunken ratios of events to expected events: gamma-Poisson (Clayton & Kaldor 1987, Biometrics 43:671).

    ``events ~ Poisson(expected * ratio)``, ``ratio ~ Gamma`` with mean ``exp(a)`` and shape ``1 / spread^2``; both
    hyperparameters are integrated over a grid.

    Parameters
    ----------
    events
        Whole numbers, shape ``(areas,)``, at least 0.
    expected
        Expected events per area, above 0; or an exposure, and then the ratio is a rate per unit of it.
    level
        Intended coverage.

    Raises
    ------
    UsageError
        Shapes differ, events are negative, or an expected number is not above 0.
    """
    events, expected = np.asarray(events, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if events.shape != expected.shape or events.ndim != 1 or (events < 0).any() or not (expected > 0).all():
        raise UsageError("events must be at least 0 and expected events above 0", do="give one of each per area")
    offset = float(np.log((events.sum() + 0.5) / expected.sum()))

    def prior(shift: Array, spread: Array) -> tuple[Array, Array]:
        shape = np.broadcast_to(1 / spread[:, None] ** 2, (len(shift), len(events)))
        return shape, shape / np.exp(offset + shift[:, None])

    def log_marginal(shift: Array, spread: Array) -> Array:
        from scipy.special import gammaln

        shape, rate = prior(shift, spread)
        parts = gammaln(shape + events) - gammaln(shape) - shape * np.log1p(expected / rate)
        return np.asarray((parts + events * (np.log(expected) - np.log(rate + expected))).sum(axis=1))

    weight, shift, spread = _grid(log_marginal)
    shape, rate = prior(shift, spread)
    mixture = _Mixture(weight, shape + events, rate + expected, expected / (expected + rate), spread)
    mean = mixture.first / mixture.second
    top = float(np.max((events + 10 + 10 * np.sqrt(events + 1)) / expected)) + 20 * float(np.exp(offset))
    return _pooled(mixture, mean, _gamma_cdf, (0.0, top), level)


def _check(events: Array, trials: Array) -> None:
    if events.shape != trials.shape or events.ndim != 1 or len(events) == 0:
        raise UsageError("events and trials must be two rows of the same length", do="give one of each per area")
    if (events < 0).any() or (events > trials).any():
        raise UsageError("events must lie between 0 and trials in every area", do="check the counts")


def _level_binomial(start: Array, overall: float, trials: Array) -> float:
    """The shift of the expected log-odds at which they agree with the overall rate (bisection)."""
    weight = np.maximum(trials, 1e-9)
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = float(np.average(1 / (1 + np.exp(-(start + middle))), weights=weight))
        low, high = (middle, high) if mean < overall else (low, middle)
    return (low + high) / 2


def _grid(log_marginal: Callable[[Array, Array], Array]) -> tuple[Array, Array, Array]:
    """Weights, shifts and spreads of the grid: first coarse to find the level, then fine around it."""
    from scipy.special import ndtri

    # half-normal quantiles lie closest near zero, where it matters; times spread they make the Rayleigh weight
    nodes = SPREAD_SCALE * ndtri(0.5 + 0.5 * (np.arange(_SPREADS) + 0.5) / _SPREADS)
    shift, spread = _cross(_COARSE, nodes)
    coarse = _weights(log_marginal(shift, spread) + np.log(spread))
    centre = float(coarse @ shift)
    width = max(float(np.sqrt(coarse @ (shift - centre) ** 2)), 0.05)
    shift, spread = _cross(centre + width * np.linspace(-4.0, 4.0, _FINE), nodes)
    weight = _weights(log_marginal(shift, spread) + np.log(spread))
    keep = weight > _KEEP * weight.max()
    return weight[keep] / weight[keep].sum(), shift[keep], spread[keep]


def _cross(shifts: Array, spreads: Array) -> tuple[Array, Array]:
    shift, spread = np.meshgrid(shifts, spreads, indexing="ij")
    return shift.ravel(), spread.ravel()


def _weights(log_weight: Array) -> Array:
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def _pooled(
    mixture: _Mixture,
    mean: Array,
    cdf: Callable[[Array, Array, Array], Array],
    within: tuple[float, float],
    level: float,
) -> Pooled:
    tail = (1 - level) / 2
    return Pooled(
        estimate=np.asarray(mixture.weight @ mean),
        low=_quantile(mixture, cdf, tail, within),
        high=_quantile(mixture, cdf, 1 - tail, within),
        own_share=np.asarray(mixture.weight @ mixture.own),
        spread=float(mixture.weight @ mixture.spread),
        level=level,
    )


def _quantile(
    mixture: _Mixture, cdf: Callable[[Array, Array, Array], Array], probability: float, within: tuple[float, float]
) -> Array:
    """Quantile of the mixture for every area at once, by bisection."""
    areas = mixture.first.shape[1]
    low, high = np.full(areas, within[0]), np.full(areas, within[1])
    for _ in range(_STEPS):
        middle = (low + high) / 2
        below: NDArray[np.bool_] = mixture.weight @ cdf(mixture.first, mixture.second, middle) < probability
        low, high = np.where(below, middle, low), np.where(below, high, middle)
        if float((high - low).max()) < 1e-7 * max(within[1], 1e-12):
            break
    return np.asarray((low + high) / 2)


def _beta_cdf(first: Array, second: Array, at: Array) -> Array:
    from scipy.special import betainc

    return np.asarray(betainc(first, second, at[None, :]))


def _gamma_cdf(shape: Array, rate: Array, at: Array) -> Array:
    from scipy.special import gammainc

    return np.asarray(gammainc(shape, rate * at[None, :]))

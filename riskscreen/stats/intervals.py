"""Intervals from counts: single proportions, differences, ratios, and many at once.

Arrays in, results out. A *design effect* says how much wider an estimate is than independent families would give
(Kish 1965); the interval is then that of ``total / effect`` families with a t quantile, as survey samplers do
(Korn and Graubard 1998; Franco et al. 2019).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

DRAWS = 20_000
_CHUNK = 4_000_000
"""Most numbers held at once while drawing."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Lower and upper bounds, arrays of the same shape; ``nan`` where nothing is known."""

    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Critical:
    """A critical value for several intervals at once.

    Parameters
    ----------
    value
        Standard errors to go out on either side when the variance is known.
    local
        The share that each single interval may miss so that together they miss ``1 - level``.
    """

    value: float
    local: float


def wilson(
    successes: ArrayLike, totals: ArrayLike, *, quantile: ArrayLike | None = None, level: float = 0.95
) -> Bounds:
    """Score interval of a proportion (Wilson 1927).

    Parameters
    ----------
    successes, totals
        Counts, or effective counts, of any broadcastable shape; ``0 <= successes <= totals``.
    quantile
        Standard errors to go out; default the normal quantile of ``level``.
    level
        Coverage aimed at, between 0 and 1.

    Examples
    --------
    >>> bounds = wilson(15, 148)
    >>> round(float(bounds.low), 4), round(float(bounds.high), 4)
    (0.0624, 0.1605)
    """
    k, n = np.asarray(successes, np.float64), np.asarray(totals, np.float64)
    z = np.asarray(normal_quantile(level) if quantile is None else quantile, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (2 * k + z**2) / (2 * (n + z**2))
        half = z / (n + z**2) * np.sqrt(np.maximum(k * (n - k) / n + z**2 / 4, 0))
        low = np.where(k <= 0, 0.0, np.maximum(middle - half, 0))
        high = np.where(k >= n, 1.0, np.minimum(middle + half, 1))
    return Bounds(np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan))


def clopper_pearson(successes: ArrayLike, totals: ArrayLike, *, level: float = 0.95) -> Bounds:
    """Exact interval of a proportion (Clopper and Pearson 1934): never covers less than ``level``.

    Examples
    --------
    >>> bounds = clopper_pearson(0, 30)
    >>> round(float(bounds.low), 4), round(float(bounds.high), 4)
    (0.0, 0.1157)
    """
    from scipy.special import betaincinv  # scipy.stats takes a second to import

    k, n = np.broadcast_arrays(np.asarray(successes, np.float64), np.asarray(totals, np.float64))
    tail = (1 - level) / 2
    some, most = np.maximum(k, 1), np.minimum(k, np.maximum(n - 1, 0))
    low = np.where(k <= 0, 0.0, betaincinv(some, np.maximum(n - some + 1, 1), tail))
    high = np.where(k >= n, 1.0, betaincinv(most + 1, np.maximum(n - most, 1), 1 - tail))
    return Bounds(np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan))


def mover_difference(first: ArrayLike, a: Bounds, second: ArrayLike, b: Bounds, correlation: ArrayLike = 0.0) -> Bounds:
    """Interval of ``first - second`` from the intervals of both (Zou and Donner 2008).

    With Wilson's intervals and no correlation this is method 10 of Newcombe (1998).

    Parameters
    ----------
    first, second
        Estimates, of any broadcastable shape.
    a, b
        Their bounds.
    correlation
        Between the two estimates, -1 to 1: groups that share neighbourhoods are not independent.
    """
    p, q, rho = np.asarray(first, np.float64), np.asarray(second, np.float64), np.asarray(correlation, np.float64)
    down_p, up_p, down_q, up_q = p - a.low, a.high - p, q - b.low, b.high - q
    low = np.sqrt(np.maximum(down_p**2 + up_q**2 - 2 * rho * down_p * up_q, 0))
    high = np.sqrt(np.maximum(up_p**2 + down_q**2 - 2 * rho * up_p * down_q, 0))
    return Bounds(p - q - low, p - q + high)


def newcombe(k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike, *, level: float = 0.95) -> Bounds:
    """Interval of the difference of two independent proportions (Newcombe 1998, method 10).

    Examples
    --------
    >>> bounds = newcombe(56, 70, 48, 80)
    >>> round(float(bounds.low), 4), round(float(bounds.high), 4)
    (0.0524, 0.3339)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.asarray(k1, np.float64) / np.asarray(n1, np.float64)
        second = np.asarray(k2, np.float64) / np.asarray(n2, np.float64)
    return mover_difference(first, wilson(k1, n1, level=level), second, wilson(k2, n2, level=level))


def mover_ratio(first: ArrayLike, a: Bounds, second: ArrayLike, b: Bounds) -> Bounds:
    """Interval of ``first / second``, both at least 0 and independent (Donner and Zou 2012).

    The upper bound is infinite where the lower bound of ``second`` is 0.
    """
    p, q = np.asarray(first, np.float64), np.asarray(second, np.float64)
    product = p * q
    with np.errstate(divide="ignore", invalid="ignore"):
        least = a.low * (2 * p - a.low)
        root = np.sqrt(np.maximum(product**2 - least * b.high * (2 * q - b.high), 0))
        low = np.where(least > 0, least / (product + root), 0.0)
        most, under = a.high * (2 * p - a.high), b.low * (2 * q - b.low)
        high = np.where(under > 0, (product + np.sqrt(np.maximum(product**2 - most * under, 0))) / under, np.inf)
    known = np.isfinite(p) & np.isfinite(q)
    return Bounds(np.where(known, low, np.nan), np.where(known, high, np.nan))


def max_t(
    covariance: Floats, families: list[tuple[NDArray[np.int64], NDArray[np.int64]]], *, level: float, seed: int
) -> Critical:
    """Critical value such that all pairwise differences are covered at once (Hothorn, Bretz and Westfall 2008).

    The largest of the standardised differences is drawn from the joint normal distribution of the estimates.

    Parameters
    ----------
    covariance
        Of the estimates, shape ``(estimates, estimates)``.
    families
        One entry per comparison: the places of the first and of the second estimate of each pair, shape ``(pairs,)``.
    level
        Share of samples in which every interval must hold, such as 0.95.
    seed
        Same seed, same value.
    """
    pairs = [(i, j) for i, j in families if len(i)]
    if not pairs:
        value = normal_quantile(level)
        return Critical(value, 1 - level)
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    variance = np.diag(covariance)
    draws = np.random.default_rng(seed).standard_normal((DRAWS, len(covariance))) @ root.T
    largest = np.zeros(DRAWS)
    for first, second in pairs:
        spread = np.sqrt(np.maximum(variance[first] + variance[second] - 2 * covariance[first, second], 1e-300))
        step = max(1, _CHUNK // len(first))
        for start in range(0, DRAWS, step):
            block = draws[start : start + step]
            peak = np.abs((block[:, first] - block[:, second]) / spread).max(axis=1)
            np.maximum(largest[start : start + step], peak, out=largest[start : start + step])
    # Rounded up to a thousandth: linear algebra libraries differ in the last digits, released figures must not.
    value = float(np.ceil(max(float(np.quantile(largest, level)), normal_quantile(level)) * 1000) / 1000)
    return Critical(value, normal_tail(value))


def normal_quantile(level: float) -> float:
    """Standard errors on either side that hold ``level`` of a normal distribution (0.95: 1.96)."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + level / 2)


def normal_tail(value: float) -> float:
    """Share of a normal distribution beyond ``value`` standard errors on both sides together."""
    from statistics import NormalDist

    return 2 * NormalDist().cdf(-value)


def t_quantile(local: float, freedom: ArrayLike) -> Floats:
    """Standard errors to go out when the variance was estimated with ``freedom`` degrees of freedom.

    Infinite freedom gives the normal quantile.
    """
    from scipy.special import ndtri, stdtrit  # scipy.stats takes a second to import

    df = np.asarray(freedom, np.float64)
    finite = np.isfinite(df)
    return np.asarray(np.where(finite, -stdtrit(np.where(finite, df, 1.0), local / 2), -ndtri(local / 2)))


def range_of(low: Floats, high: Floats) -> tuple[float, float]:
    """Bounds of the largest difference between any two groups, from simultaneous bounds of every pair.

    When all pairs are covered at once, so is the largest of them: its bounds are a projection. (A percentile bootstrap
    of a maximum over equal groups covers it never.)

    Parameters
    ----------
    low, high
        Bounds of every ordered or unordered difference ``a - b``, shape ``(pairs,)``.

    Examples
    --------
    >>> range_of(np.array([-0.1, 0.02]), np.array([0.05, 0.08]))
    (0.02, 0.1)
    """
    least = float(max(0.0, np.max(low), -np.min(high)))
    most = float(max(np.max(high), -np.min(low)))
    return least, most

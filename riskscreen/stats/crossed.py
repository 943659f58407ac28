"""Rates of groups that are crossings of two attributes, each drawn towards what its two groups lead to expect.

``events ~ Binomial(trials, p)`` with ``logit p = overall + first + second + own``: an effect of the group of the first
attribute, of the second, and of the crossing itself, each normal with a spread of its own. That is the model of MAIHDA
(Evans, Williams, Onnela and Subramanian 2018, Social Science & Medicine 203:64). Taking the two groups' effects as
known once they are fitted gives intervals that hold 71 to 92% instead of 95% (tried), so everything is integrated out:
the effects by Laplace's approximation (Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, algorithm
3.1), the three spreads over a grid (Rue, Martino and Chopin 2009, JRSS B 71:319). Nothing is random.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.stats.pooling import SPREAD_SCALE, Pooled

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST = 600
"""More crossings than this are not pooled at once: matrices of that size are worked out for every spread."""
_NODES = 6
_OVERALL = 2.0
"""Standard deviation of the overall log-odds around the raw one: hardly any weight."""
_STEPS = 40
_CLOSE = 1e-9
_KEEP = 1e-4
_BYTES = 2e8


@dataclass(frozen=True, slots=True)
class _Mode:
    """Per spread: log marginal likelihood ``(grid,)``; mean, variance and own weight of the log-odds ``(grid, n)``."""

    evidence: Array
    mean: Array
    variance: Array
    own: Array


def pool_crossed(events: Array, trials: Array, codes: Ints, *, level: float = 0.95) -> Pooled:
    """Shrunken rates of crossings.

    Parameters
    ----------
    events, trials
        Shape ``(crossings,)``; ``0 <= events <= trials``; crossings with no trials are allowed.
    codes
        Which group of the first and of the second attribute each is, shape ``(crossings, 2)``.
    level
        Intended coverage.

    Returns
    -------
    Pooled
        ``spread``: how much crossings differ beyond their two groups, on the log-odds scale.

    Raises
    ------
    UsageError
        Shapes differ, counts are negative or exceed their trials, or there are more than 600 crossings.
    """
    from scipy.special import ndtri

    events, trials = np.asarray(events, np.float64), np.asarray(trials, np.float64)
    _check(events, trials, codes)
    # Quantiles of the half-normal weight lie closest near zero, where it matters; see stats.pooling.
    nodes = SPREAD_SCALE * ndtri(0.5 + 0.5 * (np.arange(_NODES) + 0.5) / _NODES)
    spreads = np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 3)
    same = [(codes[:, side, None] == codes[None, :, side]).astype(np.float64) for side in (0, 1)]
    chunk = max(1, int(_BYTES / (8 * len(events) ** 2)))
    parts = [_mode(events, trials, _prior(spreads[at : at + chunk], same)) for at in range(0, len(spreads), chunk)]
    evidence, mean, variance, own = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("evidence", "mean", "variance", "own")
    )
    evidence = evidence + np.log(spreads[:, 2])
    weight = np.exp(evidence - evidence.max())
    keep = weight > _KEEP * weight.max()
    weight, error = weight[keep] / weight[keep].sum(), np.sqrt(variance[keep])
    tail = (1 - level) / 2
    low, high = (_quantile(weight, mean[keep], error, share) for share in (tail, 1 - tail))
    return Pooled(
        estimate=np.asarray(weight @ _mean_rate(mean[keep], error)),
        low=_rate(low),
        high=_rate(high),
        own_share=np.asarray(weight @ own[keep]),
        spread=float(weight @ spreads[keep, 2]),
        level=level,
    )


def _check(events: Array, trials: Array, codes: Ints) -> None:
    if events.ndim != 1 or events.shape != trials.shape or codes.shape != (len(events), 2) or not len(events):
        raise UsageError(
            "events, trials and codes must be about the same crossings", do="give one of each per crossing"
        )
    if (events < 0).any() or (events > trials).any():
        raise UsageError("events must lie between 0 and trials in every crossing", do="check the counts")
    if len(events) > MOST:
        raise UsageError(f"there are {len(events)} crossings; at most {MOST}", do="join groups of the two attributes")


def _prior(spreads: Array, same: list[Array]) -> Array:
    """Covariance of the log-odds around the overall ones, shape ``(grid, n, n)``."""
    square = spreads[:, :, None, None] ** 2
    return np.asarray(
        _OVERALL**2 + square[:, 0] * same[0] + square[:, 1] * same[1] + square[:, 2] * np.eye(len(same[0]))
    )


def _mode(events: Array, trials: Array, prior: Array) -> _Mode:
    """The most likely log-odds under every prior, and the normal distribution that touches there."""
    overall = (events.sum() + 0.5) / (trials.sum() + 1.0)
    centre = np.log(overall / (1 - overall))
    odds = np.full((len(prior), len(events)), centre)
    ones = np.eye(len(events))
    for _ in range(_STEPS):
        rate = _rate(odds)
        precision = trials * rate * (1 - rate)
        root = np.sqrt(precision)
        inner = ones + root[:, :, None] * prior * root[:, None, :]
        pull = precision * (odds - centre) + events - trials * rate
        solved = np.linalg.solve(inner, (root * np.einsum("gij,gj->gi", prior, pull))[..., None])[..., 0]
        push = pull - root * solved
        step = centre + np.einsum("gij,gj->gi", prior, push) - odds
        # A step of more than 3 on the log-odds scale can overshoot where a group has no or only events.
        odds = odds + np.clip(step, -3, 3)
        if float(np.abs(step).max()) < _CLOSE:
            break
    rate = _rate(odds)
    likelihood = (events * odds - trials * np.logaddexp(0, odds)).sum(axis=1)
    distance = 0.5 * np.einsum("gi,gi->g", push, odds - centre)
    half = np.linalg.solve(inner, root[:, :, None] * prior)
    variance = np.einsum("gii->gi", prior) - np.einsum("gij,gij->gj", root[:, :, None] * prior, half)
    evidence = likelihood - distance - 0.5 * np.linalg.slogdet(inner)[1]
    return _Mode(evidence, odds, np.maximum(variance, 1e-12), np.clip(variance * trials * rate * (1 - rate), 0, 1))


def _rate(odds: Array) -> Array:
    from scipy.special import expit

    return np.asarray(expit(odds))


def _mean_rate(mean: Array, error: Array) -> Array:
    """Mean of the rate when its log-odds are normal, by Gauss-Hermite quadrature; same shape."""
    at, weight = np.polynomial.hermite_e.hermegauss(15)
    return np.asarray(_rate(mean[..., None] + error[..., None] * at) @ (weight / weight.sum()))


def _quantile(weight: Array, mean: Array, error: Array, share: float) -> Array:
    """Quantile of a mixture of normals, for every crossing at once, by bisection."""
    from scipy.special import ndtr

    low, high = (mean - 10 * error).min(axis=0), (mean + 10 * error).max(axis=0)
    for _ in range(60):
        middle = (low + high) / 2
        below = weight @ ndtr((middle - mean) / error) < share
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)

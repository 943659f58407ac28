"""Rates of many small areas by a hierarchical binomial model: covariates, a larger area around it, and the area itself.

``events_i ~ Binomial(trials_i, p_i)`` with

``logit p_i = a + b x_i + c z_i + u_group(i) + v_i``, ``u ~ N(0, around^2)``, ``v ~ N(0, within^2)``,

where ``x_i`` is the log-odds of what was expected. The slope ``b`` is estimated: a covariate that says little, or the
wrong thing, gets little weight (a model with the slope fixed at 1 believes it). ``u`` takes up what neighbouring areas
have in common and no covariate knows. Both spreads are integrated over a grid (as the nested Laplace approximation of
Rue, Martino & Chopin 2009, JRSS-B 71:319 does); within a grid point all other unknowns are handled by expectation
propagation (Minka 2001), which unlike Laplace stays right where areas have 0 to 3 events (Kuss & Rasmussen 2005, JMLR
6:1679). An area's marginal is its exact binomial likelihood times what all other areas say about it; intervals are
quantiles of the mixture over the grid. Nothing is random, and the cost grows with the number of areas, not its cube.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.stats.propagation import NODES, AreaData, Propagated, log_likelihood, propagate

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

SPREAD_SCALE = 0.5
"""Scale of the half-normal weight on each spread (standard deviation of the log-odds)."""
SLOPE = (0.5, 1.0)
"""Mean and standard deviation of the weight on the slope: halfway between useless (0) and right (1)."""
COVARIATE_SD, LEVEL_SD = 1.0, 10.0
_COARSE = np.linspace(0.0, 1.2, 9)
_FINE, _REACH = 7, 2.75
_ROUNDS = 4
_KEEP = 1e-4
_CHUNK = 1_500_000
_MANY = 1500
_POINTS = 81


@dataclass(frozen=True, slots=True)
class SmallAreas:
    """Estimates per area; every array has shape ``(areas,)``.

    Parameters
    ----------
    estimate
        Posterior mean of the rate, per 1.
    low, high
        Bounds of the interval at ``level``.
    own_share
        Share of the area's own events in its estimate, 0 to 1: how far the estimate follows them.
    within, around
        Spread of areas inside their group, and of groups: standard deviation of the log-odds (posterior means).
    slope, slope_sd
        How far the expectation is followed (1: fully, 0: not at all) and its standard deviation; ``nan`` without one.
    level
        Intended coverage, such as 0.95.
    """

    estimate: Array
    low: Array
    high: Array
    own_share: Array
    within: float
    around: float
    slope: float
    slope_sd: float
    level: float


def pool_areas(
    events: Array,
    trials: Array,
    expected: Array | None = None,
    *,
    groups: Array | Whole | None = None,
    covariates: Array | None = None,
    level: float = 0.95,
) -> SmallAreas:
    """Estimate the rate of every area.

    Parameters
    ----------
    events, trials
        Whole numbers, shape ``(areas,)``; ``0 <= events <= trials``; areas without trials are allowed.
    expected
        Expected rate per area, strictly between 0 and 1; default: none, so that areas are drawn towards their group.
    groups
        The larger area around each area (any labels), shape ``(areas,)``; default: none, so that areas are drawn
        towards the whole.
    covariates
        Further covariates, shape ``(areas, columns)``; standardised here.
    level
        Intended coverage.

    Raises
    ------
    UsageError
        Shapes differ, counts are impossible, or an expected rate is not inside (0, 1).

    Examples
    --------
    >>> found = pool_areas(np.array([1.0, 30.0, 12.0]), np.array([50.0, 1000.0, 600.0]))
    >>> bool(found.own_share[0] < found.own_share[1])
    True
    """
    events, trials = np.asarray(events, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    _check(events, trials, expected, groups, covariates)
    labels = np.zeros(len(events), dtype=np.int64) if groups is None else np.unique(groups, return_inverse=True)[1]
    order = np.argsort(labels, kind="stable")
    data = _data(events[order], trials[order], labels[order], *_sorted(expected, covariates, order))
    fit = _kept(_grid(data))
    weight = _weights(fit.log_weight)
    bounds = _marginals(data, fit, weight, level)
    back = np.argsort(order)
    slopes = float(weight @ fit.slope)
    return SmallAreas(
        estimate=bounds[0][back],
        low=bounds[1][back],
        high=bounds[2][back],
        own_share=np.asarray(weight @ fit.own)[back],
        within=float(weight @ fit.within),
        around=float(weight @ fit.around),
        slope=SLOPE[0] + slopes if expected is not None else float("nan"),
        slope_sd=float(np.sqrt(weight @ (fit.slope_sd**2 + (fit.slope - slopes) ** 2)))
        if expected is not None
        else float("nan"),
        level=level,
    )


def _check(
    events: Array, trials: Array, expected: Array | None, groups: Array | Whole | None, covariates: Array | None
) -> None:
    faults = []
    if events.ndim != 1 or events.shape != trials.shape or len(events) == 0:
        raise UsageError("events and trials must be two rows of the same length", do="give one of each per area")
    if (events < 0).any() or (events > trials).any():
        faults.append("events must lie between 0 and trials in every area")
    if expected is not None:
        rates = np.asarray(expected)
        if rates.shape != events.shape or not np.all((rates > 0) & (rates < 1)):
            faults.append("an expected rate per area must lie between 0 and 1")
    if groups is not None and np.shape(groups) != events.shape:
        faults.append("groups must hold one label per area")
    if covariates is not None and (np.ndim(covariates) != 2 or len(covariates) != len(events)):
        faults.append("covariates must have one row per area")
    if faults:
        raise UsageError(f"{len(faults)} fault(s) in the areas", faults=tuple(faults), do="mend the counts per area")


def _sorted(expected: Array | None, covariates: Array | None, order: Whole) -> tuple[Array | None, Array | None]:
    return (
        None if expected is None else np.asarray(expected, dtype=np.float64)[order],
        None if covariates is None else np.asarray(covariates, dtype=np.float64)[order],
    )


def _data(events: Array, trials: Array, labels: Whole, expected: Array | None, covariates: Array | None) -> AreaData:
    weight = np.maximum(trials, 1e-9)
    overall = (events.sum() + 0.5) / (trials.sum() + 1.0)
    offset = np.full(len(events), np.log(overall / (1 - overall)))
    columns, precision = [np.ones(len(events))], [LEVEL_SD**-2]
    if expected is not None:
        logit = np.log(expected / (1 - expected))
        centred = logit - np.average(logit, weights=weight)
        offset = offset + SLOPE[0] * centred
        columns.append(centred)
        precision.append(SLOPE[1] ** -2)
    if covariates is not None:
        for column in covariates.T:
            spread = float(column.std())
            columns.append((column - column.mean()) / (spread if spread > 0 else 1.0))
            precision.append(COVARIATE_SD**-2)
    group = np.unique(labels, return_inverse=True)[1]
    starts = np.flatnonzero(np.r_[True, np.diff(group) > 0])
    return AreaData(events, trials, offset, np.stack(columns, axis=1), np.diag(precision), starts, group)


def _grid(data: AreaData) -> Propagated:
    """Fits on a coarse grid of both spreads (for many areas: of a part of them), then finer where the weight is."""
    nested = 1 < len(data.starts) < len(data.events)
    roots = [_COARSE, _COARSE if nested else np.zeros(1)]
    some = _thinned(data)
    fit = _fitted(some, *roots, rounds=3)
    for part in (some, data) if some is not data else (data,):
        weight = _weights(fit.log_weight)
        roots = [_finer(np.sqrt(at), weight, axis) for at, axis in zip((fit.within, fit.around), roots, strict=True)]
        fit = _fitted(part, *roots, rounds=_ROUNDS)
    return fit


def _thinned(data: AreaData) -> AreaData:
    """Whole groups, evenly spread, when there are very many areas: enough to find where the weight is."""
    step = len(data.events) // _MANY
    if step < 2:
        return data
    keep = data.group % step == 0 if len(data.starts) > step else np.arange(len(data.events)) % step == 0
    group = np.unique(data.group[keep], return_inverse=True)[1]
    starts = np.flatnonzero(np.r_[True, np.diff(group) > 0])
    held = (data.events[keep], data.trials[keep], data.offset[keep], data.design[keep])
    return AreaData(*held, data.precision, starts, group)


def _finer(at: Array, weight: Array, axis: Array) -> Array:
    """Points around the weighted mean of one axis; where the old points are coarse, no nearer than they allow."""
    if len(axis) == 1:
        return axis
    mean = float(weight @ at)
    sd = max(float(np.sqrt(weight @ (at - mean) ** 2)), 0.4 * float(axis[1] - axis[0]))
    low, high = max(mean - _REACH * sd, 0.0), mean + _REACH * sd
    return np.linspace(low, high, _FINE if low > 0 else _FINE + 2)


def _fitted(data: AreaData, roots: Array, around: Array, *, rounds: int) -> Propagated:
    """Every combination of the two spreads, given as square roots."""
    first, second = (axis.ravel() for axis in np.meshgrid(roots, around, indexing="ij"))
    size = max(1, _CHUNK // (len(data.events) * len(NODES)))
    parts = [
        propagate(data, first[at : at + size] ** 2, second[at : at + size] ** 2, rounds)
        for at in range(0, len(first), size)
    ]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Propagated.__slots__}
    # half-normal on the spreads; the grid is even in their square roots
    prior = _log_weight(first, len(roots)) + _log_weight(second, len(around))
    return Propagated(**{**joined, "log_weight": joined["log_weight"] + prior})


def _log_weight(root: Array, points: int) -> Array:
    if points == 1:
        return np.zeros_like(root)
    edge = np.where((root == 0) | (root == root.max()), np.log(0.5), 0.0)
    return np.asarray(-0.5 * (root**2 / SPREAD_SCALE) ** 2 + np.log(2 * np.maximum(root, root.max() * 1e-2)) + edge)


def _weights(log_weight: Array) -> Array:
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def _kept(fit: Propagated) -> Propagated:
    """Without grid points that carry next to no weight."""
    weight = _weights(fit.log_weight)
    keep = weight > _KEEP * weight.max()
    return Propagated(**{name: getattr(fit, name)[keep] for name in Propagated.__slots__})


def _marginals(data: AreaData, fit: Propagated, weight: Array, level: float) -> tuple[Array, Array, Array]:
    """Mean rate and both bounds per area, of the mixture over the grid."""
    estimate = np.asarray(weight @ fit.mean)
    low, high = np.empty_like(estimate), np.empty_like(estimate)
    for part in _slices(len(estimate), len(weight)):
        at, below = _distribution(data, fit, weight, part)
        low[part] = _quantile(at, below, (1 - level) / 2)
        high[part] = _quantile(at, below, (1 + level) / 2)
    return estimate, 1 / (1 + np.exp(-low)), 1 / (1 + np.exp(-high))


def _slices(areas: int, grid: int) -> Iterator[slice]:
    size = max(1, _CHUNK // (grid * _POINTS))
    return (slice(start, start + size) for start in range(0, areas, size))


def _distribution(data: AreaData, fit: Propagated, weight: Array, part: slice) -> tuple[Array, Array]:
    """Points of the log-odds and the share of the mixture below them, both ``(areas, points)``."""
    events, trials = data.events[part, None], data.trials[part, None]
    centre, sd = fit.cavity[:, part], fit.cavity_sd[:, part]
    at = _points(fit, part, weight, data)
    log = log_likelihood(events, trials, at)[None] - 0.5 * ((at - centre[..., None]) / sd[..., None]) ** 2
    log -= (fit.log_norm[:, part] + np.log(sd) + 0.5 * np.log(2 * np.pi))[..., None]
    density = np.einsum("g,gap->ap", weight, np.exp(np.minimum(log, 50.0)))
    steps = 0.5 * (density[:, 1:] + density[:, :-1]) * np.diff(at, axis=1)
    below = np.concatenate([np.zeros((len(at), 1)), np.cumsum(steps, axis=1)], axis=1)
    return at, below / below[:, -1:]


def _points(fit: Propagated, part: slice, weight: Array, data: AreaData) -> Array:
    """Points that span every part of the mixture: six standard deviations around its Gaussian summary."""
    centre, sd = fit.cavity[:, part], fit.cavity_sd[:, part]
    rate = np.clip(np.asarray(weight @ fit.mean[:, part]), 1e-9, 1 - 1e-9)
    around = np.log(rate / (1 - rate))
    precise = 1 / sd**2 + (data.trials[part] * rate * (1 - rate))[None]
    wide = np.sqrt(np.asarray(weight @ (1 / precise + (centre - weight @ centre) ** 2 * (1 / (sd**2 * precise)) ** 2)))
    return np.asarray(around[:, None] + 7 * wide[:, None] * np.linspace(-1.0, 0.7, _POINTS))


def _quantile(at: Array, below: Array, share: float) -> Array:
    place = np.clip((below < share).sum(axis=1), 1, at.shape[1] - 1)
    rows = np.arange(len(at))
    before, after = below[rows, place - 1], below[rows, place]
    part = (share - before) / np.maximum(after - before, 1e-300)
    return np.asarray(at[rows, place - 1] + part * (at[rows, place] - at[rows, place - 1]))

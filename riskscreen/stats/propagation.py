"""Expectation propagation for the hierarchical binomial model of :mod:`riskscreen.stats.small_areas`.

At given spreads the likelihood of every area is stood in for by a Gaussian site, refined until its moments are those of
the exact binomial beside all other sites (Minka 2001; for logistic models Kuss & Rasmussen 2005, JMLR 6:1679).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

DAMPING = 0.9
NARROWEST = 0.2
"""Most that one round may narrow an area, as a share of its standard deviation: where all weight lies at the edge of
the points that are tried, they say nothing about its width."""
NODES, NODE_WEIGHTS = np.polynomial.hermite.hermgauss(11)


@dataclass(frozen=True, slots=True)
class AreaData:
    """What is given, in order of the groups; ``offset`` holds the prior mean, ``precision`` is of the effects."""

    events: Array
    trials: Array
    offset: Array
    design: Array
    precision: Array
    starts: Whole
    group: Whole

    def summed(self, values: Array, axis: int = 1) -> Array:
        return np.asarray(np.add.reduceat(values, self.starts, axis=axis))


@dataclass(frozen=True, slots=True)
class Propagated:
    """Grid points with log weight ``(grid,)``, cavities ``(grid, areas)``, own shares, the slope less its prior."""

    within: Array
    around: Array
    log_weight: Array
    cavity: Array
    cavity_sd: Array
    log_norm: Array
    mean: Array
    own: Array
    slope: Array
    slope_sd: Array


def propagate(data: AreaData, within: Array, around: Array, rounds: int) -> Propagated:
    """Expectation propagation for some grid points at once; sites are ``exp(-precision/2 eta^2 + shift eta)``."""
    var, var_around = within[:, None] ** 2, around[:, None] ** 2
    precision, shift = _first_sites(data, len(within))
    state = _gaussian(data, precision, shift, var, var_around)
    for _ in range(rounds):
        moments = _tilted(data, state, precision, shift)
        new = np.maximum(1 / moments.sd**2 - moments.cavity_precision, 1e-9)
        new_shift = moments.mean * (new + moments.cavity_precision) - moments.cavity_shift
        precision = precision + DAMPING * (new - precision)
        shift = shift + DAMPING * (new_shift - shift)
        state = _gaussian(data, precision, shift, var, var_around)
    moments = _tilted(data, state, precision, shift)
    spread = 1 / moments.cavity_precision
    centre = moments.cavity_shift * spread
    held = 0.5 * np.log(state.var * moments.cavity_precision) + 0.5 * (state.mean**2 / state.var - centre**2 / spread)
    return Propagated(
        within,
        around,
        state.log_integral + (moments.log_norm - held).sum(axis=1),
        centre,
        np.sqrt(spread),
        moments.log_norm,
        moments.rate,
        np.clip(precision * state.var, 0.0, 1.0),
        state.slope,
        state.slope_sd,
    )


def _first_sites(data: AreaData, grid: int) -> tuple[Array, Array]:
    """Binomial likelihoods as Gaussians at rates drawn a little towards what is expected."""
    start = 1 / (1 + np.exp(-data.offset))
    rate = (data.events + 5 * start) / (data.trials + 5)
    at = np.log(rate / (1 - rate))
    precision = np.maximum(data.trials * rate * (1 - rate), 1e-9)
    shift = precision * at + data.events - data.trials * rate
    return np.tile(precision, (grid, 1)), np.tile(shift, (grid, 1))


@dataclass(frozen=True, slots=True)
class _Gaussian:
    """Posterior of the log-odds given Gaussian sites."""

    mean: Array
    var: Array
    log_integral: Array
    slope: Array
    slope_sd: Array


def _gaussian(data: AreaData, precision: Array, shift: Array, var: Array, var_around: Array) -> _Gaussian:
    """Mean and variance of every area's log-odds, by eliminating the area, then its group, then the effects."""
    design = data.design
    rest = 1 / (1 + var * precision)
    own = precision * rest
    pull = (shift - precision * data.offset) * rest
    own_design = own[:, :, None] * design
    sums, pulls, designs = data.summed(own), data.summed(pull), data.summed(own_design)
    held = var_around / (1 + var_around * sums)
    cross = np.einsum("gap,aq->gpq", own_design, design) - np.einsum("gw,gwp,gwq->gpq", held, designs, designs)
    precise = cross + data.precision
    right = pull @ design - np.einsum("gw,gwp,gw->gp", held, designs, pulls)
    cov = np.linalg.inv(precise)
    effects = np.einsum("gpq,gq->gp", cov, right)
    fixed = effects @ design.T
    left = pull - own * fixed
    lefts = data.summed(left)
    group = (held * lefts)[:, data.group]
    scaled = left - own * group
    mean = data.offset + fixed + group + var * scaled
    lever = rest[:, :, None] * (design - (held[:, :, None] * designs)[:, data.group, :])
    spread = var * rest + rest**2 * held[:, data.group] + np.einsum("gap,gpq,gaq->ga", lever, cov, lever)
    of_group = lefts / (1 + var_around * sums)
    log_integral = (
        (shift * mean - 0.5 * precision * mean**2).sum(axis=1)
        - 0.5 * (var * scaled**2).sum(axis=1)
        - 0.5 * (var_around * of_group**2).sum(axis=1)
        - 0.5 * np.einsum("gp,pq,gq->g", effects, data.precision, effects)
        + 0.5 * np.log(rest).sum(axis=1)
        - 0.5 * np.log1p(var_around * sums).sum(axis=1)
        - 0.5 * np.linalg.slogdet(precise)[1]
    )
    has = design.shape[1] > 1
    slope = effects[:, 1] if has else np.zeros(len(effects))
    return _Gaussian(mean, spread, log_integral, slope, np.sqrt(cov[:, 1, 1]) if has else np.zeros(len(effects)))


@dataclass(frozen=True, slots=True)
class _Moments:
    """Exact likelihood times cavity: moments of the log-odds, mean rate, and the cavity in natural terms."""

    mean: Array
    sd: Array
    rate: Array
    log_norm: Array
    cavity_precision: Array
    cavity_shift: Array


def _tilted(data: AreaData, state: _Gaussian, precision: Array, shift: Array) -> _Moments:
    """Gauss-Hermite quadrature around the Gaussian posterior."""
    cavity = np.maximum(1 / state.var - precision, 1e-6)
    lean = state.mean / state.var - shift
    sd = np.sqrt(state.var)
    at = state.mean[..., None] + np.sqrt(2) * sd[..., None] * NODES
    log = log_likelihood(data.events[:, None], data.trials[:, None], at)
    centre = lean / cavity
    log += -0.5 * cavity[..., None] * (at - centre[..., None]) ** 2 + NODES**2 + np.log(NODE_WEIGHTS)
    top = log.max(axis=-1)
    mass = np.exp(log - top[..., None])
    total = mass.sum(axis=-1)
    mean = (mass * at).sum(axis=-1) / total
    spread = (mass * (at - mean[..., None]) ** 2).sum(axis=-1) / total
    spread = np.maximum(spread, (NARROWEST * sd) ** 2)
    rate = (mass / (1 + np.exp(-at))).sum(axis=-1) / total
    log_norm = np.log(total) + top + np.log(sd) + 0.5 * np.log(cavity / np.pi)
    return _Moments(mean, np.sqrt(spread), rate, log_norm, cavity, lean)


def log_likelihood(events: Array, trials: Array, at: Array) -> Array:
    return np.asarray(events * at - trials * np.logaddexp(0.0, at))

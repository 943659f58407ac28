"""How well risks rank and fit: AUROC, Brier score, calibration. From rows with weights, or from histograms.

A card has few totals, so everything about it comes from one small histogram per neighbourhood; replicates of that
histogram are judged all at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.stats.logistic import expit, fit_logistic, logit

Array = NDArray[np.float64]
Scale = Literal["plain", "log", "logit"]

FEWEST_BLOCKS = 10
"""With fewer neighbourhoods than this, drawing neighbourhoods says little: single families are drawn instead."""
_EDGE = 1e-12


@dataclass(frozen=True, slots=True)
class Calibration:
    """How risks compare with what was recorded.

    Parameters
    ----------
    slope
        Of the log-odds of the outcome on the log-odds of the risk; 1 is right, below 1 is too extreme.
    in_the_large
        Recorded rate minus mean risk (a share); 0 is right, above 0 is too low a risk.
    """

    slope: float
    in_the_large: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """Figures of one model on one histogram, or on many replicates of it: arrays of shape ``(replicates,)``."""

    auroc: Array
    brier: Array
    calibration_slope: Array
    calibration_in_the_large: Array
    log_loss: Array


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95% interval; ``nan`` where it cannot be given."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate with its 95% interval; ``nan`` where it cannot be given."""

    value: float
    low: float
    high: float


def auroc(scores: Array, outcomes: Array, weights: Array | None = None) -> float:
    """Chance that a family with the outcome scores higher than one without; ties count half.

    Parameters
    ----------
    scores, outcomes, weights
        Shape ``(rows,)``; outcomes are 0 or 1; weights are families per row (default 1).

    Returns
    -------
    float
        ``nan`` when one of both groups is empty. Weighted Mann-Whitney statistic (Bamber 1975).
    """
    weights = np.ones(len(scores)) if weights is None else np.asarray(weights, dtype=np.float64)
    values, code = np.unique(scores, return_inverse=True)
    positive = np.bincount(code, weights * outcomes, len(values)).astype(np.float64)
    negative = np.bincount(code, weights * (1.0 - outcomes), len(values)).astype(np.float64)
    return float(auroc_of_bins(positive, negative))


def brier_score(risks: Array, outcomes: Array, weights: Array | None = None) -> float:
    """Mean squared difference between risk and outcome (Brier 1950); ``nan`` without rows. Shapes ``(rows,)``."""
    weights = np.ones(len(risks)) if weights is None else np.asarray(weights, dtype=np.float64)
    total = float(weights.sum())
    return float(np.sum(weights * (risks - outcomes) ** 2)) / total if total > 0 else float("nan")


def log_loss(risks: Array, outcomes: Array, weights: Array | None = None) -> float:
    """Mean minus log-likelihood of the outcomes at these risks (Good 1952), in nats; ``nan`` without rows.

    Risks are held away from 0 and 1 by 1e-12. Shapes ``(rows,)``; weights are families per row (default 1).
    """
    weights = np.ones(len(risks)) if weights is None else np.asarray(weights, dtype=np.float64)
    held = np.clip(np.asarray(risks, dtype=np.float64), _EDGE, 1 - _EDGE)
    total = float(weights.sum())
    loss = -np.sum(weights * (outcomes * np.log(held) + (1.0 - outcomes) * np.log1p(-held)))
    return float(loss) / total if total > 0 else float("nan")


def calibration(risks: Array, outcomes: Array, weights: Array | None = None) -> Calibration:
    """Slope and in-the-large of risks against recorded outcomes (Cox 1958; Van Calster et al. 2016). ``(rows,)``."""
    weights = np.ones(len(risks)) if weights is None else np.asarray(weights, dtype=np.float64)
    positive = float(np.sum(weights * outcomes))
    total = float(weights.sum())
    if total <= 0:
        return Calibration(float("nan"), float("nan"))
    large = float(np.sum(weights * (outcomes - risks))) / total
    logits = logit(np.asarray(risks, dtype=np.float64))
    if not 0 < positive < total or np.ptp(logits) == 0:
        return Calibration(float("nan"), large)
    line = fit_logistic(logits[:, None], weights * outcomes, weights)
    return Calibration(float(line.coefficients[0]), large)


def assess(risks: Array, positive: Array, total: Array) -> Assessment:
    """Judge a model on histograms of its scores, all replicates at once.

    Parameters
    ----------
    risks
        Risk per bin, ascending, shape ``(bins,)``.
    positive, total
        Families with the outcome, and all, per replicate and bin: shape ``(replicates, bins)``.

    Returns
    -------
    Assessment
        Arrays of shape ``(replicates,)``; ``nan`` where a replicate has no families with (or without) the outcome.
    """
    negative = total - positive
    held = np.clip(risks, _EDGE, 1 - _EDGE)
    with np.errstate(invalid="ignore", divide="ignore"):
        families = total.sum(axis=1)
        brier = (positive @ (1.0 - risks) ** 2 + negative @ risks**2) / families
        large = (positive.sum(axis=1) - total @ risks) / families
        loss = -(positive @ np.log(held) + negative @ np.log1p(-held)) / families
    return Assessment(auroc_of_bins(positive, negative), brier, _slopes(logit(risks), positive, total), large, loss)


def draw_blocks(rng: np.random.Generator, blocks: int, replicates: int) -> Array:
    """How often each neighbourhood is drawn: ``(replicates, blocks)``, each row sums to ``blocks``."""
    return rng.multinomial(blocks, np.full(blocks, 1.0 / blocks), size=replicates).astype(np.float64)


def interval(estimate: float, replicates: Array, *, scale: Scale = "plain", blocks: int | None = None) -> Interval:
    """A 95% interval from the spread of replicates.

    Parameters
    ----------
    estimate
        The figure itself.
    replicates
        The same figure on every replicate, shape ``(replicates,)``.
    scale
        Scale on which the interval is symmetric: ``logit`` for shares such as an AUROC, ``log`` for positive figures.
    blocks
        Number of neighbourhoods drawn (``None``: families were drawn). With few neighbourhoods their spread is itself
        uncertain: Student's t with ``blocks - 1`` degrees of freedom, and the spread times ``sqrt(blocks / (blocks
        - 1))`` (Cameron & Miller 2015, J. Human Resources 50:317; plain percentiles are too narrow).
    """
    from scipy.special import ndtri, stdtrit  # scipy.stats takes a second to import

    moved = _to(scale, replicates)
    sound = moved[np.isfinite(moved)]
    if not np.isfinite(estimate) or len(sound) < 0.95 * len(replicates) or len(sound) < 2:
        return Interval(float("nan"), float("nan"))
    wide = float(stdtrit(blocks - 1, 0.975)) * np.sqrt(blocks / (blocks - 1)) if blocks else float(ndtri(0.975))
    middle = float(_to(scale, np.array([estimate]))[0])
    half = wide * float(np.std(sound, ddof=1))
    low, high = _back(scale, np.array([middle - half, middle + half]))
    return Interval(float(low), float(high))


def auroc_of_bins(positive: Array, negative: Array) -> Array:
    """AUROC of histograms of scores, all at once; ties within a bin count half.

    Parameters
    ----------
    positive, negative
        Families with and without the outcome per bin, ascending score in the last axis: shape ``(..., bins)``.

    Returns
    -------
    Array
        Shape ``(...)``; ``nan`` where one of both is empty.
    """
    below = np.cumsum(negative, axis=-1) - negative / 2.0
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sum(positive * below, axis=-1) / (positive.sum(axis=-1) * negative.sum(axis=-1)))


def _slopes(logits: Array, positive: Array, total: Array) -> Array:
    """Calibration slope per replicate: two-parameter Newton steps for all replicates at once."""
    shift = float(np.average(logits, weights=total.sum(axis=0) + 1e-300))
    x = logits - shift
    share = (positive.sum(axis=1) + 0.5) / (total.sum(axis=1) + 1.0)
    level, slope = logit(share), np.ones(len(positive))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for _ in range(25):
            risks = expit(level[:, None] + slope[:, None] * x)
            rest = positive - total * risks
            weight = total * risks * (1.0 - risks)
            g0, g1 = rest.sum(axis=1), rest @ x
            h00, h01, h11 = weight.sum(axis=1), weight @ x, weight @ x**2
            det = h00 * h11 - h01**2
            move0, move1 = (h11 * g0 - h01 * g1) / det, (h00 * g1 - h01 * g0) / det
            level, slope = level + np.clip(move0, -2, 2), slope + np.clip(move1, -1, 1)
            if not np.any(np.abs(move1) > 1e-10):
                break
    one_sided = (positive.sum(axis=1) == 0) | (positive.sum(axis=1) == total.sum(axis=1))
    return np.where(one_sided | (np.abs(slope) > 20), np.nan, slope)


def _to(scale: Scale, values: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        if scale == "log":
            return np.asarray(np.log(values))
        return np.asarray(np.log(values) - np.log1p(-values)) if scale == "logit" else values


def _back(scale: Scale, values: Array) -> Array:
    if scale == "log":
        return np.asarray(np.exp(values))
    return expit(values) if scale == "logit" else values

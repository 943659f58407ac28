"""Decision curves of models: what an offer at a threshold of risk is worth, from histograms coarsened to bands.

The bands are those that a table may show (enough families with and without the outcome), so a point of a curve gives
nothing away about few families.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.scores.bands import Band, BandSize, bands_of
from riskscreen.scores.judging import Scored
from riskscreen.stats.discrimination import FEWEST_BLOCKS, Figure, draw_blocks, interval
from riskscreen.stats.net_benefit import net_benefit, offer_to_all
from riskscreen.stats.rows import Rows

Array = NDArray[np.float64]

THRESHOLDS = (0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2)
"""Set before any result: from 99 offers to families without a report for one with, down to 4."""


@dataclass(frozen=True, slots=True, eq=False)
class DecisionCurve:
    """Net benefit of one model per threshold, in shares of all families.

    Parameters
    ----------
    model
        Its name.
    net_benefit
        Shape ``(thresholds,)``.
    over_count
        Net benefit minus that of the plain count, paired; empty for the count itself.
    """

    model: str
    net_benefit: Array
    over_count: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, eq=False)
class DecisionCurves:
    """The curves of all models on the same families, with those of an offer to all; an offer to none is 0."""

    thresholds: tuple[float, ...]
    families: int
    outcomes: int
    offer_to_all: Array
    models: tuple[DecisionCurve, ...]

    def model(self, name: str) -> DecisionCurve | None:
        """The curve of one model."""
        return next((one for one in self.models if one.model == name), None)


def decision_curves(
    rows: Rows,
    models: tuple[Scored, ...],
    size: BandSize,
    *,
    seed: int,
    replicates: int,
    thresholds: tuple[float, ...] = THRESHOLDS,
) -> DecisionCurves:
    """Curves of every model, with paired differences to the first (the plain count).

    Parameters
    ----------
    rows, models
        The families, and every model's scores on them.
    size
        What a band must hold.
    """
    at = np.array(thresholds)
    banded = [_banded(rows, model, size) for model in models]
    blocks = int(rows.block.max(initial=-1)) + 1
    weights = draw_blocks(np.random.default_rng(seed), blocks, replicates) if blocks >= FEWEST_BLOCKS else None
    found = [net_benefit(one.risks, one.positive.sum(axis=0), one.total.sum(axis=0), at) for one in banded]
    drawn = [_drawn(one, weights, at) for one in banded]
    curves = tuple(
        DecisionCurve(model.model, value, _over(value - found[0], mine, drawn[0], blocks) if place else ())
        for place, (model, value, mine) in enumerate(zip(models, found, drawn, strict=True))
    )
    families, outcomes = float(rows.families.sum()), rows.outcomes
    all_ = offer_to_all(np.array([outcomes]), np.array([families]), at)
    return DecisionCurves(thresholds, int(families), int(outcomes), all_, curves)


@dataclass(frozen=True, slots=True)
class _Banded:
    """Risk per band, and counts per neighbourhood and band."""

    risks: Array
    positive: Array
    total: Array


def _banded(rows: Rows, model: Scored, size: BandSize) -> _Banded:
    bands = bands_of(model.bins, rows.outcome, rows.families, model.row_risk, size=size)
    if not bands:
        bands = (
            Band(0, int(model.bins.max(initial=0)), 0, 0, float(np.average(model.row_risk, weights=rows.families))),
        )
    last = np.array([band.last for band in bands])
    place = np.minimum(np.searchsorted(last, model.bins), len(bands) - 1)
    shape = (int(rows.block.max(initial=-1)) + 1, len(bands))
    cell = rows.block * len(bands) + place
    total = np.bincount(cell, rows.families, shape[0] * shape[1]).reshape(shape)
    positive = np.bincount(cell, rows.families * rows.outcome, shape[0] * shape[1]).reshape(shape)
    return _Banded(np.array([band.expected for band in bands]), positive.astype(np.float64), total.astype(np.float64))


def _drawn(one: _Banded, weights: Array | None, at: Array) -> Array | None:
    return None if weights is None else net_benefit(one.risks, weights @ one.positive, weights @ one.total, at)


def _over(difference: Array, mine: Array | None, count: Array | None, blocks: int) -> tuple[Figure, ...]:
    """Differences with intervals; without enough neighbourhoods to draw there is no interval."""
    if mine is None or count is None:
        return tuple(Figure(float(value), float("nan"), float("nan")) for value in difference)
    bounds = [
        interval(float(value), mine[:, place] - count[:, place], blocks=blocks)
        for place, value in enumerate(difference)
    ]
    return tuple(Figure(float(v), b.low, b.high) for v, b in zip(difference, bounds, strict=True))

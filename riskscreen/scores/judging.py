"""Models judged on families and dates they were not fitted on, with intervals that draw neighbourhoods.

Everything runs on one histogram per model and neighbourhood: replicates draw neighbourhoods with replacement, so a
family (which lives in one) is drawn once with all its dates. The same draws serve every model, so differences between
models are paired.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.records.card import Card
from riskscreen.scores.challenger import Challenger
from riskscreen.stats.discrimination import (
    FEWEST_BLOCKS,
    Assessment,
    Figure,
    Scale,
    assess,
    auroc,
    brier_score,
    calibration,
    draw_blocks,
    interval,
    log_loss,
)
from riskscreen.stats.rows import Rows

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

REPLICATES = 400
BINS = 1000
"""A continuous score is cut at this many quantiles, for its replicates only."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A model minus another one on the same families, with intervals from the same draws (paired).

    Parameters
    ----------
    to
        Name of the other model.
    auroc, brier, log_loss
        Above 0 is better for ``auroc``; below 0 is better for the other two.
    """

    to: str
    auroc: Figure
    brier: Figure
    log_loss: Figure


@dataclass(frozen=True, slots=True)
class Judged:
    """One model, judged."""

    model: str
    families: int
    outcomes: int
    auroc: Figure
    brier: Figure
    calibration_slope: Figure
    calibration_in_the_large: Figure
    gain: Figure
    """AUROC minus that of the first model (the plain count)."""
    log_loss: Figure
    differences: tuple[Difference, ...] = ()
    """To the models named in ``against``."""

    def difference(self, to: str) -> Difference | None:
        """The difference to the model called ``to``; ``None`` when it was not asked for, or is this model."""
        return next((one for one in self.differences if one.to == to), None)


@dataclass(frozen=True, slots=True)
class Scored:
    """A model's scores on rows: a bin per row, a risk per bin (ascending), and the exact risk per row."""

    model: str
    bins: Codes
    risks: Array
    row_risk: Array


def score_card(card: Card, rows: Rows) -> Scored:
    """Scores of a card: its bins are totals of points."""
    points = card.points(rows.columns(), rows=len(rows.families))
    risks = card.risk(np.arange(int(points.max(initial=0)) + 1))
    return Scored(card.name, points, risks, risks[points])


def score_challenger(challenger: Challenger, rows: Rows) -> Scored:
    """Scores of the challenger: its bins are up to 1,000 quantiles of its risk."""
    return score_risks("challenger", challenger.risk(rows.only(challenger.stressors).levels), rows)


def score_risks(model: str, risk: Array, rows: Rows) -> Scored:
    """Scores of any model that gives a risk per row: its bins are up to 1,000 quantiles of that risk."""
    bins = quantile_bins(risk, rows.families, BINS)
    families = np.bincount(bins, rows.families)
    return Scored(model, bins, np.bincount(bins, rows.families * risk) / families, risk)


def quantile_bins(scores: Array, families: Array, most: int) -> Codes:
    """Bins from 0 of about equally many families, in order of score; ties share a bin. Shape ``(rows,)``."""
    values, code = np.unique(scores, return_inverse=True)
    total = np.bincount(code, families, len(values))
    middle = (np.cumsum(total) - total / 2.0) / max(float(total.sum()), 1.0)
    bins = np.minimum(np.floor(middle * most), most - 1).astype(np.int64)
    return np.asarray(np.unique(bins, return_inverse=True)[1][code], dtype=np.int64)


def judge(
    rows: Rows, models: tuple[Scored, ...], *, seed: int, replicates: int = REPLICATES, against: tuple[str, ...] = ()
) -> tuple[Judged, ...]:
    """Judge models on the same rows; ``gain`` is against the first model, ``differences`` to those in ``against``.

    With fewer than ten neighbourhoods families are drawn instead (Poisson draws of cells), so those intervals do not
    know about neighbourhoods.
    """
    draws = _draw(rows, models, np.random.default_rng(seed), replicates)
    exact = [_exact(rows, model, drawn) for model, drawn in zip(models, draws.assessments, strict=True)]
    others = [one for one in exact if one.model in against]
    return tuple(_judged(rows, one, exact[0], others, draws.blocks) for one in exact)


@dataclass(frozen=True, slots=True)
class _Draws:
    assessments: tuple[Assessment, ...]
    blocks: int | None


@dataclass(frozen=True, slots=True)
class _Exact:
    """The figures of a model on its exact risks, and the same on every replicate."""

    model: str
    auroc: float
    brier: float
    log_loss: float
    slope: float
    large: float
    drawn: Assessment


def _exact(rows: Rows, model: Scored, drawn: Assessment) -> _Exact:
    given = (model.row_risk, rows.outcome, rows.families)
    fitted = calibration(*given)
    return _Exact(
        model.model, auroc(*given), brier_score(*given), log_loss(*given), fitted.slope, fitted.in_the_large, drawn
    )


def _judged(rows: Rows, one: _Exact, first: _Exact, others: list[_Exact], blocks: int | None) -> Judged:
    def figure(value: float, replicates: Array, scale: Scale = "plain") -> Figure:
        bounds = interval(value, replicates, scale=scale, blocks=blocks)
        return Figure(value, bounds.low, bounds.high)

    drawn = one.drawn
    return Judged(
        one.model,
        int(rows.families.sum()),
        int(rows.outcomes),
        figure(one.auroc, drawn.auroc, "logit"),
        figure(one.brier, drawn.brier, "log"),
        figure(one.slope, drawn.calibration_slope),
        figure(one.large, drawn.calibration_in_the_large),
        figure(one.auroc - first.auroc, drawn.auroc - first.drawn.auroc),
        figure(one.log_loss, drawn.log_loss, "log"),
        tuple(_difference(one, other, blocks) for other in others if other.model != one.model),
    )


def _difference(one: _Exact, other: _Exact, blocks: int | None) -> Difference:
    def figure(value: float, replicates: Array) -> Figure:
        bounds = interval(value, replicates, blocks=blocks)
        return Figure(value, bounds.low, bounds.high)

    mine, theirs = one.drawn, other.drawn
    return Difference(
        other.model,
        figure(one.auroc - other.auroc, mine.auroc - theirs.auroc),
        figure(one.brier - other.brier, mine.brier - theirs.brier),
        figure(one.log_loss - other.log_loss, mine.log_loss - theirs.log_loss),
    )


def _draw(rows: Rows, models: tuple[Scored, ...], rng: np.random.Generator, replicates: int) -> _Draws:
    blocks = int(rows.block.max(initial=-1)) + 1
    if blocks >= FEWEST_BLOCKS:
        weights = draw_blocks(rng, blocks, replicates)
        return _Draws(tuple(_assess_blocks(rows, model, weights) for model in models), blocks)
    cells = np.column_stack([*(model.bins for model in models), rows.outcome.astype(np.int64)])
    joint, code = np.unique(cells, axis=0, return_inverse=True)
    families = np.bincount(code.ravel(), rows.families, len(joint))
    drawn = rng.poisson(families, size=(replicates, len(joint))).astype(np.float64)
    return _Draws(
        tuple(_assess_cells(model, joint[:, place], joint[:, -1], drawn) for place, model in enumerate(models)), None
    )


def _assess_blocks(rows: Rows, model: Scored, weights: Array) -> Assessment:
    size = len(model.risks)
    shape = (weights.shape[1], size)
    place = rows.block * size + model.bins
    total = np.bincount(place, rows.families, shape[0] * size).reshape(shape)
    positive = np.bincount(place, rows.families * rows.outcome, shape[0] * size).reshape(shape)
    return assess(model.risks, weights @ positive, weights @ total)


def _assess_cells(model: Scored, bins: Codes, outcome: Codes, drawn: Array) -> Assessment:
    size = len(model.risks)
    total, positive = np.zeros((len(drawn), size)), np.zeros((len(drawn), size))
    for hit in (0, 1):
        at = np.flatnonzero(outcome == hit)
        at = at[np.argsort(bins[at], kind="stable")]
        if len(at) == 0:
            continue
        places, starts = np.unique(bins[at], return_index=True)
        summed = np.add.reduceat(drawn[:, at], starts, axis=1)
        total[:, places] += summed
        if hit:
            positive[:, places] += summed
    return assess(model.risks, positive, total)

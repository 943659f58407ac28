"""The prior on the lines of a card, chosen among a few by cross-validation over the folds that fit; no other family."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskscreen.records.card import Line
from riskscreen.settings import Scores
from riskscreen.stats.discrimination import log_loss
from riskscreen.stats.logistic import expit, fit_logistic
from riskscreen.stats.profiles import UniqueProfiles, unique_profiles
from riskscreen.stats.rows import Rows, rows_of

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

GRID = (1.0, 4.0, 16.0, 64.0)
"""Penalties on squared log-odds: as if log-odds were drawn with a standard deviation of 1, 1/2, 1/4 or 1/8."""
USUAL = 4.0
"""Where nothing can be compared: with too few outcomes in a part."""
PARTS = 3
_FEWEST = 20


@dataclass(frozen=True, slots=True)
class Prior:
    """The chosen penalty and what every other one came to.

    Parameters
    ----------
    ridge
        The penalty of :class:`riskscreen.RiskCard`.
    losses
        Mean log-loss on the part left out, per penalty; empty when nothing could be compared.
    """

    ridge: float
    losses: Mapping[float, float]

    def to_dict(self) -> dict[str, Any]:
        """For the ledger: how it was chosen, before anything was judged."""
        return {
            "ridge": self.ridge,
            "ridge_grid": list(GRID),
            "ridge_parts": PARTS if self.losses else 0,
            "ridge_log_loss": {f"{ridge:g}": round(loss, 8) for ridge, loss in self.losses.items()},
        }


def choose_ridge(
    counts: pd.DataFrame,
    names: tuple[str, ...],
    train: tuple[date, ...],
    folds: Collection[int],
    settings: Scores,
    *,
    min_outcomes: float,
) -> Prior:
    """The penalty with the lowest log-loss on folds left out; on a tie the strongest.

    Lines are chosen once per part, without the fold left out; every penalty then fits the log-odds of those lines.

    Parameters
    ----------
    counts, names, train
        As for :func:`riskscreen.scores.fit.fit`.
    folds
        The folds that fit; they are divided over three parts, so a family is never on both sides.
    min_outcomes
        Least number of outcomes on a line.
    """
    order = sorted(folds)
    parts = [order[part::PARTS] for part in range(PARTS)]
    if min(len(part) for part in parts) == 0:
        return Prior(USUAL, {})
    sums, families = np.zeros(len(GRID)), 0.0
    for part in parts:
        out = rows_of(counts, names, train, folds=part)
        rest = rows_of(counts, names, train, folds=[fold for fold in order if fold not in part])
        if min(out.outcomes, rest.outcomes) < _FEWEST or not rest.covered():
            return Prior(USUAL, {})
        size = float(out.families.sum())
        sums += size * _losses(rest, out, settings, min_outcomes)
        families += size
    losses = dict(zip(GRID, (float(loss) for loss in sums / families), strict=True))
    return Prior(min(sorted(GRID, reverse=True), key=lambda ridge: round(losses[ridge], 10)), losses)


def _losses(rest: Rows, out: Rows, settings: Scores, min_outcomes: float) -> Array:
    """Log-loss on ``out`` per penalty, for lines and log-odds from ``rest``."""
    lines = _lines(rest, settings, min_outcomes)
    inside, outside = _held(lines, rest), _held(lines, out)
    start, losses = None, []
    for ridge in sorted(GRID, reverse=True):
        fit = fit_logistic(inside.levels, inside.positive, inside.total, ridge=ridge, nonnegative=True, start=start)
        start = np.concatenate([[fit.intercept], fit.coefficients])
        risks = expit(fit.intercept + outside.levels @ fit.coefficients)
        losses.append(_log_loss(risks, outside))
    return np.array(losses[::-1])


def _lines(rows: Rows, settings: Scores, min_outcomes: float) -> tuple[Line, ...]:
    import pandas as pd

    from riskscreen.scores.card import RiskCard

    part = rows.only(rows.covered())
    card = RiskCard(settings.max_lines, settings.max_points, monotone=True, min_outcomes=min_outcomes, ridge=USUAL)
    card.fit(pd.DataFrame(part.levels, columns=list(part.stressors)), part.outcome, sample_weight=part.families)
    return card.card_.lines


def _held(lines: tuple[Line, ...], rows: Rows) -> UniqueProfiles:
    """Profiles that no line tells apart, summed: the fits run on these few."""
    levels = rows.columns()
    held = [line.holds(levels[line.stressor]).astype(np.float64) for line in lines]
    design = np.column_stack(held) if held else np.zeros((len(rows.families), 0))
    return unique_profiles(design, rows.outcome, rows.families)


def _log_loss(risks: Array, profiles: UniqueProfiles) -> float:
    outcome = np.repeat([1.0, 0.0], len(risks))
    weights = np.concatenate([profiles.positive, profiles.total - profiles.positive])
    return log_loss(np.tile(risks, 2), outcome, weights)

"""How many lines a card gets, and the prior on them: chosen by cross-validation over the folds that fit.

A card grows on part of the folds, line by line; every size is judged on the folds left out. Neighbouring sizes differ
by a few families, so what counts is the difference between two sizes on the same families, not the loss of each: the
card gets the fewest lines whose loss is within one standard error of the lowest (the one-standard-error rule of Breiman
e.a. 1984, on paired differences).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskscreen.records.card import Line
from riskscreen.scores.lines import candidate_lines, growing_path
from riskscreen.settings import Scores
from riskscreen.stats.logistic import LogisticFit, fit_logistic
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
_EDGE = 1e-12


@dataclass(frozen=True, slots=True)
class Prior:
    """What cross-validation chose, and what everything else came to.

    Parameters
    ----------
    ridge
        The penalty of :class:`riskscreen.RiskCard`.
    lines
        Its most lines.
    losses
        Mean log-loss on the parts left out, per penalty; empty when nothing could be compared.
    sizes
        The same per number of lines, with the standard error of its difference to the lowest.
    """

    ridge: float
    lines: int
    losses: Mapping[float, float]
    sizes: tuple[Size, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """For the ledger: how it was chosen, before anything was judged."""
        return {
            "ridge": self.ridge,
            "ridge_grid": list(GRID),
            "ridge_parts": PARTS if self.losses else 0,
            "ridge_log_loss": {f"{ridge:g}": round(loss, 8) for ridge, loss in self.losses.items()},
            "lines": self.lines,
            "lines_log_loss": {str(size.lines): round(size.loss, 8) for size in self.sizes},
            "lines_standard_error": {str(size.lines): round(size.error, 8) for size in self.sizes},
        }


@dataclass(frozen=True, slots=True)
class Size:
    """Mean log-loss of a card with so many lines, and the standard error of its difference to the lowest."""

    lines: int
    loss: float
    error: float


def choose_prior(
    counts: pd.DataFrame,
    names: tuple[str, ...],
    train: tuple[date, ...],
    folds: Collection[int],
    settings: Scores,
    *,
    min_outcomes: float,
) -> Prior:
    """The fewest lines within one standard error of the lowest log-loss, then the penalty with the lowest.

    On a tie between penalties it is the strongest. Both are judged on folds left out.

    Parameters
    ----------
    counts, names, train
        As for :func:`riskscreen.scores.fit.fit`.
    folds
        The folds that fit; they are divided over three parts, so a family is never on both sides.
    settings
        Up to ``max_lines`` lines.
    min_outcomes
        Least number of outcomes on a line.
    """
    order = sorted(folds)
    parts = [order[part::PARTS] for part in range(PARTS)]
    if min(len(part) for part in parts) == 0:
        return Prior(USUAL, settings.max_lines, {})
    grown = []
    for part in parts:
        out = rows_of(counts, names, train, folds=part)
        rest = rows_of(counts, names, train, folds=[fold for fold in order if fold not in part])
        if min(out.outcomes, rest.outcomes) < _FEWEST or not rest.covered():
            return Prior(USUAL, settings.max_lines, {})
        grown.append(_grown(rest, out, settings.max_lines, min_outcomes))
    sizes = _sizes(grown)
    lines = fewest(sizes)
    weights = np.array([one.out.families.sum() for one in grown])
    per_part = np.array([_losses(one, lines) for one in grown])
    losses = dict(zip(GRID, (float(loss) for loss in weights @ per_part / weights.sum()), strict=True))
    ridge = min(sorted(GRID, reverse=True), key=lambda ridge: round(losses[ridge], 10))
    return Prior(ridge, max(lines, 1), losses, sizes)


def fewest(sizes: tuple[Size, ...]) -> int:
    """The fewest lines whose loss exceeds the lowest by at most one standard error of that difference."""
    lowest = min(size.loss for size in sizes)
    return min(size.lines for size in sizes if size.loss - lowest <= size.error + _EDGE)


@dataclass(frozen=True, slots=True, eq=False)
class _Grown:
    """A card that grew on ``rest``: its lines in the order in which they came, and the fit at every size."""

    rest: Rows
    out: Rows
    lines: tuple[Line, ...]
    fits: tuple[LogisticFit, ...]


def _grown(rest: Rows, out: Rows, most: int, min_outcomes: float) -> _Grown:
    from riskscreen.scores.card import RiskCard

    usual = RiskCard(max_lines=most, monotone=True, min_outcomes=min_outcomes, ridge=USUAL)
    part = rest.only(rest.covered())
    profiles = unique_profiles(part.levels, part.outcome, part.families)
    candidates, holdings = candidate_lines(
        profiles, monotone=True, max_cuts=usual.max_cuts, min_outcomes=usual.min_outcomes
    )
    path = growing_path(holdings, max_lines=usual.max_lines, min_gain=usual.min_gain, ridge=usual.ridge)
    found = [candidates[place] for place in path.order]
    lines = tuple(Line(part.stressors[one.column], one.side, one.cut, 1) for one in found)
    return _Grown(rest, out, lines, path.fits)


def _sizes(grown: list[_Grown]) -> tuple[Size, ...]:
    """Every size that some part came to; a card that stopped growing earlier stays as it is."""
    most = max(len(one.lines) for one in grown)
    together = [_losses_by_size(one, most) for one in grown]
    losses = np.concatenate([loss for loss, _ in together], axis=1)
    families = np.concatenate([families for _, families in together])
    means = losses.sum(axis=1) / families.sum()
    lowest = int(np.argmin(np.round(means, 10)))
    return tuple(
        Size(size, float(means[size]), standard_error(losses[size] - losses[lowest], families))
        for size in range(most + 1)
    )


def _losses_by_size(grown: _Grown, most: int) -> tuple[Array, Array]:
    """Summed log-loss per size and neighbourhood, shape ``(most + 1, neighbourhoods)``, and families of each."""
    out, design = grown.out, _design(grown.lines, grown.out)
    place = np.unique(out.block, return_inverse=True)[1]
    families = np.bincount(place, out.families).astype(np.float64)
    losses = np.zeros((most + 1, len(families)))
    for size in range(most + 1):
        fit = grown.fits[min(size, len(grown.lines))]
        logits = fit.intercept + design[:, : len(fit.coefficients)] @ fit.coefficients
        losses[size] = np.bincount(place, out.families * (np.logaddexp(0.0, logits) - out.outcome * logits))
    return losses, families


def standard_error(sums: Array, families: Array) -> float:
    """Standard error of the mean over families of something summed per neighbourhood.

    Parameters
    ----------
    sums, families
        Shape ``(neighbourhoods,)``.

    Notes
    -----
    That of a ratio of sums over clusters (Cochran 1977, Sampling Techniques, 6.3).
    """
    clusters = len(families)
    left = sums - families * (sums.sum() / families.sum())
    return float(np.sqrt(clusters / max(clusters - 1, 1) * np.sum(left**2)) / families.sum())


def _losses(grown: _Grown, size: int) -> Array:
    """Mean log-loss on the part left out per penalty, for the first lines."""
    lines = grown.lines[:size]
    inside, outside = _held(lines, grown.rest), _held(lines, grown.out)
    start, losses = None, []
    for ridge in sorted(GRID, reverse=True):
        fit = fit_logistic(inside.levels, inside.positive, inside.total, ridge=ridge, nonnegative=True, start=start)
        start = np.concatenate([[fit.intercept], fit.coefficients])
        logits = fit.intercept + outside.levels @ fit.coefficients
        summed = np.sum(outside.total * np.logaddexp(0.0, logits) - outside.positive * logits)
        losses.append(summed / outside.total.sum())
    return np.array(losses[::-1])


def _held(lines: tuple[Line, ...], rows: Rows) -> UniqueProfiles:
    """Profiles that no line tells apart, summed: the fits run on these few."""
    return unique_profiles(_design(lines, rows), rows.outcome, rows.families)


def _design(lines: tuple[Line, ...], rows: Rows) -> Array:
    """Where each line holds, shape ``(rows, lines)`` of 0 and 1."""
    levels = rows.columns()
    held = [line.holds(levels[line.stressor]).astype(np.float64) for line in lines]
    return np.column_stack(held) if held else np.zeros((len(rows.families), 0))

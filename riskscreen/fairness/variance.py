"""How sure a metric is, per group: independent families, or neighbourhoods drawn as a whole.

With blocks the variance is the sandwich over blocks of the linearised share, each block's part divided by the root of
one minus its share of the group (the small-sample form of Bell and McCaffrey 2002). Degrees of freedom follow from how
evenly a group is spread over blocks.

With sampling weights a rate is a ratio of two weighted sums, and its variance that of its linearised form under
drawing with replacement (Binder 1983; Särndal, Swensson and Wretman 1992, section 5.5): the sum over families of
``(weight * (numerator - rate) / weights in the denominator)^2``. Per cell that needs only the sum of squared weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.fairness.metrics import CALIBRATION, METRICS, Counts, group_values, share
from riskscreen.stats.intervals import Bounds, wilson

Floats = NDArray[np.float64]

LEAST_EFFECT = 0.25
"""A design effect estimated from few blocks is not believed below this.

(A floor of 1 made intervals of 20 blocks cover 98% instead of 95%.)"""


@dataclass(frozen=True, slots=True)
class Figures:
    """One metric for the groups of one attribute; arrays of shape ``(groups,)`` unless said.

    Parameters
    ----------
    value
        The metric; ``nan`` where it divides by no families.
    numerator, denominator
        Families; with weights, so many that equal weights would tell as much (Kish 1965).
    seen
        Families seen in the denominator.
    base
        Families, or the sum of their weights, in the denominator.
    mean_risk
        Mean predicted risk (``nan`` when none is known).
    variance
        Of ``value``, with blocks when given.
    effect
        Design effect: ``variance`` over that of ``denominator`` independent families; 1 without blocks and weights.
    spread
        Share of each group's denominator by block, shape ``(blocks, groups)``; one row of ones without blocks.
    influence
        Linearised contribution of each block to each value, shape ``(blocks, groups)``; no rows without blocks.
    """

    counts: Counts
    metric: str
    value: Floats
    numerator: Floats
    denominator: Floats
    seen: Floats
    base: Floats
    mean_risk: Floats
    variance: Floats
    effect: Floats
    spread: Floats
    influence: Floats

    @property
    def blocked(self) -> bool:
        """Were blocks given?"""
        return bool(len(self.influence))

    @property
    def effective_blocks(self) -> Floats:
        """How many equal blocks would vary as much; infinite without blocks."""
        if not self.blocked:
            return np.full(len(self.value), np.inf)
        square = self.spread**2
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(square.sum(axis=0) ** 2 / (square**2).sum(axis=0))

    @property
    def freedom(self) -> Floats:
        """Degrees of freedom of each group's variance."""
        return np.asarray(np.maximum(np.nan_to_num(self.effective_blocks, nan=1.0, posinf=np.inf) - 1, 1.0))

    def pair_freedom(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> Floats:
        """Degrees of freedom of the variance of differences, shape ``(pairs,)``.

        Groups in the same blocks have one mean taken off per block pattern, groups in other blocks two.
        """
        if not self.blocked:
            return np.full(len(first), np.inf)
        square = self.spread**2
        size, both = square.sum(axis=0), square.T @ square
        together = self.spread.T @ self.spread
        fourth = np.diag(both)
        total = size[first] + size[second]
        with np.errstate(divide="ignore", invalid="ignore"):
            blocks = total**2 / (fourth[first] + fourth[second] + 2 * both[first, second])
            alike = together[first, second] / np.sqrt(size[first] * size[second])
        return np.asarray(np.maximum(np.nan_to_num(blocks - 2 + alike, nan=1.0), 1.0))

    def limits(self, quantile: Floats, place: NDArray[np.int64] | None = None) -> Bounds:
        """Wilson limits of the metric at ``quantile`` standard errors, for the groups at ``place`` (default all)."""
        at = np.arange(len(self.value)) if place is None else place
        effect = self.effect[at]
        bounds = wilson(self.numerator[at] / effect, self.denominator[at] / effect, quantile=quantile)
        if self.metric != CALIBRATION:
            return bounds
        return Bounds(self.mean_risk[at] - bounds.high, self.mean_risk[at] - bounds.low)


def figures_of(counts: Counts, metric: str) -> Figures:
    """Value and variance of a metric for every group of an attribute."""
    value = group_values(counts, metric)
    numerator, denominator = _effective(counts, metric)
    plain = _binomial(numerator, denominator)
    if len(counts.cells) > 1:
        spread, influence = _influence(counts, metric)
        effect = _block_effect(counts, metric, plain, influence)
    else:
        spread, influence = np.ones((1, len(value))), np.zeros((0, len(value)))
        effect = np.ones(len(value)) if counts.weighted is None else _weight_effect(counts, metric, plain)
    return Figures(
        counts,
        metric,
        value,
        numerator,
        denominator,
        share(metric, counts.totals)[1],
        share(metric, counts.population)[1],
        counts.mean_risk,
        plain * effect,
        effect,
        spread,
        influence,
    )


def _effective(counts: Counts, metric: str) -> tuple[Floats, Floats]:
    """Numerator and denominator in families of equal weight; ``nan`` where they rest on suppressed cells."""
    above, below = share(metric, counts.population)
    squares = share(metric, counts.squares)[1]
    weight = np.divide(squares, below, out=np.ones(len(below)), where=below > 0)
    weight[counts.rests_on_suppressed(metric)] = np.nan
    return above / weight, below / weight


def _block_effect(counts: Counts, metric: str, plain: Floats, influence: Floats) -> Floats:
    raw = (influence**2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.where(_inside(counts, metric), raw / plain, _usual_effect(counts, metric))
    return np.asarray(np.maximum(np.nan_to_num(effect, nan=1.0), LEAST_EFFECT))


def _weight_effect(counts: Counts, metric: str, plain: Floats) -> Floats:
    """Of weights that go with the outcome; 1 at a share of 0 or 1, where families of equal weight tell it all."""
    above, below = share(metric, counts.population)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = _per_family(metric, above / below, below)
        effect = (counts.squares * part**2).sum(axis=(1, 2)) / plain
    # The draws of the critical value see the last digit: equal weights must give 1, not nearly 1.
    return np.where(_inside(counts, metric), np.round(effect, 12), 1.0)


def _inside(counts: Counts, metric: str) -> NDArray[np.bool_]:
    """Is the share other than 0 and 1? By families seen: sums of weights need not be exact."""
    numerator, denominator = share(metric, counts.totals)
    return np.asarray((numerator > 0) & (numerator < denominator))


def covariance_of(parts: list[tuple[Figures, NDArray[np.int64], int]], overlap: Floats) -> Floats:
    """Joint covariance of values over attributes and metrics.

    Parameters
    ----------
    parts
        Figures, the places of the groups to take, and where this attribute's groups start in ``overlap``.
    overlap
        See :class:`riskscreen.fairness.intake.Intake`; unused with blocks.
    """
    variance = np.concatenate([figures.variance[at] for figures, at, _ in parts] or [np.zeros(0)])
    if parts and parts[0][0].blocked:
        influence = np.concatenate([figures.influence[:, at] for figures, at, _ in parts], axis=1)
        joint = influence.T @ influence
    else:
        joint = _independent(parts, overlap)
    np.fill_diagonal(joint, np.maximum(variance, np.diag(joint)))
    return np.asarray(joint)


def _independent(parts: list[tuple[Figures, NDArray[np.int64], int]], overlap: Floats) -> Floats:
    """Families are independent: what two values share is the families (squared weights) they have in common."""
    places = np.concatenate([start + at for _, at, start in parts] or [np.zeros(0, np.int64)])
    joint = np.zeros((len(places), len(places)))
    per_cell = [
        _per_family(figures.metric, figures.numerator[at] / figures.denominator[at], figures.base[at])
        for figures, at, _ in parts
    ]
    part = np.concatenate(per_cell) if per_cell else np.zeros((0, 2, 2))
    for selected in (0, 1):
        for outcome in (0, 1):
            column = part[:, selected, outcome]
            joint += overlap[selected, outcome][np.ix_(places, places)] * np.outer(column, column)
    return joint


def _per_family(metric: str, rate: Floats, base: Floats) -> Floats:
    """What one family of each cell adds to the value's deviation, per unit of weight, shape ``(groups, 2, 2)``."""
    chosen = METRICS[metric]
    return chosen.denominator * (chosen.numerator - rate[:, None, None]) / base[:, None, None]


def _binomial(numerator: Floats, denominator: Floats) -> Floats:
    """Variance of a share; at 0 and 1 of the share with half a family added on both sides."""
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = (numerator > 0) & (numerator < denominator)
        rate = np.where(inside, numerator / denominator, (numerator + 0.5) / (denominator + 1))
        return np.asarray(rate * (1 - rate) / denominator)


def _influence(counts: Counts, metric: str) -> tuple[Floats, Floats]:
    above, below = share(metric, counts.by_block)
    if metric == CALIBRATION and counts.risk is not None:
        above = counts.risk - above
    total = below.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.nan_to_num(below / total)
        part = np.nan_to_num((above - below * (above.sum(axis=0) / total)) / total)
        part = np.where(spread < 1, part / np.sqrt(1 - spread), 0.0)
    return spread, part


def _usual_effect(counts: Counts, metric: str) -> Floats:
    """Design effect from the whole table's within-block correlation, for groups whose own share is 0 or 1."""
    whole = counts.whole
    _, influence = _influence(whole, metric)
    plain = _binomial(*_effective(whole, metric))
    _, per_block = share(metric, counts.by_block)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = (per_block**2).sum(axis=0) / per_block.sum(axis=0)
        both = per_block.sum(axis=1)
        average = (both**2).sum() / both.sum()
        alike = ((influence**2).sum(axis=0) / plain - 1) / (average - 1)
        return np.asarray(1 + (size - 1) * np.clip(np.nan_to_num(alike), 0, 1))

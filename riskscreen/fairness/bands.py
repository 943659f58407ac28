"""Every group at every threshold, with intervals that hold for all pairs of groups at once.

A threshold is a total of points; at or above it a family is selected. There is one count per neighbourhood, group,
total and outcome, so that a replicate is a product of two small matrices and every threshold a sum from the right.
Replicates draw neighbourhoods as a whole. When there are many, they are first put at random into a few hundred groups
that are drawn instead (random groups: Wolter 2007, chapter 2): the variance stays what it is, and a million families
take as long as ten thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskscreen.fairness.metrics import METRICS
from riskscreen.stats.discrimination import draw_blocks
from riskscreen.stats.intervals import Bounds, mover_difference, normal_tail, t_quantile, wilson

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

AT_A_THRESHOLD = ("selection_rate", "true_positive_rate", "false_positive_rate", "positive_predictive_value")
"""Metrics that change with the threshold and of which the others are a complement."""
MOST_DRAWN = 500
"""So many neighbourhoods, or random groups of them, are drawn."""
REPLICATES = 1000
LEVEL = 0.95
_LEAST_EFFECT = 0.25
"""A design effect from few neighbourhoods is not believed below this."""
_POWER = 0.8416
"""Normal quantile of 80%."""


@dataclass(frozen=True, slots=True)
class Histograms:
    """Families of one attribute by neighbourhood, group, total of points and outcome.

    Parameters
    ----------
    attribute, groups
        Its name and values.
    scores
        Totals of points, or scores, ascending, shape ``(scores,)``.
    counts
        Shape ``(blocks, groups, scores, 2)``: neighbourhoods (or random groups of them, or of families), and without
        or with the outcome.
    """

    attribute: str
    groups: tuple[str, ...]
    scores: Floats
    counts: Ints = field(repr=False)


@dataclass(frozen=True, slots=True)
class Band:
    """One metric of the groups of one attribute, at every threshold. For use inside: printing it shows no values.

    Parameters
    ----------
    attribute, metric, groups
        What is compared.
    thresholds
        Points from which a family is selected, shape ``(thresholds,)``.
    value, low, high, denominator
        Per group, with its own 95% interval, and the families that it divides by; shape ``(groups, thresholds)``;
        ``nan`` where it divides by none.
    difference, difference_low, difference_high
        Largest minus smallest group among those with enough families, with the interval that is the projection of
        intervals for all pairs at once; shape ``(thresholds,)``; ``nan`` where fewer than two have enough.
    critical
        Standard errors to go out for all pairs at once, shape ``(thresholds,)``.
    visible
        The smallest difference between two groups that four in five samples of this size would tell from 0.
    """

    attribute: str
    metric: str
    groups: tuple[str, ...]
    thresholds: Floats = field(repr=False)
    value: Floats = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    denominator: Floats = field(repr=False)
    difference: Floats = field(repr=False)
    difference_low: Floats = field(repr=False)
    difference_high: Floats = field(repr=False)
    critical: Floats = field(repr=False)
    visible: Floats = field(repr=False)


def histograms_of(
    attributes: Mapping[str, tuple[Ints, Sequence[str]]],
    scores: Floats,
    outcome: Ints,
    blocks: Ints | None,
    families: Floats,
    *,
    pairs: bool = True,
    seed: int = 1,
) -> tuple[Histograms, ...]:
    """Count rows or cells once per attribute, and once per pair of attributes.

    Parameters
    ----------
    attributes
        Per attribute the place of each row's group, shape ``(rows,)``, and the groups.
    scores, outcome, families
        Per row its total of points, 0 or 1, and how many families it stands for; shape ``(rows,)``.
    blocks
        The number of each row's neighbourhood; ``None``: families are independent, and each is put at random into one
        of the groups that are drawn.
    pairs
        Every pair of attributes too (``a × b``, with the groups that occur).
    seed
        Of the random groups, where there are more neighbourhoods than :data:`MOST_DRAWN`.
    """
    rng = np.random.default_rng(seed)
    totals, score = np.unique(scores, return_inverse=True)
    block = np.zeros(len(scores), np.int64) if blocks is None else random_groups(blocks, rng)
    number = int(block.max(initial=0)) + 1
    cell = score * 2 + outcome

    def counted(name: str, code: Ints, groups: Sequence[str]) -> Histograms:
        shape = (number, len(groups), len(totals), 2)
        places = (block * shape[1] + code) * (shape[2] * 2) + cell
        counts = np.rint(np.bincount(places, families, int(np.prod(shape)))).astype(np.int64).reshape(shape)
        if blocks is None:
            counts = np.moveaxis(rng.multinomial(counts[0], np.full(MOST_DRAWN, 1 / MOST_DRAWN)), -1, 0)
        return Histograms(name, tuple(groups), totals, counts)

    found = [counted(name, code, groups) for name, (code, groups) in attributes.items()]
    for one, other in combinations(attributes, 2) if pairs else ():
        (code, groups), (code_2, groups_2) = attributes[one], attributes[other]
        seen, place = np.unique(code * len(groups_2) + code_2, return_inverse=True)
        names = [f"{groups[both // len(groups_2)]} × {groups_2[both % len(groups_2)]}" for both in seen.tolist()]
        found.append(counted(f"{one} × {other}", place, names))
    return tuple(found)


def random_groups(blocks: Ints, rng: np.random.Generator) -> Ints:
    """The random group of each row's neighbourhood, shape ``(rows,)``: at most :data:`MOST_DRAWN`, equally large."""
    number = int(blocks.max(initial=0)) + 1
    return np.asarray((rng.permutation(number) % MOST_DRAWN)[blocks]) if number > MOST_DRAWN else blocks


def bands(
    histograms: Sequence[Histograms],
    *,
    metrics: Sequence[str] = AT_A_THRESHOLD,
    minimum: int = 10,
    replicates: int = REPLICATES,
    seed: int = 1,
) -> tuple[Band, ...]:
    """Every metric of every attribute at every threshold.

    Parameters
    ----------
    histograms
        All on the same neighbourhoods.
    metrics
        Of :data:`AT_A_THRESHOLD`.
    minimum
        Groups with fewer families in the denominator are not compared at that threshold.
    replicates, seed
        How often neighbourhoods are drawn, and the seed of the draw.
    """
    drawn: Singles = np.zeros((0, 0), dtype=np.float32)
    found: list[Band] = []
    for one in histograms:
        blocks = len(one.counts)
        if drawn.shape[1] != blocks:
            drawn = draw_blocks(np.random.default_rng(seed), blocks, replicates).astype(np.float32)
        estimate = _selected(one.counts.sum(axis=0).astype(np.float64)[..., None])
        draws = _selected(_replicates(one.counts, drawn))
        found += [_band(one, metric, estimate, draws, blocks, minimum) for metric in metrics]
    return tuple(found)


def _replicates(counts: Ints, drawn: Singles) -> Singles:
    """Counts of each replicate, shape ``(groups, scores, 2, replicates)``."""
    blocks, *shape = counts.shape
    flat = counts.reshape(blocks, -1).astype(np.float32)
    return np.asarray((flat.T @ drawn.T).reshape(*shape, len(drawn)))


Numbers = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class _Selected:
    """Families at or above each score, ``(groups, scores, 2, draws)``, and in all, ``(groups, 1, 2, draws)``."""

    above: Numbers
    all: Numbers


def _selected(counts: Numbers) -> _Selected:
    above = np.cumsum(counts[:, ::-1], axis=1, dtype=counts.dtype)[:, ::-1]
    return _Selected(above, above[:, :1])


def _share(metric: str, found: _Selected) -> tuple[Numbers, Numbers]:
    """Numerator and denominator of a metric, each of a shape that broadcasts to ``(groups, scores, draws)``."""
    chosen = METRICS[metric]
    return _families(chosen.numerator, found), _families(chosen.denominator, found)


def _families(mask: Floats, found: _Selected) -> Numbers:
    """Families in the cells of a mask over ``[selected, outcome]``."""
    parts: list[Numbers] = []
    for outcome in (0, 1):
        above, every = found.above[:, :, outcome], found.all[:, :, outcome]
        unselected, selected = mask[:, outcome]
        if unselected:
            parts.append(every if selected else every - above)
        elif selected:
            parts.append(above)
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


def _band(one: Histograms, metric: str, estimate: _Selected, draws: _Selected, blocks: int, minimum: int) -> Band:
    shape = estimate.above[:, :, 0].shape
    above, below = (np.asarray(np.broadcast_to(x, shape)[..., 0], np.float64) for x in _share(metric, estimate))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = above / below
    away = _deviations(metric, draws, value)
    covariance = _covariance(away)
    effect = _effects(value, below, np.einsum("sgg->gs", covariance))
    enough = below >= minimum
    critical = _critical(away, covariance, enough, blocks)
    own = wilson(above / effect, below / effect, quantile=t_quantile(1 - LEVEL, blocks - 1))
    together = wilson(above / effect, below / effect, quantile=critical)
    ranges = _ranges(value, together, covariance, enough, critical)
    return Band(
        one.attribute,
        metric,
        one.groups,
        one.scores,
        value,
        own.low,
        own.high,
        below,
        ranges.difference,
        ranges.low,
        ranges.high,
        critical,
        ranges.visible,
    )


def _deviations(metric: str, draws: _Selected, value: Floats) -> Singles:
    """Each replicate's value minus the estimate, shape ``(groups, scores, draws)``; 0 where one of both is unknown."""
    above, below = _share(metric, draws)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = above / below
        away -= value[..., None].astype(np.float32)
    return np.asarray(np.nan_to_num(away, copy=False, nan=0.0, posinf=0.0, neginf=0.0))


def _covariance(away: Singles) -> Floats:
    """Between groups at each threshold, shape ``(scores, groups, groups)``."""
    by_score = away.transpose(1, 0, 2)
    return np.asarray(by_score @ by_score.transpose(0, 2, 1) / max(away.shape[2] - 1, 1), dtype=np.float64)


def _effects(value: Floats, below: Floats, variance: Floats) -> Floats:
    """Design effects, shape ``(groups, scores)``: the variance of draws over that of independent families."""
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = value * (1 - value) / below
        effect = np.where((value > 0) & (value < 1), variance / plain, 1.0)
    return np.asarray(np.maximum(np.nan_to_num(effect, nan=1.0), _LEAST_EFFECT))


def _critical(away: Singles, covariance: Floats, enough: Flags, blocks: int) -> Floats:
    """Standard errors that hold the largest standardised difference of all pairs in 95% of draws, ``(scores,)``."""
    groups, scores, draws = away.shape
    largest = np.zeros((scores, draws), dtype=np.float32)
    own = np.einsum("sgg->gs", covariance)
    for place in range(groups - 1):
        rest = slice(place + 1, groups)
        spread = own[place] + own[rest] - 2 * covariance[:, place, rest].T
        both = enough[place] & enough[rest] & (spread > 0)
        scale = np.where(both, 1 / np.sqrt(np.where(both, spread, 1.0)), 0.0).astype(np.float32)
        for other, times in zip(away[rest], scale, strict=True):
            apart = other - away[place]
            np.abs(apart, out=apart)
            apart *= times[:, None]
            np.maximum(largest, apart, out=largest)
    normal = np.maximum(np.quantile(largest, LEVEL, axis=1), float(t_quantile(1 - LEVEL, np.inf)))
    # A variance from few neighbourhoods is itself uncertain: Student's t at the same tail.
    return np.array([float(t_quantile(normal_tail(float(one)), blocks - 1)) for one in normal])


@dataclass(frozen=True, slots=True)
class _Ranges:
    """Largest difference between groups at each threshold, its bounds, and the smallest that would be seen."""

    difference: Floats
    low: Floats
    high: Floats
    visible: Floats


def _ranges(value: Floats, limits: Bounds, covariance: Floats, enough: Flags, critical: Floats) -> _Ranges:
    first, second = np.triu_indices(len(value), 1)
    variance, shared = np.einsum("sgg->gs", covariance), covariance.transpose(1, 2, 0)[first, second]
    both = enough[first] & enough[second]
    root = np.sqrt(variance[first] * variance[second])
    alike = np.clip(np.divide(shared, root, out=np.zeros_like(root), where=root > 0), -1.0, 1.0)
    one, other = (Bounds(limits.low[place], limits.high[place]) for place in (first, second))
    pairs = mover_difference(value[first], one, value[second], other, alike)
    some = both.any(axis=0)
    low, high = np.where(both, pairs.low, -np.inf), np.where(both, pairs.high, -np.inf)
    back_low, back_high = np.where(both, -pairs.high, -np.inf), np.where(both, -pairs.low, -np.inf)
    apart = np.where(both, np.abs(value[first] - value[second]), -np.inf)
    spread = np.where(both, np.sqrt(np.maximum(variance[first] + variance[second] - 2 * shared, 0.0)), 0.0)
    return _Ranges(
        *(
            np.where(some, part, np.nan)
            for part in (
                apart.max(axis=0, initial=-np.inf),
                np.maximum(np.maximum(low, back_low).max(axis=0, initial=-np.inf), 0.0),
                np.maximum(high, back_high).max(axis=0, initial=-np.inf),
                np.minimum((critical + _POWER) * spread.max(axis=0, initial=0.0), 1.0),
            )
        )
    )

"""How steady mean contributions and their order are when neighbourhoods are drawn again; from counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.stats.discrimination import FEWEST_BLOCKS, draw_blocks
from riskscreen.stats.intervals import max_t, t_quantile

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

REPLICATES = 400
LEVEL = 0.95
DIGITS = 6
"""Decimals of a bound: machines differ in the last digits of a sum, released figures must not."""


@dataclass(frozen=True, slots=True, eq=False)
class Steadiness:
    """95% intervals of means and of their places, arrays of shape ``(stressors,)``.

    Parameters
    ----------
    low, high
        Of the mean, one by one.
    first, last
        The places (1 is the largest mean) that all stressors can have at once: a stressor comes before another only
        when their difference is wholly above zero in intervals that hold for all pairs together.
    """

    low: Array
    high: Array
    first: Codes
    last: Codes


def steadiness(values: Array, families: Array, block: Codes, seed: int) -> Steadiness:
    """Intervals of the mean of every column over families, and of its place among the columns.

    With fewer than ten neighbourhoods single families count as drawn, so those intervals do not know about
    neighbourhoods. Student's t and the small-sample factor are those of
    :func:`riskscreen.stats.discrimination.interval`. Places are projections of simultaneous intervals (Klein, Wright
    and Wieczorek 2020, J. R. Stat. Soc. C 69:589), because a bootstrap of ranks themselves covers too seldom.

    Parameters
    ----------
    values
        Shape ``(rows, stressors)``.
    families, block
        Families and neighbourhood (whole number from 0) of each row, shape ``(rows,)``.
    """
    everyone, count = float(families.sum()), values.shape[1]
    if everyone <= 0 or count == 0:
        unknown = np.full(count, np.nan)
        return Steadiness(unknown, unknown, np.ones(count, dtype=np.int64), np.full(count, count, dtype=np.int64))
    means = families @ values / everyone
    blocks = int(block.max(initial=-1)) + 1
    drawn = blocks >= FEWEST_BLOCKS
    spread = _between_blocks(values, families, block, blocks, seed) if drawn else _between(values, families, means)
    freedom, factor = (blocks - 1, np.sqrt(blocks / (blocks - 1))) if drawn else (np.inf, 1.0)
    variance = np.diag(spread)
    half = factor * t_quantile(1 - LEVEL, freedom) * np.sqrt(np.maximum(variance, 0))
    apart = np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2 * spread, 0))
    apart[apart <= 1e-6 * float(np.sqrt(max(variance.max(), 0)))] = (
        0  # differences without spread are known for certain
    )
    critical = max_t(spread, [_pairs(apart)], level=LEVEL, seed=seed)
    wide = factor * float(t_quantile(critical.local, freedom))
    above = means[:, None] - means[None, :] > wide * apart + 1e-12
    low, high = (np.asarray(np.round(bound, DIGITS), dtype=np.float64) for bound in (means - half, means + half))
    return Steadiness(low, high, 1 + above.sum(axis=0), count - above.sum(axis=1))


def _between_blocks(values: Array, families: Array, block: Codes, blocks: int, seed: int) -> Array:
    """Covariance of the means over replicates that draw neighbourhoods with replacement."""
    size = np.bincount(block, families, blocks)
    total = np.column_stack([np.bincount(block, families * column, blocks) for column in values.T])
    weights = draw_blocks(np.random.default_rng(seed), blocks, REPLICATES)
    drawn = weights @ size
    means = (weights @ total)[drawn > 0] / drawn[drawn > 0, None]
    rest = means - means.mean(axis=0)
    return np.asarray(np.einsum("ri,rj->ij", rest, rest) / (len(rest) - 1), dtype=np.float64)


def _between(values: Array, families: Array, means: Array) -> Array:
    """Covariance of the means over independent families; sums of whole numbers, so exact in any order."""
    everyone = float(families.sum())
    return ((values * families[:, None]).T @ values / everyone - np.outer(means, means)) / everyone


def _pairs(apart: Array) -> tuple[Codes, Codes]:
    """The pairs whose difference is uncertain."""
    first, second = np.nonzero(np.triu(apart, 1))
    return first.astype(np.int64), second.astype(np.int64)

"""From rows to one small histogram of scores per group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from riskscreen.fairness.curves import ScoreCounts
from riskscreen.fairness.metrics import Floats, Ints

MOST_SCORES = 1000
"""More different scores than this are binned to as many quantiles, for curves only."""


@dataclass(frozen=True, slots=True)
class Distinct:
    """The different scores of rows.

    Parameters
    ----------
    scores
        Ascending, shape ``(scores,)``.
    place
        Which score each row has, shape ``(rows,)``.
    families
        Per score, shape ``(scores,)``.
    """

    scores: Floats
    place: Ints
    families: Floats


@dataclass(frozen=True, slots=True)
class Binned:
    """Which score each row has.

    Parameters
    ----------
    scores
        Ascending; of a bin the lowest score in it, so that *at or above* stays exact. Shape ``(scores,)``.
    place
        Per row, shape ``(rows,)``.
    risk
        Mean risk per score, shape ``(scores,)``; ``None`` when none is known.
    """

    scores: Floats
    place: Ints
    risk: Floats | None


def distinct_of(values: Floats, weight: Floats) -> Distinct:
    """The different scores of rows with so many families each; both of shape ``(rows,)``."""
    scores, where = np.unique(values, return_inverse=True)
    place = np.asarray(where.ravel(), np.int64)
    return Distinct(scores, place, np.asarray(np.bincount(place, weights=weight), np.float64))


def cut_for(found: Distinct, threshold_share: float, cuts: Sequence[float] = ()) -> float:
    """The score from which on the share selected is nearest to ``threshold_share`` (ties: the fewer selected).

    At least one family is selected. Equal scores are never parted.

    Parameters
    ----------
    cuts
        Only these select (the lowest score there is from one of them on); none: any score may.

    Examples
    --------
    >>> found = distinct_of(np.arange(10.0), np.ones(10))
    >>> cut_for(found, 0.3), cut_for(found, 0.3, (0, 4.5))
    (7.0, 5.0)
    """
    shares = np.cumsum(found.families[::-1])[::-1] / found.families.sum()
    off = np.abs(shares - threshold_share)
    allowed = np.searchsorted(found.scores, np.asarray(cuts, np.float64))
    if (allowed < len(off)).any():
        off[~np.isin(np.arange(len(off)), allowed)] = np.inf
    return float(found.scores[len(off) - 1 - int(np.argmin(off[::-1]))])


def binned(found: Distinct, weight: Floats, risk: Floats | None, cut: float) -> Binned:
    """Every score as it is, or quantiles when there are more than :data:`MOST_SCORES`.

    Parameters
    ----------
    weight, risk
        Families and predicted risk per row, shape ``(rows,)``.
    cut
        A bin starts here, so that the audit's own threshold is on every curve.

    Examples
    --------
    >>> weight = np.array([2.0, 5.0, 2.0])
    >>> found = distinct_of(np.array([3.0, 1.0, 3.0]), weight)
    >>> binned(found, weight, np.array([0.25, 0.125, 0.75]), 3.0).risk.tolist()
    [0.125, 0.5]
    """
    scores, place = found.scores, found.place
    if len(scores) > MOST_SCORES:
        middle = np.cumsum(found.families) - found.families / 2
        part = np.floor(MOST_SCORES * middle / found.families.sum()) * 2 + (scores >= cut)
        _, starts, bins = np.unique(part, return_index=True, return_inverse=True)
        scores, place = scores[starts], np.asarray(bins.ravel()[place], np.int64)
    if risk is None:
        return Binned(scores, place, None)
    mean = np.bincount(place, weights=weight * risk) / np.bincount(place, weights=weight)
    return Binned(scores, place, np.clip(mean, 0.0, 1.0))


def histogram(
    attribute: str,
    code: Ints,
    groups: tuple[str, ...],
    outcome: Ints,
    weight: Floats,
    scores: Binned,
    blocks: Ints | None = None,
) -> ScoreCounts:
    """Families of one attribute by group, score and outcome.

    Parameters
    ----------
    code
        Place in ``groups`` per row, shape ``(rows,)``.
    outcome, weight
        0 or 1, and families, per row.
    blocks
        Number of each row's neighbourhood; ``None``: families are independent.
    """
    shape = (1 if blocks is None else int(blocks.max()) + 1, len(groups), len(scores.scores), 2)
    cell = (code * shape[2] + scores.place) * 2 + outcome
    place = cell if blocks is None else cell + blocks * (shape[1] * shape[2] * 2)
    families = np.rint(np.bincount(place, weights=weight, minlength=int(np.prod(shape)))).astype(np.int64)
    drawn = families.reshape(shape)
    by_block = None if blocks is None else drawn
    return ScoreCounts(attribute, groups, scores.scores, drawn.sum(axis=0), scores.risk, by_block)

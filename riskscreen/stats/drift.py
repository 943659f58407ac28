"""How much a figure moves from one index date to the next, and an interval for a date that has not come yet.

Dates are taken as draws from one process: the known ones tell how much dates differ, the next one is one more draw. A
trend that goes on, or a new law, lies outside that.

Each known date has nearly the same precision, because it holds nearly the same families. Then the between-date
variance estimators of DerSimonian & Laird (1986), Paule & Mandel (1982) and Hedges (1983) are one and the same: the
sample variance minus the mean squared standard error. With three to five dates that estimate is often zero by chance,
and intervals that plug it in are too narrow (Partlett & Riley 2017, Statistics in Medicine 36:301). So the interval
does not use it. The sample variance of the recorded values estimates *drift and sampling together*, which is what the
next recorded value has too, and ``mean +- t(k - 1) * s * sqrt(1 + 1/k)`` covers exactly under normality (Hartung &
Knapp 2001 with the prediction interval of Higgins et al. 2009, in the case of equal precision).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError

Array = NDArray[np.float64]

FEWEST_DATES = 3
"""With two dates Student's factor is 12.7: such an interval says nothing about drift."""
_NODES = 2_000
_HALVINGS = 36


@dataclass(frozen=True, slots=True)
class Between:
    """What known dates say about one figure.

    Parameters
    ----------
    dates
        Number of known dates.
    mean
        Mean of the figure over the dates.
    spread
        Between-date standard deviation, sampling noise taken off; 0 when dates differ no more than by chance.
    variance
        Of the difference between the next recorded value and ``mean``, with ``dates - 1`` degrees of freedom.
    """

    dates: int
    mean: float
    spread: float
    variance: float


def between_dates(values: Array, errors: Array) -> Between:
    """Spread of a figure over dates, and the variance that a next date has around their mean.

    Parameters
    ----------
    values, errors
        The figure per date and its standard error, shape ``(dates,)``; at least :data:`FEWEST_DATES` dates.

    Raises
    ------
    UsageError
        Too few dates.
    """
    if len(values) < FEWEST_DATES or len(values) != len(errors):
        raise UsageError(
            f"{len(values)} index dates cannot tell how much dates differ", do=f"give at least {FEWEST_DATES} dates"
        )
    sampled = float(np.var(values, ddof=1))
    beyond = max(0.0, sampled - float(np.mean(errors**2)))
    return Between(len(values), float(np.mean(values)), float(np.sqrt(beyond)), sampled * (1.0 + 1.0 / len(values)))


def reach(drift: Array, noise: Array, dates: int, *, level: float = 0.95) -> Array:
    """Half width of an interval for a sum of drift (Student, ``dates - 1``) and sampling noise (normal).

    The quantile of the sum itself, as in the problem of Behrens and Fisher, by a fixed rule of quadrature: nothing is
    drawn. With no noise it is Student's interval, with no drift the normal one.

    Parameters
    ----------
    drift, noise
        Variances, shape ``(bands,)``.
    dates
        Number of known dates behind ``drift``.
    level
        Intended coverage.
    """
    from scipy.special import ndtr, stdtrit

    nodes = stdtrit(dates - 1, (np.arange(_NODES) + 0.5) / _NODES)
    shift = np.sqrt(drift)[:, None] * nodes[None, :]
    scale = np.sqrt(np.maximum(noise, 1e-12))[:, None]
    low = np.zeros(len(drift))
    high = 10.0 * (np.sqrt(drift) * float(np.max(nodes)) + scale[:, 0])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        below = ndtr((middle[:, None] - shift) / scale).mean(axis=1) < (1.0 + level) / 2.0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2.0)

"""Decision curves: what offering at a threshold of risk is worth, weighed by that threshold itself.

Whoever offers help to a group with a risk of ``t`` or more says, by that choice, that reaching one family with a later
outcome outweighs ``(1 - t) / t`` offers to families without one. Net benefit counts both in that currency (Vickers &
Elkin 2006, Medical Decision Making 26:565).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError

Array = NDArray[np.float64]


def net_benefit(risks: Array, positive: Array, total: Array, thresholds: Array) -> Array:
    """Net benefit per threshold: ``TP / n - FP / n * t / (1 - t)``, for every histogram at once.

    Parameters
    ----------
    risks
        Risk per bin, shape ``(bins,)``; a bin gets the offer when its risk is at least the threshold.
    positive, total
        Families with the outcome, and all, per bin: shape ``(..., bins)``.
    thresholds
        Strictly between 0 and 1, shape ``(thresholds,)``.

    Returns
    -------
    Array
        Shape ``(..., thresholds)``; the net share of families with the outcome that is reached. ``nan`` without
        families.

    Raises
    ------
    UsageError
        A threshold is not between 0 and 1.

    Examples
    --------
    Ten families, two with the outcome; the offer at 50% reaches one of both and one other:

    >>> risks = np.array([0.1, 0.6])
    >>> net_benefit(risks, np.array([1.0, 1.0]), np.array([8.0, 2.0]), np.array([0.5])).tolist()
    [0.0]
    """
    _check(thresholds)
    offered = (risks[:, None] >= thresholds[None, :]).astype(np.float64)
    return _worth(positive @ offered, total @ offered, total.sum(axis=-1), thresholds)


def offer_to_all(positive: Array, total: Array, thresholds: Array) -> Array:
    """Net benefit of an offer to everyone; that of an offer to nobody is 0. Shapes as for :func:`net_benefit`."""
    _check(thresholds)
    one = np.ones((np.shape(total)[-1], len(thresholds)))
    return _worth(positive @ one, total @ one, total.sum(axis=-1), thresholds)


def _worth(hits: Array, offered: Array, families: Array, thresholds: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = thresholds / (1.0 - thresholds)
        return np.asarray((hits - (offered - hits) * weight) / np.asarray(families)[..., None])


def _check(thresholds: Array) -> None:
    if not np.all((thresholds > 0) & (thresholds < 1)):
        raise UsageError("a threshold of risk lies strictly between 0 and 1", do="give shares such as 0.02 or 0.1")

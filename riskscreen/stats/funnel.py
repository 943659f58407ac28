"""Limits of a funnel plot: how far a rate strays by chance at each size, and when areas differ more than chance alone.

A league table always has a bottom; a funnel asks whether an area lies outside what its size explains. Spiegelhalter
2005 (Statistics in Medicine 24:1185): with many areas real differences are everywhere, so limits for chance alone mark
too many. The spread beyond chance is estimated after winsorising (so that outliers do not hide themselves) and added to
the variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.stats.ranks import stabilised

Array = NDArray[np.float64]

WINSOR = 0.1
"""Share of the areas at either end whose distance is set to that of the next one."""
LIMITS = (0.95, 0.998)


@dataclass(frozen=True, slots=True)
class Funnel:
    """A target and the spread around it, on the scale ``arcsin(sqrt(rate))``.

    Parameters
    ----------
    target
        Overall rate, per 1.
    dispersion
        Winsorised mean of the squared distances: 1 when areas differ by chance alone.
    spread
        Standard deviation of areas beyond chance on that scale; 0 when chance alone explains them.
    """

    target: float
    dispersion: float
    spread: float

    def limits(self, trials: Array, level: float) -> tuple[Array, Array]:
        """Lower and upper limit of the rate of areas with this many families, shape of ``trials``.

        Parameters
        ----------
        trials
            Families, at least 1.
        level
            0.95 or 0.998: about 1 in 20 and 1 in 500 areas lie outside when the spread is all there is.
        """
        from scipy.special import ndtri

        centre = np.arcsin(np.sqrt(self.target))
        reach = float(ndtri(0.5 + level / 2)) * np.sqrt(0.25 / (np.asarray(trials) + 0.5) + self.spread**2)
        low, high = np.maximum(centre - reach, 0.0), np.minimum(centre + reach, np.pi / 2)
        return np.sin(low) ** 2, np.sin(high) ** 2


def fit_funnel(events: Array, trials: Array) -> Funnel:
    """The target and the additive spread of a funnel.

    With ``z_i`` the winsorised distances in standard errors and ``phi`` the mean of their squares,
    ``spread^2 = (areas phi - (areas - 1)) / (sum w - sum w^2 / sum w)`` with ``w_i = 1 / error_i^2``, and 0 when phi is
    not above its value under chance alone (Spiegelhalter 2005, equations 14 and 15; DerSimonian & Laird 1986).

    Parameters
    ----------
    events, trials
        Whole numbers, shape ``(areas,)``, ``trials >= 1``.

    Raises
    ------
    UsageError
        There is no area, or counts are impossible.
    """
    events, trials = np.asarray(events, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if len(events) == 0 or events.shape != trials.shape or (events > trials).any() or (trials < 1).any():
        raise UsageError(
            "a funnel needs areas with 0 <= events <= trials, trials at least 1", do="leave out empty ones"
        )
    target = float(events.sum() / trials.sum())
    place, error = stabilised(events, trials)
    score = winsorised((place - np.arcsin(np.sqrt(target))) / error)
    dispersion = float(np.mean(score**2))
    weight = 1 / error**2
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    beyond = len(events) * dispersion - (len(events) - 1)
    spread = float(np.sqrt(beyond / scale)) if beyond > 0 and scale > 0 else 0.0
    return Funnel(target, dispersion, spread)


def winsorised(score: Array, share: float = WINSOR) -> Array:
    """The furthest at either end drawn in to the value at ``share`` and ``1 - share``."""
    low, high = np.quantile(score, [share, 1 - share])
    return np.asarray(np.clip(score, low, high))

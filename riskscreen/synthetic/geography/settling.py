"""Where families live: vulnerable ones more often in deprived buurten, while every buurt keeps its size."""

from __future__ import annotations

import numpy as np

from riskscreen.synthetic.geography.areas import Floats, Geography

CLASSES = 5
_PULL = 1.3  # classes are pulled from -1.3 to 1.3: about the means of the outer fifths of a standard normal (1.4)
_ROUNDS = 500
_CLOSE = 1e-10


def settlement(geography: Geography, sorting: float) -> Floats:
    """Where families of each class of vulnerability live.

    Iterative proportional fitting (Deming and Stephan 1940): each class is a fifth of all families, and each buurt
    keeps its share of them, so that moving keeps sizes as they are. The buurten of one real municipality are settled as
    part of their country: a deprived municipality has more than a fifth of the most vulnerable class.

    Parameters
    ----------
    geography
        The buurten of the whole world.
    sorting
        How strongly vulnerable families live in deprived buurten; 0: not.

    Returns
    -------
    Floats
        Shape (classes, buurten), least vulnerable first: the chance of every buurt given the class, so that every row
        adds up to 1. Of a part of a country the rows add up to how much more often than elsewhere the class lives here.
    """
    if geography.at_large is None:
        deprivation, weight = geography.deprivation, geography.weight
    else:
        deprivation, weight = geography.at_large, np.full(len(geography.at_large), 1 / len(geography.at_large))
    scale = np.ones(CLASSES)
    for _ in range(_ROUNDS):
        shares = _mix(scale, sorting, deprivation) @ weight
        if np.abs(shares * CLASSES - 1).max() < _CLOSE:
            break
        scale /= shares * CLASSES
    return np.asarray(CLASSES * geography.weight * _mix(scale, sorting, geography.deprivation))


def _mix(scale: Floats, sorting: float, deprivation: Floats) -> Floats:
    """Share of each class among the families of buurten of a deprivation, shape (classes, buurten)."""
    pull = sorting * np.linspace(-_PULL, _PULL, CLASSES)
    odds = scale[:, None] * np.exp(pull[:, None] * deprivation)
    return np.asarray(odds / odds.sum(axis=0))

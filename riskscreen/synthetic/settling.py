"""Where families live: vulnerable ones more often in deprived buurten, while every buurt keeps its size."""

from __future__ import annotations

import numpy as np

from riskscreen.synthetic.areas import Floats, Geography
from riskscreen.synthetic.division import Part

CLASSES = 5
_PULL = 1.3  # about the mean of the outer fifths of a standard normal (1.4), so that pull is per standard deviation
_ROUNDS = 500
_CLOSE = 1e-10


def settlement(geography: Geography, sorting: float) -> Floats:
    """Where families of each class of vulnerability live: chance of every buurt given the class.

    Iterative proportional fitting (Deming and Stephan 1940): each class is a fifth of all families, and each buurt
    keeps its share of them, so that moving keeps sizes as they are.

    Parameters
    ----------
    geography
        The buurten of the whole world.
    sorting
        How strongly vulnerable families live in deprived buurten; 0: not.

    Returns
    -------
    Floats
        Shape (classes, buurten), least vulnerable first; every row adds up to 1.
    """
    pull = np.linspace(-_PULL, _PULL, CLASSES)[:, None] * geography.deprivation[None, :]
    table = np.exp(sorting * pull) * geography.weight
    for _ in range(_ROUNDS):
        table /= table.sum(axis=1, keepdims=True) * CLASSES
        off = geography.weight / table.sum(axis=0)
        if np.abs(off - 1).max() < _CLOSE:
            break
        table *= off
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def within(table: Floats, part: Part) -> tuple[Floats, Floats]:
    """What a settlement says of one part.

    Returns
    -------
    tuple of Floats
        The share of each class among the families of the part, shape (classes,), and the chance of each of its buurten
        given the class, shape (classes, buurten of the part).
    """
    here = table[:, part.first : part.last]
    whole = here.sum(axis=1)
    return np.asarray(whole / whole.sum()), np.asarray(here / whole[:, None])

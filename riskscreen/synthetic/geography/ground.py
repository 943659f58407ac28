"""The ground a part of a world stands on: how many families live in each buurt, and who lives where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskscreen.synthetic.intervals import Ints

Floats = npt.NDArray[np.float64]
_QUINTILES = np.array([-0.8416, -0.2533, 0.2533, 0.8416])


@dataclass(frozen=True, eq=False)
class Ground:
    """Buurten of one part, by position in the geography, and the settlement of the whole world.

    Attributes
    ----------
    first
        Position of the first buurt of the part.
    quotas
        Families on the last day in each buurt of the part, shape (buurten of the part,); ``None``: as drawn.
    drawn
        Units to draw when there are no quotas.
    everywhere
        Chance of each buurt of the world given the class of vulnerability, shape (classes, buurten of the world).
    near
        The same within the municipality of the part, 0 elsewhere.
    """

    first: int
    quotas: Ints | None
    drawn: int
    everywhere: Floats
    near: Floats

    @property
    def chances(self) -> Floats:
        """Chances of the part's own buurten, shape (classes, buurten of the part)."""
        last = self.everywhere.shape[1] if self.quotas is None else self.first + len(self.quotas)
        return self.everywhere[:, self.first : last]


def vulnerability_class(latent: Floats) -> Ints:
    """Fifth of the families by vulnerability, 0 to 4 (cut at the normal quintiles)."""
    return np.searchsorted(_QUINTILES, latent)


def pick_area(chances: Floats, group: Ints, draws: np.random.Generator) -> Ints:
    """A buurt for every member of a class, by inverse cumulative chances; rows need not add up to 1."""
    whole = chances.sum(axis=1, keepdims=True)
    ladder = np.cumsum(chances / whole, axis=1) + np.arange(len(chances))[:, None]
    drawn = np.minimum(draws.random(len(group)), 1 - 1e-9) + group
    position = np.searchsorted(ladder.ravel(), drawn, side="right") - group * chances.shape[1]
    return np.asarray(np.clip(position, 0, chances.shape[1] - 1))

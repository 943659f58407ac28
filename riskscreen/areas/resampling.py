"""How steady chosen target groups are: search again in wijken drawn at random, and see which groups come back.

Families of one neighbourhood are not independent, so wijken are drawn, not families. Following Meinshausen and Buhlmann
(2010, JRSS B 72:417) the share of resamples in which something is chosen also steers the choice: what a search finds
only in some of them counts for less. Resamples that steer and resamples that report are different ones, or the share
would flatter the groups it chose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from riskscreen.areas.search import Candidates, Demands, Floats, Space, choose_groups

FEWEST_WIJKEN = 5
"""With fewer wijken to draw from, drawing them says nothing."""
SAME = 0.5
"""Share of families in either group that must be in both (Jaccard) for two groups to be much the same."""


@dataclass(frozen=True, slots=True)
class FoundAgain:
    """In what share of the resamples a group came back.

    Parameters
    ----------
    exactly
        With the same conditions.
    much_the_same
        As a group with much the same families (Jaccard at least one half).
    """

    exactly: float
    much_the_same: float


def search_again(
    space: Space, candidates: Candidates, demands: Demands, *, times: int, rng: np.random.Generator
) -> list[list[int]]:
    """What is chosen in each of ``times`` draws of as many wijken, with replacement; none with too few wijken."""
    return list(_searches(space, candidates, demands, times, rng)) if space.wijken >= FEWEST_WIJKEN else []


def shares_found(likeness: Floats, chosen: Sequence[Sequence[int]]) -> Floats:
    """Share of the resamples in which something much the same as each candidate was chosen, shape ``(candidates,)``."""
    found = [(likeness[:, list(one)] >= SAME).any(axis=1) for one in chosen]
    return np.asarray(np.mean(found, axis=0)) if found else np.ones(len(likeness))


def found_again(likeness: Floats, chosen: Sequence[Sequence[int]], group: int) -> FoundAgain | None:
    """How often one candidate came back; ``None`` when nothing was drawn."""
    if not chosen:
        return None
    alike = [bool(one) and bool(likeness[group, list(one)].max() >= SAME) for one in chosen]
    return FoundAgain(float(np.mean([group in one for one in chosen])), float(np.mean(alike)))


def _searches(
    space: Space, candidates: Candidates, demands: Demands, times: int, rng: np.random.Generator
) -> Iterator[list[int]]:
    even = np.full(space.wijken, 1 / space.wijken)
    for _ in range(times):
        drawn = rng.multinomial(space.wijken, even).astype(np.float64)
        yield choose_groups(candidates, space.families @ drawn, space.outcomes @ drawn, demands)

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
POWER = 2.0
"""Tried beforehand on the demo, over ten ways to halve its wijken: a plain search (power 0) finds 37% of its groups in
the other half too, a power of 1 45%, of 2 46 to 48%, of 4 48%. What they find together hardly changes."""
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


def steadiness(likeness: Floats, chosen: Sequence[Sequence[int]]) -> Floats:
    """What the quality of each candidate is multiplied by, shape ``(candidates,)``; 1 when nothing was drawn.

    The share of resamples that found something much the same, to the power ``POWER``; nothing for a candidate that no
    resample chose itself: its neighbours are wanted, not it.
    """
    itself = np.ones(len(likeness), dtype=bool) if not chosen else np.zeros(len(likeness), dtype=bool)
    for one in chosen:
        itself[list(one)] = True
    return np.asarray(shares_found(likeness, chosen) ** POWER * itself)


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

"""Search for target groups: conjunctions of conditions that together find many outcomes, each adding to the others.

Beam search over conjunctions with weighted covering (Lavrač et al. 2004, JMLR 5:153, CN2-SD): once a group is chosen,
families in it count for less, so the next group has to find others. Arrays in, indexes of conditions out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

BEAM = 60
COVERED = 0.3
"""What a family that already is in a chosen group still counts for."""
OVERLAP = 0.5
"""Largest share of families (Jaccard) that two groups may have in common."""
INSIDE = 0.8
"""Largest share of the smaller of two groups that may lie in the other: a group within a group adds nothing."""


@dataclass(frozen=True, slots=True)
class Demands:
    """What a group must meet on the data it is searched on.

    Parameters
    ----------
    most
        How many groups at most.
    conditions
        How many conditions a group may have at most.
    families, outcomes
        Fewest families and outcomes.
    lift
        Least ratio of its rate to the overall rate.
    largest
        Largest share of all families.
    """

    most: int
    conditions: int
    families: float
    outcomes: float
    lift: float
    largest: float


@dataclass(frozen=True, slots=True)
class Space:
    """Unique rows of conditions: ``holds (rows, conditions)``, ``families`` and ``outcomes`` ``(rows,)``.

    ``column`` names the column of each condition; two conditions on one column never meet in a group.
    """

    holds: Bools
    families: Floats
    outcomes: Floats
    column: tuple[str, ...]

    @property
    def base(self) -> float:
        """Outcomes per family over all rows."""
        return float(self.outcomes.sum() / self.families.sum())


def compress(
    holds: Bools, families: NDArray[np.float64], outcomes: NDArray[np.float64], column: Sequence[str]
) -> Space:
    """Sum families and outcomes over rows with the same conditions."""
    packed = np.ascontiguousarray(np.packbits(holds, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    rows = len(first)
    return Space(
        holds[first],
        np.bincount(inverse, weights=families, minlength=rows).astype(np.float32),
        np.bincount(inverse, weights=outcomes, minlength=rows).astype(np.float32),
        tuple(column),
    )


def search_groups(space: Space, demands: Demands) -> list[tuple[int, ...]]:
    """Chosen conjunctions, each a tuple of indexes of conditions, in the order of choice."""
    holds = space.holds.astype(np.float32)
    weight = np.ones(len(space.families), dtype=np.float32)
    chosen: list[tuple[int, ...]] = []
    masks: list[Bools] = []
    while len(chosen) < demands.most:
        best = _best(space, holds, weight, demands, masks)
        if best is None:
            break
        mask = _mask(space, best)
        chosen.append(best)
        masks.append(mask)
        weight = np.where(mask, weight * np.float32(COVERED), weight)
    return chosen


def _best(
    space: Space, holds: Floats, weight: Floats, demands: Demands, masks: Sequence[Bools]
) -> tuple[int, ...] | None:
    """The conjunction that finds most outcomes beyond ``lift`` times the overall rate, by beam search."""
    gain = weight * (space.outcomes - np.float32(demands.lift * space.base) * space.families)
    least_gain = 0.0
    beam: list[tuple[int, ...]] = [()]
    candidates: dict[tuple[int, ...], float] = {}
    for _ in range(demands.conditions):
        scored = _extend(space, holds, gain, beam, demands)
        for group, quality, fits in scored:
            if fits and quality > least_gain:
                candidates[group] = quality
        beam = [group for group, _, _ in sorted(scored, key=lambda item: (-item[1], item[0]))[:BEAM]]
        if not beam:  # too few families for a narrower group
            break
    for group in sorted(candidates, key=lambda item: (-candidates[item], len(item), item)):
        if _differs(space, _mask(space, group), masks):
            return group
    return None


def _extend(
    space: Space, holds: Floats, gain: Floats, beam: Sequence[tuple[int, ...]], demands: Demands
) -> list[tuple[tuple[int, ...], float, bool]]:
    """Every conjunction with one condition more: its quality, and does it meet the demands?"""
    within = np.stack([_mask(space, group) for group in beam]).astype(np.float32)
    quality = (within * gain) @ holds
    families = (within * space.families) @ holds
    outcomes = (within * space.outcomes) @ holds
    fits = (families >= demands.families) & (outcomes >= demands.outcomes)
    fits &= (outcomes >= demands.lift * space.base * families) & (
        families <= demands.largest * float(space.families.sum())
    )
    found: dict[tuple[int, ...], tuple[float, bool]] = {}
    for row, group in enumerate(beam):
        used = {space.column[index] for index in group}
        for index in np.flatnonzero(families[row] >= demands.families):
            if space.column[index] not in used:
                key = tuple(sorted((*group, int(index))))
                found[key] = (float(quality[row, index]), bool(fits[row, index]))
    return [(group, value, fit) for group, (value, fit) in found.items()]


def _mask(space: Space, group: Sequence[int]) -> Bools:
    return np.asarray(space.holds[:, list(group)].all(axis=1))


def _differs(space: Space, mask: Bools, masks: Sequence[Bools]) -> bool:
    """Is the group different enough from every chosen one?"""
    size = float(space.families[mask].sum())
    for other in masks:
        both = float(space.families[mask & other].sum())
        either = float(space.families[mask | other].sum())
        smaller = min(size, float(space.families[other].sum()))
        if both / either > OVERLAP or both / smaller > INSIDE:
            return False
    return True

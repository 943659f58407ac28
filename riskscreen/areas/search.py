"""Search for target groups: conjunctions of conditions that together find many outcomes, each adding to the others.

Every conjunction that is large enough is listed (level by level: one that is too small has no larger part, Agrawal and
Srikant 1994, VLDB 20:487), and groups are chosen from that list with weighted covering (Lavrač et al. 2004, JMLR 5:153,
CN2-SD): once a group is chosen, families in it count for less, so the next group has to find others. The list is made
once; choosing from it again, with other counts, takes a few hundredths of a second. Arrays in, indexes of conditions
out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COVERED = 0.3
"""What a family that already is in a chosen group still counts for."""
OVERLAP = 0.5
"""Largest share of families (Jaccard) that two groups may have in common."""
INSIDE = 0.8
"""Largest share of the smaller of two groups that may lie in the other: a group within a group adds nothing."""
SLACK, SLACK_LIFT = 0.4, 0.6
"""Candidates are listed down to this part of what is demanded: in a resample they may meet it."""
MOST = 4_000
"""Candidates listed at most: those that find most outcomes beyond what is demanded."""


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

    @property
    def eased(self) -> Demands:
        """The demands down to which candidates are listed."""
        return replace(
            self,
            families=SLACK * self.families,
            outcomes=SLACK * self.outcomes,
            lift=SLACK_LIFT * self.lift,
            largest=min(1.0, self.largest / SLACK_LIFT),
        )


@dataclass(frozen=True, slots=True)
class Space:
    """Unique rows of conditions, with families and outcomes by wijk.

    Parameters
    ----------
    holds
        Shape ``(rows, conditions)``.
    families, outcomes
        Shape ``(rows, wijken)``.
    column
        Column of each condition; two conditions on one column never meet in a group.
    """

    holds: Bools
    families: Floats
    outcomes: Floats
    column: tuple[str, ...]

    @property
    def wijken(self) -> int:
        """How many wijken there are."""
        return int(self.families.shape[1])


@dataclass(frozen=True, slots=True)
class Candidates:
    """Conjunctions that could be chosen.

    Parameters
    ----------
    groups
        Indexes of conditions, ascending.
    members
        Which rows are in which group: a sparse matrix of ones, shape ``(groups, rows)``.
    """

    groups: tuple[tuple[int, ...], ...]
    members: Any

    def rows(self, group: int) -> Ints:
        """The rows in one group."""
        start, end = self.members.indptr[group : group + 2]
        return np.asarray(self.members.indices[start:end])


def compress(holds: Bools, families: Floats, outcomes: Floats, wijk: Ints, column: Sequence[str]) -> Space:
    """Sum families and outcomes by wijk over rows with the same conditions.

    Parameters
    ----------
    holds
        Shape ``(rows, conditions)``.
    families, outcomes
        Shape ``(rows,)``.
    wijk
        Number of the wijk of each row, from 0 up, shape ``(rows,)``.
    """
    packed = np.ascontiguousarray(np.packbits(holds, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    shape = (len(first), int(wijk.max(initial=-1)) + 1)
    cell = inverse * shape[1] + wijk
    sums = (np.bincount(cell, weights=one, minlength=shape[0] * shape[1]) for one in (families, outcomes))
    first_sum, second_sum = (np.asarray(one, np.float64).reshape(shape) for one in sums)
    return Space(holds[first], first_sum, second_sum, tuple(column))


def list_candidates(space: Space, demands: Demands) -> Candidates:
    """Every conjunction that meets the demands, eased, on all wijken together; at most ``MOST``."""
    from scipy import sparse

    families, outcomes = space.families.sum(axis=1), space.outcomes.sum(axis=1)
    base, eased = float(outcomes.sum() / families.sum()), demands.eased
    kept: list[tuple[float, tuple[int, ...], Ints]] = []
    for group, rows in _large_enough(space, families, outcomes, eased):
        size, found = float(families[rows].sum()), float(outcomes[rows].sum())
        if found >= eased.lift * base * size and size <= eased.largest * float(families.sum()):
            kept.append((found - demands.lift * base * size, group, rows))
    kept = sorted(kept, key=lambda item: (-item[0], item[1]))[:MOST]
    kept.sort(key=lambda item: item[1])
    ends = np.cumsum([0, *(len(rows) for _, _, rows in kept)])
    places = np.concatenate([np.zeros(0, np.int64), *(rows for _, _, rows in kept)])
    members = sparse.csr_matrix((np.ones(len(places)), places, ends), shape=(len(kept), len(families)))
    return Candidates(tuple(group for _, group, _ in kept), members)


def choose_groups(
    candidates: Candidates, families: Floats, outcomes: Floats, demands: Demands, favour: Floats | None = None
) -> list[int]:
    """Numbers of the candidates chosen, in the order of choice.

    Parameters
    ----------
    families, outcomes
        Per row of the space, shape ``(rows,)``: of all wijken, or of a resample of them.
    favour
        What the quality of each candidate is multiplied by, shape ``(candidates,)``; default 1.
    """
    base = float(outcomes.sum() / families.sum()) if outcomes.any() else np.inf
    size, found = candidates.members @ families, candidates.members @ outcomes
    open_ = (size >= demands.families) & (found >= demands.outcomes) & (size <= demands.largest * families.sum())
    open_ &= found >= demands.lift * base * size
    gain = outcomes - demands.lift * base * families if np.isfinite(base) else -families
    weight, chosen = np.ones(len(families)), list[int]()
    favour = np.ones(len(size)) if favour is None else favour
    while len(chosen) < demands.most and open_.any():
        quality = np.where(open_, favour * (candidates.members @ (weight * gain)), -np.inf)
        best = _first_best(candidates, quality)
        if quality[best] <= 0:
            break
        chosen.append(best)
        weight[candidates.rows(best)] *= COVERED
        open_ &= _differ(candidates, families, size, best)
    return chosen


def alike(candidates: Candidates, families: Floats) -> Floats:
    """Families in both of two candidates over those in either (Jaccard 1912), shape ``(candidates, candidates)``."""
    both = (candidates.members.multiply(families).tocsr() @ candidates.members.T).toarray()
    size = np.diag(both)
    return np.asarray(both / np.maximum(size[:, None] + size[None, :] - both, 1e-9))


def _large_enough(
    space: Space, families: Floats, outcomes: Floats, eased: Demands
) -> Iterator[tuple[tuple[int, ...], Ints]]:
    """Every conjunction with enough families and outcomes, with its rows; narrower ones from those that have."""
    weighted = space.holds * families[:, None].astype(np.float32), space.holds * outcomes[:, None].astype(np.float32)
    every = np.arange(len(families))
    level: list[tuple[tuple[int, ...], Ints]] = [((), every)]
    for _ in range(eased.conditions):
        narrower: list[tuple[tuple[int, ...], Ints]] = []
        for group, rows in level:
            sizes, found = (one[rows].sum(axis=0) for one in weighted)
            used = {space.column[index] for index in group}
            for index in np.flatnonzero((sizes >= eased.families) & (found >= eased.outcomes)):
                if index > (group[-1] if group else -1) and space.column[index] not in used:
                    narrower.append(((*group, int(index)), rows[space.holds[rows, index]]))
        yield from narrower
        level = narrower


def _first_best(candidates: Candidates, quality: Floats) -> int:
    """The best candidate; among equals the one with fewest conditions, then the first."""
    best = np.flatnonzero(quality >= quality.max() - 1e-9)
    return int(min(best, key=lambda number: (len(candidates.groups[number]), candidates.groups[number])))


def _differ(candidates: Candidates, families: Floats, size: Floats, chosen: int) -> Bools:
    """Which candidates are different enough from a chosen one?"""
    inside = np.zeros(len(families))
    rows = candidates.rows(chosen)
    inside[rows] = families[rows]
    both = candidates.members @ inside
    smaller, either = np.minimum(size, size[chosen]), size + size[chosen] - both
    return np.asarray((both <= OVERLAP * either) & (both <= INSIDE * smaller))

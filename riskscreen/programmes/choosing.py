"""Whole places chosen from the fills that were met while prices were looked for.

Per area and target group one fill is taken, or none, so that every common limit is met: a choice with few rows, where
the linear problem is already close to whole (Dantzig and Wolfe 1960; Barnhart et al. 1998).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from riskscreen.programmes.prices import Prices
from riskscreen.programmes.problem import Floats, Problem, Whole
from riskscreen.programmes.replies import TooMany, near_replies

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ROUNDS = 40
"""Most times that prices are changed."""
NEAR, MANY = 0.0002, 12
"""At last, fills of a block worth so much less than its best (a share of the bound) are added; at most so many."""
FINE, NODES = 0.5, 100
"""A choice may miss this part of the gap asked for, and ends after so many nodes."""


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Whole places.

    Parameters
    ----------
    places
        Per option, shape ``(options,)``.
    waiting
        Per programme, shape ``(programmes,)``.
    value, bound
        What they add, and the most that any whole places could.
    """

    places: Whole
    waiting: Whole
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """Share of the best possible value that these places may miss at most."""
        return max(0.0, 1 - self.value / self.bound) if self.bound > 0 else 0.0

    def or_better(self, other: Solution) -> Solution:
        """The places with the higher value, and the lower of both bounds."""
        best = self if self.value >= other.value else other
        return replace(best, bound=max(best.value, min(self.bound, other.bound)))


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """Fills to choose from.

    Parameters
    ----------
    block
        Block of each, shape ``(fills,)``.
    places
        Places per option, shape ``(fills, options)``.
    """

    block: Whole
    places: csr_array


def priced_places(prices: Prices, goal: float) -> Solution | None:
    """Whole places at most ``goal`` (a share) below the bound, if they are found; else the best found, or ``None``."""
    try:
        return _priced(prices, goal)
    except TooMany:
        return None


def _priced(prices: Prices, goal: float) -> Solution | None:
    found: Solution | None = None
    while prices.rounds < ROUNDS and not prices.settled:
        prices.step()
        if prices.expected >= (1 - goal) * prices.best.bound:
            found = _chosen(prices, choices_of(prices), goal, found)
        found = None if found is None else replace(found, bound=max(found.value, prices.best.bound))
        if found is not None and found.gap <= goal:
            return found
    return _chosen(prices, choices_of(prices, NEAR * prices.best.bound), goal, found)


def _chosen(prices: Prices, choices: Choices, goal: float, known: Solution | None) -> Solution | None:
    """The better of what is known and what these fills allow."""
    places = choose(prices, choices, {"mip_rel_gap": FINE * goal, "node_limit": NODES})
    if places is None:
        return known
    problem = prices.problem
    value = problem.value(places)
    found = Solution(places, problem.waiting.astype(np.int64), value, max(value, prices.best.bound))
    return found if known is None else known.or_better(found)


def choices_of(prices: Prices, margin: float = 0.0) -> Choices:
    """The fills of every block that were met; with a margin those too that are worth so much less than the best."""
    from scipy.sparse import vstack

    worth, found = prices.worth(prices.best.prices), {}
    for area, fills in zip(prices.areas, prices.fills, strict=True):
        met, first = np.array(fills), 0
        for at, block in area.blocks:
            own = met[:, first : first + len(block.options)]
            near = [near_replies(block, worth[block.options], margin, MANY)] if margin else []
            some = np.unique(np.concatenate([own, *near]), axis=0)
            found[at] = _wide(some[some.any(axis=1)], block.options, len(worth))
            first += len(block.options)
    many = [fills.shape[0] for fills in found.values()]
    return Choices(np.repeat(np.array(list(found), dtype=np.int64), many), vstack(list(found.values()), format="csr"))


def _wide(fills: Whole, options: Whole, many: int) -> csr_array:
    from scipy.sparse import csr_array

    row, column = np.nonzero(fills)
    return csr_array((fills[row, column].astype(float), (row, options[column])), shape=(len(fills), many))


def choose(prices: Prices, choices: Choices, limits: Mapping[str, float]) -> Whole | None:
    """The best places from these fills that meet every demand; ``None`` when none do."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import block_array, csr_array

    problem, common, many = prices.problem, prices.limits, len(choices.block)
    starts, blocks = len(problem.opened), len(prices.blocks)
    one = csr_array((np.ones(many), (choices.block, np.arange(many))), shape=(blocks, many))
    total = csr_array(choices.places.sum(axis=1)[None])
    started, least, most = _started(problem, choices)
    rows = [
        [one, csr_array((blocks, starts)), csr_array((blocks, 1))],
        [common.rows @ choices.places.T, None, csr_array(common.total[:, None])],
        [total, None, csr_array([[-1.0]])],
        [*started, None],
    ]
    drawn = [1.0 if block.least.any() else 0.0 for block in prices.blocks]
    found = milp(
        -np.concatenate([choices.places @ problem.options.value, np.zeros(starts + 1)]),
        integrality=np.arange(many + starts + 1) < many + starts,
        bounds=Bounds(0, np.concatenate([np.ones(many + starts), [np.inf]])),
        constraints=LinearConstraint(
            block_array(rows, format="csr"),
            np.concatenate([drawn, common.low, [0.0], least]),
            np.concatenate([np.ones(blocks), common.high, [0.0], most]),
        ),
        options=dict(limits),
    )
    return None if found.x is None else np.rint(np.rint(found.x[:many]) @ choices.places).astype(np.int64)


def _started(problem: Problem, choices: Choices) -> tuple[tuple[csr_array, csr_array], Floats, Floats]:
    """Programmes in groups, over choices and over starts: enough places where they start, else none."""
    from scipy.sparse import csr_array, diags_array, vstack

    options, opened = problem.options, problem.opened
    codes, width = opened[:, 0] * len(problem.areas) + opened[:, 1], len(opened)
    here = np.flatnonzero(problem.smallest[options.programme] > 1)
    start = np.searchsorted(codes, options.programme[here] * len(problem.areas) + options.area[here])
    sums = csr_array((np.ones(len(here)), (start, here)), shape=(width, len(options))) @ choices.places.T
    enough = diags_array(-problem.smallest[opened[:, 0]], shape=(width, width))
    at, fill = sums.tocoo().coords
    pairs, row = np.unique(np.stack([at, choices.block[fill]]), axis=1, return_inverse=True)
    many = pairs.shape[1]
    only = csr_array((np.ones(len(row)), (row.ravel(), fill)), shape=(many, len(choices.block)))
    where = csr_array((-np.ones(many), (np.arange(many), pairs[0])), shape=(many, width))
    low = np.concatenate([np.zeros(width), np.full(many, -np.inf)])
    high = np.concatenate([np.full(width, np.inf), np.zeros(many)])
    return (vstack([sums, only]), vstack([enough, where])), low, high

"""Prices of what areas share, and the bound that they prove.

With a price on the budget, on hours, on the places of a programme and on floors, every area is filled by itself; what
areas are worth then and what the limits are worth together is at least what any whole places can be worth (Lagrangean
relaxation, Geoffrion 1974). The prices with the lowest bound are looked for by cutting planes (Kelley 1960) within a
box around the best known (the Boxstep method: Marsten, Hogan and Blankenship 1975). Every fill that is met on the way
is kept: from these the whole places are chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from riskscreen.programmes.demand_rows import demands, sparse_rows
from riskscreen.programmes.filling import areas_of, fill_area
from riskscreen.programmes.problem import Floats, Problem, Whole
from riskscreen.programmes.replies import Block, blocks_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

BOX = 0.01
"""First size of the box, over the usual price of each limit."""
WIDER, NARROWER = 2.5, 0.7
"""Size of the next box after prices that prove more, or less."""
SPARE = 2e-5
"""Share of the bound that all blocks together may be off."""


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Demands that tie areas together: ``low <= rows @ places + total * places.sum() <= high``."""

    names: tuple[str, ...]
    rows: csr_array
    total: Floats
    low: Floats
    high: Floats

    def all_rows(self) -> csr_array:
        """Rows with all places written out, shape ``(limits, options)``."""
        from scipy.sparse import csr_array

        return self.rows + csr_array(self.total[:, None]) @ csr_array(np.ones((1, self.rows.shape[1])))

    def used(self, places: csr_array) -> Floats:
        """What fills take of every limit, shape ``(fills, limits)``."""
        return np.asarray((places @ self.rows.T).toarray() + np.outer(places.sum(axis=1), self.total))


def limits_of(problem: Problem) -> Limits:
    """All demands but smallest groups, with waiting lists at what they take."""
    from scipy.sparse import csr_array, vstack

    many, programmes = len(problem.options), len(problem.programmes)
    first = many + len(problem.opened)
    made = [each for each in demands(problem) if each.name not in ("smallest_groups", "total")]
    names = tuple(each.name for each in made for _ in each.low)
    if not made:
        return Limits((), csr_array((0, many)), np.zeros(0), np.zeros(0), np.zeros(0))
    rows = vstack([each.rows for each in made], format="csc")
    at_least = 0.0 if "waiting" in problem.left_out else problem.waiting
    waiting = rows[:, first : first + programmes] @ (at_least * np.ones(programmes))
    total = rows[:, [problem.size - 1]].toarray()[:, 0]
    low, high = (np.concatenate([getattr(each, side) for each in made]) - waiting for side in ("low", "high"))
    return Limits(names, rows[:, :many].tocsr(), total, low, high)


def prices_of(problem: Problem) -> Prices | None:
    """A search that starts at the prices of a coarse linear problem; ``None`` when not even that can be met.

    There broken places are counted, and of the families in a target group of an area only how many there are.
    """
    from scipy.optimize import linprog
    from scipy.sparse import vstack

    blocks, limits, options = blocks_of(problem), limits_of(problem), problem.options
    families, rows = np.array([block.families.sum() for block in blocks]), limits.all_rows()
    above, below = np.flatnonzero(np.isfinite(limits.high)), np.flatnonzero(np.isfinite(limits.low))
    found = linprog(
        -options.value,
        A_ub=vstack([rows[above], -rows[below], _approached(blocks, len(options))], format="csr"),
        b_ub=np.concatenate([limits.high[above], -limits.low[below], families]),
        bounds=np.stack([problem.least, np.maximum(problem.least, problem.most)], axis=1),
        method="highs",
    )
    if found.x is None or found.status != 0:
        return None
    prices, worth = np.zeros(len(limits.names)), np.maximum(-np.asarray(found.ineqlin.marginals), 0.0)
    prices[above] += worth[: len(above)]
    prices[below] -= worth[len(above) : len(above) + len(below)]
    return Prices(problem, blocks, limits, prices)


def _approached(blocks: Sequence[Block], options: int) -> csr_array:
    """Families approached per block, over places per option."""
    rows = np.repeat(np.arange(len(blocks)), [len(block.options) for block in blocks])
    parts = [(rows, np.concatenate([b.options for b in blocks]), np.concatenate([b.each for b in blocks]))]
    return sparse_rows(parts, (len(blocks), options))


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """Prices of all limits and what they prove.

    Parameters
    ----------
    prices
        Per limit; negative where a floor holds.
    bound
        The most that any whole places are worth.
    """

    prices: Floats
    bound: float


class Prices:
    """Search for the prices with the lowest bound.

    Parameters
    ----------
    problem
        The problem.
    blocks
        Its families, by area and target group.
    limits
        What areas share.
    start
        First prices, shape ``(limits,)``.

    Attributes
    ----------
    best
        The prices that prove most so far.
    fills
        Fills met so far, per area: places per option of the area.
    expected
        The lowest bound that prices in the box could prove, by what is known.
    settled
        Can no prices at all prove more than a trace less?
    """

    def __init__(self, problem: Problem, blocks: Sequence[Block], limits: Limits, start: Floats) -> None:
        self.problem, self.blocks, self.limits, self.value = problem, blocks, limits, problem.options.value
        self.areas = areas_of(problem, blocks)
        self.fills: list[list[Whole]] = [[] for _ in self.areas]
        self.best = Priced(start, np.inf)
        self.rounds, self.expected, self.settled = 0, -np.inf, False
        self._next, self._box, self._usual = start, BOX, self._usual_prices()

    def moved(self, problem: Problem) -> Prices:
        """The same search for a problem with other limits, from the best prices and with the fills met so far."""
        moved = Prices(problem, self.blocks, limits_of(problem), self.best.prices)
        moved.fills = [[*fills] for fills in self.fills]
        return moved

    def _usual_prices(self) -> Floats:
        """Price of each limit at which a place is usually worth nothing."""
        rows = self.limits.rows.tocoo()
        ratio = self.value[rows.coords[1]] / np.abs(rows.data)
        found = [ratio[rows.coords[0] == at] for at in range(len(self.limits.names))]
        return np.array([float(np.median(each)) if len(each) else 0.0 for each in found])

    def step(self) -> None:
        """Fill every area at the next prices, and choose the prices after these."""
        bound = self._bound_at(self._next)
        better = bound < self.best.bound
        if self.rounds:
            self._box *= WIDER if better else NARROWER
        if better:
            self.best = Priced(self._next, bound)
        self.rounds += 1
        self._next, self.expected = self._cut()
        self.settled = self._is_inside(self._next) and self.expected >= (1 - SPARE) * self.best.bound

    def worth(self, prices: Floats) -> Floats:
        """What one place of every option adds, less what it costs at these prices."""
        return np.asarray(self.value - self.limits.rows.T @ prices - float(self.limits.total @ prices))

    def _bound_at(self, prices: Floats) -> float:
        worth = self.worth(prices)
        spare = SPARE * (self.best.bound if np.isfinite(self.best.bound) else 0.0) / max(len(self.blocks), 1)
        limits = np.where(prices > 0, self.limits.high, np.where(prices < 0, self.limits.low, 0.0))
        total = float(prices @ limits)
        for area, fills in zip(self.areas, self.fills, strict=True):
            most, filled = fill_area(area, worth, spare=spare)
            fills += [np.concatenate(each.places) for each in filled]
            total += most
        return total

    def keep(self, places: Whole) -> None:
        """Places that are known to be good, shape ``(options,)``: a fill of every area."""
        for area, fills in zip(self.areas, self.fills, strict=True):
            fills.append(places[area.options])

    def _met(self) -> tuple[csr_array, Whole]:
        """All fills met, shape ``(fills, options)``, and the area of each."""
        area = np.repeat(np.arange(len(self.areas)), [len(fills) for fills in self.fills])
        places = [fill for fills in self.fills for fill in fills]
        options = [self.areas[at].options for at in area]
        rows = np.repeat(np.arange(len(area)), [len(own) for own in options])
        parts = [(rows, np.concatenate(options), np.concatenate(places).astype(np.float64))]
        return sparse_rows(parts, (len(area), len(self.value))), area

    def _cut(self) -> tuple[Floats, float]:
        """The best prices in the box by the fills met so far, and the lowest bound that these could prove."""
        from scipy.optimize import linprog
        from scipy.sparse import csr_array, hstack

        places, area = self._met()
        used = csr_array(self.limits.used(places))
        own = csr_array((np.ones(len(area)), (np.arange(len(area)), area)), shape=(len(area), len(self.areas)))
        lower, upper = self._bounds()
        side = np.where(np.isfinite(self.limits.high), self.limits.high, 0.0)
        floor = np.where(np.isfinite(self.limits.low), self.limits.low, 0.0)
        low, high = np.stack([np.maximum(lower, 0), np.maximum(-upper, 0)]), np.stack([upper, -lower]).clip(0)
        found = linprog(
            np.concatenate([side, -floor, np.ones(len(self.areas))]),
            A_ub=-hstack([used, -used, own], format="csr"),
            b_ub=-(places @ self.value),
            bounds=np.stack(
                [
                    np.concatenate([low.ravel(), np.full(len(self.areas), -np.inf)]),
                    np.concatenate([high.ravel(), np.full(len(self.areas), np.inf)]),
                ],
                axis=1,
            ),
            method="highs-ds",
        )
        if found.x is None:
            return self.best.prices, self.best.bound
        many = len(side)
        return found.x[:many] - found.x[many : 2 * many], float(found.fun)

    def _is_inside(self, prices: Floats) -> bool:
        """Is no price at the edge of the box? Then no larger box would do better."""
        around = self._box * (self._usual + np.abs(self.best.prices))
        return bool((np.abs(prices - self.best.prices) <= 0.999 * around).all())

    def _bounds(self) -> tuple[Floats, Floats]:
        """The box: no price below 0 without a floor, none above without a ceiling."""
        around = self._box * (self._usual + np.abs(self.best.prices))
        lower = np.where(np.isfinite(self.limits.low), -np.inf, 0.0)
        upper = np.where(np.isfinite(self.limits.high), np.inf, 0.0)
        return np.maximum(lower, self.best.prices - around), np.minimum(upper, self.best.prices + around)

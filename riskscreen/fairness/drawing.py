"""Neighbourhoods drawn as a whole, for figures that have no formula for their interval.

With fewer than ten neighbourhoods drawing them says little: families are then dealt over two hundred hands by lot, and
the hands are drawn. Families of different hands are independent, so this is the bootstrap of single families.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.stats.discrimination import FEWEST_BLOCKS, Figure, Scale, draw_blocks, interval

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

HANDS = 200
REPLICATES = 400


@dataclass(frozen=True, slots=True, eq=False)
class Dealt:
    """Rows with what is drawn as a whole.

    Parameters
    ----------
    row
        Place of the row that was given; a row whose families were dealt occurs once per hand. Shape ``(parts,)``.
    block
        Neighbourhood, or hand, from 0; shape ``(parts,)``.
    families
        Shape ``(parts,)``.
    draws
        How often each block is drawn, shape ``(replicates, blocks)``.
    """

    row: Ints
    block: Ints
    families: Array
    draws: Array

    @property
    def blocks(self) -> int:
        """How many neighbourhoods or hands."""
        return int(self.draws.shape[1])

    def sums(self, values: Array) -> Array:
        """Sums per block of a value per family, given per row: shape ``(blocks,)``."""
        return np.bincount(self.block, self.families * values[self.row], self.blocks).astype(np.float64)

    def tables(self, cell: Ints, cells: int) -> Array:
        """Families per block and cell, for a cell per row: shape ``(blocks, cells)``."""
        place = self.block * cells + cell[self.row]
        return np.bincount(place, self.families, self.blocks * cells).reshape(self.blocks, cells).astype(np.float64)

    def figure(self, value: float, drawn: Array, scale: Scale = "plain") -> Figure:
        """An estimate with the interval from its value in every replicate, shape ``(replicates,)``."""
        bounds = interval(value, drawn, scale=scale, blocks=self.blocks)
        return Figure(value, bounds.low, bounds.high)


def deal(block: Ints, families: Array, *, seed: int, replicates: int = REPLICATES) -> Dealt:
    """Draw neighbourhoods; fewer than ten of them: hands of families.

    Parameters
    ----------
    block
        Neighbourhood per row as a whole number, shape ``(rows,)``.
    families
        Whole numbers of at least 0, shape ``(rows,)``.
    """
    rng = np.random.default_rng(seed)
    codes = np.unique(block, return_inverse=True)[1].astype(np.int64)
    number = int(codes.max(initial=-1)) + 1
    if number >= FEWEST_BLOCKS:
        return Dealt(np.arange(len(block)), codes, families.astype(np.float64), draw_blocks(rng, number, replicates))
    each = np.repeat(np.arange(len(block)), families.astype(np.int64))
    place, dealt = np.unique(each * HANDS + rng.integers(HANDS, size=len(each)), return_counts=True)
    return Dealt(place // HANDS, place % HANDS, dealt.astype(np.float64), draw_blocks(rng, HANDS, replicates))

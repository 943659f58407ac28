"""Dividing: families over buurten, and a world into parts that are made one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from riskscreen.errors import UsageError
from riskscreen.synthetic.geography.areas import Floats, Geography
from riskscreen.synthetic.intervals import Ints


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive buurten of one municipality: positions ``first`` up to, not including, ``last``."""

    key: str
    municipality: str
    first: int
    last: int


def apportioned(total: int, weight: Floats) -> Ints:
    """Whole numbers in proportion to the weights that add up to the total exactly.

    By largest remainder (Hamilton's method); of equal remainders the first gets the one that is left.

    >>> apportioned(10, np.array([1.0, 1.0, 1.0])).tolist()
    [4, 3, 3]
    """
    if total < 0 or (weight < 0).any() or not weight.sum() > 0:
        raise UsageError(
            "a negative total or weight, or weights that add up to nothing, cannot be apportioned",
            do="give a total of 0 or more and weights of 0 or more of which at least one is above 0",
        )
    exact = total * (weight / weight.sum())
    whole = np.floor(exact + 1e-9).astype(np.int64)
    short = total - int(whole.sum())
    last_first = np.argsort(-np.round(exact - whole, 9), kind="stable")
    whole[last_first[:short]] += 1
    return np.asarray(whole)


def parts(geography: Geography, families: Ints, most: int) -> tuple[Part, ...]:
    """Split every municipality into as few parts of about equal size as its families need.

    Parameters
    ----------
    families
        Number of families of every buurt, shape (buurten,).
    most
        Most families of one part; only a buurt that has more by itself exceeds it.

    Returns
    -------
    tuple of Part
        In the order of the geography. A municipality without families has no part.
    """
    if most < 1:
        raise UsageError(f"a part of at most {most} families holds nobody", do="give 1 or more")
    found: list[Part] = []
    border = np.searchsorted(geography.municipality, np.arange(len(geography.municipalities) + 1))
    for position, place in enumerate(geography.municipalities):
        first, last = int(border[position]), int(border[position + 1])
        cuts = _cuts(families[first:last].tolist(), most)
        ends = [*cuts[1:], last - first] if cuts else []
        found += [
            Part(f"{place.code}-{i:03d}", place.code, first + cut, first + end)
            for i, (cut, end) in enumerate(zip(cuts, ends, strict=True))
        ]
    return tuple(found)


def _cuts(sizes: Sequence[int], most: int) -> list[int]:
    """Where parts begin: as few as ``most`` allows, and among those the ones whose largest is smallest."""
    if not sum(sizes):
        return []
    fewest = len(_filled_up(sizes, most))
    low, high = max(max(sizes), -(-sum(sizes) // fewest)), most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if len(_filled_up(sizes, middle)) <= fewest else (middle + 1, high)
    return _filled_up(sizes, high)


def _filled_up(sizes: Sequence[int], most: int) -> list[int]:
    """Where parts begin when each takes buurten until the next no longer fits."""
    cuts, taken = [0], 0
    for position, size in enumerate(sizes):
        if taken and size and taken + size > most:
            cuts.append(position)
            taken = 0
        taken += size
    return cuts

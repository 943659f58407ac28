"""Totals of points coarsened to bands, so that each holds enough families and outcomes to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.records.texts import Text

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BandSize:
    """What a band of a table must hold at least.

    Parameters
    ----------
    families
        In all: an estimate leaves only when it rests on enough of them.
    others
        Without the outcome: a rate near 1 would tell about single families.
    outcomes
        With the outcome.
    """

    families: int = 100
    others: int = 10
    outcomes: int = 10


@dataclass(frozen=True, slots=True)
class Band:
    """Bins ``first`` up to and including ``last``, with the counts in them."""

    first: int
    last: int
    families: int
    outcomes: int
    expected: float
    """Mean risk of its families."""


def bands_of(
    bins: NDArray[np.int64], outcome: Array, families: Array, risk: Array, *, size: BandSize, most: int = 30
) -> tuple[Band, ...]:
    """Merge bins from the highest down until each band holds enough; empty when all together hold too little.

    Parameters
    ----------
    bins, outcome, families, risk
        Shape ``(rows,)``: whole bins from 0, 0 or 1, counts, and the model's risk.
    size
        What a band must hold.
    most
        Bands of fewer than ``1 / most`` of all families with the outcome are merged further.
    """
    number = int(bins.max(initial=0)) + 1
    total = np.bincount(bins, families, number).astype(np.float64)
    hit = np.bincount(bins, families * outcome, number).astype(np.float64)
    expected = np.bincount(bins, families * risk, number).astype(np.float64)
    least = max(size.outcomes, float(hit.sum()) / most)
    edges, last = [], number - 1
    for first in range(number - 1, -1, -1):
        inside = slice(first, last + 1)
        hits, everyone = float(hit[inside].sum()), float(total[inside].sum())
        if hits >= least and everyone >= size.families and everyone - hits >= size.others:
            edges.append((first, last))
            last = first - 1
    if not edges:
        return ()
    if last >= 0:  # too little left at the bottom: it joins the lowest band
        edges[-1] = (0, edges[-1][1])
    return tuple(_band(first, end, total, hit, expected) for first, end in reversed(edges))


def joined(bands: Sequence[Band], *, most: int) -> tuple[Band, ...]:
    """Fewer bands, made of whole ones: two tables in bands that cross would tell the families between their borders.

    Parameters
    ----------
    bands
        Ascending.
    most
        A band of fewer than ``1 / most`` of all families with the outcome is joined with the next lower one.
    """
    least = sum(band.outcomes for band in bands) / most
    parts: list[list[Band]] = []
    for band in reversed(bands):
        if not parts or sum(one.outcomes for one in parts[-1]) >= least:
            parts.append([])
        parts[-1].append(band)
    if len(parts) > 1 and sum(one.outcomes for one in parts[-1]) < least:
        parts[-2:] = [parts[-2] + parts[-1]]
    return tuple(_whole(part) for part in reversed(parts))


def _whole(part: Sequence[Band]) -> Band:
    families = sum(band.families for band in part)
    expected = sum(band.expected * band.families for band in part) / families
    return Band(part[-1].first, part[0].last, families, sum(band.outcomes for band in part), expected)


def points_code(band: Band, highest: int) -> str:
    """The code of a band of points: ``3``, ``3-5`` or ``6_up``."""
    if band.last >= highest and band.first > 0:
        return f"{band.first}_up"
    return f"{band.first}" if band.first == band.last else f"{band.first}-{band.last}"


def first_points(code: str) -> int:
    """The lowest points of a band, from its code.

    Examples
    --------
    >>> [first_points(code) for code in ("3", "3-5", "6_up")]
    [3, 3, 6]
    """
    return int(code.removesuffix("_up").split("-")[0])


def points_label(band: Band, highest: int) -> Text:
    """The wording of a band of points."""
    if band.last >= highest and band.first > 0:
        return Text(f"{band.first} points or more", f"{band.first} punten of meer")
    if band.first != band.last:
        return Text(f"{band.first} to {band.last} points", f"{band.first} tot en met {band.last} punten")
    if band.first == 1:
        return Text("1 point", "1 punt")
    return Text(f"{band.first} points", f"{band.first} punten")


def _band(first: int, last: int, total: Array, hit: Array, expected: Array) -> Band:
    inside = slice(first, last + 1)
    families = float(total[inside].sum())
    return Band(first, last, int(families), int(hit[inside].sum()), float(expected[inside].sum()) / families)

"""Exact contributions of a card to the log-odds, against the mean over families.

The log-odds of a card are a sum over stressors, so the Shapley value of a stressor against families at large is its own
term minus the mean of that term (Lundberg and Lee 2017, NeurIPS, corollary 1: the linear model). Which lines of the
card hold is all that matters, so rows are first told apart by that: families for whom the same lines hold share one
*pattern*, and a contribution is worked out once per pattern.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from riskscreen.records.card import Card, Line

Array = NDArray[np.float64]
T = TypeVar("T")
Levels = Mapping[str, NDArray[Any]]

_CHUNK = 1 << 19
"""Rows at a time: few enough for the cache, and many enough that threads hardly wait for the interpreter."""
_PART = 200_000
"""Fewer rows than this are not worth a processor of their own."""
_WORD = 16
"""Lines packed into one code; a card with more gets codes of codes."""


@dataclass(frozen=True, slots=True, eq=False)
class Additive:
    """Contributions to the log-odds: ``base + values[of_row].sum(axis=1)`` are the card's log-odds of every row.

    Parameters
    ----------
    stressors
        The stressors of the card: the columns of ``values``.
    values
        Contribution per pattern and stressor, in log-odds, shape ``(patterns, stressors)``.
    families
        Families per pattern, shape ``(patterns,)``.
    of_row
        Which pattern each row has, shape ``(rows,)``.
    base
        Mean log-odds over the families; ``nan`` when there are none.
    """

    stressors: tuple[str, ...]
    values: Array
    families: Array
    of_row: NDArray[Any]
    base: float

    def written_out(self) -> Array:
        """One row of contributions per row of levels, shape ``(rows, stressors)``."""
        out = np.empty((len(self.of_row), len(self.stressors)))
        return np.take(self.values, self.of_row, axis=0, out=out, mode="clip")


def additive_contributions(card: Card, levels: Levels, families: Array | None = None) -> Additive:
    """What each stressor adds to the log-odds of each row, against the mean over families.

    Parameters
    ----------
    card
        The card.
    levels
        Levels per stressor of the card, shape ``(rows,)`` each: floats with ``nan`` for *not covered*, or signed whole
        numbers with a negative number for it.
    families
        Families per row, shape ``(rows,)``; default one per row.

    Examples
    --------
    >>> from riskscreen.records.card import Card, Line
    >>> card = Card("card", (Line("debt", ">=", 1.0, 2), Line("eviction", ">=", 1.0, 3)), -4.0, 0.5)
    >>> levels = {"debt": np.array([0, 1]), "eviction": np.array([0, 0])}
    >>> found = additive_contributions(card, levels, np.array([3.0, 1.0]))
    >>> found.base, found.values.tolist()
    (-3.75, [[-0.25, 0.0], [0.75, 0.0]])
    """
    rows = len(next(iter(levels.values()))) if levels else len(families) if families is not None else 0
    patterns = _patterns(card.lines, levels, rows, families)
    values = _points(card, patterns.holds)
    everyone = float(patterns.families.sum())
    mean = patterns.families @ values / everyone if everyone > 0 else np.full(len(card.stressors), np.nan)
    base = card.intercept + card.slope * float(mean.sum()) if everyone > 0 else float("nan")
    values -= mean
    values *= card.slope
    return Additive(card.stressors, values, patterns.families, patterns.of_row, base)


@dataclass(frozen=True, slots=True, eq=False)
class _Patterns:
    """Which lines hold in each pattern, ``(patterns, lines)``; its families; and the pattern of each row."""

    holds: NDArray[np.bool_]
    families: Array
    of_row: NDArray[Any]


def _points(card: Card, holds: NDArray[np.bool_]) -> Array:
    """Points per pattern and stressor, shape ``(patterns, stressors)``."""
    places = {name: place for place, name in enumerate(card.stressors)}
    points = np.zeros((len(places), len(holds)))
    for line, column in zip(card.lines, np.ascontiguousarray(holds.T), strict=True):
        points[places[line.stressor]] += line.points * column
    return np.ascontiguousarray(points.T)


def _patterns(lines: Sequence[Line], levels: Levels, rows: int, families: Array | None) -> _Patterns:
    found = _of_word(lines[:_WORD], levels, rows, families)
    for start in range(_WORD, len(lines), _WORD):
        found = _joined(found, _of_word(lines[start : start + _WORD], levels, rows, None), families)
    return found


def _of_word(lines: Sequence[Line], levels: Levels, rows: int, families: Array | None) -> _Patterns:
    """Patterns over at most sixteen lines: those that occur, in the order of their codes."""
    columns = [np.asarray(levels[line.stressor]) for line in lines]
    size = 1 << len(lines)
    code, place = np.empty(rows, dtype=np.uint16), np.zeros(size, dtype=np.uint16)

    def count(part: slice) -> NDArray[np.int64]:
        counts, room = np.zeros(size, dtype=np.int64), _Room()
        for few in _chunks(part):
            _pack(lines, [column[few] for column in columns], code[few], room)
            counts += np.bincount(room.index_of(code[few]), minlength=size)
        return counts

    def put(part: slice) -> None:
        room = _Room()
        for few in _chunks(part):
            np.take(place, room.index_of(code[few]), mode="clip", out=code[few])

    counts = np.sum(_in_parts(count, rows), axis=0)
    weight = counts if families is None else np.bincount(code, families, size)
    used = np.flatnonzero(counts)
    place[used] = np.arange(len(used))
    _in_parts(put, rows)
    flags = used.astype("<u2").view(np.uint8).reshape(-1, 2)
    holds = np.unpackbits(flags, axis=1, count=len(lines), bitorder="little").view(np.bool_)
    return _Patterns(holds, np.asarray(weight[used], dtype=np.float64), code)


def _in_parts(work: Callable[[slice], T], rows: int) -> list[T]:
    """Do work on as many parts of the rows as there are processors, side by side; few rows are one part."""
    parts = max(1, min(os.cpu_count() or 1, rows // _PART))
    edges = [rows * part // parts for part in range(parts + 1)]
    slices = [slice(start, stop) for start, stop in pairwise(edges)]
    if parts == 1:
        return [work(slices[0])]
    with ThreadPoolExecutor(parts) as pool:
        return list(pool.map(work, slices))


def _chunks(part: slice) -> Iterator[slice]:
    return (slice(start, min(start + _CHUNK, part.stop)) for start in range(part.start, part.stop, _CHUNK))


def _joined(one: _Patterns, other: _Patterns, families: Array | None) -> _Patterns:
    """Patterns over the lines of both: the pairs that occur."""
    width = len(other.holds)
    used, of_row = np.unique(one.of_row.astype(np.int64) * width + other.of_row, return_inverse=True)
    weight = np.bincount(of_row, families, len(used)).astype(np.float64)
    return _Patterns(np.hstack([one.holds[used // width], other.holds[used % width]]), weight, of_row)


class _Room:
    """Memory that every chunk uses again: to ask for it anew would take longer than the work."""

    def __init__(self) -> None:
        self.byte = np.empty(_CHUNK, dtype=np.uint8)
        self.flag = np.empty(_CHUNK, dtype=np.bool_)
        self.index = np.empty(_CHUNK, dtype=np.intp)

    def index_of(self, code: NDArray[np.uint16]) -> NDArray[np.intp]:
        """The codes as numpy wants its indices."""
        index = self.index[: len(code)]
        index[:] = code
        return index


def _pack(lines: Sequence[Line], columns: Sequence[NDArray[Any]], out: NDArray[np.uint16], room: _Room) -> None:
    """Write one code per row whose bits say which of at most sixteen lines hold: bytes, as these are fastest."""
    byte, flag = room.byte[: len(out)], room.flag[: len(out)]
    for half in (1, 0):
        byte.fill(0)
        for place in reversed(range(8 * half, min(8 * half + 8, len(lines)))):
            np.add(byte, byte, out=byte)
            np.bitwise_or(byte, _flags(lines[place], columns[place], flag).view(np.uint8), out=byte)
        if half:
            np.left_shift(byte, np.uint16(8), out=out)
        else:
            np.bitwise_or(out, byte, out=out)


def _flags(line: Line, column: NDArray[Any], out: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a line holds; not covered never does. Whole numbers are compared as such, which is much faster."""
    if column.dtype.kind == "f":
        (np.greater_equal if line.side == ">=" else np.less_equal)(column, line.cut, out=out)
        return out
    if line.side == ">=":
        np.greater_equal(column, column.dtype.type(max(np.ceil(line.cut), 0)), out=out)
        return out
    np.less_equal(column, column.dtype.type(np.floor(line.cut)), out=out)
    np.logical_and(out, column >= 0, out=out)
    return out

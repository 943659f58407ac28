"""Columns of a register: from arrays of numbers to Arrow, as the register would know it on the last day.

What was recorded on or after the last day of the history is not in the registers yet. Texts are made late and in one
go, so that the world itself is only numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from riskscreen.errors import UsageError
from riskscreen.synthetic.intervals import NEVER, Flags, Ints

_DIGITS = 10
_PART_BITS, _ROW_BITS = 12, 20  # at most 4,096 parts of a million rows: together the 32 bits of a number
_KIND_BITS = 5  # at most 32 kinds in a register
_DAY_BITS = 17
_DAY_SHIFT = 50_000  # days before 1970 that still get a positive number


@dataclass(frozen=True)
class Sheet:
    """One register, in the order in which it is written."""

    register: str
    table: pa.Table
    first: int | None = None  # first day covered, when it is not the history's
    last: int | None = None


@dataclass(frozen=True, eq=False)
class Maker:
    """Makes columns for one set of registers.

    Parameters
    ----------
    until
        First day that is no longer known, as a day number.
    prefix
        Put before every id, so that a search can find any id that leaks.
    seed, part
        The seed of the world and the position of the part: numbers differ between parts.
    persons_count
        How many persons the part has.
    on_record
        Is the person in the register of persons before the last day? (A birth takes some days to be recorded.)
    """

    until: int
    prefix: str
    seed: int
    part: int
    persons_count: int
    on_record: Flags = field(repr=False)

    @cached_property
    def numbers(self) -> Ints:
        """Number shown for each person: scattered, so that ids say nothing about kinship."""
        return self.scattered("P", np.arange(self.persons_count))

    def scattered(self, letter: str, position: Ints) -> Ints:
        """A number for every position in this part, different for different positions, parts and letters.

        A one-to-one scattering of 32 bits (the finishing steps of MurmurHash3, Appleby 2011), so that nothing needs
        to be kept to keep numbers apart.

        Raises
        ------
        UsageError
            The part has more rows than a number can tell apart.
        """
        if self.part >= 1 << _PART_BITS or (len(position) and int(position.max()) >= 1 << _ROW_BITS):
            raise UsageError(
                f"part {self.part} of the world has more rows, or the world more parts, than numbers can tell apart",
                do=f"make fewer families, or more buurten: up to {1 << _ROW_BITS:,} rows in {1 << _PART_BITS:,} parts",
            )
        word = int.from_bytes(hashlib.sha256(f"{self.seed} {letter}".encode()).digest()[:4], "big")
        value = (position.astype(np.uint64) | np.uint64(self.part << _ROW_BITS)) ^ np.uint64(word)
        for multiplier, shift in ((0x85EBCA6B, 16), (0xC2B2AE35, 13), (1, 16)):
            value = (value ^ (value >> np.uint64(shift))) * np.uint64(multiplier) & np.uint64(0xFFFFFFFF)
        return value.astype(np.int64)

    def ids(self, letter: str, position: Ints, none: Flags | None = None) -> pa.Array:
        """Ids such as ``H0003141592`` by position in this part; null where ``none`` holds."""
        return self._texts(letter, self.scattered(letter, np.maximum(position, 0)), none)

    def _texts(self, letter: str, numbers: Ints, none: Flags | None) -> pa.Array:
        digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), _DIGITS, "0")
        texts = pc.binary_join_element_wise(pa.scalar(self.prefix + letter), digits, pa.scalar(""))
        return texts if none is None else pc.if_else(pa.array(none), pa.scalar(None, pa.string()), texts)

    def persons(self, person: Ints) -> pa.Array:
        """Ids of persons; a negative number is nobody."""
        return self._texts("P", self.numbers[person], np.asarray(person < 0) if (person < 0).any() else None)

    def dates(self, days: Ints) -> pa.Array:
        """Dates; null where the day is not in the past of the last day."""
        return self.future_dates(np.where(days < self.until, days, NEVER))

    def future_dates(self, days: Ints) -> pa.Array:
        """Dates that may lie in the future (due dates); ``NEVER`` is null."""
        return pa.array(days.astype(np.int32), mask=np.asarray(days >= NEVER)).cast(pa.date32())


def codes(positions: npt.NDArray[np.integer], names: Sequence[str]) -> pa.Array:
    """Texts by position; a negative position is null."""
    index = pa.array(np.maximum(positions, 0).astype(np.int32), mask=np.asarray(positions < 0))
    return pa.array(list(names), pa.string()).take(index)


def numbers(values: npt.NDArray[np.floating]) -> pa.Array:
    """Numbers; not-a-number is null."""
    return pa.array(values.astype(np.float64), mask=np.isnan(values))


def flags(values: Flags, none: Flags | None = None) -> pa.Array:
    """True or false; null where ``none`` holds."""
    return pa.array(values, mask=none)


@dataclass(frozen=True, eq=False)
class Rows:
    """Events or periods of persons before they become a register; ``end`` is ``NEVER`` for a period that is open."""

    person: Ints
    kind: npt.NDArray[np.integer]
    start: Ints
    end: Ints
    recorded: Ints
    end_recorded: Ints
    extra: Mapping[str, Ints] = field(default_factory=dict)

    def taken(self, kept: Flags | Ints) -> Rows:
        """Some of the rows, or the rows in another order."""
        extra = {name: values[kept] for name, values in self.extra.items()}
        return Rows(
            self.person[kept],
            self.kind[kept],
            self.start[kept],
            self.end[kept],
            self.recorded[kept],
            self.end_recorded[kept],
            extra,
        )


def lagged(
    person: Ints, kind: npt.NDArray[np.integer], start: Ints, end: Ints, lag: float, draws: np.random.Generator
) -> Rows:
    """Rows recorded some days after they happened, ``lag`` on average; points in time have no end of their own."""
    recorded = start + np.floor(draws.exponential(max(lag, 1e-9), len(start))).astype(np.int64)
    ended = end + np.floor(draws.exponential(max(lag, 1e-9), len(start))).astype(np.int64)
    point = end == start
    return Rows(
        person, kind, start, end, recorded, np.where(point | (end >= NEVER), NEVER, np.maximum(ended, recorded))
    )


def handed_over(rows: Rows, maker: Maker) -> Rows:
    """Rows in order of person and start; where one period ends as the next begins, one record tells of both."""
    rows = rows.taken(_in_order(rows, maker))
    joins = np.zeros(len(rows.person), dtype=bool)
    joins[:-1] = (rows.person[1:] == rows.person[:-1]) & (rows.end[:-1] == rows.start[1:])
    after = np.append(rows.recorded[1:], NEVER)
    return replace(rows, end_recorded=np.where(joins, np.maximum(after, rows.recorded), rows.end_recorded))


def _in_order(rows: Rows, maker: Maker) -> Ints:
    """Positions by person, start and kind; one key sorts several times faster than three."""
    key = (maker.numbers[rows.person] << _DAY_BITS + _KIND_BITS) + (rows.start + _DAY_SHIFT << _KIND_BITS) + rows.kind
    return np.argsort(key, kind="stable")


def known(rows: Rows, maker: Maker) -> Rows:
    """What is on record before the last day, once each, in order of person, start and kind."""
    there = maker.on_record[rows.person]
    rows = rows.taken(np.asarray((rows.recorded < maker.until) & (rows.start < maker.until) & there))
    rows = _told_by_the_next(rows, maker)
    late = (rows.end >= maker.until) | ((rows.end_recorded >= maker.until) & (rows.end_recorded < NEVER))
    ends = np.where(late, NEVER, rows.end)
    ended = np.where(late, NEVER, rows.end_recorded)
    rows = replace(rows, end=ends, end_recorded=ended)
    rows = rows.taken(_in_order(rows, maker))
    if len(rows.person) < 2:
        return rows
    same = (
        (rows.person[1:] == rows.person[:-1]) & (rows.start[1:] == rows.start[:-1]) & (rows.kind[1:] == rows.kind[:-1])
    )
    for values in rows.extra.values():
        same &= values[1:] == values[:-1]
    return rows.taken(np.concatenate([[True], ~same]))


def _told_by_the_next(rows: Rows, maker: Maker) -> Rows:
    """An end that was not recorded in time is known all the same where a next period of the same kind is on record."""
    untold = (rows.end < maker.until) & (rows.end_recorded >= maker.until) & (rows.end_recorded < NEVER)
    key = (rows.person << _KIND_BITS) + rows.kind
    of_same = np.flatnonzero(np.isin(key, key[untold]))
    if not len(of_same):
        return rows
    of_same = of_same[np.lexsort((rows.start[of_same], key[of_same]))]
    before, after = of_same[:-1], of_same[1:]
    followed = (key[before] == key[after]) & untold[before] & (rows.end[before] <= rows.start[after])
    before, after = before[followed], after[followed]
    told = rows.end_recorded.copy()
    told[before] = np.maximum(rows.recorded[before], rows.recorded[after])
    return replace(rows, end_recorded=told)


def spell_sheet(
    register: str, rows: Rows, kinds: Sequence[str], maker: Maker, extra: Mapping[str, Sequence[str]] | None = None
) -> Sheet:
    """A register of events or periods: person, kind, extra codes, dates."""
    columns = {"person": maker.persons(rows.person), "kind": codes(rows.kind, kinds)}
    for name, names in (extra or {}).items():
        columns[name] = codes(rows.extra[name], names)
    return Sheet(register, pa.table(columns | date_columns(rows, maker)))


def date_columns(rows: Rows, maker: Maker) -> dict[str, pa.Array]:
    """The four dates that every event or period has."""
    return {
        "event_date": maker.dates(rows.start),
        "end_date": maker.dates(rows.end),
        "end_recorded_date": maker.dates(rows.end_recorded),
        "recorded_date": maker.dates(rows.recorded),
    }

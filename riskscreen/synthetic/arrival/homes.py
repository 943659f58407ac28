"""Postcode and house number of every address, and who lived where when, as the register of addresses knows it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from riskscreen.synthetic.intervals import NEVER, Ints
from riskscreen.synthetic.sheets import Maker

_STRIDE = 4 * NEVER
_LETTERS = "ABCDEFGHJKLMNPRSTVWXZ"
_NEVER_GIVEN = ("SA", "SD", "SS")  # no Dutch postcode ends so
_PAIRS = tuple(a + b for a, b in product(_LETTERS, repeat=2) if a + b not in _NEVER_GIVEN)
_STREETS = 40  # postcodes of one buurt
_HOUSES = 160  # house numbers of one postcode


@dataclass(frozen=True, eq=False)
class Homes:
    """Periods of persons at addresses, in order of person and first day; arrays of shape (periods,).

    Those of person p are ``offsets[p]:offsets[p + 1]``. Postcode and house number are derived from the buurt and the
    number of the address, so that everybody at one address has the same ones and a move changes them. They are made
    up: no postcode is looked up anywhere.
    """

    key: Ints
    offsets: Ints
    recorded: Ints
    postcode: pa.Array
    house: npt.NDArray[np.int64]

    def at(self, person: Ints, day: Ints) -> Ints:
        """Position of each person's period on a day: the last one begun, else the first; -1 for no address at all."""
        first = self.offsets[person]
        found = np.maximum(np.searchsorted(self.key, person * _STRIDE + day, side="right") - 1, first)
        return np.asarray(np.where(self.offsets[person + 1] > first, found, -1))

    def last(self, person: Ints) -> Ints:
        """Position of each person's last period, -1 for no address at all."""
        return np.asarray(np.where(self.offsets[person + 1] > self.offsets[person], self.offsets[person + 1] - 1, -1))


def make_homes(addresses: pa.Table, person: Ints, count: int, maker: Maker) -> Homes:
    """Homes from the register of addresses.

    Parameters
    ----------
    person
        Position of the person of every row, -1 for nobody.
    count
        Number of persons.
    """
    days = days_of(addresses["event_date"])
    order = np.argsort(person * _STRIDE + days, kind="stable")
    order = order[person[order] >= 0]
    number = pc.utf8_slice_codeunits(addresses["address"], len(maker.prefix) + 1)
    number = pc.cast(number, pa.int64()).to_numpy()[order]
    area = addresses["area"].combine_chunks().dictionary_encode()
    code = area.indices.to_numpy()[order]
    ground = np.array([zlib.crc32(name.encode()) for name in area.dictionary.to_pylist()], dtype=np.int64)
    street, house = number % _STREETS, number // _STREETS % _HOUSES + 1
    return Homes(
        key=(person * _STRIDE + days)[order],
        offsets=np.concatenate([[0], np.cumsum(np.bincount(person[order], minlength=count))]),
        recorded=days_of(addresses["recorded_date"])[order],
        postcode=_postcodes(ground).take(pa.array(code * _STREETS + street)),
        house=house,
    )


def days_of(dates: pa.ChunkedArray) -> Ints:
    """Day numbers of dates; ``NEVER`` where there is none."""
    return np.asarray(pc.fill_null(pc.cast(dates, pa.int32()), NEVER).to_numpy(), dtype=np.int64)


def _postcodes(ground: Ints) -> pa.Array:
    """The postcodes of every buurt, one buurt after another, from a number of the buurt."""
    digits, pair = 1000 + ground % 9000, ground // 9000
    return pa.array(
        [
            f"{number}{_PAIRS[(first + street) % len(_PAIRS)]}"
            for number, first in zip(digits.tolist(), pair.tolist(), strict=True)
            for street in range(_STREETS)
        ],
        pa.string(),
    )

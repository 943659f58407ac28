"""Units, their children and the calendar of a world: what families are written down as.

A *unit* is a mother with everyone she has children or lives with. Days count from 1970-01-01; ``NEVER`` means that it
did not happen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from riskscreen.synthetic.intervals import Flags, Floats, Ints
from riskscreen.synthetic.world import World

Codes = npt.NDArray[np.int8]

YEAR = 365.25
ADULT = 18
GESTATION = 280
Origin = Literal["netherlands", "europe", "outside_europe"]
ORIGINS: tuple[Origin, ...] = ("netherlands", "europe", "outside_europe")
EDUCATIONS = ("low", "middle", "high")
MOTHER, FATHER, PARTNER = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Units:
    """One row per mother; every array has shape (units,)."""

    area: Ints
    background: Floats
    latent: Floats
    origin: npt.NDArray[np.int8]  # shape (units, 3): mother, father, later partner; position in ORIGINS
    education: npt.NDArray[np.int8]  # shape (units, 3); position in EDUCATIONS
    maltreated: Flags  # shape (units, 3): as a child
    first_birth: Ints
    mother_birth: Ints
    cohabit: Ints
    father_known: Flags
    separated: Ints
    partner_from: Ints
    partner_until: Ints
    mother_stays: Flags
    emigrated: Ints
    married: Flags
    arrived: Ints  # day on which the family came from elsewhere, -NEVER for always here
    expected: Ints  # day of a birth after the history of which the pregnancy may be known, NEVER for none

    def __len__(self) -> int:
        return len(self.area)


@dataclass(frozen=True, eq=False)
class Children:
    """One row per child, in order of unit and birth; every array has shape (children,)."""

    unit: Ints
    birth: Ints
    order: Ints
    father_slot: Codes  # FATHER, PARTNER or -1 when there is no legal father
    twin_of: Ints  # position of the twin who was born first, else the child's own
    weeks: npt.NDArray[np.float32]  # length of the pregnancy
    grams: npt.NDArray[np.int32]  # weight at birth
    preterm: Flags  # born before 37 weeks
    small: Flags  # weight below the tenth percentile for the length of the pregnancy
    smoking: Flags  # of the mother, in the pregnancy
    death: Ints
    leaves_home: Ints

    def __len__(self) -> int:
        return len(self.unit)


@dataclass(frozen=True, eq=False)
class Calendar:
    """Days on which the history begins and ends, and the first year that is simulated."""

    start: int
    end: int
    first_year: int

    @property
    def years(self) -> Ints:
        """First day of every simulated year, and of the one after."""
        last = int(np.datetime64(self.end, "D").astype("datetime64[Y]").astype(int)) + 1970
        return np.array(
            [day_of(year) for year in range(self.first_year, last + 1)],
            dtype=np.int64,
        )


def day_of(year: int) -> int:
    """1 January of a year as a day number."""
    return int(np.datetime64(f"{year}-01-01", "D").astype(int))


def calendar(world: World) -> Calendar:
    """The days of a world's history."""
    history = world.history
    start = int(np.datetime64(history.from_, "D").astype(int))
    end = int(np.datetime64(history.until, "D").astype(int))
    return Calendar(start, end, history.from_.year - history.warm_up_years)


def units_where(units: Units, kept: Flags) -> Units:
    return Units(**{name: getattr(units, name)[kept] for name in Units.__dataclass_fields__})


def children_where(children: Children, kept: Flags | Ints) -> Children:
    return Children(**{name: getattr(children, name)[kept] for name in Children.__dataclass_fields__})


def in_order(children: Children) -> Children:
    """Number the children of every unit anew: 0 for the first."""
    first = np.concatenate([[True], children.unit[1:] != children.unit[:-1]]) if len(children) else np.zeros(0, bool)
    begin = np.maximum.accumulate(np.where(first, np.arange(len(children)), 0))
    return replace(children, order=np.arange(len(children)) - begin)


def minor_on(children: Children, day: int) -> Flags:
    """Children of 0-17 on a day, alive."""
    young = (children.birth < day) & (children.birth > day - round(ADULT * YEAR))
    return np.asarray(young & (children.death > day))

"""True need of every child in every year, which no register holds.

Severity is a log-odds scale: what holds in the family in the year before, weighted by conditional odds ratios, plus a
logistic rest of which parts last in the family and in the child. Programmes shift the severity of those who take part.
Need is severity above the threshold that gives the professionals' share of children without programmes, milder need
above the one that gives the pupils' share. Origin has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from riskscreen.synthetic.intervals import Flags, Ints
from riskscreen.synthetic.lives.panel import Panel, Singles
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import day_of
from riskscreen.synthetic.needs.need_types import Cases, draw_types
from riskscreen.synthetic.needs.severity import MILDER, NEED, NONE, Severity, of_units
from riskscreen.synthetic.sheets import Maker, codes
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

__all__ = ["MILDER", "NEED", "NONE", "TrueNeed", "make_need", "need_table"]


@dataclass(frozen=True, eq=False)
class TrueNeed:
    """Severity per child and index date, 1 January of the panel's second year and on.

    Attributes
    ----------
    dates
        Index dates, shape (dates,).
    severity
        Log-odds scale with 0 at the threshold of need, shape (children, dates).
    minor
        Is the child a minor who is here on the date?
    level
        ``NONE``, ``MILDER`` or ``NEED``, shape (children, dates).
    of_family
        The highest level among a unit's minors, shape (units, dates).
    """

    dates: Ints
    severity: Singles
    minor: Flags
    level: npt.NDArray[np.int8]
    of_family: npt.NDArray[np.int8]


def make_need(people: People, severity: Severity, shift: Singles | None = None) -> TrueNeed:
    """Need when programmes shift severity, shape (children, dates)."""
    value = severity.value if shift is None else severity.value + shift
    level = severity.level(value)
    return TrueNeed(severity.dates, value, severity.minor, level, of_units(level, people))


def need_table(world: World, people: People, panel: Panel, need: TrueNeed, maker: Maker, chance: Chance) -> pa.Table:
    """Severity, need and its types for every minor on every index date that is written."""
    dates = np.flatnonzero(need.dates >= day_of(world.need.from_year))
    ranked = np.argsort(maker.numbers[people.first_child :], kind="stable")
    date, position = np.nonzero(need.minor[ranked][:, dates].T)
    child, date = ranked[position], dates[date]
    severity, level = need.severity[child, date], need.level[child, date]
    found = np.flatnonzero(level == NEED)
    drawn = draw_types("need", world, people, panel, Cases(child[found], date[found], severity[found]), chance)
    none = level < NEED
    unit = people.children.unit[child]
    disorders = panel.states["disorder"][unit, date].astype(np.int8) + panel.states["two_disorders"][unit, date]
    return pa.table(
        {
            "person": maker.persons(ranked + people.first_child).take(pa.array(position)),
            "index_date": maker.future_dates(need.dates[date]),
            "severity": pa.array(_rounded(severity)),
            "need": pa.array(~none),
            "milder_need": pa.array(level >= MILDER),
            "main_type": codes(_spread(drawn.main, found, len(child), -1), tuple(world.need.types.shares)),
            "types": pa.array(_spread(drawn.number, found, len(child), 0)),
            "by_parent": pa.array(_spread(drawn.by_parent.astype(np.int8), found, len(child), 0) == 1, mask=none),
            "violence": pa.array(panel.states["violence"][unit, date]),
            "disorders": pa.array(disorders),
            "dual": pa.array(panel.states["dual"][unit, date]),
        }
    )


def _rounded(severity: Singles) -> Singles:
    """Three digits, and still on the same side of the threshold."""
    digits = np.round(severity, 3)
    return np.asarray(np.where(severity > 0, np.maximum(digits, 0.001), np.minimum(digits, 0)), dtype=np.float32)


def _spread(values: npt.NDArray[np.int8], where: Ints, count: int, else_: int) -> npt.NDArray[np.int8]:
    whole = np.full(count, else_, dtype=np.int8)
    whole[where] = values
    return whole

"""Couples over time: who parts, who finds a new partner, and who is the legal father of which child."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from riskscreen.synthetic.intervals import NEVER, Flags, Floats
from riskscreen.synthetic.lives.life_settings import FamiliesForm
from riskscreen.synthetic.lives.units import (
    FATHER,
    GESTATION,
    MOTHER,
    PARTNER,
    YEAR,
    Calendar,
    Children,
    Units,
    children_where,
    in_order,
    minor_on,
)
from riskscreen.synthetic.solving import reached
from riskscreen.synthetic.streams import Chance


def separate(
    form: FamiliesForm, units: Units, children: Children, days: Calendar, chance: Chance
) -> tuple[Units, Children]:
    """Separations, new partners and the children that are then not born.

    The rate of separation is scaled so that the share of children with a single parent comes out.
    """
    count, draws = len(units), chance.stream("families.separation")
    low_educated = units.education[:, MOTHER] == 0
    only = np.bincount(children.unit, minlength=count) == 1
    pressure = form.separation["latent"] * units.latent + form.separation["low_education"] * low_educated
    pressure = pressure + form.separation["only_child"] * only
    waits = _Waits(
        separation=draws.exponential(1.0, count) ** form.separation["early"] * np.exp(-pressure) * YEAR,
        partner=draws.exponential(YEAR / form.new_partner_per_year["rate"], count),
        lasting=draws.exponential(YEAR / form.new_partner_per_year["ends"], count),
        later=draws.random(len(children)) < form.later_birth_when_alone,
    )

    def solve() -> float:
        expected = _single_share(units, children, days, waits)
        place = "families_form.single_parent_children"
        return float(
            np.exp(reached(place, form.single_parent_children, expected, chance, bounds=_SEPARATION, turns=16))
        )

    units = _at_rate(units, waits, chance.solved("families.separation", solve), days)
    return units, in_order(children_where(children, _still_born(units, children, waits.later)))


_SEPARATION = (float(np.log(1e-4)), float(np.log(0.5)))  # logarithm of the yearly rate


def _single_share(units: Units, children: Children, days: Calendar, waits: _Waits) -> Callable[[float], float]:
    """The share of children with a single parent on the last day, by logarithm of the yearly rate of separation."""

    def expected(rate: float) -> float:
        tried = _at_rate(units, waits, float(np.exp(rate)), days)
        born = _still_born(tried, children, waits.later)
        minor = children.unit[born & minor_on(children, days.end)]
        single = (tried.separated < days.end) & ~((tried.partner_from < days.end) & (tried.partner_until == NEVER))
        return float(single[minor].mean()) if len(minor) else 0.0

    return expected


@dataclass(frozen=True, eq=False)
class _Waits:
    """Draws in units of time that a rate turns into days."""

    separation: Floats
    partner: Floats
    lasting: Floats
    later: Flags


def _at_rate(units: Units, waits: _Waits, rate: float, days: Calendar) -> Units:
    """Separations and new partners when couples separate at ``rate`` a year."""
    alone = units.separated == units.cohabit
    later = units.first_birth + 60 + np.round(waits.separation / rate).astype(np.int64)
    separated = np.where(alone, units.cohabit, later)
    begins = np.maximum(separated, units.first_birth) + np.round(200 + waits.partner).astype(np.int64)
    ends = begins + np.round(100 + waits.lasting).astype(np.int64)
    known = [np.where(day < days.end, day, NEVER) for day in (separated, begins, ends)]
    return replace(units, separated=known[0], partner_from=known[1], partner_until=known[2])


def _still_born(units: Units, children: Children, later: Flags) -> Flags:
    """Children born before a separation, with a new partner in the home, or sometimes to a mother alone."""
    unit = children.unit
    alone = units.separated[unit] + GESTATION < children.birth
    new = (units.partner_from[unit] + 300 <= children.birth) & (children.birth < units.partner_until[unit])
    return np.asarray((children.order == 0) | ~alone | (units.mother_stays[unit] & (new | later)))


def legal_fathers(form: FamiliesForm, units: Units, children: Children, draws: np.random.Generator) -> Children:
    """The father in the home at birth, else the first one; none where he was never known."""
    unit = children.unit
    new = (units.partner_from[unit] <= children.birth - 300) & (children.birth < units.partner_until[unit])
    new &= units.mother_stays[unit]
    alone = (units.separated[unit] <= children.birth) & ~new
    nobody = ~units.father_known[unit] | (alone & (draws.random(len(unit)) < form.no_legal_father_when_alone))
    slot = np.where(new, PARTNER, np.where(nobody & ~new, -1, FATHER)).astype(np.int8)
    return replace(children, father_slot=slot)

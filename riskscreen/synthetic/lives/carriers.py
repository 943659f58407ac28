"""Whom a circumstance can befall, and what raises or lowers its rate for each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskscreen.errors import UsageError
from riskscreen.synthetic.intervals import Flags, Ints
from riskscreen.synthetic.lives.life_settings import Circumstance
from riskscreen.synthetic.lives.panel import Panel, Singles
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import ADULT, FATHER, MOTHER, YEAR


@dataclass(frozen=True, eq=False)
class Carriers:
    """Whom a circumstance can befall, by year; arrays have shape (carriers,) unless they say otherwise.

    Attributes
    ----------
    begin, finish
        First day here, and first day no longer here.
    possible
        Old enough, young enough and here, shape (carriers, years).
    counted
        ... and at home, so that it counts for the share and for the family, shape (carriers, years).
    shift
        What about a carrier itself raises or lowers the rate, shape (carriers, years) or (carriers, 1).
    """

    unit: Ints
    birth: Ints
    begin: Ints
    finish: Ints
    possible: Flags
    counted: Flags
    shift: Singles


def carriers_of(what: Circumstance, people: People, panel: Panel) -> Carriers:
    """Families, adults or children, as the circumstance says."""
    if what.carrier == "family":
        return _families(what, people, panel)
    return _children(what, people, panel) if what.carrier == "child" else _adults(what, people, panel)


def _families(what: Circumstance, people: People, panel: Panel) -> Carriers:
    units = people.units
    youth = units.maltreated[:, MOTHER] | (units.maltreated[:, FATHER] & units.father_known)
    shift = np.float32(what.own_youth) * youth + np.float32(what.low_education) * (units.education[:, MOTHER] == 0)
    begin = np.maximum(units.cohabit, units.arrived)
    here = (begin[:, None] < panel.years[1:]) & (units.emigrated[:, None] > panel.years[:-1])
    return Carriers(
        np.arange(len(units)),
        units.mother_birth,
        begin,
        units.emigrated,
        here,
        panel.family,
        shift.astype(np.float32)[:, None],
    )


def _children(what: Circumstance, people: People, panel: Panel) -> Carriers:
    children, years = people.children, panel.years[:-1]
    age = (years[None, :] + 182 - children.birth[:, None]).astype(np.float32) / np.float32(YEAR)
    begin, finish = people.life_start[people.first_child :], people.life_end[people.first_child :]
    here = (finish[:, None] > years) & (begin[:, None] < panel.years[1:])
    possible = (age >= what.least_age) & (age < ADULT) & here
    hard = children.preterm | children.small
    low = people.units.education[children.unit, MOTHER] == 0
    shift = (what.difficult_birth * hard + what.low_education * low).astype(np.float32)[:, None]
    if what.by_age:
        ages = sorted(what.by_age)
        shift = shift + np.interp(age, ages, [what.by_age[known] for known in ages]).astype(np.float32)
    return Carriers(children.unit, children.birth, begin, finish, possible, possible, shift)


def _adults(what: Circumstance, people: People, panel: Panel) -> Carriers:
    adults, years = people.adults, panel.years[:-1]
    begin = people.life_start[: people.first_child]
    old = (adults.birth + round(what.least_age * YEAR))[:, None] <= years[None, :]
    possible = old & (adults.life_end[:, None] > years) & (begin[:, None] < panel.years[1:])
    middle = years + 182
    home = (adults.home_from[:, None] <= middle) & (middle < adults.home_until[:, None]) & panel.family[adults.unit]
    shift = np.float32(what.mother) * (adults.slot == MOTHER) + np.float32(what.own_youth) * adults.maltreated
    shift = shift + np.float32(what.low_education) * adults.low_education
    return Carriers(
        adults.unit, adults.birth, begin, adults.life_end, possible, possible & home, shift.astype(np.float32)[:, None]
    )


def score_of(what: Circumstance, carriers: Carriers, panel: Panel) -> Singles:
    """The logarithm of the rate without its constant, shape (carriers, years)."""
    of_unit = _of_unit(what, panel)
    total = of_unit if what.carrier == "family" else of_unit[carriers.unit]
    for name, weight in what.after_own.items():
        total += np.float32(weight) * panel.own[name]
    if what.after_need:
        total += _of_need(what, panel)
    total += carriers.shift
    return total


def _of_unit(what: Circumstance, panel: Panel) -> Singles:
    total = np.float32(what.latent) * panel.latent
    for weight, part in (
        (what.deprivation, panel.deprivation),
        (what.policing, panel.policing),
        (what.single, panel.single),
    ):
        if weight:
            total += np.float32(weight) * part
    if what.children:
        total += np.float32(what.children) * np.maximum(panel.minors - 2, 0)
    for name, weight in what.after.items():
        total += np.float32(weight) * panel.states[name]
    for name, weight in what.year_after.items():
        total[:, 1:] += np.float32(weight) * panel.states[name][:, :-1]
    return np.asarray(total)


def _of_need(what: Circumstance, panel: Panel) -> Singles:
    """What need on 1 January does: a child's own, for a family the highest among its children."""
    level = panel.child_need if what.carrier == "child" else panel.need
    if level is None or what.carrier == "adult":
        raise UsageError("after_need holds for families and children, after need was drawn", do="set stage: children")
    weights = np.array([0.0, what.after_need.get("milder", 0.0), what.after_need.get("need", 0.0)], dtype=np.float32)
    return np.asarray(weights[level])

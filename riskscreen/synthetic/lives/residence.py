"""Where people live: households, addresses, and stays of children elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from riskscreen.synthetic.geography.ground import Ground, pick_area, vulnerability_class
from riskscreen.synthetic.intervals import NEVER, Flags, Ints, crossed, gaps, merged
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import FATHER, MOTHER, PARTNER, YEAR, Calendar
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

_STRIDE = 4 * NEVER
PRIVATE, FOSTER, INSTITUTION = 0, 1, 2
ADULT_ROLE, CHILD_ROLE, OTHER_ROLE = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Moves:
    """Addresses of households in order of household and day; every household has a first one."""

    household: Ints
    day: Ints
    area: Ints

    def area_at(self, household: Ints, day: Ints) -> Ints:
        """Buurt of a household on a day (before its first address: that one)."""
        keys = self.household * _STRIDE + self.day
        found = np.searchsorted(keys, household * _STRIDE + day, side="right") - 1
        first = np.searchsorted(self.household, household)
        return np.asarray(self.area[np.maximum(found, first)])

    def count_between(self, household: Ints, start: Ints, end: Ints) -> Ints:
        """Number of moves of a household in ``[start, end)``; the first address is no move."""
        keys = self.household * _STRIDE + self.day
        base = household * _STRIDE
        first = np.searchsorted(self.household, household) + 1
        until = np.searchsorted(keys, base + end)
        return np.asarray(np.maximum(until, first) - np.maximum(np.searchsorted(keys, base + start), first))


@dataclass(frozen=True, eq=False)
class Spells:
    """Who lives in which household from when to when; arrays of one shape."""

    person: Ints
    household: Ints
    role: Ints
    kind: Ints
    start: Ints
    end: Ints


@dataclass(frozen=True, eq=False)
class Stays:
    """Periods of children in care away from home, not overlapping within a child."""

    child: Ints
    start: Ints
    end: Ints
    foster: Flags


def make_moves(world: World, ground: Ground, people: People, days: Calendar, chance: Chance) -> Moves:
    """Addresses and moves of every unit's home and of every adult's own household.

    A unit's buurt is where its home is last, so that areas have their sizes on the last day; earlier ones are drawn.
    """
    draws = chance.stream("moves")
    units, form = people.units, world.families_form
    owner, own_start = own_households(people)
    unit = np.concatenate([np.arange(len(units)), people.adults.unit[owner]])
    start = np.maximum(np.concatenate([units.cohabit, own_start]), units.arrived[unit])
    group = vulnerability_class(units.latent)[unit]
    moves = form.moves_per_year
    rate = moves["rate"] * np.exp(
        moves["latent"] * units.latent[unit]
        + moves["spread"] * draws.standard_normal(len(unit))
        - moves["spread"] ** 2 / 2
    )
    since = np.maximum(start, int(days.years[0]))
    number = draws.poisson(rate * np.maximum(days.end - since, 0) / YEAR)
    household = np.repeat(np.arange(len(unit)), number)
    day = (
        since[household]
        + 1
        + np.floor(draws.random(len(household)) * (days.end - since[household] - 1)).astype(np.int64)
    )
    parted = np.flatnonzero((units.separated > units.cohabit) & (units.separated + 30 < days.end))
    parted = parted[draws.random(len(parted)) < moves["after_separation"]]
    household = np.concatenate([household, parted])
    day = np.concatenate([day, units.separated[parted] + 30])
    last = np.concatenate([units.area, pick_area(ground.near, group[len(units) :], draws)])
    household = np.concatenate([np.arange(len(unit)), household])
    found = _earlier_areas(moves, ground, group[household], draws)
    household, day, area = _in_order(household, np.concatenate([start, day]), found)
    area[np.append(household[1:] != household[:-1], True)] = last
    known = np.minimum.accumulate(np.where(area >= 0, np.arange(len(area)), len(area))[::-1])[::-1]
    return Moves(household, day, area[known])


def _earlier_areas(moves: Mapping[str, float], ground: Ground, group: Ints, draws: np.random.Generator) -> Ints:
    """A buurt in the same municipality, sometimes elsewhere; -1 means the buurt lived in next."""
    area = pick_area(ground.near, group, draws)
    elsewhere = draws.random(len(group)) < moves["elsewhere"]
    area[elsewhere] = pick_area(ground.everywhere, group[elsewhere], draws)
    return np.where(draws.random(len(group)) < moves["within_area"], -1, area)


def with_moves(moves: Moves, household: Ints, day: Ints) -> Moves:
    """The same with further moves within the buurt (after an eviction)."""
    household, day, area = _in_order(
        np.concatenate([moves.household, household]),
        np.concatenate([moves.day, day]),
        np.concatenate([moves.area, np.full(len(household), -1)]),
    )
    known = np.maximum.accumulate(np.where(area >= 0, np.arange(len(area)), 0))
    return Moves(household, day, area[known])


def _in_order(household: Ints, day: Ints, area: Ints) -> tuple[Ints, Ints, Ints]:
    """By household and day, one move a day."""
    order = np.lexsort((day, household))
    household, day, area = household[order], day[order], area[order]
    new = np.concatenate([[True], (household[1:] != household[:-1]) | (day[1:] != day[:-1])])
    return household[new], day[new], area[new]


def own_households(people: People) -> tuple[Ints, Ints]:
    """Adults who live in a household of their own after leaving the children's home, and from when."""
    adults, units = people.adults, people.units
    leaves = np.where(adults.slot == PARTNER, units.partner_until[adults.unit], units.separated[adults.unit])
    stays = np.where(adults.slot == MOTHER, units.mother_stays[adults.unit], ~units.mother_stays[adults.unit])
    owner = np.flatnonzero((leaves < np.minimum(NEVER, adults.life_end)) & ~(stays & (adults.slot != PARTNER)))
    return owner, leaves[owner]


@dataclass(frozen=True, eq=False)
class Orphans:
    """Homes that fell away by a death: where their children live from then on; arrays have shape (homes,).

    Attributes
    ----------
    household
        That of the other parent; of foster homes -1 until they have a number.
    """

    unit: Ints
    day: Ints
    household: Ints
    foster: Flags


def orphans(people: People) -> Orphans:
    """Children whose home fell away: its adult died, and the other parent does not live there."""
    units, adults = people.units, people.adults
    unit = np.flatnonzero((people.lost < NEVER) & ((people.lost >= units.separated) | ~units.father_known))
    day = people.lost[unit]
    owner, _ = own_households(people)
    of_adult = np.full(len(adults), -1)
    of_adult[owner] = len(units) + np.arange(len(owner))
    other = adults.of_unit[unit, np.where(units.mother_stays[unit], FATHER, MOTHER)]
    there = (other >= 0) & (people.life_start[other] <= day) & (adults.life_end[other] > day)
    household = np.where(there, of_adult[other], -1)
    return Orphans(unit, day, household, household < 0)


def household_spells(people: People, stays: Stays, foster_homes: Ints, lost: Orphans) -> Spells:
    """Every period of every person in a household, clipped to the person's life.

    Parameters
    ----------
    stays
        Periods of children away from home.
    foster_homes
        Number of the household per stay.
    lost
        Homes that fell away, each with the household where the children live from then on.
    """
    adults, children, units = people.adults, people.children, people.units
    owner, since = own_households(people)
    own = len(units) + np.arange(len(owner))
    child_life = people.life_end[people.first_child :]
    last = np.minimum(children.leaves_home, child_life)
    child, start, end = gaps(children.birth, last, stays.child, stays.start, stays.end)
    child, start, end, home, kind = _rehomed(people, child, start, end, lost)
    life = people.life_end
    person = np.concatenate(
        [np.arange(len(adults)), owner, child + people.first_child, stays.child + people.first_child]
    )
    begins = people.life_start[person]
    spells = Spells(
        person=person,
        household=np.concatenate([adults.unit, own, home, foster_homes]),
        role=np.repeat(
            [ADULT_ROLE, ADULT_ROLE, CHILD_ROLE, CHILD_ROLE], [len(adults), len(owner), len(child), len(stays.child)]
        ),
        kind=np.concatenate(
            [np.full(len(adults) + len(owner), PRIVATE), kind, np.where(stays.foster, FOSTER, INSTITUTION)]
        ),
        start=np.maximum(np.concatenate([adults.home_from, since, start, stays.start]), begins),
        end=np.minimum(np.concatenate([adults.home_until, np.full(len(owner), NEVER), end, stays.end]), life[person]),
    )
    kept = spells.end > spells.start
    return Spells(**{name: getattr(spells, name)[kept] for name in Spells.__dataclass_fields__})


def _rehomed(people: People, child: Ints, start: Ints, end: Ints, lost: Orphans) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Periods of children at home, cut where the home fell away: child, start, end, household and its kind."""
    unit = people.children.unit[child]
    day, household = np.full(len(people.units), NEVER), np.arange(len(people.units))
    foster = np.zeros(len(people.units), dtype=bool)
    day[lost.unit], household[lost.unit] = lost.day, lost.household
    foster[lost.unit] = lost.foster
    after = np.flatnonzero(end > day[unit])
    return (
        np.concatenate([child, child[after]]),
        np.concatenate([start, np.maximum(start, day[unit])[after]]),
        np.concatenate([np.minimum(end, day[unit]), end[after]]),
        np.concatenate([unit, household[unit][after]]),
        np.concatenate([np.full(len(child), PRIVATE), np.where(foster[unit][after], FOSTER, PRIVATE)]),
    )


def address_spells(spells: Spells, moves: Moves) -> tuple[Ints, Ints, Ints, Ints]:
    """Person, position in ``moves``, start and end: household spells crossed with the household's addresses."""
    households = int(max(moves.household.max(), spells.household.max())) + 1
    offsets = np.searchsorted(moves.household, np.arange(households + 1))
    last = np.append(moves.household[1:] != moves.household[:-1], True)
    ends = np.where(last, NEVER, np.append(moves.day[1:], NEVER))
    left, right, start, end = crossed(spells.household, spells.start, spells.end, offsets, moves.day, ends)
    return spells.person[left], right, start, end


def make_stays(people: People, child: Ints, start: Ints, end: Ints, foster_share: float, chance: Chance) -> Stays:
    """Stays of minors away from home, made from youth-care spells with stay."""
    draws = chance.stream("stays")
    children = people.children
    adult = children.birth[child] + round(17.9 * YEAR)
    life = people.life_end[people.first_child :][child]
    begin = np.maximum(start, children.birth[child] + 3)
    finish = np.minimum(np.minimum(end, adult), life)
    fits = finish > begin + 7
    child, begin, finish = child[fits], begin[fits], finish[fits]
    child, begin, finish = merged(child, begin, finish)
    return Stays(child, begin, finish, draws.random(len(child)) < foster_share)

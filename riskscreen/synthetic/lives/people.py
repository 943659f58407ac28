"""Persons: adults of the units, their children and foster parents, each with a number and a life span."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskscreen.synthetic.intervals import NEVER, Flags, Ints
from riskscreen.synthetic.lives.units import ADULT, FATHER, MOTHER, PARTNER, YEAR, Calendar, Children, Units
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World


@dataclass(frozen=True, eq=False)
class Adults:
    """Adults of the units: all mothers, then known fathers, then later partners; arrays have shape (adults,).

    ``home_from`` and ``home_until`` say when an adult lives with the children.
    """

    unit: Ints
    slot: npt.NDArray[np.int8]
    birth: Ints
    home_from: Ints
    home_until: Ints
    death: Ints
    emigrated: Ints
    low_education: Flags
    maltreated: Flags
    of_unit: Ints  # shape (units, 3): number of the adult in each slot, -1 for nobody

    def __len__(self) -> int:
        return len(self.unit)

    @property
    def life_end(self) -> Ints:
        """First day on which the adult is no longer here."""
        return np.minimum(self.death, self.emigrated)


@dataclass(frozen=True, eq=False)
class People:
    """Everybody. Person numbers: adults first, then children (``first_child`` on)."""

    units: Units
    children: Children
    adults: Adults
    arrived: Ints  # day each person came here from elsewhere, -NEVER for always here, NEVER for never here
    lost: Ints  # day on which the adult who runs the home died, per unit; NEVER for not

    @property
    def first_child(self) -> int:
        """Number of the first child."""
        return len(self.adults)

    @property
    def count(self) -> int:
        """Adults and children together."""
        return len(self.adults) + len(self.children)

    @property
    def birth(self) -> Ints:
        """Day of birth per person."""
        return np.concatenate([self.adults.birth, self.children.birth])

    @property
    def life_end(self) -> Ints:
        """First day on which each person is dead or has emigrated."""
        gone = np.minimum(self.children.death, self.units.emigrated[self.children.unit])
        return np.concatenate([self.adults.life_end, gone])

    @property
    def life_start(self) -> Ints:
        """First day on which each person is here: of birth, or of arrival from elsewhere."""
        return np.maximum(self.birth, self.arrived)

    def head(self, unit: Ints, day: Ints) -> Ints:
        """Number of the adult who runs the home of a unit on a day: the mother, or the father after she left.

        After a death it is the other parent, wherever the children live then; who died where there is no other.
        """
        units = self.units
        father = ~units.mother_stays[unit] & (day >= units.separated[unit])
        runs, other = (self.adults.of_unit[unit, np.where(swap, MOTHER, FATHER)] for swap in (~father, father))
        takes_over = (self.lost[unit] <= day) & (other >= 0) & (self.adults.life_end[other] > day)
        return np.asarray(np.where(takes_over, other, runs))

    def other_at_home(self, unit: Ints, day: Ints) -> Ints:
        """Number of the second adult in the home on a day, -1 for nobody."""
        units = self.units
        father = self.adults.of_unit[unit, FATHER]
        partner = self.adults.of_unit[unit, PARTNER]
        together = day < units.separated[unit]
        new = (day >= units.partner_from[unit]) & (day < units.partner_until[unit])
        found = np.where(together, father, np.where(new, partner, -1))
        gone = (self.adults.life_end[found] <= day) | (self.lost[unit] <= day)
        return np.asarray(np.where(gone, -1, found))


def make_people(world: World, units: Units, children: Children, days: Calendar, chance: Chance) -> People:
    """Number the adults, and draw who dies."""
    draws = chance.stream("people")
    count = len(units)
    everyone = np.arange(count)
    fathers = everyone[units.father_known]
    partners = everyone[units.partner_from < NEVER]
    unit = np.concatenate([everyone, fathers, partners])
    slot = np.repeat(np.array([MOTHER, FATHER, PARTNER], dtype=np.int8), [count, len(fathers), len(partners)])
    of_unit = np.full((count, 3), -1)
    of_unit[unit, slot] = np.arange(len(unit))
    begin, end = _at_home(units, unit, slot)
    arrived = _arrivals(units, unit, slot, begin, end)
    death, lost = _deaths_of(world, units, children, unit, slot, np.maximum(begin, arrived), days, draws)
    emigrated = units.emigrated[unit]
    stays_behind = ~((begin <= emigrated) & (emigrated < end))
    birth = _births(world, units, unit, slot, draws)
    arrived = _as_children(world, units, unit, slot, birth, arrived, chance)
    adults = Adults(
        unit=unit,
        slot=slot,
        birth=birth,
        home_from=begin,
        home_until=end,
        death=np.where(death < np.where(stays_behind, NEVER, emigrated), death, NEVER),
        emigrated=np.where(stays_behind, NEVER, emigrated),
        low_education=units.education[unit, slot] == 0,
        maltreated=units.maltreated[unit, slot],
        of_unit=of_unit,
    )
    return People(units, children, adults, np.concatenate([arrived, _children_arrive(units, children)]), lost)


def _arrivals(units: Units, unit: Ints, slot: npt.NDArray[np.int8], begin: Ints, end: Ints) -> Ints:
    """Adults come with their home; who had left it before never comes, whom the mother meets later is from here."""
    day = units.arrived[unit]
    return np.where((begin > day) & (slot != MOTHER), -NEVER, np.where(end <= day, NEVER, day))


def _as_children(
    world: World,
    units: Units,
    unit: Ints,
    slot: npt.NDArray[np.int8],
    birth: Ints,
    arrived: Ints,
    chance: Chance,
) -> Ints:
    """Some of the others of elsewhere came as a child, before the age of 14."""
    draws = chance.stream("people.arrival")
    came = draws.random(len(unit)) < world.families_form.arrival["as_child"]
    day = birth + np.round(YEAR * np.maximum(14.0 * draws.random(len(unit)), 0.2)).astype(np.int64)
    return np.where(came & (arrived == -NEVER) & (units.origin[unit, slot] > 0), day, arrived)


def _children_arrive(units: Units, children: Children) -> Ints:
    """Children born abroad come with the family, except those who were grown up or had died by then."""
    day = units.arrived[children.unit]
    gone = (children.birth + round(ADULT * YEAR) <= day) | (children.death <= day)
    return np.where(children.birth >= day, -NEVER, np.where(gone, NEVER, day))


def _deaths_of(
    world: World,
    units: Units,
    children: Children,
    unit: Ints,
    slot: npt.NDArray[np.int8],
    begin: Ints,
    days: Calendar,
    draws: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Day of death per adult, and per unit the day on which the one who ran the home died.

    Who runs the home dies only when nothing about the family is still to come, such as a separation or a birth; the
    children then have the other parent, or a foster home, and no further adult of that family dies.
    """
    death = _deaths(world, units, children, unit, begin, days, draws)
    runs = _runs_home(units, unit, slot)
    settled = (units.emigrated == NEVER) & (units.expected == NEVER) & (units.first_birth < days.end)
    open_end = (units.separated[unit] < NEVER) & (units.separated[unit] > death)
    open_end |= (units.partner_until[unit] < NEVER) & (units.partner_until[unit] > death)
    open_end |= (units.partner_from[unit] < NEVER) & (units.partner_from[unit] > death)
    death = np.where(runs & (open_end | ~settled[unit]), NEVER, death)
    lost = np.full(len(units), NEVER)
    lost[unit[runs]] = death[runs]
    return np.where(runs | (lost[unit] == NEVER), death, NEVER), lost


def _runs_home(units: Units, unit: Ints, slot: npt.NDArray[np.int8]) -> Flags:
    """The adult with whom the children stay; before a separation that is decided already."""
    stays = units.mother_stays[unit]
    together = units.separated[unit] == NEVER
    return np.asarray(((slot == MOTHER) & (stays | together)) | ((slot == FATHER) & ~stays))


def _at_home(units: Units, unit: Ints, slot: npt.NDArray[np.int8]) -> tuple[Ints, Ints]:
    stays = np.where(slot == MOTHER, units.mother_stays[unit], ~units.mother_stays[unit])
    begin = np.where(slot == PARTNER, units.partner_from[unit], units.cohabit[unit])
    end = np.where(slot == PARTNER, units.partner_until[unit], np.where(stays, NEVER, units.separated[unit]))
    return begin, end


def _births(world: World, units: Units, unit: Ints, slot: npt.NDArray[np.int8], draws: np.random.Generator) -> Ints:
    older = world.families_form.father_older_years
    years = older["mean"] + older["sd"] * draws.standard_normal(len(unit))
    born = units.mother_birth[unit] - np.round(years * YEAR).astype(np.int64)
    first = np.where(slot == PARTNER, units.partner_from[unit], units.first_birth[unit])
    born = np.minimum(born, first - round(older["least_age"] * YEAR))
    return np.where(slot == MOTHER, units.mother_birth[unit], born)


def _deaths(
    world: World,
    units: Units,
    children: Children,
    unit: Ints,
    begin: Ints,
    days: Calendar,
    draws: np.random.Generator,
) -> Ints:
    """Deaths in the history, after the birth of the last child and after moving in."""
    wait = draws.exponential(YEAR / world.families_form.death_per_year["adult"], len(unit))
    day = np.maximum(begin, days.start) + np.round(wait).astype(np.int64)
    last = units.first_birth.copy()
    np.maximum.at(last, children.unit, children.birth)
    return np.where((day < days.end) & (day > last[unit]), day, NEVER)

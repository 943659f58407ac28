"""Whose number is missing, wrong or double at which source: one error per person and source, never per row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskscreen.synthetic.arrival.linking_settings import Linking, NumberFaults, Troubled, TwoNumbers
from riskscreen.synthetic.intervals import NEVER, Flags, Floats, Ints
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import FATHER, MOTHER, ORIGINS
from riskscreen.synthetic.streams import Chance

RIGHT, MISSING, MISTYPED, SOMEBODY_ELSE, SECOND = 0, 1, 2, 3, 4
OF_WOMEN = frozenset({"pregnancies"})
"""Sources of which everybody knows that a man's number cannot be right."""


@dataclass(frozen=True, eq=False)
class Known:
    """What the population register says; arrays of shape (persons,).

    Parameters
    ----------
    birth, life_end
        Days; ``life_end`` is that of death or leaving.
    sex, origin
        Positions in ``SEXES`` and ``ORIGINS``, -1 unknown.
    recorded
        From when a person is on record, ``NEVER`` for who is not.
    arrived
        Day of coming from elsewhere, ``NEVER`` for who was born here.
    evicted
        Day of the first eviction of somebody of the family, ``NEVER`` for none.
    letters
        Length of the whole name.
    """

    birth: Ints
    life_end: Ints
    sex: Ints
    origin: Ints
    recorded: Ints
    arrived: Ints
    evicted: Ints
    letters: Ints


@dataclass(frozen=True, eq=False)
class Source:
    """Whom a source knows: one value per person, but ``rows``, which has the person of every row (-1 for nobody).

    ``first`` and ``last`` are the days on which something was first and last written down, ``begun`` that of the
    first event.
    """

    register: str
    rows: Ints
    person: Ints
    first: Ints
    last: Ints
    begun: Ints


@dataclass(frozen=True, eq=False)
class Groups:
    """Who of a source belongs to a group with more faults; arrays of the shape of the source's persons."""

    newborn: Flags
    migrant: Flags
    homeless: Flags
    outside_europe: Flags
    long_name: Flags

    def lift(self, rule: Troubled) -> Floats:
        """How many times as often something is wrong: the groups of a person multiply."""
        return np.asarray(
            np.where(self.newborn, rule.newborns, 1.0)
            * np.where(self.migrant, rule.recent_migrants, 1.0)
            * np.where(self.homeless, rule.homeless, 1.0)
            * np.where(self.outside_europe, rule.outside_europe, 1.0)
            * np.where(self.long_name, rule.long_names, 1.0)
        )


@dataclass(frozen=True, eq=False)
class Kin:
    """Whose number may come instead of a person's own: that of the twin, or of ``relatives``, shape (persons, 3)."""

    twin: Ints
    relatives: Ints


@dataclass(frozen=True, eq=False)
class Faults:
    """Per person of a source: what is wrong with the number, and whose it is when it is somebody else's (else -1)."""

    kind: Ints
    other: Ints


def groups_of(rule: Troubled, known: Known, source: Source) -> Groups:
    """The groups of everybody at a source, on the days that the source knows them."""
    person, first = source.person, source.first
    arrived, evicted = known.arrived[person], known.evicted[person]
    return Groups(
        newborn=np.asarray(first - known.birth[person] < rule.newborn_days),
        migrant=np.asarray((first >= arrived) & (first - arrived < rule.recent_migrant_days)),
        homeless=np.asarray((evicted >= first - rule.homeless_days) & (evicted <= source.last)),
        outside_europe=np.asarray(known.origin[person] == ORIGINS.index("outside_europe")),
        long_name=np.asarray(known.letters[person] > rule.long_name_letters),
    )


def two_numbers(rule: Linking, known: Known, start: int, chance: Chance) -> Ints:
    """From which day on each person has a second number, ``NEVER`` for who has one number only.

    Newborns of the history and those who came in it from elsewhere may first get a provisional number.
    """
    draws = chance.stream("linking.two_numbers").random(len(known.birth))
    new, came = known.birth >= start, (known.arrived >= start) & (known.arrived < NEVER)
    share = np.where(came, rule.two_numbers.recent_migrants, np.where(new, rule.two_numbers.newborns, 0.0))
    twice = (draws < np.minimum(rule.times * share, rule.most)) & (known.recorded < NEVER)
    return np.where(twice, np.where(came, known.arrived, known.birth), NEVER)


def uses_second(rule: TwoNumbers, since: Ints, first: Ints, draws: np.random.Generator) -> Flags:
    """Who came to a source early enough for it to have the provisional number, and is in it under that one."""
    early = (first >= since) & (first - since < rule.days)
    return np.asarray(early & (draws.random(len(first)) < rule.used))


def draw_faults(
    rule: Linking, faults: NumberFaults, source: Source, lift: Floats, since: Ints, kin: Kin, known: Known,
    draws: np.random.Generator,
) -> Faults:  # fmt: skip
    """What is wrong with the number of every person of a source.

    A wrong number is that of a twin (then both have each other's), a brother, sister, parent or partner whom the source
    does not know itself, who is alive, born before the first event and on record by then; else it is mistyped.
    """
    count = len(source.person)
    missing = np.minimum(rule.times * faults.missing * lift, rule.most)
    wrong = np.minimum(rule.times * faults.wrong * lift, 1 - missing)
    drawn, elses = draws.random(count), draws.random(count) < rule.somebody_else
    second = uses_second(rule.two_numbers, since[source.person], source.first, draws)
    kind = np.where(drawn < missing, MISSING, np.where(drawn < missing + wrong, MISTYPED, RIGHT))
    kind = np.where((kind == RIGHT) & second, SECOND, kind)
    other = np.full(count, -1)
    astray = np.flatnonzero((kind == MISTYPED) & elses)
    place = np.full(len(since), -1)
    place[source.person] = np.arange(count)
    astray = _swap_twins(astray, source, place, kin.twin, known, kind, other)
    _borrow(astray, source, place, kin.relatives, known, kind, other)
    return Faults(kind, other)


def kin_of(people: People) -> Kin:
    """The closest relatives of everybody."""
    return Kin(twins(people), _relatives(people))


def twins(people: People) -> Ints:
    """The child born to the same mother on the same day, -1 for nobody; of three, the first two are a pair."""
    children = people.children
    same = (children.unit[1:] == children.unit[:-1]) & (children.birth[1:] == children.birth[:-1])
    first = np.flatnonzero(same & ~np.concatenate([[False], same[:-1]])) if len(same) else np.zeros(0, dtype=np.int64)
    twin = np.full(people.count, -1)
    twin[people.first_child + first] = people.first_child + first + 1
    twin[people.first_child + first + 1] = people.first_child + first
    return twin


def _relatives(people: People) -> Ints:
    """Of a child the elder and the younger next to it and the mother, of an adult the partner; -1 for nobody."""
    adults, children = people.adults, people.children
    found = np.full((people.count, 3), -1)
    mother, father = adults.of_unit[adults.unit, MOTHER], adults.of_unit[adults.unit, FATHER]
    found[: len(adults), 0] = np.where(adults.slot == MOTHER, father, mother)
    if len(children):
        child = people.first_child + np.arange(len(children))
        next_one = np.append(children.unit[1:] == children.unit[:-1], False)
        before = np.concatenate([[False], next_one[:-1]])
        found[child, 0] = np.where(before, child - 1, -1)
        found[child, 1] = np.where(next_one, child + 1, -1)
        found[child, 2] = adults.of_unit[children.unit, MOTHER]
    return found


def _swap_twins(astray: Ints, source: Source, place: Ints, twin: Ints, known: Known, kind: Ints, other: Ints) -> Ints:
    """Twins who are both at the source get each other's number; returns who is left. Changes ``kind`` and ``other``."""
    mine = source.person[astray]
    theirs = twin[mine]
    both = (theirs >= 0) & (place[theirs] >= 0)
    both &= (known.life_end[mine] == NEVER) & (known.life_end[theirs] == NEVER)
    mine, theirs = mine[both], theirs[both]
    for left, right in ((mine, theirs), (theirs, mine)):
        kind[place[left]] = SOMEBODY_ELSE
        other[place[left]] = right
    return np.asarray(astray[~both & (kind[astray] == MISTYPED)])


def _borrow(astray: Ints, source: Source, place: Ints, candidates: Ints, known: Known, kind: Ints, other: Ints) -> None:
    """The first relative who fits and whom the source does not know. Changes ``kind`` and ``other``."""
    person, begun = source.person[astray], source.begun[astray]
    chosen = np.full(len(astray), -1)
    for column in range(candidates.shape[1]):
        them = candidates[person, column]
        fits = (chosen < 0) & (them >= 0) & (place[them] < 0) & (known.recorded[them] <= source.first[astray])
        fits &= (known.life_end[them] == NEVER) & (known.birth[them] <= begun)
        if source.register in OF_WOMEN:
            fits &= known.sex[them] == known.sex[person]
        chosen = np.where(fits, them, chosen)
    first = np.zeros(len(astray), dtype=bool)
    first[np.unique(chosen, return_index=True)[1]] = True
    found = first & (chosen >= 0)
    kind[astray[found]] = SOMEBODY_ELSE
    other[astray[found]] = chosen[found]

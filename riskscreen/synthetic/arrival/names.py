"""Names of synthetic people: random combinations of given names and surnames, by the lists of ``names.yaml``.

Origin decides from which list a name is drawn and nothing else. Members of a family share a surname as families do;
brothers and sisters, and so twins, never share the name they are called by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from riskscreen.errors import SettingsError
from riskscreen.synthetic.arrival.linking_settings import NameChoices
from riskscreen.synthetic.intervals import Flags, Floats, Ints
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import FATHER, MOTHER, ORIGINS
from riskscreen.synthetic.streams import Chance

SEXES = ("f", "m")
_MOST_GIVEN = 3
_UNKNOWN_ORIGIN = 0  # their names come from the first list, whatever it is


@dataclass(frozen=True, eq=False)
class NameLists:
    """All names in one row each, and the ladders by which a culture draws from them.

    Parameters
    ----------
    given, prefixes, surnames
        Every name once per list; ``prefixes[i]`` belongs to ``surnames[i]`` and is null without a particle.
    given_ladders, surname_ladders
        First position and cumulative shares of each list: given names by culture and sex, surnames by culture.
    counts
        Cumulative shares of one, two and three given names, by culture.
    """

    cultures: tuple[str, ...]
    given: pa.Array
    prefixes: pa.Array
    surnames: pa.Array
    given_ladders: tuple[tuple[int, Floats], ...]
    surname_ladders: tuple[tuple[int, Floats], ...]
    counts: Floats


@dataclass(frozen=True, eq=False)
class TrueNames:
    """The one true name of every person, as positions in the lists; arrays of shape (persons,) or (persons, 3).

    ``given`` holds up to three positions, -1 for no further name; the first is the name that a person is called by.
    """

    lists: NameLists
    given: Ints
    surname: Ints

    def given_names(self) -> pa.Array:
        """All given names of every person, with a space between them."""
        parts = [_taken(self.lists.given, self.given[:, place]) for place in range(_MOST_GIVEN)]
        return pc.binary_join_element_wise(*parts, " ", null_handling="skip")

    def letters(self) -> Ints:
        """Length of the whole name: given names, particle and surname."""
        given = _lengths(self.lists.given)
        whole = _lengths(self.lists.prefixes) + _lengths(self.lists.surnames)
        each = np.where(self.given >= 0, given[self.given], 0)
        return np.asarray(each.sum(axis=1) + whole[self.surname])


@cache
def name_lists() -> NameLists:
    """The lists of ``names.yaml``, with surnames put together from parts."""
    text = files("riskscreen.synthetic.arrival").joinpath("names.yaml").read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    skew = raw["skew"]
    given: list[str] = []
    surnames: list[str] = []
    given_ladders, surname_ladders = [], []
    for body in raw["cultures"].values():
        for sex in SEXES:
            names = _split(body["given"][sex])
            given_ladders.append((len(given), np.cumsum(_shares(len(names), skew["given"]))))
            given += names
        listed, built = _split(body["surnames"]), _built(body["built"])
        share = body["built"]["share"]
        weights = [(1 - share) * _shares(len(listed), skew["surnames"]), share * _shares(len(built), skew["built"])]
        surname_ladders.append((len(surnames), np.cumsum(np.concatenate(weights))))
        surnames += [*listed, *built]
    parted = [_parted(name) for name in surnames]
    return NameLists(
        tuple(raw["cultures"]),
        pa.array(given, pa.string()),
        pa.array([prefix or None for prefix, _ in parted], pa.string()),
        pa.array([name for _, name in parted], pa.string()),
        tuple(given_ladders),
        tuple(surname_ladders),
        np.array([np.cumsum(body["counts"]) for body in raw["cultures"].values()]),
    )


def true_names(rule: NameChoices, people: People, sex: Ints, origin: Ints, chance: Chance) -> TrueNames:
    """Draw the true name of every person.

    Parameters
    ----------
    sex, origin
        Per person: position in ``SEXES`` and in ``ORIGINS``, -1 where it is not known.

    Returns
    -------
    TrueNames
        Children have the surname of their father or mother, the same for all children of the same parents.
    """
    lists = name_lists()
    draws = chance.stream("linking.names")
    culture = _cultures(rule, lists, people, origin, draws)
    own = _from_ladders(lists.surname_ladders, culture, draws)
    surname = _surnames(rule, people, own, draws)
    group = culture * len(SEXES) + np.maximum(sex, 0)
    given = np.column_stack([_from_ladders(lists.given_ladders, group, draws) for _ in range(_MOST_GIVEN)])
    given = _apart(people, lists, group, given)
    number = (draws.random(people.count)[:, None] >= lists.counts[culture]).sum(axis=1)
    given[np.arange(_MOST_GIVEN) > number[:, None]] = -1
    return TrueNames(lists, given, surname)


def _cultures(rule: NameChoices, lists: NameLists, people: People, origin: Ints, draws: np.random.Generator) -> Ints:
    """From which list each name comes: adults by origin, often that of their partner; children by a parent."""
    adults, children = people.adults, people.children
    place = {name: position for position, name in enumerate(lists.cultures)}
    check_cultures(rule, lists)
    count = len(adults)
    known = np.where(origin[:count] < 0, _UNKNOWN_ORIGIN, origin[:count])
    culture = np.zeros(people.count, dtype=np.int64)
    drawn, alike = draws.random(count), draws.random(count) < rule.same_culture
    for position, name in enumerate(ORIGINS):
        shares = np.cumsum(list(rule.cultures[name].values()))
        here = known == position
        picked = np.searchsorted(shares / shares[-1], drawn[here], side="right")
        culture[:count][here] = np.array([place[each] for each in rule.cultures[name]])[picked]
    mother = adults.of_unit[adults.unit, MOTHER]
    shared = alike & (known == known[mother])
    culture[:count] = np.where(shared, culture[mother], culture[:count])
    parents = _parents(people)
    after_father = (parents[:, 1] >= 0) & (draws.random(len(children)) < rule.father_culture)
    parent = np.where(after_father, parents[:, 1], parents[:, 0])
    dutch = draws.random(len(children)) < rule.dutch_given
    culture[count:] = np.where(dutch, place[next(iter(rule.cultures[ORIGINS[0]]))], culture[parent])
    return culture


def check_cultures(rule: NameChoices, lists: NameLists) -> None:
    """Refuse lists of names that do not exist.

    Raises
    ------
    SettingsError
        With the lists that there are.
    """
    unknown = sorted({name for shares in rule.cultures.values() for name in shares} - set(lists.cultures))
    if unknown:
        raise SettingsError(
            f"there are no lists of names called {', '.join(unknown)}",
            do=f"use in linking.names.cultures only {', '.join(lists.cultures)}",
        )


def _parents(people: People) -> Ints:
    """Mother and legal father of every child, -1 for nobody, shape (children, 2)."""
    children, of_unit = people.children, people.adults.of_unit
    father = of_unit[children.unit, np.maximum(children.father_slot, 0)]
    return np.column_stack([of_unit[children.unit, MOTHER], np.where(children.father_slot >= 0, father, -1)])


def _surnames(rule: NameChoices, people: People, own: Ints, draws: np.random.Generator) -> Ints:
    """Adults keep their own surname; the children of the same parents all have the father's or all the mother's."""
    children, units = people.children, people.units
    chosen = draws.random((len(units), 2))
    first = children.father_slot == FATHER
    married = units.married[children.unit] & first
    share = np.where(married, rule.father_surname["married"], rule.father_surname["not_married"])
    parents = _parents(people)
    fathers = (parents[:, 1] >= 0) & (chosen[children.unit, np.where(first, 0, 1)] < share)
    surname = own.copy()
    surname[people.first_child :] = own[np.where(fathers, parents[:, 1], parents[:, 0])][_first_born(people)]
    return surname


def _first_born(people: People) -> Ints:
    """Position of the first child born to the mother on the same day: twins have one surname, recognised or not."""
    children = people.children
    same = np.zeros(len(children), dtype=bool)
    same[1:] = (children.unit[1:] == children.unit[:-1]) & (children.birth[1:] == children.birth[:-1])
    return np.asarray(np.maximum.accumulate(np.where(same, 0, np.arange(len(children)))))


def _apart(people: People, lists: NameLists, group: Ints, given: Ints) -> Ints:
    """Brothers and sisters with the same first name: the younger one gets the next name of the list."""
    unit = people.children.unit
    base = np.array([start for start, _ in lists.given_ladders])
    size = np.array([len(ladder) for _, ladder in lists.given_ladders])
    mine = group[people.first_child :]
    first = given[people.first_child :, 0]
    spelled = lists.given.dictionary_encode().indices.to_numpy()  # a name may stand in several lists
    again = _repeated(unit, spelled[first])
    while again.any():
        first[again] = base[mine[again]] + (first[again] - base[mine[again]] + 1) % size[mine[again]]
        again = _repeated(unit, spelled[first])
    given[people.first_child :, 0] = first
    return given


def _repeated(unit: Ints, name: Ints) -> Flags:
    """Children with the name of an earlier child of the unit."""
    repeated = np.ones(len(unit), dtype=bool)
    names = int(name.max(initial=0)) + 1
    repeated[np.unique(unit * names + name, return_index=True)[1]] = False
    return repeated


def _from_ladders(ladders: Sequence[tuple[int, Floats]], group: Ints, draws: np.random.Generator) -> Ints:
    """A position for every person, by the ladder of the group."""
    drawn = draws.random(len(group))
    whole = np.concatenate([ladder / ladder[-1] + place for place, (_, ladder) in enumerate(ladders)])
    found = np.searchsorted(whole, np.minimum(drawn, 1 - 1e-9) + group, side="right")
    return np.asarray(found, dtype=np.int64)


def _shares(count: int, skew: Mapping[str, float]) -> Floats:
    weights = (np.arange(1, count + 1) + skew["shift"]) ** -float(skew["power"])
    return np.asarray(weights / weights.sum())


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in text.split(",")))


def _built(body: Mapping[str, Any]) -> list[str]:
    """Every start with every end, and a particle now and then, in an order that mixes them."""
    starts, ends = _split(body["starts"]), _split(body["ends"])
    particles = body.get("particles", [""])
    names = [start + end for end in ends for start in starts]
    return [f"{particles[place % len(particles)]} {name}".strip() for place, name in enumerate(names)]


def _parted(name: str) -> tuple[str, str]:
    """Particle and rest: everything before the first word with a capital is the particle."""
    words = name.split(" ")
    first = next(place for place, word in enumerate(words) if word[0].isupper())
    return " ".join(words[:first]), " ".join(words[first:])


def _taken(names: pa.Array, position: Ints) -> pa.Array:
    """Names by position; null where it is negative."""
    none = position < 0
    return names.take(pa.array(np.maximum(position, 0), mask=none if none.any() else None))


def _lengths(names: pa.Array) -> Ints:
    return np.asarray(pc.fill_null(pc.utf8_length(names), 0).to_numpy(), dtype=np.int64)

"""The registers of persons, parents, households, addresses and areas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from riskscreen.synthetic.geography.areas import AreaRow, Geography
from riskscreen.synthetic.intervals import NEVER, Ints
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.residence import Moves, Spells, address_spells
from riskscreen.synthetic.lives.units import EDUCATIONS, FATHER, MOTHER, ORIGINS, YEAR
from riskscreen.synthetic.sheets import Maker, Rows, Sheet, codes, date_columns, handed_over, known, lagged
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

_ROLES = ("adult", "child", "other")
_HOUSEHOLD_KINDS = ("private", "foster", "institution")
_PARENTAGE = ("birth", "recognition", "adoption")
_LAG = 4.0  # days until a change of household or address is recorded
_EDUCATION_AGES = np.array([17, 20, 23])


def persons_sheet(world: World, people: People, maker: Maker, chance: Chance) -> Sheet:
    """Everybody who lives or lived here; education is known for part of the adults only."""
    draws = chance.stream("registers.persons")
    birth, sex, origin = people.birth, sex_of(people, chance), _origins(world, people, draws)
    recorded = recorded_from(people, chance)
    education, education_day = _education(world, people, birth, maker, chance)
    death, emigrated = _endings(people)
    shown = np.flatnonzero(maker.on_record)
    shown = shown[np.argsort(maker.numbers[shown], kind="stable")]
    table = {
        "person": maker.persons(shown),
        "birth_date": maker.dates(birth[shown]),
        "sex": codes(sex[shown], ("f", "m")),
        "death_date": maker.dates(death[shown]),
        "emigration_date": maker.dates(emigrated[shown]),
        "origin": codes(origin[shown], ORIGINS),
        "education": codes(education[shown], EDUCATIONS),
        "education_date": maker.dates(education_day[shown]),
        "recorded_date": maker.dates(recorded[shown]),
    }
    return Sheet("persons", pa.table(table))


def recorded_from(people: People, chance: Chance) -> Ints:
    """Day from which each person is on record: days after birth, or within two weeks of arrival from elsewhere."""
    draws = chance.stream("registers.persons.recorded")
    birth = people.birth
    born = birth + 1 + draws.integers(0, 4, len(birth))
    came = people.arrived + draws.integers(0, 15, len(birth))
    return np.where(people.arrived > -NEVER, np.maximum(born, came), born)


def _endings(people: People) -> tuple[Ints, Ints]:
    """Day of death and of emigration per person, whichever comes first."""
    death = np.concatenate([people.adults.death, people.children.death])
    emigrated = np.concatenate([people.adults.emigrated, people.units.emigrated[people.children.unit]])
    return np.where(death <= emigrated, death, NEVER), np.where(emigrated < death, emigrated, NEVER)


def sex_of(people: People, chance: Chance) -> Ints:
    """Sex per person, 0 is female. Mothers are; partners are of the other sex than the parent who has the home."""
    draws = chance.stream("people.sex")
    adults = people.adults
    with_mother = people.units.mother_stays[adults.unit]
    of_adults = np.where(adults.slot == MOTHER, 0, np.where(adults.slot == FATHER, 1, np.where(with_mother, 1, 0)))
    return np.concatenate([of_adults, draws.integers(0, 2, len(people.children))])


def _origins(world: World, people: People, draws: np.random.Generator) -> Ints:
    """Origin by position; a child has that of a parent from elsewhere, the mother's first. Some are unknown (-1)."""
    adults, children, units = people.adults, people.children, people.units
    mother = units.origin[children.unit, MOTHER].astype(np.int64)
    father = units.origin[children.unit, np.maximum(children.father_slot, 0)].astype(np.int64)
    of_children = np.where(mother > 0, mother, np.where(children.father_slot >= 0, father, mother))
    origin = np.concatenate([units.origin[adults.unit, adults.slot], of_children])
    return np.where(draws.random(len(origin)) < world.families_form.origin_unknown, -1, origin)


def _education(world: World, people: People, birth: Ints, maker: Maker, chance: Chance) -> tuple[Ints, Ints]:
    """Level and the day from which it could be known; less often for older people and those from outside Europe."""
    adults, known_share = people.adults, world.families_form.education_known
    draws = chance.stream("registers.persons.education")
    level = people.units.education[adults.unit, adults.slot].astype(np.int64)
    day = adults.birth + np.round((_EDUCATION_AGES[level] + draws.random(len(level))) * YEAR).astype(np.int64)
    age = (maker.until - adults.birth) / YEAR
    odds = known_share["outside_europe"] * (people.units.origin[adults.unit, adults.slot] == 2)
    odds = odds + known_share["age"] * np.maximum(age - 35, 0)
    from_school_on = adults.birth + round(_EDUCATION_AGES[0] * YEAR)
    odds = odds + known_share["arrived"] * (people.arrived[: len(level)] > from_school_on)
    constant = chance.solved("registers.education_known", lambda: _constant(odds, known_share["share"]))
    seen = (draws.random(len(level)) < 1 / (1 + np.exp(-odds - constant))) & (day < maker.until)
    rest = len(birth) - len(level)
    return (
        np.concatenate([np.where(seen, level, -1), np.full(rest, -1)]),
        np.concatenate([np.where(seen, day, NEVER), np.full(rest, NEVER)]),
    )


def _constant(odds: np.ndarray, share: float) -> float:
    """The constant that makes chances with these log odds plus it have this mean."""
    low, high = -10.0, 10.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if float((1 / (1 + np.exp(-odds - middle))).mean()) < share else (low, middle)
    return low


def parentage_sheet(people: People, maker: Maker, chance: Chance) -> Sheet:
    """Legal parents: the mother by birth, the father by birth in a marriage, else by recognition."""
    draws = chance.stream("registers.parentage")
    children, units, adults = people.children, people.units, people.adults
    everyone = np.arange(len(children))
    fathered = everyone[children.father_slot >= 0]
    parent = np.concatenate(
        [
            adults.of_unit[children.unit, MOTHER],
            adults.of_unit[children.unit, np.maximum(children.father_slot, 0)][fathered],
        ]
    )
    child = np.concatenate([everyone, fathered])
    married = units.married[children.unit[fathered]] & (children.father_slot[fathered] == FATHER)
    kind = np.concatenate([np.zeros(len(everyone), dtype=np.int64), np.where(married, 0, 1)])
    start = children.birth[child] + np.where(kind == 1, draws.integers(0, 21, len(child)), 0)
    start = np.minimum(start, np.maximum(children.birth[child], children.death[child] - 1))
    first_child = people.first_child
    here = np.maximum(people.arrived[child + first_child], people.arrived[parent])
    recorded = np.maximum(start, here) + draws.integers(0, 5, len(child))
    rows = Rows(parent, kind, start, start, recorded, start, {"child": child})
    there = maker.on_record[rows.extra["child"] + first_child] & maker.on_record[parent]
    rows = rows.taken(np.asarray((rows.recorded < maker.until) & (parent >= 0) & there))
    rows = rows.taken(np.lexsort((maker.numbers[rows.person], maker.numbers[rows.extra["child"] + first_child])))
    table = {
        "child": maker.persons(rows.extra["child"] + first_child),
        "parent": maker.persons(rows.person),
        "kind": codes(rows.kind, _PARENTAGE),
        "event_date": maker.dates(rows.start),
        "recorded_date": maker.dates(rows.recorded),
    }
    return Sheet("parentage", pa.table(table))


def household_sheet(spells: Spells, start: int, maker: Maker, chance: Chance) -> Sheet:
    """Who lived in which household; periods that ended before the history are left out."""
    draws = chance.stream("registers.households")
    rows = lagged(spells.person, spells.kind, spells.start, spells.end, _LAG, draws)
    extra = {"household": spells.household, "role": spells.role}
    rows = Rows(rows.person, rows.kind, rows.start, rows.end, rows.recorded, rows.end_recorded, extra)
    rows = known(handed_over(rows.taken(rows.end > start), maker), maker)
    table = {
        "person": maker.persons(rows.person),
        "household": maker.ids("H", rows.extra["household"]),
        "role": codes(rows.extra["role"], _ROLES),
        "household_kind": codes(rows.kind, _HOUSEHOLD_KINDS),
    }
    return Sheet("household_spells", pa.table(table | date_columns(rows, maker)))


def address_sheet(
    spells: Spells, moves: Moves, geography: Geography, start: int, maker: Maker, chance: Chance
) -> Sheet:
    """Who lived at which address; periods that ended before the history are left out."""
    draws = chance.stream("registers.addresses")
    person, move, begin, end = address_spells(spells, moves)
    kept = end > start
    rows = lagged(person[kept], np.zeros(int(kept.sum()), dtype=np.int64), begin[kept], end[kept], _LAG, draws)
    rows = Rows(rows.person, rows.kind, rows.start, rows.end, rows.recorded, rows.end_recorded, {"move": move[kept]})
    rows = known(handed_over(rows, maker), maker)
    position = rows.extra["move"]
    table = {
        "person": maker.persons(rows.person),
        "address": maker.ids("A", position),
        "area": codes(moves.area[position], geography.codes),
    }
    return Sheet("address_spells", pa.table(table | date_columns(rows, maker)))


def area_sheet(rows: Sequence[AreaRow]) -> Sheet:
    """Buurten, wijken, the municipality and the province."""
    types = {
        "area": pa.string(), "kind": pa.string(), "name": pa.string(), "within": pa.string(), "urbanity": pa.int64(),
        "inhabitants": pa.int64(), "households": pa.int64(), "minors": pa.int64(), "low_income_share": pa.float64(),
        "polygon": pa.string(),
    }  # fmt: skip
    if any(row.filled_in for row in rows):
        types["filled_in"] = pa.string()
    ordered = sorted(rows, key=lambda row: row.area)
    return Sheet(
        "areas",
        pa.table({name: pa.array([getattr(row, name) for row in ordered], type_) for name, type_ in types.items()}),
    )

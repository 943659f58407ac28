"""Registers about children: pregnancy and birth, child health care, childcare."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from riskscreen.synthetic.intervals import NEVER, Flags, Floats, Ints
from riskscreen.synthetic.lives.adult_registers import in_history
from riskscreen.synthetic.lives.births import TERM_WEEKS, Mothers, smoking_chance
from riskscreen.synthetic.lives.life_settings import ChildHealth
from riskscreen.synthetic.lives.panel import Panel
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import GESTATION, MOTHER, YEAR, Calendar
from riskscreen.synthetic.sheets import Maker, Sheet, flags, known, lagged, numbers, spell_sheet
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

_HEALTH_KINDS = ("contact", "missed", "concern")


def pregnancies_sheet(world: World, people: People, days: Calendar, maker: Maker, chance: Chance) -> Sheet:
    """Pregnancies that were booked in the history, with the birth once it is known; first ones still expected too.

    Twins have a row each once they are born, with the same booking; before that the pregnancy is one row.
    """
    draws = chance.stream("registers.pregnancies")
    children, units = people.children, people.units
    born = np.flatnonzero((children.birth >= days.start) & (children.birth >= units.arrived[children.unit]))
    expecting = np.flatnonzero(units.expected < NEVER)
    unit = np.concatenate([children.unit[born], expecting])
    child = np.concatenate([born + people.first_child, np.full(len(expecting), -1)])
    birth = np.concatenate([children.birth[born], units.expected[expecting]])
    term = np.round(np.clip(draws.normal(*TERM_WEEKS, len(expecting)), 37, 42), 1)
    weeks = np.concatenate([children.weeks[born].astype(np.float64), term])
    smoking = np.concatenate([children.smoking[born], _expecting_smokers(world, people, expecting, chance)])
    conceived = birth - np.round(weeks * 7).astype(np.int64)
    event = np.maximum(conceived + _booking(world, units.latent[unit], draws), units.arrived[unit] + 7)
    recorded = event + draws.integers(0, 15, len(unit))
    birth_recorded = birth + draws.integers(2, 30, len(unit))
    asked = draws.random(len(unit)) >= world.birth.smoking["unknown"]
    first = _first_of_twins(people, born, len(unit))
    event, recorded, birth_recorded = event[first], recorded[first], birth_recorded[first]
    asked = asked[first]
    unknown = ~((birth_recorded < days.end) & ((child < 0) | maker.on_record[child]))
    mother = people.adults.of_unit[unit, MOTHER]
    seen = (recorded < days.end) & (event < days.end) & (event < people.life_end[mother]) & (event < birth)
    seen &= maker.on_record[mother] & (~unknown | (first == np.arange(len(unit))))
    shown = np.flatnonzero(seen)
    shown = shown[np.lexsort((event[shown], maker.numbers[mother[shown]]))]
    grams = np.concatenate([children.grams[born].astype(np.float64), np.full(len(expecting), np.nan)])
    table = {
        "person": maker.persons(mother[shown]),
        "child": maker.persons(np.where(unknown, -1, child)[shown]),
        "event_date": maker.dates(event[shown]),
        "due_date": maker.future_dates((conceived + GESTATION)[shown]),
        "birth_date": maker.dates(np.where(unknown, NEVER, birth)[shown]),
        "birth_recorded_date": maker.dates(np.where(unknown, NEVER, birth_recorded)[shown]),
        "gestation_weeks": numbers(np.where(unknown, np.nan, np.round(weeks, 1))[shown]),
        "birth_weight": numbers(np.where(unknown, np.nan, grams)[shown]),
        "smoking": flags(smoking[shown], ~asked[shown]),
        "recorded_date": maker.dates(recorded[shown]),
    }
    return Sheet("pregnancies", pa.table(table))


def _booking(world: World, latent: Floats, draws: np.random.Generator) -> Ints:
    """Days after conception until the first visit; the most vulnerable come late."""
    rule = world.birth.booking_week
    week = rule["mean"] + draws.gamma(2.0, 1.0, len(latent)) - 2 + rule["late_latent"] * np.maximum(latent, 0)
    return np.round(np.clip(week, 5, 24) * 7).astype(np.int64)


def _first_of_twins(people: People, born: Ints, count: int) -> Ints:
    """Row of the twin who was born first, else the row itself."""
    row = np.full(len(people.children), -1)
    row[born] = np.arange(len(born))
    first = np.arange(count)
    first[: len(born)] = row[people.children.twin_of[born]]
    return first


def _expecting_smokers(world: World, people: People, unit: Ints, chance: Chance) -> Flags:
    units = people.units
    age = (units.expected[unit] - units.mother_birth[unit]) / YEAR
    mothers = Mothers(units.latent[unit], age, units.education[unit, MOTHER] == 0)
    draws = chance.stream("registers.pregnancies.smoking")
    return np.asarray(draws.random(len(unit)) < smoking_chance(world.birth, mothers, chance))


def child_health_sheet(
    world: World, people: People, panel: Panel, days: Calendar, maker: Maker, chance: Chance
) -> Sheet:
    """Contact moments of child health care by age: kept or missed, and sometimes a concern."""
    draws = chance.stream("registers.child_health")
    rule, children = world.child_health, people.children
    count = len(children)
    moments = np.array(rule.moments_days)
    day = (
        children.birth[:, None]
        + moments
        + np.round(draws.normal(0, 0.04, (count, len(moments))) * moments).astype(np.int64)
    )
    child, moment = np.nonzero((day >= days.start) & (day < days.end))
    when = day[child, moment]
    latent = people.units.latent[children.unit[child]]
    missed = draws.random(len(child)) < rule.missed * np.exp(rule.missed_latent * latent - rule.missed_latent**2 / 2)
    concern = ~missed & (draws.random(len(child)) < _concern(rule, people, panel, child, when, latent, chance))
    person = child + people.first_child
    kind = np.concatenate([missed.astype(np.int64), np.full(int(concern.sum()), 2)])
    person, when = np.concatenate([person, person[concern]]), np.concatenate([when, when[concern]])
    here = (when < people.life_end[person]) & (when >= people.life_start[person])
    rows = known(lagged(person[here], kind[here], when[here], when[here], 3.0, draws), maker)
    return spell_sheet("child_health", rows, _HEALTH_KINDS, maker)


def _concern(
    rule: ChildHealth, people: People, panel: Panel, child: Ints, when: Ints, latent: Floats, chance: Chance
) -> Floats:
    """Chance of a concern at a contact: more often in vulnerable families, after need and after a difficult birth."""
    year = np.clip(np.searchsorted(panel.years, when, side="right") - 1, 0, panel.shape[1] - 1)
    weights = np.array([0.0, rule.concern_need.get("milder", 0.0), rule.concern_need.get("need", 0.0)])
    score = rule.concern_latent * latent
    if panel.child_need is not None:
        score = score + weights[panel.child_need[child, year]]
    hard = people.children.preterm | people.children.small
    score = np.exp(score + rule.concern_difficult_birth * hard[child])
    mean = chance.solved("child_health.concern", lambda: float(score.mean()))
    return np.asarray(rule.concern * score / mean)


def childcare_sheet(world: World, people: People, days: Calendar, maker: Maker, chance: Chance) -> Sheet:
    """Daycare before school and after-school care from four years on."""
    draws = chance.stream("registers.childcare")
    children, rule = people.children, world.childcare
    latent = people.units.latent[children.unit]
    user = draws.standard_normal(len(children)) * 0.5
    parts = []
    for kind, (name, first, last) in enumerate((("daycare", 0.25, 4.0), ("after_school", 4.0, 12.0))):
        odds = np.log(rule[name] / (1 - rule[name])) + rule["latent"] * latent + user
        child = np.flatnonzero(draws.random(len(children)) < 1 / (1 + np.exp(-odds)))
        begin = children.birth[child] + np.round((first + draws.gamma(1.0, 0.5, len(child))) * YEAR).astype(np.int64)
        stop = np.minimum(last, first + 0.5 + draws.gamma(3.0, 1.6, len(child)))
        end = np.maximum(children.birth[child] + np.round(stop * YEAR).astype(np.int64), begin + 30)
        parts.append((child + people.first_child, np.full(len(child), kind), begin, end))
    person, kind_, start, end = (np.concatenate([part[i] for part in parts]) for i in range(4))
    start, end = np.maximum(start, people.life_start[person]), np.minimum(end, people.life_end[person])
    lives = start < end
    rows = lagged(person[lives], kind_[lives], start[lives], end[lives], 14.0, draws)
    rows = rows.taken((rows.start < days.end) & (rows.end > rows.start))
    return spell_sheet("childcare", known(in_history(rows, days.start), maker), ("daycare", "after_school"), maker)

"""Registers about children: pregnancy and birth, child health care, childcare."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from riskscreen.synthetic.adult_registers import in_history
from riskscreen.synthetic.families import GESTATION, MOTHER, YEAR, Calendar
from riskscreen.synthetic.intervals import NEVER, Ints
from riskscreen.synthetic.people import People
from riskscreen.synthetic.sheets import Maker, Sheet, flags, known, lagged, numbers, spell_sheet
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

_HEALTH_KINDS = ("contact", "missed", "concern")
_TERM = 40.0


def pregnancies_sheet(world: World, people: People, days: Calendar, maker: Maker, chance: Chance) -> Sheet:
    """Pregnancies that were booked in the history, with the birth once it is known; first ones still expected too."""
    draws = chance.stream("registers.pregnancies")
    children, units = people.children, people.units
    born = np.flatnonzero(children.birth >= days.start)
    expecting = np.flatnonzero(units.expected < NEVER)
    unit = np.concatenate([children.unit[born], expecting])
    child = np.concatenate([born + people.first_child, np.full(len(expecting), -1)])
    birth = np.concatenate([children.birth[born], units.expected[expecting]])
    preterm = np.concatenate([children.preterm[born], np.zeros(len(expecting), dtype=bool)])
    rule, latent = world.birth, units.latent[unit]
    weeks = np.where(
        preterm, 36.9 - draws.gamma(1.3, 1.8, len(unit)), np.clip(draws.normal(39.6, 1.1, len(unit)), 37, 42)
    )
    weeks = np.round(np.clip(weeks, 25, 42), 1)
    smoking = _smoking(world, people, unit, chance)
    grams = 3500 + 180 * (weeks - _TERM) - 190 * smoking + draws.normal(0, 430, len(unit))
    conceived = birth - np.round(weeks * 7).astype(np.int64)
    booking = (
        rule.booking_week["mean"]
        + draws.gamma(2.0, 1.0, len(unit))
        - 2
        + rule.booking_week["late_latent"] * np.maximum(latent, 0)
    )
    event = conceived + np.round(np.clip(booking, 5, 24) * 7).astype(np.int64)
    recorded = event + draws.integers(0, 15, len(unit))
    birth_recorded = birth + draws.integers(2, 30, len(unit))
    told = (birth_recorded < days.end) & ((child < 0) | maker.on_record[child])
    shown = np.flatnonzero((recorded < days.end) & (event < days.end) & (event < units.emigrated[unit]))
    shown = shown[np.lexsort((event[shown], maker.numbers[people.adults.of_unit[unit[shown], MOTHER]]))]
    unknown = ~told
    table = {
        "person": maker.persons(people.adults.of_unit[unit, MOTHER][shown]),
        "child": maker.persons(np.where(unknown, -1, child)[shown]),
        "event_date": maker.dates(event[shown]),
        "due_date": maker.future_dates((conceived + GESTATION)[shown]),
        "birth_date": maker.dates(np.where(unknown, NEVER, birth)[shown]),
        "birth_recorded_date": maker.dates(np.where(unknown, NEVER, birth_recorded)[shown]),
        "gestation_weeks": numbers(np.where(unknown, np.nan, weeks)[shown]),
        "birth_weight": numbers(np.where(unknown, np.nan, np.round(np.clip(grams, 500, 5500), -1))[shown]),
        "smoking": flags(smoking[shown], draws.random(len(shown)) < rule.smoking["unknown"]),
        "recorded_date": maker.dates(recorded[shown]),
    }
    return Sheet("pregnancies", pa.table(table))


def _smoking(world: World, people: People, unit: Ints, chance: Chance) -> np.ndarray:
    rule, units = world.birth.smoking, people.units
    score = np.exp(rule["latent"] * units.latent + rule["low_education"] * (units.education[:, MOTHER] == 0))
    likely = rule["share"] * score[unit] / chance.solved("birth.smoking", lambda: float(score.mean()))
    return np.asarray(chance.stream("registers.pregnancies.smoking").random(len(unit)) < np.minimum(likely, 0.9))


def child_health_sheet(world: World, people: People, days: Calendar, maker: Maker, chance: Chance) -> Sheet:
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
    concern = ~missed & (
        draws.random(len(child)) < rule.concern * np.exp(rule.concern_latent * latent - rule.concern_latent**2 / 2)
    )
    person = child + people.first_child
    kind = np.concatenate([missed.astype(np.int64), np.full(int(concern.sum()), 2)])
    person, when = np.concatenate([person, person[concern]]), np.concatenate([when, when[concern]])
    here = when < people.life_end[person]
    rows = known(lagged(person[here], kind[here], when[here], when[here], 3.0, draws), maker)
    return spell_sheet("child_health", rows, _HEALTH_KINDS, maker)


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
    life = people.life_end[person]
    lives = start < life
    rows = lagged(person[lives], kind_[lives], start[lives], np.minimum(end, life)[lives], 14.0, draws)
    rows = rows.taken((rows.start < days.end) & (rows.end > rows.start))
    return spell_sheet("childcare", known(in_history(rows, days.start), maker), ("daycare", "after_school"), maker)

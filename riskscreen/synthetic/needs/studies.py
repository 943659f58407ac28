"""The two published prevalence studies, done again in a world whose need is known.

Professionals note a child when how severe it is, together with what they see and what they read into what they know of
the family, passes their threshold; so their count is neither need nor a sample of it. Its prevalence, its types and its
risk ratios are the published ones. Pupils say themselves what befell them in the year before; single incidents count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from riskscreen.synthetic.intervals import Flags, Ints
from riskscreen.synthetic.lives.panel import Panel
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import FATHER, MOTHER, YEAR
from riskscreen.synthetic.needs.need import TrueNeed
from riskscreen.synthetic.needs.need_causes import causes
from riskscreen.synthetic.needs.need_settings import AGES_SEEN, FACTS, Professionals, Pupils
from riskscreen.synthetic.needs.need_types import Cases, draw_types
from riskscreen.synthetic.sheets import Maker, codes, flags
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

Floats = npt.NDArray[np.float64]
_CAUSE = {"low_education": "low_education", "unemployed": "no_work", "single_parent": "single", "large_family": "large"}
_SCHOOL_AGE = 4
_ROUNDS = 80
_STEP = 0.7  # of the way to the solution: what is read into one fact moves the ratios of the others


@dataclass(frozen=True, eq=False)
class _Sample:
    """Minors on the date of a study: positions in the children and in the dates, units and ages."""

    child: Ints
    unit: Ints
    date: int
    age: Floats


def survey_table(world: World, people: People, panel: Panel, need: TrueNeed, maker: Maker, chance: Chance) -> pa.Table:
    """The professionals' study: one row per minor, noted or not, with what the professional knew."""
    rule = world.studies.professionals
    sample = _sample(rule.year, (0, 18), people, panel, need)
    draws = chance.stream("studies.professionals")
    known = _known(rule, sample, people, panel, draws)
    seen = need.severity[sample.child, sample.date].astype(np.float64) + _contacts(rule.contacts, sample, panel)
    reads, threshold = _solved(rule, seen, known, chance)
    score = seen + sum(reads[name] * known[name] for name in FACTS)
    noted = draws.random(len(sample.child)) < _logistic((score - threshold) / rule.noise)
    at = np.flatnonzero(noted)
    cases = Cases(sample.child[at], np.full(len(at), sample.date), need.severity[sample.child[at], sample.date])
    drawn = draw_types("survey", world, people, panel, cases, chance)
    main, number = np.full(len(noted), -1), np.zeros(len(noted), dtype=np.int8)
    main[at], number[at] = drawn.main, drawn.number
    columns = {
        "noted": flags(noted),
        "main_type": codes(main, tuple(world.need.types.shares)),
        "types": pa.array(number),
        **{name: flags(known[name]) for name in FACTS},
        "violence": flags(_violence(rule, sample, noted, people, panel, chance), ~noted),
    }
    return _table(sample, columns, people, maker)


def pupils_table(world: World, people: People, panel: Panel, need: TrueNeed, maker: Maker, chance: Chance) -> pa.Table:
    """The pupils' study: one row per pupil, with whether he or she says that something happened in the year before."""
    rule = world.studies.pupils
    sample = _sample(rule.year, (rule.ages[0], rule.ages[1] + 1), people, panel, need)
    severity = need.severity[sample.child, sample.date].astype(np.float64)
    threshold = chance.solved("pupils.threshold", lambda: _pupils_threshold(rule, severity))
    reported = chance.stream("studies.pupils").random(len(severity)) < _says(rule, severity, threshold)
    return _table(sample, {"reported": flags(reported)}, people, maker)


def _sample(year: int, ages: tuple[int, int], people: People, panel: Panel, need: TrueNeed) -> _Sample:
    """Minors of these ages on the first day after the year of a study."""
    date = panel.year_of(year)
    child = np.flatnonzero(need.minor[:, date])
    age = (need.dates[date] - people.children.birth[child]) / YEAR
    fits = (age >= ages[0]) & (age < ages[1])
    return _Sample(child[fits], people.children.unit[child[fits]], date, age[fits])


def _table(sample: _Sample, columns: Mapping[str, pa.Array], people: People, maker: Maker) -> pa.Table:
    """In order of the persons' numbers, so that the order says nothing about kinship."""
    person = sample.child + people.first_child
    order = np.argsort(maker.numbers[person], kind="stable")
    table = pa.table({"person": maker.persons(person), **columns})
    return table.take(pa.array(order))


def _known(
    rule: Professionals, sample: _Sample, people: People, panel: Panel, draws: np.random.Generator
) -> dict[str, Flags]:
    """What the professional knows of a family: what is there is known to most, and some take for it what is not."""
    held = causes(people, panel)
    origin, father = people.units.origin[sample.unit], people.units.father_known[sample.unit]
    known = {}
    for name in FACTS:
        if name in _CAUSE:
            there = held[_CAUSE[name]][sample.unit, sample.date]
        else:
            there = (origin[:, MOTHER] > 0) | (father & (origin[:, FATHER] > 0))
        known[name] = draws.random(len(there)) < np.where(there, rule.known[name], rule.taken_for[name])
    return known


def _contacts(weights: Mapping[str, float], sample: _Sample, panel: Panel) -> Floats:
    """Who is seen more: by school or child health care, given age, and by services the family is in contact with."""
    total = np.zeros(len(sample.child))
    for name, weight in weights.items():
        if name in AGES_SEEN:
            total += weight * ((sample.age >= _SCHOOL_AGE) == (name == "school"))
        else:
            total += weight * panel.states[name][sample.unit, sample.date]
    return total


def _logistic(score: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-score)))


def _solved(
    rule: Professionals, seen: Floats, known: dict[str, Flags], chance: Chance
) -> tuple[dict[str, float], float]:
    """What is read into each fact, and the threshold, with which the published ratios and prevalence come out."""
    found: dict[str, float] = {}

    def constant(name: str) -> float:
        if not found:
            found.update(_fixed_point(rule, seen, known))
        return found[name]

    reads = dict(rule.reads)
    for name in rule.ratios:
        reads[name] = chance.solved(f"survey.reads.{name}", partial(constant, name))
    return reads, chance.solved("survey.threshold", lambda: constant("threshold"))


def _fixed_point(rule: Professionals, seen: Floats, known: dict[str, Flags]) -> dict[str, float]:
    reads = dict(rule.reads) | dict.fromkeys(rule.ratios, 0.0)
    threshold = 0.0
    for _ in range(_ROUNDS):
        score = seen + sum(reads[name] * known[name] for name in FACTS)
        chances = _logistic((score - threshold) / rule.noise)
        threshold += rule.noise * _STEP * float(np.log(chances.mean() / rule.share))
        for name, wanted in rule.ratios.items():
            ratio = float(chances[known[name]].mean() / chances[~known[name]].mean())
            reads[name] += rule.noise * _STEP * float(np.log(wanted / ratio))
    return reads | {"threshold": threshold}


def _violence(
    rule: Professionals, sample: _Sample, noted: Flags, people: People, panel: Panel, chance: Chance
) -> Flags:
    """Violence between adults at home as professionals noted it: most of what happens, and words and threats too."""
    draws = chance.stream("studies.professionals.violence")
    seen = panel.states["violence"][:, sample.date] & (draws.random(len(people.units)) < rule.violence_seen)
    families = np.unique(sample.unit[noted])
    wider = chance.solved("survey.violence", lambda: _wider(rule, float(seen[families].mean())))
    return np.asarray((seen | (draws.random(len(people.units)) < wider))[sample.unit])


def _wider(rule: Professionals, seen: float) -> float:
    return max((rule.violence_families - seen) / (1 - seen), 0.0)


def _says(rule: Pupils, severity: Floats, threshold: float) -> Floats:
    """Chance that a pupil says that something happened: what is severe enough, or a single incident."""
    return np.asarray(1 - (1 - rule.single_incidents) * (1 - _logistic((severity - threshold) / rule.noise)))


def _pupils_threshold(rule: Pupils, severity: Floats) -> float:
    low, high = -30.0, 30.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _says(rule, severity, middle).mean() > rule.share else (low, middle)
    return (low + high) / 2

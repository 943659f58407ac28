"""What befalls adults, families and children: one engine, one entry per circumstance in the world file.

A circumstance starts in a year with chance ``1 - exp(-rate)``; its rate is log-linear in the family's vulnerability in
that year, its neighbourhood and what else holds then. So problems pile up by shared causes and by following on each
other. The constant of every rate is solved so that the world's share comes out in one reference year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskscreen.errors import UsageError
from riskscreen.synthetic.families import ADULT, MOTHER, YEAR
from riskscreen.synthetic.intervals import NEVER, Flags, Ints, merged
from riskscreen.synthetic.panel import Panel, Singles
from riskscreen.synthetic.people import People
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import Circumstance, Stage, World

REFERENCE_YEAR = 2021
SHORTEST = 14  # days; a period that is registered at all lasts two weeks


@dataclass(frozen=True, eq=False)
class Events:
    """What happened to persons: points in time (``end == start``) and periods; arrays have shape (events,)."""

    person: Ints
    unit: Ints
    kind: npt.NDArray[np.int8]
    start: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.person)

    def only(self, kept: Flags) -> Events:
        """Some of the events."""
        return Events(self.person[kept], self.unit[kept], self.kind[kept], self.start[kept], self.end[kept])


@dataclass(frozen=True, eq=False)
class _Carriers:
    """Whom a circumstance can befall: their unit, age and whether they live in the home, by year."""

    unit: Ints
    birth: Ints
    possible: Flags  # shape (carriers, years): old enough, young enough, there
    counted: Flags  # ... and at home, so that it counts for the share and for the family
    shift: Singles  # what about a carrier itself raises or lowers the rate


def befall_stage(stage: Stage, world: World, people: People, panel: Panel, chance: Chance) -> dict[str, Events]:
    """Draw every circumstance of one stage, in the order of the world file."""
    names = [name for name, what in world.circumstances.items() if what.stage == stage]
    return {name: befall(name, world, people, panel, chance) for name in names}


def befall(name: str, world: World, people: People, panel: Panel, chance: Chance) -> Events:
    """Draw one circumstance for everybody and every year, and note in ``panel.states`` whose home has it when."""
    what = world.circumstances[name]
    draws = chance.stream(f"circumstance.{name}")
    carriers = _carriers(what, people, panel)
    score = _score(what, carriers, people, panel)
    kinds = what.all_kinds(name)
    length = np.array([kind.years for kind in kinds.values()])
    share = np.cumsum([kind.share for kind in kinds.values()])
    mean_years = float(np.diff(share, prepend=0) @ length / share[-1])
    constant = chance.solved(f"circumstance.{name}", lambda: _constant(what, carriers, score, panel, mean_years))
    rate = np.exp(score + np.float32(constant))
    rate[~carriers.possible] = 0
    who, start, fresh = _onsets(what, rate, mean_years, panel, draws)
    kind = np.searchsorted(share / share[-1], draws.random(len(who)), side="right").astype(np.int8)
    lasting = np.maximum(draws.exponential(1.0, len(who)) * length[kind] * YEAR, SHORTEST).astype(np.int64)
    lasting[length[kind] == 0] = 0
    before = (draws.exponential(1.0, len(who)) * length[kind] * YEAR).astype(np.int64)  # memoryless: as long as after
    end = start + lasting
    start = np.where(fresh, start, np.maximum(start - before, np.minimum(carriers.birth[who] + 30, start)))
    owner, start, end = merged(who * len(length) + kind, start, end)
    who, kind = owner // len(length), (owner % len(length)).astype(np.int8)
    inside = (end >= panel.years[0]) & (start < panel.years[-1])
    who, start, end, kind = who[inside], start[inside], end[inside], kind[inside]
    panel.states[name] = _states(carriers, who, start, end, panel)
    return Events(_persons(what, people, carriers, who, start), carriers.unit[who], kind, start, end)


def _carriers(what: Circumstance, people: People, panel: Panel) -> _Carriers:
    years = panel.years[:-1]
    count, _ = panel.shape
    if what.carrier == "family":
        zero = np.zeros((count, 1), dtype=np.float32)
        youth = people.units.maltreated[:, :1].astype(np.float32)
        low = (people.units.education[:, :1] == 0).astype(np.float32)
        shift = zero + np.float32(what.own_youth) * youth + np.float32(what.low_education) * low
        return _Carriers(np.arange(count), people.units.mother_birth, panel.family, panel.family, shift)
    if what.carrier == "child":
        children = people.children
        age = (years[None, :] + 182 - children.birth[:, None]).astype(np.float32) / np.float32(YEAR)
        gone = people.life_end[people.first_child :]
        possible = (age >= max(what.least_age, 0)) & (age < ADULT) & (gone[:, None] > years[None, :])
        shift = np.float32(what.per_year_of_age) * age
        return _Carriers(children.unit, children.birth, possible, possible, shift)
    adults = people.adults
    old = (adults.birth + round(what.least_age * YEAR))[:, None] <= years[None, :]
    possible = old & (adults.life_end[:, None] > years[None, :])
    middle = years + 182
    home = (adults.home_from[:, None] <= middle) & (middle < adults.home_until[:, None]) & panel.family[adults.unit]
    shift = np.float32(what.mother) * (adults.slot == MOTHER) + np.float32(what.own_youth) * adults.maltreated
    shift = shift + np.float32(what.low_education) * adults.low_education
    return _Carriers(adults.unit, adults.birth, possible, possible & home, shift.astype(np.float32)[:, None])


def _score(what: Circumstance, carriers: _Carriers, people: People, panel: Panel) -> Singles:
    """The logarithm of the rate without its constant, shape (carriers, years)."""
    of_unit = np.float32(what.latent) * panel.latent
    for weight, part in (
        (what.deprivation, panel.deprivation),
        (what.policing, panel.policing),
        (what.single, panel.single),
    ):
        if weight:
            of_unit = of_unit + np.float32(weight) * part
    for name, weight in what.after.items():
        of_unit = of_unit + np.float32(weight) * panel.states[name]
    for name, weight in what.year_after.items():
        of_unit[:, 1:] += np.float32(weight) * panel.states[name][:, :-1]
    total = of_unit if what.carrier == "family" else of_unit[carriers.unit]
    if what.after_need:
        total = total + _of_need(what, panel)
    return np.asarray(total + carriers.shift)


def _of_need(what: Circumstance, panel: Panel) -> Singles:
    """What need on 1 January does: a child's own, for adults and families the highest among their children."""
    level = panel.child_need if what.carrier == "child" else panel.need
    if level is None or what.carrier == "adult":
        raise UsageError("after_need holds for families and children, after need was drawn", do="set stage: children")
    weights = np.array([0.0, what.after_need.get("milder", 0.0), what.after_need.get("need", 0.0)], dtype=np.float32)
    return np.asarray(weights[level])


def _constant(what: Circumstance, carriers: _Carriers, score: Singles, panel: Panel, mean_years: float) -> float:
    """Solve the constant: periods come and go independently, so their number in a year is Poisson with mean rate times
    (1 + length)."""
    year = panel.year_of(REFERENCE_YEAR)
    rows = np.flatnonzero(carriers.counted[:, year])
    weight = np.exp(score[rows, year].astype(np.float64)) * (1 + mean_years)
    if what.of == "families":
        total = int(panel.family[:, year].sum())
        weight = np.bincount(carriers.unit[rows], weights=weight, minlength=panel.shape[0])
        weight = weight[weight > 0]
    else:
        total = len(rows)
    low, high = -25.0, 5.0
    for _ in range(40):
        middle = (low + high) / 2
        expected = float(-np.expm1(-np.exp(middle) * weight).sum()) / max(total, 1)
        low, high = (middle, high) if expected < what.share else (low, middle)
    return (low + high) / 2


def _onsets(
    what: Circumstance, rate: Singles, mean_years: float, panel: Panel, draws: np.random.Generator
) -> tuple[Ints, Ints, Flags]:
    """Who starts when; also periods that were already there at the beginning (``fresh`` is False)."""
    who, year = np.nonzero(draws.random(rate.shape, dtype=np.float32) < -np.expm1(-rate))
    width = np.diff(panel.years)[year]
    start = panel.years[year] + np.floor(draws.random(len(who)) * width).astype(np.int64)
    again = draws.random(len(who)) < what.repeats
    later = start[again] + 20 + np.floor(draws.random(int(again.sum())) * 160).astype(np.int64)
    there = np.flatnonzero(draws.random(len(rate), dtype=np.float32) < -np.expm1(-rate[:, 0] * np.float32(mean_years)))
    fresh = np.ones(len(who) + len(later) + len(there), dtype=bool)
    fresh[len(who) + len(later) :] = False
    starts = np.concatenate([start, later, np.full(len(there), panel.years[0])])
    return np.concatenate([who, who[again], there]), starts, fresh


def _states(carriers: _Carriers, who: Ints, start: Ints, end: Ints, panel: Panel) -> Flags:
    """In which years does a unit have it, for somebody who is counted?"""
    states = np.zeros(panel.shape, dtype=bool)
    first = np.maximum(np.searchsorted(panel.years, start, side="right") - 1, 0)
    last = np.minimum(np.searchsorted(panel.years, np.maximum(end, start + 1), side="left") - 1, panel.shape[1] - 1)
    for step in range(int((last - first).max(initial=-1)) + 1):
        on = np.flatnonzero(first + step <= last)
        year = first[on] + step
        on, year = on[carriers.counted[who[on], year]], year[carriers.counted[who[on], year]]
        states[carriers.unit[who[on]], year] = True
    return states


def _persons(what: Circumstance, people: People, carriers: _Carriers, who: Ints, start: Ints) -> Ints:
    if what.carrier == "child":
        return who + people.first_child
    if what.carrier == "adult":
        return who
    return people.head(carriers.unit[who], start)


def clipped(events: Events, people: People) -> Events:
    """Nothing before birth, nothing after death or emigration; a period ends with them."""
    life, birth = people.life_end[events.person], people.birth[events.person]
    kept = (events.start < life) & (events.start >= birth)
    inside = Events(
        events.person, events.unit, events.kind, events.start, np.minimum(events.end, np.minimum(life, NEVER))
    )
    return inside.only(np.asarray(kept))


def doubled(events: Events, people: People) -> Events:
    """The same with a row for the second adult in the home (an incident involves both)."""
    other = people.other_at_home(events.unit, events.start)
    has = other >= 0
    second = Events(other[has], events.unit[has], events.kind[has], events.start[has], events.end[has])
    return joined([events, second])


def joined(parts: list[Events]) -> Events:
    """Several sets of events as one."""
    names = Events.__dataclass_fields__
    return Events(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def first_day(events: Events, panel: Panel) -> Ints:
    """Day of the first event of each unit in each year, ``NEVER`` where there was none; shape (units, years)."""
    day = np.full(panel.shape, NEVER)
    year = np.searchsorted(panel.years, events.start, side="right") - 1
    inside = (year >= 0) & (year < panel.shape[1])
    np.minimum.at(day, (events.unit[inside], year[inside]), events.start[inside])
    return day

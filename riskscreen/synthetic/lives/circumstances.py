"""What befalls adults, families and children: one engine, one entry per circumstance in the world file.

A circumstance starts in a year with chance ``1 - exp(-rate)``; its rate is log-linear in the family's vulnerability in
that year, its neighbourhood and what else holds then. So problems pile up by shared causes and by following on each
other. The constant of every rate is solved so that the world's share comes out.

They come in three stages: what befalls parents and families, before true need is drawn; what befalls children, which
depends on need; and measures, which depend on reports too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from riskscreen.synthetic.intervals import NEVER, Flags, Ints, merged
from riskscreen.synthetic.lives.carriers import Carriers, carriers_of, score_of
from riskscreen.synthetic.lives.life_settings import Circumstance, Stage
from riskscreen.synthetic.lives.panel import Panel, Singles
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.rates import constants_by_year, part_constant, position
from riskscreen.synthetic.lives.units import YEAR
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

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


def befall_stage(
    stage: Stage, world: World, people: People, panel: Panel, earlier: Mapping[str, Events], chance: Chance
) -> dict[str, Events]:
    """Every circumstance so far: those of earlier stages, and those of this one in the order of the world file."""
    made = dict(earlier)
    for name, what in world.circumstances.items():
        if what.stage == stage:
            made[name] = _befall(name, world, people, panel, made, chance)
    return made


def _befall(
    name: str, world: World, people: People, panel: Panel, made: Mapping[str, Events], chance: Chance
) -> Events:
    """Draw one circumstance for everybody and every year, and note in the panel whose home has it when."""
    what = world.circumstances[name]
    carriers = carriers_of(what, people, panel)
    if what.within is None:
        who, events = _drawn(name, what, carriers, people, panel, chance)
    else:
        who, events = _part(name, what, carriers, people, panel, made[what.within], chance)
    panel.states[name] = _states(carriers, who, events, panel)
    if any(name in other.after_own for other in world.circumstances.values()):
        panel.own[name] = _own(len(carriers.unit), who, events, panel)
    return events


def _drawn(
    name: str, what: Circumstance, carriers: Carriers, people: People, panel: Panel, chance: Chance
) -> tuple[Ints, Events]:
    """Onsets year by year, each with a kind and a length."""
    draws = chance.stream(f"circumstance.{name}")
    score = score_of(what, carriers, panel)
    kinds = what.all_kinds(name)
    length = np.array([kind.years for kind in kinds.values()])
    share = np.cumsum([kind.share for kind in kinds.values()])
    mean_years = float(np.diff(share, prepend=0) @ length / share[-1])
    score += constants_by_year(name, what, carriers, score, panel, chance)
    rate = np.exp(score, out=score)
    rate[~carriers.possible] = 0
    who, start, fresh = _onsets(what, rate, mean_years, panel, draws)
    kind = np.searchsorted(share / share[-1], draws.random(len(who)), side="right").astype(np.int8)
    lasting = np.maximum(draws.exponential(1.0, len(who)) * length[kind] * YEAR, SHORTEST).astype(np.int64)
    lasting[length[kind] == 0] = 0
    before = (draws.exponential(1.0, len(who)) * length[kind] * YEAR).astype(np.int64)  # memoryless: as long as after
    end = start + lasting
    start = np.where(fresh, start, np.maximum(start - before, np.minimum(carriers.birth[who] + 30, start)))
    who, kind, start, end = _within_life(carriers, who, kind, start, end)
    owner, start, end = merged(who * len(length) + kind, start, end)
    who, kind = owner // len(length), (owner % len(length)).astype(np.int8)
    inside = (end >= panel.years[0]) & (start < panel.years[-1])
    who, start, end, kind = who[inside], start[inside], end[inside], kind[inside]
    return who, Events(_persons(what, people, carriers, who, start), carriers.unit[who], kind, start, end)


def _within_life(
    carriers: Carriers, who: Ints, kind: npt.NDArray[np.int8], start: Ints, end: Ints
) -> tuple[Ints, npt.NDArray[np.int8], Ints, Ints]:
    """Nothing before birth or arrival, nothing after death or emigration."""
    point = end == start
    begin, finish = carriers.begin[who], carriers.finish[who]
    start = np.where(point, start, np.maximum(start, begin))
    end = np.where(point, start, np.minimum(end, finish))
    kept = (start >= begin) & (start < finish) & (point | (end > start))
    return who[kept], kind[kept], start[kept], end[kept]


def _part(
    name: str, what: Circumstance, carriers: Carriers, people: People, panel: Panel, whole: Events, chance: Chance
) -> tuple[Ints, Events]:
    """The spells of the whole that are of this part too: more often where its score is higher."""
    who = _who(what, people, whole)
    year = np.clip(np.searchsorted(panel.years, whole.start, side="right") - 1, 0, panel.shape[1] - 1)
    score = score_of(what, carriers, panel)[who, year].astype(np.float64)
    at, share = next(iter(what.shares().items()))

    def solve() -> float:
        now = position(panel, at)
        on = carriers.counted[who, now] & (whole.start < panel.years[now + 1]) & (whole.end >= panel.years[now])
        counts = panel.minors[:, now].astype(np.float64)
        if what.of == "whole":
            counts = counts * panel.states[str(what.within)][:, now]
        return part_constant(f"circumstances.{name}.share", share, whole.unit[on], score[on], counts, chance)

    constant = chance.solved(f"circumstance.{name}.{at}", solve)
    chosen = chance.stream(f"circumstance.{name}").random(len(who)) < 1 / (1 + np.exp(-score - constant))
    part = whole.only(np.asarray(chosen))
    return who[chosen], Events(part.person, part.unit, np.zeros(len(part), np.int8), part.start, part.end)


def _who(what: Circumstance, people: People, events: Events) -> Ints:
    """Position among the carriers."""
    if what.carrier == "family":
        return events.unit
    return events.person - (people.first_child if what.carrier == "child" else 0)


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


def _states(carriers: Carriers, who: Ints, events: Events, panel: Panel) -> Flags:
    """In which years does a unit have it, for somebody who is counted?"""
    states = np.zeros(panel.shape, dtype=bool)
    for on, year in _years(events, panel):
        counted = carriers.counted[who[on], year]
        states[carriers.unit[who[on[counted]]], year[counted]] = True
    return states


def _own(count: int, who: Ints, events: Events, panel: Panel) -> Flags:
    """In which years does a carrier have it?"""
    own = np.zeros((count, panel.shape[1]), dtype=bool)
    for on, year in _years(events, panel):
        own[who[on], year] = True
    return own


def _years(events: Events, panel: Panel) -> Iterator[tuple[Ints, Ints]]:
    """Positions of the events and years that they touch, step by step from their first year on."""
    first = np.maximum(np.searchsorted(panel.years, events.start, side="right") - 1, 0)
    last = np.searchsorted(panel.years, np.maximum(events.end, events.start + 1), side="left") - 1
    last = np.minimum(last, panel.shape[1] - 1)
    for step in range(int((last - first).max(initial=-1)) + 1):
        on = np.flatnonzero(first + step <= last)
        yield on, first[on] + step


def _persons(what: Circumstance, people: People, carriers: Carriers, who: Ints, start: Ints) -> Ints:
    if what.carrier == "child":
        return who + people.first_child
    if what.carrier == "adult":
        return who
    return people.head(carriers.unit[who], start)


def clipped(events: Events, people: People) -> Events:
    """Nothing before birth or arrival, nothing after death or emigration; a period ends with them."""
    life, begin = people.life_end[events.person], people.life_start[events.person]
    kept = (events.start < life) & (events.start >= begin)
    inside = Events(
        events.person, events.unit, events.kind, events.start, np.minimum(events.end, np.minimum(life, NEVER))
    )
    return inside.only(np.asarray(kept))


def registered(events: Events, what: Circumstance, draws: np.random.Generator) -> Events:
    """What a register holds of it that was not complete at first, or did not exist: what goes on then begins there."""
    if what.recorded_since is not None:
        events = _from(events, day_number(what.recorded_since), np.ones(len(events), dtype=bool))
    if what.recorded_before is not None:
        unseen = draws.random(len(events)) >= what.recorded_before.share
        events = _from(events, day_number(what.recorded_before.until), unseen)
    return events


def _from(events: Events, day: int, which: Flags) -> Events:
    """The same with nothing of some of them before a day."""
    early = which & (events.start < day)
    start = np.where(early & (events.end > day), day, events.start)
    kept = ~early | (events.end > day)
    return Events(events.person, events.unit, events.kind, start, events.end).only(kept)


def day_number(day: date) -> int:
    """A date as a day number."""
    return int(np.datetime64(day, "D").astype(int))


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

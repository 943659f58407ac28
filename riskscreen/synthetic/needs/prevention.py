"""Programmes inside the years: where they have started, who takes them up, what that does, and the register of it.

A programme starts wijk by wijk. In every year eligible families are offered it where it has started; who takes it up
depends on need and on a motivation that no register holds and that lowers severity too, so that a plain comparison of
who took part with who did not misleads. Taking part shifts severity for some years, is seen (more reports of the same
need), and spills over to families of the same kind in buurten that neighbour those with the programme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from riskscreen.synthetic.geography.areas import Geography
from riskscreen.synthetic.intervals import NEVER, Flags, Ints
from riskscreen.synthetic.lives.panel import Panel, Singles
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import YEAR, Calendar
from riskscreen.synthetic.needs.need_settings import Programme
from riskscreen.synthetic.needs.severity import Severity, of_units
from riskscreen.synthetic.sheets import Maker, Sheet, codes, numbers
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

_WIJK = 8  # of a buurt's code: letters, municipality, wijk
_GESTATION_SHARE = 0.4  # of a year before birth in which a prenatal programme can be offered
_MOST = 0.9  # share of a kind of family that is offered a programme in a year


@dataclass(frozen=True, eq=False)
class Offers:
    """Offers of one programme or of all; arrays have shape (offers,); ``NEVER`` where something did not happen.

    Attributes
    ----------
    programme
        Position among the sorted names of programmes.
    dose
        1 where the programme was offered; below 1 where it had not started: what of its effect spills over to a family
        that would have taken part. Those are in no register.
    """

    child: Ints
    unit: Ints
    programme: Ints
    offered: Ints
    start: Ints
    completed: Ints
    recorded: Ints
    dose: Singles

    def __len__(self) -> int:
        return len(self.child)

    def only(self, kept: Flags | Ints) -> Offers:
        """Some of the offers, or the offers in another order."""
        return Offers(**{name: getattr(self, name)[kept] for name in Offers.__dataclass_fields__})


@dataclass(frozen=True, eq=False)
class Participation:
    """What programmes did.

    Attributes
    ----------
    offers
        Offers that were made, of every programme.
    shift
        What programmes add to severity (log odds, below 0 when they help), shape (children, dates).
    taking_part
        Does somebody of the unit take part at some time in the year? Shape (units, years).
    surveillance
        Logarithm of the ratio of rates with which a unit is reported in the year, shape (units, years).
    starts
        Day on which every programme starts in every buurt of the world, by name.
    """

    offers: Offers
    shift: Singles
    taking_part: Flags
    surveillance: Singles
    starts: Mapping[str, Ints]


@dataclass(frozen=True, eq=False)
class _Rolled:
    """Where one programme is, year by year; arrays have shape (buurten,)."""

    starts: Ints
    neighbours: Ints

    def spill(self, area: Ints, day: Ints) -> Singles:
        """Share of the neighbouring buurten that have the programme on a day; a lone buurt has none."""
        around = self.neighbours[area]
        others = around != area[:, None]
        reached = others & (self.starts[around] <= day[:, None])
        return np.asarray(reached.sum(axis=1) / np.maximum(others.sum(axis=1), 1), dtype=np.float32)


def start_days(world: World, geography: Geography, chance: Chance) -> dict[str, Ints]:
    """Day on which every programme starts in every buurt, ``NEVER`` for not at all, shape (buurten,).

    Drawn for the whole world, wijk by wijk, so that every part of it has the same days.
    """
    everywhere = Chance(chance.seed, "", chance.constants)
    _, wijk = np.unique([code[:_WIJK] for code in geography.codes], return_inverse=True)
    days = {}
    for name in sorted(world.programmes):
        rule = world.programmes[name].starts
        draws = everywhere.stream(f"programme.starts.{name}")
        first, last = (int(np.datetime64(day, "D").astype(int)) for day in (rule.from_, rule.until))
        count = int(wijk.max()) + 1
        day = first + np.floor(draws.random(count) * (last - first + 1)).astype(np.int64)
        days[name] = np.where(draws.random(count) < rule.nowhere, NEVER, day)[wijk]
    return days


def run_programmes(
    world: World,
    geography: Geography,
    people: People,
    panel: Panel,
    severity: Severity,
    days: Calendar,
    chance: Chance,
) -> Participation:
    """Go through the years: offers, uptake given need by then, and what taking part does to the years after."""
    names = sorted(world.programmes)
    starts = start_days(world, geography, chance)
    draws = [chance.stream(f"programme.{name}") for name in names]
    effects = _Effects(world, people, panel)
    found: list[Offers] = []
    for year in range(int(np.searchsorted(panel.years, days.start)), panel.shape[1]):
        level = _level_before(severity, effects, people, year)
        for position, name in enumerate(names):
            rolled = _Rolled(starts[name], geography.neighbours)
            rule = world.programmes[name]
            offers = _offers(world, rule, position, people, panel, rolled, severity, level, year, draws[position])
            effects.add(rule, offers)
            found.append(offers.only(offers.dose == 1))
    everything = _joined(found)
    taking_part, surveillance = _watched(world, everything, panel)
    return Participation(everything, effects.shift(), taking_part, surveillance, starts)


def _level_before(severity: Severity, effects: _Effects, people: People, year: int) -> Ints:
    """The highest level of need of each unit on 1 January of a year, after what programmes did until then."""
    if year == 0:
        return np.zeros(len(people.units), dtype=np.int64)
    before = slice(year - 1, year)
    level = severity.level(severity.value[:, before] + effects.shift(before), before)
    return of_units(level, people)[:, 0].astype(np.int64)


def _offers(
    world: World,
    rule: Programme,
    position: int,
    people: People,
    panel: Panel,
    rolled: _Rolled,
    severity: Severity,
    level: Ints,
    year: int,
    draws: np.random.Generator,
) -> Offers:
    """Offers of one programme in one year, and who would have taken it where it only spills over to."""
    children = people.children
    drawn = draws.random(len(children), dtype=np.float32)
    child = np.flatnonzero(_fits(rule, people, panel, year))
    unit = children.unit[child]
    lift = np.exp(rule.latent * panel.latent[unit, year] - rule.latent**2 / 2)
    chosen = drawn[child] < np.minimum(rule.share * lift, _MOST)
    child, unit = child[chosen], unit[chosen]
    count, width = len(child), panel.years[year + 1] - panel.years[year]
    offered = panel.years[year] + np.floor(draws.random(count) * width).astype(np.int64)
    first = children.birth[child] + round(rule.ages[0] * _GESTATION_SHARE * YEAR if rule.ages[0] < 0 else 0)
    offered = np.maximum(offered, first)
    start = offered + draws.integers(7, 60, count)
    completed = start + draws.integers(60, 300, count)
    odds = np.log(rule.start / (1 - rule.start)) + world.prevention.uptake_need * level[unit]
    odds = odds + world.prevention.uptake_motivation * severity.motivation[unit]
    starts = draws.random(count) < 1 / (1 + np.exp(-odds))
    ends = starts & (draws.random(count) < rule.complete)
    then = np.minimum(np.searchsorted(panel.years, offered, side="right") - 1, panel.shape[1] - 1)
    area = panel.area[unit, then].astype(np.int64)
    here = rolled.starts[area] <= offered
    dose = np.where(here, np.float32(1), np.float32(rule.spill_over) * rolled.spill(area, offered))
    who = _who(rule, people, child, unit, offered)
    life = people.life_end[who]
    starts, ends = starts & (start < life), ends & (completed < life)
    offers = Offers(
        child=child,
        unit=unit,
        programme=np.full(count, position),
        offered=offered,
        start=np.where(starts, start, NEVER),
        completed=np.where(ends, completed, NEVER),
        recorded=offered + draws.integers(0, 10, count),
        dose=dose.astype(np.float32),
    )
    return offers.only((dose > 0) & (offered < life) & (offered >= people.life_start[who]))


class _Effects:
    """What programmes do to severity, as it grows year by year.

    Who takes part in the same programme twice gets its effect once at a time; different programmes add up.
    """

    def __init__(self, world: World, people: People, panel: Panel) -> None:
        self._rule, self._panel, self._people = world.prevention, panel, people
        self._of_units = np.zeros(panel.shape, dtype=np.float32)
        self._of_children = np.zeros((len(people.children), panel.shape[1]), dtype=np.float32)
        self._doses: dict[int, Singles] = {}

    def add(self, rule: Programme, offers: Offers) -> None:
        """Note the effect of who starts: on every child of a family, or on the child that takes part itself."""
        weight = np.float32(0 if self._rule.no_effect else np.log(rule.effect))
        if weight == 0 or not len(offers):
            return
        owners, total = (offers.unit, self._of_units) if rule.for_ == "parent" else (offers.child, self._of_children)
        doses = self._doses.setdefault(int(offers.programme[0]), np.zeros_like(total))
        began = np.searchsorted(self._panel.years, offers.start, side="right") - 1
        for step in range(self._rule.effect_years):
            date = began + step
            inside = date < total.shape[1]
            row, column = owners[inside], date[inside]
            before = doses[row, column]
            np.maximum.at(doses, (row, column), offers.dose[inside])
            # one owner may be there twice: what is added is the difference that the first of them finds
            first = np.unique(row * total.shape[1] + column, return_index=True)[1]
            total[row[first], column[first]] += weight * (doses[row, column] - before)[first]

    def shift(self, column: slice = slice(None)) -> Singles:
        """Shift of severity per child, for some of the dates, shape (children, dates)."""
        return np.asarray(self._of_units[:, column][self._people.children.unit] + self._of_children[:, column])


def _fits(rule: Programme, people: People, panel: Panel, year: int) -> Flags:
    """Children of the right age, with what the programme asks, in a year."""
    children = people.children
    age = (panel.years[year] + 182 - children.birth) / YEAR
    fits = (age >= rule.ages[0]) & (age < rule.ages[1] + 1)
    if rule.first_child:
        fits &= children.order == 0
    if rule.needs is not None:
        fits &= panel.states[rule.needs][children.unit, year]
    return np.asarray(fits)


def _who(rule: Programme, people: People, child: Ints, unit: Ints, day: Ints) -> Ints:
    """Number of the person who is offered it: the parent who runs the home, or the child."""
    return people.head(unit, day) if rule.for_ == "parent" else child + people.first_child


def _joined(parts: Sequence[Offers]) -> Offers:
    names = Offers.__dataclass_fields__
    return Offers(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _watched(world: World, offers: Offers, panel: Panel) -> tuple[Flags, Singles]:
    """In which years units take part, and the logarithm of the highest ratio of surveillance then."""
    ratios = np.array([world.programmes[name].surveillance for name in sorted(world.programmes)])
    began = offers.start < NEVER
    first = np.searchsorted(panel.years, offers.start, side="right") - 1
    until = np.where(offers.completed < NEVER, offers.completed, offers.start)
    last = np.searchsorted(panel.years, until, side="right") - 1
    taking_part = np.zeros(panel.shape, dtype=bool)
    surveillance = np.full(panel.shape, -np.inf, dtype=np.float32)
    weight = np.log(ratios).astype(np.float32)[offers.programme]
    for step in range(int((last - first)[began].max(initial=-1)) + 1):
        on = np.flatnonzero(began & (first + step <= last) & (first + step < panel.shape[1]))
        taking_part[offers.unit[on], first[on] + step] = True
        np.maximum.at(surveillance, (offers.unit[on], first[on] + step), weight[on])
    return taking_part, np.where(taking_part, surveillance, np.float32(0))


def participation_sheet(world: World, people: People, taken: Participation, days: Calendar, maker: Maker) -> Sheet:
    """The register of offers and of who took part; vulnerable families are offered more."""
    names = sorted(world.programmes)
    offers = taken.offers
    for_child = np.array([world.programmes[name].for_ == "child" for name in names])[offers.programme]
    head = people.head(offers.unit, offers.offered)
    person = np.where(for_child, offers.child + people.first_child, head)
    known = (offers.recorded < days.end) & (offers.offered < days.end) & maker.on_record[person]
    shown = np.flatnonzero(known)
    shown = shown[np.lexsort((offers.offered[shown], offers.programme[shown], maker.numbers[person[shown]]))]
    keys = np.column_stack([person, offers.programme, offers.offered])[shown]
    new = np.concatenate([[True], (keys[1:] != keys[:-1]).any(axis=1)])
    shown = shown[new[: len(shown)]]
    table = {
        "person": maker.persons(person[shown]),
        "programme": codes(offers.programme[shown], names),
        "event_date": maker.dates(offers.offered[shown]),
        "start_date": maker.dates(offers.start[shown]),
        "completed_date": maker.dates(offers.completed[shown]),
        "recorded_date": maker.dates(offers.recorded[shown]),
    }
    return Sheet("participation", pa.table(table))


def programme_table(world: World, geography: Geography, areas: Ints, taken: Participation, maker: Maker) -> pa.Table:
    """What was planted: where every programme started when, and what it does; for some of the buurten."""
    names = sorted(world.programmes)
    rules = [world.programmes[name] for name in names]
    effects = [1.0 if world.prevention.no_effect else rule.effect for rule in rules]
    each = len(areas)
    return pa.table(
        {
            "programme": codes(np.repeat(np.arange(len(names)), each), names),
            "area": pa.array([geography.codes[area] for area in areas] * len(names), pa.string()),
            "start_date": maker.dates(np.concatenate([taken.starts[name][areas] for name in names])),
            "effect": numbers(np.repeat(effects, each)),
            "surveillance": numbers(np.repeat([rule.surveillance for rule in rules], each)),
            "spill_over": numbers(np.repeat([rule.spill_over for rule in rules], each)),
        }
    )

"""Registers of reports, of what is done after them, and of taking part in programmes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from riskscreen.synthetic.families import YEAR, Calendar
from riskscreen.synthetic.intervals import NEVER, Flags, Ints
from riskscreen.synthetic.panel import Panel
from riskscreen.synthetic.people import People
from riskscreen.synthetic.reports import OUTCOMES, REPORT, REPORT_KINDS, Cases, Named
from riskscreen.synthetic.sheets import Maker, Sheet, codes, flags, numbers
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import Aftercare, Programme, World

_VIOLENCE = ("none", "some", "frequent")


def report_sheets(
    world: World, people: People, cases: Cases, named: Named, maker: Maker, chance: Chance
) -> list[Sheet]:
    """Reports, one row per child that a report names, and the aftercare of those that were new."""
    seen = (cases.recorded[named.case] < maker.until) & maker.on_record[named.child + people.first_child]
    case, child = named.case[seen], named.child[seen]
    order = np.lexsort((maker.numbers[child + people.first_child], cases.start[case]))
    case, child = case[order], child[order]
    number = np.arange(len(case))
    report = cases.kind[case] == REPORT
    outcome = np.where(cases.investigation[case] < maker.until, cases.outcome[case], -1)
    table = {
        "report": maker.ids("R", number),
        "person": maker.persons(child + people.first_child),
        "kind": codes(cases.kind[case], REPORT_KINDS),
        "event_date": maker.dates(cases.start[case]),
        "recorded_date": maker.dates(cases.recorded[case]),
        "reporter": codes(cases.reporter[case], tuple(world.reporting.reporters)),
        "follow_up": flags(cases.follow_up[case]),
        "triage_date": maker.dates(cases.triage[case]),
        "investigation_date": maker.dates(cases.investigation[case]),
        "closed_date": maker.dates(cases.closed[case]),
        "outcome": codes(outcome, OUTCOMES),
        "school_informed": flags(cases.school_informed[case], ~report),
    }
    reports = Sheet("reports", pa.table(table))
    return [reports, _aftercare(world.aftercare, cases, case, number, maker, chance)]


def _aftercare(rule: Aftercare, cases: Cases, case: Ints, number: Ints, maker: Maker, chance: Chance) -> Sheet:
    """What was done for the child and whether violence went on, as far as it is known by now."""
    draws = chance.stream("registers.aftercare")
    into = draws.random(len(cases)) < rule.share
    fits = (cases.kind == REPORT) & ~cases.follow_up & (cases.outcome != OUTCOMES.index("refuted")) & into
    rows = np.flatnonzero(fits[case])
    base = cases.triage[case[rows]]
    plan = _after(base, rule.safety_plan, 14, draws)
    recovery = _after(base + 60, rule.recovery_plan, 60, draws)
    goals = np.where(
        recovery < maker.until - 180, np.round(draws.beta(2, 2, len(rows)) * 2 * rule.goals_met, 2).clip(0, 1), np.nan
    )
    trauma = draws.random(len(rows)) < rule.trauma
    help_day = _after(base, 1 - rule.child_without_help, 90, draws)
    treatment = np.where(trauma, _after(base + 60, rule.trauma_treated, 120, draws), NEVER)
    violence = [
        np.where(base + wait < maker.until, _violence(rule, moment, draws, len(rows)), -1)
        for moment, wait in (("start", 30), ("month_12", 365), ("month_18", 548))
    ]
    recorded = base + draws.integers(1, 10, len(rows))
    table = pa.table(
        {
            "report": maker.ids("R", number[rows]),
            "safety_plan_date": maker.dates(plan),
            "recovery_plan_date": maker.dates(recovery),
            "goals_met": numbers(goals),
            "trauma_screening_date": maker.dates(_after(base, rule.trauma_screened, 60, draws)),
            "child_help_date": maker.dates(help_day),
            "trauma_treatment_date": maker.dates(treatment),
            "violence_0": codes(violence[0], _VIOLENCE),
            "violence_12": codes(violence[1], _VIOLENCE),
            "violence_18": codes(violence[2], _VIOLENCE),
            "recorded_date": maker.dates(recorded),
        }
    )
    return Sheet("aftercare", table.filter(pa.array(recorded < maker.until)))


def _after(base: Ints, share: float, mean_days: float, draws: np.random.Generator) -> Ints:
    """A day after the base for a share of the rows."""
    day = base + 1 + np.floor(draws.exponential(mean_days, len(base))).astype(np.int64)
    return np.where(draws.random(len(base)) < share, day, NEVER)


def _violence(rule: Aftercare, moment: str, draws: np.random.Generator, count: int) -> Ints:
    drawn = draws.random(count)
    return np.where(drawn < rule.violence_none[moment], 0, np.where(drawn > 1 - rule.violence_frequent[moment], 2, 1))


def participation_sheet(
    world: World, people: People, panel: Panel, days: Calendar, maker: Maker, chance: Chance
) -> Sheet:
    """Offers of programmes and who took part; vulnerable families are offered more."""
    names = sorted(world.programmes)
    parts = [
        _offers(world.programmes[name], people, panel, days, position, chance.stream(f"programme.{name}"))
        for position, name in enumerate(names)
    ]
    person, programme, offered, start, completed, recorded = (
        np.concatenate([part[i] for part in parts]) for i in range(6)
    )
    shown = np.flatnonzero((recorded < days.end) & (offered < days.end) & (offered < people.life_end[person]))
    shown = shown[maker.on_record[person[shown]]]
    shown = shown[np.lexsort((offered[shown], programme[shown], maker.numbers[person[shown]]))]
    new = np.concatenate(
        [[True], np.any([values[shown][1:] != values[shown][:-1] for values in (person, programme, offered)], axis=0)]
    )
    shown = shown[new[: len(shown)]]
    table = {
        "person": maker.persons(person[shown]),
        "programme": codes(programme[shown], names),
        "event_date": maker.dates(offered[shown]),
        "start_date": maker.dates(start[shown]),
        "completed_date": maker.dates(completed[shown]),
        "recorded_date": maker.dates(recorded[shown]),
    }
    return Sheet("participation", pa.table(table))


def _offers(
    rule: Programme, people: People, panel: Panel, days: Calendar, position: int, draws: np.random.Generator
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    child, year = np.nonzero(_fits(rule, people, panel, days))
    children = people.children
    unit = children.unit[child]
    lift = np.exp(rule.latent * panel.latent[unit, year] - rule.latent**2 / 2)
    chosen = draws.random(len(child)) < np.minimum(rule.share * lift, 0.9)
    child, year, unit = child[chosen], year[chosen], unit[chosen]
    width = panel.years[year + 1] - panel.years[year]
    offered = panel.years[year] + np.floor(draws.random(len(child)) * width).astype(np.int64)
    first = children.birth[child] + round(rule.ages[0] * GESTATION_SHARE * YEAR if rule.ages[0] < 0 else 0)
    offered = np.maximum(offered, first)
    starts = draws.random(len(child)) < rule.start
    start = np.where(starts, offered + draws.integers(7, 60, len(child)), NEVER)
    ends = starts & (draws.random(len(child)) < rule.complete)
    completed = np.where(ends, start + draws.integers(60, 300, len(child)), NEVER)
    person = people.head(unit, offered) if rule.for_ == "parent" else child + people.first_child
    life = people.life_end[person]
    start, completed = np.where(start < life, start, NEVER), np.where(completed < life, completed, NEVER)
    return person, np.full(len(child), position), offered, start, completed, offered + draws.integers(0, 10, len(child))


GESTATION_SHARE = 0.4  # of a year before birth in which a prenatal programme can be offered


def _fits(rule: Programme, people: People, panel: Panel, days: Calendar) -> Flags:
    """Children by years: of the right age and with what the programme asks, within the history."""
    children = people.children
    middle = panel.years[None, :-1] + 182
    age = (middle - children.birth[:, None]) / YEAR
    fits = (age >= rule.ages[0]) & (age < rule.ages[1] + 1) & (panel.years[None, :-1] >= days.start)
    if rule.first_child:
        fits &= (children.order == 0)[:, None]
    if rule.needs is not None:
        fits &= panel.states[rule.needs][children.unit]
    return np.asarray(fits)

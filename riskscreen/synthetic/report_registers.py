"""Registers of reports, of what is done after them, and of taking part in programmes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from riskscreen.synthetic.intervals import NEVER, Ints
from riskscreen.synthetic.people import People
from riskscreen.synthetic.reports import OUTCOMES, REPORT, REPORT_KINDS, Cases, Named
from riskscreen.synthetic.sheets import Maker, Sheet, codes, flags, numbers
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import Aftercare, World

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

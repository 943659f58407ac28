"""What is done after a report, and how violence goes on: a course per family, related to need at the time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from riskscreen.synthetic.intervals import NEVER, Flags, Floats, Ints
from riskscreen.synthetic.lives.panel import Panel
from riskscreen.synthetic.reporting.reporting_settings import Aftercare, Moment
from riskscreen.synthetic.reporting.reports import REFUTED, REPORT, Cases, level_on
from riskscreen.synthetic.sheets import Maker, Sheet, codes, numbers
from riskscreen.synthetic.streams import Chance

VIOLENCE = ("none", "some", "frequent")
WAITS: Mapping[Moment, int] = {"start": 30, "month_12": 365, "month_18": 548}  # days after the safety assessment


def aftercare_sheet(
    rule: Aftercare, cases: Cases, panel: Panel, case: Ints, number: Ints, maker: Maker, chance: Chance
) -> Sheet:
    """What was done for the child and whether violence went on, as far as it is known by now.

    Parameters
    ----------
    case, number
        Case and number of every row of the register of reports.
    """
    draws = chance.stream("registers.aftercare")
    followed = followed_cases(rule, cases, draws)
    course = violence_course(rule, cases, panel, followed, chance)
    rows = np.flatnonzero(followed[case])
    base = cases.triage[case[rows]]
    plan = _after(base, rule.safety_plan, 14, draws)
    recovery = _after(base + 60, rule.recovery_plan, 60, draws)
    goals = np.where(
        recovery < maker.until - 180, np.round(draws.beta(2, 2, len(rows)) * 2 * rule.goals_met, 2).clip(0, 1), np.nan
    )
    trauma = draws.random(len(rows)) < rule.trauma
    help_day = _after(base, 1 - rule.child_without_help, 90, draws)
    treatment = np.where(trauma, _after(base + 60, rule.trauma_treated, 120, draws), NEVER)
    seen = {at: np.where(base + wait < maker.until, course[at][case[rows]], -1) for at, wait in WAITS.items()}
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
            "violence_0": codes(seen["start"], VIOLENCE),
            "violence_12": codes(seen["month_12"], VIOLENCE),
            "violence_18": codes(seen["month_18"], VIOLENCE),
            "recorded_date": maker.dates(recorded),
        }
    )
    return Sheet("aftercare", table.filter(pa.array(recorded < maker.until)))


def followed_cases(rule: Aftercare, cases: Cases, draws: np.random.Generator) -> Flags:
    """New reports, not refuted, whose families are followed."""
    into = draws.random(len(cases)) < rule.share
    return np.asarray((cases.kind == REPORT) & ~cases.follow_up & (cases.outcome != REFUTED) & into)


def violence_course(rule: Aftercare, cases: Cases, panel: Panel, followed: Flags, chance: Chance) -> dict[Moment, Ints]:
    """Position in ``VIOLENCE`` of every case at the start, and 12 and 18 months later.

    A family's scale has a part that lasts, a part that goes on from one measurement to the next, and need at the time.
    Its cut points are those that give the published shares among the families that are followed.
    """
    draws = chance.stream("aftercare.violence")
    lasting = draws.standard_normal(panel.shape[0])[cases.unit]
    course: dict[Moment, Ints] = {}
    passing = draws.standard_normal(len(cases))
    for at, wait in WAITS.items():
        if course:
            fresh = draws.standard_normal(len(cases))
            passing = rule.course.persistence * passing + np.sqrt(1 - rule.course.persistence**2) * fresh
        level = level_on(panel, cases.unit, np.where(cases.triage < NEVER, cases.triage, cases.start) + wait)
        scale = np.sqrt(rule.course.family) * lasting + np.sqrt(1 - rule.course.family) * passing
        course[at] = _cut(rule, at, scale + rule.course.with_need * level, followed, chance)
    return course


def _cut(rule: Aftercare, at: Moment, scale: Floats, followed: Flags, chance: Chance) -> Ints:
    known = scale[followed] if followed.any() else np.zeros(1)

    def solved(until: str, share: float) -> float:
        return chance.solved(f"aftercare.violence.{at}.{until}", lambda: float(np.quantile(known, share)))

    cuts = [solved("none", rule.violence_none[at]), solved("some", 1 - rule.violence_frequent[at])]
    return np.searchsorted(np.array(cuts), scale)


def _after(base: Ints, share: float, mean_days: float, draws: np.random.Generator) -> Ints:
    """A day after the base for a share of the rows."""
    day = base + 1 + np.floor(draws.exponential(mean_days, len(base))).astype(np.int64)
    return np.where(draws.random(len(base)) < share, day, NEVER)

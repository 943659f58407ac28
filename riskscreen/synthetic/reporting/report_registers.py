"""Registers of reports and of what is done after them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from riskscreen.synthetic.lives.panel import Panel
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.reporting.aftercare import aftercare_sheet
from riskscreen.synthetic.reporting.reports import NO_FINDING, OUTCOMES, REPORT, REPORT_KINDS, Cases, Named
from riskscreen.synthetic.sheets import Maker, Sheet, codes, flags
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World


def report_sheets(
    world: World, people: People, panel: Panel, cases: Cases, named: Named, maker: Maker, chance: Chance
) -> list[Sheet]:
    """Reports, one row per child that a report names, and the aftercare of those that were new."""
    seen = (cases.recorded[named.case] < maker.until) & maker.on_record[named.child + people.first_child]
    case, child = named.case[seen], named.child[seen]
    order = np.lexsort((maker.numbers[child + people.first_child], cases.start[case]))
    case, child = case[order], child[order]
    number = np.arange(len(case))
    report = cases.kind[case] == REPORT
    outcome = np.where(cases.investigation[case] < maker.until, cases.outcome[case], NO_FINDING)
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
    return [reports, aftercare_sheet(world.aftercare, cases, panel, case, number, maker, chance)]

"""One part of a world, from its families to the sheets of its registers, as a list of steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from riskscreen.synthetic.arrival.identities import arrive
from riskscreen.synthetic.geography.ground import Ground, pick_area
from riskscreen.synthetic.intervals import Ints
from riskscreen.synthetic.lives import adult_registers, child_registers, registry
from riskscreen.synthetic.lives.circumstances import Events, befall_stage, first_day
from riskscreen.synthetic.lives.families import make_families
from riskscreen.synthetic.lives.panel import make_panel
from riskscreen.synthetic.lives.people import People, make_people
from riskscreen.synthetic.lives.residence import (
    Moves,
    Orphans,
    Stays,
    household_spells,
    make_moves,
    make_stays,
    orphans,
    with_moves,
)
from riskscreen.synthetic.lives.units import ADULT, YEAR, Calendar
from riskscreen.synthetic.needs.need import make_need, need_table
from riskscreen.synthetic.needs.prevention import participation_sheet, programme_table, run_programmes
from riskscreen.synthetic.needs.severity import draw_severity
from riskscreen.synthetic.needs.studies import pupils_table, survey_table
from riskscreen.synthetic.plan import Plan
from riskscreen.synthetic.reporting import report_registers
from riskscreen.synthetic.reporting.reports import case_states, make_cases, name_children
from riskscreen.synthetic.sheets import Maker, Sheet
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World


@dataclass(frozen=True, eq=False)
class PartMade:
    """What was made of one part: its registers, its truth, and the minors per buurt on the last day."""

    sheets: tuple[Sheet, ...]
    truth: Mapping[str, pa.Table]
    minors: Mapping[int, int]


def make_part(plan: Plan, number: int, ground: Ground | None = None) -> PartMade:
    """Make one part of a world; the rehearsal gives its own ground."""
    world, geography, days = plan.world, plan.geography, plan.days
    part = plan.parts[number]
    chance = plan.chance_of(part)
    ground = plan.ground_of(part) if ground is None else ground
    units, children = make_families(world, geography, ground, days, chance)
    people = make_people(world, units, children, days, chance)
    moves = make_moves(world, ground, people, days, chance)
    panel = make_panel(world, geography, people, moves, days, chance)
    events = befall_stage("parents", world, people, panel, {}, chance)
    severity = draw_severity(world, geography, people, panel, chance)
    taken = run_programmes(world, geography, people, panel, severity, days, chance)
    panel.states["participating"], panel.surveillance = taken.taking_part, taken.surveillance
    need = make_need(people, severity, taken.shift)
    panel.note_need(need.level, need.of_family)
    events = befall_stage("children", world, people, panel, events, chance)
    incident = first_day(events["domestic_violence"], panel)
    cases = make_cases(world, geography, people, panel, incident, days, chance)
    panel.states |= case_states(cases, panel)
    cases = cases.since(days.start)
    events = befall_stage("measures", world, people, panel, events, chance)
    stays, homes, lost, moves = _away(world, people, events["stay"], moves, ground, chance)
    evicted = events["eviction"]
    moves = with_moves(moves, evicted.unit, evicted.start + 7)
    on_record = registry.recorded_from(people, chance) < days.end
    maker = Maker(days.end, plan.id_prefix, plan.chance.seed, number, people.count, on_record)
    spells = household_spells(people, stays, homes, lost)
    named = name_children(world.reporting, people, panel, cases, chance)
    sheets = (
        registry.persons_sheet(world, people, maker, chance),
        registry.parentage_sheet(people, maker, chance),
        registry.household_sheet(spells, days.start, maker, chance),
        registry.address_sheet(spells, moves, geography, days.start, maker, chance),
        adult_registers.income_sheet(world, people, events, days, maker, chance),
        adult_registers.debt_sheet(world, people, events, days, maker, chance),
        adult_registers.housing_sheet(world, people, panel, events, days, maker, chance),
        adult_registers.own_youth_sheet(world, people, days, maker, chance),
        *adult_registers.circumstance_sheets(world, people, events, days, maker, chance),
        child_registers.pregnancies_sheet(world, people, days, maker, chance),
        child_registers.child_health_sheet(world, people, panel, days, maker, chance),
        child_registers.childcare_sheet(world, people, days, maker, chance),
        *report_registers.report_sheets(world, people, panel, cases, named, maker, chance),
        participation_sheet(world, people, taken, days, maker),
    )
    arrived = arrive(sheets, people, maker, chance, world)
    areas = np.arange(ground.first, ground.first + ground.chances.shape[1])
    truth = {
        "need": need_table(world, people, panel, need, maker, chance),
        "survey": survey_table(world, people, panel, need, maker, chance),
        "pupils": pupils_table(world, people, panel, need, maker, chance),
        "programmes": programme_table(world, geography, areas, taken, maker),
        "links": arrived.links,
    }
    return PartMade((*arrived.sheets, arrived.particulars), truth, _minors(people, moves, days))


def _minors(people: People, moves: Moves, days: Calendar) -> Mapping[int, int]:
    """Children of 0-17 that live in each buurt on the last day."""
    children = people.children
    adult = np.minimum(children.birth + round(ADULT * YEAR), people.life_end[people.first_child :])
    unit = children.unit[(children.birth < days.end) & (adult > days.end)]
    area, count = np.unique(moves.area_at(unit, np.full(len(unit), days.end - 1)), return_counts=True)
    return dict(zip(area.tolist(), count.tolist(), strict=True))


def _away(
    world: World, people: People, stay: Events, moves: Moves, ground: Ground, chance: Chance
) -> tuple[Stays, Ints, Orphans, Moves]:
    """Children in care away from home: in a foster home or an institution, each with an address; orphans' foster homes.

    Foster parents themselves are not in the registers: nobody asks about their stressors.
    """
    stays = make_stays(
        people, stay.person - people.first_child, stay.start, stay.end, world.foster_share_of_stays, chance
    )
    draws = chance.stream("foster_homes")
    first = int(moves.household.max()) + 1
    homes = max(len(stays.child) // 3, 1)
    institutions = max(homes // 20, 1)
    chosen = np.where(
        stays.foster,
        draws.integers(0, homes, len(stays.child)),
        homes + draws.integers(0, institutions, len(stays.child)),
    )
    lost = orphans(people)
    count = homes + institutions + int(lost.foster.sum())
    households = lost.household.copy()
    households[lost.foster] = first + homes + institutions + np.arange(int(lost.foster.sum()))
    area = pick_area(ground.near, np.full(count, len(ground.near) // 2), draws)
    with_homes = Moves(
        np.concatenate([moves.household, first + np.arange(count)]),
        np.concatenate([moves.day, np.full(count, int(people.birth.min()))]),
        np.concatenate([moves.area, area]),
    )
    return stays, first + chosen, replace(lost, household=households), with_homes

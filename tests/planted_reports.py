"""Reports of a part of a world beside the lives that they are about: what registers never hold together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import numpy as np

from riskscreen.settings import Synthetic
from riskscreen.synthetic import parts
from riskscreen.synthetic.lives.panel import Panel
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import ADULT, MOTHER, YEAR
from riskscreen.synthetic.plan import Plan, make_plan
from riskscreen.synthetic.reporting.reports import REPORT, Cases, Named
from riskscreen.synthetic.world import World

FIRST, LAST = 2016, 2024  # index dates are 1 January of these years
NEED = 2


@dataclass(frozen=True)
class Reported:
    """Everything that a part's reports came from, and the reports."""

    world: World
    people: People
    panel: Panel
    cases: Cases
    named: Named
    made: parts.PartMade

    def year(self, year: int) -> int:
        return self.panel.year_of(year)

    def during(self, year: int) -> np.ndarray:
        """Which cases came in in a year?"""
        at = self.year(year)
        return (self.cases.start >= self.panel.years[at]) & (self.cases.start < self.panel.years[at + 1])

    @property
    def report(self) -> np.ndarray:
        return self.cases.kind == REPORT

    @property
    def new(self) -> np.ndarray:
        return self.report & ~self.cases.follow_up

    def minors(self, year: int) -> np.ndarray:
        """Which children are minors who are here on 1 January?"""
        children, day = self.people.children, self.panel.years[self.year(year)]
        gone = np.minimum(self.people.life_end[self.people.first_child :], children.birth + round(ADULT * YEAR))
        return (children.birth <= day) & (gone > day)

    def newly_reported(self, year: int) -> np.ndarray:
        """About which children is there a new report in the year?"""
        found = np.zeros(len(self.people.children), dtype=bool)
        found[self.named.child[(self.new & self.during(year))[self.named.case]]] = True
        return found

    def in_need(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of children in need on every index date: the unit, the year's position, and is there a new report in it?"""
        rows = []
        for year in range(FIRST, LAST + 1):
            needy = np.flatnonzero(self.minors(year) & (self.panel.child_need[:, self.year(year)] == NEED))
            at = np.full(len(needy), self.year(year))
            rows.append((self.people.children.unit[needy], at, self.newly_reported(year)[needy]))
        unit, at, told = (np.concatenate(part) for part in zip(*rows, strict=True))
        return unit, at, told

    def groups(self, unit: np.ndarray, at: np.ndarray) -> dict[str, np.ndarray]:
        """Groups, contacts and areas that reporting may look at."""
        units, panel = self.people.units, self.panel
        return {
            "outside_europe": units.origin[unit, MOTHER] == 2,
            "low_education": units.education[unit, MOTHER] == 0,
            "single": panel.single[unit, at],
            "policing": panel.policing[unit, at] > 0,
            "social_assistance": panel.states["social_assistance"][unit, at],
        }

    def ratios(self) -> dict[str, float]:
        """P(new report | need) in each group over that outside it."""
        unit, at, told = self.in_need()
        return {name: float(told[held].mean() / told[~held].mean()) for name, held in self.groups(unit, at).items()}


def reported(name: str, families: int, seed: int, changed: Callable[[Plan], Plan] = lambda plan: plan) -> Reported:
    """The only part of a world of one municipality, with its reports."""
    plan = changed(make_plan(Synthetic(world=name, families=families), seed=seed))
    kept: dict[str, Any] = {}

    def noted(rules: Any, people: People, panel: Panel, cases: Cases, chance: Any) -> Named:
        kept.update(people=people, panel=panel, cases=cases, named=name_children(rules, people, panel, cases, chance))
        return kept["named"]

    name_children = parts.name_children
    with patch.object(parts, "name_children", noted):
        made = parts.make_part(plan, 0)
    return Reported(world=plan.world, made=made, **kept)


def in_province(code: str) -> Callable[[Plan], Plan]:
    """The same plan with all municipalities in one province."""

    def moved(plan: Plan) -> Plan:
        towns = tuple(replace(town, province=code) for town in plan.geography.municipalities)
        return replace(plan, geography=replace(plan.geography, municipalities=towns))

    return moved

"""The slow judge: a stressor's level from plain rows, written as one would say it, to check the SQL against.

It shares no code with the compiler beyond the definitions, the filter language and the calendar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from riskscreen.records.filters import Not, holds
from riskscreen.settings import add_months
from riskscreen.stressors.definitions import Definition, EventRule, FactRule
from riskscreen.stressors.sources import LATER, STAGE_AGES

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Town:
    """Plain rows, as in the engine: ``spine``, ``families``, ``members``, registers and their coverage."""

    spine: Sequence[Row]
    families: Sequence[Row]
    members: Sequence[Row]
    registers: Mapping[str, Sequence[Row]]
    coverage: Mapping[str, tuple[date, date]]

    def person(self, name: str) -> Row:
        """The row of one person in the spine."""
        return next(row for row in self.spine if row["person"] == name)

    def in_role(self, family: str, day: date, role: str) -> list[str]:
        """Persons with a role in a family on an index date."""
        return [
            row["person"]
            for row in self.members
            if row["family"] == family and row["index_date"] == day and row["role"] == role
        ]

    def covers(self, register: str, start: date, end: date) -> bool:
        """Does the coverage contain ``[start, end)``?"""
        cover = self.coverage.get(register)
        return cover is not None and cover[0] <= start and end <= cover[1]


def reference_level(definition: Definition, town: Town, family: str, day: date) -> int | None:
    """The level of one family on one index date; None: not covered."""
    rule = definition.rule
    if isinstance(rule, FactRule):
        return _fact_level(definition, rule, town, family, day)
    if definition.stressor.stage == "own_youth":
        return _youth_level(definition, rule, town, family, day)
    start = add_months(day, -definition.stressor.window_months)
    if not town.covers(rule.register, start, day):
        return None
    if rule.about == "outside_parent" and not town.covers("parentage", day, day):
        return None
    levels = [_person_level(definition, rule, town, name, day, start) for name in town.in_role(family, day, rule.about)]
    if not levels:
        return 0
    return max(levels) if rule.persons == "any" else min(levels)


def _person_level(definition: Definition, rule: EventRule, town: Town, person: str, day: date, start: date) -> int:
    days: set[date] = set()
    for row in town.registers[rule.register]:
        if row["person"] != person or not _usable(row, day):
            continue
        if not _in_stage(definition, town.person(person)["birth_date"], row["event_date"]):
            continue
        if rule.where is None or holds(rule.where, _known(rule.register, row, day)):
            days |= {one for one in _days(rule, row, day) if start <= one < day}
    return _eased(rule, town, person, day, days)


def _eased(rule: EventRule, town: Town, person: str, day: date, days: set[date]) -> int:
    """The level, one lower when something protects; never below 0."""
    level = _reached(rule, days, day)
    if rule.eased_by is None or level == 0:
        return level
    own = [row for row in town.registers[rule.register] if row["person"] == person and _usable(row, day)]
    spells = [row for row in own if holds(rule.eased_by.where, _known(rule.register, row, day))]
    ends = [_known_end(row, day) for row in spells]
    if rule.eased_by.moment == "during":
        return level - any(end is None for end in ends)
    return level - any(end is not None and end >= max(days) for end in ends)


def _usable(row: Row, day: date) -> bool:
    return bool(row["event_date"] < day and row["recorded_date"] < day)


def _in_stage(definition: Definition, born: date, event: date) -> bool:
    ages = STAGE_AGES.get(definition.stressor.stage)
    if ages is None:
        return True
    return add_months(born, 12 * ages[0]) <= event < add_months(born, 12 * ages[1])


def _known(register: str, row: Row, day: date) -> dict[str, Any]:
    """The row with what was not yet known left empty."""
    known = dict(row)
    for column, guards in LATER.get(register, {}).items():
        if not all(row[guard] is not None and row[guard] < day for guard in guards):
            known[column] = None
    return known


def _days(rule: EventRule, row: Row, day: date) -> set[date]:
    """The days of a row that count."""
    if rule.moment == "start":
        return {row["event_date"]}
    end = _known_end(row, day)
    if rule.moment == "end":
        return {end} if end is not None else set()
    until = day if end is None else max(end, row["event_date"] + timedelta(days=1))
    return {row["event_date"] + timedelta(days=n) for n in range((until - row["event_date"]).days)}


def _known_end(row: Row, day: date) -> date | None:
    end: date | None = row["end_date"]
    if end is None or end >= day:
        return None
    recorded = row["end_recorded_date"] or end
    return end if recorded < day else None


def _reached(rule: EventRule, days: set[date], day: date) -> int:
    """The highest level whose threshold is reached."""
    level = 0
    for number, threshold in enumerate(rule.thresholds, start=1):
        if rule.measure == "recency":
            reached = any(one >= add_months(day, -threshold) for one in days)
        else:
            reached = len(days) >= threshold
        if reached:
            level = number
    return level


def _youth_level(definition: Definition, rule: EventRule, town: Town, family: str, day: date) -> int | None:
    cover = town.coverage.get(rule.register)
    if cover is None or cover[0] >= day:
        return None
    levels = []
    for person in town.in_role(family, day, rule.about):
        born = town.person(person)["birth_date"]
        start = add_months(born, 216 - definition.stressor.window_months)
        until = min(add_months(born, 216), day)
        if cover[0] <= start and until <= cover[1]:
            levels.append(_eased(rule, town, person, day, _youth_days(rule, town, person, start, until, day)))
    return max(levels) if levels else None


def _youth_days(rule: EventRule, town: Town, person: str, start: date, until: date, day: date) -> set[date]:
    return {
        row["event_date"]
        for row in town.registers[rule.register]
        if row["person"] == person
        and _usable(row, day)
        and start <= row["event_date"] < until
        and (rule.where is None or holds(rule.where, row))
    }


def _fact_level(definition: Definition, rule: FactRule, town: Town, family: str, day: date) -> int | None:
    if not all(town.covers(register, day, day) for register in definition.stressor.registers):
        return None
    facts = _facts(town, family, day)
    for level, part in reversed(list(enumerate(rule.filters, start=1))):
        if holds(part, facts):
            return level
    return 0 if all(holds(Not(part), facts) for part in rule.filters) else None


def _facts(town: Town, family: str, day: date) -> dict[str, Any]:
    row = next(row for row in town.families if row["family"] == family and row["index_date"] == day)
    parents = [town.person(name) for name in town.in_role(family, day, "parent")]
    order = ("low", "middle", "high")
    known = [p["education"] for p in parents if p["education"] and p["education_date"] and p["education_date"] < day]
    return {
        **{name: row[name] for name in ("family_form", "children", "child_0_3", "child_4_11", "child_12_17")},
        "highest_education": max(known, key=order.index) if known else None,
        "mother_age_at_birth": _mother_age(town, family, day, row["children"], parents),
        "legal_parents": _legal_parents(town, family, day),
        "smallest_birth_interval_months": _birth_interval(town, family, day),
    }


def _mother_age(town: Town, family: str, day: date, children: int, parents: Sequence[Row]) -> int | None:
    ages = [
        _years(town.person(link["parent"])["birth_date"], town.person(child)["birth_date"])
        for child in town.in_role(family, day, "child")
        for link in town.registers.get("parentage", ())
        if link["child"] == child and link["kind"] == "birth" and _usable(link, day)
        if town.person(link["parent"])["sex"] == "f" and town.person(link["parent"])["recorded_date"] < day
    ]
    if not ages and children == 0:
        ages = [_years(parent["birth_date"], day) for parent in parents if parent["sex"] == "f"]
    return min(ages) if ages else None


def _legal_parents(town: Town, family: str, day: date) -> int | None:
    """Of the child with fewest, at most two; None without a child or without the register."""
    if "parentage" not in town.coverage:
        return None
    links = [link for link in town.registers["parentage"] if _usable(link, day)]
    return min(
        (
            min(2, len({link["parent"] for link in links if link["child"] == child}))
            for child in town.in_role(family, day, "child")
        ),
        default=None,
    )


def _birth_interval(town: Town, family: str, day: date) -> int | None:
    """Whole months between births that follow one another; twins are born within a month."""
    born = sorted(town.person(child)["birth_date"] for child in town.in_role(family, day, "child"))
    months = [_months(earlier, later) for earlier, later in pairwise(born)]
    return min((number for number in months if number >= 1), default=None)


def _months(born: date, day: date) -> int:
    months = (day.year - born.year) * 12 + day.month - born.month
    return months if add_months(born, months) <= day else months - 1


def _years(born: date, day: date) -> int:
    years = day.year - born.year
    return years if add_months(born, 12 * years) <= day else years - 1

"""Age coherence: what belongs to a stage of life stays there, and no stressor is a stand-in for the age of a parent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.integrity.copies import Copy, columns_of, until
from riskscreen.integrity.cutting import cut_sql
from riskscreen.integrity.findings import Finding, judged
from riskscreen.integrity.levels import Compute, Design
from riskscreen.settings import add_months
from riskscreen.stressors.definitions import Catalogue, Definition, EventRule
from riskscreen.stressors.sources import STAGE_AGES

LIMIT = 0.3
"""Cramér's V above which one thing goes too strongly with another: a medium association (Cohen, *Statistical power
analysis for the behavioral sciences*, 1988, chapter 7)."""
_RESIDENCE = frozenset({"household_spells", "address_spells"})
"""Spells that say who lives where: they are not ended when everybody is aged, else nobody would be a family."""


@dataclass(frozen=True, slots=True)
class Strength:
    """How strongly a stressor goes with the age band of the reference parent, as Cramér's V from 0 to 1.

    Parameters
    ----------
    families, seen
        All families, and those for which it is covered.
    coverage
        V of being covered with the age band; 0 when it is covered for all or for none.
    scoring
        V of having level 1 or more (what a card can see) with the age band.
    """

    stressor: str
    families: int
    seen: int
    coverage: float
    scoring: float

    @property
    def follows_age(self) -> bool:
        """Does the age of a parent decide for whom it is covered?"""
        return self.coverage > LIMIT


def find_ages(
    copy: Copy, design: Design, dates: Sequence[date], *, run: str, compute: Compute
) -> tuple[list[Finding], list[Strength]]:
    """Look at stages, at parents' own youth, at what should have passed, and at stand-ins for age.

    The tables ``families``, ``members`` and ``spine`` of the run's registers are made again first.
    """
    compute(copy.show(lambda _, table: f"SELECT * FROM {table}"), design, dates)
    strengths = strengths_of(copy.engine, run, dates[-1], design.catalogue.ids)
    found = [
        _stages(copy.engine, design.catalogue, dates, run),
        _young_enough(copy, design.catalogue, dates, run),
        _stand_ins(strengths),
        _passed(copy, design, dates[0], compute),
    ]
    return found, strengths


def strengths_of(engine: Engine, table: str, day: date, stressors: Sequence[str]) -> list[Strength]:
    """The association of each stressor with the age band of the reference parent, on one index date."""
    parts = "".join(f", count({name}), count(*) FILTER ({name} > 0)" for name in stressors)
    rows = engine.rows(
        f"SELECT parent_age_band, count(*){parts} FROM {table} WHERE index_date = {literal(day)} "
        "GROUP BY ALL ORDER BY ALL"
    )
    counts = np.array([row[1:] for row in rows], dtype=np.float64).reshape(len(rows), -1)
    return [
        Strength(
            name,
            int(counts[:, 0].sum()),
            int(counts[:, 1 + 2 * place].sum()),
            cramers_v(counts[:, 1 + 2 * place], counts[:, 0]),
            cramers_v(counts[:, 2 + 2 * place], counts[:, 0]),
        )
        for place, name in enumerate(stressors)
    ]


def cramers_v(having: NDArray[np.float64], total: NDArray[np.float64]) -> float:
    """Cramér's V of a yes/no property with groups: the root of chi-squared over the number of families.

    >>> round(cramers_v(np.array([10.0, 0.0]), np.array([10.0, 10.0])), 3)
    1.0
    >>> cramers_v(np.array([5.0, 5.0]), np.array([10.0, 10.0]))
    0.0
    """
    families, share = float(total.sum()), float(having.sum()) / max(float(total.sum()), 1.0)
    if share in (0.0, 1.0):
        return 0.0
    there = total > 0
    expected = total[there] * share
    chi = float(((having[there] - expected) ** 2 / (expected * (1 - share))).sum())
    return float(np.sqrt(chi / families))


def _stages(engine: Engine, catalogue: Catalogue, dates: Sequence[date], run: str) -> Finding:
    """Families with a stressor of a child's stage, without a child that was in that stage in the window."""
    looked = 0
    wrong: dict[str, int] = {}
    for definition in (d for d in catalogue if d.stressor.stage in STAGE_AGES and isinstance(d.rule, EventRule)):
        for day in dates:
            has = f"FROM {run} AS l WHERE l.index_date = {literal(day)} AND l.{definition.id} > 0"
            looked += engine.value(f"SELECT count(*) {has}")
            astray = engine.value(f"SELECT count(*) {has} AND NOT EXISTS ({_child_in_stage(definition, day)})")
            wrong |= {definition.id: wrong.get(definition.id, 0) + astray} if astray else {}
    return judged("ages", "stage", looked, "families", sum(wrong.values()), tuple(wrong))


def _child_in_stage(definition: Definition, day: date) -> str:
    start = add_months(day, -definition.stressor.window_months)
    youngest, oldest = STAGE_AGES[definition.stressor.stage]
    return (
        "SELECT 1 FROM members AS m JOIN spine AS s ON s.person = m.person "
        f"WHERE m.index_date = {literal(day)} AND m.family = l.family AND m.role = 'child' "
        f"AND s.birth_date + INTERVAL {12 * youngest} MONTH < {literal(day)} "
        f"AND s.birth_date + INTERVAL {12 * oldest} MONTH > {literal(start)}"
    )


def _young_enough(copy: Copy, catalogue: Catalogue, dates: Sequence[date], run: str) -> Finding:
    """Families for which a parent's own youth is covered, without a parent whose youth the register holds."""
    looked = 0
    wrong: dict[str, int] = {}
    for definition in catalogue:
        rule = definition.rule
        if definition.stressor.stage != "own_youth" or not isinstance(rule, EventRule):
            continue
        if rule.register not in copy.like.present:
            continue
        start = copy.like.present[rule.register].from_
        first = 216 - definition.stressor.window_months
        for day in dates:
            seen = f"FROM {run} AS l WHERE l.index_date = {literal(day)} AND l.{definition.id} IS NOT NULL"
            parent = (
                "SELECT 1 FROM members AS m JOIN spine AS s ON s.person = m.person "
                f"WHERE m.index_date = {literal(day)} AND m.family = l.family AND m.role = {rule.about!r} "
                f"AND s.birth_date + INTERVAL {first} MONTH >= {literal(start)}"
            )
            looked += copy.engine.value(f"SELECT count(*) {seen}")
            astray = copy.engine.value(f"SELECT count(*) {seen} AND NOT EXISTS ({parent})")
            wrong |= {definition.id: wrong.get(definition.id, 0) + astray} if astray else {}
    return judged("ages", "own_youth", looked, "families", sum(wrong.values()), tuple(wrong))


def _stand_ins(strengths: Sequence[Strength]) -> Finding:
    """Stressors that are covered by age, and whose levels then tell the age too well: covered would stand for young.

    Of such a stressor only levels of 1 and higher can score, so it is the association of those with age that counts.
    """
    aged = [strength for strength in strengths if strength.follows_age]
    wrong = tuple(strength.stressor for strength in aged if strength.scoring > LIMIT)
    most = max((strength.scoring for strength in aged), default=0.0)
    found = judged("ages", "stand_in", len(strengths), "stressors", len(wrong), wrong)
    return replace(found, figures={"strength": most, "limit": LIMIT})


def _passed(copy: Copy, design: Design, day: date, compute: Compute) -> Finding:
    """Everybody aged by nothing but time: nothing new happens after the day, every spell ends on the day before it.

    Longer than its window after the day no event may count any more. A parent's own youth stays what it was, and a fact
    is about the index date itself: neither is looked at.
    """
    bound = tuple(d for d in design.catalogue if isinstance(d.rule, EventRule) and d.stressor.stage != "own_youth")
    if not bound:
        return judged("ages", "passed", 0, "levels", 0)
    later = add_months(day, max(d.stressor.window_months for d in bound) + 1)
    registers = copy.show(
        lambda name, table: _ended_sql(name, table, day), present=until(copy.like.present, add_months(later, 1))
    )
    aged = Design(Catalogue(bound), design.outcome, design.horizon, design.family, design.key, design.threshold)
    compute(registers, aged, [later])
    row = copy.engine.rows(
        f"SELECT {', '.join(f'count({d.id}), count(*) FILTER ({d.id} > 0)' for d in bound)} FROM levels"
    )[0]
    wrong: Mapping[str, int] = {d.id: row[1 + 2 * place] for place, d in enumerate(bound) if row[1 + 2 * place]}
    return judged("ages", "passed", sum(row[::2]), "levels", sum(wrong.values()), tuple(wrong))


def _ended_sql(register: str, table: str, day: date) -> str:
    cut = cut_sql(register, table, day)
    if register in _RESIDENCE or "end_date" not in columns_of(register, kind="date"):
        return cut
    last = f"greatest(event_date, {literal(day)} - 1)"
    return f"SELECT * REPLACE (coalesce(end_date, {last}) AS end_date, NULL::DATE AS end_recorded_date) FROM ({cut})"

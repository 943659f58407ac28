"""The engine table ``levels``: one row per private family and index date, with every stressor's level."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.stressors.compile import fact_level
from riskscreen.stressors.coverage import RegistersLike, outcome_dates
from riskscreen.stressors.definitions import FactRule, OutcomeDefinition
from riskscreen.stressors.facts import FACTS, derived_facts
from riskscreen.stressors.keeping import Listings
from riskscreen.stressors.listing import (
    Listed,
    Step,
    facts_used,
    list_facts,
    list_levels,
)
from riskscreen.stressors.members import FAMILIES, drop_members, pack_members
from riskscreen.stressors.outcomes import counts_sql, earlier_sql, followed_sql

GROUPS = (
    *("origin", "sex_single_parent", "family_form", "parent_age_band", "youngest_age_band", "children_band"),
    "urbanity",
)
_FAMILY = ("index_date", "fold", "area_block", "area", *GROUPS)
_CHILDREN = ("children", "child_0_3", "child_4_11", "child_12_17", "prenatal")
_COUNTED = ("children_followed", "children_reported")
_BITS, _PER_WORD = 3, 20
"""Bits of a level (at most 4, or 5 when raised) and levels per whole number: faster than a column for each."""


def make_levels(
    registers: RegistersLike,
    steps: Sequence[Step],
    outcome: OutcomeDefinition,
    dates: Sequence[date],
    horizon: int,
    kept: Listings,
) -> tuple[Listed, ...]:
    """Make the engine tables ``levels`` and ``outcome_counts``; gives the listings that had to be computed."""
    engine = registers.engine
    packed = pack_members(engine, dates, (*_FAMILY, *_CHILDREN))
    listed = (*list_facts(registers, steps, packed, kept), *list_levels(engine, steps, packed, kept))
    followed = followed_sql(outcome, packed, horizon, pregnancies=registers.has("pregnancies"))
    engine.run(f"CREATE OR REPLACE TEMP TABLE followed_families AS {followed}")
    engine.run(f"CREATE OR REPLACE TEMP TABLE known_reports AS {earlier_sql(packed)}")
    drop_members(engine)
    seen = outcome_dates(outcome, registers, dates, horizon)
    facts = facts_used(registers, steps)
    engine.run(f"CREATE OR REPLACE TEMP TABLE levels AS {levels_sql(steps, facts, outcome, dates, seen)}")
    engine.run(f"CREATE OR REPLACE TEMP TABLE outcome_counts AS {counts_sql()}")
    for one in listed:
        kept.keep(one.key, engine, one.query)
    _clear(engine, facts)
    return listed


def levels_sql(
    steps: Sequence[Step],
    facts: Sequence[str],
    outcome: OutcomeDefinition,
    dates: Sequence[date],
    outcome_seen: Sequence[date],
) -> str:
    """SQL of ``levels``: families left-joined with every stressor, what was known, and the outcome.

    Parameters
    ----------
    facts
        The derived facts that have a table.
    dates
        The index dates.
    outcome_seen
        The index dates whose horizon is covered; elsewhere the outcome is NULL.
    """
    columns = ["facts.family_name AS family", *(f"facts.{name}" for name in (*_FAMILY, *_CHILDREN))]
    columns += ["coalesce(k.apart, FALSE) AS apart", "k.family IS NOT NULL AS earlier"]
    columns += [f"{_at(outcome_seen, dates, 'coalesce(o.censored, TRUE)')} AS censored"]
    columns += [f"({_level_column(step, dates)})::TINYINT AS {step.definition.id}" for step in steps]
    columns += [f"({_at(outcome_seen, dates, _outcome_column(outcome))})::TINYINT AS outcome"]
    columns += [f"o.{name}" for name in _COUNTED]
    return (
        f"WITH listed AS (\n{_listed(steps)}\n), facts AS (\n{_facts(facts)}\n)\n"
        "SELECT\n  " + ",\n  ".join(columns) + "\nFROM facts\n"
        "LEFT JOIN listed USING (family)\n"
        "LEFT JOIN known_reports k USING (family)\n"
        "LEFT JOIN followed_families o USING (family)"
    )


def _clear(engine: Engine, facts: Sequence[str]) -> None:
    for column in _COUNTED:
        engine.run(f"ALTER TABLE levels DROP COLUMN {column}")
    tables = ("listed_levels", "known_reports", "followed_families", FAMILIES)
    for table in (*tables, *(f"fact_{name}" for name in facts)):
        engine.run(f"DROP TABLE {table}")


def _listed(steps: Sequence[Step]) -> str:
    """Per family the levels that are listed, packed in words; where absent is not known they are raised by one."""
    raised = ", ".join(str(step.place) for step in steps if not step.absent_is_known)
    level = f"(level + (stressor IN ({raised}))::TINYINT)" if raised else "level"
    words = [
        f"bit_or({level}::BIGINT << {_BITS} * (stressor % {_PER_WORD})) "
        f"FILTER (stressor BETWEEN {first} AND {first + _PER_WORD - 1}) AS word_{first // _PER_WORD}"
        for first in range(0, len(steps), _PER_WORD)
    ]
    return f"  SELECT {', '.join(['family', *words])}\n  FROM listed_levels GROUP BY family"


def _facts(made: Sequence[str]) -> str:
    """Families with every fact; one that cannot be known is NULL."""
    derived = derived_facts(FACTS)
    values = [f"fact_{name}.value AS {name}" if name in made else f"NULL AS {name}" for name in derived]
    joins = "".join(f"\n  LEFT JOIN fact_{name} ON fact_{name}.family = f.family" for name in made)
    return f"  SELECT {', '.join(['f.*', *values])}\n  FROM {FAMILIES} f{joins}"


def _level_column(step: Step, dates: Sequence[date]) -> str:
    rule = step.definition.rule
    if isinstance(rule, FactRule):
        return _at(step.dates, dates, fact_level(rule))
    word, place = divmod(step.place, _PER_WORD)
    level = f"(coalesce(word_{word}, 0) >> {_BITS * place}) & {2**_BITS - 1}"
    if not step.absent_is_known:
        level = f"nullif({level}, 0) - 1"
    return _at(step.dates, dates, level)


def _outcome_column(outcome: OutcomeDefinition) -> str:
    value = "CASE WHEN coalesce(o.reported, FALSE) THEN 1 ELSE 0 END"
    return f"CASE WHEN k.family IS NULL THEN {value} END" if outcome.only_first else value


def _at(seen: Sequence[date], dates: Sequence[date], value: str) -> str:
    """The value at the dates at which it can be seen; elsewhere NULL."""
    if not seen:
        return "NULL"
    if set(seen) == set(dates):
        return value
    return f"CASE WHEN facts.index_date IN ({', '.join(literal(day) for day in seen)}) THEN {value} END"

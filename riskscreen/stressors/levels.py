"""The engine view ``levels``: one row per private family and index date, with every stressor's level.

Levels stand packed in whole numbers, in the engine table ``packed_levels``: three bits for each stressor, 0 for *not
covered* and else the level raised by one. Families are then grouped by two numbers in place of 36 columns, and a third
of the memory is used. Nobody else needs to know: the view unpacks what is asked of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.stressors.compile import fact_level
from riskscreen.stressors.coverage import RegistersLike, outcome_dates
from riskscreen.stressors.definitions import FactRule, OutcomeDefinition
from riskscreen.stressors.facts import FACTS, OTHERWISE, derived_facts
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
_WORDS = ("area_block", "area", *GROUPS)
_FOLLOWED = "facts.children + coalesce(o.unborn, 0)"
_CENSORED = f"coalesce(o.lost, 0) >= {_FOLLOWED} AND coalesce(o.reported, 0) = 0"
"""Every child that was followed was lost, without a report."""
_BITS, _PER_WORD = 3, 20
"""Bits of a raised level (at most 5), and levels per whole number."""


def make_levels(
    registers: RegistersLike,
    steps: Sequence[Step],
    outcome: OutcomeDefinition,
    dates: Sequence[date],
    horizon: int,
    kept: Listings,
) -> tuple[Listed, ...]:
    """Make the view ``levels``, and the table ``outcome_counts``; gives the listings that had to be computed."""
    engine = registers.engine
    for name in ("levels", "profiles"):
        engine.run(f"DROP VIEW IF EXISTS {name}")
        engine.run(f"DROP TABLE IF EXISTS packed_{name}")
    packed = pack_members(engine, dates, (*_FAMILY, *_CHILDREN), words=_WORDS)
    listed = (*list_facts(registers, steps, packed, kept), *list_levels(engine, steps, packed, kept))
    followed = followed_sql(outcome, packed, horizon, pregnancies=registers.has("pregnancies"))
    engine.run(f"CREATE OR REPLACE TEMP TABLE followed_families AS {followed}")
    engine.run(f"CREATE OR REPLACE TEMP TABLE known_reports AS {earlier_sql(packed)}")
    drop_members(engine)
    seen = outcome_dates(outcome, registers, dates, horizon)
    facts = facts_used(registers, steps)
    engine.run(f"CREATE OR REPLACE TEMP TABLE packed_levels AS {packed_sql(steps, facts, outcome, dates, seen)}")
    engine.run(f"CREATE OR REPLACE TEMP VIEW levels AS {levels_sql(steps)}")
    engine.run(f"CREATE OR REPLACE TEMP TABLE outcome_counts AS {counts_sql()}")
    for one in listed:
        kept.keep(one.key, engine, one.query)
    for table in ("listed_levels", "known_reports", "followed_families", FAMILIES, *(f"fact_{name}" for name in facts)):
        engine.run(f"DROP TABLE {table}")
    return listed


def levels_sql(steps: Sequence[Step]) -> str:
    """SQL of ``levels`` from ``packed_levels``."""
    names = ("family", *_FAMILY, *_CHILDREN, "apart", "earlier", "censored")
    columns = [f"{name}::VARCHAR AS {name}" if name in _WORDS else name for name in names]
    return f"SELECT {', '.join([*columns, *unpacked(steps), 'outcome'])} FROM packed_levels"


def make_profiles(engine: Engine, steps: Sequence[Step]) -> None:
    """The view ``profiles``: families with equal levels and outcome, counted; those with an open case are left out."""
    keys = ", ".join(["index_date", "fold", "area_block", *_words(steps), "outcome"])
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE packed_profiles AS SELECT {keys}, count(*) AS families\n"
        "FROM packed_levels WHERE NOT apart GROUP BY ALL"
    )
    columns = ["index_date", "fold", "area_block::VARCHAR AS area_block", *unpacked(steps), "outcome", "families"]
    engine.run(f"CREATE OR REPLACE TEMP VIEW profiles AS SELECT {', '.join(columns)} FROM packed_profiles")


def unpacked(steps: Sequence[Step]) -> list[str]:
    """A column for every stressor; NULL is *not covered*."""
    return [
        f"(nullif((word_{step.place // _PER_WORD} >> {_shift(step)}) & {2**_BITS - 1}, 0) - 1)"
        f"::TINYINT AS {step.definition.id}"
        for step in steps
    ]


def packed_sql(
    steps: Sequence[Step],
    facts: Sequence[str],
    outcome: OutcomeDefinition,
    dates: Sequence[date],
    outcome_seen: Sequence[date],
) -> str:
    """SQL of ``packed_levels``: families left-joined with every stressor, what was known, and the outcome.

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
    columns += [f"{_at(outcome_seen, dates, _CENSORED)} AS censored"]
    columns += _packed(steps, dates)
    columns += [f"({_at(outcome_seen, dates, _outcome_column(outcome))})::TINYINT AS outcome"]
    columns += [f"({_FOLLOWED})::SMALLINT AS children_followed"]
    columns += ["coalesce(o.reported, 0)::SMALLINT AS children_reported"]
    return (
        f"WITH listed AS (\n{_listed(steps)}\n), facts AS (\n{_facts(facts)}\n)\n"
        "SELECT\n  " + ",\n  ".join(columns) + "\nFROM facts\n"
        "LEFT JOIN listed USING (family)\n"
        "LEFT JOIN known_reports k USING (family)\n"
        "LEFT JOIN followed_families o USING (family)"
    )


def _listed(steps: Sequence[Step]) -> str:
    """Per family the levels that are listed; where absent is not known they are raised by one here."""
    raised = ", ".join(str(step.place) for step in steps if not step.absent_is_known)
    level = f"(level + (stressor IN ({raised}))::TINYINT)" if raised else "level"
    words = [
        f"bit_or({level}::BIGINT << {_BITS} * (stressor % {_PER_WORD})) "
        f"FILTER (stressor // {_PER_WORD} = {number}) AS {word}"
        for number, word in enumerate(_words(steps))
    ]
    return f"  SELECT {', '.join(['family', *words])}\n  FROM listed_levels GROUP BY family"


def _facts(made: Sequence[str]) -> str:
    """Families with every fact; one that cannot be known is NULL."""
    derived = derived_facts(FACTS)
    otherwise = {name: OTHERWISE.get(name, "NULL") for name in made}
    values = [
        f"coalesce(fact_{name}.value, {otherwise[name]}) AS {name}" if name in made else f"NULL AS {name}"
        for name in derived
    ]
    joins = "".join(f"\n  LEFT JOIN fact_{name} ON fact_{name}.family = f.family" for name in made)
    return f"  SELECT {', '.join(['f.*', *values])}\n  FROM {FAMILIES} f{joins}"


def _words(steps: Sequence[Step]) -> list[str]:
    return [f"word_{number}" for number in range(-(-len(steps) // _PER_WORD))]


def _packed(steps: Sequence[Step], dates: Sequence[date]) -> list[str]:
    """The words: what is listed, one for every stressor that is covered, and the levels of facts."""
    columns = []
    for number, word in enumerate(_words(steps)):
        of_word = steps[number * _PER_WORD : (number + 1) * _PER_WORD]
        parts = [f"coalesce(listed.{word}, 0)", _covered(of_word, dates)]
        parts += [
            f"(coalesce({_at(step.dates, dates, fact_level(step.definition.rule))} + 1, 0)::BIGINT << {_shift(step)})"
            for step in of_word
            if isinstance(step.definition.rule, FactRule)
        ]
        columns.append(f"{' + '.join(parts)} AS {word}")
    return columns


def _covered(steps: Sequence[Step], dates: Sequence[date]) -> str:
    """A one for every stressor that is covered on the index date: a family that is not listed has level 0."""
    listed = [step for step in steps if step.absent_is_known and not isinstance(step.definition.rule, FactRule)]
    ones = {day: sum(1 << _shift(step) for step in listed if day in step.dates) for day in dates}
    if len(set(ones.values())) == 1:
        return str(ones[dates[0]])
    return f"CASE facts.index_date {' '.join(f'WHEN {literal(day)} THEN {one}' for day, one in ones.items())} END"


def _shift(step: Step) -> int:
    return _BITS * (step.place % _PER_WORD)


def _outcome_column(outcome: OutcomeDefinition) -> str:
    value = "CASE WHEN coalesce(o.reported, 0) > 0 THEN 1 ELSE 0 END"
    return f"CASE WHEN k.family IS NULL THEN {value} END" if outcome.only_first else value


def _at(seen: Sequence[date], dates: Sequence[date], value: str) -> str:
    """The value at the dates at which it can be seen; elsewhere NULL."""
    if not seen:
        return "NULL"
    if set(seen) == set(dates):
        return value
    return f"CASE WHEN facts.index_date IN ({', '.join(literal(day) for day in seen)}) THEN {value} END"

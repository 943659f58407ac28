"""The engine table ``levels``: one row per private family and index date, with every stressor's level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.stressors.compile import Compiled, compile_stressor
from riskscreen.stressors.coverage import RegistersLike, covered_dates, outcome_dates
from riskscreen.stressors.definitions import Catalogue, Definition, EventRule, OutcomeDefinition
from riskscreen.stressors.facts import facts_sql
from riskscreen.stressors.outcomes import EARLIER_SQL, FAMILY_FOLLOWED_SQL, followed_sql

GROUPS = (
    *("origin", "sex_single_parent", "family_form", "parent_age_band", "youngest_age_band", "children_band"),
    "urbanity",
)
_FAMILY = ("family", "index_date", "fold", "area_block", "area", *GROUPS)
_CHILDREN = ("children", "child_0_3", "child_4_11", "child_12_17", "prenatal")


@dataclass(frozen=True, slots=True)
class Step:
    """One stressor with the index dates at which it is covered, and its SQL (None: covered at none)."""

    definition: Definition
    dates: tuple[date, ...]
    compiled: Compiled | None

    @property
    def table(self) -> str:
        """Name of the engine table that holds its levels for a moment."""
        return f"stressor_{self.definition.id}"


def plan_levels(registers: RegistersLike, catalogue: Catalogue, index_dates: Sequence[date]) -> tuple[Step, ...]:
    """What is computed for each stressor, without touching a row."""
    steps = []
    for definition in catalogue:
        dates = covered_dates(definition, registers, index_dates)
        compiled = compile_stressor(definition, dates, _cover(definition, registers)) if dates else None
        steps.append(Step(definition, dates, compiled))
    return tuple(steps)


def make_levels(
    registers: RegistersLike, steps: Sequence[Step], outcome: OutcomeDefinition, dates: Sequence[date], horizon: int
) -> None:
    """Make the engine tables ``facts``, ``followed``, ``followed_families``, ``known_reports`` and ``levels``."""
    engine = registers.engine
    engine.run(f"CREATE OR REPLACE TABLE facts AS {facts_sql(parentage=registers.has('parentage'))}")
    for step in steps:
        if step.compiled is not None:
            engine.run(f"CREATE OR REPLACE TABLE {step.table} AS {step.compiled.sql}")
    followed = followed_sql(outcome, dates, horizon, pregnancies=registers.has("pregnancies"))
    engine.run(f"CREATE OR REPLACE TABLE followed AS {followed}")
    engine.run(f"CREATE OR REPLACE TABLE followed_families AS {FAMILY_FOLLOWED_SQL}")
    engine.run(f"CREATE OR REPLACE TABLE known_reports AS {EARLIER_SQL}")
    seen = outcome_dates(outcome, registers, dates, horizon)
    engine.run(f"CREATE OR REPLACE TABLE levels AS {levels_sql(steps, outcome, dates, seen)}")
    drop_steps(engine, steps)


def levels_sql(
    steps: Sequence[Step], outcome: OutcomeDefinition, dates: Sequence[date], outcome_seen: Sequence[date]
) -> str:
    """SQL of ``levels``: families left-joined with every stressor, what was known, and the outcome.

    Parameters
    ----------
    outcome_seen
        The index dates whose horizon is covered; elsewhere the outcome is NULL.
    """
    columns = [f"f.{name}" for name in (*_FAMILY, *_CHILDREN)]
    columns += ["coalesce(k.apart, FALSE) AS apart", "k.family IS NOT NULL AS earlier"]
    columns += [f"{_at(outcome_seen, 'coalesce(o.censored, TRUE)')} AS censored"]
    columns += [f"{_level_column(step)}::TINYINT AS {step.definition.id}" for step in steps]
    columns += [f"{_outcome_column(outcome, outcome_seen)}::TINYINT AS outcome"]
    joins = ["LEFT JOIN known_reports k USING (index_date, family)"]
    joins += ["LEFT JOIN followed_families o USING (index_date, family)"]
    joins += [f"LEFT JOIN {step.table} USING (index_date, family)" for step in steps if step.compiled]
    return (
        "SELECT\n  " + ",\n  ".join(columns) + "\nFROM families f\n" + "\n".join(joins) + "\n"
        f"WHERE f.stratum = 'private' AND f.index_date IN ({', '.join(literal(day) for day in dates)})"
    )


def drop_steps(engine: Engine, steps: Sequence[Step]) -> None:
    """Drop the stressors' own tables: their levels stand in ``levels``."""
    for step in steps:
        engine.run(f"DROP TABLE IF EXISTS {step.table}")


def _cover(definition: Definition, registers: RegistersLike) -> tuple[date, date] | None:
    rule = definition.rule
    if not isinstance(rule, EventRule) or not registers.has(rule.register):
        return None
    cover = registers.present[rule.register]
    return cover.from_, cover.until


def _level_column(step: Step) -> str:
    if step.compiled is None:
        return "NULL"
    if step.compiled.lists_all:
        return f"{step.table}.level"
    return _at(step.dates, f"coalesce({step.table}.level, 0)")


def _outcome_column(outcome: OutcomeDefinition, seen: Sequence[date]) -> str:
    value = "CASE WHEN coalesce(o.reported, FALSE) THEN 1 ELSE 0 END"
    if outcome.only_first:
        value = f"CASE WHEN k.family IS NULL THEN {value} END"
    return _at(seen, value)


def _at(dates: Sequence[date], value: str) -> str:
    """The value at the dates at which it can be seen; elsewhere NULL."""
    if not dates:
        return "NULL"
    return f"CASE WHEN f.index_date IN ({', '.join(literal(day) for day in dates)}) THEN {value} END"

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
from riskscreen.stressors.outcomes import EARLIER_SQL, followed_sql

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
    def listing(self) -> str | None:
        """The statement that lists its families; a fact has none, nor has a stressor that cannot be seen."""
        return None if self.compiled is None or self.compiled.is_fact else self.compiled.sql


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
    """Make the engine table ``levels``, and on the way ``facts``, ``listed_levels``, ``followed_families`` and
    ``known_reports``.
    """
    engine = registers.engine
    engine.run(f"CREATE OR REPLACE TEMP TABLE facts AS {facts_sql(parentage=registers.has('parentage'))}")
    _list_levels(engine, steps)
    followed = followed_sql(outcome, dates, horizon, pregnancies=registers.has("pregnancies"))
    engine.run(f"CREATE OR REPLACE TEMP TABLE followed_families AS {followed}")
    engine.run(f"CREATE OR REPLACE TEMP TABLE known_reports AS {EARLIER_SQL}")
    seen = outcome_dates(outcome, registers, dates, horizon)
    engine.run(f"CREATE OR REPLACE TABLE levels AS {levels_sql(steps, outcome, dates, seen)}")
    for table in ("facts", "listed_levels", "known_reports"):
        engine.run(f"DROP TABLE {table}")


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
    columns += [f"({_level_column(step)})::TINYINT AS {step.definition.id}" for step in steps]
    columns += [f"({_outcome_column(outcome, outcome_seen)})::TINYINT AS outcome"]
    return (
        f"WITH listed AS (\n{_listed(steps)}\n)\n"
        "SELECT\n  " + ",\n  ".join(columns) + "\nFROM families f\n"
        "JOIN facts USING (index_date, family)\n"
        "LEFT JOIN listed USING (index_date, family)\n"
        "LEFT JOIN known_reports k USING (index_date, family)\n"
        "LEFT JOIN followed_families o USING (index_date, family)\n"
        f"WHERE f.stratum = 'private' AND f.index_date IN ({', '.join(literal(day) for day in dates)})"
    )


def _list_levels(engine: Engine, steps: Sequence[Step]) -> None:
    """Every statement's families below one another: most stressors list few families, so this stays small."""
    engine.run(
        "CREATE OR REPLACE TEMP TABLE listed_levels (stressor VARCHAR, index_date DATE, family VARCHAR, level TINYINT)"
    )
    for step in steps:
        if step.listing is not None:
            name = literal(step.definition.id)
            engine.run(f"INSERT INTO listed_levels SELECT {name}, index_date, family, level FROM (\n{step.listing}\n)")


def _listed(steps: Sequence[Step]) -> str:
    """``listed_levels`` with one column per stressor; NULL: not listed."""
    columns = [
        f"max(level) FILTER (stressor = {literal(step.definition.id)}) AS {step.definition.id}"
        for step in steps
        if step.listing is not None
    ]
    return f"  SELECT {', '.join(['index_date', 'family', *columns])}\n  FROM listed_levels GROUP BY index_date, family"


def _cover(definition: Definition, registers: RegistersLike) -> tuple[date, date] | None:
    rule = definition.rule
    if not isinstance(rule, EventRule) or not registers.has(rule.register):
        return None
    cover = registers.present[rule.register]
    return cover.from_, cover.until


def _level_column(step: Step) -> str:
    if step.compiled is None:
        return "NULL"
    if step.compiled.is_fact:
        return _at(step.dates, step.compiled.sql)
    listed = f"listed.{step.definition.id}"
    return _at(step.dates, listed if step.compiled.unlisted is None else f"coalesce({listed}, 0)")


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

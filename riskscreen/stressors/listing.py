"""Levels that need a register, listed in the engine: one pass per register, and only what is not kept already.

Families are numbered and members packed first, so that everything after it is joined on whole numbers. The engine
tables: ``listed_levels`` (``stressor, family, level``; stressor by its place) and per derived fact ``fact_<name>``
(``family, value``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.records.filters import columns_of
from riskscreen.stressors.compile import easing_sql, is_youth, listing_sql, seen_sql, stressor_sql, youth_sql
from riskscreen.stressors.coverage import RegistersLike, covered_dates
from riskscreen.stressors.definitions import Catalogue, Definition, EventRule, FactRule
from riskscreen.stressors.facts import FACTS, derived_facts, fact_sql
from riskscreen.stressors.keeping import Listings, listing_key
from riskscreen.stressors.members import FAMILIES, MEMBERS, Packed


@dataclass(frozen=True, slots=True)
class Step:
    """One stressor with the index dates at which it is covered.

    Parameters
    ----------
    place
        Its place in the catalogue: its number in ``listed_levels``.
    cover
        First covered day and first day no longer covered of its register; None for a fact.
    """

    place: int
    definition: Definition
    dates: tuple[date, ...]
    cover: tuple[date, date] | None = None

    @property
    def absent_is_known(self) -> bool:
        """Has a family that is not listed level 0? In a parent's own youth it is not covered."""
        return not is_youth(self.definition)

    def key(self, day: date) -> str:
        """Key of its listing on one index date."""
        return listing_key(stressor_sql(self.definition, (day,), self.cover))


@dataclass(frozen=True, slots=True)
class Listed:
    """A listing that was computed, not kept: what, on which index date, its key, and the query that reads it."""

    name: str
    day: date
    key: str
    query: str


def plan(registers: RegistersLike, catalogue: Catalogue, index_dates: Sequence[date]) -> tuple[Step, ...]:
    """What must be known of each stressor, without touching a row."""
    return tuple(
        Step(place, definition, covered_dates(definition, registers, index_dates), _cover(definition, registers))
        for place, definition in enumerate(catalogue)
    )


def list_levels(engine: Engine, steps: Sequence[Step], packed: Packed, kept: Listings) -> Iterator[Listed]:
    """Fill ``listed_levels``, register by register; gives what had to be computed."""
    engine.run("CREATE OR REPLACE TEMP TABLE listed_levels (stressor SMALLINT, family INTEGER, level TINYINT)")
    groups: dict[str, list[tuple[Step, EventRule]]] = {}
    for step in steps:
        if isinstance(step.definition.rule, EventRule) and step.dates:
            groups.setdefault(step.definition.rule.register, []).append((step, step.definition.rule))
    for group in groups.values():
        missing = {step.place: _not_kept(engine, step, kept) for step, _ in group}
        _pass(engine, [(step, rule) for step, rule in group if missing[step.place]], missing, packed)
        yield from (_listed(step, day) for step, _ in group for day in missing[step.place])


def list_facts(registers: RegistersLike, steps: Sequence[Step], packed: Packed, kept: Listings) -> Iterator[Listed]:
    """Make the tables of the derived facts that a stressor reads; gives what had to be computed."""
    for name in facts_used(registers, steps):
        table = f"fact_{name}"
        kind = "VARCHAR" if FACTS[name].type == "text" else "BIGINT"
        registers.engine.run(f"CREATE OR REPLACE TEMP TABLE {table} (family INTEGER, value {kind})")
        missing = []
        for day in packed.index_dates:
            source = kept.find(listing_key(fact_sql(name, (day,), Packed((day,)))))
            if source is None:
                missing.append(day)
            else:
                registers.engine.run(f"INSERT INTO {table} SELECT family, value FROM {_numbered(source, day)}")
        if missing:
            found = fact_sql(name, missing, packed)
            registers.engine.run(f"INSERT INTO {table} SELECT family, value FROM (\n{found}\n)")
        yield from (_listed_fact(name, day) for day in missing)


def facts_used(registers: RegistersLike, steps: Sequence[Step]) -> tuple[str, ...]:
    """The derived facts that stressors read and whose registers are there."""
    rules = (step.definition.rule for step in steps)
    columns = [
        name for rule in rules if isinstance(rule, FactRule) for part in rule.filters for name in columns_of(part)
    ]
    return tuple(name for name in derived_facts(columns) if all(map(registers.has, FACTS[name].registers)))


def _not_kept(engine: Engine, step: Step, kept: Listings) -> list[date]:
    """Put back what is kept; the other index dates."""
    missing = []
    for day in step.dates:
        source = kept.find(step.key(day))
        if source is None:
            missing.append(day)
        else:
            engine.run(f"INSERT INTO listed_levels SELECT {step.place}, family, value FROM {_numbered(source, day)}")
    return missing


def _numbered(source: str, day: date) -> str:
    """A kept listing with the families' numbers in place of their names."""
    return (
        f"(SELECT f.family, k.value FROM {source} k\n"
        f"JOIN {FAMILIES} f ON f.family_name = k.family AND f.index_date = {literal(day)})"
    )


def _pass(
    engine: Engine, group: Sequence[tuple[Step, EventRule]], missing: Mapping[int, Sequence[date]], packed: Packed
) -> None:
    """Read and join one register once, then list each of its stressors."""
    if not group:
        return
    dates = sorted({day for step, _ in group for day in missing[step.place]})
    seen = seen_sql([(step.definition, rule) for step, rule in group], dates, packed=packed)
    engine.run(f"CREATE OR REPLACE TEMP TABLE seen AS\n{seen}")
    if any(rule.eased_by for _, rule in group):
        engine.run(
            f"CREATE OR REPLACE TEMP TABLE easing AS\n{easing_sql([rule for _, rule in group], dates, packed=packed)}"
        )
    youth = ""
    for step, rule in group:
        if is_youth(step.definition):
            youth = _share_youth(engine, youth, step, rule, missing[step.place], packed)
        listing = listing_sql(step.definition, rule, missing[step.place], members=MEMBERS)
        engine.run(f"INSERT INTO listed_levels SELECT {step.place}, family, level FROM (\n{listing}\n)")
    for table in ("seen", "easing", "youth"):
        engine.run(f"DROP TABLE IF EXISTS {table}")


def _share_youth(engine: Engine, made: str, step: Step, rule: EventRule, dates: Sequence[date], packed: Packed) -> str:
    """The statement of the table ``youth``; stressors of the same years of life share the table."""
    wanted = youth_sql(step.definition, rule, dates, step.cover, packed=packed)
    if wanted != made:
        engine.run(f"CREATE OR REPLACE TEMP TABLE youth AS\n{wanted}")
    return wanted


def _listed(step: Step, day: date) -> Listed:
    name = step.definition.id
    which = "> 0" if step.absent_is_known else "IS NOT NULL"
    query = f"SELECT family, {name} AS value FROM levels WHERE index_date = {literal(day)} AND {name} {which}"
    return Listed(name, day, step.key(day), query)


def _listed_fact(name: str, day: date) -> Listed:
    query = (
        f"SELECT f.family_name AS family, v.value FROM fact_{name} v\n"
        f"JOIN {FAMILIES} f USING (family) WHERE f.index_date = {literal(day)}"
    )
    return Listed(name, day, listing_key(fact_sql(name, (day,), Packed((day,)))), query)


def _cover(definition: Definition, registers: RegistersLike) -> tuple[date, date] | None:
    rule = definition.rule
    if not isinstance(rule, EventRule) or not registers.has(rule.register):
        return None
    cover = registers.present[rule.register]
    return cover.from_, cover.until

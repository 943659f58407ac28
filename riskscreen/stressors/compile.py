"""A stressor's definition becomes one short SQL statement for all index dates: pure functions, DuckDB's dialect.

Every statement gives ``index_date, family, level``. Window borders are date literals. A row counts only when it
happened and was recorded before the index date; the end of a spell counts only when it, too, had passed and was
recorded by then, else the spell is open on the index date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from riskscreen.engine.sql import filter_sql, literal
from riskscreen.records.filters import columns_of
from riskscreen.settings import add_months
from riskscreen.stressors.coverage import window_start
from riskscreen.stressors.definitions import Definition, EventRule, FactRule
from riskscreen.stressors.sources import LATER, STAGE_AGES

USABLE = "r.event_date < w.index_date AND r.recorded_date < w.index_date"
_END_KNOWN = "r.end_date < w.index_date AND coalesce(r.end_recorded_date, r.end_date) < w.index_date"
_UNTIL = f"CASE WHEN {_END_KNOWN} THEN greatest(r.end_date, r.event_date + 1) ELSE w.index_date END"


@dataclass(frozen=True, slots=True)
class Compiled:
    """SQL of one stressor at the index dates at which it is covered.

    Parameters
    ----------
    sql
        A statement that gives ``index_date, family, level``; for a fact an expression over the table ``facts``.
    unlisted
        The level of a family that the statement does not list: 0 (absent), or None (not covered).
    """

    id: str
    sql: str
    is_fact: bool = False
    unlisted: Literal[0] | None = 0


def compile_stressor(
    definition: Definition, index_dates: Sequence[date], cover: tuple[date, date] | None = None
) -> Compiled:
    """The SQL of one stressor.

    Parameters
    ----------
    definition
        The stressor with its rule.
    index_dates
        The covered index dates, at least one.
    cover
        First covered day and first day no longer covered of its register; only a parent's own youth needs it.
    """
    rule = definition.rule
    if isinstance(rule, FactRule):
        return Compiled(definition.id, _fact_sql(rule), is_fact=True)
    if definition.stressor.stage == "own_youth":
        start, until = cover or (date.max, date.min)
        return Compiled(definition.id, _youth_sql(definition, rule, index_dates, start, until), unlisted=None)
    return Compiled(definition.id, _event_sql(definition, rule, index_dates))


def _fact_sql(rule: FactRule) -> str:
    """The highest level whose filter holds, 0 when none does, NULL when that is unknown."""
    conditions = [filter_sql(part, "facts") for part in rule.filters]
    whens = [f"WHEN {text} THEN {level}" for level, text in reversed(list(enumerate(conditions, start=1)))]
    nothing = " AND ".join(f"NOT ({text})" for text in conditions)
    return f"CASE {' '.join(whens)} WHEN {nothing} THEN 0 END"


def _event_sql(definition: Definition, rule: EventRule, index_dates: Sequence[date]) -> str:
    parts = [_windows(definition, rule, index_dates), _usable(definition, rule), _measured(rule), _levels(rule)]
    return f"{_comment(definition, rule)}\nWITH {', '.join(parts)}\n{_family_level(rule)}"


def _comment(definition: Definition, rule: EventRule) -> str:
    who = "worst" if rule.persons == "any" else "least affected"
    months = definition.stressor.window_months
    return f"-- {definition.id}: {rule.measure} in {months} months; the family has the level of its {who} {rule.about}"


def _windows(definition: Definition, rule: EventRule, index_dates: Sequence[date]) -> str:
    cuts = [f"cut_{level}" for level in _cut_levels(rule)]
    rows = [
        ", ".join(
            literal(day)
            for day in (
                index_date,
                window_start(definition.stressor, index_date),
                *(add_months(index_date, -rule.thresholds[level - 1]) for level in _cut_levels(rule)),
            )
        )
        for index_date in index_dates
    ]
    values = ",\n  ".join(f"({row})" for row in rows)
    return f"windows({', '.join(['index_date', 'start', *cuts])}) AS (VALUES\n  {values}\n)"


def _cut_levels(rule: EventRule) -> range:
    """Levels of a recency rule that need a border of their own; level 1 has the window's."""
    return range(2, len(rule.thresholds) + 1) if rule.measure == "recency" else range(0)


def _usable(definition: Definition, rule: EventRule) -> str:
    columns = ["m.index_date", "m.family", "m.person", *(f"w.cut_{level}" for level in _cut_levels(rule))]
    columns += [*_days(rule), *(_column(rule.register, name) for name in _filter_columns(rule))]
    ages = STAGE_AGES.get(definition.stressor.stage)
    lines = [
        f"SELECT {', '.join(columns)}",
        f"FROM windows w JOIN members m ON m.index_date = w.index_date AND m.role = {literal(rule.about)}",
        f"JOIN registers.{rule.register} r ON r.person = m.person AND {USABLE}",
    ]
    if ages:
        lines.append("JOIN spine s ON s.person = m.person")
    lines.append(f"WHERE {_in_window(rule)}")
    if ages:
        lines.append(
            f"AND r.event_date >= s.birth_date + INTERVAL {ages[0] * 12} MONTH "
            f"AND r.event_date < s.birth_date + INTERVAL {ages[1] * 12} MONTH"
        )
    return "usable AS (\n  " + "\n  ".join(lines) + "\n)"


def _filter_columns(rule: EventRule) -> tuple[str, ...]:
    return columns_of(rule.where) if rule.where is not None else ()


def _column(register: str, name: str) -> str:
    """A filter's column; one that becomes known later than its row is unknown until then."""
    guards = LATER.get(register, {}).get(name)
    if not guards:
        return f"r.{name}"
    known = " AND ".join(f"r.{guard} < w.index_date" for guard in guards)
    return f"CASE WHEN {known} THEN r.{name} END AS {name}"


def _days(rule: EventRule) -> tuple[str, ...]:
    """The day that counts; for a duration the first day and the day after the last one."""
    if rule.measure == "duration_days":
        return ("greatest(r.event_date, w.start) AS first_day", f"{_UNTIL} AS until")
    day = {"start": "r.event_date", "end": "r.end_date", "during": f"{_UNTIL} - 1"}[rule.moment]
    return (f"{day} AS day",)


def _in_window(rule: EventRule) -> str:
    if rule.moment == "end":
        return f"{_END_KNOWN} AND r.end_date >= w.start"
    if rule.moment == "during":
        return f"{_UNTIL} > w.start"
    return "r.event_date >= w.start"


def _measured(rule: EventRule) -> str:
    where = f"\n  WHERE {filter_sql(rule.where)}" if rule.where is not None else ""
    if rule.measure == "duration_days":
        return _covered_days(where)
    keys = ", ".join(["index_date", "family", "person", *(f"cut_{level}" for level in _cut_levels(rule))])
    measure = "count(DISTINCT day)" if rule.measure == "count" else "max(day)"
    return f"measured AS (\n  SELECT {keys}, {measure} AS measure\n  FROM usable{where}\n  GROUP BY ALL\n)"


def _covered_days(where: str) -> str:
    """Days with at least one spell: a spell adds only the days after those already seen."""
    return (
        "ordered AS (\n"
        "  SELECT *, max(until) OVER (PARTITION BY index_date, family, person ORDER BY first_day, until\n"
        "    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS seen\n"
        f"  FROM usable{where}\n), measured AS (\n"
        "  SELECT index_date, family, person,\n"
        "    sum(greatest(until - greatest(first_day, coalesce(seen, first_day)), 0)) AS measure\n"
        "  FROM ordered GROUP BY ALL\n)"
    )


def _levels(rule: EventRule) -> str:
    return f"person_levels AS (\n  SELECT index_date, family, person, {_level(rule)} AS level FROM measured\n)"


def _level(rule: EventRule) -> str:
    """The highest level whose threshold the measure reaches."""
    if rule.measure == "recency":
        whens = [f"WHEN measure >= cut_{level} THEN {level}" for level in reversed(_cut_levels(rule))]
        return f"CASE {' '.join(whens)} ELSE 1 END" if whens else "1"
    steps = reversed(list(enumerate(rule.thresholds, start=1)))
    return f"CASE {' '.join(f'WHEN measure >= {least} THEN {level}' for level, least in steps)} ELSE 0 END"


def _family_level(rule: EventRule) -> str:
    if rule.persons == "any":
        return (
            "SELECT index_date, family, max(level)::TINYINT AS level\n"
            "FROM person_levels GROUP BY ALL HAVING max(level) > 0"
        )
    return (
        "SELECT m.index_date, m.family, min(coalesce(p.level, 0))::TINYINT AS level\n"
        f"FROM windows w JOIN members m ON m.index_date = w.index_date AND m.role = {literal(rule.about)}\n"
        "LEFT JOIN person_levels p ON p.index_date = m.index_date AND p.family = m.family AND p.person = m.person\n"
        "GROUP BY ALL HAVING min(coalesce(p.level, 0)) > 0"
    )


def _youth_sql(definition: Definition, rule: EventRule, index_dates: Sequence[date], start: date, until: date) -> str:
    """A parent's own youth: the same years of life for every parent, so that the level is no stand-in for age.

    Only parents whose years from ``window_months`` before the 18th birthday up to that birthday lie wholly in the
    register's coverage are looked at; a family without such a parent is not listed.
    """
    first = 216 - definition.stressor.window_months
    where = f"\n    AND ({filter_sql(rule.where, 'r')})" if rule.where is not None else ""
    return (
        f"-- {definition.id}: {rule.measure} in the {216 - first} months before a parent's 18th birthday\n"
        f"WITH youth AS (\n"
        f"  SELECT m.index_date, m.family, m.person, s.birth_date + INTERVAL {first} MONTH AS start,\n"
        "    least(s.birth_date + INTERVAL 216 MONTH, m.index_date) AS until\n"
        f"  FROM members m JOIN spine s ON s.person = m.person\n"
        f"  WHERE m.role = {literal(rule.about)} AND m.index_date IN ({_dates(index_dates)})\n"
        f"    AND s.birth_date + INTERVAL {first} MONTH >= {literal(start)}\n"
        f"    AND least(s.birth_date + INTERVAL 216 MONTH, m.index_date) <= {literal(until)}\n"
        "), measured AS (\n"
        "  SELECT y.index_date, y.family, y.person, count(DISTINCT r.event_date) AS measure\n"
        f"  FROM youth y LEFT JOIN registers.{rule.register} r ON r.person = y.person\n"
        "    AND r.event_date >= y.start AND r.event_date < y.until AND r.recorded_date < y.index_date"
        f"{where}\n  GROUP BY ALL\n"
        ")\n"
        f"SELECT index_date, family, max({_level(rule)})::TINYINT AS level FROM measured GROUP BY ALL"
    )


def _dates(index_dates: Sequence[date]) -> str:
    return ", ".join(literal(day) for day in index_dates)

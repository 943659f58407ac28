"""The recorded outcome after the index date, and what was already known on it; SQL by pure functions.

Followed are the children who were in the family on the index date, wherever they live later, and the child of a
pregnancy that was known by then. A child's follow-up ends at the end of the horizon, or earlier at emigration, death
or the 18th birthday; a report recorded after that does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from riskscreen.engine.sql import filter_sql, literal
from riskscreen.settings import add_months
from riskscreen.stressors.definitions import OutcomeDefinition


def followed_sql(
    outcome: OutcomeDefinition,
    index_dates: Sequence[date],
    horizon: int,
    *,
    pregnancies: bool,
    members: str = "members",
) -> str:
    """SQL of the table ``followed_families``: was a child reported, was every child lost, and counts of children.

    A family is censored when every child was lost before the end of the horizon, without a report.

    Parameters
    ----------
    outcome
        Which reports count.
    index_dates, horizon
        The index dates, and the horizon in months.
    pregnancies
        Is the register there, so that unborn children can be followed?
    members
        Name of the table of members.
    """
    rows = ", ".join(f"({literal(day)}, {literal(add_months(day, horizon))})" for day in index_dates)
    unborn = f"\n  UNION ALL\n  {_UNBORN.format(members=members)}" if pregnancies else ""
    return (
        f"WITH horizons(index_date, until) AS (VALUES {rows}), children AS (\n"
        "  SELECT m.index_date, m.family, m.person AS child, h.until\n"
        f"  FROM {members} m JOIN horizons h USING (index_date)\n"
        f"  WHERE m.role = 'child'{unborn}\n"
        "), first_reports AS (\n"
        "  SELECT h.index_date, r.person AS child, min(r.recorded_date) AS reported\n"
        "  FROM registers.reports r JOIN horizons h ON r.recorded_date >= h.index_date AND r.recorded_date < h.until\n"
        f"  WHERE {filter_sql(outcome.where, 'r')} GROUP BY ALL\n"
        "), followed AS (\n"
        "  SELECT c.index_date, c.family,\n"
        "    least(c.until, s.death_date, s.emigration_date, s.birth_date + INTERVAL 216 MONTH)::DATE AS lost_from,\n"
        "    lost_from < c.until AS lost, coalesce(r.reported < lost_from, FALSE) AS reported\n"
        "  FROM children c JOIN spine s ON s.person = c.child\n"
        "  LEFT JOIN first_reports r ON r.index_date = c.index_date AND r.child = c.child\n"
        ")\n"
        "SELECT index_date, family, bool_or(reported) AS reported,\n"
        "  bool_and(lost) AND NOT bool_or(reported) AS censored,\n"
        "  count(*) AS children_followed, count(*) FILTER (reported) AS children_reported\n"
        "FROM followed GROUP BY ALL"
    )


_UNBORN = (
    "SELECT DISTINCT m.index_date, m.family, p.child, h.until FROM {members} m JOIN horizons h USING (index_date)\n"
    "  JOIN registers.pregnancies p ON p.person = m.person AND p.event_date < m.index_date\n"
    "    AND p.recorded_date < m.index_date AND p.birth_date >= m.index_date AND p.birth_date < h.until\n"
    "  WHERE m.role = 'parent' AND p.child IS NOT NULL"
)


def earlier_sql(members: str = "members") -> str:
    """SQL of the table ``known_reports``: families with an earlier report, and whether a case is open (``apart``)."""
    return (
        "SELECT m.index_date, m.family, bool_or(r.closed_date IS NULL OR r.closed_date >= m.index_date) AS apart\n"
        f"FROM {members} m JOIN registers.reports r ON r.person = m.person AND r.kind = 'report'\n"
        "  AND r.event_date < m.index_date AND r.recorded_date < m.index_date\n"
        "WHERE m.role = 'child' GROUP BY ALL"
    )


def counts_sql() -> str:
    """SQL of the table ``outcome_counts``: per index date the counts of families and children, from ``levels``."""
    followed = "NOT apart AND outcome IS NOT NULL"
    return (
        "SELECT index_date, count(*) AS families, sum(children)::BIGINT AS children,\n"
        f"  count(*) FILTER (apart) AS apart, count(*) FILTER ({followed}) AS followed,\n"
        f"  count(*) FILTER ({followed} AND outcome = 1) AS outcomes,\n"
        f"  count(*) FILTER ({followed} AND censored) AS censored,\n"
        f"  coalesce(sum(children_followed) FILTER ({followed}), 0)::BIGINT AS children_followed,\n"
        f"  coalesce(sum(children_reported) FILTER ({followed}), 0)::BIGINT AS children_reported\n"
        "FROM levels GROUP BY index_date"
    )

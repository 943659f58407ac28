"""The recorded outcome after the index date, and what was already known on it; SQL by pure functions.

Followed are the children who were in the family on the index date, wherever they live later, and the child of a
pregnancy that was known by then. A child's follow-up ends at the end of the horizon, or earlier at emigration, death
or the 18th birthday; a report recorded after that does not count.
"""

from __future__ import annotations

from riskscreen.engine.sql import filter_sql, literal
from riskscreen.settings import add_months
from riskscreen.stressors.definitions import OutcomeDefinition
from riskscreen.stressors.members import LOST_FROM, PACKED, Packed


def followed_sql(outcome: OutcomeDefinition, packed: Packed, horizon: int, *, pregnancies: bool) -> str:
    """SQL of the table ``followed_families``: children lost, reported and unborn, of families with any of them.

    Parameters
    ----------
    outcome
        Which reports count.
    packed
        The members on every index date.
    horizon
        In months.
    pregnancies
        Is the register there, so that unborn children can be followed?
    """
    rows = ", ".join(f"({literal(day)}, {literal(add_months(day, horizon))})" for day in packed.index_dates)
    unborn = f"\n  UNION ALL\n  {_UNBORN.format(days=packed.days(packed.index_dates))}" if pregnancies else ""
    return (
        f"WITH horizons(index_date, until) AS (VALUES {rows}), children AS (\n"
        "  SELECT day.index_date, m.family + day.place AS family, m.person AS child, m.lost_from, FALSE AS unborn\n"
        f"  FROM {PACKED} m JOIN {packed.days(packed.index_dates)} WHERE m.role = 'child'{unborn}\n"
        "), first_reports AS (\n"
        "  SELECT h.index_date, r.person AS child, min(r.recorded_date) AS reported\n"
        "  FROM registers.reports r JOIN horizons h ON r.recorded_date >= h.index_date AND r.recorded_date < h.until\n"
        f"  WHERE {filter_sql(outcome.where, 'r')} GROUP BY ALL\n"
        "), followed AS (\n"
        "  SELECT c.family, c.unborn, coalesce(c.lost_from < h.until, FALSE) AS lost,\n"
        "    coalesce(r.reported < least(h.until, c.lost_from), FALSE) AS reported\n"
        "  FROM children c JOIN horizons h USING (index_date)\n"
        "  LEFT JOIN first_reports r ON r.index_date = c.index_date AND r.child = c.child\n"
        ")\n"
        "SELECT family, count(*) FILTER (lost) AS lost, count(*) FILTER (reported) AS reported,\n"
        "  count(*) FILTER (unborn) AS unborn\n"
        "FROM followed WHERE lost OR reported OR unborn GROUP BY family"
    )


_UNBORN = (
    f"SELECT DISTINCT day.index_date, m.family + day.place, m.child, {LOST_FROM}, TRUE\n"
    "  FROM (\n"
    "    SELECT m.family, m.days, p.child, p.birth_date, p.event_date, p.recorded_date\n"
    f"    FROM {PACKED} m JOIN registers.pregnancies p ON p.person = m.person AND m.role = 'parent'\n"
    "    WHERE p.child IS NOT NULL\n"
    "  ) m JOIN {days} AND m.event_date < day.index_date AND m.recorded_date < day.index_date\n"
    "    AND m.birth_date >= day.index_date\n"
    "  JOIN horizons h ON h.index_date = day.index_date AND m.birth_date < h.until\n"
    "  JOIN spine s ON s.person = m.child"
)


def earlier_sql(packed: Packed) -> str:
    """SQL of the table ``known_reports``: families with an earlier report, and whether a case is open (``apart``)."""
    return (
        "SELECT m.family + day.place AS family,\n"
        "  bool_or(m.closed_date IS NULL OR m.closed_date >= day.index_date) AS apart\n"
        "FROM (\n"
        "  SELECT m.family, m.days, r.event_date, r.recorded_date, r.closed_date\n"
        f"  FROM {PACKED} m JOIN registers.reports r ON r.person = m.person\n"
        "  WHERE m.role = 'child' AND r.kind = 'report'\n"
        f") m JOIN {packed.days(packed.index_dates)}\n"
        "  AND m.event_date < day.index_date AND m.recorded_date < day.index_date\n"
        "GROUP BY ALL"
    )


def counts_sql() -> str:
    """SQL of the table ``outcome_counts``: families and children per index date, from ``packed_levels``."""
    followed = "NOT apart AND outcome IS NOT NULL"
    return (
        "SELECT index_date, count(*) AS families, sum(children)::BIGINT AS children,\n"
        f"  count(*) FILTER (apart) AS apart, count(*) FILTER ({followed}) AS followed,\n"
        f"  count(*) FILTER ({followed} AND outcome = 1) AS outcomes,\n"
        f"  count(*) FILTER ({followed} AND censored) AS censored,\n"
        f"  coalesce(sum(children_followed) FILTER ({followed}), 0)::BIGINT AS children_followed,\n"
        f"  coalesce(sum(children_reported) FILTER ({followed}), 0)::BIGINT AS children_reported\n"
        "FROM packed_levels GROUP BY index_date"
    )

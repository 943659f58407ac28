"""The views ``latest`` and ``latest_totals``: the newest release that holds, flat, with names in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

VIEWS: Mapping[str, str] = {"latest": "facts", "latest_totals": "totals"}
"""Each view with the table that it shows."""

COLUMNS = """
    r.run, r.channel, f.release_id, r.released_at,
    m.table_name, t.title_en AS table_en, t.title_nl AS table_nl,
    f.measure_key, m.title_en AS measure_en, m.title_nl AS measure_nl, m.kind, m.unit, m.times,
    f.area_key, a.code AS area_code, a.area_level, a.name_en AS area_en, a.name_nl AS area_nl,
    a.wijk_code, a.gemeente_code, a.gemeente_now,
    f.group_key, g.title_en AS group_title_en, g.title_nl AS group_title_nl,
    g.name_en AS group_en, g.name_nl AS group_nl,
    f.programme_key, p.name_en AS programme_en, p.name_nl AS programme_nl,
    f.period_key, d.index_date, d.first_date, d.last_date, d.name_en AS period_en, d.name_nl AS period_nl,
    f.value, f.low, f.high, f.status, s.name_en AS status_en, s.name_nl AS status_nl,
    f.low_status, f.high_status, f.additive, f.complete, f.code, f.word_en, f.word_nl
""".strip()


def view_sql(view: str, *, schema: str = "", true: str = "TRUE") -> str:
    """The query of a view, in SQL that DuckDB, PostgreSQL and SQL Server read alike.

    Parameters
    ----------
    schema
        With its dot, such as ``riskscreen_public.``.
    true
        How the database writes *true*.
    """
    more = ", f.total_over" if view == "latest_totals" else ""
    return (
        f"SELECT {COLUMNS}{more}\n"
        f"FROM {schema}{VIEWS[view]} f\n"
        f"JOIN {schema}releases r ON r.release_id = f.release_id AND r.is_latest = {true}\n"
        f"JOIN {schema}measures m ON m.measure_key = f.measure_key\n"
        f"JOIN {schema}released_tables t ON t.release_id = f.release_id AND t.table_name = m.table_name\n"
        f"JOIN {schema}areas a ON a.area_key = f.area_key\n"
        f"JOIN {schema}groups g ON g.group_key = f.group_key\n"
        f"JOIN {schema}programmes p ON p.programme_key = f.programme_key\n"
        f"JOIN {schema}periods d ON d.period_key = f.period_key\n"
        f"JOIN {schema}statuses s ON s.status = f.status"
    )


def flat(tables: Mapping[str, pa.Table], view: str) -> pa.Table:
    """A view over Arrow tables, in a fixed order of rows."""
    import duckdb

    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        order = "measure_key, area_key, group_key, programme_key, period_key"
        return connection.sql(f"SELECT * FROM ({view_sql(view)}) ORDER BY {order}").to_arrow_table()

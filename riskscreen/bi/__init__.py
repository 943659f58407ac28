"""The safe door for BI: released tables only, as pandas, as a star schema, as files and in PostgreSQL.

It needs duckdb, pandas and pyarrow, and psycopg for PostgreSQL; nothing heavier. It reads the office: ledger, decisions
and released tables. What was not released cannot be reached from here; the error says whom to ask.

Examples
--------
>>> from riskscreen import bi
>>> star = bi.read("office", "demo")  # doctest: +SKIP
>>> star.latest().query("table_name == 'areas_wijk'")  # doctest: +SKIP
>>> bi.write(star, "for-power-bi", format="parquet")  # doctest: +SKIP
"""

from __future__ import annotations

from riskscreen.bi.files import FORMATS, Written, write
from riskscreen.bi.postgres import Loaded, load_postgres
from riskscreen.bi.sql_server import sql_server_script
from riskscreen.bi.star import Star, read, read_table, releases

__all__ = [
    "FORMATS",
    "Loaded",
    "Star",
    "Written",
    "load_postgres",
    "read",
    "read_table",
    "releases",
    "sql_server_script",
    "write",
]

"""A load script for SQL Server, as text: no SQL Server runs in the tests."""

from __future__ import annotations

from riskscreen.bi.books import CHANNELS
from riskscreen.bi.flat import VIEWS, view_sql
from riskscreen.bi.layout import STAR, Field, StarTable
from riskscreen.errors import UsageError

_LONG = (
    "note_en",
    "note_nl",
    "notice_en",
    "notice_nl",
    "name_en",
    "name_nl",
    "title_en",
    "title_nl",
    "word_en",
    "word_nl",
)
_KEY = 140
"""Characters of a text in a key: six of these fit into the 1,700 bytes of an index."""
_HEAD = """-- UNTESTED: no SQL Server runs in the tests of riskscreen. Read it first, and try it on an empty database.
-- It loads the CSV files that stand beside it (UTF-8, comma, point; not those in nl/). SQL Server 2019 or later.
-- Run it in sqlcmd mode, and put in your own folder, as the server sees it:
--   sqlcmd -S SERVER -d DATABASE -E -v FOLDER="D:\\bi" -i load-sql-server.sql
-- All tables are replaced in one transaction: when anything fails, the old ones stand.
-- Afterwards: CREATE ROLE {schema}_reader; GRANT SELECT ON SCHEMA::{schema} TO {schema}_reader;
SET XACT_ABORT ON;
GO
IF SCHEMA_ID('{schema}') IS NULL EXEC('CREATE SCHEMA {schema}');
GO
BEGIN TRANSACTION;"""


def sql_server_script(channel: str = "public") -> str:
    """T-SQL that makes the tables of the star and loads the CSV files of :func:`riskscreen.bi.write`.

    Parameters
    ----------
    channel
        ``public`` or ``internal``: each has a schema of its own.

    Returns
    -------
    str
        The script. It is marked as untested, for it is.

    Raises
    ------
    UsageError
        Another channel.
    """
    if channel not in CHANNELS:
        raise UsageError(f"channel {channel!r}", do=f"choose from {', '.join(CHANNELS)}")
    schema = f"riskscreen_{channel}"
    drop_views = [f"DROP VIEW IF EXISTS {schema}.{view};" for view in VIEWS]
    drop = [f"DROP TABLE IF EXISTS {schema}.{table.name};" for table in reversed(STAR)]
    views = [_view(schema, view) for view in VIEWS]
    head = _HEAD.replace("{schema}", schema)
    makes, loads = ([of(schema, table) for table in STAR] for of in (_create, _load))
    parts = [head, *drop_views, *drop, *makes, *loads, *views, "COMMIT;", "GO"]
    return "\n".join(parts) + "\n"


def _create(schema: str, table: StarTable) -> str:
    columns = [f"  {f.name} {_type(table, f)} {'NOT NULL' if _needed(table, f) else 'NULL'}" for f in table.fields]
    key = f"  CONSTRAINT pk_{table.name} PRIMARY KEY NONCLUSTERED ({', '.join(table.key)})"
    links = [
        f"  CONSTRAINT fk_{table.name}_{name} FOREIGN KEY ({name}) REFERENCES {schema}.{to} ({name})"
        for name, to in table.links.items()
    ]
    return f"CREATE TABLE {schema}.{table.name} (\n" + ",\n".join([*columns, key, *links]) + "\n);"


def _type(table: StarTable, field: Field) -> str:
    if field.type == "text":
        return f"NVARCHAR({_length(table, field)}) COLLATE Latin1_General_100_BIN2"
    return {"whole": "BIGINT", "number": "FLOAT", "flag": "BIT", "date": "DATE", "moment": "DATETIME2(0)"}[field.type]


def _length(table: StarTable, field: Field) -> str:
    if field.name in table.key or field.name in table.links or field.name.endswith("_key"):
        return str(_KEY)
    return "MAX" if field.name in _LONG else "400"


def _needed(table: StarTable, field: Field) -> bool:
    return field.needed or field.name in table.key


def _load(schema: str, table: StarTable) -> str:
    return (
        f"BULK INSERT {schema}.{table.name} FROM '$(FOLDER)\\{table.name}.csv'\n"
        "  WITH (FORMAT = 'CSV', CODEPAGE = '65001', FIRSTROW = 2, FIELDQUOTE = '\"', ROWTERMINATOR = '0x0a', "
        "KEEPNULLS, CHECK_CONSTRAINTS);"
    )


def _view(schema: str, view: str) -> str:
    query = view_sql(view, schema=f"{schema}.", true="1").replace("'", "''")
    return f"EXEC('CREATE VIEW {schema}.{view} AS\n{query}');"

"""A star in PostgreSQL: one transaction, older releases kept, a role that can only read.

The connection string may hold no more than what may be seen; a password comes from ``PGPASSWORD``, a password file or a
service file, and stands in no message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from riskscreen.bi.flat import VIEWS, view_sql
from riskscreen.bi.layout import STAR, StarTable, layout_hash, star_table
from riskscreen.bi.star import Star, check_star
from riskscreen.errors import MachineError, RefusedError, UsageError

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

    Connection = psycopg.Connection[Any]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,58}")
_LOCK = 7_260_117
"""Any fixed number: loads wait for one another by it."""
_KINDS = {
    "text": "text",
    "whole": "bigint",
    "number": "double precision",
    "flag": "boolean",
    "date": "date",
    "moment": "timestamp",
}
_BY_RELEASE = ("facts", "totals", "released_tables")
"""Tables whose rows come and go with a release, and are never changed in between."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did."""

    schema: str
    reader: str
    added: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]
    latest: str
    facts: int
    totals: int

    def __str__(self) -> str:
        return (
            f"loaded     schema {self.schema}: {len(self.added)} releases added, {len(self.kept)} kept, "
            f"{len(self.removed)} withdrawn and removed; "
            f"{self.facts:,} facts and {self.totals:,} totals; readers: {self.reader}"
        )


def load_postgres(star: Star, dsn: str = "", *, schema: str | None = None, reader: str | None = None) -> Loaded:
    """Load a star into PostgreSQL: all or nothing, and a second time changes nothing.

    Parameters
    ----------
    star
        What :func:`riskscreen.bi.read` made.
    dsn
        Connection string such as ``host=db dbname=bi user=loader``, or a URL; empty: from the environment (``PGHOST``).
        Leave the password out: it comes from ``PGPASSWORD``, ``~/.pgpass`` or ``PGSERVICE``.
    schema
        Schema of the database; default ``riskscreen_public`` or ``riskscreen_internal``. One schema holds one channel.
    reader
        Role that may read the schema and nothing else; made when it is not there, without login. Default the schema's
        name with ``_reader``, so that readers of the public channel are not let into the internal one.

    Returns
    -------
    Loaded
        Which releases were added, which were there already, and of which withdrawn ones the figures were removed.

    Raises
    ------
    RefusedError
        This is no star; the schema holds another channel, another layout, or a release that the office does not know.
    UsageError
        The connection string or a name cannot be used, or psycopg is not installed.
    MachineError
        PostgreSQL does not answer, or does not allow it; nothing was changed.
    """
    check_star(star)
    place = f"riskscreen_{star.channel}" if schema is None else schema
    role = f"{place}_reader" if reader is None else reader
    for what, name in (("schema", place), ("reader", role)):
        if not _NAME.fullmatch(name):
            raise UsageError(f"{what} {name!r}", do="use lower case letters, digits and underscores")
    with _connected(dsn) as connection:
        return _load(connection, star, place, role)


def _load(connection: Connection, star: Star, schema: str, reader: str) -> Loaded:
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    _make(connection, schema)
    _check_about(connection, star, schema)
    before = _known(connection, star, schema)
    here = {row["release_id"] for row in star.tables["releases"].to_pylist() if row["loaded"]}
    added = tuple(name for name in star.releases if name in here and name not in before)
    removed = tuple(name for name in star.releases if name in before and name not in here)
    _remove(connection, schema, removed)
    for table in STAR:
        rows = _of(star.tables[table.name], added) if table.name in _BY_RELEASE else star.tables[table.name]
        _merge(connection, schema, table, rows)
    _views(connection, schema)
    _grant(connection, schema, reader)
    counts = [_count(connection, schema, name) for name in ("facts", "totals")]
    kept = tuple(name for name in star.releases if name in before and name in here)
    return Loaded(schema, reader, added, kept, removed, star.newest, *counts)


@contextmanager
def _connected(dsn: str) -> Iterator[Connection]:
    """One transaction: kept when all went well, else nothing of it stands."""
    psycopg = _driver()
    _check_dsn(dsn)
    try:
        with psycopg.connect(dsn) as connection:
            yield connection
    except psycopg.errors.InsufficientPrivilege as error:
        raise MachineError(
            f"PostgreSQL does not allow it: {_first_line(error)}; nothing was changed",
            do="ask the administrator for CREATE on the database and, once, CREATE ROLE ... NOLOGIN for the reader",
        ) from None
    except psycopg.Error as error:
        raise MachineError(
            f"PostgreSQL: {_first_line(error)}; nothing was changed",
            do="check host, database, user and password (PGPASSWORD or ~/.pgpass), then try again",
        ) from None


def has_password(dsn: str) -> bool:
    """Does a connection string hold a password? Such a one is seen by everyone who can list processes."""
    return "password" in _check_dsn(dsn)


def _check_dsn(dsn: str) -> dict[str, Any]:
    """The parts of a connection string; one that cannot be read is never repeated, for it may hold a password."""
    psycopg = _driver()
    try:
        parts: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(dsn)
    except psycopg.Error:
        raise UsageError(
            "the connection string cannot be read (it is not repeated here: it may hold a password)",
            do="write it as host=... dbname=... user=..., or as postgresql://user@host/dbname",
        ) from None
    return parts


def _driver() -> Any:
    try:
        import psycopg
        import psycopg.conninfo
    except ImportError as error:
        raise UsageError(
            "PostgreSQL needs psycopg, which is not installed", do="pip install 'psycopg[binary]'"
        ) from error
    return psycopg


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _make(connection: Connection, schema: str) -> None:
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {schema}.about (channel text NOT NULL, layout text NOT NULL)")
    for table in STAR:
        connection.execute(_create(schema, table))
        for field in table.fields:
            said = f"{field.title.en} / {field.title.nl}".replace("'", "''")
            connection.execute(f"COMMENT ON COLUMN {schema}.{table.name}.{field.name} IS '{said}'")


def _create(schema: str, table: StarTable) -> str:
    columns = [f"{f.name} {_KINDS[f.type]}{' NOT NULL' if f.needed else ''}" for f in table.fields]
    links = [f"FOREIGN KEY ({name}) REFERENCES {schema}.{to} ({name})" for name, to in table.links.items()]
    parts = ", ".join([*columns, f"PRIMARY KEY ({', '.join(table.key)})", *links])
    return f"CREATE TABLE IF NOT EXISTS {schema}.{table.name} ({parts})"


def _check_about(connection: Connection, star: Star, schema: str) -> None:
    """One schema, one channel: a reader of the public one must not find internal figures in it."""
    mine = (star.channel, layout_hash())
    rows = connection.execute(f"SELECT channel, layout FROM {schema}.about").fetchall()
    if not rows:
        connection.execute(f"INSERT INTO {schema}.about VALUES (%s, %s)", mine)
    elif rows[0][0] != mine[0]:
        raise RefusedError(
            f"schema {schema} holds the {rows[0][0]} channel, this is the {mine[0]} one", do="give another schema"
        )
    elif rows[0][1] != mine[1]:
        raise RefusedError(f"schema {schema} was made by another version of riskscreen", do="load into a new schema")


def _known(connection: Connection, star: Star, schema: str) -> set[str]:
    """Releases of this run whose facts are in the database; one that the office does not know stops everything."""
    query = f"SELECT release_id, loaded FROM {schema}.releases WHERE run = %s"
    rows = connection.execute(query, (star.run,)).fetchall()
    strange = sorted({name for name, _ in rows} - set(star.releases))
    if strange:
        raise RefusedError(
            f"schema {schema} holds releases that the office does not know: {', '.join(strange)}",
            do="find out whether the end of the ledger was cut off (riskscreen verify), or give another schema",
        )
    return {name for name, loaded in rows if loaded}


def _remove(connection: Connection, schema: str, releases: Sequence[str]) -> None:
    """Take the figures of withdrawn releases out; that they were there stays in ``releases``."""
    for name in _BY_RELEASE:
        connection.execute(f"DELETE FROM {schema}.{name} WHERE release_id = ANY(%s)", (list(releases),))


def _of(table: pa.Table, releases: Sequence[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    return table.filter(pc.is_in(table.column("release_id"), value_set=pa.array(list(releases), pa.string())))


def _merge(connection: Connection, schema: str, table: StarTable, rows: pa.Table) -> None:
    """Add rows; those with a known key are worded anew."""
    stage, target = f"stage_{table.name}", f"{schema}.{table.name}"
    connection.execute(f"CREATE TEMPORARY TABLE {stage} (LIKE {target} INCLUDING DEFAULTS) ON COMMIT DROP")
    names = ", ".join(table.names)
    with connection.cursor().copy(f"COPY {stage} ({names}) FROM STDIN") as copy:
        for row in zip(*(column.to_pylist() for column in rows.columns), strict=True):
            copy.write_row(row)
    changed = [name for name in table.names if name not in table.key]
    said = ", ".join(f"{name} = {_new(table, name)}" for name in changed)
    connection.execute(
        f"INSERT INTO {target} AS old ({names}) SELECT {names} FROM {stage} "
        f"ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {said}"
    )


def _new(table: StarTable, name: str) -> str:
    if table.name == "releases" and name in ("notice_en", "notice_nl"):
        return f"coalesce(excluded.{name}, old.{name})"
    return f"excluded.{name}"


def _views(connection: Connection, schema: str) -> None:
    for view in VIEWS:
        connection.execute(f"CREATE OR REPLACE VIEW {schema}.{view} AS {view_sql(view, schema=f'{schema}.')}")


def _grant(connection: Connection, schema: str, reader: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (reader,)).fetchall():
        connection.execute(f"CREATE ROLE {reader} NOLOGIN")
    for statement in (
        f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC, {reader}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC, {reader}",
        f"GRANT USAGE ON SCHEMA {schema} TO {reader}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {reader}",
    ):
        connection.execute(statement)


def _count(connection: Connection, schema: str, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {schema}.{star_table(name).name}").fetchone()
    return int(row[0]) if row else 0

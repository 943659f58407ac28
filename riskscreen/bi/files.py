"""A star as files: Parquet, CSV or one DuckDB file, with a data package. Written aside, then renamed."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskscreen.bi.flat import VIEWS, flat, view_sql
from riskscreen.bi.layout import STAR
from riskscreen.bi.package import PACKAGE, is_ours, package_text
from riskscreen.bi.reading import read_me
from riskscreen.bi.sql_server import sql_server_script
from riskscreen.bi.star import Star, check_star
from riskscreen.errors import MachineError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("csv", "duckdb", "parquet")
DATABASE = "star.duckdb"
SQL_SERVER = "load-sql-server.sql"
READ_ME = "READ-ME.txt"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written where."""

    folder: Path
    format: str
    files: tuple[str, ...]
    facts: int
    totals: int

    def __str__(self) -> str:
        return f"wrote      {len(self.files)} files in {self.folder} ({self.format})"


def write(star: Star, folder: Path | str, *, format: str = "parquet") -> Written:
    """Write a star as files, with a data package that describes and hashes them.

    Parameters
    ----------
    star
        What :func:`riskscreen.bi.read` made.
    folder
        Folder to make. One that an earlier call made is replaced as a whole; any other is left alone.
    format
        ``parquet`` (a file per table), ``csv`` (UTF-8 with a point; ``nl/`` with semicolons and a comma for Dutch
        Excel; a load script for SQL Server) or ``duckdb`` (one file with tables, keys and views).

    Raises
    ------
    RefusedError
        This is no star: only released tables leave.
    UsageError
        Another format, or the folder holds something else.
    MachineError
        A file cannot be written; what stood there before still does.
    """
    check_star(star)
    if format not in FORMATS:
        raise UsageError(f"format {format!r}", do=f"choose from {', '.join(FORMATS)}")
    out = Path(folder)
    if out.exists() and not is_ours(out):
        raise UsageError(f"{out} exists and holds something else", do="name a new folder")
    aside = out.with_name(f".{out.name}.part")
    try:
        _clear(aside)
        aside.mkdir(parents=True)
        _WRITERS[format](star, aside)
        (aside / READ_ME).write_text(read_me(star), encoding="utf-8", newline="\n")
        (aside / PACKAGE).write_text(package_text(star, aside, format), encoding="utf-8", newline="\n")
        _put(aside, out)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise MachineError(
            f"cannot write {out}: {error.strerror or error}", do="check the disk and the rights; the old files stand"
        ) from error
    names = tuple(sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()))
    return Written(out, format, names, star.tables["facts"].num_rows, star.tables["totals"].num_rows)


def all_tables(star: Star) -> dict[str, pa.Table]:
    """The tables of the star, and the views ``latest`` and ``latest_totals`` as tables."""
    return {**star.tables, **{view: flat(star.tables, view) for view in VIEWS}}


def _parquet(star: Star, folder: Path) -> None:
    import pyarrow.parquet as pq

    for name, table in all_tables(star).items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def _csv(star: Star, folder: Path) -> None:
    (folder / "nl").mkdir()
    for name, table in all_tables(star).items():
        (folder / f"{name}.csv").write_bytes(csv_bytes(table))
        (folder / "nl" / f"{name}.csv").write_bytes(csv_bytes(table, dutch=True))
    (folder / SQL_SERVER).write_text(sql_server_script(star.channel), encoding="utf-8", newline="\n")


def csv_bytes(table: pa.Table, *, dutch: bool = False) -> bytes:
    """A table as CSV; for Dutch Excel with semicolons, a decimal comma and a byte order mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";" if dutch else ",", lineterminator="\n")
    writer.writerow(table.column_names)
    words = _dutch if dutch else _plain
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        writer.writerow([words(value) for value in row])
    return (b"\xef\xbb\xbf" if dutch else b"") + text.getvalue().encode()


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _dutch(value: Any) -> str:
    if isinstance(value, bool):
        return "WAAR" if value else "ONWAAR"
    if isinstance(value, str):
        # A spreadsheet runs a cell that starts like a formula.
        return f"'{value}" if value[:1] in ("=", "+", "-", "@") else value
    return _plain(value).replace(".", ",") if isinstance(value, float) else _plain(value)


_KINDS = {
    "text": "VARCHAR",
    "whole": "BIGINT",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
    "date": "DATE",
    "moment": "TIMESTAMP",
}


def _duckdb(star: Star, folder: Path) -> None:
    import duckdb

    with duckdb.connect(str(folder / DATABASE)) as connection:
        for table in STAR:
            columns = [f"{f.name} {_KINDS[f.type]}{' NOT NULL' if f.needed else ''}" for f in table.fields]
            links = [f"FOREIGN KEY ({name}) REFERENCES {to} ({name})" for name, to in table.links.items()]
            parts = ", ".join([*columns, f"PRIMARY KEY ({', '.join(table.key)})", *links])
            connection.execute(f"CREATE TABLE {table.name} ({parts})")
            connection.register("rows_in", star.tables[table.name])
            connection.execute(f"INSERT INTO {table.name} SELECT * FROM rows_in")
            connection.unregister("rows_in")
        for view in VIEWS:
            connection.execute(f"CREATE VIEW {view} AS {view_sql(view)}")


_WRITERS: Mapping[str, Callable[[Star, Path], None]] = {"csv": _csv, "duckdb": _duckdb, "parquet": _parquet}


def _put(aside: Path, out: Path) -> None:
    """Give the folder its name; an older one goes only when the new one is whole."""
    old = out.with_name(f".{out.name}.old")
    _clear(old)
    if out.exists():
        out.rename(old)
    aside.rename(out)
    _clear(old)


def _clear(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)

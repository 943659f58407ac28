"""Finding the table of each register in a folder, a DuckDB file or pandas frames."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from riskscreen.engine.duck import Engine, quote
from riskscreen.errors import RegisterError
from riskscreen.registers.manifest import Manifest
from riskscreen.registers.mapping import OwnNames
from riskscreen.registers.schemas import schemas

if TYPE_CHECKING:
    import pandas as pd

ATTACHED = "own_rows"
Sort = Literal["parquet", "csv", "table", "frame"]


@dataclass(frozen=True, slots=True)
class Found:
    """The table of one register before anything of it is read.

    Parameters
    ----------
    columns
        Their column names and SQL types, in order.
    place
        File name, table name or frame key, for messages.
    scan
        What stands after FROM; empty for a frame.
    row
        Expression that numbers the rows from 1.
    sha256
        Hash of the content.
    """

    register: str
    sort: Sort
    columns: Mapping[str, str]
    place: str
    scan: str
    row: str
    sha256: str

    def theirs(self, name: str) -> str | None:
        """Their column of this name, whatever the case of its letters; ``None`` when there is none."""
        for column in self.columns:
            if column.lower() == name.lower():
                return column
        return None


@dataclass(frozen=True, slots=True)
class Search:
    """What was found, and every fault met on the way."""

    found: tuple[Found, ...]
    faults: tuple[str, ...]


def in_folder(engine: Engine, folder: Path, names: OwnNames, manifest: Manifest | None) -> Search:
    """The Parquet or CSV file of every register in a folder, or its folder of Parquet files.

    It is the one that the mapping names, else the manifest, else ``<register>.parquet``, ``<register>.csv`` or a folder
    ``<register>`` with Parquet files at any depth, such as ``<register>/municipality=GM0363/a.parquet``.
    """
    found, faults = [], []
    for register in schemas():
        path, told = _file(folder, register, names, manifest)
        if path is None:
            continue
        if not path.exists():
            faults.append(f"{register}: there is no file {path.name} (named in the {told})")
            continue
        try:
            found.append(_open_file(engine, register, path, names))
        except RegisterError as error:
            faults.append(f"{register}: {error.what}")
    return Search(tuple(found), tuple(faults))


def in_database(engine: Engine, path: Path, names: OwnNames) -> Search:
    """The table of every register in a DuckDB file, which is attached for reading only."""
    if not is_duckdb(path):
        raise RegisterError(f"{path.name} is no DuckDB file", do="give a folder, a DuckDB file or pandas frames")
    engine.run(f"ATTACH {quote(str(path))} AS {ATTACHED} (READ_ONLY)")
    tables = engine.rows(
        "SELECT table_schema, table_name, table_type FROM information_schema.tables "
        f"WHERE table_catalog = '{ATTACHED}' ORDER BY 1, 2"
    )
    whole = sha256_of(path)
    found, faults = [], []
    for register in schemas():
        given = names.of(register).table
        wanted = (given or register).lower()
        match = [t for t in tables if wanted in (t[1].lower(), f"{t[0]}.{t[1]}".lower())]
        if match:
            found.append(_table(engine, register, match[0], whole))
        elif given is not None:
            faults.append(f"{register}: {path.name} has no table {given}")
    return Search(tuple(found), tuple(faults))


def in_frames(frames: Mapping[str, pd.DataFrame], names: OwnNames) -> Search:
    """The frame of every register in a mapping of pandas frames."""
    wanted = {register: names.of(register).table or register for register in schemas()}
    faults = [
        f"{key}: unknown register; choose from {', '.join(schemas())}" for key in frames if key not in wanted.values()
    ]
    faults += [
        f"{register}: there is no frame {key!r} (named in the mapping)"
        for register, key in wanted.items()
        if key not in frames and names.of(register).table
    ]
    found = [
        Found(
            register, "frame", {str(c): "" for c in frames[key].columns}, key, "", "rowid + 1", _frame_hash(frames[key])
        )
        for register, key in wanted.items()
        if key in frames
    ]
    return Search(tuple(found), tuple(faults))


def name_sql(name: str) -> str:
    """A name of a column or table as SQL."""
    return '"' + name.replace('"', '""') + '"'


def is_parquet(path: Path) -> bool:
    """Does the file begin and end as a Parquet file does?"""
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(max(path.stat().st_size - 4, 0))
        return start == b"PAR1" and file.read(4) == b"PAR1"


def is_duckdb(path: Path) -> bool:
    """Does the file begin as a DuckDB file does?"""
    with path.open("rb") as file:
        return file.read(12)[8:12] == b"DUCK"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_csv_sql(path: Path, columns: Mapping[str, str], separator: str, register: str) -> str:
    """Read a CSV file as text, whatever is in it; lines that do not fit are kept apart with their number."""
    spec = ", ".join(f"{quote(column)}: 'VARCHAR'" for column in columns)
    return (
        f"read_csv({quote(str(path))}, columns = {{{spec}}}, delim = {quote(separator)}, quote = '\"', escape = '\"', "
        f"header = true, auto_detect = false, ignore_errors = true, store_rejects = true, "
        f"rejects_table = 'broken_{register}', rejects_scan = 'scanned_{register}')"
    )


def _file(folder: Path, register: str, names: OwnNames, manifest: Manifest | None) -> tuple[Path | None, str]:
    given = names.of(register).file
    if given is not None:
        return folder / given, "mapping"
    if manifest is not None and register in manifest.registers:
        return folder / manifest.registers[register].file, "manifest"
    for ending in (".parquet", ".csv"):
        path = folder / f"{register}{ending}"
        if path.is_file():
            return path, "folder"
    parts = folder / register
    return (parts, "folder") if parts.is_dir() and any(parts.rglob("*.parquet")) else (None, "")


def _open_file(engine: Engine, register: str, path: Path, names: OwnNames) -> Found:
    if path.is_dir():
        return _parts(engine, register, path)
    ending = path.suffix.lower()
    if ending == ".parquet":
        return _parquet(engine, register, path)
    if ending in (".csv", ".txt", ".tsv"):
        return _csv(engine, register, path, names)
    raise RegisterError(f"{path.name} is neither Parquet nor CSV")


def _parquet(engine: Engine, register: str, path: Path) -> Found:
    if not is_parquet(path):
        raise RegisterError(f"{path.name} is no whole Parquet file")
    columns = {row[0]: row[1] for row in engine.rows(f"DESCRIBE SELECT * FROM read_parquet({quote(str(path))})")}
    scan = f"read_parquet({quote(str(path))}, file_row_number = true)"
    return Found(register, "parquet", columns, path.name, scan, "file_row_number + 1", sha256_of(path))


def _parts(engine: Engine, register: str, folder: Path) -> Found:
    """Many Parquet files as one register; every file must have the same columns and types."""
    files = sorted(folder.rglob("*.parquet"))
    broken = [path.name for path in files if not is_parquet(path)]
    if not files or broken:
        raise RegisterError(
            f"{folder.name} has no whole Parquet files" + (f": {', '.join(broken[:3])}" if files else "")
        )
    listed = "[" + ", ".join(quote(str(path)) for path in files) + "]"
    shapes = engine.rows(
        "SELECT min(file_name), columns FROM (SELECT file_name, string_agg(concat_ws(' ', name, type, "
        f"converted_type), ', ') AS columns FROM parquet_schema({listed}) GROUP BY file_name) GROUP BY columns"
    )
    if len(shapes) > 1:
        odd = sorted(Path(row[0]).name for row in shapes)
        raise RegisterError(f"{folder.name} has files with other columns or types: compare {odd[0]} and {odd[1]}")
    columns = {row[0]: row[1] for row in engine.rows(f"DESCRIBE SELECT * FROM read_parquet({quote(str(files[0]))})")}
    scan = f"read_parquet({listed}, file_row_number = true, hive_partitioning = false)"
    hashes = "".join(sorted(sha256_of(path) + "\n" for path in files))
    content = hashlib.sha256(hashes.encode()).hexdigest()
    return Found(register, "parquet", columns, folder.name, scan, "file_row_number + 1", content)


def _csv(engine: Engine, register: str, path: Path, names: OwnNames) -> Found:
    own = names.of(register)
    readable = path if own.encoding.lower() in ("utf-8", "utf8", "utf-8-sig") else _as_utf8(engine, path, own.encoding)
    separator = own.separator or ("\t" if path.suffix.lower() == ".tsv" else ",")
    with readable.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        header = [name.strip() for name in next(csv.reader(file, delimiter=separator), [])]
    if not header or any(not name for name in header):
        raise RegisterError(f"{path.name} has no line with a name for every column")
    twice = {name for name in header if [other.lower() for other in header].count(name.lower()) > 1}
    if twice:
        raise RegisterError(f"{path.name} has a column name twice: {', '.join(sorted(twice))}")
    columns = dict.fromkeys(header, "VARCHAR")
    scan = read_csv_sql(readable, columns, separator, register)
    return Found(register, "csv", columns, path.name, scan, "rowid + 1", sha256_of(path))


def _as_utf8(engine: Engine, path: Path, encoding: str) -> Path:
    """The file again in UTF-8, in the private work folder."""
    aside = engine.folder / f"{path.stem}-utf8.csv"
    try:
        with path.open(encoding=encoding, newline="") as source, aside.open("w", encoding="utf-8", newline="") as made:
            while chunk := source.read(1 << 20):
                made.write(chunk)
    except (LookupError, UnicodeDecodeError):
        raise RegisterError(f"{path.name} is not text in encoding {encoding}") from None
    return aside


def _table(engine: Engine, register: str, match: tuple[str, str, str], whole: str) -> Found:
    schema, table, sort = match
    scan = f"{ATTACHED}.{name_sql(schema)}.{name_sql(table)}"
    row = "rowid + 1" if sort == "BASE TABLE" else "row_number() OVER ()"
    return Found(register, "table", engine.columns(scan), f"{schema}.{table}", scan, row, whole)


def _frame(register: str, key: str, frame: pd.DataFrame) -> Found:
    columns = {str(column): "" for column in frame.columns}
    return Found(register, "frame", columns, key, "", "rowid + 1", _frame_hash(frame))


def _frame_hash(frame: pd.DataFrame) -> str:
    """Hash of a frame's columns and sorted rows: the order of the rows does not matter."""
    import numpy as np
    from pandas.util import hash_pandas_object

    rows = np.sort(hash_pandas_object(frame.astype(str), index=False).to_numpy())
    content = hashlib.sha256("\x1f".join(map(str, frame.columns)).encode())
    content.update(rows.tobytes())
    return content.hexdigest()

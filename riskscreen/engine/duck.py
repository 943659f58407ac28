"""The place where rows about families live: one DuckDB file in a private work folder.

The work folder has mode 0700, lies outside every run folder, is removed at the end and swept at the next start after a
kill. Nothing here is part of the public door.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from filelock import FileLock, Timeout

from riskscreen.errors import MachineError

if TYPE_CHECKING:
    import pandas as pd

_PREFIX = "riskscreen-work-"
_LOCK = "in-use.lock"


class Engine:
    """One DuckDB connection on a database file in a private work folder.

    Parameters
    ----------
    parent
        Folder to make the work folder in; default the system's temporary folder.
    threads, memory
        Limits passed to DuckDB, such as ``2`` and ``"6GB"``.

    Use it as a context manager: leaving it closes the connection and removes the work folder.
    """

    def __init__(self, parent: Path | None = None, *, threads: int | None = None, memory: str | None = None) -> None:
        root = Path(tempfile.gettempdir()) if parent is None else parent
        sweep(root)
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))  # mkdtemp makes it 0700
        self._lock = FileLock(str(self.folder / _LOCK))
        self._lock.acquire()
        try:
            self._connection = duckdb.connect(str(self.folder / "rows.duckdb"))
        except duckdb.Error as error:
            raise MachineError("cannot open the work folder's database", do="check free disk space") from error
        with suppress(duckdb.InvalidInputException):  # in Jupyter without ipywidgets there is no bar to switch off
            self._connection.execute("SET enable_progress_bar = false")
        self.run(f"SET temp_directory = {quote(str(self.folder / 'spill'))}")
        self.run("SET preserve_insertion_order = false")
        if threads is not None:
            self.run(f"SET threads = {int(threads)}")
        if memory is not None:
            self.run(f"SET memory_limit = {quote(memory)}")

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError("an engine holds rows about families and cannot be pickled")

    def run(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run one statement."""
        with _told():
            self._connection.execute(sql, parameters)

    def frame(self, sql: str, parameters: Sequence[object] = ()) -> pd.DataFrame:
        """The result of a query as a pandas frame: for counts and definitions, inside only."""
        with _told():
            frame: pd.DataFrame = self._connection.execute(sql, parameters).df()
            return frame

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The result of a query as tuples: for counts and definitions, inside only."""
        with _told():
            rows: list[tuple[Any, ...]] = self._connection.execute(sql, parameters).fetchall()
            return rows

    def value(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        """The single value of a query."""
        return self.rows(sql, parameters)[0][0]

    def lend(self) -> Any:
        """The connection itself, for a library that writes its own SQL (Splink, in linkage only): rows stay here."""
        return self._connection

    def load(self, name: str, frame: pd.DataFrame) -> None:
        """Make table ``name`` from a pandas frame."""
        with _told():
            self._connection.register("riskscreen_incoming", frame)
            self._connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM riskscreen_incoming")
            self._connection.unregister("riskscreen_incoming")

    def has(self, table: str) -> bool:
        """Is there a table or view of this name (``schema.name`` or ``name``)?"""
        schema, _, name = table.rpartition(".")
        return bool(
            self.value(
                "SELECT count(*) FROM information_schema.tables WHERE table_schema = ? AND table_name = ? "
                "AND table_catalog IN (current_database(), 'temp')",  # not those of an attached file of the user
                (schema or "main", name),
            )
        )

    def columns(self, table: str) -> dict[str, str]:
        """Name and SQL type of every column of a table, in order."""
        return {row[0]: row[1] for row in self.rows(f"DESCRIBE {table}")}

    def close(self) -> None:
        """Close the connection and remove the work folder."""
        self._connection.close()
        self._lock.release()
        shutil.rmtree(self.folder, ignore_errors=True)


def sweep(root: Path) -> int:
    """Remove work folders that a killed process left behind; returns how many."""
    swept = 0
    for folder in root.glob(f"{_PREFIX}*"):
        try:
            with FileLock(str(folder / _LOCK), timeout=0):
                pass
        except (Timeout, OSError):
            continue  # another riskscreen is using it, or it is another user's
        shutil.rmtree(folder, ignore_errors=True)
        swept += 1
    return swept


def quote(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def _told() -> Iterator[None]:
    """A full disk is the machine's fault and is told as such; anything else is a bug of ours.

    DuckDB's own text is kept out of the message: it can quote values from rows.
    """
    try:
        yield
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:
        raise MachineError(  # one connection has no conflicts: a transaction fails on what it cannot write
            "the engine cannot read or write its files (disk full, file gone, or no rights)",
            do=f"check free disk space in {tempfile.gettempdir()} and in the registers' folder",
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise MachineError(
            "the engine has too little memory", do="close other programs or use fewer families"
        ) from error
    except RuntimeError as error:  # what DuckDB makes of Ctrl-C during a query
        if "interrupted" not in str(error):
            raise
        raise KeyboardInterrupt from None

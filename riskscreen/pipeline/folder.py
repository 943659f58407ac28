"""The run folder: written aside, then put in place whole; one run at a time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from riskscreen.errors import MachineError


@contextmanager
def run_folder(runs: Path, name: str) -> Iterator[Path]:
    """A new folder to write a run in; at the end it replaces ``runs/name``.

    When anything goes wrong, or nothing was written, the earlier run stays whole and the new folder is removed. A
    second run of the same name at the same time is refused.

    Parameters
    ----------
    runs
        Folder of all runs; made when absent.
    name
        Name of the run.

    Raises
    ------
    MachineError
        The folder cannot be written, or another run of this name is going on.
    """
    with machine_faults(runs):
        runs.mkdir(parents=True, exist_ok=True)
    lock = FileLock(str(runs / f".{name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:  # is itself an OSError, so it comes first
        raise MachineError(
            f"another riskscreen is making the run {name} in {runs}",
            do="wait until it has finished, or use another name",
        ) from None
    except OSError as error:
        raise _told(runs, error) from error
    try:
        place, fresh, earlier = runs / name, runs / f".{name}.new", runs / f".{name}.earlier"
        with machine_faults(runs):
            _recover(place, fresh, earlier)
            fresh.mkdir()
        try:
            with machine_faults(runs):
                yield fresh
                if any(fresh.iterdir()):
                    _put_in_place(place, fresh, earlier)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    finally:
        lock.release()


@contextmanager
def machine_faults(where: Path) -> Iterator[None]:
    """Faults of disk and rights are told in one sentence, not as a traceback."""
    try:
        yield
    except OSError as error:
        raise _told(where, error) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file aside, then rename it: a reader sees the old file or the new one, never half."""
    aside = path.with_name(path.name + ".part")
    aside.write_text(text, encoding="utf-8", newline="\n")
    aside.replace(path)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file aside, then rename it."""
    with machine_faults(path.parent):
        aside = path.with_name(path.name + ".part")
        aside.write_bytes(content)
        aside.replace(path)


def _told(where: Path, error: OSError) -> MachineError:
    return MachineError(
        f"cannot write in {where}: {error.strerror or error}",
        do="check free disk space and the rights on this folder; earlier results are whole",
    )


def _put_in_place(place: Path, fresh: Path, earlier: Path) -> None:
    if place.exists():
        place.rename(earlier)
    fresh.rename(place)
    shutil.rmtree(earlier, ignore_errors=True)


def _recover(place: Path, fresh: Path, earlier: Path) -> None:
    """After a kill: what was put aside comes back, what was half-written goes."""
    if earlier.exists():
        if place.exists():
            shutil.rmtree(earlier)
        else:
            earlier.rename(place)
    if fresh.exists():
        shutil.rmtree(fresh)


def is_writable(folder: Path) -> bool:
    """Can files be made in this folder (or in the nearest parent that exists)?"""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK)

"""Where the files of releases lie: written aside, put in place whole, and mended after a kill.

The ledger is the truth. A folder that the ledger does not name is no release; one that it names and that is not there
is put in place from what was written aside, or by running again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from riskscreen.disclosure.gate import Books
from riskscreen.errors import MachineError
from riskscreen.records.hashlog import Entry, HashLog, sync_folder

HEAD = "HEAD.json"
"""In every released folder: the entry of the ledger it stands in, whose hash is the head of the chain then."""
MARK = "WITHDRAWN.json"
"""In the office's copy of a release that was withdrawn."""
WAIT = 1800.0
"""Seconds that a release waits for another one in the same office."""


@runtime_checkable
class Archive(Books, Protocol):
    """Books with a folder for copies of every release."""

    @property
    def released(self) -> Path: ...


@dataclass(frozen=True, slots=True)
class Shelf:
    """The files of one release and the two folders they go to: the run's own and the office's."""

    body: Mapping[str, Any]
    files: Mapping[str, bytes]
    out: Path
    archive: Path


@dataclass(frozen=True, slots=True)
class ExternalShelf:
    """The files of a table that left by another way, and the office's folder for them."""

    body: Mapping[str, Any]
    files: Mapping[str, bytes]
    archive: Path


@contextmanager
def one_at_a_time(office: Archive, wait: float = WAIT) -> Iterator[None]:
    """Releases of one office come one after the other; a second one waits for the first."""
    from filelock import FileLock, Timeout

    lock = FileLock(str(office.released.with_name("release.lock")))
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise MachineError(
            f"another riskscreen is releasing into {office.released} and does not end",
            do="wait until it has finished, then try again",
        ) from None
    except OSError as error:
        raise MachineError(
            f"cannot write in {office.released}: {error.strerror}", do="check the disk and the rights"
        ) from error
    try:
        yield
    finally:
        lock.release()


def write_aside(shelves: Sequence[Shelf]) -> None:
    """Write all files beside their places; when one cannot be written none stays.

    Raises
    ------
    MachineError
        A file cannot be written; then nothing was released.
    """
    try:
        for shelf in shelves:
            _write(_aside(shelf.out), shelf.files, lasting=False)
            _write(_aside(shelf.archive), shelf.files, lasting=True)
    except BaseException as error:
        for shelf in shelves:
            shutil.rmtree(_aside(shelf.out), ignore_errors=True)
            shutil.rmtree(_aside(shelf.archive), ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        raise MachineError(
            f"cannot write the release: {error.strerror}",
            do="check the disk and the rights; nothing was released",
        ) from error


def put_in_place(shelf: Shelf, entry: Entry) -> None:
    """Give both folders their names, with the head of the chain in them; an older one goes when the new one is whole.

    Raises
    ------
    MachineError
        A folder cannot be put in place. The release stands in the ledger: running again completes it.
    """
    try:
        for place in (shelf.archive, shelf.out):
            if place == shelf.archive and _whole(place, entry):
                shutil.rmtree(_aside(place))
            else:
                _put(place, entry)
    except OSError as error:
        raise MachineError(
            f"cannot put the release in {shelf.out}: {error.strerror}",
            do=f"close programs that use it, check the disk and run again: {entry.body['release']} stands in the "
            "ledger, its files are put in place then",
        ) from error


def put_external(office: Archive, shelf: ExternalShelf, time: str) -> Entry:
    """Aside, in the ledger, in place; what stands there already is not added again.

    Raises
    ------
    MachineError
        It cannot be written.
    """
    finish(office)
    before = standing(office.ledger).get(str(shelf.body["release"]))
    if before is not None and _whole(shelf.archive, before):
        return before
    try:
        _write(_aside(shelf.archive), shelf.files, lasting=True)
        entry = before or office.ledger.append("external", shelf.body, time=time)
        _put(shelf.archive, entry)
        return entry
    except OSError as error:
        shutil.rmtree(_aside(shelf.archive), ignore_errors=True)
        raise MachineError(
            f"cannot write the table: {error.strerror}", do="check the disk and the rights; then add it again"
        ) from error


def finish(office: Archive) -> tuple[str, ...]:
    """Put in place what the ledger names and a kill left aside; remove what it left half-written.

    Returns
    -------
    tuple of str
        The releases that were completed.
    """
    done = []
    gone = withdrawn(office.ledger)
    for name, entry in standing(office.ledger).items():
        place = office.released / name
        if gone.get(name, 0) < entry.number and not _whole(place, entry) and not _faults(_aside(place), entry):
            _put(place, entry)
            done.append(name)
    for left in office.released.glob(".*"):
        if left.is_dir() and left.suffix in (".part", ".old"):
            shutil.rmtree(left, ignore_errors=True)
    return tuple(done)


def unfinished(office: Archive) -> Iterator[tuple[str, str]]:
    """Releases by name whose copy in the office is not what the ledger says, and copies that it does not name."""
    known, gone = standing(office.ledger), withdrawn(office.ledger)
    for name, entry in known.items():
        place = office.released / name
        if place.is_dir() and gone.get(name, 0) > entry.number and not (place / MARK).is_file():
            yield (
                name,
                f"it was withdrawn, but its copy has no {MARK}: withdraw the review of {entry.body['run']} again",
            )
        if not place.is_dir():
            if gone.get(name, 0) > entry.number:
                continue  # withdrawn, and its files were recalled
            ready = not _faults(_aside(place), entry)
            where = "its files were written but not put in place" if ready else "the office holds no copy of its files"
            again = "add it again" if entry.kind == "external" else f"run {entry.body['run']} again"
            yield name, f"it stands in the ledger (line {entry.number}), but {where}: {again}"
            continue
        for fault in _faults(place, entry):
            yield name, f"the office's copy is not what the ledger says: {fault}"
        if not _names(place, entry):
            yield name, f"its {HEAD} does not name line {entry.number} of the ledger"
    for place in sorted(office.released.iterdir()) if office.released.is_dir() else ():
        if place.is_dir() and not place.name.startswith(".") and place.name not in known:
            yield place.name, "the office holds files of it, but it does not stand in the ledger"


def standing(ledger: HashLog) -> dict[str, Entry]:
    """The last entry per release, withdrawn ones and tables that left by other ways included."""
    return {e.body["release"]: e for e in ledger.entries() if e.kind in ("release", "external")}


def withdrawn(ledger: HashLog) -> dict[str, int]:
    """Number of the entry that withdrew it last, per release that was ever withdrawn."""
    return {name: e.number for e in ledger.entries() if e.kind == "withdraw" for name in e.body["releases"]}


def last_entry(ledger: HashLog, body: Mapping[str, Any]) -> Entry:
    """The entry of exactly this release."""
    return next(e for e in reversed(ledger.entries()) if e.kind == "release" and e.body == body)


def head_text(entry: Entry) -> bytes:
    """What :data:`HEAD` says."""
    body = {
        "schema": "head/1",
        "release": entry.body["release"],
        "entry": entry.number,
        "head": entry.hash,
        "time": entry.time,
    }
    return (json.dumps(body, indent=1) + "\n").encode()


def _aside(place: Path) -> Path:
    return place.with_name(f".{place.name}.part")


def _write(folder: Path, files: Mapping[str, bytes], *, lasting: bool) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    for name in files if lasting else ():
        _sync(folder / name)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put(place: Path, entry: Entry) -> None:
    aside, old = _aside(place), place.with_name(f".{place.name}.old")
    (aside / HEAD).write_bytes(head_text(entry))
    if old.exists():
        shutil.rmtree(old)
    if place.exists():
        place.rename(old)
    aside.rename(place)
    sync_folder(place.parent)
    with suppress(OSError):  # it is hidden, and swept by the next release
        shutil.rmtree(old)


def _whole(place: Path, entry: Entry) -> bool:
    """Is this folder exactly the release, and not marked as withdrawn?"""
    if not place.is_dir() or any(_faults(place, entry)) or not _names(place, entry):
        return False
    return not (place / MARK).exists()


def _names(place: Path, entry: Entry) -> bool:
    """Does it name an entry of this release? (An older entry of the same release is one too: another run folder.)"""
    try:
        raw = json.loads((place / HEAD).read_text(encoding="utf-8"))
        return bool(raw["release"] == entry.body["release"] and raw["entry"] <= entry.number)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _faults(place: Path, entry: Entry) -> list[str]:
    files: Mapping[str, str] = entry.body["files"]
    found = []
    for name, value in files.items():
        path = place / name
        if not path.is_file():
            found.append(f"{name} is gone")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != value:
            found.append(f"{name} was changed")
    own = {p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()} if place.is_dir() else set()
    return found + [f"{name} was added" for name in sorted(own - set(files) - {HEAD, MARK})]

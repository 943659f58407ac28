"""An append-only log whose entries are chained by hash: an edit anywhere shows.

One JSON object per line. Each entry holds the hash of the one before, so nobody can change, drop or reorder an entry
without breaking the chain from there on. (A chain proves that nothing was edited *inside*; it cannot prove that the
end was not cut off, which is why every release prints the head. Beside the log lies a file with the head as it was
last written: when the log ends before it, somebody cut off its end.)

An entry is added in one rename: a kill or a full disk leaves the log as it was, never half a line.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskscreen.errors import MachineError, RefusedError

START = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log."""

    number: int
    kind: str
    time: str
    body: Mapping[str, Any]
    previous: str
    hash: str


class HashLog:
    """A hash-chained JSON-lines file.

    Parameters
    ----------
    path
        The file; made at the first entry.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, kind: str, body: Mapping[str, Any], *, time: str) -> Entry:
        """Add an entry and flush it to disk; a broken chain is refused.

        Parameters
        ----------
        kind
            What the entry is, such as ``release`` or ``approve``.
        body
            JSON values; never a value from a row about a family.
        time
            UTC, ISO 8601, from the caller's clock.
        """
        return self.append_all(((kind, body),), time=time)[0]

    def append_all(self, said: Sequence[tuple[str, Mapping[str, Any]]], *, time: str) -> tuple[Entry, ...]:
        """Add entries in one go: all of them or none. Kinds and bodies are as for :meth:`append`.

        Raises
        ------
        RefusedError
            The chain is broken.
        MachineError
            It cannot be written, or another riskscreen keeps it locked; then nothing was added.
        """
        from filelock import FileLock, Timeout  # reading a chain needs no lock, so the door for BI does without

        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(str(self.path) + ".lock", timeout=30):
                entries = self.entries()
                added = tuple(_chained(said, entries[-1] if entries else None, time))
                old = self.path.read_bytes() if self.path.exists() else b""
                write_through(self.path, old + "".join(_line(entry) for entry in added).encode())
                self._anchor(added[-1])
                return added
        except Timeout as error:
            raise MachineError(
                f"{self.path} is locked by another riskscreen", do="wait until it has finished, then try again"
            ) from error
        except OSError as error:
            raise MachineError(
                f"cannot write {self.path}: {error.strerror}", do="check the disk and the rights; nothing was added"
            ) from error

    def resolve(self, keep: Sequence[Entry], said: Sequence[tuple[str, Mapping[str, Any]]], *, time: str) -> None:
        """Go on from the whole part of a broken log; the broken file must have been kept by the caller.

        Parameters
        ----------
        keep
            The entries of :meth:`whole_part`.
        said
            What follows them; the first says who resolved it and why.
        time
            UTC.
        """
        from filelock import FileLock

        with FileLock(str(self.path) + ".lock", timeout=30):
            added = tuple(_chained(said, keep[-1] if keep else None, time))
            write_through(self.path, "".join(_line(entry) for entry in (*keep, *added)).encode())
            write_through(self.anchor, f"{added[-1].number} {added[-1].hash}\n".encode())

    def entries(self) -> list[Entry]:
        """All entries; a broken chain is refused with the place where it broke."""
        return list(self._checked())

    def head(self) -> str:
        """Hash of the last entry (64 zeros when there is none)."""
        entries = self.entries()
        return entries[-1].hash if entries else START

    @property
    def anchor(self) -> Path:
        """The file with number and hash of the last entry that was written."""
        return self.path.with_name(f"{self.path.name}.head")

    def whole_part(self) -> tuple[list[Entry], str]:
        """The entries before the place where the chain broke, and what is wrong there (empty: nothing)."""
        found: list[Entry] = []
        try:
            found.extend(self._checked())
        except RefusedError as error:
            return found, error.what
        return found, ""

    def _checked(self) -> Iterator[Entry]:
        known = self._anchored()  # before the log, which may grow in the meantime
        last = None
        if self.path.exists():
            with self.path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    last = self._next(number, line, last)
                    if known is not None and last.number == known[0] and last.hash != known[1]:
                        raise self._broken(number, f"hash {known[1][:12]}, as it was written", f"hash {last.hash[:12]}")
                    yield last
        self._check_end(last, known)

    def _next(self, number: int, line: bytes, last: Entry | None) -> Entry:
        """The entry in a line, when it is exactly what must follow."""
        try:
            entry = read_entry(line.decode("utf-8"))
        except (ValueError, KeyError, TypeError) as error:
            raise self._broken(number, "an entry", "a line that cannot be read") from error
        previous = last.hash if last else START
        if entry.number != number:
            raise self._broken(number, f"number {number}", f"number {entry.number}")
        if entry.previous != previous:
            raise self._broken(number, f"an entry after {previous[:12]}", f"one after {str(entry.previous)[:12]}")
        if not is_whole(entry):
            right = _hash(entry.number, entry.kind, entry.time, entry.body, entry.previous)
            raise self._broken(number, f"hash {right[:12]} for what it says", f"hash {str(entry.hash)[:12]}")
        if not line.endswith(b"\n"):
            raise self._broken(number, "the end of a line", "none: the line was cut off")
        return entry

    def _check_end(self, last: Entry | None, known: tuple[int, str] | None) -> None:
        """Does the log reach as far as it did when it was last written?"""
        if known is None:
            return
        number, value = known
        if last is None or last.number < number:
            have = last.number if last else 0
            raise self._broken(have + 1, f"entries up to {number} ({value[:12]})", "the end of the file")

    def _anchored(self) -> tuple[int, str] | None:
        try:
            number, value = self.anchor.read_text(encoding="utf-8").split()
            return int(number), value
        except FileNotFoundError:
            return None  # an office from before there were anchors
        except (OSError, ValueError) as error:
            raise RefusedError(f"{self.anchor} cannot be read", do=_RESOLVE) from error

    def _anchor(self, last: Entry) -> None:
        """Behind by one after a kill or on a full disk, it is still right: the log may reach further."""
        with suppress(OSError):
            write_through(self.anchor, f"{last.number} {last.hash}\n".encode())

    def _broken(self, number: int, expected: str, found: str) -> RefusedError:
        return RefusedError(
            f"the chain of {self.path} is broken at entry {number} (line {number}): expected {expected}; found {found}",
            do=_RESOLVE,
        )


_RESOLVE = (
    "nothing is released until this is resolved: put back the file from a backup and find out who edited it; without a "
    "backup: riskscreen ledger resolve --help"
)


def read_entry(line: str) -> Entry:
    """One line of a log; raises ValueError, KeyError or TypeError when it is none."""
    raw = json.loads(line)
    return Entry(raw["number"], raw["kind"], raw["time"], raw["body"], raw["previous"], raw["hash"])


def write_through(path: Path, content: bytes) -> None:
    """Write a file aside, bring it to the disk, then rename it: a reader sees the old file or the new one."""
    aside = path.with_name(f".{path.name}.part")
    try:
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, on machines that can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _chained(said: Sequence[tuple[str, Mapping[str, Any]]], last: Entry | None, time: str) -> Iterator[Entry]:
    for kind, body in said:
        number, previous = (last.number + 1, last.hash) if last else (1, START)
        plain = json.loads(json.dumps(dict(body)))
        last = Entry(number, kind, time, plain, previous, _hash(number, kind, time, plain, previous))
        yield last


def is_whole(entry: Entry) -> bool:
    """Does the hash of one entry fit its content? (For copies, whose neighbours are elsewhere.)"""
    return entry.hash == _hash(entry.number, entry.kind, entry.time, entry.body, entry.previous)


def _hash(number: int, kind: str, time: str, body: Mapping[str, Any], previous: str) -> str:
    text = json.dumps([number, kind, time, body, previous], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _line(entry: Entry) -> str:
    raw = {"number": entry.number, "kind": entry.kind, "time": entry.time, "body": entry.body}
    return json.dumps({**raw, "previous": entry.previous, "hash": entry.hash}, ensure_ascii=False) + "\n"

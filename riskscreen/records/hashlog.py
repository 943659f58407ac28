"""An append-only log whose entries are chained by hash: an edit anywhere shows.

One JSON object per line. Each entry holds the hash of the one before, so nobody can change, drop or reorder an entry
without breaking the chain from there on. (A chain proves that nothing was edited *inside*; it cannot prove that the
end was not cut off, which is why every release prints the head.)
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
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
        from filelock import FileLock, Timeout  # reading a chain needs no lock, so the door for BI does without

        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(str(self.path) + ".lock", timeout=30):
                entries = self.entries()
                previous = entries[-1].hash if entries else START
                number = len(entries) + 1
                plain = json.loads(json.dumps(dict(body)))
                entry = Entry(number, kind, time, plain, previous, _hash(number, kind, time, plain, previous))
                with self.path.open("a", encoding="utf-8", newline="\n") as file:
                    file.write(_line(entry))
                    file.flush()
                    os.fsync(file.fileno())
                return entry
        except Timeout as error:
            raise MachineError(
                f"{self.path} is locked by another riskscreen", do="wait until it has finished, then try again"
            ) from error
        except OSError as error:
            raise MachineError(
                f"cannot write {self.path}: {error.strerror}", do="check the disk and the rights"
            ) from error

    def entries(self) -> list[Entry]:
        """All entries; a broken chain is refused with the place where it broke."""
        return list(self._checked())

    def head(self) -> str:
        """Hash of the last entry (64 zeros when there is none)."""
        entries = self.entries()
        return entries[-1].hash if entries else START

    def _checked(self) -> Iterator[Entry]:
        if not self.path.exists():
            return
        previous = START
        with self.path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                entry = self._entry(number, line)
                right = _hash(entry.number, entry.kind, entry.time, entry.body, entry.previous)
                if entry.number != number or entry.previous != previous or entry.hash != right:
                    raise self._broken(number)
                previous = entry.hash
                yield entry

    def _entry(self, number: int, line: str) -> Entry:
        try:
            raw = json.loads(line)
            return Entry(raw["number"], raw["kind"], raw["time"], raw["body"], raw["previous"], raw["hash"])
        except (ValueError, KeyError, TypeError) as error:
            raise self._broken(number) from error

    def _broken(self, number: int) -> RefusedError:
        return RefusedError(
            f"the chain of {self.path} is broken at entry {number}",
            do="nothing is released until this is resolved: put back the file from a backup and find out who edited it",
        )


def is_whole(entry: Entry) -> bool:
    """Does the hash of one entry fit its content? (For copies, whose neighbours are elsewhere.)"""
    return entry.hash == _hash(entry.number, entry.kind, entry.time, entry.body, entry.previous)


def _hash(number: int, kind: str, time: str, body: Mapping[str, Any], previous: str) -> str:
    text = json.dumps([number, kind, time, body, previous], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _line(entry: Entry) -> str:
    raw = {"number": entry.number, "kind": entry.kind, "time": entry.time, "body": entry.body}
    return json.dumps({**raw, "previous": entry.previous, "hash": entry.hash}, ensure_ascii=False) + "\n"

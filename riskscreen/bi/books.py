"""What the office says was released, and whether it is still exactly that. Nothing here writes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskscreen.errors import RefusedError, ReviewError, UsageError
from riskscreen.records.hashlog import START, Entry, HashLog

CHANNELS = ("internal", "public")
"""The channels by which files leave."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release as the ledger has it.

    Parameters
    ----------
    entry, hash
        Number and hash of its entry in the ledger.
    tables, files
        SHA-256 per table and per file.
    withdrawn_at
        When it was withdrawn (UTC); empty: it was not.
    folder
        Where the office keeps its copy.
    """

    id: str
    run: str
    channel: str
    subject: str
    entry: int
    hash: str
    time: str
    rules: Mapping[str, Any]
    approval: int
    tables: Mapping[str, str]
    files: Mapping[str, str]
    withdrawn_at: str
    folder: Path

    @property
    def withdrawn(self) -> bool:
        """Was it withdrawn after it was released?"""
        return bool(self.withdrawn_at)


@dataclass(frozen=True, slots=True)
class Books:
    """Ledger and decisions of an office, read once, with whole chains."""

    office: Path
    ledger: tuple[Entry, ...]
    decisions: tuple[Entry, ...]

    @property
    def head(self) -> str:
        """Hash of the last entry of the ledger."""
        return self.ledger[-1].hash if self.ledger else START


def open_books(office: Path | str) -> Books:
    """Read both logs of an office; a broken chain is refused.

    Raises
    ------
    UsageError
        This is no office.
    RefusedError
        It is not a folder but data, it holds registers, or a chain is broken.
    """
    path = _folder(office)
    _must_be_office(path)
    logs = (HashLog(path / name).entries() for name in ("ledger.jsonl", "decisions.jsonl"))
    ledger, decisions = (tuple(entries) for entries in logs)
    return Books(path, ledger, decisions)


def releases_in(books: Books) -> tuple[Release, ...]:
    """Every release by its last entry in the ledger, oldest first; withdrawn ones stay, marked."""
    last: dict[str, Entry] = {}
    gone: dict[str, Entry] = {}
    for entry in books.ledger:
        if entry.kind == "release":
            last[entry.body["release"]] = entry
        elif entry.kind == "withdraw":
            gone.update(dict.fromkeys(entry.body["releases"], entry))
    found = (_release(books, entry, gone.get(name)) for name, entry in last.items())
    return tuple(sorted(found, key=lambda release: release.entry))


def released(books: Books, run: str | None, channel: str) -> tuple[Release, ...]:
    """The releases of one run by one channel, oldest first.

    Raises
    ------
    UsageError
        Another channel than ``internal`` or ``public``, or no run is named and there are several.
    ReviewError
        Nothing was released: says what there is and whom to ask.
    """
    if channel not in CHANNELS:
        raise UsageError(
            f"channel {channel!r}: by the review channel no file leaves"
            if channel == "review"
            else f"there is no channel {channel!r}",
            do="choose from internal, public",
        )
    every = releases_in(books)
    name = _run(every, run)
    found = tuple(release for release in every if (release.run, release.channel) == (name, channel))
    if not found:
        raise ReviewError(f"nothing of {name} was released by the {channel} channel", do=whom_to_ask(books, name))
    return found


def check_release(release: Release) -> None:
    """Refuse a release whose files are not exactly those in the ledger.

    Raises
    ------
    RefusedError
        With every file that is gone or was changed.
    """
    faults = tuple(_file_faults(release))
    if faults:
        raise RefusedError(
            f"{release.folder} is not what was released as {release.id}",
            faults=faults,
            do="put the folder back from a backup, or run the scenario again; riskscreen verify tells more",
        )


def not_released(books: Books, release: Release, table: str) -> RefusedError:
    """The error of a table that is not in a release, with whom to ask."""
    return RefusedError(
        f"table {table!r} was not released as part of {release.id} (channel {release.channel}); "
        f"there are: {', '.join(sorted(release.tables))}",
        do=whom_to_ask(books, release.run),
    )


def whom_to_ask(books: Books, run: str) -> str:
    """Who decided about a run or made it, from the decision log."""
    asked = [e for e in books.decisions if e.kind == "request" and e.body["about"]["run"] == run]
    if not asked:
        return f"ask whoever makes the runs: {run} was never put to the board in this office (riskscreen run {run})"
    subject = asked[-1].body["subject"]
    said = [e for e in books.decisions if e.body.get("subject") == subject and e.kind != "request"]
    maker = asked[-1].body["about"].get("made_by") or "whoever made the run"
    if not said:
        return f"it waits for a review: ask the board, or {maker}, who made {run} (riskscreen review show {run})"
    by = said[-1].body.get("by", "the board")
    return (
        f"ask {by}, who decided on {run} (decision {said[-1].number}: {said[-1].kind}), or {maker}, who made it; "
        "what is not released can only leave through a review"
    )


def _folder(office: object) -> Path:
    if isinstance(office, (str, Path)):
        return Path(office)
    raise RefusedError(
        f"riskscreen.bi reads the folder of an office, not a {type(office).__name__}",
        do="give the path of the office; results leave only through a review (riskscreen review list says whose)",
    )


def _must_be_office(path: Path) -> None:
    if (path / "manifest.json").is_file():
        raise RefusedError(
            f"{path} holds registers: rows about families are never read here",
            do="give the office; for a figure that was not released ask who approves (riskscreen review list)",
        )
    if (path / "run.json").is_file():
        raise UsageError(f"{path} is a run folder", do="give the office: released tables are read there, by the ledger")
    if not (path / "ledger.jsonl").is_file():
        raise UsageError(
            f"{path} is no office: it holds no ledger.jsonl", do="give the folder that the scenario names as office"
        )


def _release(books: Books, entry: Entry, gone: Entry | None) -> Release:
    body = entry.body
    return Release(
        body["release"],
        body["run"],
        body["channel"],
        body["subject"],
        entry.number,
        entry.hash,
        entry.time,
        body["rules"],
        body["approval"],
        body["tables"],
        body["files"],
        gone.time if gone is not None and gone.number > entry.number else "",
        books.office / "released" / body["release"],
    )


def _run(every: Sequence[Release], run: str | None) -> str:
    names = sorted({release.run for release in every})
    if run is None and len(names) != 1:
        raise UsageError(f"this office released {len(names)} runs: {', '.join(names) or 'none'}", do="name one run")
    return names[0] if run is None else run


def _file_faults(release: Release) -> Iterator[str]:
    for name, wanted in sorted(release.files.items()):
        path = release.folder / name
        if not path.is_file():
            yield f"{name}: the file is gone"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != wanted:
            yield f"{name}: the file was changed after the release"


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file that was checked."""
    raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return raw

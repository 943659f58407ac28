"""Re-check a run folder: files, chain and released tables, without the registers."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from riskscreen.disclosure.gate import Books
from riskscreen.disclosure.recheck import SavedTable, read_saved, recheck
from riskscreen.disclosure.release import releases, render_dictionary, render_table
from riskscreen.disclosure.shelves import HEAD, Archive, unfinished
from riskscreen.errors import RiskscreenError, UsageError
from riskscreen.records.approvals import DECISIONS
from riskscreen.records.hashlog import Entry, is_whole
from riskscreen.records.texts import Text

MANIFEST = "run.json"
LEDGER = "ledger.jsonl"
NOT_HASHED = (MANIFEST, "run.log")
"""Files that go on changing after the manifest is written."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was released."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked, and every finding."""

    folder: str
    files: int
    tables: int
    entries: int
    with_office: bool
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Is there no finding?"""
        return not self.findings

    def __str__(self) -> str:
        against = "against the office" if self.with_office else "without the office (its chain was not compared)"
        head = f"{self.folder}: {self.files} files, {self.tables} released tables, {self.entries} entries, {against}"
        if self.ok:
            return f"{head}\nnothing was changed and every rule is kept"
        return "\n".join([head, f"{len(self.findings)} finding(s):", *(f"  - {f}" for f in self.findings)])

    def to_json_lines(self) -> str:
        """One JSON object per line: every finding, then the summary."""
        lines = [{"where": finding.where, "what": finding.what} for finding in self.findings]
        summary = {"folder": self.folder, "files": self.files, "tables": self.tables, "entries": self.entries}
        end = {**summary, "with_office": self.with_office, "findings": len(lines), "ok": self.ok}
        return "\n".join(json.dumps(line, ensure_ascii=False) for line in [*lines, end])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a run folder by its relative path, for ``files`` in ``run.json``.

    Hidden files, ``run.json`` itself and ``run.log`` are left out.
    """
    names = sorted(_files(folder))
    return {name: _hash(folder / name) for name in names}


def verify(run_folder: Path | str, office: Books | None = None) -> Verification:
    """Re-check hashes, chain and released tables of a run.

    Parameters
    ----------
    run_folder
        A folder that ``riskscreen run`` made.
    office
        When given, the run's ledger entries are compared with the office's whole chain, and releases that were
        withdrawn are told.

    Raises
    ------
    UsageError
        There is no run in this folder.
    """
    folder = Path(run_folder)
    manifest = _manifest(folder)
    raw, entries = _entries(folder)
    saved, unread = _saved(folder)
    findings = (
        *_check_files(folder, manifest),
        *raw,
        *_check_card(folder, entries),
        *(_check_office(entries, office) if office is not None else ()),
        *(_check_seal(folder, manifest, office) if office is not None else ()),
        *unread,
        *_check_release(folder, entries, saved),
        *_check_tables(folder, saved),
    )
    return Verification(folder.as_posix(), len(manifest), len(saved), len(entries), office is not None, tuple(findings))


def _manifest(folder: Path) -> Mapping[str, str]:
    path = folder / MANIFEST
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): str(value) for name, value in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{folder} holds no run: {MANIFEST} is absent or broken", do="give the folder of a run, such as runs/demo"
        ) from error


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts)
        if path.is_file() and not hidden and name.as_posix() not in NOT_HASHED:
            yield name.as_posix()


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _check_files(folder: Path, manifest: Mapping[str, str]) -> Iterator[Finding]:
    for name, value in sorted(manifest.items()):
        parts = PurePosixPath(name).parts
        path = folder / name
        if ".." in parts or PurePosixPath(name).is_absolute():
            yield Finding(MANIFEST, "it names a file outside the run folder")
        elif not path.is_file():
            yield Finding(name, "the file is gone")
        elif _hash(path) != value:
            yield Finding(name, "the file was changed after the run")
    for name in sorted(set(_files(folder)) - set(manifest)):
        yield Finding(name, "the file was added after the run")


@dataclass(frozen=True, slots=True)
class _Copy:
    log: str
    entry: Entry


def _entries(folder: Path) -> tuple[list[Finding], list[_Copy]]:
    path = folder / LEDGER
    if not path.is_file():
        return [], []
    findings, found = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        copy = _copy(line)
        if copy is None or not is_whole(copy.entry):
            findings.append(Finding(f"{LEDGER} line {number}", "the entry was edited: its hash does not fit"))
        else:
            found.append(copy)
    return findings, found


def _copy(line: str) -> _Copy | None:
    try:
        raw = json.loads(line)
        entry = Entry(raw["number"], raw["kind"], raw["time"], raw["body"], raw["previous"], raw["hash"])
        return _Copy(raw.get("log", "ledger"), entry)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _check_office(copies: list[_Copy], office: Books) -> Iterator[Finding]:
    for name, log in (("ledger", office.ledger), ("decisions", office.decisions)):
        try:
            own = {entry.number: entry.hash for entry in log.entries()}
        except RiskscreenError as error:
            yield Finding(f"office {name}", error.what)
            continue
        for copy in copies:
            if copy.log == name and own.get(copy.entry.number) != copy.entry.hash:
                yield Finding(f"{LEDGER}, {name} entry {copy.entry.number}", "the office does not hold this entry")
        if name == "ledger":
            yield from _check_withdrawn(copies, office)
    yield from check_office(office)


def check_office(office: Books) -> Iterator[Finding]:
    """What a kill left unfinished in an office, and what the ledger does not know; a broken chain says so alone."""
    if any(log.whole_part()[1] for log in (office.ledger, office.decisions)):
        return
    if isinstance(office, Archive):
        for name, what in unfinished(office):
            yield Finding(f"office, release {name}", what)
    last = {e.body["subject"]: e for e in office.decisions.entries() if e.kind in DECISIONS}
    for record in {record.id: record for record in releases(office)}.values():
        decision = last.get(record.subject)
        if decision is not None and decision.kind == "withdraw" and not record.withdrawn:
            what = f"its approval was withdrawn (decision {decision.number}), the ledger does not say so"
            yield Finding(f"release {record.id}", f"{what}: withdraw the review again")
    yield from _check_finished(office)


def _check_finished(office: Books) -> Iterator[Finding]:
    """A run that released and did not come to its end: its folder is the one of before."""
    entries = office.ledger.entries()
    ends = {e.body["run"]: e.number for e in entries if e.kind == "finished"}
    last = {e.body["run"]: e for e in entries if e.kind == "release"}
    for run in sorted(set(ends) & set(last)):
        if last[run].number > ends[run]:
            what = f"it released {last[run].body['release']} and did not come to its end: run it again"
            yield Finding(f"run {run}", what)


def manifest_hash(files: Mapping[str, str], settings: Any) -> str:
    """One hash over a run's files and the settings it names: what the ledger says of a finished run."""
    text = json.dumps([sorted(files.items()), settings], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _check_seal(folder: Path, manifest: Mapping[str, str], office: Books) -> Iterator[Finding]:
    """The list of files and the settings must be those that the office wrote down when the run ended."""
    if office.ledger.whole_part()[1]:
        return
    body = _json(folder / MANIFEST)
    sealed = [e.body["manifest"] for e in office.ledger.entries() if e.kind == "finished"]
    mine = [e for e in office.ledger.entries() if e.kind == "finished" and e.body["run"] == body.get("name")]
    if mine and manifest_hash(manifest, body.get("settings")) not in sealed:
        yield Finding(MANIFEST, "its list of files or its settings are not those of a run that the office knows")


def _check_withdrawn(copies: list[_Copy], office: Books) -> Iterator[Finding]:
    own = {copy.entry.body["release"] for copy in copies if copy.log == "ledger" and copy.entry.kind == "release"}
    latest = {record.id: record for record in releases(office)}
    for name in sorted(own & set(latest)):
        if latest[name].withdrawn:
            yield Finding(f"release {name}", "it was withdrawn: recall its files")


def _check_card(folder: Path, copies: list[_Copy]) -> Iterator[Finding]:
    """The card must be the one that was put to the board."""
    path = folder / "card.json"
    asked = [c.entry.body["about"]["card"] for c in copies if c.log == "decisions" and c.entry.kind == "request"]
    if asked and path.is_file() and _hash(path) != asked[-1]:
        yield Finding("card.json", "this is not the card that was put to the board")


def _saved(folder: Path) -> tuple[dict[str, SavedTable], list[Finding]]:
    """The released tables by their path; what cannot be read is a finding."""
    found, findings = {}, []
    for index in sorted((folder / "released").rglob("release.json")):
        names = _json(index).get("tables", {})
        for name in sorted(names):
            path = index.with_name(f"{name}.json")
            where = path.relative_to(folder).as_posix()
            try:
                found[where] = read_saved(path.read_text(encoding="utf-8"))
            except (OSError, RiskscreenError):
                findings.append(Finding(where, "the released table is gone or cannot be read"))
    return found, findings


def _check_release(folder: Path, copies: list[_Copy], saved: Mapping[str, SavedTable]) -> Iterator[Finding]:
    """Every released file must stand in the ledger with this hash."""
    entries = [copy.entry for copy in copies if copy.log == "ledger" and copy.entry.kind == "release"]
    known = {entry.body["release"]: entry.body for entry in entries}
    for index in sorted((folder / "released").rglob("release.json")):
        body = known.get(_json(index).get("release"))
        where = index.parent.relative_to(folder).as_posix()
        if body is None:
            yield Finding(where, "this release does not stand in the ledger")
            continue
        for name, value in sorted(body["files"].items()):
            path = index.parent / name
            if not path.is_file() or _hash(path) != value:
                yield Finding(f"{where}/{name}", "the file is not the one in the ledger")
        yield from _check_beside(
            index.parent, where, {e.hash for e in entries if e.body["release"] == body["release"]}, body
        )
    loose = [p for p in (folder / "released").rglob("*.parquet") if not p.with_suffix(".json").is_file()]
    for path in loose:
        yield Finding(path.relative_to(folder).as_posix(), "a table without its release")


def _check_beside(place: Path, where: str, heads: set[str], body: Mapping[str, Any]) -> Iterator[Finding]:
    """No other file lies in a release, and its head is that of an entry about it."""
    own = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    for name in sorted(own - set(body["files"]) - {HEAD}):
        yield Finding(f"{where}/{name}", "the file is no part of the release")
    if _json(place / HEAD).get("head") not in heads:
        yield Finding(f"{where}/{HEAD}", "it does not name the release's entry in the ledger")


def _check_tables(folder: Path, saved: Mapping[str, SavedTable]) -> Iterator[Finding]:
    for where, table in saved.items():
        for fault in recheck(table):
            yield Finding(where, fault)
        base = (folder / where).parent
        notice = Text.from_dict(_json(base / "release.json").get("notice") or {"en": "", "nl": ""})
        for name, content in render_table(table.table, table.status, notice).items():
            path = base / name
            if not name.endswith(".parquet") and path.is_file() and path.read_bytes() != content:
                yield Finding((base / name).relative_to(folder).as_posix(), f"it does not say what {where} says")
            if name.endswith(".parquet") and path.is_file() and not _same_parquet(path, content):
                yield Finding((base / name).relative_to(folder).as_posix(), f"it does not say what {where} says")
    for index in sorted((folder / "released").rglob("release.json")):
        yield from _check_dictionary(folder, index, saved)


def _check_dictionary(folder: Path, index: Path, saved: Mapping[str, SavedTable]) -> Iterator[Finding]:
    raw = _json(index)
    names = [index.with_name(f"{name}.json").relative_to(folder).as_posix() for name in raw.get("tables", {})]
    if not all(name in saved for name in names):
        return
    notice = Text.from_dict(raw.get("notice") or {"en": "", "nl": ""})
    for name, content in render_dictionary([saved[n].table for n in names], notice).items():
        path = index.with_name(name)
        if not path.is_file() or path.read_bytes() != content:
            yield Finding(path.relative_to(folder).as_posix(), "it does not describe these tables")


def _same_parquet(path: Path, content: bytes) -> bool:
    """By value: another version of the library may write other bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return bool(pq.read_table(path).equals(pq.read_table(pa.BufferReader(content))))
    except (pa.ArrowException, OSError):
        return False


def _json(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return raw if isinstance(raw, dict) else {}
    except (OSError, ValueError):
        return {}

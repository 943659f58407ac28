"""Kinds of tampering with an office and a run, each tried on a copy of a finished one: what is accepted?

A kind is accepted when ``verify`` finds nothing, or when a release that must be refused goes on. Files of a run are
edited twice: with its list of hashes as it was, and with the list rewritten to fit.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from benchmarks.faults_town import NOTICE, RUN, office_with, release_run, subject, tables
from riskscreen.disclosure.release import release
from riskscreen.disclosure.verify import file_hashes, verify
from riskscreen.errors import RiskscreenError
from riskscreen.governance.office import Office
from riskscreen.governance.reviews import decide, request_review
from riskscreen.records.approvals import Subject
from riskscreen.records.clock import utc_now
from riskscreen.records.hashlog import HashLog
from riskscreen.settings import Release

Change = Callable[[Path], None]
OTHER = 2
"""A version that the board approved and that was not released yet."""


def tried(place: Path) -> tuple[list[str], list[str]]:
    """Every kind that was tried, and those that were accepted."""
    start = place / "start"
    office_with(start, (1, OTHER))
    release_run(start, 1)
    if _found(start) or not _released(start, subject(OTHER)):
        raise RuntimeError("the town must be whole before it is tampered with")
    shutil.rmtree(start)
    office_with(start, (1, OTHER))
    release_run(start, 1)
    kinds = dict(_kinds())
    accepted = []
    for name, accepts in kinds.items():
        home = place / "home"
        shutil.copytree(start, home)
        accepted += [name] if accepts(home) else []
        shutil.rmtree(home)
    return list(kinds), accepted


def _kinds() -> Iterator[tuple[str, Callable[[Path], bool]]]:
    """Name, and a function that tampers with a copy and says whether it was accepted."""
    for name, change in LOGS.items():
        yield name, lambda home, change=change: _log_accepted(home, change)
    for name, change in FILES.items():
        for fit in (False, True):
            mark = ", list of hashes rewritten" if fit else ""
            yield name + mark, lambda home, change=change, fit=fit: _file_accepted(home, change, fit)
    for name, change in OFFICE.items():
        yield name, lambda home, change=change: _office_accepted(home, change)
    yield from APPROVALS.items()


def _log_accepted(home: Path, change: Change) -> bool:
    """An edited log must be told *and* stop every release."""
    change(home / "office")
    return not _found(home) or _released(home, subject(OTHER))


def _file_accepted(home: Path, change: Change, fit: bool) -> bool:
    run = home / "runs" / RUN
    change(run)
    if fit:
        body = json.loads((run / "run.json").read_text(encoding="utf-8"))
        (run / "run.json").write_text(json.dumps({**body, "files": file_hashes(run)}), encoding="utf-8")
    return not _found(home)


def _office_accepted(home: Path, change: Change) -> bool:
    change(home / "office")
    return not _found(home)


def _found(home: Path) -> bool:
    return bool(verify(home / "runs" / RUN, Office(home / "office")).findings)


def _released(home: Path, about: Subject, days: int = 0) -> bool:
    """Does a release go on, ``days`` from now by the clock?"""
    now = utc_now() + timedelta(days=days)
    office = Office(home / "office")
    try:
        with patch("riskscreen.records.approvals.utc_now", lambda: now):
            release(
                tables(OTHER),
                channel="internal",
                office=office,
                subject=about,
                release=Release(),
                day=now.date(),
                out=home / "out",
                notice=NOTICE,
            )
    except RiskscreenError:
        return (home / "out").exists()
    return True


def _lines(name: str, change: Callable[[list[str]], list[str]]) -> Change:
    def do(office: Path) -> None:
        path = office / name
        path.write_text("".join(change(path.read_text(encoding="utf-8").splitlines(keepends=True))), encoding="utf-8")

    return do


def _edit(path: str, old: str, new: str) -> Change:
    def do(folder: Path) -> None:
        for file in sorted(folder.glob(path)):
            text = file.read_text(encoding="utf-8")
            if old not in text:
                raise RuntimeError(f"nothing to edit in {file.name}")
            file.write_text(text.replace(old, new, 1), encoding="utf-8")

    return do


def _rewrite(office: Path) -> None:
    """Edit a line and chain everything after it anew, with right hashes, number and anchor."""
    log, fresh = HashLog(office / "ledger.jsonl"), HashLog(office / "fresh.jsonl")
    for entry in log.entries():
        fresh.append(entry.kind, {**entry.body, "folder": "elsewhere"}, time=entry.time)
    fresh.path.replace(log.path)
    fresh.anchor.replace(log.anchor)


def _shorten(office: Path) -> None:
    """Cut the end off a log, and the file that says how far it reached."""
    _lines("ledger.jsonl", lambda lines: lines[:-2])(office)
    HashLog(office / "ledger.jsonl").anchor.unlink()


def _swap(run: Path) -> None:
    one, other = (run / "released" / "internal" / f"{name}.csv" for name in ("areas", "points"))
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)


def _parquet(run: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"outcomes": [1, 2, 3]}), run / "released" / "public" / "areas.parquet")


def _settings(run: Path) -> None:
    body = json.loads((run / "run.json").read_text(encoding="utf-8"))
    body["settings"]["seed"] = 99
    (run / "run.json").write_text(json.dumps(body), encoding="utf-8")


def _added(run: Path) -> None:
    (run / "released" / "public" / "list.csv").write_text("family\n1\n", encoding="utf-8")


def _added_release(office: Path) -> None:
    shutil.copytree(next(office.glob("released/internal-*")), office / "released" / "internal-0000000000000000")


def _unmarked(home: Path) -> bool:
    """A withdrawn release whose mark is removed."""
    office = Office(home / "office")
    decide(office, subject(1).hash, "withdraw", by="Board", reason="wrong")
    for mark in office.released.glob("*/WITHDRAWN.json"):
        mark.unlink()
    return not any("WITHDRAWN.json" in str(f) for f in verify(home / "runs" / RUN, office).findings)


def _cut_withdrawal(home: Path) -> bool:
    """An approval is withdrawn; the line that says so is cut off."""
    office = Office(home / "office")
    decide(office, subject(OTHER).hash, "withdraw", by="Board", reason="wrong")
    _lines("decisions.jsonl", lambda lines: lines[:-1])(office.path)
    return _released(home, subject(OTHER))


def _replayed_line(home: Path) -> bool:
    """After a withdrawal the line with the approval is written once more."""
    office = Office(home / "office")
    decide(office, subject(OTHER).hash, "withdraw", by="Board", reason="wrong")
    _lines("decisions.jsonl", lambda lines: [*lines, lines[3]])(office.path)
    return _released(home, subject(OTHER))


def _replayed_elsewhere(home: Path) -> bool:
    """The approval of one run is used for another, under the same name."""
    return _released(home, replace(subject(OTHER), card="another card"))


def _replayed_office(home: Path) -> bool:
    """The decision log of an office where another run was approved is put in its place."""
    decisions = home / "office" / "decisions.jsonl"
    for path in (decisions, HashLog(decisions).anchor):
        path.unlink()
    office_with(home / "other", (1,))
    (home / "other" / "office" / "decisions.jsonl").rename(decisions)
    return _released(home, subject(OTHER))


def _other_settings(home: Path) -> bool:
    """Settings that were altered after the approval."""
    return _released(home, replace(subject(OTHER), settings="altered"))


def _other_registers(home: Path) -> bool:
    """Registers that were altered after the approval."""
    return _released(home, replace(subject(OTHER), registers="altered"))


def _by_maker(home: Path) -> bool:
    """The maker approves by writing in the log directly."""
    office, about = Office(home / "office"), subject(3)
    request_review(office, about, purpose="help", programmes=("a",), areas=("w",))
    until = (utc_now().date() + timedelta(days=9)).isoformat()
    body = {"subject": about.hash, "by": " ann  MAKER", "reason": "-", "until": until, "channels": ["internal"]}
    office.decisions.append("approve", body, time=utc_now().isoformat(timespec="seconds"))
    return _released(home, about)


def _clock(set_by: int) -> Callable[[Path], bool]:
    """An approval that expired would hold by a clock set back; one that holds has expired by a clock set forward."""

    def do(home: Path) -> bool:
        office, today = Office(home / "office"), utc_now().date()
        if set_by < 0:
            day = today - timedelta(days=10)
            decide(office, subject(OTHER).hash, "approve", by="Board", reason="-", until=day, day=day)
        return _released(home, subject(OTHER), set_by)

    return do


LOGS: Mapping[str, Change] = {
    "edited ledger line": _edit("ledger.jsonl", '"public"', '"internal"'),
    "edited ledger time": _edit("ledger.jsonl", '"time": "20', '"time": "21'),
    "removed ledger line": _lines("ledger.jsonl", lambda lines: [*lines[:1], *lines[2:]]),
    "reordered ledger lines": _lines("ledger.jsonl", lambda lines: [lines[1], lines[0], *lines[2:]]),
    "repeated ledger line": _lines("ledger.jsonl", lambda lines: [*lines, lines[-1]]),
    "ledger without its last line": _lines("ledger.jsonl", lambda lines: lines[:-1]),
    "ledger whose last line is cut": _lines("ledger.jsonl", lambda lines: [*lines[:-1], lines[-1][:-30]]),
    "ledger without its last line end": _lines("ledger.jsonl", lambda lines: [*lines[:-1], lines[-1][:-1]]),
    "ledger emptied": _lines("ledger.jsonl", lambda lines: []),
    "ledger removed": lambda office: (office / "ledger.jsonl").unlink(),
    "edited decision log": _edit("decisions.jsonl", '"until": "2', '"until": "3'),
    "removed decision": _lines("decisions.jsonl", lambda lines: [*lines[:1], *lines[2:]]),
    "decision log without its last line": _lines("decisions.jsonl", lambda lines: lines[:-1]),
    "line that is no entry": _lines("decisions.jsonl", lambda lines: [*lines, "approved by all\n"]),
    "file with the head edited": _edit("ledger.jsonl.head", " ", " 0"),
}
FILES: Mapping[str, Change] = {
    "edited released table": _edit("released/internal/areas.json", '"shown"', '"suppressed"'),
    "edited released CSV": _edit("released/internal/areas.csv", "total,", "total,1"),
    "edited released Dutch CSV": _edit("released/internal/nl/areas.csv", "totaal;", "totaal;1"),
    "another Parquet file": _parquet,
    "swapped files": _swap,
    "altered card": _edit("card.json", "1}", "2}"),
    "altered chart": _edit("report.html", "<svg>", "<svg> 12"),
    "altered settings of a run": _settings,
    "altered data dictionary": _edit("released/public/data_dictionary.csv", "families", "family"),
    "altered head in a release": _edit("released/public/HEAD.json", '"head": "', '"head": "0'),
    "removed file": lambda run: (run / "released" / "internal" / "nl" / "areas.csv").unlink(),
    "added file in a release": _added,
    "added file in a run": lambda run: (run / "families.csv").write_text("1\n", encoding="utf-8") and None,
    "edited copy of the entries": _edit("ledger.jsonl", '"Board"', '"Mayor"'),
}
OFFICE: Mapping[str, Change] = {
    "ledger rewritten with right hashes": _rewrite,
    "ledger and head file shortened": _shorten,
    "edited table in the office": _edit("released/internal-*/areas.json", '"shown"', '"suppressed"'),
    "added file in the office": _edit("released/internal-*/release.json", "{", "{ "),
    "release added to the office": _added_release,
    "release removed from the office": lambda office: shutil.rmtree(next(office.glob("released/public-*"))),
}
APPROVALS: Mapping[str, Callable[[Path], bool]] = {
    "mark of a withdrawal removed": _unmarked,
    "withdrawal cut off the log": _cut_withdrawal,
    "replayed line with an approval": _replayed_line,
    "replayed approval for another run": _replayed_elsewhere,
    "replayed decision log of another office": _replayed_office,
    "altered settings after the approval": _other_settings,
    "altered registers after the approval": _other_registers,
    "approval by the maker": _by_maker,
    "expired approval, clock set back": _clock(-12),
    "approval used after its day, clock set forward": _clock(400),
}

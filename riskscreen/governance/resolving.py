"""Going on after a log was found edited: never silently, and never with more allowed than before.

The broken file is kept. The log goes on from its whole part with an entry that says who resolved it and why; what stood
after the break and is whole by itself is written again. An approval is not: the board decides anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from riskscreen.errors import MachineError, UsageError
from riskscreen.governance.office import Office
from riskscreen.records.approvals import APPROVING, DRIFT, RESOLVED
from riskscreen.records.clock import stamp, utc_now
from riskscreen.records.hashlog import Entry, HashLog, is_whole, read_entry, write_through

Log = Literal["ledger", "decisions"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """How a broken log was resolved.

    Parameters
    ----------
    what
        Where it broke: expected and found.
    kept
        The broken file.
    again
        Numbers of the entries after the break that were written again.
    left_out
        Lines after the break that were not: edited ones, and approvals.
    restored
        Releases that the office holds files of and whose entry was gone.
    """

    log: Log
    what: str
    kept: Path
    again: tuple[int, ...]
    left_out: tuple[int, ...]
    restored: tuple[str, ...]

    def __str__(self) -> str:
        lines = [
            f"{self.log}: {self.what}",
            f"the broken file is kept as {self.kept}",
            f"entries written again: {', '.join(map(str, self.again)) or 'none'}",
            f"lines left out: {', '.join(map(str, self.left_out)) or 'none'}",
        ]
        lines += [f"entered again from its files: {name}" for name in self.restored]
        if self.log == "decisions":
            lines.append("approvals before this hold no more: the board decides anew (riskscreen review list)")
        return "\n".join(lines)


def resolve_log(office: Office, log: Log, *, by: str, reason: str, time: str | None = None) -> Resolved:
    """Go on from the whole part of a broken log, and write down who did so and why.

    Parameters
    ----------
    log
        ``ledger`` or ``decisions``.
    by, reason
        Who, and what was found out about the edit.

    Raises
    ------
    UsageError
        Nobody is named, no reason is given, or the log is whole.
    MachineError
        It cannot be written; then the log is as it was.
    """
    if not by.strip() or not reason.strip():
        raise UsageError("say who resolves this and what was found out", do="give --by and --reason")
    where = office.ledger if log == "ledger" else office.decisions
    keep, what = _break(where)
    raw = where.path.read_bytes() if where.path.exists() else b""
    kept = _free(where.path)
    again, left_out = _after(raw, len(keep), log)
    restored = tuple(_restored(office, (*keep, *again))) if log == "ledger" else ()
    body = {
        "by": by.strip(),
        "reason": reason.strip(),
        "broke_at": len(keep) + 1,
        "what": what.split(": ", 1)[-1],
        "kept": kept.name,
        "sha256": hashlib.sha256(raw).hexdigest(),
        "again": [entry.number for entry in again],
        "left_out": list(left_out),
        "restored": [entry["release"] for entry in restored],
    }
    said = [(RESOLVED, body), *((e.kind, e.body) for e in again), *(("release", entry) for entry in restored)]
    try:
        write_through(kept, raw)
        where.resolve(keep, said, time=time or stamp())
    except OSError as error:
        raise MachineError(f"cannot write {where.path}: {error.strerror}", do="check the disk and the rights") from (
            error
        )
    names = tuple(str(entry["release"]) for entry in restored)
    return Resolved(log, what, kept, tuple(entry.number for entry in again), tuple(left_out), names)


def _break(log: HashLog) -> tuple[list[Entry], str]:
    """The whole part and what is wrong after it; an entry of a clock that was set forward counts as a break."""
    keep, what = log.whole_part()
    if what:
        return keep, what
    since = max((i for i, entry in enumerate(keep) if entry.kind == RESOLVED), default=0)
    for i, entry in enumerate(keep[since:], start=since):
        if datetime.fromisoformat(entry.time) > utc_now() + DRIFT:
            return keep[:i], f"{log.path} line {entry.number}: it was written by a clock that was set forward"
    raise UsageError(f"{log.path} is whole: there is nothing to resolve", do="riskscreen verify RUN tells what else")


def _after(raw: bytes, whole: int, log: Log) -> tuple[list[Entry], list[int]]:
    """Entries after the break that are whole by themselves, in their own order; and the lines that are left out."""
    again, left_out = [], []
    for number, line in enumerate(raw.splitlines()[whole:], start=whole + 1):
        try:
            entry = read_entry(line.decode("utf-8"))
            good = is_whole(entry) and isinstance(entry.body, dict)
        except (ValueError, KeyError, TypeError):
            good = False
        if good and not (log == "decisions" and entry.kind in APPROVING):
            again.append(entry)
        else:
            left_out.append(number)
    return sorted(again, key=lambda entry: entry.number), left_out


def _restored(office: Office, entries: Sequence[Entry]) -> Iterator[Mapping[str, Any]]:
    """Entries for releases whose files lie in the office: who received them knows them, whatever the ledger says."""
    known = {entry.body["release"] for entry in entries if entry.kind in ("release", "external")}
    decisions, _ = office.decisions.whole_part()
    about = {e.body["subject"]: e.body["about"] for e in decisions if e.kind == "request"}
    for index in sorted(office.released.glob("[!.]*/release.json")):
        raw = json.loads(index.read_text(encoding="utf-8"))
        if raw["release"] not in known and raw["release"] == index.parent.name:
            files = {
                path.relative_to(index.parent).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted(index.parent.rglob("*"))
                if path.is_file() and path.name not in ("HEAD.json", "WITHDRAWN.json")
            }
            yield {
                "release": raw["release"],
                "channel": raw["channel"],
                "subject": raw["subject"],
                "registers": about.get(raw["subject"], {}).get("registers", ""),
                "run": about.get(raw["subject"], {}).get("run", ""),
                "folder": index.parent.as_posix(),
                "rules": raw["rules"],
                "approval": 0,
                "tables": raw["tables"],
                "files": files,
            }


def _free(path: Path) -> Path:
    numbers = (number for number in range(1, 10_000))
    return next(
        free for free in (path.with_name(f"{path.name}.broken-{number}") for number in numbers) if not free.exists()
    )

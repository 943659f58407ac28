"""Requests for review and the decisions on them.

A request says exactly what is asked (hashes of card, settings, registers, programmes and areas). A decision holds for
those hashes only, for the channels it names, until its date. The gate reads the decision log itself.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from riskscreen.errors import RefusedError, ReviewError, UsageError
from riskscreen.governance.office import WITHDRAWN, Office
from riskscreen.records.approvals import (
    APPROVING,
    DECISIONS,
    Approval,
    Subject,
    find_approval,
    same_person,
)
from riskscreen.records.clock import stamp, utc_now
from riskscreen.records.hashlog import Entry
from riskscreen.records.tables import Channel

DEMO_BOARD = "demo board (fictional)"
RELEASING: tuple[Channel, ...] = ("internal", "public")
STATUS = {
    "approve": "approved",
    "approve-with-conditions": "approved with conditions",
    "send-back": "sent back",
    "reject": "rejected",
    "withdraw": "withdrawn",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a run asks the board to approve."""

    entry: int
    time: str
    subject: Subject
    purpose: str
    programmes: tuple[str, ...]
    areas: tuple[str, ...]
    channels: tuple[Channel, ...]
    valid_days: int
    synthetic: bool
    folder: str
    tracked: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision as it stands in the log."""

    entry: int
    time: str
    decision: str
    by: str
    reason: str
    until: str
    channels: tuple[str, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewState:
    """A request with everything decided on it."""

    request: Request
    status: str
    history: tuple[Decision, ...]
    files: tuple[str, ...]

    @property
    def run(self) -> str:
        """Name of the run."""
        return self.request.subject.run

    def __str__(self) -> str:
        ask = self.request
        lines = [
            f"run         {self.run}{' (synthetic registers)' if ask.synthetic else ''}",
            f"status      {self.status}",
            f"subject     {ask.subject.hash}",
            f"made by     {ask.subject.made_by}",
            f"asked       {ask.time}, for {ask.purpose}",
            f"programmes  {', '.join(ask.programmes) or 'none'}",
            f"areas       {', '.join(ask.areas) or 'none'}",
            f"channels    {', '.join(ask.channels)}",
            f"dossier     {ask.folder}",
        ]
        for made in self.history:
            until = f" until {made.until}" if made.until else ""
            lines.append(f"decision    {made.decision}{until}, by {made.by} ({made.time}): {made.reason}")
            lines += [f"            condition: {condition}" for condition in made.conditions]
        lines += [f"released    {file}" for file in self.files]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision did: the state after it, and for a withdrawal every released file to recall."""

    state: ReviewState
    recall: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.state.run}: {self.state.status}"]
        if self.recall:
            lines += ["recall these released files:", *(f"  {file}" for file in self.recall)]
        return "\n".join(lines)


def request_review(
    office: Office,
    subject: Subject,
    *,
    purpose: str,
    programmes: Sequence[str],
    areas: Sequence[str],
    channels: Sequence[Channel] = RELEASING,
    valid_days: int = 365,
    synthetic: bool = False,
    folder: Path | str = "",
    tracked: str = "",
    time: str | None = None,
) -> Request:
    """Ask the board to review a run; asking the same again adds nothing.

    Parameters
    ----------
    office, subject
        Where, and exactly what.
    purpose, programmes, areas, channels
        What it is to be used for.
    valid_days
        The longest an approval may last.
    synthetic
        Do all registers say in their manifest that they are synthetic?
    folder
        Where the dossier lies.
    tracked
        Id of the MLflow run.
    time
        UTC; default now.
    """
    body = {
        "subject": subject.hash,
        "about": subject.to_dict(),
        "purpose": purpose,
        "programmes": sorted(programmes),
        "areas": sorted(areas),
        "channels": _known_channels(channels),
        "valid_days": valid_days,
        "synthetic": synthetic,
        "folder": str(folder),
        "tracked": tracked,
    }
    same = [e for e in _requests(office.decisions.entries()) if {**e.body, "tracked": ""} == {**body, "tracked": ""}]
    latest = _named(office.decisions.entries(), subject.run)
    if same and latest and latest[-1].number == same[-1].number:
        return _request(same[-1])
    return _request(office.decisions.append("request", body, time=time or stamp()))


def list_reviews(office: Office, *, day: date | None = None) -> tuple[ReviewState, ...]:
    """The latest request of every run, with its status, in the order of asking."""
    entries = office.decisions.entries()
    latest = {entry.body["about"]["run"]: entry for entry in _requests(entries)}
    return tuple(_state(office, _request(e), entries, day) for e in sorted(latest.values(), key=lambda e: e.number))


def show(office: Office, run: str, *, day: date | None = None) -> ReviewState:
    """One request with its whole history and what was released.

    Parameters
    ----------
    run
        Name of the run (its latest request), or the first 8 or more characters of a subject's hash.
    day
        On which day the status holds; default today (UTC).
    """
    entries = office.decisions.entries()
    return _state(office, _find(entries, run), entries, day)


def decide(
    office: Office,
    run: str,
    decision: str,
    *,
    by: str,
    reason: str,
    until: date | None = None,
    purpose: str | None = None,
    programmes: Sequence[str] | None = None,
    areas: Sequence[str] | None = None,
    channels: Sequence[Channel] | None = None,
    conditions: Sequence[str] = (),
    day: date | None = None,
    time: str | None = None,
) -> Outcome:
    """Write a decision into the log.

    Parameters
    ----------
    run
        Name of the run (its latest request), or the start of a subject's hash.
    decision
        ``approve``, ``approve-with-conditions``, ``send-back``, ``reject`` or ``withdraw``.
    by, reason
        Who decides and why; whoever made the run cannot approve it.
    until
        Last day on which an approval holds; at most ``valid_days`` from now.
    purpose, programmes, areas
        When given they must be exactly what was asked: an approval of something else is a new run.
    channels
        Channels that may be used (``internal``, ``public``); default ``internal`` only.
    conditions
        Obligatory for ``approve-with-conditions``.

    Raises
    ------
    UsageError
        An argument is missing or does not fit: every fault.
    ReviewError
        The maker approves, or nothing of this name was asked.
    RefusedError
        The chain of the log is broken.
    """
    entries = office.decisions.entries()
    request = _find(entries, run)
    day = day or utc_now().date()
    approving = decision in APPROVING
    chosen = _known_channels(channels or ("internal",)) if approving else []
    _check_words(decision, by, reason, conditions)
    if approving:
        _check_maker(request, by)
        _check_scope(request, purpose, programmes, areas, chosen)
        _check_until(request, until, day)
    if decision == "withdraw" and not _was_approved(entries, request.subject.hash):
        raise ReviewError(f"{request.subject.run} was never approved", do="reject it or send it back instead")
    body = {
        "subject": request.subject.hash,
        "run": request.subject.run,
        "by": by.strip(),
        "reason": reason.strip(),
        "until": until.isoformat() if until and approving else "",
        "purpose": request.purpose,
        "programmes": list(request.programmes),
        "areas": list(request.areas),
        "channels": chosen,
        "conditions": list(conditions),
        "holds_for": request.subject.to_dict(),
    }
    now = time or stamp()
    office.decisions.append(decision, body, time=now)
    recall = _withdraw(office, request.subject.hash, by, reason, now) if decision == "withdraw" else ()
    return Outcome(_state(office, request, office.decisions.entries(), day), recall)


def demo_approval(
    office: Office,
    subject: Subject,
    *,
    synthetic: bool,
    channels: Sequence[Channel] = RELEASING,
    day: date | None = None,
    time: str | None = None,
) -> Approval:
    """Let a fictional board approve a run on synthetic registers; one that holds already is used again.

    Raises
    ------
    ReviewError
        Somebody rejected, sent back or withdrew exactly this run: a demo board does not overrule that.
    RefusedError
        The registers are not all synthetic, by the caller's word or by the request in the log.
    """
    request = _find(office.decisions.entries(), subject.hash)
    if not (synthetic and request.synthetic):
        raise RefusedError(
            "a demo approval is for synthetic registers only: at least one register does not say so",
            do=f"let the board decide: riskscreen review show {subject.run}",
        )
    day = day or utc_now().date()
    standing = [e for e in office.decisions.entries() if e.kind in DECISIONS and e.body["subject"] == subject.hash]
    try:
        return _holding(office, subject, channels, day)
    except ReviewError:
        if standing and standing[-1].kind not in APPROVING:
            raise
    decide(
        office,
        subject.hash,
        "approve",
        by=DEMO_BOARD,
        reason="demo on synthetic registers: no real board, no real families",
        until=day + timedelta(days=request.valid_days),
        channels=channels,
        day=day,
        time=time,
    )
    return _holding(office, subject, channels, day)


class Reviews:
    """The reviews of one office: shows the list, and decides.

    Parameters
    ----------
    office
        The office or its folder.
    """

    def __init__(self, office: Office | Path | str) -> None:
        self.office = office if isinstance(office, Office) else Office(office)

    def list(self, *, day: date | None = None) -> tuple[ReviewState, ...]:
        """See :func:`list_reviews`."""
        return list_reviews(self.office, day=day)

    def show(self, run: str, *, day: date | None = None) -> ReviewState:
        """See :func:`show`."""
        return show(self.office, run, day=day)

    def decide(
        self,
        run: str,
        decision: str,
        *,
        by: str,
        reason: str,
        until: date | None = None,
        channels: Sequence[Channel] | None = None,
        conditions: Sequence[str] = (),
    ) -> Outcome:
        """See :func:`decide`."""
        return decide(
            self.office, run, decision, by=by, reason=reason, until=until, channels=channels, conditions=conditions
        )

    def __repr__(self) -> str:
        lines = [f"{s.run:<24} {s.status:<26} {s.request.subject.hash[:12]}  {s.request.time}" for s in self.list()]
        return "\n".join(lines) or "no reviews yet"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(s.run)}</td><td>{s.status}</td><td>{s.request.subject.hash[:12]}</td></tr>"
            for s in self.list()
        )
        return (
            "<table><thead><tr><th scope='col'>run</th><th scope='col'>status</th><th scope='col'>subject</th></tr>"
            f"</thead><tbody>{rows}</tbody></table>"
        )


def review(office: Office | Path | str = "office") -> Reviews:
    """The reviews of an office, to look at and to decide on."""
    return Reviews(office)


def _holding(office: Office, subject: Subject, channels: Sequence[Channel], day: date) -> Approval:
    """The approval that holds for all of these channels."""
    return max((find_approval(office.decisions, subject, c, day) for c in channels), key=lambda a: a.entry)


def _requests(entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.kind == "request"]


def _named(entries: Sequence[Entry], run: str) -> list[Entry]:
    return [entry for entry in _requests(entries) if entry.body["about"]["run"] == run]


def _find(entries: Sequence[Entry], run: str) -> Request:
    found = _named(entries, run)
    if not found and len(run) >= 8:
        found = [entry for entry in _requests(entries) if str(entry.body["subject"]).startswith(run)]
    if not found:
        names = sorted({entry.body["about"]["run"] for entry in _requests(entries)})
        known = ", ".join(names) or "none yet"
        raise ReviewError(f"no review is asked for {run!r}", do=f"runs with a review: {known}; riskscreen review list")
    return _request(found[-1])


def _request(entry: Entry) -> Request:
    body = entry.body
    return Request(
        entry.number,
        entry.time,
        Subject.from_dict(body["about"]),
        body["purpose"],
        tuple(body["programmes"]),
        tuple(body["areas"]),
        tuple(body["channels"]),
        int(body["valid_days"]),
        body["synthetic"] is True,
        body["folder"],
        body["tracked"],
    )


def _state(office: Office, request: Request, entries: Sequence[Entry], day: date | None) -> ReviewState:
    day = day or utc_now().date()
    subject = request.subject.hash
    made = [_decision(e) for e in entries if e.kind in DECISIONS and e.body.get("subject") == subject]
    status = STATUS[made[-1].decision] if made else "waiting for a review"
    if made and made[-1].decision in APPROVING and date.fromisoformat(made[-1].until) < day:
        status = f"expired on {made[-1].until}"
    return ReviewState(request, status, tuple(made), released_files(office, subject))


def _decision(entry: Entry) -> Decision:
    body = entry.body
    return Decision(
        entry.number,
        entry.time,
        entry.kind,
        body["by"],
        body["reason"],
        body["until"],
        tuple(body["channels"]),
        tuple(body["conditions"]),
    )


def released_files(office: Office, subject: str) -> tuple[str, ...]:
    """Every file that was released under a subject, from the ledger: the run's folder and the office's copy."""
    files: list[str] = []
    for entry in office.ledger.entries():
        if entry.kind == "release" and entry.body.get("subject") == subject:
            for folder in (entry.body["folder"], (office.released / entry.body["release"]).as_posix()):
                files += [f"{folder}/{name}" for name in sorted(entry.body["files"])]
    return tuple(dict.fromkeys(files))


def _withdraw(office: Office, subject: str, by: str, reason: str, time: str) -> tuple[str, ...]:
    """Mark every release of a subject; the files stay visible as withdrawn until they are recalled."""
    files = released_files(office, subject)
    releases = sorted(
        {e.body["release"] for e in office.ledger.entries() if e.kind == "release" and e.body["subject"] == subject}
    )
    mark = {"subject": subject, "releases": releases, "by": by.strip(), "reason": reason.strip()}
    office.ledger.append("withdraw", mark, time=time)
    for release in releases:
        folder = office.released / release
        if folder.is_dir():
            text = json.dumps({"schema": "withdrawn/1", **mark, "time": time}, indent=1, ensure_ascii=False)
            (folder / WITHDRAWN).write_text(text + "\n", encoding="utf-8")
    return files


def _was_approved(entries: Sequence[Entry], subject: str) -> bool:
    return any(entry.kind in APPROVING and entry.body.get("subject") == subject for entry in entries)


def _known_channels(channels: Sequence[Channel]) -> list[str]:
    wrong = [channel for channel in channels if channel not in RELEASING]
    if wrong or not channels:
        raise UsageError(
            f"a review is about the channels {' and '.join(RELEASING)}; given: {', '.join(wrong) or 'none'}",
            do="the review channel needs no approval",
        )
    return [channel for channel in RELEASING if channel in channels]


def _check_words(decision: str, by: str, reason: str, conditions: Sequence[str]) -> None:
    faults = []
    if decision not in DECISIONS:
        faults.append(f"decision {decision!r} is none of {', '.join(DECISIONS)}")
    if not by.strip():
        faults.append("by is empty: say who decides")
    if not reason.strip():
        faults.append("reason is empty: say why")
    if decision == "approve-with-conditions" and not any(c.strip() for c in conditions):
        faults.append("approve-with-conditions needs at least one condition")
    if decision != "approve-with-conditions" and conditions:
        faults.append(f"conditions go with approve-with-conditions, not with {decision}")
    if faults:
        raise UsageError("this decision cannot be written down", faults=tuple(faults))


def _check_maker(request: Request, by: str) -> None:
    if same_person(by, request.subject.made_by):
        raise ReviewError("whoever made the run cannot approve it", do="ask another person to review it")
    if same_person(by, DEMO_BOARD) and not request.synthetic:
        raise ReviewError(f"the {DEMO_BOARD} approves synthetic registers only", do="ask a real board")


def _check_scope(
    request: Request,
    purpose: str | None,
    programmes: Sequence[str] | None,
    areas: Sequence[str] | None,
    channels: Sequence[str],
) -> None:
    """An approval of less than was asked would not be what the gate lets out, so it is refused."""
    faults = []
    if purpose is not None and purpose != request.purpose:
        faults.append("purpose differs from what was asked")
    for name, given, asked in (("programmes", programmes, request.programmes), ("areas", areas, request.areas)):
        if given is not None and sorted(given) != sorted(asked):
            faults.append(f"{name} differ from what was asked: {', '.join(asked) or 'none'}")
    if extra := [channel for channel in channels if channel not in request.channels]:
        faults.append(f"channels that were not asked for: {', '.join(extra)}")
    if faults:
        raise UsageError(
            "an approval holds for exactly what was asked",
            faults=tuple(faults),
            do="send it back with a reason; a run with other settings asks for its own review",
        )


def _check_until(request: Request, until: date | None, day: date) -> None:
    last = day + timedelta(days=request.valid_days)
    if until is None or not day <= until <= last:
        given = "none" if until is None else until.isoformat()
        raise UsageError(
            f"an approval needs a last day from {day} up to {last} (given: {given})", do="give --until YYYY-MM-DD"
        )

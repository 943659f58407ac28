"""Requests for review and the decisions on them.

A request says exactly what is asked (hashes of card, settings, registers, programmes and areas). A decision holds for
those hashes only, for the channels it names, until its date. The gate reads the decision log itself.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from riskscreen.errors import MachineError, RefusedError, ReviewError, UsageError
from riskscreen.governance.office import Office
from riskscreen.governance.recalls import released_files, withdraw_releases
from riskscreen.governance.states import Decision, Outcome, Request, ReviewState
from riskscreen.governance.terms import (
    DEMO_BOARD,
    RELEASING,
    check_maker,
    check_scope,
    check_until,
    check_words,
    known_channels,
)
from riskscreen.governance.tracking import tag_decision
from riskscreen.records.approvals import (
    APPROVING,
    DECISIONS,
    Approval,
    Subject,
    find_approval,
)
from riskscreen.records.clock import stamp, utc_now
from riskscreen.records.hashlog import Entry
from riskscreen.records.tables import Channel

STATUS = {
    "approve": "approved",
    "approve-with-conditions": "approved with conditions",
    "send-back": "sent back",
    "reject": "rejected",
    "withdraw": "withdrawn",
}


def request_review(
    office: Office,
    subject: Subject,
    *,
    purpose: str,
    programmes: Sequence[str],
    areas: Sequence[str],
    channels: Sequence[Channel] = RELEASING,
    by_lot: float = 0.0,
    valid_days: int = 365,
    synthetic: bool = False,
    folder: Path | str = "",
    tracked: str = "",
    store: str | None = None,
    time: str | None = None,
) -> Request:
    """Ask the board to review a run; asking exactly the same again adds nothing.

    What was decided on this subject before goes on holding, and shows on the new MLflow run.

    Parameters
    ----------
    office, subject
        Where, and exactly what.
    purpose, programmes, areas, channels
        What it is to be used for.
    by_lot
        Share of the places of programmes that are short which fall to groups and areas by lot; a request that has one
        names it, and so does the decision.
    valid_days
        The longest an approval may last.
    synthetic
        Do all registers say in their manifest that they are synthetic?
    folder
        Where the dossier lies.
    tracked, store
        Id of the MLflow run, and its tracking address when it is not the office's own store.
    time
        UTC; default now.
    """
    body = {
        "subject": subject.hash,
        "about": subject.to_dict(),
        "purpose": purpose,
        "programmes": sorted(programmes),
        "areas": sorted(areas),
        "channels": known_channels(channels),
        "valid_days": valid_days,
        "synthetic": synthetic,
        "folder": str(folder),
        "tracked": tracked,
        "store": store or "",
        **_named_lot(by_lot),
    }
    entries = office.decisions.entries()
    latest = _named(entries, subject.run)
    if latest and latest[-1].body == body:
        return _request(latest[-1])
    request = _request(office.decisions.append("request", body, time=time or stamp()))
    state = _state(office, request, entries, None)
    if state.history:
        _tag(office, state, state.history[-1].by)
    return request


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
        Channels that may be used (``internal``, ``public``); default: those asked for.
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
    chosen = known_channels(channels or request.channels) if approving else []
    check_words(decision, by, reason, conditions)
    if approving:
        check_maker(request, by)
        check_scope(request, purpose, programmes, areas, chosen)
        check_until(request, until, day)
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
        **_named_lot(request.by_lot),
    }
    now = time or stamp()
    office.decisions.append(decision, body, time=now)
    recall = withdraw_releases(office, request.subject.hash, by, reason, now) if decision == "withdraw" else ()
    state = _state(office, request, office.decisions.entries(), day)
    return Outcome(state, recall, _tag(office, state, by))


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
        until: date | str | None = None,
        purpose: str | None = None,
        programmes: Sequence[str] | None = None,
        areas: Sequence[str] | None = None,
        channels: Sequence[Channel] | None = None,
        conditions: Sequence[str] = (),
    ) -> Outcome:
        """See :func:`decide`; ``until`` may be text as ``2027-01-31``."""
        return decide(
            self.office,
            run,
            decision,
            by=by,
            reason=reason,
            until=_date(until),
            purpose=purpose,
            programmes=programmes,
            areas=areas,
            channels=channels,
            conditions=conditions,
        )

    def __repr__(self) -> str:
        return "\n".join(state.line() for state in self.list()) or "no reviews yet"

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


def _date(given: date | str | None) -> date | None:
    try:
        return date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        raise UsageError(f"{given!r} is no date", do="write it as 2027-01-31") from None


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
        body["store"],
        float(body.get("by_lot", 0.0)),
    )


def _named_lot(by_lot: float) -> dict[str, float]:
    return {"by_lot": by_lot} if by_lot else {}


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


def _tag(office: Office, state: ReviewState, by: str) -> str:
    """Show the decision in MLflow too; it stands in the log already, so a store out of reach only earns a warning."""
    request = state.request
    if not request.tracked:
        return ""
    until = state.history[-1].until
    try:
        tag_decision(
            office, request.tracked, status=state.status, valid_until=until, by=by.strip(), store=request.store or None
        )
    except MachineError as error:
        return f"The decision stands, but MLflow does not show it: {error.what}"
    return ""


def _was_approved(entries: Sequence[Entry], subject: str) -> bool:
    return any(entry.kind in APPROVING and entry.body.get("subject") == subject for entry in entries)

"""What a review is about, and whether an approval holds for it.

The decision log is the only source of approvals: the gate looks there itself, it takes nobody's word. A subject is
known by hashes, so an approval holds for exactly this card, settings, registers, programmes and areas.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from riskscreen.errors import MachineError, ReviewError
from riskscreen.records.clock import utc_now
from riskscreen.records.hashlog import HashLog
from riskscreen.records.tables import Channel

DECISIONS = ("approve", "approve-with-conditions", "send-back", "reject", "withdraw")
APPROVING = ("approve", "approve-with-conditions")
RESOLVED = "resolved"
"""The entry that says who went on from the whole part of a broken log, and why. Approvals before it hold no more."""


DRIFT = timedelta(hours=1)
"""Two machines on one office may differ by so much."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Exactly what is reviewed: each field but ``run`` and ``made_by`` is a SHA-256 of content."""

    run: str
    made_by: str
    card: str
    settings: str
    registers: str
    programmes: str
    areas: str

    @property
    def hash(self) -> str:
        """One hash over all fields except the run's name and its maker."""
        content = {key: value for key, value in asdict(self).items() if key not in ("run", "made_by")}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def to_dict(self) -> dict[str, str]:
        """The fields and the hash over them."""
        return {**asdict(self), "hash": self.hash}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Subject:
        """Read back what :meth:`to_dict` wrote."""
        return cls(**{key: str(raw[key]) for key in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Approval:
    """One approving decision, as it stands in the decision log."""

    entry: int
    decision: str
    by: str
    reason: str
    until: date
    channels: tuple[Channel, ...]
    conditions: tuple[str, ...]
    subject: str


def same_person(one: str, other: str) -> bool:
    """Do two names mean the same person? Capitals and spaces do not count."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def check_clock(logs: Sequence[HashLog], now: datetime | None = None) -> None:
    """Refuse a clock that stands before the last entry: an expired approval would hold again.

    Parameters
    ----------
    logs
        The logs of the office.
    now
        UTC; default the one clock.

    Raises
    ------
    MachineError
        The clock was set back, or an entry was written when it was set forward.
    """
    now = now or utc_now()
    for log in logs:
        entries = log.entries()
        since = max((i for i, entry in enumerate(entries) if entry.kind == RESOLVED), default=0)
        for entry in entries[since:]:
            if datetime.fromisoformat(entry.time) > now + DRIFT:
                where = f"entry {entry.number} of {log.path}"
                raise MachineError(
                    f"the clock says {now:%Y-%m-%d %H:%M} UTC, but {where} is of {entry.time}",
                    do="set the clock right; when it is right, entries were written by a wrong clock: "
                    "riskscreen ledger resolve --help",
                )


def find_approval(decisions: HashLog, subject: Subject, channel: Channel, day: date) -> Approval:
    """The approval that holds for this subject and channel on this day.

    Raises
    ------
    ReviewError
        There is none, it was withdrawn or sent back later, it has expired, or it names other channels.
    RefusedError
        The chain of the decision log is broken.
    """
    last = None
    for entry in decisions.entries():
        if entry.kind in DECISIONS and entry.body.get("subject") == subject.hash:
            last = entry
        elif entry.kind == RESOLVED:  # what came after an approval may be gone, such as its withdrawal
            void = last is not None and last.kind in APPROVING
            last = None if void else last
    how = f"riskscreen review approve {subject.run} --by NAME --reason TEXT --until DATE"
    if last is None:
        raise ReviewError(f"no review approves exactly this run ({subject.run})", do=how)
    if last.kind not in APPROVING:
        raise ReviewError(f"the last decision on {subject.run} is: {last.kind}", do="ask the board; then " + how)
    body = last.body
    approval = Approval(
        last.number,
        last.kind,
        body["by"],
        body["reason"],
        date.fromisoformat(body["until"]),
        tuple(body["channels"]),
        tuple(body.get("conditions", ())),
        body["subject"],
    )
    if same_person(approval.by, subject.made_by):
        raise ReviewError("whoever made the run cannot approve it", do="ask another person to review it")
    if approval.until < day:
        raise ReviewError(f"the approval of {subject.run} expired on {approval.until}", do=how)
    if channel not in approval.channels:
        allowed = ", ".join(approval.channels) or "none"
        raise ReviewError(f"the approval does not cover the {channel} channel (it covers: {allowed})", do=how)
    return approval

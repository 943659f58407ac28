"""What a review is, as values: the request, the decisions on it, the state after them, and how they show."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from riskscreen.records.approvals import Subject
from riskscreen.records.tables import Channel


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
    store: str
    by_lot: float = 0.0


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

    def line(self) -> str:
        """One line for a list: run, status, subject, when it was asked."""
        return f"{self.run:<24} {self.status:<26} {self.request.subject.hash[:12]}  {self.request.time}"

    def to_dict(self) -> dict[str, Any]:
        """The state as JSON values."""
        request = {**asdict(self.request), "subject": self.request.subject.to_dict()}
        history = [asdict(made) for made in self.history]
        return {
            "run": self.run,
            "status": self.status,
            "request": request,
            "history": history,
            "files": list(self.files),
        }

    def to_json(self) -> str:
        """The state as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def __str__(self) -> str:
        ask = self.request
        lot = [f"by lot      {ask.by_lot:.0%} of the places that are short, over groups and areas"]
        lines = [
            f"run         {self.run}{' (synthetic registers)' if ask.synthetic else ''}",
            f"status      {self.status}",
            f"subject     {ask.subject.hash}",
            f"made by     {ask.subject.made_by}",
            f"asked       {ask.time}, for {ask.purpose}",
            f"programmes  {', '.join(ask.programmes) or 'none'}",
            f"areas       {', '.join(ask.areas) or 'none'}",
            *(lot if ask.by_lot else []),
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
    warning: str = ""

    def __str__(self) -> str:
        lines = [f"{self.state.run}: {self.state.status}"]
        if self.recall:
            lines += ["recall these released files:", *(f"  {file}" for file in self.recall)]
        if self.warning:
            lines.append(self.warning)
        return "\n".join(lines)

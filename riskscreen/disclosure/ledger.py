"""What the ledger says: what was released, to whom, under which rules, review and card, withdrawn or not."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from riskscreen.disclosure.gate import Books
from riskscreen.disclosure.shelves import withdrawn
from riskscreen.records.approvals import RESOLVED
from riskscreen.records.hashlog import Entry

READERS = {"internal": "the municipality", "public": "everybody"}
"""Who may have what left by a channel."""


@dataclass(frozen=True, slots=True)
class Left:
    """One line of the listing.

    Parameters
    ----------
    release, channel, run
        What left and how; ``external``: by another way than riskscreen.
    to
        Who received it.
    rules
        Disclosure rules with their threshold; empty for what left by other ways.
    approval, approved_by, card
        Number of the decision, who took it, and the SHA-256 of the card it is about.
    tables
        How many tables.
    entry, time, head
        Line of the ledger, when, and the head of the chain then.
    """

    release: str
    channel: str
    run: str
    to: str
    rules: str
    approval: int
    approved_by: str
    card: str
    tables: int
    withdrawn: bool
    entry: int
    time: str
    head: str

    def __str__(self) -> str:
        review = f"decision {self.approval} by {self.approved_by}" if self.approval else "no review"
        mark = "  WITHDRAWN: recall its files" if self.withdrawn else ""
        return (
            f"{self.entry:>4}  {self.time}  {self.release}  {self.run}: {self.tables} table(s) to {self.to}; "
            f"{self.rules or 'no rules'}; {review}; card {self.card[:12] or 'none'}{mark}"
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that left, and the heads of both chains.

    Parameters
    ----------
    resolved
        Who went on from a broken log and why, one sentence per time.
    """

    left: tuple[Left, ...]
    head: str
    entries: int
    decisions_head: str
    resolved: tuple[str, ...]

    def __str__(self) -> str:
        lines = [str(one) for one in self.left] or ["nothing was released"]
        lines += [f"RESOLVED: {sentence}" for sentence in self.resolved]
        return "\n".join([*lines, f"head of the ledger ({self.entries} entries): {self.head}"])

    def to_json_lines(self) -> str:
        """One JSON object per line: everything that left, then the heads."""
        end = {"head": self.head, "entries": self.entries, "decisions_head": self.decisions_head}
        rows = [*(asdict(one) for one in self.left), {**end, "resolved": list(self.resolved)}]
        return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def list_ledger(office: Books) -> Listing:
    """Read both logs of an office; a broken chain is refused.

    Raises
    ------
    RefusedError
        A chain is broken: says where.
    """
    ledger, decisions = office.ledger.entries(), office.decisions.entries()
    about = {entry.body["subject"]: entry.body["about"] for entry in decisions if entry.kind == "request"}
    by = {entry.number: str(entry.body.get("by", "")) for entry in decisions}
    gone = withdrawn(office.ledger)
    left = tuple(
        _left(entry, about, by, gone.get(entry.body["release"], 0) > entry.number)
        for entry in ledger
        if entry.kind in ("release", "external")
    )
    return Listing(left, office.ledger.head(), len(ledger), office.decisions.head(), _resolved(ledger, decisions))


def _left(entry: Entry, about: Mapping[str, Any], by: Mapping[int, str], is_withdrawn: bool) -> Left:
    body = entry.body
    rules = body.get("rules") or {}
    return Left(
        body["release"],
        body["channel"],
        body["run"] or "any run",
        body.get("to") or READERS.get(body["channel"], ""),
        f"{rules['name']}, threshold {rules['threshold']}" if rules else "",
        body.get("approval", 0),
        by.get(body.get("approval", 0), ""),
        about.get(body["subject"], {}).get("card", ""),
        len(body["tables"]),
        is_withdrawn,
        entry.number,
        entry.time,
        entry.hash,
    )


def _resolved(*logs: list[Entry]) -> tuple[str, ...]:
    names = ("ledger", "decisions")
    return tuple(
        f"{name} line {e.number}, {e.time}, by {e.body['by']}: {e.body['reason']} (kept: {e.body['kept']})"
        for name, entries in zip(names, logs, strict=True)
        for e in entries
        if e.kind == RESOLVED
    )

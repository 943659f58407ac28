"""What a decision must be before it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from riskscreen.errors import ReviewError, UsageError
from riskscreen.governance.states import Request
from riskscreen.records.approvals import DECISIONS, same_person
from riskscreen.records.tables import Channel

DEMO_BOARD = "demo board (fictional)"
RELEASING: tuple[Channel, ...] = ("internal", "public")


def known_channels(channels: Sequence[Channel]) -> list[str]:
    """The channels a review can be about, in a fixed order; others are refused."""
    wrong = [channel for channel in channels if channel not in RELEASING]
    if wrong or not channels:
        raise UsageError(
            f"a review is about the channels {' and '.join(RELEASING)}; given: {', '.join(wrong) or 'none'}",
            do="the review channel needs no approval",
        )
    return [channel for channel in RELEASING if channel in channels]


def check_words(decision: str, by: str, reason: str, conditions: Sequence[str]) -> None:
    """A decision has a name, a reason and a known kind; conditions go with one kind only."""
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


def check_maker(request: Request, by: str) -> None:
    """Whoever made the run cannot approve it, and nobody signs as the demo board on real registers."""
    if same_person(by, request.subject.made_by):
        raise ReviewError("whoever made the run cannot approve it", do="ask another person to review it")
    if same_person(by, DEMO_BOARD) and not request.synthetic:
        raise ReviewError(f"the {DEMO_BOARD} approves synthetic registers only", do="ask a real board")


def check_scope(
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


def check_until(request: Request, until: date | None, day: date) -> None:
    """An approval ends, within the term that was asked for."""
    last = day + timedelta(days=request.valid_days)
    if until is None or not day <= until <= last:
        given = "none" if until is None else until.isoformat()
        raise UsageError(
            f"an approval needs a last day from {day} up to {last} (given: {given})", do="give --until YYYY-MM-DD"
        )

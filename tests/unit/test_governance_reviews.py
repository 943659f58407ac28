"""Reviews: who may decide what, for how long, and what a decision holds for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from riskscreen.errors import MachineError, RefusedError, ReviewError, UsageError
from riskscreen.governance.office import Office
from riskscreen.governance.reviews import (
    DEMO_BOARD,
    decide,
    demo_approval,
    list_reviews,
    request_review,
    review,
    show,
)
from riskscreen.governance.states import Request
from riskscreen.records.approvals import Subject, find_approval

DAY = date(2025, 1, 1)
UNTIL = date(2025, 12, 31)
SUBJECT = Subject("demo", "Ann Maker", "c" * 64, "s" * 64, "r" * 64, "p" * 64, "a" * 64)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "my office")


def ask(office: Office, subject: Subject = SUBJECT, **changes: Any) -> Request:
    arguments = {"purpose": "help", "programmes": ("voorzorg", "opvang"), "areas": ("WK01",)} | changes
    return request_review(office, subject, **arguments)


def approve(office: Office, run: str = "demo", **changes: Any) -> None:
    arguments = {"by": "Board", "reason": "seen", "until": UNTIL, "day": DAY} | changes
    decide(office, run, "approve", **arguments)


def test_asking_twice_adds_nothing_and_asking_otherwise_does(office: Office) -> None:
    first = ask(office)
    assert ask(office).entry == first.entry
    assert ask(office, purpose="something else").entry == first.entry + 1


def test_a_review_goes_from_waiting_to_approved_to_expired_to_withdrawn(office: Office) -> None:
    ask(office)
    assert show(office, "demo", day=DAY).status == "waiting for a review"
    approve(office)
    assert show(office, "demo", day=UNTIL).status == "approved"
    assert show(office, "demo", day=date(2026, 1, 1)).status == "expired on 2025-12-31"
    done = decide(office, "demo", "withdraw", by="Board", reason="a fault was found", day=DAY)
    assert done.state.status == "withdrawn"
    assert [made.decision for made in done.state.history] == ["approve", "withdraw"]
    with pytest.raises(ReviewError, match="withdraw"):
        find_approval(office.decisions, SUBJECT, "internal", DAY)


def test_asking_again_changes_nothing_about_what_was_decided(office: Office) -> None:
    ask(office)
    decide(office, "demo", "reject", by="Board", reason="no", day=DAY)
    ask(office, folder="runs/again")
    assert show(office, "demo", day=DAY).status == "rejected"


@pytest.mark.parametrize(("decision", "status"), [("send-back", "sent back"), ("reject", "rejected")])
def test_a_no_after_a_yes_is_a_no(decision: str, status: str, office: Office) -> None:
    ask(office)
    approve(office)
    assert decide(office, "demo", decision, by="Board", reason="on second thoughts", day=DAY).state.status == status
    with pytest.raises(ReviewError, match=decision):
        find_approval(office.decisions, SUBJECT, "internal", DAY)


@pytest.mark.parametrize("name", ["Ann Maker", "ann maker", "  ANN   Maker\t"])
def test_whoever_made_the_run_cannot_approve_it(name: str, office: Office) -> None:
    ask(office)
    with pytest.raises(ReviewError, match="cannot approve"):
        approve(office, by=name)
    assert [entry.kind for entry in office.decisions.entries()] == ["request"]


def test_the_maker_may_withdraw(office: Office) -> None:
    ask(office)
    approve(office)
    done = decide(office, "demo", "withdraw", by="Ann Maker", reason="I made a mistake", day=DAY)
    assert done.state.status == "withdrawn"


@pytest.mark.parametrize("until", [None, date(2024, 12, 31), date(2026, 1, 2)])
def test_an_approval_has_a_last_day_within_its_term(until: date | None, office: Office) -> None:
    ask(office, valid_days=365)
    with pytest.raises(UsageError, match="2025-01-01 up to 2026-01-01"):
        approve(office, until=until)


def test_every_fault_of_a_decision_is_told_at_once(office: Office) -> None:
    ask(office)
    with pytest.raises(UsageError) as caught:
        decide(office, "demo", "agree", by=" ", reason="", day=DAY)
    assert len(caught.value.faults) == 3


def test_conditions_go_with_their_decision(office: Office) -> None:
    ask(office)
    with pytest.raises(UsageError, match="at least one condition"):
        decide(office, "demo", "approve-with-conditions", by="Board", reason="yes, but", until=UNTIL, day=DAY)
    with pytest.raises(UsageError, match="not with approve"):
        approve(office, conditions=("report back in May",))
    decide(
        office,
        "demo",
        "approve-with-conditions",
        by="Board",
        reason="yes, but",
        until=UNTIL,
        conditions=("report back in May",),
        day=DAY,
    )
    assert find_approval(office.decisions, SUBJECT, "internal", DAY).conditions == ("report back in May",)
    assert "condition: report back in May" in str(show(office, "demo", day=DAY))


def test_an_approval_is_of_exactly_what_was_asked(office: Office) -> None:
    ask(office, channels=("internal",))
    with pytest.raises(UsageError) as caught:
        approve(office, programmes=("voorzorg",), areas=("WK02",), purpose="fraud", channels=("internal", "public"))
    assert len(caught.value.faults) == 4
    approve(office, programmes=("opvang", "voorzorg"), areas=("WK01",), purpose="help")


def test_an_approval_is_for_the_channels_named_else_for_those_asked(office: Office) -> None:
    ask(office)
    approve(office)
    assert find_approval(office.decisions, SUBJECT, "internal", DAY).channels == ("internal", "public")
    approve(office, channels=("internal",))
    with pytest.raises(ReviewError, match="does not cover the public channel"):
        find_approval(office.decisions, SUBJECT, "public", DAY)
    with pytest.raises(UsageError, match="review channel needs no approval"):
        approve(office, channels=("review",))


def test_a_run_is_found_by_name_or_hash_and_the_latest_request_counts(office: Office) -> None:
    newer = replace(SUBJECT, settings="t" * 64)
    ask(office)
    approve(office)
    ask(office, newer)
    assert show(office, "demo", day=DAY).status == "waiting for a review"
    assert show(office, SUBJECT.hash[:12], day=DAY).status == "approved"
    assert [state.request.subject for state in list_reviews(office, day=DAY)] == [newer]
    with pytest.raises(ReviewError, match="no review is asked for 'other'") as caught:
        show(office, "other")
    assert "demo" in caught.value.do


def test_withdrawing_what_was_never_approved_is_refused(office: Office) -> None:
    ask(office)
    with pytest.raises(ReviewError, match="never approved"):
        decide(office, "demo", "withdraw", by="Board", reason="no", day=DAY)


def test_withdrawing_names_every_released_file_of_this_subject_only(office: Office) -> None:
    ask(office)
    approve(office)
    for number, subject in enumerate((SUBJECT.hash, "f" * 64), start=1):
        name, folder = f"internal-{number}", f"runs/{number}"
        body = {"subject": subject, "release": name, "folder": folder, "files": {"a.csv": "h"}}
        office.ledger.append("release", body, time="2025-01-01T00:00:00+00:00")
    done = decide(office, "demo", "withdraw", by="Board", reason="wrong", day=DAY)
    assert done.recall == ("runs/1/a.csv", (office.released / "internal-1" / "a.csv").as_posix())
    assert "recall these released files" in str(done)
    assert office.ledger.entries()[-1].body["releases"] == ["internal-1"]


def edited(lines: list[str]) -> list[str]:
    return [line.replace("2025-12-31", "2035-12-31") for line in lines]


def dropped(lines: list[str]) -> list[str]:
    return [lines[0], *lines[2:]]


def swapped(lines: list[str]) -> list[str]:
    return [lines[1], lines[0], *lines[2:]]


def replayed(lines: list[str]) -> list[str]:
    """The approval copied for another subject, with everything but its hash made to fit."""
    raw = json.loads(lines[1])
    raw["body"]["subject"] = replace(SUBJECT, card="d" * 64).hash
    raw["number"], raw["previous"] = len(lines) + 1, json.loads(lines[-1])["hash"]
    return [*lines, json.dumps(raw) + "\n"]


@pytest.mark.parametrize("tamper", [edited, dropped, swapped, replayed])
def test_a_tampered_decision_log_approves_nothing(tamper: Any, office: Office) -> None:
    ask(office)
    approve(office)
    ask(office, replace(SUBJECT, card="d" * 64))
    path = office.decisions.path
    path.write_text("".join(tamper(path.read_text(encoding="utf-8").splitlines(keepends=True))), encoding="utf-8")
    for subject in (SUBJECT, replace(SUBJECT, card="d" * 64)):
        with pytest.raises(RefusedError, match="chain"):
            find_approval(office.decisions, subject, "internal", DAY)
    with pytest.raises(RefusedError, match="chain"):
        approve(office)


def test_an_approval_of_one_subject_does_not_hold_for_another(office: Office) -> None:
    ask(office)
    approve(office)
    for field in ("card", "settings", "registers", "programmes", "areas"):
        with pytest.raises(ReviewError, match="no review approves"):
            find_approval(office.decisions, replace(SUBJECT, **{field: "x" * 64}), "internal", DAY)


def test_a_demo_approval_is_for_synthetic_registers_by_both_accounts(office: Office) -> None:
    ask(office, synthetic=False)
    for word in (True, False):
        with pytest.raises(RefusedError, match="synthetic registers only"):
            demo_approval(office, SUBJECT, synthetic=word, day=DAY)
    ask(office, synthetic=True)
    with pytest.raises(RefusedError, match="synthetic registers only"):
        demo_approval(office, SUBJECT, synthetic=False, day=DAY)
    approval = demo_approval(office, SUBJECT, synthetic=True, day=DAY)
    assert (approval.by, approval.channels) == (DEMO_BOARD, ("internal", "public"))
    assert demo_approval(office, SUBJECT, synthetic=True, day=DAY) == approval


def test_a_demo_board_does_not_overrule_a_real_no(office: Office) -> None:
    ask(office, synthetic=True)
    decide(office, "demo", "reject", by="Board", reason="no", day=DAY)
    with pytest.raises(ReviewError, match="reject"):
        demo_approval(office, SUBJECT, synthetic=True, day=DAY)


def test_nobody_signs_as_the_demo_board_on_real_registers(office: Office) -> None:
    ask(office, synthetic=False)
    with pytest.raises(ReviewError, match="synthetic registers only"):
        approve(office, by=DEMO_BOARD)


def test_the_desk_shows_and_decides(office: Office) -> None:
    desk = review(office.path)
    assert repr(desk) == "no reviews yet"
    ask(office, replace(SUBJECT, run="<b>"))
    assert "waiting for a review" in repr(desk)
    assert "&lt;b&gt;" in desk._repr_html_()
    assert desk.decide("<b>", "reject", by="Board", reason="no").state.status == "rejected"
    assert desk.show("<b>").status == desk.list()[0].status == "rejected"
    shown = json.loads(desk.show("<b>").to_json())
    assert (shown["status"], shown["history"][0]["by"]) == ("rejected", "Board")
    with pytest.raises(UsageError, match="'next year' is no date"):
        desk.decide("<b>", "approve", by="Board", reason="yes", until="next year")


def test_an_office_that_cannot_be_made_or_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match="cannot be made"):
        Office(tmp_path / "file" / "office")

    def denied(path: Path, data: bytes) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", denied)
    with pytest.raises(MachineError, match="cannot be written: Permission denied"):
        Office(tmp_path / "office")


def test_a_run_gets_copies_of_its_own_entries_only(office: Office, tmp_path: Path) -> None:
    ask(office)
    ask(office, replace(SUBJECT, run="other", card="z" * 64))
    approve(office)
    assert office.copy_entries(SUBJECT.hash, tmp_path / "ledger.jsonl") == 2
    lines = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["log"], line["kind"], line["number"]) for line in lines] == [
        ("decisions", "request", 1),
        ("decisions", "approve", 3),
    ]


def test_a_lottery_is_named_in_the_request_and_in_the_decision(tmp_path: Path) -> None:
    office = Office(tmp_path)
    asked = request_review(office, SUBJECT, purpose="prevention", programmes=["a"], areas=["W1"], by_lot=0.2)
    state = show(office, asked.subject.run)
    assert "by lot      20% of the places that are short" in str(state)
    plain = request_review(office, SUBJECT, purpose="prevention", programmes=["a"], areas=["W1"])
    assert "by lot" not in str(show(office, plain.subject.run))

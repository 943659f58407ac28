from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from riskscreen.errors import ReviewError
from riskscreen.records.approvals import Subject, find_approval
from riskscreen.records.hashlog import HashLog

SUBJECT = Subject("demo", "analyst", "c1", "s1", "r1", "p1", "a1")
TIME = "2026-01-01T00:00:00+00:00"
DAY = date(2026, 3, 1)


def decided(path: Path, *decisions: tuple[str, dict[str, object]]) -> HashLog:
    log = HashLog(path / "decisions.jsonl")
    for kind, body in decisions:
        log.append(kind, {"subject": SUBJECT.hash, "by": "board", "reason": "ok", "until": "2026-06-30",
                          "channels": ["internal"], **body}, time=TIME)  # fmt: skip
    return log


def test_an_approval_holds_for_exactly_its_subject(tmp_path: Path) -> None:
    log = decided(tmp_path, ("approve", {}))
    assert find_approval(log, SUBJECT, "internal", DAY).by == "board"
    other = Subject("demo", "analyst", "another card", "s1", "r1", "p1", "a1")
    with pytest.raises(ReviewError, match="no review approves exactly this run"):
        find_approval(log, other, "internal", DAY)


@pytest.mark.parametrize(
    ("decisions", "message"),
    [
        ([], "no review approves"),
        ([("approve", {}), ("withdraw", {})], "the last decision on demo is: withdraw"),
        ([("approve", {}), ("send-back", {})], "send-back"),
        ([("approve", {"until": "2026-02-28"})], "expired on 2026-02-28"),
        ([("approve", {"channels": ["public"]})], "does not cover the internal channel"),
        ([("approve", {"by": "analyst"})], "cannot approve it"),
    ],
)
def test_anything_else_is_not_approved(tmp_path: Path, decisions: list, message: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(ReviewError, match=message):
        find_approval(decided(tmp_path, *decisions), SUBJECT, "internal", DAY)


def test_an_approval_after_a_withdrawal_holds_again(tmp_path: Path) -> None:
    log = decided(
        tmp_path, ("approve", {}), ("withdraw", {}), ("approve-with-conditions", {"conditions": ["evaluate"]})
    )
    assert find_approval(log, SUBJECT, "internal", DAY).conditions == ("evaluate",)

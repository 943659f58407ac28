from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from riskscreen.errors import MachineError, RefusedError
from riskscreen.records.hashlog import START, HashLog


@pytest.fixture
def log(tmp_path: Path) -> HashLog:
    log = HashLog(tmp_path / "office folder" / "ledger.jsonl")
    for number in range(3):
        log.append("release", {"tables": ["areas"], "number": number}, time="2026-01-01T00:00:00+00:00")
    return log


def test_entries_are_chained(log: HashLog) -> None:
    entries = log.entries()
    assert [entry.number for entry in entries] == [1, 2, 3]
    assert entries[0].previous == START
    assert entries[2].previous == entries[1].hash
    assert log.head() == entries[2].hash


def test_an_absent_log_is_empty(tmp_path: Path) -> None:
    assert HashLog(tmp_path / "none.jsonl").head() == START


@pytest.mark.parametrize(
    ("tamper", "place"),
    [
        (lambda lines: [lines[0], lines[1].replace('"number": 1', '"number": 7', 1), lines[2]], 2),
        (lambda lines: [lines[0].replace("areas", "groups"), *lines[1:]], 1),
        (lambda lines: [lines[0], lines[2]], 2),
        (lambda lines: [lines[1], lines[0], lines[2]], 1),
        (lambda lines: [*lines[:2], lines[2][:-20]], 3),
        (lambda lines: [*lines, "not json\n"], 4),
    ],
)
def test_an_edit_shows_where(log: HashLog, tamper, place: int) -> None:  # type: ignore[no-untyped-def]
    lines = log.path.read_text().splitlines(keepends=True)
    log.path.write_text("".join(tamper(lines)))
    with pytest.raises(RefusedError, match=f"broken at entry {place}"):
        log.entries()
    with pytest.raises(RefusedError):
        log.append("release", {}, time="2026-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: [lines[0], lines[1].replace('"number": 1', '"number": 7', 1), lines[2]], "for what it says"),
        (lambda lines: [lines[0], lines[2]], "expected number 2; found number 3"),
        (lambda lines: [*lines, lines[1]], "expected number 4; found number 2"),
        (lambda lines: [*lines[:2], lines[2][:-1]], "the line was cut off"),
        (lambda lines: lines[:2], "line 3): expected entries up to 3"),
        (lambda lines: [], "line 1): expected entries up to 3"),
    ],
)
def test_it_says_what_was_expected_there(log: HashLog, change: Callable[[list[str]], list[str]], told: str) -> None:
    path = log.path
    path.write_text("".join(change(path.read_text().splitlines(keepends=True))))
    with pytest.raises(RefusedError) as caught:
        log.head()
    assert told in str(caught.value)
    assert "riskscreen ledger resolve" in caught.value.do
    whole, what = log.whole_part()
    assert len(whole) < 3 or told.startswith("expected number 4")
    assert told in what


def test_a_removed_log_is_no_empty_log(log: HashLog) -> None:
    log.path.unlink()
    with pytest.raises(RefusedError, match="up to 3"):
        log.entries()


def test_an_anchor_that_a_kill_left_behind_is_still_right(log: HashLog) -> None:
    behind = log.anchor.read_bytes()
    log.append("release", {}, time="2026-01-01T00:00:00+00:00")
    log.anchor.write_bytes(behind)
    assert len(log.entries()) == 4
    log.anchor.unlink()
    assert len(log.entries()) == 4


def test_several_entries_are_added_at_once_or_not_at_all(log: HashLog, monkeypatch: pytest.MonkeyPatch) -> None:
    before = log.path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("riskscreen.records.hashlog.os.fsync", full)
        with pytest.raises(MachineError, match="No space left"):
            log.append_all((("release", {}), ("release", {})), time="2026-01-01T00:00:00+00:00")
    assert log.path.read_bytes() == before
    assert {path.name for path in log.path.parent.iterdir()} == {
        "ledger.jsonl",
        "ledger.jsonl.head",
        "ledger.jsonl.lock",
    }
    log.append_all((("release", {}), ("withdraw", {})), time="2026-01-01T00:00:00+00:00")
    assert [entry.kind for entry in log.entries()[3:]] == ["release", "withdraw"]

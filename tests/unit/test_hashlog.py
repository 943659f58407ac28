from __future__ import annotations

from pathlib import Path

import pytest

from riskscreen.errors import RefusedError
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

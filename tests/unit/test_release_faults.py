"""A release that is disturbed: full disk, kill, two at once, a changed clock; and going on after an edit."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks import tampering
from benchmarks.faults_town import RUN, content, office_with, release_run, subject
from riskscreen.disclosure import shelves
from riskscreen.disclosure.ledger import list_ledger
from riskscreen.disclosure.release import releases
from riskscreen.disclosure.verify import check_office, verify
from riskscreen.errors import MachineError, RefusedError, ReviewError, UsageError
from riskscreen.governance.office import Office
from riskscreen.governance.resolving import resolve_log
from riskscreen.governance.reviews import decide
from riskscreen.records.approvals import check_clock, find_approval
from riskscreen.records.clock import utc_now

ROOT = Path(__file__).parents[2]
IN_A_PROCESS = """
import resource, sys
from pathlib import Path
from benchmarks.faults_town import release_run
from riskscreen.errors import MachineError
home, version, limit = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    release_run(home, version)
except MachineError as error:
    print(error)
    sys.exit(7)
"""


def start(home: Path, version: int, limit: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", IN_A_PROCESS, str(home), str(version), str(limit)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_full_disk_between_the_channels_leaves_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = office_with(tmp_path, (1,))
    write = shelves._write

    def full(folder: Path, files: dict[str, bytes], *, lasting: bool) -> None:
        if "public" in folder.name:
            raise OSError(28, "No space left on device")
        write(folder, files, lasting=lasting)

    with monkeypatch.context() as patch:
        patch.setattr(shelves, "_write", full)
        with pytest.raises(MachineError, match=r"No space left.*\n.*nothing was released"):
            release_run(tmp_path, 1)
    assert releases(office) == ()
    assert list(office.released.iterdir()) == []
    assert visible(tmp_path / "runs") == []
    release_run(tmp_path, 1)
    assert verify(tmp_path / "runs" / RUN, office).ok


@pytest.mark.parametrize("limit", [500, 3_000, 9_000])
def test_files_that_cannot_grow_leave_nothing_half_written(tmp_path: Path, limit: int) -> None:
    """A limit on the size of files fails in the middle of one, as a full disk does."""
    office = office_with(tmp_path, (1, 2))
    release_run(tmp_path, 1)
    before = content(tmp_path / "runs" / RUN)
    child = start(tmp_path, 2, limit)
    said, _ = child.communicate()
    assert child.returncode == 7, said
    assert "What to do" in said
    assert content(tmp_path / "runs" / RUN) == before
    gone_out = {record.subject for record in releases(office)} - {subject(1).hash}
    told = [finding.what for finding in verify(tmp_path / "runs" / RUN, office).findings]
    assert len(told) == len(
        gone_out
    )  # the ledger names it and the office holds it whole: then the run is to be finished
    assert all("run it again" in what for what in told)
    release_run(tmp_path, 2)
    assert verify(tmp_path / "runs" / RUN, office).ok


@pytest.mark.parametrize("moment", ["put_in_place", "_put", "last_entry"])
def test_what_a_kill_left_after_the_ledger_is_told_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    office = office_with(tmp_path, (1, 2))

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        for module in ("riskscreen.disclosure.release", "riskscreen.disclosure.shelves"):
            patch.setattr(f"{module}.{moment}", kill, raising=False)
        with pytest.raises(KeyboardInterrupt):
            release_run(tmp_path, 1)
    assert [record.channel for record in releases(office)] == ["internal", "public"]
    told = [str(finding) for finding in check_office(office)]
    assert len(told) == 2
    assert all(f"run {RUN} again" in what for what in told)
    release_run(tmp_path, 2)  # any later release puts it in place
    assert list(check_office(office)) == []
    release_run(tmp_path, 1)
    assert verify(tmp_path / "runs" / RUN, office).ok


def test_two_releases_at_once_one_waits(tmp_path: Path) -> None:
    office = office_with(tmp_path, (1, 2))
    with shelves.one_at_a_time(office):
        child = start(tmp_path, 1)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(4)
        assert releases(office) == ()
        with pytest.raises(MachineError, match="another riskscreen is releasing"), shelves.one_at_a_time(office, 0.1):
            raise UsageError("never here")
    said, _ = child.communicate(timeout=60)
    assert child.returncode == 0, said
    assert verify(tmp_path / "runs" / RUN, office).ok


def test_two_processes_that_release_end_as_one_after_the_other(tmp_path: Path) -> None:
    office = office_with(tmp_path, (1, 2))
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "office").symlink_to(office.path)
    children = [start(tmp_path / "one", 1), start(tmp_path / "other", 2)]
    for child in children:
        said, _ = child.communicate(timeout=60)
        assert child.returncode == 0, said
    assert len(releases(office)) == 4
    for name in ("one", "other"):
        assert verify(tmp_path / name / "runs" / RUN, office).ok


def test_a_clock_that_was_set_back_is_refused(tmp_path: Path) -> None:
    office = office_with(tmp_path, (1,))
    logs = (office.ledger, office.decisions)
    check_clock(logs)
    check_clock(logs, utc_now() + timedelta(days=900))
    with pytest.raises(MachineError, match=r"the clock says .* but entry 1 of"):
        check_clock(logs, utc_now() - timedelta(days=1))


def test_no_kind_of_tampering_is_accepted(tmp_path: Path) -> None:
    tried, accepted = tampering.tried(tmp_path)
    assert accepted == []
    assert len(tried) >= 50
    assert len(set(tried)) == len(tried)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_an_edited_ledger_is_resolved_in_the_open(tmp_path: Path) -> None:
    office = office_with(tmp_path, (1, 2))
    release_run(tmp_path, 1)
    ids = {record.id for record in releases(office)}
    edit(office.path / "ledger.jsonl", '"run": "small"', '"run": "large"')
    broken = (office.path / "ledger.jsonl").read_bytes()
    with pytest.raises(RefusedError, match="line 1"):
        release_run(tmp_path, 2)
    assert "line 1" in str(verify(tmp_path / "runs" / RUN, office))
    done = resolve_log(office, "ledger", by="Ann", reason="a test")
    assert (done.kept.read_bytes(), done.left_out) == (broken, (1,))
    assert {record.id for record in releases(office)} == ids, "what was received is not forgotten"
    said = str(list_ledger(office))
    assert "RESOLVED: ledger line 1" in said
    assert "Ann: a test" in said
    release_run(tmp_path, 2)
    with pytest.raises(UsageError, match="whole"):
        resolve_log(office, "ledger", by="Ann", reason="once more")


def test_after_an_edited_decision_log_the_board_decides_anew(tmp_path: Path) -> None:
    office = office_with(tmp_path, (1, 2))
    decide(office, subject(2).hash, "withdraw", by="Board", reason="wrong")
    lines = (office.path / "decisions.jsonl").read_text().splitlines(keepends=True)
    (office.path / "decisions.jsonl").write_text("".join(lines[:-1]))
    with pytest.raises(RefusedError, match="up to 5"):
        find_approval(office.decisions, subject(2), "internal", utc_now().date())
    done = resolve_log(office, "decisions", by="Ann", reason="the end was cut off")
    assert "the board decides anew" in str(done)
    for version in (1, 2):
        with pytest.raises(ReviewError, match="no review approves"):
            find_approval(office.decisions, subject(version), "internal", utc_now().date())
    day = utc_now().date()
    decide(office, subject(1).hash, "approve", by="Board", reason="again", until=day, day=day)
    assert find_approval(office.decisions, subject(1), "internal", day).by == "Board"


def test_entries_of_a_clock_set_forward_can_be_resolved(tmp_path: Path) -> None:
    office = office_with(tmp_path, (1,))
    day, later = utc_now().date(), (utc_now() + timedelta(days=800)).isoformat(timespec="seconds")
    decide(office, RUN, "approve", by="Board", reason="late", until=day, day=day, time=later)
    with pytest.raises(MachineError, match="the clock says"):
        release_run(tmp_path, 1)
    done = resolve_log(office, "decisions", by="Ann", reason="the clock was wrong")
    assert "set forward" in done.what
    assert done.left_out == (3,)
    check_clock((office.ledger, office.decisions))


@pytest.mark.parametrize(("by", "reason"), [(" ", "why"), ("Ann", "")])
def test_nobody_resolves_in_silence(tmp_path: Path, by: str, reason: str) -> None:
    with pytest.raises(UsageError, match="who resolves"):
        resolve_log(office_with(tmp_path, (1,)), "ledger", by=by, reason=reason)


def test_the_head_stands_in_every_released_folder(tmp_path: Path) -> None:
    office = office_with(tmp_path, (1,))
    release_run(tmp_path, 1)
    for record in releases(office):
        for folder in (tmp_path / record.folder, office.released / record.id):
            raw = json.loads((folder / shelves.HEAD).read_text(encoding="utf-8"))
            assert (raw["entry"], raw["head"]) == (record.entry, record.head)
    assert str(list_ledger(office)).endswith(office.ledger.head())


def test_the_listing_says_to_whom_and_by_which_review(tmp_path: Path) -> None:
    office = office_with(tmp_path, (1,))
    release_run(tmp_path, 1)
    inside, outside = list_ledger(office).left
    assert (inside.to, outside.to) == ("the municipality", "everybody")
    assert inside.rules.startswith("standard/1, threshold 10")
    assert (inside.approval, inside.approved_by, inside.card) == (2, "Board", subject(1).card)
    decide(office, RUN, "withdraw", by="Board", reason="wrong")
    assert str(list_ledger(office)).count("WITHDRAWN") == 2
    assert len(list_ledger(office).to_json_lines().splitlines()) == 3


def test_a_withdrawal_that_a_kill_cut_short_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = office_with(tmp_path, (1,))
    release_run(tmp_path, 1)

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("riskscreen.governance.reviews.withdraw_releases", kill)
        with pytest.raises(KeyboardInterrupt):
            decide(office, RUN, "withdraw", by="Board", reason="wrong")
    assert "the ledger does not say so" in str(verify(tmp_path / "runs" / RUN, office))
    decide(office, RUN, "withdraw", by="Board", reason="wrong")
    told = [finding.what for finding in verify(tmp_path / "runs" / RUN, Office(office.path)).findings]
    assert told == ["it was withdrawn: recall its files"] * 2

"""What goes wrong: one clear message (what, where, what to do), the right exit code, earlier results whole."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock
from own_exports import EXPORTS, command, contents, export, fill_in, started

from riskscreen.cli import main

Refused = Callable[..., str]
THREE = ["persons", "household_spells", "reports"]
EARLIER = {"exports/report.html": b"an earlier report", "exports/run.json": b"{}"}


@pytest.fixture(scope="session")
def base(own_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three own registers without faults, and the results of an earlier run."""
    from riskscreen.registers import init

    home = tmp_path_factory.mktemp("fouten en zo")
    init(export(own_world, home / "exports", THREE), home)
    fill_in(home)
    for name, body in EARLIER.items():
        (home / "runs" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "runs" / name).write_bytes(body)
    return home


@pytest.fixture
def home(base: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(base, tmp_path / "een eigen map"))


@pytest.fixture
def refused(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run a command that must fail with this exit code; gives its message."""

    def run(code: int, *words: str) -> str:
        monkeypatch.chdir(home)
        monkeypatch.setattr("sys.argv", ["riskscreen", *(words or ("run", "scenario.yaml"))])
        monkeypatch.setattr("sys.unraisablehook", sys.unraisablehook)
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        with pytest.raises(SystemExit) as left:
            main()
        for number, handler in handlers.items():
            signal.signal(number, handler)
        said = capsys.readouterr()
        assert left.value.code == code, said.out + said.err
        assert "Traceback" not in said.out + said.err
        assert said.err.startswith("riskscreen: ") or "Usage: riskscreen" in said.err
        assert "What to do: " in said.err or "--help" in said.err
        assert whole(home)
        return said.err

    return run


def whole(home: Path) -> bool:
    """Are the earlier results untouched, with nothing half-written beside them?"""
    if not (home / "runs").is_dir():
        return True
    there = {name: body for name, body in contents(home / "runs").items() if not name.endswith(".lock")}
    return there == EARLIER and not (home / "runs" / ".exports.new").exists()


def change(home: Path, file: str, old: str, new: str) -> None:
    text = (home / file).read_text(encoding="utf-8")
    assert old in text
    (home / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def spoil(home: Path, register: str, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    place = home / "exports" / EXPORTS[register][0]
    frame = pd.read_csv(place, sep=";", dtype=str, encoding="cp1252")
    edit(frame).to_csv(place, sep=";", index=False, encoding="cp1252")


def test_a_missing_obligatory_register(home: Path, refused: Refused) -> None:
    (home / "exports" / EXPORTS["reports"][0]).unlink()
    assert "there is no file Meldingen Veilig Thuis.csv" in refused(3)
    text = (home / "mapping.yaml").read_text(encoding="utf-8")
    (home / "mapping.yaml").write_text(text[: text.index("  reports:")], encoding="utf-8")
    said = refused(4)
    assert "an obligatory register is missing in exports" in said
    assert "persons, household_spells, reports are obligatory" in said


def test_an_unknown_column_in_a_stressor_of_ones_own(home: Path, refused: Refused) -> None:
    source = Path(__file__).resolve().parents[2] / "configs" / "stressors" / "debt.yaml"
    text = source.read_text(encoding="utf-8").replace("kind = 'arrears_signal'", "kleur = 'arrears_signal'")
    (home / "own.yaml").write_text(text, encoding="utf-8")
    change(home, "scenario.yaml", "horizon: 12", "horizon: 12\nstressors: own.yaml")
    said = refused(3)
    assert "own.yaml: debt_arrears" in said
    assert "unknown column 'kleur' at place 1; choose from kind, source" in said


def test_an_unknown_column_in_the_mapping(home: Path, refused: Refused) -> None:
    change(home, "mapping.yaml", 'sex: "Geslacht"', 'sex: "Sekse"\n      shoe_size: "Schoenmaat"')
    assert "persons: unknown column shoe_size; choose from person, birth_date" in refused(3)
    change(home, "mapping.yaml", '\n      shoe_size: "Schoenmaat"', "")
    assert "persons: Personen 2025.csv has no column Sekse (mapped to sex)" in refused(3)


@pytest.mark.parametrize("file", ["scenario.yaml", "mapping.yaml", "basis.yaml"])
def test_broken_yaml(home: Path, refused: Refused, file: str) -> None:
    with (home / file).open("a", encoding="utf-8") as open_file:
        open_file.write("review: {purpose: [\n")
    said = refused(3)
    assert f"{file} is no valid YAML at line" in said
    assert "check indentation, colons and quotes there" in said


def test_a_scenario_that_is_no_scenario(home: Path, refused: Refused) -> None:
    (home / "scenario.yaml").write_text("- 1\n", encoding="utf-8")
    assert "scenario.yaml has 1 fault(s)" in refused(3)
    assert "there is no scenario file nergens.yaml" in refused(3, "run", "nergens.yaml")


def test_every_fault_of_the_settings_at_once_and_before_any_work(home: Path, refused: Refused) -> None:
    change(home, "scenario.yaml", "outcome: new_report", "outcome: nope\naudit: {by: [shoe_size]}")
    said = refused(3)
    assert "there is no outcome 'nope'" in said
    assert "audit.by: 'shoe_size' is unknown" in said
    assert "choose from origin, sex_single_parent" in said


def test_a_spreadsheet_of_a_provider_with_other_headings(home: Path, refused: Refused) -> None:
    change(home, "scenario.yaml", "horizon: 12", "horizon: 12\nreach: {files: [q.csv, gone.xlsx]}")
    assert "gone.xlsx" in refused(3)
    change(home, "scenario.yaml", ", gone.xlsx", "")
    (home / "q.csv").write_text("naam;programma;wijk\nA;home_start;WK1\n", encoding="utf-8")
    said = refused(4)
    assert "q.csv: found the headings naam, programma, wijk; still needed: provider, quarter, offered" in said
    assert "docs/how-to/provider-reach.md" in said


def test_faults_of_spreadsheets_and_of_settings_are_told_together(home: Path, refused: Refused) -> None:
    change(home, "scenario.yaml", "horizon: 12", "horizon: 12\nreach: {files: [q.csv]}\nprogrammes: [magic]")
    head = "provider,programme,quarter,area,offered,taken_up,completed"
    (home / "q.csv").write_text(
        f"{head}\nA,magic,2024-Q1,WK1,3,4,0\nA,home_start,2024-Q9,WK1,3,1,0\n", encoding="utf-8"
    )
    said = refused(3)
    for part in (
        "magic is not in the catalogue",
        "q.csv, row 2: taken_up is more than offered",
        "q.csv, row 3: quarter is not one quarter",
    ):
        assert part in said


def test_a_workbook_of_planning_values_with_faults(home: Path, refused: Refused) -> None:
    change(home, "scenario.yaml", "horizon: 12", "horizon: 12\nassumptions: plan.xlsx")
    (home / "plan.xlsx").write_text("no workbook", encoding="utf-8")
    assert "plan.xlsx is no whole .xlsx workbook" in refused(3)


def test_a_date_in_the_future(home: Path, refused: Refused) -> None:
    def edit(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[3, "Registratiedatum"] = "01-01-2091"
        return frame

    spoil(home, "reports", edit)
    said = refused(4)
    assert "reports.recorded_date: the date lies in the future or after the period covered: 1 row (first: 4)" in said
    assert "2091" not in said  # no value of a row


def test_an_empty_municipality(home: Path, refused: Refused) -> None:
    spoil(home, "household_spells", lambda frame: frame[frame["Plaats huishouden"] != "kind"])
    said = refused(4)
    assert "the registers hold no families with children" in said
    assert "2025-01-01: no families" in said
    for register in THREE:
        spoil(home, register, lambda frame: frame.head(0))
    said = refused(4)
    for register in THREE:
        assert f"{register}: the register has no rows" in said


def test_index_dates_outside_coverage(home: Path, refused: Refused) -> None:
    change(home, "scenario.yaml", "test: 2024-01-01", "test: 2024-06-01")
    said = refused(4)
    assert "2024-06-01: its outcome is known on 2025-06-01, but reports cover 2015-02-01 up to 2025-01-01" in said
    assert "choose other index_dates" in said


def test_a_folder_that_is_locked(home: Path, refused: Refused) -> None:
    with FileLock(str(home / "runs" / ".exports.lock")):
        assert "another riskscreen is making the run exports in runs" in refused(7)


@pytest.mark.parametrize("log", ["ledger.jsonl", "decisions.jsonl"])
def test_a_broken_chain(home: Path, refused: Refused, log: str) -> None:
    from riskscreen.governance.office import Office

    chain = {"ledger.jsonl": Office(home / "office").ledger, "decisions.jsonl": Office(home / "office").decisions}[log]
    for word in ("first", "second", "third"):
        chain.append("note", {"word": word}, time="2026-01-01T00:00:00+00:00")
    change(home, f"office/{log}", "second", "edited")
    said = refused(5)
    assert f"{log} is broken at entry 2" in said
    assert "put back the file from a backup" in said


@pytest.mark.parametrize(("place", "message"), [("runs", "cannot write in runs"), ("office", "office cannot be made")])
def test_a_folder_that_cannot_be_written(home: Path, refused: Refused, place: str, message: str) -> None:
    shutil.rmtree(home / place, ignore_errors=True)
    (home / place).write_text("a file in the way", encoding="utf-8")  # rights do not stop every user, this does
    assert message in refused(7)


def test_a_full_disk(home: Path) -> None:
    done = command(home, "run", "scenario.yaml", largest=50_000)
    assert done.returncode == 7, done.stdout + done.stderr
    assert "the engine cannot read or write its files (disk full" in done.stderr
    assert "What to do: check free disk space in" in done.stderr
    assert "Traceback" not in done.stderr
    assert whole(home)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "scenario.yaml", "--fast"), "No such option: --fast"),
        (("fly",), "No such command 'fly'"),
        (("synthesize", "--families", "3"), "greater than or equal to 200"),
        (("verify", "runs/nergens"), "runs/nergens holds no run"),
        (("audit", "nergens.csv", "--outcome", "y", "--by", "z"), "there is no file nergens.csv"),
        (("review", "approve", "exports", "--by", "A. Bakker"), "Missing option '--reason'"),
    ],
)
def test_words_that_are_no_command(refused: Refused, words: tuple[str, ...], message: str) -> None:
    assert message in refused(2, *words)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stop_is_quiet(home: Path, tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "work"))
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    with subprocess.Popen(started("run", "scenario.yaml"), cwd=home, **pipes) as job:
        assert job.stdout is not None
        assert job.stderr is not None
        next(line for line in job.stdout if "levels and profiles" in line)
        job.send_signal(number)
        said = job.stdout.read() + job.stderr.read()
    assert job.returncode in (128 + number, -signal.SIGKILL)
    assert "Traceback" not in said
    assert (home / "runs" / "exports" / "report.html").read_bytes() == EARLIER["exports/report.html"]
    if number != signal.SIGKILL:
        assert whole(home)
        assert list((tmp_path / "work").glob("riskscreen-work-*")) == []  # rows do not stay behind

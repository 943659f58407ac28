"""Registers of a municipality's own: five or three CSV exports with Dutch names, from init to a released result."""

from __future__ import annotations

import errno
import getpass
import json
import re
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pandas as pd
import pytest
import yaml
from own_exports import EXPORTS, command, contents, export, fill_in, words_of

from riskscreen.disclosure.verify import verify
from riskscreen.errors import MachineError
from riskscreen.pipeline import RunResult, run
from riskscreen.records.clock import utc_now
from riskscreen.settings import load_scenario

Done = CompletedProcess[str]
FIVE = list(EXPORTS)
UNTIL = (utc_now().date() + timedelta(days=90)).isoformat()
APPROVE = ("--reason", "useful, harms weighed", "--until", UNTIL)


@dataclass(frozen=True)
class FiveRegisters:
    """What every command said, in order, and the files that stood there while the run waited."""

    home: Path
    guessed: dict[str, object]
    changed: int
    check: Done
    waiting: Done
    waiting_files: frozenset[str]
    waiting_dossier: str
    by_maker: Done
    approval: Done
    released: Done
    again: Done

    @property
    def folder(self) -> Path:
        return self.home / "runs" / "onze-bestanden"


@pytest.fixture(scope="session")
def five(own_world: Path, tmp_path_factory: pytest.TempPathFactory) -> FiveRegisters:
    """Five registers with few reports: init, check, run, approve, run again; all as commands."""
    home = tmp_path_factory.mktemp("vijf registers van ons")
    export(own_world, home / "Onze Bestanden", FIVE, reports=4)
    started = command(home, "init", "Onze Bestanden", "--out", ".")
    assert started.returncode == 0, started.stderr
    guessed = yaml.safe_load((home / "mapping.yaml").read_text(encoding="utf-8"))
    changed = fill_in(home)
    check, waiting = command(home, "check", "scenario.yaml"), command(home, "run", "scenario.yaml")
    assert waiting.returncode == 6, check.stdout + waiting.stdout + waiting.stderr
    folder = home / "runs" / "onze-bestanden"
    files = frozenset(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    dossier = words_of(folder / "dossier.html")
    decide = ("review", "approve", "onze-bestanden", *APPROVE, "--by")
    by_maker, approval = command(home, *decide, getpass.getuser()), command(home, *decide, "A. Bakker")
    released, again = command(home, "run", "scenario.yaml"), command(home, "run", "scenario.yaml")
    return FiveRegisters(
        home, guessed, changed, check, waiting, files, dossier, by_maker, approval, released, again
    )  # fmt: skip


def test_init_recognises_every_file_and_nearly_every_name(five: FiveRegisters) -> None:
    registers = five.guessed["registers"]
    assert isinstance(registers, dict)
    assert {name: body["file"] for name, body in registers.items()} == {name: EXPORTS[name][0] for name in FIVE}
    assert {body["separator"] for body in registers.values()} == {";"}
    assert {body["dates"] for body in registers.values()} == {"%d-%m-%Y"}
    assert five.changed == 3  # a column, a code, and the name of the municipality


def test_init_chooses_index_dates_that_the_registers_cover(five: FiveRegisters) -> None:
    dates = load_scenario(five.home / "scenario.yaml").index_dates
    assert [day.isoformat() for day in dates.all] == [f"{year}-01-01" for year in range(2021, 2026)]


def test_check_finds_no_fault_and_tells_what_it_may_not_read(five: FiveRegisters) -> None:
    assert five.check.returncode == 0, five.check.stdout + five.check.stderr
    for column in ("education", "education_date"):
        assert f"persons.{column}: no lawful basis names the column, so it is not read" in five.check.stdout


def test_the_run_stops_at_the_review_and_says_what_to_type(five: FiveRegisters) -> None:
    assert five.waiting.returncode == 6, five.waiting.stderr
    last = five.waiting.stdout.splitlines()[-1]
    assert "riskscreen review approve onze-bestanden --by NAME --reason TEXT --until DATE" in last
    assert "then run again" in last


def test_while_it_waits_there_is_a_draft_and_nothing_else(five: FiveRegisters) -> None:
    assert five.waiting_files == {
        "dossier.html", "card.json", "score.sql", "audit.json", "ledger.jsonl", "run.json", "run.log"
    }  # fmt: skip


def test_the_maker_cannot_approve(five: FiveRegisters) -> None:
    assert five.by_maker.returncode == 6
    assert "whoever made the run cannot approve it" in five.by_maker.stderr


def test_after_the_approval_the_run_completes(five: FiveRegisters) -> None:
    assert five.approval.returncode == 0, five.approval.stderr
    assert five.released.returncode == 0, five.released.stdout + five.released.stderr
    for channel in ("internal", "public"):
        assert (five.folder / "released" / channel / "target_groups.csv").stat().st_size > 0
    assert (five.folder / "report.html").stat().st_size > 0
    assert "A. Bakker" in words_of(five.folder / "report.html")
    found = verify(five.folder)
    assert found.ok, str(found)


def test_what_did_not_change_is_not_run_again(five: FiveRegisters) -> None:
    kept = [line.split()[1] for line in five.released.stdout.splitlines() if " unchanged " in line and "/" in line[:6]]
    body = json.loads((five.folder / "run.json").read_text(encoding="utf-8"))
    assert len(kept) == 10
    assert [step["name"] for step in body["steps"] if not step["kept"]] == ["registers", "review", "release", "report"]


def test_a_third_run_finds_nothing_to_do(five: FiveRegisters) -> None:
    assert five.again.returncode == 0
    assert "nothing changed since the last run" in five.again.stdout


def test_the_board_reads_first_what_cannot_be_seen(five: FiveRegisters) -> None:
    for page in (five.waiting_dossier, words_of(five.folder / "report.html")):
        for absent in ("perioden van geestelijke gezondheidszorg", "episodes of mental health care"):
            assert absent in page
        first = page.index("perioden van geestelijke gezondheidszorg")
        assert first < page.index("Doelgroepen doelgroep")  # before any result
        assert "niet gedekt" in page


def test_no_page_calls_real_families_made_up(five: FiveRegisters) -> None:
    for page in (five.waiting_dossier, words_of(five.folder / "report.html")):
        assert "Voorbeeldstad" in page
        assert "verzonnen" not in page.split("Bijlagen", 1)[0][:1500]
        assert "gezinnen en alle uitkomsten zijn verzonnen" not in page


def test_a_stressor_of_an_absent_register_is_not_covered_and_never_scores(five: FiveRegisters) -> None:
    prevalence = pd.read_csv(five.folder / "released" / "internal" / "prevalence.csv", dtype=str).fillna("")
    status = dict(zip(prevalence["stressor"], prevalence["status"], strict=True))
    absent = {name for name, found in status.items() if found == "not_covered"}
    assert len(absent) > len(status) / 2
    assert all(prevalence.set_index("stressor").loc[sorted(absent), "with_stressor"].isin(["", "-"]))
    assert set(status) - absent  # debt and households are there


def test_with_few_outcomes_the_reference_card_is_recalibrated_and_it_says_so(five: FiveRegisters) -> None:
    card = json.loads((five.folder / "card.json").read_text(encoding="utf-8"))
    assert card["about"]["fitted"] == "reference card, recalibrated"
    assert "reference card (too few outcomes to fit one here)" in five.waiting.stdout
    assert "Te weinig geregistreerde uitkomsten" in five.waiting_dossier


def test_columns_without_a_basis_are_nowhere(five: FiveRegisters) -> None:
    level = re.compile(r"opleidingsniveau|low_education", re.IGNORECASE)
    released = (five.folder / "released" / "internal" / "prevalence.csv").read_text(encoding="utf-8")
    rows = [line for line in released.splitlines() if level.search(line)]
    assert all("not_covered" in row for row in rows)


@pytest.fixture(scope="session")
def three(own_world: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunResult]:
    """Persons, households and reports only."""
    from riskscreen.registers import init

    home = tmp_path_factory.mktemp("drie registers")
    init(export(own_world, home / "drie", ["persons", "household_spells", "reports"]), home)
    fill_in(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        return home, run("scenario.yaml")


def test_three_registers_are_enough(three: tuple[Path, RunResult]) -> None:
    home, result = three
    assert result.waits
    assert "3 registers of Voorbeeldstad (your own)" in str(result)
    assert "There are no wijken: no register says where families live" in str(result)
    page = words_of(home / result.folder / "dossier.html")
    assert "wie op welk adres woonde" in page[: page.index("Doelgroepen doelgroep")]


def test_the_path_of_the_scenario_does_not_decide_what_was_approved(
    three: tuple[Path, RunResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, result = three
    monkeypatch.chdir(home)
    said: list[str] = []
    again = run(home.resolve() / "scenario.yaml", tell=said.append)
    assert "nothing changed" in said[-1]
    assert again.lines == result.lines


def test_on_a_disk_that_is_full_at_the_very_end_the_earlier_run_stays_whole(
    three: tuple[Path, RunResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, result = three
    copy = Path(shutil.copytree(home, tmp_path / "drie registers"))
    with (copy / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.write("audit: {threshold_share: 0.2}\n")
    before = contents(copy / "runs" / result.name)
    write = Path.write_text

    def full(self: Path, text: str, **more: Any) -> int:
        if self.name.startswith("run.json"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, text, **more)

    monkeypatch.chdir(copy)
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(MachineError, match="cannot write in runs: No space left on device") as caught:
        run("scenario.yaml")
    assert caught.value.exit_code == 7
    assert contents(copy / "runs" / result.name) == before
    assert [path.name for path in (copy / "runs").iterdir() if not path.name.endswith(".lock")] == [result.name]

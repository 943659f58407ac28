"""A whole run examined: every check through the gate, and a command that says in its exit code what came out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from road import CANARY, Road
from typer.testing import CliRunner

from riskscreen.cli import app
from riskscreen.errors import UsageError
from riskscreen.governance.office import Office
from riskscreen.pipeline.integrity import check_integrity
from riskscreen.settings import load_scenario

QUICK = ("monotonicity", "beforehand")


@pytest.fixture
def here(road: Road, monkeypatch: pytest.MonkeyPatch) -> Road:
    monkeypatch.chdir(road.home)
    return road


def test_the_rule_and_the_design_were_in_the_ledger_before_the_fit(here: Road) -> None:
    found = check_integrity(here.scenario, checks=QUICK)
    assert {one.result for one in found.examination.findings} <= {"passed", "not_possible"}
    kinds = [entry.kind for entry in Office(here.home / "office").ledger.entries()]
    assert kinds.index("rule") < kinds.index("fitted")
    assert [table.name for table in found.tables] == ["integrity"]
    assert "Draft for review" in str(found.tables[0])
    assert "riskscreen review show" in str(found).splitlines()[-1]
    assert found._repr_html_().startswith("<pre>")


def test_the_command_ends_with_5_when_a_check_fails(here: Road, tmp_path: Path) -> None:
    given = here.scenario.read_text(encoding="utf-8")
    other = here.home / "another-office.yaml"
    other.write_text(given + f"\noffice: {json.dumps(str(tmp_path / 'office'))}\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["integrity", str(other), "--only", "beforehand", "--json"])
    other.unlink()
    assert result.exit_code == 5, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {row["finding"]: row["result"] for row in rows}["beforehand_logged"] == "failed"


def test_a_check_that_does_not_exist_is_told_with_those_that_do(here: Road) -> None:
    with pytest.raises(UsageError, match="leakge") as refused:
        check_integrity(here.scenario, checks=("leakge",))
    assert "leakage" in str(refused.value)


@pytest.mark.slow
def test_a_sound_run_passes_every_check_and_no_number_of_a_person_is_told(here: Road) -> None:
    said: list[str] = []
    found = check_integrity(here.scenario, tell=said.append)
    assert found.ok, str(found)
    assert len(found.examination.findings) == 21
    assert CANARY not in str(found) + found.to_json() + "".join(said)
    names = {table.name for table in found.tables}
    assert names == {"integrity", "integrity_ages", "integrity_parity", "integrity_registers"}


@pytest.mark.slow
def test_the_runs_own_combination_gives_the_runs_own_conclusions(here: Road) -> None:
    scenario = load_scenario(here.scenario)
    found = check_integrity(scenario, checks=("multiverse",))
    own = found.examination.finding("multiverse_own")
    assert own.result == "passed"
    assert own.looked_at in (24, 48)
    assert Office(scenario.office).ledger.entries()[-1].kind == "multiverse"

"""The commands of the ledger, as in the how-to page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.faults_town import office_with, release_run
from riskscreen.cli import app
from riskscreen.errors import RefusedError, RiskscreenError

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "ledger.md"
COMMANDS = [
    line.strip() for line in re.sub(r"\\\n\s*", "", PAGE.read_text(encoding="utf-8")).splitlines()
    if line.startswith("riskscreen ")
]  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    office_with(tmp_path, (1,))
    release_run(tmp_path, 1)
    (tmp_path / "counts.csv").write_text("area,families,reported\nWK01,120,<10\nWK02,340,35\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def say(command: str) -> str:
    import shlex

    done = CliRunner().invoke(app, shlex.split(command)[1:])
    if isinstance(done.exception, RiskscreenError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("command", [c for c in COMMANDS if "resolve" not in c])
def test_every_command_of_the_page_works(home: Path, command: str) -> None:
    assert say(command.replace("NAME", "small"))


def test_after_an_edit_everything_is_refused_until_it_is_resolved(home: Path) -> None:
    ledger = home / "office" / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace("public", "internal", 1))
    with pytest.raises(RefusedError, match="line 2"):
        say("riskscreen ledger list")
    (resolve,) = [c for c in COMMANDS if "resolve" in c and "decisions" not in c]
    assert "kept as" in say(resolve)
    assert "RESOLVED: ledger line 2" in say("riskscreen ledger list")


def test_for_a_program_it_is_one_object_per_line(home: Path) -> None:
    lines = [json.loads(line) for line in say("riskscreen ledger list --json").splitlines()]
    assert [line["channel"] for line in lines[:-1]] == ["internal", "public"]
    assert lines[-1]["entries"] == 3


@pytest.mark.parametrize("command", ["list", "resolve --by A --reason B", "resolve --by A --reason B --log ledgers"])
def test_without_an_office_it_says_where_to_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RiskscreenError, match=r"no office|no log"):
        say(f"riskscreen ledger {command}")
    assert list(tmp_path.iterdir()) == []

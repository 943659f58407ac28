"""Proxies and what-ifs of a whole run: what a program gets, and that nothing small or releasable is in it."""

from __future__ import annotations

import json

import pytest
from road import CANARY, Road
from typer.testing import CliRunner

from riskscreen.cli import app
from riskscreen.governance.office import Office


@pytest.fixture
def here(road: Road, monkeypatch: pytest.MonkeyPatch) -> Road:
    monkeypatch.chdir(road.home)
    return road


@pytest.mark.slow
def test_the_command_shows_what_leaving_out_a_stressor_would_do(here: Road) -> None:
    files = {path for path in here.home.rglob("*") if "office" not in path.parts and path.is_file()}
    result = CliRunner().invoke(
        app,
        [
            *("mitigate", str(here.scenario), "--without", "single_parent", "--attribute", "family_form"),
            *("--out", "for the board", "--json"),
        ],
    )
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    what_ifs = {row["what_if"]: row for row in rows if row["table"] == "what_ifs"}
    assert list(what_ifs)[:2] == ["card", "without:single_parent"]
    assert what_ifs["card"]["result"] == "as_it_is"
    readers = [row for name, row in what_ifs.items() if name.endswith(":family_form")]
    assert all(row["result"] == "what_if_only" for row in readers)
    assert all("reads_sensitive_feature" in row["reason"] for row in readers)
    recovered = {row["attribute"]: row for row in rows if row["table"] == "proxies"}
    assert recovered["family_form"]["recovered"] == "yes"
    counts = [row[name] for row in rows for name in ("families", "outcomes") if row.get(name) is not None]
    assert min(counts) >= 10
    assert CANARY not in result.output
    after = {path for path in here.home.rglob("*") if "office" not in path.parts and path.is_file()}
    pages = {here.home / "for the board" / f"what-ifs.{language}.html" for language in ("nl", "en")}
    assert after - files == pages  # a what-if leaves no card and no file but what is asked for
    assert result.stderr.count("wrote ") == 2
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert CANARY not in text
        assert str(here.home) not in text
        assert "<svg" in text
    english = (here.home / "for the board" / "what-ifs.en.html").read_text(encoding="utf-8")
    assert "Draft for review." in english
    assert f"Judged on {what_ifs['card']['families']:,} families" in english
    assert [entry.kind for entry in Office(here.home / "office").ledger.entries()][-1] == "mitigation"


@pytest.mark.parametrize(
    ("given", "told"), [(["--without", "evicton"], "eviction"), (["--attribute", "religion"], "origin")]
)
def test_a_stressor_or_attribute_that_does_not_exist_is_told_with_those_that_do(
    here: Road, given: list[str], told: str
) -> None:
    from riskscreen.errors import UsageError

    result = CliRunner().invoke(app, ["mitigate", str(here.scenario), *given])
    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_code == 2
    assert told in str(result.exception)


def test_a_file_in_place_of_the_folder_is_told_before_the_work(here: Road) -> None:
    from riskscreen.errors import UsageError

    result = CliRunner().invoke(app, ["mitigate", str(here.scenario), "--out", str(here.scenario)])
    assert isinstance(result.exception, UsageError)
    assert "is a file" in str(result.exception)

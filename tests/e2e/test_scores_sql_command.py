"""``riskscreen sql``: the chosen card of a run, in a dialect, and nothing about one family."""

from __future__ import annotations

import pytest
from road import Road
from sql_judge import faults
from typer.testing import CliRunner

from riskscreen.cli import app
from riskscreen.errors import UsageError
from riskscreen.records.card import Card
from riskscreen.records.card_sql import DIALECTS


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_prints_the_chosen_card_of_the_run(road: Road, monkeypatch: pytest.MonkeyPatch, dialect: str) -> None:
    monkeypatch.chdir(road.home)
    given = ["sql", str(road.scenario), "--dialect", dialect, "--key", "area_block", "--table", "warehouse.levels"]
    done = CliRunner().invoke(app, given, catch_exceptions=False)
    card = Card.from_json((road.home / road.result.folder / "card.json").read_text(encoding="utf-8"))
    bare = card.to_sql(dialect, keys=("area_block",), table="warehouse.levels")
    assert done.exit_code == 0
    assert _without_comments(done.stdout) == _without_comments(bare)
    assert faults(done.stdout, dialect, ("area_block",)) == []
    assert "draft for review" in done.stderr


@pytest.mark.parametrize(("option", "value"), [("--dialect", "oracle"), ("--key", "family"), ("--key", "[Household]")])
def test_it_refuses_before_it_runs_anything(
    road: Road, monkeypatch: pytest.MonkeyPatch, option: str, value: str
) -> None:
    monkeypatch.chdir(road.home)
    monkeypatch.setattr("riskscreen.pipeline.statement.open_job", None)
    with pytest.raises(UsageError):
        CliRunner().invoke(app, ["sql", str(road.scenario), option, value], catch_exceptions=False)


def _without_comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("--")]

"""A link step whose result is kept still replaces numbers, and the command shows its quality and what to do next."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from riskscreen.pipeline import run_step
from riskscreen.pipeline.linking import link_any, link_scenario
from riskscreen.pipeline.running import open_job, silent
from riskscreen.settings import Scenario

NEW = ("linkage_rules", "linkage_rates", "linkage_rates_by_group", "linkage_blocking")


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    place = tmp_path_factory.mktemp("kept")
    return Scenario.model_validate(
        {
            "schema": "scenario/1",
            "name": "kept",
            "seed": 3,
            "office": str(place / "office"),
            "registers": {"synthetic": {"world": "voorbeeldstad", "families": 1500}},
            "index_dates": {"train": [date(2023, 1, 1)], "test": date(2024, 1, 1), "now": date(2025, 1, 1)},
            "horizon": 12,
            "outcome": "new_report",
            "budget": 1000,
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


def test_a_kept_link_step_still_replaces_numbers(
    scenario: Scenario, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    names = [table.name for table in run_step("link", scenario).tables]
    assert set(NEW) <= set(names)
    with open_job(scenario, Path("runs"), silent) as job:
        job.perform("profile")
        kept = {done.name: done.kept for done in job.done}
        assert kept["link"]
        assert not kept["profile"]
        assert job.engine.has("registers.persons_as_arrived")
        assert job.engine.value("SELECT count(*) FROM crosswalk") > 0


def test_true_rates_and_effect_stand_beside_the_estimates(
    scenario: Scenario, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    found = link_scenario(scenario, truth=Path("registers/kept/truth"), effect=True, save_model=Path("model.json"))
    tables = {table.name: table.table for table in found.tables}
    rates = {(row["scope"], row["method"]): row for row in tables["linkage_rates"].records()}
    assert float(rates["all_records", "truth"]["false_match_rate"]) < 0.001  # type: ignore[arg-type]
    assert float(rates["astray", "truth"]["missed_match_rate"]) < 0.1  # type: ignore[arg-type]
    assert "linkage_effect" in tables
    assert Path("model.json").exists()


def test_the_command_ends_with_what_to_do_next(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    text = (
        "schema: scenario/1\nname: kept\nseed: 3\nregisters: {synthetic: {world: voorbeeldstad, families: 1500}}\n"
        "index_dates: {train: [2023-01-01], test: 2024-01-01, now: 2025-01-01}\nhorizon: 12\noutcome: new_report\n"
        "budget: 1000\n"
    )
    Path("kept.yaml").write_text(text, encoding="utf-8")
    shown = str(link_any("kept.yaml"))
    assert shown.splitlines()[-1] == "Next: check the rates by hand: riskscreen link kept.yaml --clerk 400"

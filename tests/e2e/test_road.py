"""The main job from registers to a reviewed, released result."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from road import Road

from riskscreen.disclosure.verify import verify
from riskscreen.engine.duck import Engine
from riskscreen.errors import SettingsError
from riskscreen.pipeline import dry, run, run_step
from riskscreen.records.card import Card
from riskscreen.settings import load_scenario

STEPS = ["registers", "check", "link", "profile", "fit", "explain", "areas", "targets", "reach", "places", "audit",
         "review", "release", "report"]  # fmt: skip


def test_every_step_ran_in_order(road: Road) -> None:
    assert [done.name for done in road.result.steps] == STEPS
    assert len(road.said) == len(STEPS)


def test_it_ends_with_ten_lines(road: Road) -> None:
    lines = str(road.result).splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("run")
    assert "riskscreen" in lines[-1]


def test_the_folder_holds_what_was_promised(road: Road) -> None:
    folder = road.home / road.result.folder
    for name in ("report.html", "plan.xlsx", "dossier.html", "card.json", "score.sql", "audit.json", "ledger.jsonl",
                 "run.json", "run.log"):  # fmt: skip
        assert (folder / name).stat().st_size > 0, name
    for channel in ("internal", "public"):
        released = {path.suffix for path in (folder / "released" / channel).rglob("*") if path.is_file()}
        assert {".csv", ".parquet", ".json"} <= released
    body = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert body["schema"] == "run/1"
    assert body["seed"] == 5
    assert [step["name"] for step in body["steps"]] == STEPS
    assert all(step["time"] >= 0 for step in body["steps"])
    assert body["inputs"]["registers"]


def test_need_elsewhere_is_among_the_scenarios(road: Road) -> None:
    found = pd.read_parquet(road.home / road.result.folder / "released" / "internal" / "plan_regret.parquet")
    assert "need_elsewhere" in set(found["plan"])
    assert found["need_elsewhere"].between(0, 1).all()
    assert found.set_index("plan")["need_elsewhere"].min() == 0.0  # the best of these plans there misses nothing


def test_every_released_count_is_large_enough(road: Road) -> None:
    for path in (road.home / road.result.folder / "released").rglob("*.parquet"):
        frame = pd.read_parquet(path)
        for name in ("families", "children", "outcomes"):
            if name in frame and pd.api.types.is_numeric_dtype(frame[name]):
                counts = frame[name].dropna()
                assert ((counts == 0) | (counts >= 10)).all(), f"{path.name}: {name}"


def test_no_two_tables_of_points_cross(road: Road) -> None:
    """What one table counts up to some points, the finer one counts too: no subtraction tells a part of a band."""
    folder = road.home / road.result.folder / "released" / "internal"
    points, threshold, calibration = (
        pd.read_parquet(folder / f"{name}.parquet") for name in ("points", "audit_threshold", "calibration")
    )
    fine = set(points.families.cumsum())
    whole = threshold[threshold.group == "total"].dropna(subset=["selected"])
    assert {points.families.sum() - selected for selected in whole.selected} <= {0, *fine}
    sums = {model: set(bands.families.cumsum()) for model, bands in calibration.groupby("model")}
    assert any(sums[model] <= fine for model in ("card", "count"))


def test_no_group_may_expect_more_places_than_it_has_offers(road: Road) -> None:
    reach = pd.read_parquet(road.home / road.result.folder / "released" / "internal" / "audit_reach.parquet")
    known = reach.dropna(subset=["families", "offered", "expected"])
    assert len(known)
    assert (known.expected <= known.offered / known.families + 0.0005).all()
    total = known[known.group == "total"]
    assert total.expected.nunique() == 1
    assert total.expected.iloc[0] > 0


def test_verify_passes_and_sees_an_edit(road: Road, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "small"
    shutil.copytree(road.home / road.result.folder, copy)
    assert verify(copy).ok
    card = copy / "card.json"
    card.write_text(card.read_text().replace('"points": 1', '"points": 2', 1) + " ", encoding="utf-8")
    found = verify(copy)
    assert not found.ok
    assert "card.json" in str(found)


def test_the_saved_card_and_the_sql_agree_with_each_other(road: Road) -> None:
    folder = road.home / road.result.folder
    card = Card.from_json((folder / "card.json").read_text(encoding="utf-8"))
    sql = (folder / "score.sql").read_text(encoding="utf-8")
    names = card.stressors
    levels = ", ".join(f"({', '.join(str(i % 3) for i in range(k, k + len(names)))})" for k in range(3))
    with Engine() as engine:
        columns = ", ".join(names)
        engine.run(
            f"CREATE TABLE levels AS SELECT DATE '2025-01-01' AS index_date, 'BU1' AS area, FALSE AS apart, v.* "
            f"FROM (VALUES {levels}) AS v({columns}), range(12)"
        )
        frame = engine.frame(f"SELECT DISTINCT {columns} FROM levels")
        found = {int(row[2]): int(row[3]) for row in engine.rows(sql)}
    points = card.points({name: frame[name].to_numpy(dtype=float) for name in names})
    assert found == {int(p): 12 * int((points == p).sum()) for p in points}


def test_a_second_run_changes_nothing(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(road.home)
    before = (road.home / road.result.folder / "run.json").read_bytes()
    said: list[str] = []
    again = run(road.scenario, tell=said.append)
    assert "nothing changed" in said[-1]
    assert again.lines == road.result.lines
    assert (road.home / road.result.folder / "run.json").read_bytes() == before


def test_a_dry_run_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = dry("demo")
    assert any("would make synthetic registers" in line for line in lines)
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_tells_the_faults_that_a_run_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    demo = load_scenario("demo")
    with pytest.raises(SettingsError, match="magic is not in the catalogue"):
        dry(demo.model_copy(update={"programmes": ("magic",)}))
    assert list(tmp_path.iterdir()) == []


def test_one_step_shows_released_tables(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(road.home)
    result = run_step("targets", road.scenario)
    assert {table.channel for table in result.tables} == {"review"}
    assert result.table("programmes").table.rows


@pytest.mark.parametrize("step", ["link", "areas", "targets", "places", "audit"])
def test_a_step_of_a_finished_run_hides_what_was_released(
    road: Road, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.chdir(road.home)
    result = run_step(step, road.scenario)
    assert result.note == ""
    compared = 0
    for table in result.tables:
        file = road.home / road.result.folder / "released" / "internal" / f"{table.name}.json"
        if file.exists():
            body = json.loads(file.read_text(encoding="utf-8"))
            assert [list(row) for row in table.status] == body["status"], table.name
            compared += 1
    assert compared > 0


def test_the_command_says_the_same(road: Road) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "riskscreen.cli", "verify", "runs/small", "--json"],
        cwd=road.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout

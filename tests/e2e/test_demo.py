"""The demo of 60,000 families, run from an installed wheel in an empty folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from browsing import opened
from road import Road

from riskscreen.disclosure.verify import verify
from riskscreen.pipeline import run

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of the demo, made by the wheel and by nothing else."""
    work = tmp_path_factory.mktemp("wheel")
    home, site = work / "empty", work / "site"
    home.mkdir()
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(work)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    wheel = next(work.glob("*.whl"))
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site)]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    environment = {**os.environ, "PYTHONPATH": str(site)}
    where = subprocess.run(
        [sys.executable, "-c", "import riskscreen; print(riskscreen.__file__)"],
        cwd=home,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(site)
    done = subprocess.run(
        [sys.executable, "-m", "riskscreen.cli", "run"],
        cwd=home,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == "", "a run is quiet on the error stream"
    return home / "runs" / "demo"


def released(demo: Path, name: str) -> list[dict[str, Any]]:
    """The rows of one table of the internal channel."""
    saved = json.loads((demo / "released" / "internal" / f"{name}.json").read_text(encoding="utf-8"))
    columns = [column["name"] for column in saved["columns"]]
    return [dict(zip(columns, row, strict=True)) for row in saved["rows"]]


def test_the_demo_is_of_use(demo: Path) -> None:
    for level, least in (("wijk", 0.8), ("buurt", 0.5)):
        rows = [row for row in released(demo, f"areas_{level}") if row["area"] != "total"]
        shown = sum(row["estimate"] is not None for row in rows)
        assert shown >= least * len(rows), level
    groups = [row for row in released(demo, "target_groups") if row["rate"] is not None]
    assert len(groups) >= 4


def test_all_three_verdicts_occur(demo: Path) -> None:
    audit = json.loads((demo / "audit.json").read_text(encoding="utf-8"))
    table = next(table for table in audit["tables"] if table["name"] == "verdicts")
    at = [column["name"] for column in table["columns"]].index("verdict")
    assert set(Counter(row[at] for row in table["rows"])) == {"gap", "no_gap_shown", "not_enough_evidence"}


def test_the_demo_verifies(demo: Path) -> None:
    assert verify(demo).ok


@pytest.mark.parametrize("name", ["report", "dossier", "public"])
def test_every_chart_of_the_demo_is_drawn_on_a_phone(browser: Any, demo: Path, name: str) -> None:
    page, complaints = opened(browser, demo / f"{name}.html", 390)
    for language in ("nl", "en"):
        page.click(f"button[value={language}]")
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        page.wait_for_function(
            "[...document.querySelectorAll('.plot')].filter(p => p.offsetWidth > 0).every(p => p.dataset.drawn)"
        )
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        heights = page.evaluate("[...document.querySelectorAll('.plot svg')].map(s => s.clientHeight)")
        assert heights
        assert max(heights) < 4000
    assert complaints == []
    page.close()


def test_the_demo_has_a_page_per_wijk_a_workbook_and_a_page_for_everybody(demo: Path) -> None:
    wijken = {row["area"] for row in released(demo, "wijk_families")} - {"total"}
    pages = {path.name for path in (demo / "sheets").iterdir()}
    assert pages == {f"{wijk}.{language}.html" for wijk in wijken for language in ("nl", "en")}
    for name in ("plan.xlsx", "public.html"):
        assert (demo / name).stat().st_size > 5_000


def test_the_same_settings_and_seed_give_the_same_bytes(
    road: Road, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = shutil.ignore_patterns(".riskscreen")
    shutil.copytree(road.home / "register files", tmp_path / "register files", ignore=kept)
    shutil.copy(road.scenario, tmp_path)
    monkeypatch.chdir(tmp_path)
    again = run(tmp_path / "scenario.yaml")
    first, second = road.home / road.result.folder, tmp_path / again.folder
    for name in ("card.json", "score.sql", "audit.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    for path in sorted((first / "released").rglob("*")):
        if path.suffix in (".csv", ".parquet"):
            other = second / path.relative_to(first)
            assert path.read_bytes() == other.read_bytes(), path.name

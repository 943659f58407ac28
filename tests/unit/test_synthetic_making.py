"""Synthesize as a whole: the same bytes again, ids that can be found, the truth apart."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from riskscreen.errors import RegisterError
from riskscreen.settings import Synthetic
from riskscreen.synthetic import open_truth, synthesize
from riskscreen.synthetic.__main__ import CONTENT, remake
from riskscreen.synthetic.writing import content_sha256

SMALL = Synthetic(families=250)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    return synthesize(SMALL, seed=5, out=tmp_path_factory.mktemp("small") / "registers", name="small")


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_seed_gives_the_same_bytes(small: Path, tmp_path: Path) -> None:
    assert _bytes(synthesize(SMALL, seed=5, out=tmp_path / "again", name="small")) == _bytes(small)


def test_another_seed_gives_another_world(small: Path, tmp_path: Path) -> None:
    other = synthesize(SMALL, seed=6, out=tmp_path / "other", name="small")
    assert content_sha256(other) != content_sha256(small)


def _changed(small: Path, tmp_path: Path, setting: str) -> set[str]:
    """Files that differ when the world has another setting."""
    path = tmp_path / "other.yaml"
    path.write_text(f"schema: world/1\nextends: voorbeeldstad\n{setting}\n", encoding="utf-8")
    other = synthesize(SMALL.model_copy(update={"world": str(path)}), seed=5, out=tmp_path / "other", name="small")
    before, after = _bytes(small), _bytes(other)
    return {name for name in before if before[name] != after[name]} - {"manifest.json"}


def test_a_process_does_not_change_what_another_draws(small: Path, tmp_path: Path) -> None:
    assert _changed(small, tmp_path, "childcare: {daycare: 0.2}") == {"childcare.parquet"}


def test_what_comes_before_reports_is_as_it_was_with_other_reports(small: Path, tmp_path: Path) -> None:
    """Measures of a judge follow reports, children then live elsewhere, and sources know other people."""
    changed = _changed(small, tmp_path, "reporting: {minors: 2000000}")
    own = {"reports.parquet", "aftercare.parquet"}
    follow = {"youth_care", "household_spells", "address_spells", "particulars", "truth/links"}
    assert own <= changed <= own | {f"{name}.parquet" for name in follow}


def test_every_id_carries_the_prefix(tmp_path: Path) -> None:
    out = synthesize(SMALL, seed=5, out=tmp_path / "canary", name="canary", id_prefix="KANARIE")
    for path in out.rglob("*.parquet"):
        frame = pd.read_parquet(path)
        for column in {"person", "child", "parent", "household", "address", "report"} & set(frame):
            assert frame[column].dropna().str.startswith("KANARIE").all()


def test_the_manifest_tells_what_it_is(small: Path) -> None:
    manifest = json.loads((small / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["schema"] == "manifest/1"
    assert manifest["synthetic"] is True
    assert manifest["real_area_names"] is False
    assert set(manifest["notice"]) == {"en", "nl"}
    for entry in manifest["registers"].values():
        assert len(pd.read_parquet(small / entry["file"])) == entry["rows"]
    assert manifest["registers"]["own_youth"]["from"] == "1998-01-01"
    assert manifest["registers"]["debt"]["until"] == "2025-01-01"


def test_the_truth_lies_apart_and_in_no_register(small: Path) -> None:
    truth = open_truth(small)
    told = ["main_type", "types", "by_parent", "violence", "disorders", "dual"]
    assert list(truth) == ["person", "index_date", "severity", "need", "milder_need", *told]
    assert (truth.need == (truth.severity > 0)).all()
    assert truth[truth.need].milder_need.all()
    columns = {column for path in small.glob("*.parquet") for column in pd.read_parquet(path)}
    assert not columns & {"severity", "need", "milder_need"}


def test_without_truth_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="no truth"):
        open_truth(tmp_path)


def test_a_folder_that_is_there_is_replaced(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "registers"
    out.mkdir()
    (out / "old.txt").write_text("old", encoding="utf-8")
    synthesize(SMALL, seed=5, out=out, name="small")
    assert not (out / "old.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["registers"]


def test_the_committed_set_is_small_and_what_its_hash_says(committed_registers: Path) -> None:
    assert sum(path.stat().st_size for path in committed_registers.rglob("*") if path.is_file()) < 5_000_000
    assert content_sha256(committed_registers) == (committed_registers / CONTENT).read_text(encoding="utf-8").strip()


def test_the_committed_set_can_be_made_again(committed_registers: Path, tmp_path: Path) -> None:
    assert remake(tmp_path / "again") == (committed_registers / CONTENT).read_text(encoding="utf-8").strip()

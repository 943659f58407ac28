"""Registers seeded with unmistakable values: they are found inside, and nowhere else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from road import CANARY, SCENARIO, Road

INSIDE = "register files"


def outside(home: Path) -> Iterator[Path]:
    """Every file that is not in the registers' folder."""
    for path in home.rglob("*"):
        if path.is_file() and INSIDE not in path.relative_to(home).parts:
            yield path


def carries(path: Path) -> bool:
    """Does a file hold the canary, also inside Parquet pages and zip archives?"""
    raw = path.read_bytes()
    if CANARY.encode() in raw:
        return True
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(path)
        return CANARY in str(table.to_pylist()) or CANARY in str(table.schema.metadata)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return any(CANARY.encode() in archive.read(name) for name in archive.namelist())
    return False


def test_the_canary_is_in_the_registers(road: Road) -> None:
    assert any(carries(path) for path in (road.home / INSIDE).glob("*.parquet"))


def test_nothing_outside_carries_it(road: Road) -> None:
    files = list(outside(road.home))
    assert any("mlflow" in path.name for path in files)
    assert any(path.name == "run.log" for path in files)
    assert [str(path) for path in files if carries(path)] == []


def test_nothing_that_was_said_carries_it(road: Road) -> None:
    assert CANARY not in "\n".join(road.said) + str(road.result) + repr(road.result)


@pytest.mark.slow
@pytest.mark.parametrize("after", [2.0, 5.0, 9.0])
def test_nothing_is_left_after_a_kill_in_the_middle(road: Road, tmp_path: Path, after: float) -> None:
    home = tmp_path / "killed"
    work = tmp_path / "work"
    home.mkdir()
    work.mkdir()
    (home / INSIDE).mkdir()
    for path in (road.home / INSIDE).glob("*"):
        if path.is_file():
            os.link(path, home / INSIDE / path.name)
    (home / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    command = [sys.executable, "-m", "riskscreen.cli", "run", "scenario.yaml"]
    environment = {**os.environ, "TMPDIR": str(work)}
    process = subprocess.Popen(command, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    output = process.communicate()[0]
    assert CANARY.encode() not in output
    assert [str(path) for path in outside(home) if carries(path)] == []
    assert not (home / "runs" / "small").exists()
    subprocess.run(command, cwd=home, env=environment, check=True, capture_output=True, timeout=300)
    assert (home / "runs" / "small" / "run.json").exists()
    assert list(work.glob("riskscreen-work-*")) == [], "what the kill left behind was swept"

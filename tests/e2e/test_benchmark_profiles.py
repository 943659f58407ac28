"""The benchmark of profiles on the committed set: two ways of computing the same levels, so that neither can rot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.profile_steps import (
    DATES,
    DESCRIPTION,
    describe,
    link,
    measure_join,
    measure_least_join,
    measure_profile,
    measure_scan,
)
from benchmarks.profiles import PEERS, differences
from riskscreen.stressors.loading import load_catalogue

Told = dict[str, Any]


@pytest.fixture(scope="module")
def linked(committed_registers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("linked")
    link(committed_registers, place)
    describe(committed_registers, place)
    return place


@pytest.fixture(scope="module")
def ours(committed_registers: Path, linked: Path) -> Told:
    return measure_profile(committed_registers, linked)


def test_pandas_finds_the_same_families_at_every_level_of_every_stressor(
    committed_registers: Path, linked: Path, ours: Told
) -> None:
    script = str(PEERS / "pandas_profiles.py")
    command = [sys.executable, script, str(linked / DESCRIPTION), str(committed_registers), str(linked)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    theirs = json.loads(done.stdout.splitlines()[-1])
    assert differences(ours["counts"], theirs["counts"]) == []


def test_the_benchmark_measures_the_whole_catalogue(linked: Path, ours: Told) -> None:
    written = json.loads((linked / DESCRIPTION).read_text(encoding="utf-8"))
    catalogue = load_catalogue()
    assert [one["id"] for one in written["stressors"]] == list(catalogue.ids)
    assert {name.split()[0] for name in ours["counts"]} == {*catalogue.ids, "profiles"}
    for name in catalogue.ids:
        assert all(f"{name} {day} 0" in ours["counts"] for day in DATES), name


def test_what_we_are_compared_with_reads_rows(committed_registers: Path, linked: Path) -> None:
    found = [step(committed_registers, linked) for step in (measure_least_join, measure_join, measure_scan)]
    least, joined, scanned = (one["rows"] for one in found)
    assert 0 < least < joined < scanned


def test_a_difference_is_told_by_stressor_date_and_level() -> None:
    told = differences({"eviction 2024-01-01 1": 3}, {"eviction 2024-01-01 1": 2, "eviction 2024-01-01 0": 1})
    assert told == [
        "eviction 2024-01-01 0: 0 families, 1 by the peer",
        "eviction 2024-01-01 1: 3 families, 2 by the peer",
    ]

"""The benchmark of faults as it is called: a few kills, every kind of tampering."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_a_few_kills_leave_nothing_half_written() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.faults", "--json", "--kills", "12", "--seed", "3"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = {line["name"]: line["value"] for line in map(json.loads, done.stdout.splitlines())}
    assert (found["kills"], found["half_written"], found["tampered_accepted"]) == (12, 0, 0), found
    assert found["tampered"] >= 50

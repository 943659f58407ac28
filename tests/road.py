"""One small run of the whole road: what it is made from, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from riskscreen.pipeline import RunResult

CANARY = "kanarie7391"
"""Every key in the shared run's registers starts with this: it may be found inside, and nowhere else."""
FAMILIES = 2_500


@dataclass(frozen=True)
class Road:
    """A finished run in a folder of its own."""

    home: Path
    scenario: Path
    result: RunResult
    said: tuple[str, ...]


SCENARIO = """
schema: scenario/1
name: small
seed: 5
registers: {path: register files}
index_dates: {train: [2021-01-01, 2022-01-01, 2023-01-01], test: 2024-01-01, now: 2025-01-01}
budget: 40000
"""

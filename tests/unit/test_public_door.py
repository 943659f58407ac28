"""The public door is small, sorted, and costs nothing to open."""

from __future__ import annotations

import subprocess
import sys

import pytest

import riskscreen

DOOR = [
    "Card",
    "RiskCard",
    "Scenario",
    "StressorCount",
    "__version__",
    "allocate",
    "audit",
    "calibrate",
    "check",
    "compare",
    "estimate_areas",
    "explain",
    "find_targets",
    "fit",
    "link",
    "load_scenario",
    "open_registers",
    "profile",
    "release",
    "report",
    "review",
    "run",
    "synthesize",
    "verify",
]
HEAVY = {"numpy", "pandas", "duckdb", "pyarrow", "sklearn", "scipy", "mlflow", "shap", "altair", "matplotlib"}
HEAVY |= {"pydantic", "great_tables", "splink", "sqlglot", "jinja2"}


def test_the_names_are_pinned() -> None:
    assert riskscreen.__all__ == DOOR
    assert dir(riskscreen) == DOOR


def test_every_name_loads() -> None:
    for name in DOOR:
        assert getattr(riskscreen, name) is not None


def test_an_unknown_name_is_told_what_there_is() -> None:
    with pytest.raises(AttributeError, match="synthesize"):
        riskscreen.score_family  # noqa: B018


@pytest.mark.parametrize("code", ["import riskscreen", "import riskscreen.cli"])
def test_opening_it_loads_no_heavy_library(code: str) -> None:
    seen = f"{code}\nimport sys\nprint(' '.join(sorted(set(sys.modules) & {HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", seen], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []

"""Shared by all tests: where the shared data lie, the committed registers, and no skips where none are allowed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from riskscreen.linkage import Linkage
    from riskscreen.registers import Registers

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def committed_registers() -> Path:
    """The committed set of about 2,000 synthetic families."""
    return ROOT / "data" / "synthetic"


@pytest.fixture(scope="session")
def linked_committed(committed_registers: Path) -> Iterator[tuple[Registers, Linkage]]:
    """The committed set, linked on three index dates with the key ``seed``; whoever links it anew does the same."""
    from riskscreen.linkage import link
    from riskscreen.registers import open_registers

    with open_registers(committed_registers) as registers:
        yield registers, link(registers, [date(2021, 1, 1), date(2023, 1, 1), date(2025, 1, 1)], key="seed")


@pytest.fixture(scope="session")
def cbs_neighbourhoods() -> Path:
    """The CBS file with real neighbourhoods, which is never committed."""
    shared = Path(os.environ.get("RISKSCREEN_SHARED", ROOT.parent / "shared"))
    path = shared / "data" / "cbs_kwb_2024.csv"
    if not path.is_file():
        pytest.skip(f"the CBS file is not at {path}")
    return path


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where RISKSCREEN_NO_SKIP is set, a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("RISKSCREEN_NO_SKIP") and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("a test was skipped, and RISKSCREEN_NO_SKIP allows none", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

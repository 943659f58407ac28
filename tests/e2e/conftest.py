"""One small run of the whole road, shared by the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import ARGS, CHROMIUM
from road import CANARY, FAMILIES, SCENARIO, Road

from riskscreen.pipeline import run


@pytest.fixture(scope="session")
def road(tmp_path_factory: pytest.TempPathFactory) -> Road:
    """The whole road on canary registers, in a folder whose name has a space."""
    from riskscreen.settings import Synthetic
    from riskscreen.synthetic import synthesize

    home = tmp_path_factory.mktemp("the whole road")
    synthesize(Synthetic(families=FAMILIES), seed=5, out=home / "register files", name="small", id_prefix=CANARY)
    scenario = home / "scenario.yaml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        result = run(scenario, tell=said.append)
    return Road(home, scenario, result, tuple(said))


@pytest.fixture(scope="session")
def own_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic world to export: what is exported of it carries no synthetic mark."""
    from riskscreen.settings import Synthetic
    from riskscreen.synthetic import synthesize

    place = tmp_path_factory.mktemp("world")
    return synthesize(Synthetic(families=FAMILIES), seed=5, out=place / "registers", name="world")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The machine's own Chromium."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"Chromium is not at {CHROMIUM} (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        one = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield one
        one.close()

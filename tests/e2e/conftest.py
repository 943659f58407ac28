"""One small run of the whole road, shared by the end-to-end tests."""

from __future__ import annotations

from pathlib import Path

import pytest
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

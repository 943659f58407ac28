"""Where a job's registers are: a folder of your own, or synthetic ones that are made when they are not there yet."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskscreen.errors import RegisterError
from riskscreen.pipeline.folder import machine_faults
from riskscreen.pipeline.store import code_hash, key_of
from riskscreen.settings import Scenario

if TYPE_CHECKING:
    from riskscreen.engine.duck import Engine
    from riskscreen.registers import Registers

RECIPE = "recipe.json"


def registers_path(scenario: Scenario) -> Path:
    """The folder or DuckDB file with the registers; synthetic ones lie in ``registers/<name>``."""
    source = scenario.registers
    return Path("registers") / scenario.name if source.path is None else source.path


def store_folder(scenario: Scenario) -> Path:
    """The folder that results are kept beside: the registers' own."""
    path = registers_path(scenario)
    return path.parent if path.is_file() else path


def link_key(scenario: Scenario) -> str:
    """The key of the hashes that linkage gives: the same scenario and seed, the same numbers of families."""
    return f"{scenario.name}-{scenario.seed}"


def opened_registers(scenario: Scenario, engine: Engine) -> Registers:
    """The registers of a scenario, opened in an engine."""
    from riskscreen.registers import open_registers

    source, threshold = scenario.registers, scenario.release.threshold
    place = registers_path(scenario)
    return open_registers(place, mapping=source.mapping, basis=source.basis, engine=engine, threshold=threshold)


def missing_inputs(scenario: Scenario) -> list[str]:
    """Every input that the scenario names and that is not there."""
    source = scenario.registers
    named = [source.path, source.mapping, source.basis, scenario.assumptions, scenario.targets.own]
    if source.synthetic is not None:
        made = source.synthetic
        named += [made.geography, made.municipal_figures, made.outline]
    if scenario.reach is not None:
        named += [*scenario.reach.files, scenario.reach.mapping]
    return [str(path) for path in named if path is not None and not path.exists()]


def make_registers(scenario: Scenario) -> bool:
    """Make the synthetic registers unless exactly these are there already; returns whether they were made.

    Raises
    ------
    RegisterError
        The place is taken by a folder that riskscreen did not make.
    """
    settings = scenario.registers.synthetic
    if settings is None:
        return False
    from riskscreen.synthetic import synthesize

    place = registers_path(scenario)
    recipe = {"recipe": _recipe(scenario)}
    if _read(place / RECIPE) == recipe:
        return False
    if place.exists() and any(place.iterdir()) and not (place / RECIPE).exists():
        raise RegisterError(
            f"{place} is not empty and was not made by riskscreen",
            do="give the scenario another name, or move the folder",
        )
    with machine_faults(place):
        fresh = place.with_name(f".{place.name}.new")
        fresh.parent.mkdir(parents=True, exist_ok=True)
        synthesize(settings, seed=scenario.seed, out=fresh, name=scenario.name)
        (fresh / RECIPE).write_text(json.dumps(recipe), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        fresh.rename(place)
    return True


def _recipe(scenario: Scenario) -> str:
    settings = scenario.registers.synthetic
    given: dict[str, Any] = {} if settings is None else settings.model_dump(mode="json")
    named = [] if settings is None else [settings.geography, settings.municipal_figures, settings.outline]
    sizes = [path.stat().st_size for path in named if path is not None and path.exists()]
    code = code_hash("synthetic", "worlds")
    return key_of({"synthetic": given, "seed": scenario.seed, "name": scenario.name, "sizes": sizes, "code": code})


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None

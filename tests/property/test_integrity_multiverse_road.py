"""The road is gone in every combination, and a group is known again by its families."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from riskscreen.engine.duck import Engine
from riskscreen.errors import RegisterError
from riskscreen.integrity.levels import compute_levels
from riskscreen.integrity.multiverse import Run, explore, matched
from riskscreen.records.definitions import TargetGroup
from riskscreen.records.texts import same
from riskscreen.settings import IndexDates
from riskscreen.stressors.definitions import Catalogue
from riskscreen.stressors.loading import load_outcome
from tests.integrity_town import CATALOGUE, DAY, OLD, TownCopy, committed, design, frames_of, town_copy

NOW = date(2025, 1, 1)
DATES = IndexDates(train=(OLD,), test=DAY, now=NOW)
GAP = {("offer", "origin", "selection_rate"): "gap"}


def group(name: str, filter_: str) -> TargetGroup:
    return TargetGroup(name, same(name), filter_, "any", ("debt",))


OWING = group("group_01", "debt_arrears >= 1")
MOVING = group("group_02", "moves >= 1")


@dataclass(frozen=True)
class Road:
    model: str
    groups: tuple[TargetGroup, ...]
    verdicts: Mapping[tuple[str, str, str], str]


@pytest.fixture(scope="module")
def town(committed_registers: Path) -> Iterator[TownCopy]:
    chosen = design("debt_arrears", "moves", "single_parent", "own_youth_care")
    frames, manifest = frames_of(committed_registers, 300), committed(committed_registers)
    with town_copy(frames, manifest, chosen, dates=DATES.all) as made:
        yield made


def test_every_combination_is_gone_and_what_stays_is_counted(town: TownCopy) -> None:
    families: dict[str, int] = {}
    said: list[str] = []

    def study(engine: Engine, catalogue: Catalogue, outcome: str) -> Road:
        families[outcome] = families.get(outcome, 0) + int(engine.value("SELECT count(*) FROM levels"))
        if catalogue.get("moves").stressor.window_months < CATALOGUE.get("moves").stressor.window_months:
            raise RegisterError("too few outcomes")
        found = (OWING,) if outcome == "new_report" else (group("group_01", "single_parent = 0"),)
        return Road("card", found, GAP)

    run = Run("card", (OWING,), GAP, (load_outcome("confirmed_report"), load_outcome("first_report")))
    found = explore(town.copy, town.design, DATES, run, study=study, compute=compute_levels, tell=said.append)
    assert len(found.combinations) in (24, 48)  # so few families may have no other outcome with enough events
    assert found.done == len(found.combinations) * 2 // 3  # shorter windows could not be gone
    assert found.own_agrees
    assert found.verdicts[0].kept == found.done
    assert 0 < found.groups[0].kept <= found.done
    assert all(line.startswith("multiverse ") for line in said)


def test_a_group_is_the_same_when_half_of_the_families_of_both_are_in_both(town: TownCopy) -> None:
    engine = town.copy.engine
    engine.run("CREATE OR REPLACE TEMP TABLE changed_levels AS FROM levels_run")
    engine.run("CREATE OR REPLACE TEMP VIEW levels AS FROM changed_levels")
    assert matched(engine, (OWING, MOVING), (group("x", "debt_arrears >= 1"),), DATES) == {"group_01"}
    engine.run("UPDATE changed_levels SET debt_arrears = 0 WHERE family LIKE '%1' OR family LIKE '%2'")
    assert matched(engine, (OWING,), (OWING,), DATES) == {"group_01"}
    engine.run("UPDATE changed_levels SET debt_arrears = 0 WHERE family NOT LIKE '%3'")
    assert matched(engine, (OWING,), (OWING,), DATES) == frozenset()

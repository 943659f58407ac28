"""Target groups of the user: read, judged as they are, and refused with every fault at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskscreen.areas import eligible_sql, find_targets
from riskscreen.areas.membership import in_group
from riskscreen.areas.own import load_own_groups
from riskscreen.engine.duck import Engine
from riskscreen.errors import SettingsError, UsageError
from riskscreen.records.definitions import Stressor, TargetGroup
from riskscreen.records.texts import same
from riskscreen.settings import Targets

TWO = tuple(
    Stressor(name, 1, domain, "any", same(name), same(""), (same("no"), same("yes")), 12, "", "none", (), (), "")
    for name, domain in (("debt_arrears", "debt"), ("moves", "housing"))
)
GOOD = """schema: targets/1
groups:
  - id: young_debt
    name: {en: families with arrears and a young child, nl: gezinnen met achterstand en een jong kind}
    filter: "debt_arrears >= 1 and child_0_3 = true"
  - id: either
    name: {en: families with arrears or moves, nl: gezinnen met achterstand of verhuizingen}
    filter: "debt_arrears >= 1 or not moves < 1"
"""
BAD = """schema: targets/1
groups:
  - {id: one, name: {en: a, nl: a}, filter: "debt_arears >= 1"}
  - {id: two, name: {en: a, nl: a}, filter: "origin = 'europe'"}
  - id: three
    name: {en: a, nl: a}
    filter: "debt_arrears >= 1 and moves >= 1 and child_0_3 = true and prenatal = true"
  - {id: three, name: {en: a, nl: a}, filter: "moves >= 1 and"}
  - {id: four, name: {en: a, nl: a}, filter: "urbanity = '1'"}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "groups.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_own_groups_are_read_with_their_stage_and_domains(tmp_path: Path) -> None:
    young, either = load_own_groups(written(tmp_path, GOOD), TWO)
    assert (young.id, young.stage, young.domains) == ("young_debt", "0-3", ("debt",))
    assert (either.stage, either.domains) == ("any", ("debt", "housing"))


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as told:
        load_own_groups(written(tmp_path, BAD), TWO)
    text = str(told.value)
    for part in (
        "three: this id occurs twice",
        "unknown column 'debt_arears'",
        "origin is a sensitive column",
        "has 4 conditions",
        "at most 3",
        "moves >= 1 and",
        "unknown column 'urbanity'",
    ):
        assert part in text
    assert len(told.value.faults) == 6


@pytest.mark.parametrize("text", ["schema: targets/2\ngroups: []\n", "schema: targets/1\n", "- a\n"])
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"groups\.yaml has"):
        load_own_groups(written(tmp_path, text), TWO)


FILTERS = (
    "debt_arrears >= 1",
    "not debt_arrears >= 1",
    "debt_arrears >= 1 and child_0_3 = true",
    "debt_arrears >= 2 or moves < 1",
    "not (debt_arrears >= 1 and moves = 0)",
    "moves in (1, 2) or not child_0_3 = true",
    "debt_arrears != 1 and moves <= 1",
    "moves > 0 and not (debt_arrears in (0, 2) or child_0_3 = false)",
)


@pytest.mark.parametrize("text", FILTERS)
def test_counts_and_sql_agree_on_who_is_in_a_group_also_where_something_is_not_covered(text: str) -> None:
    levels = [0.0, 1.0, 2.0, np.nan]
    rows = [(a, b, c) for a in levels for b in levels for c in (True, False)]
    frame = pd.DataFrame(rows, columns=["debt_arrears", "moves", "child_0_3"])
    group = TargetGroup("g", same("g"), text, "any", ())
    with Engine(threads=1) as engine:
        engine.load("levels", frame.astype({"debt_arrears": "Int8", "moves": "Int8"}).assign(row=range(len(frame))))
        by_sql = [row[0] for row in engine.rows(f"SELECT {eligible_sql(group)} FROM levels ORDER BY row")]
    assert in_group(frame, group).tolist() == by_sql


def counts(outcomes: bool = True) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    days = (date(2023, 1, 1), date(2024, 1, 1), date(2025, 1, 1))
    frames = []
    for day in days:
        frame = pd.DataFrame(
            {
                "area_block": [f"W{number}" for number in rng.integers(0, 8, 4000)],
                "debt_arrears": rng.integers(0, 2, 4000).astype(float),
                "moves": rng.integers(0, 2, 4000).astype(float),
                "child_0_3": rng.random(4000) < 0.3,
            }
        )
        frame = frame.assign(outcome=((rng.random(4000) < 0.1) & outcomes).astype(float))
        frames.append(frame.assign(index_date=day, families=1, children=1))
    frame = pd.concat(frames, ignore_index=True)
    return frame.assign(outcome=frame["outcome"].where(frame["index_date"] < days[-1]))


GIVEN = {"train": [date(2023, 1, 1)], "test": date(2024, 1, 1), "now": date(2025, 1, 1), "seed": 1}


def test_own_groups_are_judged_as_they_are(tmp_path: Path) -> None:
    own = load_own_groups(written(tmp_path, GOOD), TWO)
    found = find_targets(counts(), stressors=TWO, settings=Targets(), own=own, **GIVEN)  # type: ignore[arg-type]
    assert {group.id for group in found.groups} == {"young_debt", "either"}
    assert all(item.again is None for item in found.estimates)
    assert all(item.low < 0.1 < item.high for item in found.estimates)


def test_an_own_group_that_differs_by_a_few_families_is_left_out_and_named() -> None:
    frame = counts().assign(families=2, children=2)
    few = (frame["debt_arrears"] == 1) & (np.arange(len(frame)) % 1000 == 0)
    frame = frame.assign(moves=np.where(frame["debt_arrears"] == 1, np.where(few, 1.0, 0.0), frame["moves"]))
    own = [
        TargetGroup("wide", same("wide"), "debt_arrears >= 1", "any", ("debt",)),
        TargetGroup("near", same("near"), "debt_arrears >= 1 and moves = 0", "any", ("debt",)),
    ]
    found = find_targets(frame, stressors=TWO, settings=Targets(), own=own, **GIVEN)  # type: ignore[arg-type]
    assert found.left_out == ("near",)


def test_no_outcomes_are_told() -> None:
    with pytest.raises(UsageError, match="no recorded outcomes"):
        find_targets(counts(outcomes=False), stressors=TWO, settings=Targets(), **GIVEN)  # type: ignore[arg-type]

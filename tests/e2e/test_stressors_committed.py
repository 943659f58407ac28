"""The stage on the committed synthetic set: registers, link, profile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from riskscreen.linkage.linking import link
from riskscreen.registers.handle import Registers
from riskscreen.registers.manifest import read_manifest
from riskscreen.registers.opening import open_registers
from riskscreen.stressors.loading import load_catalogue
from riskscreen.stressors.profiling import Profiling, profile

DATES = (date(2023, 1, 1), date(2024, 1, 1), date(2025, 1, 1))


@pytest.fixture(scope="module")
def registers(committed_registers: Path) -> Iterator[Registers]:
    with open_registers(committed_registers) as opened:
        link(opened, DATES, key="test")
        yield opened


@pytest.fixture(scope="module")
def profiling(registers: Registers) -> Profiling:
    return profile(registers, load_catalogue(), "new_report", DATES, 12)


def test_every_private_family_is_in_levels_once_per_index_date(registers: Registers, profiling: Profiling) -> None:
    engine = registers.engine
    families = engine.value("SELECT count(*) FROM families WHERE stratum = 'private'")
    assert engine.value("SELECT count(*) FROM levels") == families
    assert engine.value("SELECT count(DISTINCT (family, index_date)) FROM levels") == families
    assert engine.value("SELECT sum(families) FROM profiles") == engine.value(
        "SELECT count(*) FROM levels WHERE NOT apart"
    )


def test_levels_have_the_columns_other_stages_rely_on(registers: Registers, profiling: Profiling) -> None:
    columns = registers.engine.columns("levels")
    assert list(columns) == [
        *("family", "index_date", "fold", "area_block", "area"),
        *("origin", "sex_single_parent", "family_form", "parent_age_band", "youngest_age_band", "children_band"),
        *("urbanity", "children", "child_0_3", "child_4_11", "child_12_17", "prenatal", "apart", "earlier", "censored"),
        *profiling.catalogue.ids,
        "outcome",
    ]
    assert {columns[name] for name in (*profiling.catalogue.ids, "outcome")} == {"TINYINT"}


def test_every_stressor_is_covered_and_occurs(profiling: Profiling) -> None:
    prevalence, _ = profiling.tables()
    for row in prevalence.records():
        assert row["status"] == "covered", row["stressor"]
        share = row["share"]
        assert isinstance(share, float)
        assert 0.002 < share < 0.35, row["stressor"]


def test_the_outcome_is_known_until_the_register_ends(profiling: Profiling) -> None:
    _, outcomes = profiling.tables()
    rates = dict(zip(outcomes.values("index_date"), outcomes.values("rate"), strict=True))
    assert rates["2025-01-01"] is None
    rate = rates["2024-01-01"]
    assert isinstance(rate, float)
    assert 0.015 < rate < 0.035


def test_outcomes_count_what_levels_hold(registers: Registers, profiling: Profiling) -> None:
    row = profiling.tables()[1].records()[0]
    frame = registers.engine.frame(f"SELECT apart, outcome, censored FROM levels WHERE index_date = '{DATES[0]}'")
    followed = frame[~frame["apart"]]
    assert row["families"] == len(frame)
    assert row["followed"] == len(followed)
    assert row["outcomes"] == followed["outcome"].sum()
    assert row["censored"] == followed["censored"].sum()


def test_more_stressors_go_with_more_reports(registers: Registers, profiling: Profiling) -> None:
    total = " + ".join(f"coalesce({name} > 0, FALSE)::INTEGER" for name in profiling.catalogue.ids)
    rates = dict(
        registers.engine.rows(
            f"SELECT least({total}, 3), avg(outcome) FROM levels WHERE outcome IS NOT NULL AND NOT apart GROUP BY 1"
        )
    )
    assert rates[0] < rates[1] < rates[3]


def test_a_column_that_was_not_read_makes_its_stressor_not_covered(committed_registers: Path) -> None:
    import pandas as pd

    frames = {
        name: pd.read_parquet(committed_registers / f"{name}.parquet")
        for name in ("persons", "household_spells", "reports", "pregnancies")
    }
    frames["pregnancies"] = frames["pregnancies"].drop(columns=["smoking"])
    with open_registers(frames, manifest=read_manifest(committed_registers)) as few:
        link(few, DATES[:2], key="test")
        found = profile(few, load_catalogue(), "new_report", DATES[:2], 12)
        assert not found.covered["smoking_pregnancy", DATES[1]]
        assert found.covered["preterm_birth", DATES[1]]
        assert found.covered["single_parent", DATES[1]]
        assert not found.covered["debt_arrears", DATES[1]]
        status = dict(zip(*(found.tables()[0].values(name) for name in ("stressor", "status")), strict=True))
        assert status["debt_arrears"] == "not_covered"
        assert few.engine.value("SELECT count(smoking_pregnancy) + count(debt_arrears) FROM levels") == 0

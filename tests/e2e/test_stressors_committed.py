"""The stage on the committed synthetic set: registers, link, profile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from riskscreen.disclosure.gate import gate
from riskscreen.governance.office import Office
from riskscreen.linkage.linking import link
from riskscreen.registers.handle import Registers
from riskscreen.registers.manifest import read_manifest
from riskscreen.registers.opening import open_registers
from riskscreen.settings import Release
from riskscreen.stressors.eligibility import measure_eligibility
from riskscreen.stressors.eligibility_tables import eligibility_tables
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


def test_no_two_stressors_are_the_same_and_those_that_meet_say_why(registers: Registers, profiling: Profiling) -> None:
    """Of the families with either, the share with both; from a third up one of the two must tell why both are kept."""
    ids = profiling.catalogue.ids
    pairs = [(a, b) for place, a in enumerate(ids) for b in ids[place + 1 :]]
    parts = ", ".join(
        f"count(*) FILTER ({a} > 0 AND {b} > 0) / greatest(count(*) FILTER ({a} > 0 OR {b} > 0), 1)" for a, b in pairs
    )
    (shares,) = registers.engine.rows(f"SELECT {parts} FROM levels")
    told = {d.id for d in profiling.catalogue if d.overlap is not None}
    for (a, b), share in zip(pairs, shares, strict=True):
        assert share < 0.7, (a, b)
        assert share < 1 / 3 or {a, b} & told, (a, b, share)


def test_eligibility_is_measured_for_every_stressor_and_passes_the_gate(
    registers: Registers, profiling: Profiling, tmp_path: Path
) -> None:
    measured = measure_eligibility(registers.engine, profiling.catalogue, DATES, DATES[0])
    tables = eligibility_tables(measured, DATES[0])
    released = gate(
        (*profiling.tables(), *tables),
        channel="review",
        office=Office(tmp_path),
        subject=None,
        release=Release(),
        day=date(2025, 6, 1),
    )
    shown = released[2]
    assert [row["stressor"] for row in shown.table.records()] == list(profiling.catalogue.ids)
    assert len(released[3].table.rows) == len(DATES) * len(profiling.catalogue)
    assert shown.cell(profiling.catalogue.ids.index("eviction"), "ratio")[1] != "shown"  # too few families


def test_eligibility_sees_what_is_built_into_the_synthetic_families(registers: Registers, profiling: Profiling) -> None:
    measured = measure_eligibility(registers.engine, profiling.catalogue, DATES, DATES[0])
    found = {item.stressor.id: item for item in measured}
    assert found["single_parent"].proxies["sex_single_parent"].low > 0.9
    assert found["large_family"].proxies["children_band"].low > 0.9
    assert found["young_mother"].proxies["parent_age_band"].low > found["no_work"].proxies["parent_age_band"].high
    assert found["low_education"].proxies["origin"].low > 0
    assert found["debt_other"].link.ratio.low > 1


def test_the_measured_ratio_is_that_of_the_rows(registers: Registers, profiling: Profiling) -> None:
    item = next(
        m
        for m in measure_eligibility(registers.engine, profiling.catalogue, DATES, DATES[0])
        if m.stressor.id == "debt_other"
    )
    frame = registers.engine.frame(
        f"SELECT debt_other > 0 AS has, outcome FROM levels WHERE index_date = '{DATES[0]}' AND NOT apart"
    )
    rates = frame.groupby("has")["outcome"].mean()
    assert item.link.ratio.value == pytest.approx(rates[True] / rates[False])

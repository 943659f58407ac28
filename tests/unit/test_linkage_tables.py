"""What linking shows: counts with wording, a handle, folds that last; never a row."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from riskscreen.errors import UsageError
from riskscreen.linkage import Linkage, link
from riskscreen.registers import Registers, open_registers
from riskscreen.registers.manifest import read_manifest
from riskscreen.settings import Family

DAYS = (date(2021, 1, 1), date(2023, 1, 1), date(2025, 1, 1))


@pytest.fixture(scope="module")
def pair(linked_committed: tuple[Registers, Linkage]) -> tuple[Registers, Linkage]:
    return linked_committed


def test_every_table_has_wording_for_its_codes_and_its_keys_once(pair: tuple[Registers, Linkage]) -> None:
    _, linkage = pair
    assert [table.name for table in linkage.tables()] == [
        "linkage",
        "linkage_rules",
        "linkage_rates",
        "linkage_rates_by_group",
        "linkage_blocking",
        "linkage_by_group",
        "linkage_cases",
        "family_groups",
    ]
    for table in linkage.tables():
        for column in table.columns:
            if column.kind in ("key", "code"):
                assert set(table.values(column.name)) <= set(column.labels)
        keys = [tuple(row[name] for name in table.keys) for row in table.records()]
        assert len(keys) == len(set(keys))


def test_tables_by_origin_are_never_public(pair: tuple[Registers, Linkage]) -> None:
    _, linkage = pair
    assert "public" not in linkage.by_group.channels
    assert "public" not in linkage.groups.channels


def test_by_origin_sums_to_the_whole(pair: tuple[Registers, Linkage]) -> None:
    registers, linkage = pair
    for row in linkage.quality.records():
        parts = [part for part in linkage.by_group.records() if part["register"] == row["register"]]
        assert sum(int(part["rows"] or 0) for part in parts) == row["rows"]
        assert sum(int(part["linked"] or 0) for part in parts) == row["linked"]
        merged = 0  # of two numbers of one person one row is kept
        if row["register"] == "persons":
            merged = registers.engine.value(
                "SELECT count(*) FROM crosswalk WHERE rule = 'merged' AND register = 'persons'"
            )
        assert row["rows"] == registers.present[str(row["register"])].rows - merged


def test_groups_sum_to_all_private_families(pair: tuple[Registers, Linkage]) -> None:
    registers, linkage = pair
    whole = registers.engine.value(
        "SELECT count(*) FROM families WHERE index_date = DATE '2025-01-01' AND stratum = 'private'"
    )
    for attribute in set(linkage.groups.values("attribute")):
        counts = [int(r["families"] or 0) for r in linkage.groups.records() if r["attribute"] == attribute]
        assert sum(counts) == whole


def test_a_family_keeps_its_fold_and_the_fold_is_a_keyed_hash(pair: tuple[Registers, Linkage]) -> None:
    registers, _ = pair
    folds = registers.engine.rows("SELECT DISTINCT family, fold FROM families")
    assert len(folds) == len({family for family, _ in folds})
    for family, fold in folds[:50]:
        digest = hashlib.md5(b"seed" + family.encode(), usedforsecurity=False).hexdigest()
        assert fold == int(digest[:8], 16) % 10
    share = [sum(1 for _, fold in folds if fold == n) / len(folds) for n in range(10)]
    assert all(0.07 < part < 0.13 for part in share)


def test_the_handle_shows_counts_only(pair: tuple[Registers, Linkage]) -> None:
    registers, linkage = pair
    families = {row[0] for row in registers.engine.rows("SELECT family FROM families")}
    for shown in (repr(linkage), linkage._repr_html_(), linkage.spine.to_pandas().to_csv()):
        assert "private" in shown
        assert not any(family in shown for family in families)
    assert (linkage.spine.to_pandas()["families"] >= 10).all()


def test_the_same_registers_give_the_same_families_again(pair: tuple[Registers, Linkage]) -> None:
    registers, _ = pair
    digest = "SELECT sum(hash(families)::HUGEINT)::VARCHAR FROM families"
    before = registers.engine.value(digest)
    link(registers, DAYS[::-1], key="seed")
    assert registers.engine.value(digest) == before


def test_settings_decide_who_is_a_family(committed_registers: Path) -> None:
    names = ("persons", "household_spells", "parentage", "pregnancies", "reports")  # without names nobody is matched
    frames = {name: pd.read_parquet(committed_registers / f"{name}.parquet") for name in names}
    pregnant, teenagers = "family_form = 'first_pregnancy'", "child_12_17"
    with open_registers(frames, manifest=read_manifest(committed_registers)) as registers:
        for family, there in ((Family(), True), (Family(child_age_below=12, first_pregnancy=False), False)):
            link(registers, DAYS, family, key="seed")
            for which in (pregnant, teenagers):
                assert (registers.engine.value(f"SELECT count(*) FROM families WHERE {which}") > 0) is there


def test_no_index_date_is_refused(pair: tuple[Registers, Linkage]) -> None:
    with pytest.raises(UsageError, match="no index date"):
        link(pair[0], [], key="seed")

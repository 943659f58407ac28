"""True need beside families equals a slow search by hand, for everybody: not only for who arrived under two numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.audit_road import OFFER, PLANTED, cells_sql
from riskscreen.areas.truth import TABLE, load_truth, share_known, truth_by_number
from riskscreen.engine.duck import Engine
from riskscreen.errors import UsageError
from riskscreen.linkage import Linkage
from riskscreen.registers import Registers
from riskscreen.synthetic import open_truth

DAYS = (date(2021, 1, 1), date(2023, 1, 1))
WHAT = ("need", "milder_need")


@pytest.fixture(scope="module")
def need(committed_registers: Path) -> pd.DataFrame:
    return open_truth(committed_registers, "need")


@pytest.fixture(scope="module")
def links(committed_registers: Path) -> pd.DataFrame:
    return open_truth(committed_registers, "links")


@pytest.fixture(scope="module")
def engine(linked_committed: tuple[Registers, Linkage]) -> Iterator[Engine]:
    """An engine of its own: what is put beside the shared members stays here."""
    with Engine(threads=1) as own:
        own.load("members", linked_committed[0].engine.frame("FROM members"))
        yield own


def by_hand(engine: Engine, need: pd.DataFrame, links: pd.DataFrame, what: str, day: date) -> set[str]:
    """Child by child: whose number is this, and had that child need?"""
    right = {row.number: row.person for row in links.itertuples() if row.register == "persons"}
    on_day = need[pd.to_datetime(need["index_date"]).dt.date == day]
    had = dict(zip(on_day["person"], on_day[what], strict=True))
    children = engine.rows(f"SELECT family, person FROM members WHERE role = 'child' AND index_date = DATE '{day}'")
    return {family for family, person in children if had.get(right.get(person, person), False)}


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("what", WHAT)
def test_families_with_need_are_those_found_child_by_child(
    engine: Engine, need: pd.DataFrame, links: pd.DataFrame, what: str, day: date
) -> None:
    load_truth(engine, truth_by_number(need, links, what=what), day)
    assert share_known(engine, day) > 0.99
    found = {family for (family,) in engine.rows(f"FROM {TABLE}")}
    assert found == by_hand(engine, need, links, what, day)
    assert len(found) > 50


@pytest.mark.parametrize("day", DAYS)
def test_the_numbers_of_who_arrived_under_two_are_nearly_nobody(
    engine: Engine, need: pd.DataFrame, links: pd.DataFrame, day: date
) -> None:
    """A benchmark once joined by these alone, and judged audits by the need of one child in 150."""
    own = links[links["register"] == "persons"]
    few = truth_by_number(need[need["person"].isin(own["person"])], own)
    with pytest.raises(UsageError, match=r"knows [0-3]\.\d% of the children"):
        load_truth(engine, few, day)
    assert 0 < share_known(engine, day) < 0.04


def test_a_child_has_its_need_under_both_numbers() -> None:
    need = pd.DataFrame({"person": ["a", "b"], "index_date": DAYS[0], "need": [True, False], "milder_need": True})
    links = pd.DataFrame(
        [("persons", "a2", "a"), ("persons", "a", "a"), ("debt", "b2", "b")], columns=["register", "number", "person"]
    )
    found = truth_by_number(need, links)
    assert dict(zip(found["person"], found["need"], strict=True)) == {"a": True, "b": False, "a2": True}
    assert truth_by_number(need, links, what="milder_need")["need"].all()


def test_cells_of_the_road_count_the_families_with_true_need(
    engine: Engine, need: pd.DataFrame, links: pd.DataFrame
) -> None:
    """Every family once; with need those found by hand; the planted selection reaches the share that was planted."""
    day = DAYS[1]
    families = engine.frame(f"SELECT DISTINCT family FROM members WHERE index_date = DATE '{day}' ORDER BY 1")
    levels = families.assign(index_date=day, origin="dutch", area_block="W1", outcome=0, apart=False)
    levels.loc[::3, "origin"] = "outside_europe"
    engine.load("levels", levels)
    load_truth(engine, truth_by_number(need, links, what="milder_need"), day)
    cells = engine.frame(cells_sql(str(day), "origin, area_block", "origin = 'dutch'", 0.3, 1))
    right = by_hand(engine, need, links, "milder_need", day)
    assert cells["families"].sum() == len(levels)
    assert cells.loc[cells["need"] == 1, "families"].sum() == len(right & set(levels["family"])) == len(right)
    assert (cells[OFFER] == (cells["origin"] == "dutch")).all()
    with_need = cells[cells["need"] == 1]
    reached = with_need[with_need[PLANTED] == 1].groupby("origin")["families"].sum()
    shares = reached / with_need.groupby("origin")["families"].sum()
    assert shares["dutch"] == pytest.approx(0.65, abs=0.1)  # about 300 families: three standard errors
    assert shares["outside_europe"] == pytest.approx(0.35, abs=0.13)

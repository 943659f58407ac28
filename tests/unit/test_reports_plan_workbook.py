"""The plan as a workbook: released tables only, hidden cells stay hidden, the same plan gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
import reports_example as example

from riskscreen.disclosure.gate import ReleasedTable, gate
from riskscreen.errors import RefusedError
from riskscreen.programmes import Offer, Plan, load_programmes
from riskscreen.records.hashlog import HashLog
from riskscreen.records.texts import Text
from riskscreen.reports.plan_workbook import plan_workbook
from riskscreen.settings import Release
from riskscreen.stressors.loading import load_catalogue

CATALOGUE = load_programmes(stressors=load_catalogue("all").ids)
NOTICE = Text("All made up.", "Alles verzonnen.")


def _plan() -> Plan:
    offers = (Offer("home_start", "g1", "WK000101", 12, 80), Offer("home_start", "g1", "WK000102", 2, 7))
    eligible = {("home_start", "WK000101"): 80, ("home_start", "WK000102"): 7}
    return Plan(offers, CATALOGUE, 50_000, eligible, 500, 0.0)


@pytest.fixture
def released(tmp_path: Path) -> tuple[ReleasedTable, ...]:
    office = SimpleNamespace(ledger=HashLog(tmp_path / "l.jsonl"), decisions=HashLog(tmp_path / "d.jsonl"))
    tables = (_plan().table({"WK000101": "=HYPERLINK(1)"}), CATALOGUE.table(), example.supply_reach_unmet())
    return gate(tables, channel="review", office=office, subject=None, release=Release(), day=date(2025, 1, 1))


def test_numbers_are_numbers_and_what_is_hidden_is_not_in_the_file(released: tuple[ReleasedTable, ...]) -> None:
    raw = plan_workbook(released, CATALOGUE, 50_000, NOTICE)
    book = openpyxl.load_workbook(io.BytesIO(raw))
    assert book.sheetnames == ["Plan", "Assumptions", "Wijken", "Programmes", "Read me"]
    rows = list(book["Plan"].iter_rows(values_only=True))
    assert rows[0] == ("programma", "wijk", "plekken", "kosten")
    assert rows[1] == ("programme", "wijk", "places", "cost")
    assert rows[2] == ("Home-Start", "=HYPERLINK(1)", 12, 19_200)
    assert rows[3] == ("Home-Start", "WK000102", 2, 3_200)
    small = list(book["Wijken"].iter_rows(values_only=True))[-1]
    assert small[2:5] == ("·", "·", "·")  # nine families, three of them offered something
    assert book["Plan"]["B3"].data_type == "s"  # a name that looks like a formula is a name
    words = [cell for row in book["Read me"].iter_rows(values_only=True) for cell in row]
    assert "Alles verzonnen." in words
    assert any("Draft for review" in str(word) for word in words)


def test_the_same_plan_gives_the_same_bytes_without_author_or_clock(released: tuple[ReleasedTable, ...]) -> None:
    raw = plan_workbook(released, CATALOGUE, 50_000, NOTICE)
    assert plan_workbook(released, CATALOGUE, 50_000, NOTICE) == raw
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert "2000-01-01T00:00:00" in core
    assert str(date.today().year) not in core


def test_what_did_not_pass_the_gate_makes_no_workbook(released: tuple[ReleasedTable, ...]) -> None:
    with pytest.raises(RefusedError, match="released tables only"):
        plan_workbook([_plan().table()], CATALOGUE, 50_000, NOTICE)  # type: ignore[list-item]
    with pytest.raises(RefusedError, match="no table of places"):
        plan_workbook(released[1:], CATALOGUE, 50_000, NOTICE)

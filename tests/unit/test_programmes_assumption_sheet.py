"""An edited workbook: what is taken over, and every fault with its sheet and cell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from riskscreen.errors import SettingsError
from riskscreen.pipeline.budget import budget_of
from riskscreen.programmes import Catalogue, load_programmes
from riskscreen.programmes.assumption_sheet import assumption_page
from riskscreen.programmes.workbooks import workbook_bytes
from riskscreen.settings import Scenario, load_scenario
from riskscreen.stressors.loading import load_catalogue

STRESSORS = tuple(load_catalogue("all").ids)
SHIPPED = load_programmes(stressors=STRESSORS)
PAGE = assumption_page(SHIPPED.names, SHIPPED.planning, SHIPPED.evidence_weights, SHIPPED.hours, 600_000)
ROWS = {str(row[0]): number for number, row in enumerate(PAGE.rows, start=1) if row and row[0]}


def _edited(folder: Path, edit: Callable[[Any], object]) -> Path:
    file = folder / "my-plan.xlsx"
    file.write_bytes(workbook_bytes([PAGE], title="x"))
    book = openpyxl.load_workbook(file)
    edit(book["Assumptions"])
    book.save(file)
    return file


def _load(folder: Path, edit: Callable[[Any], object]) -> Catalogue:
    return load_programmes(assumptions=_edited(folder, edit), stressors=STRESSORS)


def _faults(folder: Path, edit: Callable[[Any], object]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as told:
        _load(folder, edit)
    return told.value.faults


def test_an_edited_value_is_the_users_and_the_rest_stays_invented(tmp_path: Path) -> None:
    found = _load(tmp_path, lambda sheet: sheet.cell(ROWS["pcit"], 4, 2750.5))
    assert (found.planning["pcit"].cost, found.planning["pcit"].assumption) == (2750.5, "user")
    assert {p.assumption for name, p in found.planning.items() if name != "pcit"} == {"invented"}
    assert found.hash != SHIPPED.hash


def test_a_row_taken_out_keeps_the_shipped_values_and_rows_may_move(tmp_path: Path) -> None:
    found = _load(tmp_path, lambda sheet: (sheet.delete_rows(ROWS["pcit"]), sheet.insert_cols(4)))
    assert found.planning == SHIPPED.planning


def test_every_fault_is_told_with_its_cell(tmp_path: Path) -> None:
    def edit(sheet: Any) -> None:
        sheet.cell(ROWS["voorzorg"], 4, -1)
        sheet.cell(ROWS["home_start"], 5, 2.5)
        sheet.cell(ROWS["pcit"], 6, "40%")
        sheet.cell(ROWS["vipp_sd"], 6, 1.5)
        sheet.cell(ROWS["triple_p"], 4).value = None
        sheet.cell(ROWS["budget"], 4, -5)
        sheet.cell(ROWS["weight.good"], 4, 2)
        sheet.cell(ROWS["weight.first"], 4, "veel")
        sheet.cell(ROWS["weight.unknown"], 1, "weight.horoscope")

    faults = "\n".join(_faults(tmp_path, edit))
    for place, about in (
        (f"D{ROWS['voorzorg']}: cost of voorzorg", "more than 0"),
        (f"E{ROWS['home_start']}: places of home_start", "a whole number"),
        (f"F{ROWS['pcit']}: uptake of pcit is a text", "type it as a number"),
        (f"F{ROWS['vipp_sd']}: uptake of vipp_sd", "at most 1"),
        (f"D{ROWS['triple_p']}: cost of triple_p: is empty", ""),
        (f"D{ROWS['budget']}: budget", "at least 0"),
        (f"D{ROWS['weight.good']}: weight.good", "at most 1"),
        (f"D{ROWS['weight.first']}: weight.first is a text", ""),
        (f"A{ROWS['weight.unknown']}: unknown code 'weight.horoscope'", "known: budget"),
    ):
        assert f"my-plan.xlsx, sheet Assumptions, {place}" in faults
        assert about in faults


def test_an_unknown_programme_and_one_that_stands_twice(tmp_path: Path) -> None:
    faults = _faults(tmp_path, lambda sheet: sheet.cell(ROWS["pcit"], 1, "voorzorg"))
    assert any(f"voorzorg stands in row {ROWS['voorzorg']} too" in fault for fault in faults)
    faults = _faults(tmp_path, lambda sheet: sheet.cell(ROWS["pcit"], 1, "magic"))
    (fault,) = faults
    assert fault.startswith(f"my-plan.xlsx, sheet Assumptions, A{ROWS['pcit']}: unknown programme 'magic'")


def test_an_unknown_programme_is_told_together_with_other_faults(tmp_path: Path) -> None:
    def edit(sheet: Any) -> None:
        sheet.cell(ROWS["pcit"], 1, "magic")
        sheet.cell(ROWS["voorzorg"], 4, -5)

    assert len(_faults(tmp_path, edit)) == 2


def test_a_heading_that_is_gone_is_told_once_and_not_for_every_row(tmp_path: Path) -> None:
    (fault,) = _faults(tmp_path, lambda sheet: sheet.cell(1, 4, "kosten"))
    assert "none has cost" in fault


def test_a_date_and_a_yes_are_not_only_called_a_text(tmp_path: Path) -> None:
    def edit(sheet: Any) -> None:
        sheet.cell(ROWS["pcit"], 4, datetime(2024, 1, 1))
        sheet.cell(ROWS["home_start"], 4, True)

    faults = _faults(tmp_path, edit)
    assert len(faults) == 2
    assert all("a date, a yes or no" in fault for fault in faults)


def test_a_workbook_of_all_programmes_serves_a_plan_of_some(tmp_path: Path) -> None:
    file = _edited(tmp_path, lambda sheet: sheet.cell(ROWS["pcit"], 4, 2750))
    found = load_programmes(("pcit", "home_start"), assumptions=file, stressors=STRESSORS)
    assert {name: plan.cost for name, plan in found.planning.items()} == {"home_start": 1600, "pcit": 2750}


def test_a_workbook_without_the_sheet_or_that_is_none(tmp_path: Path) -> None:
    def rename(sheet: Any) -> None:
        sheet.title = "Blad1"

    (fault,) = _faults(tmp_path, rename)
    assert "no sheet 'Assumptions' (found: Blad1)" in fault
    (tmp_path / "no.xlsx").write_text("cost;places")
    with pytest.raises(SettingsError) as told:
        load_programmes(assumptions=tmp_path / "no.xlsx", stressors=STRESSORS)
    assert told.value.faults[0].startswith("no.xlsx is no whole .xlsx workbook")


def test_a_budget_in_two_places_must_be_the_same(tmp_path: Path) -> None:
    catalogue = _load(tmp_path, lambda sheet: sheet.cell(ROWS["budget"], 4, 650_000))
    demo = load_scenario("demo")
    with pytest.raises(SettingsError, match="600,000 EUR in the scenario and 650,000 in the planning values"):
        budget_of(demo, catalogue)
    bare = Scenario.model_validate(demo.model_dump(by_alias=True, exclude={"budget"}))
    assert budget_of(bare, catalogue) == 650_000
    assert budget_of(demo, SHIPPED) == 600_000


def _formulas(sheet: Any) -> None:
    sheet.cell(ROWS["pcit"], 8, "=2+2")
    sheet.cell(ROWS["hours"], 4, "=100")


@pytest.mark.parametrize(
    ("edit", "faults"),
    [
        (lambda sheet: sheet.cell(1, 1, "Code"), ["none has cost, places, uptake, hours, contracted, waiting"]),
        (lambda sheet: sheet.cell(1, 8, "contract"), ["none has contracted"]),
        (lambda sheet: sheet.cell(ROWS["budget"] - 1, 1, "x"), ["none has value"]),
        (lambda sheet: sheet.cell(ROWS["pcit"], 1, " "), [f"A{ROWS['pcit']}: numbers without a code"]),
        (_formulas, [f"H{ROWS['pcit']}: contracted of pcit is a formula", f"D{ROWS['hours']}: hours is a formula"]),
    ],
)
def test_nothing_that_was_edited_is_passed_over_in_silence(
    tmp_path: Path, edit: Callable[[Any], object], faults: list[str]
) -> None:
    told = "\n".join(_faults(tmp_path, edit))
    assert [part for part in faults if part not in told] == []

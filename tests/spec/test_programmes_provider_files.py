"""Quarterly spreadsheets of providers: what is understood, and every fault with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from riskscreen.errors import RegisterError, SettingsError
from riskscreen.programmes import read_provider_files
from riskscreen.programmes.provider_files import Provided
from riskscreen.programmes.workbooks import Page, workbook_bytes
from riskscreen.records.texts import Text, same

PROGRAMMES = {"home_start": same("Home-Start"), "early_debt_help": Text("Early help with arrears", "Vroegsignalering")}
AREAS = {"WK000101": "Oude Stad", "WK000102": "Molenwijk", "WK000103": "Molenwijk"}
HEAD = "provider,programme,quarter,area,offered,taken_up,completed\n"


def _read(*files: Path, mapping: Path | None = None) -> Provided:
    return read_provider_files(
        files, mapping=mapping, programmes=PROGRAMMES, areas=AREAS, since=date(2024, 1, 1), day=date(2025, 1, 1)
    )


def _file(folder: Path, text: str, name: str = "q.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _counts(found: Provided) -> list[list[object]]:
    return found.counts.to_numpy().tolist()


def test_quarters_and_providers_are_added_up(tmp_path: Path) -> None:
    found = _read(
        _file(
            tmp_path,
            HEAD + "A,home_start,2024-Q1,WK000101,10,5,2\n"
            "A,home_start,2024Q2,WK000101,20,6,0\n"
            "B,Home-Start,Q1 2024,oude stad,1,1,1\n"
            "A,vroegsignalering,1e kwartaal 2024,WK000102,7,0,0\n\n",
        )
    )
    assert _counts(found) == [["early_debt_help", "WK000102", 7, 0, 0], ["home_start", "WK000101", 31, 12, 3]]
    assert found.quarters == {"early_debt_help": 1, "home_start": 2}


@pytest.mark.parametrize(
    ("written", "meant"), [("1.234", 1234), ("1 234", 1234), ("12", 12), (" 7 ", 7), ("1.234.567", 1234567)]
)
def test_points_between_thousands(tmp_path: Path, written: str, meant: int) -> None:
    found = _read(_file(tmp_path, HEAD + f"A,home_start,2024-Q1,WK000101,{written},0,0\n"))
    assert _counts(found)[0][2] == meant


def test_a_workbook_with_a_title_above_and_a_sheet_beside(tmp_path: Path) -> None:
    rows = (
        ("Kwartaalcijfers", None),
        (),
        ("Aanbieder", "Programma", "Kwartaal", "Wijk", "Aangeboden", "Gestart", "Afgerond", "Opmerking"),
        ("A", "home_start", "2024-K3", "WK000101", 1234, 30, 4, "zie mail"),
    )
    file = tmp_path / "q.xlsx"
    file.write_bytes(workbook_bytes([Page("Toelichting", (("Lees dit",),)), Page("Cijfers", rows)], title="x"))
    assert _counts(_read(file)) == [["home_start", "WK000101", 1234, 30, 4]]


def test_own_words_through_a_mapping(tmp_path: Path) -> None:
    mapping = _file(
        tmp_path,
        "schema: provider-mapping/1\nheadings: {Trajecten: offered}\nprogrammes: {HS: home_start}\n"
        "areas: {Noord: WK000103}\n",
        "mapping.yaml",
    )
    text = HEAD.replace("offered", "Trajecten") + "A,HS,2024-Q1,noord,3,2,1\n"
    assert _counts(_read(_file(tmp_path, text), mapping=mapping)) == [["home_start", "WK000103", 3, 2, 1]]


def test_other_headings_are_told_with_what_is_needed_and_how_to_map(tmp_path: Path) -> None:
    with pytest.raises(RegisterError) as told:
        _read(_file(tmp_path, "naam;programma;periode;wijk;aantal\nA;home_start;2024-Q1;WK000101;3\n"))
    (fault,) = told.value.faults
    assert fault.startswith("q.csv: found the headings naam, programma, periode, wijk, aantal; ")
    assert "still needed: provider, offered, taken_up, completed" in fault
    assert "mapping" in fault


FAULTS = [
    ("A,home_start,2024-Q1,WK000101,-3,0,0", "offered is below 0"),
    ("A,home_start,2024-Q1,WK000101,3,4,0", "taken_up is more than offered"),
    ("A,home_start,2024-Q1,WK000101,3,1,2", "completed is more than taken_up"),
    ("A,home_strat,2024-Q1,WK000101,3,1,1", "unknown programme 'home_strat'; did you mean home_start?"),
    ("A,home_start,2024-Q1,WK999,3,1,1", "unknown wijk 'WK999'; known: WK000101, WK000102"),
    ("A,home_start,2024-Q1,Molenwijk,3,1,1", "unknown wijk 'Molenwijk'"),  # two wijken have this name
    ("A,home_start,2024,WK000101,3,1,1", "quarter is not one quarter"),
    ("A,home_start,2024-Q1/Q2,WK000101,3,1,1", "quarter is not one quarter"),
    ("A,home_start,2024-Q1,WK000101,3.5,1,1", "offered is no whole number"),
    ("A,home_start,2024-Q1,WK000101,<10,1,1", "offered is no whole number"),
    ("A,home_start,2024-Q1,WK000101,,1,1", "offered is empty: write 0 for none"),
    (",home_start,2024-Q1,WK000101,3,1,1", "provider is empty"),
    ("A,home_start,2024-Q1,Totaal,3,1,1", "a row with a total"),
    ("totaal,,,,3,1,1", "a row with a total"),
]


@pytest.mark.parametrize(("row", "fault"), FAULTS)
def test_a_fault_is_told_with_its_row(tmp_path: Path, row: str, fault: str) -> None:
    with pytest.raises(RegisterError) as told:
        _read(_file(tmp_path, f"{HEAD}A,home_start,2024-Q4,WK000101,1,1,1\n{row}\n"))
    assert len(told.value.faults) == 1
    assert told.value.faults[0].startswith(f"q.csv, row 3: {fault}")


def test_more_than_all_families_of_a_wijk_in_one_quarter_cannot_be(tmp_path: Path) -> None:
    rows = "A,home_start,2024-Q1,WK000101,5000,1,1\nA,home_start,2024-Q2,WK000101,400,1,1\n"
    rows += "A,home_start,2024-Q1,WK000102,101,1,1\n"  # a wijk in which no family lives
    file = _file(tmp_path, HEAD + rows)
    with pytest.raises(RegisterError) as told:
        read_provider_files(
            [file],
            mapping=None,
            programmes=PROGRAMMES,
            areas=AREAS,
            since=date(2024, 1, 1),
            day=date(2025, 1, 1),
            most={"WK000101": 400},
        )
    first, second = told.value.faults
    assert first.startswith("q.csv, row 2: offered is more than all families with children in WK000101 that year")
    assert second.startswith("q.csv, row 4: ")
    assert "400" not in str(told.value)  # the message tells no count
    assert _read(file).counts["offered"].tolist() == [5400, 101]  # not known yet: told later


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    rows = "\n".join(row for row, _ in FAULTS[:4])
    sheet = Page("Q1", (tuple(HEAD.strip().split(",")), ("A", "home_start", "2024-Q1", "WK000101", 2.5, 1, True)))
    book = tmp_path / "b.xlsx"
    book.write_bytes(workbook_bytes([sheet], title="x"))
    with pytest.raises(RegisterError) as told:
        _read(_file(tmp_path, HEAD + rows), book, _file(tmp_path, "x", "c.xls"), _file(tmp_path, "PK", "d.xlsx"))
    text = "\n".join(told.value.faults)
    for part in (
        "row 2",
        "row 3",
        "row 4",
        "row 5",
        "b.xlsx, sheet 'Q1', row 2: offered",
        "completed",
        "c.xls",
        "d.xlsx",
    ):
        assert part in text


def test_the_same_quarter_twice_is_told_with_both_places(tmp_path: Path) -> None:
    row = "A,home_start,2024-Q1,WK000101,3,1,1\n"
    again = _file(tmp_path, HEAD + row.replace("2024-Q1", "q1-2024").replace("A,", "a,", 1), "again.csv")
    with pytest.raises(RegisterError) as told:
        _read(_file(tmp_path, HEAD + row + row), again)
    assert [fault.split(": ")[0] for fault in told.value.faults] == ["q.csv, row 3", "again.csv, row 2"]
    assert all("the same provider, programme, quarter and wijk as q.csv, row 2" in f for f in told.value.faults)


def test_no_number_of_a_row_stands_in_a_fault(tmp_path: Path) -> None:
    with pytest.raises(RegisterError) as told:
        _read(_file(tmp_path, HEAD + "A,home_start,2024-Q1,WK000101,7,98765,1\n"))
    assert "98765" not in str(told.value)


def test_faults_of_a_mapping(tmp_path: Path) -> None:
    wrong = _file(tmp_path, "schema: provider-mapping/1\nheadings: {a: b}\n", "m.yaml")
    with pytest.raises(SettingsError, match=r"m\.yaml has 1 fault"):
        _read(mapping=wrong)
    unknown = _file(tmp_path, "schema: provider-mapping/1\nprogrammes: {a: b}\nareas: {c: d}\n", "m.yaml")
    with pytest.raises(SettingsError, match=r"2 fault\(s\)"):
        _read(mapping=unknown)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("", "no rows below the headings"),
        ("A,home_start,2019-Q1,WK000101,3,1,1\n", "no row is about a quarter from 2024-01-01 up to 2025-01-01"),
        ("A,home_start,0000-Q1,WK000101,3,1,1\n", "quarter is not one quarter"),
        (f"A,home_start,2024-Q1,WK000101,{10**30},1,1\n", "offered is more than 10,000,000"),
        (f'"{"x" * 200_000}",home_start,2024-Q1,WK000101,3,1,1\n', "q.csv is no whole CSV file"),
    ],
)
def test_a_file_that_says_nothing_of_the_year_is_told(tmp_path: Path, rows: str, fault: str) -> None:
    with pytest.raises(RegisterError) as told:
        _read(_file(tmp_path, HEAD + rows))
    assert fault in str(told.value)


def test_rows_of_other_years_are_left_out_and_counted(tmp_path: Path) -> None:
    found = _read(_file(tmp_path, HEAD + "A,home_start,2019-Q1,WK000101,3,1,1\nA,home_start,2024-Q1,WK000101,9,2,1\n"))
    assert (_counts(found), found.outside) == ([["home_start", "WK000101", 9, 2, 1]], 1)


def test_a_formula_without_a_result_is_no_empty_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (HEAD.strip().split(","), ["A", "home_start", "2024-Q1", "WK000101", "=6+6", 6, 2]):
        sheet.append(row)
    book.save(tmp_path / "q.xlsx")
    with pytest.raises(RegisterError, match="row 2: offered is a formula without a result"):
        _read(tmp_path / "q.xlsx")

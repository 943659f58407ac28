"""Tables that left by other ways: read from a spreadsheet, put in the ledger, kept beside the releases."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from riskscreen.disclosure.external import Gone, add_external, read_external
from riskscreen.disclosure.ledger import list_ledger
from riskscreen.disclosure.release import releases
from riskscreen.disclosure.verify import check_office
from riskscreen.errors import UsageError
from riskscreen.governance.office import Office
from riskscreen.records.tables import TOTAL

GONE = Gone("Ann", "sent by mail", "the council", date(2025, 3, 1), "demo", "r" * 64)
CSV = "area;families;outcomes;comment\nWK01;120;<10;a\nWK02;1.340;35;b\ntotaal;1460;;c\n"


def written(folder: Path, text: str = CSV, name: str = "Sent to council.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_a_dutch_csv_is_read(tmp_path: Path) -> None:
    table = read_external(written(tmp_path), keys=("area",), counts=("families", "outcomes"))
    assert table.name == "sent_to_council"
    assert table.rows == (("WK01", 120, None), ("WK02", 1340, 35), (TOTAL, 1460, None))
    assert set(table.column("area").labels) == {"WK01", "WK02"}


def test_a_workbook_is_read_the_same(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["area", "families"], ["WK01", 120], ["WK02", 1340.0], ["WK03", "x"], [None, None]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "sent.xlsx")
    table = read_external(tmp_path / "sent.xlsx", keys=("area",), counts=("families",), name="areas")
    assert table.rows == (("WK01", 120), ("WK02", 1340), ("WK03", None))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("area,families\nWK01,many\n", "row 2, column families: no whole number"),
        ("area,families\nWK01,1.5\n", "row 2, column families: no whole number"),
        ("area,families\nWK01,-3\n", "no whole number"),
        ("area,families\nWK01,12\nWK01,13\n", "1 row(s) have the same keys"),
        ("area,number\nWK01,12\n", "column 'families' is not there; there are: area, number"),
        ("area,families\n", "it has no rows"),
        ("area,families\nWK01\n", "rows of another length"),
        ("area,area\nWK01,1\n", "two columns of one name"),
        ("", "no heads"),
    ],
)
def test_what_cannot_be_read_is_told_without_values(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_external(written(tmp_path, text, "sent.csv"), keys=("area",), counts=("families",))
    assert told in str(caught.value)
    assert "many" not in str(caught.value)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no CSV or XLSX"):
        read_external(written(tmp_path, CSV, "sent.pdf"), keys=("area",), counts=("families",))
    with pytest.raises(UsageError, match="cannot be read"):
        read_external(written(tmp_path, CSV, "sent.xlsx"), keys=("area",), counts=("families",))


def test_it_stands_in_the_ledger_once_and_no_release_is_made_of_it(tmp_path: Path) -> None:
    office = Office(tmp_path / "office")
    table = read_external(written(tmp_path), keys=("area",), counts=("families", "outcomes"))
    entry = add_external(office, table, GONE, source="sent.csv")
    assert add_external(office, table, GONE, source="sent.csv") == entry
    assert [e.kind for e in office.ledger.entries()] == ["external"]
    assert releases(office) == ()
    assert list(check_office(office)) == []
    (one,) = list_ledger(office).left
    assert (one.channel, one.run, one.to, one.rules, one.approval) == ("external", "demo", "the council", "", 0)
    (office.released / str(entry.body["release"]) / "sent_to_council.json").unlink()
    assert "is gone" in str(next(iter(check_office(office))))
    add_external(office, table, GONE, source="sent.csv")
    assert list(check_office(office)) == []


def test_its_copy_has_the_form_of_a_released_table(tmp_path: Path) -> None:
    office = Office(tmp_path / "office")
    table = read_external(written(tmp_path), keys=("area",), counts=("families", "outcomes"))
    entry = add_external(office, table, GONE)
    raw = json.loads((office.released / str(entry.body["release"]) / f"{table.name}.json").read_text(encoding="utf-8"))
    assert raw["rows"] == [list(row) for row in table.rows]
    assert raw["status"] == [["shown", "shown", "suppressed"], ["shown"] * 3, ["shown", "shown", "suppressed"]]
    assert entry.body["registers"] == GONE.registers


def test_who_when_and_to_whom_must_be_said(tmp_path: Path) -> None:
    table = read_external(written(tmp_path), keys=("area",), counts=("families",))
    with pytest.raises(UsageError) as caught:
        add_external(Office(tmp_path / "office"), table, Gone(" ", "", "x"))
    assert caught.value.faults == ("by is empty", "reason is empty")

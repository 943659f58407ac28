"""Every rule of check, each shown by rows that break it and rows that do not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from riskscreen.registers import CheckReport, check, open_registers
from tests.linkage_towns import Rows, opened, town

CLEAN = {
    "persons": """
        person | birth_date | sex | death_date | recorded_date
        mother | 1990-05-01 | f   |            | 2000-01-01
        child  | 2015-06-01 | m   |            | 2015-06-02
        late   | 1950-06-01 | m   | 2016-01-01 | 2000-01-01
    """,
    "household_spells": """
        person | household | role  | household_kind | event_date | end_date   | recorded_date
        mother | home      | adult | private        | 2012-01-01 | 2020-01-01 | 2012-01-01
        mother | new       | adult | private        | 2020-01-01 |            | 2020-01-05
        child  | home      | child | private        | 2015-06-01 |            | 2015-06-02
    """,
}


def told(rows: Rows) -> dict[tuple[str, str, str], tuple[str, int, tuple[int, ...]]]:
    with opened(rows) as registers:
        report = check(registers)
    return {(f.register, f.column, f.rule): (f.severity, f.rows, f.row_numbers) for f in report.findings}


def changed(register: str, table: str) -> dict[tuple[str, str], tuple[str, int, tuple[int, ...]]]:
    """Findings in one register after replacing it in the clean town."""
    found = told(town(**{**CLEAN, register: table}))
    return {(column, rule): rest for (name, column, rule), rest in found.items() if name == register}


def test_clean_registers_have_no_fault() -> None:
    assert told(town(**CLEAN)) == {("reports", "whole_register", "empty"): ("fault", 0, ())}


def test_codes_nulls_and_ends_are_counted_with_three_row_numbers() -> None:
    found = changed(
        "household_spells",
        """
        person | household | role   | household_kind | event_date | end_date   | recorded_date
        mother | a         | parent | private        | 2012-01-01 |            | 2012-01-01
        mother | b         | parent | foster         | 2013-01-01 | 2012-01-01 | 2012-12-31
        mother | c         | parent | foster         | 2014-01-01 | 2014-01-01 | 2014-01-01
        child  |           | parent | foster         | 2014-01-01 | 2015-01-01 | 2014-01-01
        """,
    )
    assert found == {
        ("role", "unknown_code"): ("fault", 4, (1, 2, 3)),
        ("end_date", "end_before_start"): ("fault", 1, (2,)),
        ("recorded_date", "recorded_before_event"): ("warning", 1, (2,)),
        ("household", "null"): ("fault", 1, (4,)),
    }


def test_two_households_at_once_unknown_persons_and_events_after_death() -> None:
    found = changed(
        "household_spells",
        """
        person | household | role  | household_kind | event_date | end_date   | recorded_date
        mother | a         | adult | private        | 2012-01-01 | 2014-01-01 | 2012-01-01
        mother | b         | adult | private        | 2013-06-01 | 2015-01-01 | 2013-06-01
        mother | c         | adult | private        | 2015-01-01 |            | 2015-01-01
        mother | d         | adult | foster         | 2016-01-01 |            | 2016-01-01
        nobody | a         | adult | private        | 2012-01-01 |            | 2012-01-01
        late   | a         | adult | private        | 2016-01-02 |            | 2016-01-02
        """,
    )
    assert found == {
        ("household", "two_households"): ("warning", 1, (2,)),
        ("person", "unknown_person"): ("warning", 1, (5,)),
        ("event_date", "after_death"): ("warning", 1, (6,)),
    }


def test_three_households_at_once_are_one_warning() -> None:
    found = changed(
        "household_spells",
        """
        person | household | role  | household_kind | event_date | end_date | recorded_date
        mother | a         | adult | private        | 2012-01-01 |          | 2012-01-01
        mother | b         | adult | private        | 2013-01-01 |          | 2013-01-01
        mother | c         | adult | private        | 2014-01-01 |          | 2014-01-01
        """,
    )
    assert found == {("household", "two_households"): ("warning", 2, (2, 3))}


DEBT = """
    person | kind           | source | event_date | recorded_date
    mother | arrears_signal | energy | 2022-01-01 | 2022-01-01
    c17    | arrears_signal | energy | 2022-02-01 | 2022-02-01
    mother | counselling    |        | 2022-03-01 | 2022-03-01
    mother | counselling    |        | 2022-04-01 | 2022-04-01
"""
PARTICULARS = """
    register | person | given_names | surname | birth_date | recorded_date
    debt     | c17    | Noor        | Visser  | 1990-05-01 | 2022-02-01
"""


@pytest.mark.parametrize(
    ("more", "words"),
    [({}, "(25% of the rows)"), ({"particulars": PARTICULARS}, "(25% of the rows; linkage looks for them by their")],
)
def test_a_person_who_is_not_in_persons_is_a_warning_with_its_share(more: dict[str, str], words: str) -> None:
    with opened(town(**{**CLEAN, "debt": DEBT, **more})) as registers:
        report = check(registers)
    found = [finding for finding in report.warnings if finding.register == "debt"]
    assert [(f.rule, f.rows, f.row_numbers) for f in found] == [("unknown_person", 1, (2,))]
    assert words in str(found[0])
    assert not [f for f in report.findings if f.register == "particulars"], "its numbers need not be in persons"


def test_dates_after_the_period_or_in_the_future(monkeypatch: pytest.MonkeyPatch) -> None:
    table = """
        person | household | role  | household_kind | event_date | end_date   | recorded_date
        mother | a         | adult | private        | 2025-06-01 | 2025-07-01 | 2025-06-01
        child  | a         | child | private        | 2025-06-02 |            | 2025-06-02
    """
    monkeypatch.setattr("riskscreen.registers.checking.utc_now", lambda: datetime(2025, 6, 1, tzinfo=UTC))
    found = changed("household_spells", table)
    assert found == {
        ("event_date", "future_date"): ("fault", 1, (2,)),
        ("recorded_date", "future_date"): ("fault", 1, (2,)),
    }, "an end may be planned; the day itself is not the future"
    monkeypatch.setattr("riskscreen.registers.checking.utc_now", lambda: datetime(2035, 6, 1, tzinfo=UTC))
    past = changed("household_spells", table.replace("2025-06-02", "2030-01-01"))
    assert set(past) == {("event_date", "future_date"), ("recorded_date", "future_date")}, "covered until 2030-01-01"


def test_keys_that_occur_twice() -> None:
    found = changed(
        "persons",
        """
        person | birth_date | sex | recorded_date
        mother | 1990-05-01 | f   | 2000-01-01
        child  | 2015-06-01 | m   | 2015-06-02
        child  | 2015-06-01 | f   | 2015-06-02
        child  | 2015-06-01 | f   | 2015-06-02
        """,
    )
    assert found == {("person", "duplicate_key"): ("fault", 2, (4,))}


def test_parents_under_twelve_and_unknown_areas_and_reports() -> None:
    rows = town(
        **CLEAN,
        parentage="""
            child | parent | kind  | event_date
            child | mother | birth | 2015-06-01
            mother| child  | birth | 2015-06-01
        """,
        areas="area | kind | name\n BU1 | buurt | one",
        address_spells="""
            person | address | area | event_date
            mother | x       | BU1  | 2015-06-01
            child  | x       | BU2  | 2015-06-01
        """,
        aftercare="report | recorded_date\n r9 | 2020-01-01",
    )
    found = told(rows)
    assert found["parentage", "parent", "young_parent"] == ("warning", 1, (2,))
    assert found["address_spells", "area", "unknown_area"] == ("warning", 1, (2,))
    assert found["aftercare", "report", "unknown_report"] == ("warning", 1, (1,))


def test_numbers_outside_their_range() -> None:
    rows = town(
        **CLEAN,
        areas="area | kind | name | urbanity\n BU1 | buurt | one | 6\n BU2 | buurt | two | 5\n BU3 | buurt | three |",
    )
    assert told(rows)["areas", "urbanity", "out_of_range"] == ("fault", 1, (1,))


@pytest.fixture
def export(tmp_path: Path) -> CheckReport:
    """Untidy CSV files: types, a broken line, a missing and a withheld column."""
    (tmp_path / "persons.csv").write_text(
        "person,birth_date,sex,origin,recorded_date\n"
        "canary-1,1990-13-01,f,europe,2000-01-01\ncanary-2,1990-01-01,m,europe,2000-01-01\n"
        "canary-3,notadate,f,europe\ncanary-4,soon,f,europe,2000-01-01\n",
        encoding="utf-8",
    )
    (tmp_path / "household_spells.csv").write_text(
        "person,household,role,event_date,end_date,recorded_date\ncanary-2,h,adult,2012-01-01,,2012-01-01\n",
        encoding="utf-8",
    )
    (tmp_path / "reports.csv").write_text(
        "report,person,kind,event_date,recorded_date,reporter,follow_up\nr,canary-2,report,2020-01-01,2020-01-02,police,maybe\n",
        encoding="utf-8",
    )
    entry = {"law": "law", "purpose": "purpose", "impact_assessment": "DPIA", "responsible": "name"}
    entry |= {"retention_until": "2030-01-01"}
    registers = {name: {**entry, "columns": "all"} for name in ("household_spells", "reports")}
    registers["persons"] = {**entry, "columns": ["person", "birth_date", "sex", "recorded_date"]}  # type: ignore[dict-item]
    basis = tmp_path / "basis.yaml"
    basis.write_text(json.dumps({"schema": "basis/1", "registers": registers}), encoding="utf-8")
    with open_registers(tmp_path, basis=basis) as opened_registers:
        return check(opened_registers)


def test_an_untidy_export_is_told_whole_and_without_values(export: CheckReport) -> None:
    found = {(f.register, f.column, f.rule): (f.severity, f.rows, f.row_numbers) for f in export.findings}
    assert found["persons", "birth_date", "type"] == ("fault", 2, (1, 3))
    assert found["persons", "whole_register", "unreadable_line"] == ("fault", 1, (4,))
    assert found["persons", "origin", "no_basis"] == ("warning", 0, ())
    assert found["household_spells", "household_kind", "missing_column"] == ("fault", 0, ())
    assert found["reports", "follow_up", "type"] == ("fault", 1, (1,))
    assert not export.ok
    severities = [f.severity for f in export.findings]
    assert severities == sorted(severities), "faults first"
    for shown in (str(export), export._repr_html_(), repr(export.table().records())):
        for value in ("canary", "notadate", "maybe", "1990-13"):
            assert value not in shown


def test_the_table_has_wording_for_every_code(export: CheckReport) -> None:
    table = export.table()
    for column in table.columns:
        if column.kind in ("key", "code"):
            assert set(table.values(column.name)) <= set(column.labels)


def test_the_committed_registers_have_no_fault(committed_registers: Path) -> None:
    with open_registers(committed_registers) as registers:
        report = check(registers)
    assert report.faults == ()
    assert report.ok

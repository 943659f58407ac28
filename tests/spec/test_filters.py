"""The filter language, as a domain reader would write it."""

from __future__ import annotations

from datetime import date

import pytest

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import filter_sql
from riskscreen.errors import SettingsError
from riskscreen.records.filters import columns_of, format_filter, holds, parse_filter

COLUMNS = {"kind": "text", "level": "number", "day": "date", "single_parent": "flag"}

ROWS = [
    {"kind": "stay", "level": 2, "day": date(2023, 1, 1), "single_parent": True},
    {"kind": "it's", "level": None, "day": date(2024, 2, 29), "single_parent": False},
    {"kind": None, "level": 0, "day": None, "single_parent": None},
]

CASES = [
    ("level >= 1", [True, False, False]),
    ("not level >= 1", [False, False, True]),  # an unknown level passes neither
    ("kind in ('stay', 'protection')", [True, False, False]),
    ("kind = 'it''s'", [False, True, False]),
    ("kind != 'stay'", [False, True, False]),
    ("day >= 2024-01-01", [False, True, False]),
    ("single_parent = true or level = 0", [True, False, True]),
    ("(kind = 'stay' or kind = 'it''s') and not single_parent = false", [True, False, False]),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_rows_that_pass(text: str, expected: list[bool]) -> None:
    part = parse_filter(text, COLUMNS)
    assert [holds(part, row) for row in ROWS] == expected
    assert parse_filter(format_filter(part), COLUMNS) == part


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_sql_passes_the_same_rows(text: str, expected: list[bool]) -> None:
    condition = filter_sql(parse_filter(text, COLUMNS), "r")
    values = (
        "(0, 'stay', 2, DATE '2023-01-01', TRUE), (1, 'it''s', NULL, DATE '2024-02-29', FALSE), "
        "(2, NULL, 0, NULL, NULL)"
    )
    with Engine() as engine:
        rows = engine.rows(
            f"SELECT n FROM (VALUES {values}) AS r(n, kind, level, day, single_parent) WHERE {condition} ORDER BY n"
        )
    assert [n in {row[0] for row in rows} for n in range(3)] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("origin = 'europe'", "origin is a sensitive column"),
        ("colour = 1", "unknown column 'colour' at place 1"),
        ("level >= 'two'", "column level takes a number"),
        ("kind = stay", "column kind takes a text"),
        ("day > 2023-02-30", "2023-02-30 is no date"),
        ("level >= 1 level", "the filter should end here"),
        ("(level >= 1", "a closing parenthesis is missing"),
        ("level ; drop", "cannot read ';"),
        ("", "expected the name of a column"),
    ],
)
def test_faults_say_where_and_what(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message.replace("(", r"\(")):
        parse_filter(text, COLUMNS)


def test_columns_are_listed_once() -> None:
    assert columns_of(parse_filter("level >= 1 and (kind = 'x' or level = 3)", COLUMNS)) == ("level", "kind")

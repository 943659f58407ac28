"""How the pages say a figure: a domain reader can check every line."""

from __future__ import annotations

import pytest

from riskscreen.records.tables import Column
from riskscreen.records.texts import Text
from riskscreen.reports.numbers import day_of_text, decimal, euros, percent, points_of_percent
from riskscreen.reports.parts import both_sides, frequency
from riskscreen.reports.tables import format_value, label
from riskscreen.reports.words import Words

BOTH_SIDES = """
rate    | nl                        | en
0.068   | 68, 932                   | 68, 932
0.0239  | 24, 976                   | 24, 976
0.0086  | 9, 991                    | 9, 991
0.0003  | minder dan 1, meer dan 999 | fewer than 1, more than 999
0       | 0, 1.000                  | 0, 1,000
"""


@pytest.mark.parametrize("line", BOTH_SIDES.strip().splitlines()[1:])
def test_a_rate_is_told_with_both_sides(line: str) -> None:
    rate, nl, en = (part.strip() for part in line.split("|"))
    assert ", ".join(both_sides(Words("nl"), float(rate))) == nl
    assert ", ".join(both_sides(Words("en"), float(rate))) == en


def test_a_rate_in_a_sentence_names_its_interval() -> None:
    said = frequency(Words("en"), 0.068, 0.052, 0.085)
    assert said == (
        "Of 1,000 such families about 68 had a new report within a year, 932 did not. "
        "(The interval runs from 52 to 85.)"
    )


def test_a_hidden_rate_is_not_called_zero() -> None:
    assert frequency(Words("nl"), None).endswith("de aantallen zijn te klein om te tonen.")


NUMBERS = """
what            | nl         | en
1234.5, 1       | 1.234,5    | 1,234.5
-0.04, 1        | 0,0        | 0.0
-3.25, 2        | −3,25      | −3.25
"""


@pytest.mark.parametrize("line", NUMBERS.strip().splitlines()[1:])
def test_numbers_follow_the_language(line: str) -> None:
    what, nl, en = (part.strip() for part in line.split("|"))
    value, digits = what.split(",")
    assert decimal(float(value), int(digits), "nl") == nl
    assert decimal(float(value), int(digits), "en") == en


def test_shares_euros_dates_and_differences() -> None:
    assert (percent(0.043, "nl"), percent(0.152, "en"), percent(0.0996, "en")) == ("4,3%", "15%", "10%")
    assert (euros(497350, "nl"), euros(497350, "en")) == ("€\N{NO-BREAK SPACE}497.350", "€497,350")
    assert (day_of_text("2025-01-01", "nl"), day_of_text("2025-01-01", "en")) == ("1 januari 2025", "1 January 2025")
    assert (points_of_percent(0.07, "nl"), points_of_percent(-0.021, "en")) == ("+7,0", "−2.1")


UNITS = """
kind     | unit      | value  | nl      | en
count    | families  | 18432  | 18.432  | 18,432
rate     | share     | 0.043  | 4,3%    | 4.3%
rate     | per 1,000 | 0.0239 | 24      | 24
rate     | per 1,000 | 0.0081 | 8,1     | 8.1
estimate |           | 0.7153 | 0,715   | 0.715
number   | EUR       | 900    | € 900   | €900
"""


@pytest.mark.parametrize("line", UNITS.strip().splitlines()[1:])
def test_a_column_says_how_its_figures_are_read(line: str) -> None:
    kind, unit, value, nl, en = (part.strip() for part in line.split("|"))
    column = Column("x", kind, Text("x", "x"), unit)  # type: ignore[arg-type]
    assert format_value(column, float(value), "nl").replace("\N{NO-BREAK SPACE}", " ") == nl
    assert format_value(column, float(value), "en") == en


def test_a_range_in_a_label_does_not_break_over_two_lines() -> None:
    column = Column("age", "key", Text("age", "leeftijd"), labels={"a": Text("aged 4-11", "4-11 jaar")})
    assert label(column, "a", "nl") == "4\N{NON-BREAKING HYPHEN}11 jaar"

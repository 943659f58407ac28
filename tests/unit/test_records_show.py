"""A table on a screen: intervals beside their figure, heads on several lines, wide tables in parts."""

from __future__ import annotations

import pytest

from riskscreen.records.show import html_table, text_table
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text, same

MODELS = {"count": Text("plain count", "gewone telling"), "card": Text("card", "puntenkaart")}
GROUPS = {name: same(name) for name in ("north", "south")}
KEY = Column("model", "key", Text("model", "model"), labels=MODELS)
AREA = Column("area", "key", Text("area", "gebied"), labels=GROUPS)


def figure(name: str, en: str, nl: str, unit: str = "") -> Column:
    return Column(name, "estimate", Text(en, nl), unit)


GAIN = (figure("gain", "gain", "winst"), figure("gain_low", "gain: from", ""), figure("gain_high", "gain: to", ""))
NEXT = (
    figure("next_low", "next date: from", "volgende: van", "per 1,000"),
    figure("next_high", "next date: to", "volgende: tot", "per 1,000"),
)


def shown(columns: tuple[Column, ...], *rows: tuple[Value, ...], screen: int = 150, language: str = "en") -> str:
    table = Table("models", Text("Models", "Modellen"), columns, rows)
    return text_table(table, screen=screen, language=language)


def test_an_interval_stands_with_its_figure() -> None:
    assert shown((KEY, *GAIN), ("count", 0.0, 0.0, 0.0), ("card", 0.017, 0.003, 0.031)) == (
        "Models\n"
        "model                          gain\n"
        "plain count              0 (0 to 0)\n"
        "card         0.017 (0.003 to 0.031)"
    )


def test_bounds_without_a_figure_are_one_column_with_its_unit() -> None:
    text = shown((KEY, *NEXT), ("card", 0.0083, 0.0101), language="nl")
    assert text == "Modellen\nmodel        volgende, per 1.000\npuntenkaart         8.3 tot 10.1"


@pytest.mark.parametrize(("name", "high"), [("lowest", "gain_high"), ("gain_low", "other")])
def test_other_columns_stay_apart(name: str, high: str) -> None:
    columns = (KEY, figure("gain", "gain", ""), figure(name, "first", ""), figure(high, "second", ""))
    assert shown(columns, ("card", 0.1, 0.2, 0.3)).splitlines()[-1].split() == ["card", "0.100", "0.200", "0.300"]


@pytest.mark.parametrize(
    ("value", "said"), [(0.02, "0.020"), (-0.00012, "-0.00012"), (0.000499, "0.00050"), (0.0, "0"), (1.5, "1.500")]
)
def test_a_small_figure_is_not_nothing_and_decimals_are_even(value: float, said: str) -> None:
    assert shown((KEY, figure("brier", "Brier", "")), ("card", value)).split()[-1] == said


def test_bounds_that_are_not_there_leave_the_figure() -> None:
    assert shown((KEY, *GAIN), ("card", 0.017, None, None)).endswith("card   0.017")


def test_a_hidden_interval_shows_that_it_is_hidden() -> None:
    table = Table("models", Text("Models", "Modellen"), (KEY, *GAIN), (("card", 0.017, None, None),))
    assert text_table(table, signs=[["", "", "·", "·"]]).endswith("0.017 (·)")
    nothing = Table("models", Text("Models", "Modellen"), (KEY, *GAIN), (("card", None, None, None),))
    assert text_table(nothing, signs=[["", "·", "·", "·"]]).split()[-1] == "·"


def test_a_long_head_takes_several_lines_where_the_screen_is_narrow() -> None:
    assert shown((KEY, figure("gain", "recorded rate minus mean risk", "")), ("card", 0.5), screen=30) == (
        "Models\n         recorded\n       rate minus\nmodel   mean risk\ncard        0.500"
    )


def test_a_wide_table_is_shown_in_parts_under_its_first_key() -> None:
    columns = (AREA, KEY, figure("first", "first", ""), figure("second", "second", ""))
    rows = (("north", "count", 0.1, 0.2), ("north", "card", 0.3, 0.4), ("south", "card", 0.5, 0.6))
    assert shown(columns, *rows, screen=20) == (
        "Models\n"
        "model        first\n[north]\nplain count  0.100\ncard         0.300\n[south]\ncard         0.500\n"
        "\n"
        "model        second\n[north]\nplain count   0.200\ncard          0.400\n[south]\ncard          0.600"
    )


def test_a_note_is_told() -> None:
    table = Table("models", Text("Models", "Modellen"), (KEY,), (("card",),), Text("Look at the gain.", "Kijk."))
    assert text_table(table).splitlines()[-1] == "Look at the gain."
    assert text_table(table, language="nl").splitlines()[-1] == "Kijk."


def test_a_table_without_rows_or_columns_still_shows() -> None:
    assert shown((KEY, *GAIN)) == "Models\nmodel  gain"
    assert shown(()) == "Models"


def test_html_joins_them_too() -> None:
    html = html_table(Table("models", Text("Models", ""), (KEY, *GAIN), (("card", 0.017, 0.003, 0.031),)))
    assert '<th scope="row">card</th><td>0.017 (0.003 to 0.031)</td>' in html
    assert html.count('scope="col"') == 2

"""Without wijken it is said what is missing; codes that do not match are told with examples."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from riskscreen.areas import levels_known, match_outlines, why_no_wijken
from riskscreen.areas.placing import NO_ADDRESSES, NO_BUURTEN, NO_REGISTER, NO_WITHIN, NOBODY_THERE
from riskscreen.errors import RegisterError
from riskscreen.records.texts import Text
from riskscreen.registers import AreaCodes, check_area_codes, compare_area_codes
from tests.linkage_towns import opened, town

DAY = date(2024, 1, 1)
AREAS = pd.DataFrame(
    {"area": ["BU1", "BU2", "WK1"], "kind": ["buurt", "buurt", "wijk"], "within": ["WK1", "WK1", None], "name": "x"}
)


def _cells(area: str | None, wijk: str | None) -> pd.DataFrame:
    return pd.DataFrame(
        {"area": area, "area_block": wijk, "outcome": [0, 1], "families": [200, 20], "children": [300, 30]}
    )


@pytest.mark.parametrize(
    ("areas", "addresses", "why"),
    [
        (AREAS, False, NO_ADDRESSES),
        (None, True, NO_REGISTER),
        (AREAS[AREAS["kind"] == "wijk"], True, NO_BUURTEN),
        (AREAS.drop(columns="within"), True, NO_WITHIN),
        (AREAS.assign(within=None), True, NO_WITHIN),
        (AREAS, True, NOBODY_THERE),
    ],
)
def test_without_wijken_it_is_said_what_to_give(areas: pd.DataFrame | None, addresses: bool, why: Text) -> None:
    assert why_no_wijken(_cells("BU1", "unknown"), areas, addresses=addresses) is why
    assert why_no_wijken(_cells("BU1", None), areas, addresses=addresses) is why


def test_with_one_wijk_nothing_is_missing() -> None:
    cells = pd.concat([_cells("BU1", "WK1"), _cells("unknown", "unknown")])
    assert why_no_wijken(cells, AREAS, addresses=True) is None


def test_one_area_called_unknown_is_no_level() -> None:
    assert levels_known(_cells("unknown", "unknown"), None, 10) == ()
    assert levels_known(_cells("BU1", "unknown"), AREAS.drop(columns="within"), 10) == ("buurt",)


PERSONS = "person | birth_date | sex | recorded_date\n" + "\n".join(
    f"p{i} | 1990-01-01 | f | 2000-01-01" for i in range(25)
)

HOUSEHOLDS = """person | household | role | household_kind | event_date | end_date
p1 | home | adult | private | 2012-01-01 |"""


def _town(codes: list[str]) -> AreaCodes | None:
    """Twenty-five persons with addresses in these areas, in turn; the register has BU1 to BU4."""
    head = "person | address | area | event_date | end_date | recorded_date\n"
    spells = head + "\n".join(f"p{i} | a{i} | {codes[i % len(codes)]} | 2020-01-01 | | 2020-01-01" for i in range(25))
    spells += "\np1 | old | BU9 | 2001-01-01 | 2019-01-01 | 2001-01-01"  # of another year: does not count
    areas = "area | kind | name | within\n" + "\n".join(f"BU{i} | buurt | b | WK1" for i in range(1, 5))
    with opened(
        town(persons=PERSONS, household_spells=HOUSEHOLDS, address_spells=spells, areas=areas + "\nWK1 | wijk | w |")
    ) as registers:
        return compare_area_codes(registers, [DAY])


def test_how_many_codes_match_is_told_with_three_examples() -> None:
    assert _town(["BU1", "BU2"]) == AreaCodes(2, 2, (), ("BU3", "BU4"))
    found = _town(["BU1", "X2"])
    assert found == AreaCodes(2, 1, ("X2",), ("BU2", "BU3", "BU4"))
    assert found is not None
    assert "1 of 2 area codes" in found.text().en
    assert "X2" in found.text().nl
    check_area_codes(found)


def test_codes_of_which_none_matches_are_refused() -> None:
    with pytest.raises(RegisterError) as told:
        check_area_codes(_town(["X1", "X2"]))
    assert "0 of 2 area codes" in str(told.value)
    assert "X1, X2" in str(told.value)
    assert "BU1, BU2, BU3" in str(told.value)


def test_a_code_of_few_people_is_not_shown() -> None:
    found = _town(["BU1", *(f"Street {i}" for i in range(24))])  # a column that was mapped wrongly
    assert found is not None
    assert (found.given, found.fit, found.strange) == (25, 1, ())
    assert "Street" not in found.text().en


def test_without_areas_or_codes_there_is_nothing_to_compare() -> None:
    with opened(town(persons=PERSONS, household_spells=HOUSEHOLDS)) as registers:
        assert compare_area_codes(registers, [DAY]) is None
    check_area_codes(None)


def test_outlines_that_fit_nothing_are_told_with_examples() -> None:
    outlines = dict.fromkeys(["BU05", "BU06", "BU07", "BU08"], "{}")
    with pytest.raises(
        RegisterError, match=r"none of 4 outlines matches one of 2 areas: .* BU05, BU06, BU07, areas such"
    ):
        match_outlines(outlines, ["BU01", "BU02", "unknown"])
    half = str(match_outlines(outlines, ["BU05", "XX"]))
    assert half.endswith("(outlines such as BU06, BU07, BU08; areas such as XX)")
    assert match_outlines(outlines, ["unknown"]).fit == ()  # no family has an area: that is told elsewhere

"""What areas say: a text table in, one question, the answer out."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from riskscreen.areas import Reporting, apart_text, compare_zonings, estimate_areas, levels_known, match_outlines
from riskscreen.areas.tree import area_tree
from riskscreen.areas.zonings import join_small
from riskscreen.errors import RegisterError, SettingsError, UsageError
from riskscreen.records.tables import TOTAL

AREAS = """
area        kind       name        within
PV20        provincie  Groenland   -
GM0001      gemeente   Ploegdorp   PV20
GM0002      gemeente   Eggestad    PV20
WK000101    wijk       Dorp        GM0001
WK000201    wijk       Oost        GM0002
WK000202    wijk       West        GM0002
BU00010101  buurt      Kern        WK000101
BU00010102  buurt      Rand        WK000101
BU00020101  buurt      Hof         WK000201
BU00020102  buurt      Kade        WK000201
BU00020201  buurt      Veld        WK000202
BU00020202  buurt      Bos         WK000202
"""
COUNTS = """
area        area_block  families  reported
BU00010101  WK000101         400        12
BU00010102  WK000101         150         2
BU00020101  WK000201        1200        60
BU00020102  WK000201         800        24
BU00020201  WK000202         900         9
BU00020202  WK000202          60         1
"""


def table(text: str) -> pd.DataFrame:
    """A frame from a text table; a dash is empty."""
    head, *rows = [line.split() for line in text.strip().splitlines()]
    return pd.DataFrame([[None if cell == "-" else cell for cell in row] for row in rows], columns=head)


def cells(text: str = COUNTS) -> pd.DataFrame:
    """Counts as the engine gives them: a row with and a row without the outcome per buurt."""
    found = table(text)
    reported, families = found["reported"].astype(int), found["families"].astype(int)
    both = [found.assign(outcome=1, families=reported), found.assign(outcome=0, families=families - reported)]
    return pd.concat(both).assign(children=lambda frame: 2 * frame["families"]).drop(columns="reported")


def estimated(level: Any, **asked: Any) -> dict[str, Any]:
    """Estimates by the name of the area."""
    found = estimate_areas(cells(), level=level, areas=table(AREAS), threshold=10, **asked)
    return {row.name: row for row in found.rows}


@pytest.mark.parametrize(
    ("level", "counted"),
    [
        ("buurt", {"Kern": 12, "Rand": 2, "Hof": 60, "Kade": 24, "Veld": 9, "Bos": 1}),
        ("wijk", {"Dorp": 14, "Oost": 84, "West": 10}),
        ("gemeente", {"Ploegdorp": 14, "Eggestad": 94}),
        ("provincie", {"Groenland": 108}),
    ],
)
def test_recorded_outcomes_at_four_levels(level: Any, counted: dict[str, int]) -> None:
    assert {name: row.outcomes for name, row in estimated(level).items()} == counted


@pytest.mark.parametrize("towards", ["wijk", "overall"])
def test_estimates_add_up_to_what_the_municipality_recorded(towards: Any) -> None:
    rows = estimated("buurt", towards=towards)
    ploegdorp = sum(rows[name].families * rows[name].estimate for name in ("Kern", "Rand"))
    eggestad = sum(rows[name].families * rows[name].estimate for name in ("Hof", "Kade", "Veld", "Bos"))
    assert (ploegdorp, eggestad) == (pytest.approx(14), pytest.approx(94))


def test_a_small_buurt_leans_on_its_wijk() -> None:
    by_wijk, by_all = estimated("buurt", towards="wijk"), estimated("buurt", towards="overall")
    assert by_wijk["Bos"].estimate < by_all["Bos"].estimate  # Bos lies in West, where little is reported
    assert by_wijk["Bos"].own_share < by_wijk["Veld"].own_share < by_wijk["Hof"].own_share


def test_three_things_stay_apart() -> None:
    """Recorded: 60 of 1,200. Need, if 13 to 19 of 100 are known: far more families, as a range."""
    row = estimated("buurt", reporting=Reporting(0.126, 0.191, 1.5))["Hof"]
    assert row.rate == pytest.approx(0.05)
    assert row.expected is None  # no card
    assert row.low < row.estimate < row.high < row.need_low < row.need_high


def test_codes_of_the_statistics_office_name_the_municipality_without_a_register() -> None:
    found = estimate_areas(cells(), level="gemeente", areas=None, threshold=10)
    assert {row.area: row.outcomes for row in found.rows} == {"GM0001": 14, "GM0002": 94}


def test_a_province_is_told_only_when_all_its_municipalities_are() -> None:
    assert levels_known(cells(), table(AREAS), 10) == ("wijk", "buurt", "gemeente", "provincie")
    assert levels_known(cells(), table(AREAS), 15) == ("wijk", "buurt", "gemeente")
    assert levels_known(cells().assign(area="here", area_block="there"), None, 10) == ("wijk", "buurt")


def test_a_rank_is_a_set_and_small_areas_have_none() -> None:
    ranks = estimate_areas(cells(), level="buurt", areas=table(AREAS), threshold=10).ranks()
    assert ranks is not None
    rows = {row["area"]: row for row in ranks.records()}
    assert "BU00020202" not in rows  # 60 families
    assert TOTAL not in rows
    assert (rows["BU00020101"]["rank_low"], rows["BU00020101"]["tier"]) == ("1", "above")
    assert rows["BU00020201"]["tier"] == "below"
    assert rows["BU00010101"]["tier"] == "not_told_apart"
    assert all(row["base"] % 100 == 0 for row in rows.values())


@pytest.mark.parametrize(
    ("apart", "all_", "said"),
    [
        (1, 20, "Van 20 buurten is er 1 te onderscheiden van het gemiddelde: minder dan een op de tien. Kijk liever"),
        (4, 20, "Van 20 buurten zijn er 4 te onderscheiden van het gemiddelde."),
        (0, 0, "Geen enkele buurt heeft genoeg gezinnen voor een schatting."),
    ],
)
def test_the_first_sentence_says_when_few_areas_can_be_told_apart(apart: int, all_: int, said: str) -> None:
    assert apart_text("buurt", ["above"] * apart + ["not_told_apart"] * (all_ - apart)).nl.startswith(said)


def test_neighbourhoods_are_joined_within_their_wijk_until_large_enough() -> None:
    families = {"B1": 400, "B2": 700, "B3": 300, "B4": 900, "B5": 50}
    wijken = {"B1": "W1", "B2": "W1", "B3": "W1", "B4": "W2", "B5": "W3"}
    assert join_small(families, wijken, 1000) == {"B1": "B1", "B2": "B1", "B3": "B1", "B4": "B4", "B5": "B5"}
    assert join_small(families, wijken, 300) == {"B1": "B1", "B2": "B2", "B3": "B3", "B4": "B4", "B5": "B5"}


def test_three_zonings_hold_the_same_families() -> None:
    rows = compare_zonings(cells(), areas=table(AREAS), threshold=10, least=800).records()
    assert {row["zoning"]: row["areas"] for row in rows} == {"wijk": 3, "joined": 4, "buurt": 6}
    assert {row["families"] for row in rows} == {3510}


def test_an_area_in_two_municipalities_is_told_with_all_other_faults() -> None:
    wrong = AREAS + "WK000201 wijk Oost GM0001\nBU00020202 street Bos WK000202\nGM0001 gemeente Ploegdorp WK000101\n"
    with pytest.raises(RegisterError) as told:
        area_tree(table(wrong))
    assert "WK000201 lies in GM0001 and GM0002" in str(told.value)
    assert "BU00020202 is a 'street'" in str(told.value)
    assert "give every area one line" in str(told.value)


def test_a_buurt_in_two_wijken_of_the_counts_is_told() -> None:
    twice = cells(COUNTS + "BU00010101 WK000202 100 3\n")
    with pytest.raises(RegisterError, match="BU00010101 lies in WK000101 and WK000202"):
        estimate_areas(twice, level="buurt", areas=None, threshold=10)


def test_outlines_that_match_no_area_are_told() -> None:
    found = match_outlines({"BU00010101": "{}", "BU99999999": "{}"}, ["BU00010101", "BU00010102"])
    assert (found.without_area, found.without_outline) == (("BU99999999",), ("BU00010102",))
    with pytest.raises(RegisterError, match="none of 1 outlines matches"):
        estimate_areas(cells(), level="buurt", areas=None, threshold=10).plot({"518": "{}"})


def test_an_outline_that_is_no_geojson_is_told_before_a_map_is_drawn() -> None:
    with pytest.raises(RegisterError, match="1 of 2 outlines are no GeoJSON geometry, the first is that of BU02"):
        match_outlines({"BU01": "{}", "BU02": '{"type": "Polygon", "coord'}, ["BU01"])


def test_other_faults_are_told() -> None:
    with pytest.raises(UsageError, match="level 'straat' is not known"):
        estimated("straat")
    with pytest.raises(UsageError, match="nothing to draw towards"):
        estimated("buurt", towards="card")
    with pytest.raises(SettingsError, match="do not fit"):
        Reporting(0.3, 0.2, 0.5)

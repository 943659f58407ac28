"""Who could be offered what, and the same numbers for acting otherwise, on a handful of made-up families."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from riskscreen.engine.duck import Engine
from riskscreen.engine.handles import open_counts
from riskscreen.errors import UsageError
from riskscreen.programmes import (
    Catalogue,
    Offer,
    Plan,
    Planning,
    compare_alternatives,
    count_eligible,
    offered_sql,
    places_sql,
)
from riskscreen.records.definitions import Programme, TargetGroup
from riskscreen.records.texts import same

TEST = date(2024, 1, 1)
WORD = same("x")


def _programme(name: str, text: str) -> Programme:
    return Programme(name, WORD, WORD, "any", ("debt",), text, "good", WORD, (), same("school"), 1, "x")


PROGRAMMES = (_programme("help", "debt >= 1"), _programme("care", "not_there >= 1 or (debt >= 2 and child_0_3 = true)"))
GROUPS = (
    TargetGroup("g1", WORD, "debt >= 2", "any", ("debt",)),
    TargetGroup("g2", WORD, "debt >= 1", "any", ("debt",)),
)
CATALOGUE = Catalogue(
    PROGRAMMES,
    {"help": Planning(100, 50, 0.5, "user"), "care": Planning(300, 50, 1.0, "user")},
    {"good": 0.8},
)


def _levels() -> pd.DataFrame:
    """Families by hand: wijk, debt, young child, outcome, how many."""
    rows = [
        ("W1", 2, True, 1, 5),
        ("W1", 2, True, 0, 15),
        ("W1", 1, False, 0, 20),
        ("W1", 0, False, 1, 5),
        ("W2", 2, False, 1, 10),
        ("W2", 2, False, 0, 10),
        ("W2", None, True, 0, 35),
    ]
    frame = pd.DataFrame(rows, columns=["area_block", "debt", "child_0_3", "outcome", "many"])
    frame = frame.loc[frame.index.repeat(frame["many"])].drop(columns="many")
    return frame.assign(index_date=TEST, apart=False, children=2, debt=frame["debt"].astype("Int8"))


@pytest.fixture
def engine():  # type: ignore[no-untyped-def]
    with Engine() as engine:
        engine.load("levels", _levels())
        yield engine


def test_a_family_counts_once_in_its_first_group_and_not_covered_fits_nothing(engine: Engine) -> None:
    counts = open_counts(count_eligible(engine, GROUPS, PROGRAMMES, TEST, threshold=10))
    found = {
        (row.area_block, row.target_group, row.programmes): row.families
        for row in counts.groupby(["area_block", "target_group", "programmes"], as_index=False)["families"]
        .sum()
        .itertuples()
    }
    assert found == {
        ("W1", "g1", "help+care"): 20,
        ("W1", "g2", "help"): 20,
        ("W1", "none", ""): 5,
        ("W2", "g1", "help"): 20,
        ("W2", "none", ""): 35,
    }


def test_counts_by_life_stage_sum_to_the_same_and_origin_is_refused(engine: Engine) -> None:
    plain = open_counts(count_eligible(engine, GROUPS, PROGRAMMES, TEST, threshold=10))
    more = open_counts(count_eligible(engine, GROUPS, PROGRAMMES, TEST, threshold=10, by=("child_0_3", "family_form")))
    assert "child_0_3" in more.columns
    assert "family_form" not in more.columns  # these levels have none
    keys = ["target_group", "programmes", "area_block"]
    assert (plain.groupby(keys)["families"].sum() == more.groupby(keys)["families"].sum()).all()
    with pytest.raises(UsageError, match="not divided by origin"):
        count_eligible(engine, GROUPS, PROGRAMMES, TEST, threshold=10, by=("origin",))


def _plan() -> Plan:
    offers = (Offer("care", "g1", "W1", 10, 20), Offer("help", "g1", "W2", 5, 20))
    return Plan(offers, CATALOGUE, 4000.0, {("care", "W1"): 20, ("help", "W2"): 20}, 100, 0.0)


def test_an_offer_is_open_to_all_of_the_group_in_the_wijk(engine: Engine) -> None:
    found = engine.rows(
        f"SELECT area_block, count(*) FROM levels WHERE {offered_sql(_plan(), GROUPS, engine)} GROUP BY 1 ORDER BY 1"
    )
    assert found == [("W1", 20), ("W2", 20)]
    assert offered_sql(Plan((), CATALOGUE, 0.0, {}, 100, 0.0), GROUPS, engine) == "FALSE"


def test_the_same_numbers_for_every_alternative(engine: Engine) -> None:
    areas = pd.DataFrame({"area": ["W1", "W2"], "within": [None, None], "low_income_share": [0.1, 0.3]})
    compared = compare_alternatives(engine, _plan(), GROUPS, test=TEST, areas=areas, threshold=10)
    rows = {row.name: row for row in compared.rows}
    # care approaches 10 of 20 families in W1 (5 reported), help 10 of 20 in W2 (10 reported); 20 reports in all
    assert rows["plan"].families == 20
    assert rows["plan"].share_of_outcomes == pytest.approx((2.5 + 5) / 20)
    assert rows["plan"].rate == pytest.approx(7.5 / 20)
    assert rows["plan"].cost == 10 * 300 + 5 * 100
    # 20 of the 55 families of the poorer W2, where 10 were reported
    assert rows["deprivation_only"].share_of_outcomes == pytest.approx(20 / 55 * 10 / 20)
    assert rows["universal"].share_of_outcomes == 1
    assert rows["universal"].families == 100
    assert rows["universal"].cost == pytest.approx(100 * 3500 / 20)
    assert (rows["do_nothing"].families, rows["do_nothing"].cost) == (0, 0)
    assert compared.table().values("alternative") == [
        "do_nothing",
        "universal",
        "deprivation_only",
        "equal_per_head",
        "lottery",
        "plan",
    ]
    # 20 of all 100 families, of whom 20 were reported; 20 of the 60 in target groups, 5 + 10 reported
    assert rows["equal_per_head"].share_of_outcomes == pytest.approx(0.2)
    assert rows["lottery"].share_of_outcomes == pytest.approx(20 / 60 * 15 / 20)
    assert {row.families for row in compared.rows[2:]} == {20}


def test_without_incomes_deprivation_is_not_known(engine: Engine) -> None:
    compared = compare_alternatives(engine, _plan(), GROUPS, test=TEST, areas=None, threshold=10)
    poor = next(row for row in compared.rows if row.name == "deprivation_only")
    assert poor.share_of_outcomes is None
    assert poor.rate is None


def test_the_table_of_places_sums_offers_per_wijk() -> None:
    offers = (Offer("help", "g1", "W1", 3, 20), Offer("help", "g2", "W1", 4, 30))
    table = Plan(offers, CATALOGUE, 4000.0, {("help", "W1"): 50}, 100, 0.0).table({"W1": "Noord"})
    assert table.records() == [{"programme": "help", "area": "W1", "places": 7, "cost": 700.0}]
    assert table.column("area").labels["W1"].nl == "Noord"


def test_poverty_of_a_wijk_from_its_buurten(engine: Engine) -> None:
    areas = pd.DataFrame(
        {
            "area": ["B1", "B2", "B3"],
            "within": ["W1", "W1", "W2"],
            "households": [100, 300, 50],
            "low_income_share": [0.1, 0.3, 0.2],
        }
    )
    compared = compare_alternatives(engine, _plan(), GROUPS, test=TEST, areas=areas, threshold=10)
    poor = next(row for row in compared.rows if row.name == "deprivation_only")
    assert poor.share_of_outcomes == pytest.approx(20 / 45 * 10 / 20)  # W1: 0.25 against 0.2


def test_every_family_of_an_offer_may_expect_an_equal_part_of_its_places(engine: Engine) -> None:
    """10 places for 20 families of the first wijk, and 5 for 20 of the second; a second offer adds to the first."""
    call = "SELECT area_block, round(sum({}), 6), max({}) FROM levels GROUP BY 1 ORDER BY 1"
    one = places_sql(_plan(), GROUPS, engine)
    assert engine.rows(call.format(one, one)) == [("W1", 10.0, 0.5), ("W2", 5.0, 0.25)]
    both = replace(_plan(), offers=(*_plan().offers, Offer("help", "g1", "W1", 15, 20)))
    two = places_sql(both, GROUPS, engine)
    assert engine.rows(call.format(two, two))[0] == ("W1", 20.0, 1.0)
    assert places_sql(Plan((), CATALOGUE, 0.0, {}, 100, 0.0), GROUPS, engine) == "0"

"""Area estimates: towards what, what is shown, what the table says."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from riskscreen.areas import estimate_areas
from riskscreen.errors import UsageError
from riskscreen.records.card import Card, Line
from riskscreen.records.tables import TOTAL

CELLS = pd.DataFrame(
    [
        ("B1", "W1", 5, 1, 40, 80),
        ("B1", "W1", 0, 0, 960, 1900),
        ("B2", "W1", 0, 1, 3, 4),
        ("B2", "W1", 0, 0, 57, 99),
        ("B3", "W2", 5, 1, 20, 44),
        ("B3", "W2", 5, 0, 980, 2000),
        (None, None, 0, 0, 4, 8),
    ],
    columns=["area", "area_block", "points", "outcome", "families", "children"],
)
BORNE_OUT = pd.DataFrame(
    [
        (f"B{i:02}", f"W{i // 4}", 5 * (i % 2), seen, families, 2 * families)
        for i in range(12)
        for seen, families in ((1, [2, 60][i % 2] if i else 3), (0, [98, 440][i % 2]))
    ],
    columns=["area", "area_block", "points", "outcome", "families", "children"],
)
"""Every second buurt has points, and there the outcome is indeed more frequent."""
AREAS = pd.DataFrame({"area": ["B1", "B2", "B3", "W1"], "name": ["Noord", "Tuin", "Zuid", "West"], "urbanity": 2})
CARD = Card("card", (Line("debt", ">=", 1, 5),), intercept=-4.0, slope=0.4)


def test_the_table_sums_to_its_total_and_uses_names() -> None:
    table = estimate_areas(CELLS, level="buurt", areas=AREAS, threshold=10).table()
    rows = {row["area"]: row for row in table.records()}
    assert table.name == "areas_buurt"
    assert rows[TOTAL]["families"] == 2064
    assert rows[TOTAL]["outcomes"] == 63
    assert rows["B1"]["rate"] == pytest.approx(0.04)
    assert table.column("area").labels["B3"].nl == "Zuid"
    assert table.column("area").labels["unknown"].nl == "gebied onbekend"
    assert set(rows) <= set(table.column("area").labels)


def test_a_small_area_leans_on_what_is_expected() -> None:
    rows = {row.area: row for row in estimate_areas(CELLS, level="buurt", areas=AREAS, threshold=10).rows}
    assert rows["B2"].own_share < rows["B1"].own_share
    assert abs(rows["B2"].estimate - 63 / 2064) < abs(3 / 60 - 63 / 2064)
    for row in rows.values():
        assert 0 <= row.low <= row.estimate <= row.high <= 1


def test_the_card_sets_where_a_small_area_is_drawn_to() -> None:
    plain, card = (
        {row.area: row for row in estimate_areas(BORNE_OUT, level="buurt", areas=None, card=one, threshold=10).rows}
        for one in (None, CARD)
    )
    assert card["B00"].estimate < plain["B00"].estimate  # no points there: the card expects little
    assert card["B00"].expected == pytest.approx(0.018, abs=0.001)
    assert plain["B00"].expected is None


def test_a_card_that_areas_do_not_bear_out_is_not_believed() -> None:
    turned = BORNE_OUT.assign(points=5 - BORNE_OUT["points"])
    believed, not_believed = (
        estimate_areas(cells, level="buurt", areas=None, card=CARD, threshold=10) for cells in (BORNE_OUT, turned)
    )
    assert believed.slope > 0.5
    assert not_believed.slope < 0


def test_wijken_are_sums_of_buurten() -> None:
    rows = {row.area: row for row in estimate_areas(CELLS, level="wijk", areas=AREAS, threshold=10).rows}
    assert (rows["W1"].families, rows["W1"].outcomes, rows["W1"].children) == (1060, 43, 2083)
    assert rows["W1"].name == "West"
    assert rows["W2"].name == "W2"  # without a name: its code


def test_small_areas_are_printed_and_drawn_nowhere() -> None:
    found = estimate_areas(CELLS, level="buurt", areas=AREAS, threshold=10, estimate_base=100)
    shown = [str(found), repr(found), found._repr_html_(), found.plot().to_json(), f"{found}"]
    assert all("Noord" in text and "Tuin" not in text for text in shown)
    assert "families" not in json.dumps(found.shown())


def test_a_map_holds_its_own_shapes_and_fetches_nothing() -> None:
    square = json.dumps({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]})
    found = estimate_areas(CELLS, level="buurt", areas=AREAS, threshold=10)
    spec = found.plot({"B1": square, "B2": square}).to_dict()
    spec.pop("$schema")
    text = json.dumps(spec)
    assert "http" not in text
    assert "Noord" in text
    assert "Tuin" not in text


def test_faults_are_told() -> None:
    with pytest.raises(UsageError, match="lack children"):
        estimate_areas(CELLS.drop(columns="children"), level="buurt", areas=None, threshold=10)
    with pytest.raises(UsageError, match="known outcome"):
        estimate_areas(CELLS.assign(outcome=None), level="buurt", areas=None, threshold=10)
    with pytest.raises(UsageError, match="choose buurt, wijk, gemeente or provincie"):
        estimate_areas(CELLS, level="straat", areas=None, threshold=10)  # type: ignore[arg-type]

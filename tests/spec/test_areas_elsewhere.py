"""Need elsewhere: every area at the end of its interval farthest from what its profiles say, the same need in all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from riskscreen.areas import estimate_areas, farthest_need, need_elsewhere
from riskscreen.records.card import Card, Line

CARD = Card("card", (Line("debt", ">=", 1, 5),), intercept=-3.5, slope=0.2)


def _farthest(rows: str) -> list[float]:
    """One line per area: families, expected, estimate, low, high (per 100)."""
    table = np.array([[float(cell) for cell in line.split()] for line in rows.strip().splitlines()])
    families, expected, estimate, low, high = table.T
    return [round(float(x), 3) for x in farthest_need(estimate, low, high, expected, families)]


def test_above_goes_to_the_upper_bound_below_to_the_lower() -> None:
    # ends 6 and 2; together 8 of 100 families each, as expected (4 + 4)
    assert _farthest("100 4 5 4 6\n100 4 3 2 4") == [1.5, 0.5]


def test_need_moves_and_does_not_grow() -> None:
    # ends 9 and 3: 12 where 8 was expected, so both times 8/12
    assert _farthest("100 4 5 4 9\n100 4 3 3 4") == [1.5, 0.5]
    families, expected = np.array([300.0, 100.0, 50.0]), np.array([0.02, 0.05, 0.09])
    found = farthest_need(expected * 1.1, expected * 0.7, expected * 2.1, expected, families)
    assert families @ (expected * found) == pytest.approx(families @ expected)


def test_a_card_that_expects_too_little_everywhere_moves_nothing() -> None:
    # twice the reports everywhere: only differences between areas count
    assert _farthest("100 2 5 4 6\n100 2 3 2 4") == _farthest("100 4 5 4 6\n100 4 3 2 4")


def test_larger_areas_weigh_by_their_families() -> None:
    # ends 6 (300 families) and 2 (100): 20 where 16 was expected
    assert _farthest("300 4 5 4 6\n100 4 1 2 4") == [1.2, 0.4]


def _cells(rows: list[tuple[str, int, int, int]]) -> pd.DataFrame:
    """Wijk, points, families with and without a report."""
    made = [
        {"area": f"B{wijk}", "area_block": wijk, "points": points, "outcome": seen, "families": n, "children": 2 * n}
        for wijk, points, yes, no in rows
        for seen, n in ((1, yes), (0, no))
    ]
    return pd.DataFrame(made)


def test_where_reports_are_more_than_profiles_say_need_may_be_more() -> None:
    cells = _cells([("W1", 0, 60, 940), ("W2", 0, 15, 985), ("W3", 0, 30, 970), ("W4", 5, 60, 940)])
    found = need_elsewhere(estimate_areas(cells, level="wijk", areas=None, card=CARD, threshold=10))
    assert set(found) == {"W1", "W2", "W3", "W4"}
    assert found["W1"] > 1 > found["W2"]


def test_small_and_unknown_areas_have_no_factor() -> None:
    cells = _cells([("W1", 0, 60, 940), ("W2", 0, 15, 985), ("W3", 0, 3, 60)])
    cells.loc[cells["area_block"] == "W3", "area"] = "B3"
    unknown = _cells([("W9", 0, 10, 500)]).assign(area=None, area_block=None)
    both = pd.concat([cells, unknown], ignore_index=True)
    found = need_elsewhere(estimate_areas(both, level="wijk", areas=None, card=CARD, threshold=10))
    assert set(found) == {"W1", "W2"}


def test_without_a_card_or_a_second_area_there_is_no_scenario() -> None:
    cells = _cells([("W1", 0, 60, 940), ("W2", 0, 15, 985)])
    assert need_elsewhere(estimate_areas(cells, level="wijk", areas=None, threshold=10)) == {}
    one = cells[cells["area_block"] == "W1"]
    assert need_elsewhere(estimate_areas(one, level="wijk", areas=None, card=CARD, threshold=10)) == {}

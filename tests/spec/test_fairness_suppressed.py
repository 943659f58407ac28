"""Tables that hold counts back: suppressed is unknown, never zero; from tables a reader can check by hand."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from riskscreen.errors import RegisterError, UsageError
from riskscreen.fairness import audit, find_worst_off, verdict_sentence

FOUR = {"tp": "tp", "fp": "fp", "fn": "fn", "tn": "tn"}
REGIONS = """
region  tp  fp  fn   tn
east   200 800 200 1700
north  100 400 100  800
south  <10  30  90 1900
west    60 300 140 1500
"""
MADE_OF = {
    "selection_rate": {"tp", "fp", "fn", "tn"},
    "true_positive_rate": {"tp", "fn"},
    "false_positive_rate": {"fp", "tn"},
    "false_negative_rate": {"tp", "fn"},
    "positive_predictive_value": {"tp", "fp"},
    "false_discovery_rate": {"tp", "fp"},
    "false_omission_rate": {"fn", "tn"},
    "negative_predictive_value": {"fn", "tn"},
    "base_rate": {"tp", "fp", "fn", "tn"},
}


def table(text: str = REGIONS) -> pd.DataFrame:
    head, *lines = [line.split() for line in text.strip().splitlines()]
    return pd.DataFrame(lines, columns=head)


def compared(data: pd.DataFrame | None = None, **options):
    return audit(table() if data is None else data, confusion=FOUR, by="region", **options)


def row_of(found, group: str):
    return next(row for row in found.rows if row.group == group)


def test_four_counts_per_group_are_the_same_as_a_row_per_cell() -> None:
    whole = table().replace("<10", "15")
    cells = [
        {"region": row.region, "offered": s, "reported": y, "families": int(getattr(row, part))}
        for row in whole.itertuples()
        for part, (s, y) in {"tp": (1, 1), "fp": (1, 0), "fn": (0, 1), "tn": (0, 0)}.items()
    ]
    long = audit(pd.DataFrame(cells), outcome="reported", selected="offered", by="region")
    assert compared(whole).rows == long.rows
    assert compared(whole).verdicts == long.verdicts


@pytest.mark.parametrize("held_back", FOUR)
@pytest.mark.parametrize("metric", MADE_OF)
def test_a_figure_is_unknown_when_it_is_made_of_a_suppressed_cell(metric: str, held_back: str) -> None:
    data = table().replace("<10", "15")
    data.loc[2, held_back] = "x"
    known = row_of(compared(table().replace("<10", "15")), "south").estimate(metric)
    found = row_of(compared(data), "south").estimate(metric)
    if held_back in MADE_OF[metric]:
        assert (found.value, found.low, found.high, found.reason) == (None, None, None, "suppressed_cells")
    else:
        assert found == known


def test_counts_that_rest_on_a_suppressed_cell_are_unknown() -> None:
    """South: how many were reached is held back, and so are all with a report, all selected and all families."""
    south = row_of(compared(), "south")
    assert (south.families, south.outcomes, south.selected, south.selected_outcomes) == (None, None, None, None)
    total = row_of(compared(), "total")
    assert total.families is None
    assert total.estimate("true_positive_rate").value is None
    assert total.estimate("false_positive_rate").value == pytest.approx(1530 / 7430)


def test_the_group_is_left_out_of_the_comparison_by_name() -> None:
    reached = next(item for item in compared().verdicts if item.metric == "true_positive_rate")
    assert (reached.compared, reached.left_out, reached.suppressed) == (
        ("east", "north", "west"),
        ("south",),
        ("south",),
    )
    assert (reached.worst, reached.difference) == ("west", pytest.approx(0.5 - 0.3))
    assert reached.to_overall is None
    sentence = verdict_sentence(reached)
    assert "Left out because the table suppresses cells of theirs: south." in sentence.en
    assert "Buiten beschouwing omdat de tabel aantallen van ze achterhoudt: south." in sentence.nl


def test_a_figure_without_the_suppressed_cell_is_compared_for_all() -> None:
    wrongly = next(item for item in compared().explored if item.metric == "false_positive_rate")
    assert wrongly.compared == ("east", "north", "south", "west")
    assert wrongly.suppressed == ()


def test_with_one_group_left_the_verdict_says_why() -> None:
    data = table().assign(tp=["x", "*", ".", "60"])
    verdicts = {item.metric: (item.verdict, item.reason) for item in compared(data).verdicts}
    assert verdicts["true_positive_rate"] == ("not_enough_evidence", "suppressed_cells")


@pytest.mark.parametrize("mark", ["<10", "< 5", "x", "X", "*", ".", "-", "suppressed", "", None])
def test_every_mark_is_missing_and_never_zero(mark: str | None) -> None:
    data = table().replace("<10", "15")
    data.loc[2, "tp"] = mark
    assert row_of(compared(data), "south").estimate("true_positive_rate").value is None


def test_a_count_of_zero_is_a_count() -> None:
    data = table().replace("<10", "0")
    assert row_of(compared(data), "south").estimate("true_positive_rate").value == 0
    assert compared(data).rows[-1].families == 8320


def test_what_is_shown_says_so_and_has_no_nan() -> None:
    found = compared()
    body = json.loads(found.to_json(), parse_constant=lambda name: pytest.fail(name))
    assert body["suppressed"] == {"region": ["south"]}
    assert body["families"] is None
    south = next(row for row in body["groups"] if row["group"] == "south")
    assert set(south["unknown"].values()) == {"suppressed_cells"}
    assert "The table suppresses cells of region: south: these are unknown, never zero" in str(found)
    assert "suppressed" in found._repr_html_()


def test_what_needs_every_count_is_refused() -> None:
    cells = pd.DataFrame(
        {"region": list("aabb"), "y": [0, 1, 0, 1], "s": [0, 1, 1, 0], "w": 2.0, "n": ["50", "x", "40", "30"]}
    )
    call = {"outcome": "y", "by": "region", "count": "n"}
    with pytest.raises(RegisterError, match="n is suppressed in 1 rows; weights needs every count"):
        audit(cells, selected="s", weights="w", **call)
    with pytest.raises(RegisterError, match="sample needs every count"):
        audit(cells, selected="s", sample="w", **call | {"by": "region"})
    with pytest.raises(RegisterError, match="points needs every count"):
        audit(cells, points="s", **call)
    with pytest.raises(RegisterError, match="n is suppressed in 1 rows; this needs every count"):
        find_worst_off(cells, selected="s", **call)


def test_confusion_counts_take_the_place_of_outcome_and_selection() -> None:
    with pytest.raises(UsageError) as caught:
        audit(table(), outcome="tp", confusion={"tp": "tp", "fp": "fp", "fm": "fn"}, by="region")
    for part in ("name the column of fn", "name the column of tn", "there is no count fm", "outcome: leave it out"):
        assert part in str(caught.value)

"""Groups compared among families that are alike on a control, from counts a reader can check by hand."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from riskscreen.errors import RegisterError, UsageError
from riskscreen.fairness import audit

CELLS = """
urbanity family_form    offered families
1        couple         0       500
1        couple         1       500
1        single_parent  0       150
1        single_parent  1       150
2        couple         0       900
2        couple         1       100
2        single_parent  0        80
2        single_parent  1        20
3        couple         0       400
3        single_parent  0         7
"""


def table(text: str) -> pd.DataFrame:
    head, *lines = [line.split() for line in text.strip().splitlines()]
    frame = pd.DataFrame(lines, columns=head)
    return frame.astype({"offered": int, "families": int}).assign(outcome=[0, 1] * (len(frame) // 2))


def compared(text: str, **options):
    return audit(table(text), outcome="outcome", selected="offered", by=["family_form"], control="urbanity", **options)


def test_the_stratum_with_the_largest_difference_is_the_answer() -> None:
    """Offered: 50% and 50% where it is 1, 10% and 20% where it is 2; in 3 there are too few single parents."""
    parity = compared(CELLS).conditional[0].parity
    assert parity.difference == pytest.approx(0.1, abs=1e-12)
    assert parity.ratio == pytest.approx(0.5, abs=1e-12)
    assert (parity.stratum, parity.passed_over, parity.families_passed_over) == (1, (2,), 407)


def test_what_is_shown_names_the_stratum_and_what_was_passed_over() -> None:
    body = json.loads(compared(CELLS).to_json())["conditional"]
    assert body == [
        {
            "attribute": "family_form",
            "control": "urbanity",
            "metric": "selection_rate",
            "stratum": "2",
            "difference": 0.1,
            "ratio": 0.5,
            "strata": 3,
            "passed_over": ["3"],
            "families_passed_over": 407,
        }
    ]


def test_figures_that_rest_on_few_offers_are_not_shown() -> None:
    """Of single parents in 2 only 4 have an offer."""
    few = CELLS.replace("2        single_parent  0        80", "2        single_parent  0        96").replace(
        "2        single_parent  1        20", "2        single_parent  1         4"
    )
    found = compared(few)
    assert found.conditional[0].parity.difference == pytest.approx(0.06, abs=1e-12)
    shown = json.loads(found.to_json())["conditional"][0]
    assert (shown["stratum"], shown["difference"], shown["ratio"]) == (None, None, None)


def test_a_few_families_passed_over_are_not_counted_aloud() -> None:
    small = CELLS.replace("3        couple         0       400\n", "") + "2 x 0 1\n"
    shown = json.loads(compared(small).to_json())["conditional"][0]
    assert shown["families_passed_over"] is None


def test_two_controls_make_strata_of_their_values_together() -> None:
    frame = pd.DataFrame(
        {
            "urbanity": ["city", "city", "town"] * 400,
            "children": ["one", "two", None] * 400,
            "form": ["couple", "single"] * 600,
            "offered": [0, 1, 1, 0] * 300,
            "outcome": [0, 0, 1, 1] * 300,
        }
    )
    call = {"outcome": "outcome", "selected": "offered", "by": "form"}
    both = audit(frame, **call, control=["urbanity", "children"]).conditional[0]
    assert both.counted.control == "urbanity × children"
    assert both.counted.strata == ("city × one", "city × two", "town × unknown")
    joined = frame.assign(joined=frame.urbanity + " × " + frame.children.fillna("unknown"))
    alone = audit(joined, **call, control="joined").conditional[0]
    assert (both.counted.cells == alone.counted.cells).all()


def test_without_a_control_nothing_is_compared_within_strata() -> None:
    found = audit(table(CELLS), outcome="outcome", selected="offered", by=["family_form"])
    assert found.conditional == ()
    assert json.loads(found.to_json())["conditional"] == []


def test_a_control_must_be_there_be_no_group_and_have_few_values() -> None:
    frame = table(CELLS)
    for control, said in (("street", "there is no column"), ("family_form", "already plays another part")):
        with pytest.raises(UsageError) as told:
            audit(frame, outcome="outcome", selected="offered", by=["family_form"], control=control)
        assert said in str(told.value.faults)
    many = pd.DataFrame({"y": [0, 1] * 60, "s": [0, 1] * 60, "g": ["a", "b"] * 60, "c": range(120)})
    with pytest.raises(RegisterError) as found:
        audit(many, outcome="y", selected="s", by=["g"], control="c")
    assert "control: c has 120 different values" in str(found.value.faults)

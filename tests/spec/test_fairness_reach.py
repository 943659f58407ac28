"""Places that families of each group may expect, from cells a reader can check by hand."""

from __future__ import annotations

import pandas as pd

from riskscreen.fairness import audit, reach_table

CELLS = pd.DataFrame(
    [
        # form, place, outcome, families
        ("couple", 0.0, 0, 700),
        ("couple", 0.0, 1, 20),
        ("couple", 0.25, 0, 60),
        ("couple", 0.25, 1, 20),
        ("single_parent", 0.0, 0, 100),
        ("single_parent", 0.5, 0, 60),
        ("single_parent", 0.5, 1, 40),
    ],
    columns=["family_form", "place", "outcome", "families"],
)


def test_a_group_may_expect_its_part_of_the_places() -> None:
    """Of 800 couples 80 have an offer and may expect 20 places; the 40 with a report 5. Single parents: 50 for 200."""
    cells = CELLS.assign(offered=(CELLS.place > 0).astype(int))
    offers = audit(cells, outcome="outcome", selected="offered", by="family_form")
    table = reach_table(offers, CELLS, place="place", outcome="outcome")
    found = {
        row["group"]: [row[name] for name in ("families", "offered", "outcomes", "expected", "expected_outcomes")]
        for row in table.records()
    }
    assert found["couple"] == [800, 80, 40, 0.025, 0.125]
    assert found["single_parent"] == [200, 100, 40, 0.25, 0.5]
    assert found["total"] == [1000, 180, 80, 0.07, 0.312]


def test_a_group_without_a_report_has_no_share_of_reports() -> None:
    cells = CELLS[CELLS.outcome == 0]
    offers = audit(cells.assign(offered=1), outcome="outcome", selected="offered", by="family_form")
    rows = reach_table(offers, cells, place="place", outcome="outcome").records()
    assert {row["expected_outcomes"] for row in rows} == {None}

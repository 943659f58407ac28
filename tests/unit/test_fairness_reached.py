"""Who was reached, by group: the shares are those of the counts, and no verdict is given."""

from __future__ import annotations

import pandas as pd

from riskscreen.fairness import audit
from riskscreen.fairness.reached import reached_tables
from riskscreen.settings import Audit as AuditSettings

CELLS = pd.DataFrame(
    [
        (form, wijk, offered, taken, families)
        for wijk in ("W1", "W2", "W3", "W4", "W5", "W6")
        for form, offered, taken, families in (
            ("couple", 0, 0, 150), ("couple", 1, 0, 20), ("couple", 1, 1, 30),
            ("single_parent", 0, 0, 90), ("single_parent", 1, 0, 5), ("single_parent", 1, 1, 5),
        )
    ],
    columns=["family_form", "area_block", "offered", "taken_up", "families"],
)  # fmt: skip


def test_shares_and_differences_are_those_of_the_counts() -> None:
    settings = AuditSettings(by=("family_form",), confirmatory=())
    found = audit(CELLS, outcome="taken_up", selected="offered", settings=settings, subject="offer", block="area_block")
    assert found.verdicts == ()
    groups, gaps = reached_tables(found)
    rows = {row["group"]: row for row in groups.records()}
    assert [rows["couple"][name] for name in ("families", "offered", "taken_up")] == [1200, 300, 180]
    assert (rows["couple"]["reach"], rows["couple"]["uptake"]) == (0.25, 0.6)
    assert (rows["single_parent"]["reach"], rows["single_parent"]["uptake"]) == (0.1, 0.5)
    assert rows["total"]["families"] == 1800
    shares = {row["share"]: row for row in gaps.records()}
    assert (shares["reach"]["least"], shares["reach"]["most"]) == ("single_parent", "couple")
    assert abs(float(shares["reach"]["difference"] or 0) - 0.15) < 1e-9
    assert groups.channels == gaps.channels == ("review", "internal")

"""Samples: who stands for whom, and which families are a fair base; from tables a reader can check by hand."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from riskscreen.fairness import audit


def table(text: str) -> pd.DataFrame:
    head, *lines = [line.split() for line in text.strip().splitlines()]
    return pd.DataFrame(lines, columns=head).apply(
        lambda column: column if column.name == "form" else column.astype(int)
    )


def estimates(found, metric: str) -> dict[str, float | None]:
    return {row.group: row.estimate(metric).value for row in found.rows}


VISITED = """
form    reported offered families weight
couple         0       0      160     10
couple         1       0       20     10
couple         0       1      100      2
couple         1       1       50      2
single         0       0      120     10
single         1       0       30     10
single         0       1      100      2
single         1       1      100      2
"""
"""One in ten families without an offer was visited, and one in two with an offer."""


def test_rates_are_those_of_the_population() -> None:
    """Couples: 1,600 + 200 + 200 + 100 = 2,100, of whom 300 have a report and 300 an offer."""
    found = audit(table(VISITED), outcome="reported", selected="offered", by="form", weights="weight")
    assert estimates(found, "base_rate")["couple"] == pytest.approx(300 / 2100)
    assert estimates(found, "selection_rate")["couple"] == pytest.approx(300 / 2100)
    assert estimates(found, "true_positive_rate") == pytest.approx(
        {"couple": 100 / 300, "single": 200 / 500, "total": 300 / 800}
    )


def test_families_are_those_that_were_seen() -> None:
    found = audit(table(VISITED), outcome="reported", selected="offered", by="form", weights="weight")
    assert [row.families for row in found.rows] == [330, 350, 680]
    shown = json.loads(found.to_json())
    assert shown["families"] == 680
    assert (shown["design"]["weights"], shown["design"]["population"]) == ("weight", 4000)
    assert "a population of about 4,000" in str(found)
    assert "een populatie van ongeveer 4.000" in shown["design"]["sentences"][0]["nl"]


def test_the_minimum_goes_by_families_that_were_seen_not_by_whom_they_stand_for() -> None:
    """Of single families with a report 130 were seen, of couples 70: too few, though they stand for 300."""
    found = audit(table(VISITED), outcome="reported", selected="offered", by="form", weights="weight")
    reached = next(item for item in found.verdicts if item.metric == "true_positive_rate")
    assert (reached.compared, reached.left_out) == (("single",), ("couple",))
    assert (reached.verdict, reached.reason) == ("not_enough_evidence", "too_few_families")


def test_conditional_parity_follows_the_weights() -> None:
    """Offered: of couples 300 of 2,100, of single families 400 of 1,900."""
    data = table(VISITED).assign(town=1)
    found = audit(data, outcome="reported", selected="offered", by="form", weights="weight", control="town")
    assert found.conditional[0].parity.difference == pytest.approx(400 / 1900 - 300 / 2100)


def test_a_score_selects_a_share_of_the_population() -> None:
    """Two points select 350 of the 680 families seen, but 700 of the 4,000 they stand for."""
    data = table(VISITED).assign(points=lambda d: d.offered * 2)
    found = audit(data, outcome="reported", points="points", by="form", weights="weight", threshold_share=0.15)
    assert found.cut == 2
    assert estimates(found, "selection_rate")["total"] == pytest.approx(700 / 4000)
    assert found.histograms == ()


INVESTIGATED = """
form    reported offered drawn families
couple         0       0     1      190
couple         1       0     1       10
couple         0       1     1       12
couple         1       1     1       10
couple         0       1     0       60
couple         1       1     0       90
single         0       0     1      160
single         1       0     1       20
single         0       1     1       10
single         1       1     1       20
single         0       1     0       40
single         1       1     0       80
"""
"""Every family with an offer was investigated, and a random sample of all families."""


def test_only_the_random_sample_is_a_fair_base() -> None:
    """Couples drawn: 222, of whom 20 have a report, 10 of these with an offer."""
    found = audit(table(INVESTIGATED), outcome="reported", selected="offered", by="form", sample="drawn")
    assert estimates(found, "base_rate")["couple"] == pytest.approx(20 / 222)
    assert estimates(found, "true_positive_rate")["couple"] == pytest.approx(10 / 20)


def test_all_rows_together_would_tell_too_much_was_reached() -> None:
    found = audit(table(INVESTIGATED), outcome="reported", selected="offered", by="form")
    assert estimates(found, "true_positive_rate")["couple"] == pytest.approx(100 / 110)


def test_the_audit_says_whom_it_left_out() -> None:
    found = audit(table(INVESTIGATED), outcome="reported", selected="offered", by="form", sample="drawn")
    assert (found.families, found.design.drawn, found.design.set_aside) == (432, 432, 270)
    said = "the 270 families investigated because they were selected are no fair base and are left out of every rate"
    assert said in str(found)
    assert said in found._repr_html_()
    assert all(said in table.note.en for table in found.tables())
    assert json.loads(found.to_json())["design"]["set_aside"] == 270
    dutch = json.loads(found.to_json())["design"]["sentences"][0]["nl"]
    assert "de 270 gezinnen die onderzocht zijn omdat ze gekozen waren" in dutch


def test_families_that_were_not_drawn_need_no_outcome() -> None:
    data = table(INVESTIGATED)
    data["reported"] = data.reported.where(data.drawn == 1)
    found = audit(data, outcome="reported", selected="offered", by="form", sample="drawn")
    assert found.families == 432


def test_a_sample_may_have_weights_too() -> None:
    data = table(INVESTIGATED).assign(weight=lambda d: 5 + 5 * (d.form == "single"))
    found = audit(data, outcome="reported", selected="offered", by="form", sample="drawn", weights="weight")
    assert found.design.population == 222 * 5 + 210 * 10
    assert estimates(found, "base_rate")["total"] == pytest.approx((20 * 5 + 40 * 10) / (222 * 5 + 210 * 10))


def test_few_families_set_aside_are_not_counted_out_loud() -> None:
    data = table(INVESTIGATED)
    data.loc[data.drawn == 0, "families"] = 2
    found = audit(data, outcome="reported", selected="offered", by="form", sample="drawn")
    assert json.loads(found.to_json())["design"]["set_aside"] is None
    assert "the few families investigated because they were selected" in str(found)

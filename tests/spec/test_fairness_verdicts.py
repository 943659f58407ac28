"""What an audit says, from counts a reader can check by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from riskscreen.fairness import Comparison, audit
from riskscreen.settings import Audit as AuditSettings


def table(text: str) -> pd.DataFrame:
    head, *lines = [line.split() for line in text.strip().splitlines()]
    frame = pd.DataFrame(lines, columns=head)
    numbers = [name for name in head if name not in ("family_form", "origin", "area")]
    return frame.astype(dict.fromkeys(numbers, int))


CELLS = """
family_form    outcome offered families
couple         0       0       800
couple         0       1       100
couple         1       0        40
couple         1       1        60
single_parent  0       0       300
single_parent  0       1       100
single_parent  1       0        50
single_parent  1       1        50
"""


def agreed(**changes) -> AuditSettings:
    even = dict.fromkeys(("reporting_ratio", "contact_ratio", "link_ratio", "coverage_ratio"), 1.0)
    planned = {"confirmatory": ("selection_rate",), **even}
    return AuditSettings(**planned | changes)


TOLERANCES = AuditSettings().tolerances | {
    "false_discovery_rate": 0.02,
    "false_omission_rate": 0.04,
    "negative_predictive_value": 0.04,
}


def judged(text: str, metric: str = "selection_rate", **changes):
    settings = agreed(**{"confirmatory": (metric,), "tolerances": TOLERANCES} | changes)
    found = audit(table(text), outcome="outcome", selected="offered", by=["family_form"], settings=settings)
    return found.verdicts[0]


@pytest.mark.parametrize(
    ("metric", "couple", "single_parent", "total"),
    [
        ("selection_rate", 160 / 1000, 150 / 500, 310 / 1500),
        ("true_positive_rate", 60 / 100, 50 / 100, 110 / 200),
        ("false_positive_rate", 100 / 900, 100 / 400, 200 / 1300),
        ("false_negative_rate", 40 / 100, 50 / 100, 90 / 200),
        ("positive_predictive_value", 60 / 160, 50 / 150, 110 / 310),
        ("false_discovery_rate", 100 / 160, 100 / 150, 200 / 310),
        ("false_omission_rate", 40 / 840, 50 / 350, 90 / 1190),
        ("negative_predictive_value", 800 / 840, 300 / 350, 1100 / 1190),
        ("base_rate", 100 / 1000, 100 / 500, 200 / 1500),
        ("calibration_in_the_large", None, None, None),
    ],
)
def test_metrics_are_shares_of_families(metric, couple, single_parent, total) -> None:
    found = audit(table(CELLS), outcome="outcome", selected="offered", by=["family_form"], settings=agreed())
    values = {row.group: row.estimate(metric).value for row in found.rows}
    assert values == {"couple": couple, "single_parent": single_parent, "total": total}


def test_rows_and_cells_give_the_same_audit() -> None:
    cells = table(CELLS)
    rows = cells.loc[cells.index.repeat(cells.families)].drop(columns="families")
    of_cells, of_rows = (
        audit(data, outcome="outcome", selected="offered", by=["family_form"]) for data in (cells, rows)
    )
    assert of_rows.rows == of_cells.rows
    assert of_rows.verdicts == of_cells.verdicts


def test_a_single_comparison_has_newcombes_interval() -> None:
    """One comparison of two groups needs no widening: 150/500 - 160/1000, Newcombe (1998) method 10."""
    found = judged(CELLS)
    assert (found.worst, found.reference) == ("couple", "single_parent")
    assert found.difference == pytest.approx(0.14)
    # By hand from Wilson's 0.2615-0.3416 and 0.1386-0.1840; drawn critical value within 0.03 of 1.96.
    assert (found.low, found.high) == pytest.approx((0.0945, 0.1867), abs=0.002)
    assert found.ratio == pytest.approx(0.16 / 0.30)
    assert found.to_overall == pytest.approx(0.30 - 310 / 1500)


@pytest.mark.parametrize(
    ("tolerance", "verdict", "reason"),
    [
        (0.05, "gap", "interval_outside"),
        (0.14, "not_enough_evidence", "interval_straddles"),
        (0.25, "no_gap_shown", "interval_inside"),
    ],
)
def test_verdict_follows_from_interval_and_tolerance(tolerance, verdict, reason) -> None:
    found = judged(CELLS, tolerances={"selection_rate": tolerance})
    assert (found.verdict, found.reason, found.tolerance) == (verdict, reason, tolerance)


def test_a_metric_resting_on_too_few_families_has_no_verdict() -> None:
    found = judged(CELLS, "true_positive_rate", minimum=101)
    assert (found.verdict, found.reason) == ("not_enough_evidence", "too_few_families")
    assert found.difference is None
    assert set(found.left_out) == {"couple", "single_parent"}
    assert 0.1 < found.visible < 1


def test_a_small_group_is_left_out_of_the_comparison() -> None:
    found = judged(CELLS + "stepfamily 0 1 30\nstepfamily 1 1 30\n")
    assert found.compared == ("couple", "single_parent")
    assert found.left_out == ("stepfamily",)
    assert found.difference == pytest.approx(0.14)


LABEL = """
family_form    outcome offered families
couple         0       0       8000
couple         0       1       1000
couple         1       0       1000
couple         1       1       1000
single_parent  0       0       8000
single_parent  0       1       1200
single_parent  1       0        800
single_parent  1       1        800
"""


@pytest.mark.parametrize(
    ("metric", "ratio", "verdict"),
    [
        # Share offered: 2000/11000 and 2000/10800; needs no label.
        ("selection_rate", 10.0, "no_gap_shown"),
        # Reached of families with a report: 50% and 50%; a constant share reported within a group changes nothing.
        ("true_positive_rate", 10.0, "no_gap_shown"),
        # With a report of those offered: 50% and 40%; a gap of 10% beside a tolerance of 2%.
        ("positive_predictive_value", 1.0, "gap"),
        # If single parents' need were reported 1.5 times less often, 40% would be 60%.
        ("positive_predictive_value", 1.5, "not_enough_evidence"),
        # Without a report of those offered: 50% and 60%; 1.5 times as many with need makes 60% of them 40%.
        ("false_discovery_rate", 1.0, "gap"),
        ("false_discovery_rate", 1.5, "not_enough_evidence"),
        # With a report of those without an offer: 11.1% and 9.1%; 1.5 times 11.1% is 16.7%.
        ("false_omission_rate", 1.0, "no_gap_shown"),
        ("false_omission_rate", 1.5, "not_enough_evidence"),
        ("negative_predictive_value", 1.0, "no_gap_shown"),
        ("negative_predictive_value", 1.5, "not_enough_evidence"),
    ],
)
def test_a_conclusion_must_survive_a_difference_in_reporting(metric, ratio, verdict) -> None:
    assert judged(LABEL, metric, reporting_ratio=ratio).verdict == verdict


def test_a_large_enough_gap_survives_a_difference_in_reporting() -> None:
    big = LABEL.replace("single_parent  1       1        800", "single_parent  1       1        100")
    found = judged(big, "positive_predictive_value", reporting_ratio=1.5)
    # 50% beside 7.7%, at most 11.5% with 1.5 times as many families with need.
    assert (found.verdict, found.worst) == ("gap", "single_parent")


@pytest.mark.parametrize(
    ("offer_is", "metric", "worst"),
    [
        ("help", "selection_rate", "couple"),  # offered less often
        ("burden", "selection_rate", "single_parent"),  # selected more often
        ("help", "true_positive_rate", "single_parent"),  # reached less often
        ("help", "false_negative_rate", "single_parent"),  # missed more often
        ("burden", "false_positive_rate", "single_parent"),  # wrongly selected more often
        ("help", "false_omission_rate", "single_parent"),  # passed by with a report more often
    ],
)
def test_who_is_worst_off_depends_on_help_or_burden(offer_is, metric, worst) -> None:
    assert judged(CELLS, metric, offer_is=offer_is).worst == worst


def test_who_is_missed_leads_for_a_help_and_who_is_wrongly_chosen_for_a_burden() -> None:
    both = ("false_positive_rate", "false_negative_rate")
    leads = [
        audit(
            table(CELLS),
            outcome="outcome",
            selected="offered",
            by=["family_form"],
            settings=agreed(confirmatory=both, offer_is=offer_is),
        )
        .verdicts[0]
        .metric
        for offer_is in ("help", "burden")
    ]
    assert leads == ["false_negative_rate", "false_positive_rate"]


def test_a_missing_value_is_a_group_of_its_own() -> None:
    frame = table(CELLS)
    frame.loc[frame.family_form == "couple", "family_form"] = None
    found = audit(frame, outcome="outcome", selected="offered", by=["family_form"])
    assert {row.group: row.families for row in found.rows} == {"single_parent": 500, "unknown": 1000, "total": 1500}


POINTS = """
family_form    outcome points families
couple         0       0      850
couple         0       1       30
couple         0       2       20
couple         1       1       10
couple         1       3       90
single_parent  0       0      450
single_parent  0       2       20
single_parent  1       0       20
single_parent  1       3       10
"""


def test_points_select_from_the_value_nearest_to_the_share_asked() -> None:
    """1,500 families: 100 (6.7%) have 3 points, 140 (9.3%) 2 or more, 180 (12%) 1 or more; asked 10%."""
    found = audit(
        table(POINTS),
        outcome="outcome",
        points="points",
        by=["family_form"],
        threshold_share=0.10,
        risk=lambda points: points / 4,
    )
    total = found.rows[-1]
    assert (found.subject, found.cut, total.selected, total.selected_outcomes) == ("threshold", 2, 140, 100)
    # Couples: mean risk (40 * 1 + 20 * 2 + 90 * 3) / 4 / 1000 = 0.0875, observed 0.1.
    assert found.rows[0].estimate("calibration_in_the_large").value == pytest.approx(0.0875 - 0.1)


AREAS = """
family_form    outcome offered area families
couple         0       0       a    400
couple         1       0       a     50
single_parent  0       0       a    200
single_parent  1       0       a     50
couple         0       1       b    400
couple         1       1       b     50
single_parent  0       1       b    200
single_parent  1       1       b     50
"""


def test_offers_decided_by_two_neighbourhoods_are_no_evidence() -> None:
    """All of area b has an offer, all of area a none: 1,400 families, but two decisions."""
    frame = table(AREAS)
    found = audit(frame, outcome="outcome", selected="offered", by=["family_form"], settings=agreed(), block="area")
    assert (found.verdicts[0].verdict, found.verdicts[0].reason) == ("not_enough_evidence", "too_few_blocks")
    assert found.blocks == 2


def test_criteria_that_cannot_hold_together_are_named() -> None:
    found = audit(table(CELLS), outcome="outcome", selected="offered", by=["family_form"], settings=agreed())
    conflict = found.conflicts[0]
    assert (conflict.attribute, conflict.lowest, conflict.highest) == ("family_form", 0.1, 0.2)
    assert conflict.criteria == ("calibration_within_groups", "false_positive_rate", "false_negative_rate")


def test_against_true_need_the_audit_is_made_again() -> None:
    frame = table(CELLS).assign(need=lambda cells: cells.offered)
    found = audit(frame, outcome="outcome", selected="offered", by=["family_form"], truth="need")
    reached = next(item for item in found.truth.verdicts if item.metric == "true_positive_rate")
    assert (reached.worst_value, reached.reference_value, reached.verdict) == (1.0, 1.0, "no_gap_shown")
    assert found.rows[0].estimate("true_positive_rate").value == 0.6


def test_the_sample_that_would_settle_it_settles_it_in_four_of_five_samples() -> None:
    """A true gap of 20 points, a tolerance of 10: few families leave it open; the times named would not."""
    rates = np.array([0.6, 0.4])

    def verdicts(families: int, samples: int) -> list[Comparison]:
        found = []
        for seed in range(samples):
            reached = np.random.default_rng(seed).binomial(families, rates)
            cells = pd.DataFrame(
                {
                    "group": ["a", "a", "b", "b"],
                    "outcome": 1,
                    "selected": [1, 0, 1, 0],
                    "families": [reached[0], families - reached[0], reached[1], families - reached[1]],
                }
            )
            known = AuditSettings(
                by=("group",),
                confirmatory=("true_positive_rate",),
                contact_ratio=1,
                reporting_ratio=1,
                link_ratio=1,
                coverage_ratio=1,
            )
            found += audit(
                cells[cells["families"] > 0], outcome="outcome", selected="selected", by=["group"], settings=known
            ).verdicts
        return found

    few = verdicts(150, 60)
    open_ones = [one for one in few if one.verdict == "not_enough_evidence" and abs(one.difference - 0.2) < 0.02]
    assert len(open_ones) >= 5
    times = float(np.mean([one.needed for one in open_ones]))
    settled = float(np.mean([one.verdict == "gap" for one in verdicts(round(150 * times), 300)]))
    assert settled == pytest.approx(0.8, abs=0.1)
    assert all(one.needed is None for one in few if one.verdict != "not_enough_evidence")

"""What a verdict rests on: need that is reported unevenly, planted where the truth is known."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from riskscreen.errors import UsageError
from riskscreen.fairness import Audit, Comparison, audit, verdict_sentence
from riskscreen.fairness.label_sensitivity import Differences, Uneven, label_bounds, needed, rests_on
from riskscreen.fairness.metrics import METRICS, Counts, values_of
from riskscreen.fairness.variance import figures_of
from riskscreen.settings import Audit as AuditSettings

# Families with need, and all families, by group: not selected, selected.
NEED = np.array([[2_000, 3_000], [1_500, 1_000]])
FAMILIES = np.array([[40_000, 5_000], [20_000, 4_000]])
# Couples are reported best: half of those with need, 60% with contact. Single parents: 40%, and 60% with contact.
REPORTED = np.array([[0.50, 0.60], [0.40, 0.60]])
BEST = 0.50
GROUPS = ("couple", "single_parent")


def cells_of(having: np.ndarray, families: np.ndarray = FAMILIES) -> np.ndarray:
    """Shape (groups, selected, having)."""
    return np.stack([families - having, having], axis=-1)


def values_only(cells: np.ndarray, metric: str) -> Differences:
    """The one difference between two groups, without sampling error."""
    whole = cells.round().astype(np.int64)
    figures = figures_of(Counts("family_form", GROUPS, whole[None], np.full((1, 2), 1_000.0)), metric)
    first, second = np.array([0]), np.array([1])
    limits = [figures.limits(np.zeros(1), place) for place in (first, second)]
    return Differences(figures, first, second, *limits, np.zeros(1))


@pytest.mark.parametrize(
    ("metric", "needs"),
    [
        ("selection_rate", "no_label"),
        ("true_positive_rate", "contact"),
        ("false_negative_rate", "contact"),
        ("positive_predictive_value", "groups_and_contact"),
        ("base_rate", "groups_and_contact"),
        ("calibration_in_the_large", "groups_and_contact"),
        ("false_positive_rate", "groups_and_contact"),
    ],
)
def test_what_each_metric_needs(metric, needs) -> None:
    assert rests_on(metric) == needs


def test_need_is_found_again_when_the_ratios_are_known() -> None:
    """Single parents are reported 0.50 / 0.40 = 1.25 times less; contact makes it 1.2 and 1.5 times as often."""
    recorded = cells_of(NEED * REPORTED)
    found = np.stack([needed(recorded[0], 1.0, 1.2), needed(recorded[1], 1.25, 1.5)])
    assert found[..., 1] == pytest.approx(NEED * BEST)


@pytest.mark.parametrize("metric", list(METRICS))
def test_bounds_hold_the_truth_that_reports_hide(metric) -> None:
    """Need is counted as it would be reported in the best reported group without contact: half of it."""
    recorded = values_only(cells_of(NEED * REPORTED), metric)
    truth = values_of(metric, cells_of(NEED * BEST), np.array([0.1, 0.1]))
    recorded.figures.mean_risk[:] = 0.1
    bounds = label_bounds(recorded, Uneven(groups=1.25, contact=1.5))
    assert bounds.low[0] - 1e-12 <= truth[0] - truth[1] <= bounds.high[0] + 1e-12
    if metric != "selection_rate":
        plain = recorded.figures.value
        assert plain[0] - plain[1] != pytest.approx(truth[0] - truth[1], abs=1e-3)


def test_true_positive_rates_do_not_hang_on_the_level_of_reporting() -> None:
    """Reported 60% and 12% of need, alike within each group: the recorded rates are the true ones."""
    true = values_of("true_positive_rate", cells_of(NEED))
    assert values_of("true_positive_rate", cells_of(NEED * [[0.60], [0.12]])) == pytest.approx(true)
    # Contact that doubles reporting makes 40% look like 57%.
    assert values_of("true_positive_rate", cells_of(NEED * [0.30, 0.60]))[1] == pytest.approx(2_000 / 3_500)


def test_need_cannot_exceed_families() -> None:
    """30 of 40 selected families have a report: need twice that would be 60, so it stops at 40."""
    assert needed(np.array([[90, 10], [10, 30]]), 2.0, 1.0)[:, 1].tolist() == [20, 40]


# Thin intervals: 50% of need reached in both groups; of the selected 50% and 40% have a report.
CELLS = """
family_form    outcome offered families
couple         0       0       8000
couple         0       1       1000
couple         1       0       1000
couple         1       1       1000
single_parent  0       0       8000
single_parent  0       1       1200
single_parent  1       0       800
single_parent  1       1        800
"""


def judged(metric: str, tolerance: float, **ratios: float) -> Comparison:
    return whole_audit(metric, tolerance, **ratios).verdicts[0]


def whole_audit(metric: str, tolerance: float, many: int = 100_000, **ratios: float) -> Audit:
    lines = [line.split() for line in CELLS.strip().splitlines()]
    frame = pd.DataFrame(lines[1:], columns=lines[0]).astype({"outcome": int, "offered": int, "families": int})
    frame["families"] *= many
    chosen = dict.fromkeys(("reporting_ratio", "contact_ratio", "link_ratio", "coverage_ratio"), 1.0) | ratios
    settings = AuditSettings(confirmatory=(metric,), tolerances={metric: tolerance}, **chosen)
    return audit(frame, outcome="outcome", selected="offered", by=["family_form"], settings=settings)


@pytest.mark.parametrize(
    ("metric", "tolerance", "k", "c"),
    [
        # 0.5 in one group, 1 / (1 + c) in the other: 0.1 apart at c = 1.5.
        ("true_positive_rate", 0.10, None, 1.5),
        # 0.5 - 0.4 k = 0.02 at k = 1.2; 0.5 / c - 0.4 = 0.02 at c = 0.5 / 0.42.
        ("positive_predictive_value", 0.02, 1.2, 0.5 / 0.42),
        # Couples 2,000 k of 11,000 with need, single parents 1,600 of 10,800; these are 800 + 800 / c.
        ("base_rate", 0.10, (0.10 + 1_600 / 10_800) * 5.5, 800 / (10_800 * (2_000 / 11_000 - 0.10) - 800)),
        ("selection_rate", 0.05, None, None),
    ],
)
def test_a_verdict_turns_where_the_formula_says(metric, tolerance, k, c) -> None:
    found = judged(metric, tolerance)
    assert found.verdict in ("gap", "no_gap_shown")
    for at, expected in ((found.turns_at_k, k), (found.turns_at_c, c)):
        assert at == (None if expected is None else pytest.approx(expected, rel=0.005))


def test_a_verdict_that_turns_inside_the_range_set_beforehand_rests_on_the_label() -> None:
    outside = judged("true_positive_rate", 0.10, contact_ratio=1.4, reporting_ratio=10.0)
    inside = judged("true_positive_rate", 0.10, contact_ratio=1.6)
    assert (outside.verdict, inside.verdict) == ("no_gap_shown", "not_enough_evidence")
    assert inside.reason == "label_could_overturn"
    assert outside.turns_at_c == inside.turns_at_c


@pytest.mark.parametrize(
    ("metric", "tolerance", "links", "coverage"),
    [
        # 0.5 in one group, 1 / (1 + l) or 1 / (1 + u) in the other.
        ("true_positive_rate", 0.10, 1.5, 1.5),
        # 0.5 / l - 0.4 l = 0.02; families without an offer do not count.
        ("positive_predictive_value", 0.02, (0.8016**0.5 - 0.02) / 0.8, None),
        # Single parents 2,000 of 10,800; couples 2,000 of 2,000 + 9,000 u.
        ("selection_rate", 0.05, None, (2_000 / (2_000 / 10_800 - 0.05) - 2_000) / 9_000),
    ],
)
def test_missed_links_and_families_outside_the_registers_turn_a_verdict_too(metric, tolerance, links, coverage) -> None:
    found = judged(metric, tolerance)
    for at, expected in ((found.turns_at_l, links), (found.turns_at_u, coverage)):
        assert at == (None if expected is None else pytest.approx(expected, rel=0.005))
    assert found.turns_at_l == found.turns_at_c or metric == "positive_predictive_value"


@pytest.mark.parametrize(
    ("name", "metric"), [("link_ratio", "true_positive_rate"), ("coverage_ratio", "selection_rate")]
)
def test_a_verdict_that_the_registers_could_overturn_rests_on_the_registers(name, metric) -> None:
    tolerance = 0.10 if metric == "true_positive_rate" else 0.05
    assert judged(metric, tolerance, **{name: 1.3}).verdict == "no_gap_shown"
    found = judged(metric, tolerance, **{name: 1.6})
    assert (found.verdict, found.reason) == ("not_enough_evidence", "registers_could_overturn")
    said = verdict_sentence(found)
    assert "the conclusion rests on the registers" in said.en
    assert "Families outside the registers can turn it when a group has 1." in said.en
    assert "Gezinnen buiten de registers kunnen het omdraaien als een groep 1," in said.nl


def test_bounds_hold_the_truth_that_missed_links_and_uncovered_families_hide() -> None:
    """Of the reports on single parents 90% find their family, 95% when selected; 1 in 21 is in no register."""
    linked, outside = np.array([[1.0, 1.0], [0.9, 0.95]]), np.array([1.0, 1.05])
    whole = FAMILIES.astype(float)
    whole[:, 0] *= outside
    need = NEED * BEST * np.stack([outside, np.ones(2)], axis=1)
    for metric in ("selection_rate", "true_positive_rate", "positive_predictive_value", "base_rate"):
        recorded = values_only(cells_of(NEED * BEST * linked), metric)
        truth = values_of(metric, cells_of(need, whole))
        bounds = label_bounds(recorded, Uneven(links=1 / 0.9, coverage=1.05))
        assert bounds.low[0] <= truth[0] - truth[1] <= bounds.high[0]
        assert np.diff(recorded.figures.value) != pytest.approx(np.diff(truth), abs=1e-4)


def test_both_ratios_together_turn_a_verdict_sooner() -> None:
    """Neither 1.12 alone turns 50% beside 40%; together 0.5 / 1.12 is below 0.4 * 1.12."""
    alone = [judged("positive_predictive_value", 0.02, **{name: 1.12}) for name in ("reporting_ratio", "contact_ratio")]
    assert [item.verdict for item in alone] == ["gap", "gap"]
    both = judged("positive_predictive_value", 0.02, reporting_ratio=1.12, contact_ratio=1.12)
    assert both.verdict == "not_enough_evidence"


def test_no_verdict_is_said_without_what_it_rests_on() -> None:
    reached = verdict_sentence(judged("true_positive_rate", 0.10))
    assert "This holds however reporting differs between groups, as long as within a group" in reached.en
    assert "less than 1.5 times as often in families with an offer as in other families" in reached.en
    assert "(1,500 reports instead of 1,000)" in reached.en
    assert "minder dan 1,5 keer zo vaak gemeld worden als bij andere gezinnen" in reached.nl
    chosen = verdict_sentence(judged("selection_rate", 0.05))
    assert "Reports do not count in this figure" in chosen.en
    turned = verdict_sentence(judged("positive_predictive_value", 0.02, reporting_ratio=1.5))
    assert "the conclusion rests on the label" in turned.en
    assert "It can turn when need is reported 1.2 times as often in one group as in another" in turned.en


def test_true_need_rests_on_no_report() -> None:
    lines = [line.split() for line in CELLS.strip().splitlines()]
    frame = pd.DataFrame(lines[1:], columns=lines[0]).astype({"outcome": int, "offered": int, "families": int})
    frame["need"] = frame.outcome
    truth = audit(frame, outcome="outcome", selected="offered", by=["family_form"], truth="need").truth
    assert {(item.rests_on, item.turns_at_c) for item in truth.verdicts} == {("truth", None)}
    assert "where it says report, read need" in str(truth)
    assert "lees zorgen waar melding staat" in json.dumps(truth.plot("nl").to_dict(), ensure_ascii=False)


def test_the_plane_of_both_ratios_has_the_frontier_where_a_verdict_turns() -> None:
    """50% beside 40% with a tolerance of 2%: a gap as long as 0.5 / c - 0.4 k > 0.02."""
    found = whole_audit("positive_predictive_value", 0.02)
    plane = found.label_plane("family_form", "positive_predictive_value", k=(1.0, 1.1, 1.3), c=(1.0, 1.1, 1.3))
    assert plane.verdicts == (
        ("gap", "gap", "not_enough_evidence"),
        ("gap", "not_enough_evidence", "not_enough_evidence"),
        ("not_enough_evidence",) * 3,
    )
    assert plane.turns_at_c == pytest.approx((0.5 / 0.42, 0.5 / 0.46, 1.0), rel=0.005)
    assert plane.low[1, 0] == pytest.approx(0.5 - 0.44, abs=0.001)
    assert (plane.low[0, 0], plane.high[0, 0]) == pytest.approx((found.verdicts[0].low, found.verdicts[0].high))
    assert len(plane.records()) == 9
    assert "geen kloof aangetoond" in json.dumps(plane.plot("nl").to_dict(), ensure_ascii=False)


def test_a_plane_is_there_for_verdicts_only_and_for_ratios_from_1() -> None:
    found = whole_audit("positive_predictive_value", 0.02)
    with pytest.raises(UsageError, match="has no verdict"):
        found.label_plane("family_form", "base_rate")
    with pytest.raises(UsageError, match=r"ratios 0\.5 are not allowed"):
        found.label_plane("family_form", "positive_predictive_value", k=(0.5, 1.0))

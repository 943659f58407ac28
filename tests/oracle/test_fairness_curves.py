"""Figures from histograms equal Fairlearn, scikit-learn and brute force over rows, to 1e-12.

Groups may be empty, of one class or of one row; warnings are errors.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from riskscreen.errors import UsageError
from riskscreen.fairness.calibration import (
    bins_of,
    calibration_curves,
    calibration_within_groups_difference,
    calibrations,
)
from riskscreen.fairness.curves import ScoreCounts, confusion, curve, curves, thresholds_of
from riskscreen.fairness.labels import UNKNOWN_FIGURES
from riskscreen.fairness.metrics import CALIBRATION, METRICS, difference, ratio
from riskscreen.fairness.ranking import rank
from riskscreen.stats.logistic import expit, logit

pytestmark = pytest.mark.filterwarnings("error")

GROUPS = ("a", "b", "c", "d")
SCORES = np.array([-1.0, 0.0, 2.0, 3.0, 7.0])
RISK = np.array([0.0, 0.05, 0.1, 0.4, 1.0])
THEIRS = ("selection_rate", "true_positive_rate", "false_positive_rate", "false_negative_rate")
ROW = st.tuples(st.sampled_from(GROUPS), st.sampled_from(range(len(SCORES))), st.integers(0, 1))
ROWS = st.lists(ROW, min_size=1, max_size=60)
METHODS = st.sampled_from(["between_groups", "to_overall"])


@pytest.fixture(scope="module")
def fairlearn():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Fairlearn's own imports warn
        import fairlearn.metrics as metrics
    return metrics


def frame_of(rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["group", "place", "outcome"])
    return frame.assign(score=SCORES[frame.place], risk=RISK[frame.place])


def histograms_of(frame: pd.DataFrame, risk=RISK) -> ScoreCounts:
    """Groups that do not occur stay empty."""
    families = np.zeros((len(GROUPS), len(SCORES), 2), np.int64)
    for row in frame.itertuples():
        families[GROUPS.index(row.group), row.place, row.outcome] += 1
    return ScoreCounts("group", GROUPS, SCORES, families, risk)


def same(ours: float, other: float) -> bool:
    return bool((np.isnan(ours) and np.isnan(other)) or abs(ours - other) <= 1e-12)


@settings(max_examples=30, deadline=None)
@given(rows=ROWS)
def test_every_threshold_counts_the_rows_at_or_above_it(rows) -> None:
    frame = frame_of(rows)
    histograms = histograms_of(frame)
    cells = confusion(histograms)
    for at, threshold in enumerate(thresholds_of(histograms)):
        for place, group in enumerate(GROUPS):
            mine = frame[frame.group == group]
            for selected in (0, 1):
                for outcome in (0, 1):
                    expected = ((mine.score >= threshold) == selected) & (mine.outcome == outcome)
                    assert cells[at, place, selected, outcome] == expected.sum()


@settings(max_examples=20, deadline=None)
@given(rows=ROWS)
def test_curves_equal_metric_frame_at_every_threshold(fairlearn, rows) -> None:
    frame = frame_of(rows)
    histograms = histograms_of(frame)
    found = {metric: curve(histograms, metric) for metric in THEIRS}
    for at, threshold in enumerate(thresholds_of(histograms)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it divides by empty groups and says so
            expected = fairlearn.MetricFrame(
                metrics={name: getattr(fairlearn, name) for name in THEIRS},
                y_true=frame.outcome,
                y_pred=(frame.score >= threshold).astype(int),
                sensitive_features=frame.group,
            )
        for metric in THEIRS:
            assert same(np.nan_to_num(found[metric].overall[at]), expected.overall[metric])
            for place, group in enumerate(GROUPS):
                value = found[metric].values[at, place]
                # A rate of no families is unknown here; Fairlearn says 0, and knows no group without rows.
                theirs = expected.by_group[metric].get(group, 0.0)
                assert theirs == 0 if np.isnan(value) else abs(value - theirs) <= 1e-12


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, method=METHODS)
def test_differences_and_ratios_along_a_curve_are_those_at_each_threshold(rows, method) -> None:
    for found in curves(histograms_of(frame_of(rows))):
        differences, ratios = found.difference(method), found.ratio(method)
        for at, values in enumerate(found.values):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = difference(values, found.overall[at], method), ratio(values, found.overall[at], method)
            assert same(differences[at], expected[0]), found.metric
            assert same(ratios[at], expected[1]), found.metric


def pairs_right(outcomes: pd.Series, others: pd.Series) -> float:
    """Brute force: every family with the outcome beside every one without it."""
    if not len(outcomes) or not len(others):
        return float("nan")
    return float(np.mean([1.0 if a > b else 0.5 if a == b else 0.0 for a in outcomes for b in others]))


@settings(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_aurocs_within_between_and_to_the_rest_equal_scikit_learn_and_brute_force(rows) -> None:
    frame = frame_of(rows)
    found = rank(histograms_of(frame))
    has, lacks = frame[frame.outcome == 1], frame[frame.outcome == 0]
    for i, a in enumerate(GROUPS):
        mine = frame[frame.group == a]
        theirs = roc_auc_score(mine.outcome, mine.score) if mine.outcome.nunique() == 2 else np.nan
        assert same(found.within[i], theirs)
        assert (found.reasons[i] is None) == (mine.outcome.nunique() == 2)
        for j, b in enumerate(GROUPS):
            assert same(found.between[i, j], pairs_right(has[has.group == a].score, lacks[lacks.group == b].score))
            assert same(found.between_difference[i, j], found.between[i, j] - found.between[j, i])
        own = pairs_right(has[has.group == a].score, lacks[lacks.group != a].score)
        assert same(found.outcomes_to_rest[i], own)
        assert same(found.others_to_rest[i], pairs_right(has[has.group != a].score, lacks[lacks.group == a].score))
    assert same(found.overall, roc_auc_score(frame.outcome, frame.score) if len(has) and len(lacks) else np.nan)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_brier_scores_and_calibration_in_the_large_equal_rows(rows) -> None:
    frame = frame_of(rows)
    found = calibrations(histograms_of(frame))
    for place, group in enumerate(GROUPS):
        mine = frame[frame.group == group]
        if not len(mine):
            assert found.reasons[place] == "no_families"
            assert np.isnan([found.brier_score[place], found.in_the_large[place], found.slope[place]]).all()
            continue
        assert same(found.brier_score[place], brier_score_loss(mine.outcome, mine.risk, pos_label=1))
        assert same(found.in_the_large[place], mine.risk.mean() - mine.outcome.mean())


@settings(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_a_slope_is_given_exactly_where_one_line_is_best_and_solves_its_equations(rows) -> None:
    inner = np.array([0.01, 0.05, 0.1, 0.4, 0.7])
    histograms = histograms_of(frame_of(rows), inner)
    found = calibrations(histograms)
    for place in range(len(GROUPS)):
        others, outcomes = histograms.families[place].T
        there = [np.flatnonzero(part) for part in (others, outcomes)]
        both = all(len(part) for part in there)
        mixed = both and there[0].max() > there[1].min() and there[1].max() > there[0].min()
        assert (found.reasons[place] is None) == mixed == (not np.isnan(found.slope[place]))
        if mixed:
            x = logit(inner)
            left = outcomes - (others + outcomes) * expit(found.intercept[place] + found.slope[place] * x)
            assert abs(left.sum()) < 1e-4
            assert abs((left * x).sum()) < 1e-4


def test_slopes_equal_scikit_learn_without_penalty() -> None:
    rng = np.random.default_rng(3)
    families = rng.integers(5, 200, (4, 5, 2))
    risk = np.array([0.02, 0.06, 0.2, 0.5, 0.9])
    found = calibrations(ScoreCounts("group", GROUPS, SCORES, families, risk))
    for place in range(4):
        x, y = np.tile(logit(risk), 2)[:, None], np.repeat([0, 1], 5)
        model = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000)
        model.fit(x, y, sample_weight=families[place].T.ravel())
        assert found.slope[place] == pytest.approx(model.coef_[0, 0], abs=1e-5)
        assert found.intercept[place] == pytest.approx(model.intercept_[0], abs=1e-5)


def most_bins(families: np.ndarray, least: int) -> int:
    """Brute force: every way to cut the scores into bins."""
    scores, most = families.shape[1], 0
    for cuts in range(2 ** (scores - 1)):
        starts = [0, *(place + 1 for place in range(scores - 1) if cuts >> place & 1)]
        if (np.add.reduceat(families, starts, axis=1) >= least).all():
            most = max(most, len(starts))
    return most


FAMILIES = st.lists(st.integers(0, 25), min_size=2 * 6 * 2, max_size=2 * 6 * 2)


@settings(max_examples=60, deadline=None)
@given(numbers=FAMILIES, least=st.sampled_from([1, 5, 10]))
def test_bins_are_as_many_as_can_be_and_each_holds_enough(numbers, least) -> None:
    families = np.array(numbers, np.int64).reshape(2, 6, 2)
    starts = bins_of(families, least)
    assert len(starts) == most_bins(families, least)
    if len(starts):
        assert (np.add.reduceat(families, starts, axis=1) >= least).all()


@settings(max_examples=60, deadline=None)
@given(numbers=FAMILIES, together=st.booleans())
def test_a_calibration_curve_counts_every_family_of_a_group_with_enough(numbers, together) -> None:
    families = np.array(numbers, np.int64).reshape(2, 6, 2)
    scores, risk = np.arange(6.0), np.linspace(0, 0.5, 6)
    made = calibration_curves(ScoreCounts("group", ("a", "b"), scores, families, risk), together=together)
    for own, found in zip(families, made, strict=True):
        assert (found.reason is None) == bool((own.sum(axis=0) >= 10).all())
        if not len(found.low):
            assert found.reason in UNKNOWN_FIGURES
            assert np.isnan(found.largest)
            continue
        assert found.families.sum() == own.sum()
        assert found.outcomes.sum() == own[:, 1].sum()
        for k in range(len(found.low)):
            inside = (scores >= found.low[k]) & (scores <= found.high[k])
            assert found.families[k] == own[inside].sum()
            assert same(found.expected[k], np.average(risk[inside], weights=own[inside].sum(axis=1)))
            assert same(found.observed[k], own[inside, 1].sum() / own[inside].sum())
            assert min(found.outcomes[k], found.families[k] - found.outcomes[k]) >= 10
        assert found.average <= found.largest + 1e-12
    if together:
        known = [found for found in made if not found.reason]
        assert len({tuple(found.low) for found in known}) <= 1
        assert len(calibration_within_groups_difference(made)) == (len(known[0].low) if known else 0)


def test_the_same_scores_mean_the_same_or_not() -> None:
    """10% and 30% in both groups; then 40% instead of 30% in one."""
    alike = np.array([[[90, 10], [70, 30]], [[180, 20], [35, 15]]])
    tilted = np.array([[[90, 10], [70, 30]], [[180, 20], [30, 20]]])
    risk = np.array([0.1, 0.3])
    for families, expected in ((alike, [0, 0]), (tilted, [0, 0.1])):
        made = calibration_curves(ScoreCounts("g", ("a", "b"), np.array([1.0, 2.0]), families, risk))
        assert calibration_within_groups_difference(made) == pytest.approx(expected, abs=1e-12)
        assert made[1].largest == pytest.approx(expected[1], abs=1e-12)


def test_curves_with_other_bins_are_not_compared() -> None:
    families = np.array([[[90, 10], [70, 30]], [[180, 2], [30, 20]]])
    made = calibration_curves(ScoreCounts("g", ("a", "b"), np.array([1.0, 2.0]), families), together=False)
    assert [len(item.low) for item in made] == [2, 1]
    with pytest.raises(UsageError, match="other bins"):
        calibration_within_groups_difference(made)


def test_without_a_risk_what_rests_on_it_is_unknown_and_the_rest_is_not() -> None:
    histograms = histograms_of(frame_of([("a", 0, 0), ("a", 3, 1), ("b", 2, 1)]), None)
    found = calibrations(histograms)
    assert set(found.reasons) == {"no_risk"}
    assert np.isnan([*found.brier_score, *found.slope, *found.in_the_large]).all()
    assert rank(histograms).within[0] == 1.0
    assert found.observed[:2].tolist() == [0.5, 1.0]


def test_every_metric_with_a_threshold_has_a_curve() -> None:
    histograms = histograms_of(frame_of([("a", 0, 0), ("b", 3, 1)]))
    assert [found.metric for found in curves(histograms)] == [name for name in METRICS if name != CALIBRATION]
    for metric in (CALIBRATION, "accuracy"):
        with pytest.raises(UsageError, match="there is no curve"):
            curve(histograms, metric)
    with pytest.raises(UsageError, match="unknown method"):
        curve(histograms, "base_rate").difference("pairwise")


def test_printing_shows_no_small_counts() -> None:
    histograms = histograms_of(frame_of([("a", 0, 0), ("b", 3, 1), ("b", 2, 0)]))
    shown = [repr(histograms), *map(repr, curves(histograms)), repr(rank(histograms)), repr(calibrations(histograms))]
    assert not any(name in text for text in shown for name in ("families=", "values=", "observed=", "between="))


def test_every_fault_of_histograms_is_told_at_once() -> None:
    with pytest.raises(UsageError) as told:
        ScoreCounts("g", ("a",), np.array([2.0, 1.0]), np.array([[[1, 2], [-1, 0]]]), np.array([0.1, 1.1]))
    assert len(told.value.faults) == 3
    with pytest.raises(UsageError, match="shape"):
        ScoreCounts("g", ("a", "b"), np.array([1.0]), np.zeros((1, 1, 2), np.int64))
    with pytest.raises(UsageError, match="least is 0"):
        calibration_curves(histograms_of(frame_of([("a", 0, 0)])), least=0)

"""Fit and compare: the rule is logged first, families are kept apart, few outcomes give the reference card."""

from __future__ import annotations

import dataclasses
import itertools
import pickle
from datetime import date

import numpy as np
import pandas as pd
import pytest
from simulated_counts import TEST, TOPS, TRAIN, counts_frame, stressors

from riskscreen.errors import RegisterError, UsageError
from riskscreen.records.card import Card, Line
from riskscreen.records.tables import Table
from riskscreen.scores import fit as fitting
from riskscreen.scores import recalibration
from riskscreen.scores.bands import BandSize, bands_of
from riskscreen.scores.fit import Fit, fit
from riskscreen.settings import Scores
from riskscreen.stats.discrimination import Figure, Interval, draw_blocks, interval
from riskscreen.stats.rows import rows_of

REFERENCE = Card(
    "card",
    (Line("debt_arrears", ">=", 1.0, 2), Line("violence", ">=", 1.0, 4), Line("elsewhere", ">=", 1.0, 3)),
    -4.0,
    0.2,
)
REFERENCE_COUNT = Card("count", tuple(Line(name, ">=", 1.0, 1) for name in (*TOPS, "elsewhere")), -4.5, 0.4)


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    """6,000 families on four dates, as counts."""
    return counts_frame(6_000, 7, base=-4.4)


def fitted(counts: pd.DataFrame, **changes: object) -> Fit:
    arguments = {"settings": Scores(), "train": TRAIN, "test": TEST, "seed": 1, "replicates": 200} | changes
    return fit(counts, stressors=stressors(), **arguments)


@pytest.fixture(scope="module")
def result(counts) -> Fit:
    return fitted(counts)


@pytest.fixture
def shipped(monkeypatch):
    """A reference card of the test's own."""
    both = {"card": REFERENCE, "count": REFERENCE_COUNT}
    monkeypatch.setattr(fitting, "load_reference", lambda name="card": both[name])


def test_the_rule_is_logged_before_anything_is_fitted(counts, monkeypatch):
    events = []
    original = fitting._fit_local
    monkeypatch.setattr(fitting, "_fit_local", lambda *given: (events.append("fit"), original(*given))[1])
    fitted(counts, log=lambda kind, body: events.append((kind, body["margin"], body["candidate_lines"])))
    assert events == [("rule", 0.01, 30), "fit"]


def test_same_seed_same_everything(counts, result):
    again = fitted(counts)
    assert again.chosen.to_json() == result.chosen.to_json()
    assert again.tables == result.tables


def test_the_order_of_the_rows_changes_nothing(counts, result):
    other = fitted(counts.sample(frac=1.0, random_state=1))
    assert other.chosen.to_json() == result.chosen.to_json()
    assert other.performance.values("auroc") == pytest.approx(result.performance.values("auroc"), abs=1e-12)


def test_families_that_judge_do_not_fit(counts, result):
    """Turning around every outcome of folds 7-9 and of the test date changes no card."""
    other = counts.copy()
    away = other["fold"].isin([7, 8, 9]) | (pd.to_datetime(other["index_date"]) == pd.Timestamp(TEST))
    other.loc[away, "outcome"] = 1 - other.loc[away, "outcome"]
    found = fitted(other)
    assert found.card.lines == result.card.lines
    assert (found.card.intercept, found.card.slope) == (result.card.intercept, result.card.slope)
    assert found.count == result.count


def test_performance_is_judged_on_folds_7_to_9_of_the_test_date(counts, result):
    part = counts[(pd.to_datetime(counts["index_date"]) == pd.Timestamp(TEST)) & counts["fold"].isin([7, 8, 9])]
    assert result.performance.values("model") == ["count", "card", "challenger"]
    assert set(result.performance.values("families")) == {int(part["families"].sum())}
    assert set(result.performance.values("outcomes")) == {int((part["families"] * part["outcome"]).sum())}


def test_every_estimate_lies_in_its_interval(result):
    for row in result.performance.records():
        for name in ("auroc", "brier", "calibration_slope", "calibration_in_the_large", "gain"):
            assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]


def test_the_card_finds_what_was_put_in(result):
    assert "young_parent" not in result.card.stressors  # its effect is 0
    assert {"violence", "addiction", "single_parent"} <= set(result.card.stressors)
    slope = next(one for one in result.judged if one.model == "card").calibration_slope
    assert slope.low < 1 < slope.high or abs(slope.value - 1) < 0.15


@pytest.mark.parametrize(
    ("margin", "chosen", "reason"), [(0.0, "card", "card_better"), (0.2, "count", "count_within_margin")]
)
def test_the_margin_decides(counts, margin, chosen, reason):
    found = fitted(counts, settings=Scores(margin=margin))
    assert (found.chosen.name, found.reason_code) == (chosen, reason)
    assert found.performance.values("chosen").index("yes") == ["count", "card"].index(chosen)


@pytest.mark.parametrize(
    ("gain", "chosen", "reason"),
    [
        ((-0.001, -0.004, 0.002), "count", "count_best"),
        ((0.004, 0.001, 0.010), "count", "count_within_margin"),
        ((0.020, -0.001, 0.041), "count", "count_not_beaten"),
        ((0.008, 0.001, 0.015), "card", "card_better"),
    ],
)
def test_the_card_has_to_earn_its_place(counts, result, monkeypatch, gain, chosen, reason):
    """With 95% confidence better, and not surely by less than the margin of 0.01."""
    original = fitting.judge

    def judged(rows, models, **given):
        first, card, *others = original(rows, models, **given)
        return (first, dataclasses.replace(card, gain=Figure(*gain)), *others)

    monkeypatch.setattr(fitting, "judge", judged)
    found = fitted(counts)
    assert (found.chosen.name, found.reason_code) == (chosen, reason)


def test_bands_hold_enough_and_add_up(result):
    total = result.performance.values("families")[0]
    for table in (result.points, result.calibration):
        for row in table.records():
            assert row["outcomes"] >= 10
            assert row["families"] >= 100
            assert row["families"] - row["outcomes"] >= 10
    assert sum(result.points.values("families")) == total
    for model in ("count", "card", "challenger"):
        assert sum(row["families"] for row in result.calibration.records() if row["model"] == model) == total


def test_every_code_in_a_table_has_a_wording(result):
    for table in result.tables:
        _check_codes(table)


def test_a_stressor_that_is_not_covered_is_left_out(counts):
    found = fitted(counts.drop(columns="violence").assign(addiction=np.nan))
    assert not {"violence", "addiction"} & set(found.card.stressors)
    assert not {"violence", "addiction"} & set(found.count.stressors)


def test_few_outcomes_give_the_reference_card_recalibrated(counts, shipped):
    part = counts[counts["fold"] < 10].sample(n=1_500, random_state=1)
    found = fitted(part)
    assert not found.local
    assert found.challenger is None
    assert found.gap is None
    assert found.chosen.name == "card"
    assert [(line.stressor, line.points) for line in found.chosen.lines] == [("debt_arrears", 2), ("violence", 4)]
    assert "reference card" in found.reason.en
    assert "referentiekaart" in found.reason.nl
    assert "Its level and its slope" in found.reason.en
    assert (found.chosen.intercept, found.chosen.slope) != (REFERENCE.intercept, REFERENCE.slope)


@pytest.mark.parametrize(("outcomes", "how"), [(40, "intercept_and_slope"), (12, "intercept"), (5, "none")])
def test_what_can_be_recalibrated_depends_on_the_outcomes(outcomes, how):
    levels = [0.0, 0.0, 1.0, 1.0]
    hit = outcomes // 2
    frame = pd.DataFrame(
        {
            "index_date": pd.Timestamp(TEST),
            "fold": 0,
            "area_block": "WK1",
            "violence": levels,
            "outcome": [1, 0, 1, 0],
            "families": [outcomes - hit, 3_000, hit, 300],
        }
    )
    rows = rows_of(frame, ("violence",), (TEST,))
    card = Card("card", (Line("violence", ">=", 1.0, 4),), -2.0, 0.1)
    found = recalibration.recalibrate(card, rows)
    assert found.how == how
    expected = float(np.sum(rows.families * found.card.risk(card.points(rows.columns()))))
    if how == "none":
        assert found.card == card
    else:
        assert expected == pytest.approx(outcomes, abs=0.01)
    assert (found.card.slope != 0.1) == (how == "intercept_and_slope")


def test_a_slope_that_would_turn_negative_is_not_taken_over():
    frame = pd.DataFrame(
        {
            "index_date": pd.Timestamp(TEST),
            "fold": 0,
            "area_block": "WK1",
            "violence": [0.0, 0.0, 1.0, 1.0],
            "outcome": [1, 0, 1, 0],
            "families": [100, 900, 10, 990],
        }
    )
    card = Card("card", (Line("violence", ">=", 1.0, 4),), -2.0, 0.1)
    found = recalibration.recalibrate(card, rows_of(frame, ("violence",), (TEST,)))
    assert (found.how, found.card.slope) == ("intercept", 0.1)


def test_few_neighbourhoods_draw_families_instead(counts):
    found = fitted(counts.assign(area_block="unknown"))
    one = found.judged[1]
    assert one.auroc.low < one.auroc.value < one.auroc.high


def test_no_outcome_covered_is_told(counts):
    with pytest.raises(RegisterError, match="cannot be fitted and judged") as told:
        fitted(counts, train=(date(2011, 1, 1),), test=date(2012, 1, 1))
    assert len(told.value.faults) == 2


def test_a_missing_column_is_told(counts):
    with pytest.raises(UsageError, match="lack area_block, fold"):
        fitted(counts.drop(columns=["fold", "area_block"]))


def test_the_challenger_is_never_chosen_nor_shown(result):
    assert result.chosen.name in ("count", "card")
    chosen = dict(zip(result.performance.values("model"), result.performance.values("chosen"), strict=True))
    assert chosen["challenger"] == "no"
    assert "HistGradient" not in str(result) + result._repr_html_()


def test_a_fit_can_be_kept_inside(result):
    again = pickle.loads(pickle.dumps(result))
    assert again.chosen == result.chosen
    assert again.tables == result.tables


def test_a_fit_shows_itself(result):
    assert str(result).startswith("Chosen: ")
    assert "<table>" in result._repr_html_()
    chart = result.plot().to_dict()
    assert len(chart["data"]["values"]) == len(result.points.rows)


def test_a_fit_is_frozen(result):
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.local = False


def test_bands_merge_from_the_top():
    """
    bin       0    1   2   3   4
    families  900  90  50  20  8
    outcomes  12   9   11  6   5
    """
    families = np.array([888, 12, 81, 9, 39, 11, 14, 6, 3, 5], dtype=float)
    outcome = np.tile([0.0, 1.0], 5)
    bins = np.repeat(np.arange(5), 2)
    found = bands_of(bins, outcome, families, np.zeros(10), size=BandSize(families=10))
    assert [(band.first, band.last, band.families, band.outcomes) for band in found] == [
        (0, 1, 990, 21),
        (2, 2, 50, 11),
        (3, 4, 28, 11),
    ]


def test_too_little_for_one_band_is_no_band():
    bins, outcome, families = np.zeros(2, dtype=np.int64), np.array([0.0, 1.0]), np.array([500.0, 4.0])
    assert bands_of(bins, outcome, families, np.zeros(2), size=BandSize()) == ()


def test_draws_sum_to_the_neighbourhoods():
    drawn = draw_blocks(np.random.default_rng(1), 12, 300)
    assert drawn.shape == (300, 12)
    assert set(drawn.sum(axis=1)) == {12.0}
    assert drawn.mean() == pytest.approx(1.0)


def test_interval_is_wider_with_few_neighbourhoods():
    replicates = np.random.default_rng(1).normal(0.7, 0.02, 4_000)
    plain, few = interval(0.7, replicates), interval(0.7, replicates, blocks=12)
    assert (plain.high - plain.low) == pytest.approx(2 * 1.96 * 0.02, rel=0.05)
    assert (few.high - few.low) / (plain.high - plain.low) == pytest.approx(2.201 / 1.96 * (12 / 11) ** 0.5, rel=0.01)


def test_no_interval_when_replicates_fail():
    bad = interval(0.7, np.array([0.7, np.nan, np.nan, 0.6]))
    assert isinstance(bad, Interval)
    assert np.isnan([bad.low, bad.high]).all()


def _check_codes(table: Table) -> None:
    for column, place in zip(table.columns, itertools.count()):
        if column.kind in ("key", "code"):
            assert {row[place] for row in table.rows} <= set(column.labels), f"{table.name}.{column.name}"
        if column.kind in ("rate", "estimate"):
            assert table.column(column.base).kind == "count"

"""Comparing models: who is judged, who is left out, what the tables say; the prior and drift."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from simulated_counts import TEST, TOPS, TRAIN, counts_frame, stressors

from riskscreen.disclosure.gate import gate
from riskscreen.governance.office import Office
from riskscreen.records.card import Card, Line
from riskscreen.scores import comparing
from riskscreen.scores.comparing import Comparison, area_group, compare
from riskscreen.scores.drift import Dated, drift_of
from riskscreen.scores.fit import fit, prior_of
from riskscreen.scores.prior import Prior
from riskscreen.scores.stability import card_stability
from riskscreen.settings import Release, Scores
from riskscreen.stats.rows import rows_of

MODELS = ["count", "card", "logistic", "additive", "challenger"]
FEW = ("debt_arrears", "assistance", "addiction", "violence", "single_parent", "own_youth")
WITH_CHANNEL = tuple(
    dataclasses.replace(one, channel="police" if one.id == "violence" else "none")
    for one in stressors()
    if one.id in FEW
)
SMALL = Scores(max_lines=5, max_points=3)
FOUR = Prior(4.0, 5, {})


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    """4,000 families on four dates, as counts."""
    return counts_frame(4_000, 7, base=-4.0)


@pytest.fixture(scope="module")
def comparison(counts) -> Comparison:
    return compare(
        counts,
        stressors=WITH_CHANNEL,
        settings=SMALL,
        train=TRAIN,
        test=TEST,
        seed=1,
        replicates=200,
        area_groups=2,
        resamples=4,
    )


def test_five_models_on_two_designs_with_and_without_report_channels(comparison):
    assert [(one.variant, one.design) for one in comparison.validations] == [
        ("all", "temporal"),
        ("all", "area_blocked"),
        ("without_channel", "temporal"),
        ("without_channel", "area_blocked"),
    ]
    for one in comparison.validations:
        assert [judged.model for judged in one.judged] == MODELS


def test_both_designs_judge_the_same_families(comparison, counts):
    part = counts[(pd.to_datetime(counts["index_date"]) == pd.Timestamp(TEST)) & counts["fold"].isin([7, 8, 9])]
    for one in comparison.validations:
        assert {judged.families for judged in one.judged} == {int(part["families"].sum())}


def test_without_report_channels_no_model_reads_them(comparison):
    fitted = dict(comparison.fits)["without_channel"]
    assert "violence" in dict(comparison.fits)["all"].card.stressors
    assert "violence" not in {*fitted.card.stressors, *fitted.count.stressors, *fitted.challenger.stressors}


def test_the_comparison_chooses_what_the_rule_of_the_fit_chooses(comparison, counts):
    alone = fit(counts, stressors=WITH_CHANNEL, settings=SMALL, train=TRAIN, test=TEST, seed=1, replicates=200)
    assert dict(comparison.fits)["all"].chosen.to_json() == alone.chosen.to_json()
    chosen = [row for row in comparison.tables[0].records() if row["chosen"] == "yes" and row["stressors"] == "all"]
    assert {row["model"] for row in chosen} == {alone.chosen.name}


def test_differences_are_paired_and_turn_around(comparison):
    count, card = comparison.validations[0].judged[:2]
    there, back = card.difference("count"), count.difference("card")
    assert there.auroc.value == pytest.approx(-back.auroc.value)
    assert there.log_loss.low == pytest.approx(-back.log_loss.high)
    assert there.auroc.value == pytest.approx(card.gain.value)
    own = card.auroc.high - card.auroc.low + count.auroc.high - count.auroc.low
    assert there.auroc.high - there.auroc.low < own  # paired: narrower than both apart


def test_a_neighbourhood_is_judged_by_models_fitted_without_it(counts, monkeypatch):
    """What is fitted for a group of neighbourhoods holds no family of it, on any date."""
    group, fitted_on = area_group(counts, 3), []
    original = comparing.fit_additive_cards
    monkeypatch.setattr(comparing, "prior_of", lambda rest, *_: (fitted_on.append(set(rest["area_block"])), FOUR)[1])
    monkeypatch.setattr(comparing, "fit_additive_cards", lambda *given: original(*given))
    monkeypatch.setattr(comparing, "_scores", lambda a, b, s, count, card: (comparing.score_card(count, b),))
    asked = comparing._Asked(SMALL, TRAIN, TEST, 1, tuple(range(7)), 200)
    comparing._left_out(counts, FEW, group, asked)
    everyone = set(counts["area_block"])
    assert [everyone - used for used in fitted_on] == [
        {block for block, one in group.items() if one == number} for number in range(3)
    ]


def test_groups_of_neighbourhoods_look_at_families_only(counts):
    group = area_group(counts, 4)
    assert group == area_group(counts.assign(outcome=1 - counts["outcome"]), 4)
    sizes = counts["families"].groupby(counts["area_block"].map(group)).sum()
    assert sizes.max() / sizes.min() < 1.3


def test_every_table_passes_the_gate_and_leaves_by_the_review_channel_only(comparison, tmp_path):
    tables = gate(
        comparison.tables,
        channel="review",
        office=Office(tmp_path),
        subject=None,
        release=Release(),
        day=TEST,
    )
    assert [one.name for one in tables] == [table.name for table in comparison.tables]
    assert {table.channels for table in comparison.tables} == {("review",)}


def test_a_comparison_shows_itself(comparison):
    assert "says something about the generator" in str(comparison)
    assert "<table>" in comparison._repr_html_()
    data = comparison.plot().to_dict()["data"]["values"]
    assert {row["model"] for row in data} >= {"offer to all", "offer to none", "card"}
    plain = json.loads(json.dumps(comparison.to_dict()))
    assert [one["design"] for one in plain["validations"]] == ["temporal", "area_blocked"] * 2


def test_an_offer_below_every_risk_is_an_offer_to_all(comparison):
    curves = comparison.validations[0].curves
    card = curves.model("card").net_benefit
    assert np.all(card >= -1e-9) or card.min() > curves.offer_to_all.min()
    assert curves.offer_to_all[0] == pytest.approx(
        curves.outcomes / curves.families - (1 - curves.outcomes / curves.families) * 0.01 / 0.99
    )


def test_the_prior_does_not_see_families_that_choose_or_judge(counts):
    other = counts.copy()
    away = other["fold"].isin([7, 8, 9]) | (pd.to_datetime(other["index_date"]) == pd.Timestamp(TEST))
    other.loc[away, "outcome"] = 1 - other.loc[away, "outcome"]
    assert prior_of(counts, FEW, TRAIN, range(7), SMALL) == prior_of(other, FEW, TRAIN, range(7), SMALL)


def test_the_prior_stands_in_the_rule_that_is_logged(counts):
    logged = []
    found = fit(
        counts,
        stressors=WITH_CHANNEL,
        settings=SMALL,
        train=TRAIN,
        test=TEST,
        seed=1,
        replicates=200,
        log=lambda kind, body: logged.append((kind, body["ridge"], body["ridge_log_loss"])),
    )
    (kind, ridge, losses) = logged[0]
    assert (kind, ridge) == ("rule", found.prior.ridge)
    assert losses[f"{ridge:g}"] == min(losses.values())


def test_a_single_train_date_cannot_know_drift(counts):
    found = fit(counts, stressors=WITH_CHANNEL, settings=SMALL, train=TRAIN[:1], test=TEST, seed=1, replicates=200)
    assert found.drift is None
    assert set(found.points_next.values("next_low")) == {None}
    assert "nothing can be known about drift" in found.points_next.note.en


def test_an_interval_with_drift_holds_the_one_without(comparison):
    for row in dict(comparison.fits)["all"].points_next.records():
        assert row["next_low"] <= row["same_low"] <= row["observed"] * 1.05
        assert row["next_high"] >= row["same_high"]


def test_drift_is_the_shift_that_was_put_in():
    """Three dates whose log-odds lie at -0.2, 0 and +0.2 of the card, with a million families each."""
    card = Card("card", (Line("violence", ">=", 1.0, 2), Line("addiction", ">=", 1.0, 3)), -4.0, 0.3)
    total = np.tile([600_000.0, 0.0, 200_000.0, 150_000.0, 0.0, 50_000.0], (3, 1))
    shift = np.array([-0.2, 0.0, 0.2])[:, None]
    positive = total / (1 + np.exp(4.0 - 0.3 * np.arange(6) - shift))
    found = drift_of(card, Dated(positive, total))
    assert found.level.spread == pytest.approx(0.2, abs=0.002)
    assert found.slope.mean == pytest.approx(1.0, abs=1e-6)
    assert found.slope.spread == 0.0


def test_lines_with_a_strong_effect_come_back_in_every_resample(counts):
    rows = rows_of(counts, FEW, TRAIN, folds=range(7))
    card = fit(counts, stressors=WITH_CHANNEL, settings=SMALL, train=TRAIN, test=TEST, seed=1, replicates=200).card
    found = card_stability(rows, card, SMALL, FOUR, min_outcomes=10, seed=1, resamples=10)
    assert found == card_stability(rows, card, SMALL, FOUR, min_outcomes=10, seed=1, resamples=10)
    shares = {one.line.stressor: one.stressor_chosen for one in found.lines}
    assert shares["violence"] == 1.0
    assert set(shares) <= set(TOPS)
    for one in found.lines:
        assert one.low <= one.middle <= one.high

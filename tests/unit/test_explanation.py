"""Contributions add up, accumulation counts domains, results show themselves."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from simulated_counts import TEST, counts_frame, stressors

from riskscreen.errors import UsageError
from riskscreen.explanation import pictures
from riskscreen.explanation.accumulation import accumulation_table
from riskscreen.explanation.challenger import TreeContributions
from riskscreen.explanation.contributions import points_by_stressor
from riskscreen.explanation.explain import Explanation, explain
from riskscreen.explanation.pictures import waterfall_picture
from riskscreen.explanation.profile import PROFILE, explain_profile
from riskscreen.explanation.released import ReleasedProfiles
from riskscreen.explanation.stability import steadiness
from riskscreen.records.card import Card, Line
from riskscreen.records.frequencies import natural_frequency
from riskscreen.records.texts import Text
from riskscreen.stats.intervals import wilson
from riskscreen.stats.rows import rows_of

CARD = Card(
    "card",
    (
        Line("debt_arrears", ">=", 1.0, 2),
        Line("debt_arrears", ">=", 3.0, 1),
        Line("violence", ">=", 2.0, 5),
        Line("debt_help", ">=", 1.0, 1),
    ),
    -4.0,
    0.2,
)


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    return counts_frame(8_000, 3)


@pytest.fixture(scope="module")
def explanation(counts) -> Explanation:
    return explain(CARD, counts, stressors())


def test_contributions_add_up_to_the_points_of_every_profile():
    levels = np.array(list(itertools.product((0.0, 1.0, 2.0, 3.0, np.nan), (0.0, 2.0, np.nan), (0.0, 1.0))))
    columns = dict(zip(("debt_arrears", "violence", "debt_help"), levels.T, strict=True))
    by_stressor = points_by_stressor(CARD, columns, len(levels))
    assert np.array_equal(sum(by_stressor.values()), CARD.points(columns))


def test_mean_points_by_hand():
    """
    debt_arrears  violence  debt_help  families   points
    0             0         0          700        0
    3             0         1          200        3 + 1
    nan           2         0          100        5
    """
    frame = _frame([(0, 0, 0, 0, 700), (3, 0, 1, 0, 150), (3, 0, 1, 1, 50), (np.nan, 2, 0, 0, 100)])
    found = explain(CARD, frame, stressors())
    columns = ("stressor", "domain", "mean_points", "place", "share_of_points", "families")
    assert [tuple(row[name] for name in columns) for row in found.contributions.records()] == [
        ("debt_arrears", "debt", pytest.approx(0.6), 1, pytest.approx(0.6 / 1.3), 1000),
        ("violence", "violence", pytest.approx(0.5), 2, pytest.approx(0.5 / 1.3), 1000),
        ("debt_help", "debt", pytest.approx(0.2), 3, pytest.approx(0.2 / 1.3), 1000),
    ]
    assert found.contributions_domain.rows == (
        ("debt", pytest.approx(0.8), pytest.approx(0.8 / 1.3), 1000),
        ("violence", pytest.approx(0.5), pytest.approx(0.5 / 1.3), 1000),
    )


def test_accumulation_counts_domains_not_stressors():
    """
    debt_arrears  violence  debt_help  outcome  families   domains
    0             0         0          0        700        0
    1             0         1          0        150        1 (both in debt)
    1             0         1          1        50         1
    nan           2         1          1        30         2
    nan           2         1          0        70         2
    """
    frame = _frame(
        [(0, 0, 0, 0, 700), (1, 0, 1, 0, 150), (1, 0, 1, 1, 50), (np.nan, 2, 1, 1, 30), (np.nan, 2, 1, 0, 70)]
    )
    rows = rows_of(frame, ("debt_arrears", "violence", "debt_help"), (TEST,))
    by_id = {stressor.id: stressor for stressor in stressors()}
    bounds = wilson(np.array([0, 50, 30]), np.array([700, 200, 100]))
    assert accumulation_table(rows, by_id).rows == (
        ("0", 700, 0, 0.0, pytest.approx(bounds.low[0]), pytest.approx(bounds.high[0])),
        ("1", 200, 50, 0.25, pytest.approx(bounds.low[1]), pytest.approx(bounds.high[1])),
        ("2", 100, 30, 0.3, pytest.approx(bounds.low[2]), pytest.approx(bounds.high[2])),
    )


def test_five_domains_and_more_are_one_row(explanation):
    assert explanation.accumulation.values("domains")[-1] == "5_up"
    rates = explanation.accumulation.values("rate")
    assert rates[-1] > 3 * rates[0]


def test_only_the_latest_date_with_an_outcome_is_explained(counts, explanation):
    day = counts[pd.to_datetime(counts["index_date"]) == pd.Timestamp(TEST)]
    assert sum(explanation.accumulation.values("families")) == int(day["families"].sum())
    assert set(explanation.contributions.values("families")) == {int(day["families"].sum())}


def test_a_waterfall_of_a_profile_that_is_not_there_is_refused(explanation):
    with pytest.raises(UsageError, match="no profile number 99999 of at least 10 families"):
        explanation.waterfall(99_999)


def test_a_waterfall_says_levels_in_words_and_never_nan(monkeypatch):
    """One profile: debt arrears at level 3, violence not covered, no debt help."""
    told: list[str] = []
    rows = pictures._rows

    def listen(axes, labels):
        told.extend(labels)
        rows(axes, labels)

    monkeypatch.setattr(pictures, "_rows", listen)
    levels, families = np.array([[3.0, np.nan, 0.0]]), np.array([40.0])
    profiles = ReleasedProfiles(("debt_arrears", "violence", "debt_help"), levels, families, 10)
    found = TreeContributions(profiles, np.array([[0.5, -0.2, 0.1]]), -3.0)
    waterfall_picture(found, 0, {one.id: one for one in stressors()}, Text("profile", "profiel"), "nl")
    assert told == [
        "debt help (nl): niveau 0",
        "violence (nl): niet in beeld",
        "debt arrears (nl): niveau 3",
    ]


def test_the_means_of_contributions_have_intervals_and_places(explanation):
    rows = explanation.contributions.records()
    assert all(row["low"] < row["mean_points"] < row["high"] for row in rows)
    assert [row["place"] for row in rows] == [1, 2, 3]
    assert all(row["place_first"] <= row["place"] <= row["place_last"] for row in rows)
    assert rows[0]["mean_abs_log_odds"] > 0


def test_intervals_of_means_hold_the_mean_of_other_families_drawn_the_same_way():
    """The same towns over and over: the interval of one holds the mean over all towns about 19 times in 20."""
    towns = [rows_of(counts_frame(1_500, seed), tuple(CARD.stressors), (TEST,)) for seed in range(40)]
    means, hits = [], []
    for rows in towns:
        points = points_by_stressor(CARD, rows.columns(), len(rows.families))["debt_arrears"]
        means.append(rows.families @ points / rows.families.sum())
    for rows in towns:
        points = points_by_stressor(CARD, rows.columns(), len(rows.families))["debt_arrears"]
        found = steadiness(points[:, None], rows.families, rows.block, 1)
        hits.append(found.low[0] <= np.mean(means) <= found.high[0])
    assert sum(hits) >= 34


def test_a_threshold_below_ten_is_refused(counts):
    with pytest.raises(UsageError, match="the threshold is 3"):
        explain(CARD, counts, stressors(), threshold=3)


def test_an_explanation_shows_itself(explanation):
    assert "Of 1,000 families with stressors in 1 domain about" in str(explanation)
    assert "<li>" in explanation._repr_html_()
    assert explanation.plot().to_dict()["layer"]


def test_small_groups_are_not_shown():
    frame = _frame([(0, 0, 0, 0, 700), (0, 0, 0, 1, 20), (1, 2, 0, 1, 4), (1, 2, 0, 0, 40)])
    found = explain(CARD, frame, stressors())
    assert "2 domains" not in str(found)
    assert "no domain" in str(found)


def test_explain_profile_line_by_line():
    found = explain_profile(CARD, {"debt_arrears": 3, "violence": 0, "debt_help": None}, stressors())
    assert [(one.stressor, one.points) for one in found.contributions] == [("debt_arrears", 2), ("debt_arrears", 1)]
    assert found.points == 3
    assert found.risk == pytest.approx(1 / (1 + np.exp(4 - 0.6)))
    assert found.not_covered == ("debt_help",)
    assert found.contributions[1].meaning.en == "debt arrears: level 3"
    assert found.contributions[0].meaning.nl == "debt arrears (nl): niveau 1, of niveau 2, of niveau 3"
    assert str(found) == (
        "   2  debt arrears: level 1, or level 2, or level 3\n"
        "   1  debt arrears: level 3\n"
        "   3  points in all\n"
        "Of 1,000 families with this profile about 32 are reported within a year, 968 are not.\n"
        "Not covered, so never scored: debt_help."
    )
    assert "<table>" in found._repr_html_()
    assert found.plot().to_dict()["mark"]


def test_explain_profile_tells_all_faults():
    with pytest.raises(UsageError) as told:
        explain_profile(CARD, {"debt": 1, "violence": -1, "debt_help": 0.5})
    assert told.value.faults == (
        "debt: no stressor of this card",
        "violence: a level is a whole number of at least 0",
        "debt_help: a level is a whole number of at least 0",
    )


@pytest.mark.parametrize(
    ("risk", "months", "en", "nl"),
    [
        (
            0.068,
            12,
            "Of 1,000 families with this profile about 68 are reported within a year, 932 are not.",
            "Van 1.000 gezinnen met dit profiel krijgen er binnen een jaar ongeveer 68 een melding en 932 niet.",
        ),
        (
            0.001,
            24,
            "Of 1,000 families with this profile about 1 is reported within 24 months, 999 are not.",
            "Van 1.000 gezinnen met dit profiel krijgt er binnen 24 maanden ongeveer 1 een melding en 999 niet.",
        ),
    ],
)
def test_natural_frequencies_have_both_sides(risk, months, en, nl):
    assert natural_frequency(risk, months=months, who=PROFILE).to_dict() == {"en": en, "nl": nl}


def _frame(rows: list[tuple[float, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["debt_arrears", "violence", "debt_help", "outcome", "families"])
    return frame.assign(index_date=pd.Timestamp(TEST), fold=0, area_block="WK1")

"""Card and challenger side by side in large groups: risks by hand, never a small group, noise named as noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from simulated_counts import TEST, TOPS, TRAIN, counts_frame, stressors

from riskscreen.explanation.disagreement import disagreement_sentences, disagreement_table
from riskscreen.explanation.explain import explain
from riskscreen.records.card import Card, Line
from riskscreen.records.tables import Table
from riskscreen.scores.challenger import fit_challenger
from riskscreen.stats.rows import Rows, rows_of

CARD = Card("card", (Line("debt_arrears", ">=", 1.0, 1),), -3.0, 1.0)
BY_ID = {stressor.id: stressor for stressor in stressors()}
NAMES = ("debt_arrears", "violence")


@dataclass(frozen=True)
class Weights:
    """A stand-in for a black box: a linear model on the same columns."""

    coefficients: tuple[float, ...]

    def decision_function(self, levels: np.ndarray) -> np.ndarray:
        return -3.0 + levels @ np.array(self.coefficients)


@dataclass(frozen=True)
class Challenger:
    stressors: tuple[str, ...]
    model: Any


VIOLENCE = Challenger(NAMES, Weights((1.0, 2.0)))
"""As the card, and two more for violence."""


def test_risks_and_recorded_rates_by_hand():
    """
    debt_arrears  violence  without  with a report   card        challenger
    0             0         4000     200             -3          -3
    1             1         300      100             -2           0
    """
    found = _table([(0, 0, 4000, 200), (1, 1, 300, 100)])
    middle, highest = found.records()
    assert (middle["group"], middle["families"], middle["outcomes"]) == ("middle", 4200, 200)
    assert (highest["group"], highest["families"], highest["rate"]) == ("highest", 400, 0.25)
    assert middle["card_risk"] == middle["challenger_risk"] == pytest.approx(_risk(-3), abs=1e-6)
    assert (highest["card_risk"], highest["challenger_risk"]) == pytest.approx((_risk(-2), 0.5), abs=1e-6)
    assert (middle["nearer"], highest["nearer"]) == ("noise", "neither")


@pytest.mark.parametrize(("reported", "nearer"), [(48, "card"), (200, "challenger")])
def test_which_fits_what_was_recorded(reported, nearer):
    found = _table([(0, 0, 4000, 200), (1, 1, 400 - reported, reported)])
    assert found.records()[-1]["nearer"] == nearer


def test_a_group_that_is_too_small_joins_the_middle():
    found = _table([(0, 0, 4000, 200), (1, 1, 30, 9)])
    assert [row["group"] for row in found.records()] == ["middle"]
    assert found.values("families") == [4239]


def test_sentences_say_both_sides_and_noise():
    same = Challenger(NAMES, Weights((1.0, 0.1)))
    found = _table([(0, 0, 4000, 200), (1, 1, 352, 48)], same)
    (said,) = disagreement_sentences(found)
    assert said.en == (
        "Of 1,000 families in the tenth where the challenger is highest against the card, the challenger expects that "
        "130 are reported and 870 are not, the card 119 and 881. Recorded were 120 and 880 (interval 92 to 156). "
        "Both lie within the interval: the difference is within noise."
    )
    assert "870 zonder" in said.nl
    assert "het verschil kan toeval zijn" in said.nl


def test_nothing_is_said_of_hidden_groups():
    found = _table([(0, 0, 4000, 200), (1, 1, 300, 100)])
    hidden = found.with_rows([(row[0], *[None] * (len(row) - 1)) for row in found.rows])
    assert disagreement_sentences(hidden) == ()


def test_no_family_at_all_gives_an_empty_table():
    empty = Rows(NAMES, np.zeros((0, 2)), np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64))
    assert disagreement_table(CARD, VIOLENCE, None, empty, BY_ID).rows == ()


def test_shap_tells_what_the_challenger_leans_on_and_only_unseen_families_judge():
    counts = counts_frame(12_000, 3, base=-4.0)
    names = tuple(TOPS)[:10]
    challenger = fit_challenger(rows_of(counts, names, TRAIN, folds=range(7)), 1)
    card = Card("card", tuple(Line(name, ">=", 1.0, 1) for name in names if name != "violence"), -3.9, 0.4)
    found = explain(card, counts, stressors(), challenger=challenger, unseen_folds=(7, 8, 9)).disagreement
    day = counts[(pd.to_datetime(counts["index_date"]) == pd.Timestamp(TEST)) & counts["fold"].isin([7, 8, 9])]
    assert sum(found.values("families")) == day["families"].sum()
    assert min(found.values("families")) >= 100
    assert min(found.values("outcomes")) >= 10
    highest = found.records()[-1]
    assert (highest["group"], highest["leans_on"]) == ("highest", "violence")
    assert highest["lean"] > 0
    assert "more weight there to violence" in disagreement_sentences(found)[-1].en


def _risk(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))


def _table(rows: list[tuple[int, ...]], challenger: Challenger = VIOLENCE) -> Table:
    frame = pd.concat(
        pd.DataFrame([row[:2] for row in rows], columns=list(NAMES), dtype=float).assign(
            outcome=outcome, families=[row[2 + outcome] for row in rows]
        )
        for outcome in (0, 1)
    ).assign(index_date=pd.Timestamp(TEST), fold=0, area_block="WK1")
    return disagreement_table(CARD, challenger, None, rows_of(frame, NAMES, (TEST,)), BY_ID)

"""An audit of points or a score: figures per group against scikit-learn on the rows, and what is shown of them."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from riskscreen.disclosure.gate import gate
from riskscreen.fairness import audit
from riskscreen.fairness.binning import MOST_SCORES, binned, distinct_of
from riskscreen.fairness.curves import curve
from riskscreen.fairness.metrics import CALIBRATION, METRICS
from riskscreen.fairness.scored import FIGURES, score_rows, score_table, shown_scores
from riskscreen.records.hashlog import HashLog
from riskscreen.settings import Release

ROW = st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 6), st.integers(0, 1))


def risk_of(points):
    return (np.asarray(points) + 1) / 10


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    size = 20_000
    group = rng.choice(["a", "b", "c", "d"], size, p=[0.6, 0.3, 0.0995, 0.0005])
    points = rng.poisson(2 + (group == "b"))
    score = np.clip((points + rng.random(size)) / 20, 0, 1)
    outcome = (rng.random(size) < 0.01 + 0.02 * points).astype(int)
    return pd.DataFrame({"group": group, "points": points, "score": score, "y": outcome})


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=50))
def test_figures_of_points_equal_scikit_learn_on_the_rows(rows) -> None:
    frame = pd.DataFrame(rows, columns=["group", "points", "y"])
    found = audit(frame, outcome="y", points="points", by=["group"], risk=risk_of, threshold=1)
    for row in score_rows(found):
        mine = frame if row.group == "total" else frame[frame.group == row.group]
        assert (row.families, row.outcomes) == (len(mine), mine.y.sum())
        assert row.brier_score == pytest.approx(brier_score_loss(mine.y, risk_of(mine.points), pos_label=1), abs=1e-12)
        if mine.y.nunique() == 2:
            assert row.auroc == pytest.approx(roc_auc_score(mine.y, mine.points), abs=1e-12)
        else:
            assert row.auroc is None
            assert row.reason in ("no_outcomes", "no_others")


def test_at_the_threshold_of_the_audit_curves_and_audit_agree(frame) -> None:
    for part in ("points", "score"):
        found = audit(frame, outcome="y", by=["group"], **{part: part})
        histograms = found.histograms[0]
        at = int(np.flatnonzero(histograms.scores == found.cut)[0])
        for metric in METRICS:
            if metric != CALIBRATION:
                values = curve(histograms, metric).values[at]
                for place, group in enumerate(histograms.groups):
                    row = next(row for row in found.rows if row.group == group)
                    value = row.estimate(metric).value
                    assert np.isnan(values[place]) if value is None else abs(values[place] - value) < 1e-12


def test_a_continuous_score_is_binned_to_quantiles_for_curves_only(frame) -> None:
    found = audit(frame, outcome="y", score="score", by=["group"])
    histograms = found.histograms[0]
    assert frame.score.nunique() > MOST_SCORES
    assert MOST_SCORES <= len(histograms.scores) <= MOST_SCORES + 1
    assert histograms.families.sum() == len(frame)
    total = score_rows(found)[-1]
    assert total.auroc == pytest.approx(roc_auc_score(frame.y, frame.score), abs=1e-3)
    assert total.brier_score == pytest.approx(brier_score_loss(frame.y, frame.score), abs=1e-4)
    per_bin = histograms.families.sum(axis=(0, 2))
    assert per_bin.max() <= 2 * len(frame) / MOST_SCORES


@settings(max_examples=50, deadline=None)
@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=40), seed=st.integers(0, 99))
def test_few_scores_stay_as_they_are(values, seed) -> None:
    rng = np.random.default_rng(seed)
    weight, risk = rng.integers(1, 9, len(values)).astype(float), rng.random(len(values))
    found = binned(distinct_of(np.array(values), weight), weight, risk, 0.5)
    assert found.scores[found.place].tolist() == values
    for place, score in enumerate(found.scores):
        same = np.array(values) == score
        assert found.risk[place] == pytest.approx(np.average(risk[same], weights=weight[same]), abs=1e-12)


def test_an_offer_has_no_scores(frame) -> None:
    found = audit(frame.assign(s=frame.points > 3), outcome="y", selected="s", by=["group"])
    assert found.histograms == score_rows(found) == shown_scores(found) == ()
    assert json.loads(found.to_json())["scores"] == []


def test_a_small_group_and_what_would_give_it_away_is_hidden(frame) -> None:
    found = audit(frame, outcome="y", points="points", by=["group"], risk=lambda points: np.minimum(risk_of(points), 1))
    small = {row.group for row in score_rows(found) if row.outcomes < 10}
    assert small == {"d"}
    shown = {row.group: row for row in shown_scores(found)}
    # The next smallest goes too, or the number of outcomes could be worked out from the total.
    assert [group for group, row in shown.items() if row.outcomes is None] == ["c", "d"]
    for group in ("c", "d"):
        assert [getattr(shown[group], name) for name in FIGURES] == [None] * len(FIGURES)
    assert shown["a"].auroc is not None
    assert "scores" in json.loads(found.to_json())


def test_the_table_of_scores_passes_the_gate(frame, tmp_path) -> None:
    class Office:
        ledger = HashLog(tmp_path / "ledger.jsonl")
        decisions = HashLog(tmp_path / "decisions.jsonl")

    found = audit(frame, outcome="y", points="points", by=["group"], risk=lambda points: np.minimum(risk_of(points), 1))
    table = score_table(found)
    day = date(2025, 1, 1)
    released = gate((table,), channel="review", office=Office(), subject=None, release=Release(), day=day)[0].table
    rows = {row["group"]: row for row in released.records()}
    assert rows["a"]["auroc"] == pytest.approx(score_rows(found)[0].auroc, abs=5e-4)
    assert [rows["d"][name] for name in ("outcomes", *FIGURES)] == [None] * 7

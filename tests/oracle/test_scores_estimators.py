"""RiskCard and StressorCount are good citizens of scikit-learn, and counts are as good as rows."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from simulated_counts import TOPS, families_frame
from sklearn import config_context
from sklearn.metrics import get_scorer, log_loss, make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import check_estimator

from riskscreen.records.card import Card, Line
from riskscreen.scores.card import RiskCard, StressorCount


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """2,500 families on four dates, one row each."""
    return families_frame(2_500, 5, base=-4.4)


@pytest.mark.parametrize("model", [RiskCard(), RiskCard(monotone=True), StressorCount()], ids=repr)
def test_check_estimator(model):
    results = check_estimator(model, on_skip=None)
    skipped = {result["check_name"] for result in results if result["status"] == "skipped"}
    assert skipped <= {"check_array_api_input"}  # needs SCIPY_ARRAY_API, which scipy reads at import


@pytest.mark.parametrize("model", [RiskCard(monotone=True), RiskCard(max_lines=6), StressorCount()], ids=repr)
def test_rows_and_counts_give_the_same_card_bit_for_bit(rows, model):
    names = list(TOPS)
    shuffled = rows.sample(frac=1.0, random_state=3)
    counts = rows.groupby([*names, "outcome"], dropna=False).size().reset_index(name="families")
    by_rows = model.fit(shuffled[names], shuffled["outcome"]).card_.to_json()
    by_counts = model.fit(counts[names], counts["outcome"], sample_weight=counts["families"]).card_.to_json()
    assert by_rows == by_counts


def test_a_card_keeps_to_its_size(rows):
    model = RiskCard(max_lines=4, max_points=3, monotone=True).fit(rows[list(TOPS)], rows["outcome"])
    assert 1 <= len(model.card_.lines) <= 4
    assert all(1 <= line.points <= 3 and line.side == ">=" for line in model.card_.lines)
    assert set(model.card_.stressors) <= set(TOPS)


def test_not_covered_never_scores(rows):
    model = RiskCard(monotone=False).fit(rows[list(TOPS)], rows["outcome"])
    assert model.points(pd.DataFrame(np.full((2, len(TOPS)), np.nan), columns=list(TOPS))).tolist() == [0, 0]


def test_a_line_needs_its_outcomes():
    levels = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    reported, others = np.array([20, 60, 3, 5]), np.array([980, 440, 2, 1])
    X, y = np.vstack([levels, levels]), np.repeat([1, 0], 4)
    weight = np.concatenate([reported, others])
    with_rare = RiskCard(monotone=True).fit(X, y, sample_weight=weight).card_
    without = RiskCard(monotone=True, min_outcomes=10).fit(X, y, sample_weight=weight).card_
    assert with_rare.stressors == ("x0", "x1")
    assert without.stressors == ("x0",)


def test_mean_risk_is_the_recorded_rate(rows):
    names = list(TOPS)
    for model in (RiskCard(monotone=True), StressorCount()):
        model.fit(rows[names], rows["outcome"])
        assert model.predict_proba(rows[names])[:, 1].mean() == pytest.approx(rows["outcome"].mean(), abs=1e-6)


def test_count_counts_stressors_with_a_level():
    X = pd.DataFrame({"a": [0, 1, 3, np.nan], "b": [0, 1, 0, 2]}, dtype=float)
    model = StressorCount().fit(X, [0, 1, 0, 1])
    assert model.points(X).tolist() == [0, 2, 1, 1]
    assert model.card_.lines == (Line("a", ">=", 1.0, 1), Line("b", ">=", 1.0, 1))


def test_the_value_and_the_estimator_agree(rows):
    names = list(TOPS)
    model = RiskCard(monotone=True).fit(rows[names], rows["outcome"])
    card = Card.from_json(model.card_.to_json())
    points = card.points({name: rows[name].to_numpy() for name in names})
    assert np.array_equal(points, model.points(rows[names]))
    np.testing.assert_allclose(card.risk(points), model.predict_proba(rows[names])[:, 1], rtol=1e-12)


def test_grid_search_over_size(rows):
    search = GridSearchCV(RiskCard(monotone=True), {"max_lines": [1, 8]}, scoring="roc_auc", cv=3)
    search.fit(rows[list(TOPS)], rows["outcome"])
    assert search.best_params_ == {"max_lines": 8}


def test_points_are_at_their_best_among_all_small_cards():
    """Brute force: with three lines and up to three points no other card has a lower deviance."""
    from riskscreen.scores.rounding import recalibrated, round_points
    from riskscreen.stats.logistic import fit_logistic

    rng = np.random.default_rng(2)
    design = np.array(list(itertools.product([0.0, 1.0], repeat=3)))
    total = rng.integers(200, 2_000, 8).astype(float)
    positive = np.round(total / (1 + np.exp(3.5 - design @ [0.9, 0.35, 1.4])))
    fitted = fit_logistic(design, positive, total, nonnegative=True)
    found = round_points(design, positive, total, fitted.coefficients, 3)
    everyone = [
        recalibrated((design @ points).astype(np.int64), positive, total, np.array(points)).deviance
        for points in itertools.product(range(4), repeat=3)
        if any(points)
    ]
    assert found.deviance == pytest.approx(min(everyone), abs=1e-6)


def test_weights_travel_through_pipeline_cross_validation_and_search(rows):
    """With metadata routing the weights of counts reach every fit and every score: the same figures as on rows."""
    names = list(TOPS)
    with config_context(enable_metadata_routing=True):
        card = RiskCard(max_lines=6, monotone=True).set_fit_request(sample_weight=True)
        pipe = Pipeline([("as they are", "passthrough"), ("card", card)])
        counts = rows.groupby([*names, "fold", "outcome"], dropna=False).size().reset_index(name="families")
        scorer = make_scorer(log_loss, response_method="predict_proba", greater_is_better=False).set_score_request(
            sample_weight=True
        )
        by_counts = cross_val_score(
            pipe,
            counts[names],
            counts["outcome"],
            cv=_by_fold(counts),
            scoring=scorer,
            params={"sample_weight": counts["families"].to_numpy(dtype=float)},
        )
        by_rows = cross_val_score(
            pipe,
            rows[names],
            rows["outcome"],
            cv=_by_fold(rows),
            scoring=scorer,
            params={"sample_weight": np.ones(len(rows))},
        )
        np.testing.assert_allclose(by_counts, by_rows, rtol=1e-10)
        search = GridSearchCV(pipe, {"card__max_lines": [1, 6]}, scoring=scorer, cv=_by_fold(counts))
        search.fit(counts[names], counts["outcome"], sample_weight=counts["families"].to_numpy(dtype=float))
    assert search.best_params_ == {"card__max_lines": 6}
    alone = RiskCard(max_lines=6, monotone=True).fit(rows[names], rows["outcome"])
    assert search.best_estimator_["card"].card_.to_json() == alone.card_.to_json()


def test_the_plain_count_takes_weights_in_a_search_too(rows):
    names = list(TOPS)
    with config_context(enable_metadata_routing=True):
        pipe = Pipeline([("count", StressorCount().set_fit_request(sample_weight=True))])
        scores = cross_val_score(
            pipe,
            rows[names],
            rows["outcome"],
            cv=3,
            scoring=get_scorer("roc_auc").set_score_request(sample_weight=True),
            params={"sample_weight": np.ones(len(rows))},
        )
    assert scores.min() > 0.6


def _by_fold(frame: pd.DataFrame) -> list[tuple[np.ndarray, np.ndarray]]:
    """Parts by the fold of the family: the same families on rows as on counts."""
    parts = [frame["fold"].isin(part).to_numpy() for part in ([0, 1, 2], [3, 4, 5], [6, 7, 8, 9])]
    return [(np.flatnonzero(~part), np.flatnonzero(part)) for part in parts]

"""The challenger through shap, and the familiar pictures: only profiles of released size, and sums that are right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from simulated_counts import TEST, TOPS, TRAIN, counts_frame, stressors

from riskscreen.explanation.explain import Explanation, explain
from riskscreen.records.card import Card, Line
from riskscreen.scores.challenger import Challenger, fit_challenger
from riskscreen.stats.rows import rows_of

CARD = Card("card", (Line("debt_arrears", ">=", 1.0, 2), Line("violence", ">=", 2.0, 5)), -4.0, 0.2)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    return counts_frame(6_000, 3)


@pytest.fixture(scope="module")
def challenger(counts) -> Challenger:
    return fit_challenger(rows_of(counts, tuple(TOPS)[:8], TRAIN), 1)


@pytest.fixture(scope="module")
def explanation(counts, challenger) -> Explanation:
    return explain(CARD, counts, stressors(), challenger=challenger)


def test_pictures_hold_only_profiles_of_released_size(counts, explanation):
    day = counts[pd.to_datetime(counts["index_date"]) == pd.Timestamp(TEST)]
    for found in (explanation.exact, explanation.tree):
        names = list(found.profiles.stressors)
        sizes = day.groupby(names, dropna=False)["families"].sum()
        assert len(found.profiles.families) == int((sizes >= 10).sum()) > 5
        assert found.profiles.families.min() >= 10
        assert sorted(found.profiles.families) == sorted(sizes[sizes >= 10])


def test_the_challengers_contributions_add_up_to_its_log_odds(challenger, explanation):
    tree = explanation.tree
    np.testing.assert_allclose(
        tree.base + tree.values.sum(axis=1), challenger.model.decision_function(tree.profiles.levels), atol=1e-5
    )


def test_challenger_table_is_weighted_by_families(explanation):
    tree, table = explanation.tree, explanation.challenger_contributions
    place = tree.profiles.stressors.index(str(table.rows[0][0]))
    expected = np.average(np.abs(tree.values[:, place]), weights=tree.profiles.families)
    assert table.rows[0][1] == pytest.approx(expected)
    assert table.values("mean_abs_shap") == sorted(table.values("mean_abs_shap"), reverse=True)


def test_pictures_are_pngs_and_the_same_each_time(explanation):
    first, again = explanation.pictures(), explanation.pictures()
    assert set(first) == {f"{kind}_{model}" for kind in ("beeswarm", "waterfall") for model in ("card", "challenger")}
    assert all(picture.startswith(PNG) for picture in first.values())
    assert first == again
    assert explanation.beeswarm(language="nl") != first["beeswarm_card"]
    assert explanation.bar(language="nl") != explanation.bar(language="en")


def test_pictures_leave_the_users_figures_and_random_numbers_alone(explanation):
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    mine = pyplot.figure()
    np.random.seed(5)
    expected = np.random.RandomState(5).random(3)
    explanation.beeswarm()
    assert pyplot.get_fignums() == [mine.number]
    assert np.array_equal(np.random.random(3), expected)
    pyplot.close(mine)

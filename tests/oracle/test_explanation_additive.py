"""Contributions of the card are those of shap's linear explainer, on the card's design and the same families."""

from __future__ import annotations

import numpy as np
import pytest
from simulated_counts import TEST, TOPS, counts_frame

from riskscreen.explanation.additive import additive_contributions
from riskscreen.explanation.challenger import quiet_shap
from riskscreen.records.card import Card, Line
from riskscreen.stats.rows import Rows, rows_of

SHORT = Card(
    "card",
    (
        Line("debt_arrears", ">=", 1.0, 2),
        Line("debt_arrears", ">=", 3.0, 1),
        Line("violence", ">=", 2.0, 5),
        Line("own_youth", "<=", 0.0, 3),
        Line("school", ">=", 1.0, 0),
    )[:4],
    -4.0,
    0.21,
)
LONG = Card(
    "card", tuple(Line(n, ">=", float(c), c + 1) for n, top in TOPS.items() for c in range(1, top + 1)), -5, 0.13
)
"""More lines than fit one code of sixteen."""


@pytest.fixture(scope="module")
def rows() -> Rows:
    return rows_of(counts_frame(4_000, 3), tuple(TOPS), (TEST,))


@pytest.mark.parametrize("card", [SHORT, LONG], ids=["short", "long"])
def test_contributions_are_those_of_shaps_linear_explainer(card, rows):
    assert np.isnan(rows.columns()["debt_arrears"]).any()
    found = additive_contributions(card, rows.columns(), rows.families)
    design = np.column_stack([line.holds(rows.columns()[line.stressor]) for line in card.lines]).astype(np.float64)
    background = np.repeat(design, rows.families.astype(int), axis=0)
    with quiet_shap() as shap:
        masker = shap.maskers.Independent(background, max_samples=len(background))
        weights = card.slope * np.array([line.points for line in card.lines])
        explainer = shap.LinearExplainer((weights, card.intercept), masker)
        by_line = explainer.shap_values(design)
    names = [line.stressor for line in card.lines]
    theirs = np.column_stack([by_line[:, [n == name for n in names]].sum(axis=1) for name in card.stressors])
    assert np.abs(found.written_out() - theirs).max() < 1e-9
    assert abs(found.base - float(explainer.expected_value)) < 1e-9


@pytest.mark.parametrize("card", [SHORT, LONG], ids=["short", "long"])
def test_whole_numbers_give_the_same_as_floats(card, rows):
    floats = additive_contributions(card, rows.columns(), rows.families)
    whole = {name: np.where(np.isnan(c), -1, c).astype(np.int8) for name, c in rows.columns().items()}
    found = additive_contributions(card, whole, rows.families)
    assert np.array_equal(found.written_out(), floats.written_out())
    assert found.base == floats.base

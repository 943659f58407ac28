"""Fairlearn's own cuts and reductions beside ours, on counts with known answers."""

from __future__ import annotations

import numpy as np
import pytest
from fairlearn.postprocessing import ThresholdOptimizer
from sklearn.linear_model import LogisticRegression

from riskscreen.fairness.proxies import steps_of
from riskscreen.fairness.reductions import _Given, drawn_families, reduction_chance, threshold_chance
from riskscreen.fairness.what_ifs import GroupRows, chance_within_groups, reweighing


def planted(seed: int = 1, rows: int = 4_000) -> tuple[GroupRows, np.ndarray]:
    """Two groups with other rates; stressor 0 tells of the outcome, stressor 1 is the group with noise."""
    rng = np.random.default_rng(seed)
    group = rng.integers(2, size=rows)
    need = rng.random(rows)
    levels = np.column_stack([np.floor(need * 4), np.where(rng.random(rows) < 0.1, 1 - group, group)])
    outcome = (rng.random(rows) < 0.05 + 0.3 * need + 0.15 * group).astype(float)
    score = 0.05 + 0.3 * (levels[:, 0] + 0.5) / 4 + 0.15 * levels[:, 1]
    return GroupRows(levels, group, outcome, np.ones(rows)), score


def rates(chance: np.ndarray, rows: GroupRows, outcome: int | None = None) -> np.ndarray:
    weight = rows.families * (1.0 if outcome is None else rows.outcome == outcome)
    return np.bincount(rows.group, weight * chance) / np.bincount(rows.group, weight)


def test_a_cut_per_group_selects_as_fairlearn_does_at_its_share() -> None:
    """At the share that Fairlearn's optimizer chose, our cuts give each group that share, and the same families."""
    rows, score = planted()
    model = ThresholdOptimizer(
        estimator=_Given(),
        constraints="demographic_parity",
        objective="balanced_accuracy_score",
        prefit=True,
        predict_method="predict",
    )
    model.fit(score[:, None], rows.outcome.astype(int), sensitive_features=rows.group)
    theirs = np.zeros(len(score))
    for group, cut in model.interpolated_thresholder_.interpolation_dict.items():
        own = rows.group == group
        theirs[own] = cut["p0"] * cut["operation0"](score[own]) + cut["p1"] * cut["operation1"](score[own])
    shares = rates(theirs, rows)
    ours = chance_within_groups(score, rows.group, rows.families, shares)
    assert shares[0] == pytest.approx(shares[1], abs=1e-3)
    assert ours == pytest.approx(theirs, abs=1e-9)


def test_the_threshold_optimizer_brings_both_rates_together() -> None:
    rows, score = planted(rows=20_000)
    before = rates((score > 0.3).astype(float), rows, 1)
    chance = threshold_chance(score, rows, score, rows.group, cost=0.3, seed=1)
    assert abs(np.diff(before)[0]) > 0.2
    for outcome in (0, 1):
        assert abs(np.diff(rates(chance, rows, outcome))[0]) < 0.03


@pytest.mark.parametrize("constraint", ["demographic_parity", "equalized_odds"])
def test_a_reduction_brings_groups_together_without_reading_them_again(constraint: str) -> None:
    rows, _ = planted()
    plain = LogisticRegression().fit(steps_of(rows.levels), rows.outcome)
    risk = plain.predict_proba(steps_of(rows.levels))[:, 1]
    before = rates((risk > 0.3).astype(float), rows)
    chance = reduction_chance(
        rows, rows.levels, estimator=LogisticRegression(), constraint=constraint, cost=0.3, seed=1
    )  # type: ignore[arg-type]
    after = rates(chance, rows)
    assert abs(np.diff(before)[0]) > 0.15
    assert abs(np.diff(after)[0]) < 0.05
    for profile in np.unique(rows.levels, axis=0):
        assert len(np.unique(chance[(rows.levels == profile).all(axis=1)])) == 1


def test_families_are_all_drawn_or_so_many_by_lot() -> None:
    families = np.array([5.0, 0.0, 15.0])
    assert np.bincount(drawn_families(families, 20, 1), minlength=3).tolist() == [5, 0, 15]
    some = np.bincount(drawn_families(families, 8, 1), minlength=3)
    assert some.sum() == 8
    assert (some <= families).all()


def test_reweighing_equals_the_formula_of_kamiran_and_calders() -> None:
    """Their running example: weight of (group, class) is P(group) P(class) / P(group, class)."""
    group, outcome = np.array([0, 0, 1, 1]), np.array([1.0, 0.0, 1.0, 0.0])
    families = np.array([2.0, 3.0, 4.0, 1.0])
    assert reweighing(group, outcome, families) == pytest.approx([5 * 6 / 10 / 2, 5 * 4 / 10 / 3, 5 * 6 / 10 / 4, 2.0])

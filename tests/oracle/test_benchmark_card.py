"""The intervals that the card's benchmark prints, judged where the true difference is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from benchmarks.card import CROSS_FITTED_BELOW, DEVELOPED_ON, aurocs, differences, measured, of_public, of_world

SEED = 20260101
REPEATS = 1500
NAMES = ("auroc_minus.peer", "brier_minus.peer", "logloss_minus.peer")
LEAST, MOST = 0.935, 0.965
"""Shares that must hold the truth: the goals of the library for differences. 95% is stated."""


def test_figures_on_draws_equal_sklearn_on_the_drawn_rows():
    rng = np.random.default_rng(SEED)
    block = rng.integers(0, 12, 300)
    risk = np.round(rng.random(300), 1) * 0.9 + 0.05  # with ties
    outcome = (rng.random(300) < risk).astype(float)
    drawn = rng.multinomial(12, np.full(12, 1 / 12), size=4).astype(float)
    found = measured(outcome, risk, drawn, block)
    for place, weight in enumerate(drawn[:, block]):
        assert found["auroc"][place] == pytest.approx(roc_auc_score(outcome, risk, sample_weight=weight), abs=1e-12)
        assert found["brier"][place] == pytest.approx(brier_score_loss(outcome, risk, sample_weight=weight), abs=1e-12)
        assert found["logloss"][place] == pytest.approx(log_loss(outcome, risk, sample_weight=weight), abs=1e-12)


def test_a_draw_without_rows_of_both_kinds_has_no_auroc():
    outcome, risk = np.array([1.0, 0.0, 0.0]), np.array([0.3, 0.2, 0.3])
    found = aurocs(outcome, risk, np.array([[1.0, 1.0, 1.0], [0.0, 2.0, 1.0]]), np.arange(3))
    np.testing.assert_array_equal(found, [0.75, np.nan])


def test_every_row_of_a_small_table_is_judged_once_by_a_card_fitted_without_it():
    table = pd.DataFrame({"row": np.arange(569.0), "outcome": np.arange(569) % 2})
    parts = of_public("small", table).parts
    assert sorted(np.concatenate([part.test["row"] for part in parts])) == list(range(569))
    for part in parts:
        assert not set(part.test["row"]) & set(part.train["row"])
        assert len(part.test) + len(part.train) == 569
        assert list(part.block) == list(part.test["row"])  # every row is drawn on its own
    (large,) = of_public("large", pd.DataFrame({"outcome": np.zeros(CROSS_FITTED_BELOW)})).parts
    assert (len(large.test), len(large.train)) == (600, 1400)


def test_a_world_is_judged_on_a_later_date_and_other_families_by_neighbourhood():
    counts = pd.DataFrame(
        {
            "index_date": pd.to_datetime(["2021-01-01", "2022-01-01", "2022-01-01", "2022-01-01"]),
            "fold": [0, 8, 9, 1],
            "area_block": ["A", "A", "B", "B"],
            "debt": [0, 1, 2, 3],
            "outcome": [0, 1, 0, 0],
            "families": [5, 2, 3, 4],
        }
    )
    (part,) = of_world("small", counts).parts
    assert list(part.train["debt"]) == [0.0] * 5
    assert sorted(zip(part.test["debt"], part.block, strict=True)) == [(1.0, 0)] * 2 + [(2.0, 1)] * 3


def test_one_public_table_was_not_developed_on():
    assert "election" not in DEVELOPED_ON


def _true_differences(own: np.ndarray, peer: np.ndarray, chance: np.ndarray, share: np.ndarray) -> tuple[float, ...]:
    """Ours minus the peer's in the whole population: kinds of rows with a chance of the outcome and a share each."""
    found = []
    for risk in (own, peer):
        weights = np.concatenate([share * chance, share * (1 - chance)])
        outcome, both = np.repeat([1.0, 0.0], len(share)), np.tile(risk, 2)
        found.append(
            (
                roc_auc_score(outcome, both, sample_weight=weights),
                brier_score_loss(outcome, both, sample_weight=weights),
                log_loss(outcome, both, sample_weight=weights),
            )
        )
    return tuple(np.subtract(*found))


def _kinds(rate: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A population of 256 kinds of rows (eight lines that hold or not), and two cards with other points.

    Ours has all eight lines, the peer six of them with rounder points: correlated, of unequal quality, and both wrong.
    """
    lines = (np.arange(256)[:, None] >> np.arange(8)) & 1
    share = np.prod(np.where(lines == 1, np.linspace(0.1, 0.45, 8), 1 - np.linspace(0.1, 0.45, 8)), axis=1)
    effects = np.array([1.4, 0.5, 1.1, 0.8, 0.3, 0.9, 0.4, 0.7])
    base = np.log(rate / (1 - rate)) - 1.2

    def risk(weights: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(base + lines @ weights)))

    own = 0.3 * np.array([5, 2, 4, 3, 1, 3, 1, 2])
    peer = 0.6 * np.array([2, 0, 2, 2, 0, 1, 1, 1])
    return risk(own), risk(peer), risk(effects), share


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "rate"), [(400, 0.37)])
def test_intervals_of_a_public_table_hold_the_true_difference_as_often_as_they_say(rows, rate):
    """Rows are independent. Seed above; 1,500 tables each, so a share is known to 0.6 percent points."""
    own, peer, chance, share = _kinds(rate)
    truth = _true_differences(own, peer, chance, share)
    rng = np.random.default_rng([SEED, rows])
    held = np.zeros(3)
    for _ in range(REPEATS):
        kind = rng.choice(256, size=rows, p=share / share.sum())
        outcome = (rng.random(rows) < chance[kind]).astype(float)
        held += _held(differences(outcome, own[kind], {"peer": peer[kind]}, np.arange(rows)), truth)
    _judge(held / REPEATS)


@pytest.mark.slow
@pytest.mark.parametrize("neighbourhoods", [20, 60])
def test_intervals_of_a_world_hold_the_true_difference_as_often_as_they_say(neighbourhoods):
    """Families of one neighbourhood are alike: its rate differs (log-odds, 0.4), and so does what is common there.

    20 is the number of the small world. The truth is that of the population of all such neighbourhoods.
    """
    own, peer, chance, share = _kinds(0.05)
    log_odds = np.log(chance / (1 - chance))
    tilt = ((np.arange(256) >> 7) & 1) - ((np.arange(256) >> 2) & 1)
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    lived = np.exp(0.5 * np.outer(nodes, tilt)) * share
    lived = (weights / weights.sum())[:, None] * lived / lived.sum(axis=1, keepdims=True)
    rated = 1 / (1 + np.exp(-(log_odds[None, :] + 0.4 * nodes[:, None])))
    common, rate = lived.sum(axis=0), (lived * rated).sum(axis=0) / lived.sum(axis=0)
    truth = _true_differences(own, peer, rate, common)
    rng = np.random.default_rng([SEED, neighbourhoods])
    held = np.zeros(3)
    for _ in range(REPEATS):
        shift = rng.standard_normal(neighbourhoods)
        mix = np.exp(0.5 * np.outer(shift, tilt)) * share
        kinds = [rng.choice(256, size=100, p=one / one.sum()) for one in mix]
        kind, block = np.concatenate(kinds), np.repeat(np.arange(neighbourhoods), 100)
        outcome = (rng.random(len(kind)) < 1 / (1 + np.exp(-(log_odds[kind] + 0.4 * shift[block])))).astype(float)
        held += _held(differences(outcome, own[kind], {"peer": peer[kind]}, block), truth)
    _judge(held / REPEATS)


def _held(found, truth: tuple[float, ...]) -> np.ndarray:
    by_name = dict(found)
    return np.array([by_name[name].low <= true <= by_name[name].high for name, true in zip(NAMES, truth, strict=True)])


def _judge(coverage: np.ndarray) -> None:
    assert np.all((coverage >= LEAST) & (coverage <= MOST)), dict(zip(NAMES, coverage.round(4), strict=True))

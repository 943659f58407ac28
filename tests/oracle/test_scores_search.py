"""The card's search beside brute force, and its tables beside the plain matrices they stand for."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from riskscreen.scores.everything import fit_every_line
from riskscreen.scores.lines import (
    candidate_lines,
    exchange_promises,
    fit_patterns,
    fit_with,
    score_tests,
    select_lines,
)
from riskscreen.scores.patterns import cross, group
from riskscreen.scores.rounding import recalibrated, round_points
from riskscreen.stats.histograms import fit_histograms
from riskscreen.stats.logistic import expit, fit_logistic
from riskscreen.stats.profiles import UniqueProfiles, profile_codes, unique_profiles

RIDGE = 4.0


def simulated(seed: int, stressors: int = 5, families: int = 3_000) -> UniqueProfiles:
    """Profiles of stressors with three levels that go together; some are not covered."""
    rng = np.random.default_rng(seed)
    burden = rng.normal(size=families)
    latent = 0.6 * burden[:, None] + rng.normal(size=(families, stressors))
    levels = (latent > 0.8).astype(float) + (latent > 1.6)
    levels[rng.random(families) < 0.1, 0] = np.nan
    logits = -2.5 + np.nan_to_num(levels) @ rng.uniform(0.0, 0.9, stressors)
    return unique_profiles(levels, (rng.random(families) < expit(logits)).astype(float), np.ones(families))


def plain_design(profiles: UniqueProfiles, monotone: bool = True) -> np.ndarray:
    """Every candidate line as a column of 0 and 1."""
    candidates, _ = candidate_lines(profiles, monotone=monotone, max_cuts=10, min_outcomes=0)
    return np.column_stack([candidate.holds(profiles.levels) for candidate in candidates]).astype(float)


def test_points_against_every_card_with_up_to_four_lines_and_three_points():
    """The search finds the best of all point vectors in all 24 problems (and in 60, when this was written)."""
    lost = []
    for seed in range(24):
        rng = np.random.default_rng(seed)
        size = int(rng.integers(2, 5))
        design = np.array(list(itertools.product([0.0, 1.0], repeat=size)))
        total = rng.integers(50, 2_000, len(design)).astype(float)
        positive = rng.binomial(total.astype(int), expit(design @ rng.uniform(0.1, 1.6, size) - 3.0)).astype(float)
        fitted = fit_logistic(design, positive, total, nonnegative=True)
        found = round_points(design, positive, total, fitted.coefficients, 3)
        every = [np.array(points) for points in itertools.product(range(4), repeat=size) if any(points)]
        best = min(recalibrated((design @ one).astype(int), positive, total, one).deviance for one in every)
        null = fit_logistic(np.zeros((len(total), 0)), positive, total).deviance
        lost.append((found.deviance - best) / (null - best))
    equal = sum(one < 1e-6 for one in lost)
    assert equal == 24, f"equal to the best of all cards in {equal} of 24; largest gap {max(lost):.5f}"


def test_lines_against_every_choice_of_three():
    """In 12 problems with ten candidates no other three lines have a lower penalised deviance."""
    lost = []
    for seed in range(12):
        profiles = simulated(seed)
        design, (_, holdings) = (
            plain_design(profiles),
            candidate_lines(profiles, monotone=True, max_cuts=10, min_outcomes=0),
        )
        found = select_lines(holdings, max_lines=3, min_gain=0.0, ridge=RIDGE).fit.objective
        fits = (
            fit_logistic(design[:, list(some)], profiles.positive, profiles.total, ridge=RIDGE, nonnegative=True)
            for some in itertools.combinations(range(design.shape[1]), 3)
        )
        lost.append(found - min(fit.objective for fit in fits))
    equal = sum(one < 1e-4 for one in lost)
    assert equal == 12, f"equal to the best of all choices in {equal} of 12; largest loss {max(lost):.3f}"


@pytest.mark.parametrize("monotone", [True, False])
def test_families_per_pattern_are_those_of_the_plain_matrices(monotone):
    profiles = simulated(3)
    design = plain_design(profiles, monotone)
    _, holdings = candidate_lines(profiles, monotone=monotone, max_cuts=10, min_outcomes=0)
    chosen = (1, 4, 7)
    crossed = cross(holdings, group(holdings, chosen))
    for place, pattern in enumerate(crossed.patterns):
        here = (design[:, chosen] == pattern).all(axis=1)
        assert crossed.total[place] == profiles.total[here].sum()
        assert crossed.positive[place] == profiles.positive[here].sum()
        np.testing.assert_array_equal(crossed.line_total[:, place], profiles.total[here] @ design[here])
        np.testing.assert_array_equal(crossed.line_positive[:, place], profiles.positive[here] @ design[here])
    assert crossed.total.sum() == profiles.total.sum()


def test_a_fit_with_one_more_line_is_the_fit_on_all_profiles():
    profiles = simulated(4)
    design, (_, holdings) = (
        plain_design(profiles),
        candidate_lines(profiles, monotone=True, max_cuts=10, min_outcomes=0),
    )
    crossed = cross(holdings, group(holdings, (0, 3)))
    small = fit_logistic(crossed.patterns, crossed.positive, crossed.total, ridge=RIDGE, nonnegative=True)
    for line in (1, 5, 8):
        plain = fit_logistic(design[:, [0, 3, line]], profiles.positive, profiles.total, ridge=RIDGE, nonnegative=True)
        found = fit_with(crossed, (0, 1), line, small, RIDGE)
        assert found.objective == pytest.approx(plain.objective, abs=1e-6)
        np.testing.assert_allclose(found.coefficients, plain.coefficients, atol=1e-4)


def test_score_tests_promise_about_what_a_fit_brings():
    profiles = simulated(5)
    _, holdings = candidate_lines(profiles, monotone=True, max_cuts=10, min_outcomes=0)
    crossed = cross(holdings, group(holdings, (0, 3)))
    small = fit_logistic(crossed.patterns, crossed.positive, crossed.total, ridge=RIDGE, nonnegative=True)
    promised = score_tests(crossed, small, RIDGE)
    for line in np.flatnonzero(promised > 0):
        brought = small.objective - fit_with(crossed, (0, 1), int(line), small, RIDGE).objective
        assert promised[line] == pytest.approx(brought, rel=0.25, abs=0.5)
    assert promised[0] == promised[3] == -1


def test_an_exchange_promises_about_what_a_fit_brings():
    profiles = simulated(5)
    _, holdings = candidate_lines(profiles, monotone=True, max_cuts=10, min_outcomes=0)
    crossed = cross(holdings, group(holdings, (0, 3, 5)))
    whole = fit_logistic(crossed.patterns, crossed.positive, crossed.total, ridge=RIDGE, nonnegative=True)
    promised = exchange_promises(crossed, whole, RIDGE)
    for place in range(3):
        rest = tuple(other for other in range(3) if other != place)
        without = fit_patterns(crossed, rest, RIDGE, whole)
        brought = without.objective - whole.objective
        for line in np.flatnonzero(promised[place] > 0):
            found = without.objective - fit_with(crossed, rest, int(line), without, RIDGE).objective
            assert promised[place, line] * brought == pytest.approx(found, rel=0.25, abs=0.1 * brought)
        assert (promised[place, [0, 3, 5]] == -1).all()


def test_a_search_that_tries_few_finds_what_trying_everything_finds(monkeypatch):
    for seed in range(8):
        profiles = simulated(seed)
        _, holdings = candidate_lines(profiles, monotone=True, max_cuts=10, min_outcomes=0)
        few = select_lines(holdings, max_lines=6, min_gain=6.63, ridge=RIDGE)
        with monkeypatch.context() as every:
            every.setattr("riskscreen.scores.lines._TRIED", holdings.lines)
            every.setattr("riskscreen.scores.lines._HOPEFUL", 0.0)
            all_tried = select_lines(holdings, max_lines=6, min_gain=6.63, ridge=RIDGE)
        assert few.fit.objective == pytest.approx(all_tried.fit.objective, abs=1e-6)


def test_the_fit_of_every_line_is_the_plain_fit():
    profiles = simulated(6)
    design, (_, holdings) = (
        plain_design(profiles),
        candidate_lines(profiles, monotone=True, max_cuts=10, min_outcomes=0),
    )
    plain = fit_logistic(design, profiles.positive, profiles.total, ridge=RIDGE, nonnegative=True)
    null = fit_logistic(design[:, :0], profiles.positive, profiles.total)
    start = np.zeros(design.shape[1] + 1)
    start[0] = null.intercept
    explained = null.objective - plain.objective
    found = fit_every_line(holdings, start, RIDGE, explained)
    assert plain.objective - 1e-6 <= found <= plain.objective + 1e-3 * explained


def test_many_small_fits_are_the_fits_one_by_one():
    rng = np.random.default_rng(7)
    total = rng.integers(0, 400, (30, 9)).astype(float)
    positive = rng.binomial(total.astype(int), expit(-3 + 0.4 * np.arange(9))).astype(float)
    penalty = rng.uniform(0.1, 20.0, 30)
    many = fit_histograms(positive, total, penalty, (-2.0, 0.1))
    for place in range(30):
        one = fit_logistic(np.arange(9.0)[:, None], positive[place], total[place], ridge=float(penalty[place]))
        assert many.objective[place] == pytest.approx(one.objective, abs=1e-5)
        assert many.slope[place] == pytest.approx(one.coefficients[0], abs=1e-4)


@pytest.mark.parametrize("step", [1.0, 0.5])
def test_codes_of_profiles_follow_their_order(step):
    rng = np.random.default_rng(8)
    levels = rng.integers(-2, 3, (500, 45)) * np.where(np.arange(45) % 3 == 0, step, 1.0)
    levels[rng.random(levels.shape) < 0.1] = np.nan
    levels = np.vstack([levels, levels[:50]])
    rows = np.where(np.isnan(levels), -9.0, levels)  # not covered sorts first
    _, plain = np.unique(rows, axis=0, return_inverse=True)
    _, ours = np.unique(profile_codes(levels), return_inverse=True)
    np.testing.assert_array_equal(ours, plain.ravel())

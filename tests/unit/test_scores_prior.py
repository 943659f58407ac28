"""How many lines a card gets: the rule, its standard error, and the path along which a card grows."""

from __future__ import annotations

import numpy as np
import pytest
from simulated_counts import EFFECTS, TOPS, TRAIN, counts_frame

from riskscreen.scores.fit import prior_of
from riskscreen.scores.lines import candidate_lines, fit_with, growing_path, select_lines
from riskscreen.scores.patterns import cross, group
from riskscreen.scores.prior import Size, fewest, standard_error
from riskscreen.settings import Scores
from riskscreen.stats.logistic import fit_logistic
from riskscreen.stats.profiles import unique_profiles
from riskscreen.stats.rows import rows_of

NAMES = tuple(TOPS)


@pytest.fixture(scope="module")
def counts():
    """8,000 families on four dates; eleven of eighteen stressors have an effect."""
    return counts_frame(8_000, 5, base=-4.0)


@pytest.fixture(scope="module")
def holdings(counts):
    rows = rows_of(counts, NAMES, TRAIN, folds=range(7))
    profiles = unique_profiles(rows.levels, rows.outcome, rows.families)
    return candidate_lines(profiles, monotone=True, max_cuts=20, min_outcomes=10)[1]


@pytest.fixture(scope="module")
def found(counts):
    return prior_of(counts, NAMES, TRAIN, range(7), Scores(max_lines=16))


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ([(1, 0.30, 0.01), (2, 0.20, 0.02), (3, 0.19, 0.005), (4, 0.18, 0.0)], 2),  # just within one error
        ([(1, 0.30, 0.01), (2, 0.20, 0.01), (3, 0.19, 0.005), (4, 0.18, 0.0)], 4),
        ([(1, 0.30, 0.01), (2, 0.18, 0.0), (3, 0.19, 0.005)], 2),  # the lowest itself
        ([(0, 0.2, 0.0), (1, 0.2, 0.0)], 0),
    ],
)
def test_the_fewest_lines_within_one_standard_error_of_the_lowest(sizes, chosen):
    assert fewest(tuple(Size(*size) for size in sizes)) == chosen


def test_the_standard_error_is_that_of_neighbourhoods_drawn_again_and_again():
    rng = np.random.default_rng(3)
    families = rng.integers(50, 400, 200).astype(float)
    sums = families * rng.normal(0.02, 0.1, 200)
    drawn = rng.multinomial(200, np.full(200, 1 / 200), size=20_000)
    spread = np.std((drawn @ sums) / (drawn @ families))
    assert standard_error(sums, families) == pytest.approx(spread, rel=0.03)
    assert standard_error(0.02 * families, families) == pytest.approx(0.0, abs=1e-12)


def test_the_path_is_a_card_that_grows(holdings):
    """Every size is the fit of its lines, the objective falls by at least what a line must bring, and sizes nest."""
    path = growing_path(holdings, max_lines=6, min_gain=6.63, ridge=4.0)
    assert len(path.fits) == len(path.order) + 1 == 7
    objectives = [fit.objective for fit in path.fits]
    assert np.all(-np.diff(objectives) >= 6.63)
    for size in (1, 4, 6):
        crossed = cross(holdings, group(holdings, path.order[:size]))
        alone = fit_logistic(crossed.patterns, crossed.positive, crossed.total, ridge=4.0, nonnegative=True)
        np.testing.assert_allclose(path.fits[size].coefficients, alone.coefficients, atol=1e-4)
    whole = select_lines(holdings, max_lines=6, min_gain=6.63, ridge=4.0)
    assert whole.fit.objective <= objectives[-1] + 1e-6  # exchanges only make it better


def test_a_fit_that_is_given_up_could_not_have_come_below(holdings):
    """With any border, what is given up ends above it, and what comes below it is what it would have been."""
    crossed = cross(holdings, group(holdings, growing_path(holdings, max_lines=3, min_gain=0, ridge=4.0).order))
    places = (0, 1, 2)
    fit = fit_logistic(crossed.patterns, crossed.positive, crossed.total, ridge=4.0, nonnegative=True)
    for line in range(holdings.lines):
        if line in crossed.chosen:
            continue
        whole = fit_with(crossed, places, line, fit, 4.0)
        for border in whole.objective + np.array([-5.0, -0.5, -0.01, 0.01, 0.5, 5.0]):
            found = fit_with(crossed, places, line, fit, 4.0, border)
            if whole.objective < border:
                assert found.objective == pytest.approx(whole.objective, abs=1e-9)
            else:
                assert found.objective > border


def test_the_size_stands_in_the_ledger_with_the_whole_curve(found):
    told = found.to_dict()
    assert found.lines == fewest(found.sizes) <= 16
    assert told["lines"] == found.lines
    assert list(told["lines_log_loss"]) == list(told["lines_standard_error"]) == [str(one.lines) for one in found.sizes]
    lowest = min(found.sizes, key=lambda size: size.loss)
    assert lowest.error == 0.0


def test_about_as_many_lines_as_there_are_effects(found):
    """Too few lose log-loss that can be seen; lines without an effect do not pay."""
    assert 6 <= found.lines <= np.count_nonzero(EFFECTS) + 4  # a stressor with levels may have two lines
    losses = {size.lines: size.loss for size in found.sizes}
    assert losses[found.lines] < losses[3] < losses[0]

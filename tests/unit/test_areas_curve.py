"""The curve of what each way of choosing covers, and shares too coarse to tell a few."""

from __future__ import annotations

import numpy as np
import pytest

from riskscreen.areas.curve import SHARES, Covered, by_lot, covered, curve_table, ladder
from riskscreen.errors import UsageError
from riskscreen.stats.coarse import coarse_share

RNG = np.random.default_rng(7)
ORDER = RNG.integers(0, 5, 400).astype(float)
FAMILIES = RNG.integers(1, 6, 400).astype(float)
FOUND = RNG.binomial(FAMILIES.astype(int), 0.05 + 0.05 * ORDER).astype(float)
WIJK = [f"W{number:02d}" for number in RNG.integers(0, 12, 400)]
LADDER = ladder("count", ORDER, FAMILIES, FOUND, WIJK)


def by_families(share: float) -> float:
    """One family after the other, those of a tied step each for the share of it that is approached."""
    left, reached = share * FAMILIES.sum(), 0.0
    for step in sorted(set(ORDER), reverse=True):
        size, found = FAMILIES[step == ORDER].sum(), FOUND[step == ORDER].sum()
        taken = min(left, size)
        reached, left = reached + found * taken / size, left - taken
    return reached / FOUND.sum()


@pytest.mark.parametrize("share", SHARES)
def test_the_curve_is_what_approaching_step_by_step_gives(share: float) -> None:
    assert covered(LADDER).at(share) == pytest.approx(by_families(share))


def test_everybody_covers_everything_and_nobody_nothing() -> None:
    found = covered(LADDER, (0.0, 1.0))
    assert (found.at(0.0), found.at(1.0)) == (0.0, 1.0)


def test_by_lot_a_share_covers_itself() -> None:
    random, universal = by_lot()
    assert np.array_equal(random.value, np.asarray(SHARES))
    assert (universal.at(1.0), np.isnan(universal.at(0.5))) == (1.0, True)


def test_intervals_draw_wijken_and_say_nothing_with_fewer_than_five() -> None:
    found = covered(LADDER)
    inner = (found.value > 0) & (found.value < 1)
    assert (found.low[inner] < found.value[inner]).all()
    assert (found.high[inner] > found.value[inner]).all()
    few = covered(ladder("count", ORDER, FAMILIES, FOUND, [name[:2] for name in WIJK]))
    assert np.isnan(few.low).all()


def test_the_standard_error_of_draws_is_that_of_a_ratio_of_totals_by_wijk() -> None:
    """Linearised (Taylor) variance of a ratio over clusters drawn with replacement, at the border of a step."""
    top = ORDER.max() == ORDER
    share = FAMILIES[top].sum() / FAMILIES.sum()
    wijken = sorted(set(WIJK))
    here = np.array([[name == wijk for name in WIJK] for wijk in wijken])
    one, all_ = here @ (FOUND * top), here @ FOUND
    residual = (one - one.sum() / all_.sum() * all_) / all_.sum()
    # approaching a fixed share of families moves the border along with the wijken drawn
    size = here @ (FAMILIES * top), here @ FAMILIES
    next_ = sorted(set(ORDER))[-2] == ORDER
    slope = (FOUND[next_].sum() / FAMILIES[next_].sum() + FOUND[top].sum() / FAMILIES[top].sum()) / 2
    residual -= slope * (size[0] - share * size[1]) / all_.sum()
    expected = np.sqrt(len(wijken) / (len(wijken) - 1) * (residual**2).sum())
    found = covered(LADDER, (share,), draws=4000)
    from scipy.stats import t

    assert (found.high - found.value)[0] / t.ppf(0.975, len(wijken) - 1) == pytest.approx(expected, rel=0.15)


def test_nothing_to_cover_is_told() -> None:
    with pytest.raises(UsageError, match="no outcome to cover"):
        covered(ladder("count", ORDER, FAMILIES, np.zeros(400), WIJK))


def test_two_neighbouring_points_never_tell_fewer_than_ten_outcomes() -> None:
    """Each rounded share is good for a range of at least ten outcomes; so is their difference."""
    outcomes = int(FOUND.sum())
    rows = curve_table([covered(LADDER), *by_lot()], int(FAMILIES.sum()), outcomes).records()
    drawn = [float(row["covered"]) for row in rows if row["method"] == "count"]  # type: ignore[arg-type]
    steps = np.round(np.diff(np.unique(drawn)), 6)
    assert (steps * outcomes >= 10 - 1e-9).all()


@pytest.mark.parametrize("base", [50, 99, 100, 640, 999, 1000, 5000, 59_357])
def test_a_coarse_share_is_that_of_at_least_ten_different_counts(base: int) -> None:
    told: dict[float, int] = {}
    for count in range(base + 1):
        value = coarse_share(count / base, base)
        assert value is not None
        assert abs(value - count / base) <= 0.1 + 1e-9
        told[value] = told.get(value, 0) + 1
    inner = [number for value, number in told.items() if 0 < value < 1]
    assert min(inner) >= 10
    assert min(told.values()) >= 5  # none and all stand for half a step


def test_a_share_of_very_few_is_not_told() -> None:
    assert coarse_share(0.5, 49) is None


def test_at_names_the_share() -> None:
    one = Covered("count", np.array([0.1, 0.2]), np.array([0.3, 0.4]), np.zeros(2), np.ones(2))
    assert one.at(0.2) == 0.4

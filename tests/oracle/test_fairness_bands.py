"""Groups at every threshold: counted right, valued as the metrics say, and covered as often as promised."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskscreen.errors import UsageError
from riskscreen.fairness import audit, bands
from riskscreen.fairness.bands import AT_A_THRESHOLD, Histograms, histograms_of
from riskscreen.fairness.metrics import values_of
from riskscreen.fairness.thresholds import compare_thresholds

SAMPLES = 2000


def town(seed: int, neighbourhoods: int = 90, families: int = 8000) -> pd.DataFrame:
    """Families with two attributes, points and an outcome; neighbourhoods differ."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, neighbourhoods, families)
    need = rng.gamma(10, 0.1, neighbourhoods)[place]
    points = np.minimum(rng.poisson(3 * need), 9)
    return pd.DataFrame(
        {
            "block": place,
            "form": rng.choice(["couple", "single", "step"], families, p=[0.6, 0.3, 0.1]),
            "origin": rng.choice(["a", "b"], families, p=[0.7, 0.3]),
            "points": points,
            "outcome": (rng.random(families) < 0.02 + 0.02 * points).astype(int),
        }
    )


def test_counts_are_those_of_a_cross_table_for_attributes_and_pairs():
    frame = town(1)
    found = compare_thresholds(frame, outcome="outcome", by=["form", "origin"], points="points", block="block")
    assert [band.attribute for band in found if band.metric == "selection_rate"] == ["form", "origin", "form × origin"]
    both = next(band for band in found if band.attribute == "form × origin" and band.metric == "true_positive_rate")
    for place, name in enumerate(both.groups):
        form, origin = name.split(" × ")
        own = frame[(frame["form"] == form) & (frame["origin"] == origin) & (frame["outcome"] == 1)]
        for at, threshold in enumerate(both.thresholds):
            assert both.value[place, at] == pytest.approx((own["points"] >= threshold).mean(), abs=1e-12)
            assert both.denominator[place, at] == len(own)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 6))
def test_every_value_is_that_of_the_metric_also_with_empty_and_single_groups(seed: int, groups: int, scores: int):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.choice([0.0, 0.3, 4.0], size=(12, groups, 1, 1)), size=(12, groups, scores, 2))
    histograms = Histograms("any", tuple(map(str, range(groups))), np.arange(scores, dtype=float), counts)
    for band in bands.bands([histograms], replicates=100, minimum=1):
        for at in range(scores):
            above = counts.sum(axis=0)[:, at:].sum(axis=1)
            cells = np.stack([counts.sum(axis=(0, 2)) - above, above], axis=1)
            expected = values_of(band.metric, cells)
            np.testing.assert_allclose(band.value[:, at], expected, atol=1e-12)
            known = expected[~np.isnan(expected)]
            if len(known) > 1:
                assert band.difference[at] == pytest.approx(np.ptp(known), abs=1e-12)
                assert band.difference_low[at] <= band.difference[at] + 1e-9 <= band.difference_high[at] + 2e-9
            else:
                assert np.isnan(band.difference[at])
        low, high, value = (part[~np.isnan(band.value)] for part in (band.low, band.high, band.value))
        assert (low <= value + 1e-12).all()
        assert (value <= high + 1e-12).all()


def test_own_intervals_are_about_those_of_the_audit():
    frame = town(2)
    frame["selected"] = (frame["points"] >= 5).astype(int)
    audited = audit(frame, outcome="outcome", selected="selected", by=["form"], block="block")
    found = compare_thresholds(frame, outcome="outcome", by=["form"], points="points", block="block", pairs=False)
    for band in found:
        at = int(np.searchsorted(band.thresholds, 5))
        for place, group in enumerate(band.groups):
            row = next(row for row in audited.rows if row.group == group)
            own = next(item for item in row.estimates if item.metric == band.metric)
            assert band.value[place, at] == pytest.approx(own.value, abs=1e-12)
            assert band.high[place, at] - band.low[place, at] == pytest.approx(own.high - own.low, rel=0.15)


def test_random_groups_of_neighbourhoods_have_the_spread_of_the_neighbourhoods(monkeypatch):
    frame = town(3, neighbourhoods=3000, families=60_000)
    asked = {"outcome": "outcome", "by": ["form"], "points": "points", "block": "block", "replicates": 4000}
    grouped = compare_thresholds(frame, **asked)
    monkeypatch.setattr(bands, "MOST_DRAWN", 5000)
    for one, other in zip(grouped, compare_thresholds(frame, **asked), strict=True):
        np.testing.assert_array_equal(one.value, other.value)
        wide, wider = one.high - one.low, other.high - other.low
        assert np.nanmean(wide / wider) == pytest.approx(1, abs=0.05)


def test_cells_and_rows_of_independent_families_give_the_same_values_and_about_the_same_intervals():
    frame = town(4)
    cells = frame.groupby(["form", "points", "outcome"]).size().reset_index(name="families")
    asked = {"outcome": "outcome", "by": ["form"], "points": "points", "replicates": 4000}
    for one, other in zip(compare_thresholds(frame, **asked), compare_thresholds(cells, **asked), strict=True):
        np.testing.assert_allclose(one.value, other.value)
        assert np.nanmean((one.high - one.low) / (other.high - other.low)) == pytest.approx(1, abs=0.05)


def test_the_order_of_rows_changes_nothing_and_one_attribute_may_be_named_alone():
    frame = town(6)
    asked = {"outcome": "outcome", "points": "points", "block": "block"}
    (first, *_), (second, *_) = (
        compare_thresholds(frame, by=["form"], **asked),
        compare_thresholds(frame.sample(frac=1, random_state=1), by="form", **asked),
    )
    for name in ("value", "low", "high", "difference", "difference_low", "difference_high"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_faults_of_the_call_come_all_at_once():
    with pytest.raises(UsageError) as caught:
        compare_thresholds(town(5), outcome="outcome", by=["form"], points="points", metrics=["luck"], replicates=3)
    assert len(caught.value.faults) == 2


@pytest.mark.slow
@pytest.mark.parametrize("neighbourhoods", [40, 90])
def test_intervals_cover_the_true_rates_and_the_largest_true_difference(neighbourhoods: int):
    """Neighbourhoods are drawn from a population, so the true rate of a group is that of the population."""
    covered, largest = ({metric: [] for metric in AT_A_THRESHOLD} for _ in range(2))
    big = town(0, neighbourhoods=40_000, families=4_000_000)
    truth = {}
    for metric in AT_A_THRESHOLD:
        values = []
        for group in ("couple", "single", "step"):
            own = big[big["form"] == group]
            chosen, outcome = own["points"] >= 5, own["outcome"]
            cells = [[[((chosen == s) & (outcome == y)).sum() for y in (0, 1)] for s in (0, 1)]]
            values.append(values_of(metric, np.array(cells))[0])
        truth[metric] = np.array(values)
    for seed in range(1, SAMPLES + 1):
        frame = town(seed, neighbourhoods=neighbourhoods)
        code, groups = pd.factorize(frame["form"], sort=True)
        chosen = (frame["points"] >= 5).to_numpy(float)
        histograms = histograms_of(
            {"form": (code, tuple(groups))},
            chosen,
            frame["outcome"].to_numpy(),
            frame["block"].to_numpy(),
            np.ones(len(frame)),
            pairs=False,
        )
        for band in bands.bands(histograms, replicates=400, seed=seed):
            known = truth[band.metric]
            covered[band.metric].append((band.low[:, 1] <= known) & (known <= band.high[:, 1]))
            apart = float(np.ptp(known))
            largest[band.metric].append(band.difference_low[1] <= apart <= band.difference_high[1])
    error = float(np.sqrt(0.05 * 0.95 / SAMPLES))
    for metric in AT_A_THRESHOLD:
        rates, together = float(np.mean(covered[metric])), float(np.mean(largest[metric]))
        sys.stdout.write(
            f"{neighbourhoods} neighbourhoods, {metric}: rate {rates:.4f}, largest {together:.4f}, MC {error:.4f}\n"
        )
        assert 0.935 - 2 * error <= rates <= 0.965 + 2 * error
        assert together >= 0.935 - 2 * error

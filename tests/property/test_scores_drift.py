"""Does an interval for a next date cover when dates really drift? With known drift, by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from riskscreen.records.card import Card, Line
from riskscreen.scores.bands import Band
from riskscreen.scores.drift import Dated, drift_of, next_rates

CARD = Card("card", (Line("a", ">=", 1.0, 2), Line("b", ">=", 1.0, 3), Line("c", ">=", 1.0, 4)), -4.3, 0.32)
FAMILIES = np.array([60_000, 0, 12_000, 9_000, 6_000, 3_000, 2_000, 1_500, 0, 800], dtype=np.float64)
BANDS = tuple(Band(a, b, 0, 0, 0.0) for a, b in ((0, 1), (2, 2), (3, 3), (4, 5), (6, 9)))
LEVEL, SLOPE = 0.15, 0.05
"""Standard deviation between dates: of the log-odds, and of their slope (1 is that of the card)."""


def _date(rng: np.random.Generator) -> np.ndarray:
    logits = CARD.intercept + CARD.slope * np.arange(10)
    centre = np.average(logits, weights=FAMILIES)
    moved = centre + LEVEL * rng.standard_normal() + (1 + SLOPE * rng.standard_normal()) * (logits - centre)
    return 1 / (1 + np.exp(-moved))


@pytest.mark.slow
@pytest.mark.parametrize("dates", [3, 4, 5])
def test_the_interval_with_drift_covers_a_next_date_and_the_one_without_does_not(dates):
    """Tolerance: at least 93.5% over all bands in 600 towns; a single band may be 2 standard errors (1% each) lower."""
    rng = np.random.default_rng(20260101 + dates)
    with_drift, without = np.zeros(len(BANDS)), np.zeros(len(BANDS))
    towns = 600
    for _ in range(towns):
        risks = np.array([_date(rng) for _ in range(dates)])
        total = np.tile(FAMILIES, (dates, 1)).astype(np.int64)
        unseen = np.rint(0.3 * total).astype(np.int64)
        positive_unseen = rng.binomial(unseen, risks)
        positive = positive_unseen + rng.binomial(total - unseen, risks)
        drift = drift_of(CARD, Dated(positive.astype(float), total.astype(float)))
        held = Dated(positive_unseen.astype(float), unseen.astype(float))
        size = np.array([FAMILIES[band.first : band.last + 1].sum() for band in BANDS])
        found = next_rates(CARD, drift, held, size, BANDS)
        hits = rng.binomial(FAMILIES.astype(np.int64), _date(rng))
        rates = [hits[b.first : b.last + 1].sum() / n for b, n in zip(BANDS, size, strict=True)]
        with_drift += [one.low <= rate <= one.high for one, rate in zip(found, rates, strict=True)]
        without += [
            one.low_without_drift <= rate <= one.high_without_drift for one, rate in zip(found, rates, strict=True)
        ]
    assert (with_drift / towns).mean() >= 0.935
    assert (with_drift / towns).min() >= 0.935 - 2 * 0.0101
    assert (without / towns).mean() < 0.85

"""How likely two records are of one person before looking at them: arrays in, numbers out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
STEPS = 200
PRECISE = 1e-9


def probability(weight: Floats, odds: float) -> Floats:
    """Probability of a match from a weight in bits and the odds beforehand; no overflow at either end."""
    bits = np.clip(np.asarray(weight, dtype=float) + np.log2(odds), -500.0, 500.0)
    out: Floats = 1.0 / (1.0 + np.exp2(-bits))
    return out


def prior_odds(weights: Floats, counts: Floats, pairs: float) -> float:
    """Odds that two records are of one person, by expectation-maximisation with the model's weights held fixed.

    Parameters
    ----------
    weights, counts
        (k,) weights of the pairs that were compared, in bits, and how many pairs have each.
    pairs
        All pairs, compared or not; those not compared are taken as no match.

    Returns
    -------
    float
        The fixed point of odds = expected matches / (pairs - expected matches), from a start of one in all pairs.
    """
    if not len(weights) or pairs <= 1:
        return 1.0 / max(pairs, 2.0)
    odds = 1.0 / pairs
    for _ in range(STEPS):
        expected = float(np.clip(probability(weights, odds) @ counts, 0.5, pairs - 0.5))
        new = expected / (pairs - expected)
        if abs(new - odds) <= PRECISE * odds:
            return new
        odds = new
    return odds

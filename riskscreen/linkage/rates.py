"""Rates of linkage errors with their intervals: arrays in, frozen results out.

A *false match* is a link made between records of two persons; the rate is its share of the links made. A *missed match*
is a record whose person is in the population register, or whose second number is, and that was not linked to it; the
rate is its share of the matches there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
LEVEL = (0.025, 0.975)
DRAWS = 4000
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate with its 95% interval; ``None``: nothing to estimate it from."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Rates:
    """Both rates of one group by one method.

    Parameters
    ----------
    records, linked
        Records that look for a person (and second numbers), and links made.
    checked
        Pairs that a clerk gave an answer on.
    """

    records: int
    linked: int
    false_match: Rate
    missed_match: Rate
    checked: int | None = None


UNKNOWN = Rate(None, None, None)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the model expects of one group: sums over records.

    Parameters
    ----------
    false, false_variance
        Links made that are wrong: sum of 1 - p, and of p(1 - p).
    missed, missed_variance
        Matches among the pairs that were compared and not linked.
    lost, lost_variance
        Matches that were never compared.
    """

    records: int
    linked: int
    false: float
    false_variance: float
    missed: float
    missed_variance: float
    lost: float = 0.0
    lost_variance: float = 0.0


def model_rates(expected: Expected) -> Rates:
    """Rates by the model's own probabilities; the interval holds if the model does, and says nothing of its errors.

    The number of errors is a sum of independent draws with the model's probabilities; it is taken as gamma with that
    mean and variance, which keeps bounds above nought when few errors are expected.
    """
    e = expected
    right = e.linked - e.false
    missed, variance = e.missed + e.lost, e.missed_variance + e.lost_variance
    low, high = _gamma(e.false, e.false_variance)
    false = Rate(e.false / e.linked, low / e.linked, min(high / e.linked, 1.0)) if e.linked else UNKNOWN
    if right + missed <= 0:
        return Rates(e.records, e.linked, false, UNKNOWN)
    low, high = _gamma(missed, variance)
    return Rates(e.records, e.linked, false, Rate(_part(missed, right), _part(low, right), _part(high, right)))


def true_rates(records: int, linked: int, false: int, missed: int) -> Rates:
    """Rates by the truth: counts, without an interval."""
    matches = linked - false + missed
    wrong = Rate(false / linked, None, None) if linked else UNKNOWN
    return Rates(records, linked, wrong, Rate(missed / matches, None, None) if matches else UNKNOWN)


@dataclass(frozen=True, slots=True)
class Strata:
    """A labelled sample from strata of pairs.

    Parameters
    ----------
    linked
        (k,) are the pairs of the stratum links that were made?
    pairs
        (k,) pairs in the stratum.
    same, checked
        (k,) pairs labelled as one person, and labelled at all.
    expected
        (k,) share of one person by the model, for strata in which nobody looked.
    """

    linked: npt.NDArray[np.bool_]
    pairs: Whole
    same: Whole
    checked: Whole
    expected: Floats


def clerical_rates(strata: Strata, records: int, *, lost: float = 0.0, seed: int = 1) -> Rates:
    """Rates from a clerical sample: Horvitz-Thompson totals, each stratum's share weighed by its number of pairs.

    The interval is the exact one of Clopper and Pearson in every stratum, carried to the totals by draws: the lower
    bound of an error rate with the shares of one person as high as the labels allow among links (low among the rest),
    the upper bound the other way round. So a stratum without a single error does not count as certain; the interval
    is somewhat wide. Strata in which nobody looked take the model's share for the rate, and anything for the interval.

    D.G. Horvitz and D.J. Thompson, JASA 47 (1952); M.P. Fay and others, Biometrics 71 (2015) for the draws.
    """
    s = strata
    linked = int(s.pairs[s.linked].sum())
    share = np.where(s.checked > 0, s.same / np.maximum(s.checked, 1), s.expected)
    value = _two_rates(s, share[None, :], lost)[:, 0]
    rng = np.random.default_rng(seed)
    shape = (DRAWS, len(s.pairs))
    fewest = rng.beta(np.maximum(s.same, TINY), s.checked - s.same + 1, size=shape)
    most = rng.beta(s.same + 1, np.maximum(s.checked - s.same, TINY), size=shape)
    low = np.quantile(_two_rates(s, np.where(s.linked, most, fewest), lost), LEVEL[0], axis=1)
    high = np.quantile(_two_rates(s, np.where(s.linked, fewest, most), lost), LEVEL[1], axis=1)
    made = [Rate(float(v), float(min(a, v)), float(max(b, v))) for v, a, b in zip(value, low, high, strict=True)]
    return Rates(records, linked, made[0] if linked else UNKNOWN, made[1], int(s.checked.sum()))


def _two_rates(s: Strata, share: Floats, lost: float) -> Floats:
    """(2, draws): false and missed match rate for every draw of the strata's shares of one person."""
    same = share * s.pairs
    right, missed = same[:, s.linked].sum(axis=1), same[:, ~s.linked].sum(axis=1) + lost
    linked = max(int(s.pairs[s.linked].sum()), 1)
    out: Floats = np.vstack([1 - right / linked, missed / np.maximum(right + missed, 1e-9)])
    return out


def allocate(pairs: Whole, expected: Floats, size: int, least: int) -> Whole:
    """How many pairs to look at in each stratum: by Neyman's rule, with at least ``least`` (or all there are)."""
    first = np.minimum(pairs, least)
    spread = pairs * np.sqrt(np.clip(expected * (1 - expected), 0.01, None))
    rest = max(size - int(first.sum()), 0)
    more = np.floor(rest * spread / max(float(spread.sum()), 1e-9)).astype(np.int64)
    out: Whole = np.minimum(pairs, first + more)
    return out


def capture_recapture(once: float, twice: float) -> tuple[float, float]:
    """Matches that no rule found, from those that one and two rules found: Chao's lower bound, with its variance.

    A. Chao, Biometrics 43 (1987), in the form that needs no second capture (bias-corrected).
    """
    lost = once * max(once - 1.0, 0.0) / (2.0 * (twice + 1.0))
    ratio = once / (twice + 1.0)
    variance = (twice + 1.0) * (0.25 * ratio**4 + ratio**3 + 0.5 * ratio**2)
    return lost, variance


def _part(some: float, rest: float) -> float:
    return some / (some + rest) if some + rest > 0 else 0.0


def _gamma(mean: float, variance: float) -> tuple[float, float]:
    from scipy.special import gammaincinv

    if mean <= 1e-12 or variance <= 1e-12:
        return mean, mean
    shape, scale = mean * mean / variance, variance / mean
    return float(gammaincinv(shape, LEVEL[0])) * scale, float(gammaincinv(shape, LEVEL[1])) * scale

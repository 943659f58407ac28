"""Recorded reports are not the truth: which conclusions survive when need is reported more in one group.

The assumption set beforehand: reporting of need differs between groups by a factor of at most ``k``, and within a
group families with need are equally likely to be reported whether selected or not. The best reported group is the
yardstick; in any other group the families with need are then 1 to ``k`` times those with a report.

- Selection rate needs no label.
- True-positive and false-negative rate: a sample of the families with need, drawn alike, has the same rate; they
  survive any ``k``.
- Predictive values, false discovery and omission rate, base rate, calibration and false-positive rate change, by the
  formulas below.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from riskscreen.fairness.metrics import CALIBRATION, share
from riskscreen.fairness.variance import Figures
from riskscreen.stats.intervals import Bounds, mover_difference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_LABEL = frozenset({"selection_rate", "true_positive_rate", "false_negative_rate"})
_SHARES_WITH_NEED = frozenset({"positive_predictive_value", "false_omission_rate", "base_rate"})
_SHARES_WITHOUT_NEED = frozenset({"false_discovery_rate", "negative_predictive_value"})


def needs_label(metric: str) -> bool:
    """Could a difference in reporting change this metric's conclusion?"""
    return metric not in NO_LABEL


def shifted_bounds(
    figures: Figures, first: Ints, second: Ints, quantile: Floats, correlation: Floats, most: float
) -> Bounds:
    """The widest bounds of each pair's difference when each group's need is 1 or ``most`` times its reports.

    Parameters
    ----------
    first, second
        Places of the groups of each pair, shape ``(pairs,)``.
    quantile, correlation
        As for the bounds without a shift, shape ``(pairs,)``.
    most
        The reporting ratio ``k``, at least 1.
    """
    a, b = figures.limits(quantile, first), figures.limits(quantile, second)
    low, high = np.full(len(first), np.inf), np.full(len(first), -np.inf)
    for one, other in product((1.0, most), repeat=2):
        p, limits_p = _shift(figures, first, figures.value[first], a, one)
        q, limits_q = _shift(figures, second, figures.value[second], b, other)
        bounds = mover_difference(p, limits_p, q, limits_q, correlation)
        low, high = np.minimum(low, bounds.low), np.maximum(high, bounds.high)
    return Bounds(low, high)


def shifted(figures: Figures, at: Ints, value: Floats, times: float) -> Floats:
    """A metric if the families with need were ``times`` those with a report.

    With reports ``y1``, selected ones ``s1``, ``m = times``: selected families with need become ``m * s1``, the others
    ``m * (y1 - s1)``, out of as many families as before. So PPV, FOR and base rate become ``m`` times as large (at most
    1), and their complements FDR and NPV ``1 - m * (1 - value)``, at least 0. Calibration becomes ``mean risk - m *
    base rate``; FPR ``(FPR*y0 - (m-1)*s1) / (y0 - (m-1)*y1)``, at least 0. Every form rises with ``value``, so bounds
    stay bounds.
    """
    if figures.metric in _SHARES_WITH_NEED:
        return np.minimum(value * times, 1.0)
    if figures.metric in _SHARES_WITHOUT_NEED:
        return 1.0 - np.minimum((1.0 - value) * times, 1.0)
    if figures.metric == CALIBRATION:
        risk = figures.mean_risk[at]
        return np.asarray(risk - np.minimum((risk - value) * times, 1.0))
    cells = figures.counts.totals[at]
    reached, reported = share("true_positive_rate", cells)
    others = figures.denominator[at]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = (value * others - (times - 1) * reached) / (others - (times - 1) * reported)
    return np.where(others > (times - 1) * reported, np.clip(rate, 0.0, 1.0), 0.0)


def _shift(figures: Figures, at: Ints, value: Floats, limits: Bounds, times: float) -> tuple[Floats, Bounds]:
    if times == 1:
        return value, limits
    low, high = (shifted(figures, at, bound, times) for bound in (limits.low, limits.high))
    return shifted(figures, at, value, times), Bounds(low, high)

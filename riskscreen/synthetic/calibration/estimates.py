"""Numbers on arrays: a statistic of counts, and its standard error by leaving out one group of families at a time.

Counts have shape ``(groups, rows, 2)``: numerator and denominator of every row (one for a share, two for a ratio, one
per place or per stratum else), in every group of families.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.stats.logistic import expit, fit_logistic

Array = NDArray[np.float64]
Statistic = Callable[[Array], float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its standard error; ``nan`` where it cannot be computed."""

    value: float
    error: float


def jackknife(statistic: Statistic, counts: Array) -> Estimate:
    """A statistic of all counts, with the delete-a-group jackknife's standard error (Kott 2001, J. Off. Stat. 17:521).

    Parameters
    ----------
    counts
        Shape ``(groups, rows, 2)``. A family lies wholly in one group, so that the error knows that its children, its
        reports and its years go together.
    """
    total = counts.sum(axis=0)
    rest = np.array([statistic(total - group) for group in counts])
    spread = float(((rest - rest.mean()) ** 2).sum())
    return Estimate(statistic(total), float(np.sqrt((len(counts) - 1) / len(counts) * spread)))


def share(counts: Array) -> float:
    """Numerator over denominator of the only row."""
    return _over(counts[0, 0], counts[0, 1])


def ratio(counts: Array) -> float:
    """The share of the first row over that of the second."""
    return _over(share(counts[:1]), share(counts[1:]))


def highest(counts: Array) -> float:
    """The highest share of a row, over that of all rows together."""
    return _over(float(_shares(counts).max()), share(counts.sum(axis=0)[None, :]))


def lowest(counts: Array) -> float:
    """The lowest share of a row, over that of all rows together."""
    return _over(float(_shares(counts).min()), share(counts.sum(axis=0)[None, :]))


def crude_ratio(exposed: NDArray[np.bool_]) -> Statistic:
    """Risk ratio of rows that are exposed over those that are not."""
    return lambda counts: ratio(np.stack([counts[exposed].sum(axis=0), counts[~exposed].sum(axis=0)]))


def standardised_ratio(exposed: NDArray[np.bool_], by: Array) -> Statistic:
    """Risk ratio of the exposed, had the others had their mix of strata.

    A logistic model on the exposure and the strata gives every stratum's risk with and without the exposure; both are
    averaged over the strata of the exposed (marginal standardisation; Localio, Margolis and Berlin 2007, J. Clin.
    Epidemiol. 60:874).

    Parameters
    ----------
    exposed
        Is the row exposed? Shape ``(rows,)``.
    by
        What the strata are made of, shape ``(rows, columns)``.
    """

    def statistic(counts: Array) -> float:
        held = counts[:, 1] > 0
        design = np.column_stack([exposed, by])[held].astype(np.float64)
        fit = fit_logistic(design, counts[held, 0], counts[held, 1])
        of_exposed = np.where(exposed, counts[:, 1], 0.0)
        strata = fit.intercept + by @ fit.coefficients[1:]
        with_it, without = expit(strata + fit.coefficients[0]), expit(strata)
        return _over(float(of_exposed @ with_it), float(of_exposed @ without))

    return statistic


def explained_share(crude: float, adjusted: float) -> float:
    """The part of what a ratio has above one that is gone after adjusting."""
    return _over(crude - adjusted, crude - 1)


def _shares(counts: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(counts[:, 0] / counts[:, 1])


def _over(top: float, bottom: float) -> float:
    return float(top / bottom) if bottom != 0 else float("nan")

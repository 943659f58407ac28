"""What an audit counts, and the metrics that follow from it.

A group is four whole numbers: families by selected (0, 1) and outcome (0, 1). Every metric but calibration is one of
these sums over another. Groups without the families a metric divides by have no value (``nan``), never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.records.tables import TOTAL

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Method = Literal["between_groups", "to_overall"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A share: families in ``numerator`` among families in ``denominator``.

    Parameters
    ----------
    name
        As in the glossary.
    numerator, denominator
        Masks over ``[selected, outcome]``, shape ``(2, 2)``.
    worst_low
        Is the group with the lowest value worse off, when the offer is a help?
    """

    name: str
    numerator: Floats
    denominator: Floats
    worst_low: bool = True


def _mask(*cells: tuple[int, int]) -> Floats:
    mask = np.zeros((2, 2))
    for selected, outcome in cells:
        mask[selected, outcome] = 1
    return mask


_ALL = np.ones((2, 2))
_OUTCOME = _mask((0, 1), (1, 1))
_NO_OUTCOME = _mask((0, 0), (1, 0))
_SELECTED = _mask((1, 0), (1, 1))
_NOT_SELECTED = _mask((0, 0), (0, 1))
_SELECTED_OUTCOME = _mask((1, 1))

CALIBRATION = "calibration_in_the_large"

METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("selection_rate", _SELECTED, _ALL),
        Metric("true_positive_rate", _SELECTED_OUTCOME, _OUTCOME),
        Metric("false_positive_rate", _mask((1, 0)), _NO_OUTCOME, worst_low=False),
        Metric("false_negative_rate", _mask((0, 1)), _OUTCOME, worst_low=False),
        Metric("positive_predictive_value", _SELECTED_OUTCOME, _SELECTED),
        Metric("false_discovery_rate", _mask((1, 0)), _SELECTED, worst_low=False),
        Metric("false_omission_rate", _mask((0, 1)), _NOT_SELECTED, worst_low=False),
        Metric("negative_predictive_value", _mask((0, 0)), _NOT_SELECTED),
        Metric("base_rate", _OUTCOME, _ALL, worst_low=False),
        # Mean risk minus share with an outcome: rests on all families; the outcome is its only random part.
        Metric(CALIBRATION, _OUTCOME, _ALL),
    )
}
"""Every metric, in the order of the tables; calibration adds the mean risk (see :func:`values_of`)."""

HELP_FIRST = (
    "false_negative_rate",
    "true_positive_rate",
    "selection_rate",
    "false_positive_rate",
    "positive_predictive_value",
    "false_omission_rate",
    "false_discovery_rate",
    "negative_predictive_value",
    "base_rate",
    CALIBRATION,
)
BURDEN_FIRST = (
    "false_positive_rate",
    "selection_rate",
    "positive_predictive_value",
    "true_positive_rate",
    "false_negative_rate",
    "false_discovery_rate",
    "false_omission_rate",
    "negative_predictive_value",
    "base_rate",
    CALIBRATION,
)


@dataclass(frozen=True, slots=True)
class Weighted:
    """Sampling weights of the families in each cell; both of shape ``(blocks, groups, 2, 2)``.

    Parameters
    ----------
    sums
        Of the weights, which are on average 1 over all families.
    squares
        Of the squared weights.
    """

    sums: Floats
    squares: Floats


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of one attribute.

    Parameters
    ----------
    attribute, groups
        Its name and values, the group *unknown* last.
    cells
        Families seen, shape ``(blocks, groups, 2, 2)``: block, group, selected, outcome. What is too few, and what is
        hidden, goes by these.
    risk
        Sum of predicted risk over families (weighted, when they are), shape ``(blocks, groups)``; ``None`` when no
        risk is known.
    weighted
        The same cells in a sample with weights: rates are made of these. ``None``: every family counts as one.
    suppressed
        Cells that the table holds back, at least in part, shape ``(groups, 2, 2)``; ``None``: none.
    """

    attribute: str
    groups: tuple[str, ...]
    cells: Ints
    risk: Floats | None = None
    weighted: Weighted | None = None
    suppressed: Flags | None = None

    @property
    def totals(self) -> Ints:
        """Families seen over all blocks, shape ``(groups, 2, 2)``."""
        return np.asarray(self.cells.sum(axis=0))

    @property
    def by_block(self) -> Ints | Floats:
        """Families that rates are made of, shape ``(blocks, groups, 2, 2)``."""
        return self.cells if self.weighted is None else self.weighted.sums

    @property
    def population(self) -> Ints | Floats:
        """Families that rates are made of, over all blocks, shape ``(groups, 2, 2)``."""
        return np.asarray(self.by_block.sum(axis=0))

    @property
    def squares(self) -> Ints | Floats:
        """Squared weights over all blocks, shape ``(groups, 2, 2)``."""
        return self.totals if self.weighted is None else np.asarray(self.weighted.squares.sum(axis=0))

    @property
    def mean_risk(self) -> Floats:
        """Mean predicted risk per group, shape ``(groups,)``; ``nan`` when no risk is known."""
        families = self.population.sum(axis=(1, 2))
        if self.risk is None:
            return np.full(len(families), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.risk.sum(axis=0) / families)

    @property
    def whole(self) -> Counts:
        """All groups as one."""
        weighted = None
        if self.weighted is not None:
            sums, squares = (part.sum(axis=1, keepdims=True) for part in (self.weighted.sums, self.weighted.squares))
            weighted = Weighted(sums, squares)
        return Counts(
            self.attribute,
            (TOTAL,),
            self.cells.sum(axis=1, keepdims=True),
            None if self.risk is None else self.risk.sum(axis=1, keepdims=True),
            weighted,
            None if self.suppressed is None else np.asarray(self.suppressed.any(axis=0, keepdims=True)),
        )

    def rests_on_suppressed(self, metric: str) -> Flags:
        """Is a cell that the metric is made of held back? Shape ``(groups,)``."""
        if self.suppressed is None:
            return np.zeros(len(self.groups), np.bool_)
        made_of = (METRICS[metric].numerator > 0) | (METRICS[metric].denominator > 0)
        return np.asarray((self.suppressed & made_of).any(axis=(1, 2)))


def group_values(counts: Counts, metric: str) -> Floats:
    """A metric per group, shape ``(groups,)``; ``nan`` where it divides by no families or rests on suppressed cells."""
    values = values_of(metric, counts.population, counts.mean_risk)
    return np.where(counts.rests_on_suppressed(metric), np.nan, values)


def share(metric: str, cells: NDArray[np.int64] | Floats) -> tuple[Floats, Floats]:
    """Numerator and denominator of a metric, for cells of shape ``(..., 2, 2)``."""
    chosen = METRICS[metric]
    return (cells * chosen.numerator).sum(axis=(-2, -1)), (cells * chosen.denominator).sum(axis=(-2, -1))


def values_of(metric: str, cells: NDArray[np.int64] | Floats, mean_risk: Floats | None = None) -> Floats:
    """A metric per group, shape ``(groups,)``; ``nan`` where it divides by no families.

    Parameters
    ----------
    cells
        Shape ``(groups, 2, 2)``.
    mean_risk
        Shape ``(groups,)``; needed for calibration in the large.
    """
    numerator, denominator = share(metric, cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = numerator / denominator
    if metric != CALIBRATION:
        return np.asarray(rate)
    return np.asarray(np.full(len(cells), np.nan) if mean_risk is None else mean_risk - rate)


def difference(groups: Floats, overall: float, method: Method = "between_groups") -> float:
    """Largest minus smallest group, or largest distance to the overall value (Fairlearn's two forms).

    Groups without a value are passed over; without any the answer is ``nan``.
    """
    known = groups[~np.isnan(groups)]
    if not len(known):
        return float("nan")
    reference = _reference(known.min(), overall, method)
    return float(np.abs(known - reference).max())


def ratio(groups: Floats, overall: float, method: Method = "between_groups") -> float:
    """Smallest divided by largest group, or the smallest ratio to the overall value turned below 1 (Fairlearn)."""
    known = groups[~np.isnan(groups)]
    if not len(known):
        return float("nan")
    with np.errstate(divide="ignore", invalid="ignore"):
        if _reference(0.0, 1.0, method) == 0.0:
            return float(known.min() / known.max())
        quotient = known / np.float64(overall)
        below = np.where(quotient > 1, 1 / quotient, quotient)
    return float(np.nanmin(below)) if not np.isnan(below).all() else float("nan")


def _reference(between: float, overall: float, method: Method) -> float:
    if method == "between_groups":
        return float(between)
    if method == "to_overall":
        return float(overall)
    raise UsageError(f"unknown method {method!r}", do="choose from between_groups, to_overall")

"""Every metric at every threshold, from one small histogram of scores per group.

Whole points make this exact: a threshold only moves families from *selected* to *not selected*, so all confusion tables
are running sums of the histogram.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from riskscreen.errors import UsageError
from riskscreen.fairness.metrics import CALIBRATION, METRICS, Floats, Ints, Method, values_of
from riskscreen.records.tables import TOTAL


@dataclass(frozen=True, slots=True)
class ScoreCounts:
    """Families by group, score and outcome, for one attribute. For use inside: printing it shows no counts.

    Parameters
    ----------
    attribute, groups
        Its name and values.
    scores
        Different scores, ascending: points, or the bins of a continuous score; shape ``(scores,)``.
    families
        Whole numbers, shape ``(groups, scores, 2)``: group, score, outcome.
    risk
        Predicted risk per score, from 0 to 1, shape ``(scores,)``; ``None`` when none is known. Of a binned score it is
        the mean of the bin, and what rests on it (Brier score, slope) is approximate.
    blocks
        The same families by neighbourhood (or random group of them) too, shape ``(blocks, groups, scores, 2)``;
        ``None``: families are independent.

    Raises
    ------
    UsageError
        With every fault of the shapes and values at once.
    """

    attribute: str
    groups: tuple[str, ...]
    scores: Floats
    families: Ints = field(repr=False)
    risk: Floats | None = None
    blocks: Ints | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        faults = [*_shape_faults(self), *_value_faults(self)]
        if faults:
            raise UsageError(
                f"these histograms of {self.attribute} cannot be used",
                faults=tuple(faults),
                do="give families by group, score and outcome",
            )

    @property
    def outcomes(self) -> Ints:
        """Families with the outcome, shape ``(groups, scores)``."""
        return self.families[..., 1]

    @property
    def others(self) -> Ints:
        """Families without the outcome, shape ``(groups, scores)``."""
        return self.families[..., 0]

    def whole(self) -> ScoreCounts:
        """All groups together, as one group called *total*."""
        together = self.families.sum(axis=0, keepdims=True)
        by_block = None if self.blocks is None else self.blocks.sum(axis=1, keepdims=True)
        return ScoreCounts(self.attribute, (TOTAL,), self.scores, together, self.risk, by_block)


@dataclass(frozen=True, slots=True)
class Curve:
    """One metric at every threshold. Neighbouring thresholds tell small counts: printing it shows no values.

    Parameters
    ----------
    metric, groups
        What, and of whom.
    thresholds
        Selected is a score at or above it; shape ``(thresholds,)``. The first selects everyone, the last (``inf``)
        nobody.
    values
        Shape ``(thresholds, groups)``; ``nan`` where the metric divides by no families.
    overall
        Of all families together, shape ``(thresholds,)``.
    """

    metric: str
    groups: tuple[str, ...]
    thresholds: Floats
    values: Floats = field(repr=False)
    overall: Floats = field(repr=False)

    def difference(self, method: Method = "between_groups") -> Floats:
        """:func:`riskscreen.fairness.metrics.difference` at every threshold, shape ``(thresholds,)``."""
        reference = self.overall if _to_overall(method) else -_largest(-self.values)
        return _largest(np.abs(self.values - reference[:, None]))

    def ratio(self, method: Method = "between_groups") -> Floats:
        """:func:`riskscreen.fairness.metrics.ratio` at every threshold, shape ``(thresholds,)``."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if not _to_overall(method):
                return np.asarray(-_largest(-self.values) / _largest(self.values))
            quotient = self.values / self.overall[:, None]
            return -_largest(-np.where(quotient > 1, 1 / quotient, quotient))


def thresholds_of(histograms: ScoreCounts) -> Floats:
    """Every threshold that selects other families: each score, and infinity for nobody; shape ``(scores + 1,)``."""
    return np.append(np.asarray(histograms.scores, np.float64), np.inf)


def confusion(histograms: ScoreCounts) -> Ints:
    """Families by threshold, group, selected and outcome, shape ``(scores + 1, groups, 2, 2)``.

    Examples
    --------
    >>> one = ScoreCounts("form", ("couple",), np.array([0.0, 1.0, 2.0]), np.array([[[50, 1], [30, 4], [10, 5]]]))
    >>> confusion(one)[1, 0].tolist()  # selected: 1 point or more
    [[50, 1], [40, 9]]
    """
    by_score = np.moveaxis(histograms.families, 1, 0)
    below = np.concatenate([np.zeros_like(by_score[:1]), np.cumsum(by_score, axis=0)])
    return np.stack([below, below[-1] - below], axis=2)


def curve(histograms: ScoreCounts, metric: str) -> Curve:
    """One metric of every group at every threshold.

    Parameters
    ----------
    metric
        Any of :data:`riskscreen.fairness.metrics.METRICS` but calibration, which has no threshold.

    Raises
    ------
    UsageError
        When there is no such metric.
    """
    if metric not in METRICS or metric == CALIBRATION:
        named = ", ".join(name for name in METRICS if name != CALIBRATION)
        raise UsageError(f"there is no curve of {metric!r}", do=f"choose from {named}")
    cells = confusion(histograms)
    overall = values_of(metric, cells.sum(axis=1))
    return Curve(metric, histograms.groups, thresholds_of(histograms), values_of(metric, cells), overall)


def curves(histograms: ScoreCounts) -> tuple[Curve, ...]:
    """Every metric that has a threshold, in the order of the tables."""
    return tuple(curve(histograms, metric) for metric in METRICS if metric != CALIBRATION)


def _to_overall(method: Method) -> bool:
    if method not in ("between_groups", "to_overall"):
        raise UsageError(f"unknown method {method!r}", do="choose from between_groups, to_overall")
    return method == "to_overall"


def _largest(values: Floats) -> Floats:
    """Largest known value per row; ``nan`` in rows without one."""
    most = np.where(np.isnan(values), -np.inf, values).max(axis=1)
    return np.asarray(np.where(np.isnan(values).all(axis=1), np.nan, most))


def _shape_faults(item: ScoreCounts) -> list[str]:
    shape = (len(item.groups), len(item.scores), 2)
    faults = [] if item.groups else ["groups: name at least one"]
    if item.families.shape != shape:
        faults.append(f"families has shape {item.families.shape}; groups and scores make {shape}")
    if not len(item.scores) or item.scores.ndim != 1:
        faults.append("scores: give at least one, in one row")
    if item.risk is not None and item.risk.shape != item.scores.shape:
        faults.append(f"risk has shape {item.risk.shape}; scores has {item.scores.shape}")
    return faults


def _value_faults(item: ScoreCounts) -> list[str]:
    faults = []
    if not (np.diff(item.scores) > 0).all():
        faults.append("scores are not ascending, each once")
    if item.families.dtype.kind not in "iu" or (item.families < 0).any():
        faults.append("families holds something else than whole numbers of 0 or more")
    if item.risk is not None and not ((item.risk >= 0) & (item.risk <= 1)).all():
        faults.append("risk is missing or outside 0 to 1")
    return faults

"""How sure the figures of scores are: AUROC, Brier score and calibration line, per group.

Each figure is linearised: what one family of a group, with its score and outcome, adds to the figure's deviation. For
the AUROC these are the structural components of DeLong, DeLong and Clarke-Pearson (1988, Biometrics 44:837); for the
line the score equations over the information (White 1982, Econometrica 50:1). Independent families: the sum of squares.
With neighbourhoods: the sum of squares of each neighbourhood's sum, divided by one minus its share of the group, and
degrees of freedom from those shares, as for rates (:mod:`riskscreen.fairness.variance`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from riskscreen.fairness.calibration import Calibrations
from riskscreen.fairness.curves import ScoreCounts
from riskscreen.fairness.metrics import Floats
from riskscreen.fairness.ranking import Ranking
from riskscreen.stats.intervals import Bounds, t_quantile
from riskscreen.stats.logistic import expit, logit

LEVEL = 0.95
FEWEST_BLOCKS = 4.0
"""As for verdicts: with fewer (effective) neighbourhoods no variance between them can be told."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Families of one group and of all others, by unit that is drawn, score and outcome: ``(units, scores, 2)``."""

    own: Floats
    rest: Floats
    blocked: bool

    @property
    def shares(self) -> Floats:
        """Share of the group's families in each unit."""
        families = self.own.sum(axis=(1, 2))
        return np.asarray(families / max(families.sum(), 1.0))


def score_intervals(item: ScoreCounts, order: Ranking, fit: Calibrations) -> Mapping[str, Bounds]:
    """95% limits of every figure of :data:`riskscreen.fairness.scored.FIGURES`, each of shape ``(groups,)``.

    ``nan`` where the figure is unknown, where it is 0 or 1 (AUROC), and with fewer than four neighbourhoods.
    """
    units = item.families[None] if item.blocks is None else item.blocks
    whole = units.sum(axis=1)
    found = []
    for place in range(len(item.groups)):
        own = units[:, place].astype(np.float64)
        found.append(_limits(_Group(own, whole - own, item.blocks is not None), item, order, fit, place))
    return {name: Bounds(*np.array([each[name] for each in found]).T) for name in found[0]} if found else {}


def _limits(
    group: _Group, item: ScoreCounts, order: Ranking, fit: Calibrations, place: int
) -> dict[str, tuple[float, float]]:
    own, rest = group.own.sum(axis=0), group.rest.sum(axis=0)
    ranks = {
        "auroc": (order.within[place], _ranked(own[:, 1], own[:, 0]), (group.own, group.own)),
        "outcomes_to_rest": (order.outcomes_to_rest[place], _ranked(own[:, 1], rest[:, 0]), (group.own, group.rest)),
        "others_to_rest": (order.others_to_rest[place], _ranked(rest[:, 1], own[:, 0]), (group.rest, group.own)),
    }
    limits = {}
    for name, (value, (cases, others), (of_cases, of_others)) in ranks.items():
        parts = (of_cases[:, :, 1], cases, of_others[:, :, 0], others)
        limits[name] = _around(group, value, _error(group, parts), "logit")
    brier, line = _squared(own, item.risk, fit.brier_score[place]), _lined(own, item.risk, fit, place)
    limits["brier_score"] = _around(group, fit.brier_score[place], _cell_error(group, brier), "log")
    for name, value, influence in (
        ("intercept", fit.intercept[place], line[0]),
        ("slope", fit.slope[place], line[1]),
    ):
        limits[name] = _around(group, value, _cell_error(group, influence), "plain")
    return limits


def _ranked(outcomes: Floats, others: Floats) -> tuple[Floats, Floats]:
    """What one family with, and one without the outcome adds at each score; both of shape ``(scores,)``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        below = (np.cumsum(others) - others / 2) / others.sum()
        above = (outcomes.sum() - np.cumsum(outcomes) + outcomes / 2) / outcomes.sum()
        value = (outcomes @ below) / outcomes.sum()
        return (below - value) / outcomes.sum(), (above - value) / others.sum()


def _squared(own: Floats, risk: Floats | None, value: float) -> Floats:
    """What one family adds to the Brier score, shape ``(scores, 2)``."""
    if risk is None:
        return np.full(own.shape, np.nan)
    return np.asarray((np.stack([risk**2, (1 - risk) ** 2], axis=1) - value) / max(own.sum(), 1.0))


def _lined(own: Floats, risk: Floats | None, fit: Calibrations, place: int) -> Floats:
    """What one family adds to the intercept and the slope, shape ``(2, scores, 2)``."""
    if risk is None or np.isnan(fit.slope[place]):
        return np.full((2, *own.shape), np.nan)
    columns = np.stack([np.ones(len(risk)), logit(risk)])
    fitted = expit(fit.intercept[place] + fit.slope[place] * columns[1])
    information = (columns * (own.sum(axis=1) * fitted * (1 - fitted))) @ columns.T
    rest = np.stack([-fitted, 1 - fitted], axis=1)
    return np.asarray(np.einsum("ij,js,sy->isy", np.linalg.pinv(information), columns, rest))


def _error(group: _Group, parts: tuple[Floats, Floats, Floats, Floats]) -> float:
    cases, of_case, others, of_other = parts
    if not group.blocked:
        return float(np.sqrt((cases[0] * of_case**2).sum() + (others[0] * of_other**2).sum()))
    return _between(group, cases @ of_case + others @ of_other)


def _cell_error(group: _Group, influence: Floats) -> float:
    if not group.blocked:
        return float(np.sqrt((group.own[0] * influence**2).sum()))
    return _between(group, (group.own * influence).sum(axis=(1, 2)))


def _between(group: _Group, sums: Floats) -> float:
    """Standard error from the sums of neighbourhoods."""
    shares = np.minimum(group.shares, 1 - 1e-9)
    return float(np.sqrt((sums**2 / (1 - shares)).sum()))


def _around(group: _Group, value: float, error: float, scale: str) -> tuple[float, float]:
    square = group.shares**2
    effective = square.sum() ** 2 / max((square**2).sum(), 1e-300) if group.blocked else np.inf
    if not np.isfinite(value) or not np.isfinite(error) or effective < FEWEST_BLOCKS:
        return (np.nan, np.nan)
    away = float(t_quantile(1 - LEVEL, effective - 1)) * error
    if scale == "plain":
        return value - away, value + away
    if not 0 < value < 1:
        return (np.nan, np.nan)
    if scale == "log":
        return value * np.exp(-away / value), value * np.exp(away / value)
    middle, half = np.log(value / (1 - value)), away / (value * (1 - value))
    low, high = expit(np.array([middle - half, middle + half]))
    return float(low), float(high)

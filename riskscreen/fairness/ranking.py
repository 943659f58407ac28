"""How well scores order families, within a group and between groups."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from riskscreen.fairness.curves import ScoreCounts
from riskscreen.fairness.metrics import Floats, Ints


@dataclass(frozen=True, slots=True)
class Ranking:
    """AUROCs by group: the chance that a family with the outcome scores higher than one without; ties count half.

    A chance is ``nan`` where one of both has no families; ``reasons`` says so.

    Parameters
    ----------
    groups
        Values of the attribute.
    between
        Of families with the outcome in one group (row) against families without it in another (column), shape
        ``(groups, groups)``: the xAUC of Kallus and Zhou (2019). The diagonal is the AUROC within each group.
    outcomes_to_rest
        Families of a group with the outcome against families of all other groups without it, shape ``(groups,)``. Low:
        the group's families with the outcome are passed by (BNSP of Borkan et al. 2019).
    others_to_rest
        Families of all other groups with the outcome against families of a group without it, shape ``(groups,)``. Low:
        the group's families without the outcome are selected (BPSN of Borkan et al. 2019).
    overall
        All families together.
    reasons
        Why a group has no AUROC within it: a code of :data:`riskscreen.fairness.labels.UNKNOWN_FIGURES`, or ``None``.
    """

    groups: tuple[str, ...]
    between: Floats = field(repr=False)
    outcomes_to_rest: Floats = field(repr=False)
    others_to_rest: Floats = field(repr=False)
    overall: float
    reasons: tuple[str | None, ...]

    @property
    def within(self) -> Floats:
        """AUROC within each group, shape ``(groups,)``."""
        return np.diagonal(self.between).copy()

    @property
    def between_difference(self) -> Floats:
        """``between`` minus its mirror image: the xAUC disparity of two groups (Kallus and Zhou 2019)."""
        return self.between - self.between.T


def rank(histograms: ScoreCounts) -> Ranking:
    """AUROCs within and between groups.

    The AUROC is the share of pairs in the right order (Mann-Whitney; Bamber 1975). Pairs are counted in whole numbers,
    a tie as one of two, up to three thousand million families: only the last division rounds.

    Examples
    --------
    >>> found = rank(ScoreCounts("g", ("a", "b"), np.array([0.0, 1.0]), np.array([[[3, 1], [1, 3]], [[2, 2], [0, 0]]])))
    >>> found.within.tolist(), float(found.between[0, 1])
    ([0.75, 0.5], 0.875)
    """
    outcomes, others = histograms.outcomes.astype(np.int64), histograms.others.astype(np.int64)
    right = outcomes @ (2 * np.cumsum(others, axis=1) - others).T
    pairs = 2 * np.outer(outcomes.sum(axis=1), others.sum(axis=1))
    rows, columns = (_to_rest(right, pairs, axis) for axis in (1, 0))
    overall = float(_quotient(right.sum(), pairs.sum()))
    reasons = tuple(_reason(int(o), int(n)) for o, n in zip(outcomes.sum(axis=1), others.sum(axis=1), strict=True))
    return Ranking(histograms.groups, _quotient(right, pairs), rows, columns, overall, reasons)


def _to_rest(right: Ints, pairs: Ints, axis: int) -> Floats:
    own = np.diagonal(right), np.diagonal(pairs)
    return _quotient(right.sum(axis=axis) - own[0], pairs.sum(axis=axis) - own[1])


def _quotient(above: Ints, below: Ints) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(above / below)


def _reason(outcomes: int, others: int) -> str | None:
    if not outcomes + others:
        return "no_families"
    if not outcomes:
        return "no_outcomes"
    return None if others else "no_others"

"""Whether a predicted risk means the same in every group: in the large, as a line, and bin by bin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from riskscreen.errors import UsageError
from riskscreen.fairness.curves import ScoreCounts
from riskscreen.fairness.metrics import Floats, Ints
from riskscreen.stats.logistic import fit_logistic, logit

LEAST = 10
"""Fewest families with, and without, the outcome in a bin."""


@dataclass(frozen=True, slots=True)
class Calibrations:
    """Risk beside what was recorded, per group; arrays of shape ``(groups,)``, ``nan`` where ``reasons`` says why.

    Parameters
    ----------
    groups
        Values of the attribute.
    mean_risk, observed
        Mean predicted risk, and share with the outcome.
    brier_score
        Mean squared difference between risk and outcome (Brier 1950); lower is better, and depends on the base rate.
    intercept, slope
        Of the log-odds of the outcome on the log-odds of the risk (Cox 1958): 0 and 1 are right; a slope below 1 means
        risks too extreme. One straight line per group, as in Van Calster et al. (2016).
    reasons
        Why a group has no slope: a code of :data:`riskscreen.fairness.labels.UNKNOWN_FIGURES`, or ``None``.
    """

    groups: tuple[str, ...]
    mean_risk: Floats = field(repr=False)
    observed: Floats = field(repr=False)
    brier_score: Floats = field(repr=False)
    intercept: Floats = field(repr=False)
    slope: Floats = field(repr=False)
    reasons: tuple[str | None, ...]

    @property
    def in_the_large(self) -> Floats:
        """Mean risk minus share with the outcome: above 0 is too high a risk."""
        return self.mean_risk - self.observed


@dataclass(frozen=True, slots=True)
class CalibrationCurve:
    """Risk beside what was recorded in bins of adjacent scores, of one group; arrays of shape ``(bins,)``.

    Families and outcomes of a bin may be shown. The mean risk of a bin says how its families are spread over the scores
    within it: it passes the gate as an estimate, or not at all.

    Parameters
    ----------
    low, high
        The lowest and highest score of each bin.
    families, outcomes
        Families, and those with the outcome.
    expected, observed
        Mean predicted risk (``nan`` when none is known), and share with the outcome.
    reason
        Why there are no bins; ``None`` when there are.
    """

    group: str
    low: Floats
    high: Floats
    families: Ints
    outcomes: Ints
    expected: Floats = field(repr=False)
    observed: Floats
    reason: str | None = None

    @property
    def largest(self) -> float:
        """The largest distance between expected and observed of any bin; ``nan`` without bins or risk."""
        return float(np.abs(self.observed - self.expected).max()) if len(self.low) else float("nan")

    @property
    def average(self) -> float:
        """The mean distance over families: the expected calibration error (Naeini, Cooper and Hauskrecht 2015)."""
        if not len(self.low):
            return float("nan")
        return float((np.abs(self.observed - self.expected) * self.families).sum() / self.families.sum())


def calibrations(histograms: ScoreCounts) -> Calibrations:
    """Calibration in the large, slope and Brier score of every group."""
    outcomes, families = histograms.outcomes, histograms.families.sum(axis=2)
    risk = np.full(len(histograms.scores), np.nan) if histograms.risk is None else histograms.risk
    with np.errstate(divide="ignore", invalid="ignore"):
        total = families.sum(axis=1)
        mean_risk, observed = families @ risk / total, outcomes.sum(axis=1) / total
        brier = (outcomes @ (1 - risk) ** 2 + histograms.others @ risk**2) / total
    reasons = _reasons(histograms)
    intercept, slope = _lines(histograms, reasons)
    return Calibrations(histograms.groups, mean_risk, observed, brier, intercept, slope, reasons)


def calibration_curves(
    histograms: ScoreCounts, *, least: int = LEAST, together: bool = True
) -> tuple[CalibrationCurve, ...]:
    """Expected beside observed in bins, one curve per group; adjacent scores share a bin until enough families do.

    Parameters
    ----------
    least
        Every bin holds at least this many families with and as many without the outcome; at least 1.
    together
        One set of bins for all groups that have enough families, so that groups are compared at the same scores and no
        bin follows from another group's by subtraction; else each group has as many bins as it can.

    Returns
    -------
    tuple of CalibrationCurve
        In the order of the groups. A group without ``least`` families with and without the outcome has no bins.
    """
    if least < 1:
        raise UsageError(f"least is {least}", do="give 1 or more")
    enough = (histograms.families.sum(axis=1) >= least).all(axis=1)
    shared = bins_of(histograms.families[enough], least) if together and enough.any() else np.zeros(0, np.int64)
    starts = [
        np.zeros(0, np.int64) if not known else shared if together else bins_of(own[None], least)
        for known, own in zip(enough, histograms.families, strict=True)
    ]
    return tuple(_curve(histograms, place, start) for place, start in enumerate(starts))


def bins_of(families: Ints, least: int) -> Ints:
    """Where bins of adjacent scores start: the most bins in which every group has ``least`` families of either outcome.

    Closing a bin as early as can be gives the most bins; what is left over joins the last.

    Parameters
    ----------
    families
        Shape ``(groups, scores, 2)``.

    Returns
    -------
    Ints
        Places of the first score of each bin, shape ``(bins,)``; empty when one bin is too many.

    Examples
    --------
    >>> bins_of(np.array([[[9, 2], [9, 9], [30, 12], [5, 1]]]), 10).tolist()
    [0, 2]
    """
    sums, taken = np.cumsum(families, axis=1), np.zeros_like(families[:, :1])
    ends: list[int] = []
    while (ready := (sums - taken >= least).all(axis=(0, 2))).any():
        ends.append(int(np.argmax(ready)))
        taken = sums[:, ends[-1], None]
    return np.array([0, *(end + 1 for end in ends[:-1])] if ends else [], np.int64)


def calibration_within_groups_difference(curves: Sequence[CalibrationCurve]) -> Floats:
    """Per bin, the largest minus the smallest share with the outcome of the groups: same scores, same meaning?

    Sufficiency (Barocas, Hardt and Narayanan 2023, chapter 3). Groups without bins are passed over.

    Parameters
    ----------
    curves
        Made together, so that their bins are the same.

    Returns
    -------
    Floats
        Shape ``(bins,)``; no bins when no group has any.
    """
    known = [curve for curve in curves if len(curve.low)]
    if any(not np.array_equal(curve.low, known[0].low) for curve in known):
        raise UsageError("the groups have other bins", do="make the curves with together=True")
    observed = np.array([curve.observed for curve in known]) if known else np.zeros((1, 0))
    return np.asarray(observed.max(axis=0) - observed.min(axis=0))


def _curve(histograms: ScoreCounts, place: int, starts: Ints) -> CalibrationCurve:
    group, scores = histograms.groups[place], np.asarray(histograms.scores, np.float64)
    if not len(starts):
        none, nobody = np.zeros(0), np.zeros(0, np.int64)
        return CalibrationCurve(group, none, none, nobody, nobody, none, none, "too_few_families")
    families = histograms.families[place].sum(axis=1)
    risk = np.full(len(scores), np.nan) if histograms.risk is None else histograms.risk
    size, outcomes = (np.add.reduceat(x, starts) for x in (families, histograms.outcomes[place]))
    return CalibrationCurve(
        group,
        scores[starts],
        scores[np.append(starts[1:], len(scores)) - 1],
        size,
        outcomes,
        np.add.reduceat(families * risk, starts) / size,
        outcomes / size,
    )


def _reasons(histograms: ScoreCounts) -> tuple[str | None, ...]:
    if histograms.risk is None:
        return ("no_risk",) * len(histograms.groups)
    sizes = histograms.families.sum(axis=1)
    apart = _told_apart(histograms)
    return tuple(
        _reason(int(others), int(outcomes), bool(x)) for (others, outcomes), x in zip(sizes, apart, strict=True)
    )


def _reason(others: int, outcomes: int, apart: bool) -> str | None:
    if not outcomes + others:
        return "no_families"
    if not outcomes:
        return "no_outcomes"
    if not others:
        return "no_others"
    return "no_overlap" if apart else None


def _told_apart(histograms: ScoreCounts) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Does one risk part families with the outcome from the rest? Then no line is best (Albert and Anderson 1984)."""
    logits = logit(np.zeros(0) if histograms.risk is None else histograms.risk)
    low, high = (
        [np.where(part > 0, logits, edge) for part in (histograms.others, histograms.outcomes)]
        for edge in (np.inf, -np.inf)
    )
    first, last = [x.min(axis=1) for x in low], [x.max(axis=1) for x in high]
    return np.asarray((last[0] <= first[1]) | (last[1] <= first[0]))


def _lines(histograms: ScoreCounts, reasons: tuple[str | None, ...]) -> tuple[Floats, Floats]:
    intercept, slope = np.full((2, len(reasons)), np.nan)
    logits = logit(np.zeros(0) if histograms.risk is None else histograms.risk)
    for place, reason in enumerate(reasons):
        if reason is None:
            total = histograms.families[place].sum(axis=1).astype(np.float64)
            line = fit_logistic(logits[:, None], histograms.outcomes[place].astype(np.float64), total)
            intercept[place], slope[place] = line.intercept, line.coefficients[0]
    return intercept, slope

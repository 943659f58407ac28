"""Groups compared: the largest difference per attribute and metric, its simultaneous interval, and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.fairness.intake import Intake
from riskscreen.fairness.label_plane import LabelPlane, Ratios, plane_of
from riskscreen.fairness.label_sensitivity import (
    Differences,
    RestsOn,
    Uneven,
    label_bounds,
    rests_on,
    turning_point,
)
from riskscreen.fairness.labels import Subject
from riskscreen.fairness.metrics import (
    BURDEN_FIRST,
    CALIBRATION,
    HELP_FIRST,
    METRICS,
    Counts,
    difference,
    group_values,
    ratio,
)
from riskscreen.fairness.variance import Figures, covariance_of, figures_of
from riskscreen.settings import Audit as AuditSettings
from riskscreen.stats.intervals import Bounds, Critical, max_t, mover_difference, range_of, t_quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
VerdictCode = Literal["gap", "no_gap_shown", "not_enough_evidence"]

LEVEL = 0.95
MOST_COMPARISONS = 30
MINIMUM_BLOCKS = 4.0
"""Fewest (effective) blocks from which a variance between blocks can be estimated at all."""
_POWER = 0.8416
"""Normal quantile of 80%: a gap counts as visible when four in five samples would show it."""


_MOST_TIMES = 1000.0
"""A sample so many times as large is not worth naming."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The groups of one attribute compared on one metric.

    Parameters
    ----------
    worst, reference
        The two groups that differ most, worst off first; ``None`` when nothing can be compared.
    worst_value, reference_value
        Their metric.
    difference, low, high
        Largest minus smallest group (at least 0), and its interval.
    ratio
        Smallest divided by largest; ``None`` for calibration, which can be below 0.
    to_overall
        Largest distance of a group to all families together.
    families
        Families seen in the denominator of the smaller of the two groups.
    compared, left_out
        The groups that took part, and those with too few families or neighbourhoods or with suppressed cells.
    suppressed
        The groups left out because the metric rests on cells of theirs that the table holds back.
    tolerance, verdict, reason
        ``None`` when the comparison only explores.
    visible
        The smallest gap that four in five samples of this size would have shown.
    rests_on
        Which differences in reporting move the metric: see :func:`riskscreen.fairness.label_sensitivity.rests_on`.
    turns_at_k, turns_at_c, turns_at_l, turns_at_u
        Smallest reporting, contact, link and coverage ratio at which the conclusion from the interval turns, when all
        else is even; ``None``: not up to 10, or no conclusion.
    """

    subject: Subject
    attribute: str
    metric: str
    worst: str | None
    reference: str | None
    worst_value: float | None
    reference_value: float | None
    difference: float | None
    low: float | None
    high: float | None
    ratio: float | None
    to_overall: float | None
    families: int | None
    compared: tuple[str, ...]
    left_out: tuple[str, ...]
    tolerance: float | None = None
    verdict: VerdictCode | None = None
    reason: str | None = None
    visible: float | None = None
    rests_on: RestsOn = "groups_and_contact"
    turns_at_k: float | None = None
    turns_at_c: float | None = None
    turns_at_l: float | None = None
    turns_at_u: float | None = None
    suppressed: tuple[str, ...] = ()

    @property
    def needed(self) -> float | None:
        """How many times as many families would bring a verdict in four of five samples, if the difference stays.

        Standard errors fall with the root of the families, so it is ``((visible - tolerance) / (difference -
        tolerance))^2``. ``None``: the interval did settle it, the figures are hidden, or over a thousand times.
        """
        figures = (self.visible, self.tolerance, self.difference)
        if self.reason != "interval_straddles" or any(figure is None for figure in figures):
            return None
        visible, tolerance, apart = (float(figure or 0.0) for figure in figures)
        if visible >= 1 or apart == tolerance:
            return None
        times = ((visible - tolerance) / (apart - tolerance)) ** 2
        return max(times, 1.0) if times <= _MOST_TIMES else None


TURNS = ("turns_at_k", "turns_at_c", "turns_at_l", "turns_at_u")


def without_turns(item: Comparison) -> Comparison:
    """The same comparison without the ratios at which it turns."""
    return replace(item, turns_at_k=None, turns_at_c=None, turns_at_l=None, turns_at_u=None)


_FIGURES = (
    "worst",
    "reference",
    "worst_value",
    "reference_value",
    "difference",
    "low",
    "high",
    "ratio",
    "to_overall",
    "families",
)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Figures of one comparison, and the pairs of groups with enough families."""

    figures: Figures
    at: Ints
    first: Ints
    second: Ints
    few_blocks: bool


def check_settings(settings: AuditSettings, by: tuple[str, ...]) -> None:
    """Are the confirmatory comparisons ones that can be made, and at most 30?"""
    faults = [f"confirmatory: there is no metric {name}" for name in settings.confirmatory if name not in METRICS]
    faults += [
        f"tolerances: none is given for {name}" for name in settings.confirmatory if name not in settings.tolerances
    ]
    number = len(settings.confirmatory) * len(by)
    if number > MOST_COMPARISONS:
        faults.append(f"{len(by)} columns and {len(settings.confirmatory)} metrics make {number} verdicts")
    if faults:
        raise UsageError(
            "these comparisons cannot all have a verdict",
            faults=tuple(faults),
            do=f"name at most {MOST_COMPARISONS} beforehand, from the metrics {', '.join(METRICS)}",
        )


def compare(
    intake: Intake, settings: AuditSettings, subject: Subject, seed: int
) -> tuple[tuple[Comparison, ...], tuple[Comparison, ...], Critical]:
    """Every confirmatory comparison with its verdict, every other one without, and the critical value used."""
    order = HELP_FIRST if settings.offer_is == "help" else BURDEN_FIRST
    known = [metric for metric in order if metric != CALIBRATION or intake.attributes[0].risk is not None]
    named = [metric for metric in order if metric in settings.confirmatory]
    pairs = {
        (counts.attribute, metric): _pairs(figures_of(counts, metric), settings.minimum)
        for counts in intake.attributes
        for metric in dict.fromkeys([*known, *named])
    }
    starts = _starts(intake)
    together = [part for (_, metric), part in pairs.items() if metric in named]
    critical = _critical(together, starts, intake.overlap, seed)
    confirmatory = tuple(
        _judged(pairs[counts.attribute, metric], settings, subject, critical)
        for metric in named
        for counts in intake.attributes
    )
    explored = tuple(
        _described(part, _bounds(part, _critical([part], starts, intake.overlap, seed)), settings, subject)
        for metric in known
        if metric not in named
        for counts in intake.attributes
        for part in [pairs[counts.attribute, metric]]
    )
    return confirmatory, explored, critical


def _starts(intake: Intake) -> Mapping[str, int]:
    starts, place = {}, 0
    for counts in intake.attributes:
        starts[counts.attribute] = place
        place += len(counts.groups)
    return starts


def _pairs(figures: Figures, minimum: int) -> _Pairs:
    enough = (figures.seen >= minimum) & ~np.isnan(figures.value)
    spread = figures.effective_blocks >= MINIMUM_BLOCKS
    at = np.flatnonzero(enough & spread)
    first, second = np.triu_indices(len(at), 1)
    return _Pairs(figures, at, at[first], at[second], bool(enough.sum() >= 2 > len(at)))


def _critical(parts: list[_Pairs], starts: Mapping[str, int], overlap: Floats, seed: int) -> Critical:
    used = [part for part in parts if len(part.first)]
    covariance = covariance_of(
        [(part.figures, part.at, starts[part.figures.counts.attribute]) for part in used], overlap
    )
    families, place = [], 0
    for part in used:
        first, second = np.triu_indices(len(part.at), 1)
        families.append((first + place, second + place))
        place += len(part.at)
    return max_t(covariance, families, level=LEVEL, seed=seed)


def _bounds(part: _Pairs, critical: Critical) -> Bounds:
    """Simultaneous bounds of the difference of every pair, shape ``(pairs,)``."""
    quantile = t_quantile(critical.local, part.figures.pair_freedom(part.first, part.second))
    figures = part.figures
    return mover_difference(
        figures.value[part.first],
        figures.limits(quantile, part.first),
        figures.value[part.second],
        figures.limits(quantile, part.second),
        _correlation(part),
    )


def _correlation(part: _Pairs) -> Floats:
    """Between the two values of each pair: groups of one attribute share blocks, never families."""
    if not part.figures.blocked:
        return np.zeros(len(part.first))
    shared = part.figures.influence.T @ part.figures.influence
    error = np.sqrt(part.figures.variance)
    return np.asarray(np.clip(shared[part.first, part.second] / (error[part.first] * error[part.second]), -1, 1))


def _judged(part: _Pairs, settings: AuditSettings, subject: Subject, critical: Critical) -> Comparison:
    tolerance = settings.tolerances[part.figures.metric]
    bounds = _bounds(part, critical)
    verdict, reason = _verdict(part, bounds, tolerance)
    turns: dict[str, float | None] = {}
    if verdict != "not_enough_evidence":
        stands = _standing(part, critical, tolerance, verdict)
        turns = _turning_points(stands)
        reporting = Uneven(settings.reporting_ratio, settings.contact_ratio)
        if not stands(reporting):
            verdict, reason = "not_enough_evidence", "label_could_overturn"
        elif not stands(uneven_of(settings)):
            verdict, reason = "not_enough_evidence", "registers_could_overturn"
    return _described(
        part,
        bounds,
        settings,
        subject,
        tolerance=tolerance,
        verdict=verdict,
        reason=reason,
        visible=_visible(part, critical, tolerance),
        **turns,
    )


def uneven_of(settings: AuditSettings) -> Uneven:
    """How uneven recording may be, as set beforehand."""
    return Uneven(
        settings.reporting_ratio, settings.contact_ratio, links=settings.link_ratio, coverage=settings.coverage_ratio
    )


def _turning_points(stands: Callable[[Uneven], bool]) -> dict[str, float | None]:
    return {
        "turns_at_k": turning_point(lambda ratio: stands(Uneven(groups=ratio))),
        "turns_at_c": turning_point(lambda ratio: stands(Uneven(contact=ratio))),
        "turns_at_l": turning_point(lambda ratio: stands(Uneven(links=ratio))),
        "turns_at_u": turning_point(lambda ratio: stands(Uneven(coverage=ratio))),
    }


def _standing(part: _Pairs, critical: Critical, tolerance: float, verdict: VerdictCode) -> Callable[[Uneven], bool]:
    """Does the verdict stand when recording may be this uneven?"""
    among = _differences(part, critical)
    return lambda uneven: _verdict(part, label_bounds(among, uneven), tolerance)[0] == verdict


def _differences(part: _Pairs, critical: Critical) -> Differences:
    quantile = t_quantile(critical.local, part.figures.pair_freedom(part.first, part.second))
    a, b = (part.figures.limits(quantile, place) for place in (part.first, part.second))
    return Differences(part.figures, part.first, part.second, a, b, _correlation(part))


def label_plane(
    counts: Counts, metric: str, settings: AuditSettings, critical: Critical, k: Ratios, c: Ratios
) -> LabelPlane | None:
    """A verdict at every pair of reporting ratio ``k`` and contact ratio ``c``; ``None``: nothing to compare."""
    part, tolerance = _pairs(figures_of(counts, metric), settings.minimum), settings.tolerances[metric]
    if not len(part.first) or (metric == CALIBRATION and counts.risk is None):
        return None

    def judge(bounds: Bounds) -> VerdictCode:
        return _verdict(part, bounds, tolerance)[0]

    return plane_of(_differences(part, critical), judge, k, c, uneven_of(settings))


def _verdict(part: _Pairs, bounds: Bounds, tolerance: float) -> tuple[VerdictCode, str]:
    if part.figures.metric == CALIBRATION and part.figures.counts.risk is None:
        return "not_enough_evidence", "no_risk"
    if not len(part.first):
        return "not_enough_evidence", _why_none(part)
    low, high = range_of(bounds.low, bounds.high)
    if low > tolerance:
        return "gap", "interval_outside"
    if high < tolerance:
        return "no_gap_shown", "interval_inside"
    return "not_enough_evidence", "interval_straddles"


def _why_none(part: _Pairs) -> str:
    """Why fewer than two groups can be compared."""
    if part.few_blocks:
        return "too_few_blocks"
    held_back = part.figures.counts.rests_on_suppressed(part.figures.metric)
    return "suppressed_cells" if held_back.any() else "too_few_families"


def _visible(part: _Pairs, critical: Critical, tolerance: float) -> float | None:
    """Tolerance plus (critical value + 80% quantile) standard errors of the least certain pair; at most 1."""
    figures, first, second = part.figures, part.first, part.second
    if not len(first):
        at = np.flatnonzero(figures.denominator > 0)
        first, second = (at[place] for place in np.triu_indices(len(at), 1))
    if not len(first) or (figures.metric == CALIBRATION and figures.counts.risk is None):
        return None
    variance = figures.variance[first] + figures.variance[second]
    if figures.blocked:
        variance = np.maximum(variance - 2 * (figures.influence.T @ figures.influence)[first, second], 0)
    steps = t_quantile(critical.local, figures.pair_freedom(first, second)) + _POWER
    return float(min(1.0, tolerance + np.max(steps * np.sqrt(variance))))


def _described(
    part: _Pairs,
    bounds: Bounds,
    settings: AuditSettings,
    subject: Subject,
    *,
    tolerance: float | None = None,
    verdict: VerdictCode | None = None,
    reason: str | None = None,
    visible: float | None = None,
    **turns: float | None,
) -> Comparison:
    figures, counts = part.figures, part.figures.counts
    compared = tuple(counts.groups[place] for place in part.at)
    left_out = tuple(group for group in counts.groups if group not in compared)
    held_back = counts.rests_on_suppressed(figures.metric)
    suppressed = tuple(group for group, flag in zip(counts.groups, held_back, strict=True) if flag)
    if not len(part.first):
        gone = dict.fromkeys(_FIGURES)
        return Comparison(
            subject=subject,
            attribute=counts.attribute,
            metric=figures.metric,
            compared=compared,
            left_out=left_out,
            tolerance=tolerance,
            verdict=verdict,
            reason=reason,
            visible=visible,
            rests_on=rests_on(figures.metric),
            suppressed=suppressed,
            **gone,
        )
    value = figures.value[part.at]
    worst, reference = _ends(value, figures.metric, settings.offer_is)
    low, high = range_of(bounds.low, bounds.high)
    overall = group_values(counts.whole, figures.metric)[0]
    return Comparison(
        subject,
        counts.attribute,
        figures.metric,
        counts.groups[part.at[worst]],
        counts.groups[part.at[reference]],
        float(value[worst]),
        float(value[reference]),
        difference(value, overall),
        low,
        high,
        None if figures.metric == CALIBRATION else _number(ratio(value, overall)),
        _number(difference(value, overall, "to_overall")),
        int(min(figures.seen[part.at[worst]], figures.seen[part.at[reference]])),
        compared,
        left_out,
        tolerance,
        verdict,
        reason,
        visible,
        rests_on(figures.metric),
        suppressed=suppressed,
        **turns,
    )


def _ends(value: Floats, metric: str, offer_is: str) -> tuple[int, int]:
    """Places of the worst and the best off group.

    A help: the group that is chosen or reached least, or missed most. A burden: the group that is chosen most, most
    often wrongly. Equal values: the first group is worst, the last is the reference.
    """
    low_is_worse = METRICS[metric].worst_low
    if offer_is == "burden" and metric in ("selection_rate", CALIBRATION):
        low_is_worse = not low_is_worse
    ordered = value if low_is_worse else -value
    return int(np.argmin(ordered)), len(value) - 1 - int(np.argmax(ordered[::-1]))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value

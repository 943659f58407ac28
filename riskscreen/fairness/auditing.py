"""The audit: from rows or cells to metrics, intervals and verdicts by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from riskscreen.errors import UsageError
from riskscreen.fairness.comparisons import LEVEL, Comparison, check_settings, compare, without_turns
from riskscreen.fairness.conditional import compare_within
from riskscreen.fairness.criteria import IMPOSSIBLE, IMPOSSIBLE_CRITERIA, Conflict
from riskscreen.fairness.intake import Columns, Intake, Risk, names_of, take_in
from riskscreen.fairness.labels import SUBJECTS, Subject
from riskscreen.fairness.metrics import METRICS, Counts
from riskscreen.fairness.results import Audit, Estimate, GroupRow
from riskscreen.fairness.variance import Figures, figures_of
from riskscreen.settings import Audit as AuditSettings
from riskscreen.stats.intervals import Bounds, t_quantile


def audit(
    data: Any,
    *,
    outcome: str = "",
    selected: str | None = None,
    score: str | None = None,
    points: str | None = None,
    by: Sequence[str] | None = None,
    count: str | None = None,
    confusion: Mapping[str, str] | None = None,
    weights: str | None = None,
    sample: str | None = None,
    threshold_share: float | None = None,
    cuts: Sequence[float] = (),
    settings: AuditSettings | None = None,
    subject: Subject | None = None,
    risk: Risk | None = None,
    block: str | None = None,
    truth: str | None = None,
    control: str | Sequence[str] = (),
    seed: int = 1,
    threshold: int = 10,
) -> Audit:
    """Compare groups on who is selected and who is missed.

    Parameters
    ----------
    data
        A pandas or polars frame (or anything with ``to_pandas``) with one row per family or one row per cell with a
        count; a DuckDB relation, which is counted in its own engine; or a handle on cells counted by ours.
    outcome
        Column with 1 (a recorded outcome) and 0. Needed unless there are confusion counts.
    selected, score, points
        Exactly one: a column with 1 (offered) and 0; with a score from 0 to 1; with whole points. A score or points
        select from the value on that selects about ``threshold_share`` of families.
    by
        Columns with groups; default ``settings.by``. A missing value is the group *unknown*.
    count
        Column with the number of families of a row; default ``families`` when there is one, else each row is one. An
        empty place or a mark (:data:`riskscreen.fairness.suppression.MARKS`, or ``<10``) is a suppressed count: it
        stays missing, and every figure that rests on it is unknown.
    confusion
        Instead of an outcome, a selection and a count: the columns of the four counts of a table with one row per
        group, as ``{"tp": ..., "fp": ..., "fn": ..., "tn": ...}``; *t* and *p* are *outcome* and *selected* right.
    weights
        Column with sampling weights, 1 divided by the chance of being drawn: rates are those of the population, and
        intervals follow the design. What is too few or hidden goes by the families seen.
    sample
        Column with 1 (investigated because drawn at random; also when selected as well) and 0 (investigated because
        selected). Only the random sample is a fair base: rows with 0 are left out of every rate, counted and told.
    threshold_share
        Share selected by a score or points, above 0 and below 1; default ``settings.threshold_share``.
    cuts
        Scores or points from which on families may be selected; default: any. Where families are also counted in bands
        of points, a cut within a band would tell how many have just those points.
    settings
        Tolerances, minimum and confirmatory metrics, agreed before looking.
    subject
        ``offer`` or ``threshold``; default: offer when ``selected`` is given.
    risk
        Column with the predicted risk, or a function from points to risk: for calibration. A score is its own risk.
    block
        Column with the neighbourhood that offers are decided by: neighbourhoods are then drawn as a whole.
    truth
        Column with true need (synthetic data only): the same audit against it becomes ``Audit.truth``.
    control
        Columns that families are to be alike on: shares selected are also compared within their values together
        (conditional parity). A missing value is a stratum of its own.
    seed
        Same seed, same intervals.
    threshold
        Groups with fewer families are hidden in what the audit shows.

    Raises
    ------
    UsageError, RegisterError
        With every fault of the call or of the columns at once.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.DataFrame({
    ...     "family_form": ["couple", "couple", "single_parent", "single_parent"],
    ...     "outcome": [0, 1, 0, 1], "offered": [0, 1, 1, 1], "families": [900, 100, 850, 150]})
    >>> found = audit(cells, outcome="outcome", selected="offered", by=["family_form"])
    >>> [(item.metric, item.verdict) for item in found.verdicts]
    [('true_positive_rate', 'no_gap_shown'), ('selection_rate', 'gap')]
    """
    chosen = settings or AuditSettings()
    columns = Columns(
        outcome,
        names_of(chosen.by if by is None else by),
        selected,
        score,
        points,
        count,
        risk,
        block,
        truth,
        names_of(control),
        weights,
        sample,
        confusion,
        tuple(cuts),
    )
    _check_about(subject, threshold, confusion, seed)
    check_settings(chosen, columns.by)
    share = chosen.threshold_share if threshold_share is None else threshold_share
    about: Subject = subject or ("threshold" if score or points else "offer")
    found = _audited(take_in(data, columns, share), chosen, about, seed, threshold)
    if truth is None:
        return found
    # Against true need nothing hangs on reporting, nor on the registers.
    known = chosen.model_copy(
        update=dict.fromkeys(("reporting_ratio", "contact_ratio", "link_ratio", "coverage_ratio"), 1.0)
    )
    against = _without_label(_audited(take_in(data, columns, share, truth=True), known, about, seed, threshold))
    return Audit(**{name: getattr(found, name) for name in Audit.__slots__} | {"truth": against})


def _check_about(subject: str | None, threshold: int, confusion: object, seed: int) -> None:
    faults = []
    if subject is not None and subject not in SUBJECTS:
        faults.append(f"subject is {subject!r}; allowed: {', '.join(SUBJECTS)}")
    if confusion is not None and not isinstance(confusion, Mapping):
        faults.append(
            f"confusion is a {type(confusion).__name__}; give the column of each of tp, fp, fn and tn by name"
        )
    if not threshold >= 1:
        faults.append(f"threshold is {threshold}; allowed: 1 or more")
    if seed < 0:
        faults.append(f"seed is {seed}; allowed: 0 or more")
    if faults:
        raise UsageError("these data cannot be audited this way", faults=tuple(faults), do="mend the call")


def _audited(intake: Intake, settings: AuditSettings, subject: Subject, seed: int, threshold: int) -> Audit:
    verdicts, explored, critical = compare(intake, settings, subject, seed)
    rows = [row for counts in intake.attributes for row in _rows(counts)]
    return Audit(
        subject,
        settings,
        intake.attributes,
        tuple(rows),
        verdicts,
        explored,
        _conflicts((*verdicts, *explored)),
        critical.value,
        intake.blocks,
        intake.cut,
        intake.counted_by,
        threshold,
        histograms=intake.histograms,
        conditional=tuple(compare_within(item, settings.minimum) for item in intake.strata),
        design=intake.design,
    )


def _without_label(found: Audit) -> Audit:
    verdicts, explored = (
        tuple(replace(without_turns(item), rests_on="truth") for item in items)
        for items in (found.verdicts, found.explored)
    )
    return replace(found, verdicts=verdicts, explored=explored)


def _rows(counts: Counts) -> list[GroupRow]:
    """One row per group, then their total."""
    return [row for part in (counts, counts.whole) for row in _rows_of(part)]


def _rows_of(counts: Counts) -> list[GroupRow]:
    figures = [figures_of(counts, metric) for metric in METRICS]
    limits = [item.limits(t_quantile(1 - LEVEL, item.freedom)) for item in figures]
    held_back = [counts.rests_on_suppressed(metric) for metric in METRICS]
    rows = []
    for place, group in enumerate(counts.groups):
        estimates = tuple(
            _estimate(item, bounds, place, bool(gone[place]))
            for item, bounds, gone in zip(figures, limits, held_back, strict=True)
        )
        rows.append(GroupRow(counts.attribute, group, *_seen(counts, place), estimates))
    return rows


def _estimate(figures: Figures, bounds: Bounds, place: int, held_back: bool) -> Estimate:
    value, low, high = (_known(part[place]) for part in (figures.value, bounds.low, bounds.high))
    return Estimate(figures.metric, value, low, high, "suppressed_cells" if held_back else None)


def _seen(counts: Counts, place: int) -> tuple[int | None, int | None, int | None, int | None]:
    """Families, outcomes, selected and both of one group; ``None`` where a cell is held back."""
    cells = counts.totals[place]
    gone = np.zeros((2, 2), np.bool_) if counts.suppressed is None else counts.suppressed[place]

    def number(of: tuple[Any, Any]) -> int | None:
        return None if gone[of].any() else int(cells[of].sum())

    every = slice(None)
    return number((every, every)), number((every, 1)), number((1, every)), number((1, 1))


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _conflicts(comparisons: tuple[Comparison, ...]) -> tuple[Conflict, ...]:
    """Attributes whose groups have other base rates beyond chance."""
    return tuple(
        Conflict(
            item.attribute,
            IMPOSSIBLE_CRITERIA,
            min(item.worst_value, item.reference_value),
            max(item.worst_value, item.reference_value),
            IMPOSSIBLE,
        )
        for item in comparisons
        if item.metric == "base_rate" and item.low and item.worst_value is not None and item.reference_value is not None
    )

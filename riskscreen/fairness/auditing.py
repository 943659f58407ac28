"""The audit: from rows or cells to metrics, intervals and verdicts by group."""

from __future__ import annotations

from collections.abc import Sequence
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
from riskscreen.fairness.variance import figures_of
from riskscreen.records.tables import TOTAL
from riskscreen.settings import Audit as AuditSettings
from riskscreen.stats.intervals import t_quantile


def audit(
    data: Any,
    *,
    outcome: str,
    selected: str | None = None,
    score: str | None = None,
    points: str | None = None,
    by: Sequence[str] | None = None,
    count: str | None = None,
    threshold_share: float | None = None,
    settings: AuditSettings | None = None,
    subject: Subject | None = None,
    risk: Risk | None = None,
    block: str | None = None,
    truth: str | None = None,
    control: str | None = None,
    seed: int = 1,
    threshold: int = 10,
) -> Audit:
    """Compare groups on who is selected and who is missed.

    Parameters
    ----------
    data
        A pandas frame (or anything with ``to_pandas``, such as a polars frame) with one row per family or one row per
        cell with a count; or a handle on cells counted by the engine.
    outcome
        Column with 1 (a recorded outcome) and 0.
    selected, score, points
        Exactly one: a column with 1 (offered) and 0; with a score from 0 to 1; with whole points. A score or points
        select from the value on that selects about ``threshold_share`` of families.
    by
        Columns with groups; default ``settings.by``. A missing value is the group *unknown*.
    count
        Column with the number of families of a row; default ``families`` when there is one, else each row is one.
    threshold_share
        Share selected by a score or points, above 0 and below 1; default ``settings.threshold_share``.
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
        Column that families are to be alike on: shares selected are also compared within its values (conditional
        parity). A missing value is a stratum of its own.
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
        outcome, names_of(chosen.by if by is None else by), selected, score, points, count, risk, block, truth, control
    )
    _check_about(subject, threshold)
    check_settings(chosen, columns.by)
    share = chosen.threshold_share if threshold_share is None else threshold_share
    about: Subject = subject or ("offer" if selected is not None else "threshold")
    found = _audited(take_in(data, columns, share), chosen, about, seed, threshold)
    if truth is None:
        return found
    # Against true need nothing hangs on reporting, nor on the registers.
    known = chosen.model_copy(
        update=dict.fromkeys(("reporting_ratio", "contact_ratio", "link_ratio", "coverage_ratio"), 1.0)
    )
    against = _without_label(_audited(take_in(data, columns, share, truth=True), known, about, seed, threshold))
    return Audit(**{name: getattr(found, name) for name in Audit.__slots__} | {"truth": against})


def _check_about(subject: str | None, threshold: int) -> None:
    faults = []
    if subject is not None and subject not in SUBJECTS:
        faults.append(f"subject is {subject!r}; allowed: {', '.join(SUBJECTS)}")
    if threshold < 1:
        faults.append(f"threshold is {threshold}; allowed: 1 or more")
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
    )


def _without_label(found: Audit) -> Audit:
    verdicts, explored = (
        tuple(replace(without_turns(item), rests_on="truth") for item in items)
        for items in (found.verdicts, found.explored)
    )
    return replace(found, verdicts=verdicts, explored=explored)


def _rows(counts: Counts) -> list[GroupRow]:
    """One row per group, then their total."""
    whole = Counts(
        counts.attribute,
        (TOTAL,),
        counts.cells.sum(axis=1, keepdims=True),
        None if counts.risk is None else counts.risk.sum(axis=1, keepdims=True),
    )
    return [row for part in (counts, whole) for row in _rows_of(part)]


def _rows_of(counts: Counts) -> list[GroupRow]:
    figures = [figures_of(counts, metric) for metric in METRICS]
    limits = [item.limits(t_quantile(1 - LEVEL, item.freedom)) for item in figures]
    rows = []
    for place, group in enumerate(counts.groups):
        cells = counts.totals[place]
        estimates = tuple(
            Estimate(item.metric, *(_known(x[place]) for x in (item.value, bounds.low, bounds.high)))
            for item, bounds in zip(figures, limits, strict=True)
        )
        families, outcomes = int(cells.sum()), int(cells[:, 1].sum())
        chosen, both = int(cells[1].sum()), int(cells[1, 1])
        rows.append(GroupRow(counts.attribute, group, families, outcomes, chosen, both, estimates))
    return rows


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

"""What an audit says of scores, per group: how well they order families, and whether a risk means the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from riskscreen.fairness.calibration import calibrations
from riskscreen.fairness.curves import ScoreCounts
from riskscreen.fairness.ranking import rank
from riskscreen.fairness.score_intervals import score_intervals
from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Column, Table
from riskscreen.records.texts import Text

if TYPE_CHECKING:
    from riskscreen.fairness.results import Audit

FIGURES: dict[str, Text] = {
    "auroc": Text(
        "chance that a family with a report scores higher than one without, within the group",
        "kans dat een gezin met melding hoger scoort dan een gezin zonder, binnen de groep",
    ),
    "outcomes_to_rest": Text(
        "the same, families with a report beside families without one in other groups",
        "idem, gezinnen met melding naast gezinnen zonder melding in andere groepen",
    ),
    "others_to_rest": Text(
        "the same, families with a report in other groups beside families without one",
        "idem, gezinnen met melding in andere groepen naast gezinnen zonder melding",
    ),
    "brier_score": Text(
        "mean squared distance of risk and report", "gemiddelde kwadratische afstand van kans en melding"
    ),
    "intercept": Text("calibration line, start (0 is right)", "kalibratielijn, begin (0 is goed)"),
    "slope": Text("calibration line, slope (1 is right)", "kalibratielijn, helling (1 is goed)"),
}
"""Every figure of a :class:`ScoreRow`, in the order of the tables."""

Limits = tuple[float | None, float | None]
_DECIMALS = 3
"""A figure with all its digits, beside the risk of each score, could be turned back into counts of single scores."""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """Figures of one group (``total``: of all groups); ``None``: unknown, or hidden where it is shown.

    Parameters
    ----------
    families, outcomes
        What the figures rest on.
    auroc, outcomes_to_rest, others_to_rest
        See :class:`riskscreen.fairness.ranking.Ranking`.
    brier_score, intercept, slope
        See :class:`riskscreen.fairness.calibration.Calibrations`.
    reason
        Why a figure is unknown: a code of :data:`riskscreen.fairness.labels.UNKNOWN_FIGURES`.
    limits
        The 95% interval of each figure, by its name; see :mod:`riskscreen.fairness.score_intervals`.
    """

    attribute: str
    group: str
    families: int | None
    outcomes: int | None
    auroc: float | None
    outcomes_to_rest: float | None
    others_to_rest: float | None
    brier_score: float | None
    intercept: float | None
    slope: float | None
    reason: str | None
    limits: Mapping[str, Limits] = field(default_factory=dict)


def score_rows(audit: Audit) -> tuple[ScoreRow, ...]:
    """Every group of every attribute, then its total; none when the audit had no score or points. Nothing is hidden."""
    return tuple(row for item in audit.histograms for part in (item, item.whole()) for row in _rows(part))


def shown_scores(audit: Audit) -> tuple[ScoreRow, ...]:
    """The rows with what is too small replaced by ``None``: every figure goes with the number of outcomes."""
    from riskscreen.fairness.hiding import hidden

    if not audit.histograms:
        return ()
    flags = [hidden(counts, audit.threshold) for counts in audit.counts]
    families, outcomes = (np.concatenate([part[name] for part in flags]) for name in ("families", "outcomes"))
    return tuple(
        _shown(row, bool(no_families), bool(no_outcomes))
        for row, no_families, no_outcomes in zip(score_rows(audit), families, outcomes, strict=True)
    )


def score_table(audit: Audit) -> Table:
    """Table ``audit_scores``, unreleased: for the gate, never for the public. Figures have three decimals.

    Every figure rests on the outcomes: it goes where these, or the families, are hidden.
    """
    from riskscreen.fairness.results import INSIDE, attribute_labels, codes_of, group_labels

    codes = codes_of(audit)
    labels = group_labels(audit, codes) | {TOTAL: TOTAL_LABEL}
    columns = [
        Column("attribute", "key", Text("attribute", "kenmerk"), labels=attribute_labels(audit)),
        Column("group", "key", Text("group", "groep"), labels=labels),
        Column("families", "count", Text("families", "gezinnen"), "families"),
        Column(
            "outcomes", "count", Text("families with a report", "gezinnen met melding"), "families", base="families"
        ),
    ]
    for name, text in FIGURES.items():
        named = {name: text} | {f"{name}_{end}": _end_of(text, end) for end in ("low", "high")}
        columns += [Column(key, "estimate", label, of="outcomes", base="families") for key, label in named.items()]
    rows = tuple(
        (
            row.attribute,
            codes.get((row.attribute, row.group), row.group),
            row.families,
            row.outcomes,
            *_figures(row).values(),
        )
        for row in score_rows(audit)
    )
    title = Text("How scores order families, by group", "Hoe scores gezinnen ordenen, per groep")
    return Table("audit_scores", title, tuple(columns), rows, channels=INSIDE)


def score_dict(row: ScoreRow) -> dict[str, Any]:
    """A shown row as plain values."""
    values = {item.name: getattr(row, item.name) for item in fields(row) if item.name != "limits"}
    return values | _figures(row)


def _figures(row: ScoreRow) -> dict[str, float | None]:
    """Every figure with the ends of its interval, by column."""
    values: dict[str, float | None] = {}
    for name in FIGURES:
        low, high = row.limits.get(name, (None, None))
        values |= {name: getattr(row, name), f"{name}_low": low, f"{name}_high": high}
    return {name: None if value is None else round(value, _DECIMALS) for name, value in values.items()}


def _end_of(text: Text, end: str) -> Text:
    bound = {"low": ("lower bound", "ondergrens"), "high": ("upper bound", "bovengrens")}[end]
    return Text(f"{text.en}, {bound[0]}", f"{text.nl}, {bound[1]}")


def _rows(item: ScoreCounts) -> list[ScoreRow]:
    order, fit = rank(item), calibrations(item)
    limits = score_intervals(item, order, fit)
    families, outcomes = item.families.sum(axis=(1, 2)), item.outcomes.sum(axis=1)
    figures = (order.within, order.outcomes_to_rest, order.others_to_rest, fit.brier_score, fit.intercept, fit.slope)
    return [
        ScoreRow(
            item.attribute,
            group,
            int(families[place]),
            int(outcomes[place]),
            reason=order.reasons[place] or fit.reasons[place],
            limits={name: (_known(each.low[place]), _known(each.high[place])) for name, each in limits.items()},
            **{name: _known(values[place]) for name, values in zip(FIGURES, figures, strict=True)},
        )
        for place, group in enumerate(item.groups)
    ]


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _shown(row: ScoreRow, no_families: bool, no_outcomes: bool) -> ScoreRow:
    if not (no_families or no_outcomes):
        return row
    gone: dict[str, Any] = dict.fromkeys(FIGURES)
    return replace(row, families=None if no_families else row.families, outcomes=None, reason=None, limits={}, **gone)

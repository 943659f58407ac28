"""Curves and calibration by group, in steps that may leave: the tables ``audit_curves`` and ``audit_calibration``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from riskscreen.errors import UsageError
from riskscreen.fairness.calibration import LEAST
from riskscreen.fairness.coarsening import Steps, in_steps, steps_of
from riskscreen.fairness.curves import ScoreCounts
from riskscreen.fairness.labels import METRICS
from riskscreen.fairness.metrics import Floats, Ints
from riskscreen.fairness.results import BASES, INSIDE, attribute_labels, codes_of, group_labels
from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Column, Table, Value
from riskscreen.records.texts import Text
from riskscreen.stats.intervals import wilson

if TYPE_CHECKING:
    from riskscreen.fairness.results import Audit

NO_STEP = "none"
"""The step of a group that was left out: its row has no figures, and says why."""

CURVED = ("selection_rate", "true_positive_rate", "false_positive_rate", "positive_predictive_value")
_LEFT_OUT = Text("not shown: too few families", "niet getoond: te weinig gezinnen")
_YES_NO = {"yes": Text("yes", "ja"), "no": Text("no", "nee")}
_NOTE = Text(
    "Scores are taken together in steps. In every step each group shown, and the groups left out together, hold at "
    "least 10 families with and 10 without a report; a group with fewer is left out. All attributes have the same "
    "steps, so that no subtraction tells a few families. Intervals take families as independent. The outcome is a "
    "recorded report, not the truth.",
    "Scores zijn samengenomen in stappen. In elke stap heeft elke getoonde groep, en hebben de weggelaten groepen "
    "samen, minstens 10 gezinnen met en 10 zonder melding; een groep met minder is weggelaten. Alle kenmerken hebben "
    "dezelfde stappen, zodat aftrekken niets zegt over enkele gezinnen. De intervallen nemen gezinnen als "
    "onafhankelijk. De uitkomst is een geregistreerde melding, niet de waarheid.",
)
_Line = tuple[Value, ...]


def step_tables(audit: Audit, *, borders: Sequence[float] | None = None) -> tuple[Table, Table]:
    """Tables ``audit_curves`` and ``audit_calibration``, unreleased: for the gate, never for the public.

    Both have the same steps: other ones could be subtracted from these.

    Parameters
    ----------
    audit
        Of a score or points.
    borders
        Scores at which a step may begin, because other tables show the same families from these; ``None``: any.

    Raises
    ------
    UsageError
        When the audit has no scores.
    """
    if not audit.histograms:
        raise UsageError("this audit has no scores, so no curves", do="audit a score or points")
    least = max(LEAST, audit.threshold)
    steps = steps_of(audit.histograms, audit.cut, least=least, borders=borders)
    return _curve_table(audit, steps), _calibration_table(audit, steps)


def _curve_table(audit: Audit, steps: Steps) -> Table:
    thresholds = steps.starts[1:]
    labels = {f"{start:g}": Text(f"{start:g} or more", f"{start:g} of meer") for start in thresholds}
    columns = [
        *_keys(audit, "threshold", Text("selected from", "gekozen vanaf"), labels),
        Column("chosen", "code", Text("the threshold audited", "de getoetste drempel"), labels=_YES_NO),
        *_counts("families", "outcomes", additive=False),
        Column("selected", "count", Text("selected", "gekozen"), "families", additive=False),
        Column(
            "selected_outcomes", "count", Text("selected, with a report", "gekozen, met melding"), "families",
            additive=False,
        ),
    ]  # fmt: skip
    for name in CURVED:
        of, base = BASES[name]
        columns.append(Column(name, "rate", METRICS[name], "share", of=of, base=base))
    columns += _bounds("true_positive_rate", "outcomes")

    def rows(families: Ints, _: Floats) -> list[_Line]:
        return [_curve_row(families, place, start, audit.cut) for place, start in enumerate(thresholds, start=1)]

    title = Text("Who is reached at each threshold, by group", "Wie wordt bereikt bij elke drempel, per groep")
    return Table("audit_curves", title, tuple(columns), _body(audit, steps, rows, len(columns)), _NOTE, INSIDE)


def _calibration_table(audit: Audit, steps: Steps) -> Table:
    ends = _ends(audit.histograms[0], steps)
    labels = {f"{start:g}": _span(start, end) for start, end in zip(steps.starts, ends, strict=True)}
    columns = (
        *_keys(audit, "step", Text("score", "score"), labels),
        *_counts("families", "outcomes", additive=True),
        Column("observed", "rate", METRICS["base_rate"], "per 1,000", of="outcomes", base="families"),
        Column("low", "estimate", Text("lower bound", "ondergrens"), "per 1,000", base="families"),
        Column("high", "estimate", Text("upper bound", "bovengrens"), "per 1,000", base="families"),
        Column("expected", "estimate", Text("estimated risk", "geschatte kans"), "per 1,000", base="families"),
    )

    def rows(families: Ints, risk: Floats) -> list[_Line]:
        return [_calibration_row(families[place], risk[place], start) for place, start in enumerate(steps.starts)]

    title = Text("Estimated risk and reports, by group", "Geschatte kans en meldingen, per groep")
    return Table("audit_calibration", title, columns, _body(audit, steps, rows, len(columns)), _NOTE, INSIDE)


def _keys(audit: Audit, name: str, title: Text, labels: dict[str, Text]) -> tuple[Column, ...]:
    groups = group_labels(audit, codes_of(audit)) | {TOTAL: TOTAL_LABEL}
    return (
        Column("attribute", "key", Text("attribute", "kenmerk"), labels=attribute_labels(audit)),
        Column("group", "key", Text("group", "groep"), labels=groups),
        Column(name, "key", title, labels=labels | {NO_STEP: _LEFT_OUT}),
    )


def _counts(families: str, outcomes: str, *, additive: bool) -> tuple[Column, Column]:
    reported = Text("families with a report", "gezinnen met melding")
    return (
        Column(families, "count", Text("families", "gezinnen"), "families", additive=additive),
        Column(outcomes, "count", reported, "families", base=families, additive=additive),
    )


def _bounds(metric: str, base: str) -> list[Column]:
    name = METRICS[metric]
    return [
        Column(f"{metric}_low", "estimate", Text(f"{name.en}, from", f"{name.nl}, van"), "share", base=base),
        Column(f"{metric}_high", "estimate", Text(f"{name.en}, to", f"{name.nl}, tot"), "share", base=base),
    ]


def _body(
    audit: Audit, steps: Steps, rows: Callable[[Ints, Floats], list[_Line]], width: int
) -> tuple[tuple[Value, ...], ...]:
    """Rows of every group shown, then of the total, then one empty row per group left out."""
    codes, body = codes_of(audit), list[_Line]()
    for item in audit.histograms:
        for part in (item, item.whole()) if len(steps.starts) else ():
            families, risk = in_steps(part, steps), _mean_risk(part, steps)
            for place, group in enumerate(part.groups):
                if part is not item or group in steps.shown[item.attribute]:
                    code = TOTAL if part is not item else codes[item.attribute, group]
                    body += [(item.attribute, code, *line) for line in rows(families[place], risk[place])]
        for group in steps.left_out[item.attribute]:
            body.append((item.attribute, codes[item.attribute, group], NO_STEP, *(None,) * (width - 3)))
    return tuple(body)


def _curve_row(families: Ints, place: int, start: float, cut: float | None) -> _Line:
    """One group at one threshold; ``families`` by step and outcome."""
    everyone, chosen = families.sum(axis=0), families[place:].sum(axis=0)
    n, y, s, both = int(everyone.sum()), int(everyone[1]), int(chosen.sum()), int(chosen[1])
    bounds = wilson(both, y)
    rates = (s / n, both / y, (s - both) / (n - y), both / s)
    chosen_code = "yes" if cut is not None and start == cut else "no"
    return (f"{start:g}", chosen_code, n, y, s, both, *rates, float(bounds.low), float(bounds.high))


def _calibration_row(families: Ints, risk: float, start: float) -> _Line:
    """One group in one step; ``families`` by outcome."""
    n, y = int(families.sum()), int(families[1])
    bounds = wilson(y, n)
    return (f"{start:g}", n, y, y / n, float(bounds.low), float(bounds.high), _coarse(risk))


def _coarse(value: float) -> float | None:
    """Two significant digits: more would say how families are spread over the scores of a step."""
    return None if np.isnan(value) else float(f"{value:.2g}")


def _mean_risk(item: ScoreCounts, steps: Steps) -> Floats:
    """Mean risk by group and step; ``nan`` where no risk is known or nobody is."""
    risk = np.full(len(item.scores), np.nan) if item.risk is None else item.risk
    first = np.searchsorted(item.scores, steps.starts)
    with np.errstate(divide="ignore", invalid="ignore"):
        sums = np.add.reduceat(item.families.sum(axis=2) * risk, first, axis=1)
        return np.asarray(sums / in_steps(item, steps).sum(axis=2))


def _ends(item: ScoreCounts, steps: Steps) -> Floats:
    """The highest score of each step."""
    after = np.append(steps.starts[1:], np.inf)[: len(steps.starts)]
    return np.asarray(item.scores[np.searchsorted(item.scores, after) - 1], np.float64)


def _span(start: float, end: float) -> Text:
    if start == end:
        return Text(f"{start:g}", f"{start:g}")
    return Text(f"{start:g} to {end:g}", f"{start:g} tot en met {end:g}")

"""The result of an audit, and the tables it hands to the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from riskscreen.errors import UsageError
from riskscreen.fairness.comparisons import TURNS, Comparison, label_plane
from riskscreen.fairness.conditional import Conditional
from riskscreen.fairness.criteria import Conflict
from riskscreen.fairness.curves import ScoreCounts
from riskscreen.fairness.label_plane import USUAL_RATIOS, LabelPlane, Ratios
from riskscreen.fairness.label_sensitivity import rests_on
from riskscreen.fairness.label_sentences import turning
from riskscreen.fairness.labels import (
    METRICS as METRIC_TEXTS,
)
from riskscreen.fairness.labels import (
    NOT_PROOF,
    REASONS,
    RESTS_ON,
    SUBJECTS,
    TURNING,
    VERDICTS,
    Subject,
    attribute_text,
    group_codes,
    group_text,
)
from riskscreen.fairness.metrics import CALIBRATION, Counts, Method, difference, group_values, ratio
from riskscreen.fairness.sampling import Design, design_sentences
from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Channel, Column, Table, Value
from riskscreen.records.texts import Text
from riskscreen.settings import Audit as AuditSettings
from riskscreen.stats.intervals import Critical, normal_tail

if TYPE_CHECKING:
    import altair as alt

BASES = {
    "selection_rate": ("selected", "families"),
    "true_positive_rate": ("selected_outcomes", "outcomes"),
    "false_positive_rate": ("selected_outcomes", "families"),
    "false_negative_rate": ("selected_outcomes", "outcomes"),
    "positive_predictive_value": ("selected_outcomes", "selected"),
    "false_discovery_rate": ("selected_outcomes", "selected"),
    "false_omission_rate": ("selected_outcomes", "families"),
    "negative_predictive_value": ("selected_outcomes", "families"),
    "base_rate": ("outcomes", "families"),
    CALIBRATION: ("", "families"),
}
"""The count columns that a metric gives away or divides by: it goes whenever the first is hidden."""

_NOTE = Text(
    "No gap shown is not proof of equal treatment. The outcome is a recorded report, not the truth. Small groups can "
    "have too few families for a verdict. Intervals of verdicts hold for all verdicts of this table together (95%).",
    "Geen kloof aangetoond is geen bewijs van gelijke behandeling. De uitkomst is een geregistreerde melding, "
    "niet de waarheid. Kleine groepen hebben soms te weinig gezinnen voor een oordeel. De intervallen bij de "
    "oordelen gelden samen voor alle oordelen in deze tabel (95%).",
)
INSIDE: tuple[Channel, ...] = ("review", "internal")


@dataclass(frozen=True, slots=True)
class Estimate:
    """One metric of one group with its own 95% interval; ``None``: unknown, or hidden where it is shown.

    ``reason`` is ``suppressed_cells`` when it is unknown because the table holds back what it is made of.
    """

    metric: str
    value: float | None
    low: float | None
    high: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Counts (of families seen) and metrics of one group (``total``: of all groups).

    ``None`` where hidden, and where the table itself holds a count back.
    """

    attribute: str
    group: str
    families: int | None
    outcomes: int | None
    selected: int | None
    selected_outcomes: int | None
    estimates: tuple[Estimate, ...]

    def estimate(self, metric: str) -> Estimate:
        """The estimate of one metric."""
        for item in self.estimates:
            if item.metric == metric:
                return item
        raise UsageError(f"there is no metric {metric}", do=f"choose from {[e.metric for e in self.estimates]}")


@dataclass(frozen=True, slots=True, repr=False)
class Audit:
    """An audit of one subject: groups, verdicts, and what was only explored.

    What it shows (``str``, notebook, plot, JSON) hides groups below ``threshold`` and the figures that would give
    them away; :meth:`tables` holds all counts, for the gate.

    Parameters
    ----------
    subject
        ``offer`` or ``threshold``.
    rows
        Every group of every attribute, and a row *total* per attribute.
    verdicts
        The confirmatory comparisons, at most 30; their intervals hold together.
    explored
        Every other comparison, without verdict; each interval holds for its own attribute and metric.
    conflicts
        Attributes for which named criteria cannot hold together.
    critical
        Standard errors the verdicts' intervals go out (more where blocks are few).
    blocks
        Number of neighbourhoods drawn as a whole; 0: families taken as independent.
    cut
        Score or points from which a family counts as selected.
    truth
        The same audit against true need, on synthetic data that have it.
    histograms
        Families by group, score and outcome, per attribute, for :mod:`riskscreen.fairness.curves` and its neighbours;
        none for an offer. For use inside only: nothing in them is hidden.
    conditional
        Per attribute, groups compared among families that are alike on the control; none without a control.
    design
        How the families were sampled; ``None`` when they are no sample.
    """

    subject: Subject
    settings: AuditSettings
    counts: tuple[Counts, ...]
    rows: tuple[GroupRow, ...]
    verdicts: tuple[Comparison, ...]
    explored: tuple[Comparison, ...]
    conflicts: tuple[Conflict, ...]
    critical: float
    blocks: int
    cut: float | None
    counted_by: str
    threshold: int
    truth: Audit | None = None
    histograms: tuple[ScoreCounts, ...] = ()
    conditional: tuple[Conditional, ...] = ()
    design: Design | None = None

    @property
    def families(self) -> int:
        """Families audited: those seen, in cells that are not held back."""
        return int(self.counts[0].cells.sum())

    def shown(self) -> tuple[tuple[GroupRow, ...], tuple[Comparison, ...], tuple[Comparison, ...]]:
        """Rows, verdicts and explored comparisons, with what is too small hidden (``None``)."""
        from riskscreen.fairness.hiding import hide

        return hide(self)

    def difference(self, attribute: str, metric: str, method: Method = "between_groups") -> float:
        """Difference between all groups of an attribute, small ones too, in Fairlearn's form; ``nan`` when hidden."""
        return self._form(difference, attribute, metric, method)

    def ratio(self, attribute: str, metric: str, method: Method = "between_groups") -> float:
        """Ratio between all groups of an attribute, small ones too, in Fairlearn's form; ``nan`` when hidden."""
        return self._form(ratio, attribute, metric, method)

    def _form(self, form: Any, attribute: str, metric: str, method: Method) -> float:
        rows = [row for row in self.shown()[0] if row.attribute == attribute]
        if not rows:
            raise UsageError(f"{attribute} was not audited", do=f"choose from {[c.attribute for c in self.counts]}")
        counts = next(c for c in self.counts if c.attribute == attribute)
        values = group_values(counts, metric)
        # The margin is the last row: a foreign group may be called total too.
        *groups, whole = rows
        hidden = [row.estimate(metric).value is None for row in groups]
        if any(gone and value == value for gone, value in zip(hidden, values, strict=True)):
            return float("nan")
        overall = whole.estimate(metric).value
        return float(form(values, float("nan") if overall is None else overall, method))

    def label_plane(
        self, attribute: str, metric: str, k: Ratios = USUAL_RATIOS, c: Ratios = USUAL_RATIOS
    ) -> LabelPlane | None:
        """One verdict over a plane of reporting ratios ``k`` and contact ratios ``c``.

        ``None`` when nothing can be compared, when figures of the comparison are hidden, and against true need.
        """
        item = next((v for v in self.shown()[1] if (v.attribute, v.metric) == (attribute, metric)), None)
        if item is None:
            known = [f"{v.attribute} by {v.metric}" for v in self.verdicts]
            raise UsageError(f"{attribute} by {metric} has no verdict", do=f"choose from {known}")
        if item.low is None or item.rests_on != rests_on(metric):
            return None
        counts = next(counts for counts in self.counts if counts.attribute == attribute)
        critical = Critical(self.critical, normal_tail(self.critical))
        return label_plane(counts, metric, self.settings, critical, k, c)

    def tables(self) -> tuple[Table, Table]:
        """Table ``audit_offer`` or ``audit_threshold``, and table ``verdicts``: for the gate, never for the public."""
        return audit_table(self), verdict_table(self)

    def __str__(self) -> str:
        from riskscreen.fairness.showing import as_text

        return as_text(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from riskscreen.fairness.showing import as_html

        return as_html(self)

    def plot(self, language: str = "en") -> alt.LayerChart:
        """Forest plot of the verdicts: each difference with its interval, beside its tolerance."""
        from riskscreen.fairness.showing import forest

        return forest(self, language)

    def to_json(self) -> str:
        """What is shown, as JSON (schema ``audit/1``); the same audit gives the same bytes."""
        from riskscreen.fairness.showing import as_json

        return as_json(self)


def audit_table(audit: Audit) -> Table:
    """Counts and metrics per group, unreleased."""
    codes = codes_of(audit)
    columns = [
        Column("attribute", "key", Text("attribute", "kenmerk"), labels=attribute_labels(audit)),
        Column("group", "key", Text("group", "groep"), labels=group_labels(audit, codes) | {TOTAL: TOTAL_LABEL}),
        Column("families", "count", Text("families", "gezinnen"), "families"),
        Column("outcomes", "count", Text("families with a report", "gezinnen met melding"), "families"),
        Column("selected", "count", Text("selected", "gekozen"), "families"),
        Column("selected_outcomes", "count", Text("selected, with a report", "gekozen, met melding"), "families"),
    ]
    for metric, (of, base) in BASES.items():
        kind = "estimate" if metric == CALIBRATION else "rate"
        columns.append(Column(metric, kind, METRIC_TEXTS[metric], "share", of=of, base=base))  # type: ignore[arg-type]
        columns += [
            Column(f"{metric}_{end}", "estimate", _end_text(metric, end), "share", base=base) for end in ("low", "high")
        ]
    rows = [_audit_row(row, codes) for row in audit.rows]
    title = Text(f"Audit of {SUBJECTS[audit.subject].en} by group", f"Toets van {SUBJECTS[audit.subject].nl} per groep")
    return Table(f"audit_{audit.subject}", title, tuple(columns), tuple(rows), _note(audit), INSIDE)


def _note(*audits: Audit) -> Text:
    """What holds for every audit, and of whom each sample tells."""
    designs = dict.fromkeys(
        text for one in audits if one.design for text in design_sentences(one.design, one.threshold)
    )
    texts = (_NOTE, *designs)
    return Text(" ".join(text.en for text in texts), " ".join(text.nl for text in texts))


def verdict_table(*audits: Audit) -> Table:
    """The verdicts of one or more audits (the offer first) in one table, unreleased."""
    all_codes = [codes_of(audit) for audit in audits]
    attributes: dict[str, Text] = {}
    groups: dict[str, Text] = {}
    for audit, codes in zip(audits, all_codes, strict=True):
        attributes |= attribute_labels(audit)
        groups |= group_labels(audit, codes)
    estimates = {
        "difference": Text("difference", "verschil"),
        "low": Text("difference, lower bound", "verschil, ondergrens"),
        "high": Text("difference, upper bound", "verschil, bovengrens"),
        "ratio": Text("ratio (smallest to largest)", "verhouding (kleinste tot grootste)"),
        "visible": Text("smallest gap that would have been seen", "kleinste kloof die zichtbaar was geweest"),
    }
    turns = {
        "turns_at_k": Text("turns at this ratio of reporting between groups", "draait om bij: melden tussen groepen"),
        "turns_at_c": Text("turns at this ratio of reporting, selected or not", "draait om bij: wel of niet gekozen"),
        "turns_at_l": Text("turns at this ratio of reports that find their family", "draait om bij: koppelen"),
        "turns_at_u": Text("turns at this ratio of families to known families", "draait om bij: buiten de registers"),
    }
    smaller = Text("families in the smaller group compared", "gezinnen in de kleinste vergeleken groep")
    metrics = {name: METRIC_TEXTS[name] for name in METRIC_TEXTS}
    columns = (
        Column("subject", "key", Text("subject", "onderwerp"), labels=SUBJECTS),
        Column("attribute", "key", Text("attribute", "kenmerk"), labels=attributes),
        Column("metric", "key", Text("metric", "maat"), labels=metrics),
        Column("worst", "code", Text("worst off group", "groep die het slechtst af is"), labels=groups),
        Column("reference", "code", Text("best off group", "groep die het best af is"), labels=groups),
        Column("families", "count", smaller, "families", additive=False),
        *(Column(name, "estimate", text, "share", base="families") for name, text in estimates.items()),
        Column(
            "needed",
            "estimate",
            Text("times as many families that would settle it", "keer zoveel gezinnen die uitsluitsel geven"),
            base="families",
        ),
        Column("tolerance", "number", Text("tolerance", "marge"), "share"),
        Column("verdict", "code", Text("verdict", "oordeel"), labels=VERDICTS),
        Column("reason", "code", Text("reason", "reden"), labels=REASONS),
        Column("rests_on", "code", Text("rests on", "rust op"), labels=RESTS_ON),
        *(Column(name, "estimate", text, base="families") for name, text in turns.items()),
        Column("turning", "code", Text("does it turn?", "draait het om?"), labels=TURNING),
        Column("left_out", "number", Text("groups left out", "groepen buiten beschouwing"), "groups"),
    )
    rows = [
        _verdict_row(item, codes) for audit, codes in zip(audits, all_codes, strict=True) for item in audit.verdicts
    ]
    title = Text(f"Verdicts: {NOT_PROOF.en}", f"Oordelen: {NOT_PROOF.nl}")
    return Table("verdicts", title, columns, tuple(rows), _note(*audits), INSIDE)


def _audit_row(row: GroupRow, codes: dict[tuple[str, str], str]) -> tuple[Value, ...]:
    values: list[Value] = [row.attribute, codes.get((row.attribute, row.group), row.group)]
    values += [row.families, row.outcomes, row.selected, row.selected_outcomes]
    for metric in BASES:
        item = row.estimate(metric)
        values += [item.value, item.low, item.high]
    return tuple(values)


def _verdict_row(item: Comparison, codes: dict[tuple[str, str], str]) -> tuple[Value, ...]:
    worst, reference = (None if g is None else codes[item.attribute, g] for g in (item.worst, item.reference))
    # Without groups to compare, what could have been seen rests on counts too small to let out.
    visible = None if item.families is None else item.visible
    needed = None if visible is None or item.needed is None else float(f"{item.needed:.2g}")
    figures = (item.families, item.difference, item.low, item.high, item.ratio, visible, needed)
    label = (item.rests_on, *(getattr(item, name) for name in TURNS), turning(item))
    ends = (item.tolerance, item.verdict, item.reason, *label, len(item.left_out))
    return (item.subject, item.attribute, item.metric, worst, reference, *figures, *ends)


def codes_of(audit: Audit) -> dict[tuple[str, str], str]:
    """The code of every (attribute, group) in a table with one column of groups."""
    return group_codes({counts.attribute: counts.groups for counts in audit.counts})


def attribute_labels(audit: Audit) -> dict[str, Text]:
    """Wording of every attribute of an audit."""
    return {counts.attribute: attribute_text(counts.attribute) for counts in audit.counts}


def group_labels(audit: Audit, codes: dict[tuple[str, str], str]) -> dict[str, Text]:
    """Wording of every code of a group."""
    return {code: group_text(attribute, group) for (attribute, group), code in codes.items()}


def _end_text(metric: str, end: str) -> Text:
    words = {"low": Text("lower bound", "ondergrens"), "high": Text("upper bound", "bovengrens")}[end]
    name = METRIC_TEXTS[metric]
    return Text(f"{name.en}, {words.en}", f"{name.nl}, {words.nl}")

"""What becomes of each conclusion as reporting may be more uneven: the table ``audit_label_plane``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from riskscreen.fairness.comparisons import Comparison
from riskscreen.fairness.label_plane import USUAL_RATIOS, LabelPlane, Ratios
from riskscreen.fairness.label_sentences import CONCLUDED
from riskscreen.fairness.labels import METRICS, NOT_PROOF, SUBJECTS, VERDICTS
from riskscreen.fairness.results import INSIDE, attribute_labels
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text

if TYPE_CHECKING:
    from riskscreen.fairness.results import Audit

_YES_NO = {"yes": Text("yes", "ja"), "no": Text("no", "nee")}
_NOTE = Text(
    "A verdict per pair of ratios, no counts. Given for a comparison whose interval gave a conclusion, that rests on "
    f"reports, and whose figures are all shown. {NOT_PROOF.en[:1].upper()}{NOT_PROOF.en[1:]}.",
    "Een oordeel per paar verhoudingen, geen aantallen. Voor een vergelijking waarvan het interval een conclusie gaf, "
    "die op meldingen rust en waarvan alle cijfers getoond zijn. "
    f"{NOT_PROOF.nl[:1].upper()}{NOT_PROOF.nl[1:]}.",
)


def label_plane_table(*audits: Audit) -> Table:
    """Table ``audit_label_plane`` of one or more audits (the offer first), unreleased.

    One row per comparison, reporting ratio ``k`` and contact ratio ``c``. No rows when no conclusion rests on reports,
    or its figures are hidden.
    """
    rows = [row for audit in audits for row in _rows(audit)]
    labels: dict[str, dict[str, Text]] = {"k": {}, "c": {}}
    for audit in audits:
        for name, ratios in zip(("k", "c"), _ratios(audit), strict=True):
            labels[name] |= {f"{ratio:g}": _plain(ratio) for ratio in ratios}
    between = Text("reporting between groups, up to", "melden tussen groepen, tot")
    contact = Text("reporting, selected or not, up to", "melden, gekozen of niet, tot")
    columns = (
        Column("subject", "key", Text("subject", "onderwerp"), labels=SUBJECTS),
        Column(
            "attribute",
            "key",
            Text("attribute", "kenmerk"),
            labels={code: text for audit in audits for code, text in attribute_labels(audit).items()},
        ),
        Column("metric", "key", Text("metric", "maat"), labels=METRICS),
        Column("k", "key", between, labels=labels["k"]),
        Column("c", "key", contact, labels=labels["c"]),
        Column("inside", "code", Text("thought possible beforehand", "vooraf mogelijk geacht"), labels=_YES_NO),
        Column("verdict", "code", Text("verdict", "oordeel"), labels=VERDICTS),
    )
    title = Text("Verdicts when reporting is uneven", "Oordelen als er ongelijk gemeld wordt")
    return Table("audit_label_plane", title, columns, tuple(rows), _NOTE, INSIDE)


def _rows(audit: Audit) -> Iterator[tuple[Value, ...]]:
    k, c = _ratios(audit)
    for item in audit.shown()[1]:
        plane = audit.label_plane(item.attribute, item.metric, k, c) if _rests(item) else None
        if plane is not None:
            yield from _cells(audit, plane)


def _rests(item: Comparison) -> bool:
    """Did the interval give a conclusion that reports can turn?"""
    return item.rests_on != "no_label" and item.reason in CONCLUDED and item.low is not None


def _ratios(audit: Audit) -> tuple[Ratios, Ratios]:
    """The usual ratios, with those set beforehand among them."""
    ends = (audit.settings.reporting_ratio, audit.settings.contact_ratio)
    k, c = (tuple(sorted({*USUAL_RATIOS, end})) for end in ends)
    return k, c


def _cells(audit: Audit, plane: LabelPlane) -> Iterator[tuple[Value, ...]]:
    settings = audit.settings
    for row, k in zip(plane.verdicts, plane.k, strict=True):
        for verdict, c in zip(row, plane.c, strict=True):
            inside = "yes" if k <= settings.reporting_ratio and c <= settings.contact_ratio else "no"
            yield (audit.subject, plane.attribute, plane.metric, f"{k:g}", f"{c:g}", inside, verdict)


def _plain(ratio: float) -> Text:
    return Text(f"{ratio:g}", f"{ratio:g}".replace(".", ","))

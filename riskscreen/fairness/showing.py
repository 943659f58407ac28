"""How an audit shows itself: terminal, notebook, chart, JSON. Small groups are hidden in all of them."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from riskscreen.errors import UsageError
from riskscreen.fairness.comparisons import TURNS, Comparison
from riskscreen.fairness.label_sensitivity import rests_on_coverage
from riskscreen.fairness.label_sentences import CONCLUDED
from riskscreen.fairness.labels import (
    AGAINST_TRUTH,
    HELD_BACK,
    HIDDEN,
    METRICS,
    NOT_PROOF,
    REASONS,
    RESTS_ON,
    SUBJECTS,
    VERDICTS,
    attribute_text,
    group_text,
)
from riskscreen.fairness.metrics import BURDEN_FIRST, HELP_FIRST
from riskscreen.fairness.sampling import design_sentences
from riskscreen.fairness.suppression import suppressed_groups, suppressed_sentence
from riskscreen.records.tables import TOTAL
from riskscreen.records.texts import LANGUAGES, Text

if TYPE_CHECKING:
    import altair as alt

    from riskscreen.fairness.results import Audit, GroupRow
    from riskscreen.fairness.scored import ScoreRow

SCHEMA = "audit/1"
_VERDICT_HEAD = (
    "verdict",
    "attribute",
    "metric",
    "worst off",
    "best off",
    "difference",
    "interval",
    "tolerance",
    "why",
    "label",
)
_ROWS_SHOWN = 4
MOVING = {"truth": "", "no_label": "u", "contact": "clu", "groups": "klu", "groups_and_contact": "kclu"}
"""Which ratios of the audit's model can move a figure, by what it rests on."""
_SCORES_HEAD = ("auroc", "outcomes to rest", "others to rest", "brier score", "slope")
_UNKNOWN = "unknown"
_NONE = "none"
"""Nothing was compared; a figure that exists and is not shown is *hidden*, one that does not exist *unknown*."""


def as_text(audit: Audit) -> str:
    """The terminal form: what it is, the verdicts, the groups, the scores if any; quiet and aligned."""
    rows, verdicts, _ = audit.shown()
    parts = [NOT_PROOF.en, _about(audit), "", *aligned(_VERDICT_HEAD, [_verdict(item) for item in verdicts]), ""]
    parts += aligned(("attribute", "group", "families", *_leading(audit)), [_group(audit, row) for row in rows])
    scores = _scores(audit)
    parts += ["", *aligned(("attribute", "group", *_SCORES_HEAD), scores)] if scores else []
    parts += ["", *_last_lines(audit)]
    return "\n".join(parts).rstrip()


def as_html(audit: Audit) -> str:
    """The notebook form: the same tables."""
    rows, verdicts, _ = audit.shown()
    head = ("attribute", "group", "families", *_leading(audit))
    lines = _scores(audit)
    scores = _table("Scores", ("attribute", "group", *_SCORES_HEAD), lines) if lines else ""
    last = "".join(f"<p>{html.escape(line)}</p>" for line in _last_lines(audit))
    return (
        f"<p><strong>{html.escape(NOT_PROOF.en)}</strong><br>{html.escape(_about(audit))}</p>"
        f"{_table('Verdicts', _VERDICT_HEAD, [_verdict(item) for item in verdicts])}"
        f"{_table('Groups', head, [_group(audit, row) for row in rows])}{scores}{last}"
    )


def as_json(audit: Audit) -> str:
    """One JSON object; see :func:`as_dict`."""
    return json.dumps(as_dict(audit), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_dict(audit: Audit) -> dict[str, Any]:
    """What is shown as plain values: rates with six decimals, hidden figures ``None``."""
    from riskscreen.fairness.conditional import conditional_dict
    from riskscreen.fairness.scored import score_dict, shown_scores
    from riskscreen.fairness.sentences import verdict_sentence

    rows, verdicts, explored = audit.shown()
    held_back = suppressed_groups(audit.counts)
    return {
        "schema": SCHEMA,
        "header": NOT_PROOF.to_dict(),
        "subject": audit.subject,
        "families": None if audit.families < audit.threshold or held_back else audit.families,
        "counted_by": audit.counted_by,
        "blocks": audit.blocks,
        "design": None if audit.design is None else audit.design.to_dict(audit.threshold),
        "suppressed": held_back,
        "cut": audit.cut,
        "critical": audit.critical,
        "settings": audit.settings.model_dump(mode="json"),
        "groups": [row_dict(row, audit) for row in rows],
        "verdicts": [comparison_dict(item) | {"sentence": verdict_sentence(item).to_dict()} for item in verdicts],
        "explored": [comparison_dict(item) for item in explored],
        "conditional": [conditional_dict(item, audit.threshold) for item in audit.conditional],
        "scores": [score_dict(row) for row in shown_scores(audit)],
        "cannot_hold_together": [
            {"attribute": item.attribute, "criteria": list(item.criteria), "reason": item.reason.to_dict()}
            for item in audit.conflicts
        ],
    }


def row_dict(row: GroupRow, audit: Audit) -> dict[str, Any]:
    """A shown row as plain values."""
    body: dict[str, Any] = {
        "attribute": row.attribute,
        "group": row.group,
        "label": _group_label(audit, row).to_dict(),
        "families": row.families,
        "outcomes": row.outcomes,
        "selected": row.selected,
        "selected_outcomes": row.selected_outcomes,
    }
    for item in row.estimates:
        body |= {
            item.metric: _short(item.value),
            f"{item.metric}_low": _short(item.low),
            f"{item.metric}_high": _short(item.high),
        }
    body["unknown"] = {item.metric: item.reason for item in row.estimates if item.reason}
    return body


def comparison_dict(item: Comparison) -> dict[str, Any]:
    """A shown comparison as plain values."""
    return {name: _short(value) if isinstance(value, float) else value for name, value in asdict(item).items()}


def forest(audit: Audit, language: str = "en") -> alt.LayerChart:
    """Forest plot: per verdict the difference, its interval and its tolerance band; hidden figures are left out.

    Parameters
    ----------
    language
        ``en`` or ``nl``.
    """
    import altair as alt

    if language not in LANGUAGES:
        raise UsageError(f"unknown language {language!r}", do=f"choose from {', '.join(LANGUAGES)}")
    records = [_mark(item, language) for item in audit.shown()[1] if item.low is not None]
    base = alt.Chart(alt.Data(values=records))
    # One chart per metric would hide that all verdicts stand beside each other: one axis, one row per verdict.
    row = alt.Y("row:N", title=None, sort=None, axis=alt.Axis(labelLimit=360))
    title = Text("difference between the groups that differ most", "verschil tussen de groepen die het meest schelen")
    axis = alt.Axis(format=".0%")
    band = base.mark_bar(color="#dfe7ee", height={"band": 0.9}).encode(
        y=row, x=alt.X("zero:Q", title=getattr(title, language), axis=axis), x2="tolerance:Q"
    )
    line = base.mark_rule(strokeWidth=2, color="#1c2833").encode(y=row, x="low:Q", x2="high:Q")
    names = [getattr(VERDICTS[code], language) for code in VERDICTS]
    colour = alt.Scale(domain=names, range=["#b03a2e", "#1f618d", "#7f8c8d"])
    shape = alt.Scale(domain=names, range=["diamond", "circle", "square"])
    point = base.mark_point(filled=True, size=90, opacity=1).encode(
        y=row,
        x="difference:Q",
        color=alt.Color("verdict:N", scale=colour, title=None),
        shape=alt.Shape("verdict:N", scale=shape, title=None),
        tooltip=["row:N", "worst:N", "reference:N", "difference:Q", "low:Q", "high:Q", "tolerance:Q", "verdict:N"],
    )
    said = [NOT_PROOF, AGAINST_TRUTH] if _against_truth(audit) else [NOT_PROOF]
    head = alt.TitleParams(
        getattr(SUBJECTS[audit.subject], language), subtitle=[getattr(text, language) for text in said]
    )
    return alt.layer(band, line, point).properties(title=head, width=380)


def _mark(item: Comparison, language: str) -> dict[str, Any]:
    def word(text: Text) -> str:
        return str(getattr(text, language))

    return {
        "row": f"{word(attribute_text(item.attribute))}: {word(METRICS[item.metric])}",
        "worst": word(group_text(item.attribute, item.worst or "")),
        "reference": word(group_text(item.attribute, item.reference or "")),
        "difference": _short(item.difference),
        "low": _short(item.low),
        "high": _short(item.high),
        "tolerance": item.tolerance,
        "zero": 0,
        "verdict": word(VERDICTS[item.verdict or "not_enough_evidence"]),
    }


def _against_truth(audit: Audit) -> bool:
    return bool(audit.verdicts) and all(item.rests_on == "truth" for item in audit.verdicts)


def _about(audit: Audit) -> str:
    families = f"{audit.families:,} families" if audit.families >= audit.threshold else f"families {HIDDEN.en}"
    families = f"families {HELD_BACK.en}" if suppressed_groups(audit.counts) else families
    drawn = f"{audit.blocks} neighbourhoods drawn as a whole" if audit.blocks else "families taken as independent"
    cut = "" if audit.cut is None else f"; selected from {audit.cut:g} up"
    return (
        f"audit of {SUBJECTS[audit.subject].en}: {families} (counted by {audit.counted_by}){cut}; {drawn}; "
        f"95% intervals, together over {len(audit.verdicts)} verdicts"
        + (f"; {AGAINST_TRUTH.en}" if _against_truth(audit) else "")
    )


def _leading(audit: Audit) -> tuple[str, ...]:
    order = HELP_FIRST if audit.settings.offer_is == "help" else BURDEN_FIRST
    return order[:_ROWS_SHOWN]


def _verdict(item: Comparison) -> list[str]:
    gone = HIDDEN.en if item.worst is not None else _NONE
    interval = gone
    if item.low is not None and item.high is not None:
        interval = f"{item.low:.3f} to {item.high:.3f}"
    return [
        VERDICTS[item.verdict].en if item.verdict else _NONE,
        item.attribute,
        item.metric,
        item.worst or _NONE,
        item.reference or _NONE,
        gone if item.difference is None else f"{item.difference:.3f}",
        interval,
        _NONE if item.tolerance is None else f"{item.tolerance:g}",
        REASONS[item.reason].en if item.reason else _NONE,
        _label(item),
    ]


def _label(item: Comparison) -> str:
    """What the verdict rests on, and the ratios (``k``, ``c``, ``l``, ``u`` of the audit's model) at which it turns."""
    if item.reason not in CONCLUDED or item.low is None or not MOVING[item.rests_on]:
        return f"rests on {RESTS_ON[item.rests_on].en}"
    ratios = {name[-1]: getattr(item, name) for name in TURNS if name[-1] in MOVING[item.rests_on]}
    if not rests_on_coverage(item.metric):
        ratios.pop("u")
    turns = ", ".join(f"{name} {'over 10' if at is None else f'{at:g}'}" for name, at in ratios.items())
    return f"turns at {turns}"


def _group(audit: Audit, row: GroupRow) -> list[str]:
    from riskscreen.fairness.hiding import GIVES_AWAY

    held_back = row.estimate("selection_rate").reason is not None
    families = HELD_BACK.en if held_back else HIDDEN.en if row.families is None else f"{row.families:,}"
    return [row.attribute, row.group, families, *(_rate(row, metric, GIVES_AWAY[metric]) for metric in _leading(audit))]


def _rate(row: GroupRow, metric: str, count: str) -> str:
    item = row.estimate(metric)
    return HELD_BACK.en if item.reason else _figure(item.value, getattr(row, count))


def _scores(audit: Audit) -> list[list[str]]:
    """How scores order families, and whether risks are right, per group; none for an offer."""
    from riskscreen.fairness.scored import shown_scores

    names = [name.replace(" ", "_") for name in _SCORES_HEAD]
    return [[row.attribute, row.group, *(_with_limits(row, name) for name in names)] for row in shown_scores(audit)]


def _with_limits(row: ScoreRow, name: str) -> str:
    low, high = row.limits.get(name, (None, None))
    interval = "" if low is None or high is None else f" ({low:.3f} to {high:.3f})"
    return _figure(getattr(row, name), row.outcomes) + interval


def _figure(value: float | None, count: int | None) -> str:
    """A figure; without one it is hidden when the count it gives away is, whether or not it exists."""
    if value is not None:
        return f"{value:.3f}"
    return HIDDEN.en if count is None else _UNKNOWN


def _last_lines(audit: Audit) -> list[str]:
    lines = [] if audit.design is None else [text.en for text in design_sentences(audit.design, audit.threshold)]
    held_back = suppressed_sentence(audit.counts)
    lines += [held_back.en] if held_back else []
    if audit.conflicts:
        names = ", ".join(item.attribute for item in audit.conflicts)
        lines.append(f"{audit.conflicts[0].reason.en} ({names})")
    if audit.threshold > 1:
        lines.append(f"Groups below {audit.threshold} families, and figures that give them away, are hidden.")
    return lines


def _group_label(audit: Audit, row: GroupRow) -> Text:
    from riskscreen.records.tables import TOTAL_LABEL

    return TOTAL_LABEL if row.group == TOTAL else group_text(row.attribute, row.group)


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table for the terminal: columns are as wide as their widest cell."""
    # A name from a foreign table may hold a line break or a control character: a row stays one line.
    lines = [["".join(sign if sign.isprintable() else " " for sign in cell) for cell in line] for line in (head, *rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{caption}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 6)

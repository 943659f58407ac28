"""The annex of the audit: the verdicts in words, then pictures, each with what it shows and what it means for families.

Leading are four metrics, and one attribute; everything else stands behind a heading that opens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.records.tables import TOTAL
from riskscreen.reports import charts, fairness_charts, findings, parts
from riskscreen.reports.blocks import Block, Bullets, Details, Note, Prose, Subsection
from riskscreen.reports.content import number
from riskscreen.reports.numbers import as_list, decimal, per_thousand, percent, whole
from riskscreen.reports.parts import Desk
from riskscreen.reports.tables import data_table

FOREST = ("selection_rate", "true_positive_rate", "false_positive_rate", "positive_predictive_value")
"""The metrics that lead: who is selected, who is reached, who is selected in vain, and what being selected means."""

OPEN = 2
"""So many of these are open on the page: a picture of every group of every attribute is long."""

VERDICTS = ("gap", "not_enough_evidence", "no_gap_shown")
SUBJECTS = ("offer", "threshold")
CURVES = ("attribute", "group", "threshold", "selected", "selection_rate", "true_positive_rate", "false_positive_rate")
_Record = dict[str, Any]


def audit(desk: Desk) -> tuple[Block, ...]:
    """The warning, the verdicts, the offer, the threshold, every threshold, and what rests on the reports."""
    words = desk.words
    return (
        Note(words("dossier.audit_note"), (words("dossier.audit_note_text"),), "warning"),
        Subsection("verdicts", words("dossier.audit_words"), verdicts(desk)),
        *(
            Subsection(f"audit-{subject}", words(f"dossier.audit_{subject}"), audited(desk, subject))
            for subject in SUBJECTS
        ),
        Subsection("audit-reach", words("dossier.audit_reach"), reach(desk)),
        Subsection("audit-curves", words("dossier.audit_curves"), curves(desk)),
        Subsection("audit-calibration", words("dossier.audit_calibration"), calibration(desk)),
        Subsection("audit-label", words("dossier.audit_label"), planes(desk)),
    )


def verdicts(desk: Desk) -> tuple[Block, ...]:
    """A picture per subject, then each kind of verdict with its comparisons in sentences; gaps first and in full."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        blocks: list[Block] = [forest(desk, released, subject) for subject in SUBJECTS]
        for kind in VERDICTS:
            rows = findings.verdicts(desk.content, kind)
            title = f"{words(f'dossier.audit_{kind}')}: {words('dossier.audit_count', count=len(rows))}"
            lines = Bullets(tuple(verdict_line(desk, row) for row in rows))
            if not rows:
                blocks.append(Note(title, ()))
            elif kind == "gap":
                blocks += [Note(title, (), "accent"), lines]
            else:
                blocks.append(Details(title, (lines,)))
        blocks.append(Details(words("dossier.audit_table"), (data_table(released, words),)))
        return blocks

    return parts.with_table(desk, "verdicts", make)


def forest(desk: Desk, released: ReleasedTable, subject: str) -> Block:
    """The verdicts about one subject as a picture, and how many have no figures to draw."""
    words = desk.words
    mine = [r for r in released.table.records() if r["subject"] == subject]
    drawn = sum(number(r["low"]) is not None and number(r["difference"]) is not None for r in mine)
    note = words("charts.note_verdicts")
    if drawn < len(mine):
        note += " " + words("charts.note_verdicts_rest", count=len(mine) - drawn, total=len(mine))
    chart = fairness_charts.verdict_chart(released, subject, words.language)
    title = words("charts.title_verdicts", subject=desk.label("verdicts", "subject", subject))
    return parts.figure(desk, f"verdicts-{subject}", chart, title, table=None, note=note)


def verdict_line(desk: Desk, row: findings.Record) -> str:
    """One comparison in a sentence."""
    words = desk.words

    def named(column: str) -> str:
        return desk.label("verdicts", column, row[column]) if row.get(column) is not None else "–"

    subject = named("subject")
    said = {"subject": subject[:1].upper() + subject[1:], "attribute": named("attribute"), "metric": named("metric")}
    value, low, high = (number(row.get(c)) for c in ("difference", "low", "high"))
    if value is None or low is None or high is None:
        return " ".join((words("dossier.audit_line_plain", reason=named("reason"), **said), *rests_on(desk, row)))
    line = words(
        "dossier.audit_line",
        difference=charts.verdict_said(value, low, high, words.language),
        worst=named("worst"),
        reference=named("reference"),
        tolerance=percent(number(row.get("tolerance")) or 0.0, words.language),
        **said,
    )
    return " ".join((line, *rests_on(desk, row)))


def rests_on(desk: Desk, row: findings.Record) -> list[str]:
    """What a verdict rests on, and the differences in reporting at which it turns."""
    words, code = desk.words, row.get("rests_on")
    if code is None:
        return []
    said = [words(f"dossier.audit_rests_{code}")]
    for column in ("turns_at_k", "turns_at_c", "turns_at_l", "turns_at_u"):
        ratio = number(row.get(column))
        if ratio is not None:
            said.append(words(f"dossier.audit_{column}", ratio=decimal(ratio, 2, words.language)))
    return said


def audited(desk: Desk, subject: str) -> tuple[Block, ...]:
    """Forest plots of the metrics that lead; all metrics as a table."""
    words, name = desk.words, f"audit_{subject}"

    def make(released: ReleasedTable) -> list[Block]:
        known = [column.name for column in released.table.columns]
        figures: list[Block] = []
        for metric in FOREST:
            if metric in known:
                chart = charts.forest_chart(released, metric, words.language)
                title = words("charts.title_forest", metric=words(f"charts.short_{subject}_{metric}"))
                columns = ["attribute", "group", "families", "outcomes", metric, f"{metric}_low", f"{metric}_high"]
                id_ = f"{name}-{metric}".replace("_", "-")
                table = data_table(released, words, columns=columns, id=id_)
                note = f"{words(f'charts.means_{metric}')} {words('charts.note_forest')}"
                figures.append(parts.figure(desk, id_, chart, title, table=table, note=note))
        more = [Details(words("dossier.audit_more"), tuple(figures[OPEN:]))] if figures[OPEN:] else []
        return [*figures[:OPEN], *more, Details(words("dossier.audit_rest"), (data_table(released, words),))]

    return parts.with_table(desk, name, make)


def reach(desk: Desk) -> tuple[Block, ...]:
    """How many families of each group may expect a place: offers are open to more families than there are places."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        total = next((row for row in _records(released) if row["group"] == TOTAL), {})
        share, reports = (number(total.get(column)) for column in ("expected", "expected_outcomes"))
        lines = [words("dossier.audit_reach_intro")]
        if share is not None and reports is not None:
            said = {name: per_thousand(value, words.language) for name, value in (("all", share), ("reports", reports))}
            lines.append(words("dossier.audit_reach_line", **said))
        return [Prose(tuple(lines)), Details(words("dossier.audit_reach_table"), (data_table(released, words),))]

    return parts.with_table(desk, "audit_reach", make)


def curves(desk: Desk) -> tuple[Block, ...]:
    """Share reached against share selected, by group."""

    def one(released: ReleasedTable, attribute: str) -> Block:
        chart = fairness_charts.curve_chart(released, attribute, desk.words.language)
        return _picture(desk, released, attribute, chart, curve_line(desk, released, attribute), CURVES)

    return _by_attribute(desk, "audit_curves", one)


def calibration(desk: Desk) -> tuple[Block, ...]:
    """What was recorded beside what was expected at the same points, by group; and how points order families."""
    words = desk.words

    def one(released: ReleasedTable, attribute: str) -> Block:
        chart = fairness_charts.group_calibration_chart(released, attribute, words.language)
        return _picture(desk, released, attribute, chart, calibration_line(desk, released, attribute))

    scores = desk.released("audit_scores")
    table = () if scores is None else (Details(words.of(scores.table.title), (data_table(scores, words),)),)
    return (*_by_attribute(desk, "audit_calibration", one), *table)


def planes(desk: Desk) -> tuple[Block, ...]:
    """What becomes of each conclusion when reporting is uneven; only where the comparison's figures are shown."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        shown = {_key(r) for r in _records(desk.released("verdicts")) if number(r["low"]) is not None}
        keys = [key for key in dict.fromkeys(_key(r) for r in _records(released)) if key in shown]
        if not keys:
            return [Prose((words("dossier.audit_label_none"),))]
        return [Prose((words("dossier.audit_label_intro"),)), *(plane(desk, released, key) for key in keys)]

    return parts.with_table(desk, "audit_label_plane", make)


def plane(desk: Desk, released: ReleasedTable, key: tuple[str, str, str]) -> Block:
    """One verdict over the plane, and whether it holds in the range set beforehand."""
    words, mine = desk.words, [r for r in _records(released) if _key(r) == key]
    inside = {str(r["verdict"]) for r in mine if r["inside"] == "yes"}
    first = desk.label(released.name, "verdict", mine[0]["verdict"])
    note = words("charts.plane_holds" if len(inside) == 1 else "charts.plane_turns", verdict=first)
    names = [
        desk.label(released.name, c, code) for c, code in zip(("subject", "attribute", "metric"), key, strict=True)
    ]
    chart = fairness_charts.plane_chart(released, key, words.language)
    title = words("charts.title_plane", what=": ".join((names[0][:1].upper() + names[0][1:], ", ".join(names[1:]))))
    return parts.figure(desk, "plane-" + "-".join(key).replace("_", "-"), chart, title, table=None, note=note)


def curve_line(desk: Desk, released: ReleasedTable, attribute: str) -> str:
    """Who is reached least and most at the threshold audited, and how sure that is."""
    words, rate = desk.words, "true_positive_rate"
    rows = [r for r in _groups(released, attribute) if r["chosen"] == "yes" and number(r[rate]) is not None]
    if len(rows) < 2:
        return words("charts.curve_alone")
    least, most = min(rows, key=lambda r: float(r[rate])), max(rows, key=lambda r: float(r[rate]))
    said = words(
        "charts.curve_says",
        low_group=desk.label(released.name, "group", least["group"]),
        low=whole(1000 * least[rate], words.language),
        high_group=desk.label(released.name, "group", most["group"]),
        high=whole(1000 * most[rate], words.language),
    )
    return f"{said} {_sureness(desk, least, most, f'{rate}_low', f'{rate}_high')}"


def calibration_line(desk: Desk, released: ReleasedTable, attribute: str) -> str:
    """The step in which two groups with the same points differ most in reports, and how sure that is."""
    words = desk.words
    rows = [r for r in _groups(released, attribute) if number(r["observed"]) is not None]
    pairs = []
    for step in dict.fromkeys(r["step"] for r in rows):
        same = sorted((r for r in rows if r["step"] == step), key=lambda r: float(r["observed"]))
        pairs.append((float(same[-1]["observed"]) - float(same[0]["observed"]), same[0], same[-1]))
    if not pairs or max(pair[0] for pair in pairs) == 0:
        return words("charts.calibration_alone")
    _, least, most = max(pairs, key=lambda pair: pair[0])
    said = words(
        "charts.calibration_says",
        step=desk.label(released.name, "step", least["step"]),
        low_group=desk.label(released.name, "group", least["group"]),
        low=per_thousand(least["observed"], words.language),
        high_group=desk.label(released.name, "group", most["group"]),
        high=per_thousand(most["observed"], words.language),
    )
    return f"{said} {_sureness(desk, least, most, 'low', 'high')}"


def _sureness(desk: Desk, least: _Record, most: _Record, low: str, high: str) -> str:
    """Do the intervals of two groups leave room for no difference at all?"""
    below, above = number(least[high]), number(most[low])
    if below is None or above is None:
        return desk.words("charts.sure_unknown")
    return desk.words("charts.sure_apart" if below < above else "charts.sure_overlap")


def _by_attribute(desk: Desk, name: str, one: Callable[[ReleasedTable, str], Block]) -> tuple[Block, ...]:
    """An introduction, the picture of the first attribute, and the others behind their names."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        attributes = list(dict.fromkeys(str(r["attribute"]) for r in _records(released)))
        first = next((a for a in attributes if len(_shown(released, a)) > 1), None)
        pictures: list[Block] = [] if first is None else [one(released, first)]
        rest = [
            Details(desk.label(name, "attribute", attribute).capitalize(), (one(released, attribute),))
            for attribute in attributes
            if attribute != first
        ]
        return [Prose((words(f"dossier.{name}_intro"),)), *pictures, *rest]

    return parts.with_table(desk, name, make)


def _picture(
    desk: Desk, released: ReleasedTable, attribute: str, chart: Any, said: str, columns: Sequence[str] | None = None
) -> Block:
    """A chart of one attribute, its table, what it says, and which groups it leaves out."""
    words, name = desk.words, released.name
    rows = [i for i, r in enumerate(_records(released)) if r["attribute"] == attribute]
    id_ = f"{name}-{attribute}".replace("_", "-")
    attribute_name = desk.label(name, "attribute", attribute)
    title = words(f"charts.title_{name}", attribute=attribute_name)
    table = data_table(released, words, rows=rows, id=f"t-{id_}", caption=title, columns=columns)
    left_out = _left_out(desk, released, attribute)
    note = said + (" " + words("charts.left_out", names=as_list(left_out, words.language)) if left_out else "")
    return parts.figure(desk, id_, chart, title, table=table, note=note)


def _shown(released: ReleasedTable, attribute: str) -> list[str]:
    """Groups of an attribute with figures."""
    return list(dict.fromkeys(str(r["group"]) for r in _groups(released, attribute) if r["families"] is not None))


def _left_out(desk: Desk, released: ReleasedTable, attribute: str) -> list[str]:
    """Groups of an attribute without figures, in words."""
    every, shown = {str(r["group"]): None for r in _groups(released, attribute)}, _shown(released, attribute)
    return [desk.label(released.name, "group", group) for group in every if group not in shown]


def _groups(released: ReleasedTable, attribute: str) -> list[_Record]:
    return [r for r in _records(released) if r["attribute"] == attribute and r["group"] != TOTAL]


def _records(released: ReleasedTable | None) -> list[_Record]:
    return [] if released is None else [dict(r) for r in released.table.records()]


def _key(r: _Record) -> tuple[str, str, str]:
    return str(r["subject"]), str(r["attribute"]), str(r["metric"])

"""How an explanation shows itself: text, HTML and a chart, without groups that are too small to show."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from riskscreen.explanation.disagreement import disagreement_sentences
from riskscreen.records.frequencies import natural_frequency
from riskscreen.records.tables import Table, Value
from riskscreen.records.texts import Text

if TYPE_CHECKING:
    from riskscreen.explanation.explain import Explanation


def explanation_text(explanation: Explanation) -> str:
    """Contributions by domain and the sentences of accumulation."""
    lines = ["Where the points come from:"]
    for row in explanation.contributions_domain.records():
        label = explanation.contributions_domain.column("domain").labels[str(row["domain"])]
        lines.append(f"  {_share(row['share_of_points']):>5}  {label.en}")
    lines += ["", "How problems pile up:"]
    lines += [f"  {sentence.en}" for sentence in sentences(explanation)]
    if told := disagreeing(explanation):
        lines += ["", "Where card and challenger disagree:", *(f"  {sentence.en}" for sentence in told)]
    return "\n".join(lines)


def explanation_html(explanation: Explanation) -> str:
    """The same as a small page."""
    labels = explanation.contributions_domain.column("domain").labels
    rows = "".join(
        f"<tr><td>{html.escape(labels[str(row['domain'])].en)}</td><td>{_share(row['share_of_points'])}</td></tr>"
        for row in explanation.contributions_domain.records()
    )
    words = "".join(
        f"<li>{html.escape(sentence.en)}</li>" for sentence in (*sentences(explanation), *disagreeing(explanation))
    )
    return (
        "<table><thead><tr><th>domain</th><th>share of points</th></tr></thead>"
        f"<tbody>{rows}</tbody></table><ul>{words}</ul>"
    )


def sentences(explanation: Explanation) -> tuple[Text, ...]:
    """One natural frequency per number of domains, where enough families are with and without a report."""
    table = explanation.accumulation
    labels = table.column("domains").labels
    found = []
    for row in shown(table, explanation.exact.profiles.threshold):
        label = labels[str(row["domains"])]
        who = Text(f"families with stressors in {label.en}", f"gezinnen met stressoren in {label.nl}")
        found.append(natural_frequency(float(str(row["rate"])), who=who))
    return tuple(found)


def disagreeing(explanation: Explanation) -> tuple[Text, ...]:
    """What is said of card and challenger, from groups with enough families with and without a report."""
    table = explanation.disagreement
    if table is None:
        return ()
    rows = shown(table, explanation.exact.profiles.threshold)
    return disagreement_sentences(table.with_rows([tuple(row.values()) for row in rows]))


def shown(table: Table, threshold: int) -> list[dict[str, Value]]:
    """Rows with at least the threshold of families with, and without, the outcome."""
    return [
        row
        for row in table.records()
        if int(str(row["outcomes"])) >= threshold and int(str(row["families"])) - int(str(row["outcomes"])) >= threshold
    ]


def accumulation_chart(table: Table, threshold: int) -> Any:
    """Recorded rate with its interval by number of domains, per 1,000 families."""
    import altair as alt

    labels = table.column("domains").labels
    data = [
        {
            "domains": labels[str(row["domains"])].en,
            **{name: 1000 * float(str(row[name])) for name in ("rate", "low", "high")},
        }
        for row in shown(table, threshold)
    ]
    base = alt.Chart(alt.Data(values=data)).encode(
        x=alt.X("domains:N", sort=None, title="domains with a stressor", axis=alt.Axis(labelAngle=0))
    )
    bars = base.mark_bar(color="#9db8d2").encode(y=alt.Y("rate:Q", title="with a new report, per 1,000 families"))
    rules = base.mark_rule().encode(y="low:Q", y2="high:Q")
    return (bars + rules).properties(title="Problems that pile up (recorded reports, 95% interval)", width=520)


def _share(value: Value) -> str:
    return "-" if value is None else f"{float(str(value)):.0%}"

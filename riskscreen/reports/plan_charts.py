"""Charts of what another budget would give, and of what a plan misses when something else turns out true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.reports.marks import ACCENT, WARM, Dot, bars, rounded
from riskscreen.reports.numbers import Language, percent
from riskscreen.reports.tables import label
from riskscreen.reports.words import Words

if TYPE_CHECKING:
    import altair as alt


def _records(released: ReleasedTable) -> list[dict[str, Any]]:
    return [dict(row) for row in released.table.records()]


def frontier_chart(released: ReleasedTable, language: Language) -> alt.LayerChart:
    """Share of unmet need against the budget; today's budget is the diamond."""
    import altair as alt

    table, words = released.table, Words(language)
    values = [
        {
            "budget": rounded(float(r["budget"]) / 1000),
            "share": rounded(float(r["share_of_need"])),
            "mark": label(table.column("mark"), r["mark"], language),
            "today": r["mark"] == "today",
            "said": f"{label(table.column('mark'), r['mark'], language)}: {percent(r['share_of_need'], language)}",
        }
        for r in _records(released)
        if r["share_of_need"] is not None
    ]
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("budget:Q", title=words("charts.axis_budget"), axis=alt.Axis(format=",~f", tickCount=5)),
        y=alt.Y("share:Q", title=words("charts.axis_need_met"), axis=alt.Axis(format="~%", tickCount=5)),
        tooltip=alt.Tooltip("said:N", title="\N{ZERO WIDTH SPACE}"),
    )
    today = base.transform_filter("datum.today").mark_point(
        filled=True, size=160, shape="diamond", color=WARM, opacity=1
    )
    line = base.mark_line(color=ACCENT)
    points = base.mark_point(filled=True, size=50, color=ACCENT, opacity=1)
    return alt.layer(line, points, today).properties(width="container", height=300)


def regret_chart(released: ReleasedTable, language: Language) -> alt.Chart:
    """Largest regret of the plan made for each scenario; the plan with the smallest stands out."""
    rows, words = [], Words(language)
    for r in _records(released):
        if r["worst"] is not None:
            name = label(released.table.column("plan"), r["plan"], language)
            said = words("charts.said_regret", name=name, share=percent(r["worst"], language))
            rows.append(Dot(name, float(r["worst"]), said=said, strong=r["steadiest"] == "yes"))
    return bars(rows, axis=words("charts.axis_missed"), percent=True)

"""Charts of target groups: the curve, and where families can be met; from released tables only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.reports.content import number
from riskscreen.reports.marks import ACCENT, INK, MUTED, WARM, tip, wrap
from riskscreen.reports.numbers import Language, percent
from riskscreen.reports.tables import label
from riskscreen.reports.words import Words

if TYPE_CHECKING:
    import altair as alt

LOOKS = {
    "target_groups": (ACCENT, "circle"),
    "count": (WARM, "square"),
    "card": (INK, "triangle-up"),
    "deprivation": (MUTED, "diamond"),
    "random": (MUTED, "cross"),
    "universal": (INK, "triangle-down"),
}
"""Colour and shape per way of choosing: never colour alone."""


_LINES = "split(datum.label, '\\n')"


def curve_chart(released: ReleasedTable, language: Language) -> alt.LayerChart:
    """Share of the recorded reports reached, against the share of families approached, per way of choosing."""
    import altair as alt

    records = [r for r in released.table.records() if number(r["covered"]) is not None]
    used = [code for code in LOOKS if any(r["method"] == code for r in records)]
    method = released.table.column("method")
    names = [str(label(method, code, language)) for code in used]
    values = [_point(released, r, language) for r in records]
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("approached:Q", title=Words(language)("charts.axis_share_families"), axis=alt.Axis(format=".0%")),
        color=alt.Color("method:N", title=None, scale=alt.Scale(domain=names, range=[LOOKS[c][0] for c in used])),
        tooltip=tip(),
    )
    title = getattr(released.table.column("covered").title, language)
    y = alt.Y("covered:Q", title=title, axis=alt.Axis(format=".0%"))
    shape = alt.Shape("method:N", title=None, scale=alt.Scale(domain=names, range=[LOOKS[c][1] for c in used]))
    bounds = base.transform_filter("isValid(datum.low)").mark_rule(opacity=0.35, strokeWidth=2)
    chart = alt.layer(
        bounds.encode(y=alt.Y("low:Q"), y2=alt.Y2("high")),
        base.mark_line(strokeWidth=1.6).encode(y=y),
        base.mark_point(filled=True, size=60, opacity=1).encode(y=y, shape=shape),
    )
    return chart.properties(width="container", height=320)


def meeting_chart(released: ReleasedTable, language: Language) -> alt.LayerChart:
    """What share of each group came to each meeting place in the last year: a table of tints with the figures in it."""
    import altair as alt

    table = released.table
    group, place = table.column("group"), table.column("place")
    values = []
    for row, record in enumerate(table.records()):
        share, status = released.cell(row, "share")
        names = (label(group, record["group"], language), label(place, record["place"], language))
        value = number(share)
        told = percent(value, language) if value is not None else "·" if status == "suppressed" else "–"
        values.append(
            {
                "group": wrap(names[0], 42),
                "place": names[1],
                "share": value,
                "told": told,
                "said": f"{names[0]}, {names[1]}: {told}",
            }
        )
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X(
            "place:N",
            title=None,
            sort=None,
            axis=_axis(orient="top", labelAngle=-90, labelAlign="left", labelBaseline="middle"),
        ),
        y=alt.Y(
            "group:N",
            title=None,
            sort=None,
            axis=_axis(labelExpr=_LINES, labelOffset=alt.ExprRef(f"-6.5 * (length({_LINES}) - 1)")),
        ),
        tooltip=tip(),
    )
    tint = base.mark_rect(stroke="white").encode(
        color=alt.Color("share:Q", scale=alt.Scale(scheme="teals", domain=[0, 1]), legend=None)
    )
    dark = alt.condition("datum.share > 0.55", alt.value("white"), alt.value(INK))
    return alt.layer(tint, base.mark_text(fontSize=11).encode(text="told:N", color=dark)).properties(
        width="container", height=56 * max(len({value["group"] for value in values}), 1)
    )


def _axis(**given: Any) -> alt.Axis:
    import altair as alt

    return alt.Axis(labelLimit=0, labelOverlap=False, labelLineHeight=13, **given)


def _point(released: ReleasedTable, record: Mapping[str, Any], language: Language) -> dict[str, Any]:
    name = label(released.table.column("method"), record["method"], language)
    step = label(released.table.column("approached"), record["approached"], language)
    low, high = number(record["low"]), number(record["high"])
    said = f"{name}, {step}: {percent(record['covered'], language)}"
    if low is not None and high is not None and low < high:
        said += f" ({percent(low, language)} – {percent(high, language)})"
    return {
        "method": str(name),
        "approached": float(str(record["approached"]).rstrip("%")) / 100,
        "covered": number(record["covered"]),
        "low": low,
        "high": high,
        "said": said,
    }

"""Charts of an audit's released tables: verdicts with intervals, calibration and curves by group, the label plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.records.tables import TOTAL
from riskscreen.reports.charts import verdict_said
from riskscreen.reports.content import number
from riskscreen.reports.marks import (
    ACCENT,
    GRID,
    INK,
    MUTED,
    WARM,
    Dot,
    Kind,
    above,
    axis_title,
    dots,
    looks,
    rounded,
    tip,
)
from riskscreen.reports.numbers import Language, per_thousand, percent
from riskscreen.reports.tables import label
from riskscreen.reports.words import Words

if TYPE_CHECKING:
    import altair as alt

VERDICT_LOOKS = {
    "gap": (WARM, "diamond", "#e8b894"),
    "no_gap_shown": (ACCENT, "circle", "#9cc3c4"),
    "not_enough_evidence": (MUTED, "square", "#ecebe6"),
}
"""Per verdict the colour and shape of its dot, and the colour of its tile."""

GROUP_LOOKS = (
    (ACCENT, "circle"),
    (WARM, "diamond"),
    ("#5b4a9e", "square"),
    ("#8a6d00", "triangle-up"),
    ("#a3235f", "triangle-down"),
    ("#2f6db3", "cross"),
)


def verdict_chart(released: ReleasedTable, subject: str, language: Language) -> alt.LayerChart:
    """Forest plot: per verdict the difference with its interval beside its tolerance; hidden figures are left out.

    Parameters
    ----------
    released
        The table ``verdicts``.
    subject
        ``offer`` or ``threshold``.
    """
    words, table = Words(language), released.table
    rows: list[Dot] = []
    metric = ""
    mine = [r for r in table.records() if r["subject"] == subject]
    metrics = list(dict.fromkeys(r["metric"] for r in mine))
    for r in sorted(mine, key=lambda r: metrics.index(r["metric"])):
        value, low, high, tolerance = (number(r.get(c)) for c in ("difference", "low", "high", "tolerance"))
        if value is None or low is None or high is None:
            continue
        if r["metric"] != metric:
            metric = str(r["metric"])
            rows.append(Dot(label(table.column("metric"), metric, language), None, heading=True))
        name, kind = (label(table.column(c), r[c], language) for c in ("attribute", "verdict"))
        said = f"{name}: {kind}; {verdict_said(value, low, high, language)}"
        rows.append(Dot(name, value, low, high, said, band=tolerance, kind=kind))
    kinds = [Kind(label(table.column("verdict"), c, language), *look[:2]) for c, look in VERDICT_LOOKS.items()]
    return dots(rows, axis=words("charts.axis_difference"), percent=True, kinds=kinds)


def group_calibration_chart(released: ReleasedTable, attribute: str, language: Language) -> alt.LayerChart:
    """Per step of points, what was recorded in each group (dots) beside what the card expects (diamonds).

    Parameters
    ----------
    released
        The table ``audit_calibration``.
    attribute
        One attribute of it.
    """
    words, table = Words(language), released.table
    rows: list[Dot] = []
    records = [r for r in table.records() if r["attribute"] == attribute and number(r["observed"]) is not None]
    for step in dict.fromkeys(str(r["step"]) for r in records):
        name = words("charts.step_points", step=label(table.column("step"), step, language))
        rows.append(Dot(name, None, heading=True))
        rows += [_calibration_dot(r, table, words) for r in records if r["step"] == step and r["group"] != TOTAL]
    return dots(rows, axis=words("charts.axis_per_thousand"))


def curve_chart(released: ReleasedTable, attribute: str, language: Language) -> alt.LayerChart:
    """Share reached of families with a report against share of families selected: one line per group.

    Every line runs from nobody to everybody; the large points are the threshold audited, with an interval.

    Parameters
    ----------
    released
        The table ``audit_curves``.
    attribute
        One attribute of it.
    """
    import altair as alt

    words, table = Words(language), released.table
    mine = [r for r in table.records() if r["attribute"] == attribute and number(r["true_positive_rate"]) is not None]
    column = table.column("group")
    names = {str(r["group"]): label(column, r["group"], language) for r in mine if r["group"] != TOTAL}
    kinds = [Kind(name, *look) for name, look in zip(names.values(), GROUP_LOOKS, strict=False)]
    points = [_curve_point(r, names[str(r["group"])], table, words) for r in mine if str(r["group"]) in names]
    ends = [{"x": end, "value": end, "kind": kind.name} for kind in kinds for end in (0, 1)]
    x = alt.X("x:Q", title=axis_title(words("charts.axis_selected")), axis=alt.Axis(format="~%", tickCount=5))
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format="~%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    look = looks(kinds)
    base = alt.Chart().encode(x=x, tooltip=tip())
    large = alt.condition("datum.chosen", alt.value(170), alt.value(45))
    chart = alt.layer(
        alt.Chart(alt.Data(values=[{"at": 0, "value": 0}, {"at": 1, "value": 1}]))
        .mark_line(color=MUTED, strokeDash=[4, 4], strokeWidth=1)
        .encode(x=alt.X("at:Q", title=axis_title(words("charts.axis_selected"))), y=y),
        base.mark_line(strokeWidth=2).encode(y=y, color=look["color"]),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=3, opacity=0.45)
        .encode(y=alt.Y("low:Q", title=None), y2=alt.Y2("high"), color=look["color"]),
        base.transform_filter("isValid(datum.chosen)")
        .mark_point(filled=True, opacity=1)
        .encode(y=y, size=large, **look),
    ).properties(width="container", height=320, title=above(axis_title(words("charts.axis_reached"))))
    chart.data = alt.Data(values=[*ends, *points])
    return chart


def plane_chart(released: ReleasedTable, key: Sequence[str], language: Language) -> alt.LayerChart:
    """The verdict over the plane of reporting ratio and contact ratio; what was thought possible is outlined.

    Parameters
    ----------
    released
        The table ``audit_label_plane``.
    key
        Subject, attribute and metric.
    """
    import altair as alt

    words, table = Words(language), released.table
    mine = [r for r in table.records() if [r["subject"], r["attribute"], r["metric"]] == list(key)]
    tiles = [_tile(r, table, words) for r in mine]
    codes = [code for code in VERDICT_LOOKS if any(r["verdict"] == code for r in mine)]
    names = [_signed(code, label(table.column("verdict"), code, language), words) for code in codes]
    scale = alt.Scale(domain=names, range=[VERDICT_LOOKS[code][2] for code in codes])
    ratios = {
        c: [label(table.column(c), code, language) for code in dict.fromkeys(str(r[c]) for r in mine)]
        for c in ("k", "c")
    }
    x = alt.X(
        "k:O",
        title=axis_title(words("charts.axis_k")),
        scale=alt.Scale(domain=ratios["k"]),
        axis=alt.Axis(labelAngle=0),
    )
    y = alt.Y("c:O", title=None, scale=alt.Scale(domain=ratios["c"][::-1]))
    base = alt.Chart().encode(x=x, y=y, tooltip=tip())
    colour = alt.Color("value:N", title=None, scale=scale)
    signs = base.transform_filter("datum.sign != ''").mark_text(fontSize=12, color=INK).encode(text="sign:N")
    tile = base.mark_rect(stroke=GRID, strokeWidth=0.5).encode(color=colour)
    size = {"width": "container", "height": 30 * len(ratios["c"])}
    chart = alt.layer(tile, _outline(tiles, x, y), signs).properties(
        title=above(axis_title(words("charts.axis_c"))), **size
    )
    chart.data = alt.Data(values=tiles)
    return chart


def _calibration_dot(r: dict[str, Any], table: Any, words: Words) -> Dot:
    language = words.language
    name = label(table.column("group"), r["group"], language)
    low, high, expected = (number(r[c]) for c in ("low", "high", "expected"))
    said = words("charts.said_rate", name=name, rate=per_thousand(r["observed"], language), not_rate=_others(r, words))
    if low is not None and high is not None:
        said += " " + words("charts.said_interval", low=per_thousand(low, language), high=per_thousand(high, language))
    scaled = [None if value is None else 1000 * value for value in (low, high, expected)]
    return Dot(name, 1000 * r["observed"], scaled[0], scaled[1], said, expected=scaled[2])


def _others(r: dict[str, Any], words: Words) -> str:
    return per_thousand(1 - r["observed"], words.language)


def _curve_point(r: dict[str, Any], name: str, table: Any, words: Words) -> dict[str, Any]:
    language, chosen = words.language, r["chosen"] == "yes"
    said = words(
        "charts.said_curve",
        name=name,
        threshold=label(table.column("threshold"), r["threshold"], language),
        selected=percent(r["selection_rate"], language),
        reached=percent(r["true_positive_rate"], language),
    )
    point = {"x": rounded(r["selection_rate"]), "value": rounded(r["true_positive_rate"]), "kind": name, "said": said}
    low, high = number(r["true_positive_rate_low"]), number(r["true_positive_rate_high"])
    if chosen and low is not None and high is not None:
        point |= {"low": rounded(low), "high": rounded(high)}
    return point | {"chosen": chosen}


def _tile(r: dict[str, Any], table: Any, words: Words) -> dict[str, Any]:
    k, c, verdict = (label(table.column(name), r[name], words.language) for name in ("k", "c", "verdict"))
    said = words("charts.said_plane", k=k, c=c, verdict=verdict)
    sign = words(f"charts.sign_{r['verdict']}")
    named = _signed(str(r["verdict"]), verdict, words)
    return {"k": k, "c": c, "value": named, "inside": r["inside"] == "yes", "sign": sign, "said": said}


def _signed(code: str, verdict: str, words: Words) -> str:
    return f"{words(f'charts.sign_{code}')}  {verdict}"


def _outline(tiles: list[dict[str, Any]], x: Any, y: Any) -> Any:
    """A line around the tiles that were thought possible beforehand: from the lower left to the upper right one."""
    import altair as alt

    inside = [tile for tile in tiles if tile["inside"]]
    corners = {"k": inside[0]["k"], "c": inside[0]["c"], "to_k": inside[-1]["k"], "to_c": inside[-1]["c"]}
    across, up = x.copy(), y.copy()
    across.bandPosition, up.bandPosition = 0, 1
    ends = {"x2": alt.X2("to_k", bandPosition=1), "y2": alt.Y2("to_c", bandPosition=0)}
    data = alt.Data(values=[corners])
    return alt.Chart(data).mark_rect(filled=False, stroke=INK, strokeWidth=2.5).encode(x=across, y=up, **ends)


__all__ = ["curve_chart", "group_calibration_chart", "plane_chart", "verdict_chart"]

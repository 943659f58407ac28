"""The look of every chart, and the shapes they share: dots with intervals, bars, one accent colour.

A chart's data are what it draws: labels and figures of released cells, and nothing else. Figures shown on pointing are
written in Python, so that they read as they do in the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from riskscreen.reports.numbers import Language

if TYPE_CHECKING:
    import altair as alt

ACCENT = "#0f5c66"
ACCENT_SOFT = "#9cc3c4"
INK = "#20272b"
MUTED = "#586268"
GRID = "#e3e1da"
WARM = "#a4460f"
BAND = "#dfe7ee"
GLYPHS = {"circle": "●", "square": "■", "diamond": "◆"}
"""Shapes of marks as signs in a line of text."""
LINE = 14
"""Height of one line of a label in pixels; a row is as high as the longest label of its chart needs."""
WRAP = 22
"""Most characters in one line of a row's label: what a phone leaves beside the plot."""
MOST_LINES = 5
HEADING = "#"
TITLE_WRAP = 36
"""Most characters in one line of an axis title, for the same reason."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of dot: its name in the key, its colour and its shape (never colour alone)."""

    name: str
    colour: str
    shape: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One row of a dot plot: a figure with its interval, both already in the unit of the axis; or a heading.

    ``band``: a light bar from zero up to here, such as a tolerance; ``kind``: the name of one of the chart's kinds.
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    said: str = ""
    strong: bool = True
    expected: float | None = None
    heading: bool = False
    band: float | None = None
    kind: str = ""


def dots(
    rows: list[Dot],
    *,
    axis: str,
    reference: float | None = None,
    reference_label: str = "",
    zero: bool = True,
    percent: bool = False,
    kinds: Sequence[Kind] = (),
) -> alt.LayerChart:
    """Dots with intervals, one row each, in the order given.

    Parameters
    ----------
    rows
        Rows without a value keep their place and stay empty.
    axis
        Title of the horizontal axis.
    reference, reference_label
        A dashed line, such as the municipality as a whole.
    zero
        Start the axis at zero.
    percent
        Write the axis as percentages (the figures are shares).
    kinds
        What a key above the chart tells apart; none: strong rows have the accent colour.
    """
    import altair as alt

    records = [_dot_record(row, i) for i, row in enumerate(rows)]
    base = alt.Chart().encode(y=_row_axis(records), tooltip=tip())
    axes = {"title": axis_title(axis), "axis": _value_axis(percent)}
    layers: list[Any] = []
    if any(row.band is not None for row in rows):
        band = base.transform_filter("isValid(datum.band)").mark_bar(color=BAND, height=alt.RelativeBandSize(0.86))
        layers.append(band.encode(x=alt.X("zero:Q", **axes), x2=alt.X2("band")))
    if reference is not None:
        layers.append(_reference(reference, reference_label))
    if any(row.low is not None and row.high is not None for row in rows):
        low = alt.X("low:Q", **axes)
        interval = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=3, strokeCap="round", opacity=0.45)
        tint = {"color": alt.value(INK)} if kinds else {"color": _colour(MUTED)}
        layers.append(interval.encode(x=low, x2=alt.X2("high"), **tint))
    if any(row.expected is not None for row in rows):
        diamond = base.transform_filter("isValid(datum.expected)").mark_point(
            shape="diamond", size=70, filled=False, strokeWidth=1.6, color=WARM
        )
        layers.append(diamond.encode(x=alt.X("expected:Q")))
    dot = base.transform_filter("isValid(datum.value)")
    x = alt.X("value:Q", scale=alt.Scale(zero=zero, nice=True), **axes)
    if kinds:
        layers.append(dot.mark_point(filled=True, size=95, opacity=1).encode(x=x, **looks(kinds, legend=False)))
    else:
        layers.append(dot.mark_circle(size=90, opacity=1).encode(x=x, color=_colour(MUTED)))
    chart = _sized(alt.layer(*layers), records)
    return chart.properties(title=above([f"{GLYPHS[k.shape]} {k.name}" for k in kinds])) if kinds else chart


def bars(rows: list[Dot], *, axis: str, percent: bool = False) -> alt.Chart:
    """Horizontal bars from zero, one row each, in the order given."""
    import altair as alt

    records = [_dot_record(row, i) for i, row in enumerate(rows)]
    base = (
        alt.Chart()
        .transform_filter("isValid(datum.value)")
        .encode(
            y=_row_axis(records),
            x=alt.X(
                "value:Q", title=axis_title(axis), axis=_value_axis(percent), scale=alt.Scale(zero=True, nice=True)
            ),
            tooltip=tip(),
            color=_colour(ACCENT_SOFT),
        )
    )
    return _sized(base.mark_bar(size=13, cornerRadiusEnd=2), records)


def looks(kinds: Sequence[Kind], *, legend: bool = True) -> dict[str, Any]:
    """Colour and shape by the field ``kind``, with one legend for both; a legend stands to the right of the labels."""
    import altair as alt

    names, more = [kind.name for kind in kinds], {} if legend else {"legend": None}
    colours, shapes = [kind.colour for kind in kinds], [kind.shape for kind in kinds]
    return {
        "color": alt.Color("kind:N", title=None, scale=alt.Scale(domain=names, range=colours), **more),
        "shape": alt.Shape("kind:N", title=None, scale=alt.Scale(domain=names, range=shapes), **more),
    }


def above(lines: Sequence[str]) -> Any:
    """Lines above a chart from its left edge: a key, or what the vertical axis is, read without turning one's head."""
    import altair as alt

    look = {"fontSize": 12.5, "fontWeight": "normal", "color": INK, "lineHeight": 17, "offset": 10}
    return alt.TitleParams(list(lines), anchor="start", frame="bounds", **look)


def finish(chart: Any) -> dict[str, Any]:
    """A chart as a specification for the page: no schema address, no look of its own, no remote reference.

    Altair's check of a specification takes a tenth of a second; the tests do it, a run does not.
    """
    spec: dict[str, Any] = chart.to_dict(validate=False)
    spec.pop("$schema", None)
    spec.pop("config", None)
    return spec


def drawable(spec: Any) -> bool:
    """Does a specification hold a figure to draw? (All may have been hidden.)"""
    if isinstance(spec, list):
        return any(drawable(part) for part in spec)
    if not isinstance(spec, dict):
        return False
    values = spec.get("values")
    if isinstance(values, list):
        return any(_has_figure(row) for row in values)
    return any(drawable(part) for part in spec.values())


def _has_figure(row: dict[str, Any]) -> bool:
    """A row with a value says by it whether it was hidden; any other row by a number that is no line of reference."""
    if "at" in row:
        return False
    if "value" in row:
        return row["value"] is not None
    return "geometry" in row or any(isinstance(v, int | float) and not isinstance(v, bool) for v in row.values())


def config() -> dict[str, Any]:
    """The look that all charts share; it stands on a page once."""
    font = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
    return {
        "font": font,
        "background": "transparent",
        "aria": False,
        "view": {"stroke": None},
        "axis": {
            "labelFontSize": 12.5,
            "titleFontSize": 12.5,
            "titleFontWeight": "normal",
            "labelColor": INK,
            "titleColor": MUTED,
            "gridColor": GRID,
            "domainColor": GRID,
            "tickColor": GRID,
            "titlePadding": 10,
        },
        "axisX": {"titleAnchor": "end", "labelOverlap": "greedy", "labelSeparation": 8},
        "axisY": {"domain": False, "ticks": False, "labelPadding": 10, "labelLimit": 260},
        "header": {
            "labelFontSize": 13,
            "labelFontWeight": "bold",
            "labelColor": INK,
            "titleColor": MUTED,
            "labelAnchor": "start",
        },
        "legend": {
            "symbolType": "square",
            "labelFontSize": 12.5,
            "titleFontSize": 12.5,
            "titleFontWeight": "normal",
            "labelColor": INK,
            "titleColor": MUTED,
            "orient": "top",
            "labelLimit": 320,
            "direction": "vertical",
        },
        "text": {"fontSize": 12.5, "color": INK},
    }


def locale(language: Language) -> dict[str, Any]:
    """How the chart library writes numbers on axes (a d3 format locale)."""
    if language == "nl":
        return {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["€\N{NO-BREAK SPACE}", ""]}
    return {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["€", ""]}


def wrap(text: str, width: int = WRAP) -> str:
    """A label broken into lines of at most ``width`` characters (a longer word keeps its own line); at most five."""
    import textwrap

    lines = textwrap.wrap(text, width, break_long_words=False) or [text]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1] + "…"]
    return "\n".join(lines)


def axis_title(text: str) -> list[str]:
    """An axis title in lines that fit a phone."""
    import textwrap

    return textwrap.wrap(text, TITLE_WRAP) or [""]


def rounded(value: float | None) -> float | None:
    """Six significant digits: more than an eye can see, fewer bytes, and no trace of how it was computed."""
    return None if value is None else float(f"{value:.6g}")


def _dot_record(row: Dot, index: int) -> dict[str, Any]:
    record: dict[str, Any] = {
        "row": f"{wrap(row.label)}\t{HEADING if row.heading else ''}{index}",
        "value": rounded(row.value),
        "said": row.said,
        "strong": row.strong,
    }
    if row.low is not None and row.high is not None:
        record |= {"low": rounded(row.low), "high": rounded(row.high)}
    if row.expected is not None:
        record["expected"] = rounded(row.expected)
    if row.band is not None:
        record |= {"band": rounded(row.band), "zero": 0}
    if row.kind:
        record["kind"] = row.kind
    return record


def _row_axis(records: list[dict[str, Any]]) -> Any:
    """Rows keep the order given; equal labels are kept apart by a number behind a tab, which is not shown."""
    import altair as alt

    parts = "split(split(datum.label, '\\t')[0], '\\n')"
    lift = f"-{LINE / 2} * (length({parts}) - 1)"  # the library hangs a label of more lines from its first one
    heading = f"indexof(datum.value, '\\t{HEADING}') >= 0"
    bold = {"condition": {"test": heading, "value": "bold"}, "value": "normal"}
    axis = alt.Axis(
        labelExpr=parts, labelLineHeight=LINE, labelOffset=alt.ExprRef(lift), grid=False, labelFontWeight=bold
    )
    return alt.Y("row:N", title=None, axis=axis, scale=alt.Scale(domain=[record["row"] for record in records]))


def _value_axis(percent: bool) -> Any:
    import altair as alt

    return alt.Axis(format="~%", tickCount=5) if percent else alt.Axis(format=",~f", tickCount=5)


def _colour(weak: str) -> Any:
    """The accent for strong rows, a quieter colour for the others."""
    import altair as alt

    return alt.Color("strong:N", legend=None, scale=alt.Scale(domain=[True, False], range=[ACCENT, weak]))


def tip() -> Any:
    """What is said on pointing; a heading of no width, because the handler writes one anyway."""
    import altair as alt

    return alt.Tooltip("said:N", title="\N{ZERO WIDTH SPACE}")


def _reference(value: float, label: str) -> Any:
    import altair as alt

    data = alt.Data(values=[{"at": rounded(value), "label": label}])
    rule = alt.Chart(data).mark_rule(strokeDash=[4, 4], color=MUTED, strokeWidth=1.3).encode(x=alt.X("at:Q"))
    if not label:
        return rule
    text = alt.Chart(data).mark_text(align="left", dx=5, dy=-8, baseline="bottom", color=MUTED, fontSize=12)
    return rule + text.encode(x=alt.X("at:Q"), y=alt.value(0), text=alt.Text("label:N"))


def _sized(chart: Any, records: list[dict[str, Any]]) -> Any:
    """The chart with its size; data last, because every step copies all that it holds."""
    import altair as alt

    lines = max((record["row"].count("\n") + 1 for record in records), default=1)
    step = max(26, LINE * lines + 12)
    sized = chart.properties(width="container", height=max(2, len(records)) * step)
    sized.data = alt.Data(values=records)
    return sized

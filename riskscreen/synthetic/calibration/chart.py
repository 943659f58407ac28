"""Published and simulated beside each other: every figure over its published value, on a scale of ratios."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from riskscreen.synthetic.calibration.definitions import jsonable
from riskscreen.synthetic.calibration.results import Calibration, Line
from riskscreen.synthetic.calibration.showing import figure, sign_of

if TYPE_CHECKING:
    import altair as alt

ACCENT, BAND, INK, MUTED, GRID, WARM = "#0f5c66", "#cfe0df", "#20272b", "#586268", "#e3e1da", "#a4460f"
FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
STATES = ("within", "out", "no target")
KINDS = ("tuned", "set aside")
FARTHEST = 2.0
"""Values farther off than this many times are drawn as an arrow at the edge."""
_LINE, _ROOM = 14, 12
_WIDE, _NARROW = 38, 23  # most characters in a line of a label: beside a desk's plot, and beside a phone's
_HEADING = "#"
_TICKS = {0.5: "½", 0.75: "", 1: "published", 1.5: "", 2: "2×"}


def whole_chart(found: Calibration, *, width: int | str = "container") -> alt.LayerChart:
    """All themes under each other, with a legend and the values."""
    records: list[dict[str, Any]] = []
    for theme, title in found.defined.themes.items():
        records.append({"row": _label(title, len(records), _WIDE, heading=True)})
        records += _records([line for line in found.lines if line.theme == theme], len(records), _WIDE)
    return _drawn(records, width=width, values=True, legend=True)


def theme_chart(lines: Sequence[Line], *, narrow: bool) -> alt.LayerChart:
    """One theme, for a page that says what the marks mean; narrow for a phone: short lines, and no values beside it."""
    records = _records(lines, 0, _NARROW if narrow else _WIDE)
    return _drawn(records, width="container", values=not narrow, legend=False)


def config() -> dict[str, Any]:
    """The look of the charts."""
    axis = {"labelFontSize": 12.5, "labelColor": INK, "gridColor": GRID, "domainColor": GRID, "tickColor": GRID}
    return {
        "font": FONT,
        "background": "transparent",
        "aria": False,
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"domain": False, "ticks": False, "labelPadding": 10, "labelLimit": 260},
        "legend": {"labelFontSize": 12.5, "labelColor": INK, "orient": "top", "title": None, "symbolSize": 110},
    }


def said(line: Line) -> str:
    """A figure in one line of words, for pointing at it and for those who cannot see the chart."""
    world = f"this world {figure(line.simulated)}" if line.simulated is not None else line.explained
    half = f" ± {figure(line.tolerance)}" if line.bound is None else ""
    return f"{line.title} ({line.year}): published {sign_of(line)}{figure(line.published)}{half}, {world}"


def state(line: Line) -> str:
    """Within, out, or no target."""
    return STATES[2] if line.within is None else STATES[0] if line.within else STATES[1]


def _records(lines: Sequence[Line], first: int, wrap: int) -> list[dict[str, Any]]:
    return [_record(line, _label(line.title, first + i, wrap)) for i, line in enumerate(lines) if line.published]


def _record(line: Line, label: str) -> dict[str, Any]:
    published = line.published or 1.0
    record: dict[str, Any] = {
        "row": label,
        "state": state(line),
        "kind": KINDS[line.held_out],
        "said": said(line),
        "values": f"{sign_of(line)}{figure(line.published)} → {figure(line.simulated)}",
        "least": _edge(line.least, published, 1 / FARTHEST),
        "most": _edge(line.most, published, FARTHEST),
    }
    if line.simulated is None:
        return record
    ratio = line.simulated / published
    if 1 / FARTHEST <= ratio <= FARTHEST:
        return record | {"ratio": jsonable(float(ratio))}
    return record | {"edge": FARTHEST if ratio > 1 else 1 / FARTHEST, "side": "right" if ratio > 1 else "left"}


def _edge(end: float | None, published: float, otherwise: float) -> float:
    """An end of the band over the published value, inside what is drawn."""
    ratio = otherwise if end is None else end / published
    return float(jsonable(min(max(ratio, 1 / FARTHEST), FARTHEST)))


def _label(title: str, index: int, wrap: int, *, heading: bool = False) -> str:
    """A label in lines that fit; a number behind a tab, which is not shown, tells equal labels apart."""
    return "\n".join(textwrap.wrap(title, wrap)) + f"\t{_HEADING if heading else ''}{index}"


def _drawn(records: list[dict[str, Any]], *, width: int | str, values: bool, legend: bool) -> alt.LayerChart:
    import altair as alt

    base = alt.Chart().encode(y=_rows(records), tooltip=alt.Tooltip("said:N", title="\N{ZERO WIDTH SPACE}"))
    layers: list[Any] = [_line(), _bands(base), _dots(base, legend), *_arrows(base)]
    if values:
        layers.append(_beside(base))
    lines = max((record["row"].count("\n") + 1 for record in records), default=1)
    chart = alt.layer(*layers).properties(width=width, height=max(len(records), 2) * (_LINE * lines + _ROOM))
    chart.data = alt.Data(values=records)
    return chart.configure(**config()) if legend else chart


def _rows(records: list[dict[str, Any]]) -> Any:
    import altair as alt

    parts = "split(split(datum.label, '\\t')[0], '\\n')"
    lift = f"-{_LINE / 2} * (length({parts}) - 1)"  # the library hangs a label of more lines from its first one
    bold = {"condition": {"test": f"indexof(datum.value, '\\t{_HEADING}') >= 0", "value": "bold"}, "value": "normal"}
    axis = alt.Axis(
        labelExpr=parts, labelLineHeight=_LINE, labelOffset=alt.ExprRef(lift), grid=False, labelFontWeight=bold
    )
    return alt.Y("row:N", title=None, axis=axis, scale=alt.Scale(domain=[record["row"] for record in records]))


def _x(field: str) -> Any:
    import altair as alt

    words = " : ".join(f"datum.value == {value} ? '{word}'" for value, word in _TICKS.items()) + " : ''"
    axis = alt.Axis(values=list(_TICKS), labelExpr=words, title=None, orient="top", labelFlush=True)
    scale = alt.Scale(type="log", base=2, domain=[1 / FARTHEST, FARTHEST], nice=False)
    return alt.X(f"{field}:Q", scale=scale, axis=axis)


def _line() -> Any:
    import altair as alt

    published = alt.Chart(alt.Data(values=[{"at": 1}]))
    return published.mark_rule(color=MUTED, strokeWidth=1.2).encode(x=_x("at"))


def _bands(base: Any) -> Any:
    import altair as alt

    drawn = base.transform_filter("isValid(datum.least)").mark_bar(height=13, color=BAND, cornerRadius=2)
    return drawn.encode(x=_x("least"), x2=alt.X2("most"))


def _colour(legend: bool) -> Any:
    import altair as alt

    shown = alt.Legend() if legend else None
    return alt.Color("state:N", legend=shown, scale=alt.Scale(domain=list(STATES), range=[ACCENT, WARM, MUTED]))


def _dots(base: Any, legend: bool) -> Any:
    import altair as alt

    shape = alt.Shape(
        "kind:N",
        legend=alt.Legend() if legend else None,
        scale=alt.Scale(domain=list(KINDS), range=["circle", "diamond"]),
    )
    drawn = base.transform_filter("isValid(datum.ratio)").mark_point(filled=True, opacity=1, size=95)
    return drawn.encode(x=_x("ratio"), color=_colour(legend), shape=shape)


def _arrows(base: Any) -> list[Any]:
    """Values too far off to draw to scale."""
    sides = {"right": "triangle-right", "left": "triangle-left"}
    return [
        base.transform_filter(f"datum.side == '{side}'")
        .mark_point(filled=True, opacity=1, size=95, shape=shape, clip=False)
        .encode(x=_x("edge"), color=_colour(False))
        for side, shape in sides.items()
    ]


def _beside(base: Any) -> Any:
    """Published and simulated values to the right of the plot."""
    import altair as alt

    drawn = base.transform_filter("isValid(datum.values)").mark_text(align="left", dx=12, fontSize=12, clip=False)
    colour = alt.condition("datum.state == 'out'", alt.value(WARM), alt.value(MUTED))
    return drawn.encode(x=alt.value("width"), text=alt.Text("values:N"), color=colour)

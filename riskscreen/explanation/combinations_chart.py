"""The UpSet-style chart of domains that occur together (after Lex et al. 2014, IEEE TVCG 20:1983).

Below, dots joined by a line say which domains a column is about; above it stand its families and its recorded rate
with an interval. The three parts are one plot with one vertical scale in pixels, so that the whole is as wide as the
page, on a phone too.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from riskscreen.explanation.combinations import NONE, OTHER, combination_domains
from riskscreen.records.definitions import DOMAINS
from riskscreen.records.frequencies import dutch_number
from riskscreen.records.tables import Table
from riskscreen.records.texts import Text, same

ACCENT, SOFT, INK, MUTED = "#0f5c66", "#9cc3c4", "#20272b", "#586268"
QUIET, GRID, BAND = "#cfcdc4", "#e3e1da", "#f3f2ee"
ROW, LINE, WRAP = 26, 14, 22
"""Least pixels of a row of dots, pixels of a line of its label, most characters in such a line."""
BARS, RATES, GAP = 96, 110, 46
"""Pixels of the bars, of the rates, and of the room for a heading above each."""
TOP = RATES + 12 + 2 * LINE + 6
"""Pixels from the foot of the rates to the top of the plot: two lines of heading above them."""

_FAMILIES = Text("families", "gezinnen")
_RATE = Text("with a new report,\nof 1,000 families", "met een nieuwe melding,\nvan 1.000 gezinnen")
_COLUMN = {NONE: Text("no domain", "geen domein"), OTHER: Text("all other", "alle andere")}
_AVERAGE = Text("all families", "alle gezinnen")
_TIP = "\N{ZERO WIDTH SPACE}"


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a figure to pixels above the bottom of the plot."""

    bottom: float
    height: float
    most: float

    def at(self, value: float) -> float:
        return round(self.bottom + self.height * value / self.most, 2)

    @property
    def ticks(self) -> list[float]:
        step = next((k * 10**p for p in range(-1, 8) for k in (1, 2, 5) if self.most <= 3.2 * k * 10**p), self.most)
        return [step * i for i in range(int(self.most / step) + 1)]


def combinations_chart(table: Table, language: str = "en") -> Any:
    """Families and recorded rate per combination of domains: an altair chart as wide as its container.

    Parameters
    ----------
    table
        The table ``domain_combinations``, released or not; a hidden rate keeps its place empty.
    language
        ``en`` or ``nl``.
    """
    import altair as alt

    rows = [row for row in table.records() if row["families"] is not None]
    present = {domain for row in rows for domain in combination_domains(str(row["combination"]))}
    domains = sorted(present, key=lambda name: (list(DOMAINS).index(name) if name in DOMAINS else 99, name))
    places, foot = _places(domains, language)
    bars = _Scale(foot + 12, BARS, max((float(str(row["families"])) for row in rows), default=1.0))
    rates = _Scale(bars.bottom + BARS + GAP, RATES, _most(rows))
    columns = [_column(row, at, table, bars, rates, language) for at, row in enumerate(rows)]
    x = alt.X("at:O", axis=None, sort=None, scale=alt.Scale(domain=list(range(len(rows))), paddingInner=0.3))
    y = _axis(alt, places, bars, rates, language)
    layers = [
        _bands(alt, places, y),
        *_figures(alt, columns, bars, x, y),
        *_average(alt, rows, rates, y, language),
        *_matrix(alt, rows, places, x, y),
        _words(alt, rows, foot, x, y, language),
        _headings(alt, bars, rates, y, language),
    ]
    height = rates.bottom + TOP
    return alt.layer(*layers).properties(width="container", height=height)


@dataclass(frozen=True, slots=True)
class _Place:
    """A row of dots: its middle and height in pixels, and its label in lines."""

    middle: float
    height: float
    lines: tuple[str, ...]


def _places(domains: list[str], language: str) -> tuple[dict[str, _Place], float]:
    """A row per domain, the first on top, each as high as its label needs; and the height of all."""
    lines = [tuple(textwrap.wrap(getattr(DOMAINS.get(name, same(name)), language), WRAP)) for name in domains]
    heights = [max(ROW, LINE * len(label) + 8) for label in lines]
    total = float(sum(heights))
    tops = [total - sum(heights[:at]) for at in range(len(heights))]
    zipped = zip(domains, tops, heights, lines, strict=True)
    return {name: _Place(top - height / 2, height, label) for name, top, height, label in zipped}, total


def _column(
    row: Mapping[str, Any], at: int, table: Table, bars: _Scale, rates: _Scale, language: str
) -> dict[str, Any]:
    name = getattr(table.column("combination").labels[str(row["combination"])], language)
    families = int(row["families"])
    column = {
        "at": at,
        "value": bars.at(families),
        "bar": QUIET if row["combination"] == OTHER else SOFT,
        "dot": MUTED if row["combination"] == OTHER else ACCENT,
        "said": getattr(Text(f"{name}: {families:,} families", f"{name}: {dutch_number(families)} gezinnen"), language),
    }
    if not _has_rate(row):
        return column
    shares = [1000 * float(row[figure]) for figure in ("rate", "low", "high")]
    rate, other, low, high = (_decimal(one, language) for one in (shares[0], 1000 - shares[0], *shares[1:]))
    said = Text(
        f"; {rate} of 1,000 reported, {other} not ({low} – {high})",
        f"; {rate} van 1.000 met een melding, {other} niet ({low} – {high})",
    )
    more = dict(zip(("rate", "low", "high"), map(rates.at, shares), strict=True))
    return column | more | {"said": column["said"] + getattr(said, language)}


def _has_rate(row: Mapping[str, Any]) -> bool:
    return row["rate"] is not None and row["low"] is not None


def _most(rows: list[dict[str, Any]]) -> float:
    """The highest bound of a rate, per 1,000."""
    return max((1000 * float(row["high"]) for row in rows if _has_rate(row)), default=1.0)


def _axis(alt: Any, places: Mapping[str, _Place], bars: _Scale, rates: _Scale, language: str) -> Callable[..., Any]:
    """One vertical axis, for any field: names beside the dots, figures beside bars and rates."""
    labels = {place.middle: "|".join(place.lines) for place in places.values()}
    for scale in (bars, rates):
        labels |= {scale.at(tick): _figure(tick, language) for tick in scale.ticks}
    cases = "".join(f"abs(datum.value - {at}) < 0.01 ? {_quoted(label)} : " for at, label in labels.items())
    parts = f"split({cases}'', '|')"
    grid = {"condition": {"test": f"datum.value > {bars.bottom - 1}", "value": GRID}, "value": "transparent"}
    axis = alt.Axis(
        values=alt.ExprRef(str(list(labels))),
        labelExpr=parts,
        labelLineHeight=LINE,
        labelOffset=alt.ExprRef(f"-{LINE / 2} * (length({parts}) - 1)"),
        labelLimit=260,
        labelOverlap=False,
        gridColor=grid,
        domain=False,
        ticks=False,
    )
    scale = alt.Scale(domain=[0, rates.bottom + TOP], nice=False)
    return lambda field="y": alt.Y(f"{field}:Q", title=None, axis=axis, scale=scale)


def _bands(alt: Any, places: Mapping[str, _Place], y: Callable[..., Any]) -> Any:
    """Every other row of dots on a quiet band, for the eye to follow."""
    bands = list(places.values())[::2]
    rows = [{"y": one.middle - one.height / 2, "to": one.middle + one.height / 2} for one in bands]
    mark = alt.Chart(alt.Data(values=rows)).mark_rect(color=BAND)
    return mark.encode(x=alt.value(0), x2=alt.value("width"), y=y(), y2="to:Q")


def _figures(alt: Any, columns: list[dict[str, Any]], bars: _Scale, x: Any, y: Callable[..., Any]) -> list[Any]:
    base = alt.Chart(alt.Data(values=columns)).encode(x=x, tooltip=alt.Tooltip("said:N", title=_TIP))
    known = base.transform_filter("isValid(datum.rate)")
    foot = alt.Y2Datum(bars.bottom)
    return [
        base.mark_bar().encode(y=y("value"), y2=foot, color=_own(alt, "bar")),
        known.mark_rule(strokeWidth=3, strokeCap="round", opacity=0.45, color=MUTED).encode(y=y("low"), y2="high:Q"),
        known.mark_circle(size=80, opacity=1).encode(y=y("rate"), color=_own(alt, "dot")),
    ]


def _average(alt: Any, rows: list[dict[str, Any]], rates: _Scale, y: Callable[..., Any], language: str) -> list[Any]:
    """A dashed line at the rate of all families together, when every row is there to add up."""
    families = sum(int(row["families"]) for row in rows if row["families"] is not None)
    known = [row for row in rows if row["families"] is not None and row["outcomes"] is not None]
    if not families or len(known) < len(rows):
        return []
    rate = 1000 * sum(int(row["outcomes"]) for row in rows) / families
    data = alt.Data(values=[{"y": rates.at(rate), "said": getattr(_AVERAGE, language)}])
    rule = alt.Chart(data).mark_rule(strokeDash=[4, 4], color=MUTED, strokeWidth=1.3).encode(y=y())
    word = alt.Chart(data).mark_text(align="left", baseline="bottom", dx=2, dy=-3, color=MUTED, fontSize=12)
    return [rule, word.encode(x=alt.value(0), y=y(), text="said:N")]


def _matrix(
    alt: Any, rows: list[dict[str, Any]], places: Mapping[str, _Place], x: Any, y: Callable[..., Any]
) -> list[Any]:
    """A dot per column and domain, dark where the domain takes part, and a line that joins those."""
    off, on, lines = [], [], []
    for at, row in enumerate(rows):
        inside = combination_domains(str(row["combination"]))
        if inside:
            ends = [places[domain].middle for domain in inside]
            on += [{"at": at, "y": end} for end in ends]
            off += [{"at": at, "y": place.middle} for place in places.values() if place.middle not in ends]
            lines.append({"at": at, "y": min(ends), "to": max(ends)})

    def dots(data: list[dict[str, Any]], colour: str) -> Any:
        return alt.Chart(alt.Data(values=data)).mark_circle(size=95, opacity=1, color=colour).encode(x=x, y=y())

    line = alt.Chart(alt.Data(values=lines)).mark_rule(strokeWidth=3, color=ACCENT).encode(x=x, y=y(), y2="to:Q")
    return [dots(off, GRID), line, dots(on, ACCENT)]


def _words(alt: Any, rows: list[dict[str, Any]], foot: float, x: Any, y: Callable[..., Any], language: str) -> Any:
    """What a column without dots is about, written upwards."""
    values = [
        {"at": at, "y": foot - 4, "said": getattr(_COLUMN[str(row["combination"])], language)}
        for at, row in enumerate(rows)
        if row["combination"] in _COLUMN
    ]
    mark = alt.Chart(alt.Data(values=values)).mark_text(
        angle=270, align="right", baseline="middle", color=INK, fontSize=12.5
    )
    return mark.encode(x=x, y=y(), text="said:N")


def _headings(alt: Any, bars: _Scale, rates: _Scale, y: Callable[..., Any], language: str) -> Any:
    values = [
        {"y": bars.bottom + BARS + 8, "said": getattr(_FAMILIES, language)},
        {"y": rates.bottom + RATES + 12 + LINE, "said": getattr(_RATE, language)},
    ]
    mark = alt.Chart(alt.Data(values=values)).mark_text(
        align="left", baseline="bottom", lineBreak="\n", lineHeight=LINE, color=INK, fontSize=12.5, fontWeight="bold"
    )
    return mark.encode(x=alt.value(0), y=y(), text="said:N")


def _decimal(value: float, language: str) -> str:
    return f"{value:.1f}".replace(".", "," if language == "nl" else ".")


def _figure(value: float, language: str) -> str:
    whole = dutch_number(round(value)) if language == "nl" else f"{round(value):,}"
    return whole if float(value).is_integer() else f"{value:g}"


def _own(alt: Any, field: str) -> Any:
    """The colour that stands in the data."""
    return alt.Color(f"{field}:N", scale=None)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

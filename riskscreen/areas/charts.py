"""Pictures of area estimates and target groups, drawn from rows that are safe to show (or were released)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from riskscreen.records.texts import Text

PER_1000 = Text("recorded reports per 1,000 families in a year", "meldingen per 1.000 gezinnen in een jaar")
INK, MARK = "#1f3a5f", "#b8560f"
_NONE = Text("nothing is large enough to show", "niets is groot genoeg om te tonen")


def plot_areas(rows: Sequence[Mapping[str, Any]], *, language: str = "en", most: int = 40) -> Any:
    """A dot per area with its 95% interval, highest first.

    Parameters
    ----------
    rows
        ``name, estimate, low, high`` (rates per 1); rows whose estimate is hidden are left out.
    language
        ``en`` or ``nl``.
    most
        How many areas are drawn at most.
    """
    import altair as alt

    drawn = sorted(_drawn(rows), key=lambda row: -row["estimate"])[:most]
    return dots_chart(alt, drawn, _word(PER_1000, language), language)


def plot_area_map(
    rows: Sequence[Mapping[str, Any]], polygons: Mapping[str, str], *, language: str = "en", name: str = "name"
) -> Any:
    """A map of estimates: shapes are drawn inside the chart, nothing is fetched.

    Parameters
    ----------
    rows
        ``area, name, estimate, low, high``.
    polygons
        A GeoJSON geometry as text per area code; areas without an estimate are drawn grey.
    """
    import altair as alt

    by_area = {str(row["area"]): row for row in rows if row.get("estimate") is not None}
    features = [_feature(area, text, by_area.get(area), name) for area, text in sorted(polygons.items()) if text]
    title = _word(PER_1000, language)
    data = alt.Data(values=features)
    shape = alt.Chart(data).mark_geoshape(stroke="white", strokeWidth=0.8)
    known = shape.transform_filter("datum.properties.shown").encode(
        color=alt.Color(
            "properties.estimate:Q",
            scale=alt.Scale(scheme="oranges", zero=True),
            legend=alt.Legend(title=title, titleLimit=0, orient="bottom", gradientLength=300),
        ),
        tooltip=[
            alt.Tooltip("properties.name:N", title=_word(Text("area", "gebied"), language)),
            alt.Tooltip("properties.estimate:Q", format=".0f", title=title),
            alt.Tooltip("properties.low:Q", format=".0f", title=_word(Text("lower bound", "ondergrens"), language)),
            alt.Tooltip("properties.high:Q", format=".0f", title=_word(Text("upper bound", "bovengrens"), language)),
        ],
    )
    grey = shape.transform_filter("!datum.properties.shown").encode(color=alt.value("#d9d9d9"))
    return (grey + known).project(type="identity", reflectY=True).properties(width=480, height=420)


def dots_chart(alt: Any, rows: Sequence[Mapping[str, Any]], title: str, language: str) -> Any:
    """Dots with intervals, one row each, in the order given; values shown per 1,000."""
    if not rows:
        return alt.Chart(alt.Data(values=[{"text": _word(_NONE, language)}])).mark_text(size=14).encode(text="text:N")
    values = [
        {"name": str(row["name"]), **{key: round(1000 * float(row[key]), 2) for key in ("estimate", "low", "high")}}
        for row in rows
    ]
    order = [value["name"] for value in values]
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=0)),
        tooltip=[
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip("estimate:Q", format=".0f", title=_word(Text("estimate", "schatting"), language)),
            alt.Tooltip("low:Q", format=".0f", title=_word(Text("lower bound", "ondergrens"), language)),
            alt.Tooltip("high:Q", format=".0f", title=_word(Text("upper bound", "bovengrens"), language)),
        ],
    )
    line = base.mark_rule(color=INK, strokeWidth=2).encode(x=alt.X("low:Q", title=title), x2="high:Q")
    dot = base.mark_point(color=MARK, filled=True, size=70, opacity=1).encode(x="estimate:Q")
    return (line + dot).properties(width=420, height=alt.Step(20))


def _drawn(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if row.get("estimate") is not None and row.get("low") is not None]


def _feature(area: str, geometry: str, row: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = {"area": area, "shown": row is not None}
    if row is not None:
        properties["name"] = str(row[name])
        properties |= {key: round(1000 * float(row[key]), 2) for key in ("estimate", "low", "high")}
    return {"type": "Feature", "geometry": json.loads(geometry), "properties": properties}


def _word(text: Text, language: str) -> str:
    return text.nl if language == "nl" else text.en

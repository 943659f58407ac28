"""Maps of areas: polygons are public, the figures on them passed the gate."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.records.tables import TOTAL
from riskscreen.reports.charts import off_average
from riskscreen.reports.content import number
from riskscreen.reports.numbers import Language, per_thousand, percent, whole
from riskscreen.reports.tables import label
from riskscreen.reports.words import Words

if TYPE_CHECKING:
    import altair as alt

FILLS = {"above": "#0f5c66", "same": "#dfe7e4", "below": "#8fb9b5", "none": "#ffffff"}
MOST_DIGITS = 4
"""Decimals kept of coordinates scaled to a map of one unit: a fifth of a pixel on a wide screen."""


def area_map(
    released: ReleasedTable,
    polygons: Mapping[str, str],
    language: Language,
    average: float | None = None,
    sides: Mapping[str, str] | None = None,
) -> alt.Chart:
    """Areas coloured by where they surely lie, never by rank: above, below, or not to be told apart.

    Parameters
    ----------
    released
        ``areas_wijk`` or ``areas_buurt``.
    polygons
        GeoJSON geometry (text) by area code; areas without one are left out.
    average
        The municipality's rate (0-1).
    sides
        Where each area lies, of all areas judged together; default: by its own interval.
    """
    import altair as alt

    words = Words(language)
    features = list(_features(released, polygons, words, average, sides))
    domain = [words(f"charts.map_{k}") for k in FILLS]
    colour = alt.Color(
        "properties.said_class:N",
        title=None,
        scale=alt.Scale(domain=domain, range=list(FILLS.values())),
        legend=alt.Legend(orient="bottom", direction="vertical", symbolStrokeColor="#586268", symbolStrokeWidth=0.6),
    )
    return (
        alt.Chart(alt.Data(values=features))
        .mark_geoshape(stroke="#586268", strokeWidth=0.7)
        .encode(color=colour, tooltip=alt.Tooltip("properties.said:N", title="\N{ZERO WIDTH SPACE}"))
        .project(type="identity", reflectY=True)
        .properties(width="container", height=420)
    )


def shaded_map(released: ReleasedTable, polygons: Mapping[str, str], language: Language, column: str) -> alt.LayerChart:
    """Areas shaded by one figure of a table: no order by rates of reports, and no colour of alarm.

    Parameters
    ----------
    released
        A table with a row per area, such as ``supply_reach_unmet``.
    polygons
        GeoJSON geometry (text) by area code; areas without one are left out.
    column
        The figure; areas where it was hidden stay white.
    """
    import altair as alt

    words, table = Words(language), released.table
    title = words.of(table.column(column).title)
    shapes = list(_shaded(released, polygons, words, column))
    share = table.column(column).unit == "share"
    colour = alt.Color(
        "properties.value:Q",
        scale=alt.Scale(range=["#dfe7e4", "#0f5c66"]),
        legend=alt.Legend(
            title=title,
            orient="bottom",
            direction="horizontal",
            format=".0%" if share else ",.0f",
            gradientLength=220,
        ),
    )
    base = alt.Chart(alt.Data(values=shapes)).mark_geoshape(stroke="#586268", strokeWidth=0.7)
    said = alt.Tooltip("properties.said:N", title="\N{ZERO WIDTH SPACE}")
    known = base.transform_filter("datum.properties.value !== null").encode(color=colour, tooltip=said)
    other = base.transform_filter("datum.properties.value === null").encode(color=alt.value("#ffffff"), tooltip=said)
    chart: alt.LayerChart = (other + known).project(type="identity", reflectY=True)
    return chart.properties(width="container", height=340)


def has_polygons(released: ReleasedTable, polygons: Mapping[str, str]) -> bool:
    """Do most of the table's areas have a polygon?"""
    codes = [code for code in released.table.values("area") if code != TOTAL]
    return bool(codes) and sum(str(code) in polygons for code in codes) * 2 > len(codes)


def _shaded(
    released: ReleasedTable, polygons: Mapping[str, str], words: Words, column: str
) -> Iterator[dict[str, Any]]:
    records = [r for r in released.table.records() if str(r["area"]) in polygons]
    shapes = [json.loads(polygons[str(r["area"])]) for r in records]
    scale = _scale([point for shape in shapes for point in _points(shape["coordinates"])])
    for record, shape in zip(records, shapes, strict=True):
        name = label(released.table.column("area"), record["area"], words.language)
        value = number(record.get(column))
        shown = words("common.hidden_cell") if value is None else _figure(released, column, value, words.language)
        geometry = {"type": shape["type"], "coordinates": _scaled(shape["coordinates"], scale)}
        properties = {"said": f"{name}: {shown}", "value": value}
        yield {"type": "Feature", "properties": properties, "geometry": geometry}


def _figure(released: ReleasedTable, column: str, value: float, language: Language) -> str:
    return percent(value, language) if released.table.column(column).unit == "share" else whole(value, language)


def _features(
    released: ReleasedTable,
    polygons: Mapping[str, str],
    words: Words,
    average: float | None,
    sides: Mapping[str, str] | None,
) -> list[dict[str, Any]]:
    records = [r for r in released.table.records() if str(r["area"]) in polygons]
    shapes = [json.loads(polygons[str(r["area"])]) for r in records]
    scale = _scale([point for shape in shapes for point in _points(shape["coordinates"])])
    found = []
    for record, shape in zip(records, shapes, strict=True):
        name = label(released.table.column("area"), record["area"], words.language)
        value = number(record.get("estimate"))
        which = "none" if value is None else off_average(record, average, sides)
        said = name if value is None else words("charts.said_map", name=name, rate=per_thousand(value, words.language))
        geometry = {"type": shape["type"], "coordinates": _scaled(shape["coordinates"], scale)}
        properties = {"said": f"{said} – {words(f'charts.map_{which}')}", "said_class": words(f"charts.map_{which}")}
        found.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return found


def _points(coordinates: Any) -> Iterator[tuple[float, float]]:
    if coordinates and isinstance(coordinates[0], (int, float)):
        yield float(coordinates[0]), float(coordinates[1])
    else:
        for part in coordinates:
            yield from _points(part)


def _scale(points: list[tuple[float, float]]) -> tuple[float, float, float, float]:
    """Left, bottom, and factors that make a map one unit wide; degrees are narrowed by the cosine of latitude."""
    if not points:
        return 0.0, 0.0, 1.0, 1.0
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    degrees = max(map(abs, xs)) <= 180 and max(map(abs, ys)) <= 90
    narrow = math.cos(math.radians((min(ys) + max(ys)) / 2)) if degrees else 1.0
    span = max((max(xs) - min(xs)) * narrow, max(ys) - min(ys)) or 1.0
    return min(xs), min(ys), narrow / span, 1 / span


def _scaled(coordinates: Any, scale: tuple[float, float, float, float]) -> Any:
    left, bottom, fx, fy = scale
    if coordinates and isinstance(coordinates[0], (int, float)):
        x, y = float(coordinates[0]), float(coordinates[1])
        return [round((x - left) * fx, MOST_DIGITS), round((y - bottom) * fy, MOST_DIGITS)]
    return [_scaled(part, scale) for part in coordinates]

"""Charts are valid Vega-Lite, hold released figures only, and say the same as the tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import reports_example as example

from riskscreen.reports import charts, fairness_charts, maps
from riskscreen.reports.marks import Dot, dots, drawable, finish, wrap
from riskscreen.reports.numbers import Language

AVERAGE = example.OUTCOMES / example.FAMILIES
MAKERS: dict[str, Callable[[Any, Language], Any]] = {
    "prevalence": charts.prevalence_chart,
    "accumulation": charts.accumulation_chart,
    "points": charts.points_chart,
    "performance": charts.performance_chart,
    "calibration": charts.calibration_chart,
    "contributions": charts.contributions_chart,
    "target_groups": lambda t, n: charts.target_group_chart(t, n, AVERAGE),
    "areas_wijk": lambda t, n: charts.area_chart(t, n, AVERAGE),
    "areas_buurt": lambda t, n: charts.area_chart(t, n, AVERAGE, 10),
    "places": charts.places_chart,
    "alternatives": charts.alternatives_chart,
    "audit_offer": lambda t, n: charts.forest_chart(t, "selection_rate", n),
    "audit_threshold": lambda t, n: charts.forest_chart(t, "true_positive_rate", n),
    "challenger_contributions": lambda t, n: charts.contributions_chart(t, n, "mean_abs_shap"),
}


def values_in(spec: Any) -> list[dict[str, Any]]:
    """Every data record of a specification."""
    if isinstance(spec, dict):
        own = spec.get("values", []) if isinstance(spec.get("values"), list) else []
        return [*own, *(record for part in spec.values() for record in values_in(part))]
    if isinstance(spec, list):
        return [record for part in spec for record in values_in(part)]
    return []


@pytest.mark.parametrize("name", MAKERS)
def test_a_chart_is_valid_vega_lite_and_has_no_address(name: str) -> None:
    chart = MAKERS[name](example.released()[name], "nl")
    chart.to_dict(validate=True)
    assert "http" not in json.dumps(finish(chart))


def test_the_map_is_valid_and_one_unit_wide() -> None:
    chart = maps.area_map(example.released()["areas_wijk"], example.polygons(), "en", AVERAGE)
    chart.to_dict(validate=True)
    points = [p for f in values_in(finish(chart)) for p in f["geometry"]["coordinates"][0]]
    assert len(values_in(finish(chart))) == len(example.WIJKEN)
    assert max(max(p) - min(p) for p in zip(*points, strict=True)) == pytest.approx(1, abs=1e-3)
    assert min(min(p) for p in points) == 0


def test_degrees_are_narrowed_by_latitude() -> None:
    shapes = {f"WK{i:02d}": json.dumps(_square(4 + i / 100, 52)) for i in range(1, len(example.WIJKEN) + 1)}
    spec = finish(maps.area_map(example.released()["areas_wijk"], shapes, "en", AVERAGE))
    one = values_in(spec)[0]["geometry"]["coordinates"][0]
    width, height = (max(axis) - min(axis) for axis in zip(*one, strict=True))
    assert width / height == pytest.approx(0.6157, abs=0.01)


def _square(x: float, y: float, side: float = 0.01) -> dict[str, Any]:
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_a_hidden_figure_is_in_no_chart() -> None:
    released = example.released()["areas_buurt"]
    hidden = [
        row[0] for row, state in zip(released.table.rows, released.status, strict=True) if state[5] == "suppressed"
    ]
    assert hidden
    names = {released.label("area", code, "nl") for code in hidden}
    spec = finish(charts.area_chart(released, "nl", AVERAGE))
    assert not [r for r in values_in(spec) if str(r.get("row", "")).split("\t")[0].replace("\n", " ") in names]


def test_every_figure_in_a_chart_stands_in_the_released_table() -> None:
    released = example.released()["accumulation"]
    shown = {float(f"{1000 * v:.6g}") for row in released.table.rows for v in row if isinstance(v, float)}
    spec = finish(charts.accumulation_chart(released, "en"))
    drawn = {r[k] for r in values_in(spec) for k in ("value", "low", "high") if r.get(k) is not None}
    assert drawn
    assert drawn <= shown


def test_the_language_changes_every_word_and_no_figure() -> None:
    nl, en = (values_in(finish(charts.points_chart(example.released()["points"], n))) for n in ("nl", "en"))
    assert [r["value"] for r in nl] == [r["value"] for r in en]
    assert all(a["said"] != b["said"] and a["row"] != b["row"] for a, b in zip(nl, en, strict=True))


@pytest.mark.parametrize(
    ("low", "high", "where"),
    [(0.03, 0.05, "above"), (0.01, 0.02, "below"), (0.02, 0.03, "same"), (None, 0.03, "same")],
)
def test_an_area_stands_off_the_average_only_with_its_whole_interval(
    low: float | None, high: float, where: str
) -> None:
    assert charts.off_average({"low": low, "high": high}, 0.025) == where


def test_rows_keep_their_order_and_equal_labels_stay_apart() -> None:
    spec = finish(dots([Dot("b", 2.0), Dot("a", 1.0), Dot("b", 3.0)], axis="x"))
    domain = spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert [row.split("\t")[0] for row in domain] == ["b", "a", "b"]
    assert len(set(domain)) == 3


def test_a_chart_without_a_single_shown_figure_is_not_drawn() -> None:
    assert not drawable(
        finish(dots([Dot("hidden", None), Dot("heading", None, heading=True)], axis="x", reference=1.0))
    )
    assert drawable(finish(dots([Dot("shown", 0.0)], axis="x")))


def test_a_long_label_breaks_into_at_most_five_lines() -> None:
    assert wrap("word " * 40).count("\n") == 4
    assert wrap("word " * 40).endswith("…")


AUDITED: dict[str, Callable[[Any, Language], Any]] = {
    "verdicts": lambda t, n: fairness_charts.verdict_chart(t, "offer", n),
    "audit_curves": lambda t, n: fairness_charts.curve_chart(t, "family_form", n),
    "audit_calibration": lambda t, n: fairness_charts.group_calibration_chart(t, "origin", n),
    "audit_label_plane": lambda t, n: fairness_charts.plane_chart(t, t.table.rows[0][:3], n),
}


@pytest.mark.parametrize("name", AUDITED)
def test_a_chart_of_an_audit_is_valid_and_holds_released_figures_only(name: str) -> None:
    released = example.released()[name]
    chart = AUDITED[name](released, "en")
    chart.to_dict(validate=True)
    spec = finish(chart)
    assert drawable(spec)
    assert "http" not in json.dumps(spec)
    figures = [v for row in released.table.rows for v in row if _is_figure(v)]
    shown = {float(f"{scale * v:.6g}") for v in figures for scale in (1, 1000)}
    keys = ("x", "value", "low", "high", "expected", "band")
    drawn = {r[k] for r in values_in(spec) for k in keys if _is_figure(r.get(k))}
    assert drawn <= shown | {0, 1}
    assert drawn or name == "audit_label_plane"


def _is_figure(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def test_verdicts_stand_by_metric_with_their_tolerance() -> None:
    spec = finish(fairness_charts.verdict_chart(example.released()["verdicts"], "offer", "en"))
    rows = [r for r in values_in(spec) if "row" in r]
    assert sum("\t#" in r["row"] for r in rows) == 2
    assert {r["band"] for r in rows if "band" in r} == {0.05, 0.1}
    assert {r["kind"] for r in rows if "kind" in r} == {"gap", "no gap shown", "not enough evidence"}


def test_a_curve_runs_from_nobody_to_everybody_and_marks_the_threshold_audited() -> None:
    spec = finish(fairness_charts.curve_chart(example.released()["audit_curves"], "family_form", "en"))
    for kind in ("couple", "single parent"):
        line = sorted((r["x"], r["value"]) for r in values_in(spec) if r.get("kind") == kind)
        assert line[0] == (0, 0)
        assert line[-1] == (1, 1)
        assert [y for _, y in line] == sorted(y for _, y in line)
        assert sum(bool(r.get("chosen")) for r in values_in(spec) if r.get("kind") == kind) == 1


def test_the_plane_outlines_what_was_thought_possible() -> None:
    released = example.released()["audit_label_plane"]
    spec = finish(fairness_charts.plane_chart(released, released.table.rows[0][:3], "nl"))
    corners = [r for r in values_in(spec) if "to_k" in r]
    assert corners == [{"k": "1", "c": "1", "to_k": "1,5", "to_c": "1,5"}]
    assert sum(r.get("inside", False) for r in values_in(spec)) == 36


def test_a_curve_of_which_only_the_line_of_reference_is_left_is_not_drawn() -> None:
    """Vega gives such a chart an endless height."""
    released = example.released()["audit_curves"]
    attribute = str(released.table.values("attribute")[0])
    assert drawable(finish(fairness_charts.curve_chart(released, attribute, "nl")))
    assert not drawable(finish(fairness_charts.curve_chart(released, "no_such_attribute", "nl")))

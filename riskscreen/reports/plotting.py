"""The chart that belongs to a released table, for a notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from riskscreen.areas import funnel_chart, rank_chart, zonings_chart
from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.errors import UsageError
from riskscreen.explanation.combinations_chart import combinations_chart
from riskscreen.reports import charts, plan_charts, target_charts
from riskscreen.reports.marks import config
from riskscreen.reports.numbers import Language

WIDTH = 480


def _combinations(released: ReleasedTable, language: Language) -> Any:
    return combinations_chart(released.table, language)


def _ranks(released: ReleasedTable, language: Language) -> Any:
    return rank_chart(released.table, language)


def _zonings(released: ReleasedTable, language: Language) -> Any:
    return zonings_chart(released.table, language)


def _funnel(released: ReleasedTable, language: Language) -> Any:
    return funnel_chart((), released.table.records(), language=language)


CHARTS: Mapping[str, Callable[[ReleasedTable, Language], Any]] = {
    "accumulation": charts.accumulation_chart,
    "alternatives": charts.alternatives_chart,
    "areas_buurt": charts.area_chart,
    "areas_funnel_buurt": _funnel,
    "areas_funnel_wijk": _funnel,
    "areas_gemeente": charts.area_chart,
    "areas_provincie": charts.area_chart,
    "areas_ranks_buurt": _ranks,
    "areas_ranks_wijk": _ranks,
    "areas_wijk": charts.area_chart,
    "areas_zonings": _zonings,
    "budget_frontier": plan_charts.frontier_chart,
    "calibration": charts.calibration_chart,
    "contributions": charts.contributions_chart,
    "domain_combinations": _combinations,
    "meeting_places": target_charts.meeting_chart,
    "performance": charts.performance_chart,
    "places": charts.places_chart,
    "plan_regret": plan_charts.regret_chart,
    "points": charts.points_chart,
    "prevalence": charts.prevalence_chart,
    "target_curve": target_charts.curve_chart,
    "target_groups": charts.target_group_chart,
}
"""Per table the chart of the report and the dossier."""


def plot(released: ReleasedTable, language: Language = "en") -> Any:
    """The chart of a released table: an altair chart in the look of the reports.

    Raises
    ------
    UsageError
        The table has no chart, or the language is not en or nl.
    """
    if released.name not in CHARTS:
        raise UsageError(f"table {released.name!r} has no chart", do=f"choose from {', '.join(sorted(CHARTS))}")
    if language not in ("en", "nl"):
        raise UsageError(f"there is no language {language!r}", do="choose en or nl")
    chart = CHARTS[released.name](released, language)
    return chart.properties(width=WIDTH).configure(**config())

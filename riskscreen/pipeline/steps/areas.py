"""Estimates per area."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskscreen.engine.handles import open_counts
from riskscreen.pipeline.job import Job, Made
from riskscreen.pipeline.steps.reading import area_register, judged_cells

if TYPE_CHECKING:
    import pandas as pd

    from riskscreen.areas import AreaEstimates, Outlines, Reporting
    from riskscreen.records.tables import Table
    from riskscreen.records.texts import Text

UNKNOWN = "unknown"
"""The code of families whose area is not known."""
KNOWN = ("detect.cps2005", "detect.cps2010")
"""Figures: the share of maltreated children that the reporting centre knew, per 100."""


def estimate_all_areas(job: Job) -> Made:
    """Rates per buurt, wijk, gemeente and provincie: counted, expected and model-based; ranks, funnels, zonings."""
    from riskscreen.areas import (
        compare_zonings,
        estimate_areas,
        levels_known,
        match_outlines,
        need_elsewhere,
        why_no_wijken,
    )
    from riskscreen.areas.wijken import describe_wijken

    card, areas = job.value("fit").chosen, area_register(job)
    cells = open_counts(judged_cells(job, "area_cells", ["area", "area_block"], card=card))
    asked = {
        "areas": areas,
        "card": card,
        "threshold": job.threshold,
        "estimate_base": job.scenario.release.estimate_base,
    }
    reporting = reporting_of(job)
    found = [
        estimate_areas(cells, level=level, reporting=reporting, **asked)
        for level in levels_known(cells, areas, job.threshold)
    ]
    tables = [table for one in found for table in _tables(one)]
    stressors, now = job.value("profile")["stressors"], job.scenario.index_dates.now
    described = describe_wijken(job.engine, stressors, now, names=_names(areas))
    outlines = _polygons(areas)
    fit = match_outlines(outlines, [row.area for one in found for row in one.rows])
    missing = why_no_wijken(cells, areas, addresses=job.value("registers").has("address_spells"))
    zonings = () if missing else (compare_zonings(cells, **asked),)
    elsewhere = next((need_elsewhere(one) for one in found if one.level == "wijk"), {})
    return Made(
        {"polygons": outlines, "names": _names(areas), "need_elsewhere": elsewhere, "missing": missing},
        (*tables, *zonings, *described),
        detail=_detail(found, fit if outlines else None, missing),
    )


def _detail(found: Sequence[AreaEstimates], fit: Outlines | None, missing: Text | None) -> str:
    """How many areas there are, which outlines fit, and why there are no wijken."""
    counted = ", ".join(f"{sum(row.area != UNKNOWN for row in e.rows)} {e.level}" for e in found)
    return "; ".join(str(part) for part in (counted, fit, missing.en if missing else None) if part)


def reporting_of(job: Job) -> Reporting:
    """What is assumed about reporting: published shares, and how far areas may differ (``audit.reporting_ratio``)."""
    from riskscreen.areas import Reporting
    from riskscreen.stressors.evidence import published_figures

    low, high = (float(published_figures()[name].value) / 100 for name in KNOWN)
    return Reporting(low, high, job.scenario.audit.reporting_ratio)


def _tables(found: AreaEstimates) -> list[Table]:
    """Ranks and funnels where there are areas to compare."""
    beside = [found.ranks(), found.funnel()] if found.level in ("wijk", "buurt") else []
    return [found.table(), *(table for table in beside if table is not None)]


def _names(areas: pd.DataFrame | None) -> dict[str, str]:
    return {} if areas is None else dict(zip(areas["area"], areas["name"], strict=True))


def _polygons(areas: pd.DataFrame | None) -> dict[str, str]:
    """Outlines of areas are public; they are no data about families."""
    if areas is None or "polygon" not in areas.columns:
        return {}
    known = areas[areas["polygon"].notna()]
    return dict(zip(known["area"], known["polygon"], strict=True))

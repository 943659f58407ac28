"""Estimates per area."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskscreen.engine.handles import open_counts
from riskscreen.pipeline.job import Job, Made
from riskscreen.pipeline.steps.reading import area_register, judged_cells

if TYPE_CHECKING:
    import pandas as pd


def estimate_all_areas(job: Job) -> Made:
    """Shrunken rates per wijk and buurt, and who lives in each wijk."""
    from riskscreen.areas.rates import estimate_areas
    from riskscreen.areas.wijken import describe_wijken

    card, areas = job.value("fit").chosen, area_register(job)
    cells = open_counts(judged_cells(job, "area_cells", ["area", "area_block"], card=card))
    estimates = tuple(
        estimate_areas(
            cells,
            level=level,
            areas=areas,
            card=card,
            threshold=job.threshold,
            estimate_base=job.scenario.release.estimate_base,
        )
        for level in ("wijk", "buurt")
    )
    stressors, now = job.value("profile")["stressors"], job.scenario.index_dates.now
    described = describe_wijken(job.engine, stressors, now, names=_names(areas))
    return Made(
        {"polygons": _polygons(areas), "names": _names(areas)},
        (*(estimate.table() for estimate in estimates), *described),
        detail=" and ".join(f"{len(e.rows)} {e.level}en" for e in estimates),
    )


def _names(areas: pd.DataFrame | None) -> dict[str, str]:
    return {} if areas is None else dict(zip(areas["area"], areas["name"], strict=True))


def _polygons(areas: pd.DataFrame | None) -> dict[str, str]:
    """Outlines of areas are public; they are no data about families."""
    if areas is None or "polygon" not in areas.columns:
        return {}
    known = areas[areas["polygon"].notna()]
    return dict(zip(known["area"], known["polygon"], strict=True))

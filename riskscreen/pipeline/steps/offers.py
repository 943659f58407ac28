"""From a card to offers: areas, target groups, places of programmes, and the audit of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskscreen.engine.cells import count_cells
from riskscreen.engine.handles import Cells, open_counts
from riskscreen.pipeline.job import Job, Made

if TYPE_CHECKING:
    import pandas as pd

    from riskscreen.records.card import Card

JUDGED = "fold >= 7"
"""Families that the card was not fitted on."""


def estimate_all_areas(job: Job) -> Made:
    """Shrunken rates per wijk and buurt."""
    from riskscreen.areas.rates import estimate_areas

    card, areas = job.value("fit").chosen, _areas(job)
    cells = open_counts(_test_cells(job, "area_cells", ["area", "area_block"], card=card))
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
    return Made(
        {"polygons": _polygons(areas), "names": _names(areas)},
        tuple(estimate.table() for estimate in estimates),
        detail=" and ".join(f"{len(e.rows)} {e.level}en" for e in estimates),
    )


def find_all_targets(job: Job) -> Made:
    """Readable target groups, and the programme that fits each."""
    from riskscreen.areas.targets import count_targets, find_targets
    from riskscreen.programmes.catalogue import load_programmes
    from riskscreen.programmes.eligibility import count_eligible, fitting_programmes

    scenario, dates, threshold = job.scenario, job.scenario.index_dates, job.threshold
    stressors = job.value("profile")["stressors"]
    targets = find_targets(
        open_counts(count_targets(job.engine, [s.id for s in stressors], threshold=threshold)),
        stressors=stressors,
        settings=scenario.targets,
        train=dates.train,
        test=dates.test,
        now=dates.now,
        seed=scenario.seed,
        threshold=threshold,
    )
    catalogue = load_programmes(
        scenario.programmes,
        assumptions=scenario.assumptions,
        stressors=[s.id for s in stressors],
        own_stressors=scenario.stressors != "all",
    )
    eligible = open_counts(
        count_eligible(job.engine, targets.groups, catalogue.programmes, dates.now, threshold=threshold)
    )
    fits = fitting_programmes(eligible, targets.groups, catalogue.programmes)
    tables = (targets.table(fits, catalogue.names), catalogue.table())
    return Made(
        {"targets": targets, "catalogue": catalogue, "eligible": eligible},
        tables,
        f"{len(fits)} groups with a programme that fits",
    )


def divide_places(job: Job) -> Made:
    """Places within the budget, and the same numbers for doing it otherwise."""
    from riskscreen.programmes import allocate, compare_alternatives

    found = job.value("targets")
    plan = allocate(found["eligible"], found["catalogue"], job.scenario.budget, rates=found["targets"].rates)
    compared = compare_alternatives(
        job.engine,
        plan,
        found["targets"].groups,
        test=job.scenario.index_dates.test,
        areas=_areas(job),
        threshold=job.threshold,
    )
    return Made(
        plan,
        (plan.table(job.value("areas")["names"]), compared.table()),
        detail=f"{plan.places:,} places, EUR {plan.cost:,.0f}",
    )


def audit_all(job: Job) -> Made:
    """The offers first, then the points threshold; every table that says something of a group."""
    from riskscreen.fairness import audit, label_plane_table, reach_table, score_table, step_tables, verdict_table
    from riskscreen.programmes import offered_sql, places_sql

    scenario, card, by = job.scenario, job.value("fit").chosen, list(job.scenario.audit.by)
    plan, groups = job.value("places"), job.value("targets")["targets"].groups
    offered, places = (sql(plan, groups, job.engine) for sql in (offered_sql, places_sql))
    offers = audit(
        _test_cells(job, "offer_cells", [*by, "area_block", f"({offered})::TINYINT AS offered"]),
        outcome="outcome",
        selected="offered",
        by=by,
        settings=scenario.audit,
        subject="offer",
        block="area_block",
        seed=scenario.seed,
        threshold=job.threshold,
    )
    reached = _test_cells(job, "reach_cells", [*by, f"({places})::DOUBLE AS place"])
    points = audit(
        _test_cells(job, "threshold_cells", [*by, "area_block"], card=card, only=JUDGED),
        outcome="outcome",
        points="points",
        cuts=_band_starts(job),
        by=by,
        settings=scenario.audit,
        subject="threshold",
        risk=card.risk,
        block="area_block",
        seed=scenario.seed,
        threshold=job.threshold,
    )
    tables = (
        offers.tables()[0],
        points.tables()[0],
        verdict_table(offers, points),
        reach_table(offers, open_counts(reached), place="place", outcome="outcome"),
        score_table(points),
        *step_tables(points, borders=_band_starts(job)),
        label_plane_table(offers, points),
    )
    return Made(None, tables, detail=f"offers and points threshold, by {len(by)} attributes")


def _test_cells(job: Job, name: str, keys: Sequence[str], *, card: Card | None = None, only: str = "TRUE") -> Cells:
    """Cells of the families whose outcome on the test date is known."""
    known = f"outcome IS NOT NULL AND NOT apart AND index_date = DATE '{job.scenario.index_dates.test}'"
    return count_cells(job.engine, keys, threshold=job.threshold, card=card, where=f"{known} AND {only}", name=name)


def _band_starts(job: Job) -> list[float]:
    """Where the bands of the table ``points`` begin: it counts the same families, so a cut may lie there only."""
    from riskscreen.scores.bands import first_points

    return [float(first_points(str(code))) for code in job.value("fit").points.values("points")]


def _areas(job: Job) -> pd.DataFrame | None:
    if not job.value("registers").has("areas"):
        return None
    return job.engine.frame("SELECT * FROM registers.areas ORDER BY area")


def _names(areas: pd.DataFrame | None) -> dict[str, str]:
    return {} if areas is None else dict(zip(areas["area"], areas["name"], strict=True))


def _polygons(areas: pd.DataFrame | None) -> dict[str, str]:
    """Outlines of areas are public; they are no data about families."""
    if areas is None or "polygon" not in areas.columns:
        return {}
    known = areas[areas["polygon"].notna()]
    return dict(zip(known["area"], known["polygon"], strict=True))

"""The audit of the offers and of the points threshold."""

from __future__ import annotations

from riskscreen.engine.handles import open_counts
from riskscreen.pipeline.job import Job, Made
from riskscreen.pipeline.steps.reading import JUDGED, judged_cells


def audit_all(job: Job) -> Made:
    """The offers first, then the points threshold; every table that says something of a group."""
    from riskscreen.fairness import audit, label_plane_table, reach_table, score_table, step_tables, verdict_table
    from riskscreen.programmes import offered_sql, places_sql

    scenario, card, by = job.scenario, job.value("fit").chosen, list(job.scenario.audit.by)
    plan, groups = job.value("places"), job.value("targets")["targets"].groups
    offered, places = (sql(plan, groups, job.engine) for sql in (offered_sql, places_sql))
    offers = audit(
        judged_cells(job, "offer_cells", [*by, "area_block", f"({offered})::TINYINT AS offered"]),
        outcome="outcome",
        selected="offered",
        by=by,
        settings=scenario.audit,
        subject="offer",
        block="area_block",
        seed=scenario.seed,
        threshold=job.threshold,
    )
    reached = judged_cells(job, "reach_cells", [*by, f"({places})::DOUBLE AS place"])
    points = audit(
        judged_cells(job, "threshold_cells", [*by, "area_block"], card=card, only=JUDGED),
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


def _band_starts(job: Job) -> list[float]:
    """Where the bands of the table ``points`` begin: it counts the same families, so a cut may lie there only."""
    from riskscreen.scores.bands import first_points

    return [float(first_points(str(code))) for code in job.value("fit").points.values("points")]

"""The steps of the main job, in order. Each reads what earlier steps made and calls one stage."""

from __future__ import annotations

from riskscreen.pipeline.job import Step
from riskscreen.pipeline.steps.areas import estimate_all_areas
from riskscreen.pipeline.steps.audits import audit_all
from riskscreen.pipeline.steps.families import check_all, link_all, open_or_make
from riskscreen.pipeline.steps.models import explain_all, fit_all
from riskscreen.pipeline.steps.outside import ask_review, release_all, report_all
from riskscreen.pipeline.steps.places import divide_places
from riskscreen.pipeline.steps.profiles import profile_all
from riskscreen.pipeline.steps.reach import measure_reach
from riskscreen.pipeline.steps.targets import find_all_targets

STEPS: tuple[Step, ...] = (
    Step("registers", "open or make registers", open_or_make, kept=False),
    Step("check", "check", check_all, needs=("registers",), settings=("index_dates", "horizon", "outcome")),
    Step(
        "link",
        "link",
        link_all,
        needs=("check",),
        settings=("name", "seed", "index_dates", "family", "release"),
        engine_tables=("spine", "families", "members", "crosswalk"),
    ),
    Step(
        "profile",
        "levels and profiles",
        profile_all,
        needs=("link",),
        settings=("stressors", "outcome", "horizon", "index_dates"),
        engine_tables=("levels",),
    ),
    Step("fit", "fit and compare", fit_all, needs=("profile",), settings=("scores", "seed", "index_dates", "release")),
    Step("explain", "explain", explain_all, needs=("profile", "fit")),
    Step("areas", "areas", estimate_all_areas, needs=("profile", "fit"), settings=("release", "audit")),
    Step(
        "targets",
        "target groups",
        find_all_targets,
        needs=("link", "profile"),
        settings=("targets", "programmes", "assumptions", "seed", "release", "outcome", "horizon"),
    ),
    Step(
        "reach",
        "reach",
        measure_reach,
        needs=("registers", "link", "profile", "targets", "areas"),
        settings=("reach", "audit", "index_dates", "seed"),
    ),
    Step(
        "places",
        "places",
        divide_places,
        needs=("profile", "targets", "areas", "reach"),
        settings=("budget", "places", "seed"),
    ),
    Step("audit", "audit", audit_all, needs=("profile", "fit", "targets", "places"), settings=("audit", "seed")),
    Step("review", "review", ask_review, needs=("profile",), kept=False),
    Step("release", "release", release_all, kept=False),
    Step("report", "report", report_all, kept=False),
)
"""The main job: read from top to bottom."""

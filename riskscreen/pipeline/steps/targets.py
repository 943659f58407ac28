"""Target groups, and who could be offered what."""

from __future__ import annotations

from riskscreen.engine.handles import open_counts
from riskscreen.pipeline.job import Job, Made


def find_all_targets(job: Job) -> Made:
    """Readable target groups, and the programme that fits each."""
    from riskscreen.areas.targets import count_targets, find_targets
    from riskscreen.programmes.catalogue import load_programmes
    from riskscreen.programmes.eligibility import FLOOR_COLUMNS, count_eligible, fitting_programmes

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
        count_eligible(
            job.engine, targets.groups, catalogue.programmes, dates.now, threshold=threshold, by=FLOOR_COLUMNS
        )
    )
    fits = fitting_programmes(eligible, targets.groups, catalogue.programmes)
    tables = (targets.table(fits, catalogue.names), catalogue.table())
    return Made(
        {"targets": targets, "catalogue": catalogue, "eligible": eligible},
        tables,
        f"{len(fits)} groups with a programme that fits",
    )

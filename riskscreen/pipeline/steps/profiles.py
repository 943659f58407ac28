"""From families to counts: levels of every stressor, and the profiles they make."""

from __future__ import annotations

from collections import Counter

from riskscreen.engine.handles import Profiles
from riskscreen.pipeline.job import Job, Made


def profile_all(job: Job) -> Made:
    """Levels and profiles of every family, in the engine."""
    from riskscreen.linkage import replace_numbers
    from riskscreen.registers import coverage_table
    from riskscreen.stressors.eligibility import measure_eligibility
    from riskscreen.stressors.eligibility_tables import eligibility_tables
    from riskscreen.stressors.loading import load_catalogue
    from riskscreen.stressors.profiling import profile

    scenario, dates, registers = job.scenario, job.scenario.index_dates, job.value("registers")
    replace_numbers(registers)  # a kept link step leaves the crosswalk, not the views
    catalogue = load_catalogue(scenario.stressors)
    kept = job.store.listings({"registers": job.keys["registers"], "family": scenario.family.model_dump(mode="json")})
    profiling = profile(
        registers, catalogue, scenario.outcome, dates.all, scenario.horizon, threshold=job.threshold, kept=kept
    )
    kept.forget_unused()
    uses = Counter(name for stressor in catalogue.stressors for name in stressor.registers)
    measured = measure_eligibility(job.engine, catalogue, dates.all, dates.train[-1], threshold=job.threshold)
    seen = sum(profiling.covered[name, dates.now] for name in catalogue.ids)
    return Made(
        {
            "stressors": catalogue.stressors,
            "keys": profiling.profiles.keys,
            "outcome": profiling.outcome.outcome.name,
        },
        (coverage_table(registers, uses), *profiling.tables(), *eligibility_tables(measured, dates.train[-1])),
        detail=f"{seen} of {len(catalogue.ids)} stressors covered",
    )


def profiles_of(job: Job) -> Profiles:
    """Profiles with counts over ``levels``, without the families apart."""
    engine, keys = job.engine, job.value("profile")["keys"]
    if not engine.has("profiles"):
        from riskscreen.stressors.profiling import count_profiles

        count_profiles(engine, keys)
    return Profiles(engine, "profiles", keys, threshold=job.threshold)

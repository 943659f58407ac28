"""Places within the budget, and what else could be done."""

from __future__ import annotations

from riskscreen.pipeline.job import Job, Made
from riskscreen.pipeline.planning import budget_of
from riskscreen.pipeline.steps.reading import area_register


def divide_places(job: Job) -> Made:
    """Places within the budget, and the same numbers for doing it otherwise."""
    from riskscreen.programmes import allocate, compare_alternatives, supply_tables

    found = job.value("targets")
    plan = allocate(
        found["eligible"], found["catalogue"], budget_of(job.scenario, found["catalogue"]), rates=found["targets"].rates
    )
    compared = compare_alternatives(
        job.engine,
        plan,
        found["targets"].groups,
        test=job.scenario.index_dates.test,
        areas=area_register(job),
        threshold=job.threshold,
    )
    names = job.value("areas")["names"]
    return Made(
        plan,
        (plan.table(names), *supply_tables(job.value("reach"), plan, names), compared.table()),
        detail=f"{plan.places:,} places, EUR {plan.cost:,.0f}",
    )

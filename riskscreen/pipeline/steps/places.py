"""Places within the budget, what else could be done, and how sure the plan is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskscreen.pipeline.budget import budget_of
from riskscreen.pipeline.job import Job, Made
from riskscreen.pipeline.steps.reading import area_register

if TYPE_CHECKING:
    from riskscreen.programmes import Floors, Task
    from riskscreen.settings import Places


def divide_places(job: Job) -> Made:
    """Places within the budget, the same numbers for doing it otherwise, and what other values would change.

    A combination of the multiverse asks for the plan only: then the rest is left out.
    """
    from riskscreen.programmes import (
        budget_frontier,
        compare_alternatives,
        compare_scenarios,
        marginal_values,
        plan_of,
        prevented_table,
        scenarios_of,
        supply_tables,
    )

    task = task_of(job)
    plan = plan_of(task)
    if job.again:
        return Made(plan)
    compared = compare_alternatives(
        job.engine,
        plan,
        job.value("targets")["targets"].groups,
        test=job.scenario.index_dates.test,
        areas=area_register(job),
        threshold=job.threshold,
    )
    names = job.value("areas")["names"]
    scenarios = scenarios_of(task, job.value("areas")["need_elsewhere"])
    tables = (
        plan.table(names),
        plan.programme_table(),
        *supply_tables(job.value("reach"), plan, names),
        compared.table(),
        marginal_values(task, plan).table(),
        budget_frontier(task, plan).table(),
        compare_scenarios(scenarios, plan).table(),
        prevented_table(plan, task.rates),
    )
    return Made(plan, tables, detail=f"{plan.places:,} places, EUR {plan.cost:,.0f}")


def task_of(job: Job) -> Task:
    """What the plan of a job is made from."""
    from riskscreen.programmes import Task

    found, scenario = job.value("targets"), job.scenario
    return Task(
        found["eligible"],
        found["catalogue"],
        budget_of(scenario, found["catalogue"]),
        found["targets"].rates,
        floors_of(scenario.places),
        reached={} if job.again else job.value("reach").reached_share(),
        seed=scenario.seed,
    )


def floors_of(places: Places) -> Floors:
    """What the board asks for, as the allocation takes it."""
    from riskscreen.programmes import Floors

    return Floors(
        fair_share=places.fair_share,
        families=places.minimum_families,
        minimum_reach=places.minimum_reach,
        stages=places.floors.stages,
        family_forms=places.floors.family_forms,
        random_share=places.random_share,
    )

"""The plan of a scenario as a workbook, and the budget it is made with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from riskscreen.errors import SettingsError, UsageError
from riskscreen.pipeline.folder import write_bytes
from riskscreen.pipeline.gating import through_gate
from riskscreen.pipeline.job import Job
from riskscreen.settings import Scenario, load_scenario

if TYPE_CHECKING:
    from riskscreen.disclosure.gate import ReleasedTable
    from riskscreen.programmes import Catalogue


def write_plan(scenario: str | Path, file: Path, *, tell: Callable[[str], None]) -> Path:
    """Run the main job up to the plan, and write the plan as a workbook: a draft for review.

    Parameters
    ----------
    scenario
        The path of a scenario file, or the name of a shipped one.
    file
        The .xlsx file to write.

    Raises
    ------
    UsageError
        The file has another extension, or its folder is not there: told before any work.
    """
    from riskscreen.pipeline.running import open_job

    if file.suffix.lower() != ".xlsx" or not file.absolute().parent.is_dir():
        raise UsageError(f"cannot write {file}", do="give a file with .xlsx in a folder that is there")
    with open_job(load_scenario(scenario), Path("runs"), tell) as job:
        job.perform("places")
        write_bytes(file, plan_bytes(job, through_gate(job, job.tables())))
    return file


def plan_bytes(job: Job, tables: Sequence[ReleasedTable]) -> bytes:
    """The plan of a job as a workbook, from released tables."""
    from riskscreen.reports.plan_workbook import plan_workbook

    catalogue = job.value("targets")["catalogue"]
    return plan_workbook(tables, catalogue, budget_of(job.scenario, catalogue), job.value("registers").notice)


def budget_of(scenario: Scenario, catalogue: Catalogue) -> float:
    """EUR in a year: the planning values may say it, else the scenario does.

    Raises
    ------
    SettingsError
        Both say it and differ.
    """
    if catalogue.budget is None:
        return scenario.budget
    if "budget" in scenario.model_fields_set and scenario.budget != catalogue.budget:
        raise SettingsError(
            f"budget is {scenario.budget:,.0f} EUR in the scenario and {catalogue.budget:,.0f} in the planning values",
            do="take budget out of the scenario, or give both the same",
        )
    return catalogue.budget

"""The plan of a scenario as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from riskscreen.errors import UsageError
from riskscreen.pipeline.budget import budget_of
from riskscreen.pipeline.folder import write_bytes
from riskscreen.pipeline.gating import through_gate
from riskscreen.pipeline.job import Job
from riskscreen.pipeline.running import Tell, open_job, silent
from riskscreen.settings import Scenario, load_scenario

if TYPE_CHECKING:
    from riskscreen.disclosure.gate import ReleasedTable


def write_plan(scenario: str | Path | Scenario, file: Path, *, tell: Tell = silent) -> Path:
    """Run the main job up to the review, and write the plan as a workbook: a draft for review.

    All tables of the run are judged together, so the workbook hides what the dossier hides.

    Parameters
    ----------
    scenario
        A scenario, the path of a scenario file, or the name of a shipped one.
    file
        The .xlsx file to write.

    Raises
    ------
    UsageError
        The file has another extension, or its folder is not there: told before any work.
    """
    if file.suffix.lower() != ".xlsx" or not file.absolute().parent.is_dir():
        raise UsageError(f"cannot write {file}", do="give a file with .xlsx in a folder that is there")
    given = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    with open_job(given, Path("runs"), tell) as job:
        job.perform("audit")
        write_bytes(file, plan_bytes(job, through_gate(job, job.tables())))
    return file


def plan_bytes(job: Job, tables: Sequence[ReleasedTable]) -> bytes:
    """The plan of a job as a workbook, from released tables."""
    from riskscreen.reports.plan_workbook import plan_workbook

    catalogue = job.value("targets")["catalogue"]
    return plan_workbook(tables, catalogue, budget_of(job.scenario, catalogue), job.value("registers").notice)

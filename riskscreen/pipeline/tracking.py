"""What a run leaves with the office: an MLflow run, and copies of its own entries in both logs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskscreen.pipeline.job import Job
from riskscreen.pipeline.subject import municipality_of
from riskscreen.records.approvals import Approval, Subject

if TYPE_CHECKING:
    from riskscreen.disclosure.gate import ReleasedTable
    from riskscreen.governance.office import Office
    from riskscreen.governance.tracking import TrackedRun
    from riskscreen.reports import ReviewFacts

WANTED = tuple(
    ("performance", model, column)
    for model in ("count", "card", "challenger")
    for column in ("auroc", "brier", "calibration_slope", "calibration_in_the_large")
)
"""Figures of released tables that become MLflow metrics."""


def track(job: Job, tables: Sequence[ReleasedTable], files: Mapping[str, Path], subject: Subject) -> TrackedRun:
    """Write the run to MLflow, with its card as a registered model version."""
    from riskscreen.disclosure.gate import figures
    from riskscreen.governance.tracking import log_run

    scenario, registers = job.scenario, job.value("registers")
    kind = "synthetic registers: nobody in them exists" if registers.synthetic else "own registers"
    return log_run(
        job.office,
        name=f"{scenario.name} {scenario.index_dates.now}",
        description=f"Preventive programmes for groups and areas of {municipality_of(job) or scenario.name} "
        f"({kind}). For review by the ethics board; never for a decision about one family.",
        tags={
            "status": "waiting for a review",
            "purpose": scenario.review.purpose,
            "valid_until": "",
            "synthetic": str(registers.synthetic).lower(),
            "subject": subject.hash,
        },
        params=_flat(scenario.model_dump(mode="json", by_alias=True)),
        metrics=figures(tables, WANTED),
        artifacts=files,
        card=job.value("fit").chosen,
        threshold=scenario.release.threshold,
        store=scenario.review.store,
    )


def review_facts(approval: Approval) -> ReviewFacts:
    """An approval as a page shows it."""
    from riskscreen.governance.terms import DEMO_BOARD
    from riskscreen.reports import ReviewFacts

    return ReviewFacts(
        state="approved",
        by=approval.by,
        reason=approval.reason,
        until=approval.until,
        channels=approval.channels,
        conditions=approval.conditions,
        demo=approval.by == DEMO_BOARD,
    )


def copy_entries(office: Office, subject: Subject) -> str:
    """The entries of both logs about a subject, one per line: the run's own copy."""
    from riskscreen.governance.office import entry_dict

    about = office.entries_about(subject.hash)
    lines = [entry_dict(log, entry) for log, entries in about.items() for entry in entries]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    out: dict[str, str] = {}
    for key, value in settings.items():
        if isinstance(value, dict):
            out |= _flat(value, f"{prefix}{key}.")
        else:
            out[prefix + key] = str(value)
    return out

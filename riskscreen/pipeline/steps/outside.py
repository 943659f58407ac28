"""What leaves: the draft for review, what an approval releases, and the report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskscreen.pipeline.gating import through_gate
from riskscreen.pipeline.job import Job, Made
from riskscreen.pipeline.subject import approval_of, subject_of
from riskscreen.records.clock import utc_now
from riskscreen.records.tables import Channel

if TYPE_CHECKING:
    from riskscreen.disclosure.gate import ReleasedTable

RELEASING: tuple[Channel, ...] = ("internal", "public")


def ask_review(job: Job) -> Made:
    """Draft for review: dossier, audit, card and SQL; an MLflow run; a request to the board."""
    from riskscreen.governance.reviews import demo_approval, request_review
    from riskscreen.pipeline.pages import content_of
    from riskscreen.pipeline.tracking import track
    from riskscreen.reports import ReviewFacts, write_dossier

    scenario, subject, day = job.scenario, subject_of(job), utc_now().date()
    tables = through_gate(job, job.tables(), subject=subject)
    card, stressors = job.value("fit").chosen, job.value("profile")["stressors"]
    files = {
        "card.json": job.write("card.json", card.to_json()),
        "score.sql": job.write("score.sql", card.to_sql(threshold=job.threshold, stressors=stressors)),
        "audit.json": job.write("audit.json", _audit_json(tables)),
        "dossier.html": write_dossier(
            job.run_folder / "dossier.html", content_of(job, tables, ReviewFacts(), subject.hash)
        ),
    }
    registers, catalogue = job.value("registers"), job.value("targets")["catalogue"]
    tracked = track(job, tables, files, subject)
    request_review(
        job.office,
        subject,
        purpose=scenario.review.purpose,
        programmes=[item.id for item in catalogue.programmes],
        areas=sorted({offer.area_block for offer in job.value("places").offers}),
        by_lot=scenario.places.random_share,
        valid_days=scenario.review.valid_days,
        synthetic=registers.synthetic,
        folder=job.runs / scenario.name,
        tracked=tracked.run_id,
        store=scenario.review.store or "",
    )
    if registers.synthetic:
        demo_approval(job.office, subject, synthetic=True, day=day)
    return Made({"tables": tables, "tracked": tracked}, detail=f"MLflow model version {tracked.model_version}")


def release_all(job: Job) -> Made:
    """What the approved review allows: internal and public tables. Without an approval nothing is released."""
    from riskscreen.disclosure.release import Part, release_together

    parts = [
        Part(
            [table for table in job.tables() if channel in table.channels],
            channel,
            job.run_folder / "released" / channel,
            (job.runs / job.scenario.name / "released" / channel).as_posix(),
            [table for table in job.tables() if channel not in table.channels],
        )
        for channel in RELEASING
        if approval_of(job, channel) is not None
    ]
    records = release_together(
        parts,
        office=job.office,
        subject=subject_of(job),
        release=job.scenario.release,
        day=utc_now().date(),
        notice=job.value("registers").notice,
    )
    detail = ", ".join(f"{len(r.tables)} {r.channel}" for r in records) or "nothing: a review must approve first"
    return Made(records, detail=f"tables: {detail}" if records else detail)


def report_all(job: Job) -> Made:
    """What people read: the report, a page per wijk, the plan as a workbook, the public page; copies of entries."""
    from riskscreen.pipeline.folder import write_bytes
    from riskscreen.pipeline.pages import content_of
    from riskscreen.pipeline.planning import plan_bytes
    from riskscreen.pipeline.tracking import copy_entries, review_facts
    from riskscreen.reports import write_public, write_report
    from riskscreen.reports.wijk_sheet import write_wijk_sheets

    subject, written = subject_of(job), []
    approval = approval_of(job, "internal")
    if approval is not None:
        tables = through_gate(job, job.tables(), "internal", subject)
        content = content_of(job, tables, review_facts(approval), subject.hash)
        write_report(job.run_folder / "report.html", content)
        write_wijk_sheets(job.run_folder / "sheets", content)
        write_bytes(job.run_folder / "plan.xlsx", plan_bytes(job, tables))
        written += ["report.html", "sheets per wijk", "plan.xlsx"]
    public = approval_of(job, "public")
    if public is not None:
        everybody = through_gate(job, job.tables(), "public", subject)
        write_public(job.run_folder / "public.html", content_of(job, everybody, review_facts(public), subject.hash))
        written.append("public.html")
    job.write("ledger.jsonl", copy_entries(job.office, subject))
    return Made(None, detail=", ".join(written) or "no report: a review must approve first")


def _audit_json(tables: Sequence[ReleasedTable]) -> str:
    wanted = [table for table in tables if table.name.startswith("audit_") or table.name == "verdicts"]
    body = {"schema": "audit/1", "tables": [table.to_dict() for table in wanted]}
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"

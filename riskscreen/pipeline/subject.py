"""What a review of a job is about, by hash, and where the review stands."""

from __future__ import annotations

import getpass
import hashlib

from riskscreen.errors import ReviewError
from riskscreen.pipeline.job import Job
from riskscreen.pipeline.store import code_hash, key_of, settings_by_content
from riskscreen.records.approvals import Approval, Subject, find_approval
from riskscreen.records.clock import utc_now
from riskscreen.records.tables import Channel


def subject_of(job: Job) -> Subject:
    """Exactly what a review of this job is about, by hash."""
    areas = sorted({offer.area_block for offer in job.value("places").offers})
    return Subject(
        run=job.scenario.name,
        made_by=_user(),
        card=_sha(job.value("fit").chosen.to_json()),
        settings=key_of({"settings": settings_by_content(job.scenario), "code": code_hash()}),
        registers=job.keys["registers"],
        programmes=job.value("targets")["catalogue"].hash,
        areas=_sha(",".join(areas)),
    )


def approval_of(job: Job, channel: Channel) -> Approval | None:
    """The approval that holds now for a channel, if any; a broken decision log is refused."""
    try:
        return find_approval(job.office.decisions, subject_of(job), channel, utc_now().date())
    except ReviewError:
        return None


def municipality_of(job: Job) -> str:
    """Name of the municipality, where the register of areas knows it; else what the registers say."""
    given = str(job.value("registers").municipality)
    return str(job.value("areas")["names"].get(given, given))


def standing(job: Job) -> list[int | None]:
    """Number of the approving entry per releasing channel: where the review stands."""
    found = [approval_of(job, channel) for channel in ("internal", "public")]
    return [None if approval is None else approval.entry for approval in found]


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown user"

"""The way out of a job: its tables to the gate, by the scenario's rules and on the day of the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskscreen.pipeline.job import Job
from riskscreen.records.approvals import Subject
from riskscreen.records.clock import utc_now
from riskscreen.records.tables import Channel, Table

if TYPE_CHECKING:
    from riskscreen.disclosure.gate import ReleasedTable


def through_gate(
    job: Job,
    tables: Sequence[Table],
    channel: Channel = "review",
    subject: Subject | None = None,
    beside: Sequence[Table] = (),
) -> tuple[ReleasedTable, ...]:
    """Tables as the gate lets them out by a channel; of the review channel they are drafts.

    Parameters
    ----------
    tables
        For another channel than the review: all tables of the job. Those that may not leave by it are judged along.
    subject
        What the review is about; obligatory for the other channels.
    beside
        More tables of the same job that do not leave now, and are judged along.
    """
    from riskscreen.disclosure.gate import gate

    return gate(
        [table for table in tables if channel in table.channels],
        channel=channel,
        office=job.office,
        subject=subject,
        release=job.scenario.release,
        day=utc_now().date(),
        beside=[*(table for table in tables if channel not in table.channels), *beside],
    )

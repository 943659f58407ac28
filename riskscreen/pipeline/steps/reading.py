"""What several steps read: cells of the families that are judged on, and the register of areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskscreen.engine.cells import count_cells
from riskscreen.engine.handles import Cells
from riskscreen.pipeline.job import Job

if TYPE_CHECKING:
    import pandas as pd

    from riskscreen.records.card import Card

JUDGED = "fold >= 7"
"""Families that the card was not fitted on."""


def judged_cells(job: Job, name: str, keys: Sequence[str], *, card: Card | None = None, only: str = "TRUE") -> Cells:
    """Cells of the families whose outcome on the test date is known."""
    known = f"outcome IS NOT NULL AND NOT apart AND index_date = DATE '{job.scenario.index_dates.test}'"
    return count_cells(job.engine, keys, threshold=job.threshold, card=card, where=f"{known} AND {only}", name=name)


def area_register(job: Job) -> pd.DataFrame | None:
    """The register of areas; ``None`` when there is none."""
    if not job.value("registers").has("areas"):
        return None
    return job.engine.frame("SELECT * FROM registers.areas ORDER BY area")

"""What the ledger says of a model before and after its fit: its design, its registers and its card, by hash."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from riskscreen.pipeline.store import settings_by_content

if TYPE_CHECKING:
    from riskscreen.pipeline.job import Job
    from riskscreen.records.card import Card

DESIGN = ("index_dates", "horizon", "outcome", "family", "scores")
"""Settings that decide a model, besides its stressors: when one changes the model is fitted, and logged, again."""


def design_of(job: Job) -> dict[str, str]:
    """Hash of the design of a job and of its registers."""
    settings = settings_by_content(job.scenario)
    chosen = json.dumps({key: settings[key] for key in DESIGN}, sort_keys=True, default=str)
    design = _design(job.scenario.stressors, str(settings["stressors"]), chosen)
    return {"design": design, "registers": job.keys["registers"]}


def card_hash(card: Card) -> str:
    """Hash of a card's text, as the review names it too."""
    return hashlib.sha256(card.to_json().encode()).hexdigest()


@cache
def _design(stressors: Literal["all"] | tuple[str, ...] | Path, content: str, settings: str) -> str:
    """Kept per content: reading the catalogue takes longer than all else that is hashed here."""
    from riskscreen.integrity.choices import design_hash
    from riskscreen.stressors.loading import load_catalogue

    return design_hash(load_catalogue(stressors), {"settings": settings})

"""Definitions that several stages read: stressors, outcomes, target groups, programmes.

Values only; the loaders live in the stages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from riskscreen.records.filters import Type
from riskscreen.records.texts import Text

Stage = Literal["any", "prenatal", "0-3", "4-11", "12-17", "own_youth"]
ReportChannel = Literal["none", "police", "care", "school"]

STAGES: Mapping[Stage, Text] = {
    "any": Text("any life stage", "elke levensfase"),
    "prenatal": Text("before birth", "voor de geboorte"),
    "0-3": Text("child aged 0-3", "kind van 0-3 jaar"),
    "4-11": Text("child aged 4-11", "kind van 4-11 jaar"),
    "12-17": Text("child aged 12-17", "kind van 12-17 jaar"),
    "own_youth": Text("parent's own youth", "eigen jeugd van de ouder"),
}

STAGE_FLAGS: Mapping[str, Stage] = {
    "prenatal": "prenatal",
    "child_0_3": "0-3",
    "child_4_11": "4-11",
    "child_12_17": "12-17",
}
"""The flags of ``levels`` that say in which life stages a family has a child."""

DOMAINS: Mapping[str, Text] = {
    "debt": Text("debt", "schulden"),
    "work": Text("work and income", "werk en inkomen"),
    "housing": Text("housing and moves", "wonen en verhuizen"),
    "mental_health": Text("parental mental health", "psychische gezondheid van ouders"),
    "addiction": Text("parental addiction", "verslaving van ouders"),
    "violence": Text("violence and justice", "geweld en justitie"),
    "family": Text("family form and change", "gezinsvorm en verandering"),
    "birth": Text("pregnancy, birth and child health", "zwangerschap, geboorte en gezondheid van het kind"),
    "school": Text("school", "school"),
    "own_youth": Text("parents' own youth", "eigen jeugd van de ouders"),
    "disability": Text("disability", "beperking"),
}


@dataclass(frozen=True, slots=True)
class Stressor:
    """A defined adverse circumstance in a domain, a look-back window and a life stage.

    Parameters
    ----------
    id
        Name of its column in ``levels``.
    levels
        Wording of each level from 0 (absent) up; level ``i`` is worse than ``i - 1``.
    window_months
        Length of the look-back window; 0 for a circumstance on the index date itself.
    channel
        Does its register also make reports (police, care, school), or not (none)?
    registers
        The registers it needs; when one is absent or does not cover the window, the stressor is *not covered*.
    evidence
        Ids of published figures (configs/figures.csv).
    """

    id: str
    version: int
    domain: str
    stage: Stage
    name: Text
    description: Text
    levels: tuple[Text, ...]
    window_months: int
    window_reason: str
    channel: ReportChannel
    registers: tuple[str, ...]
    evidence: tuple[str, ...]
    purpose: str

    @property
    def top(self) -> int:
        """The highest level."""
        return len(self.levels) - 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """A recorded outcome within the horizon."""

    id: str
    name: Text
    description: Text
    registers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A readable set of profiles: at most three conditions in the filter language over stressor levels."""

    id: str
    name: Text
    filter: str
    stage: Stage
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublishedEffect:
    """An effect as it was published.

    Parameters
    ----------
    figure
        Id in configs/figures.csv.
    value, low, high
        As printed; ``None`` where no interval was published.
    unit
        As printed, such as ``d``.
    measured_on
        Code of the outcome that it was measured on.
    about
        ``programme`` itself, or its ``kind`` of programmes in general.
    source
        Who published it.
    """

    figure: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    measured_on: str
    about: Literal["programme", "kind"]
    source: str


@dataclass(frozen=True, slots=True)
class Programme:
    """A preventive programme with its evidence; costs, places and uptake are planning values kept apart."""

    id: str
    name: Text
    description: Text
    stage: Stage
    domains: tuple[str, ...]
    filter: str
    evidence_level: str
    effect: Text
    figures: tuple[str, ...]
    meeting_place: Text
    minimum_group: int
    source: str
    measured_on: str = "none"
    effects: tuple[PublishedEffect, ...] = ()


def level_columns(stressors: Iterable[str]) -> dict[str, Type]:
    """The columns of ``levels`` that filters of target groups and programmes may use: levels and stage flags."""
    columns: dict[str, Type] = dict.fromkeys(stressors, "number")
    return columns | dict.fromkeys(STAGE_FLAGS, "flag")

"""What a stressor file says, as frozen values: the stressor itself, its rule, and why it may be used at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from riskscreen.errors import UsageError
from riskscreen.records.definitions import Outcome, Stressor
from riskscreen.records.filters import Filter
from riskscreen.records.texts import Text

About = Literal["parent", "child", "outside_parent"]
Measure = Literal["count", "duration_days", "recency"]
Moment = Literal["start", "end", "during"]
Persons = Literal["any", "all"]


@dataclass(frozen=True, slots=True)
class Easing:
    """A protective circumstance in the same register that lowers a person's level by one, never below 0.

    Parameters
    ----------
    where
        Which rows of the rule's register.
    moment
        ``during``: such a spell is going on at the index date (work regained). ``end``: one has ended, and was known to
        have, on or after the person's latest day that counts for the stressor (debts solved).
    name
        Its wording.
    """

    where: Filter
    moment: Literal["during", "end"]
    name: Text


@dataclass(frozen=True, slots=True)
class EventRule:
    """How events of one register become a level.

    Parameters
    ----------
    register
        The register whose rows are read.
    about
        Whose rows: a parent in the family, a child in it, or a legal parent living elsewhere.
    where
        Which rows; None: all.
    measure
        Per person: ``count`` of distinct days with an event, ``duration_days`` within the window (a day counts once),
        or ``recency`` of the latest event.
    thresholds
        One per level from level 1 up: at least so many events or days, or, for recency, within so many months.
    moment
        Which day of a spell is the event: its ``start``, its known ``end``, or every day ``during`` it.
    persons
        ``any``: the family has the level of its worst person. ``all``: of its least affected person.
    eased_by
        What lowers a person's level by one; None: nothing does.
    """

    register: str
    about: About
    where: Filter | None
    measure: Measure
    thresholds: tuple[int, ...]
    moment: Moment = "start"
    persons: Persons = "any"
    eased_by: Easing | None = None


@dataclass(frozen=True, slots=True)
class FactRule:
    """A state on the index date: one filter over the family's fact columns per level, from level 1 up."""

    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """A short record for the board: why this may be an input, and who may be harmed by it.

    What the law asks stands with the register (``riskscreen/registers/schemas.yaml``), once.
    """

    why: Text
    harm: Text


@dataclass(frozen=True, slots=True)
class Definition:
    """A stressor with the rule that gives its level and the record of its eligibility."""

    stressor: Stressor
    rule: EventRule | FactRule
    eligibility: Eligibility

    @property
    def id(self) -> str:
        """Name of its column in ``levels``."""
        return self.stressor.id


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The chosen stressors, in the order of the files and within a file as written."""

    definitions: tuple[Definition, ...]

    def __iter__(self) -> Iterator[Definition]:
        return iter(self.definitions)

    def __len__(self) -> int:
        return len(self.definitions)

    @property
    def ids(self) -> tuple[str, ...]:
        """The stressors' ids: the names of their columns in ``levels``."""
        return tuple(definition.id for definition in self.definitions)

    @property
    def stressors(self) -> tuple[Stressor, ...]:
        """The stressors without their rules: what other stages read."""
        return tuple(definition.stressor for definition in self.definitions)

    def get(self, name: str) -> Definition:
        """The definition of one stressor.

        Raises
        ------
        UsageError
            There is no such stressor here.
        """
        for definition in self.definitions:
            if definition.id == name:
                return definition
        raise UsageError(f"there is no stressor {name!r}", do=f"choose from {', '.join(self.ids)}")


@dataclass(frozen=True, slots=True)
class OutcomeDefinition:
    """A recorded outcome and the rows of the register ``reports`` that make it.

    Parameters
    ----------
    where
        Which reports count.
    only_first
        Only families without an earlier report can have it; the others have no outcome.
    settling_months
        Months after the horizon that the register must also cover, because the outcome is known later than the report.
    """

    outcome: Outcome
    where: Filter
    only_first: bool
    settling_months: int

    @property
    def id(self) -> str:
        """Its id in configs/outcomes.yaml."""
        return self.outcome.id

    @property
    def name(self) -> Text:
        """Its wording."""
        return self.outcome.name

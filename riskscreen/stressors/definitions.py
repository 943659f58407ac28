"""What a stressor file says, as frozen values: the stressor itself, its rule, and why it may be used at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from riskscreen.errors import UsageError
from riskscreen.records.definitions import Outcome, Stressor
from riskscreen.records.filters import Filter
from riskscreen.records.show import html_table, text_table
from riskscreen.records.texts import Text

About = Literal["parent", "child", "outside_parent"]
Measure = Literal["count", "duration_days", "recency"]
Moment = Literal["start", "end", "during"]
Persons = Literal["any", "all"]
Direction = Literal["raises", "lowers", "base_rate", "joint"]

STEPS: Mapping[str, Text] = MappingProxyType(
    {
        "lawful_purpose": Text("lawful purpose", "wettig doel"),
        "proxy": Text("stand-in for a sensitive group", "vervanger van een gevoelig kenmerk"),
        "data_quality": Text("quality of the data", "kwaliteit van de gegevens"),
        "statistical_link": Text("statistical link", "statistisch verband"),
        "substantive_link": Text("link in substance", "inhoudelijk verband"),
    }
)
"""The five steps of eligibility, in the order in which they are gone through."""

DIRECTIONS: Mapping[Direction, Text] = MappingProxyType(
    {
        "raises": Text("goes with more maltreatment", "gaat samen met meer mishandeling"),
        "lowers": Text("goes with less maltreatment", "gaat samen met minder mishandeling"),
        "base_rate": Text(
            "says how often it occurs, not what it does", "zegt hoe vaak het voorkomt, niet wat het doet"
        ),
        "joint": Text("is about this and other things together", "gaat over dit en andere dingen samen"),
    }
)
"""What a figure says about a stressor."""


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
class Evidence:
    """A published figure and what it says about the stressor."""

    figure: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The record for the board: five steps that say why this may be an input, and who may be harmed by it.

    The words are written beforehand; :mod:`riskscreen.stressors.eligibility` measures the second to the fourth step in
    the registers at hand. What the law asks of a register stands with the register
    (``riskscreen/registers/schemas.yaml``), once.

    Parameters
    ----------
    lawful_purpose
        For which purpose it may be used, and what must be settled first.
    proxy
        For which group it may stand in.
    data_quality
        What the register sees and what it misses.
    statistical_link
        Which published link there is, or that none was found.
    substantive_link
        Why it can matter to children, and what can be done about it.
    harm
        Who may be harmed by its use.
    """

    lawful_purpose: Text
    proxy: Text
    data_quality: Text
    statistical_link: Text
    substantive_link: Text
    harm: Text

    def step(self, name: str) -> Text:
        """The words of one of the five :data:`STEPS`."""
        return {
            "lawful_purpose": self.lawful_purpose,
            "proxy": self.proxy,
            "data_quality": self.data_quality,
            "statistical_link": self.statistical_link,
            "substantive_link": self.substantive_link,
        }[name]


@dataclass(frozen=True, slots=True)
class Definition:
    """A stressor with the rule that gives its level and the record of its eligibility.

    Parameters
    ----------
    evidence
        Published figures with what they say; ``stressor.evidence`` has their ids only.
    overlap
        With which other stressor it can go together in one family, and why both are kept; None: with none by design.
    """

    stressor: Stressor
    rule: EventRule | FactRule
    eligibility: Eligibility
    evidence: tuple[Evidence, ...] = ()
    overlap: Text | None = None

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

    def __str__(self) -> str:
        from riskscreen.stressors.page import catalogue_table

        return text_table(catalogue_table(self))

    def _repr_html_(self) -> str:
        from riskscreen.stressors.page import catalogue_table

        return html_table(catalogue_table(self))


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

"""The `need`, `studies`, `prevention` and `programmes` of a world file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Ratio = Annotated[float, Field(gt=0, le=50)]  # an odds ratio or a ratio of rates; 1 is no effect
_ROUNDING = 0.02  # published shares are whole percentages

FAMILY_CAUSES = (
    "own_youth", "violence", "addiction", "disorder", "two_disorders", "low_education", "no_work", "debt_problem",
    "single", "large", "teen_mother", "moves", "disability",
)  # fmt: skip
CAUSES = (*FAMILY_CAUSES, "preterm")
"""What counts for need, in the year before; origin is none of them, on purpose."""

TYPE_CAUSES = ("violence", "addiction", "disorder", "low_education", "step_parent", "girl", "under_4", "from_12")
"""What makes one type of need likelier than another."""

FACTS = ("low_education", "unemployed", "single_parent", "large_family", "origin_elsewhere")
"""What professionals know, more or less, of a family."""

AGES_SEEN = ("school", "child_health_care")
"""Professionals who see every child of an age, from 4 years on and before."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _none_of(name: str, known: tuple[str, ...]) -> str:
    return f"{name} is none of {', '.join(known)}"


def _told(faults: list[str]) -> None:
    if faults:
        raise ValueError("; ".join(faults))


class Interaction(_Part):
    """Two causes that together weigh more, or less, than their odds ratios multiplied."""

    a: str
    b: str
    odds_ratio: Ratio


class Threshold(_Part):
    """An odds ratio that holds from a number of causes on."""

    causes: Annotated[int, Field(ge=1)]
    odds_ratio: Ratio


class MissingCause(_Part):
    """Something of the family that no register holds: odds ratio per standard deviation, and how much of it lasts."""

    odds_ratio: Ratio
    lasting: Share


class NeedTypes(_Part):
    """Main type of need and number of types; weights are odds ratios of a type against the others."""

    shares: Mapping[str, Share]
    odds_ratios: Mapping[str, Mapping[str, Ratio]]
    more_than_one: Share
    three: Share
    severity: float
    same_next_year: Share

    @model_validator(mode="after")
    def _holds_together(self) -> NeedTypes:
        faults = [f"odds_ratios: {name} is no type in shares" for name in self.odds_ratios if name not in self.shares]
        named = {cause for ratios in self.odds_ratios.values() for cause in ratios}
        faults += [
            f"odds_ratios: {cause} is none of {', '.join(TYPE_CAUSES)}" for cause in sorted(named - {*TYPE_CAUSES})
        ]
        if abs(sum(self.shares.values()) - 1) > _ROUNDING:
            faults.append(f"shares add up to {sum(self.shares.values()):.3f}, not 1")
        _told(faults)
        return self


class ByParent(_Part):
    """Who does it: share by a biological parent, with odds ratios."""

    share: Share
    step_parent: Ratio
    types: Mapping[str, Ratio] = {}


class Need(_Part):
    """True need: odds ratios given everything else, and the shares of children above the two thresholds.

    ``interactions``, ``thresholds``, ``by_number``, ``missing`` and ``hidden_area`` make need harder to find from
    registers; they are empty in a plain world.
    """

    share: Share
    milder_share: Share
    odds_ratios: Mapping[str, Ratio]
    unregistered: float
    recurrence: Share
    persistence: Mapping[Literal["motivation", "family", "child", "family_year", "child_year"], Share]
    from_year: int
    types: NeedTypes
    by_parent: ByParent
    interactions: tuple[Interaction, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    by_number: Mapping[int, Ratio] = {}
    missing: Mapping[str, MissingCause] = {}
    hidden_area: float = 0.0

    @model_validator(mode="after")
    def _holds_together(self) -> Need:
        faults = [
            f"odds_ratios: {name} is none of {', '.join(CAUSES)}" for name in self.odds_ratios if name not in CAUSES
        ]
        for pair in self.interactions:
            strange = [name for name in (pair.a, pair.b) if name not in FAMILY_CAUSES]
            faults += [f"interactions: {_none_of(name, FAMILY_CAUSES)}" for name in strange]
        if self.share > self.milder_share:
            faults.append(f"share {self.share:g} is more than milder_share {self.milder_share:g}, which includes it")
        if self.recurrence <= self.share:
            faults.append(f"recurrence {self.recurrence:g} is not more than share {self.share:g}: need would not last")
        wanting = {"motivation", "family", "child", "family_year", "child_year"} - {*self.persistence}
        faults += [f"persistence: {name} is missing" for name in sorted(wanting)]
        _told(faults)
        return self


class Starts(_Part):
    """When a programme starts in a wijk: a day between two, drawn per wijk; ``nowhere``: share without it."""

    from_: date = Field(alias="from")
    until: date
    nowhere: Share = 0.0

    @model_validator(mode="after")
    def _holds_together(self) -> Starts:
        _told([f"starts: from {self.from_} is after until {self.until}"] if self.from_ > self.until else [])
        return self


class Programme(_Part):
    """A prevention programme: who is offered it a year where it has started, who takes it up, and what it does.

    ``effect`` is the odds ratio of need for who starts, ``surveillance`` the ratio of the rates of being reported while
    they take part, ``spill_over`` the share of the effect that reaches the same kind of family in a buurt without the
    programme when all neighbouring buurten have it.
    """

    share: Share
    latent: float
    ages: tuple[float, float]
    first_child: bool = False
    needs: str | None = None
    for_: Literal["parent", "child"] = Field(default="parent", alias="for")
    start: Share
    complete: Share
    starts: Starts
    effect: Ratio = 1.0
    surveillance: Ratio = 1.0
    spill_over: Share = 0.0


class Prevention(_Part):
    """What holds for every programme; weights of uptake are log odds."""

    no_effect: bool
    effect_years: Annotated[int, Field(ge=1)]
    uptake_need: float
    uptake_motivation: float


class Professionals(_Part):
    """The prevalence study among professionals: whom they note, and what they know of a family.

    ``ratios`` are published risk ratios; what professionals read into what they know of a family is solved so that
    they come out. ``reads`` is what they read into the other facts. ``contacts`` and ``reads`` are in units of
    severity, ``noise`` is the spread of their judgement in the same units.
    """

    year: int
    share: Share
    noise: Annotated[float, Field(gt=0)]
    contacts: Mapping[str, float]
    ratios: Mapping[str, Ratio]
    reads: Mapping[str, float]
    known: Mapping[str, Share]
    taken_for: Mapping[str, Share]
    violence_families: Share
    violence_seen: Share

    @model_validator(mode="after")
    def _holds_together(self) -> Professionals:
        said = {"known": [*self.known], "taken_for": [*self.taken_for], "ratios and reads": [*self.ratios, *self.reads]}
        _told(
            [
                f"{part}: name each of {', '.join(FACTS)} once"
                for part, names in said.items()
                if sorted(names) != sorted(FACTS)
            ]
        )
        return self


class Pupils(_Part):
    """The study among pupils: what they say of the year before; single incidents count."""

    year: int
    ages: tuple[int, int]
    share: Share
    noise: Annotated[float, Field(gt=0)]
    single_incidents: Share


class Studies(_Part):
    """The two published studies, done again in this world."""

    professionals: Professionals
    pupils: Pupils

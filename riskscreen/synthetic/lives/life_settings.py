"""The `families_form`, `circumstances`, `birth` and further life-course settings of a world file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Stage = Literal["parents", "children", "measures"]  # before need is drawn, after it, after reports are drawn
Moment = Literal["year", "day", "start"]  # with it in the year, on its last day, or with a start in it
STAGES: tuple[Stage, ...] = ("parents", "children", "measures")
REFERENCE_YEAR = 2021  # of a share without a year


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FamiliesForm(_Part):
    """How families form, separate and move."""

    sorting: float
    children: Mapping[int, Share]
    more_children: Mapping[str, float]
    first_births_fall: float
    spacing_years: Mapping[str, float]
    twins: Share
    mother_age_at_first: Mapping[str, float]
    father_older_years: Mapping[str, float]
    background: float
    own_youth: float
    maltreated_as_child: Mapping[str, float]
    low_education: Mapping[str, float]
    same_origin: Share
    origin_unknown: Share
    arrival: Mapping[Literal["europe", "outside_europe", "as_child"], Share]
    alone_at_first_birth: Mapping[str, float]
    single_parent_children: Share
    separation: Mapping[str, float]
    new_partner_per_year: Mapping[str, float]
    children_stay_with_mother: Share
    no_legal_father_when_alone: Share
    later_birth_when_alone: Share
    married: Share
    moves_per_year: Mapping[str, float]
    emigration_per_year: Mapping[str, float]
    death_per_year: Mapping[str, float]
    latent_by_year: Mapping[str, float]
    education_known: Mapping[str, float]


class Kind(_Part):
    """One kind within a circumstance: its share of the events and its mean length in years (0: a point in time)."""

    share: Share
    years: Annotated[float, Field(ge=0)]


class RecordedBefore(_Part):
    """A register that was not complete at first: the share of what happened that it held before a day."""

    until: date
    share: Share


class Circumstance(_Part):
    """Something that befalls adults, families or children; weights are on the logarithm of the yearly rate.

    ``share`` is of what ``of`` names, in one year or in several (straight lines between them, on the logarithm of the
    rate), and is of those with it in the year, on its last day or with a start in it (``moment``). A circumstance
    ``within`` another is that for part of its spells, and ``of: whole`` is a share of the minors with that other one.

    ``after`` names what holds in the home in the same year, ``after_own`` what holds for the same person,
    ``year_after`` what held in the home in the year before, and ``after_need`` the level of true need on 1 January.
    """

    carrier: Literal["adult", "family", "child"]
    of: Literal["families", "adults", "children", "minors", "whole"]
    stage: Stage = "parents"
    within: str | None = None
    register_: str | None = Field(default=None, alias="register")
    kind: str | None = None
    kinds: Mapping[str, Kind] = {}
    share: Share | Mapping[int, Share]
    moment: Moment = "year"
    years: Annotated[float, Field(ge=0)] = 0.0
    lag: Annotated[float, Field(ge=0)] = 0.0
    both: bool = False
    repeats: Share = 0.0
    recorded_since: date | None = None
    recorded_before: RecordedBefore | None = None
    latent: float = 0.0
    deprivation: float = 0.0
    policing: float = 0.0
    low_education: float = 0.0
    single: float = 0.0
    children: float = 0.0
    own_youth: float = 0.0
    mother: float = 0.0
    by_age: Mapping[int, float] = {}
    difficult_birth: float = 0.0
    least_age: Annotated[float, Field(ge=0, le=100)] = 0.0
    after: Mapping[str, float] = {}
    after_own: Mapping[str, float] = {}
    year_after: Mapping[str, float] = {}
    after_need: Mapping[Literal["milder", "need"], float] = {}

    def all_kinds(self, name: str) -> dict[str, Kind]:
        """Every kind with its share; a circumstance without kinds has one, its own name."""
        return dict(self.kinds) or {self.kind or name: Kind(share=1.0, years=self.years)}

    def shares(self) -> dict[int, float]:
        """The share per year that it is known for."""
        known = self.share if isinstance(self.share, Mapping) else {REFERENCE_YEAR: self.share}
        return dict(sorted(known.items()))


class DebtForm(_Part):
    """A spell that a debt problem leaves in the debt register."""

    share: Share
    delay: float
    length: float


class Birth(_Part):
    """Pregnancy and birth record: weights on the logarithm of a chance, for ``small`` on the deviation of weight."""

    preterm: Mapping[str, float]
    small: Mapping[str, float]
    smoking: Mapping[str, float]
    young_below: float
    weight_by_week: Mapping[Literal["constant", "weeks", "weeks_squared", "deviation", "small_below"], float]
    booking_week: Mapping[str, float]


class ChildHealth(_Part):
    """Contact moments of child health care."""

    moments_days: tuple[int, ...]
    missed: Share
    missed_latent: float
    concern: Share
    concern_latent: float
    concern_need: Mapping[Literal["milder", "need"], float]
    concern_difficult_birth: float

"""The `linking` settings of a world file: how registers arrive, with whose number and with which particulars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from riskscreen.registers.schemas import schemas

Share = Annotated[float, Field(ge=0, le=1)]
Times = Annotated[float, Field(ge=0)]
_OF_PERSONS = ("persons", "particulars", "parentage", "household_spells", "address_spells")
"""Registers of the population register itself: their numbers are right by definition."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NumberFaults(_Part):
    """How often a source's number of a person is missing or wrong, for a person of no group with more faults."""

    missing: Share
    wrong: Share


class Troubled(_Part):
    """Groups whose numbers and particulars are faulty more often: how many times as often, and who belongs to them."""

    newborns: Times
    newborn_days: int
    recent_migrants: Times
    recent_migrant_days: int
    homeless: Times
    homeless_days: int
    outside_europe: Times
    long_names: Times
    long_name_letters: int


class TwoNumbers(_Part):
    """Persons with a provisional number beside their own one; sources use it for who is known to them early enough."""

    newborns: Share
    recent_migrants: Share
    used: Share
    days: int


class NameChoices(_Part):
    """From which lists names come, and whose surname children get."""

    cultures: Mapping[Literal["netherlands", "europe", "outside_europe"], Mapping[str, Times]]
    same_culture: Share
    father_culture: Share
    dutch_given: Share
    father_surname: Mapping[Literal["married", "not_married"], Share]


class NameForms(_Part):
    """How sources write names when nobody errs: shares of their rows."""

    first_name: Share
    initials: Share
    no_name_newborn: Share
    partner_name: Share
    both_names: Share
    particle_dropped: Share
    particle_glued: Share
    particle_in_surname: Share
    no_diacritics: Share
    sex_unknown: Share
    renewed: Share


class Slips(_Part):
    """Errors in particulars: shares of the rows of persons of no group with more faults."""

    typing: Share
    reversed_names: Share
    day_month: Share
    birth_digit: Share
    first_of_january: Share
    first_of_january_migrants: Share
    sex: Share
    no_postcode: Share
    no_postcode_homeless: Share


class Linking(_Part):
    """How registers arrive: with whose number, and with which particulars.

    ``times`` multiplies every rate of faults and slips; ``most`` is the highest share that comes out.
    """

    times: Times
    most: Share
    sources: Mapping[str, NumberFaults]
    somebody_else: Share
    groups: Troubled
    two_numbers: TwoNumbers
    names: NameChoices
    forms: NameForms
    slips: Slips

    @model_validator(mode="after")
    def _holds_together(self) -> Linking:
        faults = [*self._source_faults(), *self._name_faults()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _source_faults(self) -> Iterator[str]:
        fit = [name for name, body in schemas().items() if body.has("person") and name not in _OF_PERSONS]
        for name, faults in self.sources.items():
            if name not in fit:
                yield f"sources: {name} is no register of persons: choose from {', '.join(fit)}"
            if faults.missing + faults.wrong > 1:
                yield f"sources: {name} has {faults.missing:g} missing and {faults.wrong:g} wrong, more than all"

    def _name_faults(self) -> Iterator[str]:
        forms = self.forms
        sums = {
            "first_name and initials": forms.first_name + forms.initials,
            "partner_name and both_names": forms.partner_name + forms.both_names,
            "particle_dropped, particle_glued and particle_in_surname": forms.particle_dropped
            + forms.particle_glued
            + forms.particle_in_surname,
        }
        yield from (f"forms: {what} are {total:g} together, more than all" for what, total in sums.items() if total > 1)
        for origin in ("netherlands", "europe", "outside_europe"):
            if sum(self.names.cultures.get(origin, {}).values()) <= 0:
                yield f"names.cultures: {origin} needs a list with a share above 0"
        if set(self.names.father_surname) != {"married", "not_married"}:
            yield "names.father_surname needs married and not_married"

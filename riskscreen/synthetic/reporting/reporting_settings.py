"""The blocks `reporting` and `aftercare` of a world file: who is reported, by whom, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Below1 = Annotated[float, Field(ge=0, lt=1)]
Amount = Annotated[float, Field(ge=0)]
Above0 = Annotated[float, Field(gt=0)]
Kind = Literal["reports", "advices"]
Moment = Literal["start", "month_12", "month_18"]
_ROUNDING = 1e-6


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reporter(_Part):
    """A profession: its share of the reports and whom it sees more often, on the logarithm of its rate.

    One profession may say no share: it makes the rest. ``least_age`` and ``most_age`` (years): it sees only families
    with a child at least, or at most, so old. ``under_code``: bound by the reporting code.
    """

    share: Share | None = None
    contacts: Mapping[str, float] = {}
    policing: float = 0.0
    least_age: Amount = 0
    most_age: Amount | None = None
    under_code: bool = False
    asks_advice: bool = True


class Totals(_Part):
    """Reports and advices in the country in a year, or in half of it."""

    reports: Above0 | None = None
    reports_half: Above0 | None = None
    advices: Above0 | None = None
    advices_half: Above0 | None = None

    def whole(self, kind: Kind) -> float | None:
        """The number of a whole year, when it is known; halves of a year are alike."""
        year, half = getattr(self, kind), getattr(self, f"{kind}_half")
        return year if year is not None else None if half is None else 2 * half


class Kinds(_Part):
    """A share of the reports and one of the advices."""

    reports: Share
    advices: Share


class Code(_Part):
    """The reporting code: the year in which it was sharpened, and how many times as often those bound by it reported,
    or asked for advice, before."""

    from_: date = Field(alias="from")
    before: Kinds

    @model_validator(mode="after")
    def _on_new_year(self) -> Code:
        if (self.from_.month, self.from_.day) != (1, 1):
            raise ValueError(f"from: {self.from_} is not 1 January; rules change with the year")
        return self


class Recurrence(_Part):
    """Reports about families that were reported before.

    ``first`` and ``again`` are published numbers of new reports. ``earlier`` is what an earlier report adds to the
    logarithm of the rate, ``tendency`` the standard deviation of what lasts in a family and nobody sees. The one that
    is not given is solved so that the published share comes out. ``memory_years``: how far back a family may have been
    reported before the simulated years.
    """

    first: Above0
    again: Above0
    earlier: float | None = None
    tendency: Amount | None = None
    memory_years: Amount

    @property
    def share(self) -> float:
        """Share of new reports about a family that was reported before."""
        return self.again / (self.first + self.again)

    @model_validator(mode="after")
    def _at_most_one_is_solved(self) -> Recurrence:
        if self.earlier is None and self.tendency is None:
            raise ValueError("earlier and tendency are both missing; give one of them, the other is then solved")
        return self


class FollowUp(_Part):
    """Reports during involvement: their share of all reports, by province where that is known."""

    share: Below1
    provinces: Mapping[str, Below1] = {}
    with_need: float = 0.0
    wait_days: Above0


class Term(_Part):
    """A legal term: within so many days, or late, and then by so many days on average."""

    days: Above0
    late: Share
    late_days: Above0


class Investigation(_Part):
    """Which reports are investigated, how long it takes and what comes of it.

    ``confirmed``, ``not_confirmed`` and ``refuted`` are published numbers. ``with_need`` is on the logarithm of the
    chance of an investigation, per level of need; ``confirmed_with_need`` on the log odds of being confirmed.
    """

    share: Share
    finished: Share
    with_need: float
    term: Term
    confirmed: Above0
    not_confirmed: Amount
    refuted: Amount
    confirmed_with_need: float
    refuted_with_need: Amount

    def part(self, outcome: Literal["confirmed", "refuted"]) -> float:
        """Share of the findings with this outcome."""
        return float(getattr(self, outcome) / (self.confirmed + self.not_confirmed + self.refuted))


class Lasting(_Part):
    """A share of the reports after which the centre stays involved, and for how many days on average."""

    share: Share
    days: Amount


class Reporting(_Part):
    """Who is reported, by whom and what follows. Weights are on the logarithm of the rate."""

    minors: Above0
    about_children: Kinds
    by_year: Mapping[int, Totals] = Field(min_length=1)
    code: Code
    detection: Annotated[float, Field(gt=0, lt=1)] | None = None
    detection_by: Literal["weight", "number"] = "weight"
    need: Mapping[Literal["milder", "need"], float]
    recurrence: Recurrence
    outside_europe: float
    europe: float
    low_education: float
    single: float
    children: float
    contacts: Mapping[str, float] = {}
    most_per_year: Above0
    reporters: Mapping[str, Reporter] = Field(min_length=1)
    per_child: Share
    named_in_need: Above0
    lag: Mapping[Literal["mean"], Above0]
    incident_reported_at_once: Share
    triage: Term
    investigation: Investigation
    followed_on: Lasting
    monitored: Lasting
    follow_up: FollowUp
    school_informed: Share

    @property
    def shares(self) -> dict[str, float]:
        """Share of the reports by profession; the one that says none makes the rest."""
        given = {name: reporter.share for name, reporter in self.reporters.items()}
        rest = 1 - sum(share for share in given.values() if share is not None)
        return {name: rest if share is None else share for name, share in given.items()}

    @model_validator(mode="after")
    def _holds_together(self) -> Reporting:
        faults = [*_share_faults(self), *_year_faults(self)]
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _share_faults(rules: Reporting) -> list[str]:
    silent = [name for name, reporter in rules.reporters.items() if reporter.share is None]
    whole = sum(reporter.share or 0.0 for reporter in rules.reporters.values())
    faults = []
    if len(silent) > 1:
        faults.append(f"reporters: {' and '.join(silent)} say no share; one profession may make the rest")
    if whole > 1 + _ROUNDING or (not silent and whole < 1 - _ROUNDING):
        faults.append(f"reporters: the shares add up to {whole:.6g}, not 1")
    if rules.investigation.share > 1 - rules.follow_up.share:
        faults.append("investigation: only new reports are investigated, and there are fewer of them than that")
    return faults


def _year_faults(rules: Reporting) -> list[str]:
    kinds: tuple[Kind, ...] = ("reports", "advices")
    return [
        f"by_year: no year has a number of {kind}"
        for kind in kinds
        if all(totals.whole(kind) is None for totals in rules.by_year.values())
    ]


class Course(_Part):
    """Violence after a report as a course: what lasts in the family, what goes on from measurement to measurement, and
    what need at the time adds (per level, in standard deviations)."""

    family: Share
    persistence: Share
    with_need: float


class Aftercare(_Part):
    """What happens after a report."""

    share: Share
    safety_plan: Share
    recovery_plan: Share
    goals_met: Share
    trauma: Share
    trauma_screened: Share
    trauma_treated: Share
    child_without_help: Share
    violence_none: Mapping[Moment, Share]
    violence_frequent: Mapping[Moment, Share]
    course: Course

    @model_validator(mode="after")
    def _shares_fit(self) -> Aftercare:
        over = [at for at, none in self.violence_none.items() if none + self.violence_frequent.get(at, 0) > 1]
        if over:
            raise ValueError(f"violence at {', '.join(over)}: none and frequent together are more than all families")
        return self

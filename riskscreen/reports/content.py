"""What a page is made of: released tables and plain facts, never a row about a family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from riskscreen.disclosure.gate import ReleasedTable, is_released
from riskscreen.errors import RefusedError, UsageError
from riskscreen.records.tables import Table, Value
from riskscreen.records.texts import Text

ReviewState = Literal["draft", "approved", "expired", "sent_back", "rejected", "withdrawn"]
REVIEW_STATES: tuple[ReviewState, ...] = ("draft", "approved", "expired", "sent_back", "rejected", "withdrawn")
HIDDEN = "suppressed"
"""The status that a cell has after a rule of the gate hid it."""


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """Where the review stands.

    Parameters
    ----------
    state
        ``draft`` (no decision yet), ``approved``, ``expired``, ``sent_back``, ``rejected`` or ``withdrawn``.
    by, reason, until, channels, conditions
        As in the decision log; empty for a draft.
    demo
        An approval for show, which can hold for synthetic registers only.
    """

    state: ReviewState = "draft"
    by: str = ""
    reason: str = ""
    until: date | None = None
    channels: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    demo: bool = False

    def __post_init__(self) -> None:
        if self.state not in REVIEW_STATES:
            raise UsageError(f"a review has no state {self.state!r}", do=f"choose from {', '.join(REVIEW_STATES)}")
        if self.state == "approved" and (not self.by or self.until is None):
            raise UsageError("an approval needs who approved and until when", do="take both from the decision log")


@dataclass(frozen=True, slots=True)
class Request:
    """What the ethics board is asked to decide.

    Parameters
    ----------
    purpose
        What the result may be used for.
    until
        The last day of the approval that is asked for.
    channels
        The channels asked for: ``internal``, ``public``.
    """

    purpose: Text
    until: date | None = None
    channels: tuple[str, ...] = ("internal",)


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG made outside the pages (the shap pictures of profiles), with its text alternative."""

    png: bytes
    title: Text
    alternative: Text

    def __post_init__(self) -> None:
        if not self.png.startswith(b"\x89PNG"):
            raise UsageError("a picture must be a PNG", do="save it as PNG")
        if not (self.alternative.en.strip() and self.alternative.nl.strip()):
            raise UsageError("a picture needs a text alternative in both languages", do="say what it shows")


@dataclass(frozen=True, slots=True)
class Fact:
    """One named setting or figure of the run, for the annex."""

    name: Text
    value: Text


@dataclass(frozen=True, slots=True)
class Dates:
    """The index dates of a run."""

    train: tuple[date, ...]
    test: date
    now: date


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything a page shows.

    Parameters
    ----------
    run, time
        The run's name, and when the page was made (UTC, ISO 8601).
    municipality
        Its name.
    outcome
        The recorded outcome in words, such as *at least one new report*.
    horizon
        Months after the index date in which the outcome counts.
    tables
        Released tables by name (anything that the gate did not make is refused); a name that is missing leaves its
        section out, and the page says so.
    synthetic, notice
        Are the registers synthetic, and what their makers want every reader to know.
    real_area_names
        Synthetic families under real neighbourhood names: every page and map carries a warning.
    polygons
        GeoJSON geometry (text) by area code; areas are public and pass no gate.
    chain_head, subject_hash
        Head of the office's ledger; the hash that a review would be about.
    no_wijken
        Why no family has a wijk, and what to give; ``None`` when there are wijken.
    absent
        Registers that are not there or cover too little, in words.
    not_run
        Heavy studies that were not run.
    limits
        What the result cannot say, in words.
    pictures
        PNG pictures by name; a name may end in ``.nl`` or ``.en`` when the picture has words in it.
    """

    run: str
    municipality: str
    outcome: Text
    dates: Dates
    horizon: int
    tables: Mapping[str, ReleasedTable]
    synthetic: bool
    notice: Text
    real_area_names: bool
    review: ReviewFacts
    request: Request
    chain_head: str
    subject_hash: str
    time: str
    polygons: Mapping[str, str] = field(default_factory=dict)
    no_wijken: Text | None = None
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    absent: tuple[Text, ...] = ()
    not_run: tuple[Text, ...] = ()
    limits: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        foreign = sorted(name for name, table in self.tables.items() if not is_released(table))
        if foreign:
            raise RefusedError(
                "a page shows released tables only", faults=tuple(foreign), do="pass these tables through the gate"
            )

    def table(self, name: str) -> Table | None:
        """The table called ``name`` with hidden cells ``None``, or ``None`` when there is none."""
        released = self.tables.get(name)
        return None if released is None else released.table


def number(value: Value) -> float | None:
    """A cell as a number, or ``None`` when it is empty or no number."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None

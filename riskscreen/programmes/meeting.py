"""Meeting places: where families of a target group come anyway, so that an offer needs no list.

Who came to a place in the year before the index date, ``[day - 12 months, day)``, as far as it was recorded before the
day. A place whose register is absent, or does not cover that year, is *not covered*: never zero. No register says who
goes to school: there the law stands in for it (a child of 5 to 15 years must go, Leerplichtwet 1969, section 3).
Absence from school is no attendance and is not used. Rows stay in the engine; only counts come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from riskscreen.engine.duck import Engine, quote
from riskscreen.engine.sql import literal
from riskscreen.programmes.catalogue import MEETING_PLACES
from riskscreen.programmes.eligibility import holds_sql
from riskscreen.records.definitions import Programme, TargetGroup
from riskscreen.records.texts import Text
from riskscreen.settings import add_months

MONTHS = 12
"""Length of the year that is looked at, in months."""
SCHOOL_FROM, SCHOOL_UNTIL = 60, 192
"""Months after birth between which a child must go to school."""
VISITED = "place_visits"
EVERYBODY = "everybody"
"""The row of all families."""

PLACES: Mapping[str, Text] = {
    **MEETING_PLACES,
    "adult_care": Text("mental-health or addiction care for the parents", "ggz of verslavingszorg voor de ouders"),
    "social_assistance": Text("social assistance", "bijstand"),
}


class OpenedLike(Protocol):
    """What was read of a register."""

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns that were read; the others are empty."""


class RegistersLike(Protocol):
    """What meeting places need of opened and linked registers."""

    @property
    def engine(self) -> Engine:
        """Where the rows are."""

    @property
    def opened(self) -> Mapping[str, OpenedLike]:
        """Per register what was read of it."""

    def has(self, register: str) -> bool:
        """Is the register there?"""

    def covers(self, register: str, start: date, end: date) -> bool:
        """Does its coverage contain ``[start, end)``?"""


@dataclass(frozen=True, slots=True)
class Visit:
    """Which rows of a register are a visit to a place.

    Parameters
    ----------
    register
        ``registers.<name>``.
    role
        Whose rows: ``child`` or ``parent``; ``any`` member.
    kinds
        Values of ``kind`` that are a visit; none: every row.
    spell
        Is a row a spell, so that the whole of it counts? Else only the day it began.
    """

    register: str
    role: str
    kinds: tuple[str, ...] = ()
    spell: bool = False

    @property
    def columns(self) -> frozenset[str]:
        """The columns that must have been read: an empty one would make a visit of what is none."""
        if self.register == "pregnancies":
            return frozenset({"due_date", "birth_date"})
        named = {"kind": bool(self.kinds), "end_date": self.spell}
        return frozenset(name for name, needed in named.items() if needed)


VISITS: Mapping[str, tuple[Visit, ...]] = {
    "child_health_care": (Visit("child_health", "child", ("contact",)),),
    "pregnancy_care": (Visit("pregnancies", "parent"),),
    "school": (),
    "childcare": (Visit("childcare", "child", spell=True),),
    "debt_help": (Visit("debt", "parent", ("counselling", "restructuring"), spell=True),),
    "social_assistance": (Visit("income", "parent", ("social_assistance",), spell=True),),
    "adult_care": (Visit("mental_health", "parent", spell=True), Visit("addiction", "parent", spell=True)),
    "neighbourhood_team": (Visit("neighbourhood_team", "any"),),
}
"""The rows that are a visit to each place. A missed appointment and a signal of arrears are none."""


@dataclass(frozen=True, slots=True)
class Met:
    """Families met at one place, among one group.

    Parameters
    ----------
    group, place
        Id of the target group (or ``everybody``) and of the place.
    families, outcomes
        Of the group; those of them with a recorded outcome (``None``: not known on that date).
    met, met_outcomes
        The same among those who came to the place; ``None``: the place is not covered.
    """

    group: str
    place: str
    families: int
    outcomes: int | None
    met: int | None
    met_outcomes: int | None

    @property
    def share(self) -> float | None:
        """Share of the group's families that came."""
        return self.met / self.families if self.met is not None and self.families else None


@dataclass(frozen=True, slots=True)
class Meetings:
    """Families by group and meeting place on two dates. For use inside: printing shows no counts.

    Parameters
    ----------
    now
        On the newest index date: whom an offer would meet.
    test
        On the test date, when the outcome is known.
    fits
        Per programme and group: families whom the programme fits now, and how many of them came to its place
        (``None``: not covered).
    uncovered
        Places that cannot be seen on the newest date.
    """

    now: tuple[Met, ...] = field(repr=False)
    test: tuple[Met, ...] = field(repr=False)
    fits: Mapping[tuple[str, str], tuple[int, int | None]] = field(repr=False)
    uncovered: tuple[str, ...]


def covered_places(registers: RegistersLike, day: date) -> tuple[str, ...]:
    """The places that can be seen: every register they need was read and covers the whole year before the day."""
    return tuple(place for place, visits in VISITS.items() if all(_sees(registers, one, day) for one in visits))


def visits_sql(place: str, day: date) -> str:
    """Families with a member who came to the place in the year before the day, each once: ``SELECT family``."""
    if place == "school":
        return _school_sql(day)
    parts = [_pregnant_sql(day) if one.register == "pregnancies" else _visit_sql(one, day) for one in VISITS[place]]
    return "\nUNION\n".join(parts)


def find_meetings(
    registers: RegistersLike,
    groups: Sequence[TargetGroup],
    programmes: Sequence[Programme],
    *,
    now: date,
    test: date,
) -> Meetings:
    """Count who came where, by target group, and how many whom a programme fits came to its place.

    Parameters
    ----------
    registers
        Opened and linked; the engine has ``levels``, ``members`` and ``spine``.
    now, test
        The newest index date, and the one whose outcome is known.
    """
    engine = registers.engine
    found = {}
    for day in (now, test):
        places = covered_places(registers, day)
        _mark(engine, day, places)
        found[day] = _count(engine, groups, places)
        if day == now:
            fits, uncovered = _fits(engine, groups, programmes, places), tuple(p for p in PLACES if p not in places)
    engine.run(f"DROP TABLE IF EXISTS {VISITED}")
    return Meetings(found[now], found[test], fits, uncovered)


def place_of(programme: Programme) -> str:
    """The code of the place that a programme names."""
    return next(code for code, text in MEETING_PLACES.items() if text == programme.meeting_place)


def _sees(registers: RegistersLike, one: Visit, day: date) -> bool:
    if not registers.has(one.register) or not registers.covers(one.register, add_months(day, -MONTHS), day):
        return False
    return one.columns <= set(registers.opened[one.register].columns)


def _school_sql(day: date) -> str:
    start = add_months(day, -MONTHS)
    return (
        "SELECT DISTINCT m.family FROM members m JOIN spine s ON s.person = m.person\n"
        f"WHERE m.index_date = {literal(day)} AND m.role = 'child'\n"
        f"  AND s.birth_date + INTERVAL {SCHOOL_FROM} MONTH < {literal(day)}\n"
        f"  AND s.birth_date + INTERVAL {SCHOOL_UNTIL} MONTH > {literal(start)}"
    )


def _visit_sql(one: Visit, day: date) -> str:
    """A visit began in the year; a spell that began earlier counts too, unless it was known to be over before."""
    start = add_months(day, -MONTHS)
    role = "" if one.role == "any" else f" AND m.role = {quote(one.role)}"
    kinds = f" AND r.kind IN ({', '.join(map(quote, one.kinds))})" if one.kinds else ""
    over = f"r.end_date < {literal(start)} AND coalesce(r.end_recorded_date, r.end_date) < {literal(day)}"
    when = f"NOT coalesce({over}, FALSE)" if one.spell else f"r.event_date >= {literal(start)}"
    return (
        f"SELECT DISTINCT m.family FROM members m JOIN registers.{one.register} r ON r.person = m.person\n"
        f"WHERE m.index_date = {literal(day)}{role}{kinds}\n"
        f"  AND r.event_date < {literal(day)} AND r.recorded_date < {literal(day)} AND {when}"
    )


def _pregnant_sql(day: date) -> str:
    """In care from the first visit to the birth as known before the day, else to the day it is expected."""
    start = add_months(day, -MONTHS)
    born = f"r.birth_date < {literal(day)} AND coalesce(r.birth_recorded_date, r.birth_date) < {literal(day)}"
    return (
        "SELECT DISTINCT m.family FROM members m JOIN registers.pregnancies r ON r.person = m.person\n"
        f"WHERE m.index_date = {literal(day)} AND m.role = 'parent'\n"
        f"  AND r.event_date < {literal(day)} AND r.recorded_date < {literal(day)}\n"
        f"  AND CASE WHEN {born} THEN r.birth_date ELSE r.due_date END >= {literal(start)}"
    )


def _mark(engine: Engine, day: date, places: Sequence[str]) -> None:
    """The engine table ``place_visits``: families without an open case, with a flag per place."""
    marks = "".join(
        f",\n  family IN (SELECT family FROM ({visits_sql(place, day)}) v) AS at_{place}" for place in places
    )
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE {VISITED} AS SELECT *{marks}\n"
        f"FROM levels WHERE index_date = {literal(day)} AND NOT apart"
    )


def _count(engine: Engine, groups: Sequence[TargetGroup], places: Sequence[str]) -> tuple[Met, ...]:
    present = set(engine.columns("levels"))
    conditions = {EVERYBODY: "TRUE"} | {group.id: holds_sql(group.filter, present) for group in groups}
    known = bool(engine.value(f"SELECT count(outcome) FROM {VISITED}"))
    counted = "".join(f", count(*) FILTER (at_{p}), count(*) FILTER (at_{p} AND outcome = 1)" for p in places)
    rows: list[Met] = []
    for name, condition in conditions.items():
        sql = f"SELECT count(*), count(*) FILTER (outcome = 1){counted} FROM {VISITED} WHERE {condition}"
        families, outcomes, *at = engine.rows(sql)[0]
        pairs = dict(zip(places, zip(at[::2], at[1::2], strict=True), strict=True))
        for place in PLACES:
            met, with_outcome = pairs.get(place, (None, None))
            rows.append(Met(name, place, families, outcomes if known else None, met, with_outcome if known else None))
    return tuple(rows)


def _fits(
    engine: Engine, groups: Sequence[TargetGroup], programmes: Sequence[Programme], places: Sequence[str]
) -> dict[tuple[str, str], tuple[int, int | None]]:
    present = set(engine.columns("levels"))
    found: dict[tuple[str, str], tuple[int, int | None]] = {}
    for programme in programmes:
        place, fits = place_of(programme), holds_sql(programme.filter, present)
        met = f"count(*) FILTER (at_{place})" if place in places else "NULL"
        for group in groups:
            where = f"{fits} AND {holds_sql(group.filter, present)}"
            found[programme.id, group.id] = engine.rows(f"SELECT count(*), {met} FROM {VISITED} WHERE {where}")[0]
    return found

"""The SQL gives the levels of the slow judge, and nothing of the future changes a level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stressor_towns import (
    SHIPPED,
    WHOLE,
    Cover,
    Read,
    StubRegisters,
    by_events,
    levels_of,
    load_town,
    make_town,
    profiling,
)

from riskscreen.engine.duck import Engine
from riskscreen.records.definitions import Stage
from riskscreen.registers.schemas import schema
from riskscreen.stressors.compile import stressor_sql
from riskscreen.stressors.coverage import covered_dates
from riskscreen.stressors.definitions import Catalogue, Definition
from riskscreen.stressors.reference import Town, reference_level
from riskscreen.stressors.sources import LATER, readable

INDEX_DATES = (date(2023, 1, 1), date(2024, 1, 1))
NOW = INDEX_DATES[-1]
BIRTHS = {
    "ma": date(1994, 2, 28),
    "kid": date(2012, 2, 29),
    "bo": date(1987, 1, 1),
    "bu": date(1984, 6, 1),
    "toddler": date(2020, 1, 1),
    "teen": date(2009, 7, 1),
    "co": date(2003, 5, 5),
}
PEOPLE = "\n".join(
    [
        "family | person | role | born | sex",
        *(
            f"{family} | {person} | {role} | {BIRTHS[person]} | {sex}"
            for family, person, role, sex in (
                ("anna", "ma", "parent", "f"),
                ("anna", "kid", "child", "m"),
                ("bram", "bo", "parent", "f"),
                ("bram", "bu", "parent", "m"),
                ("bram", "toddler", "child", "f"),
                ("bram", "teen", "child", "f"),
                ("carl", "co", "parent", "f"),
            )
        ),
        "anna | bu | outside_parent | 1984-06-01 | m",
    ]
)
LINKS = """
child   | parent | kind  | event_date
kid     | ma     | birth | 2012-02-29
toddler | bo     | birth | 2020-01-01
teen    | bo     | birth | 2009-07-01
"""
REGISTERS = tuple(name for name in readable() if name not in ("neighbourhood_team", "childcare", "youth_care"))
# borders of windows and of ages, where errors live
BORDERS = sorted(
    {date(year, 1, 1) for year in range(1998, 2026)}
    | {date(birth.year + age, birth.month, min(birth.day, 28)) for birth in BIRTHS.values() for age in (4, 12, 18)}
)
days = st.one_of(
    st.dates(date(1998, 1, 1), date(2025, 6, 1)),
    st.dates(date(2021, 1, 1), date(2024, 3, 1)),
    st.builds(lambda day, n: day + timedelta(days=n), st.sampled_from(BORDERS), st.integers(-1, 1)),
)
lags = st.sampled_from((0, 0, 1, 30, 400, -3))  # some are announced beforehand


@st.composite
def register_rows(draw: st.DrawFn, register: str) -> dict[str, Any]:
    """One row of a register, with dates around the borders."""
    event = draw(days)
    row: dict[str, Any] = dict.fromkeys(schema(register).names)
    row |= {"person": draw(st.sampled_from(sorted(BIRTHS))), "event_date": event}
    row["recorded_date"] = event + timedelta(days=draw(lags))
    for column in schema(register).columns:
        if column.codes:
            row[column.name] = draw(st.sampled_from(sorted(column.codes)))
    if schema(register).spells and draw(st.booleans()):
        row["end_date"] = event + timedelta(days=draw(st.sampled_from((0, 1, 20, 183, 400, 2000))))
        row["end_recorded_date"] = draw(st.sampled_from((None, row["end_date"] + timedelta(days=draw(lags)))))
    if register == "pregnancies":
        row |= draw(births(event))
    return row


@st.composite
def births(draw: st.DrawFn, booked: date) -> dict[str, Any]:
    """What a pregnancy's row says of smoking and of the birth."""
    born = booked + timedelta(days=draw(st.sampled_from((120, 210))))
    return {
        "smoking": draw(st.sampled_from((None, True, False))),
        "due_date": booked + timedelta(days=210),
        "birth_date": draw(st.sampled_from((None, born))),
        "birth_recorded_date": draw(st.sampled_from((None, born, born + timedelta(days=40)))),
        "gestation_weeks": draw(st.sampled_from((None, 30, 36, 37, 40))),
        "birth_weight": draw(st.sampled_from((None, 1500, 2500, 3500))),
    }


@st.composite
def reports(draw: st.DrawFn) -> dict[str, Any]:
    """One report about a child."""
    row: dict[str, Any] = dict.fromkeys(schema("reports").names)
    event = draw(days)
    return row | {
        "report": "r",
        "person": draw(st.sampled_from(("kid", "toddler", "teen"))),
        "kind": draw(st.sampled_from(("advice", "report"))),
        "event_date": event,
        "recorded_date": event + timedelta(days=draw(lags)),
        "follow_up": draw(st.booleans()),
        "closed_date": draw(st.sampled_from((None, event + timedelta(days=60), event + timedelta(days=900)))),
    }


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """A town of three families with events in every register; parents' education may be known."""
    rows = {name: draw(st.lists(register_rows(name), max_size=6)) for name in REGISTERS}
    town = make_town(PEOPLE, {"parentage": LINKS}, index_dates=INDEX_DATES)
    spine = [row | draw(education()) for row in town.spine if row["birth_date"] is not None]
    coverage = dict.fromkeys((*town.coverage, *rows), WHOLE) | {"own_youth": (date(1998, 1, 1), date(2026, 1, 1))}
    registers = {**town.registers, **rows, "reports": draw(st.lists(reports(), max_size=4))}
    return replace(town, spine=spine, registers=registers, coverage=coverage)


@st.composite
def education(draw: st.DrawFn) -> dict[str, Any]:
    """A level of education, and the days from which it and the person were known."""
    return {
        "education": draw(st.sampled_from((None, "low", "middle", "high"))),
        "education_date": draw(st.sampled_from((None, date(2010, 1, 1), date(2023, 12, 31), NOW))),
        "recorded_date": draw(st.sampled_from((date(2010, 1, 1), date(2023, 12, 31), NOW))),
    }


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=1) as made:
        yield made


Key = tuple[str, date]


def compute(engine: Engine, together: Sequence[Town]) -> list[dict[Key, dict[str, Any]]]:
    """Levels from the SQL of every town by itself; all of them are computed in one go, because that is faster."""
    registers = stub(engine, joined(together))
    profiling(registers, SHIPPED, INDEX_DATES)
    found = levels_of(registers)
    return [
        {(family[2:], day): row for (family, day), row in found.items() if family[:2] == f"{place}-"}
        for place in range(len(together))
    ]


def joined(together: Sequence[Town]) -> Town:
    """One town of the families of at most ten towns of equal coverage: persons and families get their town's number."""

    def of(place: int, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        names = ("person", "family", "child", "parent")
        return [
            {name: f"{place}-{value}" if name in names and value else value for name, value in row.items()}
            for row in rows
        ]

    towns = list(enumerate(together))
    return Town(
        spine=[row for place, town in towns for row in of(place, town.spine)],
        families=[row for place, town in towns for row in of(place, town.families)],
        members=[row for place, town in towns for row in of(place, town.members)],
        registers={
            name: [row for place, town in towns for row in of(place, town.registers[name])]
            for name in together[0].registers
        },
        coverage=together[0].coverage,
    )


def stub(engine: Engine, town: Town) -> StubRegisters:
    """The town in the engine."""
    load_town(engine, town)
    present = {name: Cover(*cover) for name, cover in town.coverage.items()}
    read = {name: Read(dict.fromkeys(schema(name).names, "")) for name in present}
    return StubRegisters(engine, present, read)


RELAXED = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@settings(RELAXED, max_examples=10)
@given(together=st.tuples(towns(), towns()))
def test_sql_and_slow_judge_agree_on_every_stressor(engine: Engine, together: Sequence[Town]) -> None:
    for town, found in zip(together, compute(engine, together), strict=True):
        for (family, day), row in found.items():
            for definition in SHIPPED:
                judged = reference_level(definition, town, family, day)
                assert row[definition.id] == judged, (definition.id, family, day)


# a child and a parent of two families each, and a child who is old enough to be a parent elsewhere
SHARED = (
    PEOPLE
    + """
bram | kid  | child          | 2012-02-29 | m
carl | bu   | parent         | 1984-06-01 | m
carl | teen | child          | 2009-07-01 | f
anna | co   | outside_parent | 2003-05-05 | f
"""
)
FILTERS = {
    "income": ("kind = 'work'", "kind in ('no_work', 'social_assistance')", "not kind = 'poverty'"),
    "debt": (
        "kind = 'arrears_signal'",
        "kind in ('counselling', 'restructuring')",
        "source = 'water' or kind = 'other_default'",
    ),
    "pregnancies": ("smoking = true", "not birth_weight < 2500", "gestation_weeks < 37 or birth_weight < 2500"),
    "police_incidents": ("kind = 'domestic_violence'",),
    "household_spells": ("role = 'adult'", "household_kind = 'private' and not role = 'child'"),
}


@st.composite
def definitions(draw: st.DrawFn, register: str, name: str) -> Definition:
    """Any rule that a stressor file may hold, over one register."""
    spells = schema(register).spells
    measure = draw(st.sampled_from(("count", "recency", *(("duration_days",) if spells else ()))))
    months = draw(st.sampled_from((1, 12, 13, 48, 60)))
    about = draw(st.sampled_from(("parent", "child", "outside_parent")))
    stage: Stage = draw(st.sampled_from(("any", "4-11", "12-17"))) if about == "child" else "any"
    moments = {"count": ("start", "end"), "recency": ("start", "end", "during"), "duration_days": ("during",)}[measure]
    steps = {"count": (1, 2, 3), "recency": (months, *range(min(months, 12) - 1, 0, -5)), "duration_days": (1, 29, 183)}
    filters = st.sampled_from(FILTERS[register])
    made = by_events(
        register,
        where=draw(st.none() | filters),
        eased=draw(st.none() | filters) if spells else None,
        eased_moment=draw(st.sampled_from(("during", "end"))),
        window_months=months,
        about=about,
        measure=measure,
        moment=draw(st.sampled_from(moments)) if spells else "start",
        thresholds=steps[measure][: draw(st.integers(1, 3))],
        persons=draw(st.sampled_from(("any", "all"))),
    )
    return replace(made, stressor=replace(made.stressor, id=name, stage=stage))


@st.composite
def busy_rows(draw: st.DrawFn, register: str) -> list[dict[str, Any]]:
    """Rows that overlap, occur twice, start on leap days, end unknown or before they began, in any order."""
    rows = draw(st.lists(register_rows(register), min_size=2, max_size=12))
    leap = draw(st.sampled_from((date(2020, 2, 29), date(2024, 2, 29), date(2022, 2, 28))))
    rows += [{**row, "event_date": leap} for row in draw(st.lists(st.sampled_from(rows), max_size=3))]
    return list(draw(st.permutations(rows + draw(st.lists(st.sampled_from(rows), max_size=4)))))


@st.composite
def tried(draw: st.DrawFn) -> tuple[Town, Catalogue]:
    """A town with one busy register, absent now and then, and three stressors that read it."""
    register = draw(st.sampled_from(sorted(FILTERS)))
    town = make_town(SHARED, {"parentage": LINKS, register: "person"}, index_dates=INDEX_DATES)
    town = replace(town, registers={**town.registers, register: draw(busy_rows(register))})
    if register != "household_spells" and draw(st.integers(0, 9)) == 0:
        town = replace(town, coverage={name: days for name, days in town.coverage.items() if name != register})
    return town, Catalogue(tuple(draw(definitions(register, name)) for name in ("one", "two", "three")))


@settings(RELAXED, max_examples=30)
@given(made=tried())
def test_any_rule_gives_the_levels_of_the_slow_judge_together_and_alone(
    engine: Engine, made: tuple[Town, Catalogue]
) -> None:
    town, catalogue = made
    registers = stub(engine, town)
    profiling(registers, catalogue, INDEX_DATES)
    found = levels_of(registers)
    for definition in catalogue:
        judged = {key: reference_level(definition, town, *key) for key in found}
        assert {key: row[definition.id] for key, row in found.items()} == judged, definition
        dates = covered_dates(definition, registers, INDEX_DATES)
        if dates:
            rows = engine.rows(stressor_sql(definition, dates))
            alone = {(family, day): level for day, family, level in rows}
            assert {key: alone.get(key, 0) for key in found if key[1] in dates} == {
                key: level for key, level in judged.items() if key[1] in dates
            }, definition


@RELAXED
@given(town=towns(), data=st.data())
def test_no_row_of_the_future_changes_a_level(engine: Engine, town: Town, data: st.DataObject) -> None:
    before, after = compute(engine, (town, with_another_future(town, data)))
    for key, row in before.items():
        if key[1] == NOW:
            known = {name: row[name] for name in (*SHIPPED.ids, "apart", "earlier")}
            assert known == {name: after[key][name] for name in known}


def with_another_future(town: Town, data: st.DataObject) -> Town:
    """Everything that happened or became known on or after the index date is dropped, changed or made up anew."""
    rows = {name: [_other(name, row, data) for row in town.registers[name] if _known(row)] for name in REGISTERS}
    for name in REGISTERS:
        fresh = data.draw(st.lists(register_rows(name), max_size=3))
        rows[name] += [_moved(row) if _known(row) else row for row in fresh]
    reported = [_other_report(row) for row in town.registers["reports"] if _known(row)]
    spine = [{**row, **_other_person(row)} for row in town.spine]
    return replace(town, spine=spine, registers={**town.registers, **rows, "reports": reported})


def _known(row: Mapping[str, Any]) -> bool:
    return bool(row["event_date"] < NOW and row["recorded_date"] < NOW)


def _moved(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same row, but it became known on the index date only."""
    return {**row, "recorded_date": NOW}


def _other(register: str, row: Mapping[str, Any], data: st.DataObject) -> dict[str, Any]:
    """A known row with another future: another end, another birth."""
    changed = dict(row)
    end = row.get("end_date")
    if register != "pregnancies" and (end is None or end >= NOW or (row["end_recorded_date"] or end) >= NOW):
        late = data.draw(st.sampled_from((None, NOW, NOW + timedelta(days=90))))
        changed |= {"end_date": late, "end_recorded_date": None}
        if data.draw(st.booleans()) and schema(register).spells:
            changed |= {"end_date": max(row["event_date"], date(2023, 6, 1)), "end_recorded_date": NOW}
    for column, guards in LATER.get(register, {}).items():
        if not all(row[guard] is not None and row[guard] < NOW for guard in guards):
            changed[column] = 1.0
    return changed


def _other_report(row: Mapping[str, Any]) -> dict[str, Any]:
    still_open = row["closed_date"] is None or row["closed_date"] >= NOW
    return {**row, "closed_date": NOW + timedelta(days=1) if still_open else row["closed_date"]}


def _other_person(row: Mapping[str, Any]) -> dict[str, Any]:
    known = row["education_date"] is not None and row["education_date"] < NOW
    return {"death_date": NOW + timedelta(days=9)} | ({} if known else {"education": "low", "education_date": NOW})

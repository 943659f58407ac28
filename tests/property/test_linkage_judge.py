"""Linkage in SQL and the slow judge agree on any small town; what is known too late changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskscreen.engine.duck import Engine
from tests.linkage_judge import judge
from tests.linkage_towns import found, linked

DAYS = (date(2020, 2, 29), date(2022, 1, 1), date(2024, 1, 1))
PEOPLE = ("a", "b", "c", "d", "e", "f")
UNKNOWN = "nobody"  # a number that is not in the persons register

near = st.sampled_from([day + timedelta(days=n) for day in DAYS for n in (-400, -30, -1, 0, 1, 30)])
long_ago = st.sampled_from([date(2005, 1, 1), date(2012, 6, 1), date(2019, 1, 1)])
dates = near | long_ago
births = st.sampled_from(
    [
        date(1960, 1, 1),
        date(1985, 5, 5),
        date(1985, 5, 5),
        date(1998, 2, 28),
        date(2002, 3, 1),
        date(2004, 2, 29),
        date(2006, 1, 1),
        date(2012, 1, 1),
        date(2016, 2, 29),
        date(2020, 1, 1),
        date(2020, 2, 29),
        date(2023, 12, 31),
    ]
)
people = st.sampled_from((*PEOPLE, UNKNOWN))


def person(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "person": st.just(name),
            "birth_date": births,
            "sex": st.sampled_from("fm"),
            "origin": st.sampled_from([None, "netherlands", "europe"]),
            "death_date": st.none() | st.none() | near,
            "emigration_date": st.none() | st.none() | near,
            "recorded_date": st.just(date(2001, 1, 1)) | near,
        }
    )


def spell(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "person": people,
            "event_date": dates,
            "recorded_date": dates,
            "end_date": st.none() | near,
            "end_recorded_date": st.none() | near,
            **columns,
        }
    )


TOWNS = st.fixed_dictionaries(
    {
        "persons": st.tuples(*(person(name) for name in PEOPLE)).map(list),
        "household_spells": st.lists(
            spell(
                household=st.sampled_from(["h", "i"]),
                role=st.sampled_from(["adult", "adult", "child", "child", "other"]),
                household_kind=st.sampled_from(["private", "private", "private", "foster", "institution"]),
            ),
            min_size=3,
            max_size=10,
            unique_by=lambda r: (r["person"], r["household"], r["event_date"], r["recorded_date"]),
        ),
        "parentage": st.lists(
            st.fixed_dictionaries(
                {
                    "child": people,
                    "parent": people,
                    "kind": st.sampled_from(["birth", "recognition"]),
                    "event_date": dates,
                    "recorded_date": dates,
                }
            ),
            max_size=6,
        ),
        "pregnancies": st.lists(
            st.fixed_dictionaries(
                {
                    "person": people,
                    "event_date": dates,
                    "recorded_date": dates,
                    "due_date": near,
                    "birth_date": st.none() | near,
                    "birth_recorded_date": st.none() | near,
                }
            ),
            max_size=3,
        ),
        "address_spells": st.lists(
            spell(address=st.sampled_from("pqr"), area=st.sampled_from(["BU1", "BU2", "BU9"])),
            max_size=4,
            unique_by=lambda r: (r["person"], r["address"], r["event_date"], r["recorded_date"]),
        ),
        "areas": st.just(
            [
                {"area": "BU1", "kind": "buurt", "name": "one", "within": "WK1", "urbanity": 3},
                {"area": "BU2", "kind": "buurt", "name": "two", "within": None, "urbanity": None},
                {"area": "WK1", "kind": "wijk", "name": "w", "within": "GM1", "urbanity": 3},
            ]
        ),
        "reports": st.just([]),
    }
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as shared:
        yield shared


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(rows=TOWNS)
def test_sql_and_judge_find_the_same_families(engine: Engine, rows: dict[str, list[dict[str, Any]]]) -> None:
    with linked(rows, *DAYS, engine=engine) as (registers, _):
        for day in DAYS:
            made, right = found(registers, day), judge(rows, day)
            assert made.families == right.families
            assert made.members == right.members


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(rows=TOWNS, later=TOWNS)
def test_what_happened_or_became_known_on_or_after_the_index_date_changes_nothing(
    engine: Engine, rows: dict[str, list[dict[str, Any]]], later: dict[str, list[dict[str, Any]]]
) -> None:
    day = DAYS[1]
    with linked(rows, day, engine=engine) as (registers, _):
        before = found(registers, day)
    late = {
        name: [row for row in later[name] if row["event_date"] >= day or row["recorded_date"] >= day]
        for name in ("household_spells", "parentage", "pregnancies", "address_spells")
    }
    more = {name: [*body, *late.get(name, [])] for name, body in rows.items()}
    with linked(more, day, engine=engine) as (registers, _):
        assert found(registers, day) == before

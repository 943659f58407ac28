"""Linkage in SQL and the slow judge agree on any small town; what is known too late changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskscreen.engine.duck import Engine
from tests.linkage_judge import judge
from tests.linkage_towns import found, linked

DAYS = (date(2020, 2, 29), date(2022, 1, 1), date(2024, 1, 1))
ADULTS, CHILDREN = ("a", "b", "c", "d"), ("k", "l", "m", "n")
UNKNOWN = "nobody"  # a number that is not in the persons register
AREAS = [
    {"area": "BU1", "kind": "buurt", "name": "one", "within": "WK1", "urbanity": 3},
    {"area": "BU2", "kind": "buurt", "name": "two", "within": None, "urbanity": None},
    {"area": "WK1", "kind": "wijk", "name": "w", "within": "GM1", "urbanity": 3},
]
ADULT_BIRTHS = (date(1960, 1, 1), date(1979, 1, 2), date(1985, 5, 5), date(1985, 5, 5), date(1998, 2, 28))
CHILD_BIRTHS = (
    *(date(2002, 3, 1), date(2004, 2, 29), date(2006, 1, 1), date(2010, 1, 1), date(2012, 2, 29)),
    *(date(2016, 2, 29), date(2018, 1, 1), date(2020, 1, 1), date(2020, 2, 29), date(2023, 12, 31)),
)
NUMBERS = ("person", "child", "parent", "household", "address")
Town = dict[str, list[dict[str, Any]]]
towns = st.tuples(*[st.integers(0, 2**32 - 1)] * 3).map(lambda seeds: side_by_side(*seeds))


class Maker:
    """Makes small towns: mostly tidy, with every kind of untidiness now and then."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def town(self) -> Town:
        spells = [self.lives(name, "adult") for name in ADULTS for _ in range(self.chance.randint(0, 2))]
        spells += [self.lives(name, "child") for name in CHILDREN for _ in range(self.chance.randint(0, 2))]
        spells += [self.lives(self.someone(), "other") for _ in range(self.chance.randint(0, 2))]
        return {
            "persons": [self.person(name) for name in (*ADULTS, *CHILDREN)],
            "household_spells": _once(spells, "person", "household", "event_date", "recorded_date"),
            "parentage": [self.parentage() for _ in range(self.chance.randint(0, 10))],
            "pregnancies": [self.pregnancy() for _ in range(self.chance.randint(0, 2))],
            "address_spells": _once(
                [self.address() for _ in range(self.chance.randint(0, 5))],
                *("person", "address", "event_date", "recorded_date"),
            ),
            "areas": AREAS,
            "reports": [],
        }

    def person(self, name: str) -> dict[str, Any]:
        return {
            "person": name,
            "birth_date": self.chance.choice(ADULT_BIRTHS if name in ADULTS else CHILD_BIRTHS),
            "sex": self.chance.choice("fm"),
            "origin": self.chance.choice([None, "netherlands", "europe"]),
            "death_date": self.rarely(),
            "emigration_date": self.rarely(),
            "recorded_date": self.early(),
        }

    def lives(self, name: str, role: str) -> dict[str, Any]:
        kind = self.chance.choice(["private"] * 8 + ["foster", "institution"])
        return self.spell(name) | {"household": self.chance.choice("hhi"), "role": role, "household_kind": kind}

    def address(self) -> dict[str, Any]:
        area = self.chance.choice(["BU1", "BU2", "BU9"])
        return self.spell(self.chance.choice(ADULTS)) | {"address": self.chance.choice("pqr"), "area": area}

    def spell(self, name: str) -> dict[str, Any]:
        ends = {"end_date": self.rarely(), "end_recorded_date": self.chance.choice([None, self.near()])}
        return {"person": name, "event_date": self.early(), "recorded_date": self.early(), **ends}

    def parentage(self) -> dict[str, Any]:
        return {
            "child": self.chance.choice(CHILDREN) if self.chance.random() < 0.9 else self.someone(),
            "parent": self.chance.choice(ADULTS) if self.chance.random() < 0.9 else self.someone(),
            "kind": self.chance.choice(["birth", "recognition"]),
            "event_date": self.early(),
            "recorded_date": self.early(),
        }

    def pregnancy(self) -> dict[str, Any]:
        return {
            "person": self.someone(),
            "event_date": self.early(),
            "recorded_date": self.early(),
            "due_date": self.near(),
            "birth_date": self.chance.choice([None, self.near()]),
            "birth_recorded_date": self.chance.choice([None, self.near()]),
        }

    def someone(self) -> str:
        return self.chance.choice([*ADULTS, *CHILDREN, UNKNOWN])

    def near(self) -> date:
        """A day around an index date: just before, on it, just after."""
        return self.chance.choice(DAYS) + timedelta(days=self.chance.choice([-400, -30, -1, 0, 1, 30]))

    def early(self) -> date:
        old = (date(1999, 1, 1), date(2005, 1, 1), date(2012, 6, 1))
        return self.chance.choice(old) if self.chance.random() < 0.8 else self.near()

    def rarely(self) -> date | None:
        return self.near() if self.chance.random() < 0.15 else None


def side_by_side(*seeds: int) -> Town:
    """Several towns of which none knows another: opening and linking them costs hardly more than one of them."""
    made = [{name: [_renamed(row, f"{at}-") for row in body] for name, body in Maker(Random(seed)).town().items()}
            for at, seed in enumerate(seeds)]  # fmt: skip
    return {name: AREAS if name == "areas" else [row for town in made for row in town[name]] for name in made[0]}


def _renamed(row: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {name: prefix + value if name in NUMBERS else value for name, value in row.items()}


def _once(rows: list[dict[str, Any]], *key: str) -> list[dict[str, Any]]:
    """Rows that tie on what decides between them are left out: the registers' key forbids them."""
    return list({tuple(row[name] for name in key): row for row in rows}.values())


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=1) as shared:  # for a dozen rows a second thread costs more than it gives
        yield shared


few = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def test_the_towns_have_families_of_every_kind() -> None:
    seen: Counter[str] = Counter()
    for seed in range(60):
        rows = Maker(Random(seed)).town()
        for day in DAYS:
            verdict = judge(rows, day)
            for body in verdict.families.values():
                seen.update((body["family_form"], body["stratum"], body["origin"], body["area"]))
            seen.update(role for _, _, role in verdict.members)
    for word in (
        "couple",
        "single_parent",
        "stepfamily",
        "first_pregnancy",
        "foster",
        "mixed",
        "BU1",
        "outside_parent",
    ):
        assert seen[word] >= 3, word


@settings(few, max_examples=10)  # of three towns each
@given(rows=towns)
def test_sql_and_judge_find_the_same_families(engine: Engine, rows: Town) -> None:
    with linked(rows, *DAYS, engine=engine) as (registers, _):
        for day in DAYS:
            made, right = found(registers, day), judge(rows, day)
            assert made.families == right.families
            assert made.members == right.members


@settings(few, max_examples=4)  # of three towns each
@given(rows=towns, later=towns)
def test_what_happened_or_became_known_on_or_after_the_index_date_changes_nothing(
    engine: Engine, rows: Town, later: Town
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

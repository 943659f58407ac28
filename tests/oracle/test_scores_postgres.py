"""A real PostgreSQL gives every profile the points that Python gives it, and every group that DuckDB gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import postgres_server
import psycopg
import pytest
from cards_made import CASES, NAMES, Case
from hypothesis import given, settings

from riskscreen.engine.duck import Engine
from riskscreen.linkage import link
from riskscreen.records.card import Card, Line
from riskscreen.records.sql_names import RESERVED
from riskscreen.registers import open_registers
from riskscreen.settings import load_scenario
from riskscreen.stressors.loading import load_catalogue
from riskscreen.stressors.profiling import profile

pytestmark = pytest.mark.slow
Postgres = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    programs = postgres_server.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with postgres_server.server(programs) as connection:
        yield connection


@settings(max_examples=100, deadline=None)
@given(case=CASES)
def test_any_card_on_any_profile(postgres: Postgres, case: Case) -> None:
    columns = ", ".join(f'"{name}" double precision' for name in NAMES)
    postgres.execute("DROP TABLE IF EXISTS levels")
    postgres.execute(f"CREATE TABLE levels (profile integer, apart boolean, {columns})")
    with postgres.cursor().copy("COPY levels FROM STDIN") as copy:
        for number, row in enumerate(case.profiles):
            for _ in range(12):
                copy.write_row((number, False, *row))
    rows = postgres.execute(case.card.to_sql("postgres", keys=("profile",))).fetchall()
    assert sorted((profile, points) for profile, points, _ in rows) == list(enumerate(case.points()))
    assert {families for _, _, families in rows} == {12}


@pytest.fixture(scope="module")
def levels(committed_registers: Path) -> Iterator[Engine]:
    """The levels of the committed registers, as the main job makes them."""
    demo = load_scenario("demo")
    dates = demo.index_dates
    with Engine() as engine:
        opened = open_registers(committed_registers, engine=engine, threshold=10)
        link(opened, dates.all, demo.family, key="postgres", threshold=10)
        profile(opened, load_catalogue("all"), demo.outcome, dates.all, demo.horizon, threshold=10)
        yield engine


def cards() -> list[Card]:
    """The plain count, and a card with a line on every level of every stressor: no level stays untried."""
    stressors = [definition.stressor for definition in load_catalogue("all").definitions]
    every = [(stressor.id, cut) for stressor in stressors for cut in range(1, stressor.top + 1)]
    count = tuple(Line(stressor.id, ">=", 1.0, 1) for stressor in stressors)
    full = tuple(Line(name, ">=", float(cut), 1 + place % 5) for place, (name, cut) in enumerate(every))
    return [Card("count", count, -4.0, 0.3), Card("card", full, -4.0, 0.1)]


def test_every_profile_of_the_committed_registers(postgres: Postgres, levels: Engine) -> None:
    names = cards()[0].stressors
    unique = levels.frame(f"SELECT DISTINCT {', '.join(names)} FROM levels")
    numbers = unique.apply(pd.to_numeric).astype(float)
    assert len(unique) > 100
    assert numbers.isna().any(axis=None), "some stressor is not covered"
    _copy(postgres, unique.assign(profile=range(len(unique)), apart=False), times=10)
    for card in cards():
        expected = card.points({name: numbers[name].to_numpy() for name in names})
        rows = sorted(postgres.execute(card.to_sql("postgres", keys=("profile",))).fetchall())
        assert [points for _, points, _ in rows] == expected.tolist()
        assert np.ptp(expected) > 3


@pytest.mark.parametrize("keys", [("index_date", "area"), ("area_block",), ("index_date", "single_parent")])
def test_the_groups_are_those_of_duckdb(postgres: Postgres, levels: Engine, keys: tuple[str, ...]) -> None:
    columns = dict.fromkeys((*keys, "apart", *cards()[0].stressors))
    _copy(postgres, levels.frame(f"SELECT {', '.join(columns)} FROM levels"))
    for card in cards():
        ours = levels.rows(card.to_sql("duckdb", keys=keys))
        theirs = postgres.execute(card.to_sql("postgres", keys=keys)).fetchall()
        assert sorted(ours, key=str) == sorted(theirs, key=str)
        assert ours


def test_every_word_that_postgres_reserves_is_known(postgres: Postgres) -> None:
    words = postgres.execute("SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')").fetchall()
    assert {word for (word,) in words} - RESERVED == set()


KINDS = {"index_date": "date", "area": "text", "area_block": "text", "apart": "boolean"}
"""Columns of ``levels`` that are no whole number."""


def _copy(postgres: Postgres, frame: pd.DataFrame, times: int = 1) -> None:
    columns = ", ".join(f"{name} {KINDS.get(name, 'integer')}" for name in frame.columns)
    postgres.execute("DROP TABLE IF EXISTS levels")
    postgres.execute(f"CREATE TABLE levels ({columns})")
    whole = [name not in KINDS for name in frame.columns]
    with postgres.cursor().copy("COPY levels FROM STDIN") as copy:
        for row in frame.itertuples(index=False):
            values = [None if pd.isna(x) else int(x) if is_int else x for x, is_int in zip(row, whole, strict=True)]
            for _ in range(times):
                copy.write_row(values)

"""Any card, any profile: the statement gives what Python gives, in DuckDB and read back from the other dialects."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cards_made import CASES, NAMES, Case
from hypothesis import given, settings
from sql_judge import faults
from sqlglot import parse_one

from riskscreen.engine.duck import Engine
from riskscreen.records.card_sql import DIALECTS


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine


@settings(max_examples=60, deadline=None)
@given(case=CASES)
def test_every_profile_gets_the_points_that_python_gives(engine: Engine, case: Case) -> None:
    _load(engine, case)
    expected = list(enumerate(case.points()))
    for dialect in DIALECTS:
        statement = case.card.to_sql(dialect, keys=("profile",))
        assert faults(statement, dialect, ("profile",)) == []
        rows = engine.rows(parse_one(statement, read=dialect).sql("duckdb"))
        assert sorted((profile, points) for profile, points, _ in rows) == expected
        assert {families for _, _, families in rows} == {12}


def _load(engine: Engine, case: Case) -> None:
    columns = ", ".join('"' + name + '"' for name in NAMES)
    values = ", ".join(
        f"({number}, {', '.join('NULL' if x is None else repr(x) + 'e0' * ('e' not in repr(x)) for x in row)})"
        for number, row in enumerate(case.profiles)
    )
    casts = ", ".join(f'"{name}"::DOUBLE AS "{name}"' for name in NAMES)
    engine.run(
        f"CREATE OR REPLACE TABLE levels AS SELECT profile, FALSE AS apart, {casts} "
        f"FROM (VALUES {values}) AS given(profile, {columns}), range(12)"
    )

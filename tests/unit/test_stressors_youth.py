"""A parent's own youth is no stand-in for the parent's age."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest
from stressor_towns import SHIPPED

from riskscreen.engine.duck import Engine
from riskscreen.stressors.compile import stressor_sql

DAY = date(2024, 1, 1)
START = date(1998, 1, 1)
PARENTS = 12_000


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One parent per family, of 19 to 50 years; every year of youth has an event with chance 0.02."""
    import pandas as pd

    rng = np.random.default_rng(5)
    born = [DAY - timedelta(days=int(days)) for days in rng.integers(19 * 366, 50 * 365, PARENTS)]
    names = [f"p{number}" for number in range(PARENTS)]
    events = [
        (name, birth + timedelta(days=int(365.25 * (year + rng.random()))))
        for name, birth in zip(names, born, strict=True)
        for year in np.flatnonzero(rng.random(18) < 0.02)
    ]
    seen = [(name, day) for name, day in events if day >= START]
    with Engine(threads=1) as made:
        made.run("CREATE SCHEMA registers")
        made.load("spine", pd.DataFrame({"person": names, "birth_date": pd.to_datetime(born)}))
        made.load("members", pd.DataFrame({"family": names, "person": names, "role": "parent"}))
        made.run(f"ALTER TABLE members ADD COLUMN index_date DATE DEFAULT DATE '{DAY}'")
        made.run("ALTER TABLE spine ALTER birth_date TYPE DATE")
        own = pd.DataFrame(seen, columns=["person", "event_date"]).assign(kind="youth_care")
        made.load("registers.own_youth", own.assign(recorded_date=own["event_date"]))
        made.run("ALTER TABLE registers.own_youth ALTER event_date TYPE DATE")
        made.run("ALTER TABLE registers.own_youth ALTER recorded_date TYPE DATE")
        made.run(f"CREATE TABLE youth AS {stressor_sql(SHIPPED.get('own_youth_care'), (DAY,), (START, DAY))}")
        yield made


def _shares(engine: Engine, has: str, source: str) -> list[tuple[int, float]]:
    """Families and share with it, for the younger and the older half."""
    rows = engine.rows(
        f"SELECT count(*), avg(has::INTEGER) FROM (SELECT ntile(2) OVER (ORDER BY birth_date DESC) AS half, "
        f"{has} AS has FROM {source}) GROUP BY half ORDER BY half"
    )
    return [(int(count), float(share)) for count, share in rows]


def _distance(shares: list[tuple[int, float]]) -> float:
    """Difference of the two halves in standard errors."""
    error = np.sqrt(sum(share * (1 - share) / count for count, share in shares))
    return float(abs(shares[0][1] - shares[1][1]) / error)


def test_among_covered_parents_the_level_does_not_depend_on_age(engine: Engine) -> None:
    shares = _shares(engine, "level > 0", "youth JOIN spine ON spine.person = youth.family")
    assert _distance(shares) < 3


def test_a_plain_look_in_the_register_would_depend_on_age(engine: Engine) -> None:
    plain = "spine LEFT JOIN (SELECT DISTINCT person AS seen FROM registers.own_youth) o ON o.seen = spine.person"
    assert _distance(_shares(engine, "seen IS NOT NULL", plain)) > 10


def test_only_parents_seen_from_12_to_18_are_covered(engine: Engine) -> None:
    oldest, covered = engine.rows("SELECT min(birth_date), count(*) FROM youth JOIN spine ON person = family")[0]
    assert oldest >= date(1986, 1, 1)
    assert covered == engine.value("SELECT count(*) FROM spine WHERE birth_date >= DATE '1986-01-01'")

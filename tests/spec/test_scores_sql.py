"""A card as SQL gives every profile the points that Python gives it, and never a group below the threshold."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from riskscreen.engine.duck import Engine
from riskscreen.errors import UsageError
from riskscreen.records.card import Card, Line
from riskscreen.scores.sql import score_sql

CARD = Card(
    "card",
    (
        Line("debt", ">=", 1.0, 2),
        Line("debt", ">=", 3.0, 1),
        Line("violence", ">=", 2.0, 5),
        Line("ties", "<=", 0.0, 3),
        Line("months", ">=", 1.5, 4),
    ),
    -4.5,
    0.25,
)
LEVELS = {
    "debt": (0.0, 1.0, 2.0, 3.0, np.nan),
    "violence": (0.0, 1.0, 2.0, np.nan),
    "ties": (0.0, 1.0, np.nan),
    "months": (0.0, 1.0, 1.5, 2.0, np.nan),
}


@pytest.fixture(scope="module")
def profiles() -> pd.DataFrame:
    """Every combination of levels, *not covered* too."""
    return pd.DataFrame(list(itertools.product(*LEVELS.values())), columns=list(LEVELS))


@pytest.fixture
def engine(tmp_path):
    with Engine(tmp_path) as engine:
        yield engine


def load(engine: Engine, profiles: pd.DataFrame, families: int) -> None:
    rows = profiles.loc[profiles.index.repeat(families)].assign(
        profile=np.repeat(profiles.index, families), index_date="2024-01-01", area="BU1", apart=False
    )
    engine.load("incoming", rows)
    columns = ", ".join(f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END AS {name}" for name in LEVELS)
    engine.run(f"CREATE TABLE levels AS SELECT index_date, area, profile, apart, {columns} FROM incoming")


def test_sql_points_equal_python_points_for_every_profile(engine, profiles):
    load(engine, profiles, 10)
    found = engine.frame(score_sql(CARD, 10, keys=("profile",))).set_index("profile").sort_index()
    expected = CARD.points({name: profiles[name].to_numpy() for name in LEVELS})
    assert found["points"].tolist() == expected.tolist()
    assert set(found["families"]) == {10}
    assert expected.max() == CARD.most_points == 15


def test_groups_below_the_threshold_do_not_come_out(engine, profiles):
    load(engine, profiles, 9)
    assert engine.rows(score_sql(CARD, 10, keys=("profile",))) == []
    by_area = engine.frame(score_sql(CARD, 10))
    assert list(by_area.columns) == ["index_date", "area", "points", "families"]
    assert by_area["families"].min() >= 10
    assert by_area["families"].sum() <= 9 * len(profiles)


def test_families_with_an_open_case_are_left_out(engine, profiles):
    load(engine, profiles.head(1), 25)
    engine.run("UPDATE levels SET apart = true")
    assert engine.rows(score_sql(CARD, 10)) == []


def test_a_card_without_lines_scores_nothing(engine, profiles):
    load(engine, profiles.head(1), 25)
    assert engine.rows(score_sql(Card("card", (), -3.0, 0.0), 10)) == [("2024-01-01", "BU1", 0, 25)]


@pytest.mark.parametrize("keys", [("family",), ("area", "Person"), ()])
def test_it_never_groups_by_a_family(keys):
    with pytest.raises(UsageError, match="never by a family"):
        score_sql(CARD, 10, keys=keys)


def test_it_refuses_a_low_threshold():
    with pytest.raises(UsageError, match="the threshold is 5"):
        score_sql(CARD, 5)


def test_the_text():
    assert score_sql(Card("card", (Line("debt", ">=", 1.0, 2), Line("eviction", ">=", 1.0, 1)), -4.5, 0.25), 10) == (
        "-- card: total points from stressor levels. Risk of the recorded outcome within the horizon:\n"
        "-- 1 / (1 + exp(-(-4.5 + 0.25 * points)))\n"
        "--  2 points  debt >= 1\n"
        "--  1 point   eviction >= 1\n"
        "-- Not covered (NULL) passes no comparison, so it never scores. Families with an open case are left out.\n"
        "-- What comes out are groups of at least 10 families: no row is about one family.\n"
        "WITH scored AS (\n"
        "  SELECT\n"
        "    index_date, area,\n"
        "      CASE WHEN debt >= 1 THEN 2 ELSE 0 END\n"
        "      + CASE WHEN eviction >= 1 THEN 1 ELSE 0 END AS points\n"
        "  FROM levels\n"
        "  WHERE NOT apart\n"
        ")\n"
        "SELECT index_date, area, points, count(*) AS families\n"
        "FROM scored\n"
        "GROUP BY index_date, area, points\n"
        "HAVING count(*) >= 10\n"
        "ORDER BY index_date, area, points\n"
    )

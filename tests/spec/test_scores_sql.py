"""A card as SQL gives every profile the points that Python gives it, and never a group below the threshold."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from sql_judge import faults
from sqlglot import exp, parse_one

from riskscreen.engine.duck import Engine
from riskscreen.errors import UsageError
from riskscreen.records.card import Card, Line
from riskscreen.records.card_sql import DIALECTS
from riskscreen.records.sql_names import RESERVED
from riskscreen.scores.card import RiskCard, StressorCount

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


@pytest.mark.parametrize("dialect", DIALECTS)
def test_sql_points_equal_python_points_for_every_profile(engine, profiles, dialect):
    """PostgreSQL and T-SQL are read back into DuckDB's dialect here; PostgreSQL itself is asked in the slow tests."""
    load(engine, profiles, 10)
    statement = CARD.to_sql(dialect, keys=("profile",))
    found = engine.frame(parse_one(statement, read=dialect).sql("duckdb")).set_index("profile").sort_index()
    expected = CARD.points({name: profiles[name].to_numpy() for name in LEVELS})
    assert found["points"].tolist() == expected.tolist()
    assert set(found["families"]) == {10}
    assert expected.max() == CARD.most_points == 15


def test_groups_below_the_threshold_do_not_come_out(engine, profiles):
    load(engine, profiles, 9)
    assert engine.rows(CARD.to_sql(keys=("profile",))) == []
    by_area = engine.frame(CARD.to_sql())
    assert list(by_area.columns) == ["index_date", "area", "points", "families"]
    assert by_area["families"].min() >= 10
    assert by_area["families"].sum() <= 9 * len(profiles)


def test_families_with_an_open_case_are_left_out(engine, profiles):
    load(engine, profiles.head(1), 25)
    engine.run("UPDATE levels SET apart = true")
    assert engine.rows(CARD.to_sql()) == []


def test_a_card_without_lines_scores_nothing(engine, profiles):
    load(engine, profiles.head(1), 25)
    assert engine.rows(Card("card", (), -3.0, 0.0).to_sql()) == [("2024-01-01", "BU1", 0, 25)]


ABOUT_ONE_FAMILY = """
family
Family
 household
"person"
[Family]
`HOUSEHOLD`
"Family"
levels.family
family AS area
lower(family)
area, family
family_key
person_id
bsn
*
points
families
area; DROP TABLE levels
area -- family
"""


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("key", ABOUT_ONE_FAMILY.strip().splitlines())
def test_it_never_groups_by_a_family(key, dialect):
    with pytest.raises(UsageError, match="never by a family") as caught:
        CARD.to_sql(dialect, keys=("area", key))
    assert key in str(caught.value)
    assert "no family, person or household" in str(caught.value)


@pytest.mark.parametrize("keys", [(), "family", ("area", "Area"), ("",)])
def test_it_needs_keys_that_differ(keys):
    with pytest.raises(UsageError, match="never by a family"):
        CARD.to_sql(keys=keys)


@pytest.mark.parametrize("threshold", [5, 0, -10, 9.9, "10 OR 1 = 1"])
def test_it_refuses_a_low_threshold(threshold):
    with pytest.raises(UsageError, match=f"the threshold is {threshold}"):
        CARD.to_sql(threshold=threshold)


def test_it_refuses_an_unknown_dialect():
    with pytest.raises(UsageError, match="no dialect 'oracle'") as caught:
        CARD.to_sql("oracle")
    assert "duckdb, postgres, tsql" in str(caught.value)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("keys", [("index_date", "area"), ("area_block",), ("order", "single_parent", "Area")])
def test_only_groups_leave_in_every_dialect(dialect, keys):
    assert faults(CARD.to_sql(dialect, keys=keys, threshold=25, table="warehouse.levels"), dialect, keys, 25) == []


GOOD = """WITH scored (area, points) AS (SELECT area, 1 FROM levels WHERE apart = FALSE)
SELECT area, points, count(*) AS families FROM scored GROUP BY area, points HAVING count(*) >= 10"""
BAD = {
    "no HAVING": (" HAVING count(*) >= 10", ""),
    "a lower threshold": (">= 10", ">= 3"),
    "a threshold on something else": ("HAVING count(*)", "HAVING sum(points)"),
    "HAVING or anything": ("count(*) >= 10", "count(*) >= 10 OR TRUE"),
    "more than, not at least": ("HAVING count(*) >= 10", "HAVING count(*) < 10"),
    "a family in the outer select": ("SELECT area, points,", "SELECT family, area, points,"),
    "a family under another name": ("SELECT area, points,", "SELECT family AS area, points,"),
    "a family inside an aggregate": ("SELECT area, points,", "SELECT max(family) AS area, points,"),
    "everything": ("SELECT area, points,", "SELECT *,"),
    "a family in the groups": ("GROUP BY area, points", "GROUP BY area, points, family"),
    "no groups": ("GROUP BY area, points", ""),
    "levels again": ("FROM scored GROUP", "FROM scored JOIN levels USING (area) GROUP"),
    "a second statement": (">= 10", ">= 10; SELECT * FROM levels"),
    "a union": (">= 10", ">= 10 UNION ALL SELECT area, 1, 1 FROM levels"),
}


def test_the_judge_of_statements_lets_a_good_one_through():
    assert faults(GOOD, "duckdb", ("area",)) == []


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_judge_of_statements_bites(what, dialect):
    old, new = BAD[what]
    assert old in GOOD
    bad = GOOD.replace(old, new)
    assert faults(bad if dialect == "duckdb" else _translated(bad, dialect), dialect, ("area",)) != []


def _translated(text: str, dialect: str) -> str:
    from sqlglot import transpile

    return ";".join(transpile(text, read="duckdb", write=dialect))


@pytest.mark.parametrize("dialect", ["postgres", "tsql"])
def test_a_translation_is_the_same_tree(dialect):
    """No SQL Server runs here: what T-SQL gets is read back and compared with the statement that DuckDB runs."""
    back = parse_one(CARD.to_sql(dialect), read=dialect)
    for literal in back.find_all(exp.EQ):
        if literal.left.name == "apart" and dialect == "tsql":
            assert literal.right.sql() == "0"
            literal.right.replace(exp.false())
    _same_count(back)
    ours = parse_one(CARD.to_sql("duckdb"), read="duckdb")
    _same_count(ours)
    assert back.sql("duckdb", comments=False) == ours.sql("duckdb", comments=False)


def _same_count(tree: exp.Expression) -> None:
    """COUNT_BIG is the count of T-SQL that cannot overflow; where NULL sorts is left to the database."""
    for count in tree.find_all(exp.Count):
        count.set("big_int", None)
    for ordered in tree.find_all(exp.Ordered):
        ordered.set("nulls_first", False)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_name_that_a_database_misreads_is_quoted(dialect):
    odd = Card("card", (Line("order", ">=", 1.0, 1), Line('mother"s age]; --', ">=", 2.0, 1)), -4.0, 1.0)
    names = [column.name for column in parse_one(odd.to_sql(dialect), read=dialect).find_all(exp.Column)]
    assert {"order", 'mother"s age]; --'} <= set(names)
    assert faults(odd.to_sql(dialect), dialect, ("index_date", "area")) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_place_of_the_levels_is_a_name_and_nothing_more(dialect):
    statement = CARD.to_sql(dialect, table="dwh.levels; DROP TABLE levels --")
    tables = [table.name for table in parse_one(statement, read=dialect).find_all(exp.Table)]
    assert sorted(tables) == ["levels; DROP TABLE levels --", "scored"]
    assert faults(statement, dialect, ("index_date", "area")) == []


def test_every_word_that_duckdb_reserves_is_known(engine):
    words = engine.rows("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'")
    assert {word for (word,) in words} - RESERVED == set()


def test_words_stay_inside_their_comment():
    odd = Card("card\nDROP TABLE levels; --", (Line("debt\u2028DROP", ">=", 1.0, 1),), -4.0, 1.0)
    for dialect in DIALECTS:
        comments = [line for line in odd.to_sql(dialect).split("\n") if "DROP TABLE" in line]
        assert comments
        assert all(line.startswith("--") for line in comments)


def test_the_estimators_give_the_same_statement_as_their_card():
    levels, reported = np.array([[0, 1], [1, 2], [2, 0], [0, 0]] * 30, dtype=float), np.array([0, 1, 1, 0] * 30)
    for estimator in (RiskCard(), StressorCount()):
        fitted = estimator.fit(levels, reported)
        assert fitted.to_sql("postgres", threshold=20) == fitted.card_.to_sql("postgres", threshold=20)


def test_the_text():
    card = Card("card", (Line("debt", ">=", 1.0, 2), Line("eviction", ">=", 1.0, 1)), -4.5, 0.25)
    assert card.to_sql() == (
        "-- card: total points from stressor levels. Risk of the recorded outcome within the horizon:\n"
        "-- 1 / (1 + exp(-(-4.5 + 0.25 * points)))\n"
        "--  2 points  debt >= 1\n"
        "--  1 point   eviction >= 1\n"
        "-- Not covered (NULL) passes no comparison, so it never scores. Families with an open case are left out.\n"
        "-- What comes out are groups of at least 10 families: no row is about one family.\n"
        "WITH scored (index_date, area, points) AS (\n"
        "  SELECT\n"
        "    index_date, area,\n"
        "      CASE WHEN debt >= 1 THEN 2 ELSE 0 END\n"
        "      + CASE WHEN eviction >= 1 THEN 1 ELSE 0 END\n"
        "  FROM levels\n"
        "  WHERE apart = FALSE\n"
        ")\n"
        "SELECT index_date, area, points, count(*) AS families\n"
        "FROM scored\n"
        "GROUP BY index_date, area, points\n"
        "HAVING count(*) >= 10\n"
        "ORDER BY index_date, area, points\n"
    )


def test_the_text_for_sql_server():
    card = Card("card", (Line("debt", ">=", 1.0, 2), Line("plan", "<=", 0.5, 1)), -4.5, 0.25)
    assert card.to_sql("tsql", keys=("area",), threshold=15).partition("\nWITH ")[2] == (
        "scored(area, points) AS (\n"
        "  SELECT\n"
        "    area,\n"
        "    CASE WHEN debt >= 1 THEN 2 ELSE 0 END\n"
        "      + CASE WHEN [plan] <= 0.5 THEN 1 ELSE 0 END\n"
        "  FROM levels\n"
        "  WHERE\n"
        "    apart = 0\n"
        ")\n"
        "SELECT\n"
        "  area,\n"
        "  points,\n"
        "  COUNT_BIG(*) AS families\n"
        "FROM scored\n"
        "GROUP BY\n"
        "  area,\n"
        "  points\n"
        "HAVING\n"
        "  COUNT_BIG(*) >= 15\n"
        "ORDER BY\n"
        "  area,\n"
        "  points\n"
    )

"""Reach in small: families and offers in, who was reached out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from riskscreen.engine.duck import Engine
from riskscreen.engine.handles import open_counts
from riskscreen.programmes import (
    Catalogue,
    Offer,
    Plan,
    Planning,
    Reach,
    count_reach,
    families_there,
    given_table,
    reach_table,
    read_provider_files,
    supply_tables,
    with_given,
)
from riskscreen.records.definitions import Programme, TargetGroup
from riskscreen.records.tables import TOTAL
from riskscreen.records.texts import Text, same

BEFORE, DAY = date(2024, 1, 1), date(2025, 1, 1)
WORD = same("x")

# family, wijk, debt, young child; on the index date
NOW = """
a W1 2 y
b W1 1 n
c W1 0 y
d W2 2 y
e W2 2 n
f W2 - y
"""
# the same a year before: g has left since, b was not there yet
THEN = """
a W1 2 y
d W1 2 y
g W2 2 y
"""
# family, programme, offered, started, completed, known
OFFERS = """
a help 2024-02-01 2024-03-01 2024-09-01 2024-02-01
a care 2024-05-01 -          -          2024-05-01
b help 2024-06-01 2025-01-10 -          2024-06-01
c help 2024-07-01 2024-08-01 -          2024-07-01
d help 2023-12-31 2024-02-01 -          2023-12-31
e help 2024-12-30 -          -          2025-01-02
g help 2024-02-01 2024-03-01 -          2024-02-01
"""


def _programme(name: str, text: str) -> Programme:
    return Programme(name, same(name), WORD, "any", ("debt",), text, "good", WORD, (), same("school"), 1, "x")


PROGRAMMES = (_programme("help", "debt >= 1"), _programme("care", "debt >= 2 and child_0_3 = true"))
GROUPS = (TargetGroup("g1", same("g1"), "debt >= 2", "any", ("debt",)),)
CATALOGUE = Catalogue(
    PROGRAMMES,
    {"help": Planning(100, 50, 0.5, "user"), "care": Planning(300, 50, 0.25, "invented")},
    {"good": 0.8},
)


def _rows(text: str) -> list[list[str | None]]:
    return [[None if cell == "-" else cell for cell in line.split()] for line in text.strip().splitlines()]


def _levels() -> pd.DataFrame:
    frames = []
    for day, text in ((DAY, NOW), (BEFORE, THEN)):
        frame = pd.DataFrame(_rows(text), columns=["family", "area_block", "debt", "child_0_3"])
        frames.append(frame.assign(index_date=day, apart=False))
    frame = pd.concat(frames)
    return frame.assign(
        debt=frame["debt"].astype("Int8"), child_0_3=frame["child_0_3"] == "y", family_form=frame["area_block"]
    )


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        engine.load("levels", _levels())
        members = _levels()[["index_date", "family"]].assign(role="parent")
        members["person"] = "parent of " + members["family"]
        engine.load("members", members)
        columns = ["person", "programme", "event_date", "start_date", "completed_date", "recorded_date"]
        offers = pd.DataFrame(_rows(OFFERS), columns=columns)
        offers["person"] = "parent of " + offers["person"]
        engine.load("offers", offers)
        engine.run("CREATE SCHEMA registers")
        dates = ", ".join(f"{name}::DATE AS {name}" for name in columns[2:])
        engine.run(f"CREATE VIEW registers.participation AS SELECT person, programme, {dates} FROM offers")
        yield engine


def _count(engine: Engine, *, register: bool = True) -> Reach:
    reach, _ = count_reach(
        engine, GROUPS, PROGRAMMES, DAY, BEFORE, register=register, by=["family_form"], earlier=[BEFORE, DAY]
    )
    return reach


def _pairs(frame: pd.DataFrame) -> dict[tuple[str, ...], tuple[int, ...]]:
    keys = [name for name in ("programme", "target_group", "area_block") if name in frame]
    counts = [name for name in frame if name not in keys]
    return {tuple(row[k] for k in keys): tuple(int(row[c]) for c in counts) for row in frame.to_dict("records")}


def test_reached_is_offered_in_the_year_and_known_by_the_index_date(engine: Engine) -> None:
    reach = _count(engine)
    assert _pairs(reach.pairs) == {  # families, offered, taken up, completed
        ("help", "g1", "W1"): (1, 1, 1, 1),  # a
        ("help", "none", "W1"): (1, 1, 0, 0),  # b: started after the index date, so not yet
        ("help", "g1", "W2"): (2, 0, 0, 0),  # d was offered it the year before; of e it was not known yet
        ("care", "g1", "W1"): (1, 1, 0, 0),  # a
        ("care", "g1", "W2"): (1, 0, 0, 0),  # d
    }  # c was offered help, but it does not fit c; of f nothing is known, so nothing fits


def test_showing_it_shows_no_counts(engine: Engine) -> None:
    assert (
        repr(_count(engine))
        == str(_count(engine))
        == ("<reach from 2024-01-01 up to 2025-01-01, register; its counts stay inside: the gate lets tables out>")
    )


def test_a_family_counts_once_whatever_it_was_offered(engine: Engine) -> None:
    assert _pairs(_count(engine).anyone) == {("W1",): (1, 1, 1, 1), ("W2",): (2, 0, 0, 0)}


def test_families_that_were_there_earlier_in_the_year_only(engine: Engine) -> None:
    reach = _count(engine)
    assert _pairs(reach.left) == {("help", "g1", "W2"): (1,), ("care", "g1", "W2"): (1,)}  # g
    assert _pairs(reach.left_anyone) == {("W2",): (1,)}


def test_the_share_of_offers_that_found_a_family(engine: Engine) -> None:
    found = _count(engine).found
    assert {name: round(share, 4) for name, share in found.items()} == {"help": 0.75, "care": 1, TOTAL: 0.8}


def test_the_share_reached_counts_a_family_once_in_its_group(engine: Engine) -> None:
    """Of g1 lives a in W1, offered two programmes; d and e in W2, whose offers were too early and known too late."""
    assert _count(engine).reached_share() == {("g1", "W1"): 1.0, ("g1", "W2"): 0.0}


def test_without_a_register_reach_is_not_known_and_is_not_zero(engine: Engine) -> None:
    reach = _count(engine, register=False)
    assert not reach.known
    assert reach.reached_share() == {}
    rows = reach_table(reach, CATALOGUE, GROUPS).records()
    assert {row["source"] for row in rows} == {"none"}
    assert {row["offered"] for row in rows} == {row["reach"] for row in rows} == {None}
    assert [row["families"] for row in rows if row["programme"] == "help"] == [3, 1, 4]
    (wijk, _) = supply_tables(reach, _plan(), {})
    found = [(row["families"], row["offered"], row["unmet"]) for row in wijk.records()]
    assert found == [(1, None, None), (2, None, None)]


def test_the_cells_for_an_audit_hold_every_family_once(engine: Engine) -> None:
    _, cells = count_reach(engine, GROUPS, PROGRAMMES, DAY, BEFORE, register=True, by=["family_form"])
    rows = open_counts(cells)[["family_form", "area_block", "offered", "taken_up", "families"]]
    assert rows.to_numpy().tolist() == [["W1", "W1", 1, 1, 1], ["W2", "W2", 0, 0, 2]]


def _plan() -> Plan:
    offers = (Offer("help", "g1", "W2", 2, 2), Offer("care", "g1", "W2", 1, 1))
    return Plan(offers, CATALOGUE, 1000.0, {("help", "W2"): 2, ("care", "W2"): 1}, 6, 0.0)


def test_supply_against_demand(engine: Engine) -> None:
    wijk, demand = supply_tables(_count(engine), _plan(), {"W1": "Oude Stad"})
    assert [(r["area"], r["families"], r["offered"], r["unmet"], r["places"]) for r in wijk.records()] == [
        ("W1", 1, 1, 0, 0),
        ("W2", 2, 0, 2, 3),
    ]
    assert wijk.channels == ("review", "internal", "public")
    assert wijk.column("area").labels["W1"] == same("Oude Stad")
    assert [
        (r["programme"], r["area"], r["families"], r["demand"], r["short"], r["places"], r["assumption"])
        for r in demand.records()
    ] == [
        ("care", "W1", 1, 0.25, 0.25, 0, "invented"),
        ("care", "W2", 1, 0.25, -0.75, 1, "invented"),
        ("help", "W1", 1, 0.5, 0.5, 0, "user"),
        ("help", "W2", 2, 1.0, -1.0, 2, "user"),
    ]
    assert "public" not in demand.channels


SHEET = """Aanbieder;Programma;Kwartaal;Wijk;Aangeboden;Begonnen;Afgerond
Welzijn;help;2024-Q1;W1;1;1;1
Welzijn;help;K2 2024;Oude Stad;1;0;0
Welzijn;help;2024-Q3;W2;1;1;0
Welzijn;help;2023-Q4;W2;9;9;9
"""


def _given(tmp_path: Path, reach: Reach, text: str = SHEET) -> Reach:
    file = tmp_path / "kwartaal.csv"
    file.write_text(text, encoding="utf-8")
    names = {"help": same("Help"), "care": Text("Care", "Zorg")}
    areas = {"W1": "Oude Stad", "W2": "Molenwijk"}
    told = read_provider_files([file], mapping=None, programmes=names, areas=areas, since=BEFORE, day=DAY)
    assert told.outside == 1
    return with_given(reach, told.counts, told.quarters)


def test_a_spreadsheet_replaces_the_register_for_its_programmes_and_says_so(engine: Engine, tmp_path: Path) -> None:
    reach = _given(tmp_path, _count(engine))
    rows = {(r["programme"], r["target_group"]): r for r in reach_table(reach, CATALOGUE, GROUPS).records()}
    assert {key[0]: row["source"] for key, row in rows.items()} == {"help": "spreadsheet", "care": "register"}
    assert [rows["help", TOTAL][name] for name in ("families", "offered", "taken_up", "completed")] == [4, 3, 2, 1]
    assert rows["help", "g1"]["offered"] is None  # a spreadsheet knows no target groups
    assert rows["care", "g1"]["offered"] == 1
    table = given_table(reach, CATALOGUE, {})
    assert table is not None
    assert table.rows == (("help", "W1", 3, 2, 1, 1, "none"), ("help", "W2", 3, 1, 1, 0, "none"))
    (wijk, _) = supply_tables(reach, _plan(), {})
    assert [(r["source"], r["offered"]) for r in wijk.records()] == [("both", 1), ("both", 1)]


def test_more_reached_than_fit_is_no_share(engine: Engine, tmp_path: Path) -> None:
    reach = _given(tmp_path, _count(engine), SHEET.replace("2024-Q1;W1;1;", "2024-Q1;W1;50;"))
    rows = {(r["programme"], r["target_group"]): r for r in reach_table(reach, CATALOGUE, GROUPS).records()}
    assert (rows["help", TOTAL]["offered"], rows["help", TOTAL]["reach"]) == (None, None)
    table = given_table(reach, CATALOGUE, {})
    assert table is not None
    assert {row["area"]: row["remark"] for row in table.records()} == {"W1": "more_than_fit", "W2": "none"}
    (wijk, _) = supply_tables(reach, _plan(), {})
    assert [(r["families"], r["offered"], r["unmet"]) for r in wijk.records()] == [(1, None, None), (2, 1, 1.0)]
    assert "more offers than families" in wijk.note.en
    assert reach.reached_share() == {("g1", "W1"): 0.0, ("g1", "W2"): 0.5}  # not known: nobody counts as reached


def test_a_few_more_than_fit_can_be(engine: Engine, tmp_path: Path) -> None:
    # two families in W1 fit; up to ten offers say nothing about how many there are
    reach = _given(tmp_path, _count(engine), SHEET.replace("2024-Q1;W1;1;", "2024-Q1;W1;9;"))
    assert reach.doubtful == frozenset()
    (wijk, _) = supply_tables(reach, _plan(), {})
    assert [(r["families"], r["offered"]) for r in wijk.records()] == [(1, 1), (2, 1)]  # never above all families


def test_families_there_are_those_of_the_year_in_whole_hundreds(engine: Engine) -> None:
    assert families_there(engine, [BEFORE, DAY]) == {"W1": 100, "W2": 100}
    many = pd.DataFrame({"family": [f"x{i}" for i in range(120)], "area_block": "W2", "index_date": DAY})
    engine.load("levels", many)
    assert families_there(engine, [DAY]) == {"W2": 200}

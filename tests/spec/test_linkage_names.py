"""How names, dates and addresses are written in one way: a text table in, the normalised values out."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from riskscreen.engine.duck import Engine
from riskscreen.linkage.comparisons import birth_differs_sql, differs_sql, surname_differs_sql, veto_sql
from riskscreen.linkage.names_sql import layers_sql
from riskscreen.linkage.options import defaults

COLUMNS = ("given_names", "name_prefix", "surname", "birth_date", "sex", "postcode", "house_number")

NAMES = """
given_names | name_prefix | surname          | given   | surnames     | initial
Jan Willem  | van der     | Berg             | jan     | berg         | j
Jan         |             | van der Berg     | jan     | berg         | j
Jan         |             | Vanderberg       | jan     | berg         | j
Jan         |             | BERG, VAN DER    | jan     | berg         | j
J.P.        |             | Jansen-de Vries  | j       | jansen vries | j
Johanna     |             | de Vries-Jansen  | johanna | jansen vries | j
JP          |             | Jansen           | j       | jansen       | j
JAN         |             | JANSEN           | jan     | jansen       | j
Th.         |             | Dijkstra         | t       | dykstra      | t
IJsbrand    |             | Dykstra          | ysbrand | dykstra      | y
Çağla       |             | El Amrani        | cagla   | amrani       | c
Søren       | 't          | Hart             | soren   | hart         | s
Baby        |             | Bos              |         | bos          |
nnb         |             | Bos              |         | bos          |
            |             | Bos              |         | bos          |
Baby Noor   |             | Bos              | noor    | bos          | n
Anne-Marie  |             | d'Hont           | anne    | dhont        | a
Kim         |             | Van              | kim     | van          | k
"""


def rows(table: str) -> list[dict[str, str | None]]:
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [dict(zip(lines[0], [cell or None for cell in line], strict=True)) for line in lines[1:]]


def normal(engine: Engine, given: list[dict[str, str | None]]) -> list[dict[str, object]]:
    frame = pd.DataFrame([{name: row.get(name) for name in COLUMNS} for row in given], dtype=object)
    frame["place"] = range(len(frame))
    engine.load("given", frame)
    columns = {name: f"CAST({name} AS {'DATE' if name == 'birth_date' else 'VARCHAR'})" for name in COLUMNS}
    found = engine.rows(f"SELECT * FROM ({layers_sql('given', ['place'], columns, defaults())}) ORDER BY place")
    names = list(engine.columns(f"({layers_sql('given', ['place'], columns, defaults())})"))
    return [dict(zip(names, row, strict=True)) for row in found]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=1) as made:
        yield made


def test_names_are_written_in_one_way(engine: Engine) -> None:
    given = rows(NAMES)
    for wanted, found in zip(given, normal(engine, given), strict=True):
        assert found["given"] == wanted["given"], wanted
        assert found["initial"] == wanted["initial"], wanted
        assert " ".join(found["surnames"]) == wanted["surnames"], wanted  # type: ignore[arg-type]


def test_dates_and_addresses(engine: Engine) -> None:
    one, other = normal(
        engine,
        [
            {"surname": "Bos", "birth_date": "1980-03-12", "postcode": "6811 ab", "house_number": "12 bis"},
            {"surname": "Bos", "birth_date": "1980-12-03", "postcode": "6811AB", "house_number": "12"},
        ],
    )
    assert one["birth_key"] == other["birth_key"] == 19800312  # day and month turned fall in one block
    assert one["birth_text"] != other["birth_text"]
    assert one["address"] == other["address"] == "6811AB 12"


PAIRS = """
given_a    | surname_a    | birth_a    | given_b      | surname_b    | birth_b    | other_name | other_birth | twins
Daan       | Bos          | 2015-05-01 | Lotte        | Bos          | 2015-05-01 | yes        | no          | yes
D.         | Bos          | 2015-05-01 | L.           | Bos          | 2015-05-01 | yes        | no          | yes
D.         | Bos          | 2015-05-01 | Daan         | Bos          | 2015-05-01 | no         | no          | no
           | Bos          | 2015-05-01 | Daan         | Bos          | 2015-05-01 | no         | no          | no
Daan       | Bos          | 2015-05-01 | Lotte        | Bos          | 2012-07-30 | yes        | yes         | no
Daan       | Bos          | 2015-05-01 | Bos          | Daan         | 2015-05-01 | no         | no          | no
van Bos    | Daan Pieter  | 2015-05-01 | Daan         | Bos          | 2015-01-05 | no         | no          | no
Daan Piet  | Bos          | 2015-05-01 | Piet         | Vos          | 2015-05-01 | no         | no          | no
Dana       | Bos          | 2015-05-01 | Daan         | Jansen       | 2015-05-01 | no         | no          | no
"""


def test_what_counts_as_another_name_another_birth_date_and_twins(engine: Engine) -> None:
    given = rows(PAIRS)
    sides = [
        {"given_names": row[f"given_{s}"], "surname": row[f"surname_{s}"], "birth_date": row[f"birth_{s}"]}
        for row in given
        for s in "ab"
    ]
    normal(engine, sides)
    columns = {name: f"CAST({name} AS {'DATE' if name == 'birth_date' else 'VARCHAR'})" for name in COLUMNS}
    engine.run(f"CREATE OR REPLACE TABLE sides AS {layers_sql('given', ['place'], columns, defaults())}")
    found = engine.rows(
        f"SELECT {differs_sql('a', 'b')}, {birth_differs_sql('a', 'b')}, {veto_sql('a', 'b')} "
        "FROM sides AS a JOIN sides AS b ON b.place = a.place + 1 WHERE a.place % 2 = 0 ORDER BY a.place"
    )
    for row, answers in zip(given, found, strict=True):
        wanted = tuple(row[name] == "yes" for name in ("other_name", "other_birth", "twins"))
        assert answers == wanted, row


def test_surnames_share_a_part(engine: Engine) -> None:
    normal(engine, [{"surname": "Jansen-de Vries"}, {"surname": "Vries"}, {"surname": "Bakker"}])
    columns = {name: f"CAST({name} AS {'DATE' if name == 'birth_date' else 'VARCHAR'})" for name in COLUMNS}
    engine.run(f"CREATE OR REPLACE TABLE sides AS {layers_sql('given', ['place'], columns, defaults())}")
    sql = f"SELECT {surname_differs_sql('a', 'b')} FROM sides AS a, sides AS b WHERE a.place = 0 AND b.place = ?"
    assert not engine.value(sql, (1,))
    assert engine.value(sql, (2,))

"""Reach on the committed registers equals a count row by row, and a spreadsheet made from the same register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from riskscreen.engine.duck import Engine
from riskscreen.linkage import link, replace_numbers
from riskscreen.programmes import Catalogue, Reach, count_reach, load_programmes, read_provider_files, with_given
from riskscreen.programmes.reach import STEPS
from riskscreen.programmes.reach_tables import reach_table
from riskscreen.records.definitions import TargetGroup
from riskscreen.records.tables import TOTAL
from riskscreen.records.texts import same
from riskscreen.registers import Registers, open_registers
from riskscreen.stressors.loading import load_catalogue
from riskscreen.stressors.profiling import profile

SINCE, DAY = date(2024, 1, 1), date(2025, 1, 1)
GROUPS = (
    TargetGroup("g1", same("g1"), "debt_arrears >= 1 and single_parent >= 1", "any", ("debt",)),
    TargetGroup("g2", same("g2"), "parent_mental_health >= 1 or debt_arrears >= 1", "any", ("debt",)),
)
STRESSORS = load_catalogue("all")
CATALOGUE = load_programmes(stressors=STRESSORS.ids)


@pytest.fixture(scope="module")
def registers(committed_registers: Path) -> Iterator[Registers]:
    with open_registers(committed_registers) as registers:
        link(registers, [SINCE, DAY], key="seed")
        replace_numbers(registers)
        profile(registers, STRESSORS, "new_report", [SINCE, DAY], 12, threshold=10)
        yield registers


@pytest.fixture(scope="module")
def reach(registers: Registers) -> Reach:
    counted, _ = count_reach(
        registers.engine, GROUPS, CATALOGUE.programmes, DAY, SINCE, register=True, earlier=[SINCE, DAY]
    )
    return counted


def _holds(levels: pd.DataFrame, text: str) -> pd.Series[bool]:
    found = levels.eval(text.replace(" = ", " == ").replace("true", "1"), engine="python")
    return found.fillna(False).astype(bool)


def _by_hand(engine: Engine, catalogue: Catalogue) -> dict[tuple[str, str, str], list[int]]:
    """Row by row: which family fits what, and what happened to it."""
    names = [*STRESSORS.ids, "prenatal", "child_0_3", "child_4_11", "child_12_17"]
    columns = ", ".join(f"coalesce({name}::INTEGER, -1) AS {name}" for name in names)  # not covered: never at a level
    levels = engine.frame(
        f"SELECT family, area_block, {columns} FROM levels WHERE index_date = DATE '{DAY}' AND NOT apart"
    )
    group = pd.Series("none", index=levels.index)
    for item in reversed(GROUPS):
        group[_holds(levels, item.filter)] = item.id
    people: dict[str, set[str]] = {}
    for person, family, role in engine.rows(f"SELECT person, family, role FROM members WHERE index_date = '{DAY}'"):
        if role != "outside_parent":
            people.setdefault(person, set()).add(family)
    happened: dict[tuple[str, str], set[str]] = {}
    for person, programme, offer, start, end, known in engine.rows(
        "SELECT person, programme, event_date, start_date, completed_date, recorded_date FROM registers.participation"
    ):
        if SINCE <= offer < DAY and known < DAY:
            started = start is not None and start < DAY
            done = {"offered"} | ({"taken_up"} if started else set())
            done |= {"completed"} if started and end is not None and end < DAY else set()
            for family in people.get(person, ()):
                happened.setdefault((family, programme), set()).update(done)
    counts: dict[tuple[str, str, str], list[int]] = {}
    for item in catalogue.programmes:
        fits = _holds(levels, item.filter)
        for family, area, of in zip(levels["family"][fits], levels["area_block"][fits], group[fits], strict=True):
            row = counts.setdefault((item.id, of, area), [0, 0, 0, 0])
            row[0] += 1
            for i, step in enumerate(STEPS, start=1):
                row[i] += step in happened.get((family, item.id), ())
    return counts


def test_the_register_says_what_a_count_row_by_row_says(registers: Registers, reach: Reach) -> None:
    made = {
        (row.programme, row.target_group, row.area_block): [row.families, row.offered, row.taken_up, row.completed]
        for row in reach.pairs.itertuples()
    }
    by_hand = _by_hand(registers.engine, CATALOGUE)
    assert made == by_hand
    sums = [sum(row[i] for row in by_hand.values()) for i in range(4)]
    assert sums[0] > 1000
    assert sums[1] >= sums[2] >= sums[3] > 0


def test_reach_by_wijk_sums_to_the_total(reach: Reach) -> None:
    rows = {(r["programme"], r["target_group"]): r for r in reach_table(reach, CATALOGUE, GROUPS).records()}
    for item in CATALOGUE.programmes:
        parts = reach.pairs[reach.pairs["programme"] == item.id]
        for name in ("families", *STEPS):
            groups = sum(rows[key][name] or 0 for key in rows if key[0] == item.id and key[1] != TOTAL)
            assert rows[item.id, TOTAL][name] == int(parts[name].sum()) == groups


def test_a_spreadsheet_made_from_the_register_says_the_same(reach: Reach, tmp_path: Path) -> None:
    lines = ["provider;programme;quarter;area;offered;taken_up;completed"]
    sums: Counter[tuple[str, str, str]] = Counter()
    for row in reach.pairs.to_dict("records"):
        for name in STEPS:
            sums[row["programme"], row["area_block"], name] += int(row[name])
    places = sorted({key[:2] for key in sums})
    lines += [f"A;{p};2024-Q4;{area};" + ";".join(str(sums[p, area, name]) for name in STEPS) for p, area in places]
    file = tmp_path / "q.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    areas = {area: area for _, area in places}
    told = read_provider_files([file], mapping=None, programmes=CATALOGUE.names, areas=areas, since=SINCE, day=DAY)
    given = with_given(reach, told.counts, told.quarters)
    first, second = (
        {r["programme"]: r for r in reach_table(one, CATALOGUE, GROUPS).records() if r["target_group"] == TOTAL}
        for one in (reach, given)
    )
    for item in CATALOGUE.programmes:
        for name in ("families", *STEPS, "reach", "uptake"):
            assert first[item.id][name] == second[item.id][name], (item.id, name)
        assert (first[item.id]["source"], second[item.id]["source"]) == ("register", "spreadsheet")

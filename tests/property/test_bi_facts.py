"""The star loses no released cell, doubles none, and adds up to nothing that the gate hid."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from bi_offices import an_office
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from riskscreen import bi
from riskscreen.bi.books import open_books, releases_in
from riskscreen.bi.saved import Saved, read_tables
from riskscreen.records.tables import TOTAL, Column, Table
from riskscreen.records.texts import same

SIZES = st.one_of(st.integers(0, 12), st.integers(10, 60), st.integers(100, 900))
SHARES = st.sampled_from([0.0, 0.02, 0.1, 0.5, 0.97, 1.0])
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """One- and two-way tables of families and outcomes, with totals, rates, bounds, words and holes."""
    shape = (draw(st.integers(2, 5)), draw(st.integers(1, 3)))
    totals = draw(st.booleans())
    codes = {f"WK99990{k}": same(f"w{k}") for k in range(5)}
    groups = {f"g{k}": same(f"g{k}") for k in range(3)}
    cells: dict[tuple[str, str], tuple[int, int]] = {}
    for area in list(codes)[: shape[0]]:
        for group in list(groups)[: shape[1]]:
            families = draw(SIZES)
            cells[area, group] = (families, int(families * draw(SHARES)))
    if totals:
        cells |= _margins(cells)
    columns = (
        Column("area", "key", same("area"), labels=codes),
        Column("group", "key", same("group"), labels=groups),
        Column("families", "count", same("families"), "families"),
        Column("outcomes", "count", same("outcomes"), "families", base="families"),
        Column("rate", "rate", same("rate"), "share", of="outcomes", base="families"),
        Column("rate_low", "estimate", same("low"), "share", base="families"),
        Column("rate_high", "estimate", same("high"), "share", base="families"),
        Column("mark", "code", same("mark"), labels={"a": same("a"), "b": same("b")}),
    )
    return Table("t", same("t"), columns, tuple((*key, *_figures(*pair)) for key, pair in cells.items()))


def _margins(cells: dict[tuple[str, str], tuple[int, int]]) -> dict[tuple[str, str], tuple[int, int]]:
    out: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for (area, group), (families, outcomes) in cells.items():
        for key in ((area, TOTAL), (TOTAL, group), (TOTAL, TOTAL)):
            out[key] = (out[key][0] + families, out[key][1] + outcomes)
    return dict(out)


def _figures(families: int, outcomes: int) -> tuple[Any, ...]:
    rate = outcomes / families if families else None
    low, high = (None, None) if rate is None else (rate / 2, min(1.0, rate * 2))
    return (families, outcomes, rate, low, high, "a" if families % 2 else None)


def star_and_table(table: Table) -> tuple[bi.Star, Saved]:
    with tempfile.TemporaryDirectory() as place:
        office = an_office(Path(place), (table,)).path
        star = bi.read(office, channel="internal")
        release = next(r for r in releases_in(open_books(office)) if r.channel == "internal")
        return star, next(iter(read_tables(release)))


def cells_of(star: bi.Star) -> Counter[tuple[Any, ...]]:
    """Every figure of the star as (measure, area, group, what, figure or word, status)."""
    found: Counter[tuple[Any, ...]] = Counter()
    words = dict(zip(star.table("groups")["group_key"], star.table("groups")["name_en"], strict=True))
    for name in ("facts", "totals"):
        for row in star.tables[name].to_pylist():
            at = (row["measure_key"], row["area_key"], words[row["group_key"]])
            value = row["value"] if row["code"] is None else row["code"]
            found[(*at, "value", value, row["status"])] += 1
            for end in ("low", "high"):
                if row[f"{end}_status"] is not None:
                    found[(*at, end, row[end], row[f"{end}_status"])] += 1
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=CHECKS)
@given(tables())
def test_every_released_cell_is_a_fact_once(table: Table) -> None:
    star, saved = star_and_table(table)
    measures = {row["column_name"]: row for row in star.tables["measures"].to_pylist()}
    ends = {row["low_column"]: (name, "low") for name, row in measures.items() if row["low_column"]}
    ends |= {row["high_column"]: (name, "high") for name, row in measures.items() if row["high_column"]}
    expected: Counter[tuple[Any, ...]] = Counter()
    for row, states in zip(saved.table.rows, saved.status, strict=True):
        group = saved.table.columns[1].labels.get(str(row[1]), same(str(row[1]))).en
        for column, value, state in list(zip(saved.table.columns, row, states, strict=True))[2:]:
            name, what = ends.get(column.name, (column.name, "value"))
            expected[(f"t.{name}", row[0], group, what, value, state)] += 1
    assert cells_of(star) == expected


@settings(max_examples=60, deadline=None, suppress_health_check=CHECKS)
@given(tables())
def test_no_sum_of_additive_facts_gives_a_hidden_cell_away(table: Table) -> None:
    """In every line with a total, what may be added makes at most the total, and what it lacks is no single cell."""
    star, _ = star_and_table(table)
    facts, totals = (star.tables[name].to_pylist() for name in ("facts", "totals"))
    for total in totals:
        if not total["measure_key"].endswith((".families", ".outcomes")) or total["total_over"].count(" "):
            continue
        over = {"area": "area_key", "group": "group_key"}[total["total_over"]]
        other = "group_key" if over == "area_key" else "area_key"
        line = [f for f in facts if (f["measure_key"], f[other]) == (total["measure_key"], total[other])]
        added = sum(f["value"] for f in line if f["additive"])
        hidden = [f for f in line if f["status"] == "suppressed"]
        event(f"may be added: {any(f['additive'] for f in line)}, hidden: {min(len(hidden), 2)}")
        if total["status"] == "shown":
            assert added <= total["value"]
            assert len(hidden) != 1 or total["value"] == 0
        if line and all(f["complete"] for f in line):
            assert added == total["value"]
    for fact in facts:
        assert not fact["additive"] or fact["status"] == "shown"
        assert not fact["complete"] or fact["additive"]


@settings(max_examples=25, deadline=None, suppress_health_check=CHECKS)
@given(tables())
def test_what_is_hidden_has_no_figure_anywhere(table: Table) -> None:
    star, _ = star_and_table(table)
    for name in ("facts", "totals"):
        for row in star.tables[name].to_pylist():
            pairs = [("value", "status"), ("low", "low_status"), ("high", "high_status")]
            assert all(row[v] is None for v, s in pairs if row[s] in ("suppressed", "not_covered"))
            assert row["code"] is None or row["status"] == "shown"

"""A table hides the same cells whoever reads it: tables that do not leave are judged along, in any order."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from riskscreen.disclosure import gate as gating
from riskscreen.disclosure.gate import ReleasedTable, gate
from riskscreen.records.approvals import Subject
from riskscreen.records.hashlog import HashLog
from riskscreen.records.tables import CHANNELS, TOTAL, Channel, Column, Table
from riskscreen.records.texts import same
from riskscreen.settings import Release

DAY = date(2025, 1, 1)
SUBJECT = Subject("demo", "Ann Maker", "c" * 64, "s" * 64, "r" * 64, "p" * 64, "a" * 64)
INSIDE: tuple[Channel, ...] = ("review", "internal")
SEEDS = range(10)
SIZES = (0, 4, 9, 11, 14, 30, 150, 600)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("office")
    body = {"subject": SUBJECT.hash, "by": "Board", "reason": "seen", "until": "2025-06-30", "channels": list(CHANNELS)}
    decisions = HashLog(folder / "decisions.jsonl")
    decisions.append("approve", body, time="2024-12-01T00:00:00+00:00")
    return SimpleNamespace(ledger=HashLog(folder / "ledger.jsonl"), decisions=decisions)


def made(seed: int) -> list[Table]:
    """Wijken, their buurten, and groups of families: tables that share totals, at least one of them for inside only."""
    random = np.random.default_rng((20260101, seed))
    wijken = [f"WK0202{k:02d}" for k in range(random.integers(2, 4))]
    buurten = {f"BU{wijk[2:]}{k:02d}": wijk for wijk in wijken for k in range(random.integers(1, 4))}
    families = random.choice(SIZES, size=(len(buurten), 2))
    outcomes = random.binomial(families, random.choice([0.05, 0.3, 0.9]))
    counts = np.stack([families, outcomes], axis=-1)
    inside = {wijk: [n for n, at in enumerate(buurten.values()) if at == wijk] for wijk in wijken}
    by_wijk = {wijk: counts[own].sum((0, 1)) for wijk, own in inside.items()}
    by_buurt = {name: counts[n].sum(0) for n, name in enumerate(buurten)}
    by_group = {f"g{k}": counts[:, k].sum(0) for k in range(2)}
    tables = [
        table("areas_wijk", "area", by_wijk, total=bool(random.integers(2))),
        table("areas_buurt", "area", by_buurt),
        table("areas_groups", "group", by_group, total=True),
    ]
    public = random.random(3) < 0.6
    public[[random.integers(3)]] = False  # somebody stays inside
    if not public.any():
        public[int(np.flatnonzero(~public)[0])] = True
    return [one if out else narrowed(one) for one, out in zip(tables, public, strict=True)]


def table(name: str, key: str, rows: dict[str, np.ndarray], *, total: bool = False) -> Table:
    columns = (
        Column(key, "key", same(key), labels={code: same(code) for code in rows}),
        Column("families", "count", same("families"), "families"),
        Column("outcomes", "count", same("outcomes"), "families", base="families"),
        Column("rate", "rate", same("rate"), "share", of="outcomes", base="families"),
    )
    whole = {TOTAL: np.sum(list(rows.values()), axis=0)} if total else {}
    told = [(code, int(f), int(o), o / f if f else None) for code, (f, o) in (rows | whole).items()]
    return Table(name, same(name), columns, tuple(told))


def narrowed(one: Table) -> Table:
    return Table(one.name, one.title, one.columns, one.rows, channels=INSIDE)


def passed(office: Any, tables: list[Table], channel: Channel, *, alone: bool = False) -> dict[str, ReleasedTable]:
    """What leaves by a channel; judged anew, for the gate keeps what it judged last."""
    gating._LAST.clear()
    leave = [one for one in tables if channel in one.channels]
    along = [] if alone else [one for one in tables if channel not in one.channels]
    asked = {"office": office, "subject": SUBJECT, "release": Release(), "day": DAY, "beside": along}
    return {one.name: one for one in gate(leave, channel=channel, **asked)}


def same_cells(one: ReleasedTable, other: ReleasedTable) -> bool:
    return (one.table.rows, one.status, one.content_hash) == (other.table.rows, other.status, other.content_hash)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_public_is_bit_for_bit_what_is_read_inside(office: Any, seed: int) -> None:
    tables = made(seed)
    inside = passed(office, tables, "internal")
    assert set(inside) == {one.name for one in tables}
    shuffled = [tables[k] for k in np.random.default_rng(seed).permutation(len(tables))]
    for given in (tables[::-1], shuffled):
        public = passed(office, given, "public")
        assert set(public) == {one.name for one in tables if "public" in one.channels}
        assert all(same_cells(one, inside[name]) for name, one in public.items())
    again = passed(office, shuffled, "internal")
    assert all(same_cells(one, inside[name]) for name, one in again.items())


def test_judged_alone_some_would_hide_other_cells(office: Any) -> None:
    """So the comparison above can fail: two versions of one table could be subtracted."""
    differ = 0
    for seed in SEEDS:
        tables = made(seed)
        inside, alone = passed(office, tables, "internal"), passed(office, tables, "public", alone=True)
        differ += not all(same_cells(one, inside[name]) for name, one in alone.items())
    assert differ > 0

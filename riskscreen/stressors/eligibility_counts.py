"""Counts per neighbourhood for the eligibility of stressors: few passes over ``levels``, and only counts leave it.

Most families have few stressors, so what is counted is a list of the stressors that are there; families without one
follow by subtraction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.records.definitions import Stressor
from riskscreen.stressors.levels import GROUPS

Array = NDArray[np.float64]

_FOLLOWED = "outcome IS NOT NULL AND NOT apart"
_THREE = "count(*), count(*) FILTER (followed), coalesce(sum(outcome) FILTER (followed), 0)"
"""Families, families followed, and their outcomes."""


@dataclass(frozen=True, slots=True)
class DayCounts:
    """Families, followed families and outcomes (last axis) on one index date.

    Parameters
    ----------
    known, having, alone
        Shape ``(neighbourhoods, stressors, 3)``: level known; with the stressor; with no other one.
    none
        Shape ``(neighbourhoods, 3)``: without any stressor.
    partly
        Places of the stressors whose level is unknown for some families.
    """

    known: Array
    having: Array
    alone: Array
    none: Array
    partly: frozenset[int]


def count_dates(
    engine: Engine, stressors: Sequence[Stressor], dates: Sequence[date], blocks: Sequence[str]
) -> tuple[Array, Array, Array]:
    """Per index date and neighbourhood: families; per stressor those with a known level, and those with it.

    Returns
    -------
    tuple
        Shapes ``(dates, neighbourhoods)``, ``(dates, neighbourhoods, stressors)`` twice.
    """
    parts = ", ".join([f"count({s.id})" for s in stressors] + [f"coalesce(sum({s.id} > 0), 0)" for s in stressors])
    at = {name: place for place, name in enumerate(blocks)}
    counts = np.zeros((len(dates), len(blocks), 1 + 2 * len(stressors)))
    for row in engine.rows(f"SELECT index_date, area_block, count(*), {parts} FROM levels GROUP BY ALL"):
        if row[0] in dates:
            counts[list(dates).index(row[0]), at[row[1]]] = row[2:]
    return counts[:, :, 0], counts[:, :, 1 : 1 + len(stressors)], counts[:, :, 1 + len(stressors) :]


@contextmanager
def listed(engine: Engine, stressors: Sequence[Stressor], day: date, blocks: Sequence[str]) -> Iterator[None]:
    """For a while the engine has ``eligible_rows`` (families of one date) and ``eligible_present`` (what they have)."""
    present = " + ".join(f"coalesce({s.id} > 0, FALSE)::INTEGER" for s in stressors)
    names = ", ".join((*GROUPS, *(s.id for s in stressors)))
    place = "list_position([" + ", ".join(literal(block) for block in blocks) + "], area_block) - 1"
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE eligible_blocks AS SELECT area_block, ({place})::INTEGER AS block\n"
        "FROM (SELECT DISTINCT area_block FROM levels)"
    )
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE eligible_rows AS\nSELECT block, {names}, {present} AS present,\n"
        f"  {_FOLLOWED} AS followed, outcome\n"
        f"FROM levels JOIN eligible_blocks USING (area_block) WHERE index_date = {literal(day)}"
    )
    parts = [
        f"SELECT {place} AS stressor, {s.id} AS level, block, {', '.join(GROUPS)}, present, followed, outcome\n"
        f"FROM eligible_rows WHERE {s.id} > 0"
        for place, s in enumerate(stressors)
    ]
    engine.run(f"CREATE OR REPLACE TEMP TABLE eligible_present AS\n{' UNION ALL '.join(parts)}")
    try:
        yield
    finally:
        for table in ("eligible_blocks", "eligible_rows", "eligible_present"):
            engine.run(f"DROP TABLE {table}")


def count_day(engine: Engine, stressors: Sequence[Stressor], blocks: int) -> DayCounts:
    """Families, followed and outcomes from the lists of :func:`listed`."""
    shape = (blocks, len(stressors), 3)
    having, alone, none, everyone = np.zeros(shape), np.zeros(shape), np.zeros((blocks, 3)), np.zeros((blocks, 3))
    for target, where in ((having, "TRUE"), (alone, "present = 1")):
        rows = _numbers(
            engine, f"SELECT block, stressor, {_THREE} FROM eligible_present WHERE {where} GROUP BY block, stressor"
        )
        target[rows[:, 0].astype(int), rows[:, 1].astype(int)] = rows[:, 2:]
    for sums, where in ((none, "present = 0"), (everyone, "TRUE")):
        rows = _numbers(engine, f"SELECT block, {_THREE} FROM eligible_rows WHERE {where} GROUP BY block")
        sums[rows[:, 0].astype(int)] = rows[:, 1:]
    known = np.repeat(everyone[:, None, :], len(stressors), axis=1)
    for place, s in enumerate(stressors):
        rows = _numbers(engine, f"SELECT block, {_THREE} FROM eligible_rows WHERE {s.id} IS NULL GROUP BY block")
        known[rows[:, 0].astype(int), place] -= rows[:, 1:]
    partly = frozenset(place for place in range(len(stressors)) if (known[:, place, 0] < everyone[:, 0]).any())
    return DayCounts(known, having, alone, none, partly)


def count_group(
    engine: Engine, stressors: Sequence[Stressor], group: str, blocks: int, partly: frozenset[int]
) -> list[Array]:
    """Per stressor the families per neighbourhood, level and value of a group column.

    Families of which the group is not known are left out.

    Returns
    -------
    list
        One array per stressor, shape ``(neighbourhoods, levels, values)``.
    """
    said = f"{group} IS NOT NULL AND {group} <> 'unknown'"
    values = [row[0] for row in engine.rows(f"SELECT DISTINCT {group} FROM eligible_rows WHERE {said} ORDER BY ALL")]
    if not values:
        return [np.zeros((blocks, s.top + 1, 0)) for s in stressors]
    coded = f"list_position([{', '.join(literal(value) for value in values)}], {group}) - 1"
    keys = f"block, ({coded})::INTEGER AS value"
    everyone = _filled(
        (blocks, len(values)),
        _numbers(engine, f"SELECT {keys}, count(*) FROM eligible_rows WHERE {said} GROUP BY ALL"),
    )
    found = []
    rows = _numbers(
        engine, f"SELECT stressor, {keys}, level, count(*) FROM eligible_present WHERE {said} GROUP BY ALL ORDER BY 1"
    )
    for place, s in enumerate(stressors):
        own = rows[rows[:, 0] == place][:, 1:]
        levels = _filled((blocks, everyone.shape[1], s.top + 1), own)
        levels[:, :, 0] = everyone - levels.sum(axis=2)
        if place in partly:
            where = f"{said} AND {s.id} IS NULL"
            unknown = _numbers(engine, f"SELECT {keys}, count(*) FROM eligible_rows WHERE {where} GROUP BY ALL")
            levels[:, :, 0] -= _filled(everyone.shape, unknown)
        found.append(np.swapaxes(levels, 1, 2))
    return found


def _numbers(engine: Engine, sql: str) -> Array:
    return np.asarray(engine.frame(sql).to_numpy(dtype=np.float64))


def _filled(shape: tuple[int, ...], rows: Array) -> Array:
    """An array with the last column of the rows at the places of the other columns, 0 elsewhere."""
    counts = np.zeros(shape)
    counts[tuple(rows[:, :-1].astype(int).T)] = rows[:, -1]
    return counts

"""Who lives in each wijk, and in which domains stressors pile up there: counts of families on one index date.

Both tables leave out families with an open case, as the counts for programmes do: tables that differ in that alone
could be subtracted from each other. The few families whose wijk is not known are left out too: hiding them would take a
whole wijk with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from riskscreen.areas.halves import UNKNOWN
from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.records.definitions import DOMAINS, STAGE_FLAGS, STAGES, Stressor
from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Column, Table, Value
from riskscreen.records.texts import Text, same

SEVERAL = "three_or_more"
"""The code of *stressors in three or more domains at once*."""
MANY = 3
KINDS: Mapping[str, Text] = {
    **{flag: STAGES[stage] for flag, stage in STAGE_FLAGS.items()},
    "single_parent": Text("single parent", "alleenstaande ouder"),
    "stepfamily": Text("stepfamily", "stiefgezin"),
}
"""Kinds of families that a wijk is described by; a family can be of several. Never origin."""
PILED: Mapping[str, Text] = {**DOMAINS, SEVERAL: Text("three or more domains", "drie of meer domeinen")}

_Counts = dict[str, dict[str, tuple[int, int]]]
"""Per kind and wijk: families of that kind, and families of which it is known."""


def describe_wijken(
    engine: Engine, stressors: Sequence[Stressor], day: date, *, names: Mapping[str, str] | None = None
) -> tuple[Table, Table]:
    """The tables ``wijk_families`` and ``wijk_domains``; one pass over ``levels`` each, not yet released.

    Parameters
    ----------
    engine
        Holds ``levels``.
    stressors
        The stressors that ``levels`` holds.
    day
        The index date.
    names
        Name per wijk; default: its code.

    Returns
    -------
    tuple of Table
        Per wijk (and in all) families of each of ``KINDS``, and families with a stressor in each domain and in three
        or more domains, beside the families of which that could be seen. A domain of which nothing could be seen is
        not covered.
    """
    kinds = {kind: (_kind_sql(kind), "TRUE") for kind in KINDS}
    families = _count(engine, kinds, day)
    domains = _count(engine, _domains_sql(stressors), day)
    labels = _labels(families, names or {})
    return (
        _table(
            "wijk_families",
            Text("Families per wijk", "Gezinnen per wijk"),
            Column("kind", "key", Text("kind of family", "soort gezin"), labels=KINDS),
            families,
            labels,
        ),
        _table(
            "wijk_domains",
            Text("Where stressors pile up, per wijk", "Waar stressoren samenkomen, per wijk"),
            Column("domain", "key", Text("domain", "domein"), labels=PILED),
            domains,
            labels,
        ),
    )


def _kind_sql(kind: str) -> str:
    return kind if kind in STAGE_FLAGS else f"family_form = '{kind}'"


def _domains_sql(stressors: Sequence[Stressor]) -> dict[str, tuple[str, str]]:
    """Per domain: has the family a stressor in it, and could any be seen?"""
    within: dict[str, list[str]] = {}
    for stressor in stressors:
        within.setdefault(stressor.domain, []).append(stressor.id)
    found = {
        name: (_any(within[name], "{} > 0"), _any(within[name], "{} IS NOT NULL")) for name in DOMAINS if name in within
    }
    if len(found) >= MANY:
        several = " + ".join(f"({has})::TINYINT" for has, _ in found.values())
        found[SEVERAL] = f"{several} >= {MANY}", " OR ".join(f"({seen})" for _, seen in found.values())
    return found


def _any(columns: Sequence[str], test: str) -> str:
    return " OR ".join(f"coalesce({test.format(column)}, FALSE)" for column in columns)


def _count(engine: Engine, kinds: Mapping[str, tuple[str, str]], day: date) -> _Counts:
    if not kinds:
        return {}
    parts = ", ".join(
        f"count(*) FILTER (WHERE ({has}) AND ({seen})), count(*) FILTER (WHERE {seen})" for has, seen in kinds.values()
    )
    rows = engine.rows(
        f"SELECT area_block, {parts} FROM levels "
        f"WHERE index_date = {literal(day)} AND NOT apart AND area_block NOT IN ('', '{UNKNOWN}') "
        "GROUP BY ALL ORDER BY ALL"
    )
    return {
        kind: {row[0]: (int(row[1 + 2 * place]), int(row[2 + 2 * place])) for row in rows}
        for place, kind in enumerate(kinds)
    }


def _labels(counts: _Counts, names: Mapping[str, str]) -> dict[str, Text]:
    wijken = sorted({wijk for found in counts.values() for wijk in found})
    return {**{wijk: same(names.get(wijk, wijk)) for wijk in wijken}, TOTAL: TOTAL_LABEL}


def _table(name: str, title: Text, kind: Column, counts: _Counts, labels: Mapping[str, Text]) -> Table:
    rows: list[tuple[Value, ...]] = []
    for code, found in counts.items():
        total = sum(part for part, _ in found.values()), sum(whole for _, whole in found.values())
        rows += [_row(wijk, code, *pair) for wijk, pair in sorted(found.items())]
        rows.append(_row(TOTAL, code, *total))
    return Table(
        name,
        title,
        (
            kind,
            Column("area", "key", Text("wijk", "wijk"), labels=labels),
            Column("all_families", "count", Text("families seen", "gezinnen te zien"), "families"),
            Column("families", "count", Text("families", "gezinnen"), "families", base="all_families"),
            Column("share", "rate", Text("share", "aandeel"), "share", of="families", base="all_families"),
        ),
        tuple(rows),
        note=Text(
            "Families in a known wijk without an open case, on the newest index date. A family can be in several rows "
            "of a wijk.",
            "Gezinnen in een bekende wijk zonder lopende zaak, op de nieuwste peildatum. Een gezin kan in meer rijen "
            "van een wijk staan.",
        ),
    )


def _row(wijk: str, code: str, families: int, known: int) -> tuple[Value, ...]:
    if not known:
        return (code, wijk, None, None, None)
    return (code, wijk, known, families, families / known)

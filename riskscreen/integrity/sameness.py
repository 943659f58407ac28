"""Equal families, equal levels: a name, the order of the rows and a double change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from riskscreen.engine.sql import literal
from riskscreen.integrity.copies import Copy, persons_of
from riskscreen.integrity.findings import Finding, judged
from riskscreen.integrity.levels import STATE, Compute, Design
from riskscreen.registers.schemas import schemas

TWIN = "twin-"
_NAMES = ("household", "address", "report")
"""Numbers of things other than persons; they are renamed too."""
_ONCE = ("areas",)
"""Registers about places: they are not doubled."""


def find_favourites(copy: Copy, design: Design, dates: Sequence[date], *, run: str, compute: Compute) -> list[Finding]:
    """Give every family a twin with other names, shuffle all rows, and count profiles.

    The twins have the same profiles as the others (a name decides nothing), the others have those of the run (the order
    of the rows decides nothing), and together there are two of each.
    """
    registers = copy.show(twins_sql)
    for name in registers.present:  # once in another order: what a view gives would come as the base has it
        _shuffle(copy, name)
    compute(registers, design, dates)
    twins, others = (f"family {sign} '{TWIN}%'" for sign in ("LIKE", "NOT LIKE"))
    on = f"index_date IN ({', '.join(literal(day) for day in dates)})"
    here = f"FROM levels WHERE {on}"
    return [
        _equal(copy, design, "renamed", f"{here} AND {others}", f"{here} AND {twins}"),
        _equal(copy, design, "shuffled", f"FROM {run} WHERE {on}", f"{here} AND {others}"),
    ]


def twins_sql(register: str, table: str) -> str:
    """Every row twice, the second time with other numbers for persons, households, addresses and reports."""
    if register in _ONCE:
        return f"SELECT * FROM {table}"
    there = schemas()[register].names
    renamed = [*persons_of(register), *(name for name in _NAMES if name in there)]
    names = ", ".join(f"CASE WHEN {n} IS NOT NULL THEN '{TWIN}' || md5({n}) END AS {n}" for n in renamed)
    return f"SELECT * FROM {table} UNION ALL SELECT * REPLACE ({names}) FROM {table}"


def _shuffle(copy: Copy, name: str) -> None:
    engine = copy.engine
    engine.run("SET preserve_insertion_order = true")
    try:
        engine.run(f"CREATE TABLE registers.{name}_in_disorder AS FROM registers.{name} AS r ORDER BY md5(r::VARCHAR)")
    finally:
        engine.run("SET preserve_insertion_order = false")
    engine.run(f"DROP VIEW registers.{name}")
    engine.run(f"ALTER TABLE registers.{name}_in_disorder RENAME TO {name}")


def _equal(copy: Copy, design: Design, part: str, left: str, right: str) -> Finding:
    """Families by which one count of profiles differs from another."""
    keys = ", ".join(["index_date", "area_block", *STATE, *design.catalogue.ids, "outcome"])
    counted = [f"(SELECT {keys}, count(*) AS families {source} GROUP BY ALL)" for source in (left, right)]
    looked = copy.engine.value(f"SELECT count(*) {left}")
    wrong = sum(
        int(copy.engine.value(f"SELECT coalesce(sum(families), 0) FROM (FROM {one} EXCEPT FROM {other})"))
        for one, other in (counted, counted[::-1])
    )
    return judged("sameness", part, looked, "families", wrong)

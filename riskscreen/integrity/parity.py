"""Parity: an old index date computed with everything that is recorded by now, beside what a run at that time saw.

Each difference is laid to what changed in the registers of that family's members since: numbers that were linked
otherwise, rows that were recorded late, ends that became known late. A difference with none of these is unexplained:
the computation itself then differs between then and now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from riskscreen.engine.duck import Engine, quote
from riskscreen.engine.sql import literal
from riskscreen.integrity.copies import CHANGES_FAMILIES, Copy, columns_of, persons_of
from riskscreen.integrity.cutting import cut_sql
from riskscreen.integrity.findings import Finding, judged
from riskscreen.integrity.levels import Compute, Design, keep_levels

CAUSES = ("coverage", "linkage", "late_recording", "late_end", "unexplained")
"""In the order in which a difference is laid to them."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Differences with one cause: levels that differ, and families that were there only then or only now."""

    cause: str
    levels: int
    families: int


def find_differences(
    copy: Copy, design: Design, day: date, *, compute: Compute, then: Compute
) -> tuple[list[Finding], list[Difference]]:
    """Compare an old index date as it was then with what is recorded about it by now.

    Parameters
    ----------
    compute, then
        Make families and levels from registers as they are now, and as they were then: the same function, unless the
        library that computed then is another than the one that computes now.
    """
    engine = copy.engine
    seen = copy.show(lambda name, table: _seen_then(name, table, day), schema="arrived")
    then(seen, design, [day])
    _keep(engine, "then")
    engine.run("CREATE OR REPLACE TABLE crosswalk_then AS FROM crosswalk")
    compute(copy.show(known_now_sql), design, [day])
    _keep(engine, "now")
    _causes(copy, day)
    differences = _explained(engine, design)
    compared = engine.value("SELECT count(*) FROM then_levels") * len(design.catalogue)
    unexplained = next(one for one in differences if one.cause == "unexplained")
    wrong = unexplained.levels + unexplained.families
    about = _unexplained_stressors(engine)
    return [judged("parity", "explained", compared, "levels", wrong, about)], differences


def known_now_sql(register: str, table: str) -> str:
    """The register as if everything had been recorded on the day it happened."""
    there = columns_of(register, kind="date")
    soon = []
    happened = _happened(register)
    if happened and "recorded_date" in there:
        soon.append(f"least(recorded_date, {happened}) AS recorded_date")
    if "end_recorded_date" in there:
        soon.append("CASE WHEN end_date IS NOT NULL THEN end_date END AS end_recorded_date")
    if "birth_recorded_date" in there:
        soon.append("birth_date AS birth_recorded_date")
    return f"SELECT * REPLACE ({', '.join(soon)}) FROM {table}" if soon else f"SELECT * FROM {table}"


def _happened(register: str) -> str:
    """The day that a row is about; empty when it has none."""
    dates = columns_of(register, kind="date")
    return "birth_date" if register == "persons" else "event_date" if "event_date" in dates else ""


def _seen_then(register: str, table: str, day: date) -> str:
    return cut_sql(register, table, day)


def _keep(engine: Engine, name: str) -> None:
    keep_levels(engine, f"{name}_levels")
    engine.run(f"CREATE OR REPLACE TABLE {name}_members AS SELECT DISTINCT family, person FROM members")


def _causes(copy: Copy, day: date) -> None:
    """``family_causes(family, register, cause)``: what changed since in the rows of a family's members."""
    parts = [
        f"SELECT {name} AS person, {quote(register)} AS register, {quote(cause)} AS cause FROM base.{register} "
        f"WHERE {condition}"
        for register in copy.names
        for name in persons_of(register)
        for cause, condition in _late(register, day)
    ]
    changed = " UNION ALL ".join(
        f"(SELECT number, person, register FROM {one} EXCEPT SELECT number, person, register FROM {other})"
        for one, other in (("crosswalk_today", "crosswalk_then"), ("crosswalk_then", "crosswalk_today"))
    )
    parts += [f"SELECT {name}, register, 'linkage' FROM ({changed})" for name in ("number", "person")]
    copy.engine.run(
        "CREATE OR REPLACE TABLE family_causes AS SELECT DISTINCT m.family, c.register, c.cause\n"
        f"FROM ({' UNION ALL '.join(parts)}) AS c\n"
        "JOIN (FROM then_members UNION FROM now_members) AS m ON m.person = c.person"
    )


def _late(register: str, day: date) -> list[tuple[str, str]]:
    """Conditions of rows that are about the time before the day and were recorded, or ended, too late for it."""
    on, there = literal(day), columns_of(register, kind="date")
    found = []
    happened = _happened(register)
    if happened and "recorded_date" in there:
        found.append(("late_recording", f"{happened} < {on} AND recorded_date >= {on}"))
    for end, recorded in (("end_date", "end_recorded_date"), ("birth_date", "birth_recorded_date")):
        if end in there and recorded in there:
            found.append(("late_end", f"{end} < {on} AND coalesce({recorded}, {end}) >= {on}"))
    return found


def _explained(engine: Engine, design: Design) -> list[Difference]:
    """Differences per cause; ``unexplained_levels(stressor, family)`` keeps those without one."""
    engine.run("CREATE OR REPLACE TABLE different (stressor VARCHAR, family VARCHAR, seen_once BOOLEAN)")
    for name in design.catalogue.ids:
        engine.run(
            f"INSERT INTO different SELECT {quote(name)}, family, (a.{name} IS NULL) <> (b.{name} IS NULL)\n"
            f"FROM then_levels AS a JOIN now_levels AS b USING (family) WHERE a.{name} IS DISTINCT FROM b.{name}"
        )
    needed = {d.id: sorted({*d.stressor.registers, *CHANGES_FAMILIES}) for d in design.catalogue}
    pairs = ", ".join(f"({quote(name)}, {quote(one)})" for name, registers in needed.items() for one in registers)
    cases = " ".join(f"WHEN {quote(cause)} THEN {place}" for place, cause in enumerate(CAUSES))
    engine.run(
        "CREATE OR REPLACE TABLE explained AS SELECT d.stressor, d.family,\n"
        f"  min(CASE c.cause {cases} END) AS cause, any_value(d.seen_once) AS seen_once\n"
        f"FROM different AS d LEFT JOIN (family_causes AS c JOIN (VALUES {pairs}) AS n(stressor, register)\n"
        "  USING (register)) ON c.family = d.family AND n.stressor = d.stressor GROUP BY d.stressor, d.family"
    )
    unseen = _unseen(engine, design)
    if unseen:
        engine.run(f"UPDATE explained SET cause = 0 WHERE seen_once AND stressor IN ({_list(unseen)})")
    engine.run(
        "CREATE OR REPLACE TABLE explained_families AS\n"
        f"SELECT f.family, min(CASE c.cause {cases} END) AS cause FROM (\n"
        "  (SELECT family FROM then_levels EXCEPT SELECT family FROM now_levels)\n"
        "  UNION ALL (SELECT family FROM now_levels EXCEPT SELECT family FROM then_levels)) AS f\n"
        f"LEFT JOIN (FROM family_causes WHERE register IN ({_list(CHANGES_FAMILIES)})) AS c USING (family)\n"
        "GROUP BY f.family"
    )
    levels = _counted(engine, "explained")
    families = _counted(engine, "explained_families")
    return [Difference(cause, levels.get(cause, 0), families.get(cause, 0)) for cause in CAUSES]


def _unseen(engine: Engine, design: Design) -> frozenset[str]:
    """Stressors that were covered for nobody then, or are for nobody now."""
    parts = ", ".join(f"count({name})" for name in design.catalogue.ids)
    counts = [engine.rows(f"SELECT {parts} FROM {table}")[0] for table in ("then_levels", "now_levels")]
    return frozenset(name for name, *seen in zip(design.catalogue.ids, *counts, strict=True) if 0 in seen)


def _counted(engine: Engine, table: str) -> Mapping[str, int]:
    rows = engine.rows(f"SELECT cause, count(*) FROM {table} GROUP BY cause")
    return {"unexplained" if place is None else CAUSES[place]: count for place, count in rows}


def _unexplained_stressors(engine: Engine) -> tuple[str, ...]:
    rows = engine.rows("SELECT DISTINCT stressor FROM explained WHERE cause IS NULL ORDER BY 1")
    return tuple(row[0] for row in rows)


def _list(names: Sequence[str] | frozenset[str]) -> str:
    return ", ".join(quote(name) for name in sorted(names))

"""What the benchmark of profiles does in processes of their own: ``python -m benchmarks.profile_steps STEP ...``.

Arguments: STEP, the folder with the registers, and the folder for what is made of them. ``link`` makes families and
keeps them as Parquet, ``describe`` writes the neutral description of the catalogue; ``profile``, ``join`` and ``scan``
are timed. The last line that is printed is one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.peers.stopwatch import Stopwatch
from benchmarks.stressor_rules import described
from riskscreen.engine.duck import Engine, quote
from riskscreen.engine.sql import filter_sql, literal
from riskscreen.linkage.families_sql import statements
from riskscreen.records.filters import columns_of
from riskscreen.registers import Registers, open_registers
from riskscreen.settings import Family, add_months
from riskscreen.stressors.definitions import Catalogue, EventRule
from riskscreen.stressors.loading import load_catalogue
from riskscreen.stressors.profiling import profile
from riskscreen.stressors.sources import LATER

DATES = (date(2023, 1, 1), date(2024, 1, 1), date(2025, 1, 1))
LINKED = ("spine", "families", "members")
DESCRIPTION = "stressors.json"
OUTCOME, HORIZON = "new_report", 12
MEMORY, MEMORY_TO_LINK = "4GB", "12GB"
"""Limits given to the engine: in every step that is timed, ours and those it is compared with, and in linking."""
Told = dict[str, Any]


def link(folder: Path, linked: Path) -> Told:
    """Spine, families and members on the index dates, by number alone: names would take longer than all the rest."""
    linked.mkdir(parents=True, exist_ok=True)
    with _opened(folder, MEMORY_TO_LINK) as registers:
        for statement in statements(tuple(registers.present), DATES, Family(), "benchmark"):
            registers.engine.run(statement)
        for table in LINKED:
            registers.engine.run(f"COPY (FROM {table}) TO {quote(_parquet(linked, table))} (FORMAT parquet)")
        families = registers.engine.value("SELECT count(*) FROM families")
    return {"families": families}


def describe(folder: Path, linked: Path) -> Told:
    """The catalogue in plain JSON, for peers."""
    with _opened(folder) as registers:
        told = described(load_catalogue(), registers, DATES)
    (linked / DESCRIPTION).write_text(json.dumps(told, indent=1, default=dict), encoding="utf-8")
    return {"stressors": len(told["stressors"])}


def measure_profile(folder: Path, linked: Path) -> Told:
    """Levels and profiles from Parquet, for the whole catalogue."""
    catalogue = load_catalogue()
    with _opened(folder) as registers:
        watch = Stopwatch()
        _view(registers.engine, linked)
        profile(registers, catalogue, OUTCOME, DATES, HORIZON)
        return watch.read() | {"counts": level_counts(registers.engine, catalogue)}


def level_counts(engine: Engine, catalogue: Catalogue) -> dict[str, int]:
    """Families per stressor, index date and level, and how many different profiles there are on each index date."""
    made = {}
    for name in catalogue.ids:
        for day, level, families in engine.rows(f"SELECT index_date, {name}, count(*) FROM levels GROUP BY ALL"):
            made[f"{name} {day} {'not covered' if level is None else level}"] = int(families)
    distinct = f"SELECT DISTINCT index_date, {', '.join(catalogue.ids)} FROM levels"
    for day, profiles in engine.rows(f"SELECT index_date, count(*) FROM ({distinct}) GROUP BY ALL"):
        made[f"profiles {day}"] = int(profiles)
    return made


def measure_join(folder: Path, linked: Path) -> Told:
    """One join of the event rows of the registers that the catalogue reads to the members of families."""
    return _timed(folder, linked, join_sql(rows_read(load_catalogue()), kept_only=False))


def measure_least_join(folder: Path, linked: Path) -> Told:
    """The same join of those rows only that some stressor wants."""
    return _timed(folder, linked, join_sql(rows_read(load_catalogue()), kept_only=True))


def measure_scan(folder: Path, linked: Path) -> Told:
    """One scan of the files that the step reads."""
    return _timed(folder, linked, scan_sql(rows_read(load_catalogue())))


def _opened(folder: Path, memory: str = MEMORY) -> Registers:
    return open_registers(folder, engine=Engine(memory=memory))


def _timed(folder: Path, linked: Path, sql: str) -> Told:
    with _opened(folder) as registers:
        watch = Stopwatch()
        _view(registers.engine, linked)
        rows = sum(row[0] for row in registers.engine.rows(sql))
        return watch.read() | {"rows": rows}


@dataclass
class Read:
    """What the catalogue reads of one register."""

    columns: set[str] = field(default_factory=lambda: {"person", "event_date", "recorded_date"})
    filters: list[str] = field(default_factory=list)
    roles: set[str] = field(default_factory=set)
    months: int = 0
    spells: bool = False


def rows_read(catalogue: Catalogue) -> dict[str, Read]:
    """Per register the columns, rows, roles and widest window of all stressors together."""
    found: dict[str, Read] = defaultdict(Read)
    for definition in catalogue:
        rule = definition.rule
        if not isinstance(rule, EventRule):
            continue
        read, parts = found[rule.register], [rule.where] + ([rule.eased_by.where] if rule.eased_by else [])
        for part in parts:
            names = columns_of(part) if part is not None else ()
            guards = [guard for name in names for guard in LATER.get(rule.register, {}).get(name, ())]
            read.columns |= {*names, *guards}
            read.filters.append("TRUE" if part is None else f"({filter_sql(part, 'r')})")
        read.roles.add(rule.about)
        months = 12 * 40 if definition.stressor.stage == "own_youth" else definition.stressor.window_months
        read.months = max(read.months, months)
        read.spells = read.spells or rule.moment != "start" or rule.eased_by is not None
    for read in found.values():
        read.columns |= {"end_date", "end_recorded_date"} if read.spells else set()
    return dict(found)


def join_sql(found: dict[str, Read], *, kept_only: bool) -> str:
    """Event rows to the members whose role they are about, on index dates before which they were known.

    Carried through the join and aggregated is every column that a stressor needs.

    Parameters
    ----------
    kept_only
        Only rows that some filter keeps and that reach into the widest window of their register.
    """
    parts = "\nUNION ALL BY NAME\n".join(_part(name, read, kept_only) for name, read in found.items())
    columns = sorted({column for read in found.values() for column in read.columns} - {"person"})
    return (
        f"SELECT count(*), m.index_date, {', '.join(f'max(r.{name})' for name in columns)}\nFROM (\n{parts}\n) r\n"
        "JOIN members m ON m.person = r.person AND (r.about IS NULL OR m.role = r.about)\n"
        "AND r.event_date < m.index_date AND r.recorded_date < m.index_date\nGROUP BY m.index_date"
    )


def _part(register: str, read: Read, kept_only: bool) -> str:
    about = literal(*read.roles) if len(read.roles) == 1 else "NULL::VARCHAR"
    columns = ", ".join(f"r.{name}" for name in sorted(read.columns))
    where = f" WHERE {_wanted(read)}" if kept_only else ""
    return f"SELECT {columns}, {about} AS about FROM registers.{register} r{where}"


def _wanted(read: Read) -> str:
    start = literal(add_months(DATES[0], -read.months))
    over = "greatest(r.end_date, coalesce(r.end_recorded_date, r.end_date))"
    reaches = f"(r.end_date IS NULL OR {over} >= {start})" if read.spells else f"r.event_date >= {start}"
    return f"({' OR '.join(dict.fromkeys(read.filters))}) AND {reaches}"


def scan_sql(found: dict[str, Read]) -> str:
    """The largest value of every column that the step reads, of the event registers and of the linked tables."""
    tables = {f"registers.{name}": sorted(read.columns) for name, read in found.items()}
    tables |= {
        "registers.reports": ["person", "kind", "event_date", "recorded_date", "closed_date"],
        "registers.parentage": ["child", "parent", "kind", "event_date", "recorded_date"],
        "spine": ["person", "birth_date", "sex", "death_date", "emigration_date", "education", "education_date"],
        "members": ["index_date", "family", "person", "role"],
        "families": ["family", "index_date", "fold", "area_block", "area", "stratum", "children", "family_form"],
    }
    return "\nUNION ALL\n".join(
        f"SELECT count(*), [{', '.join(f'max({name})::VARCHAR' for name in columns)}] FROM {table}"
        for table, columns in tables.items()
    )


def _view(engine: Engine, linked: Path) -> None:
    for table in LINKED:
        engine.run(f"CREATE VIEW {table} AS FROM read_parquet({quote(_parquet(linked, table))})")


def _parquet(linked: Path, table: str) -> str:
    return str(linked / f"{table}.parquet")


STEPS = {
    "link": link,
    "describe": describe,
    "profile": measure_profile,
    "join": measure_join,
    "least_join": measure_least_join,
    "scan": measure_scan,
}


def main() -> None:
    """Do one step and tell it."""
    step, folder, linked = sys.argv[1:]
    print(json.dumps(STEPS[step](Path(folder), Path(linked))))


if __name__ == "__main__":
    main()

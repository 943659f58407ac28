"""Small towns from text tables, opened for the SQL and for the slow judge alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from riskscreen.engine.duck import Engine, quote
from riskscreen.records.definitions import Stage
from riskscreen.records.filters import columns_of, parse_filter
from riskscreen.records.texts import same
from riskscreen.registers.schemas import schema
from riskscreen.stressors.definitions import Catalogue, Definition, Easing, EventRule, FactRule
from riskscreen.stressors.facts import FACTS
from riskscreen.stressors.loading import load_catalogue
from riskscreen.stressors.profiling import Profiling, profile
from riskscreen.stressors.reference import Town, reference_level
from riskscreen.stressors.sources import filter_columns

DAY = date(2024, 1, 1)
WHOLE = (date(1990, 1, 1), date(2030, 1, 1))
SHIPPED = load_catalogue()
_FAMILY_TYPES = {
    **dict.fromkeys(("children", "fold"), "INTEGER"),
    **dict.fromkeys(("child_0_3", "child_4_11", "child_12_17", "prenatal"), "BOOLEAN"),
    "index_date": "DATE",
}
_SPINE_TYPES = dict.fromkeys(("birth_date", "death_date", "emigration_date", "education_date", "recorded_date"), "DATE")


@dataclass(frozen=True)
class Cover:
    """Coverage of one register."""

    from_: date
    until: date


@dataclass(frozen=True)
class Read:
    """Columns that were read."""

    columns: Mapping[str, str]


@dataclass(frozen=True)
class StubRegisters:
    """Registers already linked, with the tables in an engine."""

    engine: Engine
    present: Mapping[str, Cover]
    opened: Mapping[str, Read] = field(default_factory=dict)

    def has(self, register: str) -> bool:
        return register in self.present

    def covers(self, register: str, start: date, end: date) -> bool:
        found = self.present.get(register)
        return found is not None and found.from_ <= start and end <= found.until


def read_table(text: str) -> list[dict[str, str | None]]:
    """Rows of a text table: a heading line, then one row per line, cells separated by ``|``; ``-`` is unknown."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines() if line.strip()]
    head, *rows = lines
    return [{name: None if cell == "-" else cell for name, cell in zip(head, row, strict=True)} for row in rows]


def make_town(
    people: str,
    registers: Mapping[str, str],
    *,
    families: Mapping[str, Mapping[str, Any]] | None = None,
    index_dates: Sequence[date] = (DAY,),
    coverage: Mapping[str, tuple[date, date]] | None = None,
) -> Town:
    """A town from text tables.

    ``people`` has the columns family, person, role, born, and may have sex, education, education_date, death_date,
    emigration_date, recorded_date; everybody is in the same family on every index date, unless born on or after it.
    """
    rows = read_table(people)
    spine = {row["person"]: _spine_row(row) for row in rows}
    spine_rows = list(spine.values())
    members = [
        {"index_date": day, "family": row["family"], "person": row["person"], "role": row["role"]}
        for day in index_dates
        for row in rows
        if row["role"] != "unborn" and spine[row["person"]]["birth_date"] < day
    ]
    given = families or {}
    names = list(dict.fromkeys(str(row["family"]) for row in rows))
    family_rows = [_family_row(name, day, members, spine, given.get(name, {})) for day in index_dates for name in names]
    filled = {name: [_typed(name, row) for row in read_table(text)] for name, text in registers.items()}
    filled.setdefault("reports", [])
    covered = dict.fromkeys((*filled, "persons", "household_spells"), WHOLE) | dict(coverage or {})
    return Town(spine_rows, family_rows, members, filled, covered)


@contextmanager
def opened(town: Town) -> Iterator[StubRegisters]:
    """The town's rows in an engine."""
    with Engine(threads=1) as engine:
        load_town(engine, town)
        present = {name: Cover(*cover) for name, cover in town.coverage.items()}
        read = {name: Read(dict.fromkeys(schema(name).names, "")) for name in present}
        yield StubRegisters(engine, present, read)


def load_town(engine: Engine, town: Town) -> None:
    """(Re)make the tables of a town."""
    engine.run("CREATE SCHEMA IF NOT EXISTS registers")
    _load(engine, "spine", town.spine, list(_spine_row({"person": "x", "born": "2000-01-01"})), _SPINE_TYPES)
    _load(engine, "families", town.families, list(town.families[0]), _FAMILY_TYPES)
    _load(engine, "members", town.members, ["index_date", "family", "person", "role"], {"index_date": "DATE"})
    for name in town.coverage:
        columns = schema(name).columns
        types = {column.name: column.sql_type for column in columns}
        _load(engine, f"registers.{name}", town.registers.get(name, []), list(types), types)


def run(
    town: Town,
    catalogue: Catalogue,
    *,
    outcome: str = "new_report",
    horizon: int = 12,
) -> Mapping[tuple[str, date], Mapping[str, Any]]:
    """Rows of ``levels`` by family and index date."""
    with opened(town) as registers:
        days = sorted({row["index_date"] for row in town.families})
        profile(registers, catalogue, outcome, days, horizon)
        return levels_of(registers)


def levels_of(registers: StubRegisters) -> dict[tuple[str, date], dict[str, Any]]:
    """Rows of the engine table ``levels`` by family and index date."""
    names = list(registers.engine.columns("levels"))
    rows = [dict(zip(names, row, strict=True)) for row in registers.engine.rows("SELECT * FROM levels")]
    return {(row["family"], row["index_date"]): row for row in rows}


def levels(definition: Definition | str, town: Town, day: date = DAY) -> dict[str, int | None]:
    """Level per family from the SQL; the slow judge must say the same."""
    chosen = SHIPPED.get(definition) if isinstance(definition, str) else definition
    table = run(town, Catalogue((chosen,)))
    found = {family: row[chosen.id] for (family, at), row in table.items() if at == day}
    judged = {family: reference_level(chosen, town, family, day) for family in found}
    assert found == judged, "the SQL and the slow judge differ"
    return found


def profiling(registers: StubRegisters, catalogue: Catalogue, days: Sequence[date], horizon: int = 12) -> Profiling:
    """The stage's step on an opened town."""
    return profile(registers, catalogue, "new_report", days, horizon)


def defined(
    rule: EventRule | FactRule, *, window_months: int = 12, stage: Stage = "any", id: str = "tried"
) -> Definition:
    """A stressor with this rule and no more; its wording is of no importance here."""
    like = SHIPPED.definitions[0]
    stressor = replace(
        like.stressor,
        id=id,
        stage=stage,
        window_months=0 if isinstance(rule, FactRule) else window_months,
        levels=(same("absent"), *(same(f"level {n}") for n, _ in enumerate(_steps(rule), start=1))),
        registers=_read_by(rule),
    )
    return replace(like, stressor=stressor, rule=rule)


def by_events(
    register: str,
    *,
    where: str | None = None,
    eased: str | None = None,
    eased_moment: Literal["during", "end"] = "during",
    window_months: int = 12,
    **rule: Any,
) -> Definition:
    """A stressor from events of one register; the rest of its rule is about a parent, one or two days of it."""
    columns = filter_columns(register)
    easing = None if eased is None else Easing(parse_filter(eased, columns), eased_moment, same("what protects"))
    given = {"about": "parent", "measure": "count", "thresholds": (1, 2), "eased_by": easing, **rule}
    wanted = None if where is None else parse_filter(where, columns)
    return defined(EventRule(register=register, where=wanted, **given), window_months=window_months)


def by_fact(*filters: str) -> Definition:
    """A stressor from filters over the facts of a family, one per level."""
    kinds = {name: fact.type for name, fact in FACTS.items()}
    return defined(FactRule(tuple(parse_filter(text, kinds) for text in filters)))


def _steps(rule: EventRule | FactRule) -> Sequence[object]:
    return rule.filters if isinstance(rule, FactRule) else rule.thresholds


def _read_by(rule: EventRule | FactRule) -> tuple[str, ...]:
    if isinstance(rule, EventRule):
        return (rule.register, "parentage") if rule.about == "outside_parent" else (rule.register,)
    columns = [column for part in rule.filters for column in columns_of(part)]
    return tuple(dict.fromkeys(register for column in columns for register in FACTS[column].registers))


def expected(text: str) -> dict[str, int | None]:
    """``family | level`` lines; ``-`` is not covered."""
    return {str(row["family"]): None if row["level"] is None else int(row["level"]) for row in read_table(text)}


def _spine_row(row: Mapping[str, str | None]) -> dict[str, Any]:
    def day(name: str) -> date | None:
        text = row.get(name)
        return date.fromisoformat(text) if text else None

    return {
        "person": row["person"],
        "birth_date": day("born"),
        "sex": row.get("sex") or "f",
        "death_date": day("death_date"),
        "emigration_date": day("emigration_date"),
        "education": row.get("education"),
        "education_date": day("education_date"),
        "origin": "netherlands",
        "recorded_date": day("recorded_date") or day("born"),
    }


def _family_row(
    name: str, day: date, members: Sequence[Mapping[str, Any]], spine: Mapping[Any, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    own = [row for row in members if row["family"] == name and row["index_date"] == day]
    born = [spine[row["person"]]["birth_date"] for row in own if row["role"] == "child"]
    parents = sum(row["role"] == "parent" for row in own)
    form = "first_pregnancy" if not born else "single_parent" if parents == 1 else "couple"
    ages = [(day - birth).days / 365.25 for birth in born]
    return {
        "index_date": day,
        "family": name,
        "household": f"h-{name}",
        "fold": 0,
        "area": "BU1",
        "area_block": "WK1",
        "stratum": "private",
        "children": len(born),
        "child_0_3": any(age < 4 for age in ages),
        "child_4_11": any(4 <= age < 12 for age in ages),
        "child_12_17": any(age >= 12 for age in ages),
        "prenatal": not born,
        "origin": "netherlands",
        "sex_single_parent": "f" if form == "single_parent" else "not_single",
        "family_form": form,
        "parent_age_band": "25_34",
        "youngest_age_band": "4_11",
        "children_band": "1",
        "urbanity": "1",
        **given,
    }


def _typed(register: str, row: Mapping[str, str | None]) -> dict[str, Any]:
    """A register's row with every column of its schema; what is not given is unknown, recorded on the day itself."""
    typed: dict[str, Any] = {}
    for column in schema(register).columns:
        text = row.get(column.name)
        if column.name == "recorded_date" and text is None:
            text = row["event_date"]
        typed[column.name] = None if text is None else _value(column.type, text)
    return typed


def _value(kind: str, text: str) -> Any:
    if kind == "date":
        return date.fromisoformat(text)
    if kind in ("number", "whole"):
        return float(text)
    return text == "true" if kind == "flag" else text


def _load(
    engine: Engine, table: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], types: Mapping[str, str]
) -> None:
    kinds = ", ".join(f"{name} {types.get(name, 'VARCHAR')}" for name in columns)
    engine.run(f"CREATE OR REPLACE TABLE {table} ({kinds})")
    if rows:
        values = ", ".join(f"({', '.join(_literal(row[name]) for name in columns)})" for row in rows)
        engine.run(f"INSERT INTO {table} VALUES {values}")


def _literal(value: Any) -> str:
    return "NULL" if value is None else quote(str(value))

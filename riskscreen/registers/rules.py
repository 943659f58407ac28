"""The rules that registers are checked by, as SQL conditions over one pass of each register.

Inside a condition ``r`` is a row with typed columns, ``raw_<column>`` what came in, ``row_number_`` its number; ``p``
is its person in the persons register (for parentage: the child), ``q`` the parent, ``a`` its area.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from riskscreen.engine.duck import quote
from riskscreen.engine.sql import literal
from riskscreen.records.tables import NO_NOTE
from riskscreen.records.texts import Text
from riskscreen.registers.handle import Coverage, Opened
from riskscreen.registers.mapping import RegisterMapping
from riskscreen.registers.schemas import ColumnSchema, RegisterSchema, Severity
from riskscreen.registers.typing_sql import is_exact

RULES: Mapping[str, Text] = {
    "missing_column": Text("the column is not there", "de kolom ontbreekt"),
    "no_basis": Text(
        "no lawful basis names the column, so it is not read",
        "geen grondslag noemt de kolom, dus wordt die niet gelezen",
    ),
    "empty": Text("the register has no rows", "het register heeft geen rijen"),
    "unreadable_line": Text(
        "the line does not fit the columns of the file",
        "de regel past niet bij de kolommen van het bestand",
    ),
    "type": Text("the value is not of the right type", "de waarde heeft niet het juiste type"),
    "null": Text("an obligatory value is empty", "een verplichte waarde is leeg"),
    "unknown_code": Text("the code is unknown", "de code is onbekend"),
    "out_of_range": Text("the number is outside its range", "het getal valt buiten de grenzen"),
    "duplicate_key": Text("the key occurs more than once", "de sleutel komt vaker voor"),
    "end_before_start": Text("the end lies before the beginning", "het einde ligt voor het begin"),
    "recorded_before_event": Text("recorded before it happened", "vastgelegd voordat het gebeurde"),
    "future_date": Text(
        "the date lies in the future or after the period covered",
        "de datum ligt in de toekomst of na de periode die gedekt is",
    ),
    "unknown_person": Text(
        "the person is not in the persons register: the row does not link by its number",
        "de persoon staat niet in het personenregister: de rij koppelt niet op nummer",
    ),
    "after_death": Text("it happened after the person died", "het gebeurde nadat de persoon overleed"),
    "two_households": Text(
        "a person lives in two households at once: the one begun last counts",
        "een persoon woont in twee huishoudens tegelijk: het laatst begonnen huishouden telt",
    ),
    "unknown_area": Text("the area is not in the areas register", "het gebied staat niet in het gebiedenregister"),
    "unknown_report": Text(
        "the report is not in the reports register",
        "de melding staat niet in het meldingenregister",
    ),
    "young_parent": Text(
        "the parent was under 12 when the child was born",
        "de ouder was jonger dan 12 toen het kind geboren werd",
    ),
}
"""Every rule with its wording."""

LARGEST_LIST = 12
_PAIRS = (("event_date", "end_date"), ("event_date", "closed_date"), ("start_date", "completed_date"))


@dataclass(frozen=True, slots=True)
class RowTest:
    """One rule for one column: the rows where ``condition`` holds break it."""

    column: str
    rule: str
    severity: Severity
    condition: str
    detail: Text = NO_NOTE


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rules of one register depend on: how it was opened, its period, today, and which others are open."""

    register: RegisterSchema
    opened: Opened
    own: RegisterMapping
    coverage: Coverage
    today: date
    present: frozenset[str]

    def has(self, *columns: str) -> bool:
        """Were all these columns read?"""
        return all(column in self.opened.typed for column in columns)


def tests_of(setting: Setting) -> tuple[RowTest, ...]:
    """Every test that one pass over the register makes."""
    parts: list[RowTest] = []
    for column in setting.register.columns:
        if setting.has(column.name):
            parts += _column_tests(column, setting)
    return (*parts, *_row_tests(setting))


def pass_sql(setting: Setting, tests: Sequence[RowTest]) -> str:
    """One pass over a register: for every test the number of rows and the first three row numbers."""
    counts = ",\n  ".join(
        f"count(*) FILTER (WHERE {test.condition}), min(r.row_number_, 3) FILTER (WHERE {test.condition})"
        for test in tests
    )
    return f"SELECT {counts}\nFROM ({rows_sql(setting)}) AS r{_joins(setting)}"


def rows_sql(setting: Setting) -> str:
    """The rows of a register with their number, as they came and typed."""
    columns = "".join(f", {name} AS raw_{name}, {typed} AS {name}" for name, typed in setting.opened.typed.items())
    return f"SELECT row_number_{columns} FROM incoming.{setting.register.name}"


def duplicates_sql(setting: Setting) -> str | None:
    """Rows whose key occurred before; ``None`` when a column of the key was not read."""
    key = setting.register.key
    if not setting.has(*(name for name in key if not setting.register.column(name).nullable)):
        return None
    there = [name for name in key if setting.has(name)]
    known = " AND ".join(f"{name} IS NOT NULL" for name in there if not setting.register.column(name).nullable)
    return (
        f"SELECT coalesce(sum(n - 1), 0)::BIGINT, min(last, 3) FROM (SELECT count(*) AS n, max(row_number_) AS last "
        f"FROM ({rows_sql(setting)}) WHERE {known} GROUP BY {', '.join(there)} HAVING count(*) > 1)"
    )


def overlaps_sql(setting: Setting) -> str | None:
    """Private household spells that began while the person lived in another private household."""
    if not setting.has("person", "household", "household_kind", "event_date"):
        return None
    end = "coalesce(end_date, DATE '9999-12-31')" if setting.has("end_date") else "DATE '9999-12-31'"
    return f"""WITH spells AS (
  SELECT row_number_ AS row_, person, household, event_date AS start, {end} AS stop FROM ({rows_sql(setting)})
  WHERE household_kind = 'private' AND person IS NOT NULL AND event_date IS NOT NULL
), several AS (
  SELECT * FROM spells SEMI JOIN (SELECT person FROM spells GROUP BY person HAVING count(*) > 1) USING (person)
)
SELECT count(DISTINCT b.row_), list_slice(list_sort(list_distinct(list(b.row_))), 1, 3)
FROM several AS a JOIN several AS b ON a.person = b.person AND a.household <> b.household
WHERE a.start < b.stop AND b.start < a.stop AND (a.start, a.row_) < (b.start, b.row_)"""


def _column_tests(column: ColumnSchema, setting: Setting) -> Iterator[RowTest]:
    name, given = column.name, setting.opened.columns[column.name]
    if not is_exact(column, given, setting.own):
        filled = f"trim(CAST(r.raw_{name} AS VARCHAR)) <> ''"
        allowed = Text(f"should be a {column.type}", f"moet zijn: {_TYPE_NL[column.type]}")
        yield RowTest(name, "type", "fault", f"r.raw_{name} IS NOT NULL AND {filled} AND r.{name} IS NULL", allowed)
    if not column.nullable:
        yield RowTest(name, "null", "fault", f"r.raw_{name} IS NULL")
    if column.codes:
        codes = ", ".join(quote(code) for code in column.codes)
        few = ", ".join(list(column.codes)[:LARGEST_LIST])
        yield RowTest(
            name, "unknown_code", "fault", f"r.{name} NOT IN ({codes})", Text(f"allowed: {few}", f"mag zijn: {few}")
        )
    if column.lowest is not None:
        span = f"{column.lowest:g}-{column.highest:g}"
        condition = f"r.{name} < {column.lowest} OR r.{name} > {column.highest}"
        yield RowTest(name, "out_of_range", "fault", condition, Text(f"allowed: {span}", f"mag zijn: {span}"))
    if column.type == "date" and not column.future:
        yield RowTest(name, "future_date", "fault", _late(name, setting))
    if column.person and setting.register.name != "persons":
        alias = "q" if name == "parent" else "p"
        yield RowTest(name, "unknown_person", "warning", f"r.{name} IS NOT NULL AND {alias}.person IS NULL")


_TYPE_NL = {"text": "tekst", "date": "datum", "number": "getal", "whole": "heel getal", "flag": "ja of nee"}


def _late(name: str, setting: Setting) -> str:
    late = f"r.{name} > {literal(setting.today)}"
    return f"{late} OR r.{name} >= {literal(setting.coverage.until)}" if setting.opened.stated else late


def _row_tests(setting: Setting) -> Iterator[RowTest]:
    for start, end in _PAIRS:
        if setting.has(start, end):
            yield RowTest(end, "end_before_start", "fault", f"r.{end} < r.{start}")
    begin = "birth_date" if setting.register.name == "persons" else "event_date"
    if setting.has(begin, "recorded_date"):
        yield RowTest("recorded_date", "recorded_before_event", "warning", f"r.recorded_date < r.{begin}")
    if setting.has("person", "event_date"):
        yield RowTest("event_date", "after_death", "warning", "r.event_date > p.death_date")
    if setting.has("area") and setting.register.column("area").area and "areas" in setting.present:
        yield RowTest("area", "unknown_area", "warning", "r.area IS NOT NULL AND a.area IS NULL")
    if setting.register.name == "aftercare" and setting.has("report"):
        yield RowTest("report", "unknown_report", "warning", "r.report IS NOT NULL AND a.report IS NULL")
    if setting.has("child", "parent"):
        young = "p.birth_date < q.birth_date + INTERVAL 12 YEAR"
        yield RowTest("parent", "young_parent", "warning", young)


def _joins(setting: Setting) -> str:
    joins, register = "", setting.register.name
    if setting.has("child", "parent"):
        joins += (
            "\nLEFT JOIN check_persons AS p ON p.person = r.child\nLEFT JOIN check_persons AS q ON q.person = r.parent"
        )
    elif setting.has("person") and register != "persons":
        joins += "\nLEFT JOIN check_persons AS p ON p.person = r.person"
    if setting.has("area") and setting.register.column("area").area and "areas" in setting.present:
        joins += "\nLEFT JOIN (SELECT DISTINCT area FROM registers.areas) AS a ON a.area = r.area"
    if register == "aftercare" and setting.has("report"):
        joins += "\nLEFT JOIN (SELECT DISTINCT report FROM registers.reports) AS a ON a.report = r.report"
    return joins

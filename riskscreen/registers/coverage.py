"""What cannot be seen: the coverage of every register, as a table."""

from __future__ import annotations

from collections.abc import Mapping

from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text
from riskscreen.registers.handle import Registers
from riskscreen.registers.schemas import schemas

STATUS = {
    "covered": Text("covered", "gedekt"),
    "partly": Text("partly covered", "deels gedekt"),
    "absent": Text("absent: not covered", "ontbreekt: niet gedekt"),
}
_NOTE = Text(
    "Partly: a shorter period than the household register, or columns that were not read. A stressor that needs an "
    "absent register is not covered: that is not the same as absent, and it never scores.",
    "Deels: een kortere periode dan het huishoudregister, of kolommen die niet gelezen zijn. Een stressor die een "
    "ontbrekend register nodig heeft is niet gedekt: dat is iets anders dan afwezig, en telt nooit mee.",
)


def coverage_table(registers: Registers, stressors_per_register: Mapping[str, int]) -> Table:
    """Table ``coverage``: per register whether it is covered, its period, its rows and how many stressors use it.

    Parameters
    ----------
    stressors_per_register
        Number of stressors that need each register; 0 where a register is not named.
    """
    rows = tuple(_row(registers, name, stressors_per_register.get(name, 0)) for name in schemas())
    columns = (
        Column("register", "key", Text("register", "register"), labels={n: s.title for n, s in schemas().items()}),
        Column("status", "code", Text("status", "status"), labels=STATUS),
        Column("from", "number", Text("from", "vanaf"), unit="date"),
        Column("until", "number", Text("until (not included)", "tot (niet meegeteld)"), unit="date"),
        Column("rows", "count", Text("rows", "rijen"), unit="rows", additive=False),
        Column("stressors", "number", Text("stressors that use it", "stressoren die het gebruiken"), unit="stressors"),
    )
    return Table("coverage", Text("What the registers cover", "Wat de registers dekken"), columns, rows, _NOTE)


def _row(registers: Registers, name: str, stressors: int) -> tuple[Value, ...]:
    found = registers.present.get(name)
    if found is None:
        return name, "absent", None, None, None, stressors
    return name, _status(registers, name), found.from_.isoformat(), found.until.isoformat(), found.rows, stressors


def _status(registers: Registers, name: str) -> str:
    households, found = registers.present["household_spells"], registers.present[name]
    shorter = registers.opened[name].stated and (found.from_ > households.from_ or found.until < households.until)
    lacking = [c for c in schemas()[name].columns if not c.optional and c.name not in registers.opened[name].typed]
    return "partly" if shorter or lacking else "covered"

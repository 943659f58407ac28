"""Checking registers: every fault with register, column, rule, number of rows and three row numbers; never a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from riskscreen.records.clock import utc_now
from riskscreen.records.tables import Column, Table
from riskscreen.records.texts import Text
from riskscreen.registers.handle import Registers
from riskscreen.registers.rules import (
    RULES,
    Setting,
    duplicates_sql,
    overlaps_sql,
    pass_sql,
    tests_of,
)
from riskscreen.registers.schemas import Severity, schemas

SEVERITIES = {"fault": Text("fault", "fout"), "warning": Text("warning", "waarschuwing")}
WHOLE = "whole_register"
"""In the place of a column: the finding is about the register itself."""
_WHOLE = Text("whole register", "heel register")
PARTICULARS = "particulars"
"""The register that tells who the persons are whose number does not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken in one column.

    Parameters
    ----------
    rows
        Number of rows; 0 when the finding is about the column or register itself.
    row_numbers
        At most three, counted from 1 at the first row below the header (lines of the file for ``unreadable_line``).
    message
        Which rule, and what is allowed; never a value from a row.
    """

    register: str
    column: str
    rule: str
    severity: Severity
    rows: int
    row_numbers: tuple[int, ...]
    message: Text

    def __str__(self) -> str:
        place = self.register if self.column == WHOLE else f"{self.register}.{self.column}"
        if not self.rows:
            return f"{place}: {self.message.en}"
        unit = "line" if self.rule == "unreadable_line" else "row"
        numbers = ", ".join(str(number) for number in self.row_numbers)
        return f"{place}: {self.message.en}: {self.rows} {unit}{'s' if self.rows > 1 else ''} (first: {numbers})"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything that checking found, faults first."""

    findings: tuple[Finding, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """What must be mended before anything runs."""
        return tuple(finding for finding in self.findings if finding.severity == "fault")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What a rule of linkage copes with, but should be known."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    @property
    def ok(self) -> bool:
        """Is there no fault? Warnings are allowed."""
        return not self.faults

    def table(self) -> Table:
        """The findings as an unreleased table, without row numbers."""
        names = {column.name: column.meaning for register in schemas().values() for column in register.columns}
        columns = (
            Column("register", "key", Text("register", "register"), labels={n: s.title for n, s in schemas().items()}),
            Column(
                "column",
                "key",
                Text("column", "kolom"),
                labels={**names, WHOLE: Text("whole register", "heel register")},
            ),
            Column("rule", "key", Text("rule", "regel"), labels=RULES),
            Column("severity", "code", Text("severity", "ernst"), labels=SEVERITIES),
            Column("rows", "count", Text("rows", "rijen"), unit="rows", additive=False),
        )
        rows = tuple((f.register, f.column, f.rule, f.severity, f.rows) for f in self.findings)
        return Table("check", Text("Faults found in the registers", "Fouten in de registers"), columns, rows)

    def __str__(self) -> str:
        if not self.findings:
            return "no faults and no warnings"
        head = f"{len(self.faults)} kind(s) of faults, {len(self.warnings)} kind(s) of warnings"
        return "\n".join([head, *(f"  {finding.severity:<8} {finding}" for finding in self.findings)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        lines = "".join(
            f"<tr><td>{f.severity}</td><td>{f.register}</td><td>{f.column}</td><td>{escape(f.message.en)}</td>"
            f"<td>{f.rows or ''}</td><td>{', '.join(map(str, f.row_numbers))}</td></tr>"
            for f in self.findings
        )
        head = "<tr><th></th><th>register</th><th>column</th><th>rule</th><th>rows</th><th>first rows</th></tr>"
        return f"<table>{head}{lines}</table>" if self.findings else "<p>no faults and no warnings</p>"


def check(registers: Registers) -> CheckReport:
    """Check every open register by every rule.

    One pass over each register counts all rules at once. Faults must be mended before anything runs; warnings are
    untidiness that linkage has a written rule for.

    Returns
    -------
    CheckReport
        Every finding, faults first, in the order of the schemas; it never holds a value from a row.
    """
    registers.engine.run(
        "CREATE OR REPLACE TEMP TABLE check_persons AS SELECT person, min(birth_date) AS birth_date, "
        "min(death_date) AS death_date FROM registers.persons WHERE person IS NOT NULL GROUP BY person"
    )
    findings = [
        finding for name in registers.present for finding in _check_register(registers, _setting(registers, name))
    ]
    registers.engine.run("DROP TABLE check_persons")
    return CheckReport(tuple(sorted(findings, key=lambda finding: finding.severity != "fault")))


def _setting(registers: Registers, name: str) -> Setting:
    return Setting(
        register=schemas()[name],
        opened=registers.opened[name],
        own=registers.names.of(name),
        coverage=registers.present[name],
        today=utc_now().date(),
        present=frozenset(registers.present),
    )


def _check_register(registers: Registers, setting: Setting) -> Iterator[Finding]:
    yield from _columns_missing(setting)
    count, first = setting.opened.broken
    if count:
        yield _finding(setting, WHOLE, "unreadable_line", "fault", count, first)
    if setting.coverage.rows == 0:
        severity: Severity = "fault" if setting.register.obligatory else "warning"
        yield _finding(setting, WHOLE, "empty", severity, 0, ())
        return
    yield from _rows_failing(registers, setting)
    yield from _rows_clashing(registers, setting)


def _columns_missing(setting: Setting) -> Iterator[Finding]:
    for column in setting.register.columns:
        if setting.has(column.name) or (column.optional and column.name not in setting.opened.withheld):
            continue
        severity: Severity = "warning" if column.nullable else "fault"
        rule = "no_basis" if column.name in setting.opened.withheld else "missing_column"
        yield _finding(setting, column.name, rule, severity, 0, ())


def _rows_failing(registers: Registers, setting: Setting) -> Iterator[Finding]:
    tests = tests_of(setting)
    if not tests:
        return
    counts = registers.engine.rows(pass_sql(setting, tests))[0]
    for place, test in enumerate(tests):
        rows, first = counts[2 * place], counts[2 * place + 1]
        if rows:
            detail = _unlinked(setting, rows) if test.rule == "unknown_person" else test.detail
            yield _finding(setting, test.column, test.rule, test.severity, rows, first, detail)


def _unlinked(setting: Setting, rows: int) -> Text:
    """Which share of the rows does not link by number, and whether linkage has something else to go by."""
    share = f"{100 * rows / setting.coverage.rows:.2g}%"
    if PARTICULARS in setting.present:
        return Text(
            f"{share} of the rows; linkage looks for them by their particulars",
            f"{share} van de rijen; koppelen zoekt ze op persoonsgegevens",
        )
    return Text(f"{share} of the rows", f"{share} van de rijen")


def _rows_clashing(registers: Registers, setting: Setting) -> Iterator[Finding]:
    key = setting.register.key[0]
    clashes: list[tuple[str | None, str, str, Severity]] = [
        (duplicates_sql(setting), key, "duplicate_key", setting.register.duplicates)
    ]
    if setting.register.name == "household_spells":
        clashes.append((overlaps_sql(setting), "household", "two_households", "warning"))
    for sql, column, rule, severity in clashes:
        if sql is None:
            continue
        rows, first = registers.engine.rows(sql)[0]
        if rows:
            yield _finding(setting, column, rule, severity, rows, first)


def _finding(
    setting: Setting,
    column: str,
    rule: str,
    severity: Severity,
    rows: int,
    first: Sequence[int],
    detail: Text | None = None,
) -> Finding:
    words = RULES[rule]
    if detail is not None and detail.en:
        words = Text(f"{words.en} ({detail.en})", f"{words.nl} ({detail.nl})")
    return Finding(setting.register.name, column, rule, severity, int(rows), tuple(int(n) for n in first), words)

"""What a check found, as plain values; wording.py says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from riskscreen.records.tables import Table

Result = Literal["passed", "failed", "not_possible"]
Unit = Literal["levels", "profiles", "lines", "points", "families", "stressors", "registers", "entries", "combinations"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    check, part
        Which check, and what of it: together the key of its wording.
    result
        ``not_possible``: it could not be looked at; ``reason`` says why.
    looked_at, unit
        On how many of what.
    wrong
        How many were otherwise than they must be.
    about
        The stressors, registers or dates that it concerns when it failed; never a family.
    reason
        Code of why it was not possible or failed; the key of its wording.
    figures
        Figures that its wording names, such as the strength allowed.
    """

    check: str
    part: str
    result: Result
    looked_at: int
    unit: Unit
    wrong: int = 0
    about: tuple[str, ...] = ()
    reason: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Its key in tables and wording."""
        return f"{self.check}_{self.part}"


def judged(check: str, part: str, looked_at: int, unit: Unit, wrong: int, about: tuple[str, ...] = ()) -> Finding:
    """A finding that passes when nothing is wrong, and is not possible when there was nothing to look at."""
    if not looked_at:
        return Finding(check, part, "not_possible", 0, unit, reason="nothing_there")
    return Finding(check, part, "failed" if wrong else "passed", looked_at, unit, wrong, about)


@dataclass(frozen=True, repr=False)
class Examination:
    """All findings about a model, with their tables (not yet released).

    Parameters
    ----------
    name
        Name of the run.
    findings
        In the order of the checks.
    extra
        Tables with figures: strengths, registers, parity, the multiverse.
    threshold
        Smaller counts of families are not shown.
    """

    name: str
    findings: tuple[Finding, ...]
    extra: tuple[Table, ...] = ()
    threshold: int = 10

    @property
    def ok(self) -> bool:
        """Did nothing fail?"""
        return all(finding.result != "failed" for finding in self.findings)

    @property
    def failed(self) -> tuple[Finding, ...]:
        """What failed."""
        return tuple(finding for finding in self.findings if finding.result == "failed")

    def finding(self, code: str) -> Finding:
        """The finding called ``<check>_<part>``."""
        return next(finding for finding in self.findings if finding.code == code)

    def tables(self) -> tuple[Table, ...]:
        """Table ``integrity`` and the tables with figures, for the gate (never for the public)."""
        from riskscreen.integrity.tables import findings_table

        return (findings_table(self), *self.extra)

    def lines(self, language: str = "en") -> list[str]:
        """The findings in words, one block each, and what to do next."""
        from riskscreen.integrity.wording import lines_of

        return lines_of(self, language)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

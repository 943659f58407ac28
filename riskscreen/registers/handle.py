"""The handle on opened registers: it tells names, periods and sizes, never rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from riskscreen.engine.duck import Engine
from riskscreen.records.texts import Text
from riskscreen.registers.mapping import OwnNames
from riskscreen.registers.schemas import schemas


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one register covers: days from ``from_`` up to, and not including, ``until``; and its number of rows."""

    from_: date
    until: date
    rows: int


@dataclass(frozen=True, slots=True)
class Opened:
    """How one register was opened, for checking it.

    Parameters
    ----------
    columns
        Our column names that were read, with the SQL type they came in.
    typed
        The expression over the incoming view that gives each typed value.
    withheld
        Columns that were not read because the lawful basis does not name them.
    broken
        Number and first line numbers of lines that could not be read at all (CSV).
    stated
        Is the period stated by a manifest or mapping (or else derived from the dates)?
    """

    columns: Mapping[str, str]
    typed: Mapping[str, str]
    withheld: tuple[str, ...]
    broken: tuple[int, tuple[int, ...]]
    stated: bool


class Registers:
    """Opened registers: views ``registers.<name>`` in an engine, with the columns and types of the schemas.

    Showing it gives names, periods and row counts at or above the threshold; never a row. It cannot be pickled.

    Parameters
    ----------
    engine
        Where the views are; closing the handle closes it.
    present
        The registers that opened, with what they cover.
    withheld
        Registers that are there but did not open, because no lawful basis names them.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        name: str,
        synthetic: bool,
        notice: Text,
        municipality: str,
        real_area_names: bool,
        present: Mapping[str, Coverage],
        opened: Mapping[str, Opened],
        withheld: tuple[str, ...],
        names: OwnNames,
        content_hash: str,
        threshold: int,
    ) -> None:
        self.engine = engine
        self.name = name
        self.synthetic = synthetic
        self.notice = notice
        self.municipality = municipality
        self.real_area_names = real_area_names
        self.present = present
        self.opened = opened
        self.withheld = withheld
        self.names = names
        self.content_hash = content_hash
        self.threshold = threshold

    def has(self, register: str) -> bool:
        """Is this register open?"""
        return register in self.present

    def covers(self, register: str, start: date, end: date) -> bool:
        """Is this register open, and does it cover every day from ``start`` up to, not including, ``end``?"""
        found = self.present.get(register)
        return found is not None and found.from_ <= start and end <= found.until

    def close(self) -> None:
        """Close the engine and remove its work folder."""
        self.engine.close()

    def __enter__(self) -> Registers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError("registers hold rows about persons and cannot be pickled")

    def _lines(self) -> list[tuple[str, str, str, str]]:
        lines = []
        for register in schemas():
            found = self.present.get(register)
            if found is None:
                why = "not opened: no lawful basis" if register in self.withheld else "absent: not covered"
                lines.append((register, why, "", ""))
            else:
                rows = str(found.rows) if found.rows >= self.threshold else f"fewer than {self.threshold}"
                lines.append((register, str(found.from_), str(found.until), rows))
        return lines

    def __repr__(self) -> str:
        head = f"registers {self.name} ({'synthetic' if self.synthetic else 'not synthetic'}): {self.notice.en}"
        body = [f"  {name:<20}{start:<12}{end:<12}{rows:>12}" for name, start, end, rows in self._lines()]
        return "\n".join([head, f"  {'register':<20}{'from':<12}{'until':<12}{'rows':>12}", *body])

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in self._lines()
        )
        head = "<tr><th>register</th><th>from</th><th>until</th><th>rows</th></tr>"
        return f"<p>{escape(self.notice.en)}</p><table>{head}{rows}</table>"

"""Planning values as a sheet of a workbook that can be edited and read back; no data about families.

Two blocks, each under a row that begins with ``code``: programmes, and the values that hold for all of them. Rows are
found by their code and columns by the words beside it, so that either may be moved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from riskscreen.errors import RegisterError
from riskscreen.faults import allowed, shown
from riskscreen.programmes.assumptions import (
    EVIDENCE,
    Assumption,
    AssumptionsFile,
    General,
    Given,
    Planning,
    Values,
)
from riskscreen.programmes.workbooks import UNWORKED, Cell, Page, Rows, read_sheets
from riskscreen.records.texts import Text

SHEET = "Assumptions"
CODE = "code"
COLUMNS: Mapping[str, Text] = {
    "cost": Text("cost per place, EUR", "kosten per plek, euro"),
    "places": Text("places available in a year", "plekken in een jaar"),
    "uptake": Text("uptake: share that takes part", "deelname: deel dat meedoet"),
    "hours": Text("staff hours per place", "uren personeel per plek"),
    "contracted": Text("places contracted this year", "plekken die dit jaar vastliggen"),
    "waiting": Text("families on the waiting list", "gezinnen op de wachtlijst"),
}
FORMATS = {4: "#,##0.00", 5: "#,##0", 6: "0.00", 7: "#,##0.0", 8: "#,##0", 9: "#,##0"}
ORIGIN, VALUE, WEIGHT = "origin", "value", "weight."
_GENERAL: Mapping[str, Text] = {
    "budget": Text("budget in a year, EUR", "budget in een jaar, euro"),
    "hours": Text("staff hours in a year; empty: as many as needed", "uren personeel in een jaar; leeg: wat nodig is"),
}


def assumption_page(
    names: Mapping[str, Text],
    planning: Mapping[str, Planning],
    weights: Mapping[str, float],
    hours: float | None,
    budget: float,
) -> Page:
    """The sheet with planning values; what may be edited is coloured.

    Parameters
    ----------
    names, planning
        Name and planning values per programme id.
    weights
        Evidence weight per level.
    hours, budget
        Staff hours (``None``: as many as needed) and EUR in a year.
    """
    first: list[tuple[Cell, ...]] = [
        (CODE, "nl", "en", *COLUMNS, ORIGIN),
        ("", "programma", "programme", *(text.nl for text in COLUMNS.values()), "herkomst"),
        ("", "", "", *(text.en for text in COLUMNS.values()), "origin"),
    ]
    first += [_programme_row(code, names[code], planning[code]) for code in names]
    second: list[tuple[Cell, ...]] = [(), (CODE, "nl", "en", VALUE)]
    second += [(code, text.nl, text.en, {"budget": budget, "hours": hours}[code]) for code, text in _GENERAL.items()]
    second += [
        (f"{WEIGHT}{level}", f"gewicht: {text.nl}", f"weight: {text.en}", weights[level])
        for level, text in EVIDENCE.items()
    ]
    last = len(first) + len(second)
    editable = {(i, j) for i in range(4, len(first) + 1) for j in range(4, 4 + len(COLUMNS))}
    editable |= {(i, 4) for i in range(len(first) + 3, last + 1)}
    heads = frozenset({1, 2, 3, len(first) + 2})
    return Page(SHEET, (*first, *second), heads, frozenset(editable), FORMATS)


def _programme_row(code: str, name: Text, planning: Planning) -> tuple[Cell, ...]:
    return (code, name.nl, name.en, *(getattr(planning, column) for column in COLUMNS), planning.assumption)


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of a block: its number, its code, and the cells by the word above them."""

    number: int
    code: str
    cells: Mapping[str, tuple[str, Cell]]

    def place(self, column: str) -> str:
        """The cell as a spreadsheet names it, such as ``D5``."""
        return f"{self.cells[column][0]}{self.number}" if column in self.cells else f"row {self.number}"


def read_assumption_sheet(
    path: Path, shipped: AssumptionsFile | None, faults: list[str], known: Collection[str]
) -> Given | None:
    """Planning values from a workbook.

    A programme whose values are marked as invented and equal those that are shipped stays *invented*; any other was
    edited, and is the user's. Programmes whose row was removed keep the shipped values.

    Parameters
    ----------
    shipped
        The shipped, invented values.
    faults
        What is wrong is added to it, with sheet and cell.
    known
        Ids of programmes that may stand in it.

    Returns
    -------
    Given
        ``None`` when there are faults.
    """
    before = len(faults)
    try:
        sheets = read_sheets(path)
    except RegisterError as error:
        faults.append(f"{error.what}: {error.do}")
        return None
    if SHEET not in sheets:
        found = ", ".join(sheets)
        faults.append(f"{path.name}: no sheet {SHEET!r} (found: {found}); write it with riskscreen plan --xlsx")
        return None
    told = _Told(f"{path.name}, sheet {SHEET}", faults)
    gone = _heads(sheets[SHEET], told)
    lines = list(_lines(sheets[SHEET], told))
    programmes = {line.code: _values(line, told, gone) for line in lines if VALUE not in line.cells}
    _unknown(lines, known, told)
    general = _general([line for line in lines if VALUE in line.cells], told)
    _twice(lines, told)
    if len(faults) > before or general is None:
        return None
    base = shipped.programmes if shipped else {}
    marks = {line.code: _mark(line, programmes[line.code], base) for line in lines if line.code in programmes}
    kept = {code: values for code, values in programmes.items() if values is not None}
    return Given(kept, marks, general.evidence_weights, general.hours, general.budget)


class _Told:
    """Adds faults with their place."""

    def __init__(self, sheet: str, faults: list[str]) -> None:
        self.sheet, self.faults = sheet, faults

    def fault(self, place: str, text: str) -> None:
        self.faults.append(f"{self.sheet}, {place}: {text}")


def _heads(rows: Rows, told: _Told) -> frozenset[str]:
    """Both blocks need the row with their columns: else shipped values would silently stand for the edited ones.

    Returns the columns that are gone: they are told once here, and not again for every row.
    """
    found = [{str(value).strip() for value in row if value is not None} for row in rows if _code(row) == CODE]
    gone: set[str] = set()
    for needed in ((*COLUMNS,), (VALUE,)):
        best = max((head & {*needed} for head in found), key=len, default=set())
        missing = [name for name in needed if name not in best]
        gone |= {*missing}
        if missing:
            told.fault(
                f"rows that begin with {CODE!r}",
                f"none has {', '.join(missing)}: keep these rows and the first column as they were",
            )
    return frozenset(gone)


def _code(row: Sequence[Cell]) -> str:
    return str(row[0]).strip() if row and row[0] is not None else ""


def _lines(rows: Rows, told: _Told) -> Iterator[_Line]:
    """Rows below a row with ``code``; a row with words only, such as a heading, is passed over."""
    head: dict[int, str] = {}
    for number, row in enumerate(rows, start=1):
        code = _code(row)
        if code == CODE:
            head = {j: str(value).strip() for j, value in enumerate(row) if j and value is not None}
        elif code and head:
            cells = {name: (_letter(j), row[j] if j < len(row) else None) for j, name in head.items()}
            yield _Line(number, code, cells)
        elif any(isinstance(row[j], (int, float)) for j in head if j < len(row)):
            told.fault(f"A{number}", "numbers without a code before them: give the row its code back, or take it out")


def _letter(column: int) -> str:
    """A column (from 0) as a spreadsheet names it."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _values(line: _Line, told: _Told, gone: frozenset[str]) -> Values | None:
    """The values of a programme; texts are refused here, because a text that looks like a number is a trap."""
    cells = {name: line.cells[name][1] for name in COLUMNS if name in line.cells}
    given = {name: value for name, value in cells.items() if value is not None}
    texts = {name for name, value in given.items() if isinstance(value, (str, bool))}
    for name in sorted(texts):
        told.fault(line.place(name), f"{name} of {line.code} {_text(cells[name])}")
    try:
        found = Values.model_validate(given)
    except ValidationError as error:
        for item in error.errors():
            name = str(item["loc"][0])
            if name not in texts and name not in gone:
                text = "is empty" if item["type"] == "missing" else _allowed(item)
                told.fault(line.place(name), f"{name} of {line.code}: {text}")
        return None
    return None if texts else found


def _allowed(item: Any) -> str:
    return f"given {shown(item['input'])}; allowed: {allowed(item)}"


def _text(value: Cell) -> str:
    if value == UNWORKED:
        return f"is {UNWORKED.strip('()')}"
    return "is a text, a date, a yes or no, or an error, not a number: type it as a number"


def _general(lines: list[_Line], told: _Told) -> General | None:
    known = {*_GENERAL, *(f"{WEIGHT}{level}" for level in EVIDENCE)}
    by_code = {line.code: line for line in lines}
    for line in lines:
        if line.code not in known:
            told.fault(f"A{line.number}", f"unknown code {line.code[:40]!r}; known: {', '.join(sorted(known))}")
    values: dict[str, float | None] = {}
    for code, line in by_code.items():
        value = line.cells[VALUE][1]
        if isinstance(value, (str, bool)):
            told.fault(line.place(VALUE), f"{code} {_text(value)}")
        elif code in known:
            values[code] = value
    weights = {level: values.get(f"{WEIGHT}{level}") for level in EVIDENCE}
    return _general_checked(by_code, values, weights, told)


def _general_checked(
    lines: Mapping[str, _Line],
    values: Mapping[str, float | None],
    weights: Mapping[str, float | None],
    told: _Told,
) -> General | None:
    given = {
        "budget": values.get("budget"),
        "hours": values.get("hours"),
        "evidence_weights": {level: weight for level, weight in weights.items() if weight is not None} or None,
    }
    try:
        return General.model_validate(given)
    except ValidationError as error:
        for item in error.errors():
            where = item["loc"]
            code = f"{WEIGHT}{where[1]}" if where[0] == "evidence_weights" else str(where[0])
            place = lines[code].place(VALUE) if code in lines else "values"
            told.fault(place, f"{code}: {_allowed(item)}")
        return None


def _unknown(lines: list[_Line], known: Collection[str], told: _Told) -> None:
    """Told here and not later, so that it has its cell and comes together with the other faults."""
    for line in lines:
        if VALUE not in line.cells and line.code not in known:
            text = f"unknown programme {line.code[:40]!r}: riskscreen programmes lists the ids"
            told.fault(f"A{line.number}", text)


def _twice(lines: list[_Line], told: _Told) -> None:
    seen: dict[tuple[str, bool], int] = {}
    for line in lines:
        key = (line.code, VALUE in line.cells)
        if key in seen:
            told.fault(f"A{line.number}", f"{line.code} stands in row {seen[key]} too")
        seen.setdefault(key, line.number)


def _mark(line: _Line, values: BaseModel | None, shipped: Mapping[str, Values]) -> Assumption:
    said = line.cells.get(ORIGIN, ("", None))[1]
    return "invented" if said == "invented" and values == shipped.get(line.code) else "user"

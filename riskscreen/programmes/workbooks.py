"""Workbooks (.xlsx) and CSV files as sheets of plain cells, read and written; nothing here knows what they are about.

Written workbooks carry no author and no clock: the same sheets give the same bytes.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from riskscreen.errors import RegisterError

Cell = str | int | float | bool | None
Rows = tuple[tuple[Cell, ...], ...]
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's dates have no zone; this one says nothing
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
UNWORKED = "(a formula without a result: open the file in your spreadsheet program and save it)"
_WIDEST, _NARROWEST = 60, 10


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet to write.

    Parameters
    ----------
    title
        At most 31 characters.
    rows
        Cells from the first row on.
    heads
        Numbers (from 1) of rows in bold.
    editable
        Places (row, column; from 1) that a reader may change: they are coloured, nothing is locked.
    formats
        Number format per column (from 1), such as ``#,##0``.
    hidden
        Numbers (from 1) of columns that are not shown.
    """

    title: str
    rows: Rows
    heads: frozenset[int] = frozenset()
    editable: frozenset[tuple[int, int]] = frozenset()
    formats: Mapping[int, str] | None = None
    hidden: frozenset[int] = frozenset()


def read_sheets(path: Path) -> dict[str, Rows]:
    """Every sheet of a workbook, or the one of a CSV file, by name; rows from the first on, empty cells ``None``.

    Raises
    ------
    RegisterError
        The file is absent, or is no .xlsx and no UTF-8 CSV.
    """
    if path.suffix.lower() == ".csv":
        return {path.name: _csv(path)}
    if path.suffix.lower() != ".xlsx":
        raise RegisterError(
            f"{path.name} is a {path.suffix or 'file without extension'}: only .xlsx and .csv are read",
            do="open it in your spreadsheet program and save it as .xlsx",
        )
    return _xlsx(path)


def _xlsx(path: Path) -> dict[str, Rows]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    def cells(results: bool) -> dict[str, Rows]:
        book = openpyxl.load_workbook(path, read_only=True, data_only=results)
        try:
            return {sheet.title: _trimmed(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
        finally:
            book.close()

    try:
        return _without_results(cells(True), cells(False))
    except OSError as error:
        raise RegisterError(f"cannot read {path}: {error.strerror or 'broken'}", do="check the path") from None
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, SyntaxError):
        raise RegisterError(
            f"{path.name} is no whole .xlsx workbook", do="save it again as .xlsx, without a password"
        ) from None


def _without_results(values: dict[str, Rows], formulas: dict[str, Rows]) -> dict[str, Rows]:
    """A formula that no program has worked out holds no value: it must not pass for an empty cell."""
    return {
        name: tuple(
            tuple(UNWORKED if value is None and as_typed is not None else value for value, as_typed in pairs)
            for pairs in (zip(row, typed, strict=True) for row, typed in zip(rows, formulas[name], strict=True))
        )
        for name, rows in values.items()
    }


def _trimmed(rows: Any) -> Rows:
    return tuple(tuple(_plain(value) for value in row) for row in rows)


def _plain(value: Any) -> Cell:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = str(value).strip()
    return text or None


def _csv(path: Path) -> Rows:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise RegisterError(f"cannot read {path}: {error.strerror}", do="check the path") from None
    except UnicodeDecodeError:
        raise RegisterError(f"{path.name} is not UTF-8 text", do="save it as CSV UTF-8, or as .xlsx") from None
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(";,\t", key=first.count)
    try:
        return _trimmed(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error as error:
        raise RegisterError(f"{path.name} is no whole CSV file ({error})", do="save it again as CSV UTF-8") from None


def workbook_bytes(pages: Sequence[Page], *, title: str) -> bytes:
    """The sheets as one .xlsx file, in order."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for page in pages:
        _fill(book.create_sheet(page.title), page)
    facts = book.properties
    facts.title, facts.creator, facts.lastModifiedBy = title, "riskscreen", "riskscreen"
    facts.created = facts.modified = _EPOCH
    raw = io.BytesIO()
    book.save(raw)
    return _timeless(raw.getvalue())


def _fill(sheet: Any, page: Page) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    bold, open_to_edit = Font(bold=True), PatternFill("solid", fgColor="FFF2CC")
    for i, row in enumerate(page.rows, start=1):
        for j, value in enumerate(row, start=1):
            cell = sheet.cell(i, j)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins with = is a text, not a formula
                cell.alignment = Alignment(wrap_text=len(value) > _WIDEST, vertical="top")
            elif page.formats and j in page.formats and value is not None:
                cell.number_format = page.formats[j]
            if i in page.heads:
                cell.font = bold
            if (i, j) in page.editable:
                cell.fill = open_to_edit
    _widths(sheet, page)


def _widths(sheet: Any, page: Page) -> None:
    from openpyxl.utils import get_column_letter

    for j in range(1, max((len(row) for row in page.rows), default=0) + 1):
        longest = max(
            (len(str(row[j - 1])) for row in page.rows if len(row) >= j and row[j - 1] is not None), default=0
        )
        column = sheet.column_dimensions[get_column_letter(j)]
        column.width = min(max(longest + 2, _NARROWEST), _WIDEST)
        column.hidden = j in page.hidden


def _timeless(raw: bytes) -> bytes:
    """The same archive with one fixed time on every part, and the day of change in its properties set back."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in sorted(given.namelist()):
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            made.writestr(info, _without_clock(given.read(name)) if name == "docProps/core.xml" else given.read(name))
    return out.getvalue()


def _without_clock(core: bytes) -> bytes:
    import re

    return re.sub(
        rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)",
        rb"\g<1>" + _EPOCH.isoformat().encode() + rb"Z\g<2>",
        core,
    )

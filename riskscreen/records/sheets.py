"""A small table from a file of a spreadsheet: heads and rows, nothing judged."""

from __future__ import annotations

import csv
from pathlib import Path

from riskscreen.errors import UsageError

Cell = str | int | float | None


def read_sheet(path: Path) -> tuple[list[str], list[list[Cell]]]:
    """Heads and rows of a CSV file (comma, semicolon or tab; UTF-8) or of the first sheet of an XLSX file.

    Raises
    ------
    UsageError
        It is neither, cannot be read, or a row has another length than the heads.
    """
    readers = {".csv": _csv, ".txt": _csv, ".tsv": _csv, ".xlsx": _xlsx}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UsageError(f"{path.name} is no CSV or XLSX file", do="save it as CSV (UTF-8) or as XLSX")
    try:
        lines = reader(path)
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise UsageError(f"{path.name} cannot be read ({type(error).__name__})", do="save it again as CSV UTF-8") from (
            error
        )
    if not lines or any(len(line) != len(lines[0]) for line in lines):
        raise UsageError(f"{path.name} has no heads, or rows of another length", do="heads in the first row, then rows")
    heads = [str("" if cell is None else cell).strip() for cell in lines[0]]
    if len(set(heads)) < len(heads):
        raise UsageError(f"{path.name} has two columns of one name", do="give every column its own name")
    return heads, [line for line in lines[1:] if any(cell not in (None, "") for cell in line)]


def _csv(path: Path) -> list[list[Cell]]:
    text = path.read_text(encoding="utf-8-sig")
    first = text.splitlines()[0] if text else ""
    separator = max(",;\t", key=first.count)
    return [list(row) for row in csv.reader(text.splitlines(), delimiter=separator) if row]


def _xlsx(path: Path) -> list[list[Cell]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except BadZipFile as error:
        raise ValueError("no workbook") from error
    try:
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()

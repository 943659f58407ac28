"""Released tables as tables on a page, and as great-tables in a notebook.

The pages write their own table HTML: great-tables gives every table the same element ids, a heading row in place of a
caption and eight kilobytes of styles, which a page with thirty tables in two languages cannot carry accessibly. In a
notebook a table stands alone, and there :func:`great_table` is the better face.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Column, Table, Value
from riskscreen.reports.blocks import Cell, DataTable, Heading
from riskscreen.reports.content import HIDDEN, number
from riskscreen.reports.numbers import Language, day_of_text, decimal, euros, per_thousand, percent, whole
from riskscreen.reports.words import Words

WHERE_LOW = ("low", "high")


def data_table(
    released: ReleasedTable,
    words: Words,
    *,
    columns: Sequence[str] | None = None,
    caption: str = "",
    id: str = "",
    rows: Iterable[int] | None = None,
) -> DataTable:
    """A released table as it is read in one language.

    Parameters
    ----------
    released
        The table; hidden cells show a dot.
    columns
        Which columns and in what order (names that the table has not are passed over); default all. The bounds of an
        interval (``low`` and ``high``, ``<name>_low`` and ``<name>_high``) become one column.
    caption
        Default the table's title.
    rows
        Which rows, in what order; default all.
    """
    table = released.table
    groups = _columns(table, columns)
    picked = list(range(len(table.rows))) if rows is None else list(rows)
    body = tuple(tuple(_cell(released, row, group, words) for group in groups) for row in picked)
    keys = [table.columns.index(c) for c in table.columns if c.kind == "key"]
    totals = frozenset(i for i, row in enumerate(picked) if any(table.rows[row][k] == TOTAL for k in keys))
    return DataTable(
        id or f"t-{table.name}",
        caption or words.of(table.title),
        tuple(_heading(group, words) for group in groups),
        body,
        totals,
        words.of(table.note),
    )


def format_value(column: Column, value: Value, language: Language) -> str:
    """One value as it is read, by the column's kind and unit; ``None`` gives an empty text."""
    if value is None:
        return ""
    if column.kind in ("key", "code"):
        return label(column, value, language)
    if isinstance(value, str):
        return day_of_text(value, language) if column.unit == "date" else value
    return _number(column, float(value), language)


def label(column: Column, value: Value, language: Language) -> str:
    """The wording of a code; a code without one shows itself."""
    code = str(value)
    if code in column.labels:
        text = column.labels[code]
    elif code == TOTAL:
        text = TOTAL_LABEL
    else:
        return code
    return _unbroken(text.nl if language == "nl" else text.en)


def _unbroken(text: str) -> str:
    """Ranges such as 4-11 stay on one line."""
    return re.sub(r"(?<=\d)-(?=\d)", "\N{NON-BREAKING HYPHEN}", text)


def great_table(released: ReleasedTable, language: Language = "en") -> Any:
    """The table as a great-tables ``GT``, for a notebook.

    Parameters
    ----------
    released
        A released table.
    language
        ``en`` or ``nl``.
    """
    import pandas as pd
    from great_tables import GT, loc, style

    view = data_table(released, Words(language))
    texts = [[_plain(cell) for cell in row] for row in view.rows]
    names = [_unique(i, h) for i, h in enumerate(view.headings)]
    frame = pd.DataFrame(texts, columns=names)
    numeric = [n for n, h in zip(names, view.headings, strict=True) if h.numeric]
    shown = GT(frame, rowname_col=names[0]).tab_header(title=view.caption).cols_align("right", columns=numeric)
    totals = sorted(view.total_rows)
    if totals:
        shown = shown.tab_style(style.text(weight="bold"), loc.body(rows=totals))
    return shown.tab_source_note(view.note) if view.note else shown


def _unique(index: int, heading: Heading) -> str:
    name = f"{heading.text} ({heading.unit})" if heading.unit else heading.text
    return name or f" {index}"


def _plain(cell: Cell) -> str:
    return {"shown": cell.text, "hidden": "·", "unknown": "–"}[cell.state]


def _columns(table: Table, wanted: Sequence[str] | None) -> list[tuple[Column, ...]]:
    """Columns to show; a pair of interval bounds is one group."""
    by_name = {column.name: column for column in table.columns}
    names = [n for n in (wanted if wanted is not None else by_name) if n in by_name]
    groups: list[tuple[Column, ...]] = []
    for name in names:
        stem = name.removesuffix("low")
        if name.endswith("low") and f"{stem}high" in by_name:
            groups.append((by_name[name], by_name[f"{stem}high"]))
        elif not (name.endswith("high") and f"{name.removesuffix('high')}low" in names):
            groups.append((by_name[name],))
    return groups


def _heading(group: tuple[Column, ...], words: Words) -> Heading:
    first = group[0]
    if len(group) == 2:
        return Heading(words("common.interval"), unit_words(first.unit, words), numeric=True)
    numeric = first.kind not in ("key", "code") and first.unit != "date"
    return Heading(words.of(first.title), unit_words(first.unit, words) if numeric else "", numeric)


def unit_words(unit: str, words: Words) -> str:
    """A unit as small print in a heading; units that the figures show themselves are left out."""
    key = "common.unit_" + unit.lower().replace(" ", "_").replace(",", "")
    return words(key) if words.has(key) else ""


def _cell(released: ReleasedTable, row: int, group: tuple[Column, ...], words: Words) -> Cell:
    table = released.table
    places = [table.columns.index(column) for column in group]
    values = [table.rows[row][place] for place in places]
    numeric = group[0].kind not in ("key", "code") and group[0].unit != "date"
    if any(value is None for value in values):
        is_hidden = any(released.status[row][place] == HIDDEN for place in places)
        return Cell("", numeric, "hidden" if is_hidden else "unknown")
    texts = [format_value(column, value, words.language) for column, value in zip(group, values, strict=True)]
    return Cell(" – ".join(texts), numeric)


def _number(column: Column, value: float, language: Language) -> str:
    unit = column.unit
    if unit in ("share", "%"):
        return percent(value, language)
    if unit.lower() in ("per 1,000", "per 1000"):
        return per_thousand(value, language)
    if unit == "EUR":
        return euros(value, language)
    if column.kind == "count" or value == int(value):
        return whole(value, language)
    return decimal(value, 3 if column.kind in ("estimate", "rate") else 2, language)


def numbers_of(table: Table, name: str) -> list[float | None]:
    """One column as numbers; an absent column gives only ``None``."""
    if name not in [column.name for column in table.columns]:
        return [None] * len(table.rows)
    return [number(value) for value in table.values(name)]

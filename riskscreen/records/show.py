"""How a table shows itself: aligned text, one JSON object per line, plain HTML.

Whether its values may be shown is not decided here: tables with data about families come from the gate.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence

from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Column, Table, Value

UNKNOWN = "-"
Signs = Sequence[Sequence[str]]
"""Per cell, what stands there when it has no value."""


def text_table(table: Table, *, language: str = "en", signs: Signs | None = None) -> str:
    """The table as aligned text: words left, figures right, a sign where there is no value."""
    heads = [str(getattr(column.title, language)) for column in table.columns]
    rows = _words(table, language, signs)
    widths = [max(len(line[i]) for line in [heads, *rows]) for i in range(len(heads))]
    right = [column.kind not in ("key", "code") for column in table.columns]

    def line(cells: list[str]) -> str:
        parts = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(cells, widths, right, strict=True)]
        return "  ".join(parts).rstrip()

    return "\n".join([str(getattr(table.title, language)), line(heads), *(line(row) for row in rows)])


def json_lines(table: Table) -> str:
    """One JSON object per row, with the table's name."""
    return "\n".join(json.dumps({"table": table.name, **record}, ensure_ascii=False) for record in table.records())


def html_table(table: Table, *, language: str = "en", signs: Signs | None = None) -> str:
    """The table as plain HTML with a caption and row headings, for notebooks."""
    head = "".join(f'<th scope="col">{html.escape(getattr(c.title, language))}</th>' for c in table.columns)
    body = []
    for row in _words(table, language, signs):
        cells = [
            f'<th scope="row">{html.escape(word)}</th>' if column.kind == "key" else f"<td>{html.escape(word)}</td>"
            for word, column in zip(row, table.columns, strict=True)
        ]
        body.append(f"<tr>{''.join(cells)}</tr>")
    caption = html.escape(getattr(table.title, language))
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _words(table: Table, language: str, signs: Signs | None) -> list[list[str]]:
    return [
        [
            _word(value, column, language) or (signs[i][j] if signs else UNKNOWN)
            for j, (value, column) in enumerate(zip(row, table.columns, strict=True))
        ]
        for i, row in enumerate(table.rows)
    ]


def _word(value: Value, column: Column, language: str) -> str:
    if value is None:
        return ""
    if value == TOTAL and column.kind == "key":
        return str(getattr(TOTAL_LABEL, language))
    if isinstance(value, str):
        label = column.labels.get(value)
        return value if label is None else str(getattr(label, language))
    if isinstance(value, bool):
        return str(value).lower()
    return _figure(value, column)


def _figure(value: float, column: Column) -> str:
    if column.kind == "count" or isinstance(value, int) or column.unit == "EUR":
        return f"{value:,.0f}"
    if column.unit == "share":
        return f"{100 * value:.1f}%"
    if column.unit == "per 1,000":
        return f"{1000 * value:.1f}"
    return f"{value:.3f}".rstrip("0").rstrip(".")

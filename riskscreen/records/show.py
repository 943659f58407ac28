"""How a table shows itself: aligned text, one JSON object per line, plain HTML.

Whether its values may be shown is not decided here: tables with data about families come from the gate.
"""

from __future__ import annotations

import html
import json

from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Column, Table, Value

HIDDEN = "·"


def text_table(table: Table, *, language: str = "en") -> str:
    """The table as aligned text: words left, figures right, hidden or unknown values as a dot."""
    heads = [str(getattr(column.title, language)) for column in table.columns]
    rows = [[_word(v, c, language) for v, c in zip(row, table.columns, strict=True)] for row in table.rows]
    widths = [max(len(line[i]) for line in [heads, *rows]) for i in range(len(heads))]
    right = [column.kind not in ("key", "code") for column in table.columns]

    def line(cells: list[str]) -> str:
        parts = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(cells, widths, right, strict=True)]
        return "  ".join(parts).rstrip()

    title = getattr(table.title, language)
    return "\n".join([str(title), line(heads), *(line(row) for row in rows)])


def json_lines(table: Table) -> str:
    """One JSON object per row, with the table's name."""
    return "\n".join(
        json.dumps({"table": table.name, **record}, ensure_ascii=False, sort_keys=False) for record in table.records()
    )


def html_table(table: Table, *, language: str = "en") -> str:
    """The table as plain HTML with a caption and row headings, for notebooks."""
    keys = {column.name for column in table.columns if column.kind == "key"}
    head = "".join(f'<th scope="col">{html.escape(getattr(c.title, language))}</th>' for c in table.columns)
    body = []
    for row in table.rows:
        cells = []
        for value, column in zip(row, table.columns, strict=True):
            word = html.escape(_word(value, column, language))
            cells.append(f'<th scope="row">{word}</th>' if column.name in keys else f"<td>{word}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    caption = html.escape(getattr(table.title, language))
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _word(value: Value, column: Column, language: str) -> str:
    if value is None:
        return HIDDEN
    if value == TOTAL and column.kind == "key":
        return str(getattr(TOTAL_LABEL, language))
    if isinstance(value, str):
        label = column.labels.get(value)
        return value if label is None else str(getattr(label, language))
    if isinstance(value, bool):
        return str(value).lower()
    if column.kind == "count" or isinstance(value, int):
        return f"{value:,.0f}"
    if column.unit == "EUR":
        return f"{value:,.0f}"
    if column.unit == "share":
        return f"{100 * value:.1f}%"
    if column.unit == "per 1,000":
        return f"{1000 * value:.1f}"
    return f"{value:.3f}"

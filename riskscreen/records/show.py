"""How a table shows itself: aligned text, one JSON object per line, plain HTML.

Whether its values may be shown is not decided here: tables with data about families come from the gate.

For reading, a figure and the two ends of its interval are one column, ``0.017 (0.003 to 0.031)``. Text has to fit a
screen as well: where it does not, heads take several lines; then first keys become lines above their rows, and further
columns follow below.
"""

from __future__ import annotations

import html
import json
import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Column, Table, Value

UNKNOWN = "-"
Signs = Sequence[Sequence[str]]
"""Per cell, what stands there when it has no value."""

SCREEN = 150
"""Characters on a line of text; a single column may be wider."""
_HEAD = 12
"""In a wide table heads are broken into lines of so many characters, or of as many as the column has anyway."""
_TO = {"en": "to", "nl": "tot"}
_SMALL = 0.0005
"""Figures below this would read as nothing: they get two digits that say something."""
_KEPT = "\N{NO-BREAK SPACE}"
_PER_1000 = {"en": f"per{_KEPT}1,000", "nl": f"per{_KEPT}1.000"}


@dataclass(frozen=True, slots=True)
class _Face:
    """A column as it is read: its head, a cell per row, and whether they stand left."""

    head: str
    cells: tuple[str, ...]
    left: bool
    key: bool
    room: int = SCREEN

    @property
    def lines(self) -> list[str]:
        """The head on several lines."""
        lines = textwrap.wrap(self.head, max(self.room, self.widest), break_long_words=False) or [""]
        return [line.replace(_KEPT, " ") for line in lines]

    @property
    def widest(self) -> int:
        """Characters of the longest cell."""
        return max((len(cell) for cell in self.cells), default=0)

    @property
    def width(self) -> int:
        """Characters that the column takes."""
        return max(self.widest, *(len(line) for line in self.lines))


def text_table(table: Table, *, language: str = "en", signs: Signs | None = None, screen: int = SCREEN) -> str:
    """The table as aligned text with its note: words left, figures right, a sign where there is no value.

    Parameters
    ----------
    language
        ``en`` or ``nl``.
    signs
        Per cell, what stands there when it has no value.
    screen
        Characters on a line.
    """
    title, note = (str(getattr(text, language)) for text in (table.title, table.note))
    body = _text(_faces(table, language, signs), screen)
    return "\n".join([title, *body, *textwrap.wrap(note, screen)])


def json_lines(table: Table) -> str:
    """One JSON object per row, with the table's name."""
    return "\n".join(json.dumps({"table": table.name, **record}, ensure_ascii=False) for record in table.records())


def html_table(table: Table, *, language: str = "en", signs: Signs | None = None) -> str:
    """The table as plain HTML with a caption and row headings, for notebooks."""
    faces = _faces(table, language, signs)
    head = "".join(f'<th scope="col">{html.escape(face.head)}</th>' for face in faces)
    body = []
    for row in range(len(table.rows)):
        cells = [
            f'<th scope="row">{html.escape(face.cells[row])}</th>'
            if face.key
            else f"<td>{html.escape(face.cells[row])}</td>"
            for face in faces
        ]
        body.append(f"<tr>{''.join(cells)}</tr>")
    caption = html.escape(getattr(table.title, language))
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _text(faces: list[_Face], screen: int) -> list[str]:
    """The lines below the title: where the table is too wide its first keys stand above their rows."""
    if _width(faces) > screen:
        faces = [replace(face, room=_HEAD) for face in faces]
    keys = [face for face in faces if face.key]
    above = keys[:-1] if _width(faces) > screen else []
    beside = [face for face in keys if face not in above]
    others = [face for face in faces if not face.key]
    sections = ["; ".join(cells) for cells in zip(*(face.cells for face in above), strict=True)]
    lines = [["", *_block(block, sections)] for block in _blocks(beside, others, screen)]
    return [line for block in lines for line in block][1:]


def _blocks(keys: list[_Face], others: list[_Face], screen: int) -> Iterator[list[_Face]]:
    """Columns that fit a screen together; every block begins with the keys."""
    block = list(keys)
    for face in others:
        if len(block) > len(keys) and _width([*block, face]) > screen:
            yield block
            block = list(keys)
        block.append(face)
    yield block


def _block(faces: list[_Face], sections: list[str]) -> Iterator[str]:
    """Heads, then a line per row, under the name of its section."""
    height = max((len(face.lines) for face in faces), default=0)
    heads = [[""] * (height - len(face.lines)) + face.lines for face in faces]
    yield from (_line([head[place] for head in heads], faces) for place in range(height))
    now = ""
    for row in range(len(faces[0].cells) if faces else 0):
        if sections and sections[row] != now:
            now = sections[row]
            yield f"[{now}]"
        yield _line([face.cells[row] for face in faces], faces)


def _line(cells: list[str], faces: list[_Face]) -> str:
    parts = [c.ljust(f.width) if f.left else c.rjust(f.width) for c, f in zip(cells, faces, strict=True)]
    return "  ".join(parts).rstrip()


def _width(faces: list[_Face]) -> int:
    return sum(face.width + 2 for face in faces) - 2


def _faces(table: Table, language: str, signs: Signs | None) -> list[_Face]:
    """The columns as they are read: bounds join the figure that they belong to."""
    words = _words(table, language, signs)
    return [_face(table, words, part, language) for part in _parts(table.columns)]


def _face(table: Table, words: list[list[str]], part: slice, language: str) -> _Face:
    columns = table.columns[part]
    cells = (_joined(said[part], row[part], language) for said, row in zip(words, table.rows, strict=True))
    key, left = columns[0].kind == "key", columns[0].kind in ("key", "code")
    return _Face(_head(columns, language), tuple(cells), left, key)


def _parts(columns: Sequence[Column]) -> Iterator[slice]:
    """A column by itself, the two ends of an interval, or a figure with both ends."""
    names = [column.name for column in columns]
    place = 0
    while place < len(names):
        figure = columns[place].kind in ("rate", "estimate", "number")
        with_both = figure and _are_bounds(names, place + 1, of=names[place])
        size = 3 if with_both else 1 + _are_bounds(names, place)
        yield slice(place, place + size)
        place += size


def _are_bounds(names: Sequence[str], place: int, of: str = "") -> bool:
    """Are this column and the next the ends of an interval (of that figure)?"""
    pair = tuple(names[place : place + 2])
    if len(pair) < 2 or not pair[0].endswith("low"):
        return False
    stem = pair[0].removesuffix("low")
    return pair[1] == f"{stem}high" and (not of or stem in ("", f"{of}_"))


def _head(columns: Sequence[Column], language: str) -> str:
    titles = [str(getattr(column.title, language)) for column in columns]
    head = titles[0]
    if len(columns) == 2:
        about = {title.rpartition(":")[0] for title in titles}
        head = (about.pop() if len(about) == 1 else "") or " – ".join(titles)
    return f"{head}, {_PER_1000[language]}" if columns[0].unit == "per 1,000" else head


def _joined(words: Sequence[str], values: Sequence[Value], language: str) -> str:
    """The figure with its interval; only what is there."""
    if len(words) == 1:
        return words[0]
    if all(value is None for value in values[-2:]):
        return words[0] if words[-1] in (words[0], UNKNOWN) else f"{words[0]} ({words[-1]})"
    ends = f"{words[-2]} {_TO[language]} {words[-1]}"
    return ends if len(words) == 2 else f"{words[0]} ({ends})"


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
    if 0 < abs(value) < _SMALL:
        return f"{value:.{1 - math.floor(math.log10(abs(value)))}f}"
    text = f"{value:.3f}"
    return text if column.kind == "estimate" and not column.unit and value else text.rstrip("0").rstrip(".")

"""The parts a page is built from. Sections make them; the template only lays them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

Tone = Literal["plain", "warning", "accent"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table as it is read: ``state`` says why a cell is empty."""

    text: str
    numeric: bool = False
    state: Literal["shown", "hidden", "unknown"] = "shown"


@dataclass(frozen=True, slots=True)
class Heading:
    """One column heading, with its unit in small."""

    text: str
    unit: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table: the first cell of every row is its heading."""

    kind: ClassVar[str] = "table"
    id: str
    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total_rows: frozenset[int] = frozenset()
    note: str = ""

    @property
    def has_hidden(self) -> bool:
        """Is any cell hidden by the gate?"""
        return any(cell.state == "hidden" for row in self.rows for cell in row)


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs."""

    kind: ClassVar[str] = "prose"
    paragraphs: tuple[str, ...]
    lead: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; numbered when the order matters."""

    kind: ClassVar[str] = "bullets"
    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class KeyNumber:
    """One large figure with what it counts."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeyNumbers:
    """A strip of large figures."""

    kind: ClassVar[str] = "key_numbers"
    items: tuple[KeyNumber, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A boxed remark."""

    kind: ClassVar[str] = "note"
    title: str
    paragraphs: tuple[str, ...]
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with values, as a description list."""

    kind: ClassVar[str] = "facts"
    items: tuple[tuple[str, str], ...]
    code: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its text alternative, and the table behind it.

    ``spec`` is a Vega-Lite specification; it holds released figures only.
    """

    kind: ClassVar[str] = "figure"
    id: str
    title: str
    alternative: str
    spec: Mapping[str, Any]
    table: DataTable | None = None
    warning: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A PNG picture; ``name`` is its slot, filled once per page."""

    kind: ClassVar[str] = "drawing"
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Thousand:
    """A thousand small squares, some of them coloured: a natural frequency one can see."""

    kind: ClassVar[str] = "thousand"
    coloured: int
    caption: str


@dataclass(frozen=True, slots=True)
class GroupCard:
    """One target group: who, how many, how often both ways, what is offered and where it is met."""

    number: int
    name: str
    size: str
    frequency: str
    coloured: int | None
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """The target groups, one card each."""

    kind: ClassVar[str] = "groups"
    items: tuple[GroupCard, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """Blocks behind a heading that opens."""

    kind: ClassVar[str] = "details"
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Subsection:
    """Blocks under a heading one level down."""

    kind: ClassVar[str] = "subsection"
    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Still:
    """A chart drawn beforehand, as SVG: one for wide screens and paper, one for phones."""

    kind: ClassVar[str] = "still"
    id: str
    title: str
    alternative: str
    wide: str
    narrow: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class WhatIfCard:
    """One other way of selecting: ``result`` is its code, ``number`` what the picture calls it."""

    number: str
    name: str
    result: str
    result_name: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhatIfCards:
    """Every way of selecting, one card each."""

    kind: ClassVar[str] = "what_ifs"
    items: tuple[WhatIfCard, ...]


Block: TypeAlias = (
    DataTable
    | Prose
    | Bullets
    | KeyNumbers
    | Note
    | Facts
    | Figure
    | Drawing
    | Thousand
    | Groups
    | Details
    | Subsection
    | Still
    | WhatIfCards
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with a heading.

    ``letter`` for an annex; ``front`` for what must fit the first two printed sheets; ``sheet`` ends a printed sheet.
    """

    id: str
    title: str
    blocks: tuple[Block, ...]
    letter: str = ""
    front: bool = False
    sheet: bool = False


@dataclass(frozen=True, slots=True)
class Banner:
    """A line across the top of the page that nobody can miss."""

    title: str
    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Page:
    """One page in one language."""

    language: str
    title: str
    kicker: str
    subtitle: str
    banners: tuple[Banner, ...]
    sections: tuple[Section, ...]
    running: str
    labels: Mapping[str, str] = field(default_factory=dict)

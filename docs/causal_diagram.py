"""The causal diagram of the synthetic world as a picture: ``python -m docs.causal_diagram``.

What stands in it is data (``explanation/causal-diagram.yaml``); a test checks that every arrow names the setting of the
world that carries it, so that the picture cannot show what the maker does not do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml

EXPLANATION = Path(__file__).parent / "explanation"
SOURCE, PICTURE = EXPLANATION / "causal-diagram.yaml", EXPLANATION / "causal-diagram.svg"
_WIDE, _HIGH, _COLUMN, _ROW, _TOP, _LEFT = 158, 46, 206, 78, 96, 16
_COLOURS = {
    "cause": ("#f3f0e7", "#7a6a3a"),
    "stressor": ("#e8eff7", "#2f5d8a"),
    "need": ("#fbe9e3", "#a6472a"),
    "record": ("#e9f3ea", "#3b7a45"),
}


@dataclass(frozen=True)
class Node:
    """A box: where it stands (column and row), what kind it is, whether any register shows it."""

    words: str
    at: tuple[float, float]
    kind: str
    hidden: bool = False

    @property
    def corner(self) -> tuple[float, float]:
        """Upper left corner in the picture."""
        return _LEFT + self.at[0] * _COLUMN, _TOP + self.at[1] * _ROW


@dataclass(frozen=True)
class Arrow:
    """From a cause to what it changes, and the settings of the world that say how much."""

    start: str
    end: str
    settings: tuple[str, ...]
    bend: float = 0.0


@dataclass(frozen=True)
class Diagram:
    """Everything in the picture."""

    title: str
    columns: tuple[str, ...]
    nodes: Mapping[str, Node]
    arrows: tuple[Arrow, ...]


def read() -> Diagram:
    """The diagram as it is written down."""
    raw = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return Diagram(
        raw["title"],
        tuple(raw["columns"]),
        {name: _node(body) for name, body in raw["nodes"].items()},
        tuple(_arrow(body) for body in raw["arrows"]),
    )


def _node(raw: Mapping[str, Any]) -> Node:
    return Node(raw["words"], (raw["at"][0], raw["at"][1]), raw["kind"], raw.get("hidden", False))


def _arrow(raw: Sequence[Any]) -> Arrow:
    start, end, settings, *bend = raw
    return Arrow(start, end, tuple([settings] if isinstance(settings, str) else settings), *bend)


def drawn(diagram: Diagram) -> str:
    """The diagram as SVG."""
    width = _LEFT * 2 + (len(diagram.columns) - 1) * _COLUMN + _WIDE
    height = _TOP + max(node.at[1] for node in diagram.nodes.values()) * _ROW + _HIGH + 84
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" role="img" '
        f'aria-label="{escape(diagram.title)}" font-family="system-ui, sans-serif">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0.8L7.4 4L0 7.2z" fill="#5b6470"/></marker></defs>',
        f'<rect width="{width}" height="{height:.0f}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="34" font-size="22" font-weight="600" fill="#1f2933">{escape(diagram.title)}</text>',
        *(_column(name, position) for position, name in enumerate(diagram.columns)),
        *(_path(arrow, diagram.nodes) for arrow in diagram.arrows),
        *(_box(node) for node in diagram.nodes.values()),
        _legend(height - 40),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _column(name: str, position: int) -> str:
    x = _LEFT + position * _COLUMN + _WIDE / 2
    return f'<text x="{x}" y="72" font-size="14" fill="#5b6470" text-anchor="middle">{escape(name)}</text>'


def _box(node: Node) -> str:
    (x, y), (fill, line) = node.corner, _COLOURS[node.kind]
    dash = ' stroke-dasharray="5 4"' if node.hidden else ""
    size = f'width="{_WIDE}" height="{_HIGH}" rx="9"'
    box = f'<rect x="{x}" y="{y}" {size} fill="{fill}" stroke="{line}" stroke-width="1.5"{dash}/>'
    lines = node.words.split("|")
    first = y + _HIGH / 2 + 5 - 8 * (len(lines) - 1)
    style = 'font-size="14" fill="#1f2933" text-anchor="middle"'
    words = "".join(
        f'<text x="{x + _WIDE / 2}" y="{first + 16 * i}" {style}>{escape(w)}</text>' for i, w in enumerate(lines)
    )
    return box + words


def _path(arrow: Arrow, nodes: Mapping[str, Node]) -> str:
    start, end = nodes[arrow.start], nodes[arrow.end]
    (x1, y1), (x2, y2) = start.corner, end.corner
    if start.at[0] == end.at[0]:
        down = y2 > y1
        x, side = x1 + _WIDE / 2 + arrow.bend, 1 if down else -1
        begin, finish = (x, y1 + _HIGH if down else y1), (x, y2 - 2 if down else y2 + _HIGH + 2)
        c1, c2 = (x, begin[1] + side * 14), (x, finish[1] - side * 14)
    else:
        right = x2 > x1
        begin = (x1 + _WIDE if right else x1, y1 + _HIGH / 2 + arrow.bend)
        finish = (x2 - 2 if right else x2 + _WIDE + 2, y2 + _HIGH / 2 + arrow.bend)
        reach = (finish[0] - begin[0]) / 2
        c1, c2 = (begin[0] + reach, begin[1]), (finish[0] - reach, finish[1])
    curve = " ".join(f"{x:.0f},{y:.0f}" for x, y in (c1, c2, finish))
    dash = ' stroke-dasharray="4 3"' if start.hidden else ""
    return (
        f'<path d="M{begin[0]:.0f},{begin[1]:.0f} C{curve}" fill="none" stroke="#5b6470" stroke-width="1.2" '
        f'stroke-opacity="0.75" marker-end="url(#tip)"{dash}/>'
    )


def _legend(y: float) -> str:
    items = (
        ("cause", "background", False),
        ("stressor", "what befalls a family", False),
        ("need", "true need", False),
        ("record", "what is recorded or done", False),
        ("cause", "dashed: in no register", True),
    )
    parts, x = [], float(_LEFT)
    for kind, words, hidden in items:
        fill, line = _COLOURS[kind]
        dash = ' stroke-dasharray="4 3"' if hidden else ""
        parts.append(f'<rect x="{x}" y="{y}" width="22" height="16" rx="4" fill="{fill}" stroke="{line}"{dash}/>')
        parts.append(f'<text x="{x + 30}" y="{y + 13}" font-size="13" fill="#1f2933">{words}</text>')
        x += 62 + 7.4 * len(words)
    return "".join(parts)


if __name__ == "__main__":
    PICTURE.write_text(drawn(read()), encoding="utf-8", newline="\n")

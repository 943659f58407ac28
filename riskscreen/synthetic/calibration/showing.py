"""A calibration as text and as HTML: quiet, aligned, and ending in what to do."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from riskscreen.synthetic.calibration.results import Calibration, Line

HELD_OUT = "*"
_HEADS = ("", "year", "published", "simulated", "tolerance", "")


def as_text(found: Calibration) -> str:
    """The terminal form: a table by theme, then how many are within, what is not there, and what to do next."""
    lines = [f"{found.name}: {found.notice}", ""]
    cells = [cells_of(line) for line in found.lines]
    widths = [max(len(row[i]) for row in [_HEADS, *cells]) for i in range(len(_HEADS))]
    lines.append(_aligned(_HEADS, widths))
    for theme, title in found.defined.themes.items():
        rows = [row for row, line in zip(cells, found.lines, strict=True) if line.theme == theme]
        lines += [title, *(_aligned(row, widths) for row in rows)]
    return "\n".join([*lines, "", *_ending(found)])


def cells_of(line: Line) -> tuple[str, ...]:
    """Title, year, published, simulated, tolerance and a word: nothing where it is within."""
    mark = f" {HELD_OUT}" if line.held_out else ""
    return (
        f"  {line.title}{mark}",
        str(line.year),
        _published(line),
        figure(line.simulated),
        "" if line.bound else figure(line.tolerance),
        word(line),
    )


def word(line: Line) -> str:
    """What is to be said of a figure, in a word or two."""
    if line.within:
        return ""
    if line.simulated is None or line.within is None:
        return line.explained.split(";")[0] if line.simulated is None else "no target"
    side = "above" if line.published is not None and line.simulated > line.published else "below"
    return f"out, {side}"


def figure(value: float | None) -> str:
    """A figure with as many decimals as its size asks for."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def sign_of(line: Line) -> str:
    """A sign before a published value that is a bound."""
    return {"lower": ">", "upper": "<", None: ""}[line.bound]


def _published(line: Line) -> str:
    return f"{sign_of(line)}{figure(line.published)}"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    parts = [
        cell.ljust(width) if i in (0, len(row) - 1) else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(parts).rstrip()


def counted(found: Calibration) -> tuple[str, str]:
    """How many of the tuned figures, and of those that were set aside, are within."""
    tuned, aside = found.tuned, found.held_out
    return (
        f"{sum(bool(line.within) for line in tuned)} of {len(tuned)} tuned figures are within their tolerance",
        f"{sum(bool(line.within) for line in aside)} of {len(aside)} that were set aside beforehand ({HELD_OUT}) "
        "and never tuned on",
    )


def _ending(found: Calibration) -> Iterator[str]:
    first, second = counted(found)
    yield f"{first}; {second}."
    yield ""
    yield "Not in the world:"
    yield from (f"  {lack.what}" for lack in found.defined.lacks)
    yield ""
    yield f"Published otherwise too; not used: {', '.join(choice.id for choice in found.defined.choices)}."
    yield "The page (--out chart.html) gives the definition of every figure, and why each of these is not used."
    yield ""
    yield f"Next: {_next(found)}"


def _next(found: Calibration) -> str:
    missing = [line for line in found.out if line.simulated is None]
    if missing and len(missing) == len(found.out):
        return "make the world again with this version: it lacks truth that the figures without a value need"
    if found.out:
        return "--out-of-range lists what is out, the farthest first, and the settings of the world that move it"
    return "nothing to tune. Figures that were set aside are for judging, not for tuning"


def out_of_range(found: Calibration) -> str:
    """The tuned figures that are out, the farthest first, and what moves them."""
    heads = ("figure", "published", "simulated", "tolerance", "off by", "moved by")
    rows = [
        (
            line.id,
            _published(line),
            figure(line.simulated),
            "" if line.bound else figure(line.tolerance),
            f"{line.off_by:.1f}" if line.simulated is not None else "-",
            line.moved_by if line.simulated is not None else line.explained,
        )
        for line in found.out
    ]
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    first, _ = counted(found)
    table = [_aligned(heads, widths), *(_aligned(row, widths) for row in rows)] if rows else []
    last = f"{first}. Off by is in tolerances. What was set aside is not shown here: nobody tunes on it."
    return "\n".join([*table, *([""] if rows else []), last])


def as_html(found: Calibration) -> str:
    """The notebook form: the counts and one table per theme."""
    first, second = counted(found)
    parts = [f"<p>{html.escape(found.notice)}</p><p>{html.escape(f'{first}; {second}.')}</p>"]
    parts += [
        table_html(title, [line for line in found.lines if line.theme == theme])
        for theme, title in found.defined.themes.items()
    ]
    return "".join(parts)


def table_html(title: str, lines: Sequence[Line]) -> str:
    """One theme's figures as an HTML table."""
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in ("figure", *_HEADS[1:-1], "said"))
    body = "".join(_row_html(line) for line in lines)
    caption = html.escape(title)
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row_html(line: Line) -> str:
    name, *cells = cells_of(line)
    named = f'<th scope="row" title="{html.escape(line.definition)}">{html.escape(name.strip())}</th>'
    return f"<tr>{named}{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"

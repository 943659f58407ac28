"""Ways of selecting, by the largest gap between groups and by how well risks fit the group they fit worst."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.reports.content import number
from riskscreen.reports.label_places import Box, Point, line_boxes, place_labels
from riskscreen.reports.marks import ACCENT, INK, MUTED, WARM, axis_title, rounded, wrap
from riskscreen.reports.numbers import Language, decimal, per_thousand
from riskscreen.reports.tables import label
from riskscreen.reports.words import Words

if TYPE_CHECKING:
    import altair as alt

LOOKS: Mapping[str, tuple[str, str]] = {
    "as_it_is": ("diamond", INK),
    "may_be_proposed": ("circle", ACCENT),
    "refused": ("square", WARM),
    "what_if_only": ("triangle-up", MUTED),
}
"""Shape and colour per result; either alone tells them apart."""
CARD = "as_it_is"
LETTER, LINE = 6.4, 15.0
"""Width of a letter and height of a line of a label, in pixels."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Size of the plot in pixels, and whether labels are names (``True``) or numbers."""

    width: int
    height: int
    names: bool


WIDE, NARROW, NOTEBOOK = Layout(660, 500, True), Layout(250, 340, False), Layout(600, 440, True)


@dataclass(frozen=True, slots=True)
class Plane:
    """What lies between the ends of both axes, and on how many pixels."""

    across: tuple[float, float]
    up: tuple[float, float]
    layout: Layout

    def pixels(self, fit: float, gap: float) -> Point:
        """A place in pixels from the top left corner."""
        return (
            (fit - self.across[0]) / (self.across[1] - self.across[0]) * self.layout.width,
            (self.up[1] - gap) / (self.up[1] - self.up[0]) * self.layout.height,
        )

    def units(self, point: Point) -> Point:
        """A place in the units of the axes."""
        return (
            self.across[0] + point[0] / self.layout.width * (self.across[1] - self.across[0]),
            self.up[1] - point[1] / self.layout.height * (self.up[1] - self.up[0]),
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """One way of selecting.

    Parameters
    ----------
    number
        Its place in the list of what-ifs; 0 is the card as it is.
    gap
        Its largest gap, in tolerances.
    fit
        Risk minus recorded rate of the worst calibrated group, without its sign, per 1,000 families.
    """

    number: int
    name: str
    result: str
    gap: float
    fit: float
    frontier: bool


def frontier_marks(released: ReleasedTable, language: Language) -> tuple[Mark, ...]:
    """What the table ``what_ifs`` shows: a way of selecting with a hidden figure has no mark."""
    table = released.table
    return tuple(
        Mark(
            place,
            label(table.column("what_if"), row["what_if"], language),
            str(row["result"]),
            gap,
            1000 * abs(worst),
            row["frontier"] == "yes",
        )
        for place, row in enumerate(table.records())
        if (gap := number(row["gap_tolerances"])) is not None and (worst := number(row["worst_value"])) is not None
    )


def frontier_chart(released: ReleasedTable, language: Language, layout: Layout = NOTEBOOK) -> alt.LayerChart:
    """The frontier: a mark per way of selecting, a thin line through those that no other beats on both sides.

    Parameters
    ----------
    released
        The table ``what_ifs``.
    layout
        Size, and whether labels are names or the numbers of the list.
    """
    import altair as alt

    words, marks = Words(language), frontier_marks(released, language)
    plane = _plane(marks, layout)
    labels = _labels(marks, plane, words)
    x = alt.X("fit:Q", title=axis_title(words("what_ifs.axis_fit")), scale=alt.Scale(domain=plane.across))
    y = alt.Y("gap:Q", title=axis_title(words("what_ifs.axis_gap")), scale=alt.Scale(domain=plane.up))
    x, y = x.axis(tickCount=5, format=",~f", grid=False), y.axis(tickCount=6, format=",~f", grid=False)
    layers = [
        _tolerance(words, y),
        alt.Chart(_data(_line(marks))).mark_line(color=ACCENT, strokeWidth=1).encode(x=x, y=y, order="fit:Q"),
        _leaders(labels, x, y),
        _points(released, marks, words, x, y),
        *_names(labels, x, y),
    ]
    return alt.layer(*layers).properties(width=layout.width, height=layout.height)


def _plane(marks: Sequence[Mark], layout: Layout) -> Plane:
    """Gaps start at 0, where the tolerance is seen for what it is; misfits where the marks begin."""
    fits, gaps = [mark.fit for mark in marks], [mark.gap for mark in marks]
    return Plane(_round_ends(fits, from_zero=False), _round_ends([*gaps, 1.0], from_zero=True), layout)


def _round_ends(values: Sequence[float], *, from_zero: bool) -> tuple[float, float]:
    """Round numbers around all values, with some air."""
    most, least = max(values, default=1.0) or 1.0, 0.0 if from_zero else min(values, default=0.0)
    unit = 10.0 ** math.floor(math.log10(most)) / 2
    air = 0.06 * (most - least)
    return max(0.0, math.floor((least - air) / unit) * unit), math.ceil((most + air) / unit) * unit


def _line(marks: Sequence[Mark]) -> list[dict[str, Any]]:
    chosen = sorted((mark for mark in marks if mark.frontier), key=lambda mark: (mark.fit, -mark.gap))
    return [{"fit": rounded(mark.fit), "gap": rounded(mark.gap)} for mark in chosen]


def _labels(marks: Sequence[Mark], plane: Plane, words: Words) -> list[dict[str, Any]]:
    """Label, mark and end of the line between them, in the units of the axes."""
    layout, pixels = plane.layout, plane.pixels
    texts = [_text(mark, layout, words) for mark in marks]
    sizes = [(LETTER * max(map(len, text.split("\n"))), LINE * (text.count("\n") + 1)) for text in texts]
    line = line_boxes([pixels(row["fit"], row["gap"]) for row in _line(marks)])
    one = pixels(0, 1)[1]
    rule = [Box(0, one - 18, 90, one), Box(0, one - 2, layout.width, one + 2)]
    page = Box(4, 0, layout.width + (60 if layout.names else 0), layout.height - 2)
    spots = place_labels([pixels(mark.fit, mark.gap) for mark in marks], sizes, page, [*line, *rule])
    found = []
    for mark, text, size, spot in zip(marks, texts, sizes, spots, strict=True):
        align, shift = _alignment(pixels(mark.fit, mark.gap), spot.centre, size)
        first = spot.centre[1] - LINE / 2 * text.count("\n")  # the library hangs a label of more lines from its first
        fit, gap = plane.units((spot.centre[0] + shift, first))
        row = {"fit": mark.fit, "gap": mark.gap, "label_fit": fit, "label_gap": gap, "text": text, "align": align}
        if spot.leader is not None:
            row["to_fit"], row["to_gap"] = plane.units(spot.leader)
        found.append({key: rounded(value) if isinstance(value, float) else value for key, value in row.items()})
    return found


def _alignment(mark: Point, centre: Point, size: Point) -> tuple[str, float]:
    """On which side of a label its mark lies, and how far that side is from the middle."""
    aside = centre[0] - mark[0]
    if abs(aside) < size[0] / 2:
        return "center", 0.0
    return ("left", -size[0] / 2) if aside > 0 else ("right", size[0] / 2)


def _text(mark: Mark, layout: Layout, words: Words) -> str:
    if mark.result == CARD:
        return words("what_ifs.card_short")
    return wrap(f"{mark.number} {mark.name}", 26) if layout.names else str(mark.number)


def _points(released: ReleasedTable, marks: Sequence[Mark], words: Words, x: Any, y: Any) -> alt.Chart:
    """The marks; the card is larger and drawn first, so that it is seen under a what-if that changes little."""
    import altair as alt

    results = released.table.column("result")
    present = [code for code in LOOKS if code in {mark.result for mark in marks}]
    domain = [label(results, code, words.language) for code in present]
    values = [
        {
            "fit": rounded(mark.fit),
            "gap": rounded(mark.gap),
            "result": label(results, mark.result, words.language),
            "said": said(mark, words),
            "card": mark.result == CARD,
        }
        for mark in marks
    ]
    shape = alt.Shape("result:N", title=None, scale=alt.Scale(domain=domain, range=[LOOKS[c][0] for c in present]))
    colour = alt.Fill("result:N", title=None, scale=alt.Scale(domain=domain, range=[LOOKS[c][1] for c in present]))
    points = alt.Chart(_data(values)).mark_point(filled=True, opacity=1, stroke="white", strokeWidth=0.8)
    tip = alt.Tooltip("said:N", title="\N{ZERO WIDTH SPACE}")
    size = alt.Size("card:N", legend=None, scale=alt.Scale(domain=[True, False], range=[260, 95]))
    return points.encode(x=x, y=y, shape=shape, fill=colour, size=size, tooltip=tip)


def said(mark: Mark, words: Words) -> str:
    """What a mark says, in a sentence."""
    gap, fit = decimal(mark.gap, 1, words.language), per_thousand(mark.fit / 1000, words.language)
    return words("what_ifs.said", name=mark.name, gap=gap, fit=fit)


def _names(labels: list[dict[str, Any]], x: Any, y: Any) -> list[alt.Chart]:
    """Labels to the right of their mark start at it, those to the left end at it, others stand in the middle."""
    import altair as alt

    place = {"x": x.copy(), "y": y.copy()}
    place["x"].shorthand, place["y"].shorthand = "label_fit:Q", "label_gap:Q"
    return [
        alt.Chart(_data([row for row in labels if row["align"] == align]))
        .mark_text(align=align, baseline="middle", fontSize=12, lineBreak="\n", lineHeight=LINE, color=INK)
        .encode(text="text:N", **place)
        for align in ("left", "right", "center")
    ]


def _leaders(labels: list[dict[str, Any]], x: Any, y: Any) -> alt.Chart:
    import altair as alt

    far = [row for row in labels if "to_fit" in row]
    rule = alt.Chart(_data(far)).mark_rule(color=MUTED, strokeWidth=0.8)
    return rule.encode(x=x, y=y, x2=alt.X2("to_fit"), y2=alt.Y2("to_gap"))


def _tolerance(words: Words, y: Any) -> Any:
    """Below this line every gap of a single attribute stays within its tolerance."""
    import altair as alt

    base = alt.Chart(_data([{"gap": 1.0, "label": words("what_ifs.tolerance_short")}])).encode(y=y)
    rule = base.mark_rule(strokeDash=[4, 4], color=MUTED, strokeWidth=1.3)
    text = base.mark_text(align="left", baseline="bottom", dx=6, dy=-3, color=MUTED, fontSize=12)
    return rule + text.encode(x=alt.value(0), text="label:N")


def _data(values: list[dict[str, Any]]) -> Any:
    import altair as alt

    return alt.Data(values=values)


__all__ = ["LOOKS", "NARROW", "NOTEBOOK", "WIDE", "Layout", "Mark", "frontier_chart", "frontier_marks", "said"]

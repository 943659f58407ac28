"""The annex on points: what a total of points means on the test date, and what it may mean on a next one."""

from __future__ import annotations

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.reports import charts, findings, parts
from riskscreen.reports.blocks import Block, Cell, DataTable, Heading, Note, Prose, Subsection, Thousand
from riskscreen.reports.content import HIDDEN, number
from riskscreen.reports.numbers import per_thousand, whole
from riskscreen.reports.parts import Desk


def points(desk: Desk) -> tuple[Block, ...]:
    """Points to natural frequencies with both sides."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        chart = charts.points_chart(released, words.language)
        note = words("charts.note_points")
        figure = parts.figure(desk, "points", chart, words("charts.title_points"), table=None, note=note)
        return [natural_table(desk, released), *extremes(desk, released), figure]

    return (Prose((words("dossier.points_intro"),)), *parts.with_table(desk, "points", make), *next_date(desk))


def natural_table(desk: Desk, released: ReleasedTable) -> DataTable:
    """Per band of points: how many of 1,000 with a new report, how many without."""
    words, language = desk.words, desk.words.language
    rows = []
    for i, record in enumerate(released.table.records()):
        rate, low, high, expected = (number(record.get(c)) for c in ("observed", "low", "high", "expected"))
        if rate is None:
            empty: tuple[Cell, ...] = tuple(_empty(released, i, "observed") for _ in range(4))
        else:
            yes, no = parts.both_sides(words, rate)
            between = (
                "" if low is None or high is None else f"{per_thousand(low, language)} – {per_thousand(high, language)}"
            )
            said = "" if expected is None else per_thousand(expected, language)
            empty = tuple(Cell(t, True, "shown" if t else "unknown") for t in (yes, no, between, said))
        families = number(record["families"])
        first = Cell(desk.label("points", "points", record["points"]))
        size = _empty(released, i, "families") if families is None else Cell(whole(families, language), True)
        rows.append((first, size, *empty))
    of = words("dossier.points_of")
    column = released.table.column
    heads = (
        Heading(words.of(column("points").title)),
        Heading(words.of(column("families").title), numeric=True),
        Heading(words("dossier.points_yes"), of, True),
        Heading(words("dossier.points_no"), of, True),
        Heading(words("common.interval"), of, True),
        Heading(words("dossier.points_expected"), of, True),
    )
    return DataTable(
        "natural-points", words("dossier.points_caption"), heads, tuple(rows), note=words.of(released.table.note)
    )


def extremes(desk: Desk, released: ReleasedTable) -> list[Block]:
    """A thousand families of the lowest and of the highest band."""
    pair = findings.ends(released, "observed")
    blocks: list[Block] = []
    for which, record in zip(("lowest", "highest"), pair or (), strict=False):
        per, other = parts.both_sides(desk.words, record["observed"])
        name = desk.label("points", "points", record["points"])
        caption = desk.words(f"dossier.points_{which}", label=name, per=per, other=other)
        blocks.append(Thousand(round(1000 * record["observed"]), caption))
    return blocks


def next_date(desk: Desk) -> tuple[Block, ...]:
    """What the same totals may mean on a next index date, with how much dates differ; or why that is not known."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        known = any(number(value) is not None for value in released.table.values("next_low"))
        if not known and not _is_hidden(released, "next_low"):
            return [Note("", (words.of(released.table.note),))]
        return [Prose((words("dossier.next_intro"),)), next_table(desk, released)]

    blocks = parts.with_table(desk, "points_next", make)
    return (Subsection("next-date", words("dossier.next_title"), blocks),)


def next_table(desk: Desk, released: ReleasedTable) -> DataTable:
    """Per band of points: recorded so far, and the two intervals for a next date, with and without drift."""
    words, column = desk.words, released.table.column
    of = words("dossier.points_of")
    rows = tuple(_next_row(desk, released, row) for row in range(len(released.table.rows)))
    heads = (
        Heading(words.of(column("points").title)),
        Heading(words.of(column("families").title), numeric=True),
        Heading(words.of(column("observed").title), of, True),
        Heading(words("dossier.next_with_drift"), of, True),
        Heading(words("dossier.next_without_drift"), of, True),
    )
    return DataTable("points-next", words("dossier.next_caption"), heads, rows, note=words.of(released.table.note))


def _next_row(desk: Desk, released: ReleasedTable, row: int) -> tuple[Cell, ...]:
    language = desk.words.language
    record = released.table.records()[row]

    def said(*names: str) -> Cell:
        found = [number(record[name]) for name in names]
        if any(value is None for value in found):
            return _empty(released, row, names[0])
        return Cell(" – ".join(per_thousand(value, language) for value in found if value is not None), True)

    families = number(record["families"])
    size = _empty(released, row, "families") if families is None else Cell(whole(families, language), True)
    first = Cell(desk.label("points_next", "points", record["points"]))
    return first, size, said("observed"), said("next_low", "next_high"), said("same_low", "same_high")


def _is_hidden(released: ReleasedTable, column: str) -> bool:
    return any(released.cell(row, column)[1] == HIDDEN for row in range(len(released.table.rows)))


def _empty(released: ReleasedTable, row: int, column: str) -> Cell:
    state = released.cell(row, column)[1]
    return Cell("", True, "hidden" if state == HIDDEN else "unknown")

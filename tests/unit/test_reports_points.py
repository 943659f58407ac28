"""The annex on points: what a total means on a next index date, or why that is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import reports_example as example

from riskscreen.reports.blocks import Block, DataTable, Note, Subsection
from riskscreen.reports.dossier_points import points
from riskscreen.reports.numbers import Language
from riskscreen.reports.parts import Desk
from riskscreen.reports.words import Words


def next_date(language: Language, **tables: object) -> tuple[Block, ...]:
    """The blocks under *Rates on a next index date*."""
    content = example.content(tables=tables)
    (section,) = [block for block in points(Desk(content, Words(language))) if isinstance(block, Subsection)]
    return section.blocks


def next_table(language: Language) -> DataTable:
    blocks = next_date(language, points_next=example.released()["points_next"])
    (table,) = [block for block in blocks if isinstance(block, DataTable)]
    return table


def test_both_intervals_stand_beside_what_was_recorded() -> None:
    table = next_table("en")
    assert [heading.text for heading in table.headings] == [
        "points",
        "families, known dates",
        "recorded rate",
        "95% interval, next index date",
        "95% interval if dates did not differ",
    ]
    assert table.note == "Drift is in it."
    texts = [[cell.text for cell in row] for row in table.rows]
    assert texts[0][:3] == ["0 points", "28,040", "8.3"]
    for _, _, recorded, wide, narrow in texts:
        (low, high), (least, most) = ([float(end) for end in text.split(" – ")] for text in (wide, narrow))
        assert low < least <= float(recorded) + 0.5
        assert most < high


def test_the_dutch_page_has_the_dutch_words_and_figures() -> None:
    table = next_table("nl")
    assert [heading.text for heading in table.headings][3:] == [
        "95%-interval, volgende peildatum",
        "95%-interval als peildata gelijk waren",
    ]
    assert table.rows[0][2].text == "8,3"


@pytest.mark.parametrize(("language", "said"), [("en", "Too few dates."), ("nl", "Te weinig peildata.")])
def test_with_too_few_dates_the_page_says_why_there_is_no_interval(language: Language, said: str) -> None:
    blocks = next_date(language, **example.drafts(example.points_next(known=False)))
    assert blocks == (Note("", (said,)),)


def test_a_run_without_the_table_says_that_it_was_not_made() -> None:
    (note,) = next_date("en")
    assert isinstance(note, Note)
    assert note.paragraphs == ("Not made in this run: the risk per number of points on a next index date.",)


def test_what_the_gate_hid_shows_as_hidden() -> None:
    made = example.points_next()
    few = (made.rows[0][0], 6, 3, 0.5, 0.1, 0.9, 0.2, 0.8)
    blocks = next_date("en", **example.drafts(replace(made, rows=(few, *made.rows[1:]))))
    (table,) = [block for block in blocks if isinstance(block, DataTable)]
    assert [cell.state for cell in table.rows[0]] == ["shown", "hidden", "hidden", "hidden", "hidden"]
    assert {cell.text for cell in table.rows[0][1:]} == {""}

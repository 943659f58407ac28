"""The board's page of what-ifs: released figures only, in plain sentences, in two languages."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
import what_ifs_example as example

from riskscreen.errors import MachineError, RefusedError, UsageError
from riskscreen.pipeline.mitigating import MitigationResult
from riskscreen.reports.frontier_chart import NARROW, NOTEBOOK, WIDE, frontier_chart
from riskscreen.reports.label_places import RADIUS, Box, place_labels
from riskscreen.reports.marks import finish
from riskscreen.reports.numbers import LANGUAGES, Language
from riskscreen.reports.parts import Desk
from riskscreen.reports.what_if_page import what_ifs_html, write_what_ifs
from riskscreen.reports.what_if_sentences import cards
from riskscreen.reports.words import Words

SCREENS = {"wide": WIDE, "narrow": NARROW, "notebook": NOTEBOOK}


def values_in(spec: Any) -> list[dict[str, Any]]:
    """Every data record of a specification."""
    if isinstance(spec, dict):
        own = spec["values"] if isinstance(spec.get("values"), list) else []
        return [*own, *(record for part in spec.values() for record in values_in(part))]
    return [record for part in spec for record in values_in(part)] if isinstance(spec, list) else []


class Reader(HTMLParser):
    """Text, addresses, ids and headings of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.text: list[str] = []
        self.silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [str(value) for name, value in attrs if name == "id"]
        self.addresses += [str(value) for name, value in attrs if name in ("href", "src", "xlink:href")]
        self.silent += tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag == "style"

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.text.append(" ".join(data.split()))


def read(language: Language) -> Reader:
    return Reader(what_ifs_html(example.content(), language))


def told(language: Language) -> dict[str, str]:
    """The sentences of every card, by the name of the what-if."""
    return {card.name: " ".join(card.sentences) for card in cards(Desk(example.content(), Words(language)))}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("screen", SCREENS)
def test_the_picture_is_valid_and_holds_released_figures_only(screen: str, language: Language) -> None:
    table = example.released()["what_ifs"]
    chart = frontier_chart(table, language, SCREENS[screen])
    chart.to_dict(validate=True)
    spec = finish(chart)
    points = [row for row in values_in(spec) if "result" in row]
    rows = [row for row in table.table.records() if row["gap_tolerances"] is not None]
    assert [(p["gap"], p["fit"]) for p in points] == [
        (row["gap_tolerances"], pytest.approx(1000 * abs(row["worst_value"]))) for row in rows
    ]
    assert len(points) == len(table.table.rows) - 1
    assert "http" not in json.dumps(spec)


@pytest.mark.parametrize(("language", "name"), [("en", "eviction"), ("nl", "huisuitzetting")])
def test_a_what_if_whose_figures_are_hidden_has_no_mark_and_no_sentence_about_them(
    language: Language, name: str
) -> None:
    spec = json.dumps(finish(frontier_chart(example.released()["what_ifs"], language)))
    html = what_ifs_html(example.content(), language)
    assert name not in spec
    assert not re.search(r"13[.,]3|666|77[.,]7", html)  # its gap (in tolerances, of 1,000) and its misfit
    hidden = next(text for key, text in told(language).items() if name in key)
    assert hidden == Words(language)("what_ifs.result_may_be_proposed")


def test_every_result_has_a_shape_and_a_colour_of_its_own() -> None:
    spec = finish(frontier_chart(example.released()["what_ifs"], "en"))
    marks = next(layer for layer in spec["layer"] if "shape" in layer.get("encoding", {}))
    for channel in ("shape", "fill"):
        scale = marks["encoding"][channel]["scale"]
        assert scale["domain"] == ["the card as it is", "may be proposed", "refused", "what-if only"]
        assert len(set(scale["range"])) == 4


def test_the_thin_line_runs_along_the_frontier() -> None:
    table = example.released()["what_ifs"]
    spec = finish(frontier_chart(table, "en"))
    line = next(layer for layer in spec["layer"] if layer.get("mark", {}).get("type") == "line")
    assert line["mark"]["strokeWidth"] == 1
    drawn = {(row["gap"], row["fit"]) for row in values_in(line)}
    on = [row for row in table.table.records() if row["frontier"] == "yes" and row["gap_tolerances"] is not None]
    assert drawn == {(row["gap_tolerances"], round(1000 * abs(row["worst_value"]), 6)) for row in on}
    assert len(drawn) > 1


def test_labels_of_crowded_marks_meet_no_label_and_no_mark() -> None:
    marks = [(60.0, 225.0), (62.0, 227.0), (84.0, 219.0), (87.0, 252.0), (136.0, 245.0), (139.0, 340.0), (139.0, 343.0)]
    sizes = [(120.0, 15.0 + 15 * (i % 3)) for i in range(len(marks))]
    page, rule = Box(0, 0, 600, 460), Box(0, 380, 600, 384)
    spots = place_labels(marks, sizes, page, [rule])
    boxes = [Box.around(spot.centre, *size) for spot, size in zip(spots, sizes, strict=True)]
    assert all(box.within(page) for box in boxes)
    assert not any(one.meets(other) for one, other in combinations(boxes, 2))
    squares = [Box.around(mark, 2 * RADIUS, 2 * RADIUS) for mark in marks]
    assert not any(box.meets(other) for box in boxes for other in (*squares, rule))


def test_a_label_without_any_place_still_stands_beside_its_mark() -> None:
    spot = place_labels([(50.0, 50.0)], [(400.0, 15.0)], Box(0, 0, 100, 100))[0]
    assert spot.centre == (50 + RADIUS + 200, 50)
    assert place_labels([], [], Box(0, 0, 1, 1)) == ()


def test_the_result_draws_itself_in_both_languages_and_in_no_other() -> None:
    result = MitigationResult(example.content())
    for language, axis in (("en", "largest gap"), ("nl", "grootste verschil")):
        assert axis in json.dumps(result.plot(language).to_dict())  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no language"):
        result.plot("fr")  # type: ignore[arg-type]
    assert result.scenario == "small"
    assert "may be proposed to the board" in str(result)


def test_each_what_if_says_in_plain_english_what_became_of_it() -> None:
    found = told("en")
    assert list(found) == ["Card", "Without low education", "Without moves", *list(found)[3:]]
    assert "No gap was found that this opens or widens" in found["Without low education"]
    refused = found["Without moves"]
    assert "The verdict becomes ‘gap’ for: family form (share selected)." in refused
    assert "In 2 comparisons a gap widens." in refused
    assert "160 of 1,000 families more. By the card it was 20 fewer." in refused  # it turned round
    assert "Largest gap by one attribute: origin (share selected), 247 of 1,000 families: 4.9 times" in refused
    assert "of 1,000 families 14 reports too many are expected" in refused
    assert "about 74 of 100 pairs, in 26 not. That is worse than the card" in refused
    assert "never used" in next(text for name, text in found.items() if "cut per group" in name)


def test_each_what_if_says_so_in_plain_dutch() -> None:
    refused = told("nl")["Zonder verhuizingen"]
    assert "Daarom mag dit niet worden voorgesteld." in refused
    assert "247 op de 1.000 gezinnen: 4,9 keer de marge. Met de puntenkaart: 3,3 keer." in refused
    assert "in ongeveer 74 van 100 paren goed, in 26 niet" in refused


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Draft for review.", "No gap shown is not proof of equal treatment.", "66 of 100 times right")),
        ("nl", ("Concept ter beoordeling.", "Dat bewijst geen gelijke behandeling", "66 van de 100 keer goed")),
    ],
)
def test_the_page_says_what_it_is_and_what_the_stressors_tell(language: Language, said: tuple[str, ...]) -> None:
    text = " ".join(read(language).text)
    assert [one for one in said if one not in text] == []
    assert not re.search(r"unbiased|onbevooroordeeld|\bfair\b|\beerlijk", text.lower())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_runs_and_loads_nothing(language: Language) -> None:
    page = read(language)
    other = "en" if language == "nl" else "nl"
    assert {a for a in page.addresses if not a.startswith(("#", "data:"))} == {f"what-ifs.{other}.html"}
    assert "script" not in page.tags
    assert len(page.ids) == len(set(page.ids))
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_both_languages_say_as_much() -> None:
    dutch, english = (read(language) for language in LANGUAGES)
    assert dutch.tags == english.tags or len(dutch.tags) == pytest.approx(len(english.tags), rel=0.05)


def test_the_page_lists_the_gaps_that_widened_and_says_when_there_are_none() -> None:
    html = what_ifs_html(example.content(), "en")
    assert "Without moves: 2 comparisons" in html
    found = {name: table for name, table in example.released().items() if name != "what_if_opened"}
    assert "No way was found to widen a gap." in what_ifs_html(example.content(tables=found), "en")


def test_a_page_without_any_figure_still_stands() -> None:
    text = " ".join(Reader(what_ifs_html(example.content(tables={}), "nl")).text)
    assert "Geen plaatje" in text
    assert "Geen enkele manier mag worden voorgesteld" in text


def test_a_table_that_the_gate_did_not_make_is_refused() -> None:
    foreign = example.released()["what_ifs"].table
    with pytest.raises(RefusedError, match="released tables only"):
        example.content(tables={"what_ifs": foreign})


def test_both_pages_are_written_aside_and_renamed(tmp_path: Path) -> None:
    folder = tmp_path / "for the board"
    paths = write_what_ifs(folder, example.content())
    assert [path.name for path in paths] == ["what-ifs.nl.html", "what-ifs.en.html"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in paths)
    assert write_what_ifs(folder, example.content())[0].read_text() == paths[0].read_text()
    with pytest.raises(MachineError, match="cannot write"):
        write_what_ifs(paths[0], example.content())

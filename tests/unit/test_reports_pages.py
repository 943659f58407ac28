"""One file per page: offline, in two languages, with warnings nobody can miss and no hidden figure."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
import reports_example as example

from riskscreen.errors import MachineError, RefusedError, UsageError
from riskscreen.records.texts import Text
from riskscreen.reports import Picture, ReviewFacts, write_dossier, write_report
from riskscreen.reports.dossier_page import dossier_page
from riskscreen.reports.page import page_html, script_json
from riskscreen.reports.report_page import report_page
from riskscreen.reports.tables import data_table, great_table
from riskscreen.reports.words import Words

PAGES = {"report": report_page, "dossier": dossier_page}
LOADS = {"src", "href", "data", "poster", "srcset", "action", "background", "cite"}


class Reader(HTMLParser):
    """What a test needs of a page: ids, headings, addresses, scripts and the text outside scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.headings: dict[str, list[int]] = {"nl": [], "en": []}
        self.addresses: list[str] = []
        self.unscoped = 0
        self.policy = ""
        self.text: dict[str, list[str]] = {"nl": [], "en": [], "": []}
        self.edition = ""
        self.silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if given.get("class", "") == "edition only":
            self.edition = str(given["lang"])
        if re.fullmatch(r"h[1-6]", tag) and self.edition:
            self.headings[self.edition].append(int(tag[1]))
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(given["content"])
        self.addresses += [str(v) for k, v in attrs if k in LOADS and v]
        self.unscoped += tag == "th" and "scope" not in given
        self.silent += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")
        if tag == "main":
            self.edition = ""

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.text[self.edition].append(data.strip())


@cache
def written(name: str) -> str:
    """The page with everything on it."""
    return page_html(example.content(), PAGES[name])


@pytest.fixture(params=list(PAGES))
def html(request: pytest.FixtureRequest) -> str:
    return written(request.param)


def test_a_page_loads_nothing(html: str) -> None:
    reader = Reader(html)
    assert reader.addresses
    assert all(a.startswith(("#", "data:")) for a in reader.addresses)
    assert reader.policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "connect-src" not in reader.policy
    assert "unsafe-eval" not in reader.policy


def test_a_page_stays_below_two_megabytes(html: str) -> None:
    assert len(html.encode()) < 2_000_000


def test_ids_are_unique_and_headings_in_order(html: str) -> None:
    reader = Reader(html)
    assert len(reader.ids) == len(set(reader.ids))
    assert reader.unscoped == 0
    for levels in reader.headings.values():
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
    assert reader.headings["nl"] == reader.headings["en"]


def test_both_languages_say_as_much(html: str) -> None:
    text = Reader(html).text
    assert len(text["nl"]) == pytest.approx(len(text["en"]), rel=0.02)
    assert "Verzonnen gezinnen." in text["nl"]
    assert "Synthetic families." in text["en"]


def test_a_page_says_where_the_review_stands(html: str) -> None:
    assert "Draft for review." in Reader(html).text["en"]


def test_the_same_content_gives_the_same_bytes() -> None:
    assert page_html(example.content(), report_page) == written("report")


@pytest.mark.parametrize("make", PAGES.values())
def test_real_names_warn_on_the_page_and_on_every_map(make: object) -> None:
    areas = {name: table for name, table in example.released().items() if name.startswith(("areas", "places"))}
    content = example.content(real_area_names=True, tables=areas)
    page = make(content, Words("en"))  # type: ignore[operator]
    html = page_html(content, make)  # type: ignore[arg-type]
    assert page.banners[0].title.startswith("Real names")
    assert page.banners[0].tone == "warning"
    plots = re.findall(r'<figcaption id="(?:nl|en)-((?:map-)?areas-?_?\w+)-title">.*?</figure>', html, flags=re.S)
    warned = re.findall(
        r'<figcaption id="(?:nl|en)-(?:map-)?areas_\w+-title">[^<]*</figcaption><p class="map-warning">', html
    )
    assert len(plots) == len(warned) > 0
    assert "real names, synthetic families" in page.running


def test_a_missing_table_leaves_its_section_out_and_the_page_says_so() -> None:
    left = {"coverage": example.released()["coverage"]}
    text = " ".join(Reader(page_html(example.content(tables=left), dossier_page)).text["en"])
    assert "Not made in this run: the target groups." in text
    assert "Not made in this run: the verdicts of the audit." in text


def test_no_verdict_stands_in_the_dossier_without_what_it_rests_on() -> None:
    text = Reader(written("dossier")).text
    assert "Reports do not count here." in " ".join(text["en"])
    said = "Depends on how often selected and other families are reported. Turns when need is reported 1.34"
    assert said in " ".join(text["en"])
    assert "Draait om als er bij gekozen gezinnen 1,34 keer zo vaak gemeld wordt als bij andere." in " ".join(
        text["nl"]
    )


def test_a_page_without_any_table_still_opens() -> None:
    for make in PAGES.values():
        html = page_html(example.content(tables={}, polygons={}, pictures={}, absent=()), make)
        assert "Not made in this run: the areas" not in html
        assert "Not made in this run: the target groups." in html


def test_only_the_gate_makes_what_a_page_shows() -> None:
    with pytest.raises(RefusedError, match="released tables only"):
        example.content(tables={"coverage": example.coverage()})


def test_hidden_cells_show_a_dot_and_the_legend() -> None:
    table = data_table(example.released()["areas_buurt"], Words("nl"))
    states = {cell.state for row in table.rows for cell in row}
    assert "hidden" in states
    assert table.has_hidden
    html = written("report")
    assert "niet getoond, om kleine groepen te beschermen" in html


def test_the_bounds_of_an_interval_are_one_column() -> None:
    table = data_table(example.released()["accumulation"], Words("en"))
    assert [h.text for h in table.headings] == [
        "domains with a stressor",
        "families",
        "with a new report",
        "rate",
        "95% interval",
    ]
    assert " – " in table.rows[0][4].text


def test_a_margin_row_stands_out() -> None:
    table = data_table(example.released()["areas_wijk"], Words("nl"))
    assert table.total_rows == {len(table.rows) - 1}
    assert table.rows[-1][0].text == "totaal"


def test_a_notebook_gets_a_great_table() -> None:
    shown = great_table(example.released()["accumulation"], "nl").as_raw_html()
    assert "Stapeling van domeinen" in shown
    assert "7.412" in shown


def test_pictures_show_their_alternative_and_their_language_only() -> None:
    title, alternative = Text("Profiles", "Profielen"), Text("Grey dots.", "Grijze stippen.")
    pictures = {f"bee.{n}": Picture(example.png(), title, alternative) for n in ("nl", "en")}
    html = page_html(example.content(pictures=pictures, tables={}), dossier_page)
    assert html.count("data:image/png;base64,") == 2
    assert 'alt="Grijze stippen."' in html


@pytest.mark.parametrize(
    ("png", "alternative"), [(b"GIF89a", Text("a", "b")), (b"\x89PNG....", Text("only English", ""))]
)
def test_a_picture_without_alternative_or_of_another_kind_is_refused(png: bytes, alternative: Text) -> None:
    with pytest.raises(UsageError):
        Picture(png, Text("t", "t"), alternative)


def test_an_approval_needs_a_name_and_a_date() -> None:
    with pytest.raises(UsageError, match="who approved"):
        ReviewFacts("approved")


def test_chart_data_cannot_end_their_script() -> None:
    assert "</script>" not in script_json({"name": "</script><b>"})


def test_names_of_areas_are_escaped() -> None:
    html = page_html(example.content(municipality="<i>Stad</i>", tables={}), report_page)
    assert "<i>Stad" not in html
    assert "&lt;i&gt;Stad&lt;/i&gt;" in html


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "a folder" / "report.html"
    assert write_report(place, example.content(tables={})) == place
    assert [p.name for p in place.parent.iterdir()] == ["report.html"]
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(MachineError, match="cannot write"):
        write_dossier(blocked / "dossier.html", example.content(tables={}))

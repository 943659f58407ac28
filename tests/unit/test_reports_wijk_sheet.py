"""What the page of one wijk says, and what it leaves out."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from wijken_example import described

from riskscreen.records.tables import TOTAL
from riskscreen.reports.content import number
from riskscreen.reports.numbers import LANGUAGES
from riskscreen.reports.wijk_sheet import wijk_sheet, wijk_sheet_html, wijken_of, write_wijk_sheets

SMALL = wijken_of(described())[-1]
LARGE = wijken_of(described())[1]


def test_it_says_how_many_families_live_there_and_how_many_have_stacked_domains() -> None:
    sheet = wijk_sheet(described(), LARGE, "en")
    rows = described().tables["wijk_families"].table.records()
    families = next(number(r["all_families"]) for r in rows if r["area"] == LARGE)
    assert sheet.lead.startswith(f"{families:,.0f} families")
    both = re.search(r"In (\d+) of 100, .* in (\d+) they do not", sheet.lead)
    assert both
    assert int(both[1]) + int(both[2]) == 100


def test_bars_hold_the_shares_of_the_released_table() -> None:
    sheet = wijk_sheet(described(), LARGE, "en")
    shares = {
        r["area"]: number(r["share"])
        for r in described().tables["wijk_domains"].table.records()
        if r["domain"] == "debt"
    }
    debt = next(bar for bar in sheet.piled.bars if bar.name == "Debt")
    here, everywhere = shares[LARGE], shares[TOTAL]
    assert here is not None
    assert everywhere is not None
    assert debt.text == f"{100 * here:.0f} ({100 * everywhere:.0f})"
    assert debt.here is not None
    assert debt.all is not None
    assert debt.here / debt.all == pytest.approx(here / everywhere, rel=0.02)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wijk_of_eight_families_shows_none_of_its_counts(language: str) -> None:
    html = wijk_sheet_html(described(), SMALL, language)  # type: ignore[arg-type]
    sheet = wijk_sheet(described(), SMALL, language)  # type: ignore[arg-type]
    assert all(bar.here is None for bar in (*sheet.living.bars, *sheet.piled.bars))
    assert ("niet getoond" if language == "nl" else "not shown") in html
    assert not re.search(r"\b8 (families|gezinnen)", html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_needs_nothing_else_and_names_no_family(language: str) -> None:
    html = wijk_sheet_html(described(), LARGE, language)  # type: ignore[arg-type]
    assert f'<html lang="{language}">' in html
    assert not re.findall(r"(?:src|href)=\"(?!data:)", html)
    assert "http:" not in unescape(html)
    assert "https:" not in unescape(html)
    assert "{" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    assert ("één gezin" if language == "nl" else "one family") in html


def test_without_the_tables_of_wijken_there_is_no_sheet(tmp_path: Path) -> None:
    bare = replace(described(), tables={"areas_wijk": described().tables["areas_wijk"]})
    assert wijken_of(bare) == ()
    assert write_wijk_sheets(tmp_path, bare) == ()


def test_a_page_per_wijk_and_language(tmp_path: Path) -> None:
    paths = write_wijk_sheets(tmp_path, described(), wijken=[LARGE])
    assert [path.name for path in paths] == [f"{LARGE}.nl.html", f"{LARGE}.en.html"]

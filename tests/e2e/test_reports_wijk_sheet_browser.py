"""The page of a wijk in a real browser: on a phone, on one sheet of A4, and for people who use a screen reader."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from browsing import broken_rules, opened
from wijken_example import described

from riskscreen.reports.numbers import LANGUAGES
from riskscreen.reports.printing import print_pdf
from riskscreen.reports.wijk_sheet import wijken_of, write_wijk_sheets

pytestmark = pytest.mark.slow
LARGE, SMALL = wijken_of(described())[1], wijken_of(described())[-1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sheets with spaces")
    write_wijk_sheets(home, described())
    return home


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("wijk", [LARGE, SMALL])
def test_it_reads_on_every_screen(browser: Any, folder: Path, wijk: str, width: int, language: str) -> None:
    page, complaints = opened(browser, folder / f"{wijk}.{language}.html", width)
    assert page.get_attribute("html", "lang") == language
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("h1").count() == 1
    assert page.locator(".bars li").count() == 18
    assert complaints == []
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_prints_on_one_side_of_a4(browser: Any, folder: Path, language: str) -> None:
    pdf = print_pdf(folder / f"{LARGE}.{language}.html").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [390, 1280])
def test_no_accessibility_rule_is_broken(browser: Any, folder: Path, language: str, width: int) -> None:
    page, _ = opened(browser, folder / f"{LARGE}.{language}.html", width)
    assert broken_rules(page, at_least=8) == []
    page.close()

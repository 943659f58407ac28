"""The board's page of what-ifs in a real browser: on a phone, on a desk, and for people who use a screen reader."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import what_ifs_example as example
from browsing import broken_rules, opened

from riskscreen.reports.numbers import LANGUAGES
from riskscreen.reports.what_if_page import write_what_ifs

pytestmark = pytest.mark.slow
OPEN = "document.querySelectorAll('details').forEach(d => { d.open = true })"
LABELS = """
[...document.querySelectorAll('.still > div')].filter(d => d.offsetWidth > 0)
  .flatMap(d => [...d.querySelectorAll('.mark-text.role-mark text')])
  .map(t => t.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("what-ifs with spaces")
    write_what_ifs(home, example.content())
    return home


def board_page(browser: Any, folder: Path, language: str, width: int) -> tuple[Any, list[str]]:
    page, complaints = opened(browser, folder / f"what-ifs.{language}.html", width)
    page.evaluate(OPEN)
    return page, complaints


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [390, 1200])
def test_it_reads_on_every_screen_and_labels_lie_apart(browser: Any, folder: Path, language: str, width: int) -> None:
    page, complaints = board_page(browser, folder, language, width)
    assert page.get_attribute("html", "lang") == language
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator(".still > div:visible").count() == 1
    boxes = page.evaluate(LABELS)
    assert len(boxes) == 5  # four ways of selecting, and the tolerance
    apart = [
        one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        for one, other in combinations(boxes, 2)
    ]
    assert all(apart)
    assert complaints == []
    page.close()


def test_the_other_language_is_one_click_away(browser: Any, folder: Path) -> None:
    page, complaints = board_page(browser, folder, "nl", 1200)
    page.click("a[hreflang=en]")
    assert page.get_attribute("html", "lang") == "en"
    assert complaints == []
    page.close()


@pytest.mark.parametrize(("language", "width"), [("nl", 390), ("en", 1200)])
def test_no_accessibility_rule_is_broken(browser: Any, folder: Path, language: str, width: int) -> None:
    page, _ = board_page(browser, folder, language, width)
    assert broken_rules(page, at_least=16) == []
    page.close()

"""The signal card in a real browser: on a phone, on A4, and for people who use a screen reader."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from browsing import CHROMIUM, broken_rules, opened

from riskscreen.pipeline.signal_card import make_signal_card
from riskscreen.reports.numbers import LANGUAGES

pytestmark = pytest.mark.slow
SHEET = (703, 1036)
"""What A4 leaves within the card's print margins, in CSS pixels: 186 x 274 mm."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("cards with spaces")
    make_signal_card(home, pdf=Path(CHROMIUM).exists())
    return home


def card(browser: Any, folder: Path, language: str, width: int, height: int = 900) -> tuple[Any, list[str]]:
    return opened(browser, folder / f"signal-card.{language}.html", width, height)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_reads_on_every_screen(browser: Any, folder: Path, language: str, width: int) -> None:
    page, complaints = card(browser, folder, language, width)
    assert page.get_attribute("html", "lang") == language
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("h1").count() == 1
    assert page.locator(".steps li").count() == 5
    assert page.locator(".professional").count() == 6
    assert complaints == []
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_prints_on_two_sides_of_a4(browser: Any, folder: Path, language: str) -> None:
    page, _ = card(browser, folder, language, *SHEET)
    page.emulate_media(media="print")
    over = page.evaluate("[...document.querySelectorAll('.sheet')].map(s => s.scrollHeight - s.clientHeight)")
    assert over == [0, 0]
    assert page.evaluate("[...document.querySelectorAll('.sheet')].every(s => s.scrollWidth <= s.clientWidth)")
    pdf = (folder / f"signal-card.{language}.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    boxes = {tuple(round(float(x)) for x in box.split()) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", pdf)}
    assert boxes <= {(0, 0, 595, 842), (0, 0, 596, 842), (0, 0, 595, 843)}, boxes
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [390, 1280])
def test_no_accessibility_rule_is_broken(browser: Any, folder: Path, language: str, width: int) -> None:
    page, _ = card(browser, folder, language, width)
    assert broken_rules(page, at_least=8) == []
    page.close()

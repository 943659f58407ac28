"""The signal card in a real browser: on a phone, on A4, and for people who use a screen reader."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from riskscreen.pipeline.signal_card import make_signal_card
from riskscreen.reports.numbers import LANGUAGES

pytestmark = pytest.mark.slow
CHROMIUM = os.environ.get("RISKSCREEN_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
ARGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
SHEET = (703, 1036)
"""What A4 leaves within the card's print margins, in CSS pixels: 186 x 274 mm."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("cards with spaces")
    make_signal_card(home, pdf=Path(CHROMIUM).exists())
    return home


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"Chromium is not at {CHROMIUM} (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        one = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield one
        one.close()


def opened(browser: Any, folder: Path, language: str, width: int, height: int = 900) -> tuple[Any, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": height})
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("request", lambda r: complaints.append(r.url) if r.url.startswith(("http", "ws")) else None)
    page.goto((folder / f"signal-card.{language}.html").as_uri())
    return page, complaints


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_reads_on_every_screen(browser: Any, folder: Path, language: str, width: int) -> None:
    page, complaints = opened(browser, folder, language, width)
    assert page.get_attribute("html", "lang") == language
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("h1").count() == 1
    assert page.locator(".steps li").count() == 5
    assert page.locator(".professional").count() == 6
    assert complaints == []
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_prints_on_two_sides_of_a4(browser: Any, folder: Path, language: str) -> None:
    page, _ = opened(browser, folder, language, *SHEET)
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
    if not AXE.is_file():
        pytest.skip("axe-core is absent (npm install --prefix tests/e2e)")
    page, _ = opened(browser, folder, language, width)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    broken = [f"{v['id']}: {v['nodes'][0]['html'][:200]} ({len(v['nodes'])})" for v in result["violations"]]
    assert broken == []
    assert len(result["passes"]) >= 8
    page.close()

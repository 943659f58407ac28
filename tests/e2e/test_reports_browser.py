"""The two pages in a real browser, opened from disk: language, charts, phone, print, and accessibility."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import reports_example as example
from browsing import broken_rules, opened

from riskscreen.reports import write_dossier, write_public, write_report

pytestmark = pytest.mark.slow
SHEET = (680, 1003)
"""What A4 leaves for text between the page's print margins, in CSS pixels: 180 x 265 mm."""
PAGES = ("report", "dossier")
DRAWN = "[...document.querySelectorAll('.plot')].filter(p => p.offsetWidth > 0).every(p => p.dataset.drawn)"


@dataclass
class Watched:
    """A page with everything it complained about or asked for."""

    page: Any
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("pages with spaces")
    write_report(home / "report.html", example.content(real_area_names=True))
    write_dossier(home / "dossier.html", example.content())
    write_public(home / "public.html", example.content())
    return home


def drawn(browser: Any, path: Path, width: int = 1280) -> Watched:
    """The page from disk; done when its charts are drawn."""
    page, complaints = opened(browser, path, width)
    page.wait_for_function(DRAWN)
    return Watched(page, complaints)


@pytest.mark.parametrize("name", PAGES)
def test_switching_the_language_switches_everything(browser: Any, folder: Path, name: str) -> None:
    watched = drawn(browser, folder / f"{name}.html")
    page = watched.page
    assert page.get_attribute("html", "lang") == "nl"
    assert "1.000" in page.inner_text("main")
    dutch = page.title()
    page.focus("button[value=en]")
    page.keyboard.press("Enter")
    page.wait_for_function(DRAWN)
    assert page.get_attribute("html", "lang") == "en"
    assert page.get_attribute("button[value=en]", "aria-pressed") == "true"
    assert page.title() != dutch
    assert "1,000" in page.inner_text("main")
    assert "Gezinnen op" not in page.inner_text("main")
    axis = page.locator(".edition[lang=en] .plot svg").first.inner_html()
    assert "families" in axis or "district" in axis
    assert watched.complaints == []
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_chart_draws_and_says_its_figures_on_pointing(browser: Any, folder: Path, name: str) -> None:
    watched = drawn(browser, folder / f"{name}.html")
    page = watched.page
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    page.wait_for_function(DRAWN)
    plots = page.locator(".edition[lang=nl] .plot")
    assert plots.count() == page.locator(".edition[lang=nl] .plot svg").count() > 4
    mark = page.locator("[id$=accumulation] svg .mark-symbol path").nth(1)
    mark.scroll_into_view_if_needed()
    mark.hover()
    page.wait_for_selector("#vg-tooltip-element.visible")
    assert "van 1.000" in page.inner_text("#vg-tooltip-element")
    assert watched.complaints == []
    page.close()


def test_the_table_of_a_chart_opens_by_keyboard(browser: Any, folder: Path) -> None:
    watched = drawn(browser, folder / "report.html")
    page = watched.page
    figure = page.locator(".edition[lang=nl] figure.chart", has_text="Meldingen per doelgroep").first
    figure.locator("summary").focus()
    page.keyboard.press("Enter")
    assert figure.locator("table").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "region"
    assert watched.complaints == []
    page.close()


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", [*PAGES, "public"])
def test_a_phone_never_scrolls_sideways(browser: Any, folder: Path, name: str, language: str) -> None:
    watched = drawn(browser, folder / f"{name}.html", width=360)
    page = watched.page
    page.click(f"button[value={language}]")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    page.wait_for_function(DRAWN)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    wide = page.evaluate(
        "[...document.querySelectorAll('.plot svg')].filter(s => s.getBoundingClientRect().right > 361).length"
    )
    assert wide == 0
    assert watched.complaints == []
    page.close()


def test_real_names_warn_on_the_page_and_on_maps(browser: Any, folder: Path) -> None:
    watched = drawn(browser, folder / "report.html")
    page = watched.page
    assert "Echte namen" in page.inner_text(".edition[lang=nl] .banners")
    maps = page.locator(".edition[lang=nl] figure", has_text="op de kaart")
    assert "Echte namen, verzonnen gezinnen" in maps.first.inner_text()
    page.close()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_front_of_the_dossier_fits_two_sheets(browser: Any, folder: Path, language: str) -> None:
    watched = drawn(browser, folder / "dossier.html")
    page = watched.page
    page.click(f"button[value={language}]")
    page.set_viewport_size({"width": SHEET[0], "height": SHEET[1]})
    page.emulate_media(media="print")
    bottom = page.evaluate(
        f"document.querySelector('.edition[lang={language}] .sheet-end').getBoundingClientRect().bottom + scrollY"
    )
    assert bottom < 2 * SHEET[1]
    page.close()


@pytest.mark.parametrize(
    ("name", "width", "language"),
    [
        ("report", 1280, "nl"),
        ("report", 360, "en"),
        ("dossier", 360, "nl"),
        ("dossier", 1280, "en"),
        ("public", 360, "nl"),
    ],
)
def test_no_accessibility_rule_is_broken(browser: Any, folder: Path, name: str, width: int, language: str) -> None:
    watched = drawn(browser, folder / f"{name}.html", width)
    page = watched.page
    page.click(f"button[value={language}]")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    page.wait_for_function(DRAWN)
    assert broken_rules(page, at_least=16) == []
    page.close()

"""A page of ours in a real browser: opened from disk and watched, with what the accessibility rules say of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = os.environ.get("RISKSCREEN_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ARGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
_AXE = Path(__file__).parent / "e2e" / "node_modules" / "axe-core" / "axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def opened(browser: Any, path: Path, width: int = 1280, height: int = 900) -> tuple[Any, list[str]]:
    """A page from disk, and what it complains about or asks the network for."""
    page = browser.new_page(viewport={"width": width, "height": height})
    complaints: list[str] = []
    say = complaints.append
    page.on("console", lambda m: say(f"console {m.type}: {m.text}") if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: say(f"error: {e}"))
    page.on("request", lambda r: say(f"request: {r.url}") if r.url.startswith(("http", "ws")) else None)
    page.goto(path.as_uri())
    return page, complaints


def broken_rules(page: Any, *, at_least: int) -> list[str]:
    """The accessibility rules (WCAG 2.1 AA, axe-core) that a page breaks; it must pass ``at_least`` so many."""
    if not _AXE.is_file():
        pytest.skip("axe-core is absent (npm install --prefix tests/e2e)")
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    result = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", _TAGS)
    if len(result["passes"]) < at_least:
        return [f"only {len(result['passes'])} rules could be examined"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]} ({len(v['nodes'])})" for v in result["violations"]]

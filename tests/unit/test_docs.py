"""The manual cannot drift from the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

import riskscreen
from docs.generate import PAGES, REFERENCE
from riskscreen.cli import app
from riskscreen.settings import Scenario

ROOT = Path(__file__).parents[2]
PROSE = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_generated_pages_are_up_to_date(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == PAGES[name](), "run: make docs"


def test_every_command_in_the_docs_exists() -> None:
    command = typer.main.get_command(app)
    known = set(command.commands)  # type: ignore[attr-defined]
    used = {word for page in PROSE for word in re.findall(r"(?m)(?:^|`)riskscreen ([a-z][a-z-]*)", page.read_text())}
    assert used - known == set()


def test_every_public_name_in_the_docs_exists() -> None:
    used = {name for page in PROSE for name in re.findall(r"riskscreen\.([a-z_]+)\(", page.read_text())}
    assert used - set(riskscreen.__all__) == set()


def test_every_setting_is_described() -> None:
    page = (REFERENCE / "settings.md").read_text()
    for name, field in Scenario.model_fields.items():
        assert f"`{field.alias or name}`" in page


def test_links_between_pages_hold() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PROSE
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_no_page_names_a_machine_path() -> None:
    assert [p for p in PROSE if re.search(r"/(work|root|home|tmp)/", p.read_text())] == []

"""The manual's page on stressors is made from the definitions."""

from __future__ import annotations

from pathlib import Path

from riskscreen.stressors.loading import load_catalogue
from riskscreen.stressors.page import catalogue_page, catalogue_table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "stressors.md"


def test_the_page_holds_the_catalogue() -> None:
    made = catalogue_page(load_catalogue())
    assert PAGE.read_text(encoding="utf-8").endswith(made), "run: make docs"


def test_the_listing_has_a_row_per_stressor_and_a_wording_for_every_code() -> None:
    catalogue = load_catalogue()
    table = catalogue_table(catalogue)
    assert [column.name for column in table.columns] == [
        *("stressor", "domain", "stage", "window", "register", "channel", "name"),
    ]
    assert table.values("stressor") == list(catalogue.ids)
    for column in table.columns:
        if column.labels:
            assert set(table.values(column.name)) <= set(column.labels)

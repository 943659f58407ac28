"""The manual's page on stressors, and what the command shows, are made from the definitions."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
import sqlglot
from typer.testing import CliRunner

from riskscreen.cli import app
from riskscreen.stressors.definitions import STEPS, EventRule
from riskscreen.stressors.evidence import published_figures
from riskscreen.stressors.loading import load_catalogue
from riskscreen.stressors.page import catalogue_page, catalogue_table
from riskscreen.stressors.showing import shown_sql, stressor_json, stressor_text

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "stressors.md"
CATALOGUE = load_catalogue()


def test_the_page_holds_the_catalogue() -> None:
    made = catalogue_page(CATALOGUE)
    assert PAGE.read_text(encoding="utf-8").endswith(made), "run: make docs"


def test_the_page_says_all_of_every_stressor() -> None:
    page = catalogue_page(CATALOGUE)
    for definition in CATALOGUE:
        section = page.split(f"\n## {definition.id}\n")[1].split("\n## ")[0]
        record = definition.eligibility
        for text in (definition.stressor.name, *(record.step(step) for step in STEPS), record.harm):
            assert text.en in page
            assert text.nl in page
        for item in definition.evidence:
            assert f"`{item.figure}`" in section
            assert published_figures()[item.figure].source in section
        eased = definition.rule.eased_by if isinstance(definition.rule, EventRule) else None
        assert ("Eased by" in section) == (eased is not None)


def test_where_no_effect_was_found_the_page_says_so() -> None:
    text = stressor_text(CATALOGUE, "absence_primary")
    assert "no effect of this stressor alone was found" in text
    assert "no effect of this stressor alone was found" not in stressor_text(CATALOGUE, "no_work")


def test_the_page_says_that_asking_for_help_does_not_score() -> None:
    page = catalogue_page(CATALOGUE)
    assert "Asking for help must not score" in page
    for word in ("neighbourhood team", "debt counselling", "basic mental-health care", "Youth care", "earlier reports"):
        assert word in page


def test_the_listing_has_a_row_per_stressor_and_a_wording_for_every_code() -> None:
    table = catalogue_table(CATALOGUE)
    assert [column.name for column in table.columns] == [
        *("domain", "stressor", "name", "levels", "window", "channel", "version"),
    ]
    assert table.values("stressor") == list(CATALOGUE.ids)
    for column in table.columns:
        if column.labels:
            assert set(table.values(column.name)) <= set(column.labels)


def test_the_command_lists_them_aligned() -> None:
    lines = CliRunner().invoke(app, ["stressors"]).stdout.splitlines()
    assert lines[1].split() == ["domain", "id", "name", "levels", "months", "makes", "reports", "version"]
    at = lines[1].index("name")
    rows = lines[2 : 2 + len(CATALOGUE)]
    assert "riskscreen stressors no_work" in " ".join(lines[2 + len(CATALOGUE) :])  # how to see one whole
    for line, definition in zip(rows, CATALOGUE, strict=True):
        assert line[at:].startswith(definition.stressor.name.en)


def test_the_command_lists_one_object_per_line() -> None:
    out = CliRunner().invoke(app, ["stressors", "--json"]).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["stressor"] for row in rows] == list(CATALOGUE.ids)
    assert next(row for row in rows if row["stressor"] == "debt_default")["window"] == 36


def test_the_command_shows_one_whole() -> None:
    out = CliRunner().invoke(app, ["stressors", "no_work"]).stdout
    for part in (
        "geen ouder met werk",
        "work regained",
        "rr.unemployed",
        "3.64",
        "Lawful purpose",
        "Who may be harmed",
    ):
        assert part in out
    assert out.rstrip().endswith(shown_sql(CATALOGUE.get("no_work")).rstrip())
    (line,) = CliRunner().invoke(app, ["stressors", "no_work", "--json"]).stdout.splitlines()
    assert json.loads(line) == json.loads(stressor_json(CATALOGUE, "no_work"))


def test_one_stressor_as_json_has_both_languages_and_all_steps() -> None:
    found = json.loads(stressor_json(CATALOGUE, "debt_default"))
    assert set(found["eligibility"]) == {*STEPS, "harm"}
    assert found["rule"]["eased_by"]["moment"] == "end"
    assert found["rule"]["thresholds"] == [36, 12]
    assert found["name"] == {"en": "default on health premium", "nl": "wanbetaling zorgpremie"}
    assert all("value" in item and item["direction"] for item in found["evidence"])


def test_a_name_that_does_not_exist_is_told_with_the_choices() -> None:
    result = CliRunner().invoke(app, ["stressors", "luck"])
    assert "no stressor 'luck'" in str(result.exception)


@pytest.mark.parametrize("name", CATALOGUE.ids)
def test_the_sql_that_is_shown_can_be_read_by_a_parser(name: str) -> None:
    sql = shown_sql(CATALOGUE.get(name))
    assert len(sqlglot.parse(sql, read="duckdb")) == 1
    assert duckdb.extract_statements(sql)
    assert sql.startswith(f"-- {name}")

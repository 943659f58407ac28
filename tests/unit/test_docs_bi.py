"""The pages for BI tools name files, fields and SQL that exist."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import duckdb
import pytest
from bi_offices import an_office

from riskscreen import bi
from riskscreen.bi.flat import VIEWS
from riskscreen.bi.layout import STAR, STATUSES

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
PAGES = [HOW_TO / name for name in ("bi.md", "bi-power-bi.md", "bi-excel.md", "bi-superset.md")]
FIELDS = {(table.name, field.name) for table in STAR for field in table.fields}


@pytest.fixture(scope="module")
def star(tmp_path_factory: pytest.TempPathFactory) -> bi.Star:
    return bi.read(an_office(tmp_path_factory.mktemp("docs of bi")).path, channel="internal")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_field_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"\b([a-z_]+)\[([a-z_]+)\]", page.read_text(encoding="utf-8")))
    assert named - FIELDS == set()


def test_every_relationship_is_on_the_page_for_power_bi() -> None:
    text = (HOW_TO / "bi-power-bi.md").read_text(encoding="utf-8")
    for table in STAR:
        for field, other in table.links.items():
            if table.name in ("facts", "totals"):
                assert f"`{table.name}[{field}]`" in text
                assert f"`{other}[{field}]`" in text


def test_every_column_that_excel_needs_is_in_the_flat_file(star: bi.Star) -> None:
    text = (HOW_TO / "bi-excel.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)*)`", text)) - {"figure", "nl", "latest_totals"}
    assert named <= set(star.latest().columns)


def test_the_sql_of_the_pages_runs(star: bi.Star, tmp_path: Path) -> None:
    bi.write(star, tmp_path / "x", format="duckdb")
    statements = re.findall(r"```sql\n(SELECT.*?)\n```", (HOW_TO / "bi-superset.md").read_text(encoding="utf-8"), re.S)
    assert len(statements) == 5
    with duckdb.connect(str(tmp_path / "x" / "star.duckdb"), read_only=True) as connection:
        for statement in statements:
            connection.execute(statement).fetchall()


def test_statuses_and_views_are_explained() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    assert [f"`{name}`" for name in (*STATUSES, *VIEWS) if f"`{name}`" not in text] == []


def test_every_name_of_the_door_in_the_docs_exists() -> None:
    for page in PAGES:
        for name in re.findall(r"\bbi\.([a-z_]+)\(", page.read_text(encoding="utf-8")):
            assert name in bi.__all__
    assert {"known"} <= set(inspect.signature(bi.read).parameters)

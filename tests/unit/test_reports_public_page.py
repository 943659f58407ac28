"""The page for everybody: what it shows, what it never shows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from reports_example import WIJKEN, content, polygons

from riskscreen.records.tables import TOTAL
from riskscreen.reports import write_public
from riskscreen.reports.content import number
from riskscreen.reports.maps import shaded_map
from riskscreen.reports.numbers import LANGUAGES
from riskscreen.reports.public_page import SHADED, TABLE, public_page
from riskscreen.reports.words import Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_reads_one_table_and_no_rate_of_reports(language: str) -> None:
    whole = content()
    alone = replace(whole, tables={TABLE: whole.tables[TABLE]})
    words = Words(language)  # type: ignore[arg-type]
    assert public_page(whole, words) == public_page(alone, words)
    said = str(public_page(whole, words)).lower()
    for word in ("per 1.000", "per 1,000", "areas_wijk", "origin", "herkomst"):
        assert word not in said


def test_its_sum_is_over_the_wijken_that_may_be_shown() -> None:
    rows = [r for r in content().tables[TABLE].table.records() if r["area"] != TOTAL]
    known = [r for r in rows if None not in (r["families"], r["offered"], r["places"])]
    assert 0 < len(known) < len(rows) == len(WIJKEN)
    said = str(public_page(content(), Words("en")))
    families = sum(number(r["families"]) or 0 for r in known)
    assert f"A programme fits {families:,.0f} families" in said
    assert f"This is about {len(known)} of the {len(rows)} districts" in said


@pytest.mark.parametrize("column", SHADED)
def test_a_map_holds_released_values_only_and_hides_what_the_gate_hid(column: str) -> None:
    released = content().tables[TABLE]
    spec = shaded_map(released, polygons(), "nl", column).to_dict()
    features = next(iter(spec["datasets"].values())) if "datasets" in spec else spec["data"]["values"]
    values = {f["properties"]["said"].split(":")[0]: f["properties"]["value"] for f in features}
    labels = released.table.column("area").labels
    for row in released.table.records():
        assert values[labels[str(row["area"])].nl] == number(row[column])
    assert '"area"' not in json.dumps(spec)


def test_without_the_table_it_says_so(tmp_path: Path) -> None:
    page = write_public(tmp_path / "public.html", content(tables={}))
    assert "supply, reach and unmet need per district" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_names_the_head_of_the_ledger(language: str) -> None:
    assert content().chain_head in str(public_page(content(), Words(language)))  # type: ignore[arg-type]

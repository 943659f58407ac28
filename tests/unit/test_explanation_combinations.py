"""Domains that occur together: counted right, and no small group in the table or by subtracting it from another."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from simulated_counts import TEST, counts_frame, stressors

from riskscreen.explanation.accumulation import accumulation_table
from riskscreen.explanation.combinations import (
    MOST_SHOWN,
    OTHER,
    combination_domains,
    combination_name,
    combinations_table,
)
from riskscreen.explanation.combinations_chart import combinations_chart
from riskscreen.records.tables import Table
from riskscreen.reports.marks import drawable, finish
from riskscreen.stats.intervals import wilson
from riskscreen.stats.rows import Rows, rows_of

BY_ID = {stressor.id: stressor for stressor in stressors()}
NAMES = ("debt_arrears", "violence", "debt_help")


def test_combinations_by_hand():
    """
    debt_arrears  violence  debt_help  without  with a report   domains
    0             0         0          700      50              none
    1             0         1          150      50              debt (twice in one domain)
    nan           2         0          100      20              violence (debt is not covered)
    3             1         0          90       30              debt and violence
    """
    found = _table([(0, 0, 0, 700, 50), (1, 0, 1, 150, 50), (np.nan, 2, 0, 100, 20), (3, 1, 0, 90, 30)])
    bounds = wilson(np.array([50, 50, 20, 30]), np.array([750, 200, 120, 120]))
    assert [row[:4] for row in found.rows] == [
        ("none", 750, 50, 50 / 750),
        ("debt", 200, 50, 0.25),
        ("violence", 120, 20, 20 / 120),
        ("debt+violence", 120, 30, 0.25),
    ]
    assert [row[4] for row in found.rows] == pytest.approx(bounds.low)
    assert found.column("combination").labels["debt+violence"].nl == "schulden + geweld en justitie"


def test_a_small_combination_goes_to_other_with_one_that_hides_it():
    """Both domains together have 7 families: with *violence* alone in sight, their number could be subtracted."""
    found = _table([(0, 0, 0, 700, 50), (1, 0, 1, 150, 50), (0, 2, 0, 100, 20), (3, 1, 0, 5, 2)])
    assert {row[0]: row[1] for row in found.rows} == {"none": 750, OTHER: 327}


def test_too_few_reports_are_too_few_too():
    found = _table([(0, 0, 0, 700, 50), (1, 0, 1, 150, 3), (0, 2, 0, 400, 40)])
    assert {row[0]: row[1] for row in found.rows} == {"none": 750, OTHER: 593}


@pytest.mark.parametrize("families", [500, 3_000, 20_000])
def test_no_small_rest_for_any_domain_or_number_of_domains(families):
    """What is subtracted: the table of numbers of domains, and the families with a stressor in each domain."""
    rows = rows_of(counts_frame(families, 5), tuple(BY_ID), (TEST,))
    found = combinations_table(rows, BY_ID)
    shown = [row for row in found.records() if row["combination"] != OTHER]
    told = [row for row in shown if min(row["outcomes"], row["families"] - row["outcomes"]) >= 10]
    assert len(shown) <= MOST_SHOWN
    assert sum(found.values("families")) == rows.families.sum()
    assert sum(found.values("outcomes")) == rows.outcomes
    assert _enough(*_sum([row for row in shown if row not in told]))
    groups = [(row["families"], row["outcomes"], _of_number(row["domains"])) for row in _numbers(rows)]
    groups += [(*_of_domain(rows, domain), _with(domain)) for domain in {one.domain for one in BY_ID.values()}]
    for total, outcomes, inside in groups:
        hidden = total - _sum([row for row in shown if inside(row)])[0]
        assert not any(map(inside, shown)) or hidden == 0 or hidden >= 10
        known = _sum([row for row in told if inside(row)])
        assert not any(map(inside, told)) or _enough(total - known[0], outcomes - known[1])


def test_a_town_sees_combinations_even_where_reports_are_few():
    rows = rows_of(counts_frame(8_000, 7, base=-4.4), tuple(BY_ID), (TEST,))
    assert len(combinations_table(rows, BY_ID).rows) >= 8


def test_no_family_at_all_gives_an_empty_table():
    empty = Rows(NAMES, np.zeros((0, 3)), np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64))
    assert combinations_table(empty, BY_ID).rows == ()


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_chart_draws_what_the_table_holds(language):
    found = _table([(0, 0, 0, 700, 50), (1, 0, 1, 150, 50), (np.nan, 2, 0, 100, 20), (3, 1, 0, 90, 30)])
    chart = combinations_chart(found, language)
    spec = chart.to_dict()
    assert spec["width"] == "container"
    assert drawable(finish(chart))
    text = json.dumps(spec, ensure_ascii=False)
    assert {"en": "with a new report", "nl": "met een nieuwe melding"}[language] in text
    assert combination_name("debt+violence").to_dict()[language] in text


def test_a_hidden_row_keeps_no_column():
    found = _table([(0, 0, 0, 700, 50), (1, 0, 1, 150, 50), (0, 2, 0, 100, 20)])
    hidden = found.with_rows([("none", None, None, None, None, None), *found.rows[1:]])
    assert "no domain: 750 families" in json.dumps(combinations_chart(found).to_dict())
    assert "no domain" not in json.dumps(combinations_chart(hidden).to_dict())


def test_a_hidden_rate_keeps_the_families():
    found = _table([(0, 0, 0, 700, 50), (1, 0, 1, 150, 50), (0, 2, 0, 100, 20)])
    hidden = found.with_rows([(*found.rows[0][:2], None, None, None, None), *found.rows[1:]])
    text = json.dumps(combinations_chart(hidden).to_dict())
    assert '"no domain: 750 families"' in text
    assert "NaN" not in text


def _enough(families: float, outcomes: float) -> bool:
    return families == 0 or (outcomes >= 10 and families - outcomes >= 10)


def _sum(rows: list[dict[str, Any]]) -> tuple[float, float]:
    return sum(row["families"] for row in rows), sum(row["outcomes"] for row in rows)


def _numbers(rows: Rows) -> list[dict[str, Any]]:
    return accumulation_table(rows, BY_ID).records()


def _of_number(code: str) -> Callable[[dict[str, Any]], bool]:
    return lambda row: min(len(combination_domains(row["combination"])), 5) == int(code[0])


def _of_domain(rows: Rows, domain: str) -> tuple[float, float]:
    """Families with a stressor in the domain, and those of them with the outcome."""
    within = np.any([rows.columns()[s.id] >= 1 for s in BY_ID.values() if s.domain == domain], axis=0)
    return rows.families[within].sum(), (rows.families * rows.outcome)[within].sum()


def _with(domain: str) -> Callable[[dict[str, Any]], bool]:
    return lambda row: domain in combination_domains(row["combination"])


def _table(rows: list[tuple[float, ...]]) -> Table:
    frame = pd.concat(
        pd.DataFrame([row[:3] for row in rows], columns=list(NAMES)).assign(
            outcome=outcome, families=[row[3 + outcome] for row in rows]
        )
        for outcome in (0, 1)
    ).assign(index_date=pd.Timestamp(TEST), fold=0, area_block="WK1")
    return combinations_table(rows_of(frame, NAMES, (TEST,)), BY_ID)

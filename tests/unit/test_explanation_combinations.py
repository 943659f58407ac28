"""Domains that occur together: counted right, and no small group in the table or by subtracting it from another."""

from __future__ import annotations

import json

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
    assert len(shown) <= MOST_SHOWN
    assert sum(found.values("families")) == rows.families.sum()
    assert sum(found.values("outcomes")) == rows.outcomes
    for row in accumulation_table(rows, BY_ID).records():
        number = int(str(row["domains"])[0])
        same = [one for one in shown if min(len(combination_domains(one["combination"])), 5) == number]
        assert not same or _enough(*(row[c] - sum(one[c] for one in same) for c in ("families", "outcomes")))
    for domain in {stressor.domain for stressor in BY_ID.values()}:
        columns = [rows.columns()[s.id] >= 1 for s in BY_ID.values() if s.domain == domain]
        within = np.any(columns, axis=0)
        same = [one for one in shown if domain in combination_domains(one["combination"])]
        total = rows.families[within].sum(), (rows.families * rows.outcome)[within].sum()
        names = ("families", "outcomes")
        rest = [one - sum(row[c] for row in same) for one, c in zip(total, names, strict=True)]
        assert not same or _enough(*rest)


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


def _enough(families: float, outcomes: float) -> bool:
    return families == 0 or (outcomes >= 10 and families - outcomes >= 10)


def _table(rows: list[tuple[float, ...]]) -> Table:
    frame = pd.concat(
        pd.DataFrame([row[:3] for row in rows], columns=list(NAMES)).assign(
            outcome=outcome, families=[row[3 + outcome] for row in rows]
        )
        for outcome in (0, 1)
    ).assign(index_date=pd.Timestamp(TEST), fold=0, area_block="WK1")
    return combinations_table(rows_of(frame, NAMES, (TEST,)), BY_ID)

"""What is measured of eligibility, on a table of levels whose figures can be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from riskscreen.disclosure.checks import check_tables
from riskscreen.engine.duck import Engine
from riskscreen.stressors.eligibility import Measured, measure_eligibility
from riskscreen.stressors.eligibility_tables import eligibility_tables
from riskscreen.stressors.levels import GROUPS
from riskscreen.stressors.loading import load_catalogue

FIRST, LAST = date(2023, 1, 1), date(2024, 1, 1)
CATALOGUE = load_catalogue(("no_work", "single_parent", "eviction"))
BLOCKS = 10


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """On each date 10 neighbourhoods of 100 families: 20 without work, 10 of which single; half of the rest single.

    Of the families without work 6 in 20 have the outcome, of the others 6 in 80, single or not. On the last date twice
    as many have no work, and ``eviction`` is not covered on the first. One family in each neighbourhood has an open
    case and an outcome.
    """
    import pandas as pd

    rows = []
    for day, without in ((FIRST, 20), (LAST, 40)):
        for block in range(BLOCKS):
            for number in range(100):
                jobless, single = number < without, number % 2 == 0
                rows.append(
                    {
                        "index_date": day,
                        "area_block": f"W{block}",
                        **dict.fromkeys(GROUPS, "same"),
                        "origin": "netherlands" if number % 4 < 3 else "europe",
                        "sex_single_parent": ("f" if number % 10 else "m") if single else "not_single",
                        "no_work": int(jobless),
                        "single_parent": int(single),
                        "eviction": None if day == FIRST else 0,
                        "outcome": int(number < 6 or without <= number < without + 6),
                        "apart": False,
                    }
                )
            rows.append({**rows[-1], "no_work": 1, "outcome": 1, "apart": True})
    with Engine(threads=1) as made:
        made.load("levels", pd.DataFrame(rows))
        made.run("ALTER TABLE levels ALTER index_date TYPE DATE")
        yield made


@pytest.fixture(scope="module")
def measured(engine: Engine) -> dict[str, Measured]:
    found = measure_eligibility(engine, CATALOGUE, (FIRST, LAST), FIRST)
    return {item.stressor.id: item for item in found}


def test_counts_are_of_all_families_and_ratios_of_those_without_an_open_case(measured: dict[str, Measured]) -> None:
    link = measured["no_work"].link
    assert (link.families, link.with_stressor) == (1_010, 210)
    assert link.ratio.value == pytest.approx((6 / 20) / (6 / 80))
    assert link.ratio.low < link.ratio.value < link.ratio.high


def test_alone_compares_with_families_without_any(measured: dict[str, Measured]) -> None:
    """Of the 10 without work only, 3 have the outcome; of the 40 with nothing, 3."""
    link = measured["no_work"].link
    assert link.alone == 110  # the family with an open case is the 100th, which is not single
    assert link.ratio_alone.value == pytest.approx((3 / 10) / (3 / 40))


def test_what_follows_from_a_group_tells_it(measured: dict[str, Measured]) -> None:
    single, jobless = measured["single_parent"].proxies, measured["no_work"].proxies
    assert single["sex_single_parent"].value == pytest.approx(1.0, abs=0.01)
    assert jobless["sex_single_parent"].value < 0.1
    assert np.isnan(jobless["urbanity"].value)  # all families have the same


def test_quality_per_index_date(measured: dict[str, Measured]) -> None:
    first, last = measured["no_work"].quality
    assert (first.known, first.with_stressor, last.with_stressor) == (1_010, 210, 410)
    assert last.change.value == pytest.approx(410 / 210)
    assert first.change.value == 1
    unseen, seen = measured["eviction"].quality
    assert (unseen.families, unseen.known, seen.known) == (1_010, 0, 1_010)
    assert np.isnan(seen.change.value)


def test_a_stressor_that_is_not_covered_says_nothing(measured: dict[str, Measured]) -> None:
    link = measured["eviction"].link
    assert (link.families, link.with_stressor) == (0, 0)
    assert np.isnan(link.ratio.value)
    assert np.isnan(measured["eviction"].proxies["origin"].value)


def test_a_ratio_on_few_outcomes_is_not_given(engine: Engine) -> None:
    found = measure_eligibility(engine, CATALOGUE, (FIRST, LAST), FIRST, threshold=61)
    assert np.isnan(found[0].link.ratio.value)


def test_the_same_is_found_every_time(engine: Engine, measured: dict[str, Measured]) -> None:
    again = {item.stressor.id: item for item in measure_eligibility(engine, CATALOGUE, (FIRST, LAST), FIRST)}
    assert again["no_work"] == measured["no_work"]


def test_the_tables_pass_the_checks_and_leave_for_review_only(measured: dict[str, Measured]) -> None:
    tables = eligibility_tables(tuple(measured.values()), FIRST)
    assert [table.name for table in tables] == ["eligibility", "eligibility_dates", "eligibility_groups"]
    check_tables(tables, "review")
    assert {table.channels for table in tables} == {("review",)}
    assert [len(table.rows) for table in tables] == [3, 6, 15]


def test_no_count_of_outcomes_stands_beside_the_counts_of_families(measured: dict[str, Measured]) -> None:
    """With the totals of another table it would tell how many families with a stressor have an open case."""
    for table in eligibility_tables(tuple(measured.values()), FIRST):
        assert not [column.name for column in table.columns if column.kind == "count" and "outcome" in column.name]

"""Settings of reporting: shares, years, and what cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import poisson

from riskscreen.synthetic.reporting.report_rates import (
    NEED_LEVEL,
    Seen,
    levelled,
    multipliers,
    new_only,
    number_of,
    numbers,
    targets,
)
from riskscreen.synthetic.reporting.reporting_settings import Recurrence, Reporting, Totals
from riskscreen.synthetic.streams import Chance, Constants
from riskscreen.synthetic.world import load_world


@pytest.fixture(scope="module")
def rules() -> Reporting:
    return load_world("voorbeeldstad").reporting


def _changed(rules: Reporting, **change: Any) -> Reporting:
    return Reporting.model_validate(rules.model_dump(by_alias=True) | change)


def test_the_profession_without_a_share_makes_the_rest(rules: Reporting) -> None:
    assert rules.reporters["other_professional"].share is None
    assert sum(rules.shares.values()) == pytest.approx(1)
    assert rules.shares["other_professional"] == pytest.approx(12_390 / 127_340)


def test_half_a_year_counts_double() -> None:
    assert Totals(reports_half=60).whole("reports") == 120
    assert Totals(reports=100, reports_half=60).whole("reports") == 100
    assert Totals(reports=100).whole("advices") is None


def test_years_between_lie_on_a_line_and_years_outside_stay(rules: Reporting) -> None:
    lined = _changed(rules, by_year={2019: {"reports": 100, "advices": 10}, 2021: {"reports": 140}},
                     about_children={"reports": 0.5, "advices": 1})  # fmt: skip
    assert [number_of(lined, "reports", year) for year in (2015, 2019, 2020, 2021, 2024)] == [50, 50, 60, 70, 70]
    assert number_of(lined, "advices", 2023) == 10


def test_targets_drop_before_the_code_for_those_bound_by_it(rules: Reporting) -> None:
    before, after = targets(rules, "reports", 2018, 1000), targets(rules, "reports", 2019, 1000)
    for at, reporter in enumerate(rules.reporters.values()):
        assert before[at] / after[at] == pytest.approx(rules.code.before.reports if reporter.under_code else 1)
    assert targets(rules, "advices", 2023, 1000)[list(rules.reporters).index("police")] == 0


def test_numbers_are_poisson_and_keep_their_order() -> None:
    luck = np.random.default_rng(3).random(4000, dtype=np.float32)
    mean = np.repeat([0.02, 0.5, 1.8, 3.0], 1000)
    assert numbers(mean, luck).tolist() == poisson.ppf(luck.astype(float), mean).astype(int).tolist()
    assert (numbers(mean * 1.5, luck) >= numbers(mean, luck)).all()


def test_multipliers_give_each_profession_its_number(rules: Reporting) -> None:
    draws = np.random.default_rng(1)
    weight = np.exp(draws.normal(0, 1, (len(rules.reporters), 3000))).astype(np.float32)
    seen = Seen(1, np.arange(3000), np.zeros(3000, dtype=np.int8), weight, 5000)
    lift = np.exp(draws.normal(0, 1, 3000))
    factor = multipliers(rules, seen, lift, 0.0, "2023", 2023, Chance(1, "", Constants()))
    rates = levelled(rules, seen, lift, factor)
    kept = new_only(rules, rates.sum(axis=0)) / rates.sum(axis=0)
    assert (rates * kept).sum(axis=1) == pytest.approx(targets(rules, "reports", 2023, 5000), rel=1e-3)
    assert rates.sum(axis=0).max() < rules.most_per_year
    assert NEED_LEVEL == 2


def test_one_of_two_knobs_of_recurrence_must_be_given() -> None:
    with pytest.raises(ValidationError, match="give one of them"):
        Recurrence(first=1, again=1, memory_years=10)
    assert Recurrence(first=40, again=60, tendency=0, memory_years=10).share == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reporters": {"police": {"share": 0.7}, "citizen": {"share": 0.2}}}, "add up to 0.9, not 1"),
        ({"reporters": {"police": {}, "citizen": {}}}, "police and citizen say no share"),
        ({"by_year": {2019: {"reports": 10}}}, "no year has a number of advices"),
        ({"code": {"from": "2019-03-01", "before": {"reports": 1, "advices": 1}}}, "is not 1 January"),
        ({"detection": 1.0}, "less than 1"),
    ],
)
def test_reporting_that_cannot_be_is_refused(rules: Reporting, change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        _changed(rules, **change)

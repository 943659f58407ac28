"""A parent's own youth is no stand-in for the parent's age: in a town whose truth is known to have both.

Beside it stands the plain look that the rule forbids: any row about any parent, whoever the register covers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from riskscreen.engine.duck import Engine
from riskscreen.linkage.linking import link
from riskscreen.registers.opening import open_registers
from riskscreen.settings import Synthetic
from riskscreen.stressors.eligibility import measure_eligibility
from riskscreen.stressors.loading import load_catalogue
from riskscreen.stressors.profiling import profile
from riskscreen.synthetic import synthesize

pytestmark = pytest.mark.slow

DATES = tuple(date(year, 1, 1) for year in (2020, 2021, 2022, 2023))
HORIZON = 24
LINES = load_catalogue(("own_youth_care", "own_youth_protection"))
KEPT = 0.25
"""Tolerance: adjusted for age, the association stays within a quarter of what it was."""
TOLD = 0.10
"""Tolerance: the upper bound of Cramér's V between level and age of the parents, among covered families."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """12,000 families; the engine has their levels."""
    folder = synthesize(Synthetic(families=12_000), seed=20260101, out=tmp_path_factory.mktemp("town"), name="town")
    with open_registers(Path(folder)) as registers:
        link(registers, DATES, key="test")
        profile(registers, LINES, "new_report", DATES, HORIZON)
        yield registers.engine


def by_age(engine: Engine, name: str) -> list[tuple[int, int, int, int]]:
    """Per age band of the parents: families and outcomes with the stressor, families and outcomes without."""
    rows = engine.rows(
        f"SELECT count(*) FILTER ({name} > 0), coalesce(sum(outcome) FILTER ({name} > 0), 0), "
        f"count(*) FILTER ({name} = 0), coalesce(sum(outcome) FILTER ({name} = 0), 0) FROM levels "
        f"WHERE {name} IS NOT NULL AND outcome IS NOT NULL AND NOT apart GROUP BY parent_age_band"
    )
    return [(int(a), int(b), int(c), int(d)) for a, b, c, d in rows]


def crude(rows: list[tuple[int, int, int, int]]) -> float:
    families, outcomes, others, others_outcomes = (sum(part) for part in zip(*rows, strict=True))
    return float((outcomes / families) / (others_outcomes / others))


def adjusted(rows: list[tuple[int, int, int, int]]) -> float:
    """The rate ratio of Mantel & Haenszel over age bands (Rothman, Greenland & Lash 2008, Modern Epidemiology, 15)."""
    sums = [(b * c / (a + c), d * a / (a + c)) for a, b, c, d in rows if a + c]
    return sum(top for top, _ in sums) / sum(below for _, below in sums)


@pytest.mark.parametrize("name", LINES.ids)
def test_the_association_stays_when_adjusted_for_the_parents_age(town: Engine, name: str) -> None:
    rows = by_age(town, name)
    assert adjusted(rows) == pytest.approx(crude(rows), rel=KEPT)


def test_there_is_an_association_to_keep(town: Engine) -> None:
    assert crude(by_age(town, "own_youth_care")) > 1.2


def test_where_it_is_covered_the_level_tells_nothing_of_age(town: Engine) -> None:
    for item in measure_eligibility(town, LINES, DATES, DATES[-1]):
        told = item.proxies["parent_age_band"]
        assert told.low == 0, item.stressor.id
        assert told.high < TOLD, item.stressor.id


def test_a_plain_look_in_the_register_would_tell_age(town: Engine) -> None:
    """Parents under 35 would have it at least three times as often as older ones; among the covered less than twice."""
    plain = town.rows(
        "SELECT avg(seen::INTEGER) FILTER (young), avg(seen::INTEGER) FILTER (NOT young) FROM (\n"
        "  SELECT l.index_date, l.family, l.parent_age_band IN ('under_25', '25_34') AS young,\n"
        "    bool_or(o.person IS NOT NULL) AS seen\n"
        "  FROM levels l JOIN members m USING (index_date, family)\n"
        "  LEFT JOIN registers.own_youth o ON o.person = m.person WHERE m.role = 'parent' GROUP BY ALL)"
    )[0]
    covered = town.rows(
        "SELECT avg(has) FILTER (young), avg(has) FILTER (NOT young) FROM (\n"
        "  SELECT (own_youth_care > 0)::INTEGER AS has, parent_age_band IN ('under_25', '25_34') AS young FROM levels)"
    )[0]
    assert plain[0] > 3 * plain[1]
    assert covered[0] < 2 * covered[1]

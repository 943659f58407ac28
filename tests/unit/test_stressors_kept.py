"""What was computed before is not computed again, and gives the same levels as a fresh run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from stressor_towns import SHIPPED, by_events, by_fact, levels_of, make_town, opened

from riskscreen.engine.duck import Engine
from riskscreen.pipeline.store import KeptListings, Store
from riskscreen.stressors.definitions import Catalogue, Definition
from riskscreen.stressors.profiling import profile
from riskscreen.stressors.reference import Town

FIRST, SECOND, THIRD = date(2022, 1, 1), date(2023, 1, 1), date(2024, 1, 1)
TOWN = make_town(
    """
    family | person | role   | born       | education | education_date
    anna   | ma     | parent | 1990-05-01 | low       | 2012-01-01
    anna   | pa     | parent | 1988-02-01 | -         | -
    anna   | kid    | child  | 2018-03-01 | -         | -
    bram   | bo     | parent | 1989-07-01 | high      | 2012-01-01
    bram   | bea    | child  | 2012-07-01 | -         | -
    """,
    {
        "debt": """
        person | kind           | event_date | end_date
        ma     | arrears_signal | 2021-03-10 | -
        ma     | other_default  | 2021-03-10 | 2023-03-10
        bo     | arrears_signal | 2023-02-01 | -
        bo     | arrears_signal | 2023-09-01 | -
        """,
        "income": "person | kind | event_date\nbo | no_work | 2021-08-01",
        "own_youth": "person | kind | event_date\nbo | protection | 2005-01-01",
    },
    index_dates=(FIRST, SECOND, THIRD),
)


def named(name: str, definition: Definition) -> Definition:
    return replace(definition, stressor=replace(definition.stressor, id=name))


ARREARS = named("arrears", by_events("debt", where="kind = 'arrears_signal'"))
DEFAULT = named(
    "default_days", by_events("debt", where="kind = 'other_default'", measure="duration_days", moment="during")
)
WORK = named("work", by_events("income", where="kind = 'no_work'", persons="all"))
LOW = named("low", by_fact("highest_education = 'low'"))
LARGE = named("large", by_fact("children >= 2"))
ALL = Catalogue((ARREARS, DEFAULT, WORK, LOW, LARGE, SHIPPED.get("own_youth_care")))
KEPT_PER_DATE = {"arrears", "default_days", "work", "highest_education", "own_youth_care"}  # large is a plain column

Levels = Mapping[tuple[str, date], Mapping[str, Any]]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, "town")


def run(
    town: Town, catalogue: Catalogue, dates: tuple[date, ...], kept: KeptListings | None
) -> tuple[Levels, set[Any]]:
    """Levels, and what was computed for them."""
    with opened(town) as registers:
        made = profile(registers, catalogue, "new_report", dates, 12, kept=kept)
        if kept is not None:
            kept.forget_unused()
        return levels_of(registers), set(made.computed)


def fresh(catalogue: Catalogue, *dates: date) -> Levels:
    return run(TOWN, catalogue, dates, None)[0]


def test_the_first_run_computes_everything_and_the_second_nothing(store: Store) -> None:
    first, computed = run(TOWN, ALL, (FIRST, SECOND), store.listings({}))
    assert computed == {(name, day) for name in KEPT_PER_DATE for day in (FIRST, SECOND)}
    second, nothing = run(TOWN, ALL, (FIRST, SECOND), store.listings({}))
    assert nothing == set()
    assert first == second == fresh(ALL, FIRST, SECOND)


def test_a_new_index_date_computes_that_date_only(store: Store) -> None:
    run(TOWN, ALL, (FIRST, SECOND), store.listings({}))
    found, computed = run(TOWN, ALL, (FIRST, SECOND, THIRD), store.listings({}))
    assert computed == {(name, THIRD) for name in KEPT_PER_DATE}
    assert found == fresh(ALL, FIRST, SECOND, THIRD)


def test_one_changed_stressor_computes_that_stressor_only(store: Store) -> None:
    run(TOWN, ALL, (SECOND, THIRD), store.listings({}))
    wider = named("arrears", by_events("debt", where="kind = 'arrears_signal'", window_months=36))
    changed = Catalogue((wider, *ALL.definitions[1:]))
    found, computed = run(TOWN, changed, (SECOND, THIRD), store.listings({}))
    assert computed == {("arrears", SECOND), ("arrears", THIRD)}
    assert found == fresh(changed, SECOND, THIRD) != fresh(ALL, SECOND, THIRD)


def test_other_registers_or_another_linkage_compute_everything(store: Store) -> None:
    run(TOWN, ALL, (THIRD,), store.listings({"registers": "one"}))
    _, computed = run(TOWN, ALL, (THIRD,), store.listings({"registers": "other"}))
    assert computed == {(name, THIRD) for name in KEPT_PER_DATE}


def test_what_no_setting_needs_any_more_is_removed(store: Store, tmp_path: Path) -> None:
    run(TOWN, ALL, (FIRST, SECOND, THIRD), store.listings({}))
    run(TOWN, Catalogue((ARREARS,)), (THIRD,), store.listings({}))
    assert len(list((tmp_path / ".riskscreen" / "town" / "listings").glob("*.parquet"))) == 1


def test_a_damaged_listing_is_computed_again(store: Store, tmp_path: Path) -> None:
    run(TOWN, ALL, (THIRD,), store.listings({}))
    folder = tmp_path / ".riskscreen" / "town" / "listings"
    damaged = min(folder.glob("*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-9])
    found, computed = run(TOWN, ALL, (THIRD,), store.listings({}))
    assert len(computed) == 1
    assert found == fresh(ALL, THIRD)


def test_a_listing_whose_writing_was_cut_off_is_not_there(store: Store, tmp_path: Path) -> None:
    kept = store.listings({})
    with Engine(threads=1) as engine:
        kept.keep("one", engine, "SELECT 'anna' AS family, 1 AS value")
    assert kept.find("one") is not None
    next((tmp_path / ".riskscreen" / "town" / "listings").glob("*.sha256")).unlink()
    assert kept.find("one") is None


def test_only_this_user_may_read_what_is_kept(store: Store, tmp_path: Path) -> None:
    store.listings({})
    folder = tmp_path / ".riskscreen"
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "town" / "listings").stat().st_mode & 0o077 == 0

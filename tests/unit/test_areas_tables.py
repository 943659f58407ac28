"""The tables of areas at the gate, and their charts."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskscreen.areas import Reporting, compare_zonings, estimate_areas, funnel_chart
from riskscreen.areas.rate_table import STEPS
from riskscreen.disclosure.gate import ReleasedTable, gate
from riskscreen.governance.office import Office
from riskscreen.records.tables import Table
from riskscreen.reports.plotting import CHARTS
from riskscreen.settings import Release


@pytest.fixture(scope="module")
def cells() -> pd.DataFrame:
    """A town of 24 buurten in 6 wijken; some have few families, some few outcomes."""
    rng = np.random.default_rng(6)
    families = np.maximum(np.round(np.exp(rng.normal(5.8, 0.9, 24))), 20).astype(int)
    reported = rng.binomial(families, 0.01 + 0.08 * rng.random(24) ** 3)
    codes = [f"BU0518{i // 4:02}{i % 4:02}" for i in range(24)]
    town = pd.DataFrame({"area": codes, "area_block": [f"WK{code[2:8]}" for code in codes]})
    both = [town.assign(outcome=1, families=reported), town.assign(outcome=0, families=families - reported)]
    return pd.concat(both).assign(children=lambda frame: 2 * frame["families"])


def tables_of(cells: pd.DataFrame) -> list[Table]:
    """Every table of the step, but for the map."""
    asked: dict[str, Any] = {"areas": None, "threshold": 10}
    found = [
        estimate_areas(cells, level=level, reporting=Reporting(0.126, 0.191, 1.5), towards="wijk", **asked)
        for level in ("wijk", "buurt", "gemeente")
    ]
    made = [table for one in found for table in (one.table(), one.ranks(), one.funnel()) if table is not None]
    return [*made, compare_zonings(cells, **asked)]


def released(tables: list[Table], folder: Path, **asked: Any) -> dict[str, ReleasedTable]:
    """What the review channel lets out."""
    office = Office(folder)
    passed = gate(
        tables, channel="review", office=office, subject=None, release=Release(), day=date(2026, 1, 1), **asked
    )
    return {table.name: table for table in passed}


@pytest.fixture(scope="module")
def out(cells: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[str, ReleasedTable]:
    return released(tables_of(cells), tmp_path_factory.mktemp("office"))


def test_every_table_passes_and_rates_by_buurt_stay_inside(cells: pd.DataFrame, out: dict[str, ReleasedTable]) -> None:
    inside = {table.name for table in tables_of(cells) if "public" not in table.channels}
    assert inside == {"areas_buurt", "areas_ranks_buurt", "areas_funnel_buurt"}
    assert set(out) == inside | {
        "areas_wijk", "areas_ranks_wijk", "areas_funnel_wijk", "areas_gemeente", "areas_zonings",
    }  # fmt: skip


def test_a_hidden_count_takes_its_rate_and_bounds_along(out: dict[str, ReleasedTable]) -> None:
    rows = [
        {name: out["areas_buurt"].cell(i, name) for name in ("outcomes", "rate", "rate_low", "rate_high", "need_low")}
        for i in range(len(out["areas_buurt"].table.rows))
    ]
    hidden = [row for row in rows if row["outcomes"][1] == "suppressed"]
    assert hidden
    assert all(row[name][1] == "suppressed" for row in hidden for name in ("rate", "rate_low", "rate_high"))
    assert any(row["need_low"][1] == "shown" for row in hidden)


def test_ranks_of_few_outcomes_are_widened_to_fifths(cells: pd.DataFrame) -> None:
    found = estimate_areas(cells, level="buurt", areas=None, threshold=10)
    ranks = found.ranks()
    assert ranks is not None
    few = {row.area for row in found.large() if row.outcomes < 10}
    step = -(-len(found.large()) // 5)
    assert few
    for row in ranks.records():
        if row["area"] in few:
            assert (int(str(row["rank_low"])) - 1) % step == 0
            assert int(str(row["rank_high"])) % step == 0 or row["rank_high"] == str(len(found.large()))


def test_estimates_are_rounded_so_that_their_sum_gives_nothing_away(out: dict[str, ReleasedTable]) -> None:
    values = [value for value in out["areas_wijk"].table.values("estimate") if isinstance(value, float)]
    assert values
    assert all(np.isclose(value * STEPS, round(value * STEPS)) for value in values)


def test_an_only_municipality_is_the_total_and_hides_nothing_of_its_wijken(out: dict[str, ReleasedTable]) -> None:
    whole = out["areas_gemeente"].table
    assert whole.values("area") == ["total"]
    assert whole.values("outcomes") == out["areas_wijk"].table.values("outcomes")[-1:]
    assert out["areas_wijk"].table.values("outcomes")[-1] is not None


def test_a_table_that_stays_behind_still_counts_for_what_is_hidden(cells: pd.DataFrame, tmp_path: Path) -> None:
    tables = tables_of(cells)
    whole = released(tables, tmp_path / "a")
    inside = [table for table in tables if "public" not in table.channels]
    public = released([table for table in tables if table not in inside], tmp_path / "b", beside=inside)
    assert "areas_buurt" not in public
    assert all(table.content_hash == whole[name].content_hash for name, table in public.items())


@pytest.mark.parametrize("name", ["areas_ranks_buurt", "areas_zonings", "areas_funnel_wijk", "areas_gemeente"])
@pytest.mark.parametrize("language", ["en", "nl"])
def test_charts_are_valid_and_fetch_nothing(name: str, language: Any, out: dict[str, ReleasedTable]) -> None:
    spec = CHARTS[name](out[name], language).to_dict(validate=True)
    spec.pop("$schema")
    assert "http" not in json.dumps(spec)


def test_a_funnel_shows_released_rates_only(out: dict[str, ReleasedTable]) -> None:
    rows = out["areas_buurt"].table.records()
    spec = json.dumps(funnel_chart(rows, out["areas_funnel_buurt"].table.records()).to_dict(validate=True))
    for row in rows:
        assert (f'"{row["area"]}"' in spec) == (row["rate"] is not None and row["area"] != "total")

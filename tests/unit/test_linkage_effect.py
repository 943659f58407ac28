"""What missed links do to a stressor's prevalence, and that a kept link step still replaces numbers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from riskscreen.engine.duck import Engine
from riskscreen.errors import RegisterError
from riskscreen.linkage import link
from riskscreen.linkage.evidence import load_truth
from riskscreen.pipeline.linkage_effect import estimated, linkage_effect
from riskscreen.records.texts import same
from riskscreen.registers import Entry, Manifest, open_registers, schemas
from riskscreen.settings import Scenario
from tests.linkage_people import people

DAY = date(2025, 1, 1)
WHOLE = Entry("", date(1950, 1, 1), date(2030, 1, 1))


def test_prevalence_when_nothing_is_missed() -> None:
    assert estimated(0.08, 0.2) == pytest.approx(0.1)
    assert estimated(0.9, 0.5) == 1.0
    assert estimated(0.3, 0.0) == 0.3


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    """400 families; the mothers of 120 have defaulted, a third of them under a number that nobody has."""
    persons = people(400, 5)
    place = persons.groupby("home").cumcount()
    persons["birth_date"] = persons["birth_date"].where(place < 1, pd.Timestamp("2015-05-01"))
    day = pd.Timestamp("2016-01-01")
    register = pd.DataFrame(
        {"person": persons["person"], "birth_date": persons["birth_date"], "sex": "f", "recorded_date": day}
    ).assign(origin=["netherlands" if home % 2 else "europe" for home in persons["home"]])
    spells = pd.DataFrame(
        {
            "person": persons["person"],
            "household": "h" + persons["home"].astype(str),
            "role": ["adult" if i == 0 else "child" for i in place],
            "household_kind": "private",
            "event_date": day,
            "recorded_date": day,
        }
    )
    owing = persons.loc[place.eq(0) & persons["home"].lt(120), "person"].tolist()
    numbers = [f"X{i}" if i % 3 == 0 else person for i, person in enumerate(owing)]
    then = pd.Timestamp("2024-06-01")
    debt = pd.DataFrame(
        {"person": numbers, "kind": "health_premium_default", "event_date": then, "recorded_date": then}
    )
    made = {"persons": register, "household_spells": spells, "debt": debt, "reports": debt.iloc[:0]}
    made["links"] = pd.DataFrame({"register": "debt", "number": numbers, "person": owing})
    return made


def test_without_the_links_a_third_is_missing_and_the_truth_says_so(
    frames: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    frames["links"].to_parquet(tmp_path / "links.parquet")
    registers_ = {
        name: frame.reindex(columns=list(schemas()[name].names)) for name, frame in frames.items() if name != "links"
    }
    scenario = Scenario.model_validate(
        {
            "schema": "scenario/1",
            "name": "town",
            "seed": 1,
            "registers": {"path": str(tmp_path)},
            "index_dates": {"train": [date(2023, 1, 1)], "test": date(2024, 1, 1), "now": DAY},
            "horizon": 12,
            "outcome": "new_report",
            "budget": 1000,
        }
    )
    manifest = Manifest("town", True, same("made up"), registers=dict.fromkeys(registers_, WHOLE))
    with Engine(threads=2) as engine, open_registers(registers_, manifest=manifest, engine=engine) as registers:
        link(registers, [DAY], scenario.family, key="town-1")
        table = linkage_effect(registers, scenario, truth=tmp_path)
    rows = {(row["stressor"], row["group"]): row for row in table.records()}
    whole = rows["debt_default", "total"]
    assert (whole["with_stressor"], whole["true_with"]) == (80, 120)
    assert whole["families"] == whole["true_families"] == 400
    parts = [rows["debt_default", group] for group in ("netherlands", "europe")]
    assert sum(int(part["true_with"] or 0) for part in parts) == 120
    assert table.channels == ("review", "internal")


@pytest.mark.parametrize("given", ["", "truth", "truth/links", "truth/links.parquet"])
@pytest.mark.parametrize("parted", [True, False])
def test_the_truth_is_found_from_the_registers_folder_down(tmp_path: Path, given: str, parted: bool) -> None:
    links = pd.DataFrame({"register": ["debt"], "number": ["X1"], "person": ["P1"]})
    file = tmp_path / ("truth/links/municipality=GM9999/a.parquet" if parted else "truth/links.parquet")
    file.parent.mkdir(parents=True)
    links.to_parquet(file)
    (tmp_path / "other.parquet").write_bytes(b"PAR1")
    with Engine() as engine:
        load_truth(engine, tmp_path / given)
        assert engine.rows("SELECT register, number, person FROM link_truth") == [("debt", "X1", "P1")]


def test_no_truth_is_told(tmp_path: Path) -> None:
    with Engine() as engine, pytest.raises(RegisterError, match="no truth about links"):
        load_truth(engine, tmp_path)

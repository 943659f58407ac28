from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskscreen.errors import SettingsError
from riskscreen.settings import add_months, load_scenario

GOOD = """
schema: scenario/1
name: tiny
registers: {path: exports, mapping: mapping.yaml, basis: basis.yaml}
index_dates: {train: [2021-01-01], test: 2023-01-01, now: 2024-01-01}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "my scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_inputs_are_relative_to_the_scenario_file(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, GOOD))
    assert scenario.registers.path == tmp_path / "exports"
    assert scenario.registers.basis == tmp_path / "basis.yaml"
    assert scenario.office == Path("office")


def test_spreadsheets_of_providers_are_relative_to_the_scenario_file_too(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, GOOD + "reach: {files: [a.xlsx, sub/b.csv], mapping: words.yaml}\n"))
    assert scenario.reach is not None
    assert scenario.reach.files == (tmp_path / "a.xlsx", tmp_path / "sub" / "b.csv")
    assert scenario.reach.mapping == tmp_path / "words.yaml"
    with pytest.raises(SettingsError, match=r"1 fault") as told:
        load_scenario(write(tmp_path, GOOD + "reach: {files: [a.xlsx], sheet: 1}\n"))
    assert told.value.faults == ("reach.sheet: unknown key",)


@pytest.mark.parametrize("name", ["demo", "configs/demo.yaml"])
def test_the_demo_ships(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    assert load_scenario(name).name == "demo"


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    bad = GOOD.replace("name: tiny", "name: Tiny Town\ncolour: blue\nhorizon: 0")
    with pytest.raises(SettingsError) as caught:
        load_scenario(write(tmp_path, bad))
    told = "\n".join(caught.value.faults)
    assert "colour: unknown key" in told
    assert "name:" in told
    assert "horizon:" in told
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("test: 2023-01-01", "test: 2021-06-01", "runs past the test date"),
        ("train: [2021-01-01]", "train: [2023-06-01]", "must lie before test"),
        ("path: exports, ", "", "give either path"),
        ("name: tiny", "name: [unclosed", "no valid YAML at line"),
        ("name: tiny", "", "name: obligatory"),
    ],
)
def test_one_fault(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_scenario(write(tmp_path, GOOD.replace(old, new)))


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    with pytest.raises(SettingsError, match=r"arnhem, demo"):
        load_scenario("dmeo")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 1, 1), -12, date(2023, 1, 1)),
        (date(2024, 3, 15), -36, date(2021, 3, 15)),
    ],
)
def test_months(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(-240, 240))
def test_months_move_the_month_and_never_past_it(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day <= day.day

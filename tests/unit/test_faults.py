"""Faults of settings files: what was given, what is allowed; never a text of the checking library."""

from __future__ import annotations

from pathlib import Path

import pytest

from riskscreen.areas import load_own_groups
from riskscreen.errors import SettingsError
from riskscreen.programmes import load_programmes
from riskscreen.settings import load_scenario

HEAD = """schema: scenario/1
name: small
registers: {synthetic: {world: voorbeeldstad}}
index_dates: {train: [2021-01-01, 2022-01-01, 2023-01-01], test: 2024-01-01, now: 2025-01-01}
"""
RAW = (
    "Input should",
    "valid tuple",
    "valid dictionary",
    "instance of",
    "function-after",
    "pathlib",
    "pattern '",
    "parse",
)

SCENARIOS = [
    ("programmes: []", "programmes: given a list; allowed: all; or at least 1 item; or a path"),
    ("places: lots", "places: given 'lots'; allowed: keys with values"),
    ("places:", "places: given nothing; allowed: keys with values"),
    ("places: {fair_share: 2}", "places.fair_share: given 2; allowed: at most 1"),
    ("places: {fair_share: .nan}", "places.fair_share: given nan; allowed: a number"),
    ("places: {minimum_reach: much}", "places.minimum_reach: given 'much'; allowed: a number"),
    ("places: {minimum_families: 10.5}", "places.minimum_families: given 10.5; allowed: a whole number"),
    ("places: {floors: {origin: 1}}", "places.floors.origin: unknown key"),
    ("reach: q.csv", "reach: given 'q.csv'; allowed: keys with values"),
    ("reach: {files: q.csv}", "reach.files: given 'q.csv'; allowed: a list, such as [a, b]"),
    ("reach: {files: []}", "reach.files: given 0 items; allowed: at least 1 item"),
    ("reach: {files: [1]}", "reach.files.0: given 1; allowed: a path"),
    ("reach: {}", "reach.files: obligatory, but not given"),
    ("programmes: 5", "programmes: given 5; allowed: all; or a list, such as [a, b]; or a path"),
    ("programmes: [1]", "programmes.0: given 1; allowed: text (numbers and dates in quotes)"),
    ("stressors: {a: 1}", "stressors: given keys with values; allowed: all; or a list, such as [a, b]; or a path"),
    ("budget: .inf", "budget: given inf; allowed: a finite number"),
    ("audit: {offer_is: gift}", "audit.offer_is: given 'gift'; allowed: help, burden"),
    ("family: {first_pregnancy: maybe}", "family.first_pregnancy: given 'maybe'; allowed: true or false"),
]


def _refused(path: Path, text: str) -> SettingsError:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        load_scenario(path)
    return told.value


@pytest.mark.parametrize(("line", "fault"), SCENARIOS)
def test_a_fault_of_a_scenario_says_what_was_given_and_what_is_allowed(tmp_path: Path, line: str, fault: str) -> None:
    told = _refused(tmp_path / "s.yaml", f"{HEAD}{line}\n")
    assert told.faults == (fault,)
    assert told.what == "s.yaml has 1 fault(s)"


def test_every_fault_has_a_sentence_of_its_own(tmp_path: Path) -> None:
    lines = "\n".join(["name: Big", "seed: -1", "budget: x", "programmes: 5", "targets: {most: 0, own: 3}", "magic: 1"])
    told = _refused(tmp_path / "s.yaml", HEAD.replace("name: small\n", "") + lines)
    assert len(told.faults) == 7
    assert not any(raw in str(told) for raw in RAW)


@pytest.mark.parametrize("text", ["- 1", "5", "", "schema: scenario/1\nindex_dates: soon\nregisters: here\nname: 3"])
def test_a_file_that_is_something_else(tmp_path: Path, text: str) -> None:
    told = _refused(tmp_path / "s.yaml", text)
    assert not any(raw in str(told) for raw in RAW)


def test_a_date_that_does_not_exist_is_told(tmp_path: Path) -> None:
    assert "a date that does not exist" in _refused(tmp_path / "s.yaml", HEAD.replace("2022-01-01", "2022-13-01")).what


PLANNING = """
schema: assumptions/1
assumption: guess
programmes: {home_start: {cost: -1, places: 1.5, uptake: 2, x: 1}, vipp_sd: 3}
evidence_weights: {strong: 2}
hours: 0
"""


def test_faults_of_planning_values(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(PLANNING, encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        load_programmes(assumptions=file, stressors=())
    mine = {fault for fault in told.value.faults if fault.startswith("p.yaml")}
    assert mine == {
        "p.yaml: assumption: given 'guess'; allowed: invented, user",
        "p.yaml: programmes.home_start.cost: given -1; allowed: more than 0",
        "p.yaml: programmes.home_start.places: given 1.5; allowed: a whole number",
        "p.yaml: programmes.home_start.uptake: given 2; allowed: at most 1",
        "p.yaml: programmes.home_start.x: unknown key",
        "p.yaml: programmes.vipp_sd: given 3; allowed: keys with values",
        "p.yaml: evidence_weights.strong: given 2; allowed: at most 1",
        "p.yaml: hours: given 0; allowed: more than 0",
    }


PROGRAMMES = """
schema: programmes/1
programmes:
- {id: A, name: x, domains: debt, stage: baby, filter: 1, evidence: great, meeting_place: park, minimum_group: 0}
- 3
"""


def test_faults_of_own_programmes(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(PROGRAMMES, encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        load_programmes(file, stressors=())
    text = str(told.value)
    assert "programmes.0.id: given 'A'; allowed: small letters, digits and _" in text
    assert "programmes.0.stage: given 'baby'; allowed: any, prenatal, 0-3" in text
    assert not any(raw in text for raw in RAW)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("groups: []", "groups: given 0 items; allowed: at least 1 item"),
        ("groups: nothing", "groups: given 'nothing'; allowed: a list, such as [a, b]"),
        ("groups: [5]", "groups.0: given 5; allowed: keys with values"),
        ("groups: [{id: a, name: {en: '', nl: b}, filter: x}]", "groups.0.name.en: given ''; allowed: text of at least "
         "1 character"),
    ],
)  # fmt: skip
def test_faults_of_own_target_groups(tmp_path: Path, body: str, fault: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(f"schema: targets/1\n{body}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        load_own_groups(file, ())
    assert told.value.faults == (fault,)

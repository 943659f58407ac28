"""Stressor files: every fault at once, sensitive columns refused, the shipped catalogue as promised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from riskscreen.errors import SettingsError, UsageError
from riskscreen.records.definitions import DOMAINS
from riskscreen.settings import shipped
from riskscreen.stressors.loading import load_catalogue, load_outcome

PAIR = {"en": "text", "nl": "tekst"}


def entry(**changes: Any) -> dict[str, Any]:
    """A sound entry, with changes; a change to None removes the key."""
    sound: dict[str, Any] = {
        "id": "arrears",
        "version": 1,
        "stage": "any",
        "name": PAIR,
        "description": PAIR,
        "register": "debt",
        "about": "parent",
        "where": "kind = 'arrears_signal'",
        "window_months": 12,
        "window_reason": "a year",
        "rule": "count",
        "levels": [PAIR, {**PAIR, "at_least": 1}],
        "evidence": ["rr.unemployed"],
        "purpose": "offer help",
        "eligibility": {"why": PAIR, "harm": PAIR},
    }
    return {key: value for key, value in (sound | changes).items() if value is not None}


def faults(folder: Path, *entries: dict[str, Any], domain: str = "debt") -> str:
    """The message for a file with these entries."""
    write(folder, *entries, domain=domain)
    with pytest.raises(SettingsError) as error:
        load_catalogue(folder)
    return str(error.value)


def write(folder: Path, *entries: dict[str, Any], domain: str = "debt", name: str = "own.yaml") -> None:
    body = {"schema": "stressors/1", "domain": domain, "stressors": list(entries)}
    (folder / name).write_text(yaml.safe_dump(body), encoding="utf-8")


def test_the_shipped_catalogue_is_as_broad_as_promised() -> None:
    catalogue = load_catalogue()
    assert len(catalogue) >= 18
    assert len({stressor.domain for stressor in catalogue.stressors}) >= 9
    assert {"prenatal", "0-3", "4-11", "12-17", "own_youth"} <= {stressor.stage for stressor in catalogue.stressors}
    assert {"none", "police", "care", "school"} == {stressor.channel for stressor in catalogue.stressors}


def test_the_shipped_windows_follow_the_design() -> None:
    window = {stressor.id: stressor.window_months for stressor in load_catalogue().stressors}
    assert {window[name] for name in ("parent_mental_health", "parent_addiction", "social_assistance", "no_work")} == {
        12
    }
    assert {window[name] for name in ("separation", "moves", "debt_default")} == {36}
    assert {window[name] for name in ("justice_contact", "domestic_violence")} == {60}


def test_one_file_per_domain() -> None:
    for path in shipped("stressors").glob("*.yaml"):
        domain = yaml.safe_load(path.read_text(encoding="utf-8"))["domain"]
        assert path.stem == domain
        assert domain in DOMAINS


def test_own_files_load(tmp_path: Path) -> None:
    write(tmp_path, entry())
    catalogue = load_catalogue(tmp_path)
    assert catalogue.ids == ("arrears",)
    assert catalogue.get("arrears").stressor.channel == "none"
    assert load_catalogue(tmp_path / "own.yaml") == catalogue


def test_a_selection_keeps_the_catalogues_order() -> None:
    assert load_catalogue(("no_work", "debt_arrears")).ids == ("debt_arrears", "no_work")


def test_unknown_ids_are_told_together() -> None:
    with pytest.raises(SettingsError) as error:
        load_catalogue(("debt_arrears", "luck", "weather"))
    assert "luck" in str(error.value)
    assert "weather" in str(error.value)
    with pytest.raises(UsageError, match="luck"):
        load_catalogue().get("luck")


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, entry(windw=1), name="one.yaml")
    (tmp_path / "three.yaml").write_text("schema: [", encoding="utf-8")
    text = faults(tmp_path, entry(id="outcome"), entry(evidence=["no.such.figure"]))
    for part in ("one.yaml: stressors.0.windw: unknown key", "three.yaml", "another column", "no.such.figure"):
        assert part in text


@pytest.mark.parametrize("column", ["origin", "nationality", "religion"])
def test_sensitive_columns_are_refused(tmp_path: Path, column: str) -> None:
    assert "sensitive column" in faults(tmp_path, entry(where=f"{column} = 'x'"))
    fact = entry(rule="fact", register=None, about=None, window_months=0)
    assert "sensitive column" in faults(
        tmp_path, {**fact, "where": None, "levels": [PAIR, {**PAIR, "where": f"{column} = 'x'"}]} | {"where": None}
    )
    assert "sensitive" in faults(tmp_path, entry(id=column))


@pytest.mark.parametrize("register", ["reports", "aftercare", "persons", "debts"])
def test_registers_that_may_not_be_read(tmp_path: Path, register: str) -> None:
    assert "cannot be read by a stressor" in faults(tmp_path, entry(register=register))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"where": "kind = 'arears'"}, "has no code 'arears'"),
        ({"where": "kin = 'arrears_signal'"}, "unknown column 'kin'"),
        ({"where": "person = 'P1'"}, "unknown column 'person'"),
        ({"where": "recorded_date > 2020-01-01"}, "unknown column 'recorded_date'"),
        ({"levels": [PAIR, {**PAIR, "within_months": 3}]}, "takes at_least and nothing else"),
        ({"levels": [PAIR, {**PAIR, "at_least": 2}, {**PAIR, "at_least": 2}]}, "must rise"),
        ({"levels": [{**PAIR, "at_least": 1}, {**PAIR, "at_least": 2}]}, "levels.0 is absence"),
        (
            {"rule": "recency", "levels": [PAIR, {**PAIR, "within_months": 12}, {**PAIR, "within_months": 24}]},
            "must fall",
        ),
        ({"rule": "recency", "levels": [PAIR, {**PAIR, "within_months": 6}]}, "must equal window_months 12"),
        ({"stage": "0-3"}, "about must be child"),
        ({"stage": "own_youth"}, "go together"),
        ({"register": "justice", "where": None, "rule": "duration_days"}, "has no spells"),
        ({"moment": "during"}, "does not go with count"),
        ({"window_months": 0}, "give the length"),
        ({"about": None}, "say whose events count"),
        ({"evidence": []}, "name at least one figure"),
        ({"rule": "fact"}, "a fact has no register"),
    ],
)
def test_faults_of_one_entry(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    assert message in faults(tmp_path, entry(**changes))


def test_unknown_domain_and_twice_the_same_id(tmp_path: Path) -> None:
    assert "domain 'luck' is unknown" in faults(tmp_path, entry(), domain="luck")
    assert "more than once" in faults(tmp_path, entry(), entry())


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no stressor file"):
        load_catalogue(tmp_path)


def test_outcomes() -> None:
    assert [load_outcome(name).id for name in ("new_report", "confirmed_report", "first_report")] == [
        "new_report",
        "confirmed_report",
        "first_report",
    ]
    with pytest.raises(SettingsError, match="choose from new_report"):
        load_outcome("truth")


def test_faults_of_an_outcome_file(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.yaml"
    body = {"id": "x1", "name": PAIR, "description": PAIR, "where": "kind = 'guess'"}
    path.write_text(yaml.safe_dump({"schema": "outcomes/1", "outcomes": [body]}), encoding="utf-8")
    with pytest.raises(SettingsError, match="has no code 'guess'"):
        load_outcome("x1", path)

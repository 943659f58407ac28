"""Stressor files: every fault at once, sensitive columns refused, the shipped catalogue as promised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from riskscreen.errors import SettingsError, UsageError
from riskscreen.records.definitions import DOMAINS
from riskscreen.settings import shipped
from riskscreen.stressors.definitions import DIRECTIONS, STEPS, EventRule
from riskscreen.stressors.evidence import published_figures
from riskscreen.stressors.loading import load_catalogue, load_outcome

PAIR = {"en": "text", "nl": "tekst"}
SHIPPED = load_catalogue()


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
        "evidence": [{"figure": "rr.unemployed", "direction": "raises"}],
        "purpose": "offer help",
        "eligibility": {**dict.fromkeys(STEPS, PAIR), "harm": PAIR},
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
    assert len(SHIPPED) >= 34
    assert {stressor.domain for stressor in SHIPPED.stressors} == set(DOMAINS)
    assert {"prenatal", "0-3", "4-11", "12-17", "own_youth"} <= {stressor.stage for stressor in SHIPPED.stressors}
    assert {"none", "police", "care", "school"} == {stressor.channel for stressor in SHIPPED.stressors}


def test_the_shipped_windows_follow_the_design() -> None:
    window = {stressor.id: stressor.window_months for stressor in SHIPPED.stressors}
    assert {window[name] for name in ("parent_mental_health", "parent_addiction", "social_assistance", "no_work")} == {
        12
    }
    assert {window[name] for name in ("separation", "moves", "debt_default")} == {36}
    assert {window[name] for name in ("justice_contact", "domestic_violence")} == {60}


def test_the_stressors_others_rely_on_are_still_there() -> None:
    before = (
        *("parent_addiction", "smoking_pregnancy", "preterm_birth", "missed_child_health", "debt_arrears"),
        *("debt_default", "parent_disability", "single_parent", "large_family", "separation", "young_mother", "moves"),
        *("eviction", "parent_mental_health", "parent_crisis_care", "own_youth_care", "absence_primary"),
        *("absence_secondary", "domestic_violence", "justice_contact", "no_work", "social_assistance", "low_education"),
    )
    assert set(before) <= set(SHIPPED.ids)


@pytest.mark.parametrize("name", SHIPPED.ids)
def test_every_stressor_says_all_five_steps_in_both_languages(name: str) -> None:
    record = SHIPPED.get(name).eligibility
    for text in (*(record.step(step) for step in STEPS), record.harm):
        assert len(text.en) > 20
        assert len(text.nl) > 20
        assert text.en != text.nl


@pytest.mark.parametrize("name", SHIPPED.ids)
def test_every_stressor_has_evidence_that_was_published(name: str) -> None:
    definition = SHIPPED.get(name)
    assert definition.evidence
    assert definition.stressor.evidence == tuple(item.figure for item in definition.evidence)
    for item in definition.evidence:
        assert published_figures()[item.figure].confidence in ("S", "S2", "D")
        assert item.direction in DIRECTIONS


def test_no_base_rate_is_taken_for_a_link() -> None:
    for definition in SHIPPED:
        for item in definition.evidence:
            if item.figure.startswith(("base.", "debt.")):
                assert item.direction == "base_rate", (definition.id, item.figure)
            if item.direction in ("raises", "lowers"):
                assert item.figure.startswith(("rr.", "or.", "hr.", "irr.")), (definition.id, item.figure)


def test_work_regained_and_debts_solved_ease() -> None:
    eased = {d.id: d.rule.eased_by for d in SHIPPED if isinstance(d.rule, EventRule) and d.rule.eased_by is not None}
    assert {name: easing.moment for name, easing in eased.items()} == {
        **dict.fromkeys(("no_work", "job_loss", "social_assistance"), "during"),
        **dict.fromkeys(("debt_arrears", "debt_default", "debt_other"), "end"),
    }


def test_asking_for_help_does_not_score() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in shipped("stressors").glob("*.yaml"))
    rows = [line for line in text.splitlines() if line.startswith(("    where:", "    register:"))]
    for word in ("counselling", "neighbourhood_team", "'basic'", "youth_care", "reports", "'support'"):
        assert not [line for line in rows if word in line], word


def test_a_stressor_of_a_parent_elsewhere_has_a_name_of_its_own() -> None:
    for definition in SHIPPED:
        outside = isinstance(definition.rule, EventRule) and definition.rule.about == "outside_parent"
        # a separation is seen in the parent who left, and happened to the family
        assert outside == (definition.id.startswith("outside_parent_") or definition.id == "separation")


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
        SHIPPED.get("luck")


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, entry(windw=1), name="one.yaml")
    (tmp_path / "three.yaml").write_text("schema: [", encoding="utf-8")
    text = faults(tmp_path, entry(id="outcome"), entry(evidence=[{"figure": "no.such.figure", "direction": "raises"}]))
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
        ({"evidence": [{"figure": "rr.unemployed", "direction": "proves"}]}, "evidence.0.direction"),
        ({"evidence": [{"figure": "rr.unemployed", "direction": "raises"}] * 2}, "named twice"),
        ({"evidence": ["rr.unemployed"]}, "evidence.0"),
        ({"eligibility": {"harm": PAIR}}, "eligibility.proxy: obligatory"),
        ({"eased_by": {**PAIR, "where": "kind = 'luck'", "moment": "end"}}, "eased_by: filter"),
        ({"eased_by": {**PAIR, "where": "kind = 'restructuring'", "moment": "start"}}, "eased_by.moment"),
        ({"eased_by": {**PAIR, "where": "kind = 'arrears_signal'", "moment": "end"}}, "name what protects"),
        (
            {"register": "justice", "where": None, "eased_by": {**PAIR, "where": "kind = 'suspect'", "moment": "end"}},
            "eased_by: register justice has no spells",
        ),
        ({"rule": "fact"}, "a fact has no register"),
    ],
)
def test_faults_of_one_entry(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    assert message in faults(tmp_path, entry(**changes))


def test_a_fact_cannot_be_eased(tmp_path: Path) -> None:
    fact = entry(rule="fact", register=None, about=None, where=None, window_months=0)
    fact["levels"] = [PAIR, {**PAIR, "where": "children >= 3"}]
    write(tmp_path, fact)
    assert load_catalogue(tmp_path).get("arrears").stressor.window_months == 0
    eased = {**PAIR, "where": "kind = 'work'", "moment": "during"}
    assert "a fact has no eased_by" in faults(tmp_path, {**fact, "eased_by": eased})


def test_an_easing_and_an_overlap_are_read(tmp_path: Path) -> None:
    eased = {**PAIR, "where": "kind = 'restructuring'", "moment": "end"}
    write(tmp_path, entry(eased_by=eased, overlap=PAIR))
    definition = load_catalogue(tmp_path).get("arrears")
    assert isinstance(definition.rule, EventRule)
    assert definition.rule.eased_by is not None
    assert (definition.rule.eased_by.moment, definition.rule.eased_by.name.nl) == ("end", "tekst")
    assert definition.overlap is not None


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

"""The catalogue of programmes: what is shipped, what is refused, what fits."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from riskscreen.cli import app
from riskscreen.errors import SettingsError
from riskscreen.programmes import load_programmes
from riskscreen.settings import shipped

SHIPPED = tuple(
    item["id"]
    for file in sorted(shipped("stressors").glob("*.yaml"))
    for item in yaml.safe_load(file.read_text(encoding="utf-8"))["stressors"]
)


def test_shipped_programmes_use_shipped_stressors_only() -> None:
    catalogue = load_programmes(stressors=SHIPPED)
    assert len(catalogue.programmes) >= 8
    assert {"voorzorg", "after_school_care", "home_start", "kopp_kov"} <= set(catalogue.names)
    assert {plan.assumption for plan in catalogue.planning.values()} == {"invented"}


def test_published_effects_are_named_by_id_and_exist() -> None:
    with shipped("figures.csv").open(encoding="utf-8") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    for programme in load_programmes(stressors=SHIPPED).programmes:
        assert set(programme.figures) <= known, programme.id


def test_a_sourced_cost_equals_its_published_figure() -> None:
    with shipped("figures.csv").open(encoding="utf-8") as file:
        value = {row["id"]: row["value"] for row in csv.DictReader(file)}
    assert load_programmes(stressors=SHIPPED).planning["stevig_ouderschap"].cost == float(value["cost.stevig"])


@pytest.mark.parametrize(
    ("programme", "evidence"),
    [
        ("home_start", "good"),  # recognised 08-04-2019
        ("stevig_ouderschap", "first"),  # recognised 14-09-2017
        ("triple_p", "first"),  # recognised 14-12-2018
        ("voorzorg", "unknown"),  # its level was not seen in a primary source
        ("prenatal_home_visit", "not_evaluated"),
    ],
)
def test_evidence_levels_are_those_seen_in_a_primary_source(programme: str, evidence: str) -> None:
    rows = {row["programme"]: row for row in load_programmes(stressors=SHIPPED).table().records()}
    assert rows[programme]["evidence"] == evidence


BROKEN = """
schema: programmes/1
programmes:
  - id: first
    name: {en: One, nl: Een}
    description: {en: x, nl: x}
    stage: any
    domains: [debt, weather]
    filter: "debt_arrears >= 1 and horoscope >= 1"
    evidence: unknown
    effect: {en: x, nl: x}
    figures: [no.such]
    meeting_place: school
    minimum_group: 1
    source: x
  - id: second
    name: {en: Two, nl: Twee}
    description: {en: x, nl: x}
    stage: any
    domains: [debt]
    filter: "origin = 'netherlands'"
    evidence: unknown
    effect: {en: x, nl: x}
    figures: []
    meeting_place: school
    minimum_group: 1
    source: x
"""


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    file, own = tmp_path / "programmes.yaml", tmp_path / "own.yaml"
    file.write_text(BROKEN, encoding="utf-8")
    own.write_text(
        "schema: assumptions/1\nassumption: user\nprogrammes:\n  other: {cost: 1, places: 1, uptake: 1}\n",
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as told:
        load_programmes(file, assumptions=own, stressors=["debt_arrears"])
    text = "\n".join(told.value.faults)
    for part in (
        "unknown domain 'weather'",
        "unknown column 'horoscope'",
        "figure 'no.such' is not in configs/figures.csv",
        "origin is a sensitive column",
        "first: cost, places and uptake are missing",
        "planning values of other: no such programme",
    ):
        assert part in text


def test_wrong_values_are_told_with_their_place(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "schema: assumptions/1\nassumption: user\nprogrammes:\n  home_start: {cost: -1, places: 1, uptake: 1.5}\n",
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as told:
        load_programmes(assumptions=own, stressors=SHIPPED)
    assert {"programmes.home_start.cost" in f or "programmes.home_start.uptake" in f for f in told.value.faults} == {
        True
    }
    assert len(told.value.faults) == 2


def test_own_planning_values_replace_the_invented_ones(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "schema: assumptions/1\nassumption: user\nprogrammes:\n  home_start: {cost: 1234, places: 5, uptake: 0.5}\n",
        encoding="utf-8",
    )
    shipped_one, mine = load_programmes(stressors=SHIPPED), load_programmes(assumptions=own, stressors=SHIPPED)
    rows = {row["programme"]: row for row in mine.table().records()}
    assert (rows["home_start"]["cost"], rows["home_start"]["assumption"]) == (1234, "user")
    assert rows["voorzorg"]["assumption"] == "invented"
    assert mine.hash != shipped_one.hash


def test_some_programmes_by_id_and_an_unknown_one() -> None:
    assert tuple(load_programmes(("kopp_kov",), stressors=SHIPPED).names) == ("kopp_kov",)
    with pytest.raises(SettingsError, match="1 fault") as told:
        load_programmes(("kopp_kov", "magic"), stressors=SHIPPED)
    assert told.value.faults == ("programmes: magic is not in the catalogue",)


def test_own_stressors_may_lack_what_a_shipped_filter_names() -> None:
    assert load_programmes(stressors=["debt_arrears"], own_stressors=True).programmes
    with pytest.raises(SettingsError):
        load_programmes(stressors=["debt_arrears"])


def test_fourteen_programmes_or_more_with_planning_values_of_their_own() -> None:
    catalogue = load_programmes(stressors=SHIPPED)
    assert len(catalogue.programmes) >= 14
    with shipped("assumptions.yaml").open(encoding="utf-8") as file:
        given = yaml.safe_load(file)["programmes"]
    assert set(given) == set(catalogue.names)
    assert all({"cost", "places", "uptake", "hours"} <= set(values) for values in given.values())


def test_effects_are_shown_as_published_with_their_interval_and_outcome() -> None:
    with shipped("figures.csv").open(encoding="utf-8") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    shown = load_programmes(stressors=SHIPPED).effects().records()
    for row in shown:
        figure = rows[str(row["figure"])]
        assert row["effect"] == float(figure["value"])
        assert (row["effect_from"], row["effect_to"]) == tuple(
            float(figure[end]) if figure[end] else None for end in ("low", "high")
        )
        assert row["measure"] is not None
    found = {(row["programme"], row["figure"]): (row["measured_on"], row["about"]) for row in shown}
    assert found["voorzorg", "eff.voorzorg"] == ("maltreatment_file", "programme")
    assert found["kopp_kov", "eff.kopp_rr"] == ("child_disorder", "kind")
    assert found["pcit", "eff.pcit"] == ("maltreatment_report", "programme")


def test_only_levels_seen_in_a_primary_source_are_given() -> None:
    seen = {item.id: item.evidence_level for item in load_programmes(stressors=SHIPPED).programmes}
    known = {name: level for name, level in seen.items() if level != "unknown"}
    assert known == {
        "stevig_ouderschap": "first",
        "prenatal_home_visit": "not_evaluated",
        "home_start": "good",
        "triple_p": "first",
    }


def test_an_unknown_outcome_of_an_effect_is_told(tmp_path: Path) -> None:
    file = tmp_path / "programmes.yaml"
    own = (
        "domains: [debt]\n    measured_on: horoscope\n    effects: [{figure: no.such, measured_on: debt, about: kind}]"
    )
    file.write_text(BROKEN.replace("domains: [debt]", own), encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        load_programmes(file, stressors=["debt_arrears"])
    text = "\n".join(told.value.faults)
    assert "second: measured_on 'horoscope' is unknown; choose from maltreatment" in text
    assert "second: figure 'no.such' is not in configs/figures.csv" in text


def test_the_listing_names_the_id_that_commands_and_files_ask_for() -> None:
    listed = CliRunner().invoke(app, ["programmes"]).output
    assert all(f"  {item.id} " in listed for item in load_programmes(stressors=SHIPPED).programmes)
    rows = CliRunner().invoke(app, ["programmes", "--json"]).output.splitlines()
    assert {json.loads(row)["table"] for row in rows} == {"programmes"}

"""The definitions of the figures, the numbers behind them, and how they are judged."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from riskscreen.errors import RegisterError, SettingsError, UsageError
from riskscreen.settings import shipped
from riskscreen.synthetic.calibration import Calibration, calibrate
from riskscreen.synthetic.calibration.definitions import FigureEntry, Limits, Published, definitions, read_definitions
from riskscreen.synthetic.calibration.estimates import (
    Estimate,
    crude_ratio,
    explained_share,
    highest,
    jackknife,
    lowest,
    ratio,
    share,
    standardised_ratio,
)
from riskscreen.synthetic.calibration.judging import tolerance, within
from riskscreen.synthetic.calibration.results import KEYS
from riskscreen.synthetic.world import figures

SET_ASIDE = (
    "hh.large.youngest_0_5",
    "hh.single_parent.3plus.2023",
    "hh.minors_per_household",
    "pop.age0_3",
    "births.4plus.2023",
    "base.teen_birth.18_19",
    "base.lowincome_child.long",
    "joint.debt_given_poor",
    "debt.persistent_given_poor",
    "signal.several_in_month",
    "base.kopp.to12",
    "joint.psych_given_help_with_stay",
    "joint.psych_given_probation",
    "vt.reports.2021h1",
    "vt.advice.2022h1",
    "vt.followup.during_assessment",
    "jz.share_u18.2018",
    "jz.protection.stock.2022",
    "jz.protection.inflow.2022",
    "base.mpg",
)
LIMITS = Limits(share=0.15, errors=3, groups=40)


def entry(**given: object) -> FigureEntry:
    told = {
        "id": "a",
        "theme": "births",
        "title": "A",
        "definition": "d",
        "population": "p",
        "year": 2020,
        "denominator": "n",
        "published": "base.preterm",
        "sql": "SELECT 1",
    }
    return FigureEntry.model_validate(told | given)


# --- definitions


def test_what_was_set_aside_stays_set_aside() -> None:
    """The choice was made before any world was tuned; a change here is a change of the rules afterwards."""
    assert definitions().held_out == SET_ASIDE


def test_there_are_enough_figures_and_each_is_one_quantity() -> None:
    ids = [figure.id for figure in definitions().figures]
    assert len(ids) >= 60
    assert len(set(ids)) == len(ids)
    assert not {choice.id for choice in definitions().choices} & set(ids)
    assert {figure.theme for figure in definitions().figures} == set(definitions().themes)


def test_no_figure_rests_on_an_unverified_source() -> None:
    with shipped("figures.csv").open(encoding="utf-8", newline="") as file:
        known = {row["id"]: row["confidence"] for row in csv.DictReader(file)}
    for figure in definitions().figures:
        for name in figure.published.split():
            base = name.removesuffix(".low").removesuffix(".high")
            assert known.get(name, known.get(base, "")) in ("S", "S2", "D", ""), figure.id
    assert "K" not in known.values()


def test_nothing_says_how_to_move_what_is_set_aside_and_every_target_says_it() -> None:
    for figure in definitions().figures:
        assert bool(figure.moved_by) == (figure.role == "target" and figure.id not in SET_ASIDE), figure.id


def test_a_published_value_is_worked_out_from_left_to_right() -> None:
    assert entry(published="hh.children.1 / hh.with_children * 100").value(figures()).value == pytest.approx(
        43.8327, abs=1e-4
    )
    others = next(figure for figure in definitions().figures if figure.id == "vt.by.other.2023")
    assert others.value(figures()).value == pytest.approx(100 * 11800 / 127340)


def test_bounds_go_through_the_same_sum() -> None:
    found = entry(published="prev.npm2017 / 10").value(figures())
    assert (found.value, found.low, found.high) == pytest.approx((3.15, 2.6, 3.7))
    over = entry(published="vt.followup.2023.high / vt.followup.2023").value(figures())
    assert over.value == pytest.approx(37.5 / 28.5)


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    raw = yaml.safe_load(shipped("calibration.yaml").read_text(encoding="utf-8"))
    raw["figures"][0] |= {"published": "no.such * 2", "theme": "weather"}
    raw["figures"][1] |= {"published": "hh.children.2 % 3"}
    raw["figures"][2]["id"] = raw["figures"][1]["id"]
    raw["held_out"] = [*raw["held_out"], "not.there"]
    path = tmp_path / "calibration.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        read_definitions(path)
    text = str(told.value)
    for part in ("no.such has no value", "no theme weather", "% is none of", "occurs 2 times", "no figure not.there"):
        assert part in text


def test_a_file_with_a_field_too_many_is_told_where(tmp_path: Path) -> None:
    raw = yaml.safe_load(shipped("calibration.yaml").read_text(encoding="utf-8"))
    raw["figures"][3]["colour"] = "red"
    path = tmp_path / "calibration.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"figures\.3\.colour"):
        read_definitions(path)


# --- numbers


def test_shares_ratios_and_extremes_of_known_counts() -> None:
    counts = np.array([[20.0, 100.0], [10.0, 100.0], [30.0, 50.0]])
    assert share(counts[:1]) == pytest.approx(0.2)
    assert ratio(counts[:2]) == pytest.approx(2.0)
    assert highest(counts) == pytest.approx(0.6 / (60 / 250))
    assert lowest(counts) == pytest.approx(0.1 / (60 / 250))
    assert np.isnan(share(np.array([[0.0, 0.0]])))


def test_the_error_of_a_share_is_the_binomial_one_when_families_are_alone() -> None:
    rng = np.random.default_rng(5)
    hits = rng.random((40, 500)) < 0.2
    counts = np.stack([hits.sum(axis=1), np.full(40, 500)], axis=1)[:, None, :].astype(float)
    found = jackknife(share, counts)
    assert found.value == pytest.approx(hits.mean())
    assert found.error == pytest.approx(np.sqrt(0.2 * 0.8 / hits.size), rel=0.35)  # 39 degrees of freedom: about 11%


def test_the_error_of_a_share_is_the_textbook_one_of_its_groups() -> None:
    """Groups of equal size: the standard deviation of their shares over the root of their number."""
    tops = np.array([3.0, 5.0, 4.0, 8.0])
    counts = np.stack([tops, np.full(4, 10.0)], axis=1)[:, None, :]
    assert jackknife(share, counts).error == pytest.approx(np.std(tops / 10, ddof=1) / 2)


def test_children_of_one_family_do_not_count_as_so_many_families() -> None:
    """Three children who always go together: the error is that of the families, not of three times as many children."""
    hits = np.random.default_rng(6).random((40, 200)) < 0.3
    families = np.stack([hits.sum(axis=1), np.full(40, 200)], axis=1)[:, None, :].astype(float)
    assert jackknife(share, 3 * families).error == pytest.approx(jackknife(share, families).error)


def test_a_ratio_that_is_all_confounding_is_all_explained() -> None:
    """Risk depends on education only; who comes from elsewhere has low education more often."""
    by = np.array([[0.0], [1.0], [0.0], [1.0]])
    exposed = np.array([False, False, True, True])
    counts = np.array([[0.02 * 8000, 8000], [0.10 * 2000, 2000], [0.02 * 4000, 4000], [0.10 * 6000, 6000]])
    crude = crude_ratio(exposed)(counts)
    left = standardised_ratio(exposed, by)(counts)
    assert crude == pytest.approx((80 + 600) / 10000 / ((160 + 200) / 10000))
    assert left == pytest.approx(1.0, abs=1e-6)
    assert explained_share(crude, left) == pytest.approx(1.0, abs=1e-5)


def test_a_ratio_of_its_own_is_left_after_adjusting() -> None:
    """Odds twice as high in every stratum: by hand, the risks of the exposed with and without it."""
    by = np.array([[0.0], [1.0], [0.0], [1.0]])
    exposed = np.array([False, False, True, True])
    risk = np.array([0.02, 0.10, 2 * 0.02 / (1 + 0.02), 2 * 0.10 / (1 + 0.10)])
    total = np.array([8000.0, 2000.0, 4000.0, 6000.0])
    counts = np.column_stack([risk * total, total])
    by_hand = (4000 * risk[2] + 6000 * risk[3]) / (4000 * risk[0] + 6000 * risk[1])
    assert standardised_ratio(exposed, by)(counts) == pytest.approx(by_hand, rel=1e-5)


# --- judging


@pytest.mark.parametrize(
    ("error", "half"),
    [(0.0, 1.5), (0.4, 1.5), (0.6, 1.8), (float("nan"), 1.5)],
)
def test_the_tolerance_is_the_wider_of_a_share_and_three_errors(error: float, half: float) -> None:
    assert tolerance(Published(10.0), Estimate(10.0, error), LIMITS) == pytest.approx(half)


@pytest.mark.parametrize(("simulated", "inside"), [(8.5, True), (8.49, False), (11.5, True), (11.51, False)])
def test_within_is_inside_the_tolerance(simulated: float, inside: bool) -> None:
    assert within(entry(), Published(10.0), Estimate(simulated, 0.0), LIMITS) is inside


def test_a_study_s_own_interval_widens_the_band_on_its_side_only() -> None:
    studied = Published(10.0, 6.0, 10.5)
    assert within(entry(interval=True), studied, Estimate(6.1, 0.0), LIMITS)
    assert within(entry(interval=True), studied, Estimate(11.4, 0.0), LIMITS)
    assert not within(entry(interval=True), studied, Estimate(5.9, 0.0), LIMITS)
    assert not within(entry(), studied, Estimate(6.1, 0.0), LIMITS)


def test_more_than_half_is_more_than_half() -> None:
    assert within(entry(bound="lower"), Published(50.0), Estimate(90.0, 0.0), LIMITS)
    assert not within(entry(bound="lower"), Published(50.0), Estimate(49.9, 5.0), LIMITS)
    assert within(entry(bound="upper"), Published(50.0), Estimate(1.0, 0.0), LIMITS)
    assert not within(entry(bound="upper"), Published(50.0), Estimate(50.1, 5.0), LIMITS)


def test_what_is_not_known_is_not_within() -> None:
    assert not within(entry(), Published(10.0), None, LIMITS)
    assert not within(entry(), Published(10.0), Estimate(float("nan"), 1.0), LIMITS)


# --- results


@pytest.fixture(scope="module")
def found(committed_registers: Path) -> Calibration:
    return calibrate(committed_registers)


def test_every_object_has_the_same_thirteen_keys(found: Calibration) -> None:
    objects = [json.loads(line) for line in found.to_json_lines().splitlines()]
    assert {tuple(one) for one in objects} == {KEYS}
    judged = [one for one in objects if one["within"] is not None]
    assert len(judged) >= 60
    assert {one["id"] for one in judged if one["held_out"]} == set(SET_ASIDE)
    assert all(isinstance(one["within"], bool) for one in judged)


def test_what_is_not_used_and_not_there_is_listed_and_never_judged(found: Calibration) -> None:
    objects = {one["id"]: one for one in map(json.loads, found.to_json_lines().splitlines())}
    for one in (*definitions().choices, *definitions().lacks):
        listed = objects[one.id]
        assert (listed["simulated"], listed["within"]) == (None, None)
        assert one.why in listed["explained"]


def test_origin_is_reported_and_no_target(found: Calibration) -> None:
    assert found.line("rr.immigrant").within is None
    assert "rr.immigrant" not in {line.id for line in (*found.tuned, *found.held_out)}


def test_a_world_of_one_municipality_is_not_judged_on_its_provinces(found: Calibration) -> None:
    line = found.line("jz.region.highest")
    assert (line.simulated, line.within) == (None, None)
    assert "it takes 5" in line.explained


def test_tables_that_are_missing_are_told_and_count_as_not_within(committed_registers: Path, tmp_path: Path) -> None:
    folder = tmp_path / "without"
    shutil.copytree(committed_registers, folder)
    shutil.rmtree(folder / "truth")
    line = calibrate(folder).line("base.kopp_kov")
    assert (line.simulated, line.within) == (None, False)
    assert "no truth/need" in line.explained


def test_the_text_ends_with_what_is_within_what_is_not_there_and_what_to_do(found: Calibration) -> None:
    ending = str(found).rsplit("\n\n", 4)
    assert "tuned figures are within" in ending[1]
    assert "set aside beforehand" in ending[1]
    assert "Abuse of the elderly".lower() in ending[2].lower()
    assert ending[-1].startswith("Next: ")


def test_what_is_out_is_shown_farthest_first_and_nothing_of_what_is_set_aside(found: Calibration) -> None:
    lines = (
        replace(found.lines[0], id="near", within=False, held_out=False, published=10.0, simulated=12.0, tolerance=1.5),
        replace(found.lines[0], id="far", within=False, held_out=False, published=10.0, simulated=30.0, tolerance=1.5),
        replace(found.lines[0], id="aside", within=False, held_out=True, published=10.0, simulated=30.0, tolerance=1.5),
    )
    text = replace(found, lines=lines).out_of_range()
    assert text.index("far ") < text.index("near ")
    assert "aside" not in text.splitlines()[1] + text.splitlines()[2]
    assert "families_form.children" in text


def test_notebook_page_and_pictures(found: Calibration, tmp_path: Path) -> None:
    assert found._repr_html_().count("<table>") == len(definitions().themes)
    page = found.save(tmp_path / "chart.html").read_text(encoding="utf-8")
    assert "Content-Security-Policy" in page
    assert found.notice in page
    assert all(figure.definition.split("'")[0] in page for figure in definitions().figures)
    assert found.save(tmp_path / "chart.svg").read_text(encoding="utf-8").startswith("<svg")
    with pytest.raises(UsageError, match=r"chart\.pdf"):
        found.save(tmp_path / "chart.pdf")


def test_the_chart_holds_every_figure_that_has_a_published_value(found: Calibration) -> None:
    spec = found.plot().to_dict()
    drawn = [row for row in spec["data"]["values"] if "said" in row]
    assert len(drawn) == len(found.lines)
    assert all(0.5 <= row["least"] <= row["most"] <= 2 for row in drawn)
    assert {"ratio", "edge"} & set(drawn[0])


def test_only_synthetic_registers_are_compared(committed_registers: Path, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    shutil.copytree(committed_registers, folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(RegisterError):
        calibrate(folder)

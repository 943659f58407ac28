"""Fictional places: what a world file may say of them, and the faults that it is told at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from riskscreen.errors import SettingsError
from riskscreen.synthetic.geography import cells
from riskscreen.synthetic.geography.country import origin_shares, skewed, towns, urbanity_of
from riskscreen.synthetic.geography.place import Place
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import load_world


def _place(**changes: Any) -> Place:
    """Two towns in one province."""
    town = {"code": "GM9001", "name": "Otterveer", "province": "PV90", "families": 0.75, "buurten": 7, "wijken": 3}
    village = {"code": "GM9002", "name": "Pluimlaar", "province": "PV90", "families": 0.25, "buurten": 1, "wijken": 1}
    given = {
        **load_world("voorbeeldstad").place.model_dump(),
        "provinces": [{"code": "PV90", "name": "Otterland"}],
        "municipalities": [town, village],
        **changes,
    }
    return Place.model_validate(given)


GENERATED = {
    "first_code": 9001,
    "buurten": 60,
    "buurten_by_size": 0.76,
    "buurten_per_wijk": 4.3,
    "spread": 0.8,
    "tail": 0.09,
    "names": {"first": ["Otter", "Pluim", "Egel", "Snippen"], "last": ["veer", "laar", "donk"]},
}


def test_listed_towns_have_their_buurten_spread_over_their_wijken() -> None:
    town, village = towns(_place(), np.random.default_rng(1))
    assert (town.code, town.families, town.per_wijk, len(set(town.wijken))) == ("GM9001", 0.75, (2, 2, 3), 3)
    assert (village.per_wijk, village.province.name) == ((1,), "Otterland")


def test_generated_towns_are_skewed_and_add_up() -> None:
    provinces = [{"code": "PV90", "name": "Otterland", "municipalities": 4}]
    provinces += [{"code": "PV91", "name": "Egelland", "municipalities": 7}]
    found = towns(_place(provinces=provinces, municipalities=GENERATED), np.random.default_rng(1))
    assert [town.code for town in found] == [f"GM{9001 + i}" for i in range(11)]
    assert [town.province.code for town in found] == ["PV90"] * 4 + ["PV91"] * 7
    assert sum(town.families for town in found) == pytest.approx(1)
    assert sum(town.buurten for town in found) == 60
    assert len({town.name for town in found}) == 11
    largest = max(found, key=lambda town: town.families)
    assert largest.buurten == max(town.buurten for town in found)
    assert largest.families > 3 * np.median([town.families for town in found])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"provinces": [{"code": "PV90", "name": "A"}, {"code": "PV90", "name": "B"}]}, "PV90 is there twice"),
        ({"provinces": [{"code": "PV91", "name": "A"}]}, "GM9001 is in province PV90, which is not listed"),
        ({"provinces": [{"code": "PV90", "name": "A", "municipalities": 2}]}, "but these are listed"),
        ({"municipalities": GENERATED}, "PV90 does not say how many municipalities"),
        ({"municipalities": []}, "municipalities: there is none"),
        ({"origin": {"europe": 0.5, "outside_europe": 0.5}}, "add up to less than 1"),
        ({"origin": {"europe": 0.0, "outside_europe": 0.5}}, "shares above 0"),
        ({"origin_by_urbanity": {"europe": 0.1}}, "origin_by_urbanity: give europe and outside_europe"),
        ({"urbanity": [0.5, 0.2, 0.7, 0.9]}, "cumulative shares of buurten must rise"),
        ({"wijk_names": {"first": ["A", "B"], "last": ["x"]}}, "2 names; 100 are needed"),
        ({"size_spread": -0.1}, "greater than or equal to 0"),
        ({"radius_degrees": 0}, "greater than 0"),
    ],
)
def test_a_place_that_cannot_be_is_refused(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        _place(**changes)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"families": 0.5}, "their shares of the families add up to 0.75, not 1"),
        ({"families": -0.1}, "greater than 0"),
        ({"buurten": 0}, "greater than or equal to 1"),
        ({"buurten": 2}, "GM9001 has 2 buurten in 3 wijken"),
        ({"code": "GM9002"}, "GM9002 is there twice"),
        ({"code": "Otterveer"}, "should match pattern"),
        ({"wijken": ["Noord", "Noord"]}, "two of one name"),
    ],
)
def test_a_town_that_cannot_be_is_refused(change: dict[str, Any], fault: str) -> None:
    listed = [town.model_dump() for town in _place().municipalities]
    with pytest.raises(ValueError, match=fault):
        _place(municipalities=[{**listed[0], **change}, listed[1]])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"first_code": 9_998}, "4 codes from 9998 run past 9999"),
        ({"names": {"first": ["Otter"], "last": ["veer"]}}, "1 names for 4 municipalities"),
        ({"buurten": 3}, "3 buurten for 4 municipalities"),
    ],
)
def test_generated_towns_that_cannot_be_are_refused(change: dict[str, Any], fault: str) -> None:
    provinces = [{"code": "PV90", "name": "Otterland", "municipalities": 4}]
    with pytest.raises(ValueError, match=fault):
        _place(provinces=provinces, municipalities={**GENERATED, **change})


def test_a_world_file_tells_every_fault_of_its_place(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    place = {"origin": {"europe": 0.6, "outside_europe": 0.6}, "urbanity": [0.9, 0.1, 0.5, 1.0]}
    path.write_text(yaml.safe_dump({"schema": "world/1", "extends": "voorbeeldstad", "name": "odd", "place": place}))
    with pytest.raises(SettingsError, match="odd") as caught:
        load_world(str(path))
    assert "less than 1" in caught.value.faults[0]
    assert "must rise" in caught.value.faults[0]


def test_origin_shares_have_the_means_of_the_world_and_rise_as_said() -> None:
    place = _place(
        origin_by_deprivation={"europe": 0.0, "outside_europe": 1.0},
        origin_by_urbanity={"europe": -0.5, "outside_europe": 0.0},
    )
    deprivation, urbanity = np.array([0.0, 1.0, 0.0, 0.0]), np.array([3, 3, 2, 5])
    weight = np.array([0.4, 0.3, 0.2, 0.1])
    europe, outside = origin_shares(place, deprivation, urbanity, weight, np.random.default_rng(1))
    assert [europe @ weight, outside @ weight] == pytest.approx([0.09, 0.19])
    odds = np.log(np.array([europe, outside]) / (1 - europe - outside))
    assert odds[1, 1] - odds[1, 0] == pytest.approx(1.0)
    assert odds[0, 3] - odds[0, 2] == pytest.approx(-1.5)


def test_urbanity_goes_by_density() -> None:
    assert urbanity_of(np.array([5.0, 1.0, 9.0, 3.0, 7.0]), (0.2, 0.4, 0.6, 0.8)).tolist() == [3, 5, 1, 4, 2]


@pytest.mark.parametrize("skew", [-0.8, 0.0, 1.2])
def test_skewed_draws_have_their_moments(skew: float) -> None:
    drawn = skewed(np.random.default_rng(5), 400_000, skew)
    assert [drawn.mean(), drawn.std(), ((drawn - drawn.mean()) ** 3).mean()] == pytest.approx([0, 1, skew], abs=0.03)


def test_cells_are_nearer_to_their_own_point_than_to_any_other() -> None:
    draws = np.random.default_rng(2)
    around = cells.border(1.0, draws)
    found = cells.cells(around, 12, draws, crowding=0.5)
    assert sum(map(cells.area, found)) == pytest.approx(cells.area(around))
    middles = np.array([cells.centroid(cell) for cell in found])
    inside = np.array([cell.mean(axis=0) for cell in found])
    nearest = np.argmin(np.hypot(*(inside[:, None] - middles).transpose(2, 0, 1)), axis=1)
    assert nearest.tolist() == list(range(12))


def test_the_area_and_centroid_of_a_rectangle() -> None:
    rectangle = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 1.0], [0.0, 1.0]])
    assert cells.area(rectangle) == 4.0
    assert cells.centroid(rectangle).tolist() == [2.0, 0.5]


def test_the_same_seed_draws_the_same_towns() -> None:
    place = load_world("region").place
    first = towns(place, Chance(1).stream("town"))
    assert towns(place, Chance(1).stream("town")) == first
    assert towns(place, Chance(2).stream("town")) != first

"""The fictional region and country have the sizes and the unevenness that their worlds promise."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

import numpy as np
import pytest

from riskscreen.synthetic.geography.areas import Geography
from riskscreen.synthetic.geography.division import apportioned, parts
from riskscreen.synthetic.geography.settling import CLASSES, settlement
from riskscreen.synthetic.geography.town import fictional
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import figures, load_world


@pytest.fixture(scope="module")
def country() -> Geography:
    return fictional(load_world("netherlands"), Chance(3))


@pytest.fixture(scope="module")
def region() -> Geography:
    return fictional(load_world("region"), Chance(3))


def _sizes(place: Geography) -> np.ndarray:
    return np.bincount(place.municipality, place.weight)


def _means(place: Geography, values: np.ndarray) -> np.ndarray:
    return np.bincount(place.municipality, place.weight * values) / _sizes(place)


def test_the_country_has_the_numbers_of_the_netherlands(country: Geography) -> None:
    kinds = [row.kind for row in country.rows]
    assert len(country.municipalities) == kinds.count("gemeente") == 342
    assert kinds.count("provincie") == 12
    assert len(country.codes) == kinds.count("buurt") == 14_500
    assert len({row.area for row in country.rows}) == len(country.rows)
    assert len({place.name for place in country.municipalities}) == 342


def test_municipalities_of_the_country_are_as_uneven_as_real_ones(country: Geography) -> None:
    sizes = _sizes(country)
    assert 0.04 <= sizes.max() <= 0.05
    assert 0.0015 <= np.median(sizes) <= 0.0025
    assert sizes.sum() == pytest.approx(1)


def test_the_country_is_made_in_seconds() -> None:
    begin = time.perf_counter()
    fictional(load_world("netherlands"), Chance(4))
    assert time.perf_counter() - begin < 10


@pytest.mark.parametrize("name", ["region", "country"])
def test_deprivation_differs_between_municipalities_and_within(name: str, request: pytest.FixtureRequest) -> None:
    place: Geography = request.getfixturevalue(name)
    assert place.deprivation @ place.weight == pytest.approx(0, abs=1e-9)
    assert place.deprivation**2 @ place.weight == pytest.approx(1)
    between = _means(place, place.deprivation) ** 2 @ _sizes(place)
    assert 0.1 < between < 0.45  # about 0.26 in the key figures of 2024


def test_urbanity_goes_with_size_deprivation_and_origin(country: Geography) -> None:
    def together(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.cov(one, other, aweights=country.weight)[0, 1] / one.std() / other.std())

    assert np.corrcoef(np.log(_sizes(country)), _means(country, country.urbanity))[0, 1] < -0.5
    assert together(country.urbanity, country.deprivation) < -0.2
    assert together(country.urbanity, country.outside_europe) < -0.4
    assert together(country.deprivation, country.outside_europe) > 0.2
    assert np.unique(country.urbanity).tolist() == [1, 2, 3, 4, 5]


def test_debts_can_differ_as_much_as_published(country: Geography) -> None:
    """Registered debts by municipality when they depend on vulnerability and deprivation as in the world."""
    world = load_world("netherlands")
    debt = world.circumstances["debt_problem"]
    table = settlement(country, world.families_form.sorting)
    middle = np.linspace(-1.4, 1.4, CLASSES)
    rate = np.exp(debt.latent * middle[:, None] + debt.deprivation * country.deprivation) * table / CLASSES
    published = figures()["area.debt"]
    share = np.bincount(country.municipality, rate.sum(axis=0)) / _sizes(country)
    share *= published["value"] / (share @ _sizes(country))
    assert share.min() < 1.6 * published["low"]
    assert share.max() > 0.75 * published["high"]


def test_the_region_is_ten_municipalities_with_a_large_city_and_villages(region: Geography) -> None:
    assert len(region.municipalities) == 10
    assert len({place.province for place in region.municipalities}) == 2
    assert _sizes(region).max() == pytest.approx(0.36)
    assert _sizes(region).min() == pytest.approx(0.025)
    shapes = {row.kind: json.loads(row.polygon or "") for row in region.rows}
    assert set(shapes) == {"provincie", "gemeente", "wijk", "buurt"}


def test_only_outlines_of_municipalities_are_drawn_in_a_country(country: Geography) -> None:
    assert {row.kind for row in country.rows if row.polygon} == {"provincie", "gemeente"}


@pytest.mark.parametrize("name", ["region", "country"])
def test_areas_nest_and_neighbours_share_a_municipality(name: str, request: pytest.FixtureRequest) -> None:
    place: Geography = request.getfixturevalue(name)
    rows = {row.area: row for row in place.rows}
    up = {"buurt": "wijk", "wijk": "gemeente", "gemeente": "provincie"}
    assert all(rows[row.within or ""].kind == up[row.kind] for row in place.rows if row.kind != "provincie")
    own = [rows[rows[code].within or ""].within for code in place.codes]
    assert own == [place.municipalities[position].code for position in place.municipality]
    assert (place.municipality[place.neighbours] == place.municipality[:, None]).all()
    assert (np.diff(place.municipality) >= 0).all()


def test_parts_of_the_country_hold_at_most_25000_families(country: Geography) -> None:
    families = apportioned(1_900_000, country.weight)
    found = parts(country, families, 25_000)
    sizes = [int(families[part.first : part.last].sum()) for part in found]
    assert sum(sizes) == 1_900_000
    assert max(sizes) <= 25_000
    assert len({part.key for part in found}) == len(found)


def test_no_fictional_municipality_or_province_is_called_as_a_real_one(
    country: Geography, region: Geography, cbs_neighbourhoods: Path
) -> None:
    real: set[str] = set()
    for name in ("cbs_kwb_2024.csv", "cbs_municipalities_2021.csv"):
        with cbs_neighbourhoods.with_name(name).open(encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            real |= {row["name"] for row in rows if row.get("kind", "gemeente") == "gemeente"}
            real |= {row["province"] for row in rows if "province" in row}
    made = {place.name for one in (country, region) for place in one.municipalities}
    made |= {place.province_name for one in (country, region) for place in one.municipalities if place.province_name}
    assert len(real) > 340
    assert made & real == set()

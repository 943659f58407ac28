"""A whole country from files of three years: mergers, provinces, and what cannot be joined."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from cbs_examples import COUNTRY, FIGURES, write_country

from riskscreen.errors import SettingsError
from riskscreen.records.texts import Text
from riskscreen.settings import Synthetic
from riskscreen.synthetic.geography.areas import Geography
from riskscreen.synthetic.geography.merging import code_on, mergers, province_named, provinces
from riskscreen.synthetic.geography.real_areas import real_geography
from riskscreen.synthetic.world import load_world


def _read(settings: Synthetic) -> Geography:
    return real_geography(settings, load_world("voorbeeldstad"))


@pytest.fixture
def country(tmp_path: Path) -> Geography:
    return _read(write_country(tmp_path))


def test_a_code_follows_its_mergers_up_to_the_date() -> None:
    assert code_on("GM0501", date(2022, 12, 31)) == "GM0501"
    assert code_on("GM0501", date(2023, 1, 1)) == "GM1992"
    assert code_on("GM0457", date(2022, 3, 24)) == "GM0363"
    assert code_on("GM0014", date(2024, 1, 1)) == "GM0014"


def test_the_table_of_mergers_is_whole() -> None:
    codes = {province.code for province in provinces()}
    assert len(codes) == 12
    assert all(merger.province in codes and merger.new not in merger.old for merger in mergers())
    old = [code for merger in mergers() for code in merger.old]
    assert len(old) == len(set(old))
    assert province_named("Friesland") == province_named("Fryslân")
    assert province_named("Atlantis") is None


def test_municipalities_in_order_with_province_and_region(country: Geography) -> None:
    assert [(place.code, place.province, place.region) for place in country.municipalities] == [
        ("GM0014", "PV20", "Groningen"),
        ("GM0363", "PV27", "Noord-Holland"),
        ("GM0439", "PV27", "Noord-Holland"),  # in the table of mergers, as it took in another
        ("GM0777", "PV20", "Groningen"),  # that of the nearest on the map
        ("GM1992", "PV28", "Zuid-Holland"),
    ]
    assert country.municipality.tolist() == [0, 0, 1, 2, 3, 4]
    assert country.province.tolist() == [0, 0, 1, 1, 0, 2]
    assert country.real
    assert "the Netherlands" in country.notice.en


def test_figures_of_merged_municipalities_are_means_by_inhabitants(country: Geography) -> None:
    low = country.published["low_income_pct"]
    assert low == pytest.approx([9, 12, 12, 9, (2 * 4 + 6 * 6 + 2 * 2) / 10])
    assistance = country.published["social_assistance_per_1000"]
    assert assistance[4] == pytest.approx((6 * 20 + 2 * 10) / 8)  # of one part it is not known


def test_what_cannot_be_joined_is_listed_and_takes_its_provinces_mean(country: Geography) -> None:
    assert [(one.code, one.reason) for one in country.not_joined] == [
        ("GM0999", "no boundary in the outline"),
        ("GM0439", "not in figures.csv: takes the mean of Noord-Holland"),
        ("GM0777", "not in figures.csv: takes the mean of Groningen"),
        ("GM0999", "not in figures.csv: takes the mean of the country, as its province is not known"),
        ("GM0677", "only in figures.csv: left out"),
        ("GM0999", "no children: no families"),
    ]
    told = {(one.area, one.source) for one in country.filled_in if one.figure == "low_income_pct, 2021"}
    assert told == {("GM0439", "provincie"), ("GM0777", "provincie")}


def test_incomes_come_from_the_smallest_area_that_has_one_and_are_flagged(country: Geography) -> None:
    told = {one.area: one.source for one in country.filled_in if one.figure == "mean_income_per_inhabitant_keur"}
    # the buurt of GM1992 has its wijk's; GM0439 has none anywhere, and takes its province's, raised by the usual rise
    assert told["BU19920000"] == "wijk"
    assert told["BU04390000"] == "gemeente, 2021"
    assert "BU00140000" not in told


def test_low_incomes_of_buurten_have_the_mean_of_their_municipality(country: Geography) -> None:
    rows = {row.area: row for row in country.rows}
    assert rows["GM0014"].low_income_share == 0.09
    north, south = rows["BU00140000"].low_income_share, rows["BU00140001"].low_income_share
    assert north is not None
    assert south is not None
    assert north > south
    assert 0.4 * north + 0.6 * south == pytest.approx(0.09, abs=1e-3)


def test_areas_of_the_country_nest_and_provinces_are_sums(country: Geography) -> None:
    rows = {row.area: row for row in country.rows}
    assert (rows["GM1992"].within, rows["WK199200"].within, rows["BU19920000"].within) == ("PV28", "GM1992", "WK199200")
    assert rows["PV20"].minors == round(1.2 * 1_050_000)
    assert rows["PV27"].inhabitants == 5_000_000
    assert rows["GM0999"].within is None
    assert rows["GM0999"].minors == 0


def test_a_merged_municipality_has_the_boundaries_of_its_parts(country: Geography) -> None:
    shapes = {row.area: json.loads(row.polygon) for row in country.rows if row.polygon is not None}
    assert set(shapes) == {"GM0014", "GM0363", "GM0439", "GM0777", "GM1992"}
    assert {code: len(shape["coordinates"]) for code, shape in shapes.items() if shape["type"] == "MultiPolygon"} == {
        "GM0439": 2,
        "GM1992": 3,
    }


def test_children_are_those_of_the_country_scaled_to_17(country: Geography) -> None:
    assert country.minors is not None
    assert country.minors.sum() == pytest.approx(3_300_000)
    assert country.weight == pytest.approx(country.minors / 3_300_000)
    assert country.deprivation @ country.weight == pytest.approx(0, abs=1e-12)


def test_the_account_counts_what_was_filled_in_and_lists_what_was_not_joined(country: Geography) -> None:
    account = country.account()
    assert account["filled_in"]["mean_income_per_inhabitant_keur"] == {"wijk": 1, "gemeente, 2021": 1}
    assert account["filled_in"]["low_income_pct, 2021"] == {"provincie": 2}
    assert {"code": "GM0677", "name": "Elders", "reason": "only in figures.csv: left out"} in account["not_joined"]


def test_the_hash_of_a_geography_changes_with_what_it_says(country: Geography) -> None:
    assert replace(country, notice=Text("a", "b")).sha256 == country.sha256
    assert replace(country, hidden=country.hidden + 1).sha256 != country.sha256
    assert replace(country, rows=country.rows[1:]).sha256 != country.sha256


def test_neighbours_lie_in_the_same_wijk_first_and_never_elsewhere(tmp_path: Path) -> None:
    rows = COUNTRY.replace("GM0363,gemeente", "WK001401,wijk,Dorp,GM0014,1,,1,0,0,,,,5\nGM0363,gemeente")
    for code in ("BU00140002", "BU00140100", "BU00140101"):
        rows += f"\n{code},buurt,B,GM0014,10,,5,0,0,200,20,24,1"
    country = _read(write_country(tmp_path, rows))
    assert [country.codes[place] for place in country.neighbours[0]] == [
        "BU00140001",
        "BU00140002",
        "BU00140100",
        "BU00140101",
        "BU00140000",
        "BU00140000",
    ]
    assert (country.municipality[country.neighbours] == country.municipality[:, None]).all()


def test_without_files_of_earlier_years_provinces_and_figures_are_unknown(tmp_path: Path) -> None:
    country = _read(write_country(tmp_path, figures=None, outline=False))
    assert {(place.province, place.region) for place in country.municipalities} == {(None, "Nederland")}
    assert not country.published
    assert [one.reason for one in country.not_joined] == ["no children: no families"]
    assert {one.source for one in country.filled_in} == {"wijk", "land"}
    assert np.isfinite(country.deprivation).all()


def _refused(settings: Synthetic) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        _read(settings)
    return caught.value


def test_figures_that_join_nothing_are_refused(tmp_path: Path) -> None:
    header, *rows = FIGURES.splitlines()
    foreign = "\n".join([header, *(row.replace("GM", "XX") for row in rows)])
    assert (
        "no municipality of figures.csv is in the geography" in _refused(write_country(tmp_path, figures=foreign)).what
    )


def test_faults_in_the_figures_are_told_all_at_once(tmp_path: Path) -> None:
    broken = FIGURES.replace("Zeeland", "Atlantis").replace("26.1", "veel").replace(",45,12,", ",45,112,")
    broken += "\nGM0014,Nog eens,1,Groningen,1,1,1,1"
    assert set(_refused(write_country(tmp_path, figures=broken)).faults) == {
        "low_income_pct of GM0363 is 112, not 0 to 100",
        "mean_income_per_inhabitant_keur of GM0014 is no number",
        "GM0014 is there twice",
        "Atlantis is no province",
    }
    error = _refused(write_country(tmp_path, figures="code,name\nGM0014,Groningen"))
    assert "column province is absent" in error.faults


def test_a_part_of_the_country_is_no_country(tmp_path: Path) -> None:
    rows = "\n".join(row for row in COUNTRY.splitlines() if "GM0363" not in row)
    error = _refused(write_country(tmp_path, rows))
    assert "2,000,000 of the 2,750,000 children" in error.what
    assert "choose one municipality" in error.do


def test_settings_about_a_geography_need_one() -> None:
    with pytest.raises(ValueError, match="municipality, outline without geography"):
        Synthetic(municipality="GM0001", outline=Path("map.geojson"))


def test_the_netherlands_as_published(cbs_neighbourhoods: Path) -> None:
    folder = cbs_neighbourhoods.parent
    settings = Synthetic(
        geography=cbs_neighbourhoods,
        municipal_figures=folder / "cbs_municipalities_2021.csv",
        outline=folder / "cbs_municipalities_2022.geojson",
    )
    country = _read(settings)
    assert len(country.municipalities) == 342
    assert not country.not_joined  # 352 and 345 municipalities of earlier years all have their place
    assert len({place.province for place in country.municipalities}) == 12
    assert country.minors is not None
    assert country.minors.sum() == pytest.approx(3_300_000, rel=1e-3)
    outlines = [row for row in country.rows if row.kind == "gemeente" and row.polygon]
    assert len(outlines) == 342
    income = [one for one in country.filled_in if one.figure.startswith("mean_income")]
    assert 0.8 < len(income) / len(country.codes) < 0.9

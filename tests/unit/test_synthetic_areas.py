"""The fictional town, and one real municipality read from a file of key figures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cbs_examples import HEADER, LAND, ONE, renumbered, write_one

from riskscreen.errors import SettingsError
from riskscreen.settings import Synthetic
from riskscreen.synthetic import synthesize
from riskscreen.synthetic.geography.areas import Geography, nearest
from riskscreen.synthetic.geography.place import Hidden
from riskscreen.synthetic.geography.real_areas import real_geography
from riskscreen.synthetic.geography.settling import settlement
from riskscreen.synthetic.geography.town import counted, fictional
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World, load_world


@pytest.fixture(scope="module")
def town() -> Geography:
    return fictional(load_world("voorbeeldstad"), Chance(3))


def _shoelace(ring: list[list[float]]) -> float:
    x, y = np.array(ring).T
    return abs(float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())) / 2


def test_the_town_has_twenty_wijken_and_ninety_buurten_that_fill_it(town: Geography) -> None:
    size = {}
    for kind in ("gemeente", "wijk", "buurt"):
        shapes = [json.loads(row.polygon)["coordinates"][0] for row in town.rows if row.kind == kind]
        size[kind] = (len(shapes), sum(map(_shoelace, shapes)))
    assert {kind: count for kind, (count, _) in size.items()} == {"gemeente": 1, "wijk": 20, "buurt": 90}
    assert size["wijk"][1] == pytest.approx(size["gemeente"][1], rel=1e-3)
    assert size["buurt"][1] == pytest.approx(size["gemeente"][1], rel=1e-3)
    assert len({row.name for row in town.rows}) == len(town.rows)


def test_every_area_lies_within_one_a_level_up(town: Geography) -> None:
    rows = {row.area: row for row in town.rows}
    up = {"buurt": "wijk", "wijk": "gemeente", "gemeente": "provincie"}
    assert all(rows[row.within].kind == up[row.kind] for row in rows.values() if row.kind != "provincie")


def test_deprivation_and_origins_have_the_means_of_the_world(town: Geography) -> None:
    assert town.weight.sum() == pytest.approx(1)
    assert town.deprivation @ town.weight == pytest.approx(0, abs=1e-12)
    assert town.deprivation**2 @ town.weight == pytest.approx(1)
    assert town.europe @ town.weight == pytest.approx(0.09)
    assert town.outside_europe @ town.weight == pytest.approx(0.19)
    assert (town.europe + town.outside_europe).max() < 1


def test_neighbours_are_the_nearest_by_brute_force() -> None:
    apart = np.array([[0.0, 3, 1, 2], [3, 0, 9, 9], [1, 9, 0, 5], [2, 9, 5, 0]])
    assert nearest(apart).tolist() == [[2, 3, 1, 0, 0, 0], [0, 2, 3, 1, 1, 1], [0, 3, 1, 2, 2, 2], [0, 2, 1, 3, 3, 3]]
    assert nearest(np.zeros((1, 1))).tolist() == [[0] * 6]


def test_sorting_keeps_the_size_of_every_buurt_and_moves_vulnerable_families(town: Geography) -> None:
    table = settlement(town, 0.65)
    assert table.sum(axis=1) == pytest.approx(np.ones(5))
    assert table.mean(axis=0) == pytest.approx(town.weight)
    assert table[-1] @ town.deprivation > table[0] @ town.deprivation + 0.5
    assert settlement(town, 0.0)[4] == pytest.approx(town.weight)


def test_counts_of_higher_levels_are_sums_of_the_buurten(town: Geography) -> None:
    minors = np.arange(90, dtype=np.int64) * 10
    rows = {row.area: row for row in counted(town, load_world("voorbeeldstad"), minors)}
    assert rows[town.codes[7]].minors == 70
    assert rows["WK999900"].minors == 10 * (0 + 1 + 2 + 3)
    assert rows["GM9999"].minors == rows["PV99"].minors == minors.sum()


def _with_hidden(spread: float, misleading: float) -> World:
    world = load_world("voorbeeldstad")
    place = world.place.model_copy(update={"hidden": Hidden(spread=spread, misleading=misleading)})
    return world.model_copy(update={"place": place})


def test_what_is_hidden_has_its_spread_and_leaves_all_else_as_it_was(town: Geography) -> None:
    hard = fictional(_with_hidden(0.6, 0.0), Chance(3))
    assert not town.hidden.any()
    assert hard.hidden @ hard.weight == pytest.approx(0, abs=1e-12)
    assert hard.hidden**2 @ hard.weight == pytest.approx(0.36)
    assert hard.rows == town.rows
    assert hard.deprivation.tolist() == town.deprivation.tolist()


def test_misleading_buurten_publish_the_mirror_of_their_deprivation(town: Geography) -> None:
    odd = fictional(_with_hidden(0.0, 1.0), Chance(3))
    low = {row.area: row.low_income_share for row in odd.rows}
    poorest, richest = (town.codes[place(town.deprivation)] for place in (np.argmax, np.argmin))
    assert low[poorest] < low[richest]
    shown = {row.area: row.low_income_share for row in town.rows}
    assert shown[poorest] > shown[richest]


def test_real_buurten_keep_their_children_and_an_unknown_income_takes_the_wijks(tmp_path: Path) -> None:
    place = real_geography(write_one(tmp_path), load_world("voorbeeldstad"))
    assert place.codes == ("BU00010000", "BU00010001")  # no children, no families
    assert place.weight == pytest.approx([0.25, 0.75])
    assert place.minors is not None
    assert place.minors == pytest.approx([180, 540])  # 3.3 over 2.75 million times those of 0-14
    assert place.deprivation[1] > place.deprivation[0]
    assert place.outside_europe == pytest.approx([0.05, 250 / 1950])
    assert place.urbanity.tolist() == [4, 2]
    assert [(told.area, told.figure, told.source) for told in place.filled_in] == [
        ("BU00010000", "mean_income_per_inhabitant_keur", "wijk")
    ]
    assert [(row.area, row.within) for row in place.rows][:2] == [("GM0001", None), ("WK000100", "GM0001")]
    assert "synthetic families" in place.notice.en
    assert "verzonnen gezinnen" in place.notice.nl


def test_one_municipality_keeps_the_level_it_has_in_its_country(tmp_path: Path) -> None:
    rich = renumbered(ONE, "0002").replace("500,90", "900,95").replace("200,20,20", "800,90,60")
    world = load_world("voorbeeldstad")
    poor = real_geography(write_one(tmp_path, f"{ONE}\n{rich}"), world)
    other = real_geography(write_one(tmp_path, f"{ONE}\n{rich}", "GM0002"), world)
    assert poor.deprivation @ poor.weight == pytest.approx(-(other.deprivation @ other.weight))
    assert poor.deprivation @ poor.weight > 0.5
    here, there = settlement(poor, 0.65).sum(axis=1), settlement(other, 0.65).sum(axis=1)
    assert here.mean() == pytest.approx(1)
    assert here[4] > 1.2 > 0.8 > there[4]
    assert here + there == pytest.approx(np.full(5, 2.0), abs=1e-3)  # as many children: together the country


def test_families_are_as_many_as_the_children_make(tmp_path: Path) -> None:
    settings = write_one(tmp_path, ONE.replace("600,150", "1500,150").replace(",450,", ",1350,"))
    out = synthesize(settings, seed=1, out=tmp_path / "r", name="k")
    persons = pd.read_parquet(out / "persons.parquet")
    minors = persons[pd.to_datetime(persons.birth_date) > "2007-01-01"]
    here = minors[minors.death_date.isna() & minors.emigration_date.isna()]
    assert len(here) == pytest.approx(1800, rel=0.12)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["real_area_names"] is True
    assert manifest["municipality"] == "GM0001"
    assert manifest["made"]["filled_in"] == {"mean_income_per_inhabitant_keur": {"wijk": 1}}
    assert manifest["made"]["not_joined"] == []
    areas = pd.read_parquet(out / "areas.parquet").set_index("area")
    assert areas.loc["BU00010002", "minors"] == 0
    assert areas.polygon.isna().all()
    assert areas.loc["BU00010000", "filled_in"] == "mean_income_per_inhabitant_keur: wijk"
    assert areas.filled_in.notna().sum() == 1
    assert "BU00010002" not in set(pd.read_parquet(out / "address_spells.parquet").area)


def _refused(settings: Synthetic) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        real_geography(settings, load_world("voorbeeldstad"))
    return caught.value


def test_absent_columns_are_told_all_at_once(tmp_path: Path) -> None:
    settings = write_one(tmp_path)
    assert settings.geography is not None
    settings.geography.write_text("code,kind\nGM0001,gemeente\n", encoding="utf-8")
    error = _refused(settings)
    assert "not the file of 2024" in error.what
    assert len(error.faults) == 11
    assert "column age_0_15 is absent" in error.faults


def test_every_wrong_figure_and_code_is_told_at_once(tmp_path: Path) -> None:
    rows = ONE.replace("1950", "many").replace(",20,20,2", ",120,20,7").replace("BU00010002,buurt", "BU00010002,straat")
    rows += "\nBU00010000,buurt,Dubbel,GM0001,1,1,-5,0,0,nan,1,1,1\nBU00030000,buurt,Ver,GM0003,1,1,1,0,0,1,1,1,1"
    error = _refused(write_one(tmp_path, rows))
    assert set(error.faults) == {
        "BU00010000 is there twice",
        "BU00010002 is a straat; kinds are land, gemeente, wijk, buurt",
        "BU00030000 is in municipality GM0003, which is not in the file",
        "BU00030000 is in wijk WK000300, which is not in the file",
        "inhabitants of BU00010001 is no number",
        "age_0_15 of BU00010000 is -5, not 0 to inf",
        "mean_dwelling_value_keur of BU00010000 is nan, not 0 to inf",
        "owner_occupied_pct of BU00010001 is 120, not 0 to 100",
        "urbanity_1_very_urban_5_rural of BU00010001 is 7, not 1 to 5",
    }


def test_many_faults_are_counted_and_the_first_are_shown(tmp_path: Path) -> None:
    more = "\n".join(f"BU000101{i:02d},buurt,B,GM0001,x,1,1,0,0,1,1,1,1" for i in range(60))
    error = _refused(write_one(tmp_path, f"{ONE}\nWK000101,wijk,W,GM0001,1,1,1,0,0,1,1,1,1\n{more}"))
    assert "60 fault(s)" in error.what
    assert error.faults[-1] == "and 40 more"


def test_lines_of_another_length_are_told(tmp_path: Path) -> None:
    error = _refused(write_one(tmp_path, ONE.replace("20,20,2", "20,20").replace(",,,,5", ",,,,5,8")))
    assert error.faults == (
        "line 6 has more or fewer values than there are columns",
        "line 7 has more or fewer values than there are columns",
    )


def test_a_file_of_before_a_merger_is_of_another_year(tmp_path: Path) -> None:
    error = _refused(write_one(tmp_path, renumbered(ONE, "0530"), "GM0530"))
    assert "is of before 1 January 2024" in error.what
    assert error.faults == ("GM0530 went into GM1992 (Voorne aan Zee) on 2023-01-01",)


def test_a_municipality_that_is_not_there_is_told_with_what_became_of_it(tmp_path: Path) -> None:
    assert "such as GM0001" in _refused(write_one(tmp_path, municipality="GM9998")).do
    error = _refused(write_one(tmp_path, municipality="GM0530"))
    assert "does not know municipality GM0530" in error.what
    assert "GM1992 (Voorne aan Zee)" in error.do


def test_a_municipality_without_children_is_refused(tmp_path: Path) -> None:
    empty = ONE.replace(",600,", ",0,").replace(",150,50,50", ",0,50,50").replace(",450,", ",0,")
    assert "knows no children in GM0001" in _refused(write_one(tmp_path, empty)).what


@pytest.mark.parametrize("young", ["0", "", "500", "2500000000"])
def test_children_of_the_country_that_cannot_be_those_of_0_to_14_are_refused(tmp_path: Path, young: str) -> None:
    settings = write_one(tmp_path)
    assert settings.geography is not None
    settings.geography.write_text(f"{HEADER}\n{LAND.replace('2750000', young)}\n{ONE}\n", encoding="utf-8")
    assert "children in age_0_15 of the whole country" in _refused(settings).what


def test_a_file_without_the_country_is_refused(tmp_path: Path) -> None:
    settings = write_one(tmp_path)
    assert settings.geography is not None
    settings.geography.write_text(f"{HEADER}\n{ONE}\n", encoding="utf-8")
    assert _refused(settings).faults == ("there is no row of kind land, of the whole country",)


def test_an_absent_or_unreadable_geography_or_outline_is_told(tmp_path: Path) -> None:
    settings = write_one(tmp_path)
    broken = tmp_path / "broken.geojson"
    broken.write_text("{]", encoding="utf-8")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x01" * 9)
    for update, message in (
        ({"geography": tmp_path / "none.csv"}, "cannot read the geography"),
        ({"geography": binary}, "no UTF-8 text"),
        ({"outline": tmp_path / "none.geojson"}, "cannot read the outline"),
        ({"outline": broken}, "no GeoJSON"),
    ):
        assert message in _refused(settings.model_copy(update=update)).what


def test_arnhem_as_published(cbs_neighbourhoods: Path) -> None:
    outline_file = cbs_neighbourhoods.with_name("cbs_municipalities_2022.geojson")
    settings = Synthetic(geography=cbs_neighbourhoods, municipality="GM0202", outline=outline_file)
    place = real_geography(settings, load_world("voorbeeldstad"))
    kinds = pd.Series([row.kind for row in place.rows]).value_counts().to_dict()
    assert kinds == {"gemeente": 1, "wijk": 24, "buurt": 83}
    assert place.minors is not None
    assert place.minors.sum() == pytest.approx(24709 * 3_300_000 / 2_714_040, rel=1e-3)
    assert place.deprivation @ place.weight > 0.3  # more deprived than the country
    outline = next(row.polygon for row in place.rows if row.kind == "gemeente")
    assert outline is not None
    assert '"MultiPolygon"' in outline or '"Polygon"' in outline

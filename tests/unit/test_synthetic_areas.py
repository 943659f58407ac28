"""The fictional town, and real neighbourhoods read from a file of key figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskscreen.errors import SettingsError
from riskscreen.settings import Synthetic
from riskscreen.synthetic import synthesize
from riskscreen.synthetic.families import area_chances
from riskscreen.synthetic.real_areas import real_geography
from riskscreen.synthetic.town import fictional
from riskscreen.synthetic.world import load_world

HEADER = (
    "code,kind,name,municipality_code,inhabitants,households,age_0_15,origin_europe,origin_outside_europe,"
    "mean_dwelling_value_keur,owner_occupied_pct,mean_income_per_inhabitant_keur,urbanity_1_very_urban_5_rural"
)
ROWS = """
GM0001,gemeente,Klein,GM0001,3000,1400,600,150,300,300,50,30,3
WK000100,wijk,Wijk 00,GM0001,3000,1400,600,150,300,300,50,30,3
BU00010000,buurt,Rijk,GM0001,1000,500,150,50,50,500,90,,4
BU00010001,buurt,Arm,GM0001,1950,900,450,100,250,200,20,20,2
BU00010002,buurt,Leeg,GM0001,50,0,0,0,0,,,,5
""".strip()


@pytest.fixture
def cbs(tmp_path: Path) -> Callable[..., Synthetic]:
    def write(text: str = f"{HEADER}\n{ROWS}\n", municipality: str = "GM0001", **more: object) -> Synthetic:
        path = tmp_path / "kwb.csv"
        path.write_text(text, encoding="utf-8")
        return Synthetic(geography=path, municipality=municipality, **more)

    return write


def _shoelace(ring: list[list[float]]) -> float:
    x, y = np.array(ring).T
    return abs(float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())) / 2


def test_the_town_has_twenty_wijken_and_ninety_buurten_that_fill_it() -> None:
    rows = fictional(load_world("voorbeeldstad"), seed=3).rows
    size = {}
    for kind in ("gemeente", "wijk", "buurt"):
        shapes = [json.loads(row.polygon)["coordinates"][0] for row in rows if row.kind == kind]
        size[kind] = (len(shapes), sum(map(_shoelace, shapes)))
    assert {kind: count for kind, (count, _) in size.items()} == {"gemeente": 1, "wijk": 20, "buurt": 90}
    assert size["wijk"][1] == pytest.approx(size["gemeente"][1], rel=1e-3)
    assert size["buurt"][1] == pytest.approx(size["gemeente"][1], rel=1e-3)
    assert len({row.name for row in rows}) == len(rows)


def test_every_area_lies_within_one_a_level_up() -> None:
    rows = {row.area: row for row in fictional(load_world("voorbeeldstad"), seed=3).rows}
    up = {"buurt": "wijk", "wijk": "gemeente", "gemeente": "provincie"}
    assert all(rows[row.within].kind == up[row.kind] for row in rows.values() if row.kind != "provincie")


def test_sorting_keeps_the_size_of_every_buurt() -> None:
    town = fictional(load_world("voorbeeldstad"), seed=3)
    chances = area_chances(town, 0.65)
    assert chances.mean(axis=0) == pytest.approx(town.weight, abs=1e-4)
    assert chances[-1] @ town.deprivation > chances[0] @ town.deprivation + 0.5


def test_real_buurten_keep_their_children_and_an_unknown_income_takes_the_wijks(cbs) -> None:
    place = real_geography(cbs(), load_world("voorbeeldstad"))
    assert place.codes == ("BU00010000", "BU00010001")  # no children, no families
    assert place.weight == pytest.approx([0.25, 0.75])
    assert place.minors == 720  # 600 of 0-14, eighteen years of birth
    assert place.deprivation[1] > place.deprivation[0]
    assert place.outside_europe == pytest.approx([0.05, 250 / 1950])
    assert "synthetic families" in place.notice.en
    assert "verzonnen gezinnen" in place.notice.nl


def test_families_are_as_many_as_the_children_make(cbs, tmp_path: Path) -> None:
    text = f"{HEADER}\n{ROWS}\n"
    out = synthesize(
        cbs(text.replace("600,150", "1500,150").replace(",450,", ",1350,")), seed=1, out=tmp_path / "r", name="k"
    )
    persons = pd.read_parquet(out / "persons.parquet")
    minors = persons[pd.to_datetime(persons.birth_date) > "2007-01-01"]
    here = minors[minors.death_date.isna() & minors.emigration_date.isna()]
    assert len(here) == pytest.approx(1800, rel=0.12)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["real_area_names"] is True
    assert manifest["municipality"] == "GM0001"
    areas = pd.read_parquet(out / "areas.parquet").set_index("area")
    assert areas.loc["BU00010002", "minors"] == 0
    assert areas.polygon.isna().all()
    assert "BU00010002" not in set(pd.read_parquet(out / "address_spells.parquet").area)


@pytest.mark.parametrize(
    ("text", "municipality", "message"),
    [
        ("code,kind\nGM0001,gemeente\n", "GM0001", "not the file of 2024"),
        (f"{HEADER}\n{ROWS}\n", "GM9998", "does not know municipality GM9998"),
        (f"{HEADER}\n{ROWS.replace('1950', 'many')}\n", "GM0001", "is no number"),
    ],
)
def test_faults_in_the_geography_are_told(cbs, text: str, municipality: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        real_geography(cbs(text, municipality), load_world("voorbeeldstad"))


def test_an_absent_geography_or_outline_is_told(cbs, tmp_path: Path) -> None:
    world = load_world("voorbeeldstad")
    with pytest.raises(SettingsError, match="cannot read the geography"):
        real_geography(Synthetic(geography=tmp_path / "none.csv", municipality="GM0001"), world)
    with pytest.raises(SettingsError, match="cannot read the outline"):
        real_geography(cbs(outline=tmp_path / "none.geojson"), world)
    broken = tmp_path / "broken.geojson"
    broken.write_text("{]", encoding="utf-8")
    with pytest.raises(SettingsError, match="no GeoJSON"):
        real_geography(cbs(outline=broken), world)


def test_arnhem_as_published(cbs_neighbourhoods: Path) -> None:
    outline_file = cbs_neighbourhoods.with_name("cbs_municipalities_2022.geojson")
    settings = Synthetic(geography=cbs_neighbourhoods, municipality="GM0202", outline=outline_file)
    place = real_geography(settings, load_world("voorbeeldstad"))
    kinds = pd.Series([row.kind for row in place.rows]).value_counts().to_dict()
    assert kinds == {"gemeente": 1, "wijk": 24, "buurt": 83}
    assert place.minors == pytest.approx(24709 * 18 / 15, rel=0.01)
    outline = next(row.polygon for row in place.rows if row.kind == "gemeente")
    assert '"MultiPolygon"' in outline or '"Polygon"' in outline

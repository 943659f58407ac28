"""Small files in the forms of the CBS files, with figures of our own."""

from __future__ import annotations

import json
from pathlib import Path

from riskscreen.settings import Synthetic

HEADER = (
    "code,kind,name,municipality_code,inhabitants,households,age_0_15,origin_europe,origin_outside_europe,"
    "mean_dwelling_value_keur,owner_occupied_pct,mean_income_per_inhabitant_keur,urbanity_1_very_urban_5_rural"
)
# 2.75 million children of 0-14 for 3.3 million of 0-17: a factor of 1.2
LAND = "NL00,land,Nederland,,18000000,,2750000,1700000,3300000,,,,"
ONE = """
GM0001,gemeente,Klein,GM0001,3000,1400,600,150,300,300,50,30,3
WK000100,wijk,Wijk 00,GM0001,3000,1400,600,150,300,300,50,30,3
BU00010000,buurt,Rijk,GM0001,1000,500,150,50,50,500,90,,4
BU00010001,buurt,Arm,GM0001,1950,900,450,100,250,200,20,20,2
BU00010002,buurt,Leeg,GM0001,50,0,0,0,0,,,,5
""".strip()
# GM1992 came from three municipalities in 2023, GM0439 took in another in 2022; Eiland is in no file of an earlier year
COUNTRY = """
GM0014,gemeente,Groningen,GM0014,4000000,,1000000,200000,500000,250,45,29,1
WK001400,wijk,Stad,GM0014,4000000,,1000000,200000,500000,250,45,29,1
BU00140000,buurt,Noord,GM0014,2000000,,400000,100000,300000,200,20,24,1
BU00140001,buurt,Zuid,GM0014,2000000,,600000,100000,200000,300,70,34,2
GM0363,gemeente,Amsterdam,GM0363,3000000,,750000,300000,900000,400,30,36,1
WK036300,wijk,Stad,GM0363,3000000,,750000,300000,900000,400,30,36,1
BU03630000,buurt,Centrum,GM0363,3000000,,750000,300000,900000,400,30,36,1
GM0439,gemeente,Purmerend,GM0439,2000000,,500000,100000,200000,280,60,,3
WK043900,wijk,Stad,GM0439,2000000,,500000,100000,200000,280,60,,3
BU04390000,buurt,Weide,GM0439,2000000,,500000,100000,200000,280,60,,3
GM0777,gemeente,Eiland,GM0777,400000,,50000,10000,10000,350,70,31,5
WK077700,wijk,Eiland,GM0777,400000,,50000,10000,10000,350,70,31,5
BU07770000,buurt,Dorp,GM0777,400000,,50000,10000,10000,350,70,31,5
GM0999,gemeente,Stil,GM0999,1000,,0,0,0,300,60,30,5
WK099900,wijk,Stil,GM0999,1000,,0,0,0,300,60,30,5
BU09990000,buurt,Stil,GM0999,1000,,0,0,0,300,60,30,5
GM1992,gemeente,Voorne aan Zee,GM1992,1500000,,450000,50000,90000,320,60,32,4
WK199200,wijk,West,GM1992,1500000,,450000,50000,90000,320,60,32,4
BU19920000,buurt,Kust,GM1992,1500000,,450000,50000,90000,320,60,,4
""".strip()
FIGURES = """
code,name,inhabitants,province,youth_care_pct,social_assistance_per_1000,low_income_pct,mean_income_per_inhabitant_keur
GM0014,Groningen,240000,Groningen,11,40,9,26.1
GM0363,Amsterdam,880000,Noord-Holland,10,45,12,32.4
GM0501,Brielle,20000,Zuid-Holland,8,,4,30
GM0530,Hellevoetsluis,60000,Zuid-Holland,9,20,6,27
GM0614,Westvoorne,20000,Zuid-Holland,7,10,2,33
GM0677,Elders,30000,Zeeland,9,20,5,28
""".strip()


def renumbered(rows: str, digits: str) -> str:
    """The rows of GM0001 as those of another municipality."""
    for kind in ("GM", "WK", "BU"):
        rows = rows.replace(f"{kind}0001", f"{kind}{digits}")
    return rows


def square(x: float, y: float) -> list[list[float]]:
    """A square of a tenth of a degree, as a ring of GeoJSON."""
    return [[x, y], [x + 0.1, y], [x + 0.1, y + 0.1], [x, y + 0.1], [x, y]]


MAP = {
    "GM0014": (6.5, 53.2), "GM0363": (4.9, 52.3), "GM0370": (4.9, 52.5), "GM0439": (4.9, 52.6), "GM0777": (6.3, 53.4),
    "GM0501": (4.1, 51.9), "GM0530": (4.1, 51.8), "GM0614": (4.0, 51.9),
}  # fmt: skip


def write_outline(path: Path) -> Path:
    """The map, of a year before the last mergers."""
    features = [
        {"properties": {"code": code}, "geometry": {"type": "Polygon", "coordinates": [square(*corner)]}}
        for code, corner in MAP.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def write_one(folder: Path, rows: str = ONE, municipality: str | None = "GM0001", **more: object) -> Synthetic:
    """Settings of one municipality."""
    return _write(folder, f"{HEADER}\n{LAND}\n{rows}\n", municipality=municipality, **more)


def write_country(
    folder: Path, rows: str = COUNTRY, figures: str | None = FIGURES, outline: bool = True, **more: object
) -> Synthetic:
    """Settings of a whole country with the two files of earlier years."""
    if figures is not None:
        (folder / "figures.csv").write_text(f"{figures}\n", encoding="utf-8")
        more["municipal_figures"] = folder / "figures.csv"
    if outline:
        more["outline"] = write_outline(folder / "map.geojson")
    return _write(folder, f"{HEADER}\n{LAND}\n{rows}\n", **more)


def _write(folder: Path, text: str, **more: object) -> Synthetic:
    path = folder / "kwb.csv"
    path.write_text(text, encoding="utf-8")
    return Synthetic.model_validate({"geography": path, **more})

"""Real neighbourhoods of one municipality from the CBS file of key figures (kerncijfers wijken en buurten).

Counts there are rounded to 5 and empty where unknown or confidential; then the wijk's or the municipality's figure is
used in proportion. Families are synthetic all the same, and every register says so.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from riskscreen.errors import SettingsError
from riskscreen.records.texts import Text
from riskscreen.settings import Synthetic
from riskscreen.synthetic.areas import (
    AreaRow,
    Floats,
    Geography,
    Municipality,
    low_income_share,
    nearest,
    polygon_text,
    standardised,
)
from riskscreen.synthetic.world import World

YEAR_OF_COLUMNS = 2024
_MINORS_PER_0_15 = 18 / 15  # ages 0-14 are counted as "0 to 15 years": fifteen years of birth of the eighteen
_NEEDED = (
    "code", "kind", "name", "municipality_code", "inhabitants", "households", "age_0_15", "origin_europe",
    "origin_outside_europe", "mean_dwelling_value_keur", "owner_occupied_pct", "mean_income_per_inhabitant_keur",
    "urbanity_1_very_urban_5_rural",
)  # fmt: skip
_PROVINCE = ("PV", "provincie")


@dataclass(frozen=True, slots=True)
class _Figures:
    """One row of the file; ``None`` where the figure is unknown."""

    code: str
    name: str
    numbers: Mapping[str, float | None]

    def get(self, column: str) -> float | None:
        return self.numbers.get(column)


def real_geography(settings: Synthetic, world: World) -> Geography:
    """The buurten of ``settings.municipality`` in the CBS file, with their real numbers of children.

    Raises
    ------
    SettingsError
        The file cannot be read, has other columns (another year), or does not know the municipality.
    """
    path, code = Path(str(settings.geography)), str(settings.municipality)
    gemeente, wijken, buurten = _municipality(_read(path), code, path)
    lived = [row for row in buurten if (_filled(row, "age_0_15", wijken, gemeente) or 0) > 0]
    if not lived:
        raise SettingsError(f"{path.name} knows no children in {code}", do="choose a municipality with children")
    minors = np.array([_minors(row, wijken, gemeente) for row in lived])
    weight = minors / minors.sum()
    deprivation = _deprivation(lived, wijken, gemeente, weight)
    urbanity = np.array([_filled(row, _NEEDED[-1], wijken, gemeente) or 3.0 for row in lived])
    return Geography(
        codes=tuple(row.code for row in lived),
        weight=weight,
        deprivation=deprivation,
        policing=standardised(deprivation - 0.5 * urbanity, weight),
        europe=_share(lived, "origin_europe", wijken, gemeente),
        outside_europe=_share(lived, "origin_outside_europe", wijken, gemeente),
        urbanity=np.round(urbanity).astype(np.int64),
        hidden=np.zeros(len(lived)),
        municipality=np.zeros(len(lived), dtype=np.int64),
        province=np.zeros(len(lived), dtype=np.int64),
        minors=minors,
        municipalities=(Municipality(code, gemeente.name, None, None, gemeente.name),),
        neighbours=nearest(_apart(lived)),
        rows=_rows(
            settings, world, gemeente, wijken, buurten, dict(zip((r.code for r in lived), deprivation, strict=True))
        ),
        notice=_notice(gemeente.name),
        real=True,
    )


def _apart(rows: Sequence[_Figures]) -> Floats:
    """How far buurten are apart by their codes: wijken first, then buurten within a wijk."""
    codes = sorted({_wijk_code(row.code) for row in rows})
    wijk = np.array([codes.index(_wijk_code(row.code)) for row in rows])
    place = np.arange(len(rows))
    return np.asarray(len(rows) * np.abs(wijk[:, None] - wijk) + np.abs(place[:, None] - place), dtype=np.float64)


def _notice(name: str) -> Text:
    return Text(
        f"Real area names of {name} (CBS, {YEAR_OF_COLUMNS}), synthetic families: nothing here is about a real family.",
        f"Echte namen van buurten in {name} (CBS, {YEAR_OF_COLUMNS}), verzonnen gezinnen: "
        "niets hier gaat over een echt gezin.",
    )


def _read(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in _NEEDED if column not in (reader.fieldnames or ())]
            if missing:
                raise SettingsError(
                    f"{path.name} is not the file of {YEAR_OF_COLUMNS} that riskscreen reads",
                    faults=tuple(f"column {column} is absent" for column in missing),
                    do=f"give the key figures per wijk and buurt of {YEAR_OF_COLUMNS}, with these column names",
                )
            return list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text with commas"
        raise SettingsError(
            f"cannot read the geography {path}: {reason}", do="check registers.synthetic.geography in the scenario"
        ) from None


def _municipality(
    rows: Sequence[Mapping[str, str]], code: str, path: Path
) -> tuple[_Figures, dict[str, _Figures], list[_Figures]]:
    """The rows of one municipality: itself, its wijken by code, its buurten."""
    own = [row for row in rows if row["municipality_code"] == code]
    found = {
        kind: [_figures(row, path) for row in own if row["kind"] == kind] for kind in ("gemeente", "wijk", "buurt")
    }
    if not found["gemeente"] or not found["buurt"]:
        near = sorted({row["municipality_code"] for row in rows if row["kind"] == "gemeente"})[:3]
        raise SettingsError(
            f"{path.name} does not know municipality {code}", do=f"give a code of that file, such as {', '.join(near)}"
        )
    return found["gemeente"][0], {row.code: row for row in found["wijk"]}, found["buurt"]


def _figures(row: Mapping[str, str], path: Path) -> _Figures:
    try:
        numbers = {column: float(row[column]) if row[column] else None for column in _NEEDED[4:]}
    except ValueError:
        raise SettingsError(
            f"{path.name} has a figure of {row['code']} that is no number", do="download the file anew"
        ) from None
    return _Figures(row["code"], row["name"], numbers)


def _wijk_code(buurt: str) -> str:
    return f"WK{buurt[2:8]}"


def _filled(row: _Figures, column: str, wijken: Mapping[str, _Figures], gemeente: _Figures) -> float | None:
    """The row's own figure; for an unknown average the wijk's, then the municipality's; counts go by inhabitants."""
    own = row.get(column)
    if own is not None:
        return own
    for above in (wijken.get(_wijk_code(row.code)), gemeente):
        value = None if above is None else above.get(column)
        if above is None or value is None:
            continue
        if not _is_count(column):
            return value
        people, everybody = row.get("inhabitants"), above.get("inhabitants")
        return value * people / everybody if people and everybody else None
    return None


def _is_count(column: str) -> bool:
    return column.startswith(("age_", "origin_", "households", "inhabitants"))


def _minors(row: _Figures, wijken: Mapping[str, _Figures], gemeente: _Figures) -> float:
    return _MINORS_PER_0_15 * (_filled(row, "age_0_15", wijken, gemeente) or 0.0)


def _deprivation(
    rows: Sequence[_Figures], wijken: Mapping[str, _Figures], gemeente: _Figures, weight: Floats
) -> Floats:
    """Minus the mean of three standardised figures: logarithms of income and dwelling value, owner-occupied share."""
    parts = []
    for column, scale in (
        ("mean_income_per_inhabitant_keur", np.log),
        ("mean_dwelling_value_keur", np.log),
        ("owner_occupied_pct", np.asarray),
    ):
        values = np.array([_filled(row, column, wijken, gemeente) or np.nan for row in rows])
        middle = np.nanmedian(values) if not np.isnan(values).all() else 1.0
        parts.append(standardised(_scaled(np.where(np.isnan(values), middle, values), scale), weight))
    return standardised(-np.mean(parts, axis=0), weight)


def _scaled(values: Floats, scale: Callable[[Floats], Any]) -> Floats:
    return np.asarray(scale(np.maximum(values, 1.0)), dtype=np.float64)


def _share(rows: Sequence[_Figures], column: str, wijken: Mapping[str, _Figures], gemeente: _Figures) -> Floats:
    shares = []
    for row in rows:
        people = row.get("inhabitants") or 0.0
        count = _filled(row, column, wijken, gemeente)
        shares.append(min(count / people, 0.95) if people > 0 and count is not None else 0.0)
    return np.array(shares)


def _rows(
    settings: Synthetic,
    world: World,
    gemeente: _Figures,
    wijken: Mapping[str, _Figures],
    buurten: Sequence[_Figures],
    deprivation: Mapping[str, float],
) -> tuple[AreaRow, ...]:
    """The areas register; polygons of buurten and wijken are not in the file, so they are unknown."""
    low = {code: float(low_income_share(np.array([value]), world)[0]) for code, value in deprivation.items()}
    rows = [_area(gemeente, "gemeente", None, None, _outline(settings))]
    rows += [_area(row, "wijk", gemeente.code, None, None) for row in wijken.values()]
    rows += [_area(row, "buurt", _wijk_code(row.code), low.get(row.code), None) for row in buurten]
    return tuple(rows)


def _area(row: _Figures, kind: str, within: str | None, low_income: float | None, polygon: str | None) -> AreaRow:
    children = row.get("age_0_15")
    return AreaRow(
        area=row.code,
        kind=kind,
        name=row.name,
        within=within,
        urbanity=_whole(row.get(_NEEDED[-1])),
        inhabitants=_whole(row.get("inhabitants")),
        households=_whole(row.get("households")),
        minors=None if children is None else round(children * _MINORS_PER_0_15),
        low_income_share=low_income,
        polygon=polygon,
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _outline(settings: Synthetic) -> str | None:
    """The municipality's boundary; unknown when no file is given or the municipality is not in it."""
    if settings.outline is None:
        return None
    try:
        features = json.loads(settings.outline.read_text(encoding="utf-8"))["features"]
        shapes = [item["geometry"] for item in features if item["properties"].get("code") == settings.municipality]
    except OSError as error:
        raise SettingsError(
            f"cannot read the outline {settings.outline}: {error.strerror}",
            do="check registers.synthetic.outline in the scenario",
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingsError(
            f"{settings.outline.name} is no GeoJSON with a property `code` per municipality",
            do="give the municipal boundaries as a GeoJSON feature collection",
        ) from None
    if not shapes:
        return None
    parts = shapes[0]["coordinates"] if shapes[0]["type"] == "MultiPolygon" else [shapes[0]["coordinates"]]
    return polygon_text([[(x, y) for x, y, *_ in part[0][:-1]] for part in parts])

"""Reading the three CBS files about areas, with every fault told at once.

They are the key figures per wijk and buurt (2024), figures per municipality (2021) and municipal boundaries (2022).
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from riskscreen.errors import SettingsError
from riskscreen.synthetic.geography.areas import Floats, Ring
from riskscreen.synthetic.geography.merging import gone, province_named
from riskscreen.synthetic.intervals import Ints

YEAR = 2024
DAY = date(YEAR, 1, 1)
MOST_FAULTS = 20
KINDS = {"land": "NL", "gemeente": "GM", "wijk": "WK", "buurt": "BU"}
CHILDREN = "age_0_15"
INCOME = "mean_income_per_inhabitant_keur"
DWELLING = "mean_dwelling_value_keur"
OWNED = "owner_occupied_pct"
URBANITY = "urbanity_1_very_urban_5_rural"
COUNTS = ("inhabitants", "households", CHILDREN, "origin_europe", "origin_outside_europe")
AVERAGES = (DWELLING, OWNED, INCOME, URBANITY)
LOW_INCOME = "low_income_pct"
PUBLISHED = ("youth_care_pct", "social_assistance_per_1000", LOW_INCOME)
_UNKNOWN = ("", ".")
_TOO_MANY = "(more values than columns)"
_RANGES = {
    URBANITY: (1.0, 5.0),
    **dict.fromkeys((OWNED, "youth_care_pct", LOW_INCOME), (0.0, 100.0)),
    "social_assistance_per_1000": (0.0, 1000.0),
}


@dataclass(frozen=True, eq=False)
class AreaTable:
    """Rows of a CBS file; numbers are arrays of shape (rows,), not a number where unknown."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    above: tuple[str, ...]
    numbers: Mapping[str, Floats]

    def positions(self, kind: str) -> Ints:
        """Rows of one kind, in order of municipality and code."""
        found = [row for row, own in enumerate(self.kinds) if own == kind]
        return np.array(sorted(found, key=lambda row: (self.above[row], self.codes[row])), dtype=np.int64)


def read_neighbourhoods(path: Path) -> AreaTable:
    """The key figures per wijk and buurt; ``above`` is the code of the municipality.

    Raises
    ------
    SettingsError
        The file cannot be read, has other columns or codes (another year), or has faults.
    """
    rows = _read(path, ("code", "kind", "name", "municipality_code", *COUNTS, *AVERAGES), "geography", str(YEAR))
    faults: list[str] = []
    numbers = {name: _numbers(rows, name, faults) for name in (*COUNTS, *AVERAGES)}
    table = AreaTable(
        tuple(row["code"] for row in rows),
        tuple(row["name"] for row in rows),
        tuple(row["kind"] for row in rows),
        tuple(row["municipality_code"] for row in rows),
        numbers,
    )
    _refuse(path, [*_code_faults(table), *_place_faults(table), *faults])
    _refuse_other_year(path, table)
    return table


def read_municipal_figures(path: Path) -> AreaTable:
    """Figures per municipality of an earlier year; ``above`` is the name of the province, or nothing.

    Raises
    ------
    SettingsError
        The file cannot be read, has other columns, or has faults.
    """
    columns = ("inhabitants", *PUBLISHED, INCOME)
    rows = _read(path, ("code", "name", "province", *columns), "municipal_figures", "2021")
    faults: list[str] = []
    numbers = {name: _numbers(rows, name, faults) for name in columns}
    codes = tuple(row["code"] for row in rows)
    names, above = tuple(row["name"] for row in rows), tuple(row["province"] for row in rows)
    faults += [f"{code} is there twice" for code, count in Counter(codes).items() if count > 1]
    faults += [f"{name} is no province" for name in sorted(set(above) - {""}) if province_named(name) is None]
    _refuse(path, faults)
    return AreaTable(codes, names, ("gemeente",) * len(rows), above, numbers)


def read_outlines(path: Path) -> Mapping[str, Sequence[Ring]]:
    """Outer rings of every municipality by its code.

    Raises
    ------
    SettingsError
        The file cannot be read or is no GeoJSON with a property ``code``.
    """
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        return {item["properties"]["code"]: _rings(item["geometry"]) for item in features}
    except OSError as error:
        raise SettingsError(
            f"cannot read the outline {path}: {error.strerror}", do="check registers.synthetic.outline in the scenario"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise SettingsError(
            f"{path.name} is no GeoJSON with a property `code` per municipality",
            do="give the municipal boundaries as a GeoJSON feature collection of polygons in degrees",
        ) from None


def _rings(geometry: Mapping[str, Any]) -> list[Ring]:
    shapes: list[Any] = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[(float(x), float(y)) for x, y, *_ in part[0][:-1]] for part in shapes]


def _read(path: Path, needed: Sequence[str], setting: str, year: str) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey=_TOO_MANY)
            missing = [column for column in needed if column not in (reader.fieldnames or ())]
            rows = [] if missing else list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text with commas"
        raise SettingsError(
            f"cannot read the {setting.replace('_', ' ')} {path}: {reason}",
            do=f"check registers.synthetic.{setting} in the scenario",
        ) from None
    if missing:
        raise SettingsError(
            f"{path.name} is not the file of {year} that riskscreen reads",
            faults=tuple(f"column {column} is absent" for column in missing),
            do=f"give the key figures of {year} with these column names, separated by commas",
        )
    uneven = [at for at, row in enumerate(rows, 2) if _TOO_MANY in row or None in row.values()]
    _refuse(path, [f"line {at} has more or fewer values than there are columns" for at in uneven])
    _refuse(path, [] if rows else ["there is no row below the names of the columns"])
    return rows


def _numbers(rows: Sequence[Mapping[str, str]], column: str, faults: list[str]) -> Floats:
    """A column as numbers; what is no number, or cannot be one of this column, is added to the faults."""
    low, high = _RANGES.get(column, (0.0, np.inf))
    values = np.full(len(rows), np.nan)
    for position, row in enumerate(rows):
        text = row[column].strip()
        if text in _UNKNOWN:
            continue
        try:
            values[position] = float(text)
        except ValueError:
            faults.append(f"{column} of {row['code']} is no number")
            continue
        if not low <= values[position] <= high or not np.isfinite(values[position]):
            faults.append(f"{column} of {row['code']} is {text}, not {low:g} to {high:g}")
    return values


def _code_faults(table: AreaTable) -> list[str]:
    faults = [f"{code} is there twice" for code, count in Counter(table.codes).items() if count > 1]
    for code, kind in zip(table.codes, table.kinds, strict=True):
        if kind not in KINDS:
            faults.append(f"{code} is a {kind}; kinds are {', '.join(KINDS)}")
        elif not code.startswith(KINDS[kind]):
            faults.append(f"{code} is called a {kind}, whose codes begin with {KINDS[kind]}")
    return faults


def _place_faults(table: AreaTable) -> list[str]:
    """Areas of which the area above is not in the file, and a file without the country."""
    known = set(table.codes)
    faults = [] if "land" in table.kinds else ["there is no row of kind land, of the whole country"]
    for code, kind, above in zip(table.codes, table.kinds, table.above, strict=True):
        if kind in ("wijk", "buurt", "gemeente") and above not in known:
            faults.append(f"{code} is in municipality {above or '(none)'}, which is not in the file")
        if kind == "buurt" and wijk_code(code) not in known:
            faults.append(f"{code} is in wijk {wijk_code(code)}, which is not in the file")
    return faults


def wijk_code(buurt: str) -> str:
    """The wijk of a buurt, by its code."""
    return f"WK{buurt[2:8]}"


def _refuse_other_year(path: Path, table: AreaTable) -> None:
    older = gone((code for code, kind in zip(table.codes, table.kinds, strict=True) if kind == "gemeente"), DAY)
    if older:
        faults = (
            f"{', '.join(sorted(set(merger.old) & set(table.codes)))} went into {merger.new} ({merger.name}) "
            f"on {merger.date}"
            for merger in older
        )
        raise SettingsError(
            f"{path.name} is of before 1 January {YEAR}",
            faults=tuple(faults),
            do=f"give the key figures per wijk and buurt of {YEAR}",
        )


def _refuse(path: Path, faults: Sequence[str]) -> None:
    if not faults:
        return
    shown = tuple(faults[:MOST_FAULTS])
    if len(faults) > MOST_FAULTS:
        shown = (*shown, f"and {len(faults) - MOST_FAULTS} more")
    raise SettingsError(
        f"{path.name} has {len(faults)} fault(s)", faults=shown, do="download the file anew, or mend these places"
    )

"""Figures per municipality of an earlier year, joined to the municipalities of the geography."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from riskscreen.errors import SettingsError
from riskscreen.synthetic.geography.areas import FilledIn, Floats, NotJoined, Ring
from riskscreen.synthetic.geography.cbs_files import DAY, INCOME, PUBLISHED, AreaTable, read_municipal_figures
from riskscreen.synthetic.geography.merging import ProvinceName, code_on, province_named, province_of_new

FIGURES = (*PUBLISHED, INCOME)


@dataclass(frozen=True, eq=False)
class Municipal:
    """What is known of every municipality, in the order that was asked for.

    ``figures`` are arrays of shape (municipalities,); ``outlines`` the rings of those that have a boundary.
    """

    codes: tuple[str, ...]
    province: tuple[ProvinceName | None, ...]
    figures: Mapping[str, Floats]
    outlines: Mapping[str, Sequence[Ring]]
    filled_in: tuple[FilledIn, ...] = ()
    not_joined: tuple[NotJoined, ...] = ()


def outlines_by_new(given: Mapping[str, Sequence[Ring]], names: Mapping[str, str]) -> Municipal:
    """Boundaries of an earlier year by the municipality of today; a merged one has the boundaries of its parts."""
    found: dict[str, list[Ring]] = {}
    for code, rings in given.items():
        found.setdefault(code_on(code, DAY), []).extend(rings)
    missing = tuple(
        NotJoined(code, name, "no boundary in the outline") for code, name in names.items() if code not in found
    )
    return Municipal(tuple(names), (None,) * len(names), {}, found, (), missing)


def joined(path: Path, bare: Municipal, names: Mapping[str, str]) -> Municipal:
    """Add provinces and figures from the file of an earlier year.

    Of a merged municipality the figures are means of its parts, weighted by inhabitants. What cannot be joined is told
    and takes the mean of its province: that of the nearest municipality on the map, when no file says which it is.

    Raises
    ------
    SettingsError
        The file has faults, or none of its municipalities is in the geography.
    """
    table = read_municipal_figures(path)
    parts: dict[str, list[int]] = {code: [] for code in names}
    strangers = []
    for row, code in enumerate(table.codes):
        if code_on(code, DAY) in parts:
            parts[code_on(code, DAY)].append(row)
        else:
            strangers.append(NotJoined(code, table.names[row], f"only in {path.name}: left out"))
    if not any(parts.values()):
        raise SettingsError(
            f"no municipality of {path.name} is in the geography",
            do="give the figures per municipality of 2021, with codes such as GM0202",
        )
    figures = {name: _mean_per(table, name, list(parts.values())) for name in FIGURES}
    province = _provinces(table, parts, bare)
    not_joined = [
        NotJoined(code, names[code], _reason(path, province[position]))
        for position, code in enumerate(names)
        if not parts[code]
    ]
    known = replace(bare, province=tuple(province), figures=figures)
    return _with_means(known, table, parts, (*bare.not_joined, *not_joined, *strangers))


def _reason(path: Path, province: ProvinceName | None) -> str:
    mean = (
        "the mean of the country, as its province is not known" if province is None else f"the mean of {province.name}"
    )
    return f"not in {path.name}: takes {mean}"


def _mean_per(table: AreaTable, figure: str, parts: Sequence[Sequence[int]]) -> Floats:
    """Mean of the rows of every group, weighted by inhabitants; not a number where none is known."""
    values, people = table.numbers[figure], np.maximum(np.nan_to_num(table.numbers["inhabitants"]), 1.0)
    means = []
    for rows in parts:
        known = [row for row in rows if not np.isnan(values[row])]
        means.append(float(np.average(values[known], weights=people[known])) if known else np.nan)
    return np.array(means)


def _provinces(table: AreaTable, parts: Mapping[str, Sequence[int]], bare: Municipal) -> list[ProvinceName | None]:
    """From the file, else from the table of mergers, else from the nearest municipality on the map."""
    found: list[ProvinceName | None] = []
    for code, rows in parts.items():
        named = (province_named(table.above[row]) for row in rows)
        found.append(next((province for province in named if province is not None), province_of_new(code)))
    middles = np.array([_middle(bare.outlines.get(code, ())) for code in parts])
    known = np.array([province is not None for province in found]) & ~np.isnan(middles[:, 0])
    for position in np.flatnonzero([province is None for province in found]):
        apart = np.hypot(*((middles - middles[position]) * _DEGREE).T)
        if known.any() and not np.isnan(middles[position, 0]):
            found[position] = found[int(np.argmin(np.where(known, apart, np.inf)))]
    return found


_DEGREE = np.array([0.61, 1.0])  # at 52 degrees north a degree of longitude is this much of one of latitude


def _middle(rings: Sequence[Ring]) -> tuple[float, float]:
    """Mean of the corners; enough to find what lies next to it."""
    corners = np.array([corner for ring in rings for corner in ring])
    return (float(corners[:, 0].mean()), float(corners[:, 1].mean())) if len(corners) else (np.nan, np.nan)


def _with_means(
    known: Municipal, table: AreaTable, parts: Mapping[str, Sequence[int]], not_joined: tuple[NotJoined, ...]
) -> Municipal:
    """Fill what is unknown with the mean of the province, then of the country."""
    group = [None if province is None else province.code for province in known.province]
    rows = {
        code: [row for other, own in zip(parts.values(), group, strict=True) if own == code for row in other]
        for code in set(group) - {None}
    }
    everything = [row for own in parts.values() for row in own]
    figures, told = {}, []
    for name, values in known.figures.items():
        of_province = dict(zip(rows, _mean_per(table, name, list(rows.values())), strict=True))
        of_land = float(_mean_per(table, name, [everything])[0])
        full = values.copy()
        for position in np.flatnonzero(np.isnan(values)):
            mean = of_province.get(group[position], np.nan)
            full[position] = of_land if np.isnan(mean) else mean
            told.append(FilledIn(known.codes[position], f"{name}, 2021", "land" if np.isnan(mean) else "provincie"))
        figures[name] = full
    return replace(known, figures=figures, filled_in=tuple(told), not_joined=not_joined)

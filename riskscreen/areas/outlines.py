"""Outlines (boundaries) beside areas: which fit, which do not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from riskscreen.areas.tree import UNKNOWN
from riskscreen.errors import RegisterError

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Outlines:
    """How outlines and areas fit.

    Parameters
    ----------
    fit
        Codes with both.
    without_area
        Outlines that match no area with families.
    without_outline
        Areas that cannot be drawn.
    """

    fit: tuple[str, ...]
    without_area: tuple[str, ...]
    without_outline: tuple[str, ...]

    def __str__(self) -> str:
        said = (
            f"{len(self.fit)} outlines fit, {len(self.without_area)} match no area with families, "
            f"{len(self.without_outline)} areas have none"
        )
        if not (self.without_area and self.without_outline):
            return said
        return f"{said} (outlines such as {_some(self.without_area)}; areas such as {_some(self.without_outline)})"


def _some(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes)[:_EXAMPLES])


def _is_geometry(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def match_outlines(polygons: Mapping[str, str], codes: Iterable[str]) -> Outlines:
    """Which outlines match which areas.

    Parameters
    ----------
    polygons
        GeoJSON geometry (text) by area code.
    codes
        Codes of the areas; *unknown* is none.

    Raises
    ------
    RegisterError
        There are outlines and areas, and not one matches: codes of another year, or written otherwise. Or an outline is
        no GeoJSON.

    Examples
    --------
    >>> print(match_outlines({"BU01": "{}", "BU03": "{}"}, ["BU01", "unknown"]))
    1 outlines fit, 1 match no area with families, 0 areas have none
    """
    broken = sorted(code for code, text in polygons.items() if not _is_geometry(text))
    if broken:
        raise RegisterError(
            f"{len(broken)} of {len(polygons)} outlines are no GeoJSON geometry, the first is that of {broken[0]}",
            do="make the column polygon of areas anew, or leave it empty: then there is no map",
        )
    given, known = set(polygons), set(codes) - {UNKNOWN}
    found = Outlines(tuple(sorted(given & known)), tuple(sorted(given - known)), tuple(sorted(known - given)))
    if given and known and not found.fit:
        raise RegisterError(
            f"none of {len(given)} outlines matches one of {len(known)} areas: outlines have codes such as "
            f"{_some(given)}, areas such as {_some(known)}",
            do="use boundaries of the same year and the same level, with codes written alike",
        )
    return found

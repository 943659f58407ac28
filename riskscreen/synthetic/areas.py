"""The neighbourhoods that a world is made on, whether fictional or real."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskscreen.records.texts import Text
from riskscreen.synthetic.world import World

Floats = npt.NDArray[np.float64]
Ring = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One row of the areas register; counts are ``None`` where they are not known."""

    area: str
    kind: str
    name: str
    within: str | None
    urbanity: int | None = None
    inhabitants: int | None = None
    households: int | None = None
    minors: int | None = None
    low_income_share: float | None = None
    polygon: str | None = None


@dataclass(frozen=True, eq=False)
class Geography:
    """Buurten with what decides who lives there.

    Attributes
    ----------
    codes
        Codes of the buurten that have families, shape (buurten,).
    weight
        Share of the families in each buurt; adds up to 1.
    deprivation
        Standard deviations above the mean buurt.
    policing
        How much police is about, standard deviations.
    europe, outside_europe
        Share of adults of that origin.
    minors
        Number of children of 0-17 in the municipality, when that is real; else ``None``.
    rows
        Everything for the areas register.
    """

    municipality: str
    codes: tuple[str, ...]
    weight: Floats
    deprivation: Floats
    policing: Floats
    europe: Floats
    outside_europe: Floats
    minors: int | None
    rows: tuple[AreaRow, ...]
    notice: Text
    real: bool


def polygon_text(rings: Sequence[Ring]) -> str:
    """A GeoJSON polygon of one outer ring or more (then a multipolygon), coordinates rounded to about a metre."""
    closed = [[[round(x, 5), round(y, 5)] for x, y in (*ring, ring[0])] for ring in rings]
    if len(closed) == 1:
        return json.dumps({"type": "Polygon", "coordinates": closed}, separators=(",", ":"))
    return json.dumps({"type": "MultiPolygon", "coordinates": [[ring] for ring in closed]}, separators=(",", ":"))


def low_income_share(deprivation: Floats, world: World) -> Floats:
    """Share of households with a low income, rising with deprivation."""
    shares: Floats = np.clip(world.low_income.mean * np.exp(world.low_income.by_deprivation * deprivation), 0.005, 0.5)
    return np.asarray(np.round(shares, 3))


def standardised(values: Floats, weight: Floats) -> Floats:
    """Values with weighted mean 0 and weighted standard deviation 1; constant values become 0."""
    centred = values - np.average(values, weights=weight)
    spread = float(np.sqrt(np.average(centred**2, weights=weight)))
    return np.asarray(centred / spread if spread > 0 else centred)

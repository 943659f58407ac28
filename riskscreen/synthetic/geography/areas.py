"""The neighbourhoods that a world is made on, whether fictional or real."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from riskscreen.records.texts import Text
from riskscreen.synthetic.intervals import Ints
from riskscreen.synthetic.world import World

Floats = npt.NDArray[np.float64]
Ring = Sequence[tuple[float, float]]

NEIGHBOURS = 6


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One row of the areas register; counts are ``None`` where they are not known.

    ``filled_in`` says which figures behind the families of this area are of a larger area: ``figure: kind of area``,
    separated by semicolons.
    """

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
    filled_in: str | None = None


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality, its province and the region that works for it; ``None`` where the province is not known."""

    code: str
    name: str
    province: str | None
    province_name: str | None
    region: str


@dataclass(frozen=True, slots=True)
class FilledIn:
    """A figure that the file does not have for this area, and the kind of area it was taken from."""

    area: str
    figure: str
    source: str


@dataclass(frozen=True, slots=True)
class NotJoined:
    """A municipality that one file has and another has not, and what was done about it."""

    code: str
    name: str
    reason: str


@dataclass(frozen=True, eq=False)
class Geography:
    """Buurten of a whole world in order of municipality, with what decides who lives there.

    Every array has shape (buurten,) unless it says otherwise; only buurten that have families are in them.

    Attributes
    ----------
    codes
        Codes of the buurten.
    weight
        Share of the families of the world in each buurt; adds up to 1.
    deprivation
        Standard deviations above the mean; weighted mean 0 and standard deviation 1 over the world (of one real
        municipality: over the country that it is part of).
    policing
        How much police is about, standard deviations.
    europe, outside_europe
        Share of adults of that origin.
    urbanity
        1 (very urban) to 5 (rural).
    hidden
        What raises need here and shows in no figure of the area; weighted mean 0, and 0 everywhere in most worlds.
    municipality, province
        Positions in ``municipalities`` and among the provinces (in order of first appearance).
    minors
        Children of 0-17 in each buurt, when those are real; else ``None``.
    municipalities
        In the order of the buurten; a municipality without families is in ``rows`` only.
    neighbours
        Positions of the nearest buurten of the same municipality, nearest first, shape (buurten, 6); the buurt itself
        where there are fewer.
    rows
        Everything for the areas register.
    published
        Figures of the municipalities that were published, by name of the column, each of shape (municipalities,).
    at_large
        Deprivation of equal shares of the children of the country that these buurten are a part of, shape (shares,);
        ``None`` when these are the whole world.
    filled_in
        Which areas have a figure that was taken from a larger area.
    not_joined
        Municipalities that could not be joined to every file.
    """

    codes: tuple[str, ...]
    weight: Floats
    deprivation: Floats
    policing: Floats
    europe: Floats
    outside_europe: Floats
    urbanity: Ints
    hidden: Floats
    municipality: Ints
    province: Ints
    minors: Floats | None
    municipalities: tuple[Municipality, ...]
    neighbours: Ints
    rows: tuple[AreaRow, ...]
    notice: Text
    real: bool
    published: Mapping[str, Floats] = field(default_factory=dict)
    at_large: Floats | None = None
    filled_in: tuple[FilledIn, ...] = ()
    not_joined: tuple[NotJoined, ...] = ()

    @property
    def sha256(self) -> str:
        """Hash of everything that decides who lives where and what the areas register says."""
        digest = hashlib.sha256(repr((self.codes, self.municipalities, self.rows)).encode())
        for values in (
            self.weight, self.deprivation, self.policing, self.europe, self.outside_europe, self.urbanity, self.hidden,
            self.municipality, self.province, self.minors, self.neighbours, self.at_large,
        ):  # fmt: skip
            digest.update(b"-" if values is None else np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()

    def account(self) -> dict[str, Any]:
        """What was filled in (areas by figure and by where it was taken from) and what could not be joined."""
        filled: dict[str, dict[str, int]] = {}
        for one in self.filled_in:
            counts = filled.setdefault(one.figure, {})
            counts[one.source] = counts.get(one.source, 0) + 1
        return {"filled_in": filled, "not_joined": [asdict(one) for one in self.not_joined]}


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


def nearest(apart: Floats) -> Ints:
    """Positions of the nearest others, nearest first, itself where there are fewer; shape (areas, 6).

    Parameters
    ----------
    apart
        How far the areas of one municipality are apart, shape (areas, areas).
    """
    count = len(apart)
    others = np.where(np.eye(count, dtype=bool), np.inf, apart)
    order = np.argsort(others, axis=1, kind="stable")[:, : min(NEIGHBOURS, count - 1)]
    itself = np.repeat(np.arange(count)[:, None], NEIGHBOURS - order.shape[1], axis=1)
    return np.concatenate([order, itself], axis=1)

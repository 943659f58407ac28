"""Which fictional municipalities there are: listed in the world, or generated with skewed sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from riskscreen.synthetic.geography.areas import Floats
from riskscreen.synthetic.geography.division import apportioned
from riskscreen.synthetic.geography.place import WIJK_BUURTEN, WIJKEN, Generated, Listed, Place, Province
from riskscreen.synthetic.intervals import Ints


@dataclass(frozen=True, slots=True)
class Town:
    """A fictional municipality before it has a map.

    ``families`` is its share of the families of the world, ``per_wijk`` the number of buurten of each of its wijken.
    """

    code: str
    name: str
    province: Province
    families: float
    wijken: tuple[str, ...]
    per_wijk: tuple[int, ...]

    @property
    def buurten(self) -> int:
        """Number of buurten."""
        return sum(self.per_wijk)


def towns(place: Place, draws: np.random.Generator) -> tuple[Town, ...]:
    """The municipalities in order of province."""
    if isinstance(place.municipalities, Generated):
        return _generated(place, place.municipalities, draws)
    provinces = {province.code: province for province in place.provinces}
    order = {code: position for position, code in enumerate(provinces)}
    listed = sorted(place.municipalities, key=lambda town: order[town.province])
    return tuple(_listed(place, town, provinces[town.province], draws) for town in listed)


def _listed(place: Place, town: Listed, province: Province, draws: np.random.Generator) -> Town:
    named = town.wijken if not isinstance(town.wijken, int) else _wijk_names(place, town.wijken, draws)
    return Town(town.code, town.name, province, town.families, named, _spread(town.buurten, town.wijk_count))


def _generated(place: Place, made: Generated, draws: np.random.Generator) -> tuple[Town, ...]:
    provinces = [province for province in place.provinces for _ in range(province.municipalities or 0)]
    sizes = draws.permutation(_sizes(made, len(provinces)))
    buurten = _buurt_counts(made, sizes)
    names = draws.permutation(made.names.all())[: len(provinces)].tolist()
    found = []
    for position, province in enumerate(provinces):
        count = int(buurten[position])
        wijken = min(WIJKEN, max(round(count / made.buurten_per_wijk), 1))
        wijken = max(wijken, -(-count // WIJK_BUURTEN))
        named = _wijk_names(place, wijken, draws)
        code = f"GM{made.first_code + position:04d}"
        found.append(Town(code, names[position], province, float(sizes[position]), named, _spread(count, wijken)))
    return tuple(found)


def _sizes(made: Generated, count: int) -> Floats:
    """Shares of the families by the quantiles of a skewed distribution, smallest first; they add up to 1."""
    z = np.array([NormalDist().inv_cdf((position + 0.5) / count) for position in range(count)])
    sizes = np.exp(made.spread * z + made.tail * np.maximum(z, 0) ** 2)
    return np.asarray(sizes / sizes.sum())


def _buurt_counts(made: Generated, sizes: Floats) -> Ints:
    """Buurten per municipality: every one has a buurt, and the rest go by a power of its size."""
    return 1 + apportioned(made.buurten - len(sizes), sizes**made.buurten_by_size)


def _wijk_names(place: Place, count: int, draws: np.random.Generator) -> tuple[str, ...]:
    return tuple(draws.permutation(place.wijk_names.all())[:count].tolist())


def _spread(total: int, parts: int) -> tuple[int, ...]:
    return tuple(total * (i + 1) // parts - total * i // parts for i in range(parts))


def origin_shares(
    place: Place, deprivation: Floats, urbanity: Ints, weight: Floats, draws: np.random.Generator
) -> tuple[Floats, Floats]:
    """Shares of inhabitants from Europe and from outside it, whose means over the world are the world's own.

    Logarithms of the odds against a Dutch origin are linear; the two constants follow by scaling in turns.
    """
    names = ("europe", "outside_europe")
    by_deprivation, by_urbanity, spread, share = (
        np.array([[of[name]] for name in names])
        for of in (place.origin_by_deprivation, place.origin_by_urbanity, place.origin_spread, place.origin)
    )
    odds = by_deprivation * deprivation + by_urbanity * urbanity
    odds = np.exp(odds + spread * draws.standard_normal(odds.shape))
    for _ in range(_TURNS):
        shares = odds / (1 + odds.sum(axis=0))
        odds *= share / (shares @ weight)[:, None]
    shares = odds / (1 + odds.sum(axis=0))
    return shares[0], shares[1]


_TURNS = 100


def skewed(draws: np.random.Generator, count: int, skew: float) -> Floats:
    """Draws with mean 0, standard deviation 1 and the given skewness: a shifted gamma, or a normal at 0."""
    if abs(skew) < _NO_SKEW:
        return np.asarray(draws.standard_normal(count))
    shape = 4 / skew**2
    return np.asarray(np.sign(skew) * (draws.standard_gamma(shape, count) - shape) / np.sqrt(shape))


_NO_SKEW = 0.01


def urbanity_of(density: Floats, cuts: Sequence[float]) -> Ints:
    """1 (very urban) to 5 (rural) by families per area; ``cuts`` are cumulative shares of the buurten."""
    crowded = np.argsort(np.argsort(-density, kind="stable"), kind="stable")
    return np.asarray(1 + np.searchsorted(np.array(cuts), (crowded + 0.5) / len(density)), dtype=np.int64)

"""Constants of rates and chances, solved on the rehearsal so that the world's shares come out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from riskscreen.synthetic.intervals import Floats, Ints
from riskscreen.synthetic.lives.carriers import Carriers
from riskscreen.synthetic.lives.life_settings import Circumstance, Kind, Moment
from riskscreen.synthetic.lives.panel import Panel, Singles
from riskscreen.synthetic.solving import reached
from riskscreen.synthetic.streams import Chance


def constants_by_year(
    name: str, what: Circumstance, carriers: Carriers, score: Singles, panel: Panel, chance: Chance
) -> Singles:
    """The constant of a rate in every year: solved where the share is known, on straight lines between them."""
    solved = [
        chance.solved(f"circumstance.{name}.{year}", _solver(name, what, share, year, carriers, score, panel, chance))
        for year, share in what.shares().items()
    ]
    years = np.arange(panel.shape[1])
    return np.interp(years, [position(panel, year) for year in what.shares()], solved).astype(np.float32)


def position(panel: Panel, year: int) -> int:
    """Position of a calendar year in the panel, the nearest where the panel does not have it."""
    return int(np.clip(panel.year_of(year), 0, panel.shape[1] - 1))


def _solver(
    name: str,
    what: Circumstance,
    share: float,
    year: int,
    carriers: Carriers,
    score: Singles,
    panel: Panel,
    chance: Chance,
) -> Callable[[], float]:
    def solve() -> float:
        expected = _expected(what, what.all_kinds(name).values(), position(panel, year), carriers, score, panel)
        return reached(f"circumstances.{name}.share", share, expected, chance)

    return solve


def _expected(
    what: Circumstance, kinds: Iterable[Kind], year: int, carriers: Carriers, score: Singles, panel: Panel
) -> Callable[[float], float]:
    """The share with it in a year, on its last day, or with a start in it, by constant.

    The number that each carrier has is about Poisson: its mean is that of the starts in every year so far, each times
    the chance that it still goes on.
    """
    rows = np.flatnonzero(carriers.counted[:, year])
    weight: Floats = np.zeros(len(rows))
    for before in range(year + 1):
        rate = np.exp(score[rows, year - before].astype(np.float64)) * carriers.possible[rows, year - before]
        weight += rate * _goes_on(what.moment, kinds, before)
    weight += rate * _was_there(what.moment, kinds, year)
    counts = np.ones(len(rows))
    total = float(panel.minors[:, year].sum() if what.carrier == "child" else len(rows))
    if what.of in ("families", "minors"):
        weight = np.bincount(carriers.unit[rows], weights=weight, minlength=panel.shape[0]).astype(np.float64)
        counts = (panel.family if what.of == "families" else panel.minors)[:, year].astype(np.float64)
        total = float(counts.sum())
    return lambda constant: float((-np.expm1(-np.exp(constant) * weight) * counts).sum()) / max(total, 1.0)


def _goes_on(moment: Moment, kinds: Iterable[Kind], before: int) -> float:
    """Chance that what started some years before counts now; lengths are exponential, starts anywhere in the year."""
    if moment == "start" or (moment == "year" and before == 0):
        return float(before == 0)
    whole = sum(kind.share for kind in kinds)
    last = before if moment == "day" else before - 1  # years that certainly lie in between
    return sum(kind.share * _lasts(kind.years, last) for kind in kinds) / whole


def _lasts(years: float, between: int) -> float:
    return float(years * np.exp(-between / years) * -np.expm1(-1 / years)) if years else 0.0


def _was_there(moment: Moment, kinds: Iterable[Kind], year: int) -> float:
    """Years of starts in the first year that make what was there from its beginning on, and counts now."""
    if moment == "start":
        return 0.0
    whole = sum(kind.share for kind in kinds)
    between = year + (moment == "day")
    return float(sum(k.share * k.years * np.exp(-between / k.years) for k in kinds if k.years) / whole)


def part_constant(place: str, share: float, unit: Ints, score: Floats, counts: Floats, chance: Chance) -> float:
    """The constant of the chance that a spell of the whole is also one of its part.

    Parameters
    ----------
    unit, score
        Of the spells that count in the year of the share, shape (spells,).
    counts
        Weight of every unit in the share, shape (units,).
    """

    def expected(constant: float) -> float:
        missed = -np.logaddexp(0, score + constant)  # logarithm of the chance that a spell is not one of the part
        none = np.bincount(unit, weights=missed, minlength=len(counts))
        return float((-np.expm1(none) * counts).sum()) / max(float(counts.sum()), 1.0)

    return reached(place, share, expected, chance)

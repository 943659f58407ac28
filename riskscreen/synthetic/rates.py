"""Constants of rates and chances, solved on the rehearsal so that the world's shares come out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from riskscreen.synthetic.carriers import Carriers
from riskscreen.synthetic.intervals import Floats, Ints
from riskscreen.synthetic.life_settings import Circumstance
from riskscreen.synthetic.panel import Panel, Singles
from riskscreen.synthetic.solving import reached
from riskscreen.synthetic.streams import Chance


def constants_by_year(
    name: str, what: Circumstance, carriers: Carriers, score: Singles, mean_years: float, panel: Panel, chance: Chance
) -> Singles:
    """The constant of a rate in every year: solved where the share is known, on straight lines between them."""
    solved = [
        chance.solved(
            f"circumstance.{name}.{year}",
            _solver(name, what, share, position(panel, year), carriers, score, mean_years, panel, chance),
        )
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
    mean_years: float,
    panel: Panel,
    chance: Chance,
) -> Callable[[], float]:
    def solve() -> float:
        expected = _expected(what, year, carriers, score, mean_years, panel)
        return reached(f"circumstances.{name}.share", share, expected, chance)

    return solve


def _expected(
    what: Circumstance, year: int, carriers: Carriers, score: Singles, mean_years: float, panel: Panel
) -> Callable[[float], float]:
    """The share with it in a year, by constant.

    Periods come and go independently, so that their number in a year is Poisson with mean rate times (1 + length).
    """
    rows = np.flatnonzero(carriers.counted[:, year])
    weight = np.exp(score[rows, year].astype(np.float64)) * (1 + mean_years)
    counts = np.ones(len(rows))
    total = float(panel.minors[:, year].sum() if what.carrier == "child" else len(rows))
    if what.of in ("families", "minors"):
        weight = np.bincount(carriers.unit[rows], weights=weight, minlength=panel.shape[0])
        counts = (panel.family if what.of == "families" else panel.minors)[:, year].astype(np.float64)
        total = float(counts.sum())
    return lambda constant: float((-np.expm1(-np.exp(constant) * weight) * counts).sum()) / max(total, 1.0)


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

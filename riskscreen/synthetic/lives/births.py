"""How long pregnancies last, what children weigh at birth, and which mothers smoke: with shared causes behind them.

*Small* is a weight below the tenth percentile for the length of the pregnancy, by the weight standard in the world
file (Hadlock, Harrist and Martinez-Poyer 1991, Radiology 181:129: the logarithm of the weight in grams is a parabola
of the weeks, and weights vary by a fixed share of it). So anybody can tell from weight and weeks who is small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskscreen.synthetic.intervals import Flags, Floats, Ints
from riskscreen.synthetic.lives.life_settings import Birth
from riskscreen.synthetic.solving import reached
from riskscreen.synthetic.streams import Chance

_TERM = 37
TERM_WEEKS = (39.3, 1.1)  # mean and standard deviation of pregnancies that do not end early


@dataclass(frozen=True, eq=False)
class Mothers:
    """Mothers of births, one row per birth; arrays of one shape."""

    latent: Floats
    age: Floats
    low_educated: Flags


@dataclass(frozen=True, eq=False)
class Newborns:
    """Length of the pregnancy in weeks, weight in grams; smoking is the same for twins."""

    weeks: npt.NDArray[np.float32]
    grams: npt.NDArray[np.int32]
    preterm: Flags
    small: Flags
    smoking: Flags


def make_newborns(rule: Birth, mothers: Mothers, twin_of: Ints, chance: Chance) -> Newborns:
    """Draw births.

    Parameters
    ----------
    twin_of
        Position of the birth that a row shares its pregnancy with: its own for the first or only child.
    """
    draws = chance.stream("births")
    young = np.maximum(rule.young_below - mothers.age, 0)
    twin = _has_twin(twin_of)
    smoking = (draws.random(len(young)) < smoking_chance(rule, mothers, chance))[twin_of]
    preterm = (draws.random(len(young)) < _preterm_chance(rule, mothers, young, twin, smoking, chance))[twin_of]
    weeks = _weeks(preterm, draws)[twin_of]
    deviation = _deviation(rule, mothers, young, twin, smoking, preterm, chance)
    grams = np.round(weight_by_week(rule, weeks) * (1 + rule.weight_by_week["deviation"] * deviation), -1)
    grams = np.clip(grams, 400, 5800)
    return Newborns(
        weeks.astype(np.float32), grams.astype(np.int32), preterm, grams < small_below(rule, weeks), smoking
    )


def smoking_chance(rule: Birth, mothers: Mothers, chance: Chance) -> Floats:
    """Chance that each mother smoked in the pregnancy."""
    young = np.maximum(rule.young_below - mothers.age, 0)
    weights = rule.smoking
    score = weights["latent"] * mothers.latent + weights["low_education"] * mothers.low_educated
    score = score + weights["young"] * young
    return _levelled("birth.smoking", score, weights["share"], chance)


def weight_by_week(rule: Birth, weeks: Floats) -> Floats:
    """Mean weight in grams after so many weeks."""
    part = rule.weight_by_week
    return np.asarray(np.exp(part["constant"] + part["weeks"] * weeks + part["weeks_squared"] * weeks**2))


def small_below(rule: Birth, weeks: Floats) -> Floats:
    """The weight in grams below which a child is small for so many weeks."""
    part = rule.weight_by_week
    return weight_by_week(rule, weeks) * (1 + part["deviation"] * part["small_below"])


def _has_twin(twin_of: Ints) -> Flags:
    twin: Flags = twin_of != np.arange(len(twin_of))
    twin[twin_of[twin]] = True
    return twin


def _preterm_chance(
    rule: Birth, mothers: Mothers, young: Floats, twin: Flags, smoking: Flags, chance: Chance
) -> Floats:
    weights = rule.preterm
    score = weights["latent"] * mothers.latent + weights["young"] * young
    score = score + weights["twin"] * twin + weights["smoking"] * smoking
    return _levelled("birth.preterm", score, weights["share"], chance)


def _levelled(name: str, score: Floats, share: float, chance: Chance) -> Floats:
    """Chances with these log odds plus a constant, whose mean is the share."""

    def solve() -> float:
        return reached(name, share, lambda constant: float((1 / (1 + np.exp(-score - constant))).mean()), chance)

    return np.asarray(1 / (1 + np.exp(-score - chance.solved(name, solve))))


def _weeks(preterm: Flags, draws: np.random.Generator) -> Floats:
    """Most births at 37-42 weeks; the fewer the earlier before that."""
    early = _TERM - 0.1 - draws.gamma(1.3, 1.8, len(preterm))
    weeks = np.where(preterm, early, np.clip(draws.normal(*TERM_WEEKS, len(preterm)), _TERM, 42))
    return np.asarray(np.round(np.clip(weeks, 25, 42), 1))


def _deviation(
    rule: Birth, mothers: Mothers, young: Floats, twin: Flags, smoking: Flags, preterm: Flags, chance: Chance
) -> Floats:
    """Weight against the standard, in its deviations; the mean is such that the world's share is small."""
    weights = rule.small
    lighter = weights["latent"] * mothers.latent + weights["young"] * young + weights["twin"] * twin
    lighter = lighter + weights["smoking"] * smoking + weights["preterm"] * preterm
    drawn = chance.stream("births.weight").standard_normal(len(young)) - lighter
    mean = chance.solved(
        "birth.small", lambda: rule.weight_by_week["small_below"] - float(np.quantile(drawn, weights["share"]))
    )
    return np.asarray(drawn + mean)

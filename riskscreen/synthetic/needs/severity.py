"""Severity of every child in every year as it would be without programmes, on the log-odds scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskscreen.synthetic.geography.areas import Geography
from riskscreen.synthetic.intervals import Flags, Ints
from riskscreen.synthetic.lives.panel import Panel, Singles
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import ADULT, YEAR, day_of
from riskscreen.synthetic.needs.need_causes import of_family
from riskscreen.synthetic.needs.need_settings import Need
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

NONE, MILDER, NEED = 0, 1, 2
_LASTING = ("motivation", "family", "child")
_YEARLY = ("family_year", "child_year")
_TURNS = 14  # of halving: the share that lasts is known to 1 in 16,000
_EDGE = 1e-6


@dataclass(frozen=True, eq=False)
class Severity:
    """Severity per child and index date, 1 January of the panel's second year and on.

    Attributes
    ----------
    dates
        Index dates, shape (dates,).
    value
        Log-odds scale with 0 at the threshold of need, shape (children, dates). What lies after a child's eighteenth
        birthday or before its birth is drawn too, and means nothing.
    milder
        The threshold of milder need on the same scale.
    minor
        Is the child a minor who is here on the date?
    motivation
        What makes a unit take up help and lowers severity, standard normal and in no register, shape (units,).
    """

    dates: Ints
    value: Singles
    milder: float
    minor: Flags
    motivation: Singles

    def level(self, value: Singles, column: slice = slice(None)) -> npt.NDArray[np.int8]:
        """``NONE``, ``MILDER`` or ``NEED`` of minors with these severities, for some of the dates."""
        minor = self.minor[:, column]
        return (minor & (value > self.milder)).astype(np.int8) + (minor & (value > 0)).astype(np.int8)


def draw_severity(world: World, geography: Geography, people: People, panel: Panel, chance: Chance) -> Severity:
    """Draw the severity of every child on every index date.

    The thresholds, and the share of the rest that lasts, are solved so that the world's shares of children in need and
    the world's chance of need a year after need come out.
    """
    rule, children = world.need, people.children
    dates = panel.years[1:]
    here, gone = people.life_start[people.first_child :], people.life_end[people.first_child :]
    gone = np.minimum(gone, children.birth + round(ADULT * YEAR))
    minor = (here[:, None] < dates) & (gone[:, None] > dates)
    judged = minor & (dates >= day_of(rule.from_year))
    value = of_family(rule, geography, people, panel, chance)[children.unit]
    value += np.float32(np.log(rule.odds_ratios.get("preterm", 1.0))) * children.preterm[:, None]
    motivation, lasting, yearly = _rest(rule, people, panel, chance)
    share = chance.solved("need.lasting", lambda: _lasting_share(rule, value, lasting, yearly, judged))
    value += _logistic(share, lasting, yearly)
    full = chance.solved("need.full", lambda: float(np.quantile(value[judged], 1 - rule.share)))
    milder = chance.solved("need.milder", lambda: float(np.quantile(value[judged], 1 - rule.milder_share)))
    return Severity(dates, value - np.float32(full), milder - full, minor, motivation)


def of_units(level: npt.NDArray[np.int8], people: People) -> npt.NDArray[np.int8]:
    """The highest level among each unit's children, shape (units, ...)."""
    found = np.zeros((len(people.units), *level.shape[1:]), dtype=np.int8)
    held = np.unique(people.children.unit)
    if len(held):
        found[held] = np.maximum.reduceat(level, np.searchsorted(people.children.unit, held), axis=0)
    return found


def _rest(rule: Need, people: People, panel: Panel, chance: Chance) -> tuple[Singles, Singles, Singles]:
    """Motivation per unit; what lasts, shape (children, 1), and what is of the year, shape (children, years)."""
    draws = chance.stream("need")
    part = {name: np.float32(np.sqrt(share)) for name, share in rule.persistence.items()}
    (count, span), unit = panel.shape, people.children.unit
    motivation = draws.standard_normal(count, dtype=np.float32)
    family = part["family"] * draws.standard_normal(count, dtype=np.float32) - part["motivation"] * motivation
    family_year = part["family_year"] * draws.standard_normal((count, span), dtype=np.float32)
    child = part["child"] * draws.standard_normal(len(unit), dtype=np.float32)
    child_year = part["child_year"] * draws.standard_normal((len(unit), span), dtype=np.float32)
    lasting = np.asarray((family[unit] + child) / _spread(rule, _LASTING), dtype=np.float32)
    yearly = np.asarray((family_year[unit] + child_year) / _spread(rule, _YEARLY), dtype=np.float32)
    return motivation, lasting[:, None], yearly


def _spread(rule: Need, names: tuple[str, ...]) -> np.float32:
    return np.float32(np.sqrt(sum(share for name, share in rule.persistence.items() if name in names)))


def _logistic(share: float, lasting: Singles, yearly: Singles) -> Singles:
    """A logistic rest from two standard normal ones, of which the first lasts."""
    from scipy.special import ndtr

    normal = np.float32(np.sqrt(share)) * lasting + np.float32(np.sqrt(1 - share)) * yearly
    chance = np.clip(ndtr(normal), _EDGE, 1 - _EDGE)
    return np.asarray(np.log(chance / (1 - chance)), dtype=np.float32)


def _lasting_share(rule: Need, value: Singles, lasting: Singles, yearly: Singles, judged: Flags) -> float:
    """The share of the rest that lasts with which need is followed by need as often as the world says."""
    columns = np.flatnonzero(judged.any(axis=0))
    value, yearly, judged = value[:, columns], yearly[:, columns], judged[:, columns]
    low, high = 0.0, 1.0
    for _ in range(_TURNS):
        middle = (low + high) / 2
        tried = value + _logistic(middle, lasting, yearly)
        again = recurrence(tried > np.quantile(tried[judged], 1 - rule.share), judged)
        low, high = (middle, high) if again < rule.recurrence else (low, middle)
    return (low + high) / 2


def recurrence(need: Flags, minor: Flags) -> float:
    """Share in need a year later among those in need who are still minors then; arrays of shape (children, dates)."""
    before = need[:, :-1] & minor[:, :-1] & minor[:, 1:]
    return float(need[:, 1:][before].mean()) if before.any() else 0.0

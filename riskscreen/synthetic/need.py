"""True need of every child in every year, which no register holds.

Severity is a log-odds scale: what holds in the family in the year before, weighted by conditional odds ratios, plus a
logistic rest that lasts partly in the family, partly in the child. Need is severity above the threshold that gives the
professionals' share of children, milder need above the one that gives the pupils' share. Origin has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskscreen.synthetic.families import ADULT, FATHER, MOTHER, PARTNER, YEAR, day_of
from riskscreen.synthetic.intervals import Flags, Ints
from riskscreen.synthetic.panel import Panel, Singles
from riskscreen.synthetic.people import People
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

NONE, MILDER, NEED = 0, 1, 2
_TEEN = 20


@dataclass(frozen=True, eq=False)
class TrueNeed:
    """Severity per child and index date, 1 January of the panel's second year and on.

    Attributes
    ----------
    dates
        Index dates, shape (dates,).
    severity
        Log-odds scale with 0 at the threshold of need, shape (children, dates).
    minor
        Is the child a minor who is here on the date?
    level
        ``NONE``, ``MILDER`` or ``NEED``, shape (children, dates).
    of_family
        The highest level among a unit's minors, shape (units, dates).
    """

    dates: Ints
    severity: Singles
    minor: Flags
    level: npt.NDArray[np.int8]
    of_family: npt.NDArray[np.int8]


def make_need(world: World, people: People, panel: Panel, chance: Chance) -> TrueNeed:
    """Draw the severity of every child on every index date."""
    from scipy.special import logit, ndtr

    children = people.children
    dates = panel.years[1:]
    rest = _rest(world, people, panel, chance)
    severity = _linear(world, people, panel)[children.unit] + logit(np.clip(ndtr(rest), 1e-6, 1 - 1e-6)).astype(
        np.float32
    )
    ratios = world.need.odds_ratios
    severity += np.float32(np.log(ratios["preterm"])) * children.preterm[:, None]
    gone = np.minimum(people.life_end[people.first_child :], children.birth + round(ADULT * YEAR))
    minor = (children.birth[:, None] < dates) & (gone[:, None] > dates)
    judged = minor & (dates >= day_of(world.need.from_year))
    values = severity[judged]
    milder = chance.solved("need.milder", lambda: float(np.quantile(values, 1 - world.need.milder_share)))
    full = chance.solved("need.full", lambda: float(np.quantile(values, 1 - world.need.share)))
    level = (minor & (severity > milder)).astype(np.int8) + (minor & (severity > full)).astype(np.int8)
    of_family = np.zeros((len(people.units), len(dates)), dtype=np.int8)
    for date in range(len(dates)):
        np.maximum.at(of_family[:, date], children.unit, level[:, date])
    return TrueNeed(dates, np.asarray(severity - np.float32(full)), minor, level, of_family)


def factors(people: People, panel: Panel) -> dict[str, Flags]:
    """What counts for need, by the names of ``need.odds_ratios``; arrays of shape (units, years) or (units, 1)."""
    units, states = people.units, panel.states
    father = (units.separated[:, None] > panel.years[None, :-1]) & units.father_known[:, None]
    low = _low_education(people, panel, father)
    alone = panel.single
    return {
        "own_youth": units.maltreated[:, [MOTHER]] | (units.maltreated[:, [FATHER]] & father),
        "violence": states["violence"],
        "addiction": states["addiction"],
        "mental_health": states["mental_health"],
        "low_education": low,
        "no_work": states["social_assistance"] | (alone & (states["no_work"] | states["disability_benefit"])),
        "debt_problem": states["debt_problem"],
        "single": alone,
        "large": panel.minors >= 3,
        "teen_mother": (units.first_birth - units.mother_birth < _TEEN * YEAR)[:, None],
        "moves": panel.many_moves,
        "disability": states["disability"],
    }


def _low_education(people: People, panel: Panel, father: Flags) -> Flags:
    """No parent or partner in the home has more than a low level."""
    units, middle = people.units, panel.years[None, :-1] + 182
    low = units.education == 0
    partner = (units.partner_from[:, None] <= middle) & (middle < units.partner_until[:, None])
    stays = units.mother_stays[:, None] | (units.separated[:, None] > middle)
    head = np.where(stays, low[:, [MOTHER]], low[:, [FATHER]])
    return np.asarray(head & (low[:, [FATHER]] | ~(father & stays)) & (low[:, [PARTNER]] | ~partner))


def _linear(world: World, people: People, panel: Panel) -> Singles:
    total = np.float32(world.need.unregistered) * panel.latent
    held = factors(people, panel)
    for name, ratio in world.need.odds_ratios.items():
        if name in held:
            total = total + np.float32(np.log(ratio)) * held[name]
    return np.asarray(total)


def _rest(world: World, people: People, panel: Panel, chance: Chance) -> Singles:
    """Standard normal: a part of the family, one of the family in the year, one of the child."""
    draws = chance.stream("need")
    share = world.need.persistence
    count, span = panel.shape
    family = np.sqrt(share["family"]) * draws.standard_normal((count, 1), dtype=np.float32)
    family = family + np.sqrt(share["family_year"]) * draws.standard_normal((count, span), dtype=np.float32)
    child = np.sqrt(share["child"]) * draws.standard_normal((len(people.children), 1), dtype=np.float32)
    return np.asarray(family[people.children.unit] + child, dtype=np.float32)

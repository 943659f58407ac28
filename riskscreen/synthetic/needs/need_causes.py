"""Causes of need: what holds in the home in a year, and its weight on the log-odds scale. Origin is no cause."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from riskscreen.synthetic.geography.areas import Geography
from riskscreen.synthetic.intervals import Flags
from riskscreen.synthetic.lives.panel import Panel, Singles
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import FATHER, MOTHER, PARTNER, YEAR
from riskscreen.synthetic.needs.need_settings import Need
from riskscreen.synthetic.streams import Chance

_TEEN = 20


def causes(people: People, panel: Panel) -> dict[str, Flags]:
    """What counts for need and holds of the family; arrays of shape (units, years) or (units, 1)."""
    units, states = people.units, panel.states
    father = (units.separated[:, None] > panel.years[None, :-1]) & units.father_known[:, None]
    return {
        "own_youth": units.maltreated[:, [MOTHER]] | (units.maltreated[:, [FATHER]] & father),
        "violence": states["violence"],
        "addiction": states["addiction"],
        "disorder": states["disorder"],
        "two_disorders": states["two_disorders"],
        "low_education": low_education(people, panel, father),
        "no_work": states["social_assistance"] | (panel.single & (states["no_work"] | states["disability_benefit"])),
        "debt_problem": states["debt_problem"],
        "single": panel.single,
        "large": panel.minors >= 3,
        "teen_mother": (units.first_birth - units.mother_birth < _TEEN * YEAR)[:, None],
        "moves": panel.many_moves,
        "disability": states["disability"],
    }


def low_education(people: People, panel: Panel, father: Flags) -> Flags:
    """No parent or partner in the home has more than a low level."""
    units, middle = people.units, panel.years[None, :-1] + 182
    low = units.education == 0
    partner = (units.partner_from[:, None] <= middle) & (middle < units.partner_until[:, None])
    stays = units.mother_stays[:, None] | (units.separated[:, None] > middle)
    head = np.where(stays, low[:, [MOTHER]], low[:, [FATHER]])
    return np.asarray(head & (low[:, [FATHER]] | ~(father & stays)) & (low[:, [PARTNER]] | ~partner))


def of_family(rule: Need, geography: Geography, people: People, panel: Panel, chance: Chance) -> Singles:
    """Weight of everything about the family, in a register or not, shape (units, years)."""
    total = np.float32(rule.unregistered) * panel.latent
    held = causes(people, panel)
    for name, ratio in rule.odds_ratios.items():
        if name in held:
            total = total + _log(ratio) * held[name]
    for pair in rule.interactions:
        total = total + _log(pair.odds_ratio) * (held[pair.a] & held[pair.b])
    if rule.thresholds or rule.by_number:
        total = total + _of_number(rule, _number(rule, held, panel))
    for name, cause in rule.missing.items():
        drawn = _drifting(panel, cause.lasting, chance.stream(f"need.missing.{name}"))
        total = total + _log(cause.odds_ratio) * drawn
    if rule.hidden_area:
        total = total + np.float32(rule.hidden_area) * geography.hidden.astype(np.float32)[panel.area]
    return np.asarray(total, dtype=np.float32)


def _number(rule: Need, held: dict[str, Flags], panel: Panel) -> npt.NDArray[np.int8]:
    """How many causes hold at once."""
    number = np.zeros(panel.shape, dtype=np.int8)
    for name in rule.odds_ratios:
        if name in held:
            number += held[name]
    return number


def _of_number(rule: Need, number: npt.NDArray[np.int8]) -> Singles:
    weights = np.zeros(int(max([number.max(initial=0), *rule.by_number])) + 1, dtype=np.float32)
    for threshold in rule.thresholds:
        weights[threshold.causes :] += _log(threshold.odds_ratio)
    for count in range(len(weights)):
        below = [known for known in rule.by_number if known <= count]
        weights[count] += _log(rule.by_number[max(below)]) if below else 0
    return np.asarray(weights[number])


def _drifting(panel: Panel, lasting: float, draws: np.random.Generator) -> Singles:
    """Standard normal per unit and year, a part of which lasts."""
    count = panel.shape[0]
    drawn = np.sqrt(np.float32(lasting)) * draws.standard_normal((count, 1), dtype=np.float32)
    return np.asarray(drawn + np.sqrt(np.float32(1 - lasting)) * draws.standard_normal(panel.shape, dtype=np.float32))


def _log(ratio: float) -> np.float32:
    return np.float32(np.log(ratio))

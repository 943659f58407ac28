"""What kind of need it is: main type, number of types, and who does it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from riskscreen.synthetic.intervals import Flags, Ints
from riskscreen.synthetic.lives.panel import Panel, Singles
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.registry import sex_of
from riskscreen.synthetic.lives.units import YEAR
from riskscreen.synthetic.needs.need_causes import causes
from riskscreen.synthetic.needs.need_settings import TYPE_CAUSES, NeedTypes
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

_UNDER, _FROM = 4, 12
_ROUNDS = 30

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cases:
    """Children on index dates, by position in the children and in the dates; arrays have shape (cases,)."""

    child: Ints
    date: Ints
    severity: Singles

    def __len__(self) -> int:
        return len(self.child)


@dataclass(frozen=True, eq=False)
class TypesDrawn:
    """Main type by position in the world's types, number of types, and whether a biological parent does it."""

    main: npt.NDArray[np.int8]
    number: npt.NDArray[np.int8]
    by_parent: Flags


def draw_types(name: str, world: World, people: People, panel: Panel, cases: Cases, chance: Chance) -> TypesDrawn:
    """Draw the types of cases; constants are solved on the cases of the rehearsal, apart for every ``name``."""
    rule = world.need.types
    held = type_causes(people, panel, cases, chance)
    uniform = _uniforms(rule, people, panel, chance)
    main = _main(name, rule, held, uniform[0][cases.child, cases.date], len(cases), chance)
    number = _number(name, rule, cases, uniform[1][cases.child, cases.date], chance)
    return TypesDrawn(main, number, _by_parent(name, world, held, main, uniform[2][cases.child, cases.date], chance))


def type_causes(people: People, panel: Panel, cases: Cases, chance: Chance) -> dict[str, Flags]:
    """What makes one type likelier than another, by the names of ``TYPE_CAUSES``, shape (cases,)."""
    family = causes(people, panel)
    unit = people.children.unit[cases.child]
    age = (panel.years[cases.date + 1] - people.children.birth[cases.child]) / YEAR
    held = {}
    for name in set(TYPE_CAUSES) & set(family):
        held[name] = family[name][unit, cases.date if family[name].shape[1] > 1 else 0]
    held["step_parent"] = step_parent(people, panel, cases)
    held["girl"] = sex_of(people, chance)[people.first_child :][cases.child] == 0
    held["under_4"], held["from_12"] = age < _UNDER, age >= _FROM
    return held


def step_parent(people: People, panel: Panel, cases: Cases) -> Flags:
    """Does a partner who is not the child's parent live in the home in the middle of the year?"""
    units, children = people.units, people.children
    unit, middle = children.unit[cases.child], panel.years[cases.date] + 182
    there = (units.partner_from[unit] <= middle) & (middle < units.partner_until[unit])
    return np.asarray(there & (children.birth[cases.child] < units.partner_from[unit]))


def _uniforms(rule: NeedTypes, people: People, panel: Panel, chance: Chance) -> tuple[Singles, Singles, Singles]:
    """Draws for main type, number and doer, shape (children, dates): the same as the year before for most."""
    draws = chance.stream("need.types")
    shape = (len(people.children), panel.shape[1])
    kept = draws.random(shape, dtype=np.float32) < rule.same_next_year
    found = []
    for _ in range(3):
        lasting = draws.random((shape[0], 1), dtype=np.float32)
        found.append(np.where(kept, lasting, draws.random(shape, dtype=np.float32)))
    return found[0], found[1], found[2]


def _main(
    name: str, rule: NeedTypes, held: dict[str, Flags], uniform: Singles, count: int, chance: Chance
) -> npt.NDArray[np.int8]:
    """Multinomial: constants are solved so that the world's shares come out."""
    weight = np.zeros((count, len(rule.shares)))
    for column, kind in enumerate(rule.shares):
        for cause, ratio in rule.odds_ratios.get(kind, {}).items():
            weight[:, column] += np.log(ratio) * held[cause]
    solved: list[Floats] = []

    def constant(column: int) -> float:
        if not solved:
            solved.append(_constants(weight, np.array(list(rule.shares.values()))))
        return float(solved[0][column])

    constants = [
        chance.solved(f"{name}.type.{kind}", partial(constant, column)) for column, kind in enumerate(rule.shares)
    ]
    ladder = np.cumsum(_shares(weight, np.array(constants)), axis=1)
    return np.asarray((uniform[:, None] > ladder[:, :-1]).sum(axis=1), dtype=np.int8)


def _shares(weight: Floats, constants: Floats) -> Floats:
    odds = np.exp(weight + constants)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _constants(weight: Floats, wanted: Floats) -> Floats:
    constants = np.log(wanted / wanted.sum())
    for _ in range(_ROUNDS if len(weight) else 0):
        constants = constants + np.log(wanted / wanted.sum() / _shares(weight, constants).mean(axis=0))
    return np.asarray(constants)


def _number(name: str, rule: NeedTypes, cases: Cases, uniform: Singles, chance: Chance) -> npt.NDArray[np.int8]:
    """More severe need has more types."""
    odds = rule.severity * cases.severity.astype(np.float64)
    constant = chance.solved(f"{name}.more_types", lambda: solved_constant(odds, rule.more_than_one))
    more = 1 / (1 + np.exp(-odds - constant))
    return np.asarray(1 + (uniform < more).astype(np.int8) + (uniform < more * rule.three), dtype=np.int8)


def _by_parent(
    name: str, world: World, held: dict[str, Flags], main: npt.NDArray[np.int8], uniform: Singles, chance: Chance
) -> Flags:
    rule = world.need.by_parent
    odds = np.log(rule.step_parent) * held["step_parent"]
    for kind, ratio in rule.types.items():
        odds = odds + np.log(ratio) * (main == list(world.need.types.shares).index(kind))
    constant = chance.solved(f"{name}.by_parent", lambda: solved_constant(odds, rule.share))
    return np.asarray(uniform < 1 / (1 + np.exp(-odds - constant)))


def solved_constant(odds: Floats, share: float, weight: Floats | None = None) -> float:
    """The constant that makes chances with these log odds plus it have this (weighted) mean."""
    low, high = -30.0, 30.0
    for _ in range(50):
        middle = (low + high) / 2
        chances = 1 / (1 + np.exp(-odds - middle))
        mean = float(np.average(chances, weights=weight)) if len(odds) else share
        low, high = (middle, high) if mean < share else (low, middle)
    return (low + high) / 2

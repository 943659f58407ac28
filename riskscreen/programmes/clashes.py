"""Which demands on a plan cannot be met together, and what would make them possible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from riskscreen.errors import SettingsError
from riskscreen.programmes.never_twice import never_twice
from riskscreen.programmes.problem import Problem
from riskscreen.programmes.solving import Parts, System, relax, system_of, whole_search

SOFT = (
    "random_share",
    "fair_share",
    "stages",
    "family_forms",
    "minimum_reach",
    "contracted",
    "waiting",
    "hours",
    "budget",
    "places",
)
"""Demands that may be given up, the ones tried first first: what is left is what a board would give up last."""
STEPS = 12
"""Halvings in the search for what would make a demand possible."""

TOLD: Mapping[str, str] = {
    "random_share": "places by lot (random_share)",
    "fair_share": "a fair share for every area (fair_share)",
    "stages": "a floor between life stages (floors.stages)",
    "family_forms": "a floor between family forms (floors.family_forms)",
    "minimum_reach": "a least share of every target group (minimum_reach)",
    "contracted": "places contracted this year (contracted)",
    "waiting": "waiting lists first (waiting)",
    "hours": "staff hours (hours)",
    "budget": "the budget",
    "places": "the places available (places)",
}


class _Judge:
    """Can demands be met? In broken places when they clash there already, else in whole ones."""

    def __init__(self, problem: Problem) -> None:
        self.families = never_twice(problem)  # the same whatever is demanded
        self.whole = self._parts(problem) is not None

    def __call__(self, problem: Problem) -> bool:
        if self._parts(problem) is None:
            return False
        if not self.whole:
            return True
        found = whole_search(self._system(problem), {"mip_rel_gap": 1.0, "node_limit": 500})
        return bool(found.x is not None or found.status != 2)  # undecided: taken as possible

    def _system(self, problem: Problem) -> System:
        system = system_of(problem, self.families)
        return replace(system, value=np.zeros(len(system.value)))

    def _parts(self, problem: Problem) -> Parts | None:
        return relax(self._system(problem))


def clashing(problem: Problem) -> tuple[str, ...]:
    """Names of demands that cannot be met together, none of which can be left out: an irreducible set.

    By a deletion filter (Chinneck and Dravnieks 1991): a demand is left out for good when the others still clash.

    Parameters
    ----------
    problem
        One that nothing meets.
    """
    return _clashing(problem, _Judge(problem))


def explain_clash(problem: Problem) -> SettingsError:
    """One error with the demands that clash and, for each, what would make the others possible."""
    is_possible = _Judge(problem)
    names = _clashing(problem, is_possible)
    faults = tuple(f"{TOLD[name]}: {_remedy(problem, name, is_possible)}" for name in names)
    if not faults:
        faults = ("the smallest groups of programmes cannot be filled",)
    them = "these demands together" if len(faults) > 1 else "this demand"
    return SettingsError(
        f"with a budget of {problem.budget:,.0f} EUR no spread of places meets {them}",
        faults=faults,
        do="change one of them at least as far as told; the others can then stay as they are",
    )


def _clashing(problem: Problem, is_possible: _Judge) -> tuple[str, ...]:
    out = problem.left_out
    for name in SOFT:
        if name not in out and not is_possible(_without(problem, out | {name})):
            out = out | {name}
    return tuple(name for name in SOFT if name not in out)


def _without(problem: Problem, names: frozenset[str]) -> Problem:
    least = np.zeros_like(problem.least) if "random_share" in names else problem.least
    return replace(problem, left_out=names, least=least)


def _remedy(problem: Problem, name: str, is_possible: _Judge) -> str:
    """The smallest change of one demand after which all of them can be met, found by halving."""
    if name == "random_share":
        return "leave it out"
    if name in ("budget", "hours", "places"):
        return _upwards(problem, name, is_possible)
    if not is_possible(_changed(problem, name, 0.0)):
        return "leaving it out alone does not help"
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        half = (low + high) / 2
        low, high = (half, high) if is_possible(_changed(problem, name, half)) else (low, half)
    return _lower(problem, name, low)


def _upwards(problem: Problem, name: str, is_possible: _Judge) -> str:
    now = problem.staff if name == "hours" else problem.budget
    problem = replace(problem, budget=max(problem.budget, 1_000.0))  # nothing times anything is nothing
    low, high = 1.0, 2.0
    while not is_possible(_changed(problem, name, high)):
        low, high = high, high * 4
        if high > 2_000:
            return "more of it alone does not help"
    for _ in range(STEPS):
        half = (low + high) / 2
        low, high = (low, half) if is_possible(_changed(problem, name, half)) else (half, high)
    if name == "places":
        return f"at least about {high:.2f} times as many places are needed"
    each = problem.staff if name == "hours" else problem.budget
    return f"at least about {np.ceil(each * high):,.0f} {'hours' if name == 'hours' else 'EUR'}, instead of {now:,.0f}"


def _lower(problem: Problem, name: str, part: float) -> str:
    if name in ("contracted", "waiting"):
        return f"at most about {int(100 * part)}% of them"
    now = float(getattr(problem.floors, name))
    return f"at most about {np.floor(1000 * now * part) / 1000:g}, instead of {now:g}"


def _changed(problem: Problem, name: str, factor: float) -> Problem:
    match name:
        case "budget":
            return replace(problem, budget=problem.budget * factor)
        case "hours":
            return replace(problem, staff=problem.staff * factor)
        case "places":
            return replace(problem, places=np.floor(problem.places * factor))
        case "contracted" | "waiting":
            return replace(problem, **{name: np.floor(getattr(problem, name) * factor)})
        case _:
            floors = replace(problem.floors, **{name: getattr(problem.floors, name) * factor})
            return replace(problem, floors=floors)

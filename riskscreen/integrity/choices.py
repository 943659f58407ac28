"""The choices of a design that could have been made otherwise, and every combination of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import ceil

from riskscreen.records.texts import Text
from riskscreen.settings import Family
from riskscreen.stressors.definitions import Catalogue, Definition, EventRule

WINDOWS: Mapping[str, float] = {"as_set": 1.0, "half": 0.5, "half_more": 1.5}
THRESHOLDS = ("as_set", "stricter")
MISSING = ("as_set", "left_out")
_STRICTER_DAYS = 1.5
_STRICTER_MONTHS = 0.5

DIMENSIONS: Mapping[str, Text] = {
    "window": Text("look-back windows", "terugkijkperioden"),
    "threshold": Text("thresholds of levels", "drempels van niveaus"),
    "outcome": Text("outcome", "uitkomst"),
    "family": Text("who is a family", "wie een gezin is"),
    "missing": Text("what cannot be seen", "wat niet te zien is"),
}


@dataclass(frozen=True, slots=True, order=True)
class Combination:
    """One choice per dimension; the run's own is ``as_set`` everywhere.

    Parameters
    ----------
    outcome
        ``as_set`` or the id of another entry of configs/outcomes.yaml.
    family
        ``as_set``, ``first_pregnancy`` (counted too) or ``children_only``.
    missing
        ``as_set``: not covered scores nothing; ``left_out``: families with anything not covered are left out.
    """

    window: str
    threshold: str
    outcome: str
    family: str
    missing: str

    @property
    def own(self) -> bool:
        """Is it the run's own?"""
        return {self.window, self.threshold, self.outcome, self.family, self.missing} == {"as_set"}


def combinations(other_outcome: str | None, family: Family) -> tuple[Combination, ...]:
    """Every combination: 48 with another outcome, 24 without; the run's own is the first."""
    outcomes = ("as_set",) if other_outcome is None else ("as_set", other_outcome)
    kinds = product(WINDOWS, THRESHOLDS, outcomes, ("as_set", other_family(family)[0]), MISSING)
    return tuple(Combination(*kind) for kind in kinds)


def other_family(family: Family) -> tuple[str, Family]:
    """The other rule about first pregnancies."""
    name = "children_only" if family.first_pregnancy else "first_pregnancy"
    return name, family.model_copy(update={"first_pregnancy": not family.first_pregnancy})


def altered(catalogue: Catalogue, window: str, threshold: str) -> Catalogue:
    """The catalogue with other windows and thresholds; facts about the index date itself have neither."""
    return Catalogue(tuple(_altered(definition, WINDOWS[window], threshold) for definition in catalogue))


def design_hash(catalogue: Catalogue, settings: Mapping[str, object]) -> str:
    """One hash over the choices of a design: what a level is, and the settings that decide results.

    Wording and evidence are left out: another sentence is not another design.
    """
    rules = [(d.id, d.stressor.stage, d.stressor.window_months, _rule(d)) for d in catalogue]
    text = repr((rules, sorted((key, repr(value)) for key, value in settings.items())))
    return hashlib.sha256(text.encode()).hexdigest()


def _rule(definition: Definition) -> str:
    rule = definition.rule
    if not isinstance(rule, EventRule):
        return repr(rule)
    eased = None if rule.eased_by is None else (rule.eased_by.where, rule.eased_by.moment)
    return repr((replace(rule, eased_by=None), eased))


def _altered(definition: Definition, factor: float, threshold: str) -> Definition:
    rule = definition.rule
    if not isinstance(rule, EventRule):
        return definition
    months = max(ceil(definition.stressor.window_months * factor), 1)
    stressor = replace(definition.stressor, window_months=months)
    return replace(definition, stressor=stressor, rule=replace(rule, thresholds=_thresholds(rule, factor, threshold)))


def _thresholds(rule: EventRule, factor: float, threshold: str) -> tuple[int, ...]:
    """Count: one more; days: half as many more; recency: half as long ago (level 1 keeps the window).

    Days follow the window too: half a year out of a year is a quarter out of half a year.
    """
    strict = threshold == "stricter"
    if rule.measure == "count":
        return tuple(least + strict for least in rule.thresholds)
    if rule.measure == "duration_days":
        times = factor * (_STRICTER_DAYS if strict else 1.0)
        return _rising([max(ceil(days * times), 1) for days in rule.thresholds])
    first, *others = (max(ceil(months * factor), 1) for months in rule.thresholds)
    return (first, *(max(ceil(months * (_STRICTER_MONTHS if strict else 1.0)), 1) for months in others))


def _rising(days: Sequence[int]) -> tuple[int, ...]:
    """Each level asks more days than the one before, also after rounding."""
    rising: list[int] = []
    for least in days:
        rising.append(max(least, rising[-1] + 1) if rising else least)
    return tuple(rising)

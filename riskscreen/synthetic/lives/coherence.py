"""Can what a world says about life courses hold together? Every fault by its place, before anything is made.

Shares that only turn out to be out of reach when people are there (too few can be befallen at all) are found on the
rehearsal; see :mod:`riskscreen.synthetic.solving`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from riskscreen.synthetic.lives.life_settings import STAGES, Circumstance

if TYPE_CHECKING:
    from riskscreen.synthetic.world import World

_ROUNDING = 0.02  # published shares are whole percentages
_NEEDED = (
    "debt_problem",
    "arrears_signal",
    "eviction",
    "domestic_violence",
    "stay",
)  # other registers are made of them
_FROM = {"participating": "children", "reported": "measures", "confirmed": "measures"}
"""States that are no circumstance, and the first stage that can follow on them."""


def life_faults(world: World) -> tuple[str, ...]:
    """Faults of the families and circumstances of a world, each with its place."""
    rules = world.circumstances
    missing = [
        f"circumstances: there is no {name}, of which registers are made" for name in _NEEDED if name not in rules
    ]
    of_each = chain.from_iterable(_faults_of(name, rules) for name in rules)
    return (*_family_faults(world), *missing, *of_each)


def _family_faults(world: World) -> Iterator[str]:
    form = world.families_form
    whole = sum(form.children.values())
    if abs(whole - 1) > _ROUNDING:
        yield f"families_form.children: shares add up to {whole:g}; they are of all completed families, so make it 1"
    levels = form.low_education["low"] + form.low_education["high"]
    if levels > 1:
        yield f"families_form.low_education: low and high together are {levels:g}, more than everybody"
    sources = sum(world.signal_sources.values())
    if abs(sources - 1) > _ROUNDING:
        yield f"signal_sources: shares add up to {sources:g}; every signal has one source, so make it 1"


def _faults_of(name: str, rules: Mapping[str, Circumstance]) -> Iterator[str]:
    what, place = rules[name], f"circumstances.{name}"
    kinds = sum(kind.share for kind in what.all_kinds(name).values())
    if abs(kinds - 1) > _ROUNDING:
        yield f"{place}.kinds: shares add up to {kinds:g}; every one has one kind, so make it 1"
    if what.after_need and (what.stage == "parents" or what.carrier == "adult"):
        yield f"{place}.after_need: need is drawn after what befalls parents; use a child or family, stage children"
    if what.of == "whole" and what.within is None:
        yield f"{place}.of: whole is for a circumstance within another"
    yield from _order_faults(place, name, what, rules)
    if what.within is not None and what.within in rules:
        yield from _part_faults(place, what, rules[what.within])


def _order_faults(place: str, name: str, what: Circumstance, rules: Mapping[str, Circumstance]) -> Iterator[str]:
    """What it follows on must be there, and be drawn before it."""
    named = [("after", other) for other in what.after] + [("after_own", other) for other in what.after_own]
    named += [("year_after", other) for other in what.year_after]
    named += [("within", what.within)] if what.within is not None else []
    turns = list(rules)
    for key, other in named:
        if other in _FROM and key in ("after", "year_after"):
            drawn = STAGES.index(what.stage) >= STAGES.index(_FROM[other])
        elif other not in rules:
            yield f"{place}.{key}: there is no circumstance {other}"
            continue
        else:
            drawn = (STAGES.index(rules[other].stage), turns.index(other)) < (
                STAGES.index(what.stage),
                turns.index(name),
            )
        if not drawn:
            yield f"{place}.{key}: {other} is drawn later; move {name} down, or to a later stage"
        elif key == "after_own" and rules[other].carrier != what.carrier:
            yield f"{place}.after_own: {other} befalls another carrier ({rules[other].carrier}); use after"


def _part_faults(place: str, what: Circumstance, whole: Circumstance) -> Iterator[str]:
    if what.carrier != whole.carrier:
        yield f"{place}.within: {what.within} befalls another carrier ({whole.carrier}), so that nothing lies within it"
    if what.of not in ("minors", "whole"):
        yield f"{place}.of: a share within {what.within} is of minors or of the whole"
    if what.of == whole.of:
        known = whole.shares()
        for year, share in what.shares().items():
            most = float(np.interp(year, list(known), list(known.values())))
            if share > most:
                yield f"{place}.share: {share:g} in {year} is more than the {most:g} with {what.within}"

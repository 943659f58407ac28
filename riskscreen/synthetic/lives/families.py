"""Families over time: who has children when, with whom, and who leaves.

A *unit* is a mother with everyone she has children or lives with. Days count from 1970-01-01; ``NEVER`` means that it
did not happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from riskscreen.errors import SettingsError
from riskscreen.synthetic.geography.areas import Geography
from riskscreen.synthetic.geography.ground import Ground, pick_area, vulnerability_class
from riskscreen.synthetic.intervals import NEVER, Flags, Floats, Ints
from riskscreen.synthetic.lives.births import Mothers, make_newborns
from riskscreen.synthetic.lives.couples import legal_fathers, separate
from riskscreen.synthetic.lives.life_settings import FamiliesForm
from riskscreen.synthetic.lives.units import (
    ADULT,
    FATHER,
    GESTATION,
    MOTHER,
    PARTNER,
    YEAR,
    Calendar,
    Children,
    Codes,
    Units,
    children_where,
    in_order,
    minor_on,
    units_where,
)
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World


def make_families(
    world: World, geography: Geography, ground: Ground, days: Calendar, chance: Chance
) -> tuple[Units, Children]:
    """Draw the units of a part and their children.

    With quotas, families are drawn until every buurt has its number of them on the last day, so that areas have
    exactly the sizes that the geography gives them; those whose children grew up or who left come along as drawn.
    Without quotas (the rehearsal) ``ground.drawn`` units are drawn.
    """
    if ground.quotas is None:
        units, children = _draw(world, geography, ground, days, chance, ground.chances, ground.drawn)
        families = max(int(families_at(units, children, days.end).sum()), 1)
        chance.solved("families.per_unit", lambda: families / ground.drawn)
        chance.solved("families.minors", lambda: float(minor_on(children, days.end).sum()) / families)
        return units, children
    per_unit = chance.constants.known("families.per_unit")
    drawn: list[tuple[Units, Children]] = []
    wanting = ground.quotas.copy()
    for turn in range(_MOST_TURNS):
        if not wanting.any():
            break
        chances = ground.chances * (wanting / np.maximum(ground.quotas, 1))[None, :]
        count = int(np.ceil(wanting.sum() / per_unit * 1.02)) + 20
        again = Chance(chance.seed, f"{chance.place}.{turn}", chance.constants)
        units, children = _draw(world, geography, ground, days, again, chances, count)
        there = families_at(units, children, days.end)
        kept = _until_full(units.area, there, wanting, ground.first)
        drawn.append(_kept(units, children, kept))
        wanting = wanting - np.bincount(units.area[kept & there] - ground.first, minlength=len(wanting))
    else:
        raise SettingsError(
            f"the world gives no families in part of the buurten, after {_MOST_TURNS} turns of drawing",
            do="check families_form: nobody stays a family until the end of the history",
        )
    return _together(drawn)


_MOST_TURNS = 200


def _until_full(area: Ints, there: Flags, wanting: Ints, first: int) -> Flags:
    """Units in the order drawn, per buurt until it has the families it wants; nobody who is drawn after that."""
    order = np.argsort(area, kind="stable")
    here, at = there[order], area[order] - first
    before: Ints = np.cumsum(here) - here
    start = np.searchsorted(at, np.arange(len(wanting)))
    full = before - before[np.minimum(start, len(before) - 1)][at] >= wanting[at]
    kept = np.zeros(len(area), dtype=bool)
    kept[order[~full]] = True
    return kept


def _kept(units: Units, children: Children, kept: Flags) -> tuple[Units, Children]:
    position = np.cumsum(kept) - 1
    held = kept[children.unit]
    twin_of = (np.cumsum(held) - 1)[children.twin_of][held]
    return units_where(units, kept), replace(
        children_where(children, held), unit=position[children.unit][held], twin_of=twin_of
    )


def _together(parts: Sequence[tuple[Units, Children]]) -> tuple[Units, Children]:
    """What was drawn in turns as one."""
    first = np.cumsum([0, *(len(units) for units, _ in parts)])
    names = Units.__dataclass_fields__
    units = Units(**{name: np.concatenate([getattr(part[0], name) for part in parts]) for name in names})
    fields = {
        name: np.concatenate([getattr(part[1], name) for part in parts]) for name in Children.__dataclass_fields__
    }
    fields["unit"] = np.concatenate([part[1].unit + start for part, start in zip(parts, first[:-1], strict=True)])
    born = np.cumsum([0, *(len(children) for _, children in parts)])
    fields["twin_of"] = np.concatenate([part[1].twin_of + start for part, start in zip(parts, born[:-1], strict=True)])
    return units, Children(**fields)


def _draw(
    world: World,
    geography: Geography,
    ground: Ground,
    days: Calendar,
    chance: Chance,
    chances: Floats,
    count: int,
) -> tuple[Units, Children]:
    draws = chance.stream("families")
    units = _units(world, geography, ground, days, chance, chances, count)
    children = _children(world, units, days, draws)
    units, children = _keep(units, children, days)
    units, children = separate(world.families_form, units, children, days, chance)
    units, children = _born(units, children, days)
    children = _with_twins(world.families_form, children, chance)
    children = legal_fathers(world.families_form, units, children, draws)
    return units, _with_births(world, units, children, chance)


def _units(
    world: World,
    geography: Geography,
    ground: Ground,
    days: Calendar,
    chance: Chance,
    chances: Floats,
    count: int,
) -> Units:
    form, draws = world.families_form, chance.stream("families.units")
    background, maltreated, latent, area = _settled(form, ground, chances, count, chance, draws)
    count = len(area)
    origin = _origin(form, geography, area, draws)
    education = _education(form, background, maltreated, origin, chance, draws)
    first_birth = _first_births(form, days, draws.random(count))
    mother_birth = _mother_birth(form, first_birth, education[:, MOTHER], latent, draws)
    alone = draws.random(count) < _chance(
        _odds(form.alone_at_first_birth["share"]) + form.alone_at_first_birth["latent"] * latent
    )
    cohabit = first_birth - np.round((0.85 + 3 * draws.random(count)) * YEAR).astype(np.int64)
    cohabit = np.minimum(np.maximum(cohabit, mother_birth + round(16 * YEAR)), first_birth - GESTATION - 20)
    rate = form.emigration_per_year["rate"] * np.exp(form.emigration_per_year["europe"] * (origin[:, MOTHER] == 1))
    arrived = _arrived(form, origin[:, MOTHER], mother_birth, days, chance)
    leaves = np.maximum(np.maximum(first_birth, days.start), arrived) + draws.exponential(YEAR / rate)
    return Units(
        area=area,
        background=background,
        latent=latent,
        origin=origin,
        education=education,
        maltreated=maltreated,
        first_birth=first_birth,
        mother_birth=mother_birth,
        cohabit=cohabit,
        father_known=~alone | (draws.random(count) >= form.no_legal_father_when_alone),
        separated=np.where(alone, cohabit, NEVER),
        partner_from=np.full(count, NEVER),
        partner_until=np.full(count, NEVER),
        mother_stays=alone | (draws.random(count) < form.children_stay_with_mother),
        emigrated=np.where(leaves < days.end, leaves, NEVER).astype(np.int64),
        married=draws.random(count) < form.married,
        arrived=arrived,
        expected=np.full(count, NEVER),
    )


def _first_births(form: FamiliesForm, days: Calendar, drawn: Floats) -> Ints:
    """Days of first births, of which there are every year a little fewer."""
    first, last = days.start - round(26 * YEAR), days.end + GESTATION - 60
    span = (last - first) / YEAR
    fall = max(form.first_births_fall, 1e-9)
    years: Floats = -np.log1p(drawn * np.expm1(-fall * span)) / fall
    return first + np.floor(years * YEAR).astype(np.int64)


def _arrived(form: FamiliesForm, origin: Codes, mother_birth: Ints, days: Calendar, chance: Chance) -> Ints:
    """Day on which families of elsewhere came here, for those who came as adults in the simulated years."""
    draws = chance.stream("families.arrival")
    share = np.array([0.0, form.arrival["europe"], form.arrival["outside_europe"]])[origin]
    first = int(days.years[0])
    day = first + np.floor(draws.random(len(origin)) * (days.end - 30 - first)).astype(np.int64)
    came = (draws.random(len(origin)) < share) & (day > mother_birth + ADULT * YEAR)
    return np.where(came, day, -NEVER)


def _settled(
    form: FamiliesForm,
    ground: Ground,
    chances: Floats,
    count: int,
    chance: Chance,
    draws: np.random.Generator,
) -> tuple[Floats, Flags, Floats, Ints]:
    """Background, own youth and vulnerability of about ``count`` couples, and the buurt where each lives.

    Couples are drawn from the whole population and kept as often as their class lives here.
    """
    share = chances.sum(axis=1) / chances.sum(axis=1).max()
    drawn = int(np.ceil(count / share.mean()))
    background = draws.standard_normal(drawn)
    odds = _odds(form.maltreated_as_child["share"]) + form.maltreated_as_child["background"] * background
    maltreated = draws.random((drawn, 3)) < _chance(odds)[:, None]
    latent = _latent(form, background, maltreated, chance, draws)
    group = vulnerability_class(latent)
    lives = draws.random(drawn) < share[group]
    area = ground.first + pick_area(chances, group[lives], draws)
    return background[lives], maltreated[lives], latent[lives], area


def _latent(
    form: FamiliesForm, background: Floats, maltreated: Flags, chance: Chance, draws: np.random.Generator
) -> Floats:
    """Vulnerability: the parents' own background and youth, and chance; mean 0, standard deviation 1."""
    youth = maltreated[:, :2].sum(axis=1) - 2 * form.maltreated_as_child["share"]
    mixed = form.background * background + form.own_youth * youth
    rest = chance.solved("families.latent.rest", lambda: float(np.sqrt(max(1 - float(mixed.var()), 0.1))))
    latent = mixed + rest * draws.standard_normal(len(background))
    mean = chance.solved("families.latent.mean", lambda: float(latent.mean()))
    return np.asarray((latent - mean) / chance.solved("families.latent.spread", lambda: float(latent.std())))


def _origin(form: FamiliesForm, geography: Geography, area: Ints, draws: np.random.Generator) -> npt.NDArray[np.int8]:
    europe, outside = geography.europe[area], geography.outside_europe[area]
    mother = _one_origin(europe, outside, draws)
    origin = np.column_stack([mother, mother, mother])
    for slot in (FATHER, PARTNER):
        other = draws.random(len(area)) >= form.same_origin
        origin[other, slot] = _one_origin(europe[other], outside[other], draws)
    return origin


def _one_origin(europe: Floats, outside: Floats, draws: np.random.Generator) -> npt.NDArray[np.int8]:
    """Position in ORIGINS, by the shares of each person's area."""
    chance = draws.random(len(europe))
    return np.where(chance < outside, 2, np.where(chance < outside + europe, 1, 0)).astype(np.int8)


def _education(
    form: FamiliesForm,
    background: Floats,
    maltreated: Flags,
    origin: npt.NDArray[np.int8],
    chance: Chance,
    draws: np.random.Generator,
) -> npt.NDArray[np.int8]:
    """Ordered: background, own youth, origin and chance on one scale, cut so that the shares of the world come out."""
    weights = form.low_education
    shift = np.array([0.0, weights["europe"], weights["outside_europe"]])[origin]
    shift = shift + weights["own_youth"] * maltreated
    scale = weights["background"] * background[:, None] + shift + draws.logistic(size=origin.shape)
    high = chance.solved("families.education.high", lambda: float(np.quantile(scale, weights["high"])))
    low = chance.solved("families.education.low", lambda: float(np.quantile(scale, 1 - weights["low"])))
    return np.where(scale > low, 0, np.where(scale < high, 2, 1)).astype(np.int8)


def _mother_birth(
    form: FamiliesForm, first_birth: Ints, education: npt.NDArray[np.int8], latent: Floats, draws: np.random.Generator
) -> Ints:
    age = form.mother_age_at_first
    mean = age["mean"] + np.array([age["low_education"], 0.0, age["high_education"]])[education]
    years = mean + age["latent"] * latent + age["sd"] * draws.standard_normal(len(first_birth))
    years = np.where(years < age["least"], age["least"] + 3 * draws.random(len(years)), years)
    return first_birth - np.round(np.minimum(years, age["most"]) * YEAR).astype(np.int64)


def _children(world: World, units: Units, days: Calendar, draws: np.random.Generator) -> Children:
    form = world.families_form
    sizes = np.array(sorted(form.children))
    shares = np.array([form.children[int(size)] for size in sizes])
    more = form.more_children["latent"] * units.latent
    more = more + form.more_children["outside_europe"] * (units.origin[:, MOTHER] == 2)
    tilted = np.cumsum(shares * np.exp(more[:, None] * (sizes - 1)[None, :] / 2), axis=1)
    drawn = draws.random(len(units)) * tilted[:, -1]
    size = sizes[(drawn[:, None] > tilted[:, :-1]).sum(axis=1)]
    unit = np.repeat(np.arange(len(units)), size)
    order = np.arange(len(unit)) - np.repeat(np.cumsum(size) - size, size)
    spacing = form.spacing_years
    gap = spacing["least"] + draws.gamma(2.0, (spacing["mean"] - spacing["least"]) / 2.0, len(unit))
    gap = np.cumsum(np.where(order == 0, 0.0, gap))
    gap -= np.repeat(gap[np.cumsum(size) - size], size)
    birth = units.first_birth[unit] + np.round(gap * YEAR).astype(np.int64)
    count = len(unit)
    rate = form.death_per_year
    age_at_death = np.where(
        draws.random(count) < rate["infant"], draws.random(count), draws.exponential(1 / rate["child"], count)
    )
    death = birth + np.round(1 + age_at_death * YEAR).astype(np.int64)
    leaves = birth + np.round((18.3 + draws.gamma(2.0, 2.6, count)) * YEAR).astype(np.int64)
    old = birth > units.mother_birth[unit] + round(45 * YEAR)
    gone = birth >= np.minimum(units.emigrated[unit], days.end + NEVER)
    kept = ~(old | gone)
    nothing = np.zeros(int(kept.sum()), dtype=bool)
    return Children(
        unit=unit[kept],
        birth=birth[kept],
        order=order[kept],
        father_slot=np.full(int(kept.sum()), FATHER, dtype=np.int8),
        twin_of=np.arange(len(nothing)),
        weeks=nothing.astype(np.float32),
        grams=nothing.astype(np.int32),
        preterm=nothing,
        small=nothing,
        smoking=nothing,
        death=np.where(death < days.end, death, NEVER)[kept],
        leaves_home=leaves[kept],
    )


def _keep(units: Units, children: Children, days: Calendar) -> tuple[Units, Children]:
    """Keep units with a minor, or a first pregnancy, at some time in the history."""
    born = children.birth < days.end
    youngest = np.full(len(units), -NEVER)
    np.maximum.at(youngest, children.unit[born], children.birth[born])
    here = np.maximum(units.arrived, days.start)
    alive = (youngest + round(ADULT * YEAR) > here) & (units.emigrated > here)
    pregnant = (units.first_birth >= days.end) & (units.emigrated >= days.end)
    kept = (alive | pregnant) & (units.emigrated > units.first_birth)
    position = np.cumsum(kept) - 1
    held = kept[children.unit]
    return units_where(units, kept), replace(children_where(children, held), unit=position[children.unit][held])


def _born(units: Units, children: Children, days: Calendar) -> tuple[Units, Children]:
    """Set apart who is not born yet: no person, but perhaps a pregnancy."""
    later = children.birth >= days.end
    expected = np.full(len(units), NEVER)
    np.minimum.at(expected, children.unit[later], children.birth[later])
    expected = np.where((expected < days.end + GESTATION) & (units.emigrated >= days.end), expected, NEVER)
    return replace(units, expected=expected), children_where(children, ~later)


def _with_twins(form: FamiliesForm, children: Children, chance: Chance) -> Children:
    """A second child on the same day for a share of the births; the first of a family are drawn like the others."""
    draws = chance.stream("families.twins")
    twice = draws.random(len(children)) < form.twins
    row = np.repeat(np.arange(len(children)), 1 + twice)
    first = np.concatenate([[True], row[1:] != row[:-1]]) if len(row) else np.zeros(0, dtype=bool)
    pairs = replace(
        children_where(children, row), twin_of=np.maximum.accumulate(np.where(first, np.arange(len(row)), 0))
    )
    death = np.where(first, pairs.death, NEVER)
    leaves = np.where(first, pairs.leaves_home, pairs.leaves_home + draws.integers(0, 400, len(row)))
    return in_order(replace(pairs, death=death, leaves_home=leaves))


def _with_births(world: World, units: Units, children: Children, chance: Chance) -> Children:
    """Weeks, weight and smoking of every birth."""
    unit = children.unit
    mothers = Mothers(
        units.latent[unit],
        (children.birth - units.mother_birth[unit]) / YEAR,
        units.education[unit, MOTHER] == 0,
    )
    born = make_newborns(world.birth, mothers, children.twin_of, chance)
    return replace(
        children,
        weeks=born.weeks,
        grams=born.grams,
        preterm=born.preterm,
        small=born.small,
        smoking=born.smoking,
    )


def families_at(units: Units, children: Children, day: int) -> Flags:
    """Units with a minor or an expected first child on a day, not emigrated."""
    has = np.zeros(len(units), dtype=bool)
    has[children.unit[minor_on(children, day)]] = True
    has |= units.first_birth >= day
    return np.asarray(has & (units.emigrated > day) & (units.arrived < day))


def _odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def _chance(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)))

"""Programmes as planted: what an evaluation with a known assignment finds, and what a naive one finds instead."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from riskscreen.synthetic.intervals import NEVER
from riskscreen.synthetic.needs.prevention import (
    Offers,
    Participation,
    participation_sheet,
    programme_table,
    start_days,
)
from riskscreen.synthetic.needs.severity import Severity
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World, load_world
from tests.planted_lives import Lives, changed, lives

SEED = 6
EFFECT = 0.6
EVERYWHERE = {"from": "2000-01-01", "until": "2000-01-01"}
TRIAL = {  # one programme for every child, started by half of those it is offered to
    "share": 0.3, "latent": 0.0, "ages": [0, 17], "for": "child", "start": 0.5, "complete": 1.0, "effect": EFFECT,
    "surveillance": 1.4, "spill_over": 0.0, "starts": EVERYWHERE,
}  # fmt: skip


@pytest.fixture(scope="module")
def lived() -> Lives:
    return lives(load_world("voorbeeldstad"), 25_000, SEED)


@pytest.fixture(scope="module")
def severity(lived) -> Severity:
    return lived.severity()


def trial(lived: Lives, need: float = 0.0, motivation: float = 0.0, no_effect: bool = False, **programme) -> World:
    rules = {"no_effect": no_effect, "effect_years": 1, "uptake_need": need, "uptake_motivation": motivation}
    return changed(lived.world, prevention=rules, programmes={"trial": TRIAL | programme})


def _compared(lived: Lives, severity: Severity, taken: Participation) -> tuple[float, float, float]:
    """Mean severity of who started over who was offered it and did not, its standard error, and the odds ratio of need.

    One row per child and index date with an offer in the year before, early enough to start within that year.
    """
    offers = taken.offers
    years = lived.panel.years
    date = np.searchsorted(years, offers.offered, side="right") - 1
    early = offers.offered < years[date] + 300
    started = np.zeros(severity.value.shape, dtype=bool)
    began = offers.start < NEVER
    when = np.searchsorted(years, offers.start[began], side="right") - 1
    inside = when < started.shape[1]
    started[offers.child[began][inside], when[inside]] = True
    child, date = offers.child[early], date[early]
    here = severity.minor[child, date]
    child, date = child[here], date[here]
    value = (severity.value + taken.shift)[child, date].astype(float)
    yes = started[child, date]
    error = np.sqrt(value[yes].var() / yes.sum() + value[~yes].var() / (~yes).sum())
    need = value > 0
    odds = [need[group].mean() / (1 - need[group].mean()) for group in (yes, ~yes)]
    return value[yes].mean() - value[~yes].mean(), float(error), odds[0] / odds[1]


def test_with_uptake_by_lot_an_evaluation_finds_the_planted_effect(lived, severity) -> None:
    found, error, odds_ratio = _compared(lived, severity, lived.programmes(trial(lived), severity))
    assert error < 0.025
    assert abs(found - np.log(EFFECT)) < 3 * error
    assert odds_ratio == pytest.approx(EFFECT, rel=0.12)  # a little nearer to 1: others' causes are averaged over


@pytest.mark.parametrize("rules", [{"no_effect": True}, {"effect": 1.0}])
def test_with_no_effect_it_finds_none(lived, severity, rules) -> None:
    taken = lived.programmes(trial(lived, **rules), severity)
    found, error, odds_ratio = _compared(lived, severity, taken)
    assert abs(found) < 3 * error
    assert odds_ratio == pytest.approx(1, abs=0.1)
    assert not taken.shift.any()


def test_a_naive_comparison_credits_the_programme_with_motivation(lived, severity) -> None:
    without = lived.programmes(trial(lived, motivation=0.8, no_effect=True), severity)
    found, error, _ = _compared(lived, severity, without)
    assert found < -5 * error


def test_a_naive_comparison_blames_the_programme_for_reaching_need(lived, severity) -> None:
    """The other way round: where need leads to uptake, who takes part is worse off than who does not."""
    taken = lived.programmes(trial(lived, need=1.0, no_effect=True), severity)
    found, error, _ = _compared(lived, severity, taken)
    assert found > 5 * error


def test_nothing_changes_before_the_start_or_after_the_effect_has_worn_off(lived, severity) -> None:
    rules = {"no_effect": False, "effect_years": 2, "uptake_need": 0, "uptake_motivation": 0}
    world = changed(lived.world, prevention=rules, programmes={"trial": TRIAL | {"share": 0.01}})
    taken = lived.programmes(world, severity)
    began = taken.offers.start < NEVER
    wanted = np.zeros(taken.shift.shape)
    first = np.searchsorted(lived.panel.years, taken.offers.start[began], side="right") - 1
    for step in (0, 1):
        inside = first + step < wanted.shape[1]
        wanted[taken.offers.child[began][inside], (first + step)[inside]] = np.log(EFFECT)
    assert np.allclose(taken.shift, wanted, atol=1e-5)
    assert began.any()


def test_a_programme_for_parents_reaches_every_child_of_the_family(lived, severity) -> None:
    taken = lived.programmes(trial(lived, **{"for": "parent", "share": 0.05}), severity)
    unit = lived.people.children.unit
    siblings = np.flatnonzero(unit[1:] == unit[:-1])
    assert (taken.shift[siblings] == taken.shift[siblings + 1]).all()
    assert (taken.shift < 0).any()
    assert taken.shift.min() == pytest.approx(np.log(EFFECT), abs=1e-5)  # two children who take part: once


def test_participants_are_watched_while_they_take_part(lived, severity) -> None:
    taken = lived.programmes(trial(lived), severity)
    began = taken.offers.start < NEVER
    year = np.searchsorted(lived.panel.years, taken.offers.start[began], side="right") - 1
    inside = year < lived.panel.shape[1]
    assert taken.taking_part[taken.offers.unit[began][inside], year[inside]].all()
    assert np.allclose(taken.surveillance[taken.taking_part], np.log(1.4))
    assert not taken.surveillance[~taken.taking_part].any()
    never = np.setdiff1d(np.arange(len(lived.people.units)), taken.offers.unit[began])
    assert not taken.taking_part[never].any()


def test_the_effect_spills_over_to_buurten_with_neighbours_that_have_it(lived, severity) -> None:
    """Where the programme never starts: a share of the effect, in proportion to the neighbours that have it."""
    starts = EVERYWHERE | {"nowhere": 0.5}
    taken = lived.programmes(trial(lived, share=0.5, spill_over=0.4, starts=starts), severity)
    start = start_days(trial(lived, starts=starts), lived.geography, lived.chance)["trial"]
    year = lived.panel.year_of(2020)
    area, before = (lived.panel.area[lived.people.children.unit, when] for when in (year, year - 1))
    child = np.flatnonzero(severity.minor[:, year] & severity.minor[:, year - 2] & (area == before))
    around = lived.geography.neighbours
    share = ((start[around] < NEVER) & (around != np.arange(len(start))[:, None])).sum(axis=1) / 6
    spilled = np.log(EFFECT) * 0.4 * share[area[child]]
    shift = taken.shift[child, year]
    has = start[area[child]] < NEVER
    reached = ~has & (shift < 0)
    assert np.allclose(shift[reached], spilled[reached], atol=1e-5)
    assert reached.sum() == pytest.approx((~has & (share[area[child]] > 0)).sum() * 0.25, rel=0.1)
    assert not shift[~has & (share[area[child]] == 0)].any()
    assert np.allclose(shift[has & (shift < 0)], np.log(EFFECT), atol=1e-5)


def test_programmes_start_wijk_by_wijk_on_the_same_day_for_every_part(lived) -> None:
    world, geography = lived.world, lived.geography
    one = start_days(world, geography, Chance(SEED, "here", lived.chance.constants))
    other = start_days(world, geography, Chance(SEED, "there", lived.chance.constants))
    for name, rule in world.programmes.items():
        assert (one[name] == other[name]).all()
        known = one[name][one[name] < NEVER].astype("datetime64[D]")
        assert (known >= np.datetime64(rule.starts.from_)).all()
        assert (known <= np.datetime64(rule.starts.until)).all()
        per_wijk = {}
        for code, day in zip(geography.codes, one[name], strict=True):
            per_wijk.setdefault(code[:8], set()).add(int(day))
        assert all(len(days) == 1 for days in per_wijk.values())
        assert len({day for days in per_wijk.values() for day in days}) > 5


def test_nobody_is_offered_what_has_not_started(lived, severity) -> None:
    taken = lived.programmes(lived.world, severity)
    names = sorted(lived.world.programmes)
    start = start_days(lived.world, lived.geography, lived.chance)
    offers = taken.offers
    area = lived.panel.area[offers.unit, np.searchsorted(lived.panel.years, offers.offered, side="right") - 1]
    for position, name in enumerate(names):
        mine = offers.programme == position
        assert mine.any(), name
        assert (offers.offered[mine] >= start[name][area[mine]]).all()
    assert (offers.dose == 1).all()


def test_who_takes_part_is_worse_off_than_who_is_not_offered_it(lived, severity) -> None:
    """Adverse selection in the plain world: programmes are offered to vulnerable families, and still help."""
    taken = lived.programmes(lived.world, severity)
    year = lived.panel.year_of(2023)
    part = taken.taking_part[:, year][lived.people.children.unit] & severity.minor[:, year]
    rest = ~taken.taking_part[:, year][lived.people.children.unit] & severity.minor[:, year]
    value = severity.value + taken.shift
    assert value[part, year].mean() > value[rest, year].mean() + 0.3


def test_one_programme_leaves_the_draws_of_the_others_as_they_were(lived, severity) -> None:
    world = changed(lived.world, prevention__no_effect=True)
    more = changed(world, programmes__home_start__share=0.1)
    names = sorted(world.programmes)
    before, after = (lived.programmes(rules, severity).offers for rules in (world, more))
    for position, name in enumerate(names):
        same = _same(before.only(before.programme == position), after.only(after.programme == position))
        assert same == (name != "home_start")


def _same(one: Offers, other: Offers) -> bool:
    return len(one) == len(other) and all(
        (getattr(one, name) == getattr(other, name)).all() for name in ("child", "offered", "start", "completed")
    )


def test_the_register_has_what_is_known_and_the_truth_what_was_planted(lived, severity) -> None:
    taken = lived.programmes(lived.world, severity)
    rows = participation_sheet(lived.world, lived.people, taken, lived.days, lived.maker).table.to_pandas()
    assert list(rows) == ["person", "programme", "event_date", "start_date", "completed_date", "recorded_date"]
    assert not rows.duplicated(["person", "programme", "event_date"]).any()
    assert set(rows.programme) == set(lived.world.programmes)
    areas = np.arange(len(lived.geography.codes))
    truth = programme_table(lived.world, lived.geography, areas, taken, lived.maker).to_pandas()
    assert list(truth) == ["programme", "area", "start_date", "effect", "surveillance", "spill_over"]
    assert len(truth) == len(areas) * len(lived.world.programmes)
    assert set(truth[truth.programme == "voorzorg"].effect) == {0.53}
    assert set(truth[truth.programme == "triple_p"].effect) == {1.0}
    none = changed(lived.world, prevention__no_effect=True)
    without = programme_table(none, lived.geography, areas, taken, lived.maker).to_pandas()
    assert set(without.effect) == {1.0}


def test_a_programme_cannot_start_after_its_last_day() -> None:
    with pytest.raises(ValidationError, match="starts: from 2020-01-01 is after until 2010-01-01"):
        changed(
            load_world("voorbeeldstad"),
            programmes__home_start__starts={"from": "2020-01-01", "until": "2010-01-01"},
        )

"""Need and reporting as planted: what the literature gives comes out, and origin has no effect of its own on need."""

from __future__ import annotations

import numpy as np
import pytest

from riskscreen.synthetic.circumstances import befall
from riskscreen.synthetic.families import MOTHER, calendar, make_families
from riskscreen.synthetic.need import TrueNeed, factors, make_need
from riskscreen.synthetic.panel import Panel, make_panel
from riskscreen.synthetic.people import People, make_people
from riskscreen.synthetic.residence import make_moves
from riskscreen.synthetic.town import fictional
from riskscreen.synthetic.world import World, figures, load_world

SEED = 4
YEAR = 2023


@pytest.fixture(scope="module")
def made() -> tuple[World, People, Panel, TrueNeed]:
    world = load_world("voorbeeldstad")
    town, days = fictional(world, SEED), calendar(world)
    people = make_people(world, *make_families(world, town, days, SEED, 30_000), days, SEED)
    panel = make_panel(world, town, people, make_moves(world, town, people, days, SEED), days, SEED)
    for name in world.circumstances:
        befall(name, world, people, panel, SEED)
    return world, people, panel, make_need(world, people, panel, SEED)


def _of_children(made, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Does the child's family have it in the year, and is the child in need the day after?"""
    _, people, panel, need = made
    year = panel.year_of(YEAR)
    held = factors(people, panel)[name]
    held = held[:, year if held.shape[1] > 1 else 0]
    minor = need.minor[:, year]
    return held[people.children.unit][minor], need.level[minor, year] == 2


@pytest.mark.parametrize(
    ("name", "published", "least"),
    [("low_education", "rr.low_edu", 0.6), ("no_work", "rr.unemployed", 0.7), ("single", "rr.single_parent", 0.7)],
)
def test_marginal_risk_ratios_come_near_the_published_ones(made, name: str, published: str, least: float) -> None:
    held, in_need = _of_children(made, name)
    ratio = in_need[held].mean() / in_need[~held].mean()
    assert least < ratio / figures()[published]["value"] < 1.5


def test_shares_in_a_year_are_the_worlds(made) -> None:
    world, _, panel, _ = made
    year = panel.year_of(YEAR)
    family = panel.family[:, year]
    for name, what in world.circumstances.items():
        if what.of == "families":
            assert panel.states[name][family, year].mean() == pytest.approx(what.share, rel=0.15, abs=0.001), name


def test_given_everything_else_origin_does_nothing_to_need(made) -> None:
    """Logistic regression of need on all planted causes and origin: origin's coefficient is about nought."""
    from sklearn.linear_model import LogisticRegression

    world, people, panel, need = made
    year = panel.year_of(YEAR)
    minor = need.minor[:, year]
    unit = people.children.unit[minor]
    held = {name: part[:, year if part.shape[1] > 1 else 0] for name, part in factors(people, panel).items()}
    columns = [part[unit] for part in held.values()] + [panel.latent[unit, year], people.children.preterm[minor]]
    outside = people.units.origin[unit, MOTHER] == 2
    matrix = np.column_stack([*columns, outside]).astype(float)
    fitted = LogisticRegression(C=1e6, max_iter=2000).fit(matrix, need.level[minor, year] >= 1)
    assert abs(fitted.coef_[0, -1]) < 0.12
    planted = np.log([world.need.odds_ratios[name] for name in held])
    assert fitted.coef_[0, : len(held)] == pytest.approx(planted, abs=0.25)
    assert held.keys() | {"preterm"} == world.need.odds_ratios.keys()


def test_sensitive_origin_is_part_of_reporting_only(made) -> None:
    world, *_ = made
    assert world.reporting.outside_europe > 0
    assert not {"origin", "europe", "outside_europe"} & set(world.need.odds_ratios)

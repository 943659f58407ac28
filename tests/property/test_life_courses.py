"""What must hold of every life in every world, whatever the seed, the size and the rules."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from riskscreen.registers.schemas import schemas
from riskscreen.settings import Synthetic
from riskscreen.synthetic import synthesize
from riskscreen.synthetic.intervals import NEVER
from riskscreen.synthetic.lives.families import families_at, make_families
from riskscreen.synthetic.lives.people import make_people
from riskscreen.synthetic.lives.residence import make_moves
from riskscreen.synthetic.plan import make_plan

EVER = pd.Timestamp("2100-01-01")
LAST = pd.Timestamp("2025-01-01")
LATE = pd.Timedelta(days=15)  # arrivals are recorded within two weeks
# A world takes seconds, so few examples, and none is made smaller: what fails says its seed and size.
ONE_WORLD_EACH = settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
worlds = st.sampled_from(["voorbeeldstad", "adversarial"])
seeds = st.integers(min_value=0, max_value=2**31)
sizes = st.integers(min_value=200, max_value=600)

Frames = dict[str, pd.DataFrame]


@cache
def registers(name: str, seed: int, size: int) -> Frames:
    """Registers with right numbers, as a perfect linkage would make them."""
    with TemporaryDirectory() as folder:
        out = synthesize(Synthetic(families=size, world=name), seed=seed, out=Path(folder) / "r", name="w")
        links = pd.read_parquet(out / "truth" / "links.parquet")
        return {path.stem: _right(path, links) for path in out.glob("*.parquet") if path.stem != "particulars"}


def _right(path: Path, links: pd.DataFrame) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    right = links[links.register == path.stem].set_index("number").person.to_dict()
    for column in {"person", "child"} & set(frame):
        frame[column] = frame[column].replace(right) if right else frame[column]
    frame = frame.assign(**{name: pd.to_datetime(frame[name]) for name in frame if name.endswith("_date")})
    return frame.drop_duplicates("person") if path.stem == "persons" else frame


def of_persons(frames: Frames) -> dict[str, pd.DataFrame]:
    """Registers of what happened to persons, each row with the life of its person."""
    known = frames["persons"].set_index("person")
    lives = known[["birth_date", "death_date", "emigration_date", "recorded_date"]].add_prefix("life_")
    names = [name for name in frames if {"person", "event_date"} <= set(frames[name]) and name != "pregnancies"]
    return {name: frames[name].join(lives, on="person") for name in names}


def outside_life(frames: Frames) -> list[str]:
    """Registers with something before birth or arrival, or after death or emigration."""
    found = []
    for name, rows in of_persons(frames).items():
        came = rows.life_recorded_date - rows.life_birth_date > pd.Timedelta(days=60)
        begin = rows.life_birth_date.where(~came, rows.life_recorded_date - LATE)
        finish = rows[["life_death_date", "life_emigration_date"]].min(axis=1).fillna(EVER)
        end = rows.end_date.fillna(rows.event_date) if "end_date" in rows else rows.event_date
        if ((rows.event_date < begin) | (rows.event_date >= finish) | (end > finish)).any():
            found.append(name)
    return found


def out_of_order(frames: Frames) -> list[str]:
    """Registers with an end before its start, or a record before what it records."""
    found = []
    for name, rows in of_persons(frames).items():
        wrong = (rows.recorded_date < rows.event_date) | (rows.recorded_date >= LAST)
        if "end_date" in rows:
            wrong |= (rows.end_date < rows.event_date) | (rows.end_recorded_date < rows.end_date)
        if wrong.any():
            found.append(name)
    return found


def overlapping(frames: Frames) -> list[str]:
    """Registers in which somebody has two spells of one kind at once, or two homes."""
    found = []
    for name, rows in of_persons(frames).items():
        if not schemas()[name].spells:
            continue
        by = ["person"] if name in ("household_spells", "address_spells") else ["person", "kind"]
        rows = rows[rows.end_date.isna() | (rows.end_date > rows.event_date)].sort_values([*by, "event_date"])
        following = rows.groupby(by).event_date.shift(-1)
        if (rows.end_date.fillna(EVER) > following.fillna(EVER)).any():
            found.append(name)
    return found


@ONE_WORLD_EACH
@given(name=worlds, seed=seeds, size=sizes)
def test_lives_hold_together(name: str, seed: int, size: int) -> None:
    frames = registers(name, seed, size)
    assert outside_life(frames) == []
    assert out_of_order(frames) == []
    assert overlapping(frames) == []


@ONE_WORLD_EACH
@given(name=worlds, seed=seeds, size=sizes)
def test_parents_twins_and_signals(name: str, seed: int, size: int) -> None:
    frames = registers(name, seed, size)
    persons = frames["persons"].set_index("person")
    pairs = frames["parentage"]
    born, sex = pairs.parent.map(persons.birth_date), pairs.parent.map(persons.sex)
    age = (pairs.child.map(persons.birth_date) - born).dt.days / 365.25
    assert age.min() >= 12
    assert age[(sex == "f") & (pairs.kind == "birth")].min() >= 14
    births = frames["pregnancies"].dropna(subset=["child"])
    assert not births.duplicated(["person", "event_date", "child"]).any()
    assert (births.child.map(persons.birth_date) == births.birth_date).all()
    assert (births.groupby(["person", "event_date"]).birth_date.nunique() == 1).all()
    signals = frames["debt"].loc[frames["debt"].kind == "arrears_signal", "event_date"]
    assert (signals >= "2021-01-01").all()


@pytest.mark.parametrize("fault", ["outside_life", "out_of_order", "overlapping"])
def test_each_rule_finds_a_planted_fault(fault: str) -> None:
    frames = {name: frame.copy() for name, frame in registers("voorbeeldstad", 7, 300).items()}
    rows = frames["income"]
    spell = rows[rows.end_date.notna()].index[0]
    if fault == "outside_life":
        rows.loc[spell, ["event_date", "recorded_date"]] = pd.Timestamp("1899-01-01"), pd.Timestamp("1899-01-02")
    elif fault == "out_of_order":
        rows.loc[spell, "end_date"] = rows.event_date[spell] - pd.Timedelta(days=1)
    else:
        frames["income"] = pd.concat([rows, rows.loc[[spell]]])
    assert {"outside_life": outside_life, "out_of_order": out_of_order, "overlapping": overlapping}[fault](frames) == [
        "income"
    ]


@ONE_WORLD_EACH
@given(name=worlds, seed=seeds, size=st.integers(min_value=200, max_value=2_000))
def test_families_are_where_and_as_many_as_the_geography_says(name: str, seed: int, size: int) -> None:
    plan = make_plan(Synthetic(families=size, world=name), seed=seed)
    assert plan.families == size
    for part in plan.parts:
        ground, chance = plan.ground_of(part), plan.chance_of(part)
        units, children = make_families(plan.world, plan.geography, ground, plan.days, chance)
        there = families_at(units, children, plan.days.end)
        counted = np.bincount(units.area[there] - part.first, minlength=part.last - part.first)
        assert (counted == plan.quotas[part.first : part.last]).all()
        people = make_people(plan.world, units, children, plan.days, chance)
        moves = make_moves(plan.world, ground, people, plan.days, chance)
        everyone = np.arange(len(units))
        assert (moves.area_at(everyone, np.full(len(units), plan.days.end - 1)) == units.area).all()


@ONE_WORLD_EACH
@given(name=worlds, seed=seeds)
def test_arrivals_twins_and_deaths_of_who_runs_the_home(name: str, seed: int) -> None:
    plan = make_plan(Synthetic(families=3_000, world=name), seed=seed)
    part = plan.parts[0]
    chance = plan.chance_of(part)
    units, children = make_families(plan.world, plan.geography, plan.ground_of(part), plan.days, chance)
    people = make_people(plan.world, units, children, plan.days, chance)
    twins = children.twin_of != np.arange(len(children))
    assert 0 < twins.mean() < 0.04
    assert (children.birth[twins] == children.birth[children.twin_of[twins]]).all()
    assert (children.unit[twins] == children.unit[children.twin_of[twins]]).all()
    came = units.arrived > -NEVER
    assert came.any()
    assert (units.origin[came, 0] > 0).all()
    here = people.arrived < NEVER
    assert (people.life_start[here] < people.life_end[here]).all()
    lost = np.flatnonzero(people.lost < NEVER)
    last = np.zeros(len(units), dtype=np.int64)
    np.maximum.at(last, children.unit, children.birth)
    assert len(lost)
    assert (people.lost[lost] > last[lost]).all()

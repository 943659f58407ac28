"""What must hold in every synthetic world, whatever the seed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from riskscreen.settings import Synthetic
from riskscreen.synthetic import synthesize

SPELLS = (
    "household_spells", "address_spells", "income", "debt", "housing", "mental_health", "addiction", "justice",
    "disability", "neighbourhood_team", "childcare", "youth_care", "child_health", "school_absence",
    "police_incidents", "own_youth",
)  # fmt: skip
REGISTERS = {
    *SPELLS,
    "persons",
    "parentage",
    "areas",
    "pregnancies",
    "reports",
    "aftercare",
    "participation",
    "particulars",
}
LAST = pd.Timestamp("2025-01-01")
EVER = pd.Timestamp("2100-01-01")


def _dated(path: Path) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in frame if name.endswith("_date")})


def _with_right_numbers(register: str, frame: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """What a perfect linkage would make of a register: every number is the right one, everybody has one row."""
    right = links[links.register == register].set_index("number").person
    if register == "particulars":
        return frame
    for column in {"person", "child"} & set(frame):
        frame[column] = frame[column].replace(right.to_dict()) if len(right) else frame[column]
    return frame.drop_duplicates("person") if register == "persons" else frame


@pytest.fixture(scope="module", params=[1, 20260101])
def world(request, tmp_path_factory) -> dict[str, pd.DataFrame]:
    """Registers with right numbers: what must hold of people must hold whatever a source wrote down."""
    out = synthesize(Synthetic(families=700), seed=request.param, out=tmp_path_factory.mktemp("w") / "r", name="w")
    links = pd.read_parquet(out / "truth" / "links.parquet")
    return {path.stem: _with_right_numbers(path.stem, _dated(path), links) for path in out.glob("*.parquet")}


def test_every_register_is_there_and_has_rows(world) -> None:
    assert set(world) == REGISTERS
    assert all(len(frame) for frame in world.values())


@pytest.mark.parametrize("register", SPELLS)
def test_events_lie_within_a_life_and_are_recorded_afterwards(world, register: str) -> None:
    life = world["persons"].set_index("person")[["birth_date", "death_date", "emigration_date"]]
    rows = world[register].join(life, on="person")
    assert rows.birth_date.notna().all()
    assert (rows.recorded_date >= rows.event_date).all()
    assert (rows.recorded_date < LAST).all()
    assert (rows.event_date >= rows.birth_date).all()
    for gone in ("death_date", "emigration_date"):
        assert (rows.event_date < rows[gone].fillna(EVER)).all()
        assert (rows.end_date.fillna(rows.event_date) <= rows[gone].fillna(EVER)).all()
    ends = rows.dropna(subset=["end_date"])
    assert (ends.end_date >= ends.event_date).all()
    assert (ends.end_recorded_date.fillna(EVER) >= ends.end_date).all()
    assert (ends.end_date < LAST).all()


@pytest.mark.parametrize("register", ["household_spells", "address_spells"])
def test_one_residence_at_a_time(world, register: str) -> None:
    rows = world[register].sort_values(["person", "event_date"])
    following = rows.groupby("person").event_date.shift(-1)
    assert (rows.end_date.fillna(EVER) <= following.fillna(EVER)).all()


def test_nobody_is_a_parent_before_twelve(world) -> None:
    born = world["persons"].set_index("person").birth_date
    pairs = world["parentage"]
    age = (pairs.child.map(born) - pairs.parent.map(born)).dt.days / 365.25
    assert age.min() >= 12
    assert not pairs.duplicated(["child", "parent"]).any()
    assert (pairs[pairs.kind == "birth"].groupby("child").size() >= 1).all()


def test_reports_are_about_minors_and_steps_follow_each_other(world) -> None:
    rows = world["reports"].join(world["persons"].set_index("person").birth_date, on="person")
    assert rows.report.is_unique
    age = (rows.event_date - rows.birth_date).dt.days
    assert age.between(0, 18 * 366).all()
    assert (rows.triage_date.fillna(EVER) > rows.event_date).all()
    looked = rows.dropna(subset=["investigation_date"])
    assert (looked.investigation_date > looked.triage_date).all()
    assert rows[rows.outcome.notna()].investigation_date.notna().all()
    assert not rows[rows.kind == "advice"].follow_up.any()
    assert set(world["aftercare"].report) <= set(rows[(rows.kind == "report") & ~rows.follow_up].report)


def test_births_belong_to_pregnancies(world) -> None:
    rows = world["pregnancies"]
    assert (rows.event_date < rows.due_date).all()
    told = rows.dropna(subset=["birth_date"])
    assert (told.event_date < told.birth_date).all()
    assert (told.birth_recorded_date > told.birth_date).all()
    expected = rows[rows.birth_date.isna()]
    assert len(expected) > 0
    assert expected[["child", "gestation_weeks", "birth_weight"]].isna().all().all()


def test_children_of_every_age_live_somewhere_on_every_index_date(world) -> None:
    persons, homes = world["persons"], world["household_spells"]
    children = set(world["parentage"].child)
    for year in range(2021, 2026):
        day = pd.Timestamp(f"{year}-01-01")
        here = homes[(homes.event_date < day) & (homes.end_date.fillna(EVER) >= day)].person
        age = (day - persons.birth_date).dt.days / 365.25
        minor = persons[persons.person.isin(children) & age.between(0.05, 17.9)]
        minor = minor[(minor.death_date.fillna(EVER) > day) & (minor.emigration_date.fillna(EVER) > day)]
        minor = minor[minor.recorded_date < day]  # who came from elsewhere later is not here yet
        assert set(minor.person) <= set(here)
        assert set(age[minor.index].astype(int)) == set(range(18))

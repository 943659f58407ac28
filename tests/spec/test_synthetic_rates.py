"""Does the world have the rates that were published? One world of 12,000 families, read as an analyst would."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from riskscreen.settings import Synthetic
from riskscreen.synthetic import open_truth, synthesize
from riskscreen.synthetic.world import figures

DAY = pd.Timestamp("2024-01-01")
YEAR_AFTER = pd.Timestamp("2025-01-01")
YEAR_BEFORE = pd.Timestamp("2023-01-01")


def figure(name: str, over: float = 100.0) -> float:
    return figures()[name]["value"] / over


class Registers:
    """Registers as frames, and who lives with whom on the day."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.homes = self.read("household_spells")
        at_home = (
            (self.homes.event_date < DAY) & ~(self.homes.end_date < DAY) & (self.homes.household_kind == "private")
        )
        self.homes = self.homes[at_home].set_index("person").household
        persons = self.read("persons")
        self.birth = persons.set_index("person").birth_date
        age = (DAY - self.birth).dt.days / 365.25
        self.minors = age[(age > 0) & (age < 18) & age.index.isin(self.homes.index)].index
        self.families = set(self.homes[self.minors])
        counts = self.homes[self.minors].value_counts()
        self.children = counts

    def read(self, register: str) -> pd.DataFrame:
        frame = pd.read_parquet(self.folder / f"{register}.parquet")
        return frame.assign(**{name: pd.to_datetime(frame[name]) for name in frame if name.endswith("_date")})

    def having(self, register: str, *kinds: str) -> set[str]:
        """Families with a spell of these kinds in the year before the day."""
        rows = self.read(register)
        during = (rows.event_date < DAY) & ~(rows.end_date < YEAR_BEFORE)
        rows = rows[during & (rows.kind.isin(kinds) if kinds else True)]
        return set(self.homes.reindex(rows.person).dropna()) & self.families

    def share(self, register: str, *kinds: str) -> float:
        return len(self.having(register, *kinds)) / len(self.families)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Registers:
    return Registers(synthesize(Synthetic(families=12_000), seed=11, out=tmp_path_factory.mktemp("w") / "r", name="w"))


def test_the_number_of_families_is_the_one_asked_for(world: Registers) -> None:
    assert len(world.families) == pytest.approx(12_000 * 0.96, rel=0.03)  # the rest expects a first child


@pytest.mark.parametrize(
    ("register", "kinds", "published", "over"),
    [
        ("income", ("social_assistance",), "base.bijstand_child", 100),
        ("income", ("low_income",), "base.lowincome_child", 100),
        ("debt", ("health_premium_default", "counselling", "restructuring"), "base.debt.hh_with_child", 100),
        ("mental_health", (), "base.psych_register_hh", 100),
    ],
)
def test_families_have_what_was_published(world: Registers, register: str, kinds, published: str, over: float) -> None:
    assert world.share(register, *kinds) == pytest.approx(figure(published, over), rel=0.2)


def test_children_in_youth_care(world: Registers) -> None:
    care = world.read("youth_care")
    care = care[(care.event_date < DAY) & ~(care.end_date < YEAR_BEFORE)]
    assert world.minors.isin(care.person).mean() == pytest.approx(figure("jz.share_u18"), rel=0.2)


def test_children_with_a_single_parent_and_large_families(world: Registers) -> None:
    parents = world.homes[~world.homes.index.isin(set(world.read("parentage").child))]
    adults = parents.value_counts().reindex(list(world.families)).fillna(0)
    alone = adults[adults == 1].index
    assert world.homes[world.minors].isin(alone).mean() == pytest.approx(figure("base.single_parent_child"), rel=0.15)
    every_child = world.homes[world.homes.index.isin(set(world.read("parentage").child))].value_counts()
    assert (every_child >= 3).mean() == pytest.approx(figure("base.large_family"), rel=0.25)


def test_births(world: Registers) -> None:
    births = world.read("pregnancies").dropna(subset=["birth_date"])
    assert (births.gestation_weeks < 37).mean() == pytest.approx(figure("base.preterm"), rel=0.2)
    assert births.birth_weight.mean() == pytest.approx(3370, abs=120)
    age = (births.birth_date - births.person.map(world.birth)).dt.days / 365.25
    assert (age < 20).mean() < 0.02
    assert 30 < age.mean() < 33


def test_education_is_known_for_about_three_quarters_of_the_adults(world: Registers) -> None:
    persons = world.read("persons")
    adults = persons[persons.birth_date < "1995-01-01"]
    assert adults.education.notna().mean() == pytest.approx(0.74, abs=0.04)


def test_new_reports_within_a_year(world: Registers) -> None:
    """Per 1,000 minors: reports of 2023, the half about children, less those during involvement; each counts once."""
    reports = world.read("reports")
    new = reports[(reports.kind == "report") & ~reports.follow_up]
    year = new[(new.event_date >= YEAR_BEFORE) & (new.event_date < YEAR_AFTER)]
    cases = year.assign(home=year.person.map(world.homes)).dropna(subset=["home"])
    count = len(cases.drop_duplicates(["home", "event_date", "reporter"])) / 2
    published = figure("vt.received.2023", 1) * figure("vt.share_child") * (1 - figure("vt.followup.2023"))
    assert count / len(world.minors) == pytest.approx(published / figure("pop.minors.2022", 1), rel=0.12)


def test_who_reports_and_what_comes_of_it(world: Registers) -> None:
    reports = world.read("reports")
    reports = reports[reports.kind == "report"]
    assert (reports.reporter == "police").mean() == pytest.approx(figure("vt.share_police"), abs=0.08)
    assert reports.follow_up.mean() == pytest.approx(figure("vt.followup.2023"), abs=0.04)
    found = reports.outcome.dropna()
    assert len(found) / len(reports) < 0.08  # few are investigated to the end
    assert (found == "refuted").mean() == pytest.approx(figure("vt.refuted"), abs=0.04)
    days = (reports.triage_date - reports.event_date).dt.days
    assert (days > 7).mean() == pytest.approx(figure("vt.late_triage"), abs=0.06)


def test_many_reports_are_about_families_known_from_an_earlier_one(world: Registers) -> None:
    reports = world.read("reports")
    new = reports[(reports.kind == "report") & ~reports.follow_up]
    late = new[new.event_date >= YEAR_BEFORE]
    known = late.person.isin(new[new.event_date < YEAR_BEFORE].person)
    assert known.mean() == pytest.approx(figure("vt.rereport.2022h1"), abs=0.10)


def test_aftercare(world: Registers) -> None:
    rows = world.read("aftercare").dropna(subset=["violence_18"])
    assert (rows.violence_18 == "none").mean() == pytest.approx(figure("out.violence_stopped"), abs=0.05)
    assert rows.child_help_date.isna().mean() == pytest.approx(figure("out.child_no_help"), abs=0.05)
    treated = figure("out.trauma") * figure("out.trauma_helped")
    assert rows.trauma_treatment_date.notna().mean() == pytest.approx(treated, abs=0.02)


def test_true_need_has_the_published_share_and_few_of_it_are_reported(world: Registers) -> None:
    truth = open_truth(world.folder)
    truth = truth[pd.to_datetime(truth.index_date) == DAY]
    assert truth.need.mean() == pytest.approx(figure("prev.npm2017", 1000), rel=0.15)
    assert truth.milder_need.mean() == pytest.approx(figure("prev.selfreport2016", 1000), rel=0.1)
    reports = world.read("reports")
    year = reports[(reports.kind == "report") & (reports.event_date >= DAY) & (reports.event_date < YEAR_AFTER)]
    seen = truth[truth.need].person.isin(year.person).mean()
    assert figure("detect.cps2005") - 0.04 < seen < figure("detect.cps2010") + 0.04
    assert truth[~truth.milder_need].person.isin(year.person).mean() < 0.03


def test_origin_changes_who_is_reported_but_not_need_beyond_what_it_goes_with(world: Registers) -> None:
    """Need differs a little, by what goes with origin; reports clearly more: the reporting process adds to it."""
    persons = world.read("persons").set_index("person")
    truth = open_truth(world.folder)
    truth = truth[pd.to_datetime(truth.index_date) >= "2021-01-01"]
    truth["origin"] = truth.person.map(persons.origin)
    need = truth.groupby("origin").need.mean()
    crude = need["outside_europe"] / need["netherlands"]
    reports = world.read("reports")
    named = set(reports[(reports.kind == "report") & ~reports.follow_up].person)
    children = truth.drop_duplicates("person")
    reported = children.assign(named=children.person.isin(named)).groupby("origin").named.mean()
    assert 1.0 < crude < figure("rr.immigrant", 1)  # the published ratio holds what origin goes with too
    assert reported["outside_europe"] / reported["netherlands"] > crude + 0.15


def test_problems_pile_up(world: Registers) -> None:
    """Debt goes with assistance and mental health problems far more often than chance would have it."""
    debt, care, aid = world.having("debt"), world.having("mental_health"), world.having("income", "social_assistance")
    families = len(world.families)
    assert len(debt & aid) / families > 2.0 * len(debt) * len(aid) / families**2
    assert len(debt & care) / families > 1.3 * len(debt) * len(care) / families**2

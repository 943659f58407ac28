"""Does the world have the rates that were published? One world of 12,000 families, read as an analyst would."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskscreen.settings import Synthetic
from riskscreen.synthetic import open_truth, synthesize
from riskscreen.synthetic.lives.births import small_below
from riskscreen.synthetic.world import figures, load_world

DAY = pd.Timestamp("2024-01-01")
YEAR_AFTER = pd.Timestamp("2025-01-01")
YEAR_BEFORE = pd.Timestamp("2023-01-01")


def figure(name: str, over: float = 100.0) -> float:
    return figures()[name]["value"] / over


class Registers:
    """Registers as frames, and who lives with whom on the day."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.links = pd.read_parquet(folder / "truth" / "links.parquet")
        self.homes = self.read("household_spells")
        at_home = (
            (self.homes.event_date < DAY) & ~(self.homes.end_date < DAY) & (self.homes.household_kind == "private")
        )
        self.homes = self.homes[at_home].set_index("person").household
        persons = self.read("persons")
        self.birth = persons.set_index("person").birth_date
        age = (DAY - self.birth).dt.days / 365.25
        self.minors = age[(age > 0) & (age < 18) & age.index.isin(self.homes.index)].index
        self.women = set(persons[persons.sex == "f"].person)
        self.families = set(self.homes[self.minors])
        counts = self.homes[self.minors].value_counts()
        self.children = counts

    @cache  # noqa: B019 - one world for the whole module
    def read(self, register: str) -> pd.DataFrame:
        """A register with right numbers, as a perfect linkage would make it."""
        frame = pd.read_parquet(self.folder / f"{register}.parquet")
        right = self.links[self.links.register == register].set_index("number").person.to_dict()
        for column in {"person", "child"} & set(frame):
            frame[column] = frame[column].replace(right) if right else frame[column]
        frame = frame.drop_duplicates("person") if register == "persons" else frame
        return frame.assign(**{name: pd.to_datetime(frame[name]) for name in frame if name.endswith("_date")})

    def having(self, register: str, *kinds: str, since: pd.Timestamp = YEAR_BEFORE) -> set[str]:
        """Families with a spell of these kinds in the year before the day, or with ``since=DAY`` on it."""
        rows = self.read(register)
        during = (rows.event_date < DAY) & ~(rows.end_date < since)
        rows = rows[during & (rows.kind.isin(kinds) if kinds else True)]
        return set(self.homes.reindex(rows.person).dropna()) & self.families

    def share(self, register: str, *kinds: str) -> float:
        return len(self.having(register, *kinds)) / len(self.families)

    def singles(self) -> set[str]:
        """Families in which one adult lives."""
        rows = self.read("household_spells")
        here = (rows.event_date < DAY) & ~(rows.end_date < DAY) & (rows.role == "adult")
        adults = rows[here].household.value_counts()
        return set(adults[adults == 1].index) & self.families

    def of_minors(self, families: set[str]) -> float:
        """Share of the minors at home who live in these families."""
        return float(self.homes[self.minors].isin(families).mean())


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Registers:
    return Registers(synthesize(Synthetic(families=12_000), seed=11, out=tmp_path_factory.mktemp("w") / "r", name="w"))


def test_the_number_of_families_is_the_one_asked_for(world: Registers) -> None:
    assert len(world.families) == pytest.approx(12_000 * 0.96, rel=0.03)  # the rest expects a first child


@pytest.mark.parametrize(
    ("register", "kinds", "published", "over"),
    [
        ("mental_health", (), "base.psych_register_hh", 100),
    ],
)
def test_families_have_what_was_published(world: Registers, register: str, kinds, published: str, over: float) -> None:
    assert world.share(register, *kinds) == pytest.approx(figure(published, over), rel=0.2)


@pytest.mark.parametrize(
    ("kind", "since", "published"),
    [
        ("social_assistance", DAY, "base.bijstand_child"),
        ("low_income", YEAR_BEFORE, "base.lowincome_child"),
        ("poverty", YEAR_BEFORE, "base.poverty_child"),
    ],
)
def test_minors_live_with_what_was_published(world: Registers, kind: str, since, published: str) -> None:
    assert world.of_minors(world.having("income", kind, since=since)) == pytest.approx(figure(published), rel=0.2)


def test_problem_debts_on_a_day(world: Registers) -> None:
    kinds = ("other_default", "health_premium_default", "counselling", "restructuring")
    debts = world.having("debt", *kinds, since=DAY)
    assert len(debts) / len(world.families) == pytest.approx(figure("base.debt.hh_with_child"), rel=0.2)


def test_the_poor_have_a_low_income_and_single_parents_far_more_often(world: Registers) -> None:
    poor, low = world.having("income", "poverty"), world.having("income", "low_income")
    assert poor < low
    single = world.singles()
    couples = world.families - single
    ratio = figure("base.poverty_singleparent") / figure("base.poverty_couples")
    assert len(poor & single) / len(single) / (len(poor & couples) / len(couples)) == pytest.approx(ratio, rel=0.35)


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
    preterm, small = births.gestation_weeks < 37, births.birth_weight < _small_below(births.gestation_weeks)
    assert preterm.mean() == pytest.approx(figure("base.preterm"), rel=0.2)
    assert small.mean() == pytest.approx(figure("base.sga"), rel=0.15)
    assert (preterm | small).mean() == pytest.approx(figure("base.big2"), rel=0.15)
    smoked = births.smoking == True  # noqa: E712 - unknown is neither
    assert (preterm | small)[smoked].mean() > 1.3 * (preterm | small)[births.smoking == False].mean()  # noqa: E712
    assert births.birth_weight.mean() == pytest.approx(3370, abs=120)
    age = (births.birth_date - births.person.map(world.birth)).dt.days / 365.25
    assert (age < 20).mean() == pytest.approx(figure("base.teen_birth.share"), abs=0.0035)
    assert 30 < age.mean() < 33


def _small_below(weeks: pd.Series) -> np.ndarray:
    """The tenth percentile of weight, from what the world file says of weights: anybody can tell from the register."""
    return small_below(load_world("voorbeeldstad").birth, weeks.to_numpy(float))


def test_births_by_order_and_twins(world: Registers) -> None:
    pairs = world.read("parentage")
    mothers = pairs[pairs.parent.isin(world.women) & (pairs.kind == "birth")]
    births = mothers.assign(day=mothers.child.map(world.birth)).sort_values("day", kind="stable")
    births["order"] = births.groupby("parent").cumcount() + 1
    year = births[births.day.dt.year.between(2021, 2024)]
    for order, name in ((1, "first"), (2, "second"), (3, "third")):
        assert (year.order == order).mean() == pytest.approx(figure(f"births.{name}.2023"), rel=0.15)
    same_day = births.duplicated(["parent", "day"])
    assert same_day.sum() / (len(births) - same_day.sum()) == pytest.approx(0.015, abs=0.004)


def test_arrears_signals_exist_from_2021_on_and_rise(world: Registers) -> None:
    debt = world.read("debt")
    signals = debt[debt.kind == "arrears_signal"].event_date.dt.year.value_counts()
    assert signals.index.min() == 2021
    assert signals[2023] / signals[2022] == pytest.approx(4.0 / 3.3, rel=0.15)


def test_wider_recording_of_youth_care_is_a_step_that_need_does_not_have(world: Registers) -> None:
    """From 2021 on more providers report: in each year before, about a twentieth of new help without stay is missed."""
    care = world.read("youth_care")
    begun = care[care.kind == "no_stay"].event_date
    opened = begun.dt.strftime("%m-%d") == "01-01"
    assert opened[begun.dt.year == 2021].mean() > 3 * opened[begun.dt.year == 2022].mean()


def test_mental_health_goes_with_youth_care_as_published(world: Registers) -> None:
    care, minds = world.having("youth_care"), world.having("mental_health")
    assert len(care & minds) / len(care) == pytest.approx(figure("joint.psych_given_jeugdzorg"), rel=0.15)


def test_what_is_seen_of_a_parents_youth_is_no_stand_in_for_age(world: Registers) -> None:
    """Of parents whose years from 12 to 18 lie wholly in it, the same share is seen whatever their age."""
    seen, birth = world.read("own_youth"), world.birth
    at = (seen.event_date - seen.person.map(birth)).dt.days / 365.25
    seen = set(seen[at.between(12, 18)].person)
    here = world.read("persons").set_index("person").recorded_date - birth < pd.Timedelta(days=60)
    parents = birth[birth.index.isin(set(world.read("parentage").parent)) & here.reindex(birth.index)]
    older, younger = (parents[parents.between(*years)] for years in (("1986", "1989"), ("1989", "1993")))
    rates = [float(group.index.isin(seen).mean()) for group in (older, younger)]
    assert rates[0] > 0.02
    assert rates[1] / rates[0] == pytest.approx(1, abs=0.35)


def test_need_raises_later_problems_of_the_child(world: Registers) -> None:
    """Children with need at some time from 2021 on leave school early, and are suspects, more often afterwards."""
    truth = open_truth(world.folder)
    needy = set(truth[truth.need & (pd.to_datetime(truth.index_date) < "2024-01-01")].person)
    age = (DAY - world.birth).dt.days / 365.25
    teens = age[age.between(16, 18) & age.index.isin(set(truth.person))].index
    for register, kinds in (("school_absence", ("early_leaving", "absolute")), ("justice", ("suspect",))):
        rows = world.read(register)
        later = set(rows[(rows.event_date >= "2021-01-01") & rows.kind.isin(kinds)].person)
        with_need, without = teens[teens.isin(needy)], teens[~teens.isin(needy)]
        assert with_need.isin(later).mean() > 1.5 * without.isin(later).mean()


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
    again, first = figure("vt.rereport.2023"), figure("vt.first.2023")
    assert known.mean() == pytest.approx(again / (first + again), abs=0.08)


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

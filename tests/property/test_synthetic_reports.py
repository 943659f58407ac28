"""Reports as planted: numbers by year, professions, what was known before, what follows; who is seen at one need."""

from __future__ import annotations

import numpy as np
import pytest

from riskscreen.synthetic.intervals import NEVER
from riskscreen.synthetic.lives.units import day_of
from riskscreen.synthetic.reporting.report_knobs import effects_of, make_watch
from riskscreen.synthetic.reporting.report_rates import homes_of, look, number_of
from riskscreen.synthetic.reporting.reports import CONFIRMED, NO_FINDING, REFUTED, WORK_WEEK
from riskscreen.synthetic.streams import Chance, Constants
from riskscreen.synthetic.world import figures
from tests.planted_reports import NEED, Reported, in_province, reported

SEED = 2
FAMILIES = 20_000
YEARS = range(2015, 2025)
YARDSTICK = ("no-bias", "voorbeeldstad", "strong-reporting-bias")
GROUPS = ("outside_europe", "low_education", "single", "policing", "social_assistance")


def figure(name: str, over: float = 100.0) -> float:
    return figures()[name]["value"] / over


@pytest.fixture(scope="module")
def world() -> Reported:
    return reported("voorbeeldstad", FAMILIES, SEED)


@pytest.fixture(scope="module")
def ratios(world: Reported) -> dict[str, dict[str, float]]:
    worlds = {name: world if name == "voorbeeldstad" else reported(name, FAMILIES, SEED) for name in YARDSTICK}
    return {name: made.ratios() for name, made in worlds.items()}


def _per_1000_minors(world: Reported, which: np.ndarray, years: range) -> float:
    cases = sum(int((which & world.during(year)).sum()) for year in years)
    return 1000 * cases / sum(int(world.panel.minors[:, world.year(year)].sum()) for year in years)


# ---- how many, and who


@pytest.mark.parametrize(("first", "last"), [(2015, 2018), (2019, 2020), (2022, 2022), (2023, 2024)])
def test_reports_by_year_are_those_published(world: Reported, first: int, last: int) -> None:
    rules, years = world.world.reporting, range(first, last + 1)
    wanted = 1000 * np.mean([number_of(rules, "reports", year) for year in years]) / rules.minors
    before = 1.0
    if last < rules.code.from_.year:
        bound = sum(rules.shares[name] for name, reporter in rules.reporters.items() if reporter.under_code)
        before = 1 - bound * (1 - rules.code.before.reports)
    assert _per_1000_minors(world, world.report, years) == pytest.approx(wanted * before, rel=0.1)


def test_the_code_of_2019_is_a_step_in_what_is_recorded_and_none_in_need(world: Reported) -> None:
    rules = world.world.reporting
    bound = [at for at, reporter in enumerate(rules.reporters.values()) if reporter.under_code]
    held = np.isin(world.cases.reporter, bound)
    before, after = range(2015, 2019), range(2019, 2025)
    level = [np.mean([number_of(rules, "reports", year) for year in years]) for years in (before, after)]
    reports = [
        _per_1000_minors(world, world.report & held, years) / of
        for years, of in zip((before, after), level, strict=True)
    ]
    assert reports[0] / reports[1] == pytest.approx(rules.code.before.reports, abs=0.15)  # three standard errors
    advices = [_per_1000_minors(world, ~world.report, years) for years in (before, after)]
    assert advices[0] < 0.8 * advices[1]
    police = world.report & (world.cases.reporter == 0)
    by_police = [_per_1000_minors(world, police, years) / of for years, of in zip((before, after), level, strict=True)]
    assert by_police[0] / by_police[1] == pytest.approx(1, abs=0.12)
    need = [np.mean([_need(world, year) for year in years]) for years in (before, after)]
    assert need[0] / need[1] == pytest.approx(1, abs=0.06)


def _need(world: Reported, year: int) -> float:
    return float((world.panel.child_need[world.minors(year), world.year(year)] == NEED).mean())


def test_advices_of_2023_are_those_published(world: Reported) -> None:
    about = figure("vt.advice.2019h1.child", 1) / figure("vt.advice.2019h1", 1)
    wanted = 1000 * figure("vt.advice.2023", 1) * about / figure("pop.minors.2022", 1)
    assert _per_1000_minors(world, ~world.report, range(2023, 2024)) == pytest.approx(wanted, rel=0.1)


def test_professions_report_in_the_shares_of_2023(world: Reported) -> None:
    recent = world.report & (world.cases.start >= day_of(2019))
    count = int(recent.sum())
    for at, (name, share) in enumerate(world.world.reporting.shares.items()):
        got = float((world.cases.reporter[recent] == at).mean())
        assert got == pytest.approx(share, abs=4 * np.sqrt(1.5 * share * (1 - share) / count)), name


def test_prior_involvement_is_that_of_2023(world: Reported) -> None:
    reports = world.cases.only(world.report)
    earliest = np.full(len(world.people.units), NEVER)
    np.minimum.at(earliest, reports.unit, reports.start)
    late = reports.start >= day_of(2022)
    again = (reports.start > earliest[reports.unit]) & ~reports.follow_up
    assert reports.follow_up[late].mean() == pytest.approx(figure("vt.followup.2023"), abs=0.035)
    whole = figure("vt.received.2023", 1)
    assert again[late].mean() == pytest.approx(figure("vt.rereport.2023", whole), abs=0.035)


@pytest.mark.parametrize(("code", "name"), [("PV20", "groningen"), ("PV24", "flevoland")])
def test_follow_ups_differ_by_province(code: str, name: str) -> None:
    made = reported("voorbeeldstad", 8_000, SEED, in_province(code))
    assert made.cases.follow_up[made.report].mean() == pytest.approx(figure(f"vt.followup.2023.{name}"), abs=0.035)


# ---- what follows


def test_every_report_names_a_minor_of_the_family(world: Reported) -> None:
    named, cases, children = world.named, world.cases, world.people.children
    assert (children.unit[named.child] == cases.unit[named.case]).all()
    age = cases.start[named.case] - children.birth[named.child]
    assert ((age >= 0) & (age < 18 * 366)).all()
    assert len(np.unique(named.case)) > 0.997 * len(cases)
    assert (
        np.bincount(named.case[~world.report[named.case]])[np.unique(named.case[~world.report[named.case]])] == 1
    ).all()


def test_assessments_are_late_as_published_and_investigations_mostly(world: Reported) -> None:
    reports = world.cases.only(world.report)
    assert (reports.triage - reports.start > WORK_WEEK).mean() == pytest.approx(figure("vt.late_triage"), abs=0.02)
    looked = reports.only(reports.investigation < NEVER)
    term = world.world.reporting.investigation.term
    assert (looked.investigation - looked.triage > term.days).mean() == pytest.approx(term.late, abs=0.08)
    assert (looked.investigation > looked.triage).all()
    assert (looked.closed > looked.investigation).all()


def test_few_reports_are_investigated_and_find_what_was_published(world: Reported) -> None:
    reports = world.cases.only(world.report)
    looked = reports.investigation < NEVER
    whole = figure("vt.investigations.2023", 1)
    assert looked.mean() == pytest.approx(whole / figure("vt.received.2023", 1), rel=0.15)
    found = reports.outcome[looked]
    assert (found != NO_FINDING).mean() == pytest.approx(figure("vt.investigations.finished.2023", whole), abs=0.06)
    found = found[found != NO_FINDING]
    assert (found == CONFIRMED).mean() == pytest.approx(
        figure("vt.confirmed.2023", figures()["vt.findings.2023"]["value"]), abs=0.08
    )
    assert (found == REFUTED).mean() == pytest.approx(figure("vt.refuted"), abs=0.03)
    assert (reports.outcome[~looked] == NO_FINDING).all()
    assert not looked[reports.follow_up].any()


def test_a_follow_up_falls_in_the_involvement_after_an_earlier_report(world: Reported) -> None:
    reports = world.cases.only(world.report)
    stride = 4 * NEVER
    closes = np.maximum.accumulate(reports.unit * stride + reports.closed)
    open_still = np.concatenate([[False], reports.unit[1:] * stride + reports.start[1:] <= closes[:-1]])
    recent = reports.start >= day_of(2018)  # what the first ones follow came in before the registers begin
    assert open_still[reports.follow_up & recent].all()


def test_violence_is_a_course_of_the_family_and_goes_with_need(world: Reported) -> None:
    frame = next(sheet for sheet in world.made.sheets if sheet.register == "aftercare").table.to_pandas()
    known = frame.dropna(subset=["violence_0", "violence_18"])
    assert (known.violence_0 == "none").mean() == pytest.approx(figure("out.violence_stopped.start"), abs=0.02)
    assert (known.violence_18 == "none").mean() == pytest.approx(figure("out.violence_stopped"), abs=0.04)
    assert (known.violence_18 == "frequent").mean() > 0.49
    stopped = known.violence_12 == "none"
    assert (known.violence_18[stopped] == "none").mean() > 2 * (known.violence_18[~stopped] == "none").mean()
    reports = next(sheet for sheet in world.made.sheets if sheet.register == "reports").table.to_pandas()
    rows = known.merge(reports[["report", "person", "event_date"]], on="report")
    truth = world.made.truth["need"].to_pandas()
    truth["year"] = [day.year for day in truth.index_date]
    rows["year"] = [day.year + 1 for day in rows.event_date]
    later = rows.merge(truth[["person", "year", "need"]], on=["person", "year"])
    stopped = later.violence_12 == "none"
    assert later.need[stopped].mean() < later.need[~stopped].mean()


# ---- who is seen at one need


@pytest.mark.slow
@pytest.mark.parametrize(("name", "asked"), [("low-detection", 0.15), ("high-detection", 0.4)])
def test_detection_is_what_the_world_asks_for(name: str, asked: float) -> None:
    made = reported(name, FAMILIES, SEED)
    assert made.world.reporting.detection == asked
    assert made.in_need()[2].mean() == pytest.approx(asked, rel=0.12)


def test_default_detection_fits_the_published_numbers_and_lies_among_them(world: Reported) -> None:
    assert figure("detect.cps2005") < world.in_need()[2].mean() < figure("detect.cps2010")


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_at_one_need_groups_are_reported_as_planted(ratios, group: str) -> None:
    none, some, strong = (ratios[name][group] for name in YARDSTICK)
    assert none == pytest.approx(1, abs=0.25)
    assert some > 1.2
    assert strong > 1.15 * some


def test_without_bias_reporters_see_nothing_but_need(world: Reported) -> None:
    made = reported("no-bias", 1_000, SEED)
    seen = look(made.world.reporting, made.people, made.panel, homes_of(made.people))
    for year in seen:
        assert year.weight == pytest.approx(np.repeat(year.weight[:1], len(year.weight), axis=0))  # professions alike
        full = year.weight[0] > 0.999
        assert full.mean() > 0.8
        assert (year.weight[0] <= 1.0 + 1e-6).all()  # less only where a minor was there for part of the year
        assert year.weight[:, full] == pytest.approx(1, abs=1e-3)


def test_a_detection_that_cannot_be_is_refused(world: Reported) -> None:
    made = reported("voorbeeldstad", 1_500, SEED)
    rules = made.world.reporting.model_copy(update={"detection": 0.9})
    watch = make_watch(rules, made.people, made.panel, day_of(2015), Chance(SEED))
    chance = Chance(SEED, "", Constants())
    effects_of(watch, chance)
    assert len(chance.constants.faults) == 1  # the rehearsal tells all faults of a world at once
    assert chance.constants.faults[0].startswith("reporting.detection: 0.9 cannot be reached, 0.")
    assert "detection_by: number" in chance.constants.faults[0]

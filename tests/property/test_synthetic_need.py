"""Need as planted: what the literature gives comes out, and origin has no effect of its own on need."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from riskscreen.synthetic.lives.units import MOTHER
from riskscreen.synthetic.needs.need import NEED, TrueNeed, need_table
from riskscreen.synthetic.needs.need_causes import causes
from riskscreen.synthetic.needs.need_settings import CAUSES
from riskscreen.synthetic.needs.severity import Severity, draw_severity, recurrence
from riskscreen.synthetic.needs.studies import pupils_table, survey_table
from riskscreen.synthetic.streams import Chance, Constants
from riskscreen.synthetic.world import figures, load_world
from tests.planted_lives import Lives, changed, lives

SEED = 4
UNITS = 40_000
YEAR = 2022
LASTING = 0.7
RANGES = {  # of conditional odds ratios, as the literature leaves them
    "own_youth": (1.5, 3.0), "violence": (1.6, 3.0), "addiction": (1.6, 3.2), "disorder": (1.5, 2.6),
    "low_education": (1.5, 3.0), "no_work": (1.3, 2.3), "debt_problem": (1.1, 2.0), "single": (1.1, 2.0),
    "large": (1.1, 2.0),
}  # fmt: skip


@pytest.fixture(scope="module")
def made() -> tuple[Lives, Severity, TrueNeed]:
    found = lives(load_world("voorbeeldstad"), UNITS, SEED)
    severity = found.severity()
    return found, severity, found.need(severity)


@pytest.fixture(scope="module")
def truth(made):
    lived, _, need = made
    return need_table(lived.world, lived.people, lived.panel, need, lived.maker, lived.chance).to_pandas()


@pytest.fixture(scope="module")
def survey(made):
    lived, _, need = made
    lived.panel.states.setdefault("help", np.zeros(lived.panel.shape, dtype=bool))  # comes after need
    return survey_table(lived.world, lived.people, lived.panel, need, lived.maker, lived.chance).to_pandas()


def _held(lived: Lives, need: TrueNeed) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Every cause of every minor in a year; units and levels of need the day after."""
    year = lived.panel.year_of(YEAR)
    minor = need.minor[:, year]
    unit = lived.people.children.unit[minor]
    found = causes(lived.people, lived.panel)
    held = {name: part[:, year if part.shape[1] > 1 else 0][unit] for name, part in found.items()}
    return held | {"preterm": lived.people.children.preterm[minor]}, unit, need.level[minor, year]


def _odds_ratios(columns: list[np.ndarray], outcome: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    matrix = np.column_stack(columns).astype(float)
    return np.exp(LogisticRegression(C=1e6, max_iter=3000).fit(matrix, outcome).coef_[0])


def test_the_planted_odds_ratios_come_out_and_origin_does_nothing(made) -> None:
    """Logistic regression on all planted causes and origin, with what no register holds."""
    lived, _, need = made
    held, unit, level = _held(lived, need)
    assert held.keys() == lived.world.need.odds_ratios.keys()
    outside = lived.people.units.origin[unit, MOTHER] == 2
    latent = lived.panel.latent[unit, lived.panel.year_of(YEAR)]
    found = _odds_ratios([*held.values(), outside, latent], level >= 1)
    planted = [lived.world.need.odds_ratios[name] for name in held]
    wide = np.array([0.9 if name == "moves" else 0.3 for name in held])  # few families move that often
    assert (np.abs(np.log(found[: len(held)]) - np.log(planted)) < wide).all()
    assert found[len(held)] == pytest.approx(1, abs=0.12)


def test_without_what_no_register_holds_odds_ratios_stay_in_the_ranges_of_the_literature(made) -> None:
    lived, _, need = made
    held, _, level = _held(lived, need)
    found = dict(zip(held, _odds_ratios(list(held.values()), level >= 1), strict=True))
    for name, (low, high) in RANGES.items():
        assert low * 0.9 < found[name] < high * 1.1, name


def test_a_linear_score_of_what_registers_hold_is_as_good_as_instruments_are(made) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    lived, _, need = made
    held, unit, level = _held(lived, need)
    year = lived.panel.year_of(YEAR)
    hidden = {"violence", "disorder", "two_disorders", "dual", "debt_problem", "help"}
    columns = [state[unit, year] for name, state in lived.panel.states.items() if name not in hidden]
    columns += [held[name] for name in ("low_education", "single", "large", "teen_mother", "preterm", "moves")]
    matrix, need_now = np.column_stack(columns).astype(float), level == NEED
    half = np.random.default_rng(1).random(len(unit)) < 0.5
    fitted = LogisticRegression(C=1.0, max_iter=3000).fit(matrix[half], need_now[half])
    assert 0.66 < roc_auc_score(need_now[~half], fitted.decision_function(matrix[~half])) < 0.77


def test_shares_and_recurrence_are_the_worlds(made) -> None:
    lived, _, need = made
    rule = lived.world.need
    last = need.dates >= lived.panel.years[lived.panel.year_of(rule.from_year)]
    minor, level = need.minor[:, last], need.level[:, last]
    assert (level[minor] == NEED).mean() == pytest.approx(rule.share, abs=1e-4)
    assert (level[minor] >= 1).mean() == pytest.approx(rule.milder_share, abs=1e-4)
    assert recurrence(level == NEED, minor) == pytest.approx(rule.recurrence, abs=0.005)
    more = lived.severity(changed(lived.world, need__recurrence=0.6))
    assert recurrence(more.value[:, last] > 0, minor) == pytest.approx(0.6, abs=0.005)
    assert not level[~minor].any()


def test_need_runs_in_families_and_in_children(made) -> None:
    """Need of one child says something about its sibling, and less than need of the child itself a year before."""
    lived, _, need = made
    year = lived.panel.year_of(YEAR)
    unit = lived.people.children.unit
    second = np.flatnonzero((unit[1:] == unit[:-1]) & need.minor[1:, year] & need.minor[:-1, year]) + 1
    first = need.level[second - 1, year] == NEED
    sibling = (need.level[second, year] == NEED)[first].mean()
    assert 4 * lived.world.need.share < sibling < 0.9
    assert (need.of_family[unit[second], year] >= need.level[second, year]).all()


def test_types_of_need_are_the_published_ones_and_follow_causes(made, truth) -> None:
    lived = made[0]
    cases = truth[truth.need]
    shares = cases.main_type.value_counts(normalize=True)
    for name, share in lived.world.need.types.shares.items():
        assert shares[name] == pytest.approx(share, abs=0.02), name
    assert (cases.types > 1).mean() == pytest.approx(lived.world.need.types.more_than_one, abs=0.02)
    assert cases[cases.types > 1].severity.mean() > cases[cases.types == 1].severity.mean()
    emotional = cases.main_type == "emotional_abuse"
    assert emotional[cases.violence].mean() > 1.5 * emotional[~cases.violence].mean()
    assert cases.by_parent.mean() == pytest.approx(lived.world.need.by_parent.share, abs=0.01)
    assert cases[cases.main_type == "sexual_abuse"].by_parent.mean() < 0.94


def test_most_keep_their_type_the_year_after(truth) -> None:
    cases = truth[truth.need].sort_values(["person", "index_date"])
    again = cases[cases.person == cases.person.shift()]
    same = (again.main_type == cases.main_type.shift()[again.index]).mean()
    by_chance = (cases.main_type.value_counts(normalize=True) ** 2).sum()
    assert by_chance + 0.2 < same < 0.95


def test_the_truth_says_nothing_of_types_without_need(truth) -> None:
    without = truth[~truth.need]
    assert without[["main_type", "by_parent"]].isna().all().all()
    assert (without.types == 0).all()
    assert (truth.need == (truth.severity > 0)).all()
    assert truth[truth.need].milder_need.all()
    assert set(truth.disorders.unique()) == {0, 1, 2}
    assert (truth[truth.dual].disorders == 2).all()


@pytest.mark.parametrize(
    ("fact", "published"),
    [("low_education", "rr.low_edu"), ("unemployed", "rr.unemployed"), ("single_parent", "rr.single_parent")],
)
def test_the_professionals_study_gives_the_published_ratios(survey, fact: str, published: str) -> None:
    ratio = survey[survey[fact]].noted.mean() / survey[~survey[fact]].noted.mean()
    assert ratio == pytest.approx(figures()[published]["value"], rel=0.15)


def test_the_professionals_study_gives_the_published_prevalence_and_types(survey) -> None:
    noted = survey[survey.noted]
    assert 0.026 < survey.noted.mean() < 0.037
    assert (noted.main_type == "emotional_neglect").mean() == pytest.approx(0.36, abs=0.05)
    assert (noted.types > 1).mean() == pytest.approx(0.29, abs=0.05)
    assert survey[~survey.noted][["main_type", "violence"]].isna().all().all()


def test_professionals_do_not_note_need_itself(made, survey) -> None:
    """Half of what they note is need, and they note half of what is: a study with a detection of its own."""
    lived, _, need = made
    child = need.minor[:, lived.panel.year_of(2017)]
    level = need.level[child, lived.panel.year_of(2017)]
    names = lived.maker.persons(np.flatnonzero(child) + lived.people.first_child).to_pylist()
    of = dict(zip(names, level, strict=True))
    found = survey.person.map(of)
    assert 0.35 < (found[survey.noted] == NEED).mean() < 0.75
    assert 0.35 < survey.noted[found == NEED].mean() < 0.75
    assert survey.noted[found == 0].mean() < survey.noted[found == 1].mean() / 3


def test_origin_is_noted_more_and_part_of_it_goes_with_education_work_and_family(survey) -> None:
    crude = survey[survey.origin_elsewhere].noted.mean() / survey[~survey.origin_elsewhere].noted.mean()
    alike = survey.groupby(["low_education", "unemployed", "single_parent", "large_family"])
    share = alike.noted.transform("mean")
    expected = share[survey.origin_elsewhere].mean() / share[~survey.origin_elsewhere].mean()
    assert 1.05 < expected < crude + 0.15


def test_pupils_say_what_the_published_study_found(made) -> None:
    lived, _, need = made
    told = pupils_table(lived.world, lived.people, lived.panel, need, lived.maker, lived.chance).to_pandas()
    assert told.reported.mean() == pytest.approx(figures()["prev.selfreport2016"]["value"] / 1000, rel=0.1)
    date = lived.panel.year_of(2016)
    ages = (need.dates[date] - lived.people.children.birth[need.minor[:, date]]) / 365.25
    assert len(told) == ((ages >= 11) & (ages < 18)).sum()


def _difference(lived: Lives, **changes: object) -> np.ndarray:
    """What a change of the world adds to every child's severity, less what it adds to the threshold."""
    return (
        lived.severity(changed(lived.world, **changes), LASTING).value - lived.severity(lasting=LASTING).value
    ).astype(np.float64)


def test_two_causes_together_weigh_what_their_interaction_says(made) -> None:
    lived = made[0]
    added = _difference(lived, need__interactions=[{"a": "single", "b": "debt_problem", "odds_ratio": 3.0}])
    held = causes(lived.people, lived.panel)
    both = (held["single"] & held["debt_problem"])[lived.people.children.unit]
    assert np.allclose(added[both] - added[~both].mean(), np.log(3.0), atol=1e-4)
    assert np.allclose(added[~both], added[~both].mean(), atol=1e-4)


def test_thresholds_and_numbers_of_causes_weigh_what_they_say(made) -> None:
    lived = made[0]
    rules = {"need__thresholds": [{"causes": 3, "odds_ratio": 2.0}], "need__by_number": {1: 1.5, 2: 0.5}}
    added = _difference(lived, **rules)
    held = causes(lived.people, lived.panel)
    number = sum(part.astype(int) for part in held.values())[lived.people.children.unit]
    wanted = np.log(np.array([1.0, 1.5, 0.5, 1.0]))[np.minimum(number, 3)]
    assert np.allclose(added - added[number == 0].mean(), wanted, atol=1e-4)


def test_a_hidden_area_and_a_missing_cause_add_their_weight(made) -> None:
    lived = made[0]
    spread = {"spread": 1, "misleading": 0.0}
    with_areas = lives(changed(lived.world, place__hidden=spread), 4_000, SEED)
    added = _difference(with_areas, need__hidden_area=0.5)
    hidden = with_areas.geography.hidden[with_areas.panel.area][with_areas.people.children.unit]
    assert np.allclose(added - (0.5 * hidden), (added - 0.5 * hidden).mean(), atol=1e-4)
    missing = _difference(lived, need__missing={"isolation": {"odds_ratio": 2.0, "lasting": 0.6}})
    assert missing.std() == pytest.approx(np.log(2.0), rel=0.05)
    assert np.corrcoef(missing[:, 3], missing[:, 8])[0, 1] == pytest.approx(0.6, abs=0.03)


def test_the_adversarial_world_is_hard_and_keeps_the_published_shares() -> None:
    world = load_world("adversarial")
    rule, hidden = world.need, world.place.hidden
    assert all([rule.interactions, rule.thresholds, rule.by_number, rule.missing])
    assert all([rule.hidden_area, hidden.spread, hidden.misleading])
    assert world.need.share == load_world("voorbeeldstad").need.share


def test_origin_is_no_cause_of_need() -> None:
    world = load_world("voorbeeldstad")
    assert not {"origin", "europe", "outside_europe"} & {*world.need.odds_ratios, *CAUSES}
    with pytest.raises(ValidationError, match="outside_europe is none of"):
        changed(world, need__odds_ratios={"outside_europe": 1.5})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"need__share": 0.2}, "share 0.2 is more than milder_share 0.12"),
        ({"need__recurrence": 0.01}, "recurrence 0.01 is not more than share"),
        ({"need__interactions": [{"a": "single", "b": "luck", "odds_ratio": 2}]}, "luck is none of"),
        ({"need__types__shares": {"emotional_neglect": 0.5}}, "shares add up to 0.500"),
        ({"studies__professionals__contacts": {"luck": 1}}, "contacts.luck: there is no circumstance luck"),
        ({"programmes__kopp_kov__needs": "luck"}, "kopp_kov.needs: there is no circumstance luck"),
        ({"studies__professionals__known": {"low_education": 1}}, "known: name each of"),
    ],
)
def test_rates_that_cannot_hold_together_are_told(changes, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        changed(load_world("voorbeeldstad"), **changes)


def test_constants_are_looked_up_in_other_parts(made) -> None:
    """A part elsewhere gets the thresholds of the rehearsal, whoever lives there."""
    lived = made[0]
    solved = {"need.lasting": LASTING, "need.full": 3.0, "need.milder": 1.0}
    chance = Chance(SEED, "elsewhere", Constants.of(solved))
    found = draw_severity(lived.world, lived.geography, lived.people, lived.panel, chance)
    assert found.milder == -2.0

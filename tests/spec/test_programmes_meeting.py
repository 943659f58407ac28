"""Meeting places: who came where in the year before the index date. The index date is 1 January 2024."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from stressor_towns import DAY, SHIPPED, Read, make_town, opened

from riskscreen.programmes.catalogue import load_programmes
from riskscreen.programmes.meeting import (
    EVERYBODY,
    PLACES,
    VISITS,
    Meetings,
    covered_places,
    find_meetings,
    place_of,
    visits_sql,
)
from riskscreen.programmes.meeting_tables import (
    meeting_table,
    offers_table,
    places_of_programmes,
    programme_places_table,
)
from riskscreen.records.definitions import TargetGroup
from riskscreen.records.texts import same
from riskscreen.stressors.definitions import Catalogue
from riskscreen.stressors.profiling import profile

PEOPLE = """
family | person | role   | born
anna   | ma     | parent | 1990-05-01
anna   | kid    | child  | 2018-03-01
anna   | sis    | child  | 2022-03-01
bram   | bo     | parent | 1985-07-01
bram   | bea    | child  | 2007-07-01
"""
EVENTS = "person | kind | event_date | recorded_date | end_date | end_recorded_date\n"


def came(place: str, registers: Mapping[str, str], day: date = DAY) -> set[str]:
    """The families that came to a place in the year before the day."""
    with opened(make_town(PEOPLE, registers, index_dates=(day,))) as found:
        return {row[0] for row in found.engine.rows(visits_sql(place, day))}


@pytest.mark.parametrize(
    ("event", "recorded", "seen"),
    [
        ("2022-12-31", "2022-12-31", False),  # before the year
        ("2023-01-01", "2023-01-01", True),  # its first day
        ("2023-12-31", "2023-12-31", True),  # its last day
        ("2023-12-31", "2024-01-01", False),  # could not be known yet
        ("2024-01-01", "2024-01-01", False),  # the day itself
    ],
)
def test_a_contact_counts_from_the_first_day_of_the_year_up_to_the_day_as_far_as_it_was_known(
    event: str, recorded: str, seen: bool
) -> None:
    contact = f"{EVENTS}sis | contact | {event} | {recorded} | - | -"
    assert came("child_health_care", {"child_health": contact}) == ({"anna"} if seen else set())


def test_a_missed_appointment_is_no_visit() -> None:
    rows = f"{EVENTS}sis | missed | 2023-05-01 | 2023-05-01 | - | -"
    assert came("child_health_care", {"child_health": rows}) == set()


@pytest.mark.parametrize(
    ("ended", "known", "seen"),
    [
        ("-", "-", True),  # still going on
        ("2022-12-31", "2023-01-05", False),  # over before the year
        ("2023-01-01", "2023-01-05", True),  # went on into it
        ("2022-12-31", "2024-02-01", True),  # over, but nobody could know that yet
        ("2022-12-31", "-", False),  # known when it ended
    ],
)
def test_a_spell_counts_while_it_goes_on(ended: str, known: str, seen: bool) -> None:
    spell = f"{EVENTS}kid | after_school | 2021-09-01 | 2021-09-01 | {ended} | {known}"
    assert came("childcare", {"childcare": spell}) == ({"anna"} if seen else set())


def test_arrears_are_no_debt_help_and_debt_help_of_a_child_is_not_the_parents() -> None:
    head = "person | kind | source | event_date | recorded_date | end_date\n"
    rows = f"{head}ma | arrears_signal | energy | 2023-05-01 | 2023-05-01 | -\n"
    rows += "bea | counselling | - | 2023-05-01 | 2023-05-01 | -"
    assert came("debt_help", {"debt": rows}) == set()
    help_ = f"{head}bo | counselling | - | 2023-05-01 | 2023-05-01 | -"
    assert came("debt_help", {"debt": help_}) == {"bram"}


def test_social_assistance_is_one_kind_of_income() -> None:
    rows = f"{EVENTS}ma | work | 2020-01-01 | 2020-01-01 | - | -\n"
    rows += "bo | social_assistance | 2020-01-01 | 2020-01-01 | - | -"
    assert came("social_assistance", {"income": rows}) == {"bram"}


def test_adult_care_is_mental_health_or_addiction_care_of_a_parent() -> None:
    mental = f"{EVENTS}ma | basic | 2023-05-01 | 2023-05-01 | - | -\nbea | basic | 2023-05-01 | 2023-05-01 | - | -"
    drink = f"{EVENTS}bo | alcohol | 2020-05-01 | 2020-05-01 | 2023-03-01 | 2023-03-01"
    assert came("adult_care", {"mental_health": mental, "addiction": drink}) == {"anna", "bram"}
    assert came("adult_care", {"mental_health": mental, "addiction": EVENTS}) == {"anna"}


def test_anybody_of_the_family_can_come_to_the_neighbourhood_team() -> None:
    rows = f"{EVENTS}bea | question | 2023-05-01 | 2023-05-01 | - | -"
    assert came("neighbourhood_team", {"neighbourhood_team": rows}) == {"bram"}


@pytest.mark.parametrize(
    ("birth", "known", "due", "seen"),
    [
        ("-", "-", "2024-04-01", True),  # on the way
        ("2022-12-20", "2022-12-30", "2023-01-10", False),  # born before the year
        ("2023-01-02", "2023-01-05", "2022-12-20", True),  # born in it
        ("2022-12-20", "2024-01-05", "2023-01-10", True),  # expected in it; the birth was not known yet
    ],
)
def test_pregnancy_care_lasts_until_the_birth_as_far_as_known(birth: str, known: str, due: str, seen: bool) -> None:
    head = "person | event_date | recorded_date | due_date | birth_date | birth_recorded_date\n"
    row = f"{head}ma | 2022-06-01 | 2022-06-01 | {due} | {birth} | {known}"
    assert came("pregnancy_care", {"pregnancies": row}) == ({"anna"} if seen else set())


def test_school_is_by_law_for_children_of_5_to_15_in_the_year() -> None:
    assert came("school", {}, date(2023, 3, 1)) == {"bram"}  # kid is not yet 5
    assert came("school", {}, date(2023, 3, 2)) == {"anna", "bram"}
    assert came("school", {}, date(2024, 6, 30)) == {"anna", "bram"}  # bea was 15 up to 1 July 2023
    assert came("school", {}, date(2024, 7, 1)) == {"anna"}


def test_absence_from_school_changes_nothing() -> None:
    rows = f"{EVENTS}sis | relative | 2023-05-01 | 2023-05-01 | - | -"
    assert came("school", {"school_absence": rows}) == came("school", {})


def test_a_place_without_its_registers_or_without_the_whole_year_is_not_covered() -> None:
    head = {"childcare": EVENTS, "mental_health": EVENTS, "child_health": EVENTS}
    late = {"child_health": (date(2023, 6, 1), date(2030, 1, 1))}
    with opened(make_town(PEOPLE, head, coverage=late)) as registers:
        assert covered_places(registers, DAY) == ("school", "childcare")  # addiction is absent, child health too short
    assert set(VISITS) == set(PLACES)


def test_a_spell_whose_ends_were_not_read_is_not_covered() -> None:
    with opened(make_town(PEOPLE, {"childcare": EVENTS})) as registers:
        read = dict(registers.opened) | {"childcare": Read(dict.fromkeys(("person", "kind", "event_date"), ""))}
        assert "childcare" in covered_places(registers, DAY)
        assert "childcare" not in covered_places(replace(registers, opened=read), DAY)


GROUP = TargetGroup("g", same("families with a child aged 4-11"), "child_4_11 = true", "4-11", ("family",))


def meetings(registers: Mapping[str, str]) -> Meetings:
    """Both days are the index date; groups: families with a child of 4 to 11, which is anna's."""
    flags = {"anna": {"child_4_11": True}, "bram": {"child_12_17": True}}
    with opened(make_town(PEOPLE, registers, families=flags)) as found:
        profile(found, Catalogue(()), "new_report", [DAY], 12)
        programmes = load_programmes("all", assumptions=None, stressors=SHIPPED.ids).programmes
        return find_meetings(found, [GROUP], programmes, now=DAY, test=DAY)


def test_families_are_counted_by_group_and_place_with_their_outcomes() -> None:
    care = f"{EVENTS}kid | after_school | 2021-09-01 | 2021-09-01 | - | -\n"
    care += "bea | after_school | 2023-09-01 | 2023-09-01 | - | -"
    reports = "report | person | kind | follow_up | event_date\n1 | bea | report | false | 2024-03-01"
    found = {(one.group, one.place): one for one in meetings({"childcare": care, "reports": reports}).test}
    everybody, group = found[EVERYBODY, "childcare"], found["g", "childcare"]
    assert (everybody.families, everybody.outcomes, everybody.met, everybody.met_outcomes) == (2, 1, 2, 1)
    assert (group.families, group.outcomes, group.met, group.met_outcomes) == (1, 0, 1, 0)
    assert (group.share, found["g", "debt_help"].met) == (1.0, None)


def test_a_place_that_is_not_covered_is_empty_in_the_table_and_never_zero() -> None:
    found = meetings({"childcare": EVENTS})
    rows = {(row["group"], row["place"]): row for row in meeting_table(found, [GROUP]).records()}
    assert (rows["g", "childcare"]["met"], rows["g", "childcare"]["covered"]) == (0, "yes")
    assert (rows["g", "debt_help"]["met"], rows["g", "debt_help"]["covered"]) == (None, "no")
    assert "debt_help" in found.uncovered


def test_an_offer_to_everyone_at_a_place_is_counted_with_the_programmes_that_name_it() -> None:
    catalogue = load_programmes("all", assumptions=None, stressors=SHIPPED.ids)
    care = f"{EVENTS}kid | after_school | 2021-09-01 | 2021-09-01 | - | -"
    table = offers_table(meetings({"childcare": care}), catalogue)
    named = {item.id for item in catalogue.programmes if place_of(item) == "childcare"}
    rows = [row for row in table.records() if row["place"] == "childcare"]
    assert named
    assert {row["programme"] for row in rows} == named
    for row in rows:
        plan = catalogue.planning[str(row["programme"])]
        assert row["there"] == 1
        assert row["cost"] == round(plan.uptake) * plan.cost


def test_a_programme_says_whom_of_its_families_it_meets_at_its_place() -> None:
    catalogue = load_programmes("all", assumptions=None, stressors=SHIPPED.ids)
    met = places_of_programmes(meetings({"childcare": EVENTS}), catalogue)
    assert {place for place, _ in met.values()} <= set(PLACES)
    assert met["home_start/g"] == ("neighbourhood_team", None)  # the team's register is not there
    rows = programme_places_table(meetings({"childcare": EVENTS}), catalogue, [GROUP]).records()
    assert {row["programme"] for row in rows} == set(catalogue.names)
    assert {(row["families"], row["fits"], row["met"]) for row in rows} == {(1, None, None)}  # one family tells nothing

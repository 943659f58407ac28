"""The recorded outcome: which reports count for which family. The index date is 1 January 2024, the horizon a year."""

from __future__ import annotations

from datetime import date
from typing import Any

from stressor_towns import DAY, make_town, run

from riskscreen.stressors.definitions import Catalogue
from riskscreen.stressors.reference import Town

NONE = Catalogue(())
PEOPLE = """
family | person | role   | born
anna   | ma     | parent | 1990-05-01
anna   | kid    | child  | 2018-03-01
anna   | sis    | child  | 2020-03-01
bram   | bo     | parent | 1985-07-01
bram   | bea    | child  | 2012-07-01
"""


def seen(town: Town, family: str, outcome: str = "new_report") -> dict[str, Any]:
    """What ``levels`` says of one family."""
    row = run(town, NONE, outcome=outcome)[family, DAY]
    return {name: row[name] for name in ("outcome", "apart", "earlier", "censored")}


def reported(line: str) -> Town:
    """The town with one report."""
    head = "report | person | kind | follow_up | event_date | recorded_date | closed_date | outcome\n"
    return make_town(PEOPLE, {"reports": head + line})


def test_a_new_report_about_any_child_of_the_family_within_the_horizon_counts() -> None:
    for recorded, outcome in (("2023-12-31", 0), ("2024-01-01", 1), ("2024-12-31", 1), ("2025-01-01", 0)):
        town = reported(f"1 | sis | report | false | 2023-12-20 | {recorded} | {recorded} | -")
        assert seen(town, "anna")["outcome"] == outcome, recorded
        assert seen(town, "bram")["outcome"] == 0


def test_advice_and_follow_up_reports_do_not_count() -> None:
    for kind, follow_up in (("advice", "false"), ("report", "true")):
        town = reported(f"1 | kid | {kind} | {follow_up} | 2024-03-01 | 2024-03-01 | - | -")
        assert seen(town, "anna")["outcome"] == 0


def test_a_case_open_on_the_index_date_sets_the_family_apart() -> None:
    for closed, apart in (("2023-12-31", False), ("2024-01-01", True), ("-", True)):
        town = reported(f"1 | kid | report | false | 2023-06-01 | 2023-06-02 | {closed} | -")
        assert seen(town, "anna") == {"outcome": 0, "apart": apart, "earlier": True, "censored": False}


def test_a_report_recorded_on_the_index_date_is_neither_earlier_nor_open() -> None:
    town = reported("1 | kid | report | false | 2023-12-31 | 2024-01-01 | - | -")
    assert seen(town, "anna") == {"outcome": 1, "apart": False, "earlier": False, "censored": False}


def test_a_confirmed_report_needs_confirmation_and_a_register_that_runs_on() -> None:
    refuted = reported("1 | kid | report | false | 2024-03-01 | 2024-03-01 | 2024-05-01 | refuted")
    confirmed = reported("1 | kid | report | false | 2024-03-01 | 2024-03-01 | 2024-05-01 | confirmed")
    assert seen(refuted, "anna", "confirmed_report")["outcome"] == 0
    assert seen(confirmed, "anna", "confirmed_report")["outcome"] == 1
    ends = {"reports": (date(1990, 1, 1), date(2025, 3, 31))}
    short = make_town(PEOPLE, {}, coverage=ends)
    assert seen(short, "anna", "confirmed_report")["outcome"] is None
    assert seen(short, "anna", "new_report")["outcome"] == 0


def test_a_first_report_ever_asks_for_no_earlier_one() -> None:
    head = "report | person | kind | follow_up | event_date | closed_date\n"
    again = "1 | kid | report | false | 2020-03-01 | 2020-05-01\n2 | kid | report | false | 2024-03-01 | -\n"
    town = make_town(PEOPLE, {"reports": head + again + "3 | bea | report | false | 2024-03-01 | -"})
    assert seen(town, "anna", "first_report")["outcome"] is None
    assert seen(town, "bram", "first_report")["outcome"] == 1


def test_the_outcome_is_unknown_when_the_register_ends_before_the_horizon() -> None:
    town = make_town(PEOPLE, {}, coverage={"reports": (date(1990, 1, 1), date(2024, 12, 31))})
    assert seen(town, "anna") == {"outcome": None, "apart": False, "earlier": False, "censored": None}


def test_a_family_is_lost_when_its_last_child_is() -> None:
    people = """
    family | person | role   | born       | emigration_date | death_date
    anna   | ma     | parent | 1990-05-01 | 2024-06-01      | -
    anna   | kid    | child  | 2018-03-01 | 2024-06-01      | -
    anna   | sis    | child  | 2020-03-01 | -               | -
    bram   | bo     | parent | 1975-07-01 | -               | -
    bram   | bea    | child  | 2006-07-01 | -               | -
    carl   | co     | parent | 1985-07-01 | -               | -
    carl   | cas    | child  | 2012-07-01 | -               | 2024-02-01
    """
    rows = run(make_town(people, {}), NONE)
    assert {name: rows[name, DAY]["censored"] for name in ("anna", "bram", "carl")} == {
        "anna": False,
        "bram": True,
        "carl": True,
    }


def test_a_report_after_the_18th_birthday_does_not_count() -> None:
    people = "family | person | role | born\nbram | bo | parent | 1975-07-01\nbram | bea | child | 2006-07-01"
    for day, outcome in (("2024-06-30", 1), ("2024-07-01", 0)):
        row = f"report | person | kind | follow_up | event_date\n1 | bea | report | false | {day}"
        assert seen(make_town(people, {"reports": row}), "bram")["outcome"] == outcome


def test_the_child_of_a_known_pregnancy_is_followed_from_birth() -> None:
    town = make_town(
        """
        family | person | role   | born
        anna   | ma     | parent | 1995-05-01
        anna   | baby   | unborn | 2024-03-01
        bram   | bo     | parent | 1995-07-01
        """,
        {
            "pregnancies": """
            person | child | event_date | due_date   | birth_date
            ma     | baby  | 2023-08-01 | 2024-03-01 | 2024-03-01
            bo     | -     | 2023-08-01 | 2024-03-01 | -
            """,
            "reports": "report | person | kind | follow_up | event_date\n1 | baby | report | false | 2024-06-01",
        },
    )
    assert seen(town, "anna") == {"outcome": 1, "apart": False, "earlier": False, "censored": False}
    assert seen(town, "bram") == {"outcome": 0, "apart": False, "earlier": False, "censored": True}


def test_a_child_is_followed_wherever_it_lives_later() -> None:
    # sis counts for anna, in whose family she was on the index date; membership later plays no part
    town = reported("1 | sis | report | false | 2024-11-01 | 2024-11-01 | - | -")
    assert (seen(town, "anna")["outcome"], seen(town, "bram")["outcome"]) == (1, 0)

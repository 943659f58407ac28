"""What each kind of rule counts, told in small tables. The index date is 1 January 2024."""

from __future__ import annotations

from datetime import date

from stressor_towns import DAY, expected, levels, make_town

PEOPLE = """
family | person | role   | born
anna   | ma     | parent | 1990-05-01
anna   | pa     | parent | 1988-02-01
anna   | kid    | child  | 2018-03-01
bram   | bo     | parent | 1985-07-01
bram   | bea    | child  | 2012-07-01
"""


def test_count_takes_the_worst_parent_and_does_not_add_parents_up() -> None:
    town = make_town(
        PEOPLE,
        {
            "debt": """
            person | kind           | event_date
            ma     | arrears_signal | 2023-03-10
            pa     | arrears_signal | 2023-06-10
            bo     | arrears_signal | 2023-02-01
            bo     | arrears_signal | 2023-09-01
            """
        },
    )
    assert levels("debt_arrears", town) == expected(
        """
        family | level
        anna   | 1
        bram   | 2
        """
    )


def test_a_window_begins_on_its_first_day_and_ends_before_the_index_date() -> None:
    for day, level in (("2022-12-31", 0), ("2023-01-01", 1), ("2023-12-31", 1), ("2024-01-01", 0)):
        town = make_town(
            PEOPLE,
            {"debt": f"person | kind | event_date | recorded_date\nma | arrears_signal | {day} | 2022-12-31"},
        )
        assert levels("debt_arrears", town) == {"anna": level, "bram": 0}, day


def test_what_was_recorded_on_the_index_date_was_not_known_yet() -> None:
    for recorded, level in (("2023-12-31", 1), ("2024-01-01", 0)):
        town = make_town(
            PEOPLE,
            {"debt": f"person | kind | event_date | recorded_date\nma | arrears_signal | 2023-12-30 | {recorded}"},
        )
        assert levels("debt_arrears", town)["anna"] == level


def test_a_row_registered_twice_counts_once() -> None:
    town = make_town(
        PEOPLE,
        {
            "debt": """
            person | kind           | source | event_date
            ma     | arrears_signal | water  | 2023-03-10
            ma     | arrears_signal | energy | 2023-03-10
            """
        },
    )
    assert levels("debt_arrears", town)["anna"] == 1


def test_duration_counts_days_in_the_window_and_each_day_once() -> None:
    town = make_town(
        PEOPLE,
        {
            "mental_health": """
            person | kind       | event_date | end_date
            ma     | specialist | 2022-06-01 | 2023-04-01
            ma     | specialist | 2023-02-01 | 2023-05-01
            bo     | specialist | 2022-06-01 | 2023-07-03
            """
        },
    )
    # ma: 1 January to 1 May is 120 days, though the spells add up to 179; bo: 183 days, exactly half a year
    assert levels("parent_mental_health", town) == {"anna": 1, "bram": 2}


def test_a_spell_whose_end_was_not_yet_recorded_is_open() -> None:
    spell = "person | kind | event_date | end_date | end_recorded_date\nma | specialist | 2023-06-01 | 2023-06-08 | {}"
    known = make_town(PEOPLE, {"mental_health": spell.format("2023-12-31")})
    late = make_town(PEOPLE, {"mental_health": spell.format("2024-01-01")})
    assert levels("parent_mental_health", known)["anna"] == 1
    assert levels("parent_mental_health", late)["anna"] == 2


def test_recency_gives_the_level_of_the_latest_event() -> None:
    town = make_town(
        PEOPLE,
        {
            "justice": """
            person | kind            | event_date
            ma     | conviction      | 2019-05-01
            ma     | victim_violence | 2023-05-01
            bo     | suspect         | 2019-05-01
            bo     | suspect         | 2023-01-01
            """
        },
    )
    assert levels("justice_contact", town) == {"anna": 1, "bram": 2}


def test_recency_of_a_spell_looks_at_its_last_day() -> None:
    town = make_town(
        PEOPLE,
        {
            "debt": """
            person | kind                   | event_date | end_date
            ma     | health_premium_default | 2017-01-01 | -
            bo     | health_premium_default | 2017-01-01 | 2022-06-01
            """
        },
    )
    assert levels("debt_default", town) == {"anna": 2, "bram": 1}


def test_all_parents_means_the_least_affected_one() -> None:
    town = make_town(
        PEOPLE,
        {
            "income": """
            person | kind    | event_date
            ma     | no_work | 2020-01-01
            bo     | no_work | 2020-01-01
            """
        },
    )
    assert levels("no_work", town) == {"anna": 0, "bram": 1}


def test_a_fact_is_a_state_on_the_index_date() -> None:
    town = make_town(PEOPLE, {})
    assert levels("single_parent", town) == {"anna": 0, "bram": 1}


def test_a_fact_that_nobody_knows_is_not_covered() -> None:
    town = make_town(
        """
        family | person | role   | born       | education | education_date
        anna   | ma     | parent | 1990-05-01 | low       | 2012-01-01
        anna   | kid    | child  | 2018-03-01 | -         | -
        bram   | bo     | parent | 1985-07-01 | -         | -
        bram   | bea    | child  | 2012-07-01 | -         | -
        carl   | co     | parent | 1985-07-01 | low       | 2024-01-01
        carl   | cas    | child  | 2012-07-01 | -         | -
        dora   | do     | parent | 1985-07-01 | low       | 2012-01-01
        dora   | du     | parent | 1985-07-01 | high      | 2012-01-01
        dora   | dik    | child  | 2012-07-01 | -         | -
        """,
        {},
    )
    assert levels("low_education", town) == expected(
        """
        family | level
        anna   | 1
        bram   | -
        carl   | -
        dora   | 0
        """
    )


def test_an_absent_register_makes_a_stressor_not_covered() -> None:
    town = make_town(PEOPLE, {})
    assert levels("debt_arrears", town) == {"anna": None, "bram": None}


def test_half_a_window_is_not_covered() -> None:
    event = {"debt": "person | kind | event_date\nma | arrears_signal | 2023-06-01"}
    short = make_town(PEOPLE, event, coverage={"debt": (date(2023, 1, 2), date(2030, 1, 1))})
    whole = make_town(PEOPLE, event, coverage={"debt": (date(2023, 1, 1), DAY)})
    assert levels("debt_arrears", short) == {"anna": None, "bram": None}
    assert levels("debt_arrears", whole) == {"anna": 1, "bram": 0}

"""Life stages, where the manual's examples do not tell them apart. The index date is 1 January 2024."""

from __future__ import annotations

from datetime import date

from stressor_towns import by_fact, expected, levels, make_town, run

from riskscreen.stressors.definitions import Catalogue
from riskscreen.stressors.loading import load_catalogue


def test_a_birth_weight_is_unknown_until_the_birth_was_recorded() -> None:
    people = "family | person | role | born\nanna | ma | parent | 1990-05-01\nanna | kid | child | 2015-05-01"
    for recorded, level in (("2023-12-31", 1), ("2024-01-01", 0)):
        town = make_town(
            people,
            {
                "pregnancies": f"""
                person | event_date | due_date   | birth_date | birth_recorded_date | birth_weight
                ma     | 2023-05-01 | 2024-01-20 | 2023-12-28 | {recorded}          | 1900
                """
            },
        )
        assert levels("preterm_birth", town) == {"anna": level}


def test_0_3_a_missed_contact_counts_up_to_the_fourth_birthday() -> None:
    town = make_town(
        """
        family | person | role   | born
        anna   | ma     | parent | 1990-05-01
        anna   | young  | child  | 2019-07-02
        bram   | bo     | parent | 1985-07-01
        bram   | old    | child  | 2019-07-01
        carl   | co     | parent | 1985-07-01
        carl   | teen   | child  | 2010-07-01
        """,
        {
            "child_health": """
            person | kind   | event_date
            young  | missed | 2023-07-01
            old    | missed | 2023-07-01
            """
        },
    )
    # the family without a child of that age is absent, not unknown
    assert levels("missed_child_health", town) == {"anna": 1, "bram": 0, "carl": 0}


def test_absence_from_the_twelfth_birthday_on_counts_for_secondary_school() -> None:
    town = make_town(
        """
        family | person | role   | born
        anna   | ma     | parent | 1980-05-01
        anna   | kid    | child  | 2011-03-01
        bram   | bo     | parent | 1980-07-01
        bram   | bea    | child  | 2011-03-01
        """,
        {
            "school_absence": """
            person | kind     | event_date
            kid    | absolute | 2023-02-28
            bea    | absolute | 2023-03-01
            bea    | relative | 2023-05-01
            """
        },
    )
    assert levels("absence_secondary", town) == {"anna": 0, "bram": 2}


def test_children_of_one_family_are_not_added_up() -> None:
    town = make_town(
        """
        family | person | role   | born
        anna   | ma     | parent | 1980-05-01
        anna   | one    | child  | 2010-03-01
        anna   | two    | child  | 2008-03-01
        """,
        {
            "school_absence": """
            person | kind     | event_date
            one    | relative | 2023-02-28
            two    | relative | 2023-05-01
            """
        },
    )
    assert levels("absence_secondary", town) == {"anna": 1}


def test_own_youth_counts_from_the_first_to_the_last_day_of_those_years_for_any_parent_seen_in_all_of_them() -> None:
    town = make_town(
        """
        family | person | role   | born
        bram   | bo     | parent | 1986-01-01
        bram   | bea    | child  | 2012-07-01
        dora   | do     | parent | 1970-05-01
        dora   | du     | parent | 1991-05-01
        dora   | dik    | child  | 2012-07-01
        """,
        {
            "own_youth": """
            person | kind       | event_date
            bo     | protection | 1998-01-01
            bo     | report     | 2003-12-31
            """
        },
        coverage={"own_youth": (date(1998, 1, 1), date(2030, 1, 1))},
    )
    # bo turned 12 on the first of these days and 18 the day after the second; of dora's parents one can be seen
    assert levels("own_youth_care", town) == {"bram": 2, "dora": 0}


def test_a_separation_is_known_once_its_end_is_recorded_and_counts_for_three_years() -> None:
    people = """
    family | person | role           | born
    anna   | ma     | parent         | 1990-05-01
    anna   | pa     | outside_parent | 1988-05-01
    anna   | kid    | child          | 2018-03-01
    """
    cases = (
        ("2023-12-20", "2023-12-31", 2),
        ("2023-12-20", "2024-01-01", 0),
        ("2023-01-01", "-", 2),
        ("2022-12-31", "-", 1),
        ("2021-01-01", "-", 1),
        ("2020-12-31", "-", 0),
        ("2024-01-01", "-", 0),
    )
    for ended, recorded, level in cases:
        spell = f"""
        person | household | role  | household_kind | event_date | end_date | end_recorded_date
        pa     | h1        | adult | private        | 2016-01-01 | {ended}  | {recorded}
        """
        link = "child | parent | kind | event_date\nkid | pa | birth | 2018-03-01"
        town = make_town(people, {"parentage": link, "household_spells": spell})
        assert levels("separation", town) == {"anna": level}, (ended, recorded)


def test_young_mother_is_not_covered_where_no_mother_lives_with_the_children() -> None:
    town = make_town(
        """
        family | person | role   | born       | sex
        dora   | do     | parent | 1999-05-01 | m
        dora   | dik    | child  | 2018-05-01 | m
        """,
        {"parentage": "child | parent | kind | event_date\ndik | do | birth | 2018-05-01"},
    )
    assert levels("young_mother", town) == {"dora": None}


def test_the_age_of_a_mother_who_was_entered_later_is_not_known_yet() -> None:
    for entered, level in (("2023-12-31", 1), ("2024-01-01", None)):
        people = (
            "family | person | role   | born       | sex | recorded_date\n"
            "anna   | pa     | parent | 1990-05-01 | m   | 2000-01-01\n"
            "anna   | kid    | child  | 2015-04-30 | f   | 2015-05-01\n"
            f"anna   | ma     | outside_parent | 1996-05-01 | f | {entered}"
        )
        town = make_town(people, {"parentage": "child | parent | kind | event_date\nkid | ma | birth | 2015-04-30"})
        assert levels("young_mother", town) == {"anna": level}


def test_legal_parents_are_those_of_the_child_with_fewest_known_before_the_index_date() -> None:
    town = make_town(
        """
        family | person | role   | born
        anna   | ma     | parent | 1990-05-01
        anna   | kid    | child  | 2015-04-30
        anna   | kim    | child  | 2018-04-30
        bram   | bo     | parent | 1990-05-01
        bram   | bea    | child  | 2015-05-01
        carl   | co     | parent | 1990-05-01
        carl   | cas    | child  | 2023-11-01
        dora   | do     | parent | 1990-05-01
        dora   | dik    | child  | 2018-05-01
        eva    | eef    | parent | 2000-05-01
        """,
        {
            "parentage": """
            child | parent | kind        | event_date | recorded_date
            kid   | ma     | birth       | 2015-04-30 | 2015-05-02
            kid   | pa     | recognition | 2015-04-30 | 2015-05-02
            kim   | ma     | birth       | 2018-04-30 | 2018-05-02
            bea   | bo     | birth       | 2015-05-01 | 2015-05-02
            bea   | ba     | recognition | 2015-05-01 | 2015-05-02
            bea   | ba     | recognition | 2016-05-01 | 2016-05-02
            cas   | co     | birth       | 2023-11-01 | 2023-11-02
            cas   | ca     | recognition | 2023-12-20 | 2024-01-01
            """
        },
    )
    # eva expects a first child, who has no parent in the register yet
    found = expected(
        """
        family | level
        anna   | 1
        bram   | 0
        carl   | 1
        dora   | 2
        eva    | -
        """
    )
    assert levels(by_fact("legal_parents <= 1", "legal_parents = 0"), town) == found
    without = make_town(
        "family | person | role | born\nanna | ma | parent | 1990-05-01\nanna | kid | child | 2015-04-30", {}
    )
    assert levels(by_fact("legal_parents <= 1"), without) == {"anna": None}


def test_a_birth_interval_is_between_births_that_follow_one_another_and_twins_are_one_birth() -> None:
    town = make_town(
        """
        family | person | role   | born
        anna   | ma     | parent | 1990-05-01
        anna   | kid    | child  | 2015-01-31
        anna   | kim    | child  | 2016-02-29
        anna   | kit    | child  | 2020-02-29
        bram   | bo     | parent | 1990-05-01
        bram   | bea    | child  | 2015-05-01
        bram   | ben    | child  | 2015-05-01
        carl   | co     | parent | 1990-05-01
        carl   | cas    | child  | 2015-05-01
        carl   | cor    | child  | 2015-05-02
        carl   | cis    | child  | 2017-05-01
        dora   | do     | parent | 1990-05-01
        dora   | dik    | child  | 2018-05-01
        """,
        {},
    )
    # anna: 31 January 2015 to 29 February 2016 is 13 months; cis was born a day less than 24 months after cor
    months = {"anna": 13, "bram": None, "carl": 23, "dora": None}
    for number in (13, 23):
        found = levels(by_fact(f"smallest_birth_interval_months = {number}"), town)
        assert found == {family: None if own is None else int(own == number) for family, own in months.items()}


def test_every_stage_has_a_shipped_stressor() -> None:
    stages = {definition.stressor.stage for definition in load_catalogue()}
    assert {"prenatal", "0-3", "4-11", "12-17", "own_youth"} <= stages


def test_foster_families_and_institutions_have_no_levels() -> None:
    people = "family | person | role | born\nanna | ma | parent | 1990-05-01\nanna | kid | child | 2018-05-01"
    town = make_town(people, {}, families={"anna": {"stratum": "foster"}})
    assert run(town, Catalogue(())) == {}

"""What each kind of rule counts, where the manual's examples do not say it. The index date is 1 January 2024."""

from __future__ import annotations

from datetime import date

from stressor_towns import DAY, by_events, levels, make_town

PEOPLE = """
family | person | role   | born
anna   | ma     | parent | 1990-05-01
anna   | pa     | parent | 1988-02-01
anna   | kid    | child  | 2018-03-01
bram   | bo     | parent | 1985-07-01
bram   | bea    | child  | 2012-07-01
"""


def test_a_count_ends_the_day_before_the_index_date_however_early_it_was_recorded() -> None:
    for day, level in (("2023-12-31", 1), ("2024-01-01", 0)):
        town = make_town(
            PEOPLE,
            {"debt": f"person | kind | event_date | recorded_date\nma | arrears_signal | {day} | 2022-12-31"},
        )
        assert levels("debt_arrears", town) == {"anna": level, "bram": 0}, day


def test_a_window_that_is_just_covered_is_covered() -> None:
    event = {"debt": "person | kind | event_date\nma | arrears_signal | 2023-06-01"}
    town = make_town(PEOPLE, event, coverage={"debt": (date(2023, 1, 1), DAY)})
    assert levels("debt_arrears", town) == {"anna": 1, "bram": 0}


NO_WORK = by_events(
    "income",
    where="kind = 'no_work'",
    eased="kind = 'work'",
    measure="duration_days",
    moment="during",
    thresholds=(1, 183),
)
ARREARS = by_events(
    "debt", where="kind = 'arrears_signal'", eased="kind in ('counselling', 'restructuring')", eased_moment="end"
)


def test_work_that_ended_before_the_index_date_does_not_ease() -> None:
    town = make_town(
        PEOPLE,
        {
            "income": """
            person | kind    | event_date | end_date
            bo     | no_work | 2023-01-01 | 2023-10-01
            bo     | work    | 2023-10-01 | 2023-12-01
            """
        },
    )
    assert levels(NO_WORK, town) == {"anna": 0, "bram": 2}


def test_work_eases_only_when_it_was_known_and_a_level_never_falls_below_0() -> None:
    town = """
    person | kind    | event_date | end_date   | recorded_date | end_recorded_date
    ma     | work    | 2023-10-01 | {} | {}    | {}
    """
    adverse = "ma     | no_work | 2023-01-01 | 2023-02-01 | 2023-01-01    | 2023-02-01\n"
    cases = (
        ("-         ", "2023-12-31", "-", adverse, 0),  # level 1, eased
        ("-         ", "2024-01-01", "-", adverse, 1),  # not known yet
        ("2023-12-20", "2023-10-01", "2024-01-01", adverse, 0),  # its end was not known yet
        ("2023-12-20", "2023-10-01", "2023-12-31", adverse, 1),
        ("-         ", "2023-12-31", "-", "", 0),  # nothing to ease
    )
    for end, recorded, end_recorded, other, level in cases:
        made = make_town(PEOPLE, {"income": town.format(end, recorded, end_recorded) + other})
        assert levels(NO_WORK, made)["anna"] == level, (end, recorded, end_recorded)


def test_debts_solved_on_the_day_of_the_last_signal_ease_and_a_day_earlier_do_not() -> None:
    town = make_town(
        PEOPLE,
        {
            "debt": """
            person | kind           | event_date | end_date
            ma     | arrears_signal | 2023-02-01 | -
            ma     | arrears_signal | 2023-03-01 | -
            ma     | restructuring  | 2022-06-01 | 2023-03-01
            bo     | arrears_signal | 2023-02-01 | -
            bo     | arrears_signal | 2023-03-01 | -
            bo     | restructuring  | 2022-06-01 | 2023-02-28
            """
        },
    )
    assert levels(ARREARS, town) == {"anna": 1, "bram": 2}


def test_help_with_debts_that_still_goes_on_does_not_ease_yet() -> None:
    for end, recorded, level in (("-", "-", 1), ("2023-12-01", "2024-01-01", 1), ("2023-12-01", "2023-12-31", 0)):
        town = make_town(
            PEOPLE,
            {
                "debt": f"""
                person | kind           | event_date | end_date | end_recorded_date
                ma     | arrears_signal | 2023-02-01 | -        | -
                ma     | counselling    | 2023-03-01 | {end}    | {recorded}
                """
            },
        )
        assert levels(ARREARS, town)["anna"] == level, (end, recorded)


def test_what_eases_one_parent_does_not_ease_the_other() -> None:
    town = make_town(
        PEOPLE,
        {
            "debt": """
            person | kind           | event_date | end_date
            ma     | arrears_signal | 2023-02-01 | -
            ma     | arrears_signal | 2023-03-01 | -
            pa     | counselling    | 2023-03-01 | 2023-06-01
            bo     | arrears_signal | 2023-02-01 | -
            bea    | counselling    | 2023-03-01 | 2023-06-01
            """
        },
    )
    assert levels(ARREARS, town) == {"anna": 2, "bram": 1}


def test_of_all_parents_the_least_affected_counts_after_easing() -> None:
    rule = by_events(
        "income",
        where="kind = 'no_work'",
        eased="kind = 'work'",
        measure="duration_days",
        moment="during",
        thresholds=(1, 183),
        persons="all",
    )
    town = make_town(
        PEOPLE + "carl   | co     | parent | 1985-07-01\ncarl   | ca     | parent | 1985-07-01\n",
        {
            "income": """
            person | kind    | event_date | end_date
            ma     | no_work | 2023-01-01 | -
            bo     | no_work | 2023-01-01 | 2023-10-01
            bo     | work    | 2023-10-01 | -
            co     | no_work | 2023-01-01 | -
            ca     | no_work | 2023-01-01 | 2023-10-01
            ca     | work    | 2023-10-01 | -
            """
        },
    )
    # pa is in no row and so has level 0; of carl's parents one has level 2 and the other, who works again, level 1
    assert levels(rule, town) == {"anna": 0, "bram": 1, "carl": 1}


def test_duration_with_easing_looks_at_the_last_day_of_the_spells() -> None:
    rule = by_events(
        "debt",
        where="kind = 'other_default'",
        eased="kind = 'counselling'",
        eased_moment="end",
        measure="duration_days",
        moment="during",
        thresholds=(1, 100),
    )
    for solved, level in (("2023-06-29", 2), ("2023-06-30", 1)):
        town = make_town(
            PEOPLE,
            {
                "debt": f"""
                person | kind          | event_date | end_date
                ma     | other_default | 2023-01-01 | 2023-05-01
                ma     | other_default | 2023-04-01 | 2023-07-01
                ma     | counselling   | 2023-03-01 | {solved}
                """
            },
        )
        # the last day of default is 30 June, the day before its end
        assert levels(rule, town)["anna"] == level, solved

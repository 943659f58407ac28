"""Who is a family on the index date: persons and spells in, families out. Every case also runs on the slow judge."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.linkage_judge import judge
from tests.linkage_towns import Rows, found, linked, town

DAY = date(2024, 1, 1)


def families(rows: Rows, day: date = DAY) -> dict[str, dict[str, Any]]:
    """Families by name, after making sure that SQL and judge agree on them and on their members."""
    with linked(rows, day) as (registers, _):
        made = found(registers, day)
    right = judge(rows, day)
    assert made.families == right.families
    assert made.members == right.members
    return made.families


def members(rows: Rows, day: date = DAY) -> dict[str, list[str]]:
    """Per role the persons of all families, after the same comparison."""
    families(rows, day)
    made: dict[str, list[str]] = {}
    for _, person, role in sorted(judge(rows, day).members):
        made.setdefault(role, []).append(person)
    return made


COUPLE = """
    person | birth_date | sex | origin
    mother | 1990-05-01 | f   | netherlands
    father | 1988-05-01 | m   | netherlands
"""
COUPLE_HOME = """
    person | household | role  | household_kind | event_date | end_date
    mother | home      | adult | private        | 2012-01-01 |
    father | home      | adult | private        | 2012-01-01 |
"""


def test_twins_are_one_family_with_two_children() -> None:
    rows = town(
        persons=COUPLE + "one | 2022-03-03 | f |\n two | 2022-03-03 | m |",
        household_spells=COUPLE_HOME
        + "one | home | child | private | 2022-03-03 |\n two | home | child | private | 2022-03-03 |",
        parentage="""
            child | parent | kind        | event_date
            one   | mother | birth       | 2022-03-03
            one   | father | recognition | 2022-03-03
            two   | mother | birth       | 2022-03-03
            two   | father | recognition | 2022-03-03
        """,
    )
    made = families(rows)
    assert list(made) == ["mother"]
    family = made["mother"]
    assert (family["children"], family["children_band"], family["family_form"]) == (2, "2", "couple")
    assert (family["child_0_3"], family["youngest_age_band"], family["parent_age_band"]) == (True, "0_3", "25_34")
    assert family["origin"] == "netherlands"


def test_a_parent_living_elsewhere_has_a_name_of_his_own() -> None:
    rows = town(
        persons=COUPLE + "child | 2015-06-01 | f |",
        household_spells="""
            person | household | role  | household_kind | event_date | end_date
            mother | home      | adult | private        | 2012-01-01 |
            father | home      | adult | private        | 2012-01-01 | 2020-01-01
            father | flat      | adult | private        | 2020-01-01 |
            child  | home      | child | private        | 2015-06-01 |
        """,
        parentage="""
            child | parent | kind        | event_date
            child | mother | birth       | 2015-06-01
            child | father | recognition | 2015-06-01
        """,
    )
    assert members(rows) == {"child": ["child"], "parent": ["mother"], "outside_parent": ["father"]}
    family = families(rows)["mother"]
    assert (family["family_form"], family["sex_single_parent"]) == ("single_parent", "f")


def test_a_parent_who_died_or_left_the_country_is_no_parent_elsewhere() -> None:
    rows = town(
        persons="""
            person | birth_date | sex | death_date | emigration_date
            mother | 1990-05-01 | f   |            |
            father | 1988-05-01 | m   | 2021-01-01 |
            second | 1988-05-01 | m   |            | 2021-01-01
            child  | 2015-06-01 | f   |            |
            sister | 2016-06-01 | f   |            |
        """,
        household_spells="""
            person | household | role  | household_kind | event_date
            mother | home      | adult | private        | 2012-01-01
            child  | home      | child | private        | 2015-06-01
            sister | home      | child | private        | 2016-06-01
        """,
        parentage="""
            child  | parent | kind        | event_date
            child  | mother | birth       | 2015-06-01
            child  | father | recognition | 2015-06-01
            sister | second | recognition | 2016-06-01
        """,
    )
    assert "outside_parent" not in members(rows)


def test_a_first_pregnancy_is_a_family_before_the_birth() -> None:
    rows = town(
        persons=COUPLE,
        household_spells=COUPLE_HOME,
        pregnancies="""
            person | event_date | due_date   | birth_date
            mother | 2023-09-01 | 2024-04-01 | 2024-03-28
        """,
    )
    family = families(rows)["mother"]
    assert (family["family_form"], family["prenatal"], family["children"]) == ("first_pregnancy", True, 0)
    assert (family["youngest_age_band"], family["children_band"]) == ("prenatal", "1")
    assert members(rows) == {"parent": ["father", "mother"]}
    assert families(rows, date(2023, 9, 1)) == {}, "nobody can know before the day after the first visit"
    assert families(rows, date(2024, 4, 2)) == {}, "after the birth the child has no home in this register yet"


def test_a_second_pregnancy_is_no_new_family_but_shows() -> None:
    rows = town(
        persons=COUPLE + "child | 2018-06-01 | f |",
        household_spells=COUPLE_HOME + "child | home | child | private | 2018-06-01 |",
        parentage="""
            child | parent | kind  | event_date
            child | mother | birth | 2018-06-01
        """,
        pregnancies="""
            person | event_date | due_date
            mother | 2023-09-01 | 2024-04-01
        """,
    )
    family = families(rows)["mother"]
    assert (family["family_form"], family["prenatal"], family["youngest_age_band"]) == ("stepfamily", True, "4_11")


def test_a_mother_whose_first_child_lives_elsewhere_has_no_first_pregnancy() -> None:
    rows = town(
        persons=COUPLE + "child | 2018-06-01 | f |",
        household_spells=COUPLE_HOME,
        parentage="""
            child | parent | kind  | event_date
            child | mother | birth | 2018-06-01
        """,
        pregnancies="""
            person | event_date | due_date
            mother | 2023-09-01 | 2024-04-01
        """,
    )
    assert families(rows) == {}


@pytest.mark.parametrize(
    ("born", "day", "is_family"),
    [
        ("2006-01-02", "2024-01-01", True),
        ("2006-01-01", "2024-01-01", False),
        ("2004-02-29", "2022-02-28", True),
        ("2004-02-29", "2022-03-01", False),
        ("2006-02-28", "2024-02-29", False),
        ("2006-03-01", "2024-02-29", True),
    ],
)
def test_the_family_ends_on_the_last_childs_eighteenth_birthday(born: str, day: str, is_family: bool) -> None:
    rows = town(
        persons=f"person | birth_date | sex\n mother | 1980-01-01 | f\n child | {born} | m",
        household_spells=f"""
            person | household | role  | household_kind | event_date
            mother | home      | adult | private        | 2000-01-01
            child  | home      | child | private        | {born}
        """,
    )
    assert bool(families(rows, date.fromisoformat(day))) is is_family


@pytest.mark.parametrize(
    ("day", "band"), [("2020-02-28", "0_3"), ("2020-02-29", "4_11"), ("2019-03-01", "0_3"), ("2028-02-29", "12_17")]
)
def test_a_leap_day_birthday_in_every_age_band(day: str, band: str) -> None:
    rows = town(
        persons="person | birth_date | sex\n mother | 1980-02-29 | f\n child | 2016-02-29 | m",
        household_spells="""
            person | household | role  | household_kind | event_date
            mother | home      | adult | private        | 2010-01-01
            child  | home      | child | private        | 2016-02-29
        """,
    )
    assert families(rows, date.fromisoformat(day))["mother"]["youngest_age_band"] == band


def test_a_person_in_two_households_lives_in_the_one_begun_last() -> None:
    rows = town(
        persons=COUPLE + "child | 2018-06-01 | f |",
        household_spells="""
            person | household | role  | household_kind | event_date
            mother | old       | adult | private        | 2012-01-01
            mother | new       | adult | private        | 2020-01-01
            father | old       | adult | private        | 2012-01-01
            child  | new       | child | private        | 2018-06-01
        """,
    )
    assert families(rows)["mother"]["household"] == "new"
    assert members(rows) == {"child": ["child"], "parent": ["mother"]}


def test_a_person_in_three_households_lives_in_the_one_begun_last() -> None:
    """Whatever the order of the rows; when the last one has ended, the one begun before it counts again."""
    spells = """
        person | household | role  | household_kind | event_date | end_date
        mother | third     | adult | private        | 2020-01-01 | {end}
        mother | first     | adult | private        | 2012-01-01 |
        mother | second    | adult | private        | 2016-01-01 |
        child  | second    | child | private        | 2018-06-01 | 2020-01-01
        child  | third     | child | private        | 2020-01-01 | {end}
        child  | second    | child | private        | {back}     |
    """
    for end, back, home in (("", "2030-01-01", "third"), ("2021-06-01", "2021-06-01", "second")):
        rows = town(persons=COUPLE + "child | 2018-06-01 | f |", household_spells=spells.format(end=end, back=back))
        made = families(rows)
        assert made["mother"]["household"] == home
        assert made["mother"]["children"] == 1


def test_a_foster_child_is_a_family_apart() -> None:
    rows = town(
        persons=COUPLE + "own | 2014-06-01 | f |\n foster | 2016-06-01 | m |\n birth_mother | 1995-01-01 | f |",
        household_spells=COUPLE_HOME
        + """own    | home | child | private | 2014-06-01 |
             foster | home | child | foster  | 2021-06-01 |
             birth_mother | far | adult | private | 2010-01-01 |""",
        parentage="""
            child  | parent       | kind  | event_date
            own    | mother       | birth | 2014-06-01
            foster | birth_mother | birth | 2016-06-01
        """,
    )
    made = families(rows)
    assert {name: (body["stratum"], body["children"]) for name, body in made.items()} == {
        "mother": ("private", 1),
        "father:foster": ("foster", 1),
    }
    assert members(rows)["outside_parent"] == ["birth_mother"]


def test_a_stepfamily_has_an_adult_who_is_not_a_legal_parent() -> None:
    rows = town(
        persons=COUPLE + "hers | 2014-06-01 | f |\n theirs | 2019-06-01 | m |",
        household_spells=COUPLE_HOME
        + "hers | home | child | private | 2014-06-01 |\n theirs | home | child | private | 2019-06-01 |",
        parentage="""
            child  | parent | kind        | event_date
            hers   | mother | birth       | 2014-06-01
            theirs | mother | birth       | 2019-06-01
            theirs | father | recognition | 2019-06-01
        """,
    )
    assert families(rows)["mother"]["family_form"] == "stepfamily"


def test_parents_of_two_origins_are_mixed_and_an_unknown_origin_does_not_count() -> None:
    home = COUPLE_HOME + "child | home | child | private | 2018-06-01 |"
    persons = """
        person | birth_date | sex | origin
        mother | 1990-05-01 | f   | {}
        father | 1988-05-01 | m   | {}
        child  | 2018-06-01 | f   | europe
    """

    def origin(mother: str, father: str) -> str:
        rows = town(persons=persons.format(mother, father), household_spells=home)
        return str(next(iter(families(rows).values()))["origin"])

    assert origin("europe", "netherlands") == "mixed"
    assert origin("europe", "") == "europe"
    assert origin("", "") == "unknown"


def test_only_what_was_recorded_before_the_index_date_counts() -> None:
    rows = town(
        persons=COUPLE + "child | 2018-06-01 | f |",
        household_spells="""
            person | household | role  | household_kind | event_date | recorded_date | end_date   | end_recorded_date
            mother | home      | adult | private        | 2012-01-01 | 2012-01-03    |            |
            father | home      | adult | private        | 2012-01-01 | 2012-01-03    | 2023-12-20 | 2024-01-05
            child  | home      | child | private        | 2018-06-01 | 2018-06-04    |            |
        """,
    )
    assert members(rows)["parent"] == ["father", "mother"], "that he left was recorded after the index date"
    assert members(rows, date(2024, 1, 6))["parent"] == ["mother"]
    assert families(rows, date(2018, 6, 4)) == {}, "the child was not yet recorded"
    assert len(families(rows, date(2018, 6, 5))) == 1


def test_a_household_without_a_known_adult_is_no_family_but_is_counted() -> None:
    rows = town(
        persons="person | birth_date | sex\n child | 2018-06-01 | f",
        household_spells="""
            person | household | role  | household_kind | event_date
            child  | home      | child | private        | 2018-06-01
            nobody | home      | adult | private        | 2012-01-01
        """,
    )
    assert families(rows) == {}
    with linked(rows, DAY) as (_, linkage):
        cases = {row["case"]: row["number"] for row in linkage.cases.records()}
        quality = {row["register"]: (row["rows"], row["linked"]) for row in linkage.quality.records()}
    assert cases["household_without_adult"] == 1
    assert quality["household_spells"] == (2, 1)


def test_the_area_is_that_of_the_mother() -> None:
    rows = town(
        persons=COUPLE + "child | 2018-06-01 | f |",
        household_spells=COUPLE_HOME + "child | home | child | private | 2018-06-01 |",
        parentage="child | parent | kind | event_date\n child | mother | birth | 2018-06-01",
        address_spells="""
            person | address | area | event_date | end_date
            mother | old     | BU1  | 2012-01-01 | 2020-01-01
            mother | new     | BU2  | 2020-01-01 |
            father | old     | BU1  | 2012-01-01 |
        """,
        areas="""
            area | kind  | name | within | urbanity
            BU1  | buurt | one  | WK1    | 2
            BU2  | buurt | two  | WK1    |
            WK1  | wijk  | w    | GM1    | 2
        """,
    )
    family = families(rows)["mother"]
    assert (family["area"], family["area_block"], family["urbanity"]) == ("BU2", "WK1", "unknown")

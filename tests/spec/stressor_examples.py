"""Stressors by example: small tables of events, one stressor, and the level of each family.

The test runs every example on the SQL and on the slow judge; the manual's page *Stressors by example* is made from the
same tables. The index date is 1 January 2024 throughout. ``-`` is unknown; as a level it is *not covered*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

COUPLE_AND_SINGLE = """
family | person | role   | born
anna   | ma     | parent | 1990-05-01
anna   | pa     | parent | 1988-02-01
anna   | kid    | child  | 2018-03-01
bram   | bo     | parent | 1985-07-01
bram   | bea    | child  | 2012-07-01
"""
ELSEWHERE = """
family | person | role           | born
anna   | ma     | parent         | 1990-05-01
anna   | pa     | outside_parent | 1988-05-01
anna   | kid    | child          | 2018-03-01
bram   | bo     | parent         | 1985-07-01
bram   | bea    | child          | 2012-07-01
"""
TODDLERS = """
family | person | role   | born
anna   | ma     | parent | 1990-05-01
anna   | kid    | child  | 2021-03-01
bram   | bo     | parent | 1985-07-01
bram   | bea    | child  | 2021-07-01
"""
TEENAGERS = """
family | person | role   | born
anna   | ma     | parent | 1980-05-01
anna   | kid    | child  | 2008-03-01
bram   | bo     | parent | 1980-07-01
bram   | bea    | child  | 2008-07-01
"""
YOUNG_PARENTS = """
family | person | role   | born
anna   | ma     | parent | 1990-05-01
anna   | kid    | child  | 2018-03-01
bram   | bo     | parent | 1991-07-01
bram   | bea    | child  | 2018-07-01
"""


@dataclass(frozen=True)
class Example:
    """One rule, shown.

    Parameters
    ----------
    says
        The rule in one or two sentences.
    stressor
        Id of a shipped stressor.
    levels
        ``family | level`` lines.
    events
        Per register a text table; what a row does not name is unknown, and it is recorded on the day itself.
    people
        The families.
    forms
        Family forms as linkage told them, where they matter.
    coverage
        Registers that do not cover everything: first covered day, first day no longer covered.
    """

    says: str
    stressor: str
    levels: str
    events: Mapping[str, str] = field(default_factory=dict)
    people: str = COUPLE_AND_SINGLE
    forms: Mapping[str, str] = field(default_factory=dict)
    coverage: Mapping[str, tuple[date, date]] = field(default_factory=dict)


CHAPTERS: Mapping[str, tuple[Example, ...]] = {
    "What counts at all": (
        Example(
            "A window begins on its first day and ends before the index date: of one year, from 1 January 2023 up to "
            "and including 31 December 2023.",
            "debt_arrears",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "debt": """
                person | kind           | event_date
                ma     | arrears_signal | 2023-01-01
                bo     | arrears_signal | 2022-12-31
                """
            },
        ),
        Example(
            "What was recorded on the index date or later was not known yet, whenever it happened.",
            "debt_arrears",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "debt": """
                person | kind           | event_date | recorded_date
                ma     | arrears_signal | 2023-12-30 | 2023-12-31
                bo     | arrears_signal | 2023-12-30 | 2024-01-01
                """
            },
        ),
        Example(
            "What is announced beforehand counts only once it has happened.",
            "eviction",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "housing": """
                person | kind     | event_date | recorded_date
                ma     | eviction | 2023-12-31 | 2023-12-01
                bo     | eviction | 2024-01-01 | 2023-12-01
                """
            },
        ),
        Example(
            "Only rows that the stressor's filter lets through count: a victim of violence is no suspect.",
            "justice_contact",
            """
            family | level
            anna   | 0
            bram   | 2
            """,
            {
                "justice": """
                person | kind            | event_date
                ma     | victim_violence | 2023-05-01
                bo     | suspect         | 2023-05-01
                """
            },
        ),
    ),
    "Count: how many days with an event": (
        Example(
            "A family has the level of its worst parent: two parents with one signal each are not a parent with two.",
            "debt_arrears",
            """
            family | level
            anna   | 1
            bram   | 2
            """,
            {
                "debt": """
                person | kind           | event_date
                ma     | arrears_signal | 2023-03-10
                pa     | arrears_signal | 2023-06-10
                bo     | arrears_signal | 2023-02-01
                bo     | arrears_signal | 2023-09-01
                """
            },
        ),
        Example(
            "Several rows on one day are one event, also when different sources sent them.",
            "debt_arrears",
            """
            family | level
            anna   | 1
            bram   | 2
            """,
            {
                "debt": """
                person | kind           | source | event_date
                ma     | arrears_signal | water  | 2023-03-10
                ma     | arrears_signal | energy | 2023-03-10
                bo     | arrears_signal | water  | 2023-03-10
                bo     | arrears_signal | energy | 2023-03-11
                """
            },
        ),
    ),
    "Duration: how many days in the window": (
        Example(
            "Only days within the window count, and each day once: ma's spells add up to 179 days but cover 120; bo "
            "was in care for 183 days of 2023, half a year.",
            "parent_mental_health",
            """
            family | level
            anna   | 1
            bram   | 2
            """,
            {
                "mental_health": """
                person | kind       | event_date | end_date
                ma     | specialist | 2022-06-01 | 2023-04-01
                ma     | specialist | 2023-02-01 | 2023-05-01
                bo     | specialist | 2022-06-01 | 2023-07-03
                """
            },
        ),
        Example(
            "A spell whose end was not recorded before the index date is open: it goes on until the index date.",
            "parent_mental_health",
            """
            family | level
            anna   | 1
            bram   | 2
            """,
            {
                "mental_health": """
                person | kind       | event_date | end_date   | end_recorded_date
                ma     | specialist | 2023-06-01 | 2023-06-08 | 2023-12-31
                bo     | specialist | 2023-06-01 | 2023-06-08 | 2024-01-01
                """
            },
        ),
    ),
    "Recency: how long ago the latest event was": (
        Example(
            "Within a year is worse than longer ago; only the latest event counts.",
            "justice_contact",
            """
            family | level
            anna   | 1
            bram   | 2
            """,
            {
                "justice": """
                person | kind       | event_date
                ma     | conviction | 2019-05-01
                bo     | suspect    | 2019-05-01
                bo     | suspect    | 2023-01-01
                """
            },
        ),
        Example(
            "Where every day of a spell counts, its last day decides: ma's default is still going on, bo's ended "
            "in 2022.",
            "debt_default",
            """
            family | level
            anna   | 2
            bram   | 1
            """,
            {
                "debt": """
                person | kind                   | event_date | end_date
                ma     | health_premium_default | 2017-01-01 | -
                bo     | health_premium_default | 2017-01-01 | 2022-06-01
                """
            },
        ),
    ),
    "All parents: the least affected one": (
        Example(
            "No parent in work asks that of every parent: in anna's family pa works, so nobody is counted.",
            "no_work",
            """
            family | level
            anna   | 0
            bram   | 1
            """,
            {
                "income": """
                person | kind    | event_date
                ma     | no_work | 2020-01-01
                bo     | no_work | 2020-01-01
                """
            },
        ),
    ),
    "Protective circumstances: one level lower, never below absent": (
        Example(
            "Work that is going on on the index date lowers the level of a parent by one: bo found work in December.",
            "social_assistance",
            """
            family | level
            anna   | 2
            bram   | 1
            """,
            {
                "income": """
                person | kind              | event_date | end_date
                ma     | social_assistance | 2020-01-01 | -
                bo     | social_assistance | 2020-01-01 | 2023-12-05
                bo     | work              | 2023-12-05 | -
                """
            },
        ),
        Example(
            "Debts that were settled after the last signal lower the level; a signal after the settlement does not.",
            "debt_arrears",
            """
            family | level
            anna   | 1
            bram   | 2
            """,
            {
                "debt": """
                person | kind           | event_date | end_date
                ma     | arrears_signal | 2023-02-01 | -
                ma     | arrears_signal | 2023-04-01 | -
                ma     | restructuring  | 2020-10-01 | 2023-10-01
                bo     | arrears_signal | 2023-02-01 | -
                bo     | arrears_signal | 2023-11-01 | -
                bo     | restructuring  | 2020-10-01 | 2023-10-01
                """
            },
        ),
    ),
    "Facts: a state on the index date": (
        Example(
            "One parent lives with the children.",
            "single_parent",
            """
            family | level
            anna   | 0
            bram   | 1
            """,
        ),
        Example(
            "A fact that is known for nobody is not covered, which is something else than absent: nobody knows bo's "
            "education, and carl's became known on the index date.",
            "low_education",
            """
            family | level
            anna   | 1
            bram   | -
            carl   | -
            dora   | 0
            """,
            people="""
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
        ),
        Example(
            "Younger than 21 when the first child of this family was born, or on the index date in a first pregnancy.",
            "young_mother",
            """
            family | level
            anna   | 1
            bram   | 0
            carl   | 1
            """,
            {
                "parentage": """
                child | parent | kind  | event_date
                kid   | ma     | birth | 2015-04-30
                bea   | bo     | birth | 2015-05-01
                """
            },
            people="""
            family | person | role   | born       | sex
            anna   | ma     | parent | 1994-05-01 | f
            anna   | kid    | child  | 2015-04-30 | f
            bram   | bo     | parent | 1994-05-01 | f
            bram   | bea    | child  | 2015-05-01 | f
            carl   | co     | parent | 2003-05-01 | f
            """,
        ),
    ),
    "Life stages": (
        Example(
            "A child's event counts for the stage the child was in: both children are twelve now, but kid stayed away "
            "the day before its twelfth birthday.",
            "absence_primary",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "school_absence": """
                person | kind     | event_date
                kid    | absolute | 2023-02-28
                bea    | absolute | 2023-03-01
                """
            },
            people="""
            family | person | role   | born
            anna   | ma     | parent | 1980-05-01
            anna   | kid    | child  | 2011-03-01
            bram   | bo     | parent | 1980-07-01
            bram   | bea    | child  | 2011-03-01
            """,
        ),
        Example(
            "Before birth the pregnancy counts for its mother, and for four years from the booking on.",
            "smoking_pregnancy",
            """
            family | level
            anna   | 1
            bram   | 1
            carl   | 0
            """,
            {
                "pregnancies": """
                person | child | event_date | due_date   | birth_date | smoking
                ma     | -     | 2023-11-01 | 2024-05-01 | -          | true
                bo     | bea   | 2021-12-01 | 2022-07-01 | 2022-07-01 | true
                co     | cas   | 2011-12-01 | 2012-07-01 | 2012-07-01 | true
                """
            },
            people="""
            family | person | role   | born
            anna   | ma     | parent | 1990-05-01
            bram   | bo     | parent | 1985-07-01
            bram   | bea    | child  | 2022-07-01
            carl   | co     | parent | 1985-07-01
            carl   | cas    | child  | 2012-07-01
            """,
        ),
        Example(
            "A parent's own youth is looked at over the same years, 12 to 17, for every parent, and only for parents "
            "whose years lie wholly in the register: old turned 12 a day before it began.",
            "own_youth_care",
            """
            family | level
            anna   | 1
            bram   | -
            """,
            {
                "own_youth": """
                person | kind       | event_date
                ma     | youth_care | 2001-06-01
                ma     | youth_care | 2006-06-01
                ma     | youth_care | 2008-05-01
                old    | youth_care | 2000-01-01
                """
            },
            people="""
            family | person | role   | born
            anna   | ma     | parent | 1990-05-01
            anna   | kid    | child  | 2018-03-01
            bram   | old    | parent | 1985-12-31
            bram   | bea    | child  | 2012-07-01
            """,
            coverage={"own_youth": (date(1998, 1, 1), date(2030, 1, 1))},
        ),
    ),
    "A parent who lives elsewhere": (
        Example(
            "A separation is of the parent who left the household and lives elsewhere now, in the past three years.",
            "separation",
            """
            family | level
            anna   | 2
            bram   | 0
            """,
            {
                "parentage": """
                child | parent | kind  | event_date
                kid   | ma     | birth | 2018-03-01
                """,
                "household_spells": """
                person | household | role  | household_kind | event_date | end_date   | end_recorded_date
                pa     | h1        | adult | private        | 2016-01-01 | 2023-05-01 | 2023-05-10
                pa     | h2        | adult | private        | 2023-05-01 | -          | -
                ma     | h1        | adult | private        | 2016-01-01 | -          | -
                bo     | h3        | adult | private        | 2010-01-01 | 2023-05-01 | -
                bo     | h4        | adult | private        | 2023-05-01 | -          | -
                """,
            },
            people=ELSEWHERE,
        ),
    ),
    "Not covered": (
        Example(
            "A register that is not there makes its stressors not covered; they never score.",
            "debt_arrears",
            """
            family | level
            anna   | -
            bram   | -
            """,
        ),
        Example(
            "Half a window would make *not seen* look like *absent*: the whole window must be covered.",
            "debt_arrears",
            """
            family | level
            anna   | -
            bram   | -
            """,
            {
                "debt": """
                person | kind           | event_date
                ma     | arrears_signal | 2023-06-01
                """
            },
            coverage={"debt": (date(2023, 1, 2), date(2030, 1, 1))},
        ),
    ),
    "The other stressors": (
        Example(
            "A child lives with a parent and an adult who is not its legal parent.",
            "stepfamily",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            forms={"anna": "stepfamily", "bram": "single_parent"},
        ),
        Example(
            "Days in addiction care in the past year: some weeks, or half a year and longer.",
            "parent_addiction",
            """
            family | level
            anna   | 1
            bram   | 2
            """,
            {
                "addiction": """
                person | kind    | event_date | end_date
                ma     | alcohol | 2023-03-01 | 2023-04-01
                bo     | drugs   | 2022-11-01 | 2023-07-10
                """,
            },
        ),
        Example(
            "Of a parent who lives elsewhere it has a name of its own.",
            "outside_parent_addiction",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "parentage": """
                child | parent | kind  | event_date
                kid   | ma     | birth | 2018-03-01
                kid   | pa     | birth | 2018-03-01
                """,
                "addiction": """
                person | kind    | event_date | end_date
                pa     | alcohol | 2023-03-01 | 2023-04-01
                bo     | drugs   | 2022-11-01 | 2023-07-10
                """,
            },
            people=ELSEWHERE,
        ),
        Example(
            "Born before 37 weeks, or lighter than 2,500 g.",
            "preterm_birth",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "pregnancies": """
                person | child | event_date | birth_date | birth_recorded_date | gestation_weeks | birth_weight
                ma     | kid   | 2020-09-01 | 2021-03-01 | 2021-03-02          | 35.5            | 2600
                bo     | bea   | 2020-12-01 | 2021-07-01 | 2021-07-02          | 40              | 3400
                """,
            },
            people=TODDLERS,
        ),
        Example(
            "One contact with child health care missed, or more.",
            "missed_child_health",
            """
            family | level
            anna   | 1
            bram   | 2
            """,
            {
                "child_health": """
                person | kind    | event_date
                kid    | missed  | 2023-03-01
                kid    | contact | 2023-04-01
                bea    | missed  | 2023-03-01
                bea    | missed  | 2023-06-01
                """,
            },
            people=TODDLERS,
        ),
        Example(
            "A concern that child health care wrote down; a plain contact is none.",
            "child_concern",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "child_health": """
                person | kind    | event_date
                kid    | concern | 2023-03-01
                bea    | contact | 2023-06-01
                """,
            },
            people=TODDLERS,
        ),
        Example(
            "Arrears registered elsewhere that are still going on, and such that ended longer than a year ago.",
            "debt_other",
            """
            family | level
            anna   | 2
            bram   | 1
            """,
            {
                "debt": """
                person | kind          | event_date | end_date
                ma     | other_default | 2021-05-01 | -
                bo     | other_default | 2020-05-01 | 2021-05-01
                """,
            },
        ),
        Example(
            "Support for a mild intellectual disability; other support is something else.",
            "parent_disability",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "disability": """
                person | kind              | event_date
                ma     | mild_intellectual | 2015-01-01
                bo     | support           | 2015-01-01
                """,
            },
        ),
        Example(
            "Three children or more.",
            "large_family",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            people="""
            family | person | role   | born
            anna   | ma     | parent | 1990-05-01
            anna   | one    | child  | 2014-03-01
            anna   | two    | child  | 2016-03-01
            anna   | three  | child  | 2018-03-01
            bram   | bo     | parent | 1985-07-01
            bram   | bea    | child  | 2012-07-01
            bram   | ben    | child  | 2014-07-01
            """,
        ),
        Example(
            "Bea has one legal parent; kid has two, wherever they live.",
            "one_legal_parent",
            """
            family | level
            anna   | 0
            bram   | 1
            """,
            {
                "parentage": """
                child | parent | kind  | event_date
                kid   | ma     | birth | 2018-03-01
                kid   | pa     | birth | 2018-03-01
                bea   | bo     | birth | 2012-07-01
                """,
            },
            people=ELSEWHERE,
        ),
        Example(
            "Two moves in three years, or more; one is nothing special.",
            "moves",
            """
            family | level
            anna   | 1
            bram   | 2
            """,
            {
                "address_spells": """
                person | address | area | event_date
                ma     | a1      | BU1  | 2021-02-01
                ma     | a2      | BU1  | 2022-02-01
                pa     | a2      | BU1  | 2022-02-01
                bo     | b1      | BU1  | 2021-02-01
                bo     | b2      | BU1  | 2022-02-01
                bo     | b3      | BU1  | 2023-02-01
                """,
            },
        ),
        Example(
            "A crisis within the past year, or longer ago.",
            "parent_crisis_care",
            """
            family | level
            anna   | 1
            bram   | 2
            """,
            {
                "mental_health": """
                person | kind   | event_date
                ma     | crisis | 2021-06-01
                bo     | crisis | 2023-06-01
                bo     | basic  | 2023-08-01
                """,
            },
        ),
        Example(
            "Specialist or crisis care of a parent who lives elsewhere; basic care is left out, as help asked for must "
            "not score.",
            "outside_parent_mental_health",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "parentage": """
                child | parent | kind  | event_date
                kid   | ma     | birth | 2018-03-01
                kid   | pa     | birth | 2018-03-01
                """,
                "mental_health": """
                person | kind       | event_date | end_date
                pa     | specialist | 2023-03-01 | 2023-04-01
                bo     | specialist | 2023-03-01 | 2023-04-01
                """,
            },
            people=ELSEWHERE,
        ),
        Example(
            "A court's protection measure between 12 and 18; youth care alone is the other stressor.",
            "own_youth_protection",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "own_youth": """
                person | kind       | event_date
                ma     | protection | 2004-06-01
                bo     | youth_care | 2005-06-01
                """,
            },
            people=YOUNG_PARENTS,
        ),
        Example(
            "Reported absent once, or more often, as a teenager.",
            "absence_secondary",
            """
            family | level
            anna   | 1
            bram   | 2
            """,
            {
                "school_absence": """
                person | kind     | event_date
                kid    | relative | 2022-10-01
                bea    | relative | 2022-10-01
                bea    | absolute | 2023-10-01
                """,
            },
            people=TEENAGERS,
        ),
        Example(
            "Days on which the police registered it, for either parent.",
            "domestic_violence",
            """
            family | level
            anna   | 1
            bram   | 2
            """,
            {
                "police_incidents": """
                person | kind              | event_date
                pa     | domestic_violence | 2020-05-01
                bo     | domestic_violence | 2020-05-01
                bo     | domestic_violence | 2022-05-01
                """,
            },
        ),
        Example(
            "A parent as victim of violence; a suspect is something else.",
            "parent_victim",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "justice": """
                person | kind            | event_date
                ma     | victim_violence | 2020-05-01
                bo     | suspect         | 2020-05-01
                """,
            },
        ),
        Example(
            "Domestic violence registered with the parent who lives elsewhere.",
            "outside_parent_violence",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "parentage": """
                child | parent | kind  | event_date
                kid   | ma     | birth | 2018-03-01
                kid   | pa     | birth | 2018-03-01
                """,
                "police_incidents": """
                person | kind              | event_date
                pa     | domestic_violence | 2020-05-01
                bo     | domestic_violence | 2020-05-01
                """,
            },
            people=ELSEWHERE,
        ),
        Example(
            "Justice contacts of the parent who lives elsewhere, by how long ago.",
            "outside_parent_justice",
            """
            family | level
            anna   | 2
            bram   | 0
            """,
            {
                "parentage": """
                child | parent | kind  | event_date
                kid   | ma     | birth | 2018-03-01
                kid   | pa     | birth | 2018-03-01
                """,
                "justice": """
                person | kind       | event_date
                pa     | conviction | 2023-05-01
                bo     | conviction | 2023-05-01
                """,
            },
            people=ELSEWHERE,
        ),
        Example(
            "Unemployment benefit that began in the past year; work that is going on again lowers the level.",
            "job_loss",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "income": """
                person | kind                 | event_date | end_date
                ma     | unemployment_benefit | 2023-03-01 | -
                bo     | unemployment_benefit | 2023-03-01 | 2023-09-01
                bo     | work                 | 2023-09-01 | -
                """,
            },
        ),
        Example(
            "At least half of the past year.",
            "parent_disability_benefit",
            """
            family | level
            anna   | 1
            bram   | 0
            """,
            {
                "income": """
                person | kind               | event_date | end_date
                ma     | disability_benefit | 2019-03-01 | -
                bo     | disability_benefit | 2023-09-01 | -
                """,
            },
        ),
        Example(
            "A year or more of the past four, or nearly all of them.",
            "lasting_low_income",
            """
            family | level
            anna   | 1
            bram   | 2
            """,
            {
                "income": """
                person | kind       | event_date | end_date
                ma     | low_income | 2021-01-01 | 2022-06-01
                bo     | low_income | 2015-01-01 | -
                """,
            },
        ),
    ),
}

"""Facts about a family on the index date, from which facts-stressors are compiled.

Each fact is a column; a fact that is not known for a family is NULL there, and the stressor is then *not covered*.
Sex of a parent and origin are not among them: they are audited by, never scored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from riskscreen.records.filters import Type


@dataclass(frozen=True, slots=True)
class Fact:
    """One column of the engine table ``facts``."""

    type: Type
    registers: tuple[str, ...]
    meaning: str
    codes: tuple[str, ...] = ()


FACTS: Mapping[str, Fact] = {
    "family_form": Fact(
        "text",
        ("household_spells",),
        "couple, single_parent, stepfamily or first_pregnancy",
        ("couple", "single_parent", "stepfamily", "first_pregnancy"),
    ),
    "children": Fact("number", ("household_spells",), "number of children of 0-17 in the family"),
    "child_0_3": Fact("flag", ("household_spells",), "is there a child of 0-3?"),
    "child_4_11": Fact("flag", ("household_spells",), "is there a child of 4-11?"),
    "child_12_17": Fact("flag", ("household_spells",), "is there a child of 12-17?"),
    "highest_education": Fact(
        "text",
        ("persons",),
        "highest known education of the parents; NULL when it is known for none of them",
        ("low", "middle", "high"),
    ),
    "mother_age_at_birth": Fact(
        "number",
        ("parentage",),
        "lowest age, in whole years, at which a mother by birth had a child of this family; in a first pregnancy her "
        "age on the index date; NULL when no mother by birth is known",
    ),
}

_EDUCATION = """education AS (
  -- an education is known from the day after its date on
  SELECT m.index_date, m.family,
         max(CASE s.education WHEN 'low' THEN 1 WHEN 'middle' THEN 2 WHEN 'high' THEN 3 END) AS highest
  FROM members m JOIN spine s ON s.person = m.person AND s.education_date < m.index_date
  WHERE m.role = 'parent' GROUP BY ALL
)"""

_MOTHERS = """births AS MATERIALIZED (
  SELECT p.child, p.event_date, p.recorded_date, date_sub('year', mother.birth_date, child.birth_date) AS age
  FROM registers.parentage p
  JOIN spine mother ON mother.person = p.parent AND mother.sex = 'f' AND p.kind = 'birth'
  JOIN spine child ON child.person = p.child
), mothers AS (
  SELECT m.index_date, m.family, min(b.age) AS age
  FROM members m
  JOIN births b ON b.child = m.person AND b.event_date < m.index_date AND b.recorded_date < m.index_date
  WHERE m.role = 'child' GROUP BY ALL
), expecting AS (
  SELECT m.index_date, m.family, min(date_sub('year', s.birth_date, m.index_date)) AS age
  FROM families f
  JOIN members m ON m.index_date = f.index_date AND m.family = f.family AND m.role = 'parent'
  JOIN spine s ON s.person = m.person AND s.sex = 'f'
  WHERE f.children = 0 GROUP BY ALL
)"""


def facts_sql(*, parentage: bool) -> str:
    """SQL of the table ``facts``: one row per private family and index date.

    Parameters
    ----------
    parentage
        Is the register ``parentage`` there? Without it no mother by birth is known.
    """
    parts = [_EDUCATION] + ([_MOTHERS] if parentage else [])
    age = "coalesce(mothers.age, expecting.age)" if parentage else "NULL::BIGINT"
    joins = "LEFT JOIN mothers USING (index_date, family) LEFT JOIN expecting USING (index_date, family)"
    return (
        f"WITH {', '.join(parts)}\n"
        "SELECT f.index_date, f.family, f.family_form, f.children, f.child_0_3, f.child_4_11, f.child_12_17,\n"
        "       CASE education.highest WHEN 1 THEN 'low' WHEN 2 THEN 'middle' WHEN 3 THEN 'high' END "
        "AS highest_education,\n"
        f"       {age} AS mother_age_at_birth\n"
        "FROM families f LEFT JOIN education USING (index_date, family)"
        f"{' ' + joins if parentage else ''}\n"
        "WHERE f.stratum = 'private'"
    )

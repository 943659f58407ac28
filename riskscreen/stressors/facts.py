"""Facts about a family on the index date, from which facts-stressors are compiled.

Each fact is a column; a fact that is not known for a family is NULL there, and the stressor is then *not covered*.
Sex of a parent and origin are not among them: they are audited by, never scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    "legal_parents": Fact(
        "number",
        ("parentage",),
        "number of legal parents of the child of this family with fewest; NULL in a first pregnancy, and without the "
        "register of parentage",
    ),
    "smallest_birth_interval_months": Fact(
        "number",
        ("household_spells",),
        "shortest time, in whole months, between two children of this family who were born one after the other; "
        "children born within a month of one another are twins and do not count; NULL without two births",
    ),
}

_PARTS: Mapping[str, str] = {
    "education": """
  -- an education is known from the day after its date on
  SELECT m.index_date, m.family,
         max(CASE s.education WHEN 'low' THEN 1 WHEN 'middle' THEN 2 WHEN 'high' THEN 3 END) AS highest
  FROM members m JOIN spine s ON s.person = m.person AND s.education_date < m.index_date
  WHERE m.role = 'parent' GROUP BY ALL""",
    "births": """
  SELECT p.child, p.event_date, p.recorded_date, date_sub('year', mother.birth_date, child.birth_date) AS age
  FROM registers.parentage p
  JOIN spine mother ON mother.person = p.parent AND mother.sex = 'f' AND p.kind = 'birth'
  JOIN spine child ON child.person = p.child""",
    "mothers": """
  SELECT m.index_date, m.family, min(b.age) AS age
  FROM members m
  JOIN births b ON b.child = m.person AND b.event_date < m.index_date AND b.recorded_date < m.index_date
  WHERE m.role = 'child' GROUP BY ALL""",
    "expecting": """
  SELECT m.index_date, m.family, min(date_sub('year', s.birth_date, m.index_date)) AS age
  FROM families f
  JOIN members m ON m.index_date = f.index_date AND m.family = f.family AND m.role = 'parent'
  JOIN spine s ON s.person = m.person AND s.sex = 'f'
  WHERE f.children = 0 GROUP BY ALL""",
    "links": """
  SELECT m.index_date, m.family, m.person, count(DISTINCT p.parent) AS parents
  FROM members m LEFT JOIN registers.parentage p
    ON p.child = m.person AND p.event_date < m.index_date AND p.recorded_date < m.index_date
  WHERE m.role = 'child' GROUP BY ALL""",
    "legal": """
  SELECT index_date, family, min(parents) AS parents FROM links GROUP BY ALL""",
    "siblings": """
  SELECT m.index_date, m.family, date_sub('month', lag(s.birth_date) OVER (
    PARTITION BY m.index_date, m.family ORDER BY s.birth_date), s.birth_date) AS months
  FROM members m JOIN spine s ON s.person = m.person
  WHERE m.role = 'child'""",
    "intervals": """
  SELECT index_date, family, min(months) AS months FROM siblings WHERE months >= 1 GROUP BY ALL""",
}
"""Queries from which facts come; ``births`` and ``mothers`` and the like are read by the ones below them."""

_COLUMNS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "highest_education": (
        "CASE education.highest WHEN 1 THEN 'low' WHEN 2 THEN 'middle' WHEN 3 THEN 'high' END",
        ("education",),
    ),
    "mother_age_at_birth": ("coalesce(mothers.age, expecting.age)", ("births", "mothers", "expecting")),
    "legal_parents": ("legal.parents", ("links", "legal")),
    "smallest_birth_interval_months": ("intervals.months", ("siblings", "intervals")),
}
"""Per fact that is no column of ``families`` its expression and the queries it needs."""
_INNER = frozenset({"births", "links", "siblings"})


def facts_sql(*, parentage: bool) -> str:
    """SQL of the table ``facts``: one row per private family and index date.

    Parameters
    ----------
    parentage
        Is the register ``parentage`` there? Without it no mother by birth and no legal parent is known.
    """
    needed = [name for name in _COLUMNS if parentage or "parentage" not in FACTS[name].registers]
    parts = [part for name in needed for part in _COLUMNS[name][1]]
    joins = [f"LEFT JOIN {part} USING (index_date, family)" for part in parts if part not in _INNER]
    return (
        f"WITH {', '.join(f'{part} AS ({_PARTS[part]}{chr(10)})' for part in parts)}\n"
        f"SELECT f.index_date, f.family, {', '.join(_column(name, needed) for name in FACTS)}\n"
        f"FROM families f\n{chr(10).join(joins)}\nWHERE f.stratum = 'private'"
    )


def _column(name: str, needed: Sequence[str]) -> str:
    if name not in _COLUMNS:
        return f"f.{name}"
    return f"{_COLUMNS[name][0]} AS {name}" if name in needed else f"NULL::BIGINT AS {name}"

"""Facts about a family on the index date, from which facts-stressors are compiled.

Each fact is a column; a fact that is not known for a family is NULL there, and the stressor is then *not covered*.
Sex of a parent and origin are not among them: they are audited by, never scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from riskscreen.engine.sql import literal
from riskscreen.records.filters import Type
from riskscreen.stressors.members import FAMILIES, MEMBERS, PACKED, Packed


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
        "number of legal parents (0, 1 or 2) of the child of this family with fewest; NULL in a first pregnancy, and "
        "without the register of parentage",
    ),
    "smallest_birth_interval_months": Fact(
        "number",
        ("household_spells",),
        "shortest time, in whole months, between two children of this family who were born one after the other; "
        "children born within a month of one another are twins and do not count; NULL without two births",
    ),
}

_DERIVED: Mapping[str, str] = {
    "highest_education": """-- an education is known from the day after its date on
SELECT family, CASE highest WHEN 1 THEN 'low' WHEN 2 THEN 'middle' ELSE 'high' END AS value
FROM (
  SELECT m.family + day.place AS family,
    max(CASE m.education WHEN 'low' THEN 1 WHEN 'middle' THEN 2 WHEN 'high' THEN 3 END) AS highest
  FROM {packed} m JOIN {days} AND m.education_date < day.index_date
  WHERE m.role = 'parent' GROUP BY ALL
) WHERE highest IS NOT NULL""",
    "mother_age_at_birth": """-- of every child its mother by birth; in a first pregnancy the woman who lives there
WITH mothers AS (
  SELECT p.child, p.event_date, p.recorded_date, mother.birth_date AS born, mother.recorded_date AS entered
  FROM registers.parentage p JOIN spine mother ON mother.person = p.parent AND mother.sex = 'f' AND p.kind = 'birth'
), children AS (
  SELECT m.family, m.days, mothers.* EXCLUDE (child, born), date_sub('year', mothers.born, m.born) AS age
  FROM {packed} m JOIN mothers ON mothers.child = m.person WHERE m.role = 'child'
), known AS (  -- a mother who was entered later was not known either
  SELECT m.family + day.place AS family, m.age FROM children m JOIN {days}
    AND m.event_date < day.index_date AND m.recorded_date < day.index_date AND m.entered < day.index_date
), expecting AS (
  SELECT family, date_sub('year', m.born, index_date) AS age
  FROM {families} JOIN {members} m USING (index_date, family)
  WHERE children = 0 AND m.role = 'parent' AND m.sex = 'f' AND index_date IN ({dates})
)
SELECT family, min(age) AS value FROM (FROM known UNION ALL FROM expecting) GROUP BY ALL""",
    "legal_parents": """-- the child with fewest, of families with a child that has fewer than the two of the law
WITH parents AS MATERIALIZED (
  SELECT m.rowid AS child, m.family, m.days, p.parent, p.event_date, p.recorded_date
  FROM {packed} m LEFT JOIN registers.parentage p ON p.child = m.person WHERE m.role = 'child'
), unsettled AS (  -- two were not yet known on the first index date: only these are looked at on every index date
  SELECT child FROM (SELECT *, event_date < {first} AND recorded_date < {first} AS known FROM parents) GROUP BY child
  HAVING (min(parent) FILTER (known) < max(parent) FILTER (known)) IS NOT TRUE
)
SELECT family, min(parents) AS value
FROM (
  SELECT m.family + day.place AS family, m.child,
    count(DISTINCT m.parent) FILTER (m.event_date < day.index_date AND m.recorded_date < day.index_date) AS parents
  FROM (FROM parents SEMI JOIN unsettled USING (child)) m JOIN {days} GROUP BY ALL
) WHERE parents < 2 GROUP BY ALL""",
    "smallest_birth_interval_months": """-- twins are no birth apart
SELECT family, min(months) AS value
FROM (
  SELECT m.family + day.place AS family, date_sub('month', lag(m.born) OVER (
    PARTITION BY m.family + day.place ORDER BY m.born), m.born) AS months
  FROM {packed} m JOIN {days} WHERE m.role = 'child'
) WHERE months >= 1 GROUP BY ALL""",
}
"""Per fact that is no column of ``families`` the query that gives ``family, value``."""


OTHERWISE: Mapping[str, str] = {"legal_parents": "CASE WHEN children > 0 THEN 2 END"}
"""What a family has that the query does not give, from columns of ``families``; of other facts it is unknown."""


def derived_facts(columns: Iterable[str]) -> tuple[str, ...]:
    """Those of these facts that have to be looked up in a register; the others are columns of ``families``."""
    return tuple(name for name in dict.fromkeys(columns) if name in _DERIVED)


def fact_sql(name: str, index_dates: Sequence[date], packed: Packed) -> str:
    """SQL of one derived fact: ``family, value``; a family that it does not give has :data:`OTHERWISE`.

    Parameters
    ----------
    name
        One of :func:`derived_facts`; its registers must be there.
    index_dates
        At least one.
    packed
        The members.
    """
    dates, first = ", ".join(literal(day) for day in index_dates), literal(min(index_dates))
    tables = {"packed": PACKED, "members": MEMBERS, "families": FAMILIES}
    return _DERIVED[name].format(**tables, days=packed.days(index_dates), dates=dates, first=first)

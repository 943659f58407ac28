"""SQL that turns registers into persons, families and members; one statement per table, by pure functions.

Point in time: a row counts at an index date only when it happened *and* was recorded before that date, and a spell is
over only when its end had happened and was recorded before it.

The rules, each in one place:

- A person lives in one household: the one whose spell began last (then recorded last, then the lowest number).
- A family is the children under the age limit (role child) of one kind of one household. Parents are the household's
  adults (role adult). A private household with children but no known adult is no family; it is counted.
- A first pregnancy is a family when the household has no child and the mother is nobody's legal parent yet. The adults
  of her household are parents too, unless she lives there as a child or as other.
- The family is named after its reference person: the mother (a woman who is a legal parent of a child there; by birth
  before otherwise, then the oldest), else the oldest adult. Foster and institutional families carry their kind behind
  the name (and are named after the oldest child where no adult is known), so that they stay apart.
- A parent living elsewhere is a legal parent of a child of the family who is alive, has not left, and does not live
  in the child's household.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from riskscreen.engine.duck import quote
from riskscreen.engine.sql import literal
from riskscreen.settings import Family, add_months

FOLDS = 10
_AGES = (4, 12, 25, 35, 45)


def usable(alias: str) -> str:
    """Did the row happen, and was it recorded, before the index date ``d.index_date``?"""
    return f"{alias}.event_date < d.index_date AND {alias}.recorded_date < d.index_date"


def still_open(alias: str) -> str:
    """Was the end of the spell not yet known on the index date?"""
    known = f"coalesce({alias}.end_recorded_date, {alias}.end_date) < d.index_date"
    return f"NOT coalesce({alias}.end_date < d.index_date AND {known}, FALSE)"


def resident(alias: str) -> str:
    """Was the person of the spine known, born, alive and not gone on the index date?"""
    return (
        f"{alias}.recorded_date < d.index_date AND {alias}.birth_date < d.index_date "
        f"AND NOT coalesce({alias}.death_date < d.index_date, FALSE) "
        f"AND NOT coalesce({alias}.emigration_date < d.index_date, FALSE)"
    )


def spine_sql() -> str:
    """One row per person to which all registers link; of a number that occurs twice, the row recorded first."""
    return """CREATE OR REPLACE TABLE spine AS
SELECT person, birth_date, sex, death_date, emigration_date, education, education_date, origin, recorded_date
FROM registers.persons
WHERE person IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY person ORDER BY recorded_date, birth_date, sex, origin) = 1"""


def dates_sql(index_dates: Sequence[date], family: Family) -> str:
    """The index dates, with the birth dates after which someone is younger than an age on that date.

    Ages are computed in Python: who is born on 29 February is a year older on 1 March of a common year.
    """
    names = ["index_date", "child_born_after", *(f"born_after_{age}" for age in _AGES)]
    limits = (family.child_age_below, *_AGES)
    rows = [
        ", ".join([literal(day), *(literal(add_months(day, -12 * age)) for age in limits)])
        for day in sorted(set(index_dates))
    ]
    values = ",\n  ".join(f"({row})" for row in rows)
    return f"CREATE OR REPLACE TABLE link_dates AS\nSELECT * FROM (VALUES\n  {values}\n) AS t({', '.join(names)})"


def homes_sql() -> str:
    """Where every resident lives on every index date: one household per person."""
    return f"""CREATE OR REPLACE TABLE link_homes AS
SELECT d.index_date, s.person, s.household, s.role, s.household_kind, p.birth_date, p.sex, p.origin,
  s.role = 'child' AND p.birth_date > d.child_born_after AS is_child
FROM registers.household_spells AS s
JOIN link_dates AS d ON {usable("s")} AND {still_open("s")}
JOIN spine AS p ON p.person = s.person AND {resident("p")}
QUALIFY row_number() OVER (
  PARTITION BY d.index_date, s.person ORDER BY s.event_date DESC, s.recorded_date DESC, s.household, s.role) = 1"""


def legal_sql(parentage: bool) -> str:
    """Legal parents of the children at home, with the household where each parent lives on the index date."""
    if not parentage:
        return """CREATE OR REPLACE TABLE link_legal (
  index_date DATE, child VARCHAR, household VARCHAR, household_kind VARCHAR, parent VARCHAR,
  by_birth BOOLEAN, lives_there BOOLEAN, as_adult BOOLEAN)"""
    return f"""CREATE OR REPLACE TABLE link_legal AS
SELECT c.index_date, c.person AS child, c.household, c.household_kind, g.parent,
  bool_or(g.kind = 'birth') AS by_birth,
  any_value(coalesce(h.household = c.household, FALSE)) AS lives_there,
  any_value(coalesce(h.household = c.household AND h.role = 'adult', FALSE)) AS as_adult
FROM (FROM link_homes WHERE is_child) AS c
JOIN link_dates AS d ON d.index_date = c.index_date
JOIN registers.parentage AS g ON g.child = c.person AND {usable("g")}
JOIN spine AS p ON p.person = g.parent AND {resident("p")}
LEFT JOIN link_homes AS h ON h.person = g.parent AND h.index_date = c.index_date
GROUP BY ALL"""


def pregnant_sql(pregnancies: bool, parentage: bool) -> str:
    """Women pregnant on the index date, with their household; ``first``: nobody's legal parent yet."""
    if not pregnancies:
        return """CREATE OR REPLACE TABLE link_pregnant (
  index_date DATE, person VARCHAR, household VARCHAR, household_kind VARCHAR, role VARCHAR, first BOOLEAN)"""
    known = (
        "coalesce(g.birth_date < d.index_date AND coalesce(g.birth_recorded_date, g.birth_date) < d.index_date, FALSE)"
    )
    first = "TRUE"
    if parentage:
        first = """NOT EXISTS (
    SELECT 1 FROM registers.parentage AS l WHERE l.parent = h.person
      AND l.event_date < h.index_date AND l.recorded_date < h.index_date)"""
    return f"""CREATE OR REPLACE TABLE link_pregnant AS
SELECT h.index_date, h.person, h.household, h.household_kind, h.role, {first} AS first
FROM link_homes AS h
SEMI JOIN (
  SELECT d.index_date, g.person FROM registers.pregnancies AS g
  JOIN link_dates AS d ON {usable("g")} AND g.due_date >= d.index_date AND NOT {known}
) AS q ON q.person = h.person AND q.index_date = h.index_date"""


def units_sql(first_pregnancy: bool) -> str:
    """Families with their reference person: those with children, then first pregnancies."""
    return f"""CREATE OR REPLACE TABLE link_units AS
WITH children AS (
  SELECT index_date, household, household_kind, count(*)::INTEGER AS children, max(birth_date) AS youngest,
    min(birth_date) AS oldest, arg_min(person, (birth_date, person)) AS oldest_child
  FROM link_homes WHERE is_child GROUP BY ALL
), mothers AS (
  SELECT index_date, household, household_kind, parent, bool_or(by_birth) AS by_birth
  FROM link_legal WHERE as_adult GROUP BY ALL
), adults AS (
  SELECT c.index_date, c.household, c.household_kind, count(*)::INTEGER AS adults,
    arg_min(h.person, (CASE WHEN h.sex = 'f' AND m.by_birth THEN 0 WHEN h.sex = 'f' AND m.parent IS NOT NULL THEN 1
      ELSE 2 END, h.birth_date, h.person)) AS reference
  FROM children AS c
  JOIN link_homes AS h ON h.index_date = c.index_date AND h.household = c.household AND h.role = 'adult'
  LEFT JOIN mothers AS m ON m.index_date = c.index_date AND m.household = c.household
    AND m.household_kind = c.household_kind AND m.parent = h.person
  GROUP BY ALL
)
SELECT c.index_date, coalesce(a.reference, c.oldest_child) AS reference, c.household, c.household_kind AS stratum,
  c.children, coalesce(a.adults, 0) AS adults, c.youngest, FALSE AS first_pregnancy,
  coalesce(a.reference, c.oldest_child) || CASE c.household_kind WHEN 'private' THEN '' ELSE ':' || c.household_kind END
    AS family
FROM children AS c
LEFT JOIN adults AS a USING (index_date, household, household_kind)
WHERE a.reference IS NOT NULL OR c.household_kind <> 'private'
UNION ALL
SELECT p.index_date, p.person, p.household, p.household_kind, 0, 0, NULL, TRUE,
  p.person || CASE p.household_kind WHEN 'private' THEN '' ELSE ':' || p.household_kind END
FROM link_pregnant AS p
ANTI JOIN children AS c ON c.index_date = p.index_date AND c.household = p.household
WHERE p.first AND {"TRUE" if first_pregnancy else "FALSE"}"""


def members_sql() -> str:
    """Who belongs to which family: children, parents, and legal parents living elsewhere."""
    return """CREATE OR REPLACE TABLE members AS
SELECT u.index_date, u.family, h.person, 'child' AS role
FROM link_units AS u
JOIN link_homes AS h ON h.index_date = u.index_date AND h.household = u.household AND h.household_kind = u.stratum
WHERE h.is_child AND NOT u.first_pregnancy
UNION ALL
SELECT u.index_date, u.family, h.person, 'parent'
FROM link_units AS u
JOIN link_homes AS h ON h.index_date = u.index_date AND h.household = u.household AND h.role = 'adult'
WHERE NOT u.first_pregnancy
UNION ALL
SELECT index_date, family, reference, 'parent' FROM link_units WHERE first_pregnancy
UNION ALL
SELECT u.index_date, u.family, h.person, 'parent'
FROM link_units AS u
JOIN link_pregnant AS p ON p.index_date = u.index_date AND p.person = u.reference AND p.role = 'adult'
JOIN link_homes AS h ON h.index_date = u.index_date AND h.household = u.household AND h.role = 'adult'
ANTI JOIN link_pregnant AS q ON q.index_date = h.index_date AND q.person = h.person AND q.first
WHERE u.first_pregnancy
UNION ALL
SELECT DISTINCT l.index_date, u.family, l.parent, 'outside_parent'
FROM link_legal AS l
JOIN link_units AS u ON u.index_date = l.index_date AND u.household = l.household AND u.stratum = l.household_kind
WHERE NOT l.lives_there AND NOT u.first_pregnancy"""


def places_sql(addresses: bool, areas: bool) -> str:
    """The area where each family lives: the address of its reference person, the last one begun."""
    if not (addresses and areas):
        return """CREATE OR REPLACE TABLE link_places (
  index_date DATE, family VARCHAR, area VARCHAR, area_block VARCHAR, urbanity VARCHAR)"""
    return f"""CREATE OR REPLACE TABLE link_places AS
WITH lived AS (
  SELECT u.index_date, u.family, arg_max(s.area, (s.event_date, s.recorded_date, s.address)) AS area
  FROM link_units AS u
  JOIN link_dates AS d ON d.index_date = u.index_date
  JOIN registers.address_spells AS s ON s.person = u.reference AND {usable("s")} AND {still_open("s")}
  GROUP BY ALL
)
SELECT l.index_date, l.family, a.area, coalesce(a.within, 'unknown') AS area_block,
  coalesce(CAST(a.urbanity AS VARCHAR), 'unknown') AS urbanity
FROM lived AS l
JOIN (SELECT area, min(within) AS within, min(urbanity) AS urbanity FROM registers.areas WHERE kind = 'buurt'
  GROUP BY ALL) AS a ON a.area = l.area"""


def families_sql(key: str) -> str:
    """One row per family and index date, with its stages and the groups of the audit.

    ``fold`` is the first 32 bits of ``md5(key + family)`` modulo 10, so a family keeps its fold over index dates.
    """
    return f"""CREATE OR REPLACE TABLE families AS
WITH parents AS (
  SELECT m.index_date, m.family, count(*) AS adults, count(DISTINCT h.origin) AS origins, min(h.origin) AS origin,
    min(h.sex) AS sex
  FROM members AS m JOIN link_homes AS h USING (index_date, person)
  WHERE m.role = 'parent' GROUP BY ALL
), ages AS (
  SELECT m.index_date, m.family, bool_or(h.birth_date > d.born_after_4) AS child_0_3,
    bool_or(h.birth_date <= d.born_after_4 AND h.birth_date > d.born_after_12) AS child_4_11,
    bool_or(h.birth_date <= d.born_after_12) AS child_12_17
  FROM members AS m JOIN link_homes AS h USING (index_date, person) JOIN link_dates AS d USING (index_date)
  WHERE m.role = 'child' GROUP BY ALL
), steps AS (
  SELECT index_date, household, household_kind, bool_or(here < adults) AS step
  FROM (
    SELECT l.index_date, l.household, l.household_kind, l.child, u.adults,
      count(*) FILTER (WHERE l.as_adult) AS here
    FROM link_legal AS l
    JOIN link_units AS u ON u.index_date = l.index_date AND u.household = l.household AND u.stratum = l.household_kind
    GROUP BY ALL HAVING here > 0
  ) GROUP BY ALL
), expecting AS (
  SELECT DISTINCT m.index_date, m.family FROM members AS m JOIN link_pregnant AS p USING (index_date, person)
  WHERE m.role IN ('parent', 'child')
)
SELECT u.index_date, u.family, u.household,
  (('0x' || substr(md5({quote(key)} || u.family), 1, 8))::UBIGINT % {FOLDS})::INTEGER AS fold,
  coalesce(w.area, 'unknown') AS area, coalesce(w.area_block, 'unknown') AS area_block, u.stratum, u.children,
  coalesce(g.child_0_3, FALSE) AS child_0_3, coalesce(g.child_4_11, FALSE) AS child_4_11,
  coalesce(g.child_12_17, FALSE) AS child_12_17, e.family IS NOT NULL AS prenatal,
  CASE WHEN p.origins > 1 THEN 'mixed' ELSE coalesce(p.origin, 'unknown') END AS origin,
  CASE WHEN NOT u.first_pregnancy AND p.adults = 1 THEN coalesce(p.sex, 'not_single') ELSE 'not_single' END
    AS sex_single_parent,
  CASE WHEN u.first_pregnancy THEN 'first_pregnancy' WHEN coalesce(p.adults, 0) < 2 THEN 'single_parent'
    WHEN s.step THEN 'stepfamily' ELSE 'couple' END AS family_form,
  CASE WHEN r.role IS DISTINCT FROM 'adult' AND NOT u.first_pregnancy THEN 'unknown'
    WHEN r.birth_date > d.born_after_25 THEN 'under_25' WHEN r.birth_date > d.born_after_35 THEN '25_34'
    WHEN r.birth_date > d.born_after_45 THEN '35_44' ELSE '45_up' END AS parent_age_band,
  CASE WHEN u.first_pregnancy THEN 'prenatal' WHEN u.youngest > d.born_after_4 THEN '0_3'
    WHEN u.youngest > d.born_after_12 THEN '4_11' ELSE '12_17' END AS youngest_age_band,
  CASE WHEN u.children >= 3 THEN '3_up' WHEN u.children = 2 THEN '2' ELSE '1' END AS children_band,
  coalesce(w.urbanity, 'unknown') AS urbanity
FROM link_units AS u
JOIN link_dates AS d USING (index_date)
JOIN link_homes AS r ON r.index_date = u.index_date AND r.person = u.reference
LEFT JOIN parents AS p ON p.index_date = u.index_date AND p.family = u.family
LEFT JOIN ages AS g ON g.index_date = u.index_date AND g.family = u.family
LEFT JOIN steps AS s ON s.index_date = u.index_date AND s.household = u.household AND s.household_kind = u.stratum
LEFT JOIN expecting AS e ON e.index_date = u.index_date AND e.family = u.family
LEFT JOIN link_places AS w ON w.index_date = u.index_date AND w.family = u.family"""


def counts_sql() -> str:
    """What the handle on the spine may show: numbers of families per index date and stratum."""
    return """CREATE OR REPLACE TABLE linkage_counts AS
SELECT index_date, stratum, count(*) AS families FROM families GROUP BY ALL"""

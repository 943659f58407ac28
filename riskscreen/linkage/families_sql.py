"""SQL that turns registers into persons, families and members; one statement per table, by pure functions.

Point in time: a row counts at an index date only when it happened *and* was recorded before that date, and a spell is
over only when its end had happened *and* was recorded before it. Both are prepared once: ``known_from`` is the later of
event and record, ``over_from`` the later of end and its record (never, when NULL); a row holds on index date ``d`` when
``known_from < d AND NOT over_from < d``.

The rules, each in one place:

- A person lives in one household: the one whose spell began last (then recorded last, then the lowest number).
- A family is the children under the age limit (role child) of one kind of one household. Parents are the household's
  adults (role adult). A private household with children but no known adult is no family; it is counted.
- A first pregnancy is a family when the household has no child and the mother is nobody's legal parent yet. Adults
  of her household are parents too, unless she lives there as child or other, or they are a first family themselves.
- The family is named after its reference person: the mother (a woman who is a legal parent of a child there; by birth
  before otherwise, then the oldest), else the oldest adult. Foster and institutional families carry their kind behind
  the name (and are named after the oldest child where no adult is known), so that they stay apart.
- A parent living elsewhere is a legal parent of a child of the family who is alive, has not left, and does not live
  in the child's household.

Inside, persons and households are whole numbers, given in an order that means something: the lower a person's number,
the older the person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from riskscreen.engine.duck import quote
from riskscreen.engine.sql import literal
from riskscreen.settings import Family, add_months

FOLDS = 10
STRATA = ("private", "foster", "institution")
_RANK = 1 << 31
"""Persons' numbers stay below it, so ``rank * _RANK + number`` sorts by rank, then by number."""


def _known(alias: str) -> str:
    return f"greatest({alias}.event_date, {alias}.recorded_date)"


def _over(alias: str) -> str:
    end = f"greatest({alias}.end_date, coalesce({alias}.end_recorded_date, {alias}.end_date))"
    return f"CASE WHEN {alias}.end_date IS NOT NULL THEN {end} END"


def _complete(alias: str) -> str:
    return f"{alias}.event_date IS NOT NULL AND {alias}.recorded_date IS NOT NULL"


def holds_on(day: date, alias: str) -> str:
    """Had the row happened and been recorded before the day, and not its end?"""
    on = literal(day)
    return f"{alias}.known_from < {on} AND coalesce({alias}.over_from >= {on}, TRUE)"


def spine_sql() -> str:
    """One row per person to which all registers link; of a number that occurs twice, the row recorded first."""
    return """CREATE OR REPLACE TABLE spine AS
SELECT person, birth_date, sex, death_date, emigration_date, education, education_date, origin, recorded_date,
  (row_number() OVER (ORDER BY birth_date, person))::INTEGER AS id
FROM (
  SELECT * FROM registers.persons
  WHERE person IS NOT NULL AND birth_date IS NOT NULL AND recorded_date IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY person ORDER BY recorded_date, birth_date, sex, origin) = 1)"""


def households_sql() -> str:
    """A whole number for every household."""
    return """CREATE OR REPLACE TEMP TABLE link_households AS
SELECT household, (row_number() OVER (ORDER BY household))::INTEGER AS home
FROM (SELECT DISTINCT household FROM registers.household_spells WHERE household IS NOT NULL)"""


def spells_sql() -> str:
    """Household spells of known persons, from birth to death or leaving; ``spell`` is higher the later it began.

    ``unit`` names one kind of one household.
    """
    return f"""CREATE OR REPLACE TEMP TABLE link_spells AS
SELECT (row_number() OVER (ORDER BY s.event_date, s.recorded_date, h.home DESC, s.role DESC))::INTEGER AS spell,
  p.id, h.home, h.home * 3 + CASE s.household_kind WHEN 'private' THEN 0 WHEN 'foster' THEN 1 ELSE 2 END AS unit,
  s.role, p.birth_date, p.sex, p.origin,
  greatest({_known("s")}, p.birth_date, p.recorded_date) AS known_from,
  least({_over("s")}, p.death_date, p.emigration_date) AS over_from
FROM registers.household_spells AS s
JOIN link_households AS h ON h.household = s.household
JOIN spine AS p ON p.person = s.person
WHERE {_complete("s")}"""


def parents_sql(parentage: bool) -> str:
    """Legal parents of children, both known, with the days from which parentage and birth parentage were known."""
    if not parentage:
        return """CREATE OR REPLACE TEMP TABLE link_parents (
  child INTEGER, parent INTEGER, known_from DATE, by_birth_from DATE, over_from DATE)"""
    return f"""CREATE OR REPLACE TEMP TABLE link_parents AS
SELECT c.id AS child, p.id AS parent, min({_known("g")}) AS known_from,
  min({_known("g")}) FILTER (WHERE g.kind = 'birth') AS by_birth_from, any_value(NULL::DATE) AS over_from
FROM registers.parentage AS g
JOIN spine AS c ON c.person = g.child
JOIN spine AS p ON p.person = g.parent
WHERE {_complete("g")}
GROUP BY c.id, p.id"""


def first_children_sql(parentage: bool) -> str:
    """From which day it was known that someone is a legal parent, of whomever."""
    if not parentage:
        return "CREATE OR REPLACE TEMP TABLE link_first_children (id INTEGER, known_from DATE)"
    return f"""CREATE OR REPLACE TEMP TABLE link_first_children AS
SELECT p.id, min({_known("g")}) AS known_from
FROM registers.parentage AS g JOIN spine AS p ON p.person = g.parent
WHERE {_complete("g")}
GROUP BY p.id"""


def pregnancies_sql(pregnancies: bool) -> str:
    """Pregnancies, over from the due date or from the day the birth was known, whichever comes first."""
    if not pregnancies:
        return "CREATE OR REPLACE TEMP TABLE link_pregnancies (id INTEGER, known_from DATE, over_from DATE)"
    birth = "greatest(g.birth_date, coalesce(g.birth_recorded_date, g.birth_date))"
    return f"""CREATE OR REPLACE TEMP TABLE link_pregnancies AS
SELECT p.id, {_known("g")} AS known_from,
  least(g.due_date, CASE WHEN g.birth_date IS NOT NULL THEN {birth} END) AS over_from
FROM registers.pregnancies AS g JOIN spine AS p ON p.person = g.person
WHERE {_complete("g")} AND g.due_date IS NOT NULL"""


def addresses_sql(addresses: bool, areas: bool) -> str:
    """Addresses of persons in known buurten; ``spell`` is higher the later it began."""
    if not (addresses and areas):
        return """CREATE OR REPLACE TEMP TABLE link_addresses (
  spell INTEGER, id INTEGER, area VARCHAR, area_block VARCHAR, urbanity VARCHAR, known_from DATE, over_from DATE)"""
    return f"""CREATE OR REPLACE TEMP TABLE link_addresses AS
SELECT (row_number() OVER (ORDER BY s.event_date, s.recorded_date, s.address DESC, s.area DESC))::INTEGER AS spell,
  p.id, a.area, a.area_block, a.urbanity, {_known("s")} AS known_from, {_over("s")} AS over_from
FROM registers.address_spells AS s
JOIN spine AS p ON p.person = s.person
LEFT JOIN (
  SELECT area, coalesce(min(within), 'unknown') AS area_block,
    coalesce(min(urbanity)::VARCHAR, 'unknown') AS urbanity
  FROM registers.areas WHERE kind = 'buurt' GROUP BY area
) AS a ON a.area = s.area
WHERE {_complete("s")}"""


def homes_sql(day: date, family: Family) -> str:
    """Where every resident lives on the index date: one household per person."""
    young = literal(add_months(day, -12 * family.child_age_below))
    return f"""CREATE OR REPLACE TEMP TABLE day_homes AS
SELECT s.id, s.home, s.unit, s.role, s.birth_date, s.sex, s.origin,
  s.role = 'child' AND s.birth_date > {young} AS is_child
FROM (SELECT max(s.spell) AS spell FROM link_spells AS s WHERE {holds_on(day, "s")} GROUP BY s.id) AS last
JOIN link_spells AS s USING (spell)"""


def legal_sql(day: date) -> str:
    """Legal parents of the children at home: living there as an adult, living there otherwise, or elsewhere."""
    on = literal(day)
    return f"""CREATE OR REPLACE TEMP TABLE day_legal AS
SELECT c.id AS child, c.unit, g.parent, h.sex, coalesce(g.by_birth_from < {on}, FALSE) AS by_birth,
  coalesce(h.home = c.home, FALSE) AS lives_there, coalesce(h.home = c.home AND h.role = 'adult', FALSE) AS as_adult
FROM day_homes AS c
JOIN link_parents AS g ON g.child = c.id
LEFT JOIN day_homes AS h ON h.id = g.parent
WHERE c.is_child AND {holds_on(day, "g")}"""


def pregnant_sql(day: date) -> str:
    """Women pregnant on the index date; ``first``: nobody's legal parent yet."""
    return f"""CREATE OR REPLACE TEMP TABLE day_pregnant AS
SELECT h.id, h.home, h.unit, h.role, f.id IS NULL AS first
FROM day_homes AS h
SEMI JOIN (FROM link_pregnancies AS g WHERE {holds_on(day, "g")}) AS g ON g.id = h.id
LEFT JOIN link_first_children AS f ON f.id = h.id AND f.known_from < {literal(day)}"""


def units_sql(family: Family) -> str:
    """Families with their reference person: those with children, then first pregnancies."""
    return f"""CREATE OR REPLACE TEMP TABLE day_units AS
WITH children AS (
  SELECT unit, home, count(*)::INTEGER AS children, max(birth_date) AS youngest, min(id) AS oldest_child
  FROM day_homes WHERE is_child GROUP BY unit, home
), adults AS (
  SELECT home, count(*)::INTEGER AS adults, min(id) AS oldest_adult
  FROM day_homes WHERE role = 'adult' GROUP BY home
), mothers AS (
  SELECT unit, min(CASE WHEN by_birth THEN 0::BIGINT ELSE {_RANK} END + parent) % {_RANK} AS mother
  FROM day_legal WHERE as_adult AND sex = 'f' GROUP BY unit
)
SELECT c.unit, c.home, coalesce(m.mother, a.oldest_adult, c.oldest_child)::INTEGER AS reference, c.children,
  coalesce(a.adults, 0) AS adults, c.youngest, FALSE AS first_pregnancy
FROM children AS c
LEFT JOIN adults AS a USING (home)
LEFT JOIN mothers AS m USING (unit)
WHERE a.adults > 0 OR c.unit % 3 <> 0
UNION ALL
SELECT p.unit, p.home, p.id, 0, 0, NULL, TRUE
FROM day_pregnant AS p ANTI JOIN children AS c ON c.home = p.home
WHERE p.first AND {"TRUE" if family.first_pregnancy else "FALSE"}"""


def day_members_sql(day: date) -> str:
    """Who belongs to which family (by its reference and unit): children, parents, legal parents living elsewhere."""
    on = literal(day)
    return f"""CREATE OR REPLACE TEMP TABLE day_members AS
SELECT u.unit, u.reference, h.id, 'child' AS role
FROM day_units AS u JOIN day_homes AS h ON h.unit = u.unit
WHERE h.is_child AND NOT u.first_pregnancy
UNION ALL
SELECT u.unit, u.reference, h.id, 'parent'
FROM day_units AS u JOIN day_homes AS h ON h.home = u.home
WHERE h.role = 'adult' AND NOT u.first_pregnancy
UNION ALL
SELECT unit, reference, reference, 'parent' FROM day_units WHERE first_pregnancy
UNION ALL
SELECT u.unit, u.reference, h.id, 'parent'
FROM day_units AS u
JOIN day_pregnant AS p ON p.id = u.reference AND p.role = 'adult'
JOIN day_homes AS h ON h.home = u.home AND h.role = 'adult'
ANTI JOIN day_pregnant AS q ON q.id = h.id AND q.first
WHERE u.first_pregnancy
UNION ALL
SELECT DISTINCT u.unit, u.reference, l.parent, 'outside_parent'
FROM day_legal AS l
JOIN day_units AS u ON u.unit = l.unit AND NOT u.first_pregnancy
JOIN spine AS p ON p.id = l.parent
WHERE NOT l.lives_there AND greatest(p.birth_date, p.recorded_date) < {on}
  AND coalesce(least(p.death_date, p.emigration_date) >= {on}, TRUE)"""


def places_sql(day: date) -> str:
    """The area where each reference person lives: the address begun last."""
    return f"""CREATE OR REPLACE TEMP TABLE day_places AS
SELECT a.id, a.area, a.area_block, a.urbanity
FROM (
  SELECT max(a.spell) AS spell FROM link_addresses AS a
  SEMI JOIN day_units AS u ON u.reference = a.id
  WHERE {holds_on(day, "a")} GROUP BY a.id) AS last
JOIN link_addresses AS a USING (spell)"""


def families_sql() -> str:
    """The table of families, empty."""
    return """CREATE OR REPLACE TABLE families (
  index_date DATE, family VARCHAR, household VARCHAR, fold INTEGER, area VARCHAR, area_block VARCHAR, stratum VARCHAR,
  children INTEGER, child_0_3 BOOLEAN, child_4_11 BOOLEAN, child_12_17 BOOLEAN, prenatal BOOLEAN, origin VARCHAR,
  sex_single_parent VARCHAR, family_form VARCHAR, parent_age_band VARCHAR, youngest_age_band VARCHAR,
  children_band VARCHAR, urbanity VARCHAR)"""


def members_sql() -> str:
    """The table of members, empty."""
    return "CREATE OR REPLACE TABLE members (index_date DATE, family VARCHAR, person VARCHAR, role VARCHAR)"


def _family_name(person: str, unit: str) -> str:
    kinds = " ".join(f"WHEN {i} THEN ':{kind}'" for i, kind in enumerate(STRATA) if i)
    return f"{person} || CASE {unit} % 3 {kinds} ELSE '' END"


def add_members_sql(day: date) -> str:
    """Members of one index date, by their own numbers."""
    return f"""INSERT INTO members
SELECT {literal(day)}, {_family_name("r.person", "m.unit")}, p.person, m.role
FROM day_members AS m JOIN spine AS p ON p.id = m.id JOIN spine AS r ON r.id = m.reference"""


def add_families_sql(day: date, key: str) -> str:
    """Families of one index date, with their stages and the groups of the audit.

    ``fold`` is the first 32 bits of ``md5(key + family)`` modulo 10, so a family keeps its fold over index dates.
    Ages are compared with birthdays computed in Python: who is born on 29 February is a year older on 1 March of a
    common year. The group of a family follows its parents: *mixed* when their known origins differ.
    """
    born = {age: literal(add_months(day, -12 * age)) for age in (4, 12, 25, 35, 45)}
    strata = " ".join(f"WHEN {i} THEN '{kind}'" for i, kind in enumerate(STRATA))
    return f"""INSERT INTO families
WITH members AS (
  SELECT m.reference, m.unit, m.role, h.birth_date, h.sex, h.origin, e.id IS NOT NULL AS pregnant
  FROM day_members AS m
  JOIN day_homes AS h USING (id)
  LEFT JOIN day_pregnant AS e USING (id)
  WHERE m.role <> 'outside_parent'
), sums AS (
  SELECT reference, unit, count(*) FILTER (WHERE role = 'parent') AS parents,
    min(origin) FILTER (WHERE role = 'parent') AS first_origin,
    max(origin) FILTER (WHERE role = 'parent') AS last_origin,
    min(sex) FILTER (WHERE role = 'parent') AS sex,
    bool_or(role = 'child' AND birth_date > {born[4]}) AS child_0_3,
    bool_or(role = 'child' AND birth_date <= {born[4]} AND birth_date > {born[12]}) AS child_4_11,
    bool_or(role = 'child' AND birth_date <= {born[12]}) AS child_12_17,
    bool_or(pregnant) AS prenatal
  FROM members GROUP BY reference, unit
), steps AS (
  SELECT l.unit, bool_or(l.here < u.adults) AS step
  FROM (SELECT unit, child, count(*) AS here FROM day_legal WHERE as_adult GROUP BY unit, child) AS l
  JOIN day_units AS u ON u.unit = l.unit AND NOT u.first_pregnancy
  GROUP BY l.unit
), named AS (
  SELECT u.*, {_family_name("p.person", "u.unit")} AS family, p.birth_date AS reference_born
  FROM day_units AS u JOIN spine AS p ON p.id = u.reference
)
SELECT {literal(day)}, u.family, h.household, ('0x' || substr(md5({quote(key)} || u.family), 1, 8))::UBIGINT % {FOLDS},
  coalesce(w.area, 'unknown'), coalesce(w.area_block, 'unknown'), CASE u.unit % 3 {strata} END, u.children,
  s.child_0_3, s.child_4_11, s.child_12_17, s.prenatal,
  CASE WHEN s.first_origin <> s.last_origin THEN 'mixed' ELSE coalesce(s.first_origin, 'unknown') END,
  CASE WHEN NOT u.first_pregnancy AND s.parents = 1 THEN coalesce(s.sex, 'not_single') ELSE 'not_single' END,
  CASE WHEN u.first_pregnancy THEN 'first_pregnancy' WHEN s.parents < 2 THEN 'single_parent'
    WHEN t.step THEN 'stepfamily' ELSE 'couple' END,
  CASE WHEN s.parents = 0 THEN 'unknown' WHEN u.reference_born > {born[25]} THEN 'under_25'
    WHEN u.reference_born > {born[35]} THEN '25_34' WHEN u.reference_born > {born[45]} THEN '35_44' ELSE '45_up' END,
  CASE WHEN u.first_pregnancy THEN 'prenatal' WHEN u.youngest > {born[4]} THEN '0_3'
    WHEN u.youngest > {born[12]} THEN '4_11' ELSE '12_17' END,
  CASE WHEN u.children >= 3 THEN '3_up' WHEN u.children = 2 THEN '2' ELSE '1' END,
  coalesce(w.urbanity, 'unknown')
FROM named AS u
JOIN link_households AS h ON h.home = u.home
JOIN sums AS s ON s.reference = u.reference AND s.unit = u.unit
LEFT JOIN steps AS t ON t.unit = u.unit
LEFT JOIN day_places AS w ON w.id = u.reference"""


def counts_sql() -> str:
    """What the handle on the spine may show: numbers of families per index date and stratum."""
    return """CREATE OR REPLACE TABLE linkage_counts AS
SELECT index_date, stratum, count(*) AS families FROM families GROUP BY ALL"""


def statements(present: Sequence[str], index_dates: Sequence[date], family: Family, key: str) -> tuple[str, ...]:
    """Every statement of linking, in order.

    Parameters
    ----------
    present
        Names of the registers that are open; absent ones give empty tables, so every later statement still holds.
    """
    parentage = "parentage" in present
    once = (
        spine_sql(),
        households_sql(),
        spells_sql(),
        parents_sql(parentage),
        first_children_sql(parentage),
        pregnancies_sql("pregnancies" in present),
        addresses_sql("address_spells" in present, "areas" in present),
        families_sql(),
        members_sql(),
    )
    daily = (sql for day in sorted(set(index_dates)) for sql in _daily(day, family, key))
    return (*once, *daily, counts_sql())


def _daily(day: date, family: Family, key: str) -> tuple[str, ...]:
    return (
        homes_sql(day, family),
        legal_sql(day),
        pregnant_sql(day),
        units_sql(family),
        day_members_sql(day),
        places_sql(day),
        add_families_sql(day, key),
        add_members_sql(day),
    )

"""How well the registers link, as tables of counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.linkage.families_sql import holds_on
from riskscreen.records.tables import Channel, Column, Table
from riskscreen.records.texts import Text, same
from riskscreen.registers.handle import Registers
from riskscreen.registers.schemas import schemas

NOT_PUBLIC: tuple[Channel, ...] = ("review", "internal")

ORIGINS = {
    "netherlands": Text("Netherlands", "Nederland"),
    "europe": Text("Europe", "Europa"),
    "outside_europe": Text("outside Europe", "buiten Europa"),
    "mixed": Text("mixed", "gemengd"),
    "unknown": Text("unknown", "onbekend"),
}

GROUPS: dict[str, tuple[Text, dict[str, Text]]] = {
    "origin": (Text("origin of the parents", "herkomst van de ouders"), ORIGINS),
    "sex_single_parent": (
        Text("sex of a single parent", "geslacht van een alleenstaande ouder"),
        {"f": Text("woman", "vrouw"), "m": Text("man", "man"), "not_single": Text("not single", "niet alleenstaand")},
    ),
    "family_form": (
        Text("family form", "gezinsvorm"),
        {
            "couple": Text("couple", "stel"),
            "single_parent": Text("single parent", "alleenstaande ouder"),
            "stepfamily": Text("stepfamily", "stiefgezin"),
            "first_pregnancy": Text("first pregnancy", "eerste zwangerschap"),
        },
    ),
    "parent_age_band": (
        Text("age of the reference parent", "leeftijd van de eerste ouder"),
        {
            "under_25": Text("under 25", "jonger dan 25"),
            "25_34": same("25-34"),
            "35_44": same("35-44"),
            "45_up": Text("45 and over", "45 en ouder"),
            "unknown": Text("unknown", "onbekend"),
        },
    ),
    "youngest_age_band": (
        Text("age of the youngest child", "leeftijd van het jongste kind"),
        {
            "prenatal": Text("not yet born", "nog niet geboren"),
            "0_3": same("0-3"),
            "4_11": same("4-11"),
            "12_17": same("12-17"),
        },
    ),
    "children_band": (
        Text("number of children", "aantal kinderen"),
        {"1": same("1"), "2": same("2"), "3_up": Text("3 or more", "3 of meer")},
    ),
    "urbanity": (
        Text("urbanity", "stedelijkheid"),
        {
            "1": Text("very urban", "zeer sterk stedelijk"),
            "2": Text("urban", "sterk stedelijk"),
            "3": Text("fairly urban", "matig stedelijk"),
            "4": Text("hardly urban", "weinig stedelijk"),
            "5": Text("rural", "niet stedelijk"),
            "unknown": Text("unknown", "onbekend"),
        },
    ),
}
"""The columns of ``families`` that an audit splits by, with the wording of every group."""

CASES = {
    "person_in_two_households": Text(
        "persons in two households at once (the last one begun counts)",
        "personen in twee huishoudens tegelijk (het laatst begonnen huishouden telt)",
    ),
    "household_without_adult": Text(
        "private households with children but no known adult (left out)",
        "particuliere huishoudens met kinderen zonder bekende volwassene (weggelaten)",
    ),
    "child_without_legal_parent": Text(
        "children without a known legal parent", "kinderen zonder bekende juridische ouder"
    ),
    "family_without_area": Text("families without a known area", "gezinnen zonder bekend gebied"),
    "family_in_foster_stratum": Text("foster families (kept apart)", "pleeggezinnen (apart gehouden)"),
    "family_in_institution_stratum": Text("groups in institutions (kept apart)", "groepen in instellingen (apart)"),
}

_REGISTER = Text("register", "register")
_NOTE = Text(
    "A row links when the number of its person is known in the persons register.",
    "Een rij is gekoppeld als het nummer van de persoon bekend is in het personenregister.",
)
_GROUP_NOTE = Text(
    _NOTE.en + " The group is that of the person on the row; when nobody on it is known, the group is unknown.",
    _NOTE.nl + " De groep is die van de persoon in de rij; is niemand in de rij bekend, dan is de groep onbekend.",
)


def linked_sql(register: str) -> str:
    """Rows and linked rows of a register by origin of its person."""
    start = "SELECT coalesce(p.origin, 'unknown') AS origin, count(*) AS n, "
    if register == "persons":
        return (
            "SELECT coalesce(p.origin, 'unknown') AS origin, count(*) AS n, count(h.person) AS linked "
            "FROM registers.persons AS p LEFT JOIN (SELECT DISTINCT person FROM registers.household_spells) AS h "
            "ON h.person = p.person GROUP BY 1"
        )
    if register == "parentage":
        return (
            "SELECT coalesce(c.origin, p.origin, 'unknown') AS origin, count(*) AS n, "
            "count(*) FILTER (WHERE c.person IS NOT NULL AND p.person IS NOT NULL) AS linked "
            "FROM registers.parentage AS r LEFT JOIN spine AS c ON c.person = r.child "
            "LEFT JOIN spine AS p ON p.person = r.parent GROUP BY 1"
        )
    if register == "aftercare":
        return (
            f"{start} count(p.person) AS linked FROM registers.aftercare AS a "
            "LEFT JOIN (SELECT report, min(person) AS person FROM registers.reports GROUP BY 1) AS r "
            "ON r.report = a.report LEFT JOIN spine AS p ON p.person = r.person GROUP BY 1"
        )
    return (
        f"{start} count(p.person) AS linked FROM registers.{register} AS r "
        "LEFT JOIN spine AS p ON p.person = r.person GROUP BY 1"
    )


def quality_tables(registers: Registers) -> tuple[Table, Table]:
    """Tables ``linkage`` (per register) and ``linkage_by_group`` (per register and origin; never public)."""
    totals: list[tuple[str, int, int, float | None]] = []
    groups: list[tuple[str, str, int, int, float | None]] = []
    for register in registers.present:
        if register in ("areas", "particulars"):
            continue
        found = sorted(registers.engine.rows(linked_sql(register)))
        rows, linked = sum(r[1] for r in found), sum(r[2] for r in found)
        totals.append((register, rows, linked, _share(linked, rows)))
        groups += [(register, origin, n, k, _share(k, n)) for origin, n, k in found]
    quality = Table(
        "linkage",
        Text(
            "Linkage: rows per register that belong to a known person",
            "Koppeling: rijen per register van een bekende persoon",
        ),
        (_register_column(), *_count_columns()),
        tuple(totals),
        _NOTE,
    )
    by_group = Table(
        "linkage_by_group",
        Text("Linkage by origin", "Koppeling naar herkomst"),
        (_register_column(), Column("group", "key", Text("origin", "herkomst"), labels=ORIGINS), *_count_columns()),
        tuple(groups),
        _GROUP_NOTE,
        NOT_PUBLIC,
    )
    return quality, by_group


def case_table(registers: Registers, day: date) -> Table:
    """Table ``linkage_cases``: how often untidy data needed a rule on one index date."""
    found = dict(registers.engine.rows(_cases_sql(day)))
    columns = (
        Column("case", "key", Text("case", "geval"), labels=CASES),
        Column("number", "count", Text("number", "aantal"), unit="cases", additive=False),
    )
    rows = tuple((case, int(found[case])) for case in CASES)
    return Table(
        "linkage_cases",
        Text("Untidy data and families kept apart", "Rommelige gegevens en gezinnen apart"),
        columns,
        rows,
    )


def group_table(engine: Engine, day: date) -> Table:
    """Table ``family_groups``: private families by each group of the audit on one index date."""
    where = f"index_date = {literal(day)} AND stratum = 'private'"
    parts = [
        f"SELECT '{name}' AS attribute, {name} AS code, count(*) AS families FROM families WHERE {where} GROUP BY 2"
        for name in GROUPS
    ]
    found = {(attribute, code): n for attribute, code, n in engine.rows(" UNION ALL ".join(parts))}
    whole = engine.value(f"SELECT count(*) FROM families WHERE {where}")
    rows = [
        (attribute, code, found.get((attribute, code), 0), whole, _share(found.get((attribute, code), 0), whole))
        for attribute, (_, codes) in GROUPS.items()
        for code in codes
    ]
    return Table(
        "family_groups",
        Text("Families by group", "Gezinnen naar groep"),
        _group_columns(),
        tuple(rows),
        channels=NOT_PUBLIC,
    )


def _group_columns() -> tuple[Column, ...]:
    codes: dict[str, Text] = {}
    for _, labels in GROUPS.values():  # "1" and "2" are codes of two features: there the code is its own wording
        codes |= {
            code: same(code) if code in codes and words != codes[code] else words for code, words in labels.items()
        }
    return (
        Column("attribute", "key", Text("feature", "kenmerk"), labels={n: title for n, (title, _) in GROUPS.items()}),
        Column("group", "key", Text("group", "groep"), labels=codes),
        Column("families", "count", Text("families", "gezinnen"), unit="families"),
        Column("all_families", "count", Text("all families", "alle gezinnen"), unit="families", additive=False),
        Column("share", "rate", Text("share", "aandeel"), unit="share", of="families", base="all_families"),
    )


def _cases_sql(day: date) -> str:
    """Counts for the last index date that was linked: the ``day_`` tables still hold it."""
    on = literal(day)
    return f"""SELECT 'person_in_two_households', count(*) FROM (
  SELECT s.id FROM link_spells AS s WHERE {holds_on(day, "s")} GROUP BY s.id HAVING count(DISTINCT s.home) > 1)
UNION ALL SELECT 'household_without_adult', count(*) FROM (
  SELECT home FROM day_homes WHERE unit % 3 = 0
  GROUP BY home HAVING bool_or(is_child) AND NOT bool_or(role = 'adult'))
UNION ALL SELECT 'child_without_legal_parent', count(*) FROM day_homes AS h
  ANTI JOIN day_legal AS l ON l.child = h.id WHERE h.is_child
UNION ALL SELECT 'family_without_area', count(*) FROM families WHERE index_date = {on} AND area = 'unknown'
UNION ALL SELECT 'family_in_foster_stratum', count(*) FROM families WHERE index_date = {on} AND stratum = 'foster'
UNION ALL SELECT 'family_in_institution_stratum', count(*) FROM families
  WHERE index_date = {on} AND stratum = 'institution'"""


def _register_column() -> Column:
    return Column("register", "key", _REGISTER, labels={name: schema.title for name, schema in schemas().items()})


def _count_columns() -> Iterable[Column]:
    return (
        Column("rows", "count", Text("rows", "rijen"), unit="rows"),
        Column("linked", "count", Text("linked", "gekoppeld"), unit="rows"),
        Column("share", "rate", Text("share linked", "aandeel gekoppeld"), unit="share", of="linked", base="rows"),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None

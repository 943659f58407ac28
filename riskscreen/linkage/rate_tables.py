"""Tables of linkage quality: rates and counts, overall and by group; never a row about a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from riskscreen.engine.duck import Engine
from riskscreen.linkage.evidence import ASTRAY, TOTAL, Group, Lost
from riskscreen.linkage.options import Rules
from riskscreen.linkage.quality import NOT_PUBLIC, ORIGINS
from riskscreen.linkage.rates import Rate, Rates
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text, same

METHODS = {
    "model": Text("model, without truth", "model, zonder waarheid"),
    "clerical": Text("clerical sample", "steekproef met de hand"),
    "truth": Text("truth", "waarheid"),
}
ATTRIBUTES = {
    "origin": Text("origin", "herkomst"),
    "age": Text("age", "leeftijd"),
    "sex": Text("sex", "geslacht"),
    "arrival": Text("arrival", "komst"),
}
LABELS: Mapping[str, Text] = {
    **ORIGINS,
    "0_3": same("0-3"),
    "4_17": same("4-17"),
    "18_29": same("18-29"),
    "30_49": same("30-49"),
    "50_up": Text("50 and over", "50 en ouder"),
    "f": Text("woman or girl", "vrouw of meisje"),
    "m": Text("man or boy", "man of jongen"),
    "recent": Text("recently registered", "pas ingeschreven"),
    "not_recent": Text("registered longer", "langer ingeschreven"),
}
RULES = {
    "number": Text("number holds", "nummer klopt"),
    "number_kept": Text("number kept, likeliest all the same", "nummer gehouden, toch het waarschijnlijkst"),
    "particulars": Text("found by particulars", "gevonden op persoonsgegevens"),
    "merged": Text("two numbers of one person", "twee nummers van een persoon"),
    "rejected": Text("number rejected, nobody else likely", "nummer verworpen, niemand anders waarschijnlijk"),
    "none": Text("nobody likely", "niemand waarschijnlijk"),
}
FINDERS = {
    "birth_surname": Text("birth date and sound of the surname", "geboortedatum en klank van de achternaam"),
    "birth_initial": Text("birth date and initial", "geboortedatum en voorletter"),
    "birth_postcode": Text("birth date and postcode", "geboortedatum en postcode"),
    "names_year": Text("names and year of birth", "namen en geboortejaar"),
    "turned": Text("names turned round and year of birth", "omgedraaide namen en geboortejaar"),
    "address_given": Text("address and given name", "adres en voornaam"),
    "surname_given": Text("names and month of birth", "namen en geboortemaand"),
    "loose": Text(
        "never compared: a looser look at a sample of records without a link",
        "nooit vergeleken: ruimer gekeken naar een steekproef van niet-gekoppelde",
    ),
    "recapture_find": Text(
        "never compared: capture-recapture over the rules (at least so many)",
        "nooit vergeleken: vangst-hervangst over de regels (minstens zoveel)",
    ),
    "recapture_merge": Text(
        "second numbers never compared: capture-recapture", "tweede nummers nooit vergeleken: vangst-hervangst"
    ),
}
_RATES_NOTE = Text(
    "A false match is a link between records of two persons, as a share of the links made. A missed match is a record "
    "of a known person without its link, as a share of all such matches. The model's interval holds if the model does; "
    "the clerical sample stands apart from it. Both count the pairs never compared (linkage_blocking).",
    "Een foute koppeling verbindt records van twee personen, als deel van de koppelingen. Een gemiste koppeling is een "
    "record van een bekende persoon zonder koppeling, als deel van alle zulke. Het interval van het model geldt als "
    "het model klopt; de steekproef staat daar los van. Beide tellen nooit vergeleken paren mee (linkage_blocking).",
)


SCOPES = {
    "all_records": Text("all records", "alle records"),
    "astray": Text("whose number did not hold", "waarvan het nummer niet klopte"),
}


def rate_table(found: Mapping[str, Mapping[Group, Rates]]) -> Table:
    """Table ``linkage_rates``: both rates over all, by method."""
    rows = [
        (scope, method, *_cells(groups[key]))
        for scope, key in (("all_records", TOTAL), ("astray", ASTRAY))
        for method, groups in found.items()
        if key in groups
    ]
    return Table(
        "linkage_rates",
        Text("False and missed matches of record linkage", "Foute en gemiste koppelingen"),
        (
            Column("scope", "key", Text("records", "records"), labels=SCOPES),
            Column("method", "key", Text("by", "volgens"), labels=METHODS),
            *_rate_columns(),
        ),
        tuple(rows),
        _RATES_NOTE,
    )


def group_rate_table(found: Mapping[str, Mapping[Group, Rates]]) -> Table:
    """Table ``linkage_rates_by_group``: the same by origin, age, sex and arrival; never public."""
    rows = [
        (attribute, group, method, *_cells(groups[attribute, group]))
        for attribute in ATTRIBUTES
        for group in LABELS
        for method, groups in found.items()
        if (attribute, group) in groups
    ]
    columns = (
        Column("attribute", "key", Text("feature", "kenmerk"), labels=ATTRIBUTES),
        Column("group", "key", Text("group", "groep"), labels=LABELS),
        Column("method", "key", Text("by", "volgens"), labels=METHODS),
        *_rate_columns(),
    )
    title = Text("False and missed matches by group", "Foute en gemiste koppelingen naar groep")
    return Table("linkage_rates_by_group", title, columns, tuple(rows), _RATES_NOTE, NOT_PUBLIC)


def rules_table(engine: Engine, registers: Mapping[str, Text]) -> Table:
    """Table ``linkage_rules``: how the records of each source were linked."""
    found = engine.rows(
        "SELECT source, rule, count(*) FROM link_found GROUP BY ALL UNION ALL "
        "SELECT 'persons', 'merged', count(*) FROM crosswalk WHERE register = 'persons' ORDER BY ALL"
    )
    rows = [(source, rule, count) for source, rule, count in found if source in registers and count]
    columns = (
        Column("register", "key", Text("register", "register"), labels=registers),
        Column("rule", "key", Text("linked by", "gekoppeld op"), labels=RULES),
        Column("records", "count", Text("records", "records"), unit="rows"),
    )
    title = Text("How records were linked", "Hoe records gekoppeld zijn")
    return Table("linkage_rules", title, columns, tuple(rows))


def blocking_table(engine: Engine, rules: Rules, lost: Sequence[Lost], labels: Mapping[str, Text] = FINDERS) -> Table:
    """Table ``linkage_blocking``: what each rule found, and an estimate of what none did."""
    rows: list[tuple[Value, ...]] = []
    for bit, name in enumerate(rules):
        pairs, matches, only = engine.rows(
            "SELECT count(*), coalesce(sum(probability), 0), "
            f"coalesce(sum(probability) FILTER (WHERE rules = {1 << bit}), 0) "
            f"FROM link_pairs WHERE (rules & {1 << bit}) > 0"
        )[0]
        rows.append((name, pairs, round(matches, 1), round(only, 1), None, None))
    rows += [_lost_row(part) for part in lost]
    columns = (
        Column("rule", "key", Text("compared because of", "vergeleken vanwege"), labels=labels),
        Column("pairs", "count", Text("pairs", "paren"), unit="rows", additive=False),
        Column("matches", "estimate", Text("expected matches", "verwachte koppelingen"), base="pairs"),
        Column("only_here", "estimate", Text("by this rule only", "alleen hierdoor"), base="pairs"),
        Column("low", "estimate", Text("low", "laag"), base="pairs"),
        Column("high", "estimate", Text("high", "hoog"), base="pairs"),
    )
    title = Text("Which pairs were compared, and what was lost", "Welke paren vergeleken zijn, en wat verloren ging")
    return Table("linkage_blocking", title, columns, tuple(rows))


def _lost_row(part: Lost) -> tuple[Value, ...]:
    from math import sqrt

    wide = 1.96 * sqrt(part.variance)
    low, high = max(part.matches - wide, 0.0), part.matches + wide
    return part.method, part.pairs, round(part.matches, 1), None, round(low, 1), round(high, 1)


def _rate_columns() -> tuple[Column, ...]:
    low, high = Text("low", "laag"), Text("high", "hoog")
    return (
        Column("records", "count", Text("number", "aantal"), unit="rows", additive=False),
        Column("linked", "count", Text("linked", "gekoppeld"), unit="rows", base="records", additive=False),
        Column("checked", "count", Text("checked", "nagekeken"), unit="rows", additive=False),
        Column(
            "false_match_rate", "estimate", Text("false per 1,000", "fout per 1.000"), unit="per 1,000", base="linked"
        ),
        Column("false_low", "estimate", low, unit="per 1,000", base="linked"),
        Column("false_high", "estimate", high, unit="per 1,000", base="linked"),
        Column(
            "missed_match_rate",
            "estimate",
            Text("missed per 1,000", "gemist per 1.000"),
            unit="per 1,000",
            base="records",
        ),
        Column("missed_low", "estimate", low, unit="per 1,000", base="records"),
        Column("missed_high", "estimate", high, unit="per 1,000", base="records"),
    )


def _cells(rates: Rates) -> tuple[Value, ...]:
    return rates.records, rates.linked, rates.checked, *_three(rates.false_match), *_three(rates.missed_match)


def _three(rate: Rate) -> tuple[Value, ...]:
    return tuple(None if part is None else round(part, 5) for part in (rate.value, rate.low, rate.high))

"""SQL that writes names, dates and addresses in one way, so that the same person looks the same; by pure functions.

What it takes away: capitals, diacritics, ij against y, dots, apostrophes, spaces and hyphens; particles (*van der*,
*de*, *el*) wherever they stand; words for a child without a name yet. What it keeps apart: the first given name, all
given names, the two parts of a name such as *Jansen-de Vries* (in alphabetical order, because sources turn them round),
and initials (a given name of one letter). Every function takes and returns an expression in DuckDB's dialect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from riskscreen.engine.duck import quote
from riskscreen.linkage.options import Options

_LONG = {"ĳ": "ij", "Ĳ": "ij", "ß": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th"}
_SHORT = ("øØłŁđĐðÐı", "ooLLddddi".lower())
"""Letters that are no base letter with a mark, so that taking marks away leaves them."""


GLUED = r"^(?:van(?:de[nr]?)?|de[nr]?|te[nr]?|op(?:de[nr]?)?|in(?:de[nr]?)?|el)([a-z]{4,})$"
"""Particles written onto the name; taken away everywhere alike, so that a name that merely begins so loses nothing."""
BRIEF = r"\s*(\p{L}{1,2}[. ]+\s*)*\p{L}{0,2}\.?\s*"
"""Initials: one or two letters at a time, with dots between them."""
CAPITALS = r"\s*\p{Lu}{2,4}\s*"
"""Initials without dots, where the surname is not in capitals too."""


def letters_sql(value: str) -> str:
    """Lower case without marks, ij as y, apostrophes and dots gone; other signs are kept."""
    for strange, plain in _LONG.items():
        value = f"replace({value}, {quote(strange)}, {quote(plain)})"
    value = f"lower(strip_accents(translate({value}, {quote(_SHORT[0])}, {quote(_SHORT[1])})))"
    return f"replace(regexp_replace({value}, '[''’`´.]', '', 'g'), 'ij', 'y')"


def given_words_sql(value: str, no_names: Sequence[str]) -> str:
    """Words of the given names: ``J.P.`` gives ``j p``; words for *no name yet* give NULL."""
    apart = f"regexp_replace({value}, '[.]', '. ', 'g')"
    words = f"nullif(trim(regexp_replace({letters_sql(apart)}, '[^a-z]+', ' ', 'g')), '')"
    if not no_names:
        return words
    none = "|".join(no_names)
    return f"nullif(trim(regexp_replace(regexp_replace({words}, '\\b({none})\\b', '', 'g'), ' +', ' ', 'g')), '')"


def surnames_sql(prefix: str, value: str, particles: Sequence[str]) -> str:
    """The parts of a surname without particles and spaces, sorted: ``van den Berg-Jansen`` gives [berg, jansen]."""
    whole = f"concat_ws(' ', {prefix}, {value})"
    cut = f"regexp_replace({letters_sql(whole)}, '\\s*([-–—/]|\\b(geb|gescheiden|ev|eg)\\b)\\s*', '|', 'g')"
    words = "trim(regexp_replace(x, '[^a-z]+', ' ', 'g'))"
    lead = "|".join(sorted(particles, key=len, reverse=True))
    front, back = f"regexp_replace({words}, '^(({lead}) )+', '')", f"'( ({lead}))+$', ''"
    bare = f"regexp_replace(regexp_replace(regexp_replace({front}, {back}), ' ', '', 'g'), '{GLUED}', '\\1')"
    return f"list_sort(list_filter(list_transform(string_split({cut}, '|'), lambda x: {bare}), lambda x: x <> ''))"


def sound_sql(value: str) -> str:
    """A rough key of how a surname sounds: its consonants, doubles once, at most five."""
    once = (
        f"replace(replace(replace(replace(replace({value}, 'ch', 'g'), 'ck', 'k'), 'ph', 'f'), 'th', 't'), 'dt', 't')"
    )
    alike = f"translate({once}, 'zcqvxw', 'skkfkv')"
    bones = f"left({value}, 1) || regexp_replace(substr({alike}, 2), '[aeiouyh]', '', 'g')"
    single = bones
    for letter in "bdfgklmnprst":
        single = f"replace({single}, '{letter}{letter}', '{letter}')"
    return f"left(translate({single}, 'zcqv', 'skkf'), 5)"


def features_sql(columns: Mapping[str, str]) -> dict[str, str]:
    """Expressions of a user's columns as they were written; :func:`layers_sql` makes the normalised ones of them.

    Parameters
    ----------
    columns
        ``given_names``, ``name_prefix``, ``surname``, ``birth_date`` (a date), ``sex``, ``postcode``, ``house_number``:
        expressions, ``NULL`` where a source has none.
    """
    texts = {"raw_given": "given_names", "raw_prefix": "name_prefix", "raw_surname": "surname"}
    texts |= {"raw_postcode": "postcode", "raw_house": "house_number"}
    return {
        **{ours: f"CAST({columns[name]} AS VARCHAR)" for ours, name in texts.items()},
        "raw_birth": f"CAST({columns['birth_date']} AS DATE)",
        "sex": columns["sex"],
    }


def layers_sql(source: str, keep: Sequence[str], columns: Mapping[str, str], options: Options) -> str:
    """A query that gives the normalised columns of every row of a source; see :func:`written_sql`."""
    return normal_sql(written_sql(source, keep, columns), options)


def written_sql(source: str, keep: Sequence[str], columns: Mapping[str, str]) -> str:
    """A query that gives the columns of every row as they were written.

    Parameters
    ----------
    source
        Table or query in the engine.
    keep
        Columns (with their expression) that go along unchanged, such as ``source, number``.
    """
    first = (f"{expression} AS {name}" for name, expression in features_sql(columns).items())
    return f"SELECT {', '.join([*keep, *first])} FROM {source}"


def normal_sql(written: str, options: Options, number: str = "") -> str:
    """A query that gives the normalised columns of every row of a query made of :func:`written_sql`.

    Every different spelling is normalised once, in small tables, because people share names, birth dates and addresses
    and regular expressions are slow; rows then find their own again, where two unknowns are the same spelling.

    Parameters
    ----------
    number
        One more column, with its expression, that numbers the rows.
    """
    tables = {
        ("raw_given",): _givens_sql(options),
        ("raw_surname",): _turned_sql(),
        ("raw_prefix", "raw_surname"): _surnames_sql(options),
        ("raw_birth",): _births_sql(),
        ("raw_postcode", "raw_house"): _addresses_sql(),
    }
    layers, joins = [f"plain AS NOT MATERIALIZED ({written})"], []
    for i, (keys, query) in enumerate(tables.items()):
        layers.append(f"spelled_{i} AS MATERIALIZED (\n{query})")
        same = " AND ".join(f"p.{key} IS NOT DISTINCT FROM s{i}.{key}" for key in keys)
        joins.append(f"LEFT JOIN spelled_{i} AS s{i} ON {same}")
    own = ", ".join(f"s{i}.* EXCLUDE ({', '.join(keys)})" for i, keys in enumerate(tables))
    rows = f"(SELECT {number}, * FROM plain)" if number else "plain"  # numbered while rows are still narrow
    layers.append(f"joined AS (SELECT p.*, {own} FROM {rows} AS p {' '.join(joins)})")
    given, turned = _first_sql("given", "capitals_matter"), _first_sql("turned", "turned_capitals_matter")
    layers.append(f"named AS (SELECT *, {given} AS given, {turned} AS turned_given FROM joined)")
    return f"""WITH {", ".join(layers)}
SELECT * EXCLUDE ({", ".join(_INNER)}),
  left(given, 1) AS initial, surname || ' ' || left(given, 1) AS names_key,
  turned_surname || ' ' || left(turned_given, 1) AS turned_key
FROM named"""


_RAW = ("raw_given", "raw_prefix", "raw_surname", "raw_postcode", "raw_house", "raw_birth")
_INNER = (
    *_RAW,
    *(f"{side}_{part}" for side in ("given", "turned") for part in ("dots", "capitals", "first")),
    *("capitals_matter", "turned_capitals_matter"),
)


def _first_sql(side: str, matter: str) -> str:
    """The first given name; initials such as ``J.P.``, ``Th.`` or ``JP`` become one letter."""
    return f"CASE WHEN {side}_dots OR ({side}_capitals AND {matter}) THEN left({side}_first, 1) ELSE {side}_first END"


def _spellings(side: str, value: str, words: str) -> str:
    return f"""regexp_full_match({value}, '{BRIEF}') AND contains({value}, '.') AS {side}_dots,
    regexp_full_match({value}, '{CAPITALS}') AS {side}_capitals, string_split({words}, ' ')[1] AS {side}_first"""


def _givens_sql(options: Options) -> str:
    """Per spelling of the given names: their words, and what they are when they stand where the surname should."""
    return f"""SELECT raw_given, {_spellings("given", "raw_given", "given_words")},
  list_filter(string_split(given_words, ' '), lambda x: length(x) > 1) AS givens,
  turned_surnames[1] AS turned_surname, coalesce(raw_given, '') <> upper(raw_given) AS turned_capitals_matter
FROM (SELECT raw_given, {given_words_sql("raw_given", options.no_names)} AS given_words,
    {surnames_sql("NULL", "raw_given", options.particles)} AS turned_surnames
  FROM (SELECT DISTINCT raw_given FROM plain))"""


def _turned_sql() -> str:
    """Per spelling of the surname: what it is when it stands where the given names should."""
    return f"""SELECT raw_surname, {_spellings("turned", "raw_surname", "turned_words")},
  coalesce(raw_surname, '') <> upper(raw_surname) AS capitals_matter
FROM (SELECT raw_surname, {given_words_sql("raw_surname", ())} AS turned_words
  FROM (SELECT DISTINCT raw_surname FROM plain))"""


def _surnames_sql(options: Options) -> str:
    """Per spelling of prefix and surname: the parts, and how the first one sounds."""
    parts = surnames_sql("raw_prefix", "raw_surname", options.particles)
    return f"""SELECT raw_prefix, raw_surname, surnames, surname, surnames[2] AS partner_name,
  {sound_sql("surname")} AS surname_key
FROM (SELECT *, surnames[1] AS surname FROM (
  SELECT raw_prefix, raw_surname, CASE WHEN raw_surname IS NOT NULL THEN {parts} END AS surnames
  FROM (SELECT DISTINCT raw_prefix, raw_surname FROM plain)))"""


def _births_sql() -> str:
    """Per birth date: its parts, and a key that turning day and month leaves the same."""
    return """SELECT raw_birth, raw_birth AS birth_date, strftime(raw_birth, '%Y%m%d') AS birth_text,
  (year(raw_birth) * 10000 + least(month(raw_birth), day(raw_birth)) * 100
    + greatest(month(raw_birth), day(raw_birth)))::INTEGER AS birth_key,
  year(raw_birth)::INTEGER AS birth_year, month(raw_birth)::INTEGER AS birth_month, day(raw_birth)::INTEGER AS birth_day
FROM (SELECT DISTINCT raw_birth FROM plain)"""


def _addresses_sql() -> str:
    """Per postcode and house number: both without spaces, letters behind the number left out."""
    return """SELECT raw_postcode, raw_house, postcode, house, postcode || ' ' || house AS address
FROM (SELECT raw_postcode, raw_house, nullif(upper(regexp_replace(raw_postcode, '[^0-9A-Za-z]', '', 'g')), '')
    AS postcode, nullif(regexp_extract(raw_house, '[0-9]+'), '') AS house
  FROM (SELECT DISTINCT raw_postcode, raw_house FROM plain))"""

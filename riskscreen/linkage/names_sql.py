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


def words_sql(value: str) -> str:
    """The words of a name with one space between them; NULL when nothing is left."""
    return f"nullif(trim(regexp_replace({letters_sql(value)}, '[^a-z]+', ' ', 'g')), '')"


def given_words_sql(value: str, no_names: Sequence[str]) -> str:
    """Words of the given names: ``J.P.`` gives ``j p``; words for *no name yet* give NULL."""
    apart = f"regexp_replace({value}, '[.]', '. ', 'g')"
    words = f"nullif(trim(regexp_replace({letters_sql(apart)}, '[^a-z]+', ' ', 'g')), '')"
    if not no_names:
        return words
    none = "|".join(no_names)
    return f"nullif(trim(regexp_replace(regexp_replace({words}, '\\b({none})\\b', '', 'g'), ' +', ' ', 'g')), '')"


def first_given_sql(words: str, value: str, surname: str) -> str:
    """The first given name; initials such as ``J.P.``, ``Th.`` or ``JP`` become one letter."""
    dots = f"(regexp_full_match({value}, '{BRIEF}') AND contains({value}, '.'))"
    capitals = f"(regexp_full_match({value}, '{CAPITALS}') AND coalesce({surname}, '') <> upper({surname}))"
    return f"CASE WHEN {dots} OR {capitals} THEN left({words}, 1) ELSE string_split({words}, ' ')[1] END"


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


def features_sql(columns: Mapping[str, str], options: Options) -> dict[str, str]:
    """Expressions of layer one (``raw_``) from a user's columns; :func:`layers_sql` puts them together.

    Parameters
    ----------
    columns
        ``given_names``, ``name_prefix``, ``surname``, ``birth_date`` (a date), ``sex``, ``postcode``, ``house_number``:
        expressions, ``NULL`` where a source has none.
    """
    given = f"CAST({columns['given_names']} AS VARCHAR)"
    code = f"upper(regexp_replace(CAST({columns['postcode']} AS VARCHAR), '[^0-9A-Za-z]', '', 'g'))"
    house = f"regexp_extract(CAST({columns['house_number']} AS VARCHAR), '[0-9]+')"
    surname = f"CAST({columns['surname']} AS VARCHAR)"
    prefix = f"CAST({columns['name_prefix']} AS VARCHAR)"
    return {
        "raw_given": given,
        "raw_surname": surname,
        "turned_surnames": surnames_sql("NULL", given, options.particles),
        "turned_words": given_words_sql(surname, ()),
        "given_words": given_words_sql(given, options.no_names),
        "surnames": f"CASE WHEN {surname} IS NOT NULL THEN {surnames_sql(prefix, surname, options.particles)} END",
        "birth_date": columns["birth_date"],
        "sex": columns["sex"],
        "postcode": f"nullif({code}, '')",
        "house": f"nullif({house}, '')",
    }


def layers_sql(source: str, keep: Sequence[str], columns: Mapping[str, str], options: Options) -> str:
    """A query that gives the normalised columns of every row of a source.

    Parameters
    ----------
    source
        Table or query in the engine.
    keep
        Columns (with their expression) that go along unchanged, such as ``source, number``.
    """
    kept = ", ".join(keep)
    first = ", ".join(f"{expression} AS {name}" for name, expression in features_sql(columns, options).items())
    given = first_given_sql("given_words", "raw_given", "raw_surname")
    turned = first_given_sql("turned_words", "raw_surname", "raw_given")
    return f"""WITH plain AS (SELECT {kept}{", " if kept else ""}{first} FROM {source}), named AS (
  SELECT *, {given} AS given, surnames[1] AS surname, surnames[2] AS partner_name,
    turned_surnames[1] AS turned_surname, {turned} AS turned_given FROM plain)
SELECT * EXCLUDE (raw_given, raw_surname, given_words, turned_surnames, turned_words, birth_date),
  list_filter(string_split(given_words, ' '), lambda x: length(x) > 1) AS givens, left(given, 1) AS initial,
  {sound_sql("surname")} AS surname_key, surname || ' ' || left(given, 1) AS names_key,
  turned_surname || ' ' || left(turned_given, 1) AS turned_key,
  birth_date::DATE AS birth_date, strftime(birth_date::DATE, '%Y%m%d') AS birth_text,
  (year(birth_date::DATE) * 10000 + least(month(birth_date::DATE), day(birth_date::DATE)) * 100
    + greatest(month(birth_date::DATE), day(birth_date::DATE)))::INTEGER AS birth_key,
  year(birth_date::DATE)::INTEGER AS birth_year, month(birth_date::DATE)::INTEGER AS birth_month,
  day(birth_date::DATE)::INTEGER AS birth_day, postcode || ' ' || house AS address
FROM named"""

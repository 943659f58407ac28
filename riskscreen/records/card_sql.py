"""A card as one readable SQL statement: it reads ``levels`` and returns groups of families, never a family.

The statement is written once, in DuckDB's dialect; sqlglot translates it for other databases.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, get_args

from riskscreen.errors import UsageError
from riskscreen.records.sql_names import column_name, quoted

if TYPE_CHECKING:
    from riskscreen.records.card import Card
    from riskscreen.records.definitions import Stressor

Dialect = Literal["duckdb", "postgres", "tsql"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
LEAST_THRESHOLD = 10
KEYS = ("index_date", "area")
"""What the statement groups by when nothing else is asked."""

_ONE_FAMILY = re.compile(
    r"(family|person|household|child|parent|mother|father|address|bsn|gezin|persoon|huishouden)(_?(id|key|nr|number))?"
)
_OUTPUT = ("points", "families")


def card_sql(
    card: Card,
    dialect: str = "duckdb",
    *,
    threshold: int = LEAST_THRESHOLD,
    keys: Sequence[str] = KEYS,
    stressors: Sequence[Stressor] = (),
    table: str = "levels",
) -> str:
    """The statement in a dialect, with the card in words above it.

    Parameters
    ----------
    card
        The card to score with.
    dialect
        ``duckdb``, ``postgres`` or ``tsql`` (SQL Server, Fabric).
    threshold
        Groups of fewer families are left out; at least 10.
    keys
        Columns of ``levels`` to group by: plain names, never a family, a person or a household.
    stressors
        Definitions, for the words.
    table
        Where the levels are, such as ``levels`` or ``warehouse.levels``; *not covered* is NULL there.

    Returns
    -------
    str
        Comments, then one statement that gives the keys, ``points`` and ``families``.

    Raises
    ------
    UsageError
        An unknown dialect, a threshold below 10, or a key that is no plain column or could be about one family.
    """
    if dialect not in DIALECTS:
        raise UsageError(f"there is no dialect {dialect!r}", do=f"choose from {', '.join(DIALECTS)}")
    _check_threshold(threshold)
    names = [quoted(key) for key in _checked_keys(keys)]
    place = ".".join(quoted(part) for part in table.split("."))
    statement = _statement(card, names, place, threshold)
    words = _words(card, {stressor.id: stressor for stressor in stressors}, threshold)
    return words + (statement if dialect == "duckdb" else translated(statement, dialect))


def points_sql(card: Card) -> str:
    """Total points of a row of ``levels``: *not covered* (NULL) passes no comparison, so it never scores."""
    lines = [
        f"CASE WHEN {quoted(line.stressor)} {line.side} {_number(line.cut)} THEN {line.points} ELSE 0 END"
        for line in card.lines
    ]
    return "\n  + ".join(lines) if lines else "0"


def translated(statement: str, dialect: str) -> str:
    """A statement of DuckDB's dialect in another one, laid out for reading.

    Where NULL sorts is left to the database: saying it would cost T-SQL a CASE per column, and no reader needs it.
    """
    from sqlglot import exp, parse_one

    tree = parse_one(statement, read="duckdb")
    for ordered in tree.find_all(exp.Ordered):
        ordered.set("nulls_first", dialect == "tsql")
    return f"{_one_term_per_line(tree.sql(dialect=dialect, pretty=True), dialect)}\n"


def _one_term_per_line(text: str, dialect: str) -> str:
    """A line break before every plus: sqlglot writes a sum of fifteen terms on one line."""
    from sqlglot import tokenize
    from sqlglot.tokens import TokenType

    pieces, done = [], 0
    for token in tokenize(text, read=dialect):
        if token.token_type == TokenType.PLUS:
            pieces.append(text[done : token.start].rstrip())
            done = token.start
    return "\n      ".join([*pieces, text[done:]])


def _statement(card: Card, names: Sequence[str], table: str, threshold: int) -> str:
    keys = ", ".join(names)
    points = points_sql(card).replace("\n", "\n    ")
    return (
        f"WITH scored ({keys}, points) AS (\n  SELECT\n    {keys},\n      {points}\n"
        f"  FROM {table}\n  WHERE apart = FALSE\n)\n"
        f"SELECT {keys}, points, count(*) AS families\nFROM scored\n"
        f"GROUP BY {keys}, points\nHAVING count(*) >= {threshold}\nORDER BY {keys}, points\n"
    )


def _check_threshold(threshold: int) -> None:
    if not isinstance(threshold, int) or threshold < LEAST_THRESHOLD:
        raise UsageError(f"the threshold is {threshold}", do=f"give at least {LEAST_THRESHOLD} families")


def _checked_keys(keys: Sequence[str]) -> tuple[str, ...]:
    """The keys as plain names; whatever could stand for one family is refused, however it is written."""
    given = (keys,) if isinstance(keys, str) else tuple(keys)
    names = tuple(column_name(key) for key in given)
    refused = [
        key
        for key, name in zip(given, names, strict=True)
        if name is None or _ONE_FAMILY.fullmatch(name) or name in _OUTPUT
    ]
    if refused or not given or len(set(names)) < len(names):
        raise UsageError(
            "the statement groups by plain columns of levels, never by a family",
            faults=tuple(f"not a key: {key}" for key in refused),
            do="give different column names such as index_date, area or single_parent; no family, person or "
            "household, no expression, and not points or families, which the statement gives itself",
        )
    return tuple(str(name) for name in names)


def _words(card: Card, stressors: Mapping[str, Stressor], threshold: int) -> str:
    from riskscreen.records.meaning import line_meaning

    head = (
        f"-- {_plain(card.name)}: total points from stressor levels. "
        "Risk of the recorded outcome within the horizon:\n"
        f"-- 1 / (1 + exp(-({card.intercept:g} + {card.slope:g} * points)))\n"
    )
    lines = "".join(
        f"-- {line.points:>2} point{'s' if line.points != 1 else ' '}  {_plain(line_meaning(line, stressors).en)}\n"
        for line in card.lines
    )
    return (
        f"{head}{lines}"
        "-- Not covered (NULL) passes no comparison, so it never scores. Families with an open case are left out.\n"
        f"-- What comes out are groups of at least {threshold} families: no row is about one family.\n"
    )


def _plain(words: str) -> str:
    """Words that stay inside their comment line."""
    return " ".join(words.replace(";", ",").split())


def _number(value: float) -> str:
    """A cut as a literal that every database reads as exactly this number."""
    if float(value).is_integer():
        return str(int(value))
    text = repr(float(value))
    exact = "e" in text or len(text.strip("-0.").replace(".", "")) <= 15
    return text if exact else f"{text}e0"  # more digits than that: a float, not a decimal that is divided later

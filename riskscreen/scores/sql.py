"""A card as one readable SQL statement: it reads ``levels`` and returns groups, never families."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from riskscreen.engine.sql import points_sql
from riskscreen.errors import UsageError
from riskscreen.records.card import Card
from riskscreen.records.definitions import Stressor
from riskscreen.records.meaning import line_meaning

LEAST_THRESHOLD = 10


def score_sql(
    card: Card,
    threshold: int,
    *,
    keys: Sequence[str] = ("index_date", "area"),
    stressors: Sequence[Stressor] = (),
    table: str = "levels",
) -> str:
    """The statement, in DuckDB's dialect, with the card in words above it.

    Parameters
    ----------
    card
        The card to score with.
    threshold
        Groups of fewer families are left out; at least 10.
    keys
        Columns of ``levels`` to group by, never a family.
    stressors
        Definitions, for the words.
    table
        Where the levels are.

    Raises
    ------
    UsageError
        The threshold is below 10, or ``family`` is among the keys.
    """
    if threshold < LEAST_THRESHOLD:
        raise UsageError(f"the threshold is {threshold}", do=f"give at least {LEAST_THRESHOLD} families")
    if not keys or {"family", "person", "household"} & {key.strip().lower() for key in keys}:
        raise UsageError("the statement groups by columns of levels, never by a family", do="give keys such as area")
    names = ", ".join(keys)
    points = points_sql(card).replace("\n", "\n    ")
    return (
        f"{_words(card, {stressor.id: stressor for stressor in stressors})}"
        "-- Not covered (NULL) passes no comparison, so it never scores. Families with an open case are left out.\n"
        f"-- What comes out are groups of at least {threshold} families: no row is about one family.\n"
        f"WITH scored AS (\n  SELECT\n    {names},\n      {points} AS points\n"
        f"  FROM {table}\n  WHERE NOT apart\n)\n"
        f"SELECT {names}, points, count(*) AS families\nFROM scored\n"
        f"GROUP BY {names}, points\nHAVING count(*) >= {threshold}\nORDER BY {names}, points\n"
    )


def _words(card: Card, stressors: Mapping[str, Stressor]) -> str:
    head = f"-- {card.name}: total points from stressor levels. Risk of the recorded outcome within the horizon:\n"
    head += f"-- 1 / (1 + exp(-({card.intercept:g} + {card.slope:g} * points)))\n"
    lines = (
        f"-- {line.points:>2} point{'s' if line.points != 1 else ' '}  {_plain(line_meaning(line, stressors).en)}\n"
        for line in card.lines
    )
    return head + "".join(lines)


def _plain(words: str) -> str:
    """Words that stay inside their comment line."""
    return " ".join(words.replace(";", ",").split())

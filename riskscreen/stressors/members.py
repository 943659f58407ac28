"""Families numbered and their members packed, so that every register is joined once for all index dates.

The engine tables: ``private_families`` (``family`` is a number of one family on one index date, ``family_name`` its
name) and ``packed_members`` with what the spine says of them; and the view ``private_members``, the same members on
each index date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.errors import UsageError

FAMILIES, MEMBERS, PACKED = "private_families", "private_members", "packed_members"
_WORDS = "family_words"
OF_AGE = 216
"""Months after birth from which somebody is no child."""
LOST_FROM = f"least(s.death_date, s.emigration_date, s.birth_date + INTERVAL {OF_AGE} MONTH)::DATE AS lost_from"
"""The day from which a child, a row ``s`` of the spine, can no longer be followed."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Members of families in private households with one row for all index dates.

    The table ``packed_members`` has ``person``, ``role``, ``family``, ``days``, and of the spine ``born``, ``sex``,
    ``education``, ``education_date`` and ``lost_from`` (death, emigration or the 18th birthday). Bit *n* of ``days``
    says whether the person is a member on index date *n*; the family's number on it is ``family + n``.

    Parameters
    ----------
    index_dates
        In the order of the bits.
    """

    index_dates: tuple[date, ...]

    def place(self, index_date: date) -> int:
        """Number of the bit of an index date."""
        return self.index_dates.index(index_date)

    def days(self, index_dates: Sequence[date]) -> str:
        """These index dates as a table ``day`` that is joined to packed members ``m``."""
        rows = ", ".join(f"({literal(day)}, {self.place(day)})" for day in index_dates)
        return f"(VALUES {rows}) AS day(index_date, place) ON (m.days >> day.place) & 1 = 1"


def pack_members(engine: Engine, index_dates: Sequence[date], columns: Sequence[str], words: Sequence[str]) -> Packed:
    """Make the tables and the view.

    Parameters
    ----------
    columns
        What to keep of ``families``.
    words
        Those of them that are texts with few values: they are kept as numbers of one list of words.
    """
    _list_words(engine, words)
    packed = Packed(tuple(index_dates))
    rows = ", ".join(f"({literal(day)}, {place})" for place, day in enumerate(index_dates))
    day, days = (
        f"(VALUES {rows}) AS day(index_date, place)",
        f"bit_or(1::BIGINT << place)::{_whole(index_dates)} AS days",
    )
    engine.run(
        "CREATE OR REPLACE TEMP TABLE family_numbers AS\n"
        f"SELECT family_name, ({len(index_dates)} * row_number() OVER ())::INTEGER AS number, days FROM (\n"
        f"  SELECT family AS family_name, {days}\n"
        f"  FROM families JOIN {day} USING (index_date) WHERE stratum = 'private' GROUP BY family\n)"
    )
    kept = (f"{name}::{_WORDS} AS {name}" if name in words else name for name in columns)
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE {FAMILIES} AS\n"
        f"SELECT number + place AS family, family_name, {', '.join(kept)}\n"
        f"FROM families JOIN {day} USING (index_date) JOIN family_numbers ON family_name = families.family\n"
        "WHERE stratum = 'private'"
    )
    engine.run(  # apart from the join to the spine: both together need twice the memory
        "CREATE OR REPLACE TEMP TABLE numbered_members AS\n"
        "SELECT m.person, m.role, n.number AS family, m.days & n.days AS days FROM (\n"
        f"  SELECT person, role, family, {days}\n"
        f"  FROM members JOIN {day} USING (index_date) GROUP BY ALL\n"
        ") m JOIN family_numbers n ON n.family_name = m.family WHERE m.days & n.days <> 0"
    )
    engine.run("DROP TABLE family_numbers")
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE {PACKED} AS\n"
        f"SELECT m.*, s.birth_date AS born, s.sex, s.education, s.education_date, {LOST_FROM}\n"
        "FROM numbered_members m LEFT JOIN spine s ON s.person = m.person"
    )
    engine.run("DROP TABLE numbered_members")
    engine.run(
        f"CREATE OR REPLACE TEMP VIEW {MEMBERS} AS\n"
        "SELECT day.index_date, m.family + day.place AS family, m.rowid::INTEGER AS person, m.role, m.born, m.sex\n"
        f"FROM {PACKED} m JOIN {packed.days(index_dates)}"
    )
    return packed


def drop_members(engine: Engine) -> None:
    """Make room: everything that needs members has been made."""
    engine.run(f"DROP VIEW {MEMBERS}")
    engine.run(f"DROP TABLE {PACKED}")


def _list_words(engine: Engine, columns: Sequence[str]) -> None:
    """One list of the words in these columns of ``families``."""
    engine.run(f"DROP TYPE IF EXISTS {_WORDS}")
    found = " UNION ".join(f"SELECT {name} AS word FROM families" for name in columns)
    engine.run(f"CREATE TEMP TYPE {_WORDS} AS ENUM (SELECT word FROM ({found}) WHERE word IS NOT NULL ORDER BY word)")


def _whole(index_dates: Sequence[date]) -> str:
    """A whole number with a bit for every index date."""
    kinds = (("UTINYINT", 7), ("UINTEGER", 31), ("BIGINT", 62))
    for name, most in kinds:
        if len(index_dates) <= most:
            return name
    most = kinds[-1][1]
    raise UsageError(f"{len(index_dates)} index dates at once", do=f"give at most {most} index dates")

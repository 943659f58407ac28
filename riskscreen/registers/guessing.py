"""Guessing which of a user's files and columns is which of ours, by names, and codes by the words in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from riskscreen.engine.duck import Engine, quote
from riskscreen.registers.schemas import ColumnSchema, schemas
from riskscreen.registers.sources import name_sql

MOST_CODES = 20
FEWEST_ROWS = 10
DATE_FORMS = ("%Y-%m-%d", "%d-%m-%Y", "%Y%m%d", "%d/%m/%Y", "%Y/%m/%d")
_EVERYWHERE = frozenset({"person", "kind", "event_date", "end_date", "end_recorded_date", "recorded_date"})


@dataclass(frozen=True, slots=True)
class Peek:
    """One file or table of the user: its place, its columns with SQL types, and how to read it."""

    place: str
    stem: str
    columns: Mapping[str, str]
    scan: str
    separator: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """Which register a file is, and which column is which.

    Parameters
    ----------
    columns
        Ours: theirs.
    unused
        Their columns that were not recognised.
    """

    register: str
    peek: Peek
    columns: Mapping[str, str]
    unused: tuple[str, ...]


def guess_registers(peeks: Sequence[Peek]) -> dict[str, Guess]:
    """The best register for every file, each register once; files that look like none are left out."""
    scored = sorted(
        ((_score(register, peek), register, place) for place, peek in enumerate(peeks) for register in schemas()),
        key=lambda item: (-item[0], item[1], item[2]),
    )
    found: dict[str, Guess] = {}
    used: set[int] = set()
    for score, register, place in scored:
        if score >= _ENOUGH and register not in found and place not in used:
            columns = guess_columns(register, peeks[place].columns)
            unused = tuple(name for name in peeks[place].columns if name not in columns.values())
            found[register] = Guess(register, peeks[place], columns, unused)
            used.add(place)
    return {register: found[register] for register in schemas() if register in found}


_ENOUGH = 6


def guess_columns(register: str, theirs: Iterable[str]) -> dict[str, str]:
    """Our columns of a register and which of theirs each one is; a column of theirs is used once."""
    left = {plain_name(name): name for name in theirs}
    found = {}
    for column in schemas()[register].columns:
        for word in _words()["columns"].get(column.name, [column.name]):
            if word in left:
                found[column.name] = left.pop(word)
                break
    return found


def guess_code(column: ColumnSchema, theirs: str) -> str | None:
    """Which of our codes theirs is, or ``None``."""
    allowed = ("true", "false") if column.type == "flag" else tuple(column.codes)
    for ours in allowed:
        if plain_name(theirs) in _words()["codes"].get(ours, [ours]):
            return ours
    return None


def codes_found(engine: Engine, peek: Peek, name: str, column: ColumnSchema) -> list[str]:
    """The values of a column of codes, only when few differ: those on at least ten rows, and rarer ones that are words
    of our own list, which tell nothing about anybody."""
    value = f"trim(CAST({name_sql(name)} AS VARCHAR))"
    rows = engine.rows(
        f"SELECT {value} AS code, count(*) AS n FROM {peek.scan} WHERE {value} <> '' GROUP BY 1 "
        f"ORDER BY n DESC, code LIMIT {MOST_CODES + 1}"
    )
    if len(rows) > MOST_CODES:
        return []
    return [code for code, n in rows if n >= FEWEST_ROWS or guess_code(column, code) is not None]


def date_form(engine: Engine, peek: Peek, names: Sequence[str]) -> str | None:
    """The form that most dates written as text have; ``None`` when they are dates already or written as 2024-12-31."""
    written = [name for name in names if not peek.columns[name].startswith(("DATE", "TIMESTAMP"))]
    if not written:
        return None
    fitting = []
    for form in DATE_FORMS:
        parts = [f"count(TRY_STRPTIME(CAST({name_sql(name)} AS VARCHAR), {quote(form)}))" for name in written]
        fitting.append((int(engine.value(f"SELECT {' + '.join(parts)} FROM {peek.scan}")), form))
    most, form = max(fitting, key=lambda item: item[0])
    return None if most == 0 or form == DATE_FORMS[0] else form


def plain_name(name: str) -> str:
    """A name in lower case, words joined by one underscore."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _score(register: str, peek: Peek) -> int:
    stem = plain_name(peek.stem)
    words = _words()["registers"][register]
    named = 10 if stem in words else 6 if any(f"_{word}_" in f"_{stem}_" for word in words) else 0
    found = guess_columns(register, peek.columns)
    telling = len([name for name in found if name not in _EVERYWHERE])
    whole = set(schemas()[register].names) - _EVERYWHERE
    return named + 2 * telling if (named or (whole and 2 * telling > len(whole))) and found else 0


@cache
def _words() -> Any:
    text = files("riskscreen.registers").joinpath("guesses.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)

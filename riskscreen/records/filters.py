"""The small filter language of stressors, target groups and programmes.

``kind in ('stay', 'protection') and not duration < 30``: comparisons with ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``
and ``in``, joined by ``and``, ``or``, ``not`` and parentheses; nothing else. A filter is parsed into typed values and
checked against the columns it may use. Sensitive columns are refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NoReturn

from riskscreen.errors import SettingsError

Type = Literal["text", "number", "date", "flag"]
Literal_ = str | int | float | bool | date
Operator = Literal["=", "!=", "<", "<=", ">", ">="]

SENSITIVE = frozenset(
    {"origin", "nationality", "language", "religion", "birth_country", "origin_outside_europe", "origin_europe"}
    | {"origin_netherlands"}
)
"""Columns that are never an input: they are used to audit, and for nothing else."""


@dataclass(frozen=True, slots=True)
class Compare:
    """``column operator value``."""

    column: str
    operator: Operator
    value: Literal_


@dataclass(frozen=True, slots=True)
class In:
    """``column in (value, ...)``."""

    column: str
    values: tuple[Literal_, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``not part``."""

    part: Filter


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Filter, ...]


Filter = Compare | In | Not | And | Or

_HOW = "write: column op value, with 'and', 'or', 'not', 'in (...)' and parentheses; words in single quotes"
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?(?![\w-]))|(?P<date>\d{4}-\d{2}-\d{2})"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|!=|=|<|>|\(|\)|,))"
)
_WORDS = {"and", "or", "not", "in", "true", "false"}


def parse_filter(text: str, columns: Mapping[str, Type]) -> Filter:
    """Parse a filter and check it against the columns it may use.

    Parameters
    ----------
    text
        The filter, such as ``"debt_arrears >= 2 and single_parent = 1"``.
    columns
        Name and type of every column that may be used.

    Raises
    ------
    SettingsError
        With the place of the fault, what was given and what is allowed.
    """
    return _Parser(text, columns).filter()


def columns_of(part: Filter) -> tuple[str, ...]:
    """Names of the columns that a filter uses, in order of appearance, each once."""
    return tuple(dict.fromkeys(_columns(part)))


def holds(part: Filter, row: Mapping[str, Literal_ | None]) -> bool:
    """Does a row pass? An unknown value passes no comparison (also not ``!=``), as in SQL's WHERE.

    ``not`` of an unknown comparison is unknown too, so the row does not pass.
    """
    return _truth(part, row) is True


def format_filter(part: Filter) -> str:
    """The filter as canonical text; parsing it again gives the same filter."""
    match part:
        case Compare(column, operator, value):
            return f"{column} {operator} {_format(value)}"
        case In(column, values):
            return f"{column} in ({', '.join(_format(value) for value in values)})"
        case Not(inner):
            return f"not ({format_filter(inner)})"
        case And(parts):
            return " and ".join(f"({format_filter(p)})" if isinstance(p, Or) else format_filter(p) for p in parts)
        case Or(parts):
            return " or ".join(format_filter(p) for p in parts)


def _columns(part: Filter) -> Iterator[str]:
    match part:
        case Compare(column, _, _) | In(column, _):
            yield column
        case Not(inner):
            yield from _columns(inner)
        case And(parts) | Or(parts):
            for inner in parts:
                yield from _columns(inner)


def _truth(part: Filter, row: Mapping[str, Literal_ | None]) -> bool | None:
    match part:
        case Compare(column, operator, value):
            given = row.get(column)
            return None if given is None else _compare(given, operator, value)
        case In(column, values):
            given = row.get(column)
            return None if given is None else given in values
        case Not(inner):
            truth = _truth(inner, row)
            return None if truth is None else not truth
        case And(parts):
            truths = [_truth(inner, row) for inner in parts]
            return False if False in truths else None if None in truths else True
        case Or(parts):
            truths = [_truth(inner, row) for inner in parts]
            return True if True in truths else None if None in truths else False


def _compare(given: Literal_, operator: Operator, value: Literal_) -> bool:
    match operator:
        case "=":
            return given == value
        case "!=":
            return given != value
        case "<":
            return given < value  # type: ignore[operator]
        case "<=":
            return given <= value  # type: ignore[operator]
        case ">":
            return given > value  # type: ignore[operator]
        case ">=":
            return given >= value  # type: ignore[operator]


def _format(value: Literal_) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else repr(value)


@dataclass(frozen=True, slots=True)
class _Token:
    sort: str
    text: str
    at: int


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    while text[at:].strip():
        # a date starts like a number, so it is tried first
        day = re.compile(r"\s*(\d{4}-\d{2}-\d{2})(?![\w-])").match(text, at)
        if day:
            tokens.append(_Token("date", day.group(1), day.start(1) + 1))
            at = day.end()
            continue
        found = _TOKEN.match(text, at)
        if not found or found.lastgroup is None:
            raise SettingsError(
                f"filter {text!r}: cannot read {text[at:].strip()[:20]!r} at place {at + 1}",
                do=_HOW,
            )
        tokens.append(_Token(found.lastgroup, found.group(found.lastgroup), found.start(found.lastgroup) + 1))
        at = found.end()
    return tokens


class _Parser:
    """Recursive descent; one token of look-ahead."""

    def __init__(self, text: str, columns: Mapping[str, Type]) -> None:
        self.text = text
        self.columns = columns
        self.tokens = _tokens(text)
        self.next = 0

    def filter(self) -> Filter:
        part = self._or()
        if self.next < len(self.tokens):
            self._fail("the filter should end here")
        return part

    def _or(self) -> Filter:
        parts = [self._and()]
        while self._take("or"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _and(self) -> Filter:
        parts = [self._not()]
        while self._take("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _not(self) -> Filter:
        if self._take("not"):
            return Not(self._not())
        if self._take("("):
            part = self._or()
            if not self._take(")"):
                self._fail("a closing parenthesis is missing")
            return part
        return self._comparison()

    def _comparison(self) -> Filter:
        column = self._column()
        if self._take("in"):
            return In(column, self._list(column))
        for operator in ("<=", ">=", "!=", "=", "<", ">"):
            if self._take(operator):
                return Compare(column, operator, self._value(column))
        self._fail("expected =, !=, <, <=, >, >= or in")

    def _column(self) -> str:
        token = self._peek()
        if token is None or token.sort != "word" or token.text in _WORDS:
            self._fail("expected the name of a column")
        if token.text in SENSITIVE:
            raise SettingsError(
                f"filter {self.text!r}: {token.text} is a sensitive column and is never an input",
                do="leave it out; the audit compares results by it",
            )
        if token.text not in self.columns:
            raise SettingsError(
                f"filter {self.text!r}: unknown column {token.text!r} at place {token.at}",
                do=f"choose from {', '.join(sorted(self.columns))}",
            )
        self.next += 1
        return token.text

    def _list(self, column: str) -> tuple[Literal_, ...]:
        if not self._take("("):
            self._fail("expected ( after in")
        values = [self._value(column)]
        while self._take(","):
            values.append(self._value(column))
        if not self._take(")"):
            self._fail("a closing parenthesis is missing")
        return tuple(values)

    def _value(self, column: str) -> Literal_:
        token, kind = self._peek(), self.columns[column]
        if token is None:
            self._fail("expected a value")
        self.next += 1
        if kind == "text" and token.sort == "text":
            return token.text[1:-1].replace("''", "'")
        if kind == "number" and token.sort == "number":
            return float(token.text) if "." in token.text else int(token.text)
        if kind == "flag" and token.text in ("true", "false"):
            return token.text == "true"
        if kind == "date" and token.sort == "date":
            try:
                return date.fromisoformat(token.text)
            except ValueError:
                self.next -= 1
                self._fail(f"{token.text} is no date")
        self.next -= 1
        self._fail(f"column {column} takes a {kind}")

    def _peek(self) -> _Token | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def _take(self, text: str) -> bool:
        token = self._peek()
        if token is not None and token.sort in ("word", "sign") and token.text == text:
            self.next += 1
            return True
        return False

    def _fail(self, why: str) -> NoReturn:
        token = self._peek()
        place = f"at place {token.at}, {token.text!r}" if token else "at the end"
        raise SettingsError(
            f"filter {self.text!r}: {why} ({place})",
            do=_HOW,
        )

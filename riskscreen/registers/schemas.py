"""What every register and column means: the schemas of ``schemas.yaml`` as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from riskscreen.errors import UsageError
from riskscreen.records.definitions import ReportChannel
from riskscreen.records.filters import Type
from riskscreen.records.texts import Text

SCHEMA = "registers/1"
NOT_ADVICE = Text("Not legal advice.", "Geen juridisch advies.")

ColumnType = Literal["text", "date", "number", "whole", "flag"]
Sensitivity = Literal["none", "personal", "special", "criminal", "sensitive_feature"]
Severity = Literal["fault", "warning"]

SQL_TYPES: Mapping[ColumnType, str] = {
    "text": "VARCHAR",
    "date": "DATE",
    "number": "DOUBLE",
    "whole": "INTEGER",
    "flag": "BOOLEAN",
}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, written in C: a tenth of the time


@dataclass(frozen=True, slots=True)
class ColumnSchema:
    """One column of a register.

    Parameters
    ----------
    name
        Our name of the column.
    type
        ``text``, ``date``, ``number``, ``whole`` (a whole number) or ``flag`` (true or false).
    unit
        Such as ``date``, ``weeks``, ``g``, ``share``; empty for a text or flag.
    key, nullable, optional
        Part of the key; may a value be unknown; may the column itself be left out without a remark.
    coverage
        For whom it is filled.
    sensitivity, channel, legal
        As in ``schemas.yaml``; taken from the register where the column says nothing else.
    codes
        Every allowed code with its wording; empty when the column has no codes.
    lowest, highest
        Allowed range of a number, or ``None``.
    future
        May a date lie after the period that is covered (a planned end, a due date)?
    person, area
        Does it hold a person's number, or the code of an area?
    """

    name: str
    type: ColumnType
    meaning: Text
    unit: str
    key: bool
    nullable: bool
    optional: bool
    coverage: Text
    sensitivity: Sensitivity
    channel: ReportChannel
    legal: Text
    codes: Mapping[str, Text]
    lowest: float | None
    highest: float | None
    future: bool
    person: bool
    area: bool

    @property
    def sql_type(self) -> str:
        """The type of the column in the engine."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True, slots=True)
class RegisterSchema:
    """One register: what it holds, for whom, under which conditions.

    Parameters
    ----------
    name
        Machine name: the engine's view is ``registers.<name>``.
    title
        Wording for readers.
    key
        Columns that together name a row; ``duplicates`` says whether a repeated key is a fault or a warning.
    obligatory
        Nothing runs without it.
    spells
        Its rows have a beginning and an end.
    channel
        Does the register also make reports (police, care, school)?
    """

    name: str
    title: Text
    meaning: Text
    key: tuple[str, ...]
    duplicates: Severity
    obligatory: bool
    spells: bool
    outcome: bool
    sensitivity: Sensitivity
    channel: ReportChannel
    coverage: Text
    legal: Text
    columns: tuple[ColumnSchema, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> ColumnSchema:
        """The column called ``name``."""
        for column in self.columns:
            if column.name == name:
                return column
        raise UsageError(f"register {self.name} has no column {name!r}", do=f"choose from {', '.join(self.names)}")

    def has(self, name: str) -> bool:
        """Is there a column of this name?"""
        return name in self.names


@cache
def schemas() -> Mapping[str, RegisterSchema]:
    """Every register that riskscreen knows, by name, in a fixed order."""
    text = files("riskscreen.registers").joinpath("schemas.yaml").read_text(encoding="utf-8")
    raw = yaml.load(text, Loader=_LOADER)
    return {name: _register(name, body, raw["shared"]) for name, body in raw["registers"].items()}


def schema(register: str) -> RegisterSchema:
    """The schema of one register; an unknown name is told with those that exist."""
    if register not in schemas():
        raise UsageError(f"there is no register {register!r}", do=f"choose from {', '.join(schemas())}")
    return schemas()[register]


def obligatory() -> tuple[str, ...]:
    """Names of the registers without which nothing runs."""
    return tuple(name for name, register in schemas().items() if register.obligatory)


def column_types(register: str) -> dict[str, Type]:
    """Name and filter type of the columns that a filter on this register may use.

    Columns with a sensitive feature are left out: they audit, and do nothing else.
    """
    return {
        column.name: "number" if column.type == "whole" else column.type
        for column in schema(register).columns
        if column.sensitivity != "sensitive_feature"
    }


def _register(name: str, body: Mapping[str, Any], shared: Mapping[str, Any]) -> RegisterSchema:
    legal = _text(body["legal"])
    noted = Text(f"{legal.en} {NOT_ADVICE.en}", f"{legal.nl} {NOT_ADVICE.nl}")
    columns = tuple(
        _column(column, {**shared.get(column, {}), **given}, body, noted) for column, given in body["columns"].items()
    )
    return RegisterSchema(
        name=name,
        title=_text(body["name"]),
        meaning=_text(body["meaning"]),
        key=tuple(body["key"]),
        duplicates=body.get("duplicates", "fault"),
        obligatory=body.get("obligatory", False),
        spells=body.get("spells", False),
        outcome=body.get("outcome", False),
        sensitivity=body["sensitivity"],
        channel=body["channel"],
        coverage=_text(body["coverage"]),
        legal=noted,
        columns=columns,
    )


def _column(name: str, raw: Mapping[str, Any], register: Mapping[str, Any], legal: Text) -> ColumnSchema:
    lowest, highest = raw.get("range", (None, None))
    return ColumnSchema(
        name=name,
        type=raw["type"],
        meaning=_text(raw["meaning"]),
        unit=raw.get("unit", ""),
        key=name in register["key"],
        nullable=raw.get("nullable", False),
        optional=raw.get("optional", False),
        coverage=_text(raw.get("coverage", register["coverage"])),
        sensitivity=raw.get("sensitivity", register["sensitivity"]),
        channel=raw.get("channel", register["channel"]),
        legal=legal,
        codes={str(code): _text(words) for code, words in raw.get("codes", {}).items()},
        lowest=lowest,
        highest=highest,
        future=raw.get("after", False),
        person=raw.get("person", name == "person"),
        area=raw.get("area", False),
    )


def _text(pair: list[str]) -> Text:
    en, nl = pair
    return Text(en, nl)

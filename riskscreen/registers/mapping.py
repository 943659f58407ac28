"""A user's own names and codes: ``mapping.yaml`` says which of their columns is which of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from riskscreen.errors import SettingsError
from riskscreen.faults import faults_of
from riskscreen.registers.schemas import schemas
from riskscreen.settings import read_yaml

SCHEMA = "mapping/1"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _codes(given: Any) -> Any:
    """Codes may be written as words or numbers; a bare yes/no was turned into a truth value by YAML and is refused."""
    if not isinstance(given, dict):
        return given
    plain = {}
    for theirs, ours in given.items():
        if isinstance(theirs, bool):
            raise ValueError("put quotes around codes like yes, no, on and off")
        plain[str(theirs)] = str(ours).lower() if isinstance(ours, bool) else str(ours)
    return plain


Codes = Annotated[Mapping[str, str], BeforeValidator(_codes)]


class Covers(_Strict):
    """The period a register covers: from this day up to, and not including, until."""

    from_: date = Field(alias="from")
    until: date

    @model_validator(mode="after")
    def _in_order(self) -> Covers:
        if not self.from_ < self.until:
            raise ValueError("from must lie before until")
        return self


class RegisterMapping(_Strict):
    """Where one register stands and what its columns and codes are called there."""

    file: str | None = Field(default=None, description="file in the folder; default <register>.parquet or .csv")
    table: str | None = Field(default=None, description="table of the DuckDB file, or key of the frames")
    separator: str | None = Field(default=None, min_length=1, max_length=1, description="of a CSV file; default ,")
    encoding: str = Field(default="utf-8", description="of a CSV file")
    decimal: Literal[".", ","] = Field(default=".", description="decimal sign of numbers written as text")
    dates: str | None = Field(default=None, description="form of dates written as text, such as %d-%m-%Y")
    columns: Mapping[str, str] = Field(default={}, description="ours: theirs")
    codes: Mapping[str, Codes] = Field(default={}, description="per column of ours, theirs: ours")
    constants: Codes = Field(default={}, description="per column of ours, one code that holds for every row")
    covers: Covers | None = None


class OwnNames(_Strict):
    """A whole mapping file."""

    schema_: Literal["mapping/1"] = Field(default="mapping/1", alias="schema")
    name: str = ""
    municipality: str = ""
    registers: Mapping[str, RegisterMapping] = {}

    def of(self, register: str) -> RegisterMapping:
        """What is said of one register; nothing said means our own names and codes."""
        return self.registers.get(register, RegisterMapping())


def read_mapping(path: Path | None) -> OwnNames:
    """Read and check a mapping file; no path gives our own names.

    Raises
    ------
    SettingsError
        Every fault at once: unknown registers, columns, codes and keys.
    """
    if path is None:
        return OwnNames()
    try:
        names = OwnNames.model_validate(_filled(read_yaml(path)))
    except ValidationError as error:
        told = faults_of(error, given=False)
        raise SettingsError(f"{path.name} has {len(told)} fault(s)", faults=told, do=_DO) from None
    faults = tuple(_unknown(names))
    if faults:
        raise SettingsError(f"{path.name} has {len(faults)} fault(s)", faults=faults, do=_DO)
    return names


_DO = "mend these lines; riskscreen init writes a mapping to start from, docs/reference/registers.md lists every column"


def _filled(raw: Any) -> Any:
    """Keys left empty (as in a template whose lines are still comments) are the same as keys not given."""
    if isinstance(raw, dict):
        return {key: _filled(value) for key, value in raw.items() if value is not None}
    return raw


def _unknown(names: OwnNames) -> Iterator[str]:
    for register, body in names.registers.items():
        if register not in schemas():
            yield f"registers.{register}: unknown register; choose from {', '.join(schemas())}"
            continue
        known = schemas()[register]
        for column in {**body.columns, **body.codes, **body.constants}:
            if not known.has(column):
                yield f"registers.{register}: unknown column {column}; choose from {', '.join(known.names)}"
        for column, codes in body.codes.items():
            yield from _unknown_codes(register, "codes", column, codes)
        for column, code in body.constants.items():
            yield from _unknown_codes(register, "constants", column, {"": code})


def _unknown_codes(register: str, part: str, column: str, codes: Mapping[str, str]) -> Iterator[str]:
    known = schemas()[register]
    if not known.has(column):
        return
    allowed = ("true", "false") if known.column(column).type == "flag" else tuple(known.column(column).codes)
    for ours in codes.values():
        if ours not in allowed:
            choice = ", ".join(allowed) if allowed else "nothing: this column has no codes"
            yield f"registers.{register}.{part}.{column}: {ours!r} is no code of ours; choose from {choice}"

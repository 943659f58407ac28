"""The written lawful basis: registers that are not synthetic open only with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riskscreen.errors import RegisterError, SettingsError
from riskscreen.faults import faults_of
from riskscreen.registers.schemas import schemas
from riskscreen.settings import read_yaml

SCHEMA = "basis/1"
Filled = Annotated[str, Field(min_length=3)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class RegisterBasis(_Strict):
    """Law, purpose and term under which one register may be read."""

    law: Filled
    purpose: Filled
    impact_assessment: Filled = Field(description="reference of the data protection impact assessment")
    responsible: Filled = Field(description="the person who answers for this use")
    retention_until: date = Field(description="last day on which the register may be kept and read")
    columns: Literal["all"] | tuple[str, ...] = Field(description="columns that may be read: all, or a list")

    def allows(self, column: str) -> bool:
        """May this column be read?"""
        return self.columns == "all" or column in self.columns


class Basis(_Strict):
    """A whole basis file."""

    schema_: Literal["basis/1"] = Field(alias="schema")
    registers: Mapping[str, RegisterBasis]

    def allows(self, register: str, column: str) -> bool:
        """May this column of this register be read?"""
        found = self.registers.get(register)
        return found is not None and found.allows(column)


def read_basis(path: Path | None, day: date) -> Basis:
    """Read a basis file and check that it is complete and holds on ``day``.

    Raises
    ------
    RegisterError
        There is no basis, or the term of a register has ended.
    SettingsError
        The file has faults: all of them.
    """
    if path is None:
        raise RegisterError(
            "these registers carry no synthetic mark, so they open only with a written lawful basis",
            do="fill in basis.yaml (riskscreen init writes one to start from) and name it under registers.basis",
        )
    try:
        basis = Basis.model_validate(read_yaml(path))
    except ValidationError as error:
        told = faults_of(error, given=False)
        raise SettingsError(f"{path.name} has {len(told)} fault(s)", faults=told, do=_DO) from None
    faults = tuple(_unknown(basis))
    if faults:
        raise SettingsError(f"{path.name} has {len(faults)} fault(s)", faults=faults, do=_DO)
    ended = tuple(
        f"{name}: {entry.retention_until}" for name, entry in basis.registers.items() if entry.retention_until < day
    )
    if ended:
        raise RegisterError(
            "the term for keeping these registers has ended: they may no longer be read",
            faults=ended,
            do="remove the data, or settle a new term with the person responsible and write it down",
        )
    return basis


_DO = "fill in law, purpose, impact_assessment, responsible, retention_until and columns for every register you use"


def _unknown(basis: Basis) -> Iterator[str]:
    for register, entry in basis.registers.items():
        if register not in schemas():
            yield f"registers.{register}: unknown register; choose from {', '.join(schemas())}"
            continue
        for column in () if entry.columns == "all" else entry.columns:
            if not schemas()[register].has(column):
                yield f"registers.{register}.columns: unknown column {column}"

"""Planning values: what places cost, how many there are, who takes part. The user's, or invented for the demo.

They stand in a file of their own: YAML (``schema: assumptions/1``), or the sheet *Assumptions* of a plan that was
written as a workbook and edited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riskscreen.faults import faults_of
from riskscreen.records.texts import Text
from riskscreen.settings import read_yaml, shipped

Assumption = Literal["invented", "user"]

EVIDENCE: Mapping[str, Text] = {
    "strong": Text("strong indications that it works", "sterke aanwijzingen dat het werkt"),
    "good": Text("good indications that it works", "goede aanwijzingen dat het werkt"),
    "first": Text("first indications that it works", "eerste aanwijzingen dat het werkt"),
    "well_founded": Text("well founded, not tested", "goed onderbouwd, niet getoetst"),
    "not_evaluated": Text("not yet evaluated", "nog niet onderzocht"),
    "unknown": Text("level not known to us", "niveau bij ons niet bekend"),
}
"""The Dutch ladder from high to low, and two codes for what stands on no step of it."""


ASSUMPTIONS: Mapping[str, Text] = {
    "invented": Text("invented for the demo", "verzonnen voor de demo"),
    "user": Text("given by the user", "opgegeven door de gebruiker"),
}


@dataclass(frozen=True, slots=True)
class Planning:
    """Planning values of one programme.

    Parameters
    ----------
    cost
        EUR per place.
    places
        Places available in a year.
    uptake
        Share of families approached that takes part, above 0 and at most 1.
    assumption
        Where the values come from.
    hours
        Staff hours per place in a year; 0: not counted.
    contracted
        Places contracted for this year already: a plan gives at least these.
    waiting
        Families on the waiting list: they take their places before anybody is approached.
    """

    cost: float
    places: int
    uptake: float
    assumption: Assumption
    hours: float = 0.0
    contracted: int = 0
    waiting: int = 0


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Values(_Strict):
    """Planning values of one programme, checked."""

    cost: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    places: Annotated[int, Field(ge=0)]
    uptake: Annotated[float, Field(gt=0, le=1)]
    hours: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    contracted: Annotated[int, Field(ge=0)] = 0
    waiting: Annotated[int, Field(ge=0)] = 0


class General(_Strict):
    """Planning values that hold for all programmes, checked."""

    evidence_weights: Mapping[str, Annotated[float, Field(ge=0, le=1)]] | None = None
    hours: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    budget: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class AssumptionsFile(General):
    """A YAML file of planning values, checked."""

    schema_: Literal["assumptions/1"] = Field(alias="schema")
    assumption: Assumption
    programmes: Mapping[str, Values]


@dataclass(frozen=True)
class Given:
    """Planning values from one file, of whichever kind.

    Parameters
    ----------
    programmes, marks
        Values, and where they come from, per programme id.
    evidence_weights, hours, budget
        ``None`` where the file does not say.
    """

    programmes: Mapping[str, Values]
    marks: Mapping[str, Assumption]
    evidence_weights: Mapping[str, float] | None
    hours: float | None
    budget: float | None


@dataclass(frozen=True)
class PlanningValues:
    """All planning values of a catalogue.

    Parameters
    ----------
    programmes
        Per programme id.
    evidence_weights
        Per level of evidence.
    hours
        Staff hours in a year; ``None``: as many as needed.
    budget
        EUR in a year; ``None``: the scenario says.
    """

    programmes: Mapping[str, Planning]
    evidence_weights: Mapping[str, float]
    hours: float | None
    budget: float | None


def read_planning(path: Path | None, ids: set[str], faults: list[str], known: set[str] | None = None) -> PlanningValues:
    """Planning values per programme, and those that hold for all.

    Parameters
    ----------
    path
        A file of the user (YAML or .xlsx); programmes that it leaves out keep the shipped, invented values.
    ids
        Programmes that need values.
    faults
        What is wrong is added to it.
    known
        Programmes that a file may have values of, needed or not; default ``ids``.
    """
    shipped_file = _yaml(shipped("assumptions.yaml"), faults)
    base = None if shipped_file is None else _given(shipped_file)
    own = None if path is None else read_assumptions(path, faults, shipped_file, known or ids)
    planning: dict[str, Planning] = {}
    for file in (base, own):
        for name, values in (file.programmes if file else {}).items():
            planning[name] = Planning(assumption=file.marks[name] if file else "user", **values.model_dump())
    if own is not None:
        faults += [
            f"planning values of {name}: no such programme" for name in sorted(set(own.programmes) - (known or ids))
        ]
    if base is not None:
        faults += [f"{name}: cost, places and uptake are missing" for name in sorted(ids - set(planning))]
    weights = (own.evidence_weights if own and own.evidence_weights else None) or (
        base.evidence_weights if base else None
    )
    weights = weights or {}
    faults += [f"evidence_weights: {level} is missing" for level in EVIDENCE if level not in weights]
    faults += [f"evidence_weights: unknown level {level!r}" for level in weights if level not in EVIDENCE]
    last = own or base
    needed = {name: planning[name] for name in sorted(ids) if name in planning}
    return PlanningValues(needed, weights, last.hours if last else None, last.budget if last else None)


def read_assumptions(
    path: Path, faults: list[str], shipped_file: AssumptionsFile | None, known: set[str]
) -> Given | None:
    """One file of planning values; ``None`` when it has faults, which are added to ``faults``."""
    if path.suffix.lower() == ".xlsx":
        from riskscreen.programmes.assumption_sheet import read_assumption_sheet

        return read_assumption_sheet(path, shipped_file, faults, known)
    file = _yaml(path, faults)
    return None if file is None else _given(file)


def _yaml(path: Path, faults: list[str]) -> AssumptionsFile | None:
    try:
        return AssumptionsFile.model_validate(read_yaml(path))
    except ValidationError as error:
        faults += [f"{path.name}: {fault}" for fault in faults_of(error)]
        return None


def _given(file: AssumptionsFile) -> Given:
    marks = dict.fromkeys(file.programmes, file.assumption)
    return Given(file.programmes, marks, file.evidence_weights, file.hours, file.budget)

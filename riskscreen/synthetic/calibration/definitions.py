"""``configs/calibration.yaml`` as typed values: figures, the tables they are counted from, what is not used and why."""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riskscreen.errors import SettingsError
from riskscreen.faults import faults_of
from riskscreen.settings import read_yaml, shipped
from riskscreen.synthetic.world import figures

Measure = Literal["share", "ratio", "adjusted", "highest", "lowest"]
Known = Mapping[str, Mapping[str, float]]
FILE = "calibration.yaml"
_OPERATIONS: Mapping[str, Callable[[float, float], float]] = {
    "*": operator.mul,
    "/": operator.truediv,
    "+": operator.add,
    "-": operator.sub,
}
_BOUNDS = ("low", "high")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Published:
    """A published value with the bounds the source prints, where it prints them."""

    value: float
    low: float | None = None
    high: float | None = None


class Limits(_Part):
    """How wide the tolerance is (a share of the published value, a number of standard errors); groups of families."""

    share: float = Field(gt=0)
    errors: float = Field(gt=0)
    groups: int = Field(gt=1)


class FigureEntry(_Part):
    """One published figure and how the same quantity is counted in a world."""

    id: str
    theme: str
    title: str
    definition: str
    population: str
    year: int
    denominator: str
    published: str
    sql: str
    measure: Measure = "share"
    times: float = 100.0
    by: tuple[str, ...] = ()
    interval: bool = False
    bound: Literal["lower", "upper"] | None = None
    role: Literal["target", "context"] = "target"
    moved_by: str = ""

    def value(self, known: Known) -> Published:
        """The published value, worked out from ids of published figures, and its bounds carried through."""
        first, *rest = self.published.split()
        bounds = known.get(first, {})
        low, high = (
            _worked_out([f"{first}.{end}", *rest], known) if end in bounds and "value" in bounds else None
            for end in _BOUNDS
        )
        return Published(_worked_out([first, *rest], known), low, high)


class TableEntry(_Part):
    """A table that figures are counted from, made from registers and truth."""

    means: str
    sql: str


class Choice(_Part):
    """A published figure that is not used, which one is instead, and why."""

    id: str
    instead: str
    why: str


class Lack(_Part):
    """What a world does not have, and why."""

    id: str
    what: str
    why: str


class Definitions(_Part):
    """All of ``configs/calibration.yaml``."""

    schema_: Literal["calibration/1"] = Field(alias="schema")
    held_out: tuple[str, ...]
    limits: Limits
    themes: Mapping[str, str]
    truth: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, TableEntry]
    figures: tuple[FigureEntry, ...]
    choices: tuple[Choice, ...]
    lacks: tuple[Lack, ...]


@cache
def definitions() -> Definitions:
    """The shipped definitions, checked."""
    return read_definitions(shipped(FILE))


def read_definitions(path: Path) -> Definitions:
    """Read and check a file of figures.

    Raises
    ------
    SettingsError
        Every fault: fields, unknown ids, an id twice, a held-out figure that is tuned.
    """
    try:
        found = Definitions.model_validate(read_yaml(path))
    except ValidationError as error:
        faults = faults_of(error)
        raise SettingsError(f"{path.name} has {len(faults)} fault(s)", faults=faults, do="mend these lines") from None
    faults = tuple(_faults(found, figures()))
    if faults:
        raise SettingsError(f"{path.name} has {len(faults)} fault(s)", faults=faults, do="mend these entries")
    return found


def _faults(found: Definitions, known: Known) -> Iterator[str]:
    ids = [entry.id for entry in found.figures]
    yield from (f"{name}: occurs {count} times" for name, count in Counter(ids).items() if count > 1)
    yield from (f"held_out: there is no figure {name}" for name in found.held_out if name not in ids)
    yield from (
        f"{choice.id}: there is no figure {choice.instead}" for choice in found.choices if choice.instead not in ids
    )
    yield from (f"{choice.id}: is used and yet among the choices" for choice in found.choices if choice.id in ids)
    for entry in found.figures:
        yield from _faults_of(entry, found, known)


def _faults_of(entry: FigureEntry, found: Definitions, known: Known) -> Iterator[str]:
    if entry.theme not in found.themes:
        yield f"{entry.id}: there is no theme {entry.theme}"
    if entry.id in found.held_out and (entry.moved_by or entry.role == "context"):
        yield f"{entry.id}: is set aside, so nothing may say how to move it, and it is no context"
    if (entry.measure == "adjusted") != bool(entry.by):
        yield f"{entry.id}: the columns `by` go with the measure adjusted"
    try:
        entry.value(known)
    except (KeyError, ValueError) as error:
        yield f"{entry.id}: published: {error.args[0]}"


def _worked_out(tokens: list[str], known: Known) -> float:
    """A line of numbers with operators between them, from left to right."""
    value = _number(tokens[0], known)
    if len(tokens) % 2 == 0:
        raise ValueError("an operator or a number is missing")
    for sign, token in zip(tokens[1::2], tokens[2::2], strict=True):
        if sign not in _OPERATIONS:
            raise ValueError(f"{sign} is none of {' '.join(_OPERATIONS)}")
        value = _OPERATIONS[sign](value, _number(token, known))
    return value


def _number(token: str, known: Known) -> float:
    if re.fullmatch(r"\d+(\.\d+)?", token):
        return float(token)
    name, _, bound = token.rpartition(".")
    figure, part = (name, bound) if bound in _BOUNDS and name in known else (token, "value")
    if part not in known.get(figure, {}):
        raise KeyError(f"{figure} has no {part} in configs/figures.csv")
    return known[figure][part]


def jsonable(value: Any) -> Any:
    """A number with six significant digits, so that the last bits do not differ between machines."""
    return float(f"{value:.6g}") if isinstance(value, float) else value

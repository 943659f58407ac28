"""Settings of record linkage on files of your own: schema ``linkage/1``; every fault at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riskscreen.errors import SettingsError
from riskscreen.faults import faults_of
from riskscreen.linkage.comparisons import COMPARISONS
from riskscreen.linkage.options import FEATURES, Options, defaults
from riskscreen.registers.mapping import Codes
from riskscreen.settings import read_yaml

SCHEMA = "linkage/1"
NAMES = ("given_names", "name_prefix", "surname", "birth_date", "sex", "postcode", "house_number", "number")
NEEDED = ("surname", "birth_date")
SEXES = ("f", "m")
Share = Annotated[float, Field(gt=0, lt=1)]
Rule = Annotated[tuple[str, ...], Field(min_length=1)]
_DO = "mend these lines; docs/how-to/link-registers.md shows a whole file"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OwnFile(_Strict):
    """One file: where it is, and which of its columns is which."""

    path: Path = Field(description="CSV or Parquet, relative to the settings file")
    id: str = Field(description="column that names a row; stands in the result")
    columns: Mapping[str, str] = Field(description="ours: theirs")
    codes: Mapping[str, Codes] = Field(default={}, description="for sex, theirs: f or m")
    dates: str | None = Field(default=None, description="form of dates written as text, such as %d-%m-%Y")
    encoding: str = Field(default="utf-8", description="of a CSV file")
    separator: str | None = Field(default=None, min_length=1, max_length=1, description="of a CSV file; default ,")
    one_per_person: bool = Field(default=False, description="does the file hold every person once at most?")


class FileSettings(_Strict):
    """A whole settings file."""

    schema_: Literal["linkage/1"] = Field(alias="schema")
    files: Mapping[str, OwnFile] = Field(min_length=2)
    blocking: Mapping[str, Rule] | None = None
    largest_block: Annotated[int, Field(ge=2)] | None = None
    comparisons: tuple[str, ...] | None = Field(default=None, min_length=2)
    training: tuple[Rule, ...] | None = Field(default=None, min_length=1)
    threshold: Share | None = None
    merge_threshold: Share | None = None
    seed: int | None = None

    def options(self) -> Options:
        """The defaults, with what is given in their place."""
        names = ("blocking", "largest_block", "comparisons", "training", "threshold", "merge_threshold", "seed")
        return defaults().with_given(**{name: value for name in names if (value := getattr(self, name)) is not None})


def read_file_settings(path: Path) -> FileSettings:
    """Read and check a settings file; paths become relative to it.

    Raises
    ------
    SettingsError
        Every fault at once: unknown keys, columns, features and comparisons, and files that are not there.
    """
    raw = read_yaml(path)
    try:
        given = FileSettings.model_validate(raw)
    except ValidationError as error:
        told = faults_of(error, given=False)
        raise SettingsError(f"{path.name} has {len(told)} fault(s)", faults=told, do=_DO) from None
    placed = given.model_copy(
        update={
            "files": {
                name: own.model_copy(update={"path": path.parent / own.path}) for name, own in given.files.items()
            }
        }
    )
    faults = tuple(_faults(placed))
    if faults:
        raise SettingsError(f"{path.name} has {len(faults)} fault(s)", faults=faults, do=_DO)
    return placed


def is_file_settings(path: Path) -> bool:
    """Does this file say that it is of schema ``linkage/1``?"""
    if path.suffix.lower() not in (".yaml", ".yml") or not path.is_file():
        return False
    raw: Any = read_yaml(path)
    return isinstance(raw, dict) and str(raw.get("schema", "")).startswith("linkage/")


def _faults(given: FileSettings) -> Iterator[str]:
    for name, own in given.files.items():
        yield from (f"files.{name}: {fault}" for fault in _file_faults(own))
    features = ", ".join(FEATURES)
    rules = {f"blocking.{name}": rule for name, rule in (given.blocking or {}).items()}
    rules |= {f"training.{i}": rule for i, rule in enumerate(given.training or ())}
    for place, rule in rules.items():
        for column in rule:
            for part in column.split("="):
                if part not in FEATURES:
                    yield f"{place}: {part!r} is no normalised column; choose from {features}"
    for name in given.comparisons or ():
        if name not in COMPARISONS:
            yield f"comparisons: unknown comparison {name!r}; choose from {', '.join(COMPARISONS)}"


def _file_faults(own: OwnFile) -> Iterator[str]:
    if not own.path.is_file():
        yield f"there is no file {own.path.name}"
    for column in own.columns:
        if column not in NAMES:
            yield f"columns: unknown column {column!r}; choose from {', '.join(NAMES)}"
    for column in NEEDED:
        if column not in own.columns:
            yield f"columns: {column} is obligatory, but not given"
    for column, codes in own.codes.items():
        if column != "sex":
            yield f"codes: only sex has codes, not {column!r}"
        elif bad := sorted(set(codes.values()) - set(SEXES)):
            yield f"codes.sex: {', '.join(map(repr, bad))} is no code of ours; choose from f, m"

"""Target groups of the user: a YAML file with filters over stressor levels and life stages; every fault at once.

Sensitive columns cannot be reached: by name they are refused in every filter, and a filter sees levels of stressors and
life stages only, which are themselves made without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riskscreen.areas.naming import stage_of_flags
from riskscreen.errors import SettingsError
from riskscreen.faults import faults_of
from riskscreen.records.definitions import STAGE_FLAGS, Stressor, TargetGroup, level_columns
from riskscreen.records.filters import And, Compare, Filter, In, Not, Or, columns_of, parse_filter
from riskscreen.records.texts import Text
from riskscreen.settings import read_yaml

MOST_CONDITIONS = 3


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Words(_Strict):
    en: Annotated[str, Field(min_length=1, max_length=200)]
    nl: Annotated[str, Field(min_length=1, max_length=200)]


class _Group(_Strict):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    name: _Words
    filter: str


class _File(_Strict):
    schema_: Literal["targets/1"] = Field(alias="schema")
    groups: tuple[_Group, ...] = Field(min_length=1, max_length=20)


def load_own_groups(path: Path, stressors: Sequence[Stressor]) -> tuple[TargetGroup, ...]:
    """Read the user's own target groups.

    Parameters
    ----------
    path
        A YAML file (schema ``targets/1``): per group ``id``, ``name`` in both languages, and ``filter``.
    stressors
        The stressors of the run.

    Raises
    ------
    SettingsError
        With every fault of the file: an unknown or sensitive column, more than three conditions, an id twice.
    """
    try:
        file = _File.model_validate(read_yaml(path))
    except ValidationError as error:
        raise _faulty(path, faults_of(error)) from None
    by_id = {item.id: item for item in stressors}
    faults, ids = [], [group.id for group in file.groups]
    faults += [f"{name}: this id occurs twice" for name in sorted({one for one in ids if ids.count(one) > 1})]
    found = []
    for group in file.groups:
        try:
            found.append(_group(group, by_id))
        except SettingsError as error:
            faults.append(f"{group.id}: {error.what}; {error.do}")
    if faults:
        raise _faulty(path, faults)
    return tuple(found)


def conditions_in(part: Filter) -> int:
    """How many comparisons a filter makes."""
    match part:
        case Compare() | In():
            return 1
        case Not(inner):
            return conditions_in(inner)
        case And(parts) | Or(parts):
            return sum(conditions_in(inner) for inner in parts)


def _group(given: _Group, stressors: Mapping[str, Stressor]) -> TargetGroup:
    part = parse_filter(given.filter, level_columns(stressors))
    number = conditions_in(part)
    if number > MOST_CONDITIONS:
        raise SettingsError(
            f"filter {given.filter!r} has {number} conditions",
            do=f"use at most {MOST_CONDITIONS}: a group must be readable",
        )
    columns = columns_of(part)
    domains = tuple(dict.fromkeys(stressors[name].domain for name in columns if name in stressors))
    stage = stage_of_flags([name for name in columns if name in STAGE_FLAGS])
    return TargetGroup(given.id, Text(given.name.en, given.name.nl), given.filter, stage, domains)


def _faulty(path: Path, faults: Sequence[str]) -> SettingsError:
    return SettingsError(
        f"{path.name} has {len(faults)} fault(s)",
        faults=tuple(faults),
        do="mend these lines; docs/explanation/target-groups.md has an example",
    )

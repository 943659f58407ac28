"""A world file (configs/worlds) becomes typed settings; published figures are filled in by their id."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from riskscreen.errors import SettingsError
from riskscreen.faults import faults_of
from riskscreen.settings import read_yaml, shipped
from riskscreen.synthetic.arrival.linking_settings import Linking
from riskscreen.synthetic.geography.place import Place
from riskscreen.synthetic.lives.coherence import life_faults
from riskscreen.synthetic.lives.life_settings import Birth, ChildHealth, Circumstance, DebtForm, FamiliesForm
from riskscreen.synthetic.needs.need_settings import AGES_SEEN, Need, Prevention, Programme, Studies
from riskscreen.synthetic.reporting.reporting_settings import Aftercare, Reporting

Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class History(_Part):
    """From when to when the registers tell."""

    from_: date = Field(alias="from")
    until: date
    warm_up_years: int
    own_youth_from: date


class LowIncome(_Part):
    """Share of households with a low income in an area."""

    mean: Share
    by_deprivation: float


class World(_Part):
    """Everything that a synthetic world is made from."""

    schema_: Literal["world/1"] = Field(alias="schema")
    name: str
    families: int
    history: History
    place: Place
    low_income: LowIncome
    families_form: FamiliesForm
    circumstances: Mapping[str, Circumstance]
    debt_forms: Mapping[str, DebtForm]
    signal_sources: Mapping[str, Share]
    tenure: Mapping[str, float]
    birth: Birth
    child_health: ChildHealth
    childcare: Mapping[str, float]
    foster_share_of_stays: Share
    need: Need
    studies: Studies
    reporting: Reporting
    aftercare: Aftercare
    own_youth_register: Mapping[str, float]
    prevention: Prevention
    programmes: Mapping[str, Programme]
    linking: Linking

    @model_validator(mode="after")
    def _names_are_known(self) -> World:
        """What programmes ask for, and contacts with professionals, are circumstances of this world."""
        named = {f"programmes.{name}.needs": rule.needs for name, rule in self.programmes.items() if rule.needs}
        seen = set(self.studies.professionals.contacts) - {*AGES_SEEN}
        named |= {f"studies.professionals.contacts.{name}": name for name in sorted(seen)}
        faults = [
            f"{where}: there is no circumstance {name}"
            for where, name in named.items()
            if name not in self.circumstances
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self


def load_world(name: str) -> World:
    """Read a world by its shipped name or its path; ``extends`` names a world that it changes.

    Raises
    ------
    SettingsError
        No such world, no YAML, an unknown figure, or faults: all of them, each with its place.
    """
    path = _path_of(name)
    unknown: list[str] = []
    filled = _filled(_extended(path, ()), unknown)
    if unknown:
        raise SettingsError(
            f"{path.name} names figures that are not in configs/figures.csv",
            faults=tuple(unknown),
            do="use an id of configs/figures.csv, or add the figure there with its source",
        )
    try:
        world = World.model_validate(filled)
    except ValidationError as error:
        faults = faults_of(error)
        raise SettingsError(f"{path.name} has {len(faults)} fault(s)", faults=faults, do="mend these lines") from None
    faults = life_faults(world)
    if faults:
        raise SettingsError(f"{path.name} has {len(faults)} fault(s)", faults=faults, do="mend these lines")
    return world


def world_sha256(world: World) -> str:
    """Hash of everything that a world says."""
    return hashlib.sha256(world.model_dump_json(by_alias=True).encode()).hexdigest()


def world_names() -> tuple[str, ...]:
    """Names of the worlds that are shipped."""
    return tuple(sorted(path.stem for path in shipped("worlds").glob("*.yaml")))


def _path_of(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        path = shipped("worlds") / f"{name}.yaml"
    if not path.is_file():
        raise SettingsError(f"there is no world {name}", do=f"give a path, or one of {', '.join(world_names())}")
    return path


def _extended(path: Path, through: tuple[str, ...]) -> dict[str, Any]:
    """The raw world with what it extends filled in; a part that is ``null`` is taken out."""
    raw: dict[str, Any] = read_yaml(path)
    base = raw.pop("extends", None)
    if base is None:
        return raw
    if base in through or path.stem == base:
        raise SettingsError(f"world {base} extends itself, by way of {path.name}", do="let it extend another world")
    return _merged(_extended(_path_of(str(base)), (*through, path.stem)), raw)


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings are merged; numbers, texts, lists and figures are replaced."""
    merged = dict(base)
    for key, value in change.items():
        old = base.get(key)
        both = isinstance(old, dict) and isinstance(value, dict) and "figure" not in value and "figure" not in old
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(old, value) if both and isinstance(old, dict) else value
    return merged


@cache
def figures() -> Mapping[str, Mapping[str, float]]:
    """Published figures by id: ``value``, ``low`` and ``high`` where they are known."""
    with shipped("figures.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["id"]: {part: float(row[part]) for part in ("value", "low", "high") if row[part]}
            for row in csv.DictReader(file)
        }


def _filled(part: Any, unknown: list[str]) -> Any:
    """Replace every ``{figure: id, over: number or id}`` by its number."""
    if isinstance(part, dict) and "figure" in part:
        bound = part.get("bound", "value")
        over = part.get("over", 1)
        top = _figure(part["figure"], bound, unknown)
        return top / (_figure(over, "value", unknown) if isinstance(over, str) else float(over))
    if isinstance(part, dict):
        return {key: _filled(value, unknown) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, unknown) for value in part]
    return part


def _figure(name: str, bound: str, unknown: list[str]) -> float:
    known = figures().get(name, {})
    if bound not in known:
        unknown.append(f"{name} ({bound})")
        return 1.0
    return known[bound]

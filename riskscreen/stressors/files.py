"""The shape of a stressor file and of configs/outcomes.yaml: strict, so that a misspelt key is a fault."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riskscreen.errors import SettingsError
from riskscreen.faults import faults_of
from riskscreen.records.definitions import Stage
from riskscreen.records.filters import SENSITIVE
from riskscreen.records.texts import Text
from riskscreen.settings import read_yaml
from riskscreen.stressors.definitions import Direction

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Line = Annotated[str, Field(min_length=1)]
_Model = TypeVar("_Model", bound=BaseModel)

RESERVED = SENSITIVE | {
    *("family", "index_date", "fold", "area", "area_block", "stratum", "household", "points", "outcome", "families"),
    *("sex_single_parent", "family_form", "parent_age_band", "youngest_age_band", "children_band", "urbanity"),
    *("children", "child_0_3", "child_4_11", "child_12_17", "prenatal", "apart", "earlier", "censored", "level"),
}
"""Names that a stressor cannot have: they are columns of ``levels``, or sensitive."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wording(_Strict):
    """A text in both languages."""

    en: Line
    nl: Line

    @property
    def text(self) -> Text:
        """As a value."""
        return Text(self.en, self.nl)


class Level(Wording):
    """One level: its wording, and the threshold that fits the rule (level 0 has none)."""

    at_least: Annotated[int, Field(ge=1)] | None = None
    within_months: Annotated[int, Field(ge=1)] | None = None
    where: str | None = None


class Eased(Wording):
    """A protective circumstance, with its wording."""

    where: Line
    moment: Literal["during", "end"]


class Figured(_Strict):
    """A published figure and what it says about the stressor."""

    figure: Line
    direction: Direction


class Record(_Strict):
    """Why the stressor may be an input: five steps, and who may be harmed."""

    lawful_purpose: Wording
    proxy: Wording
    data_quality: Wording
    statistical_link: Wording
    substantive_link: Wording
    harm: Wording


class Entry(_Strict):
    """One stressor as written."""

    id: Id
    version: Annotated[int, Field(ge=1)]
    stage: Stage
    name: Wording
    description: Wording
    rule: Literal["count", "duration_days", "recency", "fact"]
    register_: str | None = Field(default=None, alias="register")
    about: Literal["parent", "child", "outside_parent"] | None = None
    where: str | None = None
    moment: Literal["start", "end", "during"] = "start"
    persons: Literal["any", "all"] = "any"
    window_months: Annotated[int, Field(ge=0, le=216)]
    window_reason: Line
    levels: tuple[Level, ...] = Field(min_length=2, max_length=5)
    eased_by: Eased | None = None
    overlap: Wording | None = None
    evidence: tuple[Figured, ...]
    purpose: Line
    eligibility: Record


class StressorFile(_Strict):
    """One file: the stressors of one domain."""

    schema_: Literal["stressors/1"] = Field(alias="schema")
    domain: str
    stressors: tuple[Entry, ...] = Field(min_length=1)


class OutcomeEntry(_Strict):
    """One outcome as written."""

    id: Id
    name: Wording
    description: Wording
    where: str
    only_first: bool = False
    settling_months: Annotated[int, Field(ge=0, le=24)] = 0


class OutcomeFile(_Strict):
    """configs/outcomes.yaml."""

    schema_: Literal["outcomes/1"] = Field(alias="schema")
    outcomes: tuple[OutcomeEntry, ...] = Field(min_length=1)


def read_file(path: Path, model: type[_Model], faults: list[str]) -> _Model | None:
    """Read one file; its faults are added to ``faults`` and it is then None."""
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        faults += [f"{path.name}: {fault}" for fault in faults_of(error)]
    except SettingsError as error:
        faults.append(f"{path.name}: {error.what}")
    return None

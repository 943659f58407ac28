"""One scenario file becomes typed settings; every fault is told at once.

Inputs named in a scenario (folders of registers, mappings, geography) are relative to the scenario file. What
riskscreen makes (office, runs, synthetic registers) is relative to the folder you stand in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from riskscreen.errors import SettingsError
from riskscreen.faults import faults_of

SCHEMA = "scenario/1"
Chosen = Annotated[tuple[str, ...], Field(min_length=1)]
"""Ids, at least one."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Synthetic(_Strict):
    """Make registers whose truth is known."""

    world: str = Field(default="voorbeeldstad", description="a world of configs/worlds, or the path of a world file")
    families: Annotated[int, Field(ge=200, le=3_000_000)] | None = Field(
        default=None, description="default: as many as the world has; with a geography: as many as its children make"
    )
    geography: Path | None = Field(default=None, description="CBS file with real neighbourhoods (cbs_kwb_2024.csv)")
    municipality: str | None = Field(
        default=None, description="code of the municipality in the geography, as GM0202; default: the whole country"
    )
    municipal_figures: Path | None = Field(
        default=None, description="CBS file with figures per municipality (cbs_municipalities_2021.csv)"
    )
    outline: Path | None = Field(default=None, description="GeoJSON with municipal boundaries")

    @model_validator(mode="after")
    def _real_needs_geography(self) -> Synthetic:
        given = [name for name in ("municipality", "municipal_figures", "outline") if getattr(self, name) is not None]
        if self.geography is None and given:
            raise ValueError(f"{', '.join(given)} without geography: these are about the areas of a geography")
        return self


class Source(_Strict):
    """Where the registers come from: a folder (Parquet or CSV) or DuckDB file of your own, or synthetic ones."""

    path: Path | None = Field(default=None, description="folder with Parquet or CSV files, or a DuckDB file")
    mapping: Path | None = Field(default=None, description="names and codes of your own columns (riskscreen init)")
    basis: Path | None = Field(default=None, description="lawful basis per register; needed unless synthetic")
    synthetic: Synthetic | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Source:
        if (self.path is None) == (self.synthetic is None):
            raise ValueError("give either path (your own registers) or synthetic (made ones)")
        return self


class IndexDates(_Strict):
    """Pooled earlier dates to fit on, a later one to judge on, and the one to act on."""

    train: tuple[date, ...] = Field(min_length=1, description="earlier index dates, pooled to fit on")
    test: date = Field(description="a later one to judge on; its horizon must be covered")
    now: date = Field(description="the one to act on; its outcome is not known yet")

    @model_validator(mode="after")
    def _in_order(self) -> IndexDates:
        if not (max(self.train) < self.test <= self.now):
            raise ValueError("every train date must lie before test, and test not after now")
        return self

    @property
    def all(self) -> tuple[date, ...]:
        """Every index date once, in order."""
        return tuple(sorted({*self.train, self.test, self.now}))


class Family(_Strict):
    """Who counts as a family on the index date."""

    child_age_below: Annotated[int, Field(ge=1, le=18)] = Field(default=18, description="age of a child, in years")
    first_pregnancy: bool = Field(default=True, description="a first pregnancy is a family too")


class Scores(_Strict):
    """How large a card may be, and what a larger model must gain to be chosen."""

    max_lines: Annotated[int, Field(ge=1, le=20)] = Field(
        default=20, description="most lines of the card; how many it gets is chosen on the families that fit"
    )
    max_points: Annotated[int, Field(ge=1, le=20)] = Field(default=5, description="most points of one line")
    margin: Annotated[float, Field(ge=0, le=0.2)] = Field(
        default=0.01,
        description="when the card surely gains at most this (AUROC), the count is the model",
    )


class Audit(_Strict):
    """What is audited, and what was agreed before looking."""

    by: tuple[str, ...] = Field(
        default=(
            "origin",
            "sex_single_parent",
            "family_form",
            "parent_age_band",
            "youngest_age_band",
            "children_band",
            "urbanity",
        ),
        description="columns of levels to compare groups by",
    )
    offer_is: Literal["help", "burden"] = Field(
        default="help", description="help: who with need is missed leads; burden: who is approached without need"
    )
    tolerances: Mapping[str, Annotated[float, Field(gt=0, lt=1)]] = Field(
        default={
            "selection_rate": 0.05,
            "true_positive_rate": 0.10,
            "false_positive_rate": 0.05,
            "false_negative_rate": 0.10,
            "positive_predictive_value": 0.02,
            "calibration_in_the_large": 0.01,
        },
        description="largest difference between groups that is still called no gap, per metric",
    )
    minimum: Annotated[int, Field(ge=10)] = Field(
        default=100, description="fewest families in a denominator for a verdict"
    )
    confirmatory: tuple[str, ...] = Field(
        default=("selection_rate", "true_positive_rate"),
        description="metrics that get a verdict, for every group of `by` (at most 30 comparisons, the rest explores)",
    )
    reporting_ratio: Annotated[float, Field(ge=1, le=10)] = Field(
        default=1.5,
        description="reporting of need may differ between groups up to this ratio; verdicts must survive it",
    )
    contact_ratio: Annotated[float, Field(ge=1, le=10)] = Field(
        default=1.5,
        description="within a group, need may be reported up to this many times as often when selected (contact, "
        "points); verdicts must survive it (planning value: most contacts planted in the example world raise "
        "reporting 1.3 to 1.6 times)",
    )
    link_ratio: Annotated[float, Field(ge=1, le=10)] = Field(
        default=1.02,
        description="the share of reports that find their family may differ up to this ratio between groups, and "
        "between families selected or not; verdicts must survive it (planning value)",
    )
    coverage_ratio: Annotated[float, Field(ge=1, le=10)] = Field(
        default=1.02,
        description="a group may hold up to this many times as many families without an offer as the registers know; "
        "verdicts must survive it (planning value)",
    )
    threshold_share: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.10, description="the points threshold audited second: about this share of families"
    )


class Targets(_Strict):
    """Which target groups may be proposed."""

    most: Annotated[int, Field(ge=1, le=20)] = Field(default=10, description="most target groups")
    conditions: Annotated[int, Field(ge=1, le=3)] = Field(default=3, description="most conditions of one group")
    minimum_families: Annotated[int, Field(ge=10)] = Field(default=50, description="fewest families of a group")
    own: Path | None = Field(
        default=None, description="a YAML file with your own groups (schema targets/1), judged in place of a search"
    )


class PlaceFloors(_Strict):
    """Floors on the places: the least part of what a number of families would give. 0: not asked."""

    stages: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.0, description="for families with a child in each life stage, against their share of the families"
    )
    family_forms: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.0, description="for families of each form, against their share of the families"
    )


class Places(_Strict):
    """What the board asks of the plan of places; never by origin, nationality, language or religion."""

    fair_share: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.5,
        description="every wijk gets at least this part of its share of places, by what families there can fill",
    )
    minimum_families: Annotated[int, Field(ge=10)] = Field(
        default=10, description="a programme is offered in a wijk only where at least so many families could have it"
    )
    minimum_reach: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.0, description="at least this share of every target group is approached"
    )
    floors: PlaceFloors = PlaceFloors()
    random_share: Annotated[float, Field(ge=0, le=0.5)] = Field(
        default=0.0,
        description="this share of the places of a programme that is short falls to target groups and wijken by lot, "
        "never to a family; an approval names it",
    )


class Release(_Strict):
    """Disclosure rules of the gate."""

    threshold: Annotated[int, Field(ge=10)] = Field(default=10, description="smaller counts are hidden")
    estimate_base: Annotated[int, Field(ge=10)] = Field(
        default=100, description="an estimate leaves when it rests on at least this many families"
    )
    rules: Literal["standard/1"] = Field(default="standard/1", description="named set of disclosure rules")


class Review(_Strict):
    """Where reviews are kept and how long an approval lasts."""

    store: str | None = Field(default=None, description="MLflow tracking address; default: sqlite in the office")
    valid_days: Annotated[int, Field(ge=1, le=1100)] = Field(default=365, description="longest term of an approval")
    purpose: str = Field(
        default="preventive programmes for groups and areas", description="what the board is asked to allow"
    )


class ReachFiles(_Strict):
    """Quarterly spreadsheets of providers: what they hold replaces the register for their programmes."""

    files: tuple[Path, ...] = Field(min_length=1, description="spreadsheets of providers (.xlsx or .csv)")
    mapping: Path | None = Field(default=None, description="your own headings and names (schema provider-mapping/1)")


class Scenario(_Strict):
    """Everything that decides what a run does."""

    schema_: Literal["scenario/1"] = Field(alias="schema", description="version of this file's form")
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="lower case; names the run folder")]
    seed: Annotated[int, Field(ge=0)] = Field(default=1, description="same settings and seed, same results")
    registers: Source
    office: Path = Field(default=Path("office"), description="folder of ledger, decisions, MLflow and releases")
    index_dates: IndexDates
    horizon: Annotated[int, Field(ge=1, le=60)] = Field(default=12, description="months")
    outcome: str = Field(default="new_report", description="an entry of configs/outcomes.yaml")
    family: Family = Family()
    stressors: Literal["all"] | Chosen | Path = Field(
        default="all", description="all shipped stressors, ids of some of them, or a folder with your own"
    )
    scores: Scores = Scores()
    audit: Audit = Audit()
    targets: Targets = Targets()
    programmes: Literal["all"] | Chosen | Path = Field(
        default="all", description="all shipped programmes, ids of some of them, or a file of your own"
    )
    budget: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        default=500_000, description="EUR a year for places"
    )
    assumptions: Path | None = Field(
        default=None,
        description="costs, places and uptake per programme: planning values (YAML, or the workbook of a plan)",
    )
    reach: ReachFiles | None = Field(default=None, description="who was reached, from spreadsheets of providers")
    places: Places = Places()
    release: Release = Release()
    review: Review = Review()

    @model_validator(mode="after")
    def _horizon_ends_before_test(self) -> Scenario:
        late = [d for d in self.index_dates.train if add_months(d, self.horizon) > self.index_dates.test]
        if late:
            raise ValueError(
                f"the outcome of train date {max(late)} runs past the test date: the fit would see the test year"
            )
        return self


def load_scenario(path: Path | str) -> Scenario:
    """Read and check a scenario file, or a shipped one by its name.

    Parameters
    ----------
    path
        A YAML file, or the name of a shipped scenario such as ``demo``.

    Raises
    ------
    SettingsError
        The file is absent, is no YAML, or has faults: all of them, each with its place.
    """
    where = scenario_file(path)
    raw = read_yaml(where)
    try:
        scenario = Scenario.model_validate(raw)
    except ValidationError as error:
        faults = faults_of(error)
        raise SettingsError(
            f"{where.name} has {len(faults)} fault(s)",
            faults=faults,
            do="mend these lines; docs/reference/settings.md lists every key",
        ) from None
    return _beside(scenario, where.parent)


def synthetic_settings(**given: Any) -> Synthetic:
    """Settings of synthetic registers from values given one by one.

    Raises
    ------
    SettingsError
        Values that are not allowed or do not go together: all of them.
    """
    try:
        return Synthetic.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        faults = faults_of(error)
        raise SettingsError(
            f"these synthetic registers cannot be made: {len(faults)} fault(s)",
            faults=faults,
            do="riskscreen synthesize --help tells what goes together",
        ) from None


def scenario_file(path: Path | str) -> Path:
    """The file of a scenario: a path that exists, else a shipped scenario of that name."""
    given = Path(path)
    if given.is_file():
        return given
    candidate = shipped(f"{given.name.removesuffix('.yaml')}.yaml")
    if len(given.parts) == 1 and candidate.is_file():
        return candidate
    names = sorted(p.stem for p in shipped("").iterdir() if p.suffix == ".yaml" and _is_scenario(p))
    raise SettingsError(f"there is no scenario file {given}", do=f"give a path, or one of {', '.join(names)}")


def shipped(name: str) -> Path:
    """A file or folder of ``configs/`` as shipped inside the wheel (in a checkout: beside the package)."""
    return _beside_package("configs") / name


def shipped_model(name: str) -> Path:
    """A file of ``models/`` as shipped inside the wheel (in a checkout: beside the package)."""
    return _beside_package("models") / name


def read_yaml(path: Path) -> Any:
    """Read one YAML file; a broken one is told with line and column."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror}", do="check the path") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text", do="save it as UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise SettingsError(
            f"{path} is no valid YAML{place}", do="check indentation, colons and quotes there"
        ) from None
    except ValueError:
        raise SettingsError(
            f"{path} holds a date that does not exist, such as 2025-13-01",
            do="mend it; what is no date but looks like one goes in quotes",
        ) from None


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later (negative: earlier); the 29th-31st become the month's last day where needed."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    return date(year, month, min(day.day, length))


def _beside_package(folder: str) -> Path:
    package = Path(str(files("riskscreen")))
    inside = package / folder
    return inside if inside.is_dir() else package.parent / folder


def _is_scenario(path: Path) -> bool:
    return path.read_text(encoding="utf-8").startswith(f"schema: {SCHEMA}")


def _beside(scenario: Scenario, folder: Path) -> Scenario:
    """Inputs are relative to the scenario file."""

    def at(path: Path | None) -> Path | None:
        return path if path is None or path.is_absolute() else folder / path

    source = scenario.registers
    synthetic = source.synthetic
    if synthetic is not None:
        synthetic = synthetic.model_copy(
            update={
                "geography": at(synthetic.geography),
                "municipal_figures": at(synthetic.municipal_figures),
                "outline": at(synthetic.outline),
            }
        )
    source = source.model_copy(
        update={
            "path": at(source.path),
            "mapping": at(source.mapping),
            "basis": at(source.basis),
            "synthetic": synthetic,
        }
    )
    update: dict[str, Any] = {"registers": source, "assumptions": at(scenario.assumptions)}
    if scenario.reach is not None:
        files = tuple(at(path) or path for path in scenario.reach.files)
        update["reach"] = scenario.reach.model_copy(update={"files": files, "mapping": at(scenario.reach.mapping)})
    update["targets"] = scenario.targets.model_copy(update={"own": at(scenario.targets.own)})
    for key in ("stressors", "programmes"):
        value = getattr(scenario, key)
        if isinstance(value, Path):
            update[key] = at(value)
    return scenario.model_copy(update=update)

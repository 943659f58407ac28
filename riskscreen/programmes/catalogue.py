"""The catalogue of programmes and the planning values that belong to it; every fault at once."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riskscreen.errors import SettingsError
from riskscreen.records.definitions import DOMAINS, STAGES, Programme, level_columns
from riskscreen.records.filters import parse_filter
from riskscreen.records.tables import Column, Table
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

MEETING_PLACES: Mapping[str, Text] = {
    "child_health_care": Text("child health care", "jeugdgezondheidszorg"),
    "pregnancy_care": Text("pregnancy care", "verloskundige zorg"),
    "school": Text("school", "school"),
    "childcare": Text("childcare", "kinderopvang"),
    "debt_help": Text("debt help", "schuldhulp"),
    "neighbourhood_team": Text("neighbourhood team", "wijkteam"),
    "adult_care": Text("care for the parents", "zorg voor de ouders"),
}

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


@dataclass(frozen=True)
class Catalogue:
    """Chosen programmes with their planning values.

    Parameters
    ----------
    programmes
        In the order of the file.
    planning
        Planning values per programme id.
    evidence_weights
        What a family that takes part counts for in the allocation, per evidence level.
    hours
        Staff hours that there are in a year, over all programmes; ``None``: as many as needed.
    """

    programmes: tuple[Programme, ...]
    planning: Mapping[str, Planning]
    evidence_weights: Mapping[str, float]
    hours: float | None = None

    @property
    def names(self) -> dict[str, Text]:
        """Name per programme id."""
        return {programme.id: programme.name for programme in self.programmes}

    @property
    def hash(self) -> str:
        """SHA-256 over programmes and planning values: what a review approves."""
        body: dict[str, Any] = {
            "programmes": [asdict(programme) for programme in self.programmes],
            "planning": {key: asdict(value) for key, value in sorted(self.planning.items())},
            "weights": dict(sorted(self.evidence_weights.items())),
            "hours": self.hours,
        }
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()

    def weight(self, programme: Programme) -> float:
        """What a family that takes part in this programme counts for."""
        return self.evidence_weights[programme.evidence_level]

    def table(self) -> Table:
        """``programmes``: no data about families in it."""
        codes = {text: code for code, text in MEETING_PLACES.items()}
        rows = []
        for item in self.programmes:
            plan = self.planning[item.id]
            place = codes[item.meeting_place]
            values = (item.stage, item.evidence_level, place, plan.cost, plan.places, plan.uptake, plan.assumption)
            rows.append((item.id, *values))
        return Table(
            "programmes",
            Text("Programmes", "Programma's"),
            _columns(self.names),
            tuple(rows),
            note=Text(
                "Evidence levels follow the Dutch recognition committee. Costs, places and uptake are planning values.",
                "Bewijsniveaus volgen de Erkenningscommissie. Kosten, plekken en deelname zijn planwaarden.",
            ),
        )

    def __str__(self) -> str:
        lines = [f"{len(self.programmes)} programmes"]
        for item in self.programmes:
            lines.append(f"  {item.name.en}: {EVIDENCE[item.evidence_level].en}; met at {item.meeting_place.en}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        head = "<tr><th>programme</th><th>evidence</th><th>meeting place</th></tr>"
        body = "".join(
            f"<tr><td>{escape(item.name.en)}</td><td>{escape(EVIDENCE[item.evidence_level].en)}</td>"
            f"<td>{escape(item.meeting_place.en)}</td></tr>"
            for item in self.programmes
        )
        return f"<table>{head}{body}</table>"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Words(_Strict):
    en: Annotated[str, Field(min_length=1)]
    nl: Annotated[str, Field(min_length=1)]

    def text(self) -> Text:
        return Text(self.en, self.nl)


class _Entry(_Strict):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    name: _Words
    description: _Words
    stage: Literal["any", "prenatal", "0-3", "4-11", "12-17", "own_youth"]
    domains: tuple[str, ...] = Field(min_length=1)
    filter: str
    evidence: Literal["strong", "good", "first", "well_founded", "not_evaluated", "unknown"]
    effect: _Words
    figures: tuple[str, ...]
    meeting_place: Literal[
        "child_health_care", "pregnancy_care", "school", "childcare", "debt_help", "neighbourhood_team", "adult_care"
    ]
    minimum_group: Annotated[int, Field(ge=1, le=100)]
    source: Annotated[str, Field(min_length=1)]


class _File(_Strict):
    schema_: Literal["programmes/1"] = Field(alias="schema")
    programmes: tuple[_Entry, ...] = Field(min_length=1)


class _Values(_Strict):
    cost: Annotated[float, Field(gt=0)]
    places: Annotated[int, Field(ge=0)]
    uptake: Annotated[float, Field(gt=0, le=1)]
    hours: Annotated[float, Field(ge=0)] = 0.0
    contracted: Annotated[int, Field(ge=0)] = 0
    waiting: Annotated[int, Field(ge=0)] = 0


class _AssumptionsFile(_Strict):
    schema_: Literal["assumptions/1"] = Field(alias="schema")
    assumption: Assumption
    evidence_weights: Mapping[str, Annotated[float, Field(ge=0, le=1)]] | None = None
    hours: Annotated[float, Field(gt=0)] | None = None
    programmes: Mapping[str, _Values]


def load_programmes(
    chosen: Literal["all"] | tuple[str, ...] | Path = "all",
    *,
    assumptions: Path | None = None,
    stressors: Iterable[str],
    own_stressors: bool = False,
) -> Catalogue:
    """The catalogue of programmes with their planning values.

    Parameters
    ----------
    chosen
        ``all`` shipped programmes, ids of some of them, or a file of your own.
    assumptions
        A file of your own with planning values; programmes that it leaves out keep the shipped, invented ones.
    stressors
        Ids of the stressors that filters may use.
    own_stressors
        Are these stressors of your own? Then filters of shipped programmes may name stressors that are not among
        them: such a condition never holds.

    Raises
    ------
    SettingsError
        With every fault of both files.
    """
    faults: list[str] = []
    own = chosen if isinstance(chosen, Path) else None
    entries = _entries(own or shipped("programmes.yaml"), faults)
    if isinstance(chosen, tuple):
        unknown = sorted(set(chosen) - {entry.id for entry in entries})
        faults += [f"programmes: {name} is not in the catalogue" for name in unknown]
        entries = [entry for entry in entries if entry.id in chosen]
    faults += _content_faults(entries, None if own is None and own_stressors else tuple(stressors))
    planning, weights, hours = _planning(assumptions, {entry.id for entry in entries}, faults)
    if faults:
        raise SettingsError(
            f"the programmes or their planning values have {len(faults)} fault(s)",
            faults=tuple(faults),
            do="mend these lines; configs/programmes.yaml and configs/assumptions.yaml are examples",
        )
    return Catalogue(tuple(_programme(entry) for entry in entries), planning, weights, hours)


def _entries(path: Path, faults: list[str]) -> list[_Entry]:
    try:
        return list(_File.model_validate(read_yaml(path)).programmes)
    except ValidationError as error:
        faults += [f"{path.name}: {_told(item)}" for item in error.errors()]
        return []


def _figures() -> frozenset[str]:
    """Ids of the published figures that effects may name."""
    with shipped("figures.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["id"] for row in csv.DictReader(file))


def _content_faults(entries: Iterable[_Entry], stressors: tuple[str, ...] | None) -> list[str]:
    faults, seen, figures = [], set(), _figures()
    for entry in entries:
        if entry.id in seen:
            faults.append(f"{entry.id}: this id occurs twice")
        seen.add(entry.id)
        faults += [f"{entry.id}: unknown domain {name!r}" for name in entry.domains if name not in DOMAINS]
        faults += [
            f"{entry.id}: figure {name!r} is not in configs/figures.csv"
            for name in entry.figures
            if name not in figures
        ]
        if stressors is not None:
            try:
                parse_filter(entry.filter, level_columns(stressors))
            except SettingsError as error:
                faults.append(f"{entry.id}: {error.what}; {error.do}")
    return faults


def _planning(
    path: Path | None, ids: set[str], faults: list[str]
) -> tuple[dict[str, Planning], Mapping[str, float], float | None]:
    base = _assumptions(shipped("assumptions.yaml"), faults)
    own = None if path is None else _assumptions(path, faults)
    planning: dict[str, Planning] = {}
    for file in (base, own):
        for name, values in (file.programmes if file else {}).items():
            planning[name] = Planning(assumption=file.assumption if file else "user", **values.model_dump())
    if own is not None:
        faults += [f"planning values of {name}: no such programme" for name in sorted(set(own.programmes) - ids)]
    if base is not None:
        faults += [f"{name}: cost, places and uptake are missing" for name in sorted(ids - set(planning))]
    weights = (own.evidence_weights if own and own.evidence_weights else None) or (
        base.evidence_weights if base else None
    )
    weights = weights or {}
    faults += [f"evidence_weights: {level} is missing" for level in EVIDENCE if level not in weights]
    faults += [f"evidence_weights: unknown level {level!r}" for level in weights if level not in EVIDENCE]
    hours = own.hours if own is not None else base.hours if base is not None else None
    return {name: planning[name] for name in sorted(ids) if name in planning}, weights, hours


def _assumptions(path: Path, faults: list[str]) -> _AssumptionsFile | None:
    try:
        return _AssumptionsFile.model_validate(read_yaml(path))
    except ValidationError as error:
        faults += [f"{path.name}: {_told(item)}" for item in error.errors()]
        return None


def _told(item: Any) -> str:
    place = ".".join(str(part) for part in item["loc"]) or "file"
    if item["type"] == "extra_forbidden":
        return f"{place}: unknown key"
    if item["type"] == "missing":
        return f"{place}: obligatory, but not given"
    return f"{place}: {item['msg']}"


def _programme(entry: _Entry) -> Programme:
    return Programme(
        id=entry.id,
        name=entry.name.text(),
        description=entry.description.text(),
        stage=entry.stage,
        domains=entry.domains,
        filter=entry.filter,
        evidence_level=entry.evidence,
        effect=entry.effect.text(),
        figures=entry.figures,
        meeting_place=MEETING_PLACES[entry.meeting_place],
        minimum_group=entry.minimum_group,
        source=entry.source,
    )


def _columns(names: Mapping[str, Text]) -> tuple[Column, ...]:
    def code(name: str, en: str, nl: str, labels: Mapping[str, Text]) -> Column:
        return Column(name, "code", Text(en, nl), labels=labels)

    return (
        Column("programme", "key", Text("programme", "programma"), labels=names),
        code("stage", "life stage", "levensfase", {str(key): text for key, text in STAGES.items()}),
        code("evidence", "evidence", "bewijs", EVIDENCE),
        code("meeting_place", "meeting place", "vindplaats", MEETING_PLACES),
        Column("cost", "number", Text("cost per place", "kosten per plek"), "EUR"),
        Column("places_available", "number", Text("places available", "beschikbare plekken"), "places"),
        Column("uptake", "number", Text("uptake", "deelname"), "share"),
        code("assumption", "planning values", "planwaarden", ASSUMPTIONS),
    )

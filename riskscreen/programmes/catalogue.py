"""The catalogue of programmes and the planning values that belong to it; every fault at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riskscreen.errors import SettingsError
from riskscreen.faults import faults_of
from riskscreen.programmes.assumptions import ASSUMPTIONS, EVIDENCE, Planning, read_planning
from riskscreen.programmes.published import MEASURED_ON, effects_table, figures, published
from riskscreen.records.definitions import DOMAINS, STAGES, Programme, level_columns
from riskscreen.records.filters import parse_filter
from riskscreen.records.tables import Column, Table
from riskscreen.records.texts import Text
from riskscreen.settings import read_yaml, shipped

MEETING_PLACES: Mapping[str, Text] = {
    "child_health_care": Text("child health care", "jeugdgezondheidszorg"),
    "pregnancy_care": Text("pregnancy care", "verloskundige zorg"),
    "school": Text("school", "school"),
    "childcare": Text("childcare", "kinderopvang"),
    "debt_help": Text("debt help", "schuldhulp"),
    "neighbourhood_team": Text("neighbourhood team", "wijkteam"),
    "adult_care": Text("care for the parents", "zorg voor de ouders"),
}


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
    budget
        EUR in a year, where the planning values say so; else the scenario does.
    """

    programmes: tuple[Programme, ...]
    planning: Mapping[str, Planning]
    evidence_weights: Mapping[str, float]
    hours: float | None = None
    budget: float | None = None

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
        }  # not the budget: a scenario may hold it, and its settings have a hash of their own
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
            facts = (item.stage, item.evidence_level, item.measured_on, place, item.minimum_group)
            rows.append((item.id, *facts, plan.cost, plan.places, plan.uptake, plan.hours, plan.assumption))
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

    def effects(self) -> Table:
        """``programme_effects``: effects as published, with the outcome each was measured on."""
        return effects_table(self.programmes)

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


class _Effect(_Strict):
    figure: str
    measured_on: str
    about: Literal["programme", "kind"]


class _Entry(_Strict):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    name: _Words
    description: _Words
    stage: Literal["any", "prenatal", "0-3", "4-11", "12-17", "own_youth"]
    domains: tuple[str, ...] = Field(min_length=1)
    filter: str
    evidence: Literal["strong", "good", "first", "well_founded", "not_evaluated", "unknown"]
    effect: _Words
    measured_on: str = "none"
    effects: tuple[_Effect, ...] = ()
    figures: tuple[str, ...] = ()
    meeting_place: Literal[
        "child_health_care", "pregnancy_care", "school", "childcare", "debt_help", "neighbourhood_team", "adult_care"
    ]
    minimum_group: Annotated[int, Field(ge=1, le=100)]
    source: Annotated[str, Field(min_length=1)]


class _File(_Strict):
    schema_: Literal["programmes/1"] = Field(alias="schema")
    programmes: tuple[_Entry, ...] = Field(min_length=1)


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
    known = {entry.id for entry in entries}
    if isinstance(chosen, tuple):
        unknown = sorted(set(chosen) - known)
        faults += [f"programmes: {name} is not in the catalogue" for name in unknown]
        entries = [entry for entry in entries if entry.id in chosen]
    faults += _content_faults(entries, None if own is None and own_stressors else tuple(stressors))
    values = read_planning(assumptions, {entry.id for entry in entries}, faults, known)
    if faults:
        raise SettingsError(
            f"the programmes or their planning values have {len(faults)} fault(s)",
            faults=tuple(faults),
            do="mend these lines; configs/programmes.yaml and configs/assumptions.yaml are examples",
        )
    chosen_ones = tuple(_programme(entry) for entry in entries)
    return Catalogue(chosen_ones, values.programmes, values.evidence_weights, values.hours, values.budget)


def _entries(path: Path, faults: list[str]) -> list[_Entry]:
    try:
        return list(_File.model_validate(read_yaml(path)).programmes)
    except ValidationError as error:
        faults += [f"{path.name}: {fault}" for fault in faults_of(error)]
        return []


def _content_faults(entries: Iterable[_Entry], stressors: tuple[str, ...] | None) -> list[str]:
    faults, seen, known = [], set(), figures()
    for entry in entries:
        if entry.id in seen:
            faults.append(f"{entry.id}: this id occurs twice")
        seen.add(entry.id)
        faults += [f"{entry.id}: unknown domain {name!r}" for name in entry.domains if name not in DOMAINS]
        faults += [
            f"{entry.id}: measured_on {name!r} is unknown; choose from {', '.join(MEASURED_ON)}"
            for name in (entry.measured_on, *(effect.measured_on for effect in entry.effects))
            if name not in MEASURED_ON
        ]
        faults += [
            f"{entry.id}: figure {name!r} is not in configs/figures.csv"
            for name in (*entry.figures, *(effect.figure for effect in entry.effects))
            if name not in known
        ]
        if stressors is not None:
            try:
                parse_filter(entry.filter, level_columns(stressors))
            except SettingsError as error:
                faults.append(f"{entry.id}: {error.what}; {error.do}")
    return faults


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
        measured_on=entry.measured_on,
        effects=tuple(published(effect.figure, effect.measured_on, effect.about) for effect in entry.effects),
    )


def _columns(names: Mapping[str, Text]) -> tuple[Column, ...]:
    def code(name: str, en: str, nl: str, labels: Mapping[str, Text]) -> Column:
        return Column(name, "code", Text(en, nl), labels=labels)

    return (
        Column("programme", "key", Text("programme", "programma"), labels=names),
        code("stage", "life stage", "levensfase", {str(key): text for key, text in STAGES.items()}),
        code("evidence", "evidence", "bewijs", EVIDENCE),
        code("measured_on", "effect measured on", "effect gemeten op", MEASURED_ON),
        code("meeting_place", "meeting place", "vindplaats", MEETING_PLACES),
        Column("minimum_group", "number", Text("smallest group", "kleinste groep"), "places"),
        Column("cost", "number", Text("cost per place", "kosten per plek"), "EUR"),
        Column("places_available", "number", Text("places available", "beschikbare plekken"), "places"),
        Column("uptake", "number", Text("uptake", "deelname"), "share"),
        Column("hours", "number", Text("staff hours per place", "uren personeel per plek"), "hours"),
        code("assumption", "planning values", "planwaarden", ASSUMPTIONS),
    )

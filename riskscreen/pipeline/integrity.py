"""Examining a run as a whole: the run's own results, a copy of its registers, and the road to go again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskscreen.engine.duck import Engine
from riskscreen.pipeline.design import card_hash, design_of
from riskscreen.pipeline.gating import through_gate
from riskscreen.pipeline.job import Job, Made
from riskscreen.pipeline.running import Tell, open_job, silent
from riskscreen.pipeline.sources import link_key, opened_registers
from riskscreen.pipeline.steps import STEPS
from riskscreen.settings import Scenario, load_scenario, read_yaml, shipped

if TYPE_CHECKING:
    from riskscreen.disclosure.gate import ReleasedTable
    from riskscreen.integrity import Examination, Examined
    from riskscreen.integrity.copies import Copy
    from riskscreen.integrity.multiverse import Run, Study
    from riskscreen.records.definitions import TargetGroup
    from riskscreen.stressors.definitions import Catalogue


@dataclass(frozen=True, repr=False)
class IntegrityResult:
    """What the examination of a run found, and its tables after the gate (draft for review)."""

    examination: Examination
    tables: tuple[ReleasedTable, ...]

    @property
    def ok(self) -> bool:
        """Did nothing fail?"""
        return self.examination.ok

    def to_json(self) -> str:
        """One JSON object per line: the findings, then the rows of the other tables, as they passed the gate."""
        from riskscreen.records.show import json_lines

        return "\n".join(json_lines(table.table) for table in self.tables)

    def __str__(self) -> str:
        shown = [str(table) for table in self.tables if table.name != "integrity"]
        *findings, closing = self.examination.lines()
        return "\n".join([*findings, *(f"{text}\n" for text in shown), closing])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        *findings, closing = self.examination.lines()
        shown = "".join(table._repr_html_() for table in self.tables if table.name != "integrity")
        return f"<pre>{escape(chr(10).join(findings))}</pre>{shown}<p>{escape(closing)}</p>"


def check_integrity(
    scenario: str | Path | Scenario = "demo",
    *,
    multiverse: bool = False,
    checks: Sequence[str] = (),
    tell: Tell = silent,
) -> IntegrityResult:
    """Examine the model of a scenario as a whole; runs the steps up to the audit first, where they changed.

    Parameters
    ----------
    scenario, tell
        As for :func:`riskscreen.run`.
    multiverse
        The design multiverse too; it is logged before anything of it is computed.
    checks
        Names of single checks; default all but the multiverse.
    """
    from riskscreen.integrity import examine, wanted_checks

    wanted = wanted_checks(checks, multiverse=multiverse)
    given = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    with open_job(given, Path("runs"), tell) as job:
        job.perform("audit")
        entries = tuple(job.office.ledger.entries())
        if "multiverse" in wanted:
            job.note("multiverse", design_of(job))
        with Engine() as engine:
            model = _examined(job, engine, entries)
            found = examine(model, checks=wanted, tell=tell)
        tables = through_gate(job, found.tables())
    return IntegrityResult(found, tables)


def _examined(job: Job, engine: Engine, entries: Sequence[Any]) -> Examined:
    from riskscreen.integrity import Examined
    from riskscreen.integrity.levels import Design
    from riskscreen.stressors.loading import load_catalogue

    scenario = job.scenario
    design = Design(
        load_catalogue(scenario.stressors),
        scenario.outcome,
        scenario.horizon,
        scenario.family,
        link_key(scenario),
        job.threshold,
    )
    card, hashes = job.value("fit").chosen, design_of(job)
    return Examined(
        scenario.name,
        _copy(job, engine),
        design,
        scenario.index_dates,
        card,
        _concluded(job),
        _road(job),
        tuple(entries),
        design_hash=hashes["design"],
        registers_hash=hashes["registers"],
        card_hash=card_hash(card),
    )


def _copy(job: Job, engine: Engine) -> Copy:
    """The registers again in an engine of their own, with the crosswalk and the levels of the run."""
    from riskscreen.integrity.copies import move_table, take_copy

    for table in ("crosswalk", "levels"):
        if not job.engine.has(table):
            job.store.load_table(job.engine, table)
    registers = opened_registers(job.scenario, engine)
    move_table(job.engine, "crosswalk", engine, "crosswalk")
    move_table(job.engine, "levels", engine, "levels_run")
    return take_copy(registers)


def _concluded(job: Job) -> Run:
    from riskscreen.integrity.multiverse import Run
    from riskscreen.stressors.loading import load_outcome

    ids = [entry["id"] for entry in read_yaml(shipped("outcomes.yaml"))["outcomes"]]
    others = tuple(load_outcome(name) for name in ids if name != job.scenario.outcome)
    found = _found(job)
    return Run(found.model, found.groups, found.verdicts, others)


@dataclass(frozen=True, slots=True)
class Found:
    """What the road from levels to conclusions gives."""

    model: str
    groups: tuple[TargetGroup, ...]
    verdicts: Mapping[tuple[str, str, str], str]


def _found(job: Job) -> Found:
    rows = next(table for table in job.made["audit"].tables if table.name == "verdicts").records()
    verdicts = {(str(row["subject"]), str(row["attribute"]), str(row["metric"])): str(row["verdict"]) for row in rows}
    return Found(job.value("fit").chosen.name, job.value("targets")["targets"].groups, verdicts)


AGAIN = ("fit", "targets", "places", "audit")
"""The steps from levels to verdicts."""


class _Again(Job):
    """The steps once more, in another engine: nothing is kept, and nothing goes into the ledger."""

    def note(self, kind: str, body: Mapping[str, Any]) -> None:
        """A combination of the multiverse is no choice that anybody made."""


def _road(job: Job) -> Study:
    """The steps from levels to verdicts, for any catalogue and outcome."""

    def study(engine: Engine, catalogue: Catalogue, outcome: str) -> Found:
        scenario = job.scenario.model_copy(update={"outcome": outcome})
        again = _Again(scenario, job.runs, silent, STEPS, again=True, _engine=engine)
        keys = ("index_date", "fold", "area_block", *catalogue.ids, "outcome")
        again.keys = job.keys
        again.made["registers"] = Made(job.value("registers"))
        again.made["profile"] = Made({"stressors": catalogue.stressors, "keys": keys})
        again.made["areas"] = Made({"names": {}})
        engine.run("DROP VIEW IF EXISTS profiles")  # those of another combination
        for step in STEPS:
            if step.name in AGAIN:
                again.made[step.name] = step.do(again)
        return _found(again)

    return study

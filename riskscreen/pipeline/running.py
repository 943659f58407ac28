"""Running the main job, or a part of it, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import riskscreen
from riskscreen.errors import SettingsError, UsageError
from riskscreen.pipeline.folder import is_writable, run_folder, write_text
from riskscreen.pipeline.gating import through_gate
from riskscreen.pipeline.job import Done, Job
from riskscreen.pipeline.preflight import check_settings
from riskscreen.pipeline.sources import missing_inputs, registers_path, store_folder
from riskscreen.pipeline.steps import STEPS
from riskscreen.pipeline.store import Store, key_of
from riskscreen.pipeline.subject import standing, subject_of
from riskscreen.records.approvals import check_clock
from riskscreen.records.card import Card
from riskscreen.records.clock import stamp
from riskscreen.settings import Scenario, load_scenario

if TYPE_CHECKING:
    from riskscreen.disclosure.gate import ReleasedTable
    from riskscreen.registers import CheckReport

SCHEMA = "run/1"
Tell = Callable[[str], None]
WAITING = "waiting for a review"


@dataclass(frozen=True, slots=True, repr=False)
class RunResult:
    """How a run went and where its results are; shows itself in ten lines.

    Parameters
    ----------
    name, folder
        The run and its folder.
    status
        ``released`` or ``waiting for a review``.
    steps
        Name, seconds and whether the result was kept from before, per step.
    lines
        What was found, where to look, what to do next.
    """

    name: str
    folder: Path
    status: str
    steps: tuple[Done, ...]
    lines: tuple[str, ...]

    @property
    def waits(self) -> bool:
        """Does the run wait for a review (exit code 6)?"""
        return self.status == WAITING

    def to_json(self) -> str:
        """One JSON object per line: the run, then its steps."""
        head = {"run": self.name, "folder": str(self.folder), "status": self.status}
        rows = [{"step": d.name, "kept": d.kept, "time": round(d.seconds, 3)} for d in self.steps]
        return "\n".join(json.dumps(row, ensure_ascii=False) for row in [head, *rows])

    def __str__(self) -> str:
        return "\n".join(self.lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


@dataclass(frozen=True, slots=True, repr=False)
class StepResult:
    """What one step made, as tables that passed the gate (draft for review).

    Parameters
    ----------
    card
        The chosen card, after the step ``fit``: lines and points, no counts.
    note
        What a reader must know of these tables, such as that the dossier may hide other cells.
    """

    step: str
    tables: tuple[ReleasedTable, ...]
    card: Card | None = None
    note: str = ""

    def table(self, name: str) -> ReleasedTable:
        """The table called ``name``."""
        for table in self.tables:
            if table.name == name:
                return table
        names = ", ".join(table.name for table in self.tables)
        raise UsageError(f"step {self.step} has no table {name!r}", do=f"choose from {names}")

    def plot(self, name: str, language: Literal["en", "nl"] = "en") -> Any:
        """The chart of one of the tables, as in the report and the dossier: an altair chart."""
        from riskscreen.reports.plotting import plot

        return plot(self.table(name), language)

    def __str__(self) -> str:
        return "\n\n".join([*(str(table) for table in self.tables), *([self.note] if self.note else [])])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        note = f"<p><small>{escape(self.note)}</small></p>" if self.note else ""
        return "".join(table._repr_html_() for table in self.tables) + note


def silent(_: str) -> None:
    """Say nothing."""


def run(scenario: str | Path | Scenario = "demo", *, runs: Path | str = "runs", tell: Tell = silent) -> RunResult:
    """Run the main job: from registers to a reviewed, released result.

    Parameters
    ----------
    scenario
        A scenario, the path of a scenario file, or the name of a shipped one.
    runs
        Folder of the runs; the result replaces ``runs/<name>`` in one rename.
    tell
        Called with one line per step, such as ``print``; default says nothing.

    Returns
    -------
    RunResult
        With ``waits`` when a review must approve it first: then nothing has left but the draft for review.

    Raises
    ------
    RiskscreenError
        A mistake in settings or registers, a refusal by the gate, or a fault of the machine. Earlier results are whole.
    """
    given = _scenario(scenario)
    said: list[str] = []

    def say(line: str) -> None:
        said.append(f"{stamp()}  {line}")
        tell(line)

    with open_job(given, Path(runs), say) as job:
        # a broken chain, a wrong clock or a folder that cannot be written is told before any work
        check_clock((job.office.ledger, job.office.decisions))
        job.perform("audit")
        place = job.runs / given.name
        before = _finished(place, _fingerprint(job))
        if before is not None:
            say("nothing changed since the last run: its results stand")
            return before
        job.perform_rest("audit")
        return _finish(job, said)


def run_step(name: str, scenario: str | Path | Scenario = "demo", *, tell: Tell = silent) -> StepResult:
    """Run the main job up to one step, and show what that step made.

    Parameters
    ----------
    name
        ``link``, ``profile``, ``fit``, ``explain``, ``areas``, ``targets``, ``places`` or ``audit``.
    scenario, tell
        As for :func:`run`. Steps whose inputs did not change are not run again.

    Notes
    -----
    The gate judges these tables beside all others that the run knows for the same inputs: those of earlier steps, and
    of later ones when they were kept. After a whole run a step hides what the dossier hides. Before that, the result
    says in ``note`` that the dossier may hide other cells: whoever keeps both could subtract.
    """
    given = _scenario(scenario)
    with open_job(given, Path("runs"), tell) as job:
        job.perform(name)
        beside = job.known_beside(name)
        tables = through_gate(job, job.made[name].tables, beside=beside.tables)
        card = job.value("fit").chosen if name == "fit" else None
    return StepResult(name, tables, card, _note(beside.missing) if tables else "")


def _note(missing: Sequence[str]) -> str:
    """Why a step's tables may differ from those in the dossier."""
    if not missing:
        return ""
    return (
        f"These tables were judged without those of {', '.join(missing)}, which were not made yet from these inputs. "
        "The dossier judges all tables together and may hide other cells: do not give both away. After riskscreen run "
        "they hide the same."
    )


def check_registers(scenario: str | Path | Scenario = "demo", *, tell: Tell = silent) -> CheckReport:
    """Open (or make) the registers of a scenario and list every fault.

    Parameters
    ----------
    scenario, tell
        As for :func:`run`.
    """
    from riskscreen.registers import check

    given = _scenario(scenario)
    with open_job(given, Path("runs"), tell) as job:
        job.perform("registers")
        return check(job.value("registers"))


def dry(scenario: str | Path | Scenario = "demo", *, runs: Path | str = "runs") -> list[str]:
    """What a run would do, and what is missing, without doing it.

    Returns
    -------
    list of str
        Lines for a reader: one per step, then what is missing, then what to do.

    Raises
    ------
    SettingsError, RegisterError
        Nothing is missing, but what the scenario names has faults: all of them.
    """
    given = _scenario(scenario)
    if not missing_inputs(given):
        check_settings(given)
    place = registers_path(given)
    store = Store(store_folder(given), given.name) if place.exists() else Store(None, given.name)
    lines = [f"{given.name}: registers from {place}, results in {Path(runs) / given.name}, office {given.office}"]
    for number, step in enumerate(STEPS, start=1):
        kept = store.folder is not None and (store.folder / f"{step.name}.key").exists()
        lines.append(f"{number:>2}/{len(STEPS)}  {step.title:<26}{'kept when unchanged' if kept else 'would run'}")
    missing = missing_inputs(given)
    if given.registers.synthetic is not None and not place.exists():
        lines.append(f"would make synthetic registers in {place}")
    if given.registers.synthetic is None and given.registers.basis is None:
        missing.append("basis: the lawful basis per register (riskscreen init writes a form)")
    missing += [f"{folder}: cannot be written" for folder in (Path(runs), given.office) if not is_writable(folder)]
    lines += [f"missing: {item}" for item in missing] or ["nothing is missing"]
    lines.append("Next: " + ("provide what is missing" if missing else f"riskscreen run {scenario}"))
    return lines


def _scenario(given: str | Path | Scenario) -> Scenario:
    return given if isinstance(given, Scenario) else load_scenario(given)


@contextmanager
def open_job(scenario: Scenario, runs: Path, tell: Tell) -> Iterator[Job]:
    """A job on a scenario whose inputs are there; closed at the end."""
    missing = missing_inputs(scenario)
    if missing:
        raise SettingsError(
            "the scenario names files that are not there",
            faults=tuple(missing),
            do="mend the paths; they are relative to the scenario file",
        )
    check_settings(scenario)
    with run_folder(runs, scenario.name) as folder, Job(scenario, runs, tell, STEPS) as job:
        job.folder = folder
        yield job


def _fingerprint(job: Job) -> str:
    """Everything that decides the run folder: the steps before the review, and where the review stands."""
    return key_of({"keys": job.keys, "subject": subject_of(job).hash, "standing": standing(job)})


def _finished(place: Path, fingerprint: str) -> RunResult | None:
    """The result of an earlier run when nothing changed since and all its files are whole."""
    from riskscreen.disclosure.verify import file_hashes

    try:
        body = json.loads((place / "run.json").read_text(encoding="utf-8"))
        if body["schema"] != SCHEMA or body["fingerprint"] != fingerprint:
            return None
        found = file_hashes(place)
        if any(found.get(name) != hash_ for name, hash_ in body["files"].items()):
            return None
        steps = tuple(Done(s["name"], s["time"], True, s["detail"]) for s in body["steps"])
        return RunResult(body["name"], place, body["status"], steps, tuple(body["lines"]))
    except (OSError, ValueError, KeyError):
        return None


def _finish(job: Job, said: list[str]) -> RunResult:
    """The ten lines, run.json and run.log; the folder is put in place after this."""
    from riskscreen.disclosure.verify import file_hashes, manifest_hash
    from riskscreen.pipeline.summary import ten_lines

    place = job.runs / job.scenario.name
    status = "released" if job.value("release") else WAITING
    result = RunResult(job.scenario.name, place, status, tuple(job.done), tuple(ten_lines(job, place, status)))
    body: Mapping[str, Any] = {
        "schema": SCHEMA,
        "name": result.name,
        "status": status,
        "fingerprint": _fingerprint(job),
        "subject": subject_of(job).to_dict(),
        "settings": job.scenario.model_dump(mode="json", by_alias=True),
        "inputs": {"registers": job.keys["registers"]},
        "versions": _versions(),
        "seed": job.scenario.seed,
        "steps": [{"name": d.name, "kept": d.kept, "detail": d.detail, "time": round(d.seconds, 3)} for d in job.done],
        "lines": list(result.lines),
        "time": stamp(),
        "files": file_hashes(job.run_folder),
    }
    text = json.dumps(body, indent=1, ensure_ascii=False) + "\n"
    write_text(job.run_folder / "run.json", text)
    said_settings = json.loads(text)["settings"]
    job.note("finished", {"subject": subject_of(job).hash, "manifest": manifest_hash(body["files"], said_settings)})
    write_text(job.run_folder / "run.log", "\n".join(said) + "\n")
    return result


def _versions() -> dict[str, str]:
    from importlib.metadata import version
    from platform import python_version

    named = ("duckdb", "numpy", "pandas", "scikit-learn", "scipy", "mlflow", "altair")
    return {"riskscreen": riskscreen.__version__, "python": python_version(), **{name: version(name) for name in named}}

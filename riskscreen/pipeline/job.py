"""One job: a scenario, the engine it runs in, and what its steps have made so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskscreen.engine.duck import Engine
from riskscreen.errors import UsageError
from riskscreen.pipeline.folder import write_text
from riskscreen.pipeline.store import Store, code_hash, key_of, settings_by_content
from riskscreen.records.clock import stamp
from riskscreen.records.tables import Table
from riskscreen.settings import Scenario

if TYPE_CHECKING:
    from riskscreen.governance.office import Office

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """What a step made: a value for later steps, and tables that may go to the gate."""

    value: Any
    tables: tuple[Table, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the main job.

    Parameters
    ----------
    name, title
        Machine name, which is also its command, and a few words.
    do
        Makes the result from the job so far.
    needs
        Steps whose results it reads.
    settings
        Settings keys that it reads.
    engine_tables
        Engine tables that it leaves behind and that later steps read.
    kept
        May its result be kept inside and used again when nothing it depends on changed?
    """

    name: str
    title: str
    do: Callable[[Job], Made]
    needs: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    engine_tables: tuple[str, ...] = ()
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Done:
    """How a step went."""

    name: str
    seconds: float
    kept: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What a run knows beside the tables of one step.

    Parameters
    ----------
    tables
        Tables of other steps.
    missing
        Steps whose tables are not known yet.
    """

    tables: tuple[Table, ...]
    missing: tuple[str, ...]


@dataclass
class Job:
    """The running job. Lives for one run; nothing outside the pipeline sees it."""

    scenario: Scenario
    runs: Path
    tell: Tell
    steps: Sequence[Step]
    made: dict[str, Made] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)
    folder: Path | None = None
    store: Store = field(default_factory=lambda: Store(None, ""))
    again: bool = False
    """Are only conclusions wanted, to hold against those of a run? Then steps leave out what only explains them."""
    _stack: ExitStack = field(default_factory=ExitStack)
    _engine: Engine | None = None
    _office: Office | None = None

    def __enter__(self) -> Job:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def engine(self) -> Engine:
        """The engine, opened on first use."""
        if self._engine is None:
            self._engine = self._stack.enter_context(Engine())
        return self._engine

    def value(self, step: str) -> Any:
        """What an earlier step made; a kept step whose engine tables are missing is put back first."""
        return self.made[step].value

    @property
    def threshold(self) -> int:
        """The least number of families that may be shown."""
        return self.scenario.release.threshold

    def tables(self) -> tuple[Table, ...]:
        """Every table made so far, in the order of the steps."""
        return tuple(table for step in self.steps if step.name in self.made for table in self.made[step.name].tables)

    def known_beside(self, name: str) -> Beside:
        """Tables of the other steps: of those made before, and of later ones kept for exactly these inputs.

        Nothing is run for it. All tables of a run are judged together at the gate, so one step's tables hide what the
        dossier hides only beside these.
        """
        others = [table for other, made in self.made.items() if other != name for table in made.tables]
        missing: list[str] = []
        for step in self.steps:
            if not step.kept or step.name in self.made:
                continue
            self.keys[step.name] = self.key(step)
            kept = self.store.load(step.name, self.keys[step.name])
            others += kept.tables if kept is not None else ()
            missing += [] if kept is not None else [step.name]
        return Beside(tuple(others), tuple(missing))

    def perform(self, until: str | None = None) -> None:
        """Run the steps in order, up to and including ``until`` (default: all)."""
        names = [step.name for step in self.steps]
        if until is not None and until not in names:
            raise UsageError(f"there is no step {until!r}", do=f"choose from {', '.join(names)}")
        for step in self.steps:
            self._perform(step)
            if step.name == until:
                return

    def perform_rest(self, after: str) -> None:
        """Run the steps that come after ``after``."""
        names = [step.name for step in self.steps]
        for step in self.steps[names.index(after) + 1 :]:
            self._perform(step)

    def key(self, step: Step) -> str:
        """Hash over everything that decides the result of a step."""
        settings = settings_by_content(self.scenario)
        return key_of(
            {
                "step": step.name,
                "code": code_hash(),
                "settings": {key: settings[key] for key in step.settings},
                "needs": [self.keys[name] for name in step.needs],
            }
        )

    @property
    def office(self) -> Office:
        """The office of the scenario, made on first use."""
        if self._office is None:
            from riskscreen.governance.office import Office

            self._office = Office(self.scenario.office)
        return self._office

    def note(self, kind: str, body: Mapping[str, Any]) -> None:
        """Write a line in the office's ledger, such as the rule that was set before a fit."""
        self.office.ledger.append(kind, {"run": self.scenario.name, **body}, time=stamp())

    def write(self, name: str, text: str) -> Path:
        """Write a file in the run folder."""
        write_text(self.run_folder / name, text)
        return self.run_folder / name

    @property
    def run_folder(self) -> Path:
        """The folder that the run is written in."""
        if self.folder is None:
            raise UsageError("this job has no run folder", do="use riskscreen.run")
        return self.folder

    def _perform(self, step: Step) -> None:
        start = time.perf_counter()
        if step.kept:
            self.keys[step.name] = self.key(step)
        earlier = self.store.load(step.name, self.keys[step.name]) if step.kept else None
        kept = earlier is not None
        self.made[step.name] = self._make(step) if earlier is None else earlier
        seconds = time.perf_counter() - start
        detail = self.made[step.name].detail
        self.done.append(Done(step.name, seconds, kept, detail))
        spent = "unchanged" if kept else f"{seconds:.1f} s"
        number = len(self.done)
        self.tell(f"{number:>2}/{len(self.steps)}  {step.title:<26}{spent:>10}  {detail}".rstrip())

    def _make(self, step: Step) -> Made:
        for name in step.needs:
            self.put_back(name)
        made = step.do(self)
        if step.kept:
            self.store.keep(step.name, self.keys[step.name], made, self.engine, step.engine_tables)
        return made

    def put_back(self, name: str) -> None:
        """Put the engine tables of a kept step back, for what comes after it."""
        for step in self.steps:
            if step.name == name:
                for table in step.engine_tables:
                    if not self.engine.has(table):
                        self.store.load_table(self.engine, table)

"""More of record linkage than a step of the main job: files of your own, a clerk, a model to keep, effects."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskscreen.errors import UsageError
from riskscreen.pipeline.folder import write_text
from riskscreen.pipeline.gating import through_gate
from riskscreen.pipeline.running import Tell, open_job, run_step, silent
from riskscreen.pipeline.sources import link_key, store_folder
from riskscreen.records.clock import utc_now
from riskscreen.records.tables import Table
from riskscreen.settings import Release, Scenario, load_scenario

if TYPE_CHECKING:
    from riskscreen.disclosure.gate import ReleasedTable

NO_PARTICULARS = (
    "these registers link on the number only: there is no register particulars",
    "give one (docs/how-to/link-registers.md), or run without these options",
)


@dataclass(frozen=True, slots=True, repr=False)
class LinkResult:
    """Quality of linkage, as tables that passed the gate, and what to do next."""

    tables: tuple[ReleasedTable, ...]
    lines: tuple[str, ...]

    def to_json(self) -> str:
        """One JSON object per line: the rows of the tables."""
        from riskscreen.records.show import json_lines

        return "\n".join(json_lines(table.table) for table in self.tables)

    def __str__(self) -> str:
        return "\n\n".join([*(str(table) for table in self.tables), "\n".join(self.lines)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(table._repr_html_() for table in self.tables)


def link_any(
    given: str, *, out: Path | None = None, effect: bool = False, tell: Tell = silent, **asked: Any
) -> LinkResult:
    """Link a scenario, or files of your own when ``given`` is a settings file of schema ``linkage/1``.

    Parameters
    ----------
    out
        For files of your own: the CSV to write.
    effect, tell, asked
        As for :func:`link_scenario`; files of your own know ``model`` and ``save_model``.

    Raises
    ------
    UsageError
        Options that do not go with what is given.
    """
    from riskscreen.linkage.file_settings import is_file_settings

    named = [f"--{name.replace('_', '-')}" for name, value in asked.items() if value is not None]
    if is_file_settings(Path(given)):
        wrong = [name for name in [*named, *(["--effect"] if effect else [])] if name not in _OWN]
        if out is None or wrong:
            raise UsageError(
                f"files of your own go with --out, {', '.join(_OWN)}; given: {', '.join(wrong) or 'no --out'}",
                do=f"riskscreen link {given} --out clusters.csv",
            )
        return link_own_files(Path(given), out=out, model=asked.get("model"), save_model=asked.get("save_model"))
    if out is not None:
        raise UsageError("--out goes with files of your own", do="the registers' rows stay inside; leave --out away")
    if named or effect:
        return link_scenario(given, effect=effect, tell=tell, **asked)
    made = run_step("link", given, tell=tell)
    by_particulars = any(table.name == "linkage_rates" for table in made.tables)
    return LinkResult(made.tables, tuple(next_lines(given, by_particulars)))


_OWN = ("--model", "--save-model")


def link_own_files(
    settings: Path, *, out: Path, model: Path | None = None, save_model: Path | None = None
) -> LinkResult:
    """Link two or more files of your own; write clusters to ``out``, and give the quality only.

    Parameters
    ----------
    settings
        File of schema ``linkage/1``.
    out
        CSV to write: ``file, id, cluster``. Nothing is overwritten.
    model, save_model
        A trained model to use, and where to save the one that was used.

    Raises
    ------
    RiskscreenError
        Faults in settings or files, all of them; or ``out`` is there already.
    """
    from riskscreen.engine.duck import Engine
    from riskscreen.linkage.file_settings import read_file_settings
    from riskscreen.linkage.own_files import check_out, link_files, write_clusters

    given = read_file_settings(settings)
    check_out(out)
    _check_new(save_model)
    with Engine() as engine:
        made = link_files(engine, given, model=model)
        tables = _own_gate(made.tables)
        write_clusters(engine, out)
    _save(save_model, made.model.to_json())
    return LinkResult(
        tables,
        (
            f"wrote {out}: every record with the cluster (person) it belongs to; {made.clusters:,} clusters",
            "It holds numbers of persons: keep it where the files are kept.",
            "Next: look at missed and false matches above; a threshold of your own goes in the settings",
        ),
    )


def link_scenario(
    scenario: str | Path | Scenario = "demo",
    *,
    model: Path | None = None,
    save_model: Path | None = None,
    clerk: int | None = None,
    labels: Path | None = None,
    truth: Path | None = None,
    effect: bool = False,
    tell: Tell = silent,
) -> LinkResult:
    """Link the registers of a scenario anew, with more asked of it than the step of the main job.

    Parameters
    ----------
    model, save_model
        A trained model to use, and where to save the one that was used.
    clerk
        Draw so many pairs for a clerk to look at; the file is written into the private store of the registers.
    labels
        That file, filled in: rates by it stand beside those of the model.
    truth
        File or folder of the truth table ``links`` (synthetic registers have one): the true rates stand beside.
    effect
        Also profile the last index date, and show what missed links do to each stressor.
    tell
        Called with one line per step.
    """
    from riskscreen.linkage import link
    from riskscreen.pipeline.linkage_effect import linkage_effect

    given = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    _check_new(save_model)
    with open_job(given, Path("runs"), tell) as job:
        job.perform("check")
        registers = job.value("registers")
        linkage = link(
            registers,
            given.index_dates.all,
            given.family,
            key=link_key(given),
            threshold=job.threshold,
            model=model,
            labels=labels,
            truth=truth,
        )
        if linkage.found is None and (model or save_model or clerk or labels):
            raise UsageError(NO_PARTICULARS[0], do=NO_PARTICULARS[1])
        lines = []
        if clerk and linkage.found is not None:
            from riskscreen.linkage.clerical import write_sample

            store = store_folder(given) / ".riskscreen" / given.name
            store.mkdir(mode=0o700, parents=True, exist_ok=True)
            place = write_sample(registers.engine, linkage.found, store, clerk)
            lines = [
                f"wrote {place}: pairs of names and addresses for a clerk, to be read by nobody else",
                f"Next: write yes, no or unknown in its column same, then: riskscreen link {scenario} --labels {place}",
            ]
        if save_model and linkage.found is not None:
            _save(save_model, linkage.found.model.to_json())
            lines.append(f"wrote {save_model}: the trained model, without data about persons")
        more: tuple[Table, ...] = (linkage_effect(registers, given, truth=truth),) if effect else ()
        tables = through_gate(job, (*linkage.tables(), *more))
    return LinkResult(tables, tuple(lines or next_lines(scenario, linkage.found is not None, labels, effect)))


def next_lines(
    scenario: str | Path | Scenario, by_particulars: bool, labels: Path | None = None, effect: bool = False
) -> list[str]:
    """What to do after looking at the quality."""
    name = scenario.name if isinstance(scenario, Scenario) else scenario
    if by_particulars and labels is None:
        return [f"Next: check the rates by hand: riskscreen link {name} --clerk 400"]
    if by_particulars and not effect:
        return [f"Next: what missed links do to each stressor: riskscreen link {name} --effect"]
    return [f"Next: riskscreen profile {name}"]


def _own_gate(tables: tuple[Table, ...]) -> tuple[ReleasedTable, ...]:
    """Files of your own have no scenario and no office: the standard rules, for the review channel."""
    from riskscreen.disclosure.gate import gate
    from riskscreen.governance.office import Office

    with tempfile.TemporaryDirectory() as folder:
        return gate(
            tables, channel="review", office=Office(folder), subject=None, release=Release(), day=utc_now().date()
        )


def _check_new(place: Path | None) -> None:
    if place is not None and place.exists():
        raise UsageError(f"{place} is there already", do="give another name, or remove it: nothing is overwritten")


def _save(place: Path | None, text: str) -> None:
    if place is not None:
        write_text(place, text)

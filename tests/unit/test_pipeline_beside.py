"""What a job knows beside the tables of one step: earlier steps, and later ones kept for exactly these inputs."""

from __future__ import annotations

from pathlib import Path

from riskscreen.pipeline.job import Beside, Job, Made, Step
from riskscreen.pipeline.running import StepResult, _note, silent
from riskscreen.pipeline.store import Store
from riskscreen.records.tables import Column, Table
from riskscreen.records.texts import same
from riskscreen.settings import load_scenario


def _table(name: str) -> Table:
    return Table(name, same(name), (Column("families", "count", same("families"), "families"),), ((20,),))


def _step(name: str, *needs: str, settings: tuple[str, ...] = ()) -> Step:
    return Step(name, name, lambda _: Made(name, (_table(f"of_{name}"),)), needs=needs, settings=settings)


STEPS = (_step("first"), _step("second", "first"), _step("third", "second", settings=("budget",)))


def _job(folder: Path, *, budget: float = 1.0, until: str) -> Job:
    scenario = load_scenario("demo").model_copy(update={"budget": budget})
    job = Job(scenario, folder / "runs", silent, STEPS, store=Store(folder, "town"))
    job.perform(until)
    return job


def _names(beside: Beside) -> list[str]:
    return sorted(table.name for table in beside.tables)


def test_before_a_run_later_steps_are_missing(tmp_path: Path) -> None:
    with _job(tmp_path, until="second") as job:
        beside = job.known_beside("second")
    assert (_names(beside), beside.missing) == (["of_first"], ("third",))
    assert "without those of third" in _note(beside.missing)
    assert "do not give both away" in str(StepResult("second", (), note=_note(beside.missing)))


def test_after_a_run_every_step_is_known(tmp_path: Path) -> None:
    _job(tmp_path, until="third").__exit__()
    with _job(tmp_path, until="first") as job:
        beside = job.known_beside("first")
        assert [done.name for done in job.done] == ["first"]  # nothing was run for it
    assert (_names(beside), beside.missing) == (["of_second", "of_third"], ())
    assert _note(beside.missing) == ""


def test_a_step_kept_for_other_settings_is_not_known(tmp_path: Path) -> None:
    _job(tmp_path, until="third").__exit__()
    with _job(tmp_path, budget=2.0, until="first") as job:
        beside = job.known_beside("first")
    assert (_names(beside), beside.missing) == (["of_second"], ("third",))

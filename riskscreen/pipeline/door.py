"""Each step of the main job as a function: runs what is needed first, and shows what the step made.

What comes back are tables that passed the gate (draft for review). Steps whose inputs did not change are not run again,
so calling one after the other costs no more than one run.
"""

from __future__ import annotations

from pathlib import Path

from riskscreen.pipeline.running import RunResult, StepResult, Tell, run, run_step, silent
from riskscreen.settings import Scenario

Given = str | Path | Scenario


def link(scenario: Given = "demo", *, tell: Tell = silent) -> StepResult:
    """Link the registers to persons and families on every index date.

    Parameters
    ----------
    scenario
        A scenario, the path of a scenario file, or the name of a shipped one.
    tell
        Called with one line per step, such as ``print``.

    Returns
    -------
    StepResult
        Tables ``linkage``, ``linkage_by_group``, ``linkage_cases`` and ``family_groups``.

    Raises
    ------
    RiskscreenError
        A mistake in settings or registers, a refusal by the gate, or a fault of the machine.
    """
    return run_step("link", scenario, tell=tell)


def profile(scenario: Given = "demo", *, tell: Tell = silent) -> StepResult:
    """Compute stressor levels and profiles: tables ``coverage``, ``prevalence`` and ``outcomes``.

    Parameters, result and errors are as for :func:`riskscreen.link`.
    """
    return run_step("profile", scenario, tell=tell)


def fit(scenario: Given = "demo", *, tell: Tell = silent) -> StepResult:
    """Fit and compare count, card and challenger: ``performance``, ``calibration``, ``card_lines`` and ``points``.

    The rule that chooses is written in the ledger before the fit. Parameters, result and errors are as for
    :func:`riskscreen.link`.
    """
    return run_step("fit", scenario, tell=tell)


def explain(scenario: Given = "demo", *, tell: Tell = silent) -> StepResult:
    """What each stressor adds, and how risk rises with the number of domains: ``contributions``, ``accumulation``.

    Parameters, result and errors are as for :func:`riskscreen.link`.
    """
    return run_step("explain", scenario, tell=tell)


def estimate_areas(scenario: Given = "demo", *, tell: Tell = silent) -> StepResult:
    """Rates by ``areas_wijk``, ``areas_buurt``, ``areas_gemeente`` and ``areas_provincie``; ranks, funnels and zonings.

    Ranks and funnels: ``areas_ranks_<level>``, ``areas_funnel_<level>``; three ways to draw the map:
    ``areas_zonings``. Parameters, result and errors are as for :func:`riskscreen.link`.
    """
    return run_step("areas", scenario, tell=tell)


def find_targets(scenario: Given = "demo", *, tell: Tell = silent) -> StepResult:
    """Readable target groups, how sure they are, where to meet them and which programmes fit.

    Tables ``target_groups``, ``target_overlap``, ``target_domains``, ``target_ranks``, ``target_reporters``,
    ``target_curve``, ``bundles``, ``meeting_places``, ``meeting_offers``, ``programme_places`` and ``programmes``.

    Parameters, result and errors are as for :func:`riskscreen.link`.
    """
    return run_step("targets", scenario, tell=tell)


def allocate(scenario: Given = "demo", *, tell: Tell = silent) -> StepResult:
    """Places within the budget, and the same numbers for doing it otherwise: ``places`` and ``alternatives``.

    Parameters, result and errors are as for :func:`riskscreen.link`.
    """
    return run_step("places", scenario, tell=tell)


def release(scenario: Given = "demo", *, runs: Path | str = "runs", tell: Tell = silent) -> RunResult:
    """Release what an approved review allows; the same as :func:`riskscreen.run`.

    Parameters
    ----------
    scenario, tell
        As for :func:`riskscreen.link`.
    runs
        Folder of the runs.

    Returns
    -------
    RunResult
        With ``waits`` when no approval holds: then nothing was released.
    """
    return run(scenario, runs=runs, tell=tell)


def report(scenario: Given = "demo", *, runs: Path | str = "runs", tell: Tell = silent) -> Path | None:
    """Write the report for the municipality; returns its path, or ``None`` when no approval holds.

    Parameters are as for :func:`riskscreen.release`.
    """
    result = run(scenario, runs=runs, tell=tell)
    return None if result.waits else result.folder / "report.html"

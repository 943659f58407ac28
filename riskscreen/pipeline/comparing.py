"""Comparing models on a scenario: the needed steps first, then the comparison, then the gate; not part of a run."""

from __future__ import annotations

from pathlib import Path

from riskscreen.engine.handles import open_counts
from riskscreen.pipeline.gating import through_gate
from riskscreen.pipeline.running import StepResult, Tell, open_job, silent
from riskscreen.pipeline.steps.profiles import profiles_of
from riskscreen.settings import Scenario, load_scenario


def compare(scenario: str | Path | Scenario = "demo", *, tell: Tell = silent) -> StepResult:
    """Compare count, card, logistic model, additive model and challenger, with and without report channels.

    Parameters
    ----------
    scenario
        A scenario, the path of a scenario file, or the name of a shipped one.
    tell
        Called with one line per step, such as ``print``.

    Returns
    -------
    StepResult
        Tables ``comparison``, ``comparison_differences``, ``net_benefit_...`` per design, and ``stability``.

    Raises
    ------
    RiskscreenError
        A mistake in settings or registers, a refusal by the gate, or a fault of the machine.
    """
    from riskscreen.scores.comparing import compare as compare_models

    given = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    with open_job(given, Path("runs"), tell) as job:
        job.perform("profile")
        job.put_back("profile")
        found = compare_models(
            open_counts(profiles_of(job)),
            stressors=job.value("profile")["stressors"],
            settings=given.scores,
            train=given.index_dates.train,
            test=given.index_dates.test,
            seed=given.seed,
            log=job.note,
            threshold=job.threshold,
            estimate_base=given.release.estimate_base,
            outcome=given.outcome,
            tell=tell,
        )
        tables = through_gate(job, found.tables)
    return StepResult("compare", tables)

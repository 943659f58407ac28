"""All checks in a row: what a model is examined on, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from riskscreen.errors import UsageError
from riskscreen.integrity.absence import Scene, leave_out_registers
from riskscreen.integrity.ages import find_ages
from riskscreen.integrity.beforehand import logged_before
from riskscreen.integrity.copies import Copy
from riskscreen.integrity.findings import Examination, Finding
from riskscreen.integrity.leakage import find_leaks
from riskscreen.integrity.levels import Compute, Design, compute_levels
from riskscreen.integrity.monotonicity import find_falls
from riskscreen.integrity.multiverse import Run, Study, explore
from riskscreen.integrity.parity import find_differences
from riskscreen.integrity.progress import Tell, silent
from riskscreen.integrity.sameness import find_favourites
from riskscreen.integrity.tables import ages_table, choices_table, groups_table, parity_table, registers_table
from riskscreen.integrity.tables import verdicts_table as kept_verdicts_table
from riskscreen.integrity.wording import ASKED
from riskscreen.records.card import Card
from riskscreen.records.hashlog import Entry
from riskscreen.records.tables import Table
from riskscreen.settings import IndexDates

JUDGE_FOLDS = (7, 8, 9)
"""Families that no card was fitted on."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A model with all that its examination needs.

    Parameters
    ----------
    name
        Name of the run.
    copy
        Its registers in an engine of their own, which also has ``levels_run``: the levels that the run used.
    design, dates, card
        What decides its levels, its index dates and its card.
    run
        What it concluded.
    study
        The road from levels to conclusions, for the multiverse.
    entries
        The office's ledger.
    design_hash, registers_hash, card_hash
        As the ledger names them.
    compute, computed_then
        Make families and levels; as they are now, and as they were at an old index date.
    """

    name: str
    copy: Copy
    design: Design
    dates: IndexDates
    card: Card
    run: Run
    study: Study
    entries: tuple[Entry, ...] = ()
    design_hash: str = ""
    registers_hash: str = ""
    card_hash: str = ""
    compute: Compute = compute_levels
    computed_then: Compute = compute_levels


@dataclass(slots=True)
class _Found:
    """Findings and tables so far."""

    findings: list[Finding] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def examine(
    model: Examined, *, checks: Sequence[str] = (), multiverse: bool = False, tell: Tell = silent
) -> Examination:
    """Examine a model as a whole.

    Parameters
    ----------
    checks
        Which of :data:`CHECKS`; default all but the multiverse.
    multiverse
        The design multiverse too: 48 combinations, minutes of work.
    tell
        Called with one line per check, and now and then during a long one.

    Raises
    ------
    UsageError
        There is no such check.
    """
    wanted, found = wanted_checks(checks, multiverse=multiverse), _Found()
    for number, name in enumerate(wanted, start=1):
        tell(f"{number}/{len(wanted)}  {name:<12}  {ASKED[name]}")
        CHECKS[name](model, found, tell)
    return Examination(model.name, tuple(found.findings), tuple(found.tables), model.design.threshold)


def wanted_checks(checks: Sequence[str], *, multiverse: bool) -> list[str]:
    """Names of the checks to do; one that does not exist is refused."""
    wanted = list(checks or [name for name in CHECKS if name != "multiverse"])
    unknown = [name for name in wanted if name not in CHECKS]
    if unknown:
        raise UsageError(f"there is no check {', '.join(unknown)}", do=f"choose from {', '.join(CHECKS)}")
    return [*wanted, "multiverse"] if multiverse and "multiverse" not in wanted else wanted


def _leakage(model: Examined, found: _Found, tell: Tell) -> None:
    found.findings += find_leaks(model.copy, model.design, model.dates.all, run=RUN, compute=model.compute, tell=tell)


def _monotonicity(model: Examined, found: _Found, _: Tell) -> None:
    names = ", ".join(model.design.catalogue.ids)
    frame = model.copy.engine.frame(f"SELECT DISTINCT {names} FROM {RUN} ORDER BY ALL")
    levels = np.column_stack([frame[n].to_numpy(dtype=np.float64, na_value=np.nan) for n in model.design.catalogue.ids])
    found.findings += find_falls(model.card, model.design.catalogue.stressors, levels)


def _ages(model: Examined, found: _Found, _: Tell) -> None:
    findings, strengths = find_ages(model.copy, model.design, model.dates.all, run=RUN, compute=model.compute)
    found.findings += findings
    found.tables.append(ages_table(strengths, model.design.catalogue))


def _sameness(model: Examined, found: _Found, _: Tell) -> None:
    dates = [model.dates.test, model.dates.now]
    found.findings += find_favourites(model.copy, model.design, sorted({*dates}), run=RUN, compute=model.compute)


def _parity(model: Examined, found: _Found, _: Tell) -> None:
    day = min(model.dates.train)
    findings, differences = find_differences(
        model.copy, model.design, day, compute=model.compute, then=model.computed_then
    )
    found.findings += findings
    found.tables.append(parity_table(differences, day))


def _absence(model: Examined, found: _Found, tell: Tell) -> None:
    scene = Scene(model.copy, model.design, model.dates.test, RUN, model.card, JUDGE_FOLDS, model.compute)
    findings, whole, without = leave_out_registers(scene, tell)
    found.findings += findings
    found.tables.append(registers_table(whole, without))


def _beforehand(model: Examined, found: _Found, _: Tell) -> None:
    found.findings += logged_before(
        model.entries,
        run=model.name,
        design=model.design_hash,
        registers=model.registers_hash,
        card=model.card_hash,
    )


def _multiverse(model: Examined, found: _Found, tell: Tell) -> None:
    result = explore(
        model.copy, model.design, model.dates, model.run, study=model.study, compute=model.compute, tell=tell
    )
    count = len(result.combinations)
    found.findings += [
        Finding(
            "multiverse",
            "own",
            "passed" if result.own_agrees else "failed",
            count,
            "combinations",
            int(not result.own_agrees),
            figures={"done": result.done, "model": result.model.share},
        )
    ]
    found.tables += [
        choices_table(result),
        groups_table(result, model.run.groups),
        kept_verdicts_table(result),
    ]


RUN = "levels_run"
Check = Callable[[Examined, _Found, Tell], None]
CHECKS: dict[str, Check] = {
    "leakage": _leakage,
    "monotonicity": _monotonicity,
    "ages": _ages,
    "sameness": _sameness,
    "parity": _parity,
    "absence": _absence,
    "beforehand": _beforehand,
    "multiverse": _multiverse,
}
"""Every check by name, in order; the multiverse only when it is asked for."""

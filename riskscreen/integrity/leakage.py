"""Leakage: what happened or became known on or after the index date changes no level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from riskscreen.integrity.copies import Copy, as_it_is
from riskscreen.integrity.cutting import changed_sql, cut_sql
from riskscreen.integrity.findings import Finding, judged
from riskscreen.integrity.levels import Compared, Compute, Design, compare_levels
from riskscreen.integrity.progress import Progress, Tell, silent
from riskscreen.registers.schemas import schemas
from riskscreen.stressors.definitions import Catalogue, Definition, EventRule

FOLLOW_REPORTS = frozenset({"aftercare", "participation"})
"""Registers that follow from a report or from an offer; with the register of the outcome no stressor may read them."""


def find_leaks(
    copy: Copy, design: Design, dates: Sequence[date], *, run: str, compute: Compute, tell: Tell = silent
) -> list[Finding]:
    """Compare the levels of the run with levels from registers cut, or changed, at each index date.

    Parameters
    ----------
    run
        Engine table with the levels that the run used.
    compute
        Makes families and levels from registers.
    tell
        Gets a line now and then, with the time left.
    """
    progress = Progress("leakage", 2 * len(dates), tell)

    def again(make: Callable[[str, str, date], str], day: date) -> Compared:
        compute(copy.show(lambda name, table: make(name, table, day)), design, [day])
        progress.step()
        return compare_levels(copy.engine, run, "levels", day, design.catalogue.ids)

    removed = [again(cut_sql, day) for day in dates]
    changed = [again(changed_sql, day) for day in dates]
    return [
        _levels("removed", removed),
        _levels("changed", changed),
        _families(removed + changed),
        _outcome_unread(copy, design, dates, run, compute),
        outcome_registers_named(design.catalogue),
    ]


def outcome_registers_named(catalogue: Catalogue) -> Finding:
    """No stressor's definition reads the register of the outcome, or one that follows from it."""
    closed = outcome_registers()
    wrong = tuple(definition.id for definition in catalogue if closed & _read_by(definition))
    return judged("leakage", "outcome_named", len(catalogue), "stressors", len(wrong), wrong)


def outcome_registers() -> frozenset[str]:
    """The registers that hold the outcome or follow from it."""
    return FOLLOW_REPORTS | {name for name, schema in schemas().items() if schema.outcome}


def _read_by(definition: Definition) -> set[str]:
    rule = definition.rule
    return {*definition.stressor.registers, *([rule.register] if isinstance(rule, EventRule) else [])}


def _outcome_unread(copy: Copy, design: Design, dates: Sequence[date], run: str, compute: Compute) -> Finding:
    """Without a single report the levels stay as they are."""
    closed = outcome_registers()

    def view_of(name: str, table: str) -> str:
        return as_it_is(name, table) + (" WHERE FALSE" if name in closed else "")

    compute(copy.show(view_of), design, dates)
    compared = [compare_levels(copy.engine, run, "levels", day, design.catalogue.ids) for day in dates]
    return _levels("outcome_unread", compared)


def _levels(part: str, compared: Sequence[Compared]) -> Finding:
    looked = sum(one.families * len(one.levels) for one in compared)
    about = tuple(f"{name} ({one.day})" for one in compared for name, wrong in one.levels.items() if wrong)
    return judged("leakage", part, looked, "levels", sum(one.wrong for one in compared), about)


def _families(compared: Sequence[Compared]) -> Finding:
    """The same families, with the same children, form and place."""
    looked = sum(one.families + one.alone for one in compared)
    wrong = sum(one.alone + one.state for one in compared)
    about = tuple(dict.fromkeys(str(one.day) for one in compared if one.alone + one.state))
    return judged("leakage", "families", looked, "families", wrong, about)

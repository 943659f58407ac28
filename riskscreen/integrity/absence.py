"""Each register absent, and each delivered a year late: nothing crashes, and what cannot be seen never scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen.engine.sql import literal
from riskscreen.integrity.copies import CHANGES_FAMILIES, Copy, as_it_is, columns_of
from riskscreen.integrity.findings import Finding, judged
from riskscreen.integrity.leakage import outcome_registers
from riskscreen.integrity.levels import Compute, Design
from riskscreen.integrity.progress import Progress, Tell, silent
from riskscreen.records.card import Card
from riskscreen.records.card_sql import points_sql
from riskscreen.registers.schemas import obligatory
from riskscreen.settings import add_months
from riskscreen.stats.discrimination import auroc

if TYPE_CHECKING:
    import pandas as pd

LATE_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the card ranks families and how far its risks lie off, on the families that judge it.

    Parameters
    ----------
    in_the_large
        Mean risk minus the recorded rate.
    """

    families: int
    auroc: float
    in_the_large: float


@dataclass(frozen=True, slots=True)
class Without:
    """One register absent or late.

    Parameters
    ----------
    lost
        Stressors that are not covered without it.
    absent, late
        The card then; ``None`` where it could not be looked at (an obligatory register is never absent).
    """

    register: str
    lost: tuple[str, ...]
    absent: Quality | None
    late: Quality | None


@dataclass(frozen=True, slots=True)
class Scene:
    """What registers are left out of.

    Parameters
    ----------
    run
        Engine table with the levels of the run.
    day, card
        The index date, and the card that scores.
    judge_folds
        The families that the card was not fitted on.
    compute
        Makes families and levels from registers.
    """

    copy: Copy
    design: Design
    day: date
    run: str
    card: Card
    judge_folds: Sequence[int]
    compute: Compute


@dataclass(slots=True)
class _Wrong:
    """Names of registers, or stressors, with which something went wrong."""

    crashed: list[str] = field(default_factory=list)
    scoring: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)


def leave_out_registers(scene: Scene, tell: Tell = silent) -> tuple[list[Finding], Quality, list[Without]]:
    """Leave each register out, then each register's last year, and score the families again on one index date."""
    whole, wrong, names = _quality(scene, scene.run), _Wrong(), _read(scene)
    scene.compute(scene.copy.show(as_it_is), scene.design, [scene.day])  # families stay unless a register makes them
    found, progress = [], Progress("absence", len(names), tell)
    for name in names:
        found.append(_without(scene, name, wrong))
        progress.step()
    lost = sum(len(one.lost) for one in found)
    findings = [
        judged("absence", "crash", len(names), "registers", len(wrong.crashed), tuple(wrong.crashed)),
        judged("absence", "not_covered", lost, "stressors", len(wrong.seen), tuple(wrong.seen)),
        judged("absence", "never_scores", len(names), "registers", len(wrong.scoring), tuple(wrong.scoring)),
    ]
    return findings, whole, found


def _read(scene: Scene) -> list[str]:
    """Registers that stressors read or that decide who is a family; those that do come last."""
    read = {name for definition in scene.design.catalogue for name in definition.stressor.registers} | CHANGES_FAMILIES
    there = scene.copy.names
    names = [name for name in there if name in read and name != "areas" and name not in outcome_registers()]
    return sorted(names, key=lambda name: (name in CHANGES_FAMILIES, names.index(name)))


def _without(scene: Scene, name: str, wrong: _Wrong) -> Without:
    lost = tuple(d.id for d in scene.design.catalogue if name in d.stressor.registers)
    absent = late = None
    try:
        absent = None if name in obligatory() else _absent(scene, name, lost, wrong)
        late = _late(scene, name)
    except Exception:  # whatever goes wrong is what this check is after
        wrong.crashed.append(name)
    return Without(name, lost, absent, late)


def _absent(scene: Scene, name: str, lost: Sequence[str], wrong: _Wrong) -> Quality:
    present = {other: cover for other, cover in scene.copy.like.present.items() if other != name}
    registers = scene.copy.show(as_it_is, present=present)
    scene.compute(registers, scene.design, [scene.day], families=name in CHANGES_FAMILIES)
    wrong.seen += _still_seen(scene.copy, lost)
    wrong.scoring += [name] if _scores_more(scene, lost) else []
    return _quality(scene, "levels")


def _late(scene: Scene, name: str) -> Quality:
    registers = scene.copy.show(_late_view(name, scene.day))
    scene.compute(registers, scene.design, [scene.day], families=name in CHANGES_FAMILIES)
    return _quality(scene, "levels")


def _late_view(late: str, day: date) -> Callable[[str, str], str]:
    """Everything of the last year before the day is still missing, though the register says that it is complete."""
    since = literal(add_months(day, -LATE_MONTHS))

    def view_of(name: str, table: str) -> str:
        dates = [d for d in columns_of(name, kind="date") if d in ("event_date", "recorded_date")]
        if name != late or not dates:
            return as_it_is(name, table)
        return f"SELECT * FROM {table} WHERE {' AND '.join(f'{d} < {since}' for d in dates)}"

    return view_of


def _still_seen(copy: Copy, lost: Sequence[str]) -> list[str]:
    """Stressors that are covered for somebody without their register."""
    if not lost:
        return []
    row = copy.engine.rows(f"SELECT {', '.join(f'count({name})' for name in lost)} FROM levels")[0]
    return [name for name, known in zip(lost, row, strict=True) if known]


def _scores_more(scene: Scene, lost: Sequence[str]) -> bool:
    """Does leaving a register out raise the points of any family that is the same in all else?"""
    others = [name for name in scene.card.stressors if name not in lost]
    same = " AND ".join(f"l.{name} IS NOT DISTINCT FROM r.{name}" for name in others) or "TRUE"
    points, on = points_sql(scene.card), f"WHERE index_date = {literal(scene.day)}"
    return bool(
        scene.copy.engine.value(
            f"SELECT count(*) FROM (SELECT *, {points} AS points FROM levels {on}) AS l\n"
            f"JOIN (SELECT *, {points} AS points FROM {scene.run} {on}) AS r USING (family)\n"
            f"WHERE {same} AND l.points > r.points"
        )
    )


def _quality(scene: Scene, table: str) -> Quality:
    card = scene.card
    frame = scene.copy.engine.frame(
        f"SELECT {', '.join([*card.stressors, 'outcome'])}, count(*) AS families FROM {table} "
        f"WHERE index_date = {literal(scene.day)} AND NOT apart AND outcome IS NOT NULL "
        f"AND fold IN ({', '.join(str(fold) for fold in scene.judge_folds)}) GROUP BY ALL ORDER BY ALL"
    )
    risk = card.risk(card.points(_levels(frame, card.stressors), rows=len(frame)))
    outcome, families = (frame[name].to_numpy(dtype=np.float64) for name in ("outcome", "families"))
    outcomes, total = float((outcome * families).sum()), float(families.sum())
    if not 0 < outcomes < total:
        return Quality(int(total), float("nan"), float("nan"))
    off = (float((risk * families).sum()) - outcomes) / total
    return Quality(int(total), auroc(risk, outcome, families), off)


def _levels(frame: pd.DataFrame, stressors: Sequence[str]) -> Mapping[str, NDArray[np.float64]]:
    return {name: frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in stressors}

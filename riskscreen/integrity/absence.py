"""Each register absent, and each delivered a year late: nothing crashes, and what cannot be seen never scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen.engine.sql import literal
from riskscreen.integrity.copies import CHANGES_FAMILIES, Copy, as_it_is, columns_of
from riskscreen.integrity.findings import Finding, judged
from riskscreen.integrity.leakage import outcome_registers
from riskscreen.integrity.levels import Compute, Design
from riskscreen.records.card import Card
from riskscreen.records.card_sql import points_sql
from riskscreen.registers.schemas import obligatory
from riskscreen.settings import add_months
from riskscreen.stats.discrimination import auroc
from riskscreen.stressors.definitions import Catalogue

if TYPE_CHECKING:
    import pandas as pd

LATE_MONTHS = 12
Tell = Callable[[str], None]


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


def leave_out_registers(
    copy: Copy, design: Design, day: date, *, run: str, card: Card, judge_folds: Sequence[int], compute: Compute
) -> tuple[list[Finding], Quality, list[Without]]:
    """Leave each register out, then each register's last year, and score the families again on one index date.

    Parameters
    ----------
    run
        Engine table with the levels of the run.
    judge_folds
        The families that the card was not fitted on.
    """
    whole = _quality(copy, run, day, card, judge_folds)
    found: list[Without] = []
    crashed: list[str] = []
    scoring: list[str] = []
    seen: list[str] = []
    names = _read(copy, design.catalogue)
    compute(copy.show(as_it_is), design, [day])  # the families as they are; most registers do not change them
    for name in names:
        again = name in CHANGES_FAMILIES
        lost = tuple(d.id for d in design.catalogue if name in d.stressor.registers)
        absent = late = None
        try:
            if name not in obligatory():
                _absent(copy, design, day, name, compute)
                seen += _still_seen(copy, lost)
                scoring += [name] if _scores_more(copy, run, day, card, lost) else []
                absent = _quality(copy, "levels", day, card, judge_folds)
            compute(copy.show(_late_view(name, day)), design, [day], families=again)
            late = _quality(copy, "levels", day, card, judge_folds)
        except Exception:  # whatever goes wrong is what this check is after
            crashed.append(name)
        found.append(Without(name, lost, absent, late))
    findings = [
        judged("absence", "crash", len(names), "registers", len(crashed), tuple(crashed)),
        judged("absence", "not_covered", sum(len(one.lost) for one in found), "stressors", len(seen), tuple(seen)),
        judged("absence", "never_scores", len(names), "registers", len(scoring), tuple(scoring)),
    ]
    return findings, whole, found


def _read(copy: Copy, catalogue: Catalogue) -> list[str]:
    """Registers that stressors read or that decide who is a family; those that do come last."""
    read = {name for definition in catalogue for name in definition.stressor.registers} | CHANGES_FAMILIES
    names = [name for name in copy.names if name in read and name != "areas" and name not in outcome_registers()]
    return sorted(names, key=lambda name: (name in CHANGES_FAMILIES, names.index(name)))


def _absent(copy: Copy, design: Design, day: date, name: str, compute: Compute) -> None:
    present = {other: cover for other, cover in copy.like.present.items() if other != name}
    compute(copy.show(as_it_is, present=present), design, [day], families=name in CHANGES_FAMILIES)


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


def _scores_more(copy: Copy, run: str, day: date, card: Card, lost: Sequence[str]) -> bool:
    """Does leaving a register out raise the points of any family that is the same in all else?"""
    others = [name for name in card.stressors if name not in lost]
    same = " AND ".join(f"l.{name} IS NOT DISTINCT FROM r.{name}" for name in others) or "TRUE"
    points = points_sql(card)
    return bool(
        copy.engine.value(
            f"SELECT count(*) FROM (SELECT *, {points} AS points FROM levels WHERE index_date = {literal(day)}) AS l\n"
            f"JOIN (SELECT *, {points} AS points FROM {run} WHERE index_date = {literal(day)}) AS r USING (family)\n"
            f"WHERE {same} AND l.points > r.points"
        )
    )


def _quality(copy: Copy, table: str, day: date, card: Card, folds: Sequence[int]) -> Quality:
    frame = copy.engine.frame(
        f"SELECT {', '.join([*card.stressors, 'outcome'])}, count(*) AS families FROM {table} "
        f"WHERE index_date = {literal(day)} AND NOT apart AND outcome IS NOT NULL "
        f"AND fold IN ({', '.join(str(fold) for fold in folds)}) GROUP BY ALL ORDER BY ALL"
    )
    risk = card.risk(card.points(_levels(frame, card.stressors), rows=len(frame)))
    outcome, families = (frame[name].to_numpy(dtype=np.float64) for name in ("outcome", "families"))
    if not len(frame) or not 0 < float((outcome * families).sum()) < float(families.sum()):
        return Quality(int(families.sum()), float("nan"), float("nan"))
    off = float((risk * families).sum() - (outcome * families).sum()) / float(families.sum())
    return Quality(int(families.sum()), auroc(risk, outcome, families), off)


def _levels(frame: pd.DataFrame, stressors: Sequence[str]) -> Mapping[str, NDArray[np.float64]]:
    return {name: frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in stressors}

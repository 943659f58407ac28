"""Target groups: readable sets of profiles, found on earlier dates and judged elsewhere and later.

A group is chosen because its rate was high, so the rate it was chosen by flatters it. Groups are therefore searched
on the train dates in half of the wijken, and their figures come from the test date in the other half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen import settings
from riskscreen.areas.figures import estimate_group, tellable, together
from riskscreen.areas.groups import TargetEstimate, Targets
from riskscreen.areas.halves import Halves, outcomes_of, split_halves, wijken_of
from riskscreen.areas.membership import parsed
from riskscreen.areas.naming import Condition, group_of
from riskscreen.areas.resampling import FoundAgain, found_again, search_again, steadiness
from riskscreen.areas.search import (
    Candidates,
    Demands,
    Floats,
    Space,
    alike,
    choose_groups,
    compress,
    list_candidates,
)
from riskscreen.engine.cells import count_cells
from riskscreen.engine.handles import Cells
from riskscreen.engine.sql import filter_sql
from riskscreen.records.definitions import STAGE_FLAGS, Stressor, TargetGroup

if TYPE_CHECKING:
    import pandas as pd

    from riskscreen.engine.duck import Engine

ENOUGH = 4
"""Groups wanted before the demands on them are lowered a step."""
LARGEST = 0.15
"""A group larger than this share of all families is no target."""
STEERING, REPORTING = 40, 60
"""Resamples of wijken that steer the choice, and other ones that say how often a group came back."""
_STEPS = ((3.0, 20.0), (2.0, 20.0), (1.5, 20.0), (1.5, 12.0), (1.25, 6.0), (1.0, 2.0))
"""Demands tried in turn: ratio to the overall rate, and outcomes to be expected in the half that judges."""


@dataclass(frozen=True, slots=True)
class Found:
    """A group that the search chose, and how often it came back (``None``: too few wijken to draw from)."""

    group: TargetGroup
    again: FoundAgain | None


def count_targets(engine: Engine, stressors: Sequence[str], *, threshold: int) -> Cells:
    """Count families of ``levels`` by index date, wijk, stage flags, stressor levels and outcome, for the search.

    Families with an open case are left out; the newest date, without a known outcome, is kept.
    """
    keys = ("index_date", "area_block", *STAGE_FLAGS, *stressors)
    return count_cells(engine, keys, threshold=threshold, where="NOT apart", name="target_cells")


def find_targets(
    counts: pd.DataFrame,
    *,
    stressors: Sequence[Stressor],
    settings: settings.Targets,
    train: Sequence[date],
    test: date,
    now: date,
    seed: int,
    threshold: int = 10,
    own: Sequence[TargetGroup] = (),
    report: bool = True,
) -> Targets:
    """Up to ``settings.most`` readable groups of families that find many of the recorded outcomes.

    Parameters
    ----------
    counts, stressors, train, test, now
        As for :func:`riskscreen.areas.halves.split_halves`.
    settings
        How many groups, how many conditions, how many families at least.
    seed
        Decides which half of the wijken is searched, and which wijken are drawn to see how steady a group is.
    own
        Groups of the user: judged as they are, in place of a search.
    report
        Also say how often each group came back in resamples of wijken.

    Raises
    ------
    UsageError
        A column or a date is missing from the counts, or one half has no outcome to learn from.
    """
    halves = split_halves(counts, stressors=stressors, train=train, test=test, now=now, seed=seed)
    found = [Found(group, None) for group in own] or _searched(halves, settings, seed, report)
    estimates = [estimate_group(one.group, one.again, halves) for one in found]
    large = [item for item in estimates if min(item.families_test, item.families) >= settings.minimum_families]
    kept = tellable(large, halves, threshold)
    shown = {item.group.id for item in kept}
    left_out = tuple(group.id for group in own if group.id not in shown)
    return replace(_ranked(kept, halves, threshold), left_out=left_out)


def eligible_sql(group: TargetGroup) -> str:
    """The group as an SQL condition on ``levels``; true or false, never unknown: *not covered* is not eligible."""
    return f"coalesce({filter_sql(parsed(group))}, FALSE)"


def _searched(halves: Halves, wanted: settings.Targets, seed: int, report: bool) -> list[Found]:
    conditions = _conditions(halves)
    space = _space(halves.searched, conditions)
    candidates, demands = _under_demands(space, wanted, float(halves.judged["families"].sum()))
    if not candidates.groups:
        return []
    likeness = alike(candidates, space.families.sum(axis=1))
    steer, tell = np.random.default_rng((seed, 1)), np.random.default_rng((seed, 2))
    steering = search_again(space, candidates, demands, times=STEERING, rng=steer)
    favour = steadiness(likeness, steering)
    chosen = choose_groups(candidates, space.families.sum(axis=1), space.outcomes.sum(axis=1), demands, favour)
    drawn = search_again(space, candidates, demands, times=REPORTING if report else 0, rng=tell)
    return [
        Found(
            group_of([conditions[index] for index in candidates.groups[number]], halves.stressors),
            found_again(likeness, drawn, number),
        )
        for number in chosen
    ]


def _conditions(halves: Halves) -> list[Condition]:
    flags = [Condition(flag, 1) for flag in STAGE_FLAGS if flag in halves.searched.columns]
    of_stressors = (Condition(item.id, level) for item in halves.stressors.values() for level in range(1, item.top + 1))
    return [*of_stressors, *flags]


def _holds(frame: pd.DataFrame, conditions: Sequence[Condition]) -> NDArray[np.bool_]:
    """Shape ``(rows, conditions)``; not covered holds nowhere."""
    columns = [frame[item.column].to_numpy(dtype=np.float64, na_value=np.nan) >= item.level for item in conditions]
    return np.column_stack(columns) if columns else np.zeros((len(frame), 0), dtype=bool)


def _space(searched: pd.DataFrame, conditions: Sequence[Condition]) -> Space:
    families = searched["families"].to_numpy(dtype=np.float64)
    # one stage flag at most in a group: two read badly
    columns = ["stage" if item.is_stage else item.column for item in conditions]
    return compress(_holds(searched, conditions), families, outcomes_of(searched), wijken_of(searched), columns)


def _under_demands(space: Space, wanted: settings.Targets, judged: float) -> tuple[Candidates, Demands]:
    """Candidates under the strictest demands that give enough groups, or else most of them."""
    ratio = float(space.families.sum()) / judged
    families: Floats = space.families.sum(axis=1)
    outcomes: Floats = space.outcomes.sum(axis=1)
    best: tuple[int, Candidates, Demands] | None = None
    for lift, expected in _STEPS:
        demands = Demands(
            most=wanted.most,
            conditions=wanted.conditions,
            families=wanted.minimum_families * max(ratio, 1.0),
            outcomes=expected * ratio,
            lift=lift,
            largest=LARGEST,
        )
        candidates = list_candidates(space, demands)
        found = len(choose_groups(candidates, families, outcomes, demands)) if candidates.groups else 0
        if best is None or found > best[0]:
            best = (found, candidates, demands)
        if found >= min(ENOUGH, wanted.most):
            break
    return best[1:] if best is not None else (candidates, demands)


def _ranked(estimates: Sequence[TargetEstimate], halves: Halves, threshold: int) -> Targets:
    order = sorted(estimates, key=lambda item: (-item.rate, item.group.filter))
    named = [
        replace(item, group=replace(item.group, id=item.group.id or f"group_{place:02d}"))
        for place, item in enumerate(order, start=1)
    ]
    return together(named, halves, threshold)

"""Target groups: readable sets of profiles, found on earlier dates and judged elsewhere and later.

A group is chosen because its rate was high, so the rate it was chosen by flatters it. Groups are therefore searched
on the train dates in half of the wijken, and their figures come from the test date in the other half.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen import settings
from riskscreen.areas.groups import TargetEstimate, Targets
from riskscreen.areas.naming import Condition, name_group, stage_of
from riskscreen.areas.search import Demands, Space, compress, search_groups
from riskscreen.engine.cells import count_cells
from riskscreen.engine.handles import Cells
from riskscreen.engine.sql import filter_sql
from riskscreen.errors import UsageError
from riskscreen.records.definitions import STAGE_FLAGS, Stressor, TargetGroup, level_columns
from riskscreen.records.filters import parse_filter
from riskscreen.stats.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

    from riskscreen.engine.duck import Engine

ENOUGH = 4
"""Groups wanted before the demands on them are lowered a step."""
LARGEST = 0.15
"""A group larger than this share of all families is no target."""
_STEPS = ((3.0, 20.0), (2.0, 20.0), (1.5, 20.0), (1.5, 12.0), (1.25, 6.0), (1.0, 2.0))
"""Demands tried in turn: ratio to the overall rate, and outcomes to be expected in the half that judges."""


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
) -> Targets:
    """Up to ``settings.most`` readable groups of families that find many of the recorded outcomes.

    Parameters
    ----------
    counts
        All counts of :func:`count_targets` (or of profiles): ``index_date, area_block, <stressor levels>, outcome,
        families`` and, where known, ``children`` and the stage flags. Not covered is ``nan``.
    stressors
        Stressors that may be conditions; those absent from ``counts`` are left out.
    settings
        How many groups, how many conditions, how many families at least.
    train, test, now
        Dates to search on, to judge on, and to count families on.
    seed
        Decides which half of the wijken is searched.

    Raises
    ------
    UsageError
        A column or a date is missing from the counts, or one half has no outcome to learn from.
    """
    frame = _checked(counts, [*train, test, now])
    used = [item for item in stressors if item.id in frame.columns]
    conditions = [*(_conditions_of(used)), *(Condition(flag, 1) for flag in STAGE_FLAGS if flag in frame.columns)]
    halves = _searched_half(frame, test, seed)
    searched = frame[frame["day"].isin(list(train)) & halves & frame["outcome"].notna()]
    judged = frame[(frame["day"] == test) & ~halves & frame["outcome"].notna()]
    present = frame[frame["day"] == now]
    if searched["outcome"].sum() == 0 or judged["outcome"].sum() == 0:
        raise UsageError("no recorded outcomes to find target groups with", do="use more families or other dates")
    space = _space(searched, conditions)
    chosen = _search(space, settings, float(judged["families"].sum()))
    by_id = {item.id: item for item in used}
    groups = [tuple(conditions[index] for index in group) for group in chosen]
    estimates = [_estimate(group, by_id, judged, present) for group in groups]
    keep = [
        index
        for index in _tellable(groups, judged, present, threshold)
        if estimates[index].families_test >= settings.minimum_families
        and estimates[index].families >= settings.minimum_families
    ]
    return _ranked(
        [estimates[index] for index in keep], [groups[index] for index in keep], list(by_id), judged, threshold
    )


def eligible_sql(group: TargetGroup) -> str:
    """The group as an SQL condition on ``levels``; true or false, never unknown: *not covered* is not eligible."""
    names = set(re.findall(r"[a-z_][a-z0-9_]*", group.filter)) - {"and", "or", "not", "in", "true", "false"}
    part = parse_filter(group.filter, level_columns(names - set(STAGE_FLAGS)))
    return f"coalesce({filter_sql(part)}, FALSE)"


def _checked(counts: pd.DataFrame, dates: Sequence[date]) -> pd.DataFrame:
    import pandas as pd

    missing = {"index_date", "area_block", "outcome", "families"} - set(counts.columns)
    if missing:
        raise UsageError(f"the counts lack {', '.join(sorted(missing))}", do="use count_targets or profiles")
    days = pd.to_datetime(counts["index_date"]).dt.date
    absent = sorted({day for day in dates if not (days == day).any()})
    if absent:
        raise UsageError(
            f"the counts have no family on {', '.join(map(str, absent))}", do="link and profile these dates first"
        )
    frame = counts.assign(day=days)
    return frame if "children" in frame.columns else frame.assign(children=np.nan)


def _conditions_of(stressors: Sequence[Stressor]) -> list[Condition]:
    return [Condition(item.id, level) for item in stressors for level in range(1, item.top + 1)]


def _searched_half(frame: pd.DataFrame, test: date, seed: int) -> NDArray[np.bool_]:
    """Rows in the wijken that are searched: of every two wijken next in size, one by lot."""
    sizes = frame[frame["day"] == test].groupby(frame["area_block"].fillna("unknown"))["families"].sum()
    ordered = sorted(sizes.index, key=lambda block: (-int(sizes[block]), str(block)))
    rng = np.random.default_rng(seed)
    searched = {ordered[at + int(rng.integers(2))] for at in range(0, len(ordered) - 1, 2)}
    blocks = frame["area_block"].fillna("unknown")
    if len(ordered) == 1:  # one wijk only: the dates alone keep search and judgement apart
        return np.asarray(frame["day"] < test)
    return np.asarray(blocks.isin(searched))


def _holds(frame: pd.DataFrame, conditions: Sequence[Condition]) -> NDArray[np.bool_]:
    """Shape ``(rows, conditions)``; not covered holds nowhere."""
    columns = [frame[item.column].to_numpy(dtype=np.float64, na_value=np.nan) >= item.level for item in conditions]
    return np.column_stack(columns) if columns else np.zeros((len(frame), 0), dtype=bool)


def _space(searched: pd.DataFrame, conditions: Sequence[Condition]) -> Space:
    families = searched["families"].to_numpy(dtype=np.float64)
    outcomes = families * searched["outcome"].to_numpy(dtype=np.float64)
    # one stage flag at most in a group: two read badly
    columns = ["stage" if item.is_stage else item.column for item in conditions]
    return compress(_holds(searched, conditions), families, outcomes, columns)


def _search(space: Space, wanted: settings.Targets, judged: float) -> list[tuple[int, ...]]:
    """Groups under the strictest demands that still give enough of them."""
    ratio = float(space.families.sum()) / judged
    best: list[tuple[int, ...]] = []
    for lift, outcomes in _STEPS:
        demands = Demands(
            most=wanted.most,
            conditions=wanted.conditions,
            families=wanted.minimum_families * max(ratio, 1.0),
            outcomes=outcomes * ratio,
            lift=lift,
            largest=LARGEST,
        )
        found = search_groups(space, demands)
        best = found if len(found) > len(best) else best
        if len(best) >= min(ENOUGH, wanted.most):
            break
    return best


def _in_group(frame: pd.DataFrame, group: Sequence[Condition]) -> NDArray[np.bool_]:
    return np.asarray(_holds(frame, group).all(axis=1))


def _estimate(
    group: Sequence[Condition], stressors: Mapping[str, Stressor], judged: pd.DataFrame, present: pd.DataFrame
) -> TargetEstimate:
    inside, now = judged[_in_group(judged, group)], present[_in_group(present, group)]
    families, outcomes = int(inside["families"].sum()), int((inside["families"] * inside["outcome"]).sum())
    bounds = wilson(outcomes, families)
    domains = [stressors[item.column].domain for item in group if not item.is_stage]
    return TargetEstimate(
        group=TargetGroup(
            "",
            name_group(group, stressors),
            " and ".join(item.filter for item in group),
            stage_of(group, stressors),
            tuple(dict.fromkeys(domains)),
        ),
        families=int(now["families"].sum()),
        children=int(now["children"].sum()),
        families_test=families,
        outcomes=outcomes,
        rate=outcomes / families if families else 0.0,
        low=float(bounds.low) if families else 0.0,
        high=float(bounds.high) if families else 1.0,
        share_of_outcomes=outcomes / float((judged["families"] * judged["outcome"]).sum()),
        count_rate=_count_rate(judged, list(stressors), families),
    )


def _count_rate(judged: pd.DataFrame, stressors: Sequence[str], families: int) -> float:
    """Rate of the ``families`` families with the most stressors; the last, tied ones count in proportion."""
    counts = (judged[list(stressors)].to_numpy(dtype=np.float64, na_value=np.nan) >= 1).sum(axis=1)
    weights = judged["families"].to_numpy(dtype=np.float64)
    size = np.bincount(counts, weights=weights)[::-1]
    found = np.bincount(counts, weights=weights * judged["outcome"].to_numpy(dtype=np.float64))[::-1]
    before = np.concatenate([[0.0], np.cumsum(size)[:-1]])
    share = np.clip((families - before) / np.maximum(size, 1e-9), 0.0, 1.0)
    return float((share * found).sum() / families) if families else 0.0


def _tellable(
    groups: Sequence[Sequence[Condition]], judged: pd.DataFrame, present: pd.DataFrame, threshold: int
) -> list[int]:
    """Indexes of groups that may stand beside each other: subtracting one inside another tells no small count."""
    kept: list[int] = []
    for index, group in enumerate(groups):
        if all(
            _subtracts_safely(frame, group, groups[other], threshold) for other in kept for frame in (judged, present)
        ):
            kept.append(index)
    return kept


def _subtracts_safely(
    frame: pd.DataFrame, one: Sequence[Condition], other: Sequence[Condition], threshold: int
) -> bool:
    first, second = _in_group(frame, one), _in_group(frame, other)
    only = [frame.loc[first & ~second], frame.loc[second & ~first]]
    if all(part["families"].sum() > 0 for part in only):
        return True  # neither lies inside the other
    for part in only:
        sizes = [part["families"].sum()]
        if frame["outcome"].notna().any():
            sizes.append((part["families"] * part["outcome"]).sum())
        if any(0 < size < threshold for size in sizes):
            return False
    return True


def _ranked(
    estimates: Sequence[TargetEstimate],
    groups: Sequence[Sequence[Condition]],
    stressors: Sequence[str],
    judged: pd.DataFrame,
    threshold: int,
) -> Targets:
    order = sorted(range(len(estimates)), key=lambda index: (-estimates[index].rate, estimates[index].group.filter))
    named = [
        replace(estimates[index], group=replace(estimates[index].group, id=f"group_{place:02d}"))
        for place, index in enumerate(order, start=1)
    ]
    reached = np.zeros(len(judged), dtype=bool)
    for group in groups:
        reached |= _in_group(judged, group)
    families = judged["families"].to_numpy(dtype=np.float64)
    outcomes = families * judged["outcome"].to_numpy(dtype=np.float64)
    return Targets(
        tuple(named),
        base_rate=float(outcomes.sum() / families.sum()),
        reached=float(outcomes[reached].sum() / outcomes.sum()),
        families_share=float(families[reached].sum() / families.sum()),
        count_rate=_count_rate(judged, stressors, int(families[reached].sum())),
        threshold=threshold,
    )

"""The figures of a target group, from counts: size, rate, what piles up, and the same by plain count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen.areas.groups import TargetEstimate, Targets
from riskscreen.areas.halves import Halves, outcomes_of
from riskscreen.areas.membership import in_group
from riskscreen.areas.resampling import FoundAgain
from riskscreen.records.definitions import TargetGroup
from riskscreen.stats.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


def estimate_group(group: TargetGroup, again: FoundAgain | None, halves: Halves) -> TargetEstimate:
    """Everything that is known of one group."""
    judged, now = halves.judged[in_group(halves.judged, group)], halves.present[in_group(halves.present, group)]
    searched = halves.searched[in_group(halves.searched, group)]
    families, outcomes = int(judged["families"].sum()), int(outcomes_of(judged).sum())
    bounds = wilson(outcomes, families)
    return TargetEstimate(
        group=group,
        families=int(now["families"].sum()),
        children=int(now["children"].sum()),
        families_test=families,
        outcomes=outcomes,
        rate=outcomes / families if families else 0.0,
        low=float(bounds.low) if families else 0.0,
        high=float(bounds.high) if families else 1.0,
        share_of_outcomes=outcomes / float(outcomes_of(halves.judged).sum()),
        count_rate=count_rate(halves.judged, list(halves.stressors), families),
        families_searched=int(searched["families"].sum()),
        outcomes_searched=int(outcomes_of(searched).sum()),
        again=again,
        domains=mean_domains(now, halves),
    )


def together(estimates: Sequence[TargetEstimate], halves: Halves, threshold: int) -> Targets:
    """The groups, with what holds of all of them together where they are judged."""
    judged = halves.judged
    reached = np.zeros(len(judged), dtype=bool)
    for item in estimates:
        reached |= in_group(judged, item.group)
    families, outcomes = judged["families"].to_numpy(dtype=np.float64), outcomes_of(judged)
    return Targets(
        tuple(estimates),
        base_rate=float(outcomes.sum() / families.sum()),
        reached=float(outcomes[reached].sum() / outcomes.sum()),
        families_share=float(families[reached].sum() / families.sum()),
        count_rate=count_rate(judged, list(halves.stressors), int(families[reached].sum())),
        threshold=threshold,
    )


def count_rate(judged: pd.DataFrame, stressors: Sequence[str], families: int) -> float:
    """Rate of the ``families`` families with the most stressors; the last, tied ones count in proportion."""
    counts = stressor_counts(judged, stressors)
    size = np.bincount(counts, weights=judged["families"].to_numpy(dtype=np.float64))[::-1]
    found = np.bincount(counts, weights=outcomes_of(judged))[::-1]
    before = np.concatenate([[0.0], np.cumsum(size)[:-1]])
    share = np.clip((families - before) / np.maximum(size, 1e-9), 0.0, 1.0)
    return float((share * found).sum() / families) if families else 0.0


def stressor_counts(frame: pd.DataFrame, stressors: Sequence[str]) -> NDArray[np.int64]:
    """How many stressors each row has; not covered counts as none."""
    levels = frame[list(stressors)].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray((levels >= 1).sum(axis=1), np.int64)


def has_domain(frame: pd.DataFrame, halves: Halves, domain: str) -> NDArray[np.bool_]:
    """Which rows have at least one stressor of a domain."""
    names = [item.id for item in halves.stressors.values() if item.domain == domain]
    levels = frame[names].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray((levels >= 1).any(axis=1))


def domains_of(halves: Halves) -> tuple[str, ...]:
    """The domains of the stressors, in their order."""
    return tuple(dict.fromkeys(item.domain for item in halves.stressors.values()))


def mean_domains(frame: pd.DataFrame, halves: Halves) -> float:
    """Mean number of domains with a stressor, over families."""
    families = frame["families"].to_numpy(dtype=np.float64)
    if not families.sum():
        return 0.0
    counts = sum((has_domain(frame, halves, name).astype(np.float64) for name in domains_of(halves)), np.zeros(1))
    return float((families * counts).sum() / families.sum())


def tellable(estimates: Sequence[TargetEstimate], halves: Halves, threshold: int) -> list[TargetEstimate]:
    """Groups that may stand beside each other: subtracting one inside another tells no small count."""
    kept: list[TargetEstimate] = []
    for item in estimates:
        if all(subtract_safely(item.group, other.group, halves, threshold) for other in kept):
            kept.append(item)
    return kept


def subtract_safely(one: TargetGroup, other: TargetGroup, halves: Halves, threshold: int) -> bool:
    """Does subtracting one group from the other tell no count of families or outcomes below the threshold?"""
    return all(
        _differ_safely(frame, in_group(frame, one), in_group(frame, other), threshold)
        for frame in (halves.judged, halves.present, halves.searched)
    )


def _differ_safely(frame: pd.DataFrame, first: NDArray[np.bool_], second: NDArray[np.bool_], threshold: int) -> bool:
    families = frame["families"].to_numpy(dtype=np.float64)
    only = [first & ~second, second & ~first]
    if all(families[part].sum() > 0 for part in only):
        return True  # neither lies inside the other
    outcomes = outcomes_of(frame) if frame["outcome"].notna().any() else np.zeros(len(frame))
    sizes = [one[part].sum() for part in only for one in (families, outcomes)]
    return not any(0 < size < threshold for size in sizes)

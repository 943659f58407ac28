"""Profiles of at least the threshold of families: the only ones that a picture may show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.stats.profiles import unique_profiles
from riskscreen.stats.rows import Rows

Array = NDArray[np.float64]

MOST = 2_000


@dataclass(frozen=True, slots=True)
class ReleasedProfiles:
    """The largest profiles, each of at least ``threshold`` families.

    Parameters
    ----------
    stressors
        Names of the columns of ``levels``.
    levels
        Shape ``(profiles, stressors)``.
    families
        Shape ``(profiles,)``.
    threshold
        Least number of families.
    """

    stressors: tuple[str, ...]
    levels: Array
    families: Array
    threshold: int


def released_profiles(rows: Rows, stressors: tuple[str, ...], threshold: int) -> ReleasedProfiles:
    """Profiles over these stressors only, largest first, at most 2,000."""
    part = rows.only(stressors)
    profiles = unique_profiles(part.levels, part.outcome, part.families)
    large = np.flatnonzero(profiles.total >= threshold)
    order = large[np.argsort(-profiles.total[large], kind="stable")][:MOST]
    return ReleasedProfiles(stressors, profiles.levels[order], profiles.total[order], threshold)

"""The counts in three parts: families to search on, families to judge on elsewhere and later, and families now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.records.definitions import Stressor

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "unknown"
"""The wijk of families whose wijk is not known."""


@dataclass(frozen=True, slots=True)
class Halves:
    """Counts by wijk, stage flags, stressor levels and outcome. For use inside: printing shows none of them.

    Parameters
    ----------
    searched
        Train dates, half of the wijken.
    judged
        Test date, the other half.
    present
        The newest date, all wijken; its outcome is not known.
    stressors
        Those that are in the counts, by id.
    """

    searched: pd.DataFrame = field(repr=False)
    judged: pd.DataFrame = field(repr=False)
    present: pd.DataFrame = field(repr=False)
    stressors: Mapping[str, Stressor]


def split_halves(
    counts: pd.DataFrame,
    *,
    stressors: Sequence[Stressor],
    train: Sequence[date],
    test: date,
    now: date,
    seed: int,
) -> Halves:
    """Divide the counts: of every two wijken next in size, one by lot is searched and the other judges.

    Parameters
    ----------
    counts
        All counts of :func:`riskscreen.areas.targets.count_targets` (or of profiles): ``index_date, area_block,
        <stressor levels>, outcome, families`` and, where known, ``children`` and the stage flags. Not covered is
        ``nan``.
    stressors
        Stressors that may be conditions; those absent from ``counts`` are left out.
    train, test, now
        Dates to search on, to judge on, and to count families on.
    seed
        Decides the lot.

    Raises
    ------
    UsageError
        A column or a date is missing from the counts, or one half has no outcome to learn from.
    """
    frame = _checked(counts, [*train, test, now])
    half = _searched_half(frame, test, seed)
    known = frame["outcome"].notna()
    searched = frame[frame["day"].isin(list(train)) & half & known]
    judged = frame[(frame["day"] == test) & ~half & known]
    if searched["outcome"].sum() == 0 or judged["outcome"].sum() == 0:
        raise UsageError("no recorded outcomes to find target groups with", do="use more families or other dates")
    used = {item.id: item for item in stressors if item.id in frame.columns}
    return Halves(searched, judged, frame[frame["day"] == now], used)


def outcomes_of(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Families with the outcome, per row."""
    return np.asarray(frame["families"].to_numpy(np.float64) * frame["outcome"].to_numpy(np.float64))


def wijken_of(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Number of the wijk of each row, from 0 up in the order of their codes."""
    _, numbers = np.unique(frame["area_block"].fillna(UNKNOWN).to_numpy(str), return_inverse=True)
    return np.asarray(numbers, np.int64)


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


def _searched_half(frame: pd.DataFrame, test: date, seed: int) -> NDArray[np.bool_]:
    """Rows in the wijken that are searched."""
    blocks = frame["area_block"].fillna(UNKNOWN)
    sizes = frame[frame["day"] == test].groupby(blocks)["families"].sum()
    ordered = sorted(sizes.index, key=lambda block: (-int(sizes[block]), str(block)))
    if len(ordered) == 1:  # one wijk only: the dates alone keep search and judgement apart
        return np.asarray(frame["day"] < test)
    rng = np.random.default_rng(seed)
    searched = {ordered[at + int(rng.integers(2))] for at in range(0, len(ordered) - 1, 2)}
    return np.asarray(blocks.isin(searched))

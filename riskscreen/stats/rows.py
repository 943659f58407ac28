"""The frame of profiles as arrays, cut to index dates and folds. Inside only: it holds counts below the threshold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Profiles with counts.

    Parameters
    ----------
    stressors
        Names of the columns of ``levels``.
    levels
        Shape ``(rows, stressors)``; ``nan`` is *not covered*.
    outcome, families
        Shape ``(rows,)``: 0 or 1, and how many families.
    block
        Neighbourhood (wijk) as a whole number from 0, shape ``(rows,)``.
    """

    stressors: tuple[str, ...]
    levels: Array
    outcome: Array
    families: Array
    block: Codes

    @property
    def outcomes(self) -> float:
        """Families with the outcome."""
        return float(np.sum(self.families * self.outcome))

    def covered(self) -> tuple[str, ...]:
        """Stressors that are covered for at least one family and not the same for all."""
        return tuple(name for name, column in zip(self.stressors, self.levels.T, strict=True) if _varies(column))

    def columns(self) -> dict[str, Array]:
        """Levels per stressor."""
        return dict(zip(self.stressors, self.levels.T, strict=True))

    def only(self, names: tuple[str, ...]) -> Rows:
        """The same rows with these stressors only."""
        places = [self.stressors.index(name) for name in names]
        return Rows(names, self.levels[:, places], self.outcome, self.families, self.block)


def rows_of(
    counts: pd.DataFrame,
    stressors: tuple[str, ...],
    dates: Collection[date],
    *,
    folds: Collection[int] | None = None,
) -> Rows:
    """Rows of these index dates and folds with a known outcome.

    Parameters
    ----------
    counts
        Columns ``index_date, fold, area_block, <stressors>, outcome, families``. A stressor without a column is *not
        covered*.
    folds
        Default: all.

    Raises
    ------
    UsageError
        An obligatory column is missing.
    """
    import pandas as pd

    missing = {"index_date", "fold", "area_block", "outcome", "families"} - set(counts.columns)
    if missing:
        raise UsageError(
            f"the profiles lack {', '.join(sorted(missing))}", do="give the frame that open_counts(profiles) returns"
        )
    keep = pd.to_datetime(counts["index_date"]).isin(pd.to_datetime(sorted(dates))) & counts["outcome"].notna()
    if folds is not None:
        keep &= counts["fold"].isin(list(folds))
    part = counts[keep]
    levels = np.full((len(part), len(stressors)), np.nan)
    for place, name in enumerate(stressors):
        if name in part:
            levels[:, place] = part[name].to_numpy(dtype=np.float64, na_value=np.nan)
    block = pd.factorize(part["area_block"], sort=True)[0].astype(np.int64)
    return Rows(
        stressors,
        levels,
        part["outcome"].to_numpy(dtype=np.float64),
        part["families"].to_numpy(dtype=np.float64),
        block,
    )


def _varies(column: Array) -> bool:
    covered = column[~np.isnan(column)]
    return len(covered) > 0 and float(covered.max()) > float(covered.min())

"""How strongly two classifications go together, with an interval that draws neighbourhoods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Association:
    """Cramér's V, 0 (nothing of one can be told from the other) to 1 (everything), with a 95% interval.

    All three are NaN when one of the two classifications has one value only.
    """

    value: float
    low: float
    high: float


NOTHING = Association(float("nan"), float("nan"), float("nan"))


def cramers_v(counts: Array, draws: Array) -> Association:
    """Cramér's V of a two-way table whose families live together in neighbourhoods.

    V is Cramér's (1946, Mathematical Methods of Statistics, ch. 21) with the correction of Bergsma (2013, J. Korean
    Statistical Society 42:323), because by chance alone V is above 0, most so for rare rows. Chance is larger by the
    design effect where neighbours resemble one another (Rao & Scott 1981, J. American Statistical Association 76:221),
    so the correction is too. A replicate carries chance twice, hence the correction is taken off twice for the lower
    bound; for the upper bound not at all, so that it rather says too much than too little: at least 94 of 100 intervals
    hold the truth (tests/oracle/test_stats_association.py).

    Parameters
    ----------
    counts
        Families, shape ``(neighbourhoods, rows, columns)``.
    draws
        How often each neighbourhood is drawn, shape ``(replicates, neighbourhoods)``, as of
        :func:`riskscreen.stats.discrimination.draw_blocks`.

    Examples
    --------
    >>> import numpy as np
    >>> same = np.array([[[30.0, 0.0], [0.0, 70.0]], [[20.0, 0.0], [0.0, 80.0]]])
    >>> round(cramers_v(same, np.ones((50, 2))).value, 2)
    1.0
    """
    table = counts.sum(axis=0)
    held = counts[:, table.sum(axis=1) > 0][:, :, table.sum(axis=0) > 0]
    rows, columns = held.shape[1:]
    total = float(held.sum())
    if min(rows, columns) < 2 or total < 2:
        return NOTHING
    effect = design_effect(held)
    freedom = (rows - 1) * (columns - 1)
    chance = effect * freedom / (total - 1)
    most = min(_fewer(rows, total / effect), _fewer(columns, total / effect))
    middle = float(_phi_squared(held.sum(axis=0)[None])[0]) - chance
    drawn = _phi_squared((draws @ held.reshape(len(held), -1)).reshape(len(draws), rows, columns))
    parts = _roots(np.array([middle]) / most), _roots((drawn - 2 * chance) / most), _roots(drawn / most)
    return _bounded(float(parts[0][0]), parts[1], parts[2], len(held))


def design_effect(counts: Array) -> float:
    """How many times larger chance is than among independent families, at least 1.

    The first-order factor of Rao & Scott (1981): the variance between neighbourhoods of observed minus expected, over
    that of independent families, averaged over the table.

    Parameters
    ----------
    counts
        Families, shape ``(neighbourhoods, rows, columns)``, without empty rows or columns.
    """
    blocks, rows, columns = counts.shape
    if blocks < 2:
        return 1.0
    total = counts.sum()
    by_row, by_column = counts.sum(axis=(0, 2)) / total, counts.sum(axis=(0, 1)) / total
    expected = by_row[:, None] * by_column[None, :]
    residual = (
        counts
        - counts.sum(axis=2)[:, :, None] * by_column[None, None, :]
        - counts.sum(axis=1)[:, None, :] * by_row[None, :, None]
        + counts.sum(axis=(1, 2))[:, None, None] * expected
    )
    variance = blocks / (blocks - 1) * ((residual - residual.mean(axis=0)) ** 2).sum(axis=0)
    return max(1.0, float((variance / expected).sum() / total / ((rows - 1) * (columns - 1))))


def _phi_squared(tables: Array) -> Array:
    """Pearson's phi squared of each table, shape ``(tables, rows, columns)``."""
    total = tables.sum(axis=(1, 2))
    product = tables.sum(axis=2)[:, :, None] * tables.sum(axis=1)[:, None, :]
    parts = np.divide(tables**2, product, out=np.zeros_like(tables), where=product > 0)
    return np.asarray(np.where(total > 0, parts.sum(axis=(1, 2)) - 1.0, 0.0))


def _fewer(size: int, total: float) -> float:
    """Bergsma's number of rows (or columns) less one: by chance not all of them can be reached."""
    return size - 1 - (size - 1) ** 2 / max(total - 1, 1.0)


def _bounded(value: float, lower: Array, upper: Array, blocks: int) -> Association:
    """Percentiles of the replicates, wider when neighbourhoods are few (Cameron & Miller 2015, J. Human Resources)."""
    from scipy.special import ndtri, stdtrit  # scipy.stats takes a second to import

    if blocks < 2:
        return Association(value, float("nan"), float("nan"))
    wide = float(stdtrit(blocks - 1, 0.975) / ndtri(0.975) * np.sqrt(blocks / (blocks - 1)))
    below = max(value - float(np.quantile(lower, 0.025)), 0.0)
    above = max(float(np.quantile(upper, 0.975)) - value, 0.0)
    return Association(value, float(max(value - wide * below, 0.0)), float(min(value + wide * above, 1.0)))


def _roots(values: Array) -> Array:
    return np.asarray(np.sqrt(np.clip(values, 0.0, 1.0)))

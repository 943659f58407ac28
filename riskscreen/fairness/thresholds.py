"""Groups and pairs of groups compared at every threshold of points: the curves of an audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.fairness.bands import AT_A_THRESHOLD, REPLICATES, Band, bands, histograms_of
from riskscreen.fairness.intake import Columns, names_of, read_rows
from riskscreen.stats.discrimination import FEWEST_BLOCKS

MOST_THRESHOLDS = 100
"""A score with more different values than this is cut at so many quantiles."""


def compare_thresholds(
    data: Any,
    *,
    outcome: str,
    by: str | Sequence[str],
    points: str | None = None,
    score: str | None = None,
    selected: str | None = None,
    count: str | None = None,
    block: str | None = None,
    pairs: bool = True,
    metrics: str | Sequence[str] = AT_A_THRESHOLD,
    minimum: int = 10,
    replicates: int = REPLICATES,
    seed: int = 1,
) -> tuple[Band, ...]:
    """Every metric of every group, and of every pair of groups, at every threshold.

    Nothing here is a verdict: it explores. Verdicts are for the few comparisons that were named beforehand.

    Parameters
    ----------
    data, outcome, by, points, score, selected, count
        As for :func:`riskscreen.audit`; exactly one of ``points``, ``score`` and ``selected``. A score with many
        values is cut at a hundred quantiles.
    block
        Column with the neighbourhood: neighbourhoods are then drawn as a whole. Without, and with fewer than ten,
        families are taken as independent.
    pairs
        Every pair of attributes too.
    metrics
        Of :data:`riskscreen.fairness.bands.AT_A_THRESHOLD`.
    minimum
        Groups with fewer families in the denominator are left out of the comparison at that threshold.
    replicates, seed
        How often to draw, and the seed.

    Raises
    ------
    UsageError, RegisterError
        With every fault of the call and of the columns at once.
    """
    metrics = names_of(metrics)
    unknown = [name for name in metrics if name not in AT_A_THRESHOLD]
    if unknown or not replicates >= 100 or not minimum >= 1:
        faults = [f"metrics: there is no {name} at a threshold" for name in unknown]
        faults += [f"replicates is {replicates}; allowed: 100 or more"] if not replicates >= 100 else []
        faults += [f"minimum is {minimum}; allowed: 1 or more"] if not minimum >= 1 else []
        raise UsageError(
            "these thresholds cannot be compared",
            faults=tuple(faults),
            do=f"choose metrics from {', '.join(AT_A_THRESHOLD)}",
        )
    columns = Columns(outcome, names_of(by), selected, score, points, count, None, block)
    rows = read_rows(data, columns, 0.5)
    histograms = histograms_of(
        rows.groups,
        _few(rows.scores),
        rows.outcome,
        rows.blocks if rows.neighbourhoods >= FEWEST_BLOCKS else None,
        rows.weight,
        pairs=pairs,
        seed=seed,
    )
    return bands(histograms, metrics=metrics, minimum=minimum, replicates=replicates, seed=seed)


def _few(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """At most a hundred different scores: the quantiles below."""
    values = np.unique(scores)
    if len(values) <= MOST_THRESHOLDS:
        return scores
    cuts = np.unique(np.quantile(scores, np.arange(MOST_THRESHOLDS) / MOST_THRESHOLDS, method="lower"))
    return np.asarray(cuts[np.searchsorted(cuts, scores, side="right") - 1])

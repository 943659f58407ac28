"""The challenger: gradient boosting, fitted only to show what the card gives up. It can never be released."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskscreen.stats.profiles import unique_profiles
from riskscreen.stats.rows import Rows

Array = NDArray[np.float64]

ROUNDS = 60
LEAVES = 15
RATE = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Challenger:
    """A fitted black box: inside only; it has no text form and no way through the gate.

    Parameters
    ----------
    stressors
        The columns it reads, in order.
    model
        scikit-learn's ``HistGradientBoostingClassifier``.
    """

    stressors: tuple[str, ...]
    model: Any

    def risk(self, levels: Array) -> Array:
        """Risk per row of levels, shape ``(rows,)``; ``nan`` is *not covered*."""
        risks: Array = self.model.predict_proba(levels)[:, 1]
        return risks


def fit_challenger(rows: Rows, seed: int) -> Challenger:
    """Fit on unique profiles, weighted by families; on one thread, so that every machine gives the same model."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    profiles = unique_profiles(rows.levels, rows.outcome, rows.families)
    negative = profiles.total - profiles.positive
    hit, miss = profiles.positive > 0, negative > 0
    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS,
        max_leaf_nodes=LEAVES,
        learning_rate=RATE,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1):
        model.fit(
            np.vstack([profiles.levels[hit], profiles.levels[miss]]),
            np.repeat([1, 0], [int(hit.sum()), int(miss.sum())]),
            sample_weight=np.concatenate([profiles.positive[hit], negative[miss]]),
        )
    return Challenger(rows.stressors, model)

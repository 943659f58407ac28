"""Rounded logistic regression: lines chosen by an L1 penalty, then fitted again, scaled to 5 points and rounded.

Every column gives lines ``>= cut`` at each of its values, or at up to nine quantiles. The penalty is the weakest that
keeps at most the given number of lines. The risk of a total is a logistic regression on the total: without that last
step, which rounding by hand leaves out, it would be far worse.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from protocol import MAX_POINTS, Answer, Task, answer
from sklearn.linear_model import LogisticRegression

QUANTILES = np.arange(1, 10) / 10
PENALTIES = np.geomspace(1e-4, 10.0, 26)


def make(task: Task) -> Answer:
    """Lines by L1, coefficients by L2, points by rounding."""
    cuts = [(name, cut) for name in task.X.columns for cut in _cuts(task.X[name].to_numpy())]
    lines = _lines(task.X, cuts)
    places = _selected(lines, task.y, task.lines)
    fitted = LogisticRegression(max_iter=1000).fit(lines[:, places], task.y)
    weights = fitted.coef_[0]
    points = np.rint(weights * (MAX_POINTS / np.abs(weights).max()))
    risk = LogisticRegression(C=np.inf, max_iter=1000).fit((lines[:, places] @ points)[:, None], task.y)
    kept = [cuts[place] for place in places]
    return Answer(
        lambda X: risk.predict_proba((_lines(X, kept) @ points)[:, None])[:, 1], int(np.count_nonzero(points))
    )


def _cuts(column: np.ndarray) -> np.ndarray:
    values = np.unique(column[~np.isnan(column)])
    if len(values) <= len(QUANTILES) + 1:
        return values[1:]
    found = np.unique(np.nanquantile(column, QUANTILES, method="higher"))
    return found[found > values[0]]


def _lines(X: pd.DataFrame, cuts: list[tuple[str, float]]) -> np.ndarray:
    return np.column_stack([(X[name].to_numpy() >= cut).astype(np.float64) for name, cut in cuts])


def _selected(lines: np.ndarray, y: np.ndarray, most: int) -> np.ndarray:
    """The lines of the weakest penalty that keeps at most so many."""
    best = np.array([0])
    for strength in PENALTIES:
        model = LogisticRegression(l1_ratio=1.0, C=strength, solver="liblinear").fit(lines, y)
        places = np.flatnonzero(model.coef_[0])
        if len(places) > most:
            break
        best = places if len(places) else best
    return best


if __name__ == "__main__":
    answer(make)

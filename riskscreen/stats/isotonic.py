"""Surfaces that never fall: the nearest table of values that rises (or stays) along both of its sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ROUNDS = 500
_SETTLED = 1e-10
_LEAST_WEIGHT = 1e-6


def rising(values: Array, weights: Array) -> Array:
    """The weighted least-squares fit that never falls along any axis; ``values`` of one or two dimensions.

    Parameters
    ----------
    values, weights
        Same shape, ``(levels,)`` or ``(levels, levels)``; weights at least 0 (places without families follow the
        others).

    Notes
    -----
    One dimension: pool adjacent violators. Two: the two one-dimensional projections in turn, each with the correction
    of Dykstra, which ends at the projection on both (Dykstra & Robertson 1982, Annals of Statistics 10:708).
    """
    heavy = np.maximum(weights, _LEAST_WEIGHT * max(float(np.max(weights, initial=0.0)), 1.0))
    if values.ndim == 1:
        return np.asarray(_along_last(values[None, :], heavy[None, :])[0])
    found, rows, columns = values.astype(np.float64), np.zeros(values.shape), np.zeros(values.shape)
    for _ in range(_ROUNDS):
        before = found
        by_row = _along_last(found + rows, heavy)
        rows = found + rows - by_row
        found = _along_last((by_row + columns).T, heavy.T).T
        columns = by_row + columns - found
        if float(np.max(np.abs(found - before), initial=0.0)) < _SETTLED:
            break
    return np.asarray(np.maximum.accumulate(np.maximum.accumulate(found, axis=0), axis=1))  # what rounding errors left


def _along_last(values: Array, weights: Array) -> Array:
    from scipy.optimize import isotonic_regression

    return np.array([isotonic_regression(row, weights=w).x for row, w in zip(values, weights, strict=True)])

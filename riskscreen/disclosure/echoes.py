"""Figures that give a hidden one away by arithmetic, in whatever table they stand.

An *estimate* that is exactly a hidden count over a known count is a rate in disguise. A difference or ratio that is
exactly that of a hidden rate and another rate gives the hidden one away, and so do the bounds around it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from riskscreen.disclosure.rules import Place, Sheet

_CLOSE = 1e-9
_DIGITS = 2


def echoes(sheets: Sequence[Sheet], hidden: Sequence[set[Place]]) -> list[set[Place]]:
    """The estimates to hide per table because they repeat something hidden.

    Parameters
    ----------
    sheets
        All tables of one call of the gate.
    hidden
        The cells hidden in each of them so far.
    """
    known = _known_counts(sheets)
    forms = _forms_of_rates(sheets, hidden)
    out = []
    for sheet, gone in zip(sheets, hidden, strict=True):
        rows = _quotients(sheet, gone, known)
        whole = {i for i in range(len(sheet.table.rows)) if _repeats(sheet, i, forms)}
        estimates = [j for j, column in enumerate(sheet.table.columns) if column.kind == "estimate"]
        rows |= {(i, j) for i in whole for j in estimates if sheet.table.rows[i][j] is not None}
        out.append(rows)
    return out


def rounded(value: float) -> float:
    """Two significant digits: for estimates in a row with a hidden count."""
    return float(f"{value:.{_DIGITS}g}")


def _known_counts(sheets: Sequence[Sheet]) -> NDArray[np.float64]:
    """Every count in every table, and every column's sum."""
    found: set[float] = set()
    for sheet in sheets:
        for j in sheet.counts:
            values = [float(row[j]) for row in sheet.table.rows if row[j] is not None]  # type: ignore[arg-type]
            found |= {*values, sum(values)}
    return np.array(sorted(found - {0.0}))


def _quotients(sheet: Sheet, hidden: set[Place], known: NDArray[np.float64]) -> set[Place]:
    out = set()
    for i, k in hidden:
        count = sheet.table.rows[i][k]
        if sheet.table.columns[k].kind != "count" or not count:
            continue
        for j, column in enumerate(sheet.table.columns):
            value = sheet.table.rows[i][j]
            if column.kind == "estimate" and value is not None:
                off = np.abs(float(value) * known - float(count))
                if bool((off <= _CLOSE * float(count)).any()):
                    out.add((i, j))
    return out


def _forms_of_rates(sheets: Sequence[Sheet], hidden: Sequence[set[Place]]) -> NDArray[np.float64]:
    """Differences and ratios of every hidden rate with every rate, sorted."""
    every, gone = set(), set()
    for sheet, cells in zip(sheets, hidden, strict=True):
        for j, column in enumerate(sheet.table.columns):
            if column.kind == "rate":
                values = [(i, float(row[j])) for i, row in enumerate(sheet.table.rows) if row[j] is not None]  # type: ignore[arg-type]
                every |= {value for _, value in values}
                gone |= {value for i, value in values if (i, j) in cells}
    if not gone:
        return np.empty(0)
    a, b = np.meshgrid(np.array(sorted(gone)), np.array(sorted(every)))
    apart = ~np.isclose(a, b, rtol=0, atol=0)
    a, b = a[apart], b[apart]
    with np.errstate(divide="ignore", invalid="ignore"):
        forms = np.concatenate([np.abs(a - b), a / b, b / a])
    return np.unique(forms[np.isfinite(forms) & (forms > 0)])


def _repeats(sheet: Sheet, i: int, forms: NDArray[np.float64]) -> bool:
    """Is an estimate of this row one of these forms?"""
    for j, column in enumerate(sheet.table.columns):
        value = sheet.table.rows[i][j]
        if column.kind == "estimate" and value is not None and len(forms):
            size = abs(float(value))
            near = forms[min(int(np.searchsorted(forms, size * (1 - _CLOSE))), len(forms) - 1)]
            if abs(float(near) - size) <= _CLOSE * max(size, 1e-6):
                return True
    return False

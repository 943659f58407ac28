"""Figures that give a hidden one away by arithmetic, in whatever table they stand.

An *estimate* that is exactly a hidden count over a known count is a rate in disguise. In a row about the same group or
attribute, a difference or ratio that is exactly that of a hidden rate and another one of its column gives the hidden
one away, and so do the bounds around it. (Anywhere else such an equality is mostly chance: shares of the same families
differ by whole families.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

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


def _forms_of_rates(sheets: Sequence[Sheet], hidden: Sequence[set[Place]]) -> dict[str, NDArray[np.float64]]:
    """Differences and ratios of every hidden rate with the others of its column, by each key of its row."""
    found: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    for sheet, cells in zip(sheets, hidden, strict=True):
        for i, j in cells:
            if sheet.table.columns[j].kind == "rate":
                forms = _forms(sheet, i, j)
                for k in sheet.keys:
                    found[str(sheet.table.rows[i][k])].append(forms)
    return {code: np.concatenate(forms) for code, forms in found.items()}


def _forms(sheet: Sheet, i: int, j: int) -> NDArray[np.float64]:
    values = [float(row[j]) for k, row in enumerate(sheet.table.rows) if k != i and row[j] is not None]  # type: ignore[arg-type]
    others, own = np.array(values), float(sheet.table.rows[i][j])  # type: ignore[arg-type]
    others = others[np.abs(others - own) > _CLOSE]
    with np.errstate(divide="ignore", invalid="ignore"):
        forms = np.concatenate([np.abs(others - own), others / own, own / others])
    return np.asarray(forms[np.isfinite(forms) & (forms > 0)])


def _repeats(sheet: Sheet, i: int, forms: Mapping[str, NDArray[np.float64]]) -> bool:
    """Is an estimate of this row a difference or ratio with a hidden rate of a group that the row is about?"""
    row, columns = sheet.table.rows[i], sheet.table.columns
    codes = {str(row[j]) for j, c in enumerate(columns) if c.kind in ("key", "code") and row[j] is not None}
    near = [forms[code] for code in codes if code in forms]
    values = [abs(float(row[j])) for j, c in enumerate(columns) if c.kind == "estimate" and row[j] is not None]  # type: ignore[arg-type]
    if not near or not values:
        return False
    known, given = np.concatenate(near), np.array(values)
    return bool((np.abs(known[:, None] - given) <= _CLOSE * given).any())

"""Values of a column as arrays: numbers, flags, and the places of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from riskscreen.fairness.labels import UNKNOWN, in_order
from riskscreen.fairness.metrics import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd


def numbers(values: pd.Series[Any]) -> Floats | None:
    """Values as floats, or ``None`` when they are words, dates or complex."""
    if values.dtype.kind in "biuf":
        return values.to_numpy(np.float64)
    if values.dtype.kind in "cmM":
        return None
    try:
        return values.to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        return None


def flags(values: pd.Series[Any]) -> Ints:
    """Checked values of 0 and 1."""
    found = numbers(values)
    return np.zeros(0, np.int64) if found is None else found.astype(np.int64)


def codes(values: pd.Series[Any], attribute: str) -> tuple[Ints, tuple[str, ...]]:
    """Codes per row, and the groups; missing values are the group *unknown*."""
    import pandas as pd

    code, found = pd.factorize(values, use_na_sentinel=True)
    words = [_word(value) for value in found] + [UNKNOWN]
    code = np.where(code < 0, len(words) - 1, code)
    present = sorted({words[place] for place in np.unique(code)})
    groups = in_order(attribute, present)
    place = {group: number for number, group in enumerate(groups)}
    translate = np.array([place.get(word, -1) for word in words], np.int64)
    return translate[code], tuple(groups)


def _word(value: Any) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip() or UNKNOWN

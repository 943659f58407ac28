"""Counts that a table keeps to itself: read as missing, never as zero."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from riskscreen.fairness.labels import attribute_text, group_text
from riskscreen.fairness.metrics import Counts, Flags, Floats
from riskscreen.fairness.values import numbers
from riskscreen.records.texts import Text

if TYPE_CHECKING:
    import pandas as pd

MARKS = ("x", "*", ".", "-", "suppressed")
"""Marks of a suppressed count, beside ``<10`` (any number) and an empty place."""

_SENTENCE = Text(
    "The table suppresses cells of {groups}: these are unknown, never zero, and so is every figure that rests on them.",
    "De tabel houdt aantallen achter van {groups}: die zijn onbekend, nooit nul, net als elk cijfer dat erop rust.",
)
_BELOW = re.compile(r"<\s*\d+")
_PARTED = re.compile(r"-?\d{1,3}([.,]\d{3})+")
"""A number written in threes: ``1.000`` is a thousand to one reader and one to another, so it is neither."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of counts.

    Parameters
    ----------
    families
        Shape ``(rows,)``; 0 where suppressed, ``nan`` where it is neither a number nor a mark.
    suppressed
        Where the table holds its count back, shape ``(rows,)``.
    """

    families: Floats
    suppressed: Flags


def read_counts(values: pd.Series[Any]) -> Column:
    """Numbers and marks of a column of counts.

    Examples
    --------
    >>> import pandas as pd
    >>> read_counts(pd.Series(["250", "<10", None, "x", "ten"])).families.tolist()
    [250.0, 0.0, 0.0, 0.0, nan]
    """
    import pandas as pd

    parted = _parted(values)
    found = None if parted.any() else numbers(values)
    if found is not None:
        gone = np.isnan(found)
        return Column(np.where(gone, 0.0, found), gone)
    words = values.map(lambda value: "" if pd.isna(value) else str(value).strip().lower())
    gone = words.map(lambda word: not word or word in MARKS or bool(_BELOW.fullmatch(word))).to_numpy(np.bool_)
    read = pd.to_numeric(words.where(~gone, "0").mask(parted), errors="coerce").to_numpy(np.float64)
    return Column(read, gone)


def _parted(values: pd.Series[Any]) -> Flags:
    if values.dtype.kind in "biuf":
        return np.zeros(len(values), np.bool_)
    words = [isinstance(value, str) and bool(_PARTED.fullmatch(value.strip())) for value in values]
    return np.asarray(words, np.bool_)


def suppressed_groups(counts: Sequence[Counts]) -> dict[str, list[str]]:
    """Per attribute the groups with a cell that the table holds back; empty when it holds none back."""
    return {
        one.attribute: [group for group, cells in zip(one.groups, one.suppressed, strict=True) if cells.any()]
        for one in counts
        if one.suppressed is not None
    }


def suppressed_sentence(counts: Sequence[Counts]) -> Text | None:
    """What a reader must know of a table that holds counts back; ``None`` when it does not."""
    found = suppressed_groups(counts)
    if not found:
        return None
    named = [(attribute_text(one), group_text(one, group)) for one, groups in found.items() for group in groups]
    return Text(
        _SENTENCE.en.format(groups="; ".join(f"{one.en}: {group.en}" for one, group in named)),
        _SENTENCE.nl.format(groups="; ".join(f"{one.nl}: {group.nl}" for one, group in named)),
    )

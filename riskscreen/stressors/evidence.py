"""The published figures a stressor may lean on: ``configs/figures.csv``, read once."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from riskscreen.settings import shipped


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure.

    Parameters
    ----------
    value, low, high
        As written, so that no digit is lost; ``""``: not given.
    unit, year, source
        What it counts, of which year, and where it was published.
    confidence
        ``S`` seen at the source, ``S2`` seen in a second source, ``D`` derived by arithmetic.
    """

    id: str
    value: str
    low: str
    high: str
    unit: str
    year: str
    source: str
    confidence: str

    def __str__(self) -> str:
        bounds = f" [{self.low or '-'} to {self.high or '-'}]" if self.low or self.high else ""
        value = self.value or "no point value"
        return f"{value}{bounds} {self.unit}, {self.year or 'no year'}, {self.source} ({self.confidence})"


@cache
def published_figures() -> Mapping[str, Figure]:
    """The shipped figures by id."""
    with shipped("figures.csv").open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["id"]: Figure(**row) for row in csv.DictReader(file)})

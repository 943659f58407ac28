"""Levels computed again and compared, inside an engine: only counts come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.linkage import link
from riskscreen.registers.handle import Registers
from riskscreen.settings import Family
from riskscreen.stressors.definitions import Catalogue
from riskscreen.stressors.levels import GROUPS
from riskscreen.stressors.profiling import profile

STATE = ("apart", "earlier", "children", "child_0_3", "child_4_11", "child_12_17", "prenatal", "area", *GROUPS)
"""What else than levels a family has on the index date."""


@dataclass(frozen=True, slots=True)
class Design:
    """Everything that decides the levels and the outcome of a family.

    Parameters
    ----------
    horizon
        Months.
    key
        Seed of the folds.
    threshold
        Smallest count shown.
    """

    catalogue: Catalogue
    outcome: str
    horizon: int
    family: Family
    key: str
    threshold: int


class Compute(Protocol):
    """From registers to the engine tables ``spine``, ``families``, ``members`` and ``levels`` on the index dates.

    Without ``families`` those that are there stay, and only their levels are made.
    """

    def __call__(
        self, registers: Registers, design: Design, dates: Sequence[date], *, families: bool = True
    ) -> None: ...


def compute_levels(registers: Registers, design: Design, dates: Sequence[date], *, families: bool = True) -> None:
    """Families and their levels on the index dates, as a run computes them."""
    if families:
        link(registers, dates, design.family, key=design.key, threshold=design.threshold)
    profile(registers, design.catalogue, design.outcome, dates, design.horizon, threshold=design.threshold)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two tables of levels on one index date.

    Parameters
    ----------
    families
        In both.
    alone
        In one of them only.
    state
        In both, but another family in what it is: its form, its children, where it lives, an open case.
    levels
        Families with another level, per stressor.
    """

    day: date
    families: int
    alone: int
    state: int
    levels: Mapping[str, int]

    @property
    def wrong(self) -> int:
        """Levels that differ."""
        return sum(self.levels.values())


def compare_levels(engine: Engine, left: str, right: str, day: date, stressors: Sequence[str]) -> Compared:
    """Compare two tables of levels exactly, family by family, on one index date."""
    on = f"index_date = {literal(day)}"
    state = " OR ".join(f"l.{name} IS DISTINCT FROM r.{name}" for name in STATE)
    parts = [f"count(*) FILTER (l.{name} IS DISTINCT FROM r.{name})" for name in stressors]
    row = engine.rows(
        f"SELECT count(*), count(*) FILTER ({state}){''.join(f', {part}' for part in parts)}\n"
        f"FROM (FROM {left} WHERE {on}) AS l JOIN (FROM {right} WHERE {on}) AS r USING (family)"
    )[0]
    sizes = [engine.value(f"SELECT count(*) FROM {table} WHERE {on}") for table in (left, right)]
    alone = sum(sizes) - 2 * row[0]
    return Compared(day, row[0], alone, row[1], dict(zip(stressors, row[2:], strict=True)))


def keep_levels(engine: Engine, name: str) -> None:
    """Keep ``levels`` under another name, for a comparison."""
    engine.run(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM levels")

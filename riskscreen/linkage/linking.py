"""Linking: from registers to the spine, families and members on every index date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from riskscreen import settings
from riskscreen.engine.handles import Spine
from riskscreen.errors import UsageError
from riskscreen.linkage.families_sql import statements
from riskscreen.linkage.quality import case_table, group_table, quality_tables
from riskscreen.records.tables import Table
from riskscreen.registers.handle import Registers


@dataclass(frozen=True, slots=True, repr=False)
class Linkage:
    """What linking gives outside the engine: a handle and counts.

    Parameters
    ----------
    spine
        Handle on the numbers of families per index date and stratum.
    quality
        Table ``linkage``: per register its rows and how many link to a known person.
    by_group
        Table ``linkage_by_group``: the same by origin; review and internal channels only.
    cases
        Table ``linkage_cases``: how often each rule for untidy data was needed on the last index date.
    groups
        Table ``family_groups``: families by each group of the audit on the last index date.
    """

    spine: Spine
    quality: Table
    by_group: Table
    cases: Table
    groups: Table

    def tables(self) -> tuple[Table, ...]:
        """All tables, for the gate."""
        return self.quality, self.by_group, self.cases, self.groups

    def __repr__(self) -> str:
        return repr(self.spine)  # the tables have not passed the gate, so they do not show themselves

    def _repr_html_(self) -> str:
        return self.spine._repr_html_()


def link(
    registers: Registers,
    index_dates: Sequence[date],
    family: settings.Family | None = None,
    *,
    key: str,
    threshold: int = 10,
) -> Linkage:
    """Make the engine tables ``spine``, ``families`` and ``members`` for every index date.

    Records link on the pseudonymised number of the person, point in time: what happened or became known on or after
    an index date changes nothing on it. The rules stand in :mod:`riskscreen.linkage.families_sql`.

    Parameters
    ----------
    index_dates
        At least one.
    family
        Who counts as a family; default children under 18 and first pregnancies.
    key
        Secret or seed of the folds: the same key gives the same folds.
    threshold
        Smallest number of families that the handle shows.

    Raises
    ------
    UsageError
        No index date is given.
    """
    if not index_dates:
        raise UsageError("no index date is given", do="give at least one date")
    family = settings.Family() if family is None else family
    for statement in statements(tuple(registers.present), index_dates, family, key):
        registers.engine.run(statement)
    spine = Spine(registers.engine, "linkage_counts", ("index_date", "stratum"), threshold=threshold)
    quality, by_group = quality_tables(registers)
    last = max(index_dates)
    return Linkage(spine, quality, by_group, case_table(registers, last), group_table(registers.engine, last))

"""Linking: from registers to the spine, families and members on every index date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskscreen import settings
from riskscreen.engine.handles import Spine
from riskscreen.errors import UsageError
from riskscreen.linkage.clerical import read_sample
from riskscreen.linkage.crosswalk import PARTICULARS, Found, make_crosswalk, replace_numbers, restore_numbers
from riskscreen.linkage.evidence import (
    expected,
    gather,
    load_truth,
    lost_to_blocking,
    rates_by_model,
    rates_by_truth,
    true_crosswalk,
)
from riskscreen.linkage.families_sql import statements
from riskscreen.linkage.model import Model, read_model
from riskscreen.linkage.options import Options, defaults
from riskscreen.linkage.quality import case_table, group_table, quality_tables
from riskscreen.linkage.rate_tables import blocking_table, group_rate_table, rate_table, rules_table
from riskscreen.records.tables import Table
from riskscreen.registers.handle import Registers
from riskscreen.registers.schemas import schemas


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
    records
        When numbers were not the only thing to go by: tables ``linkage_rules``, ``linkage_rates``,
        ``linkage_rates_by_group`` (review and internal channels only) and ``linkage_blocking``.
    found
        How records were linked then: the trained model and the options.
    """

    spine: Spine
    quality: Table
    by_group: Table
    cases: Table
    groups: Table
    records: tuple[Table, ...] = ()
    found: Found | None = None

    def tables(self) -> tuple[Table, ...]:
        """All tables, for the gate."""
        return self.quality, *self.records, self.by_group, self.cases, self.groups

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
    model: Model | Path | str | None = None,
    options: Options | None = None,
    labels: Path | None = None,
    truth: Path | None = None,
    follow_truth: bool = False,
) -> Linkage:
    """Make the engine tables ``spine``, ``families`` and ``members`` for every index date.

    Records link on the pseudonymised number of the person, point in time: what happened or became known on or after
    an index date changes nothing on it. The rules stand in :mod:`riskscreen.linkage.families_sql`. With the register
    ``particulars``, numbers are mended first (:mod:`riskscreen.linkage.crosswalk`): the engine table ``crosswalk`` says
    how, and the views ``registers.<name>`` have the persons replaced.

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
    model
        A trained model of record linkage (a file or its JSON text) to use in place of training one.
    options
        How records are compared; default those of ``defaults.yaml``.
    labels
        A clerical sample that was filled in: rates by it stand beside those of the model.
    truth
        File or folder of the truth table ``links``: true rates stand beside the estimated ones.
    follow_truth
        Mend the numbers by the truth instead of by linkage, to see what errors do to results.

    Raises
    ------
    UsageError
        No index date is given, or truth is to be followed and not given.
    """
    if not index_dates:
        raise UsageError("no index date is given", do="give at least one date")
    if follow_truth and truth is None:
        raise UsageError("the truth is to be followed, but not given", do="give truth=, the file of the table links")
    family = settings.Family() if family is None else family
    last, engine = max(index_dates), registers.engine
    found = _mend(registers, options or defaults(), model, truth, follow_truth)
    for statement in statements(tuple(registers.present), index_dates, family, key):
        engine.run(statement)
    spine = Spine(engine, "linkage_counts", ("index_date", "stratum"), threshold=threshold)
    quality, by_group = quality_tables(registers)
    records = () if found is None else _record_tables(registers, found, last, labels, truth)
    return Linkage(spine, quality, by_group, case_table(registers, last), group_table(engine, last), records, found)


def _mend(
    registers: Registers, options: Options, model: Model | Path | str | None, truth: Path | None, follow: bool
) -> Found | None:
    """Numbers replaced by the right ones, as far as they can be known."""
    restore_numbers(registers)
    registers.engine.run(
        "CREATE OR REPLACE TABLE crosswalk "
        "(register VARCHAR, number VARCHAR, person VARCHAR, rule VARCHAR, probability DOUBLE)"
    )
    found = None
    if follow and truth is not None:
        load_truth(registers.engine, truth)
        true_crosswalk(registers.engine)
    elif registers.has(PARTICULARS):
        found = make_crosswalk(registers, options, None if model is None else read_model(model))
    else:
        return None
    replace_numbers(registers)
    return found


def _record_tables(
    registers: Registers, found: Found, last: date, labels: Path | None, truth: Path | None
) -> tuple[Table, ...]:
    """Quality of record linkage: by the model, by a clerk and by the truth, as far as they are there."""
    engine = registers.engine
    gather(engine, found, last)
    lost = lost_to_blocking(engine, found)
    sums = expected(
        engine, sum(part.matches for part in lost if part.counted), sum(p.variance for p in lost if p.counted)
    )
    rates = {"model": rates_by_model(sums)}
    if labels is not None:
        rates["clerical"] = read_sample(labels).rates(sums)
    if truth is not None:
        load_truth(engine, truth)
        rates["truth"] = rates_by_truth(engine)
    titles = {name: schema.title for name, schema in schemas().items()}
    return (
        rules_table(engine, titles),
        rate_table(rates),
        group_rate_table(rates),
        blocking_table(engine, found.options.blocking, lost),
    )

"""What missed links do to each stressor: prevalence as linked, when nothing is missed, and by the truth if known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.pipeline.sources import link_key
from riskscreen.records.tables import TOTAL, Channel, Column, Table, Value
from riskscreen.records.texts import Text

if TYPE_CHECKING:
    from riskscreen.registers import Registers
    from riskscreen.settings import Scenario
    from riskscreen.stressors.definitions import Catalogue

NOT_PUBLIC: tuple[Channel, ...] = ("review", "internal")
Counts = Mapping[tuple[str, str], tuple[int, int]]
"""Per stressor and origin of the family: families that could be seen, and those with it."""

NOTE = Text(
    "As linked: with the links that were found. Nothing missed: that prevalence over one minus the missed-match rate "
    "of the stressor's register and the group, by the model. A family with several records loses less, so this is "
    "the most that missed links can explain. Truth: the same profile with every number right.",
    "Gekoppeld: met de gevonden koppelingen. Niets gemist: dat deel gedeeld door een min de kans op een gemiste "
    "koppeling van het register en de groep, volgens het model. Een gezin met meer records mist minder, dus meer "
    "kunnen gemiste koppelingen niet verklaren. Waarheid: hetzelfde profiel met elk nummer goed.",
)


def linkage_effect(registers: Registers, scenario: Scenario, *, truth: Path | None = None) -> Table:
    """Table ``linkage_effect``: per stressor and origin, on the last index date; never public.

    Parameters
    ----------
    registers
        Linked: what linkage left in the engine is read. With ``truth`` they are linked by the truth afterwards.
    truth
        File or folder of the truth table ``links``: gives the columns by the truth.
    """
    from riskscreen.linkage import link
    from riskscreen.linkage.evidence import missed_by_register
    from riskscreen.stressors.loading import load_catalogue

    catalogue, day, engine = load_catalogue(scenario.stressors), scenario.index_dates.now, registers.engine
    missed = missed_by_register(engine) if engine.has("link_quality") else {}
    found = _profiled(registers, scenario, catalogue, day)
    true: Counts = {}
    if truth is not None:
        link(registers, [day], scenario.family, key=link_key(scenario), truth=truth, follow_truth=True)
        true = _profiled(registers, scenario, catalogue, day)
    return _table(catalogue, found, true, missed)


def estimated(prevalence: float, missed: float) -> float:
    """Prevalence when no link is missed: what is seen over the share of links that are made.

    >>> round(estimated(0.09, 0.1), 3)
    0.1
    """
    return min(prevalence / max(1.0 - missed, 1e-9), 1.0)


def _profiled(registers: Registers, scenario: Scenario, catalogue: Catalogue, day: date) -> Counts:
    from riskscreen.stressors.profiling import profile

    profile(registers, catalogue, scenario.outcome, [day], scenario.horizon, threshold=scenario.release.threshold)
    return _counts(registers.engine, catalogue.ids, day)


def _counts(engine: Engine, ids: Sequence[str], day: date) -> Counts:
    parts = ", ".join(f"count({name}), count(*) FILTER ({name} > 0)" for name in ids)
    rows = engine.rows(
        f"SELECT coalesce(origin, '{TOTAL}'), {parts} FROM levels WHERE index_date = {literal(day)} "
        "GROUP BY ROLLUP (origin) ORDER BY 1"
    )
    return {
        (name, str(row[0])): (int(row[1 + 2 * place]), int(row[2 + 2 * place]))
        for row in rows
        for place, name in enumerate(ids)
    }


def _missed(registers: Sequence[str], group: str, missed: Mapping[tuple[str, str], float]) -> float:
    """Of several registers the mean: a stressor can come from any of them."""
    rates = [missed.get((name, group), missed.get((name, TOTAL), 0.0)) for name in registers]
    return sum(rates) / len(rates) if rates else 0.0


def _table(catalogue: Catalogue, found: Counts, true: Counts, missed: Mapping[tuple[str, str], float]) -> Table:
    from riskscreen.linkage.quality import ORIGINS

    order = [*ORIGINS, TOTAL]
    rows = [
        _row(definition.id, group, definition.stressor.registers, found[definition.id, group], true, missed)
        for definition in catalogue
        for group in order
        if (definition.id, group) in found
    ]
    names = {stressor.id: stressor.name for stressor in catalogue.stressors}
    columns = (
        Column("stressor", "key", Text("stressor", "stressor"), labels=names),
        Column("group", "key", Text("origin", "herkomst"), labels=ORIGINS),
        Column("families", "count", Text("families", "gezinnen"), unit="families"),
        Column("with_stressor", "count", Text("with it, as linked", "ermee, zoals gekoppeld"), unit="families"),
        Column("share", "rate", Text("as linked", "gekoppeld"), "per 1,000", of="with_stressor", base="families"),
        Column("estimated", "estimate", Text("nothing missed", "niets gemist"), "per 1,000", base="with_stressor"),
        Column("true_families", "count", Text("families, truth", "gezinnen, waarheid"), unit="families"),
        Column("true_with", "count", Text("with it, truth", "ermee, waarheid"), unit="families"),
        Column("true_share", "rate", Text("truth", "waarheid"), "per 1,000", of="true_with", base="true_families"),
    )
    title = Text("What missed links do to stressors, per 1,000 families", "Wat gemiste koppelingen doen, per 1.000")
    return Table("linkage_effect", title, columns, tuple(rows), NOTE, NOT_PUBLIC)


def _row(
    name: str,
    group: str,
    registers: Sequence[str],
    found: tuple[int, int],
    true: Counts,
    missed: Mapping[tuple[str, str], float],
) -> tuple[Value, ...]:
    families, having = found
    if not families:
        return (name, group, families, *(None,) * 6)
    share = having / families
    most = estimated(share, _missed(registers, group, missed))
    if (name, group) not in true or not true[name, group][0]:
        return (name, group, families, having, share, most, None, None, None)
    there, with_it = true[name, group]
    return (name, group, families, having, share, most, there, with_it, with_it / there)

"""What was recorded about target groups besides the run's outcome: other outcomes, and reports by the police.

A group that stands high by one outcome and low by another owes its place to how reports are made. Rows stay in the
engine; only counts by wijk come out. Places carry an interval: the set of places that agrees with every comparison of
two groups at once (Mogstad et al. 2024, Review of Economic Studies 91:476), from draws of wijken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen.areas.groups import Targets
from riskscreen.areas.halves import UNKNOWN
from riskscreen.areas.membership import parsed
from riskscreen.areas.piling import EVERYBODY, EVERYBODY_LABEL
from riskscreen.engine.duck import Engine, quote
from riskscreen.engine.sql import filter_sql, literal
from riskscreen.records.definitions import Outcome, TargetGroup
from riskscreen.records.filters import Filter
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.settings import add_months
from riskscreen.stats.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

DRAWS = 400
FEWEST_WIJKEN = 5
FEWEST = 10
"""Outcomes that a group needs for a place."""
NO_PLACE = "none"


@dataclass(frozen=True, slots=True)
class Recorded:
    """An outcome and which rows of ``reports`` make it.

    Parameters
    ----------
    where
        Which reports count.
    only_first
        Only families without an earlier report can have it.
    """

    outcome: Outcome
    where: Filter
    only_first: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a group by one outcome: 1 is the highest rate; ``None``: too few outcomes or wijken."""

    group: str
    outcome: str
    place: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts by group, outcome and wijk. For use inside: printing shows none of them.

    Parameters
    ----------
    counts
        ``target_group, outcome_id, area_block, families, outcomes, police``; the group ``everybody`` is all families.
    outcomes
        The outcomes that were counted, the run's own first.
    """

    counts: pd.DataFrame = field(repr=False)
    outcomes: tuple[Outcome, ...]


def reported_sql(one: Recorded, day: date, horizon: int, *, pregnancies: bool) -> str:
    """Families with a report that counts, recorded in the horizon about a child followed, and whether police made one.

    Followed are the children in the family on the day, and the child of a pregnancy known by then; a report after
    emigration, death or the 18th birthday does not count.
    """
    start, until = literal(day), literal(add_months(day, horizon))
    lost = "least(s.death_date, s.emigration_date, s.birth_date + INTERVAL 216 MONTH)"
    unborn = (
        "  UNION\n  SELECT m.family, p.child AS person\n"
        "  FROM members m JOIN registers.pregnancies p ON p.person = m.person\n"
        f"  WHERE m.index_date = {start} AND m.role = 'parent' AND p.child IS NOT NULL AND p.event_date < {start}\n"
        f"    AND p.recorded_date < {start} AND p.birth_date >= {start} AND p.birth_date < {until}\n"
        if pregnancies
        else ""
    )
    return (
        "WITH children AS (\n"
        f"  SELECT family, person FROM members WHERE index_date = {start} AND role = 'child'\n{unborn}"
        ")\nSELECT c.family, bool_or(r.reporter = 'police') AS police\n"
        "FROM children c JOIN spine s ON s.person = c.person JOIN registers.reports r ON r.person = c.person\n"
        f"WHERE r.recorded_date >= {start} AND r.recorded_date < least({until}, {lost}::DATE)\n"
        f"  AND ({filter_sql(one.where, 'r')})\nGROUP BY c.family"
    )


def count_recorded(
    engine: Engine,
    groups: Sequence[TargetGroup],
    outcomes: Sequence[Recorded],
    *,
    day: date,
    horizon: int,
    wijken: Sequence[str],
) -> Standing:
    """Count families, those with each outcome and those that police reported, by group and wijk.

    Parameters
    ----------
    engine
        With ``levels``, ``members``, ``spine`` and ``registers.reports``.
    outcomes
        The run's own first; their horizon must be covered.
    wijken
        Those that were not searched.
    """
    import pandas as pd

    pregnancies = engine.has("registers.pregnancies")
    frames = []
    for one in outcomes:
        engine.run(
            f"CREATE OR REPLACE TEMP TABLE reported AS {reported_sql(one, day, horizon, pregnancies=pregnancies)}"
        )
        frames.append(engine.frame(_counts_sql(groups, one, day, wijken)))
    engine.run("DROP TABLE IF EXISTS reported")
    return Standing(pd.concat(frames, ignore_index=True), tuple(one.outcome for one in outcomes))


def _counts_sql(groups: Sequence[TargetGroup], one: Recorded, day: date, wijken: Sequence[str]) -> str:
    conditions = {EVERYBODY: "TRUE"} | {group.id: f"coalesce({filter_sql(parsed(group))}, FALSE)" for group in groups}
    here = f"coalesce(area_block, {quote(UNKNOWN)}) IN ({', '.join(map(quote, wijken))})"
    eligible = f"index_date = {literal(day)} AND outcome IS NOT NULL AND NOT apart AND {here}"
    first = " AND NOT earlier" if one.only_first else ""
    selects = [
        f"SELECT {quote(name)} AS target_group, {quote(one.outcome.id)} AS outcome_id, "
        f"coalesce(area_block, {quote(UNKNOWN)}) AS area_block, count(*) AS families, "
        "count(r.family) AS outcomes, count(*) FILTER (r.police) AS police\n"
        f"FROM levels LEFT JOIN reported r USING (family) WHERE {eligible}{first} AND {condition} GROUP BY ALL"
        for name, condition in conditions.items()
    ]
    return "\nUNION ALL\n".join(selects) + "\nORDER BY ALL"


def places_of(standing: Standing, *, seed: int = 1) -> tuple[Place, ...]:
    """The place of every group by every outcome, with its interval."""
    return tuple(
        place for number, outcome in enumerate(standing.outcomes) for place in _places(standing, outcome, seed + number)
    )


def ranks_table(targets: Targets, standing: Standing, *, seed: int = 1) -> Table:
    """``target_ranks``: the place of every group by every outcome; not yet released."""
    named = {str(place): same(str(place)) for place in range(1, len(targets.groups) + 1)}
    named[NO_PLACE] = Text("too few reports", "te weinig meldingen")
    rows: list[tuple[Value, ...]] = [
        (item.group, item.outcome, *(_code(value) for value in (item.place, item.low, item.high)))
        for item in places_of(standing, seed=seed)
    ]
    return Table(
        "target_ranks",
        Text("The place of each target group by each outcome", "De plaats van elke doelgroep bij elke uitkomst"),
        (
            Column(
                "group", "key", Text("target group", "doelgroep"), labels={g.id: g.name for g in targets.groups}
            ),
            Column("outcome", "key", Text("outcome", "uitkomst"), labels={o.id: o.name for o in standing.outcomes}),
            Column("place", "code", Text("place (1: highest rate)", "plaats (1: hoogste cijfer)"), labels=named),
            Column("low", "code", Text("at best", "op zijn hoogst"), labels=named),
            Column("high", "code", Text("at worst", "op zijn laagst"), labels=named),
        ),
        tuple(rows),
        note=Text(
            "Judged on families that the groups were not found on. From best to worst place holds with 95% confidence "
            "for all groups at once; groups whose places overlap cannot be told apart.",
            "Beoordeeld op gezinnen waarop de groepen niet gevonden zijn. De hoogste en laagste plaats gelden met 95% "
            "zekerheid voor alle groepen tegelijk; groepen waarvan de plaatsen overlappen zijn niet te onderscheiden.",
        ),
    )  # fmt: skip


def reporters_table(targets: Targets, standing: Standing, *, known: bool = True) -> Table:
    """``target_reporters``: what share of each group's outcomes police reported; not yet released.

    Parameters
    ----------
    known
        Does the register say who reported? Else the shares are not covered: never zero.
    """
    own = standing.counts[standing.counts["outcome_id"] == standing.outcomes[0].id]
    sums = own.groupby("target_group")[["families", "outcomes", "police"]].sum().T.to_dict()
    rows: list[tuple[Value, ...]] = []
    for name in (EVERYBODY, *(group.id for group in targets.groups)):
        counts = sums.get(name, {})
        families, outcomes, police = (int(counts.get(column, 0)) for column in ("families", "outcomes", "police"))
        if outcomes and not known:
            rows.append((name, families, outcomes, None, None, None, None))
        elif outcomes:
            bounds = wilson(police, outcomes)
            rows.append((name, families, outcomes, police, police / outcomes, float(bounds.low), float(bounds.high)))
    return Table(
        "target_reporters",
        Text("What share of each group's reports came from police", "Welk deel van de meldingen van de politie kwam"),
        (
            Column("group", "key", Text("target group", "doelgroep"), labels=_names(targets)),
            Column("families", "count", Text("families judged on", "gezinnen beoordeeld"), "families", additive=False),
            Column(
                "outcomes", "count", Text("with a recorded report", "met een melding"), "families", base="families",
                additive=False,
            ),
            Column("police", "count", Text("reported by the police", "gemeld door de politie"), "families",
                additive=False),
            Column("share", "rate", Text("share", "deel"), "share", of="police", base="outcomes"),
            Column("low", "estimate", Text("lower bound", "ondergrens"), "share", base="outcomes"),
            Column("high", "estimate", Text("upper bound", "bovengrens"), "share", base="outcomes"),
        ),
        tuple(rows),
        note=Text(
            "A family counts when at least one of its reports came from the police. Where that share is high, the "
            "group stands high partly because police are called there.",
            "Een gezin telt mee als minstens een melding van de politie kwam. Is dat deel hoog, dan staat de groep "
            "deels hoog doordat daar de politie komt.",
        ),
    )  # fmt: skip


def _places(standing: Standing, outcome: Outcome, seed: int) -> list[Place]:
    own = standing.counts[standing.counts["outcome_id"] == outcome.id]
    groups = [name for name in dict.fromkeys(own["target_group"]) if name != EVERYBODY]
    sums = own.groupby("target_group")["outcomes"].sum()
    enough = [name for name in groups if sums[name] >= FEWEST]
    wijken = sorted(own["area_block"].unique())
    families, found = (_by_wijk(own, enough, wijken, name) for name in ("families", "outcomes"))
    places = _ranks(families, found, seed) if enough else {}
    return [
        Place(name, outcome.id, *(places[enough.index(name)] if name in enough else (None, None, None)))
        for name in groups
    ]


def _by_wijk(own: pd.DataFrame, groups: Sequence[str], wijken: Sequence[str], name: str) -> Floats:
    """Shape ``(groups, wijken)``."""
    table = own.pivot_table(index="target_group", columns="area_block", values=name, aggfunc="sum", fill_value=0)
    return table.reindex(index=list(groups), columns=list(wijken), fill_value=0).to_numpy(np.float64)


def _ranks(families: Floats, found: Floats, seed: int) -> Mapping[int, tuple[int | None, int | None, int | None]]:
    rates = found.sum(axis=1) / families.sum(axis=1)
    order = {int(group): place for place, group in enumerate(np.argsort(-rates, kind="stable"), start=1)}
    if families.shape[1] < FEWEST_WIJKEN:
        return {group: (place, None, None) for group, place in order.items()}
    higher = _surely_higher(families, found, rates, seed)
    count = len(rates)
    return {k: (order[k], 1 + int(higher[:, k].sum()), count - int(higher[k].sum())) for k in range(count)}


def _surely_higher(families: Floats, found: Floats, rates: Floats, seed: int) -> NDArray[np.bool_]:
    """Entry ``[j, k]``: is the rate of group j higher than that of k, at 95% for all pairs at once?"""
    wijken = families.shape[1]
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(wijken, np.full(wijken, 1 / wijken), size=DRAWS).astype(np.float64)
    drawn = (weights @ found.T) / np.maximum(weights @ families.T, 1e-9)
    gaps = drawn[:, :, None] - drawn[:, None, :]
    apart = rates[:, None] - rates[None, :]
    error = gaps.std(axis=0) * np.sqrt(wijken / (wijken - 1)) + 1e-12
    largest = np.abs((gaps - apart) / error).max(axis=(1, 2))
    return np.asarray(apart > np.quantile(largest, 0.95) * error)


def _code(value: int | None) -> str:
    return NO_PLACE if value is None else str(value)


def _names(targets: Targets) -> dict[str, Text]:
    return {EVERYBODY: EVERYBODY_LABEL} | {group.id: group.name for group in targets.groups}

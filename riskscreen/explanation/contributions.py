"""Contributions of stressors and domains to points: exact, they add up to the points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from riskscreen.explanation.stability import DIGITS, steadiness
from riskscreen.records.card import Card
from riskscreen.records.definitions import DOMAINS, Stressor
from riskscreen.records.tables import Column, Kind, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.stats.rows import Rows

Array = NDArray[np.float64]


def points_by_stressor(card: Card, levels: Mapping[str, Array], rows: int) -> dict[str, Array]:
    """Points of each stressor of the card per row, shape ``(rows,)``; together the total points."""
    points = {name: np.zeros(rows) for name in card.stressors}
    for line in card.lines:
        points[line.stressor] += line.points * line.holds(np.asarray(levels[line.stressor], dtype=np.float64))
    return points


def stressor_table(
    card: Card, points: Mapping[str, Array], rows: Rows, stressors: Mapping[str, Stressor], *, seed: int = 0
) -> Table:
    """Mean points per stressor over all families, largest first, with how steady that is, and its share of all points.

    Parameters
    ----------
    points
        Points per stressor and row, shape ``(rows,)`` each.
    rows
        The rows, with families and neighbourhoods.
    """
    names, families = tuple(points), rows.families
    columns = np.column_stack([points[name] for name in names]) if names else np.zeros((len(families), 0))
    everyone = float(families.sum())
    means = families @ columns / everyone if everyone > 0 else np.zeros(len(names))
    sizes = card.slope * (families @ np.abs(columns - means) / everyone if everyone > 0 else means)
    steady = steadiness(columns, families, rows.block, seed)
    total = float(means.sum())
    order = sorted(range(len(names)), key=lambda j: (-means[j], names[j]))
    body = tuple(
        (
            names[j],
            _domain(names[j], stressors),
            float(means[j]),
            *_known(max(steady.low[j], 0.0), steady.high[j], everyone),
            place,
            int(steady.first[j]),
            int(steady.last[j]),
            float(means[j]) / total if total > 0 else None,
            round(float(sizes[j]), DIGITS),
            int(everyone),
        )
        for place, j in enumerate(order, start=1)
    )
    title = Text("Where the points come from, by stressor", "Waar de punten vandaan komen, per stressor")
    return Table("contributions", title, _stressor_columns(names, stressors), body, _STEADY_NOTE)


def domain_table(points: Mapping[str, Array], families: Array, stressors: Mapping[str, Stressor]) -> Table:
    """Mean points per domain over all families, largest first, and its share of all points."""
    means: dict[str, float] = {}
    for name, column in points.items():
        domain = _domain(name, stressors)
        means[domain] = means.get(domain, 0.0) + _mean(column, families)
    total = sum(means.values())
    body: list[tuple[Value, ...]] = [
        (domain, mean, mean / total if total > 0 else None, int(families.sum()))
        for domain, mean in sorted(means.items(), key=lambda item: (-item[1], item[0]))
    ]
    labels = {**DOMAINS, "unknown": Text("unknown", "onbekend")}
    columns = (Column("domain", "key", Text("domain", "domein"), labels=labels), *_mean_columns())
    title = Text("Where the points come from, by domain", "Waar de punten vandaan komen, per domein")
    return Table("contributions_domain", title, columns, tuple(body), _NOTE)


def stressor_names(names: Sequence[str], stressors: Mapping[str, Stressor]) -> dict[str, Text]:
    """The wording of each stressor; the bare id where there is no definition."""
    return {name: stressors[name].name if name in stressors else same(name) for name in names}


_NOTE = Text(
    "Points are added up line by line, so these contributions are exact. They show what goes together with recorded "
    "reports, not what causes maltreatment.",
    "Punten worden per regel opgeteld, dus deze bijdragen kloppen precies. Ze laten zien wat samengaat met "
    "geregistreerde meldingen, niet wat kindermishandeling veroorzaakt.",
)


_STEADY_NOTE = Text(
    f"{_NOTE.en} The intervals (95%) draw neighbourhoods again; the places hold for all stressors at once. The size "
    "of a contribution is measured against the mean over all families, in log-odds, as for the challenger.",
    f"{_NOTE.nl} De intervallen (95%) trekken de wijken opnieuw; de plaatsen gelden voor alle stressoren tegelijk. De "
    "grootte van een bijdrage is gemeten ten opzichte van het gemiddelde over alle gezinnen, in log-odds, net als bij "
    "de uitdager.",
)


def _known(low: float, high: float, everyone: float) -> tuple[Value, Value]:
    return (float(low), float(high)) if everyone > 0 else (None, None)


def _mean(column: Array, families: Array) -> float:
    everyone = float(families.sum())
    return float(np.sum(column * families)) / everyone if everyone > 0 else 0.0


def _domain(name: str, stressors: Mapping[str, Stressor]) -> str:
    return stressors[name].domain if name in stressors else "unknown"


def _mean_columns() -> tuple[Column, ...]:
    return _estimate("mean_points"), _estimate("share_of_points"), _FAMILIES


def _stressor_columns(names: Sequence[str], stressors: Mapping[str, Stressor]) -> tuple[Column, ...]:
    return (
        Column("stressor", "key", Text("stressor", "stressor"), labels=stressor_names(names, stressors)),
        Column("domain", "code", Text("domain", "domein"), labels={**DOMAINS, "unknown": Text("unknown", "onbekend")}),
        *(_estimate(name) for name in _ESTIMATES),
        _FAMILIES,
    )


def _estimate(name: str) -> Column:
    title, unit = _ESTIMATES[name]
    kind: Kind = "number" if name.startswith("place") else "estimate"  # a place in an order is no figure to divide by
    return Column(name, kind, title, unit, base="families")


_ESTIMATES = {
    "mean_points": (Text("mean points per family", "gemiddelde punten per gezin"), "points"),
    "low": (Text("from", "van"), "points"),
    "high": (Text("to", "tot"), "points"),
    "place": (Text("place", "plaats"), ""),
    "place_first": (Text("place: from", "plaats: van"), ""),
    "place_last": (Text("place: to", "plaats: tot"), ""),
    "share_of_points": (Text("share of all points", "aandeel van alle punten"), "share"),
    "mean_abs_log_odds": (
        Text("mean size of the contribution (log-odds)", "gemiddelde grootte van de bijdrage (log-odds)"),
        "",
    ),
}
_FAMILIES = Column("families", "count", Text("families", "gezinnen"), "families", additive=False)

"""Contributions of stressors and domains to points: exact, they add up to the points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from riskscreen.records.card import Card
from riskscreen.records.definitions import DOMAINS, Stressor
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text, same

Array = NDArray[np.float64]


def points_by_stressor(card: Card, levels: Mapping[str, Array], rows: int) -> dict[str, Array]:
    """Points of each stressor of the card per row, shape ``(rows,)``; together the total points."""
    points = {name: np.zeros(rows) for name in card.stressors}
    for line in card.lines:
        points[line.stressor] += line.points * line.holds(np.asarray(levels[line.stressor], dtype=np.float64))
    return points


def stressor_table(points: Mapping[str, Array], families: Array, stressors: Mapping[str, Stressor]) -> Table:
    """Mean points per stressor over all families, largest first, and its share of all points.

    Parameters
    ----------
    points
        Points per stressor and row, shape ``(rows,)`` each.
    families
        Shape ``(rows,)``.
    """
    everyone = float(families.sum())
    means = {name: _mean(column, families) for name, column in points.items()}
    total = sum(means.values())
    body: list[tuple[Value, ...]] = [
        (
            name,
            _domain(name, stressors),
            mean,
            mean / total if total > 0 else None,
            int(everyone),
        )
        for name, mean in sorted(means.items(), key=lambda item: (-item[1], item[0]))
    ]
    columns = (
        Column("stressor", "key", Text("stressor", "stressor"), labels=stressor_names(tuple(points), stressors)),
        Column("domain", "code", Text("domain", "domein"), labels={**DOMAINS, "unknown": Text("unknown", "onbekend")}),
        *_mean_columns(),
    )
    title = Text("Where the points come from, by stressor", "Waar de punten vandaan komen, per stressor")
    return Table("contributions", title, columns, tuple(body), _NOTE)


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


def _mean(column: Array, families: Array) -> float:
    everyone = float(families.sum())
    return float(np.sum(column * families)) / everyone if everyone > 0 else 0.0


def _domain(name: str, stressors: Mapping[str, Stressor]) -> str:
    return stressors[name].domain if name in stressors else "unknown"


def _mean_columns() -> tuple[Column, ...]:
    return (
        Column(
            "mean_points",
            "estimate",
            Text("mean points per family", "gemiddelde punten per gezin"),
            "points",
            base="families",
        ),
        Column(
            "share_of_points",
            "estimate",
            Text("share of all points", "aandeel van alle punten"),
            "share",
            base="families",
        ),
        Column("families", "count", Text("families", "gezinnen"), "families", additive=False),
    )

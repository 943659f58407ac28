"""Rates per wijk or buurt: each drawn towards what is expected there, with an interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.records.card import Card
from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Column, Table
from riskscreen.records.texts import Text, same
from riskscreen.stats.pooling import pool_binomial

if TYPE_CHECKING:
    import pandas as pd

Level = Literal["wijk", "buurt"]
KEY: Mapping[Level, str] = {"wijk": "area_block", "buurt": "area"}
"""The column of the counts that names the area at each level."""

UNKNOWN = "unknown"
UNKNOWN_LABEL = Text("area not known", "gebied onbekend")
NAMES: Mapping[Level, Text] = {"wijk": Text("wijken", "wijken"), "buurt": Text("buurten", "buurten")}


@dataclass(frozen=True, slots=True)
class AreaEstimate:
    """One area: its counts, its own rate, and its estimate.

    Parameters
    ----------
    families, children, outcomes
        Counts on the index date; ``outcomes``: families with the recorded outcome within the horizon.
    rate
        ``outcomes / families``, per 1; ``None`` without families.
    estimate, low, high
        Shrunken rate per 1 and its 95% interval.
    own_share
        Weight of the area's own families in its estimate, 0 to 1.
    urbanity
        1 (most urban) to 5, or ``None``.
    """

    area: str
    name: str
    within: str | None
    families: int
    children: int
    outcomes: int
    rate: float | None
    estimate: float
    low: float
    high: float
    own_share: float
    urbanity: int | None


@dataclass(frozen=True, repr=False)
class AreaEstimates:
    """Estimates of all areas of one level, largest first; prints only what is safe to show.

    Parameters
    ----------
    level
        ``wijk`` or ``buurt``.
    rows
        One per area.
    spread
        How much areas differ beyond chance: standard deviation of the log-odds.
    towards
        ``card`` (the risk that the card expects from the area's profiles) or ``overall``.
    threshold, estimate_base
        An area is shown when it has at least both numbers of families.
    """

    level: Level
    rows: tuple[AreaEstimate, ...]
    spread: float
    towards: Literal["card", "overall"]
    threshold: int
    estimate_base: int

    def shown(self) -> list[dict[str, str | float]]:
        """Area, name, estimate and interval of the areas that are large enough; no counts."""
        least = max(self.threshold, self.estimate_base)
        return [
            {"area": row.area, "name": row.name, "estimate": row.estimate, "low": row.low, "high": row.high}
            for row in self.rows
            if row.families >= least
        ]

    def table(self) -> Table:
        """``areas_wijk`` or ``areas_buurt``, with a row *total*; not yet released."""
        labels = {row.area: same(row.name) for row in self.rows if row.area != UNKNOWN}
        if any(row.area == UNKNOWN for row in self.rows):
            labels[UNKNOWN] = UNKNOWN_LABEL
        name = NAMES[self.level]
        rows = [
            (r.area, r.families, r.children, r.outcomes, r.rate, r.estimate, r.low, r.high, r.own_share, r.urbanity)
            for r in self.rows
        ]
        return Table(
            f"areas_{self.level}",
            Text(f"Recorded reports by {self.level}", f"Geregistreerde meldingen per {self.level}"),
            _columns(labels),
            (*rows, self._total()),
            note=Text(
                f"Estimates of small {name.en} are drawn towards "
                + ("what their profiles make expected" if self.towards == "card" else "the overall rate")
                + "; own share says how much weight the area's own families have. Intervals are 95%. Recorded reports "
                "are not all maltreatment, and reporting differs between areas.",
                f"Schattingen van kleine {name.nl} zijn bijgetrokken naar "
                + ("wat hun profielen doen verwachten" if self.towards == "card" else "het gemiddelde")
                + "; het eigen aandeel zegt hoe zwaar de eigen gezinnen tellen. Marges zijn 95%. Niet alle "
                "mishandeling wordt gemeld, en hoe vaak er gemeld wordt verschilt per gebied.",
            ),
        )

    def plot(self, polygons: Mapping[str, str] | None = None) -> Any:
        """A dot plot with intervals (altair), or a map when polygons (GeoJSON geometries as text) are given."""
        from riskscreen.areas.charts import plot_area_map, plot_areas

        if polygons is None:
            return plot_areas(self.shown())
        return plot_area_map(self.shown(), polygons)

    def __str__(self) -> str:
        shown = sorted(self.shown(), key=lambda row: -float(row["estimate"]))
        lines = [
            f"{len(shown)} of {len(self.rows)} {NAMES[self.level]} large enough to show; recorded reports per 1,000 "
            "families in a year (95% interval)"
        ]
        lines += [
            f"  {row['name']!s:<28} {_per_1000(row['estimate']):>5} ({_per_1000(row['low'])}-{_per_1000(row['high'])})"
            for row in shown[:20]
        ]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        head = "<tr><th>area</th><th>per 1,000</th><th>low</th><th>high</th></tr>"
        body = "".join(
            f"<tr><td>{escape(str(row['name']))}</td><td>{_per_1000(row['estimate'])}</td>"
            f"<td>{_per_1000(row['low'])}</td><td>{_per_1000(row['high'])}</td></tr>"
            for row in sorted(self.shown(), key=lambda row: -float(row["estimate"]))
        )
        return f"<table>{head}{body}</table>"

    def _total(self) -> tuple[str | int | float | None, ...]:
        families = sum(row.families for row in self.rows)
        children = sum(row.children for row in self.rows)
        outcomes = sum(row.outcomes for row in self.rows)
        rate = outcomes / families if families else None
        return (TOTAL, families, children, outcomes, rate, None, None, None, None, None)


def estimate_areas(
    cells: pd.DataFrame,
    *,
    level: Level,
    areas: pd.DataFrame | None,
    card: Card | None = None,
    threshold: int,
    estimate_base: int = 100,
) -> AreaEstimates:
    """Shrunken rates of the recorded outcome per area, with 95% intervals.

    Parameters
    ----------
    cells
        Counts: ``area`` (buurt), ``area_block`` (wijk), ``outcome`` (0/1), ``families``, ``children``, and with a card
        ``points``. Rows without a known outcome are left out.
    level
        ``wijk`` or ``buurt``.
    areas
        ``area, name`` and, where known, ``within`` and ``urbanity``; ``None`` without a register of areas.
    card
        Draws estimates towards the risk that the card expects from an area's points; without one (or without
        ``points``) towards the overall rate.
    threshold, estimate_base
        Fewest families of an area that is printed or drawn; the gate has its own say over what leaves.

    Raises
    ------
    UsageError
        A column is missing, or there is no family with a known outcome.
    """
    _check(cells, level)
    known = cells[cells["outcome"].notna()]
    if known.empty:
        raise UsageError("no family has a known outcome, so no area can be estimated", do="use an earlier index date")
    by_card = card is not None and "points" in known.columns
    sums = _sums(known, KEY[level], card if by_card else None)
    trials, events = _column(sums, "families"), _column(sums, "outcomes")
    expected = np.clip(_column(sums, "expected") / np.maximum(trials, 1), 1e-5, 1 - 1e-5) if by_card else None
    pooled = pool_binomial(events, trials, expected)
    about = _about(areas)
    rows = [
        _row(str(code), index, sums, pooled.estimate, pooled.low, pooled.high, pooled.own_share, about)
        for index, code in enumerate(sums.index)
    ]
    rows.sort(key=lambda row: (-row.families, row.area))
    towards: Literal["card", "overall"] = "card" if by_card else "overall"
    return AreaEstimates(level, tuple(rows), pooled.spread, towards, threshold, estimate_base)


def _check(cells: pd.DataFrame, level: Level) -> None:
    if level not in KEY:
        raise UsageError(f"level {level!r} is not known", do="choose wijk or buurt")
    missing = {KEY[level], "outcome", "families", "children"} - set(cells.columns)
    if missing:
        raise UsageError(f"the counts lack {', '.join(sorted(missing))}", do="count by area, area_block and outcome")


def _sums(known: pd.DataFrame, key: str, card: Card | None) -> pd.DataFrame:
    frame = known[[key, "families", "children"]].copy()
    frame[key] = frame[key].fillna(UNKNOWN)
    frame["outcomes"] = known["families"] * known["outcome"].astype(float)
    if card is not None:
        frame["expected"] = card.risk(known["points"].to_numpy(dtype=np.int64)) * known["families"].to_numpy()
    return frame.groupby(key, sort=True).sum()


def _about(areas: pd.DataFrame | None) -> dict[str, dict[str, Any]]:
    if areas is None:
        return {}
    return {str(row["area"]): {str(key): value for key, value in row.items()} for row in areas.to_dict("records")}


def _row(
    code: str,
    index: int,
    sums: pd.DataFrame,
    estimate: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    own: NDArray[np.float64],
    about: Mapping[str, Mapping[str, Any]],
) -> AreaEstimate:
    facts = about.get(code, {})
    families, outcomes = int(sums["families"].iloc[index]), int(sums["outcomes"].iloc[index])
    urbanity, within = facts.get("urbanity"), facts.get("within")
    return AreaEstimate(
        area=code,
        name=str(facts.get("name") or code),
        within=str(within) if isinstance(within, str) else None,
        families=families,
        children=int(sums["children"].iloc[index]),
        outcomes=outcomes,
        rate=outcomes / families if families else None,
        estimate=float(estimate[index]),
        low=float(low[index]),
        high=float(high[index]),
        own_share=float(own[index]),
        urbanity=int(urbanity) if urbanity is not None and urbanity == urbanity else None,
    )


def _columns(labels: Mapping[str, Text]) -> tuple[Column, ...]:
    def estimated(name: str, en: str, nl: str, unit: str = "per 1,000") -> Column:
        return Column(name, "estimate", Text(en, nl), unit, base="families")

    return (
        Column("area", "key", Text("area", "gebied"), labels={**labels, TOTAL: TOTAL_LABEL}),
        Column("families", "count", Text("families", "gezinnen"), "families"),
        Column("children", "count", Text("children", "kinderen"), "children"),
        Column("outcomes", "count", Text("with a recorded report", "met een melding"), "families"),
        Column("rate", "rate", Text("own rate", "eigen cijfer"), "per 1,000", of="outcomes", base="families"),
        estimated("estimate", "estimate", "schatting"),
        estimated("low", "lower bound", "ondergrens"),
        estimated("high", "upper bound", "bovengrens"),
        estimated("own_share", "weight of its own families", "gewicht van de eigen gezinnen", "share"),
        Column("urbanity", "number", Text("urbanity (1 most urban)", "stedelijkheid (1 = meest stedelijk)")),
    )


def _column(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    return frame[name].to_numpy(dtype=np.float64)


def _per_1000(rate: str | float) -> str:
    return f"{1000 * float(rate):.0f}"

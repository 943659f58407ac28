"""Rates per buurt, wijk, gemeente or provincie: counted, expected by the card, and estimated with an interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.areas.need import Reporting, need_range
from riskscreen.areas.outlines import match_outlines
from riskscreen.areas.placing import known_codes
from riskscreen.areas.tree import NAMES, UNKNOWN, AreaTree, Level, area_tree, check_one_wijk, known_level
from riskscreen.errors import UsageError
from riskscreen.records.card import Card
from riskscreen.records.tables import Table
from riskscreen.stats.benchmarked import Benchmarked, benchmark
from riskscreen.stats.intervals import wilson
from riskscreen.stats.small_areas import SmallAreas, pool_areas

if TYPE_CHECKING:
    import pandas as pd

Towards = Literal["card", "wijk", "overall"]
"""What a small area is drawn towards: what the card expects there, its larger area, or the overall rate."""
Array = NDArray[np.float64]
_KEYS = {"buurt": "area", "wijk": "area_block"}


@dataclass(frozen=True, slots=True)
class AreaEstimate:
    """One area: its counts, its own rate, and its estimate.

    Parameters
    ----------
    families, children, outcomes
        Counts on the index date; ``outcomes``: families with the recorded outcome within the horizon.
    rate, rate_low, rate_high
        ``outcomes / families``, per 1, and its 95% interval (Wilson); ``None`` without families.
    expected
        Rate that the card expects from the profiles there, per 1; ``None`` without a card.
    estimate, low, high
        Model-based rate per 1 and its 95% interval; adds up to the recorded total of the municipality.
    need_low, need_high
        Share of families with need if the assumption about reporting holds; ``None`` without one.
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
    rate_low: float | None
    rate_high: float | None
    expected: float | None
    estimate: float
    low: float
    high: float
    need_low: float | None
    need_high: float | None
    own_share: float
    urbanity: int | None


@dataclass(frozen=True, repr=False)
class AreaEstimates:
    """Estimates of all areas of one level, largest first; prints only what is safe to show.

    Parameters
    ----------
    level
        ``buurt``, ``wijk``, ``gemeente`` or ``provincie``.
    rows
        One per area.
    spread, around
        How much areas differ beyond chance inside their larger area, and how much these differ: standard deviations of
        the log-odds.
    slope, slope_sd
        How far the card's expectation is followed (1 fully, 0 not at all); ``nan`` without one.
    towards
        ``card`` (the risk that the card expects from the area's profiles), ``wijk`` (its larger area) or ``overall``.
    threshold, estimate_base
        An area is shown when it has at least both numbers of families.
    reporting
        The assumption behind the need; ``None`` without one.
    """

    level: Level
    rows: tuple[AreaEstimate, ...]
    spread: float
    around: float
    slope: float
    slope_sd: float
    towards: Towards
    threshold: int
    estimate_base: int
    reporting: Reporting | None = None

    def large(self) -> tuple[AreaEstimate, ...]:
        """The known areas with enough families for an estimate."""
        least = max(self.threshold, self.estimate_base)
        return tuple(row for row in self.rows if row.families >= least and row.area != UNKNOWN)

    def shown(self) -> list[dict[str, str | float]]:
        """Area, name, estimate and interval of the areas that are large enough; no counts."""
        least = max(self.threshold, self.estimate_base)
        return [
            {"area": row.area, "name": row.name, "estimate": row.estimate, "low": row.low, "high": row.high}
            for row in self.rows
            if row.families >= least
        ]

    def table(self) -> Table:
        """``areas_<level>``, with a row *total*; not yet released."""
        from riskscreen.areas.rate_table import rate_table

        return rate_table(self)

    def ranks(self) -> Table | None:
        """``areas_ranks_<level>``: joint confidence sets of ranks; ``None`` with fewer than two areas large enough."""
        from riskscreen.areas.ranking import rank_table

        return rank_table(self)

    def funnel(self) -> Table | None:
        """``areas_funnel_<level>``: limits by size; ``None`` when fewer than five areas are large enough."""
        from riskscreen.areas.funnels import funnel_table

        return funnel_table(self)

    def plot(self, polygons: Mapping[str, str] | None = None) -> Any:
        """A dot plot with intervals (altair), or a map when polygons (GeoJSON geometries as text) are given."""
        from riskscreen.areas.charts import plot_area_map, plot_areas

        if polygons is None:
            return plot_areas(self.shown())
        match_outlines(polygons, [row.area for row in self.rows])
        return plot_area_map(self.shown(), polygons)

    def __str__(self) -> str:
        shown = sorted(self.shown(), key=lambda row: -float(row["estimate"]))
        lines = [
            f"{len(shown)} of {len(self.rows)} {NAMES[self.level].en} large enough to show; recorded reports per 1,000 "
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


@dataclass(frozen=True, slots=True)
class _Counts:
    """Counts per area and where it lies; arrays of shape ``(areas,)``."""

    codes: list[str]
    families: Array
    children: Array
    outcomes: Array
    expected: Array | None
    around: list[str]
    municipality: list[str]


def estimate_areas(
    cells: pd.DataFrame,
    *,
    level: Level,
    areas: pd.DataFrame | None,
    card: Card | None = None,
    threshold: int,
    estimate_base: int = 100,
    towards: Towards | None = None,
    reporting: Reporting | None = None,
) -> AreaEstimates:
    """Rates of the recorded outcome per area: counted, expected and model-based, with 95% intervals.

    Parameters
    ----------
    cells
        Counts: ``area`` (buurt), ``area_block`` (wijk), ``outcome`` (0/1), ``families``, ``children``, and with a card
        ``points``. Rows without a known outcome are left out.
    level
        ``buurt``, ``wijk``, ``gemeente`` or ``provincie``; the last two need a register of areas, or CBS codes.
    areas
        ``area, name`` and, where known, ``kind``, ``within`` and ``urbanity``; ``None`` without a register of areas.
    card
        Gives what is expected from an area's points.
    threshold, estimate_base
        Fewest families of an area that is printed or drawn; the gate has its own say over what leaves.
    towards
        ``card``: what the card expects, as far as areas bear it out, and the larger area around it; ``wijk``: that
        larger area; ``overall``: the overall rate. Default the card when there is one, else the overall rate.
    reporting
        With it, the range of families with need.

    Raises
    ------
    UsageError
        A column is missing, the level is not known, there is no family with a known outcome, or there is no card to
        draw towards.
    RegisterError
        An area lies in two others.
    """
    counts = _counts(cells, known_level(level), areas, card)
    chosen = towards or ("card" if counts.expected is not None else "overall")
    if chosen == "card" and counts.expected is None:
        raise UsageError("nothing to draw towards: no card, or no points in the counts", do="choose wijk or overall")
    pooled = pool_areas(
        counts.outcomes,
        counts.families,
        counts.expected if chosen == "card" else None,
        groups=None if chosen == "overall" else np.array(counts.around),
    )
    added = benchmark(
        pooled.estimate,
        pooled.low,
        pooled.high,
        trials=counts.families,
        events=counts.outcomes,
        totals=np.array(counts.municipality),
    )
    rows = sorted(_rows(counts, pooled, added, _about(areas), reporting), key=lambda row: (-row.families, row.area))
    return AreaEstimates(
        level,
        tuple(rows),
        pooled.within,
        pooled.around,
        pooled.slope,
        pooled.slope_sd,
        chosen,
        threshold,
        estimate_base,
        reporting,
    )


def levels_known(cells: pd.DataFrame, areas: pd.DataFrame | None, threshold: int) -> tuple[Level, ...]:
    """The levels at which these counts can be told: wijk and buurt, and what lies above them where that is known.

    A level of which no area is known is left out: all families would be in one area called *unknown*.

    A province is told only when every municipality in it has enough families, with and without the outcome: the gate
    ties buurten, wijken and municipalities by their codes, but does not know which municipality lies in which province.

    Parameters
    ----------
    cells, areas
        As for :func:`estimate_areas`.
    threshold
        Smaller counts are hidden.
    """
    below: tuple[Level, ...] = tuple(level for level in ("wijk", "buurt") if known_codes(cells, _KEYS[level]))
    towns = _counts(cells, "gemeente", areas, None)
    if set(towns.codes) <= {UNKNOWN}:
        return below
    provinces = set(towns.around) - {UNKNOWN}
    least = np.minimum(towns.outcomes, towns.families - towns.outcomes)
    told = bool(provinces) and bool((least >= threshold).all())
    return (*below, "gemeente", "provincie") if told else (*below, "gemeente")


def _counts(cells: pd.DataFrame, level: Level, areas: pd.DataFrame | None, card: Card | None) -> _Counts:
    _check(cells, level)
    known = cells[cells["outcome"].notna()]
    if known.empty:
        raise UsageError("no family has a known outcome, so no area can be estimated", do="use an earlier index date")
    tree = area_tree(areas)
    wijken = _wijk_of(known)
    sums = _sums(known, _key_of(known, level, tree), card if "points" in known.columns else None)
    codes = [str(code) for code in sums.index]
    families = _column(sums, "families")
    expected = None
    if "expected" in sums.columns:
        expected = np.clip(_column(sums, "expected") / np.maximum(families, 1), 1e-5, 1 - 1e-5)
    towns = _only_one([_above(code, "gemeente", tree, wijken) for code in codes])
    around = [_above(code, _NEXT[level], tree, wijken) for code in codes]
    if level != "buurt":
        around = _only_one(around)
    return _Counts(codes, families, _column(sums, "children"), _column(sums, "outcomes"), expected, around, towns)


_NEXT: Mapping[Level, Level] = {"buurt": "wijk", "wijk": "gemeente", "gemeente": "provincie", "provincie": "provincie"}


def _check(cells: pd.DataFrame, level: Level) -> None:
    key = _KEYS.get(level, "area_block")
    missing = {key, "outcome", "families", "children"} - set(cells.columns)
    if missing:
        raise UsageError(f"the counts lack {', '.join(sorted(missing))}", do="count by area, area_block and outcome")


def _wijk_of(known: pd.DataFrame) -> dict[str, str]:
    """The wijk of every buurt, as the counts have it."""
    if not {"area", "area_block"} <= set(known.columns):
        return {}
    pairs = known[["area", "area_block"]].dropna().drop_duplicates()
    found = [(str(buurt), str(wijk)) for buurt, wijk in zip(pairs["area"], pairs["area_block"], strict=True)]
    check_one_wijk(found)
    return dict(found)


def _above(code: str, level: Level, tree: AreaTree, wijken: Mapping[str, str]) -> str:
    wijk = wijken.get(code, code)
    return wijk if level == "wijk" else tree.around(wijk, level)


def _only_one(towns: list[str]) -> list[str]:
    """Families of an unknown area are in the municipality, when there is but one."""
    known = set(towns) - {UNKNOWN}
    return [next(iter(known)) for _ in towns] if len(known) == 1 else towns


def _key_of(known: pd.DataFrame, level: Level, tree: AreaTree) -> pd.Series[str]:
    own = known[_KEYS.get(level, "area_block")].astype(object)
    codes = own.where(own.notna(), UNKNOWN).astype(str)
    if level in _KEYS:
        return codes
    above = {code: tree.around(code, level) for code in sorted(set(codes))}
    single = dict(zip(above, _only_one(list(above.values())), strict=True))
    return codes.map(single)


def _sums(known: pd.DataFrame, key: pd.Series[str], card: Card | None) -> pd.DataFrame:
    frame = known[["families", "children"]].copy()
    frame["outcomes"] = known["families"] * known["outcome"].astype(float)
    if card is not None:
        frame["expected"] = card.risk(known["points"].to_numpy(dtype=np.int64)) * known["families"].to_numpy()
    return frame.groupby(key.rename("area"), sort=True).sum()


def _about(areas: pd.DataFrame | None) -> dict[str, dict[str, Any]]:
    if areas is None:
        return {}
    return {str(row["area"]): {str(key): value for key, value in row.items()} for row in areas.to_dict("records")}


def _rows(
    counts: _Counts,
    pooled: SmallAreas,
    added: Benchmarked,
    about: Mapping[str, Mapping[str, Any]],
    reporting: Reporting | None,
) -> list[AreaEstimate]:
    direct = wilson(counts.outcomes, counts.families)
    need = None if reporting is None else need_range(added.low, added.high, reporting)
    return [
        _row(counts, i, about.get(code, {}), direct.low[i], direct.high[i], pooled, added, need)
        for i, code in enumerate(counts.codes)
    ]


def _row(
    counts: _Counts,
    i: int,
    facts: Mapping[str, Any],
    low: float,
    high: float,
    pooled: SmallAreas,
    added: Benchmarked,
    need: tuple[Array, Array] | None,
) -> AreaEstimate:
    families, outcomes, code = int(counts.families[i]), int(counts.outcomes[i]), counts.codes[i]
    urbanity, within = facts.get("urbanity"), facts.get("within")
    return AreaEstimate(
        area=code,
        name=str(facts.get("name") or code),
        within=str(within) if isinstance(within, str) else None,
        families=families,
        children=int(counts.children[i]),
        outcomes=outcomes,
        rate=outcomes / families if families else None,
        rate_low=float(low) if families else None,
        rate_high=float(high) if families else None,
        expected=float(counts.expected[i]) if counts.expected is not None and families else None,
        estimate=float(added.estimate[i]),
        low=float(added.low[i]),
        high=float(added.high[i]),
        need_low=None if need is None else float(need[0][i]),
        need_high=None if need is None else float(need[1][i]),
        own_share=float(pooled.own_share[i]),
        urbanity=int(urbanity) if urbanity is not None and urbanity == urbanity else None,
    )


def _column(frame: pd.DataFrame, name: str) -> Array:
    return frame[name].to_numpy(dtype=np.float64)


def _per_1000(rate: str | float) -> str:
    return f"{1000 * float(rate):.0f}"

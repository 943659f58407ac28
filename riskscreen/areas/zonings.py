"""Three ways to draw the map, side by side: what is seen depends on how areas are cut (the modifiable areal unit)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from riskscreen.areas.ranking import ranks_of
from riskscreen.areas.rate_table import NEED_STEPS, SHARE_STEPS, stepped
from riskscreen.areas.rates import AreaEstimates, Towards, estimate_areas
from riskscreen.areas.tree import UNKNOWN
from riskscreen.records.card import Card
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text

if TYPE_CHECKING:
    import pandas as pd

ZONINGS = {
    "wijk": Text("districts (wijken)", "wijken"),
    "joined": Text("neighbourhoods joined until large enough", "buurten samengevoegd tot ze groot genoeg zijn"),
    "buurt": Text("neighbourhoods (buurten)", "buurten"),
}
TIMES = 10
"""Neighbourhoods are joined until they have this many times the base of an estimate (1,000 families by default)."""


def join_small(families: Mapping[str, int], wijken: Mapping[str, str], least: int) -> dict[str, str]:
    """Neighbourhoods joined within their wijk, in the order of their codes, until each part has enough families.

    Codes that follow one another lie near one another as a rule; a shared border is not asked for. What is left over at
    the end joins the part before it. A wijk with too few families is one part.

    Parameters
    ----------
    families
        Families per buurt.
    wijken
        The wijk of each buurt.
    least
        Fewest families of a part.

    Returns
    -------
    dict
        The part of each buurt: the code of its first buurt.

    Examples
    --------
    >>> join_small({"B1": 60, "B2": 50, "B3": 30}, {"B1": "W", "B2": "W", "B3": "W"}, 100)
    {'B1': 'B1', 'B2': 'B1', 'B3': 'B1'}
    """
    inside: dict[str, list[str]] = defaultdict(list)
    for code in sorted(families):
        inside[wijken.get(code, UNKNOWN)].append(code)
    parts: dict[str, str] = {}
    for codes in inside.values():
        for part in _cut(codes, families, least):
            parts |= dict.fromkeys(part, part[0])
    return parts


def _cut(codes: Sequence[str], families: Mapping[str, int], least: int) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for code in codes:
        if sum(families[c] for c in parts[-1]) >= least:
            parts.append([])
        parts[-1].append(code)
    if len(parts) > 1 and sum(families[c] for c in parts[-1]) < least:
        last = parts.pop()
        parts[-1] += last
    return parts


def compare_zonings(
    cells: pd.DataFrame,
    *,
    areas: pd.DataFrame | None,
    card: Card | None = None,
    threshold: int,
    estimate_base: int = 100,
    towards: Towards | None = None,
    least: int | None = None,
) -> Table:
    """``areas_zonings``: the same families cut into wijken, joined neighbourhoods, and buurten; not yet released.

    Parameters
    ----------
    cells, areas, card, threshold, estimate_base, towards
        As for :func:`riskscreen.areas.estimate_areas`.
    least
        Fewest families of a joined part; default ten times the base of an estimate.
    """
    asked: dict[str, Any] = {
        "areas": areas,
        "card": card,
        "threshold": threshold,
        "estimate_base": estimate_base,
        "towards": towards,
    }
    cut = {
        "wijk": estimate_areas(cells, level="wijk", **asked),
        "joined": estimate_areas(_joined(cells, least or TIMES * estimate_base), level="buurt", **asked),
        "buurt": estimate_areas(cells, level="buurt", **asked),
    }
    return Table(
        "areas_zonings",
        Text("The same families in three zonings", "Dezelfde gezinnen in drie indelingen"),
        _columns(),
        tuple(_row(name, found) for name, found in cut.items()),
        note=Text(
            "What an area seems to be depends on where its border lies. A conclusion that holds in one zoning only is "
            "about the border. Areas are told apart from the overall rate jointly, with 95% confidence.",
            "Wat een gebied lijkt te zijn hangt af van waar de grens ligt. Een conclusie die maar in één indeling "
            "klopt, gaat over de grens. Gebieden zijn samen te onderscheiden van het gemiddelde, met 95% zekerheid.",
        ),
    )


def _joined(cells: pd.DataFrame, least: int) -> pd.DataFrame:
    known = cells[cells["outcome"].notna() & cells["area"].notna()]
    families = {str(code): int(n) for code, n in known.groupby("area")["families"].sum().items()}
    wijken = {
        str(buurt): str(wijk)
        for buurt, wijk in known[["area", "area_block"]].dropna().drop_duplicates().itertuples(index=False)
    }
    return cells.assign(area=cells["area"].map(join_small(families, wijken, least)))


def _row(name: str, found: AreaEstimates) -> tuple[Value, ...]:
    rows, ranks = ranks_of(found)
    known = [row for row in found.rows if row.area != UNKNOWN]
    estimates = [row.estimate for row in rows]
    return (
        name,
        sum(row.families for row in found.rows),
        len(known),
        len(rows),
        stepped(ranks.share_apart, NEED_STEPS) if ranks else 0.0,
        stepped(float(np.hypot(found.spread, found.around)), NEED_STEPS),
        stepped(float(np.mean([row.own_share for row in rows])), SHARE_STEPS) if rows else None,
        stepped(float(np.mean([row.high - row.low for row in rows]))) if rows else None,
        stepped(min(estimates)) if rows else None,
        stepped(max(estimates)) if rows else None,
    )


def _columns() -> tuple[Column, ...]:
    def estimated(name: str, en: str, nl: str, unit: str = "per 1,000") -> Column:
        return Column(name, "estimate", Text(en, nl), unit, base="families")

    return (
        Column("zoning", "key", Text("zoning", "indeling"), labels=ZONINGS),
        Column("families", "count", Text("families", "gezinnen"), "families", additive=False),
        Column("areas", "number", Text("areas", "gebieden")),
        Column("shown", "number", Text("areas large enough to show", "gebieden die groot genoeg zijn")),
        estimated(
            "told_apart", "share told apart from the overall rate", "deel te onderscheiden van gemiddelde", "share"
        ),
        estimated("spread", "spread beyond chance (log-odds)", "spreiding buiten toeval (log-odds)", ""),
        estimated("own_share", "mean weight of own families", "gemiddeld gewicht eigen gezinnen", "share"),
        estimated("width", "mean width of the interval", "gemiddelde breedte van de marge"),
        estimated("lowest", "lowest estimate", "laagste schatting"),
        estimated("highest", "highest estimate", "hoogste schatting"),
    )

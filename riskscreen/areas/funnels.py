"""The funnel of one level as a table for the gate, and as a chart of released rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from riskscreen.areas.rate_table import INSIDE, stepped
from riskscreen.areas.tree import ONE
from riskscreen.records.tables import CHANNELS, TOTAL, Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.stats.funnel import LIMITS, Funnel, fit_funnel

if TYPE_CHECKING:
    from riskscreen.areas.rates import AreaEstimates

LEAST_AREAS = 5
"""With fewer areas their spread beyond chance cannot be estimated."""
_SIZES = (100, 150, 200, 300, 400, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000, 10_000, 20_000, 50_000, 100_000)
_ROWS, _DOT, _LINE = Text("families", "gezinnen"), "#b8560f", "#1f3a5f"
_RATE = Text("recorded reports per 1,000 families", "meldingen per 1.000 gezinnen")
_NONE = Text("nothing is large enough to show", "niets is groot genoeg om te tonen")


def funnel_table(found: AreaEstimates) -> Table | None:
    """``areas_funnel_<level>``: between which rates areas of each size lie when they differ no more than usual.

    Sizes are round numbers, not those of areas; the limits rest on all areas that are large enough.
    """
    rows = found.large()
    if len(rows) < LEAST_AREAS:
        return None
    families = [row.families for row in rows]
    funnel = fit_funnel(np.array([row.outcomes for row in rows], float), np.array(families, float))
    sizes = [size for size in _SIZES if size <= _above(max(families))]
    one = ONE[found.level]
    return Table(
        f"areas_funnel_{found.level}",
        Text(f"How far a {one.en} of each size strays", f"Hoe ver een {one.nl} van elke grootte afwijkt"),
        _columns(sizes),
        tuple(_rows(funnel, sizes, sum(row.families for row in found.rows))),
        note=Text(
            "Inside the limits a rate is what its size and the usual differences between areas explain: 19 of 20 areas "
            "lie within the 95% limits, 499 of 500 within the 99.8% limits. A rate outside asks for a look, also at "
            "how reporting works there.",
            "Binnen de grenzen past een cijfer bij de grootte van het gebied en de gewone verschillen tussen gebieden: "
            "19 van de 20 gebieden liggen binnen de grenzen van 95%, 499 van de 500 binnen die van 99,8%. Een cijfer "
            "daarbuiten vraagt om een kijkje, ook naar hoe er daar gemeld wordt.",
        ),
        channels=INSIDE if found.level == "buurt" else CHANNELS,
    )


def funnel_chart(
    rows: Sequence[Mapping[str, Any]], limits: Sequence[Mapping[str, Any]], *, language: str = "en"
) -> Any:
    """Rates of areas by their size, with the 95% and 99.8% limits (altair).

    Parameters
    ----------
    rows
        Records of a released ``areas_<level>``: ``area`` (or ``name``), ``families`` and ``rate``; hidden ones are
        left out; none at all: the limits alone.
    limits
        Records of the released ``areas_funnel_<level>``.
    language
        ``en`` or ``nl``.
    """
    import altair as alt

    dots = [
        {"name": str(r.get("name") or r["area"]), "families": r["families"], "rate": round(1000 * float(r["rate"]), 2)}
        for r in rows
        if r.get("area") != TOTAL and r.get("rate") is not None and r.get("families") is not None
    ]
    lines = [_line(record, language) for record in limits if record.get("low_95") is not None]
    if not lines:
        empty = alt.Data(values=[{"text": getattr(_NONE, language)}])
        return alt.Chart(empty).mark_text(size=14).encode(text="text:N")
    x = alt.X("families:Q", title=getattr(_ROWS, language), scale=alt.Scale(type="log", nice=False))
    y = alt.Y("rate:Q", title=getattr(_RATE, language))
    curves = alt.Chart(alt.Data(values=[point for line in lines for point in line])).mark_line(
        color=_LINE, strokeWidth=1.4
    )
    drawn = curves.encode(x=x, y=y, detail="limit:N", strokeDash=alt.StrokeDash("level:N", title=None))
    marks = alt.Chart(alt.Data(values=dots)).mark_point(filled=True, size=55, color=_DOT, opacity=0.85)
    points = marks.encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip("families:Q", title=getattr(_ROWS, language)),
            alt.Tooltip("rate:Q", format=".0f", title=getattr(_RATE, language)),
        ],
    )
    return (drawn + points).properties(width="container", height=320)


def _line(record: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    return [
        {
            "families": int(record["size"]),
            "rate": round(1000 * float(record[f"{side}_{name}"]), 2),
            "limit": f"{side} {name}",
            "level": said,
        }
        for name, said in (("95", "95%"), ("998", "99,8%" if language == "nl" else "99.8%"))
        for side in ("low", "high")
        if record[f"{side}_{name}"] is not None
    ]


def _above(largest: int) -> int:
    """The first size that holds the largest area."""
    return next((size for size in _SIZES if size >= largest), _SIZES[-1])


def _rows(funnel: Funnel, sizes: Sequence[int], families: int) -> list[tuple[Value, ...]]:
    at = np.array(sizes, float)
    bounds = [bound for level in LIMITS for bound in funnel.limits(at, level)]
    return [
        (str(size), families, size, *(stepped(float(bound[i])) for bound in bounds), stepped(funnel.target))
        for i, size in enumerate(sizes)
    ]


def _columns(sizes: Sequence[int]) -> tuple[Column, ...]:
    def limit(name: str, en: str, nl: str) -> Column:
        return Column(name, "estimate", Text(en, nl), "per 1,000", base="families")

    return (
        Column("point", "key", Text("size", "grootte"), labels={str(size): same(str(size)) for size in sizes}),
        Column(
            "families", "count", Text("families in all areas", "gezinnen in alle gebieden"), "families", additive=False
        ),
        Column("size", "number", Text("families in the area", "gezinnen in het gebied")),
        limit("low_95", "95%, lower limit", "95%, ondergrens"),
        limit("high_95", "95%, upper limit", "95%, bovengrens"),
        limit("low_998", "99.8%, lower limit", "99,8%, ondergrens"),
        limit("high_998", "99.8%, upper limit", "99,8%, bovengrens"),
        limit("target", "overall rate", "gemiddelde"),
    )

"""Pictures of ranks and of zonings, drawn from tables that passed the gate (altair)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from riskscreen.records.tables import Table
from riskscreen.records.texts import Text

_INK, _MARK, _GREY = "#1f3a5f", "#b8560f", "#8a9299"
_RANK = Text("rank by recorded reports (1: most); sets hold together", "plaats naar meldingen (1: meeste); samen zeker")
_RANGE = Text("lowest to highest estimate per 1,000 families", "laagste tot hoogste schatting per 1.000 gezinnen")
_APART = Text("told apart from the overall rate", "te onderscheiden van het gemiddelde")
_COLOURS = {"above": _MARK, "not_told_apart": _GREY, "below": _INK}


def rank_chart(table: Table, language: str = "en") -> Any:
    """A bar from the first to the last rank of every area; its colour is its tier.

    Parameters
    ----------
    table
        A released ``areas_ranks_<level>`` (its ``table``): areas whose ranks are hidden are left out.
    language
        ``en`` or ``nl``.
    """
    import altair as alt

    tiers, names = table.column("tier").labels, table.column("area").labels
    values = [
        {
            "name": getattr(names[str(row["area"])], language),
            "from": int(str(row["rank_low"])) - 0.4,
            "to": int(str(row["rank_high"])) + 0.4,
            "tier": getattr(tiers[str(row["tier"])], language),
        }
        for row in table.records()
        if row["rank_low"] is not None and row["rank_high"] is not None
    ]
    scale = alt.Scale(domain=[getattr(tiers[code], language) for code in _COLOURS], range=list(_COLOURS.values()))
    return (
        alt.Chart(alt.Data(values=values))
        .mark_bar(height=7)
        .encode(
            y=alt.Y("name:N", sort=[value["name"] for value in values], title=None, axis=alt.Axis(labelLimit=0)),
            x=alt.X("from:Q", title=getattr(_RANK, language), scale=alt.Scale(zero=False, nice=False)),
            x2="to:Q",
            color=alt.Color(
                "tier:N",
                title=None,
                scale=scale,
                legend=alt.Legend(orient="bottom", direction="vertical", labelLimit=0),
            ),
            tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("tier:N", title=" ")],
        )
        .properties(width="container", height=14 * max(len(values), 1))
    )


def zonings_chart(table: Table, language: str = "en") -> Any:
    """Per zoning the range of estimates, with how many areas can be told apart.

    Parameters
    ----------
    table
        A released ``areas_zonings`` (its ``table``).
    language
        ``en`` or ``nl``.
    """
    import altair as alt

    names = table.column("zoning").labels
    values = [_zoning(row, names, language) for row in table.records() if row["lowest"] is not None]
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("name:N", sort=[value["name"] for value in values], title=None, axis=alt.Axis(labelLimit=0))
    )
    line = base.mark_rule(color=_INK, strokeWidth=4).encode(
        x=alt.X("lowest:Q", title=getattr(_RANGE, language)), x2="highest:Q"
    )
    said = base.mark_text(align="left", dx=6, color=_MARK).encode(x="highest:Q", text="said:N")
    return (line + said).properties(width="container", height=34 * max(len(values), 1))


def _zoning(row: Mapping[str, Any], names: Mapping[str, Text], language: str) -> dict[str, Any]:
    apart = "" if row["told_apart"] is None else f"{100 * float(row['told_apart']):.0f}% {getattr(_APART, language)}"
    return {
        "name": f"{getattr(names[str(row['zoning'])], language)} ({row['areas']})",
        "lowest": round(1000 * float(row["lowest"]), 2),
        "highest": round(1000 * float(row["highest"]), 2),
        "said": apart,
    }

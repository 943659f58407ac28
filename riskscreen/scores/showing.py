"""How a fit shows itself: text, HTML and a chart, from its tables only."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from riskscreen.records.tables import Table
from riskscreen.scores.judging import Judged
from riskscreen.stats.discrimination import Figure

if TYPE_CHECKING:
    from riskscreen.scores.fit import Fit


LEAST_OUTCOMES = 10


def fit_text(fit: Fit) -> str:
    """The choice, the reason, the card and how the models compare."""
    meanings = fit.card_lines.column("meaning").labels
    lines = [f"Chosen: {fit.chosen.name}. {fit.reason.en}", "", f"{'points':>6}  circumstance"]
    lines += [f"{row['points']!s:>6}  {meanings[str(row['meaning'])].en}" for row in fit.card_lines.records()]
    lines += ["", "".join(f"{head:<{width}}" for head, width in zip(_HEADS, _WIDTHS, strict=True)).rstrip()]
    for one in fit.judged:
        lines.append("".join(f"{cell:<{width}}" for cell, width in zip(_cells(one), _WIDTHS, strict=True)).rstrip())
    return "\n".join(lines)


def fit_html(fit: Fit) -> str:
    """The same as a small page."""
    meanings = fit.card_lines.column("meaning").labels
    lines = [(str(row["points"]), meanings[str(row["meaning"])].en) for row in fit.card_lines.records()]
    return (
        f"<p><b>Chosen: {fit.chosen.name}.</b> {html.escape(fit.reason.en)}</p>"
        + _html_table(("points", "circumstance"), lines)
        + _html_table(_HEADS, [_cells(one) for one in fit.judged])
    )


_HEADS = ("model", "gain over count", "calibration slope", "recorded minus risk, per 1,000")
_WIDTHS = (12, 28, 26, 32)


def _cells(one: Judged) -> tuple[str, str, str, str]:
    """Figures with intervals; none where fewer than ten outcomes stand behind them."""
    if one.outcomes < LEAST_OUTCOMES:
        return one.model, "-", "-", "-"
    gain = "-" if one.model == "count" else _figure(one.gain, "+.3f")
    large = one.calibration_in_the_large
    per_1000 = Figure(1000 * large.value, 1000 * large.low, 1000 * large.high)
    return one.model, gain, _figure(one.calibration_slope, ".2f"), _figure(per_1000, "+.1f")


def _figure(figure: Figure, form: str) -> str:
    if not math.isfinite(figure.value):
        return "-"
    if not math.isfinite(figure.low):
        return f"{figure.value:{form}}"
    return f"{figure.value:{form}} ({figure.low:{form}} to {figure.high:{form}})"


def _html_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def points_chart(table: Table) -> Any:
    """Recorded rate with its interval, and the model's risk, per band of points; per 1,000 families."""
    import altair as alt

    labels = table.column("points").labels
    order = [labels[str(code)].en for code in table.values("points")]
    data = [
        {
            "points": labels[str(row["points"])].en,
            **{name: 1000 * float(str(row[name])) for name in ("observed", "low", "high", "expected")},
        }
        for row in table.records()
    ]
    base = alt.Chart(alt.Data(values=data)).encode(x=alt.X("points:N", sort=order, title="points"))
    bars = base.mark_rule().encode(y=alt.Y("low:Q", title="per 1,000 families"), y2="high:Q")
    dots = base.mark_point(filled=True, size=60).encode(y="observed:Q", tooltip=["points:N", "observed:Q"])
    ticks = base.mark_tick(color="#b45309", thickness=3, width=18).encode(y="expected:Q")
    return (bars + dots + ticks).properties(
        title="Recorded rate (dot, 95% interval) and risk by the model (bar)", width=520
    )

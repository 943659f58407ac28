"""How a fit shows itself: text, HTML and a chart, from its tables only."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from riskscreen.records.tables import Table

if TYPE_CHECKING:
    from riskscreen.scores.fit import Fit


def fit_text(fit: Fit) -> str:
    """The choice, the reason, the card and how the models compare."""
    lines = [f"Chosen: {fit.chosen.name}. {fit.reason.en}", "", f"{'points':>6}  circumstance"]
    for row in fit.card_lines.records():
        meaning = fit.card_lines.column("meaning").labels[str(row["meaning"])]
        lines.append(f"{row['points']!s:>6}  {meaning.en}")
    lines += ["", f"{'model':<12}{'gain over count':>18}{'calibration slope':>20}{'recorded - risk':>18}"]
    for one in fit.judged:
        lines.append(
            f"{one.model:<12}{one.gain.value:>+18.3f}{one.calibration_slope.value:>20.2f}"
            f"{one.calibration_in_the_large.value * 1000:>+12.1f} /1000"
        )
    return "\n".join(lines)


def fit_html(fit: Fit) -> str:
    """The same as a small page."""
    meanings = fit.card_lines.column("meaning").labels
    lines = "".join(
        f"<tr><td>{row['points']}</td><td>{html.escape(meanings[str(row['meaning'])].en)}</td></tr>"
        for row in fit.card_lines.records()
    )
    models = "".join(
        f"<tr><td>{one.model}</td><td>{one.gain.value:+.3f}</td><td>{one.calibration_slope.value:.2f}</td>"
        f"<td>{one.calibration_in_the_large.value * 1000:+.1f}</td></tr>"
        for one in fit.judged
    )
    return (
        f"<p><b>Chosen: {fit.chosen.name}.</b> {html.escape(fit.reason.en)}</p>"
        f"<table><thead><tr><th>points</th><th>circumstance</th></tr></thead><tbody>{lines}</tbody></table>"
        "<table><thead><tr><th>model</th><th>gain over count</th><th>calibration slope</th>"
        f"<th>recorded minus risk, per 1,000</th></tr></thead><tbody>{models}</tbody></table>"
    )


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

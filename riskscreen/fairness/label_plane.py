"""A verdict over the plane of reporting ratio and contact ratio, with the frontier where it turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.fairness.label_sensitivity import Differences, Uneven, label_bounds, turning_point
from riskscreen.fairness.labels import METRICS, VERDICTS, attribute_text
from riskscreen.records.texts import LANGUAGES, Text
from riskscreen.stats.intervals import Bounds, range_of

if TYPE_CHECKING:
    import altair as alt

Floats = NDArray[np.float64]
Ratios = tuple[float, ...]

USUAL_RATIOS: Ratios = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2.0, 2.5, 3.0)
_COLOURS = {"gap": "#b03a2e", "no_gap_shown": "#1f618d", "not_enough_evidence": "#d5d8dc"}
_K = Text("reporting between groups: up to this ratio", "melden tussen groepen: tot deze verhouding")
_C = Text(
    "reporting of families selected or not: up to this ratio",
    "melden van wel of niet gekozen gezinnen: tot deze verhouding",
)


@dataclass(frozen=True, slots=True)
class LabelPlane:
    """What becomes of a verdict as reporting may be more uneven.

    Parameters
    ----------
    k, c
        Reporting ratios and contact ratios.
    low, high
        Bounds of the largest difference when ratios may be anything up to these, shape ``(len(k), len(c))``.
    verdicts
        The verdict there; rows are ``k``.
    turns_at_c
        The frontier: for each ``k`` the smallest ``c`` at which the conclusion has turned; ``None``: not up to 10, or
        there is no conclusion to turn.
    """

    attribute: str
    metric: str
    k: Ratios
    c: Ratios
    low: Floats
    high: Floats
    verdicts: tuple[tuple[str, ...], ...]
    turns_at_c: tuple[float | None, ...]

    def records(self) -> list[dict[str, float | str]]:
        """One record per point of the plane, for a chart."""
        return [
            {
                "reporting_ratio": k,
                "contact_ratio": c,
                "low": float(self.low[i, j]),
                "high": float(self.high[i, j]),
                "verdict": self.verdicts[i][j],
            }
            for i, k in enumerate(self.k)
            for j, c in enumerate(self.c)
        ]

    def plot(self, language: str = "en") -> alt.Chart:
        """The verdicts as coloured tiles; ``language`` is ``en`` or ``nl``."""
        import altair as alt

        if language not in LANGUAGES:
            raise UsageError(f"unknown language {language!r}", do=f"choose from {', '.join(LANGUAGES)}")
        words = {code: getattr(text, language) for code, text in VERDICTS.items()}
        values = [record | {"said": words[str(record["verdict"])]} for record in self.records()]
        scale = alt.Scale(domain=list(words.values()), range=[_COLOURS[code] for code in words])
        title = f"{getattr(attribute_text(self.attribute), language)}: {getattr(METRICS[self.metric], language)}"
        return (
            alt.Chart(alt.Data(values=values))
            .mark_rect(stroke="white")
            .encode(
                x=alt.X("reporting_ratio:O", title=getattr(_K, language)),
                y=alt.Y("contact_ratio:O", title=getattr(_C, language), sort="descending"),
                color=alt.Color("said:N", scale=scale, title=None),
                tooltip=["reporting_ratio:O", "contact_ratio:O", "said:N", "low:Q", "high:Q"],
            )
            .properties(title=title)
        )


def plane_of(among: Differences, judge: Callable[[Bounds], str], k: Ratios, c: Ratios, uneven: Uneven) -> LabelPlane:
    """Judge bounds at every pair of ratios.

    Parameters
    ----------
    judge
        From bounds of the differences to a verdict.
    k, c
        Ratios from 1 to 10.
    uneven
        The ratios for links and coverage hold over the whole plane; the other two give way to ``k`` and ``c``.
    """
    wrong = [f"{ratio:g}" for ratio in (*k, *c) if not 1 <= ratio <= 10]
    if wrong:
        raise UsageError(f"ratios {', '.join(wrong)} are not allowed", do="give ratios from 1 to 10")

    def within(groups: float, contact: float) -> Bounds:
        return label_bounds(among, replace(uneven, groups=groups, contact=contact))

    bounds = [[within(one, other) for other in c] for one in k]
    ends = np.array([[range_of(each.low, each.high) for each in row] for row in bounds]).reshape(len(k), len(c), 2)
    counts = among.figures.counts
    return LabelPlane(
        counts.attribute,
        among.figures.metric,
        k,
        c,
        ends[..., 0],
        ends[..., 1],
        tuple(tuple(judge(each) for each in row) for row in bounds),
        tuple(_frontier(lambda groups, contact: judge(within(groups, contact)), one) for one in k),
    )


def _frontier(judged: Callable[[float, float], str], k: float) -> float | None:
    plain = judged(1.0, 1.0)
    if plain == "not_enough_evidence":
        return None
    if judged(k, 1.0) != plain:
        return 1.0
    return turning_point(lambda c: judged(k, c) == plain)

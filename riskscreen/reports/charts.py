"""Charts of released tables, one function per question; each takes a released table and a language.

Every function returns an Altair chart, so that an analyst can change it further. A row whose figure was hidden keeps no
place in a chart; the table beside the chart says that it was hidden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.records.tables import TOTAL, Table
from riskscreen.reports.content import number
from riskscreen.reports.marks import ACCENT, MUTED, WARM, Dot, bars, dots, rounded, wrap
from riskscreen.reports.numbers import Language, decimal, per_thousand, percent, points_of_percent, whole
from riskscreen.reports.tables import label
from riskscreen.reports.words import Words

if TYPE_CHECKING:
    import altair as alt

Record = Mapping[str, Any]
MODEL_COLOURS = {"count": MUTED, "card": ACCENT, "challenger": WARM}


def rate_chart(
    released: ReleasedTable,
    language: Language,
    *,
    value: str = "rate",
    average: float | None = None,
    order: str = "given",
    keys: Sequence[str] | None = None,
    sides: Mapping[str, str] | None = None,
) -> alt.LayerChart:
    """How many of 1,000 families had the recorded outcome, per row of a table, with intervals.

    Parameters
    ----------
    released
        A table with one key, a rate or estimate (0-1) and ``low`` and ``high``.
    value
        The column with the figure.
    average
        A dashed line at this rate (0-1), the municipality as a whole.
    order
        ``given``, or ``value`` for the highest first.
    keys
        Only these codes of the key column.
    sides
        As for :func:`area_chart`.
    """
    words = Words(language)
    records = [r for r in _shown(released.table, value) if keys is None or r[_key(released.table)] in keys]
    if order == "value":
        records.sort(key=lambda r: -float(r[value]))
    rows = [_rate_dot(r, released.table, value, words, average, sides) for r in records]
    return dots(
        rows,
        axis=words("charts.axis_per_thousand"),
        reference=None if average is None else 1000 * average,
        reference_label="" if average is None else words("charts.average"),
    )


def prevalence_chart(released: ReleasedTable, language: Language, most: int = 14) -> alt.Chart:
    """The most frequent stressors on the index date, as shares of all families."""
    words = Words(language)
    share = "share" if "share" in [column.name for column in released.table.columns] else "rate"
    records = sorted(_shown(released.table, share), key=lambda r: -float(r[share]))[:most]
    rows = []
    for r in records:
        name = label(released.table.column("stressor"), r["stressor"], language)
        said = words("charts.said_prevalence", name=name, share=percent(r[share], language))
        rows.append(Dot(name, float(r[share]), said=said))
    return bars(rows, axis=words("charts.axis_share_families"), percent=True)


def accumulation_chart(released: ReleasedTable, language: Language) -> alt.LayerChart:
    """How the rate of the recorded outcome rises with the number of domains that have a stressor."""
    return rate_chart(released, language)


def points_chart(released: ReleasedTable, language: Language) -> alt.LayerChart:
    """Observed and expected rate of the recorded outcome per band of points."""
    return rate_chart(released, language, value="observed")


def calibration_chart(released: ReleasedTable, language: Language) -> alt.LayerChart:
    """Expected against observed rate per band, for every model; on the line is calibrated."""
    import altair as alt

    words = Words(language)
    model = released.table.column("model")
    values = [
        {
            "model": label(model, r["model"], language),
            "expected": rounded(1000 * r["expected"]),
            "observed": rounded(1000 * r["observed"]),
            "low": rounded(_times(r["low"])),
            "high": rounded(_times(r["high"])),
            "said": words(
                "charts.said_calibration",
                name=label(model, r["model"], language),
                expected=per_thousand(r["expected"], language),
                rate=per_thousand(r["observed"], language),
            ),
        }
        for r in _shown(released.table, "observed")
        if r["expected"] is not None
    ]
    ends = [number(v[name]) or 0.0 for v in values for name in ("expected", "observed", "high")]
    most = max(ends, default=1.0)
    names = list(dict.fromkeys(v["model"] for v in values))
    by_code = {label(model, code, language): colour for code, colour in MODEL_COLOURS.items()}
    colours = [by_code.get(str(name), MUTED) for name in names]
    line = alt.Chart(alt.Data(values=[{"at": 0}, {"at": most}])).mark_line(color=MUTED, strokeDash=[4, 4])
    base = alt.Chart(alt.Data(values=values)).encode(
        color=alt.Color("model:N", title=None, scale=alt.Scale(domain=names, range=colours)),
        tooltip=alt.Tooltip("said:N", title="\N{ZERO WIDTH SPACE}"),
    )
    x = alt.X("expected:Q", title=words("charts.axis_expected"), axis=alt.Axis(format=",~f", tickCount=5))
    y = alt.Y("observed:Q", title=words("charts.axis_observed"), axis=alt.Axis(format=",~f", tickCount=5))
    shape = alt.Shape("model:N", title=None, scale=alt.Scale(domain=names, range=["circle", "square", "diamond"]))
    chart = alt.layer(
        line.encode(x=alt.X("at:Q"), y=alt.Y("at:Q")),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2, opacity=0.5)
        .encode(x=x, y=alt.Y("low:Q", title=words("charts.axis_observed")), y2=alt.Y2("high")),
        base.mark_point(filled=True, size=80, opacity=1).encode(x=x, y=y, shape=shape),
    )
    return chart.properties(width="container", height=320)


def performance_chart(released: ReleasedTable, language: Language) -> alt.LayerChart:
    """How well each model orders families (AUROC), with intervals; 0.5 is chance."""
    words = Words(language)
    rows = []
    for r in _shown(released.table, "auroc"):
        name = label(released.table.column("model"), r["model"], language)
        low, high = number(r["auroc_low"]), number(r["auroc_high"])
        said = words(
            "charts.said_performance",
            name=name,
            value=decimal(r["auroc"], 3, language),
            low="–" if low is None else decimal(low, 3, language),
            high="–" if high is None else decimal(high, 3, language),
        )
        rows.append(Dot(name, r["auroc"], low, high, said, strong=r.get("chosen") == "yes"))
    return dots(
        rows, axis=words("charts.axis_auroc"), reference=0.5, reference_label=words("charts.chance"), zero=False
    )


def contributions_chart(released: ReleasedTable, language: Language, value: str = "share_of_points") -> alt.Chart:
    """What the stressors add: share of all points (card) or mean absolute contribution (challenger)."""
    words = Words(language)
    records = sorted(_shown(released.table, value), key=lambda r: -float(r[value]))[:15]
    share = value == "share_of_points"
    rows = []
    for r in records:
        name = label(released.table.column("stressor"), r["stressor"], language)
        amount = percent(r[value], language) if share else decimal(r[value], 3, language)
        rows.append(Dot(name, float(r[value]), said=f"{name}: {amount}"))
    axis = words("charts.axis_share_points") if share else words("charts.axis_shap")
    return bars(rows, axis=axis, percent=share)


def target_group_chart(released: ReleasedTable, language: Language, average: float | None = None) -> alt.LayerChart:
    """Rate of the recorded outcome per target group, with intervals."""
    return rate_chart(released, language, average=average, order="value")


def area_chart(
    released: ReleasedTable,
    language: Language,
    average: float | None = None,
    most: int | None = None,
    sides: Mapping[str, str] | None = None,
) -> alt.LayerChart:
    """Estimated rate per area with its interval; coloured where it lies surely off the average.

    Parameters
    ----------
    average
        The municipality's rate (0-1).
    most
        Only so many areas: those with the highest estimates.
    sides
        Where each area lies, of all areas judged together; default: by its own interval.
    """
    key = _key(released.table)
    records = [r for r in _shown(released.table, "estimate") if r[key] != TOTAL]
    records.sort(key=lambda r: -float(r["estimate"]))
    return rate_chart(
        released,
        language,
        value="estimate",
        average=average,
        order="value",
        keys=[r[key] for r in records[:most]],
        sides=sides,
    )


def places_chart(released: ReleasedTable, language: Language) -> alt.Chart:
    """Places per area in the plan, all programmes together."""
    words = Words(language)
    area = released.table.column("area")
    sums: dict[str, float] = {}
    for r in _shown(released.table, "places"):
        if TOTAL not in (r["area"], r["programme"]):
            name = label(area, r["area"], language)
            sums[name] = sums.get(name, 0.0) + float(r["places"])
    ordered = sorted(sums.items(), key=lambda item: -item[1])
    rows = [Dot(n, v, said=words("charts.said_places", name=n, places=whole(v, language))) for n, v in ordered if v > 0]
    return bars(rows, axis=words("charts.axis_places"))


def alternatives_chart(released: ReleasedTable, language: Language) -> alt.Chart:
    """What each alternative reaches: the share of recorded outcomes in the families it approaches."""
    words = Words(language)
    rows = []
    for r in _shown(released.table, "share_of_outcomes"):
        name = label(released.table.column("alternative"), r["alternative"], language)
        said = words("charts.said_alternative", name=name, share=percent(r["share_of_outcomes"], language))
        rows.append(Dot(name, float(r["share_of_outcomes"]), said=said, strong=r["alternative"] == "plan"))
    return bars(rows, axis=words("charts.axis_share_outcomes"), percent=True)


def forest_chart(released: ReleasedTable, metric: str, language: Language) -> alt.LayerChart:
    """One metric of an audit per group, with intervals; the dashed line is all families together.

    Parameters
    ----------
    released
        ``audit_offer`` or ``audit_threshold``.
    metric
        Such as ``selection_rate``.
    """
    words = Words(language)
    table = released.table
    reference: float | None = None
    rows: list[Dot] = []
    attribute = ""
    for r in _shown(table, metric):
        if r["group"] == TOTAL:
            reference = float(r[metric]) if reference is None else reference
            continue
        if r["attribute"] != attribute:
            attribute = r["attribute"]
            rows.append(Dot(label(table.column("attribute"), attribute, language), None, heading=True))
        name = label(table.column("group"), r["group"], language)
        low, high = number(r.get(f"{metric}_low")), number(r.get(f"{metric}_high"))
        rows.append(Dot(name, float(r[metric]), low, high, _said_share(words, name, r[metric], low, high)))
    signed = metric == "calibration_in_the_large"
    return dots(
        rows,
        axis=words(f"charts.metric_{metric}"),
        reference=0.0 if signed else reference,
        reference_label="" if signed or reference is None else words("charts.all_families"),
        percent=True,
    )


def verdict_said(value: float, low: float, high: float, language: Language) -> str:
    """A difference in percentage points with its interval."""
    ends = f"{points_of_percent(low, language)} – {points_of_percent(high, language)}"
    return f"{points_of_percent(value, language)} ({ends})"


def off_average(record: Record, average: float | None, sides: Mapping[str, str] | None = None) -> str:
    """Where an area lies against the average: ``above``, ``below`` or ``same`` (cannot be told apart).

    By ``sides`` where all areas were judged together (see :func:`riskscreen.reports.findings.sides`), else by its own
    interval.
    """
    if sides:
        return sides.get(str(record["area"]), "same")
    low, high = number(record.get("low")), number(record.get("high"))
    if average is None or low is None or high is None:
        return "same"
    return "above" if low > average else "below" if high < average else "same"


def _rate_dot(
    r: Record, table: Table, value: str, words: Words, average: float | None, sides: Mapping[str, str] | None = None
) -> Dot:
    language = words.language
    name = " · ".join(label(table.column(k), r[k], language) for k in table.keys)
    low, high, expected = (number(r.get(c)) for c in ("low", "high", "expected"))
    rate = float(r[value])
    said = words(
        "charts.said_rate",
        name=name,
        rate=per_thousand(rate, language),
        not_rate=whole(1000 - round(1000 * rate, 1), language),
    )
    if low is not None and high is not None:
        said += " " + words("charts.said_interval", low=per_thousand(low, language), high=per_thousand(high, language))
    strong = average is None or off_average(r, average, sides) != "same"
    return Dot(name, 1000 * rate, _times(low), _times(high), said, strong, _times(expected))


def _said_share(words: Words, name: str, value: float, low: float | None, high: float | None) -> str:
    text = f"{name}: {percent(value, words.language)}"
    if low is None or high is None:
        return text
    return f"{text} ({percent(low, words.language)} – {percent(high, words.language)})"


def _shown(table: Table, value: str) -> list[dict[str, Any]]:
    """Rows whose figure left the gate."""
    return [dict(r) for r in table.records() if number(r.get(value)) is not None]


def _key(table: Table) -> str:
    return table.keys[0]


def _times(value: float | None) -> float | None:
    return None if value is None else 1000 * value


__all__ = [
    "accumulation_chart",
    "alternatives_chart",
    "area_chart",
    "calibration_chart",
    "contributions_chart",
    "forest_chart",
    "off_average",
    "performance_chart",
    "places_chart",
    "points_chart",
    "prevalence_chart",
    "rate_chart",
    "target_group_chart",
    "verdict_said",
    "wrap",
]

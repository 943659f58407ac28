"""The tables, text and chart of a comparison of models; by the channel *review* only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from riskscreen.records.definitions import Stressor
from riskscreen.records.show import html_table
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text
from riskscreen.scores.decision_curves import DecisionCurves
from riskscreen.scores.judging import Judged
from riskscreen.scores.stability import CardStability
from riskscreen.stats.discrimination import Figure

if TYPE_CHECKING:
    from riskscreen.scores.comparing import Comparison, Design, Validation, Variant
    from riskscreen.scores.fit import Fit

MODELS: Mapping[str, Text] = {
    "count": Text("plain count of stressors", "gewone telling van stressoren"),
    "card": Text("card", "puntenkaart"),
    "logistic": Text("logistic model", "logistisch model"),
    "additive": Text("additive model with a few pairs (EBM)", "optelmodel met enkele paren (EBM)"),
    "challenger": Text("challenger (black box, never released)", "uitdager (black box, wordt nooit vrijgegeven)"),
}
VARIANTS: Mapping[str, Text] = {
    "all": Text("all stressors", "alle stressoren"),
    "without_channel": Text("without registers that also make reports", "zonder registers die ook meldingen doen"),
}
DESIGNS: Mapping[str, Text] = {
    "temporal": Text("later date, other families", "latere peildatum, andere gezinnen"),
    "area_blocked": Text(
        "later date, other families, neighbourhoods left out of the fit",
        "latere peildatum, andere gezinnen, wijken buiten de berekening",
    ),
}
NOTE = Text(
    "Look first at the gain over the plain count and at calibration (0 in the large and a slope of 1 are right). On "
    "synthetic data an AUROC says something about the generator, not about families anywhere. Intervals draw "
    "neighbourhoods; differences are paired. The comparison chooses nothing: the rule set before the fit does. "
    "Recorded reports are not all maltreatment.",
    "Kijk eerst naar de winst op de gewone telling en naar de kalibratie (0 gemiddeld en een helling van 1 zijn goed). "
    "Bij synthetische gegevens zegt een AUROC iets over de maker van de gegevens en niets over gezinnen ergens. De "
    "intervallen trekken wijken en de verschillen zijn gepaard. De vergelijking kiest niets. Dat doet de regel die "
    "vooraf vastlag. Geregistreerde meldingen zijn niet alle kindermishandeling.",
)
CURVE_NOTE = Text(
    "Net benefit per 1,000 families: as if so many families with a later report were reached and no other family got "
    "an offer. A threshold of 2% says that reaching one such family outweighs 49 other offers. An offer to none is "
    "worth 0. Thresholds are of groups with a total of points; none is for a decision about one family.",
    "Netto opbrengst per 1.000 gezinnen: alsof zoveel gezinnen met een latere melding bereikt werden en geen enkel "
    "ander gezin een aanbod kreeg. Een drempel van 2% zegt dat het bereiken van zo'n gezin opweegt tegen 49 andere "
    "aanbiedingen. Geen aanbod is 0 waard. Drempels gelden voor groepen met een totaal aan punten. Ze zijn nooit "
    "bedoeld voor een besluit over een gezin.",
)
_YES_NO = {"yes": Text("yes", "ja"), "no": Text("no", "nee")}
_FIGURES = (
    ("gain", Text("gain in AUROC over the count", "winst in AUROC op de telling")),
    ("calibration_in_the_large", Text("recorded rate minus risk", "geregistreerd aandeel min kans")),
    ("calibration_slope", Text("calibration slope", "kalibratiehelling")),
    ("log_loss", Text("log-loss", "log-verlies")),
    ("brier", Text("Brier score", "Brier-score")),
    ("auroc", Text("AUROC", "AUROC")),
)
_DIFFERENCES = (
    ("auroc", Text("AUROC minus", "AUROC min")),
    ("brier", Text("Brier score minus", "Brier-score min")),
    ("log_loss", Text("log-loss minus", "log-verlies min")),
)


def comparison_tables(
    validations: Sequence[Validation],
    fits: Sequence[tuple[Variant, Fit]],
    stability: CardStability | None,
    stressors: Mapping[str, Stressor],
) -> tuple[Table, ...]:
    """Figures per model, paired differences, a table of net benefit per validation, and the stability of the card."""
    chosen = {variant: fitted.chosen.name for variant, fitted in fits}
    curves = tuple(_curve_table(one) for one in validations)
    steady = () if stability is None else (stability.table(stressors),)
    return _figures_table(validations, chosen), _differences_table(validations), *curves, *steady


def comparison_text(comparison: Comparison) -> str:
    """The choice, then gain, calibration and log-loss per validation."""
    lines = []
    for variant, fitted in comparison.fits:
        lines.append(f"{VARIANTS[variant].en}: chosen {fitted.chosen.name}. {fitted.reason.en}")
    for one in comparison.validations:
        lines += ["", f"{VARIANTS[one.variant].en}; {DESIGNS[one.design].en}", _line(_HEADS)]
        lines += [_line(_cells(judged)) for judged in one.judged]
    return "\n".join([*lines, "", NOTE.en])


def comparison_html(comparison: Comparison) -> str:
    """The two tables of figures, as HTML."""
    return "".join(html_table(table) for table in comparison.tables[:2]) + f"<p>{NOTE.en}</p>"


def curves_chart(comparison: Comparison, variant: Variant, design: Design) -> Any:
    """Net benefit per 1,000 families by threshold, a line per model: an altair chart."""
    import altair as alt

    one = comparison.validation(variant, design)
    data = [] if one is None else _points(one.curves)
    return (
        alt.Chart(alt.Data(values=data))
        .mark_line(point=True)
        .encode(
            x=alt.X("threshold:Q", title="threshold of risk", axis=alt.Axis(format="%")),
            y=alt.Y("net_benefit:Q", title="net benefit per 1,000 families"),
            color=alt.Color("model:N", title=None),
            tooltip=["model:N", "threshold:Q", "net_benefit:Q"],
        )
        .properties(title=f"{VARIANTS[variant].en}; {DESIGNS[design].en}", width=520)
    )


def _points(curves: DecisionCurves) -> list[dict[str, str | float]]:
    found: list[dict[str, str | float]] = []
    for place, threshold in enumerate(curves.thresholds):
        found.append(_point("offer to all", threshold, float(curves.offer_to_all[place])))
        found.append(_point("offer to none", threshold, 0.0))
        found += [_point(MODELS[one.model].en, threshold, float(one.net_benefit[place])) for one in curves.models]
    return found


def _point(model: str, threshold: float, value: float) -> dict[str, str | float]:
    return {"model": model, "threshold": threshold, "net_benefit": round(1000 * value, 4)}


def _figures_table(validations: Sequence[Validation], chosen: Mapping[Variant, str]) -> Table:
    body = tuple(
        (
            one.variant,
            one.design,
            judged.model,
            "yes" if judged.model == chosen[one.variant] else "no",
            judged.families,
            judged.outcomes,
            *(value for name, _ in _FIGURES for value in _three(getattr(judged, name))),
        )
        for one in validations
        for judged in one.judged
    )
    columns = (
        *_keys(),
        Column("chosen", "code", Text("chosen by the rule", "gekozen door de regel"), labels=_YES_NO),
        *_counts(),
        *(column for name, title in _FIGURES for column in _bounded(name, title)),
    )
    title = Text("Models compared on two designs", "Modellen vergeleken op twee manieren")
    return Table("comparison", title, columns, body, NOTE, channels=("review",))


def _differences_table(validations: Sequence[Validation]) -> Table:
    body = tuple(
        (
            one.variant,
            one.design,
            judged.model,
            other.to,
            judged.families,
            judged.outcomes,
            *(value for name, _ in _DIFFERENCES for value in _three(getattr(other, name))),
        )
        for one in validations
        for judged in one.judged
        for other in judged.differences
    )
    columns = (
        *_keys(),
        Column("to", "key", Text("compared with", "vergeleken met"), labels=MODELS),
        *_counts(),
        *(column for name, title in _DIFFERENCES for column in _bounded(name, title)),
    )
    title = Text("Paired differences between models", "Gepaarde verschillen tussen modellen")
    return Table("comparison_differences", title, columns, body, NOTE, channels=("review",))


def _curve_table(one: Validation) -> Table:
    curves = one.curves
    codes = {
        f"t{1000 * at:.0f}": Text(f"{100 * at:g}%", f"{100 * at:g}%".replace(".", ",")) for at in curves.thresholds
    }
    body = tuple(
        (code, curves.families, curves.outcomes, float(curves.offer_to_all[place]), *_curve_row(curves, place))
        for place, code in enumerate(codes)
    )
    columns = (
        Column("threshold", "key", Text("threshold of risk", "drempel"), labels=codes),
        *_counts(),
        _worth("offer_to_all", Text("offer to all", "aanbod aan iedereen")),
        *(_worth(curve.model, MODELS[curve.model]) for curve in curves.models),
        _worth("card_gain", Text("card minus count", "puntenkaart min telling")),
        _worth("card_gain_low", Text("card minus count: from", "puntenkaart min telling: van")),
        _worth("card_gain_high", Text("card minus count: to", "puntenkaart min telling: tot")),
    )
    variant, design = VARIANTS[one.variant], DESIGNS[one.design]
    title = Text(
        f"Net benefit; {variant.en}; {design.en}",
        f"Netto opbrengst; {variant.nl}; {design.nl}",
    )
    return Table(f"net_benefit_{one.variant}_{one.design}", title, columns, body, CURVE_NOTE, channels=("review",))


def _curve_row(curves: DecisionCurves, place: int) -> tuple[Value, ...]:
    card = curves.model("card")
    over = _three(card.over_count[place]) if card is not None and card.over_count else (None, None, None)
    return *(float(curve.net_benefit[place]) for curve in curves.models), *over


def _worth(name: str, title: Text) -> Column:
    return Column(name, "estimate", title, "per 1,000", base="families")


def _keys() -> tuple[Column, ...]:
    return (
        Column("stressors", "key", Text("stressors", "stressoren"), labels=VARIANTS),
        Column("design", "key", Text("judged on", "beoordeeld op"), labels=DESIGNS),
        Column("model", "key", Text("model", "model"), labels=MODELS),
    )


def _counts() -> tuple[Column, ...]:
    return (
        Column("families", "count", Text("families", "gezinnen"), "families", additive=False),
        Column("outcomes", "count", Text("with a new report", "met een nieuwe melding"), "families", additive=False),
    )


def _bounded(name: str, title: Text) -> tuple[Column, ...]:
    return (
        Column(name, "estimate", title, base="families"),
        Column(f"{name}_low", "estimate", Text(f"{title.en}: from", f"{title.nl}: van"), base="families"),
        Column(f"{name}_high", "estimate", Text(f"{title.en}: to", f"{title.nl}: tot"), base="families"),
    )


def _three(figure: Figure) -> tuple[Value, ...]:
    return tuple(float(x) if math.isfinite(x) else None for x in (figure.value, figure.low, figure.high))


_HEADS = ("model", "gain over count", "recorded minus risk, per 1,000", "slope", "log-loss minus count, per 1,000")
_WIDTHS = (12, 28, 32, 22, 32)


def _line(cells: Sequence[str]) -> str:
    return "".join(f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def _cells(one: Judged) -> tuple[str, ...]:
    """No figure where fewer than ten outcomes stand behind it."""
    if one.outcomes < 10:
        return one.model, "-", "-", "-", "-"
    to_count = one.difference("count")
    return (
        one.model,
        "-" if to_count is None else _figure(one.gain, "+.3f"),
        _figure(one.calibration_in_the_large, "+.1f", 1000),
        _figure(one.calibration_slope, ".2f"),
        "-" if to_count is None else _figure(to_count.log_loss, "+.2f", 1000),
    )


def _figure(figure: Figure, form: str, times: float = 1.0) -> str:
    if not math.isfinite(figure.value):
        return "-"
    if not math.isfinite(figure.low):
        return f"{times * figure.value:{form}}"
    return f"{times * figure.value:{form}} ({times * figure.low:{form}} to {times * figure.high:{form}})"

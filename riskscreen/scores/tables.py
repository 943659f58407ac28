"""The tables of the scores: performance, calibration, lines of the card, risk by points."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from riskscreen.records.card import Card
from riskscreen.records.definitions import Stressor
from riskscreen.records.meaning import line_meaning
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.scores.bands import Band, BandSize, bands_of, joined, points_code, points_label
from riskscreen.scores.judging import Judged, Scored, quantile_bins
from riskscreen.stats.discrimination import Figure
from riskscreen.stats.intervals import wilson
from riskscreen.stats.rows import Rows

MODELS: Mapping[str, Text] = {
    "count": Text("plain count of stressors", "gewone telling van stressoren"),
    "card": Text("card", "puntenkaart"),
    "challenger": Text("challenger (black box, never released)", "uitdager (black box, wordt nooit vrijgegeven)"),
}
_YES_NO = {"yes": Text("yes", "ja"), "no": Text("no", "nee")}
_FAMILIES = Column("families", "count", Text("families", "gezinnen"), "families")
_OUTCOMES = Column("outcomes", "count", Text("with a new report", "met een nieuwe melding"), "families")
_RECORDED = Text(
    "Recorded reports, not all maltreatment: most is never reported, and reporting differs between groups.",
    "Het gaat om geregistreerde meldingen, niet om alle kindermishandeling: de meeste wordt nooit gemeld, en niet elke "
    "groep wordt even vaak gemeld.",
)


def performance_table(judged: Sequence[Judged], cards: Sequence[Card], chosen: str, gap: float | None) -> Table:
    """One row per model: the gain over the plain count and calibration first.

    Parameters
    ----------
    gap
        Share of what the fitted card explains on its training rows that its whole points give up.
    """
    lines = {card.name: len(card.lines) for card in cards}
    figures = (
        ("gain", Text("gain in AUROC over the plain count", "winst in AUROC op de gewone telling")),
        (
            "calibration_in_the_large",
            Text("recorded rate minus mean risk", "geregistreerd aandeel min gemiddelde kans"),
        ),
        ("calibration_slope", Text("calibration slope", "kalibratiehelling")),
        ("brier", Text("Brier score", "Brier-score")),
        ("auroc", Text("AUROC", "AUROC")),
    )
    columns = [
        Column("model", "key", Text("model", "model"), labels=MODELS),
        Column("chosen", "code", Text("chosen", "gekozen"), labels=_YES_NO),
        _FAMILIES,
        _OUTCOMES,
        *(column for name, title in figures for column in _with_bounds(name, title)),
        Column("lines", "number", Text("lines", "regels")),
        Column(
            "rounding_gap",
            "estimate",
            Text(
                "given up by whole points, of what the lines explain",
                "ingeleverd door hele punten, van wat de regels verklaren",
            ),
            "share",
            base="families",
        ),
    ]
    rows = [
        (
            one.model,
            "yes" if one.model == chosen else "no",
            one.families,
            one.outcomes,
            *(value for name, _ in figures for value in _three(getattr(one, name))),
            lines.get(one.model),
            gap if one.model == "card" else None,
        )
        for one in judged
    ]
    title = Text(
        "How the models compare on families they never saw", "Modellen vergeleken op gezinnen buiten de berekening"
    )
    note = Text(
        "Judged on a later index date and on families that took no part in the fit. On synthetic data an AUROC says "
        f"something about the generator; look at the gain and the calibration. {_RECORDED.en}",
        "Beoordeeld op een latere peildatum en op gezinnen die niet meededen aan de berekening. Bij synthetische "
        f"gegevens zegt een AUROC iets over de maker van de gegevens; kijk naar winst en kalibratie. {_RECORDED.nl}",
    )
    return Table("performance", title, tuple(columns), tuple(rows), note)


def calibration_table(scored: Sequence[Scored], rows: Rows, size: BandSize) -> Table:
    """Recorded rate and mean risk per band of points (card, count) or of groups by risk (challenger)."""
    labels: dict[str, Text] = {}
    body: list[tuple[Value, ...]] = []
    for model in scored:
        for band, code, label in _labelled(model, rows, size, most=10):
            labels[code] = label
            body.append((model.model, code, *_observed(band)))
    columns = (
        Column("model", "key", Text("model", "model"), labels=MODELS),
        Column("band", "key", Text("band", "groep"), labels=labels),
        *_observed_columns(),
    )
    title = Text("Risk and recorded rate side by side", "Kans en geregistreerd aandeel naast elkaar")
    return Table("calibration", title, columns, tuple(body), _RECORDED)


def points_table(model: Scored, rows: Rows, size: BandSize) -> Table:
    """Recorded rate and risk per band of points of the chosen card."""
    labelled = _labelled(model, rows, size)
    columns = (
        Column(
            "points", "key", Text("points", "punten"), "points", labels={code: label for _, code, label in labelled}
        ),
        *_observed_columns(),
    )
    body = tuple((code, *_observed(band)) for band, code, _ in labelled)
    return Table(
        "points", Text("What a total of points means", "Wat een totaal aan punten betekent"), columns, body, _RECORDED
    )


def lines_table(card: Card, rows: Rows, stressors: Mapping[str, Stressor]) -> Table:
    """The card itself, with how many families each line holds for."""
    everyone = int(rows.families.sum())
    levels = rows.columns()
    meanings: dict[str, Text] = {}
    body: list[tuple[Value, ...]] = []
    for number, line in enumerate(card.lines, start=1):
        families = int(rows.families[line.holds(levels[line.stressor])].sum())
        code = f"{line.stressor} {line.side} {line.cut:g}"
        meanings[code] = line_meaning(line, stressors)
        rate = families / everyone if everyone else None
        body.append((str(number), line.stressor, line.side, line.cut, code, line.points, families, everyone, rate))
    names = {name: stressors[name].name if name in stressors else same(name) for name in card.stressors}
    sides = {">=": Text("at least", "minstens"), "<=": Text("at most", "hoogstens")}
    numbers = {str(number): same(str(number)) for number in range(1, len(card.lines) + 1)}
    columns = (
        Column("line", "key", Text("line", "regel"), labels=numbers),
        Column("stressor", "code", Text("stressor", "stressor"), labels=names),
        Column("side", "code", Text("side", "kant"), labels=sides),
        Column("cut", "number", Text("level", "niveau")),
        Column("meaning", "code", Text("circumstance", "omstandigheid"), labels=meanings),
        Column("points", "number", Text("points", "punten"), "points"),
        Column("families", "count", Text("families", "gezinnen"), "families", additive=False),
        Column("families_all", "count", Text("all families", "alle gezinnen"), "families", additive=False),
        Column(
            "rate", "rate", Text("share of families", "aandeel van de gezinnen"), "share", "families", "families_all"
        ),
    )
    return Table("card_lines", Text("The card", "De puntenkaart"), columns, tuple(body))


def _labelled(model: Scored, rows: Rows, size: BandSize, most: int | None = None) -> list[tuple[Band, str, Text]]:
    """Bands with their code and wording; with ``most`` joined into bands of more families with a report."""
    if model.model == "challenger":
        groups = quantile_bins(model.row_risk, rows.families, 10)
        found = bands_of(groups, rows.outcome, rows.families, model.row_risk, size=size, most=100)
        return [(band, f"group_{number}", _group_label(number)) for number, band in enumerate(found, start=1)]
    highest = int(model.bins.max(initial=0))
    found = bands_of(model.bins, rows.outcome, rows.families, model.row_risk, size=size)
    if most is not None:
        found = joined(found, most=most)
    return [(band, points_code(band, highest), points_label(band, highest)) for band in found]


def _group_label(number: int) -> Text:
    return Text(f"group {number}, from low to high risk", f"groep {number}, van lage naar hoge kans")


def _observed(band: Band) -> tuple[Value, ...]:
    bounds = wilson(band.outcomes, band.families)
    rate = band.outcomes / band.families
    return band.families, band.outcomes, rate, float(bounds.low), float(bounds.high), band.expected


def _observed_columns() -> tuple[Column, ...]:
    return (
        _FAMILIES,
        _OUTCOMES,
        Column("observed", "rate", Text("recorded rate", "geregistreerd aandeel"), "per 1,000", "outcomes", "families"),
        Column("low", "estimate", Text("from", "van"), "per 1,000", base="families"),
        Column("high", "estimate", Text("to", "tot"), "per 1,000", base="families"),
        Column(
            "expected", "estimate", Text("risk by the model", "kans volgens het model"), "per 1,000", base="families"
        ),
    )


def _with_bounds(name: str, title: Text) -> tuple[Column, ...]:
    unit = "share" if name == "calibration_in_the_large" else ""
    return (
        Column(name, "estimate", title, unit, base="families"),
        Column(f"{name}_low", "estimate", Text(f"{title.en}: from", f"{title.nl}: van"), unit, base="families"),
        Column(f"{name}_high", "estimate", Text(f"{title.en}: to", f"{title.nl}: tot"), unit, base="families"),
    )


def _three(figure: Figure) -> tuple[Value, ...]:
    return tuple(float(x) if math.isfinite(x) else None for x in (figure.value, figure.low, figure.high))

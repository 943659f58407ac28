"""The table of one level: what was counted, what the card expects, what the model makes of it, and what need may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from riskscreen.areas.need import need_sentence
from riskscreen.areas.tree import ONE, UNKNOWN
from riskscreen.records.tables import CHANNELS, TOTAL, TOTAL_LABEL, Channel, Column, Table, Value
from riskscreen.records.texts import Text, same

if TYPE_CHECKING:
    from riskscreen.areas.rates import AreaEstimate, AreaEstimates

UNKNOWN_LABEL = Text("area not known", "gebied onbekend")
INSIDE: tuple[Channel, ...] = ("review", "internal")
"""Channels of anything by buurt."""
STEPS, NEED_STEPS, SHARE_STEPS = 9973, 997, 997
"""Steps per 1 of model rates, of need and of the own share: primes."""
_DRAWN: Mapping[str, Text] = {
    "card": Text(
        "what their profiles make expected, as far as areas bear that out, and the larger area around them",
        "wat hun profielen doen verwachten, voor zover dat blijkt te kloppen, en het grotere gebied eromheen",
    ),
    "wijk": Text("the larger area around them", "het grotere gebied eromheen"),
    "overall": Text("the overall rate", "het gemiddelde"),
}


def rate_table(found: AreaEstimates) -> Table:
    """``areas_<level>``, with a row *total*; not yet released.

    Figures of the model go in steps of about 0.1 per 1,000: finer ones would, added up, give hidden counts away, since
    estimates sum to the recorded total. An only municipality (or province) is the total: it has that row alone.
    """
    labels = area_labels(found)
    rows: list[tuple[Value, ...]] = [*(_cells(row) for row in found.rows), _total(found)]
    if found.level in ("gemeente", "provincie") and len(found.rows) == 1:
        labels, rows = {TOTAL: same(found.rows[0].name)}, [(TOTAL, *rows[0][1:])]
    one = ONE[found.level]
    return Table(
        f"areas_{found.level}",
        Text(f"Recorded reports by {one.en}", f"Geregistreerde meldingen per {one.nl}"),
        _columns(labels, need=found.reporting is not None),
        tuple(_without_need(row, found) for row in rows),
        note=_note(found),
        channels=INSIDE if found.level == "buurt" else CHANNELS,
    )


def area_labels(found: AreaEstimates) -> dict[str, Text]:
    """The name of every area by its code."""
    labels = {row.area: same(row.name) for row in found.rows if row.area != UNKNOWN}
    if any(row.area == UNKNOWN for row in found.rows):
        labels[UNKNOWN] = UNKNOWN_LABEL
    return labels


def _cells(row: AreaEstimate) -> tuple[Value, ...]:
    return (
        row.area,
        row.families,
        row.children,
        row.outcomes,
        row.rate,
        row.rate_low,
        row.rate_high,
        stepped(row.expected),
        stepped(row.estimate),
        stepped(row.low),
        stepped(row.high),
        stepped(row.own_share, SHARE_STEPS),
        stepped(row.need_low, NEED_STEPS),
        stepped(row.need_high, NEED_STEPS),
        row.urbanity,
    )


_NEED = slice(12, 14)


def _without_need(row: tuple[Value, ...], found: AreaEstimates) -> tuple[Value, ...]:
    return row if found.reporting is not None else (*row[: _NEED.start], *row[_NEED.stop :])


def stepped(value: float | None, steps: int = STEPS) -> float | None:
    """A figure in whole steps of one over a prime.

    Decimals would often equal a hidden small count over a known one by chance, and the gate would hide them for it.

    Examples
    --------
    >>> stepped(0.02) == 199 / 9973
    True
    """
    return None if value is None else round(value * steps) / steps


def _total(found: AreaEstimates) -> tuple[Value, ...]:
    families, children, outcomes = (
        sum(getattr(row, name) for row in found.rows) for name in ("families", "children", "outcomes")
    )
    rate = outcomes / families if families else None
    return (TOTAL, families, children, outcomes, rate, *[None] * 10)


def _note(found: AreaEstimates) -> Text:
    drawn = _DRAWN[found.towards]
    need = need_sentence(found.reporting) if found.reporting is not None else Text("", "")
    return Text(
        f"Three things that are not the same: what was recorded, what the card expects, and need. Estimates of small "
        f"areas are drawn towards {drawn.en}; own share says how far an estimate follows the area's own families. "
        "Estimates add up to the recorded total of the municipality, but for rounding. Intervals are 95%, each area by "
        f"itself. Recorded reports are not all maltreatment, and reporting differs between areas. {need.en}".strip(),
        f"Drie dingen die niet hetzelfde zijn: wat is geregistreerd, wat de puntenkaart verwacht, en de behoefte. "
        f"Schattingen van kleine gebieden zijn bijgetrokken naar {drawn.nl}; het eigen aandeel zegt hoe ver een "
        "schatting de eigen gezinnen volgt. Schattingen tellen op tot het geregistreerde totaal van de gemeente, op "
        "afronding na. Marges zijn 95%, elk gebied op zichzelf. Niet alle mishandeling wordt gemeld, en hoe vaak er "
        f"gemeld wordt verschilt per gebied. {need.nl}".strip(),
    )


def _columns(labels: Mapping[str, Text], *, need: bool) -> tuple[Column, ...]:
    def estimated(name: str, en: str, nl: str, unit: str = "per 1,000") -> Column:
        return Column(name, "estimate", Text(en, nl), unit, base="families")

    needed = (
        estimated("need_low", "with need, if reporting is as assumed: lower", "met behoefte, bij de aanname: laag"),
        estimated("need_high", "with need, if reporting is as assumed: upper", "met behoefte, bij de aanname: hoog"),
    )
    return (
        Column("area", "key", Text("area", "gebied"), labels={TOTAL: TOTAL_LABEL, **labels}),
        Column("families", "count", Text("families", "gezinnen"), "families"),
        Column("children", "count", Text("children", "kinderen"), "children"),
        Column("outcomes", "count", Text("with a recorded report", "met een melding"), "families"),
        Column("rate", "rate", Text("own rate", "eigen cijfer"), "per 1,000", of="outcomes", base="families"),
        estimated("rate_low", "own rate, lower bound", "eigen cijfer, ondergrens"),
        estimated("rate_high", "own rate, upper bound", "eigen cijfer, bovengrens"),
        estimated("expected", "expected by the card", "verwacht door de puntenkaart"),
        estimated("estimate", "estimate", "schatting"),
        estimated("low", "lower bound", "ondergrens"),
        estimated("high", "upper bound", "bovengrens"),
        estimated("own_share", "weight of its own families", "gewicht van de eigen gezinnen", "share"),
        *(needed if need else ()),
        Column("urbanity", "number", Text("urbanity (1 most urban)", "stedelijkheid (1 = meest stedelijk)")),
    )

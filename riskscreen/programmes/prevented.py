"""An annex, for planning only: recorded reports that a plan might prevent, as a range and never as one figure."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass

from riskscreen.programmes.plan import Plan
from riskscreen.records.definitions import Programme
from riskscreen.records.tables import Column, Table
from riskscreen.records.texts import Text
from riskscreen.settings import shipped

ON_MALTREATMENT = ("eff.voorzorg", "eff.nfp_meta", "eff.homevisit_meta", "eff.preventive_meta")
"""Published effects measured on maltreatment or a child-protection file; others prevent nothing here."""

BASIS = {
    "range": Text("published effect on maltreatment", "gepubliceerd effect op mishandeling"),
    "unknown": Text("no effect on maltreatment known to us", "bij ons geen effect op mishandeling bekend"),
}


@dataclass(frozen=True, slots=True)
class Range:
    """What a programme might do to the odds of maltreatment: odds ratios, or risk ratios, from weakest to strongest.

    Parameters
    ----------
    weak, strong
        Ratios at most 1; ``weak`` is 1 where the published effect has no interval.
    """

    weak: float
    strong: float


def planning_range(programme: Programme) -> Range | None:
    """The range of odds ratios of a programme's published effects on maltreatment; ``None``: there is none.

    A standardised difference ``d`` becomes an odds ratio ``exp(-d pi / sqrt(3))`` (Chinn 2000); a relative risk is
    taken as an odds ratio, which prevents somewhat less. The weak end is the weakest bound or figure, the strong end
    the strongest; a single figure without an interval has the weak end 1, no effect.
    """
    figures = _figures()
    ratios = [
        ratio for name in programme.figures if name in ON_MALTREATMENT and name in figures for ratio in figures[name]
    ]
    if not ratios:
        return None
    return Range(max(ratios) if len(ratios) > 1 else 1.0, min(ratios))


def prevented_table(plan: Plan, rates: Mapping[str, float]) -> Table:
    """``prevented_range``; not yet released. For each programme, reports among families that take part, and the range.

    Of families with rate ``r`` that take part, an odds ratio ``q`` leaves ``q r / (1 - r + q r)``.

    Parameters
    ----------
    rates
        Share with the recorded outcome per target group.
    """
    rows = []
    for programme in plan.catalogue.programmes:
        offers = [offer for offer in plan.offers if offer.programme == programme.id]
        places = sum(offer.places for offer in offers)
        if not places:
            continue
        found = planning_range(programme)
        there = sum(plan.eligible[programme.id, area] for area in sorted({offer.area_block for offer in offers}))
        low, high = (
            (None, None)
            if found is None
            else tuple(
                round(sum(o.places * _fewer(rates[o.group], q) for o in offers), 1) for q in (found.weak, found.strong)
            )
        )
        rows.append((programme.id, places, _coarse(there), "unknown" if found is None else "range", low, high))
    return Table(
        "prevented_range",
        Text("Annex for planning: reports that might be prevented", "Bijlage: meldingen die misschien uitblijven"),
        _columns(plan.catalogue.names),
        tuple(rows),
        note=Text(
            "For planning only, not a forecast. Effects come from other families, other countries and other outcomes "
            "than recorded reports; whether they hold for these families is not known. "
            "Where no effect on maltreatment is known to us there is no range. Rates are those "
            "of the target group, among all its families.",
            "Alleen om mee te plannen, geen voorspelling. De effecten komen van andere gezinnen, uit andere landen en "
            "gaan over iets anders dan geregistreerde meldingen; of ze hier gelden, is niet bekend. Waar bij ons geen "
            "effect op mishandeling bekend is, staat geen marge. Het deel met een melding is dat van de hele "
            "doelgroep.",
        ),
        channels=("review", "internal"),
    )


def _coarse(families: int) -> int:
    """Down to whole hundreds, or tens: an exact sum over wijken would tell what is hidden of one of them."""
    return families // 100 * 100 or families // 10 * 10


def _fewer(rate: float, ratio: float) -> float:
    return rate - ratio * rate / (1 - rate + ratio * rate)


def _figures() -> dict[str, tuple[float, ...]]:
    """Odds ratios of published effects, with their bounds where they have any."""
    found = {}
    with shipped("figures.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["id"] in ON_MALTREATMENT:
                values = [float(row[key]) for key in ("value", "low", "high") if row[key]]
                is_d = row["unit"].startswith("d")
                found[row["id"]] = tuple(math.exp(-v * math.pi / math.sqrt(3)) if is_d else v for v in values)
    return found


def _columns(programmes: Mapping[str, Text]) -> tuple[Column, ...]:
    def might(name: str, en: str, nl: str) -> Column:
        return Column(name, "estimate", Text(en, nl), "reports", base="eligible")

    return (
        Column("programme", "key", Text("programme", "programma"), labels=programmes),
        Column("places", "number", Text("places", "plekken"), "places"),
        Column(
            "eligible",
            "count",
            Text("families that could be offered it", "gezinnen die het aanbod past"),
            "families",
            additive=False,
        ),
        Column("basis", "code", Text("what is known", "wat bekend is"), labels=BASIS),
        might("prevented_low", "fewer reports, at least", "minder meldingen, minstens"),
        might("prevented_high", "fewer reports, at most", "minder meldingen, hoogstens"),
    )

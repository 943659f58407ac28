"""Where card and challenger disagree, what was recorded there, and what the challenger leans on; in groups only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.explanation.additive import Additive, additive_contributions
from riskscreen.explanation.challenger import TreeModel, TreeReader
from riskscreen.explanation.contributions import stressor_names
from riskscreen.explanation.stability import DIGITS
from riskscreen.records.card import Card
from riskscreen.records.definitions import Stressor
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text
from riskscreen.stats.intervals import wilson
from riskscreen.stats.logistic import expit
from riskscreen.stats.rows import Rows

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

EDGES = (0.1, 0.3, 0.7, 0.9)
"""Shares of families below which a group ends, ordered by the challenger's log-odds minus the card's."""
DRAWN = 80
"""Families drawn per group to ask shap about; what is shown is their mean."""
MIDDLE = 2

_GROUPS: Mapping[str, Text] = {
    "lowest": Text(
        "the tenth where the challenger is lowest against the card",
        "het tiende deel waar de uitdager het laagst is ten opzichte van de puntenkaart",
    ),
    "low": Text("the next fifth of families", "het volgende vijfde deel van de gezinnen"),
    "middle": Text("the families in the middle", "de gezinnen in het midden"),
    "high": Text("the fifth of families above the middle", "het vijfde deel van de gezinnen boven het midden"),
    "highest": Text(
        "the tenth where the challenger is highest against the card",
        "het tiende deel waar de uitdager het hoogst is ten opzichte van de puntenkaart",
    ),
}
NEARER: Mapping[str, Text] = {
    "noise": Text(
        "cannot be told: both lie within the interval",
        "niet te zeggen: allebei liggen ze binnen het interval",
    ),
    "card": Text("the card: only it lies within the interval", "de puntenkaart: alleen die ligt binnen het interval"),
    "challenger": Text(
        "the challenger: only it lies within the interval", "de uitdager: alleen die ligt binnen het interval"
    ),
    "neither": Text("neither lies within the interval", "geen van beide ligt binnen het interval"),
}
_FITS: Mapping[str, Text] = {
    "noise": Text(
        "Both lie within the interval: the difference is within noise.",
        "Allebei liggen ze binnen het interval: het verschil kan toeval zijn.",
    ),
    "card": Text(
        "Only the card lies within the interval: it fits better there.",
        "Alleen de puntenkaart ligt binnen het interval: die past daar beter.",
    ),
    "challenger": Text(
        "Only the challenger lies within the interval: the card gives something up there.",
        "Alleen de uitdager ligt binnen het interval: daar levert de puntenkaart iets in.",
    ),
    "neither": Text(
        "Neither lies within the interval: both are off there.",
        "Geen van beide ligt binnen het interval: allebei zitten ze er daar naast.",
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class _Lean:
    """A stressor, and the challenger's mean contribution minus the card's, in log-odds."""

    stressor: str
    amount: float


def disagreement_table(
    card: Card,
    challenger: TreeModel,
    reader: TreeReader | None,
    rows: Rows,
    stressors: Mapping[str, Stressor],
    *,
    threshold: int = 10,
    estimate_base: int = 100,
    seed: int = 0,
) -> Table:
    """Families in order of disagreement, in at most five groups, with both risks and what was recorded.

    Parameters
    ----------
    reader
        Gives the challenger's contributions (shap); without one nothing is said about what it leans on.
    rows
        Families to judge on: best those that took no part in the fit, for the challenger may know the others by heart.
    threshold, estimate_base
        A group with fewer families (with and without the outcome: ``threshold``; in all: ``estimate_base``) joins the
        next one towards the middle.
    """
    exact = additive_contributions(card, rows.columns(), rows.families)
    ours = np.asarray(exact.base + exact.values.sum(axis=1), dtype=np.float64)[exact.of_row]
    theirs = _log_odds(challenger, rows)
    group = _grouped(theirs - ours, rows, threshold, estimate_base)
    body = [
        _row(
            code, group == number, rows, expit(ours), expit(theirs), _leans(exact, reader, rows, group == number, seed)
        )
        for number, code in enumerate(_GROUPS)
        if np.any(group == number)
    ]
    names = stressor_names(tuple(dict.fromkeys([*card.stressors, *challenger.stressors])), stressors)
    title = Text("Where card and challenger disagree", "Waar puntenkaart en uitdager van elkaar verschillen")
    return Table("disagreement", title, _columns(names), tuple(body), _NOTE)


def disagreement_sentences(table: Table) -> tuple[Text, ...]:
    """The two outer groups in plain words, each with what was recorded and whether the difference is within noise."""
    found = []
    for row in table.records():
        if row["group"] in ("lowest", "highest") and None not in (row["rate"], row["low"], row["card_risk"]):
            found.append(_sentence(table, row))
    return tuple(found)


def _log_odds(challenger: TreeModel, rows: Rows) -> Array:
    if not len(rows.families):
        return np.zeros(0)
    return np.asarray(challenger.model.decision_function(rows.only(challenger.stressors).levels), dtype=np.float64)


def _grouped(difference: Array, rows: Rows, threshold: int, estimate_base: int) -> Codes:
    """The group of each row, 0 to 4; small ones have joined the next one towards the middle."""
    values, code = np.unique(difference, return_inverse=True)
    size = np.bincount(code, rows.families, len(values))
    middle = (np.cumsum(size) - size / 2) / max(float(size.sum()), 1.0)
    group = np.searchsorted(EDGES, middle)[code].astype(np.int64)
    for number, towards in ((0, 1), (1, MIDDLE), (4, 3), (3, MIDDLE)):
        inside = group == number
        families, outcomes = rows.families[inside].sum(), (rows.families * rows.outcome)[inside].sum()
        if families < estimate_base or min(outcomes, families - outcomes) < threshold:
            group[inside] = towards
    return group


def _leans(exact: Additive, reader: TreeReader | None, rows: Rows, inside: NDArray[np.bool_], seed: int) -> list[_Lean]:
    """The stressors to which the challenger gives another contribution than the card, the largest difference first."""
    families = rows.families * inside
    if reader is None or families.sum() <= 0:
        return []
    drawn = np.random.default_rng(seed).choice(len(families), DRAWN, p=families / families.sum())
    theirs = dict(zip(reader.stressors, reader.mean(rows.only(reader.stressors).levels[drawn]), strict=True))
    ours = dict(zip(exact.stressors, exact.values[exact.of_row[drawn]].mean(axis=0), strict=True))
    leans = [_Lean(name, float(theirs.get(name, 0.0) - ours.get(name, 0.0))) for name in sorted({*theirs, *ours})]
    return sorted(leans, key=lambda one: -abs(one.amount))


def _row(
    code: str, inside: NDArray[np.bool_], rows: Rows, card: Array, challenger: Array, leans: list[_Lean]
) -> tuple[Value, ...]:
    families = rows.families * inside
    everyone, outcomes = float(families.sum()), float((families * rows.outcome).sum())
    bounds = wilson(outcomes, everyone)
    ours, theirs = (round(float(np.sum(families * one)) / everyone, DIGITS) for one in (card, challenger))
    said: list[Value] = []
    for place in (0, 1):
        said += [leans[place].stressor, round(leans[place].amount, DIGITS)] if place < len(leans) else [None, None]
    nearer = _nearer(ours, theirs, float(bounds.low), float(bounds.high))
    rate = outcomes / everyone
    low, high = float(bounds.low), float(bounds.high)
    return code, int(everyone), int(outcomes), rate, low, high, ours, theirs, nearer, *said


def _nearer(card: float, challenger: float, low: float, high: float) -> str:
    ours, theirs = low <= card <= high, low <= challenger <= high
    if ours and theirs:
        return "noise"
    return "card" if ours else "challenger" if theirs else "neither"


def _sentence(table: Table, row: Mapping[str, Value]) -> Text:
    def per(name: str) -> int:
        return round(1000 * float(str(row[name])))

    theirs, ours, recorded = per("challenger_risk"), per("card_risk"), per("rate")
    where, fits, lean = _GROUPS[str(row["group"])], _FITS[str(row["nearer"])], _leaning(table, row)
    return Text(
        f"Of 1,000 families in {where.en}, the challenger expects that {theirs} are reported and {1000 - theirs} are "
        f"not, the card {ours} and {1000 - ours}. Recorded were {recorded} and {1000 - recorded} (interval "
        f"{per('low')} to {per('high')}). {fits.en}{lean.en}",
        f"Van 1.000 gezinnen in {where.nl} verwacht de uitdager er {theirs} met een melding en {1000 - theirs} zonder, "
        f"de puntenkaart {ours} en {1000 - ours}. Geregistreerd zijn er {recorded} met en {1000 - recorded} zonder "
        f"(interval {per('low')} tot {per('high')}). {fits.nl}{lean.nl}",
    )


def _leaning(table: Table, row: Mapping[str, Value]) -> Text:
    """To which stressor the challenger gives another weight there."""
    if row["leans_on"] is None or row["lean"] is None:
        return Text("", "")
    name = table.column("leans_on").labels[str(row["leans_on"])]
    more = float(str(row["lean"])) > 0
    return Text(
        f" The challenger gives {'more' if more else 'less'} weight there to {name.en}.",
        f" De uitdager geeft daar {'meer' if more else 'minder'} gewicht aan {name.nl}.",
    )


def _estimate(name: str, title: Text) -> Column:
    return Column(name, "estimate", title, "per 1,000", base="families")


def _columns(names: Mapping[str, Text]) -> tuple[Column, ...]:
    lean = Text("contribution minus that of the card (log-odds)", "bijdrage min die van de puntenkaart (log-odds)")
    return (
        Column("group", "key", Text("families", "gezinnen"), labels=_GROUPS),
        Column("families", "count", Text("families", "gezinnen"), "families"),
        Column("outcomes", "count", Text("with a new report", "met een nieuwe melding"), "families"),
        Column("rate", "rate", Text("recorded rate", "geregistreerd aandeel"), "per 1,000", "outcomes", "families"),
        _estimate("low", Text("from", "van")),
        _estimate("high", Text("to", "tot")),
        _estimate("card_risk", Text("risk by the card", "kans volgens de puntenkaart")),
        _estimate("challenger_risk", Text("risk by the challenger", "kans volgens de uitdager")),
        Column("nearer", "code", Text("which fits what was recorded", "welke past bij de registratie"), labels=NEARER),
        Column("leans_on", "code", Text("weighed most differently", "het meest anders gewogen"), labels=names),
        Column("lean", "estimate", lean, base="families"),
        Column("leans_on_next", "code", Text("and then", "en daarna"), labels=names),
        Column("lean_next", "estimate", lean, base="families"),
    )


_NOTE = Text(
    "Families are put in order of the challenger's risk against the card's and taken together in large groups. The "
    "challenger can never be released; a difference within the interval of the recorded rate may be chance. These "
    "groups were not named beforehand, so they carry no verdict.",
    "Gezinnen staan op volgorde van de kans volgens de uitdager ten opzichte van de puntenkaart en zijn samengenomen "
    "in grote groepen. De uitdager wordt nooit vrijgegeven; een verschil binnen het interval van het geregistreerde "
    "aandeel kan toeval zijn. Deze groepen zijn niet vooraf benoemd en krijgen dus geen oordeel.",
)

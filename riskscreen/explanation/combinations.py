"""Which domains occur together: families and recorded rate per combination of domains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.explanation.accumulation import MOST, presence_of
from riskscreen.records.definitions import DOMAINS, Stressor
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.stats.intervals import wilson
from riskscreen.stats.rows import Rows

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
Part = NDArray[np.bool_]

MOST_SHOWN = 12
"""Combinations in rows of their own: what fits on a phone."""
NONE, OTHER, JOIN = "none", "other", "+"


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Families and outcomes per combination that occurs; ``code`` has a bit per domain."""

    domains: tuple[str, ...]
    code: Codes
    families: Array
    outcomes: Array

    def enough(self, part: Part, threshold: int) -> bool:
        """No family at all, or at least the threshold with the outcome and without it."""
        families, outcomes = float(self.families[part].sum()), float(self.outcomes[part].sum())
        return families == 0 or (outcomes >= threshold and families - outcomes >= threshold)

    def many(self, part: Part, threshold: int) -> bool:
        """No family at all, or at least the threshold."""
        families = float(self.families[part].sum())
        return families == 0 or families >= threshold


def combinations_table(
    rows: Rows, stressors: Mapping[str, Stressor], *, threshold: int = 10, estimate_base: int = 100
) -> Table:
    """Families, outcomes and recorded rate with a 95% interval (Wilson 1927) per combination of domains.

    The combinations that most families have get a row each: at most twelve, of at least ``estimate_base`` families. All
    others are one row *other*. The gate hides the outcomes of a row with fewer than ``threshold`` with or without one;
    its families stay. Whoever subtracts the rows from the tables of single domains, or of numbers of domains, finds no
    smaller group either: combinations move to *other* until what is left, hidden or in *other*, holds enough families
    for every domain and every number of domains.
    """
    counts = _counted(rows, stressors)
    shown = _shown(counts, threshold, estimate_base)
    order = [int(place) for place in np.argsort(-counts.families, kind="stable") if shown[place]]
    body = [_row(_code(counts, place), counts.families[place], counts.outcomes[place]) for place in order]
    rest = ~shown
    if counts.families[rest].sum() > 0:
        body.append(_row(OTHER, counts.families[rest].sum(), counts.outcomes[rest].sum()))
    labels = {_code(counts, place): combination_name(_code(counts, place)) for place in order}
    columns = (
        Column(
            "combination",
            "key",
            Text("domains with a stressor", "domeinen met een stressor"),
            labels=labels | {OTHER: combination_name(OTHER)},
        ),
        Column("families", "count", Text("families", "gezinnen"), "families"),
        Column("outcomes", "count", Text("with a new report", "met een nieuwe melding"), "families"),
        Column("rate", "rate", Text("recorded rate", "geregistreerd aandeel"), "per 1,000", "outcomes", "families"),
        Column("low", "estimate", Text("from", "van"), "per 1,000", base="families"),
        Column("high", "estimate", Text("to", "tot"), "per 1,000", base="families"),
    )
    title = Text("Which domains occur together", "Welke domeinen samen voorkomen")
    return Table("domain_combinations", title, columns, tuple(body), _NOTE)


def combination_domains(code: str) -> tuple[str, ...]:
    """The domains in the code of a combination; none for *none* and for *other*."""
    return () if code in (NONE, OTHER) else tuple(code.split(JOIN))


def combination_name(code: str) -> Text:
    """*debt, and violence and justice*: the domains by name."""
    fixed = {
        NONE: Text("no domain", "geen domein"),
        OTHER: Text("all other combinations", "alle andere combinaties"),
    }
    if code in fixed:
        return fixed[code]
    names = [DOMAINS.get(domain, same(domain)) for domain in combination_domains(code)]
    return Text(" + ".join(name.en for name in names), " + ".join(name.nl for name in names))


_NOTE = Text(
    "Every family is in one row. Small groups, and what would give them away, are in the row of all other combinations."
    " A stressor that is not covered adds nothing, so a family may have stressors in more domains than are counted.",
    "Elk gezin staat in één rij. Kleine groepen, en wat die zou verraden, staan in de rij met alle andere combinaties."
    " Een stressor die niet in beeld is, telt niet mee. Een gezin kan dus stressoren hebben in meer domeinen dan hier "
    "geteld.",
)


def _counted(rows: Rows, stressors: Mapping[str, Stressor]) -> _Counts:
    found = presence_of(rows, stressors)
    domains = tuple(sorted(found, key=lambda name: (list(DOMAINS).index(name) if name in DOMAINS else 99, name)))
    key = np.zeros(len(rows.families), dtype=np.int64)
    for place, name in enumerate(domains):
        key |= found[name].astype(np.int64) << place
    code, at = np.unique(key, return_inverse=True)
    families = np.bincount(at, rows.families, len(code)).astype(np.float64)
    outcomes = np.bincount(at, rows.families * rows.outcome, len(code)).astype(np.float64)
    return _Counts(domains, code, families, outcomes)


def _shown(counts: _Counts, threshold: int, estimate_base: int) -> Part:
    """The largest combinations, without those that would give away what is left."""
    shown = counts.families >= max(estimate_base, threshold)
    shown[np.argsort(-counts.families, kind="stable")[MOST_SHOWN:]] = False
    told = np.minimum(counts.outcomes, counts.families - counts.outcomes) >= threshold
    while (place := _telling(counts, shown, told, threshold)) is not None:
        shown[place] = False
    return shown


def _telling(counts: _Counts, shown: Part, told: Part, threshold: int) -> int | None:
    """The smallest shown combination that gives away a rest that is too small; ``None`` when there is none.

    ``told`` says of which combinations the gate shows the outcomes.
    """
    if not counts.enough(shown & ~told, threshold):  # all others, and *other*, can be subtracted from the total
        return _smallest(counts, shown & ~told)
    for group in _groups(counts):
        if np.any(group & shown) and not counts.many(group & ~shown, threshold):
            return _smallest(counts, group & shown)
        if np.any(group & shown & told) and not counts.enough(group & ~(shown & told), threshold):
            return _smallest(counts, group & shown & told)
    return None


def _smallest(counts: _Counts, part: Part) -> int:
    places = np.flatnonzero(part)
    return int(places[np.argmin(counts.families[places])])


def _groups(counts: _Counts) -> Iterator[Part]:
    """The groups whose totals stand in other tables: all, per number of domains, per domain."""
    yield np.ones(len(counts.code), dtype=np.bool_)
    bits = (counts.code[:, None] >> np.arange(len(counts.domains))) & 1
    number = np.minimum(bits.sum(axis=1), MOST)
    yield from (number == one for one in range(MOST + 1))
    yield from (column == 1 for column in bits.T)


def _code(counts: _Counts, place: int) -> str:
    code = int(counts.code[place])
    return JOIN.join(name for at, name in enumerate(counts.domains) if code >> at & 1) or NONE


def _row(code: str, families: float, outcomes: float) -> tuple[Value, ...]:
    bounds = wilson(outcomes, families)
    rate = float(outcomes / families) if families else None
    return code, int(families), int(outcomes), rate, float(bounds.low), float(bounds.high)

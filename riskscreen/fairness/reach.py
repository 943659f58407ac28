"""How many families of each group may expect a place: an offer is open to more families than it has places for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from riskscreen.fairness.results import INSIDE, Audit, attribute_labels, codes_of, group_labels
from riskscreen.fairness.values import codes
from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Column, Table, Value
from riskscreen.records.texts import Text

if TYPE_CHECKING:
    import pandas as pd

_DECIMALS = 3


def reach_table(offers: Audit, cells: pd.DataFrame, *, place: str, outcome: str, count: str = "families") -> Table:
    """Table ``audit_reach``, unreleased: per group the families to whom an offer is open, and places they may expect.

    Parameters
    ----------
    offers
        The audit of the offer, of the same families: its attributes and groups.
    cells
        Families (``count``) by the attributes, ``place`` and ``outcome``.
    place
        Column with how many places a family may expect, from 0 to 1; above 0 an offer is open to it.
    """
    wanted = [counts.attribute for counts in offers.counts]
    families, share, reported = (cells[name].to_numpy(np.float64) for name in (count, place, outcome))
    expected = families * share
    parts = (families, families * (share > 0), families * reported, expected, expected * reported)
    group_codes = codes_of(offers)
    rows: list[tuple[Value, ...]] = []
    for attribute in wanted:
        code, groups = codes(cells[attribute], attribute)
        sums = np.array([np.bincount(code, part, len(groups)) for part in parts])
        for group, values in zip((*groups, TOTAL), np.c_[sums, sums.sum(axis=1)].T, strict=True):
            rows.append((attribute, group_codes.get((attribute, group), group), *_row(values)))
    labels = group_labels(offers, group_codes) | {TOTAL: TOTAL_LABEL}
    places = Text("may expect a place", "kan een plaats verwachten")
    reports = Text("of those with a report, may expect a place", "van wie een melding heeft, kan een plaats verwachten")
    columns = (
        Column("attribute", "key", Text("attribute", "kenmerk"), labels=attribute_labels(offers)),
        Column("group", "key", Text("group", "groep"), labels=labels),
        Column("families", "count", Text("families", "gezinnen"), "families"),
        Column("offered", "count", Text("an offer is open to", "aanbod open voor"), "families"),
        Column("outcomes", "count", Text("families with a report", "gezinnen met melding"), "families"),
        Column("expected", "estimate", places, "share", of="offered", base="families"),
        Column("expected_outcomes", "estimate", reports, "share", of="outcomes", base="outcomes"),
    )
    title = Text("Places that families may expect, by group", "Plaatsen die gezinnen kunnen verwachten, per groep")
    return Table("audit_reach", title, columns, tuple(rows), _NOTE, INSIDE)


_NOTE = Text(
    "An offer is open to everybody in a target group in a wijk; there are fewer places. Each family there may expect "
    "an equal part of the places. Who takes a place is up to families.",
    "Een aanbod staat open voor iedereen in een doelgroep in een wijk; er zijn minder plaatsen. Elk gezin daar kan een "
    "even groot deel van de plaatsen verwachten. Wie een plaats neemt, bepalen gezinnen zelf.",
)


def _row(values: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[Value, ...]:
    families, offered, outcomes, expected, expected_outcomes = (float(value) for value in values)
    shares = (expected / families if families else None, expected_outcomes / outcomes if outcomes else None)
    counts = (round(families), round(offered), round(outcomes))
    return (*counts, *(None if share is None else round(share, _DECIMALS) for share in shares))

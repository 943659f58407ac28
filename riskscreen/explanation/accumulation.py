"""Accumulation: how the recorded rate rises with the number of domains with a stressor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from riskscreen.records.definitions import Stressor
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text
from riskscreen.stats.intervals import wilson
from riskscreen.stats.rows import Rows

MOST = 5
"""Five domains and more are taken together."""


def domains_of(rows: Rows, stressors: Mapping[str, Stressor]) -> NDArray[np.int64]:
    """Number of domains with at least one stressor at level 1 or higher, shape ``(rows,)``.

    A stressor that is *not covered* adds nothing, so the number is the least that it can be.
    """
    total = np.zeros(len(rows.families), dtype=np.int64)
    for found in presence_of(rows, stressors).values():
        total += found
    return total


def presence_of(rows: Rows, stressors: Mapping[str, Stressor]) -> dict[str, NDArray[np.bool_]]:
    """Per domain where it has a stressor at level 1 or higher, shape ``(rows,)`` each."""
    present: dict[str, NDArray[np.bool_]] = {}
    for name, column in rows.columns().items():
        if name in stressors:
            domain = stressors[name].domain
            present[domain] = present.get(domain, np.zeros(len(column), dtype=np.bool_)) | (column >= 1)
    return present


def accumulation_table(rows: Rows, stressors: Mapping[str, Stressor]) -> Table:
    """Families, outcomes and recorded rate with a 95% interval (Wilson 1927) per number of domains."""
    domains = np.minimum(domains_of(rows, stressors), MOST)
    families = np.bincount(domains, rows.families, MOST + 1)
    outcomes = np.bincount(domains, rows.families * rows.outcome, MOST + 1)
    bounds = wilson(outcomes, families)
    body: list[tuple[Value, ...]] = [
        (
            domains_code(number),
            int(families[number]),
            int(outcomes[number]),
            float(outcomes[number] / families[number]),
            float(bounds.low[number]),
            float(bounds.high[number]),
        )
        for number in range(MOST + 1)
        if families[number] > 0
    ]
    columns = (
        Column("domains", "key", Text("domains with a stressor", "domeinen met een stressor"), labels=_LABELS),
        Column("families", "count", Text("families", "gezinnen"), "families"),
        Column("outcomes", "count", Text("with a new report", "met een nieuwe melding"), "families"),
        Column("rate", "rate", Text("recorded rate", "geregistreerd aandeel"), "per 1,000", "outcomes", "families"),
        Column("low", "estimate", Text("from", "van"), "per 1,000", base="families"),
        Column("high", "estimate", Text("to", "tot"), "per 1,000", base="families"),
    )
    title = Text("Problems that pile up", "Problemen die zich opstapelen")
    note = Text(
        "A stressor that is not covered adds nothing, so a family may have stressors in more domains than are counted.",
        "Een stressor die niet in beeld is, telt niet mee. Een gezin kan dus stressoren hebben in meer domeinen dan "
        "hier geteld.",
    )
    return Table("accumulation", title, columns, tuple(body), note)


def domains_code(number: int) -> str:
    """The code of a number of domains: ``0`` to ``4``, ``5_up``."""
    return f"{MOST}_up" if number >= MOST else str(number)


_LABELS = {
    "0": Text("no domain", "geen domein"),
    "1": Text("1 domain", "1 domein"),
    **{str(number): Text(f"{number} domains", f"{number} domeinen") for number in range(2, MOST)},
    f"{MOST}_up": Text(f"{MOST} domains or more", f"{MOST} domeinen of meer"),
}

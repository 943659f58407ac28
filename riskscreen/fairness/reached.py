"""Who was reached, by group: of the families that a programme fits, who was offered one, and who of those took it up.

An audit where *selected* is *was offered* and the outcome is *took it up*. It carries no verdicts: those were named
beforehand for the offers and the points threshold. Differences have an interval each, over wijken drawn as a whole.
"""

from __future__ import annotations

from riskscreen.fairness.results import INSIDE, Audit, attribute_labels, codes_of, group_labels
from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Column, Table, Value
from riskscreen.records.texts import Text

METRICS = {"selection_rate": "reach", "positive_predictive_value": "uptake"}
"""Which metric of the audit is which share."""
WORDS = {
    "reach": Text("offered, of those it fits", "aangeboden, van wie het past"),
    "uptake": Text("taken up, of those offered", "begonnen, van wie het aangeboden is"),
}
_NOTE = Text(
    "Explored, without a verdict. Families in a target group that a programme fits, reached in the year before the "
    "index date. Taking up is a choice of families; being offered is not. A difference is no proof of unequal "
    "treatment, and no difference shown is no proof of equal treatment.",
    "Verkend, zonder oordeel. Gezinnen in een doelgroep bij wie een programma past, bereikt in het jaar voor de "
    "peildatum. Beginnen is een keuze van gezinnen; aangeboden krijgen niet. Een verschil bewijst geen ongelijke "
    "behandeling, en geen verschil bewijst geen gelijke behandeling.",
)


def reached_tables(found: Audit) -> tuple[Table, Table]:
    """Tables ``reach_groups`` and ``reach_gaps``, unreleased: for review and internal use.

    Parameters
    ----------
    found
        An audit with ``selected`` the families that were offered something, and outcome those that took it up.
    """
    return _groups(found), _gaps(found)


def _groups(found: Audit) -> Table:
    codes = codes_of(found)
    columns = [
        Column("attribute", "key", Text("attribute", "kenmerk"), labels=attribute_labels(found)),
        Column("group", "key", Text("group", "groep"), labels=group_labels(found, codes) | {TOTAL: TOTAL_LABEL}),
        Column("families", "count", Text("families", "gezinnen"), "families"),
        Column("offered", "count", Text("offered", "aangeboden"), "families", base="families"),
        Column("taken_up", "count", Text("taken up", "begonnen"), "families", base="offered"),
    ]
    for name, of, base in (("reach", "offered", "families"), ("uptake", "taken_up", "offered")):
        columns.append(Column(name, "estimate", WORDS[name], "share", of=of, base=base))
        for end, text in (("low", Text("from", "van")), ("high", Text("to", "tot"))):
            columns.append(Column(f"{name}_{end}", "estimate", text, "share", base=base))
    rows: list[tuple[Value, ...]] = []
    for row in found.rows:
        counts = (row.families, row.selected, row.selected_outcomes)
        shares = [row.estimate(metric) for metric in METRICS]
        values = [value for item in shares for value in (item.value, item.low, item.high)]
        rows.append((row.attribute, codes.get((row.attribute, row.group), row.group), *counts, *values))
    title = Text("Who was reached, by group", "Wie er bereikt is, per groep")
    return Table("reach_groups", title, tuple(columns), tuple(rows), _NOTE, INSIDE)


def _gaps(found: Audit) -> Table:
    codes = codes_of(found)
    groups = group_labels(found, codes)
    size = Text("families in the smaller group compared", "gezinnen in de kleinste vergeleken groep")
    columns = (
        Column("attribute", "key", Text("attribute", "kenmerk"), labels=attribute_labels(found)),
        Column("share", "key", Text("share", "deel"), labels=WORDS),
        Column("least", "code", Text("group with the smallest share", "groep met het kleinste deel"), labels=groups),
        Column("most", "code", Text("group with the largest share", "groep met het grootste deel"), labels=groups),
        Column("families", "count", size, "families", additive=False),
        Column("difference", "estimate", Text("difference", "verschil"), "share", base="families"),
        Column("low", "estimate", Text("from", "van"), "share", base="families"),
        Column("high", "estimate", Text("to", "tot"), "share", base="families"),
    )
    rows: list[tuple[Value, ...]] = []
    for item in found.explored:
        if item.metric in METRICS:
            ends = (None if group is None else codes[item.attribute, group] for group in (item.worst, item.reference))
            known = (None,) * 3 if item.families is None else (item.difference, item.low, item.high)
            rows.append((item.attribute, METRICS[item.metric], *ends, item.families, *known))
    title = Text("Largest differences in reach between groups", "Grootste verschillen in bereik tussen groepen")
    return Table("reach_gaps", title, columns, tuple(rows), _NOTE, INSIDE)

"""Which records are compared: pairs that agree on all columns of at least one rule, with the rules that found them.

``link_records`` has one row per record: ``record`` (a whole number in a fixed order), ``source``, ``number``, ``seeks``
and ``held`` (does it look for others, can it be found), ``single`` (has its source one record per person at most) and
the normalised columns. A pair stands once, with ``rules`` a number whose bits are the rules that found it.
"""

from __future__ import annotations

from collections.abc import Sequence

from riskscreen.linkage.options import Rules

ONCE = (
    "l.record <> r.record AND (NOT (r.seeks AND l.held) OR l.record < r.record) "
    "AND NOT (l.source = r.source AND l.single)"
)


def rule_sql(columns: Sequence[str], bit: int, largest: int, *, records: str = "link_records", where: str = "") -> str:
    """Pairs of one rule; blocks with more than ``largest`` records on the right are left out.

    A column ``a=b`` compares ``a`` of the record that looks with ``b`` of the one looked at.
    """
    sides = [(column.split("=")[0], column.split("=")[-1]) for column in columns]
    on = " AND ".join(f"l.{left} = r.{right}" for left, right in sides)
    blocks = ", ".join(right for _, right in sides)
    held = f"(SELECT * FROM {records} WHERE held QUALIFY count(*) OVER (PARTITION BY {blocks}) <= {largest})"
    return (
        f"SELECT l.record AS l, r.record AS r, {1 << bit} AS rules FROM {records} AS l JOIN {held} AS r ON {on} "
        f"WHERE l.seeks AND {ONCE}{where}"
    )


def pairs_sql(rules: Rules, largest: int, extra: str = "", where: str = "") -> str:
    """All pairs of all rules, each once; ``extra`` is one more query of pairs."""
    parts = [rule_sql(columns, bit, largest, where=where) for bit, columns in enumerate(rules.values())]
    body = "\nUNION ALL ".join([*parts, *([extra] if extra else [])])
    return f"SELECT l, r, bit_or(rules)::INTEGER AS rules FROM (\n{body})\nGROUP BY l, r"

"""The weight of a pair as one SQL expression, from a trained model: what Splink adds up, without its copies.

Splink copies all records twice and more to weigh pairs; with the conditions, the m and u probabilities and the
frequencies of the model the same sum is made where the pairs are. A test holds both against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import Any

from riskscreen.linkage.comparisons import sided_sql
from riskscreen.linkage.model import Model

DECIMALS = 4


def weight_sql(model: Model) -> str:
    """Weight in bits, to 4 decimals, of records ``l`` and ``r``; needs the joins of :func:`often_sql`."""
    parts = " + ".join(_comparison(part["comparison_levels"]) for part in model.splink["comparisons"])
    return f"round({parts}, {DECIMALS})"


def often_sql(model: Model) -> str:
    """Joins that give how often the value of ``l`` occurs, for the levels on which both records have the same value."""
    levels = [level for part in model.splink["comparisons"] for level in part["comparison_levels"]]
    columns = sorted({level["tf_adjustment_column"] for level in levels if level.get("tf_adjustment_column")})
    return " ".join(
        f"LEFT JOIN (SELECT {name}, count(*) / sum(count(*)) OVER () AS share FROM link_records "
        f"WHERE {name} IS NOT NULL GROUP BY {name}) AS often_{name} ON often_{name}.{name} = l.{name}"
        for name in columns
    )


def _comparison(levels: list[Mapping[str, Any]]) -> str:
    *named, last = [(level, _bits(level)) for level in levels]
    cases = " ".join(f"WHEN {sided_sql(level['sql_condition'], 'l', 'r')} THEN {bits}" for level, bits in named)
    return f"CASE {cases} ELSE {last[1]} END"


def _bits(level: Mapping[str, Any]) -> str:
    """How much likelier the level is among records of one person; a value that is rare says more."""
    if level.get("is_null_level"):
        return "0.0::DOUBLE"
    m, u = log2(level["m_probability"]), log2(level["u_probability"])
    column = level.get("tf_adjustment_column")
    if not column:
        return f"{m - u!r}::DOUBLE"
    share = f"greatest(often_{column}.share, {float(level['tf_minimum_u_value'])!r}::DOUBLE)"
    rarer = f"({u!r}::DOUBLE - log2({share}))"
    return f"({m - u!r}::DOUBLE + {float(level['tf_adjustment_weight'])!r} * {rarer})"

"""Comparing records: normalised rows, pairs, weights and probabilities, as tables in the engine.

- ``link_records``: one row per record, see :mod:`riskscreen.linkage.blocking_sql`
- ``link_pairs(l, r, rules, weight, kind, veto, probability)``: every pair compared; ``kind`` is ``merge`` (two records
  of one source, such as two numbers in the population register) or ``find`` (records of two sources); ``veto`` marks
  pairs that are never one person: twins, and within one source any with another first name or birth date
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

import numpy as np

from riskscreen.engine.duck import Engine, quote
from riskscreen.linkage.blocking_sql import pairs_sql
from riskscreen.linkage.comparisons import birth_differs_sql, first_differs_sql, veto_sql
from riskscreen.linkage.model import Model
from riskscreen.linkage.names_sql import normal_sql
from riskscreen.linkage.options import Options
from riskscreen.linkage.priors import prior_odds
from riskscreen.linkage.weights_sql import often_sql, weight_sql


@dataclass(frozen=True, slots=True)
class Odds:
    """Odds beforehand that two records are of one person: for a record that looks for one, and within one source."""

    find: float
    merge: float


def number_records(engine: Engine, queries: Sequence[str], options: Options) -> None:
    """Make ``link_records`` from queries with ``source, number, seeks, held, single`` and the columns as written.

    Records are numbered by source and number, so that the same input gives the same numbers.
    """
    union = "\nUNION ALL BY NAME ".join(f"SELECT * FROM ({query})" for query in queries)
    number = "(row_number() OVER (ORDER BY source, id, number))::INTEGER AS record"
    engine.run(f"CREATE OR REPLACE TABLE link_records AS {normal_sql(union, options, number)}")


def weigh(engine: Engine, model: Model, pairs: str, out: str) -> None:
    """Make table ``out(l, r, weight)`` for every pair of table ``pairs(l, r)``; weights in bits, to 4 decimals."""
    engine.run(
        f"CREATE OR REPLACE TABLE {out} AS SELECT p.l, p.r, {weight_sql(model)} AS weight FROM {pairs} AS p "
        f"JOIN link_records AS l ON l.record = p.l JOIN link_records AS r ON r.record = p.r {often_sql(model)}"
    )


def compare(engine: Engine, options: Options, model: Model, extra: str = "", where: str = "") -> Odds:
    """Make ``link_pairs`` with the probability of every pair on its own; returns the odds beforehand."""
    engine.run(
        "CREATE OR REPLACE TABLE link_candidates AS " + pairs_sql(options.blocking, options.largest_block, extra, where)
    )
    within, apart = "l.source = r.source", f"{first_differs_sql('l', 'r')} OR {birth_differs_sql('l', 'r')}"
    engine.run(f"""CREATE OR REPLACE TABLE link_pairs AS
SELECT c.l, c.r, c.rules, {weight_sql(model)} AS weight, CASE WHEN {within} THEN 'merge' ELSE 'find' END AS kind,
  CASE WHEN {within} THEN {apart} ELSE {veto_sql("l", "r")} END AS veto, 0.0::DOUBLE AS probability
FROM link_candidates AS c
JOIN link_records AS l ON l.record = c.l JOIN link_records AS r ON r.record = c.r {often_sql(model)}""")
    odds = Odds(_odds(engine, "find"), _odds(engine, "merge"))
    bits = f"CASE kind WHEN 'find' THEN {log2(odds.find)!r} ELSE {log2(odds.merge)!r} END"
    engine.run(
        f"UPDATE link_pairs SET probability = CASE WHEN veto THEN 0 "
        f"ELSE round(1 / (1 + pow(2, greatest(-300, least(300, -(weight + {bits}))))), 9) END"
    )
    engine.run("DROP TABLE link_candidates")
    return odds


def _odds(engine: Engine, kind: str) -> float:
    """By the weights of the pairs of this kind, in bins of a tenth of a bit; settled records are out."""
    found = engine.rows(
        "SELECT round(weight, 1) AS bin, count(*) FROM link_pairs "
        f"WHERE kind = {quote(kind)} AND NOT veto GROUP BY 1 ORDER BY 1"
    )
    pairs = float(engine.value(_ALL_PAIRS[kind]))
    table = np.array(found, dtype=float).reshape(-1, 2)
    return prior_odds(table[:, 0], table[:, 1], pairs)


_ALL_PAIRS = {
    "find": "SELECT CASE WHEN bool_and(seeks AND held) THEN (sum(n) ** 2 - sum(n ** 2)) / 2 "
    "ELSE sum(n) FILTER (WHERE NOT held) * sum(n) FILTER (WHERE held) END "
    "FROM (SELECT source, bool_and(seeks) AS seeks, bool_and(held) AS held, "
    "count(*) FILTER (WHERE NOT settled) AS n FROM link_records GROUP BY source)",
    "merge": "SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM (SELECT count(*) AS n FROM link_records "
    "WHERE seeks AND held AND NOT single GROUP BY source)",
}
"""How many pairs there are of each kind, compared or not."""

"""From the numbers that arrived to the right ones: ``crosswalk(register, number, person, rule, probability)``.

1. A number *holds* when it is known in the population register and the particulars do not contradict it.
2. Two numbers of the population register are one person when the model says so (``merged``); twins never are.
3. Any other record is compared with the population register. What makes it likeliest wins, when it is likely enough
   after allowing each record one person at most: a person found by particulars (``particulars``), or the number after
   all (``number_kept``). Else a number that the particulars contradict is ``rejected``.

The crosswalk holds only what differs from the number as it arrived; ``person`` is NULL where a number is rejected. The
table ``link_found`` has one row per record of a source, also those whose number holds, for the estimates of quality.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

from riskscreen.engine.duck import Engine, quote
from riskscreen.linkage.clusters import clusters
from riskscreen.linkage.comparisons import birth_differs_sql, first_differs_sql, surname_differs_sql
from riskscreen.linkage.matching import Odds, compare, number_records, weigh
from riskscreen.linkage.model import Model, train
from riskscreen.linkage.names_sql import written_sql
from riskscreen.linkage.options import Options
from riskscreen.linkage.weights_sql import often_sql, weight_sql
from riskscreen.registers.handle import Registers
from riskscreen.registers.schemas import schemas

PARTICULARS = "particulars"
ARRIVED = "_as_arrived"
COLUMNS = ("given_names", "name_prefix", "surname", "birth_date", "sex", "postcode", "house_number")


@dataclass(frozen=True, slots=True)
class Found:
    """How the crosswalk was made: the model, the odds beforehand and the options."""

    model: Model
    odds: Odds
    options: Options


def make_crosswalk(registers: Registers, options: Options, model: Model | None) -> Found:
    """Make ``crosswalk`` and ``link_found`` in the engine."""
    engine = registers.engine
    restore_numbers(registers)
    _records(engine, options)
    trained = train(engine, options) if model is None else model
    _settle(engine, trained)
    odds = compare(engine, options, trained, where=" AND (NOT l.settled)")
    found = Found(trained, odds, options)
    _merge(engine, options)
    _choose(engine, options, found)
    _write(engine)
    return found


def replace_numbers(registers: Registers) -> None:
    """Re-create every view ``registers.<name>`` with persons replaced by the crosswalk; done once."""
    engine = registers.engine
    if not engine.value("SELECT count(*) FROM crosswalk"):
        return
    for name in registers.present:
        columns = [column.name for column in schemas()[name].columns if column.person]
        if name == PARTICULARS or not columns or engine.has(f"registers.{name}{ARRIVED}"):
            continue
        kind = "VIEW" if _is_view(engine, name) else "TABLE"
        engine.run(f"ALTER {kind} registers.{name} RENAME TO {name}{ARRIVED}")
        engine.run(f"CREATE VIEW registers.{name} AS {_replaced_sql(name, columns)}")


def restore_numbers(registers: Registers) -> None:
    """The views as the registers arrived."""
    engine = registers.engine
    for name in registers.present:
        if engine.has(f"registers.{name}{ARRIVED}"):
            engine.run(f"DROP VIEW registers.{name}")
            kind = "VIEW" if _is_view(engine, f"{name}{ARRIVED}") else "TABLE"
            engine.run(f"ALTER {kind} registers.{name}{ARRIVED} RENAME TO {name}")


def _replaced_sql(name: str, columns: list[str]) -> str:
    """A number is looked up for its own register first, then as a number of the population register."""
    joins, values = [], []
    for i, column in enumerate(columns):
        joins.append(
            f"LEFT JOIN crosswalk AS a{i} ON a{i}.register = {quote(name)} AND a{i}.number = t.{column} "
            f"LEFT JOIN crosswalk AS b{i} ON b{i}.register = 'persons' AND b{i}.number = t.{column}"
        )
        values.append(
            f"CASE WHEN a{i}.number IS NOT NULL THEN a{i}.person ELSE coalesce(b{i}.person, t.{column}) END AS {column}"
        )
    where = ""
    if name == "persons":  # the row of the number that is kept stands, known from the first day of either
        values.append("least(t.recorded_date, e.recorded_date) AS recorded_date")
        joins.append(
            "LEFT JOIN (SELECT c.person, min(o.recorded_date) AS recorded_date FROM crosswalk AS c "
            f"JOIN registers.persons{ARRIVED} AS o ON o.person = c.number "
            "WHERE c.register = 'persons' GROUP BY 1) AS e ON e.person = t.person"
        )
        where = " WHERE b0.number IS NULL"
    return f"SELECT t.* REPLACE ({', '.join(values)}) FROM registers.{name}{ARRIVED} AS t {' '.join(joins)}{where}"


def _is_view(engine: Engine, name: str) -> bool:
    found = engine.value(
        "SELECT table_type FROM information_schema.tables WHERE table_schema = 'registers' AND table_name = ? "
        "AND table_catalog = current_database()",
        (name,),
    )
    return str(found) == "VIEW"


def _records(engine: Engine, options: Options) -> None:
    """Particulars of the population register can be found; those of sources look for them."""
    keep = (
        "register AS source",
        "person AS number",
        "TRUE AS seeks",
        "register = 'persons' AS held",
        "FALSE AS single",
        "person AS id",
        "FALSE AS settled",
        "recorded_date",
    )
    rows = "(SELECT * FROM registers.particulars WHERE register IS NOT NULL AND person IS NOT NULL)"
    number_records(engine, [written_sql(rows, keep, {name: name for name in COLUMNS})], options)


def _settle(engine: Engine, model: Model) -> None:
    """Which numbers hold; ``link_numbers(l, r, weight, holds)``: records and the holder of their number."""
    given, birth, surname = (
        first_differs_sql("l", "r"),
        birth_differs_sql("l", "r"),
        surname_differs_sql("l", "r"),
    )
    bare = f"(l.given IS NULL OR r.given IS NULL) AND {surname}"
    equal = "l.given = r.given AND l.birth_date = r.birth_date"  # most of them, so nothing else is asked
    engine.run(f"""CREATE OR REPLACE TABLE link_numbers AS
SELECT l.record AS l, r.record AS r, {weight_sql(model)} AS weight,
  CASE WHEN {equal} THEN TRUE ELSE NOT ({given}) AND NOT ({birth}) AND NOT ({bare}) END AS holds
FROM link_records AS l JOIN link_records AS r ON r.number = l.number AND r.source = 'persons' {often_sql(model)}
WHERE l.source <> 'persons'""")
    engine.run("CREATE OR REPLACE TABLE link_doubtful AS SELECT l, r FROM link_numbers WHERE NOT holds")
    weigh(engine, model.without("household"), "link_doubtful", "link_alone")
    engine.run("DROP TABLE link_doubtful")
    engine.run("UPDATE link_records SET settled = TRUE FROM link_numbers AS n WHERE n.l = record AND n.holds")


def _merge(engine: Engine, options: Options) -> None:
    """``link_units(record, unit)``: the records of the population register, and the person each stands for.

    Of two numbers of one person the one recorded last is kept: a provisional number comes first.
    """
    likely = f"kind = 'merge' AND NOT veto AND probability >= {options.merge_threshold!r}"
    pairs = engine.rows(f"SELECT l, r FROM link_pairs WHERE {likely} ORDER BY weight DESC, l, r")
    joined = f"(SELECT unnest([l, r]) FROM link_pairs WHERE {likely})"  # nobody else can end up in a cluster
    apart = engine.rows(
        f"SELECT l, r FROM link_pairs WHERE kind = 'merge' AND veto AND l IN {joined} AND r IN {joined}"
    )
    units = clusters(_unambiguous(pairs, apart), apart=apart)
    import pandas as pd

    engine.load("link_joined", pd.DataFrame({"record": list(units), "unit": list(units.values())}, dtype="int32"))
    engine.run("""CREATE OR REPLACE TABLE link_units AS
SELECT r.record, coalesce(j.unit, r.record) AS unit,
  first_value(r.record) OVER (PARTITION BY coalesce(j.unit, r.record)
    ORDER BY r.recorded_date DESC NULLS LAST, r.number) AS kept
FROM link_records AS r LEFT JOIN link_joined AS j USING (record) WHERE r.source = 'persons'""")
    engine.run("DROP TABLE link_joined")


def _unambiguous(pairs: list[tuple[int, int]], apart: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without records that go with two persons who are certainly apart: a nameless newborn beside twins."""
    others: dict[int, set[int]] = {}
    for left, right in apart:
        others.setdefault(left, set()).add(right)
        others.setdefault(right, set()).add(left)
    near: dict[int, set[int]] = {}
    for left, right in pairs:
        near.setdefault(left, set()).add(right)
        near.setdefault(right, set()).add(left)
    torn = {record for record, these in near.items() if any(others.get(one, set()) & these for one in these)}
    return [pair for pair in pairs if torn.isdisjoint(pair)]


def _choose(engine: Engine, options: Options, found: Found) -> None:
    """``link_found(record, unit, number_unit, rule, probability, weight)``: the likeliest person of every record.

    Bits are on one scale, on which *nobody of the register* has nought. A record with a known number that does not
    hold is most likely that person's all the same; else the number is another's, often of somebody at the same address,
    and then *nobody of the register* may be somebody of that household too: it gets what the household alone explains.
    """
    ahead, kin = log2(found.odds.find), log2(options.kin_share)
    engine.run(f"""CREATE OR REPLACE TABLE link_options AS
SELECT l AS record, unit, bool_or(by_number) AS by_number, max(weight) AS weight, max(bits) AS bits FROM (
  SELECT p.l, u.unit, FALSE AS by_number, p.weight,
    p.weight + CASE WHEN h.address = r.address THEN {kin!r} ELSE {ahead!r} END AS bits
  FROM link_pairs AS p JOIN link_units AS u ON u.record = p.r JOIN link_records AS r ON r.record = p.r
  LEFT JOIN link_numbers AS n ON n.l = p.l LEFT JOIN link_records AS h ON h.record = n.r
  WHERE p.kind = 'find' AND NOT p.veto AND p.r IS DISTINCT FROM n.r
  UNION ALL
  SELECT n.l, u.unit, TRUE, n.weight, n.weight + {found.model.number_bits!r}
  FROM link_numbers AS n JOIN link_units AS u ON u.record = n.r WHERE NOT n.holds)
GROUP BY l, unit""")
    engine.run("""CREATE OR REPLACE TABLE link_likely AS
SELECT o.record, o.unit, o.by_number, o.weight,
  odds / (pow(2, greatest(0, coalesce(n.weight - a.weight, 0))) + sum(odds) OVER (PARTITION BY o.record)) AS probability
FROM (SELECT *, pow(2, least(bits, 200)) AS odds FROM link_options) AS o
LEFT JOIN link_numbers AS n ON n.l = o.record LEFT JOIN link_alone AS a ON a.l = n.l AND a.r = n.r""")
    engine.run(f"""CREATE OR REPLACE TABLE link_found AS
SELECT r.record, r.source, r.number, h.unit AS number_unit,
  CASE WHEN n.holds THEN h.unit WHEN b.probability >= {options.threshold!r} THEN b.unit END AS unit,
  CASE WHEN n.holds THEN 'number' WHEN coalesce(b.probability, 0) < {options.threshold!r}
      THEN CASE WHEN n.l IS NULL THEN 'none' ELSE 'rejected' END
    WHEN b.by_number THEN 'number_kept' ELSE 'particulars' END AS rule,
  coalesce(CASE WHEN n.holds THEN 1.0 END, b.probability, 0.0) AS probability, coalesce(n.weight, b.weight) AS weight
FROM link_records AS r
LEFT JOIN link_numbers AS n ON n.l = r.record
LEFT JOIN link_units AS h ON h.record = n.r
LEFT JOIN (SELECT * FROM link_likely QUALIFY row_number() OVER (
  PARTITION BY record ORDER BY probability DESC, by_number DESC, unit) = 1) AS b ON b.record = r.record
WHERE r.source <> 'persons'""")
    engine.run("DROP TABLE link_options")


def _write(engine: Engine) -> None:
    engine.run("""CREATE OR REPLACE TABLE crosswalk AS
WITH kept AS (SELECT DISTINCT u.unit, r.number FROM link_units AS u JOIN link_records AS r ON r.record = u.kept)
SELECT f.source AS register, f.number, k.number AS person,
  CASE WHEN f.rule IN ('number', 'number_kept') THEN 'merged' ELSE f.rule END AS rule,
  round(f.probability, 6) AS probability
FROM link_found AS f LEFT JOIN kept AS k ON k.unit = f.unit
WHERE f.rule <> 'none' AND k.number IS DISTINCT FROM f.number
UNION ALL
SELECT 'persons', r.number, k.number, 'merged', round(coalesce(max(p.probability), 1), 6)
FROM link_units AS u JOIN link_records AS r ON r.record = u.record JOIN kept AS k ON k.unit = u.unit
LEFT JOIN link_pairs AS p ON p.kind = 'merge' AND (p.l = u.record OR p.r = u.record)
WHERE u.kept <> u.record GROUP BY r.number, k.number""")


def forget_particulars(engine: Engine) -> None:
    """Drop the tables with names, birth dates and pairs, once the quality of linkage is known."""
    for table in ("records", "pairs", "numbers", "alone", "units", "likely", "found", "quality", "right", "truth"):
        engine.run(f"DROP TABLE IF EXISTS link_{table}")

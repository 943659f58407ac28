"""What is known about the links that were made and not made, without and with the truth; sums per group, never a row.

``link_quality`` has one row per record of a source (``kind`` find) and per likely pair of numbers of the population
register (``kind`` merge): was it ``linked``, ``p`` that the link is right, ``q`` that a match was missed, ``bits`` (the
match weight with what is likely beforehand), and the groups of the person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from riskscreen.engine.duck import Engine, quote
from riskscreen.engine.sql import literal
from riskscreen.errors import RegisterError
from riskscreen.linkage.blocking_sql import rule_sql
from riskscreen.linkage.crosswalk import Found
from riskscreen.linkage.matching import weigh
from riskscreen.linkage.rates import Expected, Rates, capture_recapture, model_rates, true_rates
from riskscreen.settings import add_months

TOTAL, ASTRAY = ("all", "all"), ("scope", "astray")
"""All records, and those whose number did not hold (with second numbers): what linkage had to find."""
GROUPED = ("origin", "age", "sex", "arrival")
_CODES = {"all": "'all'", "scope": "CASE WHEN rule = 'number' THEN 'held' ELSE 'astray' END"}
Group = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Lost:
    """Matches that were never compared, by one method: how many, their variance, and how many pairs it looked at."""

    method: str
    matches: float
    variance: float
    pairs: int

    @property
    def counted(self) -> bool:
        """Is it part of the missed-match rate (of two methods for one thing, one is)?"""
        return self.method in ("loose", "recapture_merge")


def gather(engine: Engine, found: Found, day: date) -> None:
    """Make ``link_quality``; ``day`` is the last index date, for ages and arrivals."""
    options = found.options
    holds = f"1 / (1 + pow(2, greatest(-300, least(300, -(f.weight + {found.model.number_bits!r})))))"
    engine.run(f"""CREATE OR REPLACE TABLE link_quality AS
WITH likely AS (
  SELECT record, sum(probability) AS total, arg_max(unit, row(probability, -unit)) AS best  -- of equals, the lowest
  FROM link_likely GROUP BY record
), rows_ AS (
  SELECT 'find' AS kind, f.record AS l, coalesce(f.unit, y.best) AS other, f.rule, f.unit IS NOT NULL AS linked,
    coalesce(f.unit, y.best, f.number_unit) AS unit, coalesce(y.total, 0) AS total,
    CASE WHEN f.rule = 'number' THEN {holds} ELSE f.probability END AS p
  FROM link_found AS f LEFT JOIN likely AS y USING (record)
  UNION ALL
  SELECT 'merge', p.l, p.r, 'merged', a.unit = b.unit, b.unit, p.probability, p.probability
  FROM link_pairs AS p JOIN link_units AS a ON a.record = p.l JOIN link_units AS b ON b.record = p.r
  WHERE p.kind = 'merge' AND (a.unit = b.unit OR (NOT p.veto AND p.probability >= {options.floor!r}))
), numbered AS (
  SELECT DISTINCT u.unit, r.number FROM link_units AS u JOIN link_records AS r ON r.record = u.kept
)
SELECT t.kind, t.l, t.other, t.rule, t.linked, t.unit, t.p, n.number,
  CASE WHEN t.rule = 'number' THEN 1 - t.p WHEN t.linked THEN greatest(t.total - t.p, 0) ELSE t.total END AS q,
  CASE WHEN t.p <= 0 THEN -30 WHEN t.p >= 1 THEN 30 ELSE least(30, greatest(-30, log2(t.p / (1 - t.p)))) END AS bits,
  {_groups_sql(day, options.recent_years)}
FROM rows_ AS t LEFT JOIN numbered AS n ON n.unit = t.unit LEFT JOIN spine AS s ON s.person = n.number""")


def expected(engine: Engine, lost: float = 0.0, lost_variance: float = 0.0) -> Mapping[Group, Expected]:
    """What the model expects, over all and per group; lost matches are spread over groups by their unlinked records."""
    found: dict[Group, Expected] = {}
    unlinked: dict[Group, int] = {}
    for attribute in (*_CODES, *GROUPED):
        for row in engine.rows(_sums_sql(attribute)):
            key = (attribute, str(row[0]))
            found[key] = Expected(*row[1:3], *(float(part) for part in row[3:7]))
            unlinked[key] = int(row[7])
    whole = unlinked.get(TOTAL, 0)
    return {
        key: replace(
            body,
            lost=lost * unlinked[key] / whole if whole else lost,
            lost_variance=lost_variance * (unlinked[key] / whole) ** 2 if whole else lost_variance,
        )
        for key, body in found.items()
    }


def rates_by_model(sums: Mapping[Group, Expected]) -> dict[Group, Rates]:
    """Rates by the model's probabilities, over all and per group."""
    return {key: model_rates(body) for key, body in sums.items()}


def missed_by_register(engine: Engine) -> dict[tuple[str, str], float]:
    """Missed-match rate by the model per register and origin of the person (``total``: over all origins)."""
    rows = engine.rows(
        "SELECT r.source, coalesce(q.origin, 'total'), "
        "sum(q.q) / nullif(sum(q.q) + sum(q.p) FILTER (WHERE q.linked), 0) "
        "FROM link_quality AS q JOIN link_records AS r ON r.record = q.l WHERE q.kind = 'find' "
        "GROUP BY GROUPING SETS ((r.source, q.origin), (r.source))"
    )
    return {(str(source), str(origin)): float(rate or 0.0) for source, origin, rate in rows}


def load_truth(engine: Engine, truth: Path) -> None:
    """Make ``link_truth(register, number, person)`` from the table ``links``: its file or folder, or what holds it.

    Raises
    ------
    RegisterError
        There is no such table there.
    """
    place = next((path for path in _places(truth) if path.is_file() or any(path.rglob("*.parquet"))), None)
    if place is None:
        raise RegisterError(
            f"there is no truth about links at {truth}",
            do="give the file or folder links, or the folder of synthetic registers, which has it in truth",
        )
    scan = str(place / "**" / "*.parquet") if place.is_dir() else str(place)
    engine.run(
        "CREATE OR REPLACE TABLE link_truth AS SELECT register, number, any_value(person) AS person "
        f"FROM read_parquet({quote(scan)}, hive_partitioning = false) GROUP BY ALL"
    )


def _places(truth: Path) -> Iterator[Path]:
    """Where the table may lie, from the registers' folder down to the table itself."""
    for folder in (truth / "truth", truth):
        yield from (folder / "links.parquet", folder / "links")
    if truth.stem == "links":
        yield from (truth.with_suffix(".parquet"), truth.with_suffix(""))


def true_crosswalk(engine: Engine) -> None:
    """Make ``crosswalk`` by the truth; needs ``link_truth``."""
    engine.run("""CREATE OR REPLACE TABLE crosswalk AS
SELECT register, number, person, 'truth' AS rule, 1.0::DOUBLE AS probability FROM link_truth
WHERE number IS DISTINCT FROM person""")


def rates_by_truth(engine: Engine) -> dict[Group, Rates]:
    """The true rates, over all and per group; needs ``link_truth``."""
    engine.run(f"""CREATE OR REPLACE TABLE link_right AS
WITH right_ AS (
  SELECT r.record, r.source, coalesce(a.person, b.person, h.number) AS person FROM link_records AS r
  LEFT JOIN link_truth AS a ON a.register = r.source AND a.number = r.number
  LEFT JOIN link_truth AS b ON b.register = 'persons' AND b.number = r.number
  LEFT JOIN (SELECT DISTINCT number FROM link_records WHERE source = 'persons') AS h ON h.number = r.number
), there AS (SELECT DISTINCT t.person FROM right_ AS t WHERE t.source = 'persons'),
merged AS (
  SELECT u.record AS l, u.kept AS other, u.record <> u.kept AS linked, t.person AS truth, k.person AS given
  FROM link_units AS u JOIN right_ AS t ON t.record = u.record JOIN right_ AS k ON k.record = u.kept
), firsts AS (SELECT truth, min(l) AS first FROM merged GROUP BY truth),
made AS (
  SELECT 'find' AS kind, q.l, q.linked, q.linked AND t.person IS DISTINCT FROM k.person AS false_match,
    t.person IS NOT NULL AND NOT (q.linked AND t.person IS NOT DISTINCT FROM k.person)
      AND t.person IN (FROM there) AS missed_match, q.rule, q.unit
  FROM link_quality AS q JOIN right_ AS t ON t.record = q.l
  LEFT JOIN link_units AS u ON u.record = q.unit LEFT JOIN right_ AS k ON k.record = u.kept
  WHERE q.kind = 'find'
  UNION ALL
  SELECT 'merge', m.l, m.linked, m.linked AND m.truth <> m.given,
    m.l <> f.first AND (SELECT u.unit FROM link_units AS u WHERE u.record = m.l)
      <> (SELECT u.unit FROM link_units AS u WHERE u.record = f.first), 'merged', u.unit
  FROM merged AS m JOIN firsts AS f USING (truth) JOIN link_units AS u ON u.record = m.l
  WHERE m.linked OR m.l <> f.first
)
SELECT m.*, g.* FROM made AS m LEFT JOIN (SELECT unit, {", ".join(f"any_value({n}) AS {n}" for n in GROUPED)}
  FROM link_quality GROUP BY unit) AS g USING (unit)""")
    out: dict[Group, Rates] = {}
    for attribute in (*_CODES, *GROUPED):
        code = _CODES.get(attribute, f"coalesce({attribute}, 'unknown')")
        rows = engine.rows(
            f"SELECT {code}, count(*), count(*) FILTER (WHERE linked), count(*) FILTER (WHERE false_match), "
            "count(*) FILTER (WHERE missed_match) FROM link_right GROUP BY 1 ORDER BY 1"
        )
        out |= {(attribute, str(row[0])): true_rates(*(int(part) for part in row[1:])) for row in rows}
    return out


def lost_to_blocking(engine: Engine, found: Found) -> tuple[Lost, ...]:
    """Matches never compared: a looser look on a sample of unlinked records, and capture-recapture over the rules."""
    return (_loose(engine, found), _recaptured(engine, "find"), _recaptured(engine, "merge"))


def _loose(engine: Engine, found: Found) -> Lost:
    options = found.options
    unlinked = int(engine.value("SELECT count(*) FROM link_found WHERE unit IS NULL"))
    if not unlinked:
        return Lost("loose", 0.0, 0.0, 0)
    engine.run(
        "CREATE OR REPLACE TABLE link_looked AS SELECT record FROM link_found WHERE unit IS NULL "
        f"ORDER BY hash(record + {options.seed}), record LIMIT {options.loose_records}"
    )
    looked = " AND l.record IN (SELECT record FROM link_looked)"
    parts = [rule_sql(columns, 0, 1_000_000_000, where=looked) for columns in options.loose.values()]
    engine.run(
        "CREATE OR REPLACE TABLE link_loose AS SELECT DISTINCT l, r FROM ("
        + "\nUNION ALL ".join(parts)
        + ") AS c WHERE (l, r) NOT IN (SELECT l, r FROM link_pairs WHERE kind = 'find')"
    )
    pairs = int(engine.value("SELECT count(*) FROM link_loose"))
    weigh(engine, found.model, "link_loose", "link_loose_weights")
    sampled, total, squares = engine.rows(f"""WITH odds AS (
  SELECT w.l, sum({found.odds.find!r} * pow(2, least(w.weight, 200))) AS odds FROM link_loose_weights AS w GROUP BY w.l
), before AS (SELECT record, sum(probability) AS p FROM link_likely GROUP BY record),
new AS (
  SELECT k.record, coalesce(o.odds / (1 + o.odds + coalesce(b.p, 0) / greatest(1 - coalesce(b.p, 0), 1e-6)), 0) AS p
  FROM link_looked AS k LEFT JOIN odds AS o ON o.l = k.record LEFT JOIN before AS b ON b.record = k.record
) SELECT count(*), sum(p), sum(p * p) FROM new""")[0]
    for table in ("link_looked", "link_loose", "link_loose_weights"):
        engine.run(f"DROP TABLE {table}")
    mean = total / sampled
    spread = max(squares / sampled - mean**2, 0.0) + mean * (1 - mean)
    return Lost("loose", unlinked * mean, unlinked**2 * spread / sampled, pairs)


def _recaptured(engine: Engine, kind: str) -> Lost:
    once, twice, pairs = engine.rows(
        "SELECT coalesce(sum(probability) FILTER (WHERE bit_count(rules) = 1), 0), "
        "coalesce(sum(probability) FILTER (WHERE bit_count(rules) = 2), 0), count(*) "
        f"FROM link_pairs WHERE kind = {quote(kind)} AND NOT veto"
    )[0]
    lost, variance = capture_recapture(float(once), float(twice))
    return Lost(f"recapture_{kind}", lost, variance, int(pairs))


def _sums_sql(attribute: str) -> str:
    code = _CODES.get(attribute, attribute)
    return (
        f"SELECT {code}, count(*) FILTER (WHERE kind = 'find' OR linked), count(*) FILTER (WHERE linked), "
        "coalesce(sum(1 - p) FILTER (WHERE linked), 0), coalesce(sum(p * (1 - p)) FILTER (WHERE linked), 0), "
        "coalesce(sum(q), 0), coalesce(sum(q * (1 - q)), 0), count(*) FILTER (WHERE kind = 'find' AND NOT linked) "
        "FROM link_quality GROUP BY 1 ORDER BY 1"
    )


def _groups_sql(day: date, years: int) -> str:
    born = {age: literal(add_months(day, -12 * age)) for age in (4, 18, 30, 50)}
    recent = literal(add_months(day, -12 * years))
    late = "s.recorded_date > s.birth_date + INTERVAL 1 YEAR"
    return f"""coalesce(s.origin, 'unknown') AS origin,
  CASE WHEN s.birth_date IS NULL THEN 'unknown' WHEN s.birth_date > {born[4]} THEN '0_3'
    WHEN s.birth_date > {born[18]} THEN '4_17' WHEN s.birth_date > {born[30]} THEN '18_29'
    WHEN s.birth_date > {born[50]} THEN '30_49' ELSE '50_up' END AS age,
  coalesce(s.sex, 'unknown') AS sex,
  CASE WHEN s.recorded_date IS NULL THEN 'unknown' WHEN s.recorded_date >= {recent} AND {late} THEN 'recent'
    ELSE 'not_recent' END AS arrival"""

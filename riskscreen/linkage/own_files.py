"""Record linkage on two or more files of your own: clusters of records of one person, and how good they are."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log2
from pathlib import Path

from riskscreen.engine.duck import Engine, quote
from riskscreen.errors import RegisterError, UsageError
from riskscreen.linkage.blocking_sql import ONCE
from riskscreen.linkage.clusters import clusters
from riskscreen.linkage.comparisons import birth_differs_sql, differs_sql
from riskscreen.linkage.evidence import TOTAL, Lost
from riskscreen.linkage.file_settings import FileSettings, OwnFile
from riskscreen.linkage.matching import Odds, compare, number_records
from riskscreen.linkage.model import Model, read_model, train
from riskscreen.linkage.names_sql import written_sql
from riskscreen.linkage.options import Options
from riskscreen.linkage.rate_tables import FINDERS, blocking_table, rate_table
from riskscreen.linkage.rates import Expected, capture_recapture, model_rates
from riskscreen.records.tables import TOTAL as WHOLE
from riskscreen.records.tables import Column, Table
from riskscreen.records.texts import Text, same
from riskscreen.registers.mapping import RegisterMapping
from riskscreen.registers.schemas import schema
from riskscreen.registers.sources import is_parquet, name_sql, read_csv_sql
from riskscreen.registers.typing_sql import typed_sql

NUMBER_RULE = "number"


@dataclass(frozen=True, slots=True)
class Clustered:
    """What linking files gives: tables of quality, the model, and how many clusters there are.

    Parameters
    ----------
    tables
        ``linkage_files``, ``linkage_rates`` and ``linkage_blocking``, before the gate.
    clusters
        Persons, as far as linkage can tell; the clusters themselves are the engine table ``link_clusters``.
    """

    tables: tuple[Table, ...]
    model: Model
    clusters: int


def link_files(engine: Engine, settings: FileSettings, *, model: Model | Path | str | None = None) -> Clustered:
    """Make ``link_clusters(file, id, cluster)`` in the engine.

    Parameters
    ----------
    model
        A trained model to use in place of training one on these files.

    Raises
    ------
    RegisterError
        Files that cannot be read, without a mapped column, or with an id that is missing or occurs twice: all of them.
    """
    options = settings.options()
    _load(engine, settings)
    used = train(engine, options) if model is None else read_model(model)
    bit = len(options.blocking)
    number = (
        f"SELECT l.record AS l, r.record AS r, {1 << bit} AS rules FROM link_records AS l "
        f"JOIN link_records AS r ON r.number = l.number WHERE {ONCE}"
    )
    odds = compare(engine, options, used, extra=number)
    _choose(engine, options, used, odds, 1 << bit)
    count = _cluster(engine, options)
    tables = (_files_table(engine, settings), *_quality(engine, options))
    return Clustered(tables, used, count)


def write_clusters(engine: Engine, out: Path) -> None:
    """Write the clusters as CSV; a file that is there is never overwritten.

    Raises
    ------
    UsageError
        The file exists, or its folder does not.
    """
    check_out(out)
    aside = out.with_name(f".{out.name}.new")
    engine.run(
        f"COPY (SELECT file, id, cluster FROM link_clusters ORDER BY cluster, file, id) TO {quote(str(aside))} (HEADER)"
    )
    aside.rename(out)


def check_out(out: Path) -> None:
    """Told before any work is done."""
    if out.exists():
        raise UsageError(f"{out} is there already", do="give another name, or remove it: nothing is overwritten")
    if not out.parent.is_dir():
        raise UsageError(f"there is no folder {out.parent}", do="make it, or give another place")


def _load(engine: Engine, settings: FileSettings) -> None:
    faults: list[str] = []
    queries = []
    for place, (name, own) in enumerate(settings.files.items()):
        try:
            table, columns = _table(engine, place, own)
        except RegisterError as error:
            faults.append(f"{name}: {error.what}")
            continue
        missing = [theirs for theirs in (own.id, *own.columns.values()) if theirs not in columns]
        faults += [f"{name}: {own.path.name} has no column {theirs}" for theirs in missing]
        if not missing:
            faults += [f"{name}: {fault}" for fault in _row_faults(engine, table, own, columns)]
            queries.append(_records_sql(name, table, own, columns))
    if faults:
        raise RegisterError(
            f"the files cannot be linked ({len(faults)} fault(s))",
            faults=tuple(faults),
            do="mend the files or the settings; names of columns must be written exactly",
        )
    number_records(engine, queries, settings.options())


def _table(engine: Engine, place: int, own: OwnFile) -> tuple[str, Mapping[str, str]]:
    table = f"link_file_{place}"
    if own.path.suffix.lower() == ".parquet":
        if not is_parquet(own.path):
            raise RegisterError(f"{own.path.name} is no whole Parquet file")
        engine.run(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM read_parquet({quote(str(own.path))})")
        return table, engine.columns(table)
    header = _header(own)
    path = own.path if own.encoding.lower() in ("utf-8", "utf8", "utf-8-sig") else _as_utf8(engine, place, own)
    scan = read_csv_sql(path, dict.fromkeys(header, "VARCHAR"), own.separator or ",", table)
    cells = ", ".join(f"nullif(trim({name_sql(name)}), '') AS {name_sql(name)}" for name in header)
    engine.run(f"CREATE OR REPLACE TABLE {table} AS SELECT {cells} FROM {scan}")
    return table, dict.fromkeys(header, "VARCHAR")


def _header(own: OwnFile) -> list[str]:
    encoding = "utf-8-sig" if own.encoding.lower() in ("utf-8", "utf8") else own.encoding
    try:
        with own.path.open(encoding=encoding, newline="") as file:
            header = [name.strip() for name in next(csv.reader(file, delimiter=own.separator or ","), [])]
    except (LookupError, UnicodeDecodeError):
        raise RegisterError(f"{own.path.name} is not text in encoding {own.encoding}") from None
    if not header or not all(header) or len(set(header)) < len(header):
        raise RegisterError(f"{own.path.name} has no line with a name of its own for every column")
    return header


def _as_utf8(engine: Engine, place: int, own: OwnFile) -> Path:
    """The file again in UTF-8, in the private work folder."""
    aside = engine.folder / f"link-{place}.csv"
    try:
        aside.write_text(own.path.read_text(encoding=own.encoding), encoding="utf-8")
    except (LookupError, UnicodeDecodeError):
        raise RegisterError(f"{own.path.name} is not text in encoding {own.encoding}") from None
    return aside


def _row_faults(engine: Engine, table: str, own: OwnFile, columns: Mapping[str, str]) -> Iterator[str]:
    key, born = name_sql(own.id), name_sql(own.columns["birth_date"])
    rows, ids, filled, given, read = engine.rows(
        f"SELECT count(*), count(DISTINCT {key}), count({key}), count({born}), "
        f"count({_typed('birth_date', own, columns)}) FROM {table}"
    )[0]
    if not rows:
        yield f"{own.path.name} has no rows"
    if filled < rows:
        yield f"{rows - filled} row(s) have no {own.id}"
    if ids < filled:
        yield f"{own.id} occurs more than once for {filled - ids} row(s)"
    if given and read < 0.5 * given:
        yield f"{given - read} of {given} birth dates cannot be read: say their form, as dates: '%d-%m-%Y'"


def _records_sql(name: str, table: str, own: OwnFile, columns: Mapping[str, str]) -> str:
    picked = {
        ours: _typed(ours, own, columns) if ours in own.columns else "NULL"
        for ours in ("given_names", "name_prefix", "surname", "birth_date", "sex", "postcode", "house_number")
    }
    number = name_sql(own.columns["number"]) if "number" in own.columns else "NULL"
    keep = (
        f"{quote(name)} AS source",
        f"CAST({number} AS VARCHAR) AS number",
        "TRUE AS seeks",
        "TRUE AS held",
        f"{str(own.one_per_person).upper()} AS single",
        f"CAST({name_sql(own.id)} AS VARCHAR) AS id",
        "FALSE AS settled",
    )
    return written_sql(table, keep, picked)


def _typed(ours: str, own: OwnFile, columns: Mapping[str, str]) -> str:
    theirs = own.columns[ours]
    if ours not in ("birth_date", "sex"):
        return f"CAST({name_sql(theirs)} AS VARCHAR)"
    known = schema("particulars").column(ours)
    value = typed_sql(known, name_sql(theirs), columns[theirs], RegisterMapping(dates=own.dates, codes=own.codes))
    return f"CASE WHEN lower({value}) IN ('f', 'm') THEN lower({value}) END" if ours == "sex" else value


def _choose(engine: Engine, options: Options, model: Model, odds: Odds, number: int) -> None:
    """``link_edges(l, r, probability, weight, join_)``: every pair after allowing each record one of a single file."""
    ahead = f"CASE p.kind WHEN 'find' THEN {log2(odds.find)!r} ELSE {log2(odds.merge)!r} END"
    holds = f"(p.rules & {number}) > 0 AND NOT ({differs_sql('l', 'r')}) AND NOT ({birth_differs_sql('l', 'r')})"
    engine.run(f"""CREATE OR REPLACE TABLE link_edges AS
WITH odds AS (
  SELECT p.l, p.r, p.kind, p.weight, l.source AS ls, r.source AS rs, l.single AS lone, r.single AS rone,
    pow(2, greatest(-200, least(200, p.weight + CASE WHEN {holds} THEN {model.number_bits!r} ELSE {ahead} END))) AS odds
  FROM link_pairs AS p JOIN link_records AS l ON l.record = p.l JOIN link_records AS r ON r.record = p.r
  WHERE NOT p.veto
), sides AS (
  SELECT l AS record, rs AS other, odds FROM odds WHERE rone UNION ALL SELECT r, ls, odds FROM odds WHERE lone
), sums AS (SELECT record, other, sum(odds) AS total FROM sides GROUP BY ALL)
SELECT o.l, o.r, o.kind, o.weight,
  least(o.odds / (1 + coalesce(a.total, o.odds)), o.odds / (1 + coalesce(b.total, o.odds))) AS probability
FROM odds AS o
LEFT JOIN sums AS a ON o.rone AND a.record = o.l AND a.other = o.rs
LEFT JOIN sums AS b ON o.lone AND b.record = o.r AND b.other = o.ls""")
    engine.run("""ALTER TABLE link_edges ADD COLUMN join_ BOOLEAN DEFAULT FALSE""")
    engine.run(
        f"UPDATE link_edges SET join_ = probability >= "
        f"CASE kind WHEN 'find' THEN {options.threshold!r} ELSE {options.merge_threshold!r} END"
    )


def _cluster(engine: Engine, options: Options) -> int:
    import pandas as pd

    pairs = engine.rows("SELECT l, r FROM link_edges WHERE join_ ORDER BY probability DESC, weight DESC, l, r")
    apart = engine.rows("SELECT l, r FROM link_pairs WHERE veto ORDER BY l, r")
    once = dict(engine.rows("SELECT record, source FROM link_records WHERE single"))
    made = clusters(pairs, apart=apart, once=once)
    engine.load("link_joined", pd.DataFrame({"record": list(made), "unit": list(made.values())}, dtype="int32"))
    engine.run("""CREATE OR REPLACE TABLE link_clusters AS
SELECT r.source AS file, r.id, r.record, dense_rank() OVER (ORDER BY coalesce(j.unit, r.record)) AS cluster
FROM link_records AS r LEFT JOIN link_joined AS j USING (record)""")
    engine.run("DROP TABLE link_joined")
    return int(engine.value("SELECT max(cluster) FROM link_clusters"))


def _files_table(engine: Engine, settings: FileSettings) -> Table:
    rows = engine.rows("""WITH many AS (
  SELECT cluster, count(DISTINCT file) AS files, count(*) AS n FROM link_clusters GROUP BY 1)
SELECT coalesce(c.file, 'total'), count(*), count(*) FILTER (WHERE m.files > 1),
  count(*) FILTER (WHERE m.n > 1 AND m.files = 1)
FROM link_clusters AS c JOIN many AS m USING (cluster) GROUP BY ROLLUP (c.file) ORDER BY c.file NULLS LAST""")
    labels = {name: same(name) for name in settings.files}
    columns = (
        Column("file", "key", Text("file", "bestand"), labels=labels),
        Column("records", "count", Text("records", "records"), unit="rows"),
        Column(
            "linked", "count", Text("also in another file", "ook in een ander bestand"), unit="rows", base="records"
        ),
        Column(
            "double", "count", Text("double in this file only", "alleen hierin dubbel"), unit="rows", base="records"
        ),
    )
    title = Text("Records that were linked", "Gekoppelde records")
    ordered = [row for row in rows if row[0] != WHOLE] + [row for row in rows if row[0] == WHOLE]
    return Table("linkage_files", title, columns, tuple(ordered))


def _quality(engine: Engine, options: Options) -> tuple[Table, Table]:
    records, linked, false, spread, missed, missing = engine.rows("""
SELECT (SELECT count(*) FROM link_records), count(*) FILTER (WHERE same), coalesce(sum(1 - p) FILTER (WHERE same), 0),
  coalesce(sum(p * (1 - p)) FILTER (WHERE same), 0), coalesce(sum(p) FILTER (WHERE NOT same), 0),
  coalesce(sum(p * (1 - p)) FILTER (WHERE NOT same), 0)
FROM (SELECT e.probability AS p, a.cluster = b.cluster AS same FROM link_edges AS e
  JOIN link_clusters AS a ON a.record = e.l JOIN link_clusters AS b ON b.record = e.r)""")[0]
    once, twice, pairs = engine.rows(
        "SELECT coalesce(sum(e.probability) FILTER (WHERE bit_count(p.rules) = 1), 0), "
        "coalesce(sum(e.probability) FILTER (WHERE bit_count(p.rules) = 2), 0), count(*) "
        "FROM link_edges AS e JOIN link_pairs AS p USING (l, r)"
    )[0]
    lost = Lost("recapture_find", *capture_recapture(float(once), float(twice)), int(pairs))
    body = Expected(
        records, linked, float(false), float(spread), float(missed), float(missing), lost.matches, lost.variance
    )
    rules = {**options.blocking, NUMBER_RULE: ("number",)}
    named = {name: same(name.replace("_", " ")) for name in rules}
    labels = {**FINDERS, **{name: text for name, text in named.items() if name not in FINDERS}}
    return rate_table({"model": {TOTAL: model_rates(body)}}), blocking_table(engine, rules, (lost,), labels)

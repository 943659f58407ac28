"""Counting every figure in a folder of registers: one engine, tables shared by many figures, one query per figure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from riskscreen.engine.duck import Engine, quote
from riskscreen.errors import RegisterError
from riskscreen.registers import open_registers
from riskscreen.registers.handle import Registers
from riskscreen.registers.schemas import schemas
from riskscreen.synthetic.calibration import estimates
from riskscreen.synthetic.calibration.definitions import Definitions, FigureEntry, definitions
from riskscreen.synthetic.calibration.estimates import Array, Estimate, Statistic, jackknife
from riskscreen.synthetic.calibration.results import Calibration, as_line

if TYPE_CHECKING:
    import pandas as pd

TRUTH = "truth"
LINKS = "links"
_MEMORY = "4GB"
_LEAST_PLACES = 5
_STATISTICS: Mapping[str, Statistic] = {
    "share": estimates.share,
    "ratio": estimates.ratio,
    "highest": estimates.highest,
    "lowest": estimates.lowest,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a figure is in the world: a value with its error, or why there is none."""

    estimate: Estimate | None
    said: str = ""
    applies: bool = True


def measured(folder: Path, *, memory: str = _MEMORY) -> Calibration:
    """Every figure of ``configs/calibration.yaml`` in a folder of synthetic registers."""
    defined = definitions()
    with Engine(memory=memory) as engine:
        registers = open_registers(folder, engine=engine)
        if not registers.synthetic:
            raise RegisterError(
                f"the registers in {folder} are not synthetic", do="give a folder made by riskscreen synthesize"
            )
        counter = _Counter(engine, folder, registers, defined)
        lines = tuple(as_line(entry, counter.found(entry), defined) for entry in defined.figures)
        return Calibration(registers.name, registers.notice.en, lines, defined)


@dataclass
class _Counter:
    """Makes each table when a figure first asks for it, and counts figures."""

    engine: Engine
    folder: Path
    registers: Registers
    defined: Definitions
    made: dict[str, str] = field(default_factory=dict)  # name of a table: why it cannot be made, or nothing
    rests_on: dict[str, frozenset[str]] = field(default_factory=dict)

    def found(self, entry: FigureEntry) -> Found:
        """Count one figure."""
        why = self._ready(entry.sql)
        if why:
            return Found(None, why)
        rows = self.engine.frame(entry.sql)
        return _estimated(entry, rows, self.defined.limits.groups)

    def _ready(self, sql: str) -> str:
        """Make every table that a query reads; why that fails, or nothing."""
        for name in sorted(self._read_by(sql)):
            if name not in self.made:
                self.made[name] = self._make(name)
            if self.made[name]:
                return self.made[name]
        return next(self._columns_missing(sql), "")

    def _read_by(self, sql: str) -> set[str]:
        """Registers, tables of the truth and tables of ours that a query reads."""
        named = re.findall(r"\b(?:FROM|JOIN)\s+((?:world\.|truth\.)?\w+)", sql)
        return {name for name in named if "." in name or name in self.defined.tables}

    def _make(self, name: str) -> str:
        kind, _, table = name.rpartition(".")
        if kind == "world":
            return self._make_register(table)
        if kind == TRUTH:
            return self._make_truth(table)
        sql = self.defined.tables[table].sql
        why = self._ready(sql)
        if not why:
            self.engine.run(f"CREATE TEMP TABLE {table} AS {sql.replace('{groups}', str(self.defined.limits.groups))}")
        return why

    def _columns_missing(self, sql: str) -> Iterator[str]:
        """Columns of the truth that a query names and the world does not have."""
        for table, columns in self.defined.truth.items():
            if f"{TRUTH}.{table}" not in self._behind(sql):
                continue
            there = self.engine.columns(f"{TRUTH}.{table}")
            for column in columns:
                if column not in there and re.search(rf"\b{column}\b", sql):
                    yield f"this world has no column {column} in {TRUTH}/{table}"

    def _behind(self, sql: str) -> frozenset[str]:
        """Everything a query rests on."""
        if sql not in self.rests_on:
            names = self._read_by(sql)
            below = [self._behind(self.defined.tables[name].sql) for name in names if name in self.defined.tables]
            self.rests_on[sql] = frozenset(names).union(*below)
        return self.rests_on[sql]

    def _numbers(self) -> None:
        """A whole number for every person, and for every number of a person as it arrived in a register."""
        if self.engine.has("person_numbers"):
            return
        self.engine.run("CREATE SCHEMA IF NOT EXISTS world")
        path = self._truth_path(LINKS)
        links = f"FROM read_parquet({quote(path)}, hive_partitioning = false)" if path else "LIMIT 0"
        empty = "NULL::VARCHAR AS register, NULL::VARCHAR AS number, NULL::VARCHAR AS person"
        self.engine.run(
            "CREATE TEMP TABLE true_numbers AS SELECT register, number, min(person) AS person FROM "
            f"(SELECT {'register, number, person' if path else empty} {links}) AS l GROUP BY 1, 2"
        )
        self.engine.run(
            """CREATE TEMP TABLE person_numbers AS
            SELECT person, (row_number() OVER (ORDER BY person))::INTEGER AS id FROM (
            SELECT DISTINCT p.person FROM registers.persons AS p ANTI JOIN (
              SELECT number FROM true_numbers WHERE register = 'persons' AND number <> person) AS l
            ON l.number = p.person) AS p"""
        )

    def _make_register(self, register: str) -> str:
        if not self.registers.has(register):
            return f"this world has no register {register}"
        self._numbers()
        self.engine.run(f"CREATE TABLE world.{register} AS {_register_sql(register)}")
        return ""

    def _make_truth(self, table: str) -> str:
        path = self._truth_path(table)
        if not path:
            return f"this world has no {TRUTH}/{table}"
        self._numbers()
        self.engine.run("CREATE SCHEMA IF NOT EXISTS truth")
        self.engine.run(
            f"CREATE TABLE {TRUTH}.{table} AS SELECT t.* REPLACE (n.id AS person) "
            f"FROM read_parquet({quote(path)}, hive_partitioning = false) AS t JOIN person_numbers AS n USING (person)"
        )
        return ""

    def _truth_path(self, table: str) -> str:
        """The file of a table of the truth, or the pattern of its parts; empty when there is none."""
        one, parts = self.folder / TRUTH / f"{table}.parquet", self.folder / TRUTH / table
        if one.is_file():
            return str(one)
        return str(parts / "**" / "*.parquet") if any(parts.rglob("*.parquet")) else ""


def _register_sql(register: str) -> str:
    """A register with the whole number of the right person in place of the number that arrived.

    A number that two persons share at one source counts for one of them. Rows of nobody are left out; only the child
    of a pregnancy may be unknown. The register of persons has one row per person: that of the first number.
    """
    columns = [column.name for column in schemas()[register].columns if column.person]
    joins = [
        f"LEFT JOIN true_numbers AS t_{column} ON t_{column}.register = {quote(register)} "
        f"AND t_{column}.number = r.{column}\n"
        f"{'LEFT ' if register == 'pregnancies' and column == 'child' else ''}JOIN person_numbers AS n_{column} "
        f"ON n_{column}.person = {'r.person' if register == 'persons' else f'coalesce(t_{column}.person, r.{column})'}"
        for column in columns
    ]
    replaced = ", ".join(f"n_{column}.id AS {column}" for column in columns)
    return "\n".join(
        [f"SELECT r.* {f'REPLACE ({replaced})' if columns else ''} FROM registers.{register} AS r", *joins]
    )


def _estimated(entry: FigureEntry, rows: pd.DataFrame, groups: int) -> Found:
    if entry.measure == "adjusted":
        return _adjusted(entry, rows, groups)
    if entry.measure in ("highest", "lowest") and rows["place"].nunique() < _LEAST_PLACES:
        many = rows["place"].nunique()
        return Found(None, f"this world has {many} such place(s); it takes {_LEAST_PLACES}", applies=False)
    found = jackknife(_STATISTICS[entry.measure], _counts(entry, rows, groups))
    return _found(Estimate(entry.times * found.value, entry.times * found.error))


def _found(estimate: Estimate, said: str = "") -> Found:
    if isnan(estimate.value):
        return Found(None, "nobody in this world is counted in the denominator")
    return Found(estimate, said)


def _counts(entry: FigureEntry, rows: pd.DataFrame, groups: int) -> Array:
    """Counts of shape (groups, rows, 2)."""
    pairs = [("numerator", "denominator")]
    if entry.measure == "ratio":
        pairs.append(("other_numerator", "other_denominator"))
    if entry.measure in ("highest", "lowest"):
        return _by(rows, "place", groups)
    columns = [name for pair in pairs for name in pair]
    sums = rows[["part", *columns]].fillna(0).groupby("part")[columns].sum().reindex(range(groups), fill_value=0)
    return sums.to_numpy(dtype=np.float64).reshape(groups, len(pairs), 2)


def _by(rows: pd.DataFrame, column: str, groups: int) -> Array:
    places = sorted(rows[column].dropna().unique())
    counts = np.zeros((groups, len(places), 2))
    position = {place: i for i, place in enumerate(places)}
    for part, place, top, bottom in rows[["part", column, "numerator", "denominator"]].dropna().itertuples(index=False):
        counts[int(part), position[place]] += (float(top), float(bottom))
    return counts


def _adjusted(entry: FigureEntry, rows: pd.DataFrame, groups: int) -> Found:
    """A crude risk ratio, and what is left of it among families alike in the columns ``by``."""
    cells = rows.assign(cell=rows[["exposed", *entry.by]].astype(int).astype(str).agg("".join, axis=1))
    counts = _by(cells, "cell", groups)
    design = np.array([[int(sign) for sign in cell] for cell in sorted(cells["cell"].unique())])
    exposed = design[:, 0] == 1
    crude = jackknife(estimates.crude_ratio(exposed), counts)
    left = jackknife(estimates.standardised_ratio(exposed, design[:, 1:].astype(np.float64)), counts)
    gone = estimates.explained_share(crude.value, left.value)
    names = ", ".join(name.replace("_", " ") for name in entry.by)
    said = (
        f"{left.value:.2f} (standard error {left.error:.2f}) among families alike in {names}; "
        f"{100 * gone:.0f}% of what the ratio has above one goes with these. Origin has no effect of its own here."
    )
    return _found(crude, said)

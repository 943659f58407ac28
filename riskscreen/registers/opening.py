"""Opening registers: from files, a database or frames to views with our names and types."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskscreen.engine.duck import Engine, quote
from riskscreen.errors import RegisterError, SettingsError, UsageError
from riskscreen.records.clock import utc_now
from riskscreen.registers.basis import Basis, read_basis
from riskscreen.registers.handle import Coverage, Opened, Registers
from riskscreen.registers.manifest import OWN_NOTICE, Manifest, read_manifest
from riskscreen.registers.mapping import OwnNames, RegisterMapping, read_mapping
from riskscreen.registers.schemas import RegisterSchema, obligatory, schemas
from riskscreen.registers.sources import ATTACHED, Found, Search, in_database, in_folder, in_frames, name_sql, sha256_of
from riskscreen.registers.typing_sql import typed_sql
from riskscreen.settings import add_months

if TYPE_CHECKING:
    import pandas as pd

Source = Path | str | Mapping[str, "pd.DataFrame"]


def open_registers(
    source: Source,
    *,
    mapping: Path | None = None,
    basis: Path | None = None,
    manifest: Manifest | None = None,
    engine: Engine | None = None,
    threshold: int = 10,
) -> Registers:
    """Open registers from a folder of Parquet or CSV files, a DuckDB file, or pandas frames.

    Parameters
    ----------
    source
        Folder, DuckDB file, or frames by register name.
    mapping
        File with your own names of files, columns and codes (schema ``mapping/1``); default our names.
    basis
        File with the lawful basis per register (schema ``basis/1``): needed unless the manifest says synthetic.
        Registers without a basis do not open; columns without one are not read.
    manifest
        For frames: what a folder's ``manifest.json`` says. Without one, frames are not synthetic.
    engine
        Where the rows go; default a new one, that closes with the handle.
    threshold
        Row counts below it are not shown.

    Raises
    ------
    RegisterError
        Nothing to open, an obligatory register is absent, no basis, or its term has ended (exit code 4).
    SettingsError
        The mapping or basis has faults: all of them (exit code 3).
    """
    names = read_mapping(mapping)
    own_engine = engine is None
    engine = Engine() if engine is None else engine
    try:
        return _Opening(engine, names, threshold).open(source, mapping, basis, manifest)
    except BaseException:
        if own_engine:
            engine.close()
        raise


@dataclass(frozen=True, slots=True)
class _Opening:
    engine: Engine
    names: OwnNames
    threshold: int

    def open(self, source: Source, mapping: Path | None, basis: Path | None, manifest: Manifest | None) -> Registers:
        self._clear()
        search, manifest, place = self._search(source, manifest)
        self._check_search(search, place)
        marked = _marked(search.found, manifest)
        lawful = None if marked.issuperset(f.register for f in search.found) else self._basis(basis, marked)
        readable = [f for f in search.found if f.register in marked or (lawful and f.register in lawful.registers)]
        withheld = tuple(f.register for f in search.found if f not in readable)
        _check_obligatory(readable, withheld, place)
        opened = {f.register: self._load(f, source, None if f.register in marked else lawful) for f in readable}
        present = self._coverage(readable, manifest)
        opened = {name: _stated(body, name, self.names, manifest) for name, body in opened.items()}
        return Registers(
            self.engine,
            name=self.names.name or (manifest.name if manifest else place),
            synthetic=marked.issuperset(opened),
            notice=manifest.notice if manifest and marked.issuperset(opened) else OWN_NOTICE,
            municipality=self.names.municipality or (manifest.municipality if manifest else ""),
            real_area_names=manifest.real_area_names if manifest and marked.issuperset(opened) else True,
            present=present,
            opened=opened,
            withheld=withheld,
            names=self.names,
            content_hash=_content_hash(readable, opened, mapping, present),
            threshold=self.threshold,
        )

    def _clear(self) -> None:
        for schema in ("registers", "incoming"):
            self.engine.run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
            self.engine.run(f"CREATE SCHEMA {schema}")
        self.engine.run(f"DETACH DATABASE IF EXISTS {ATTACHED}")

    def _search(self, source: Source, manifest: Manifest | None) -> tuple[Search, Manifest | None, str]:
        if isinstance(source, Mapping):
            return in_frames(source, self.names), manifest, "frames"
        path = Path(source)
        if manifest is not None:
            raise UsageError("a manifest value goes with frames only", do="a folder has its own manifest.json")
        if path.is_dir():
            found = read_manifest(path)
            return in_folder(self.engine, path, self.names, found), found, path.name
        if path.is_file():
            return in_database(self.engine, path, self.names), None, path.stem
        raise RegisterError(f"there are no registers at {path}", do="give a folder, a DuckDB file or pandas frames")

    def _check_search(self, search: Search, place: str) -> None:
        faults = list(search.faults)
        for found in search.found:
            for ours, theirs in self.names.of(found.register).columns.items():
                if found.theirs(theirs) is None:
                    faults.append(f"{found.register}: {found.place} has no column {theirs} (mapped to {ours})")
        faults += [
            f"{register}: mapped, but no file or table of it was found"
            for register in self.names.registers
            if register not in {f.register for f in search.found} and not _named(search.faults, register)
        ]
        if faults:
            raise SettingsError(
                f"the registers in {place} and what is said about them do not match ({len(faults)} fault(s))",
                faults=tuple(faults),
                do="mend the mapping or the files; names of files and columns must be written exactly",
            )

    def _basis(self, basis: Path | None, marked: set[str]) -> Basis | None:
        if basis is None and marked:
            return None  # files beside a synthetic set that its manifest does not name: they stay closed
        return read_basis(basis, utc_now().date())

    def _load(self, found: Found, source: Source, lawful: Basis | None) -> Opened:
        register, own = schemas()[found.register], self.names.of(found.register)
        theirs = {c.name: found.theirs(own.columns.get(c.name, c.name)) for c in register.columns}
        named = {ours: name for ours, name in theirs.items() if name is not None}
        picked = {ours: name for ours, name in named.items() if not lawful or lawful.allows(register.name, ours)}
        self._incoming(found, picked, source)
        columns = self.engine.columns(f"incoming.{register.name}")
        columns.pop("row_number_")
        typed = _typed(register, columns, own)
        keep = "TABLE" if found.sort == "csv" else "VIEW"
        select = ", ".join(
            f"{typed[c.name]} AS {c.name}" if c.name in typed else f"CAST(NULL AS {c.sql_type}) AS {c.name}"
            for c in register.columns
        )
        self.engine.run(f"CREATE {keep} registers.{register.name} AS SELECT {select} FROM incoming.{register.name}")
        withheld = tuple(ours for ours in named if ours not in picked)
        return Opened(columns, typed, withheld, self._broken(found), stated=False)

    def _incoming(self, found: Found, picked: Mapping[str, str], source: Source) -> None:
        """View ``incoming.<register>``: row number and the columns that may be read, as they came."""
        rows, view = f"incoming.{found.register}_rows", f"incoming.{found.register}"
        scan, row = found.scan, found.row
        if found.sort == "frame" and isinstance(source, Mapping):
            self._kept_in_order(lambda: self.engine.load(rows, _plain(source[found.place], picked)))
            scan, picked = rows, {ours: ours for ours in picked}
        elif found.sort == "csv":
            parts = ", ".join(f"NULLIF(trim({name_sql(name)}), '') AS {ours}" for ours, name in picked.items())
            parts = parts or "NULL AS nothing_"
            self._kept_in_order(lambda: self.engine.run(f"CREATE TABLE {rows} AS SELECT {parts} FROM {found.scan}"))
            scan, picked = rows, {ours: ours for ours in picked}
        select = "".join(f", {name_sql(name)} AS {ours}" for ours, name in picked.items())
        constants = self.names.of(found.register).constants
        select += "".join(f", {quote(code)} AS {ours}" for ours, code in constants.items() if ours not in picked)
        self.engine.run(f"CREATE VIEW {view} AS SELECT {row} AS row_number_{select} FROM {scan}")

    def _kept_in_order(self, load: Any) -> None:
        """Row numbers mean something only when rows stay in the order of the source."""
        self.engine.run("SET preserve_insertion_order = true")
        try:
            load()
        finally:
            self.engine.run("SET preserve_insertion_order = false")

    def _broken(self, found: Found) -> tuple[int, tuple[int, ...]]:
        if found.sort != "csv":
            return 0, ()
        count, first = self.engine.rows(
            f"SELECT count(DISTINCT line), min(DISTINCT line, 3) FROM broken_{found.register}"
        )[0]
        return int(count), tuple(first or ())

    def _coverage(self, readable: list[Found], manifest: Manifest | None) -> dict[str, Coverage]:
        found = {f.register: self._period(schemas()[f.register], manifest) for f in readable}
        base = found["household_spells"]
        return {
            name: Coverage(start or base[0] or _today(), until or base[1] or _today(), rows)
            for name, (start, until, rows) in found.items()
        }

    def _period(self, register: RegisterSchema, manifest: Manifest | None) -> tuple[date | None, date | None, int]:
        view = f"registers.{register.name}"
        start, last, rows = None, None, self.engine.value(f"SELECT count(*) FROM {view}")
        if register.has("recorded_date"):  # the first hundredth is left out: old rows loaded later are no coverage
            start, last = self.engine.rows(
                f"SELECT quantile_disc(recorded_date, 0.01), max(recorded_date) FROM {view}"
            )[0]
        covers = self.names.of(register.name).covers
        if covers is not None:
            return covers.from_, covers.until, rows
        if manifest is not None and register.name in manifest.registers:
            entry = manifest.registers[register.name]
            return entry.from_, entry.until, rows
        return _month(start), _month_after(last), rows


def _today() -> date:
    return utc_now().date()


def _month(day: date | None) -> date | None:
    """Whole months, so that a derived period gives no single row's date away."""
    return None if day is None else day.replace(day=1)


def _month_after(day: date | None) -> date | None:
    return None if day is None else min(add_months(day.replace(day=1), 1), _today() + timedelta(days=1))


def _named(faults: tuple[str, ...], register: str) -> bool:
    return any(fault.startswith(f"{register}:") for fault in faults)


def _marked(found: tuple[Found, ...], manifest: Manifest | None) -> set[str]:
    """Registers that the synthetic mark holds for: named in the manifest, and the very file it was made with.

    Raises
    ------
    RegisterError
        A file differs from the one its manifest describes: it could hold anything.
    """
    if manifest is None or not manifest.synthetic:
        return set()
    named = [f for f in found if f.register in manifest.registers]
    changed = tuple(
        f"{f.register}: {f.place}"
        for f in named
        if f.sort != "frame" and manifest.registers[f.register].sha256 != f.sha256
    )
    if changed:
        raise RegisterError(
            "these files are not the ones that the synthetic manifest was made with",
            faults=changed,
            do="make the registers again (riskscreen synthesize), or remove manifest.json and write a basis.yaml",
        )
    return {f.register for f in named}


def _check_obligatory(readable: list[Found], withheld: tuple[str, ...], place: str) -> None:
    there = {f.register for f in readable}
    absent = tuple(
        f"{name} ({schemas()[name].title.en}): {'no lawful basis names it' if name in withheld else 'not found'}"
        for name in obligatory()
        if name not in there
    )
    if absent:
        raise RegisterError(
            f"an obligatory register is missing in {place}",
            faults=absent,
            do=f"{', '.join(obligatory())} are obligatory, all others may be absent; "
            "give files of these names, or a mapping (riskscreen init writes one)",
        )


def _typed(register: RegisterSchema, columns: Mapping[str, str], own: RegisterMapping) -> dict[str, str]:
    return {
        column.name: typed_sql(column, column.name, columns[column.name], own)
        for column in register.columns
        if column.name in columns
    }


def _plain(frame: pd.DataFrame, picked: Mapping[str, str]) -> pd.DataFrame:
    """The columns that may be read, by our names; columns of mixed objects as text."""
    from pandas.api.types import infer_dtype

    part = frame[list(picked.values())].rename(columns={name: ours for ours, name in picked.items()})
    for column in part.columns:
        if part[column].dtype == object and infer_dtype(part[column], skipna=True).startswith("mixed"):
            part[column] = part[column].map(str, na_action="ignore")
    return part if len(part.columns) else part.assign(nothing_=None)


def _stated(body: Opened, register: str, names: OwnNames, manifest: Manifest | None) -> Opened:
    told = names.of(register).covers is not None or (manifest is not None and register in manifest.registers)
    return Opened(body.columns, body.typed, body.withheld, body.broken, stated=told)


def _content_hash(
    readable: list[Found], opened: Mapping[str, Opened], mapping: Path | None, present: Mapping[str, Coverage]
) -> str:
    """Hash over what was read: content, columns, period, and the user's own names and codes."""
    lines = [
        f"{f.register} {f.sha256} {','.join(opened[f.register].columns)} "
        + (f"{present[f.register].from_} {present[f.register].until}" if opened[f.register].stated else "")
        for f in sorted(readable, key=lambda f: f.register)
    ]
    lines.append("" if mapping is None else sha256_of(mapping))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()

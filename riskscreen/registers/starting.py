"""``riskscreen init``: look at a user's files and write a scenario, a mapping and a form for the lawful basis."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from riskscreen.engine.duck import Engine, quote
from riskscreen.errors import MachineError, RegisterError, UsageError
from riskscreen.records.clock import utc_now
from riskscreen.registers.guessing import (
    Guess,
    Peek,
    codes_found,
    date_form,
    guess_code,
    guess_registers,
    plain_name,
)
from riskscreen.registers.schemas import ColumnSchema, RegisterSchema, obligatory, schemas
from riskscreen.registers.sources import ATTACHED, is_duckdb, is_parquet, name_sql, read_csv_sql
from riskscreen.settings import add_months

FILES = ("scenario.yaml", "mapping.yaml", "basis.yaml")
_SEPARATORS = (",", ";", "\t", "|")


def init(folder: Path, out: Path = Path()) -> list[Path]:
    """Write a scenario, a mapping and a basis form for a user's own files.

    Registers and columns are guessed by name (Dutch and English), separator, encoding and form of dates by content.
    Codes are listed only when few differ and only those on at least ten rows; no other value is written.

    Parameters
    ----------
    folder
        Folder with CSV or Parquet files, or a DuckDB file.
    out
        Folder to write ``scenario.yaml``, ``mapping.yaml`` and ``basis.yaml`` in; nothing is overwritten.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    UsageError
        One of the files is already there.
    RegisterError
        Nothing in the folder can be read.
    """
    folder, out = Path(folder), Path(out)
    there = [name for name in FILES if (out / name).exists()]
    if there:
        raise UsageError(f"{', '.join(there)} already in {out}", do="choose another folder with --out")
    with Engine() as engine:
        peeks = _peeks(engine, folder)
        if not peeks:
            raise RegisterError(f"no CSV, Parquet or DuckDB tables in {folder}", do="give the folder with your files")
        guesses = guess_registers(peeks)
        now = _latest_year(engine, guesses)
        texts = {
            "scenario.yaml": scenario_text(folder, out, now),
            "mapping.yaml": mapping_text(engine, guesses, peeks),
            "basis.yaml": basis_text(guesses),
        }
    return [_write(out / name, text) for name, text in texts.items()]


def scenario_text(folder: Path, out: Path, now: date) -> str:
    """A scenario on the user's own registers: four years back to fit and judge on."""
    train = ", ".join(add_months(now, -12 * years).isoformat() for years in (4, 3, 2))
    name = plain_name(folder.resolve().stem).replace("_", "-")[:40].strip("-") or "own-registers"
    return (
        "schema: scenario/1\n"
        "# Made by riskscreen init. Paths are relative to this file. docs/reference/settings.md lists every key.\n"
        f"name: {name}\n"
        "registers:\n"
        f"  path: {json.dumps(_relative(folder, out), ensure_ascii=False)}\n"
        "  mapping: mapping.yaml\n"
        "  basis: basis.yaml\n"
        "# Check: the registers must cover a year after test, and the years before the first train date.\n"
        f"index_dates: {{train: [{train}], test: {add_months(now, -12)}, now: {now}}}\n"
        "horizon: 12\n"
        "outcome: new_report\n"
    )


def mapping_text(engine: Engine, guesses: Mapping[str, Guess], peeks: list[Peek]) -> str:
    """A mapping with what was guessed; what is unknown stands in comments to fill in."""
    lines = [
        "schema: mapping/1",
        "# Made by riskscreen init: guesses from names. Check every line; fill in or remove the lines with #.",
        "# columns is ours: theirs; codes is per column of ours, theirs: ours.",
        "# covers is the period a register covers: from this day up to, and not including, until.",
        'municipality: ""  # its name, as it stands on the pages',
        "registers:",
    ]
    for guess in guesses.values():
        lines += _register_lines(engine, guess)
    lines += [f"  # {name}: not found (obligatory)" for name in obligatory() if name not in guesses]
    used = {guess.peek.place for guess in guesses.values()}
    lines += [f"# not recognised: {json.dumps(peek.place)}" for peek in peeks if peek.place not in used]
    return "\n".join(lines) + "\n"


def basis_text(guesses: Mapping[str, Guess]) -> str:
    """A form for the lawful basis: refused until it is filled in."""
    lines = [
        "schema: basis/1",
        "# Registers that are not synthetic open only with a written lawful basis. Fill in every line; a register",
        "# that is left out is not opened, a column that is not in columns is not read. Nothing here is legal advice.",
        "registers:",
    ]
    for name in dict.fromkeys([*obligatory(), *guesses]):
        schema = schemas()[name]
        lines += [
            f"  {name}:",
            f"    # {schema.legal.en}",
            '    law: ""',
            '    purpose: ""',
            '    impact_assessment: ""  # reference of the data protection impact assessment',
            '    responsible: ""  # who answers for this use',
            "    retention_until:  # last day on which it may be kept, as 2027-12-31",
            f"    columns: [{', '.join(schema.names)}]",
        ]
    return "\n".join(lines) + "\n"


def _register_lines(engine: Engine, guess: Guess) -> Iterator[str]:
    schema = schemas()[guess.register]
    where = "table" if guess.peek.scan.startswith(ATTACHED) else "file"
    yield f"  {guess.register}:"
    yield f"    {where}: {json.dumps(guess.peek.place, ensure_ascii=False)}"
    if guess.peek.separator:
        yield f"    separator: {json.dumps(guess.peek.separator)}"
        yield f"    encoding: {guess.peek.encoding}"
    dates = [theirs for ours, theirs in guess.columns.items() if schema.column(ours).type == "date"]
    form = date_form(engine, guess.peek, dates)
    if form:
        yield f'    dates: "{form}"'
    if guess.columns:
        yield "    columns:"
    for column in schema.columns:
        yield from _column_lines(column, guess)
    if guess.unused:
        unused = ", ".join(json.dumps(name, ensure_ascii=False) for name in guess.unused)
        yield f"    # your columns that are not used: {unused}"
    yield from _code_lines(engine, schema, guess)
    yield "    # covers: {from: 2015-01-01, until: 2025-01-01}"


def _column_lines(column: ColumnSchema, guess: Guess) -> Iterator[str]:
    theirs = guess.columns.get(column.name)
    if theirs is not None:
        yield f"      {column.name}: {json.dumps(theirs, ensure_ascii=False)}"
    elif not column.optional:
        need = "may be left out" if column.nullable else "needed"
        yield f"      # {column.name}: ''  # {column.meaning.en} ({need})"


def _code_lines(engine: Engine, schema: RegisterSchema, guess: Guess) -> Iterator[str]:
    blocks: list[str] = []
    for ours, theirs in guess.columns.items():
        column = schema.column(ours)
        if column.codes or column.type == "flag":
            blocks += _codes_of(engine, column, guess.peek, theirs)
    if blocks:
        head = "    codes:" if any(not line.lstrip().startswith("#") for line in blocks) else "    # codes:"
        yield from (head, *blocks)


def _codes_of(engine: Engine, column: ColumnSchema, peek: Peek, theirs: str) -> Iterator[str]:
    if peek.columns[theirs] == "BOOLEAN":
        return
    allowed = "true, false" if column.type == "flag" else ", ".join(column.codes)
    pairs = [(code, guess_code(column, code)) for code in codes_found(engine, peek, theirs, column)]
    if all(code == ours for code, ours in pairs):
        return
    known = any(ours for _, ours in pairs)
    yield f"      {'' if known else '# '}{column.name}:  # ours: {allowed}"
    for code, ours in pairs:
        given = json.dumps(code, ensure_ascii=False)
        yield f"        {given}: {json.dumps(ours)}" if ours else f"        # {given}: ''"


def _peeks(engine: Engine, folder: Path) -> list[Peek]:
    if folder.is_file():
        return _tables(engine, folder)
    if not folder.is_dir():
        raise RegisterError(f"there is no folder {folder}", do="give the folder with your files")
    found = []
    for path in sorted(folder.iterdir()):
        ending = path.suffix.lower()
        if ending == ".parquet" and is_parquet(path):
            scan = f"read_parquet({quote(str(path))})"
            types = {row[0]: row[1] for row in engine.rows(f"DESCRIBE SELECT * FROM {scan}")}
            found.append(Peek(path.name, path.stem, types, scan))
        elif ending in (".csv", ".txt", ".tsv"):
            found += _csv_peek(engine, path)
    return found


def _csv_peek(engine: Engine, path: Path) -> list[Peek]:
    raw = path.read_bytes()
    try:
        text, encoding = raw.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = raw.decode("cp1252", errors="replace"), "cp1252"
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    header = [name.strip() for name in next(csv.reader([first], delimiter=separator), [])]
    if len(header) < 2 or not all(header) or len({name.lower() for name in header}) < len(header):
        return []
    place = len(list(engine.folder.glob("peek-*.csv")))
    aside = engine.folder / f"peek-{place}.csv"
    aside.write_text(text, encoding="utf-8", newline="")
    columns = dict.fromkeys(header, "VARCHAR")
    rows = f"peek_{place}"
    engine.run(f"CREATE TABLE {rows} AS SELECT * FROM {read_csv_sql(aside, columns, separator, rows)}")
    return [Peek(path.name, path.stem, columns, rows, separator, encoding)]


def _tables(engine: Engine, path: Path) -> list[Peek]:
    if not is_duckdb(path):
        raise RegisterError(f"{path.name} is no DuckDB file", do="give a folder with files, or a DuckDB file")
    engine.run(f"ATTACH {quote(str(path))} AS {ATTACHED} (READ_ONLY)")
    tables = engine.rows(
        "SELECT table_schema, table_name FROM information_schema.tables "
        f"WHERE table_catalog = '{ATTACHED}' ORDER BY 1, 2"
    )
    found = []
    for schema, table in tables:
        scan = f"{ATTACHED}.{name_sql(schema)}.{name_sql(table)}"
        found.append(Peek(f"{schema}.{table}", table, engine.columns(scan), scan))
    return found


def _latest_year(engine: Engine, guesses: Mapping[str, Guess]) -> date:
    """The first of January up to which the reports (else the households) run; else of this year."""
    for register in ("reports", "household_spells"):
        guess = guesses.get(register)
        name = guess.columns.get("recorded_date", guess.columns.get("event_date")) if guess else None
        if guess is None or name is None:
            continue
        form = date_form(engine, guess.peek, [name])
        written = f"CAST({name_sql(name)} AS VARCHAR)"
        day = f"TRY_STRPTIME({written}, '{form}')" if form else f"TRY_CAST({written} AS DATE)"
        last = engine.value(f"SELECT CAST(max(CAST({day} AS DATE)) + INTERVAL 1 MONTH AS DATE) FROM {guess.peek.scan}")
        if last is not None:
            return date(min(last.year, utc_now().year), 1, 1)
    return date(utc_now().year, 1, 1)


def _relative(folder: Path, out: Path) -> str:
    try:
        return Path(os.path.relpath(folder.resolve(), out.resolve())).as_posix()
    except ValueError:  # another drive
        return folder.resolve().as_posix()


def _write(path: Path, text: str) -> Path:
    """Write aside, then rename: a file is whole or not there."""
    aside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(text, encoding="utf-8", newline="\n")
        aside.replace(path)
    except OSError as error:
        raise MachineError(f"cannot write {path}: {error.strerror}", do="check the disk and the rights") from error
    return path

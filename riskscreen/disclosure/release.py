"""Write released tables to a folder and into the ledger.

Everything of all channels is written aside first; then the ledger gets its entries, in one go; then the folders get
their names (:mod:`riskscreen.disclosure.shelves`). So there is never a release without an entry, and a full disk leaves
neither. After a kill between the two the next release puts in place what the ledger names. One release at a time: a
second one waits. The same tables give the same bytes: nothing in the folder holds a time or a machine path, but for
``HEAD.json``, which says where the release stands in the ledger.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from riskscreen.disclosure.gate import Books, ReleasedTable, Status, gate
from riskscreen.disclosure.shelves import Archive, Shelf, finish, last_entry, one_at_a_time, put_in_place, write_aside
from riskscreen.errors import RefusedError
from riskscreen.records.approvals import Subject, check_clock
from riskscreen.records.clock import stamp
from riskscreen.records.hashlog import HashLog
from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Channel, Column, Table, Value
from riskscreen.records.texts import Text
from riskscreen.settings import Release

SCHEMA = "release/1"
SUPPRESSED = "suppressed"
"""The column that names, per row, the columns whose figure was hidden; empty elsewhere means not covered."""
NO_NOTICE = Text("", "")


@dataclass(frozen=True, slots=True)
class Part:
    """What leaves by one channel.

    Parameters
    ----------
    tables
        Unreleased tables; all that share totals belong together.
    channel
        ``internal`` or ``public``.
    out
        Folder to make (replaced when it exists): CSV, ``nl/``, Parquet, JSON per table and a data dictionary.
    folder
        The name of ``out`` for the ledger, when ``out`` will be renamed by the caller.
    beside
        Tables of the same result that do not leave by this channel, as for the gate.
    """

    tables: Sequence[Table]
    channel: Channel
    out: Path
    folder: str = ""
    beside: Sequence[Table] = ()


@dataclass(frozen=True, slots=True)
class ReleaseRecord:
    """One release as it stands in the ledger.

    Parameters
    ----------
    files
        SHA-256 per file, by path inside the released folder.
    tables
        Content hash per table.
    withdrawn
        Was it withdrawn later? Then its files are to be recalled.
    """

    id: str
    channel: Channel
    subject: str
    folder: str
    tables: Mapping[str, str]
    files: Mapping[str, str]
    approval: int
    entry: int
    head: str
    time: str
    withdrawn: bool

    def __str__(self) -> str:
        mark = " WITHDRAWN: recall these files" if self.withdrawn else ""
        return f"{self.id}: {len(self.tables)} tables by the {self.channel} channel in {self.folder}{mark}"


def release(
    tables: Sequence[Table],
    *,
    channel: Channel,
    office: Archive,
    subject: Subject,
    release: Release,
    day: date,
    out: Path,
    folder: str | None = None,
    notice: Text = NO_NOTICE,
    time: str | None = None,
    beside: Sequence[Table] = (),
) -> ReleaseRecord:
    """Pass tables through the gate and write them, with an entry in the ledger.

    Parameters
    ----------
    tables
        Unreleased tables; all that share totals belong together.
    channel
        ``internal`` or ``public``.
    office, subject, release, day
        As for :func:`riskscreen.disclosure.gate.gate`.
    out
        Folder to make (replaced when it exists): CSV, ``nl/``, Parquet, JSON per table and a data dictionary.
    folder
        The name of ``out`` for the ledger, when ``out`` will be renamed by the caller.
    notice
        What every reader must know, such as that all families are synthetic.
    time
        UTC; default now. Stands in the ledger only.
    beside
        Tables of the same result that do not leave by this channel, as for the gate.

    Returns
    -------
    ReleaseRecord
        The release as it stands in the ledger.

    Raises
    ------
    RefusedError, ReviewError
        As the gate; also for the review channel, by which no file leaves.
    MachineError
        A file cannot be written; then there is no release.
    """
    part = Part(tables, channel, out, folder or "", beside)
    return release_together(
        (part,), office=office, subject=subject, release=release, day=day, notice=notice, time=time
    )[0]


def release_together(
    parts: Sequence[Part],
    *,
    office: Archive,
    subject: Subject,
    release: Release,
    day: date,
    notice: Text = NO_NOTICE,
    time: str | None = None,
) -> tuple[ReleaseRecord, ...]:
    """Release by several channels: all of them or none.

    Parameters
    ----------
    parts
        What leaves by which channel.
    office, subject, release, day, notice, time
        As for :func:`release`. Without ``time`` the clock must not stand before the last entry of either log.

    Raises
    ------
    RefusedError, ReviewError
        As the gate; also for the review channel, by which no file leaves.
    MachineError
        A file cannot be written, or another release goes on for too long; then there is no release.
    """
    if any(part.channel == "review" for part in parts):
        raise RefusedError("by the review channel no file leaves: drafts stand in the dossier", do="use internal")
    with one_at_a_time(office):
        if time is None:
            check_clock((office.ledger, office.decisions))
        finish(office)
        shelves = []
        for part in parts:
            passed = gate(
                part.tables,
                channel=part.channel,
                office=office,
                subject=subject,
                release=release,
                day=day,
                beside=part.beside,
            )
            texts = render(passed, notice)
            files = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(texts.items())}
            body = _body(passed, subject, files, part.folder or part.out.as_posix())
            shelves.append(Shelf(body, texts, part.out, office.released / str(body["release"])))
        write_aside(shelves)
        new = [("release", shelf.body) for shelf in shelves if not _stands(office.ledger, shelf.body)]
        if new:
            office.ledger.append_all(new, time=time or stamp())
        for shelf in shelves:
            put_in_place(shelf, last_entry(office.ledger, shelf.body))
    found = releases(office)
    return tuple(
        next(r for r in reversed(found) if (r.id, r.folder) == (s.body["release"], s.body["folder"])) for s in shelves
    )


def releases(office: Books) -> tuple[ReleaseRecord, ...]:
    """Every release in the ledger, oldest first; withdrawn ones stay, marked."""
    found: list[ReleaseRecord] = []
    gone: dict[str, int] = {}
    entries = office.ledger.entries()
    for entry in entries:
        if entry.kind == "withdraw":
            gone.update(dict.fromkeys(entry.body["releases"], entry.number))
    for entry in entries:
        if entry.kind == "release":
            b = entry.body
            withdrawn = gone.get(b["release"], 0) > entry.number
            found.append(
                ReleaseRecord(
                    b["release"],
                    b["channel"],
                    b["subject"],
                    b["folder"],
                    b["tables"],
                    b["files"],
                    b["approval"],
                    entry.number,
                    entry.hash,
                    entry.time,
                    withdrawn,
                )
            )
    return tuple(found)


def render(tables: Sequence[ReleasedTable], notice: Text = NO_NOTICE) -> dict[str, bytes]:
    """Every file of a release, by its path inside the folder."""
    files: dict[str, bytes] = {}
    for table in tables:
        files[f"{table.name}.json"] = table.to_json().encode()
        files |= render_table(table.table, table.status, notice)
    files |= render_dictionary([table.table for table in tables], notice)
    body = {
        "schema": SCHEMA,
        "release": release_id(tables),
        "channel": tables[0].channel,
        "subject": tables[0].passage.subject,
        "rules": tables[0].rules.to_dict(),
        "notice": notice.to_dict(),
        "tables": {table.name: table.content_hash for table in tables},
    }
    files["release.json"] = _json(body)
    return files


def render_table(table: Table, status: Sequence[Sequence[Status]], notice: Text) -> dict[str, bytes]:
    """CSV, Dutch CSV and Parquet of one table."""
    return {
        f"{table.name}.csv": _csv(table, status),
        f"nl/{table.name}.csv": _csv_nl(table, status),
        f"{table.name}.parquet": _parquet(table, status, notice),
    }


def render_dictionary(tables: Sequence[Table], notice: Text) -> dict[str, bytes]:
    """What every column means, in both languages, as CSV and JSON."""
    head = ("table", "column", "kind", "unit", "of", "base", "title_en", "title_nl", "codes_en", "codes_nl")
    rows: list[Sequence[str]] = [head]
    for table in tables:
        for c in table.columns:
            codes = ["; ".join(f"{k} = {getattr(t, lang)}" for k, t in c.labels.items()) for lang in ("en", "nl")]
            rows.append((table.name, c.name, c.kind, c.unit, c.of, c.base, c.title.en, c.title.nl, *codes))
    body = {
        "schema": "data-dictionary/1",
        "notice": notice.to_dict(),
        "tables": [_describe(table) for table in tables],
    }
    return {"data_dictionary.csv": _lines(rows, ","), "data_dictionary.json": _json(body)}


def release_id(tables: Sequence[ReleasedTable]) -> str:
    """Channel and a hash over subject and contents: the same release has the same id."""
    parts = [tables[0].passage.subject, *(f"{t.name}:{t.content_hash}" for t in tables)]
    return f"{tables[0].channel}-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:16]}"


def _describe(table: Table) -> dict[str, Any]:
    columns = [
        {
            "name": c.name,
            "kind": c.kind,
            "unit": c.unit,
            "of": c.of,
            "base": c.base,
            "title": c.title.to_dict(),
            "codes": {code: text.to_dict() for code, text in c.labels.items()},
        }
        for c in table.columns
    ]
    return {"name": table.name, "title": table.title.to_dict(), "note": table.note.to_dict(), "columns": columns}


def _csv(table: Table, status: Sequence[Sequence[Status]]) -> bytes:
    rows: list[Sequence[str]] = [[*(c.name for c in table.columns), SUPPRESSED]]
    for row, states in zip(table.rows, status, strict=True):
        rows.append([*(_plain(value) for value in row), " ".join(_names(table, states))])
    return _lines(rows, ",")


def _csv_nl(table: Table, status: Sequence[Sequence[Status]]) -> bytes:
    """For Dutch Excel: semicolons, decimal comma, Dutch headings and wording, with a byte order mark."""
    titles = [c.title.nl for c in table.columns]
    heads = [t if titles.count(t) == 1 else f"{t} ({c.name})" for t, c in zip(titles, table.columns, strict=True)]
    rows: list[Sequence[str]] = [[*heads, "onderdrukt"]]
    for row, states in zip(table.rows, status, strict=True):
        cells = [_dutch(value, column) for value, column in zip(row, table.columns, strict=True)]
        rows.append([*cells, ", ".join(table.column(name).title.nl for name in _names(table, states))])
    return b"\xef\xbb\xbf" + _lines(rows, ";")


def _parquet(table: Table, status: Sequence[Sequence[Status]], notice: Text) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"count": pa.int64(), "rate": pa.float64(), "estimate": pa.float64(), "number": pa.float64()}
    arrays, fields = [], []
    for j, column in enumerate(table.columns):
        kind = pa.string() if column.unit == "date" else kinds.get(column.kind, pa.string())
        values = [row[j] for row in table.rows]
        if kind == pa.int64():
            values = [None if value is None else int(value) for value in values]
        arrays.append(pa.array(values, type=kind))
        fields.append(pa.field(column.name, kind))
    arrays.append(pa.array([" ".join(_names(table, states)) for states in status], type=pa.string()))
    fields.append(pa.field(SUPPRESSED, pa.string()))
    meta = {"riskscreen.notice": notice.en, "riskscreen.notice_nl": notice.nl, "riskscreen.table": table.name}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=meta)), sink, compression="zstd")
    return bytes(sink.getvalue())


def _names(table: Table, states: Sequence[Status]) -> list[str]:
    return [c.name for c, state in zip(table.columns, states, strict=True) if state == "suppressed"]


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _dutch(value: Value, column: Column) -> str:
    if isinstance(value, str):
        text = column.labels.get(value, TOTAL_LABEL if value == TOTAL else Text(value, value)).nl
        # A spreadsheet runs a cell that starts like a formula.
        return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
    return _plain(value).replace(".", ",")


def _lines(rows: Sequence[Sequence[str]], separator: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _json(body: Mapping[str, Any]) -> bytes:
    return (json.dumps(body, indent=1, ensure_ascii=False) + "\n").encode()


def _body(passed: Sequence[ReleasedTable], subject: Subject, files: Mapping[str, str], folder: str) -> dict[str, Any]:
    return {
        "release": release_id(passed),
        "channel": passed[0].channel,
        "subject": subject.hash,
        "run": subject.run,
        "folder": folder,
        "rules": passed[0].rules.to_dict(),
        "approval": passed[0].passage.approval,
        "tables": {table.name: table.content_hash for table in passed},
        "files": dict(files),
    }


def _stands(ledger: HashLog, body: Mapping[str, Any]) -> bool:
    """Is exactly this release already the last word in the ledger? Then running again adds nothing."""
    about = [
        entry
        for entry in ledger.entries()
        if (entry.kind == "release" and entry.body["release"] == body["release"])
        or (entry.kind == "withdraw" and body["release"] in entry.body["releases"])
    ]
    last_withdrawn = max((e.number for e in about if e.kind == "withdraw"), default=0)
    return any(e.kind == "release" and e.number > last_withdrawn and e.body == body for e in about)

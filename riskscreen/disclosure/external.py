"""Tables of counts that left by other ways: into the ledger, so that differencing takes them into account.

Whoever received such a table knows what it showed. It lies in the office beside the releases, in the same form, and the
gate reads it back like an earlier release. It stays there for good: nobody can unsee a table.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from riskscreen.disclosure.gate import SCHEMA, Status
from riskscreen.disclosure.shelves import Archive, ExternalShelf, one_at_a_time, put_external
from riskscreen.errors import UsageError
from riskscreen.records.clock import stamp
from riskscreen.records.hashlog import Entry
from riskscreen.records.sheets import read_sheet
from riskscreen.records.tables import TOTAL, Column, Table, Value
from riskscreen.records.texts import same

HIDDEN = ("", "x", ".", "·", "-", "*", "n/a", "na", "nb", "n.b.", "geheim", "suppressed")
"""What stands for a hidden count, besides ``<10``."""
TOTALS = ("total", "totaal", "all", "alle", "alles", "sum", "som")
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,59}$")


@dataclass(frozen=True, slots=True)
class Gone:
    """How a table left.

    Parameters
    ----------
    by, reason
        Who puts it in the ledger, and why it is known of.
    to
        Who received it.
    left
        The day on which it left, when that is known.
    run, registers
        The run whose registers it is about, and their hash; both empty: it is taken to be about all registers.
    """

    by: str
    reason: str
    to: str
    left: date | None = None
    run: str = ""
    registers: str = ""


def read_external(path: Path, *, keys: Sequence[str], counts: Sequence[str], name: str = "") -> Table:
    """A table of counts from a CSV or XLSX file; a hidden count is ``None``.

    Parameters
    ----------
    keys, counts
        The columns that say what a row is about, with the same codes as the registers; and those with counts.
    name
        Machine name; default the file's name. When a run has a table of this name, the two are compared as versions.

    Raises
    ------
    UsageError
        The file cannot be read, a column is not there, or a cell is no whole number: every fault.
    """
    called = name or re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")
    faults = [] if _NAME.match(called) else [f"name {called!r}: small letters, digits and _, beginning with a letter"]
    faults += [f"no column is named as {what}" for what, given in (("key", keys), ("count", counts)) if not given]
    heads, rows = read_sheet(path)
    faults += [f"column {c!r} is not there; there are: {', '.join(heads)}" for c in (*keys, *counts) if c not in heads]
    if faults:
        raise UsageError(
            f"{path.name} cannot be put in the ledger", faults=tuple(faults), do="name columns of the file"
        )
    at = {column: heads.index(column) for column in heads}
    made = [
        (*(_code(row[at[k]]) for k in keys), *(_count(row[at[c]], c, i, faults) for c in counts))
        for i, row in enumerate(rows, start=2)
    ]
    twice = len(made) - len({row[: len(keys)] for row in made})
    faults += [f"{twice} row(s) have the same keys as another: name all key columns"] if twice else []
    faults += [] if made else ["it has no rows"]
    if faults:
        raise UsageError(f"{path.name} cannot be put in the ledger", faults=tuple(faults), do="mend the file")
    codes = [{str(row[j]): same(str(row[j])) for row in made if row[j] != TOTAL} for j in range(len(keys))]
    columns = (
        *(Column(k, "key", same(k), labels=codes[j]) for j, k in enumerate(keys)),
        *(Column(c, "count", same(c), "families") for c in counts),
    )
    return Table(called, same(called), columns, tuple(made))


def add_external(office: Archive, table: Table, gone: Gone, *, source: str = "", time: str | None = None) -> Entry:
    """Put a table that left by another way in the ledger, with a copy in the office; adding it again adds nothing.

    Raises
    ------
    UsageError
        Nobody is named, or no reason is given.
    MachineError
        It cannot be written; then nothing was added.
    """
    faults = [f"{what} is empty" for what in ("by", "reason", "to") if not str(getattr(gone, what)).strip()]
    if faults:
        raise UsageError("say who adds it, why, and who received it", faults=tuple(faults))
    raw = _body(table)
    text = json.dumps(raw, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    content = hashlib.sha256(text.encode()).hexdigest()
    name = f"external-{hashlib.sha256(f'{gone.registers} {content}'.encode()).hexdigest()[:16]}"
    head = {"schema": SCHEMA, "id": f"{table.name}-external-{content[:12]}", "channel": "external", "subject": ""}
    saved = (json.dumps({**head, **raw}, indent=1, ensure_ascii=False) + "\n").encode()
    body = {
        "release": name,
        "channel": "external",
        "subject": "",
        "registers": gone.registers,
        "run": gone.run,
        "to": gone.to.strip(),
        "by": gone.by.strip(),
        "reason": gone.reason.strip(),
        "left": gone.left.isoformat() if gone.left else "",
        "source": source,
        "tables": {table.name: content},
        "files": {f"{table.name}.json": hashlib.sha256(saved).hexdigest()},
    }
    with one_at_a_time(office):
        shelf = ExternalShelf(body, {f"{table.name}.json": saved}, office.released / name)
        return put_external(office, shelf, time or stamp())


def _code(value: object) -> str:
    text = str(value).strip()
    return TOTAL if text.lower() in TOTALS else text


def _count(value: object, column: str, row: int, faults: list[str]) -> Value:
    text = str("" if value is None else value).strip().lower().replace("\u00a0", "")
    if text in HIDDEN or text.startswith("<"):
        return None
    plain = re.sub(r"[.,]0+$", "", text) if isinstance(value, float) else re.sub(r"(?<=\d)[.,\s](?=\d{3}\b)", "", text)
    if not plain.isdecimal():
        faults.append(f"row {row}, column {column}: no whole number, and no sign that it was hidden (empty, x, <10)")
        return None
    return int(plain)


def _body(table: Table) -> dict[str, Any]:
    """The same form as a released table, so that the gate can compare it."""
    status: list[list[Status]] = [["suppressed" if value is None else "shown" for value in row] for row in table.rows]
    return {
        "name": table.name,
        "title": table.title.to_dict(),
        "note": table.note.to_dict(),
        "columns": [
            {
                "name": c.name,
                "kind": c.kind,
                "title": c.title.to_dict(),
                "unit": c.unit,
                "of": c.of,
                "base": c.base,
                "additive": c.additive,
                "labels": {code: text.to_dict() for code, text in c.labels.items()},
            }
            for c in table.columns
        ],
        "rows": [list(row) for row in table.rows],
        "status": status,
    }

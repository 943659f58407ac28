"""The only way out: tables go in, released tables come out, or nothing does.

The gate raises; it never logs and carries on. A :class:`ReleasedTable` can be made nowhere else.
"""

from __future__ import annotations

import hashlib
import html
import json
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Protocol

import numpy as np

from riskscreen.disclosure.checks import check_tables, tables_given
from riskscreen.disclosure.echoes import echoes, rounded
from riskscreen.disclosure.rules import Place, Rules, Sheet, dependents, primary, rules_of
from riskscreen.disclosure.suppression import suppress
from riskscreen.disclosure.system import build
from riskscreen.errors import RefusedError
from riskscreen.records.approvals import Approval, Subject, find_approval
from riskscreen.records.hashlog import HashLog
from riskscreen.records.show import html_table, text_table
from riskscreen.records.tables import CHANNELS, TOTAL, TOTAL_LABEL, Channel, Column, Table, Value
from riskscreen.settings import Release

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "released-table/1"
Status = Literal["shown", "suppressed", "not_covered"]
HIDDEN_SIGN = "·"

Judged = dict[str, tuple[Sheet, set[Place]]]
"""Per table its sheet and the cells that it hides."""

_LAST: dict[str, Judged] = {}
_TOKEN = object()
_MADE: weakref.WeakKeyDictionary[ReleasedTable, str] = weakref.WeakKeyDictionary()


class Books(Protocol):
    """What the gate needs of an office: its ledger and its decision log."""

    @property
    def ledger(self) -> HashLog: ...

    @property
    def decisions(self) -> HashLog: ...


@dataclass(frozen=True, slots=True)
class Passage:
    """Under which rules and approval a table passed."""

    channel: Channel
    rules: Rules
    subject: str
    approval: int
    head: str


class ReleasedTable:
    """A table that passed the gate: hidden cells are empty, and every cell says whether and why.

    It cannot be constructed, copied, pickled, subclassed or changed; :func:`riskscreen.disclosure.gate.gate` makes it.
    """

    __slots__ = ("__weakref__", "passage", "status", "table")

    table: Table
    status: tuple[tuple[Status, ...], ...]
    passage: Passage

    def __init__(self, token: object, table: Table, status: tuple[tuple[Status, ...], ...], passage: Passage) -> None:
        if token is not _TOKEN:
            _only_the_gate()
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "status", status)
        object.__setattr__(self, "passage", passage)
        _MADE[self] = self.content_hash

    def __init_subclass__(cls) -> None:
        _only_the_gate()

    def __setattr__(self, name: str, value: object) -> None:
        raise RefusedError("a released table cannot be changed", do="make a new table and pass it through the gate")

    def __delattr__(self, name: str) -> None:
        raise RefusedError("a released table cannot be changed", do="make a new table and pass it through the gate")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        _only_the_gate()

    def __copy__(self) -> NoReturn:
        _only_the_gate()

    def __deepcopy__(self, memo: object) -> NoReturn:
        _only_the_gate()

    @property
    def name(self) -> str:
        """Machine name of the table."""
        return self.table.name

    @property
    def id(self) -> str:
        """Name, channel and the first 12 characters of the hash of its content."""
        return f"{self.name}-{self.passage.channel}-{self.content_hash[:12]}"

    @property
    def channel(self) -> Channel:
        """The channel it passed: review (draft), internal or public."""
        return self.passage.channel

    @property
    def rules(self) -> Rules:
        """The disclosure rules it passed."""
        return self.passage.rules

    @property
    def content_hash(self) -> str:
        """SHA-256 of values, statuses and definition; the same result gives the same hash on every channel."""
        body = _body(self.table, self.status)
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def share_hidden(self) -> float:
        """Share of the figures (counts, rates, estimates) that were hidden."""
        cells = [
            status
            for row in self.status
            for status, column in zip(row, self.table.columns, strict=True)
            if column.kind in ("count", "rate", "estimate") and status != "not_covered"
        ]
        return cells.count("suppressed") / len(cells) if cells else 0.0

    def cell(self, row: int, column: str) -> tuple[Value, Status]:
        """Value (``None`` when hidden) and status of one cell."""
        j = [c.name for c in self.table.columns].index(self.table.column(column).name)
        return self.table.rows[row][j], self.status[row][j]

    def label(self, column: str, value: Value, language: str = "en") -> str:
        """The wording of a code in ``en`` or ``nl``."""
        text = self.table.column(column).labels.get(str(value))
        if text is None:
            text = TOTAL_LABEL if value == TOTAL else None
        return str(value) if text is None else str(getattr(text, language))

    def to_pandas(self) -> pd.DataFrame:
        """The released values; hidden and not covered cells are missing."""
        import pandas as pd

        frame = pd.DataFrame(list(self.table.rows), columns=[c.name for c in self.table.columns], dtype=object)
        for column in self.table.columns:
            frame[column.name] = _typed(frame[column.name], column)
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Everything about the table as JSON values: definition, rows, status, rules, subject."""
        return {
            "schema": SCHEMA,
            "id": self.id,
            "channel": self.channel,
            "rules": self.rules.to_dict(),
            "subject": self.passage.subject,
            "share_hidden": round(self.share_hidden, 6),
            **_body(self.table, self.status),
        }

    def to_json(self) -> str:
        """The text that :func:`riskscreen.disclosure.verify.verify` re-checks; the same table gives the same bytes."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n"

    def __repr__(self) -> str:
        return f"<released table {self.id}: {len(self.table.rows)} rows>"

    def __str__(self) -> str:
        return f"{text_table(self.table, signs=self._signs())}\n{self._footer()}"

    def _repr_html_(self) -> str:
        return f"{html_table(self.table, signs=self._signs())}<p><small>{html.escape(self._footer())}</small></p>"

    def _signs(self) -> list[list[str]]:
        return [[_SIGNS[status] for status in row] for row in self.status]

    def _footer(self) -> str:
        draft = " Draft for review." if self.channel == "review" else ""
        return (
            f"{HIDDEN_SIGN} = hidden by {self.rules.name} (threshold {self.rules.threshold}), "
            f"{self.share_hidden:.0%} of the figures; - = not covered. Channel: {self.channel}.{draft}"
        )


_SIGNS = {"suppressed": HIDDEN_SIGN, "not_covered": "-", "shown": ""}


def gate(
    tables: Sequence[Table],
    *,
    channel: Channel,
    office: Books,
    subject: Subject | None,
    release: Release,
    day: date,
    beside: Sequence[Table] = (),
) -> tuple[ReleasedTable, ...]:
    """Let tables out by a channel, with every cell hidden that would say something about a few families.

    Parameters
    ----------
    tables
        Results of the stages. Tables that share totals or neighbourhoods belong in one call.
    channel
        ``review`` (a draft for the board), ``internal`` or ``public`` (these two only after an approved review).
    office
        Ledger and decision log; both chains must be whole.
    subject
        What the review is about; may be ``None`` for the review channel only.
    release
        Threshold and rules.
    day
        The day on which the approval must hold.
    beside
        Tables of the same result that do not leave now. They are judged along, so that a table hides the same cells
        in every channel: two versions of it could be subtracted.

    Raises
    ------
    RefusedError
        Something is no table; a table cannot be judged, may not leave by this channel, or differs from what was
        released before under the same name and subject; or a chain is broken.
    ReviewError
        No approval holds for exactly this subject, channel and day.
    """
    given, along = tables_given(tables), tables_given(beside)
    rules = rules_of(release)
    check_tables(given, channel, along)
    head = office.ledger.head()
    office.decisions.head()
    approval = _approval(office, channel, subject, day)
    passage = Passage(channel, rules, subject.hash if subject else "", approval.entry if approval else 0, head)
    judged = _judged((*given, *along), rules)
    out = tuple(_released(*judged[table.name], passage) for table in given)
    if subject is not None and channel != "review":
        _same_as_before(office.ledger, subject, out)
    return out


def is_released(value: object) -> bool:
    """Was this made by the gate, and is it still exactly what the gate made?"""
    if type(value) is not ReleasedTable or value not in _MADE:
        return False
    return _MADE[value] == value.content_hash


def figures(tables: Sequence[ReleasedTable], wanted: Sequence[tuple[str, str, str]]) -> dict[str, float]:
    """Figures from released tables by name, for trackers such as MLflow; hidden ones are left out.

    Parameters
    ----------
    tables
        Released tables.
    wanted
        ``(table, key of the row joined by '/', column)``, such as ``("performance", "card", "auroc")``.

    Returns
    -------
    dict
        ``{"performance.card.auroc": 0.71}``.
    """
    by_name = {table.name: table for table in tables if is_released(table)}
    out = {}
    for name, key, column in wanted:
        table = by_name.get(name)
        for record in table.table.records() if table else ():
            if table is not None and "/".join(str(record[k]) for k in table.table.keys) == key:
                value = record.get(column)
                if isinstance(value, (int, float)):
                    out[f"{name}.{key}.{column}"] = float(value)
    return out


def _approval(office: Books, channel: Channel, subject: Subject | None, day: date) -> Approval | None:
    if channel == "review":
        return None
    if subject is None:
        raise RefusedError(f"the {channel} channel needs the subject of a review", do="say what was approved")
    return find_approval(office.decisions, subject, channel, day)


def _judged(tables: tuple[Table, ...], rules: Rules) -> Judged:
    """As :func:`_hidden`; what was judged last is not judged again: one run asks for every channel and every page."""
    bodies = sorted(json.dumps(_body(table, ()), sort_keys=True, default=str) for table in tables)
    key = hashlib.sha256(json.dumps([rules.to_dict(), bodies]).encode()).hexdigest()
    if key not in _LAST:
        found = _hidden(tables, rules)
        _LAST.clear()
        _LAST[key] = found
    return _LAST[key]


def _hidden(tables: tuple[Table, ...], rules: Rules) -> Judged:
    """All cells to hide per table: small counts, what protects them, and the figures that rest on either.

    By name: the order in which tables are given decides nothing.
    """
    sheets = [Sheet(table) for table in sorted(tables, key=lambda table: table.name)]
    system = build(sheets)
    mask = np.zeros(len(system.cells), dtype=bool)
    for t, sheet in enumerate(sheets):
        for i, j in primary(sheet, rules):
            mask[system.index[t, i, j]] = True
    hidden: list[set[Place]] = [set() for _ in sheets]
    for number in np.flatnonzero(suppress(system, mask, rules.threshold)):
        t, i, j = system.cells[number]
        if t >= 0:
            hidden[t].add((i, j))
    hidden = [found | dependents(sheet, found, rules) for sheet, found in zip(sheets, hidden, strict=True)]
    cells = [found | more for found, more in zip(hidden, echoes(sheets, hidden), strict=True)]
    return {sheet.table.name: (sheet, places) for sheet, places in zip(sheets, cells, strict=True)}


def _released(sheet: Sheet, hidden: set[Place], passage: Passage) -> ReleasedTable:
    rows, statuses = [], []
    for i, row in enumerate(sheet.table.rows):
        coarse = any((i, j) in hidden for j in sheet.counts)
        rows.append(tuple(None if (i, j) in hidden else _said(sheet, j, v, coarse) for j, v in enumerate(row)))
        statuses.append(tuple(_status(value, (i, j) in hidden) for j, value in enumerate(row)))
    return ReleasedTable(_TOKEN, sheet.table.with_rows(rows), tuple(statuses), passage)


def _said(sheet: Sheet, j: int, value: Value, coarse: bool) -> Value:
    """Estimates beside a hidden count say less: the model behind them is public."""
    if coarse and sheet.table.columns[j].kind == "estimate" and isinstance(value, (int, float)):
        return rounded(float(value))
    return value


def _status(value: Value, hidden: bool) -> Status:
    if value is None:
        return "not_covered"
    return "suppressed" if hidden else "shown"


def _same_as_before(ledger: HashLog, subject: Subject, tables: tuple[ReleasedTable, ...]) -> None:
    """Two releases of one table that differ can be subtracted; withdrawn ones were seen too."""
    before: dict[str, set[str]] = {}
    for entry in ledger.entries():
        if entry.kind == "release" and entry.body.get("subject") == subject.hash:
            for name, content in entry.body["tables"].items():
                before.setdefault(name, set()).add(content)
    changed = [t.name for t in tables if before.get(t.name, {t.content_hash}) != {t.content_hash}]
    if changed:
        raise RefusedError(
            "released before under the same subject with other values: the difference would say something about a few",
            faults=tuple(changed),
            do="release the same tables, or make a new run and have it reviewed",
        )


def _typed(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    if column.kind == "count":
        return series.astype("Int64")
    if column.kind in ("rate", "estimate") or (column.kind == "number" and column.unit != "date"):
        return series.astype("Float64")
    return series.astype("string")


def _body(table: Table, status: tuple[tuple[Status, ...], ...]) -> dict[str, Any]:
    return {
        "name": table.name,
        "title": table.title.to_dict(),
        "note": table.note.to_dict(),
        "columns": [_column(column) for column in table.columns],
        "rows": [list(row) for row in table.rows],
        "status": [list(row) for row in status],
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "kind": column.kind,
        "title": column.title.to_dict(),
        "unit": column.unit,
        "of": column.of,
        "base": column.base,
        "additive": column.additive,
        "labels": {code: text.to_dict() for code, text in column.labels.items()},
    }


def _only_the_gate() -> NoReturn:
    raise RefusedError(
        "a released table is made by the gate only", do="pass the table through riskscreen.disclosure.gate.gate"
    )


__all__ = ["CHANNELS", "Books", "Passage", "ReleasedTable", "Status", "figures", "gate", "is_released"]

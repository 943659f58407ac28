"""What the rows of a released table are about: area, programme, period, and everything else as a group."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from riskscreen.bi.areas import CODE, NOT_BY_AREA, Area, area_of
from riskscreen.bi.layout import NONE
from riskscreen.bi.saved import Saved
from riskscreen.records.mergers import Merger
from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Column, Value
from riskscreen.records.texts import Text, same

NO_GROUP = Text("not by group", "niet per groep")
NO_PROGRAMME = Text("not by programme", "niet per programma")
_HASH = 12
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Part:
    """One key of a group: what it is about, and which."""

    title: Text
    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class Span:
    """The index dates that a release tells of, and the day of the release."""

    release: str
    dates: tuple[date, ...]
    day: date

    @property
    def on(self) -> date:
        """The date of the map of its areas: the last index date, else the day of the release."""
        return max(self.dates, default=self.day)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one row."""

    area: str
    group: str
    programme: str
    period: str


@dataclass
class Members:
    """Every member of every dimension that was met, by its key; later releases word it anew."""

    known: Sequence[Merger]
    areas: dict[str, Area] = field(default_factory=dict)
    groups: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    programmes: dict[str, Text] = field(default_factory=dict)
    periods: dict[str, dict[str, Any]] = field(default_factory=dict)

    def keys_of(self, saved: Saved, row: int, span: Span) -> Keys:
        """The keys of a row; new members are added."""
        area, programme, period, rest = roles(saved)
        cells = saved.table.rows[row]
        return Keys(
            self._area(saved, area, cells, span),
            self._group([_part(saved.table.columns[j], cells[j]) for j in rest]),
            self._programme(saved, programme, cells),
            self._period(None if period is None else str(cells[period]), span),
        )

    def _area(self, saved: Saved, column: int | None, cells: tuple[Value, ...], span: Span) -> str:
        code, name = NONE, NOT_BY_AREA
        if column is not None:
            part = _part(saved.table.columns[column], cells[column])
            code, name = part.code, part.name
        area = area_of(code, name, span.on, self.known)
        self.areas[area.key] = area
        return area.key

    def _group(self, parts: Sequence[Part]) -> str:
        key = group_key(parts)
        self.groups[key] = tuple(parts)
        return key

    def _programme(self, saved: Saved, column: int | None, cells: tuple[Value, ...]) -> str:
        part = None if column is None else _part(saved.table.columns[column], cells[column])
        key, name = (NONE, NO_PROGRAMME) if part is None else (part.code, part.name)
        self.programmes[key] = name
        return key

    def _period(self, dated: str | None, span: Span) -> str:
        key = f"release:{span.release}" if dated is None else dated
        self.periods[key] = period_row(key, dated, span)
        return key


def roles(saved: Saved) -> tuple[int | None, int | None, int | None, list[int]]:
    """Places of the key columns: the first area, programme and date, and all others."""
    columns = saved.table.columns
    area = _first(saved.keys, [_is_area(columns[j]) for j in saved.keys])
    programme = _first(saved.keys, [columns[j].name == "programme" for j in saved.keys])
    period = _first(saved.keys, [columns[j].unit == "date" for j in saved.keys])
    rest = [j for j in saved.keys if j not in (area, programme, period)]
    return area, programme, period, rest


def group_key(parts: Sequence[Part]) -> str:
    """Codes for the eye and a hash of the wording: another meaning, such as group_01 of another run, is another key.

    Examples
    --------
    >>> group_key([])
    'none'
    """
    if not parts:
        return NONE
    words = [[part.title.to_dict(), part.code, part.name.to_dict()] for part in parts]
    text = json.dumps(words, sort_keys=True, ensure_ascii=False)
    codes = "/".join(part.code for part in parts)[:_LONGEST]
    return f"{codes}#{hashlib.sha256(text.encode()).hexdigest()[:_HASH]}"


def period_row(key: str, dated: str | None, span: Span) -> dict[str, Any]:
    """The row of a period: an index date, or all dates of a release."""
    day = None if dated is None else date.fromisoformat(dated)
    first, last = (min(span.dates, default=None), max(span.dates, default=None)) if day is None else (day, day)
    dates = f"{first} / {last}" if first else str(span.day)
    name = same(dated) if dated else Text(f"release of {span.day} ({dates})", f"vrijgave van {span.day} ({dates})")
    return {
        "period_key": key,
        "kind": "release" if day is None else "index_date",
        "index_date": day,
        "first_date": first,
        "last_date": last,
        "name_en": name.en,
        "name_nl": name.nl,
    }


def span_of(tables: Sequence[Saved], release: str, time: str) -> Span:
    """The index dates that the tables of a release tell of."""
    found: set[date] = set()
    for saved in tables:
        period = roles(saved)[2]
        if period is not None:
            found |= {date.fromisoformat(str(row[period])) for row in saved.table.rows if row[period] != TOTAL}
    return Span(release, tuple(sorted(found)), date.fromisoformat(time[:10]))


def _part(column: Column, value: Value) -> Part:
    code = str(value)
    name = column.labels.get(code, TOTAL_LABEL if code == TOTAL else same(code))
    return Part(column.title, code, name)


def _is_area(column: Column) -> bool:
    if column.name == "area":
        return True
    codes = set(column.labels) - {TOTAL}
    return bool(codes) and all(CODE.fullmatch(code) for code in codes)


def _first(places: Sequence[int], fits: Sequence[bool]) -> int | None:
    return next((place for place, fit in zip(places, fits, strict=True) if fit), None)

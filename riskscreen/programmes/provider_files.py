"""What providers write down each quarter: a spreadsheet with one row per programme, quarter and wijk.

The form: ``provider, programme, quarter, area, offered, taken_up, completed``. Of the families that were offered a
programme in a quarter: how many took it up, and how many of those have completed it since. Every fault of every file is
told at once, with sheet and row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riskscreen.errors import RegisterError, SettingsError
from riskscreen.faults import faults_of
from riskscreen.programmes.plausible import limit_of
from riskscreen.programmes.workbooks import UNWORKED, Cell, Rows, read_sheets
from riskscreen.records.texts import Text
from riskscreen.settings import read_yaml

if TYPE_CHECKING:
    import pandas as pd

FORM = ("provider", "programme", "quarter", "area", "offered", "taken_up", "completed")
COUNTS = FORM[4:]
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "provider": ("provider", "aanbieder", "organisatie"),
    "programme": ("programme", "program", "programma", "interventie"),
    "quarter": ("quarter", "kwartaal", "periode"),
    "area": ("area", "wijk", "gebied", "wijkcode"),
    "offered": ("offered", "aangeboden"),
    "taken_up": ("taken_up", "taken up", "started", "begonnen", "gestart", "deelgenomen"),
    "completed": ("completed", "afgerond", "voltooid"),
}
"""Headings that are understood as they are, whatever their capitals."""
TOTALS = frozenset({"total", "totaal", "subtotal", "subtotaal", "som", "sum", "eindtotaal", "grand total"})
_HEADS_WITHIN, _ENOUGH = 10, 3
"""The headings stand in one of the first rows: the first with so many of them."""
_MOST = 10_000_000
"""More families than any wijk has: a slip of the keyboard, or amounts of money."""
_QUARTER = (
    re.compile(r"(?P<year>(19|20)\d\d)\s*[-/ ]?\s*[QK](?P<number>[1-4])", re.I),
    re.compile(r"[QK](?P<number>[1-4])\s*[-/ ]?\s*(?P<year>(19|20)\d\d)", re.I),
    re.compile(r"(?P<number>[1-4])e kwartaal (van )?(?P<year>(19|20)\d\d)", re.I),
)
_THOUSANDS = re.compile(r"-?\d{1,3}([. \u00a0]\d{3})+")


class HeadingsFile(BaseModel):
    """A mapping of own words to those of the form (``schema: provider-mapping/1``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    schema_: Literal["provider-mapping/1"] = Field(alias="schema")
    headings: Mapping[str, Literal["provider", "programme", "quarter", "area", "offered", "taken_up", "completed"]] = (
        Field(default={}, description="own heading: heading of the form")
    )
    programmes: Mapping[str, Annotated[str, Field(min_length=1)]] = Field(default={}, description="own name: id")
    areas: Mapping[str, Annotated[str, Field(min_length=1)]] = Field(default={}, description="own name: wijk code")


@dataclass(frozen=True, repr=False)
class Provided:
    """What the files say about one year.

    Parameters
    ----------
    counts
        Columns ``programme, area_block, offered, taken_up, completed``; a row per programme and wijk.
    quarters
        How many quarters of the year the files hold, per programme.
    outside
        Rows about quarters outside the year: left out.
    """

    counts: pd.DataFrame
    quarters: Mapping[str, int]
    outside: int


@dataclass
class _Words:
    """What may stand in the cells, and what it means."""

    programmes: Mapping[str, str] | None
    areas: Mapping[str, str] | None
    headings: Mapping[str, str]
    most: Mapping[str, int] | None = None


@dataclass
class _Reading:
    """Rows understood so far, and faults."""

    faults: list[str] = field(default_factory=list)
    rows: list[tuple[str, str, date, str, int, int, int]] = field(default_factory=list)
    seen: dict[tuple[str, str, date, str], str] = field(default_factory=dict)


def read_provider_files(
    files: Sequence[Path],
    *,
    mapping: Path | None,
    programmes: Mapping[str, Text] | None,
    areas: Mapping[str, str] | None,
    since: date,
    day: date,
    most: Mapping[str, int] | None = None,
) -> Provided:
    """Read the quarterly spreadsheets of providers.

    Parameters
    ----------
    files
        .xlsx or .csv.
    mapping
        Own headings and names, or ``None``.
    programmes
        Name per id: a cell may hold the id or one of the names. ``None``: not known, any will do.
    areas
        Name per wijk code: a cell may hold the code or the name. ``None``: not known yet, any will do; for a check of
        everything else before any work.
    since, day
        The year: quarters that begin in it count.
    most
        The most families that can have been met in one quarter, per wijk code; a row with more is refused. ``None``:
        not known yet.

    Raises
    ------
    RegisterError
        Every fault of every file, with file, sheet and row; no number of a row is repeated.
    SettingsError
        Faults in the mapping.
    """
    words = replace(_words(mapping, programmes, areas), most=most)
    reading = _Reading()
    for path in files:
        try:
            sheets = read_sheets(path)
        except RegisterError as error:
            reading.faults.append(f"{error.what}: {error.do}")
            continue
        before = len(reading.faults), len(reading.rows)
        _read_file(path.name, sheets, words, reading)
        if before == (len(reading.faults), len(reading.rows)):
            reading.faults.append(f"{path.name}: no rows below the headings; take it out of reach.files")
    found = _provided(reading, since, day)
    if not reading.faults and found.counts.empty:
        reading.faults.append(f"no row is about a quarter from {since} up to {day}, the year before the index date")
    if reading.faults:
        raise RegisterError(
            f"the spreadsheets of providers have {len(reading.faults)} fault(s); nothing of them was used",
            faults=tuple(reading.faults),
            do="mend these rows; docs/how-to/provider-reach.md shows the form and how to map other words",
        )
    return found


def _words(mapping: Path | None, programmes: Mapping[str, Text] | None, areas: Mapping[str, str] | None) -> _Words:
    """What cells may say; faults of the mapping are told."""
    own = HeadingsFile(schema="provider-mapping/1") if mapping is None else _mapping(mapping)
    named = programmes or {}
    known = {_key(word): id_ for id_, text in named.items() for word in (id_, text.en, text.nl)}
    faults = [
        f"programmes: {id_} is not in the catalogue" for id_ in own.programmes.values() if named and id_ not in named
    ]
    faults += [
        f"areas: {code} is no wijk of the registers" for code in own.areas.values() if areas and code not in areas
    ]
    if faults and mapping is not None:
        raise SettingsError(f"{mapping.name} has {len(faults)} fault(s)", faults=tuple(faults), do="mend these lines")
    return _Words(
        None if programmes is None else known | {_key(word): id_ for word, id_ in own.programmes.items()},
        None if areas is None else _wijken(areas) | {_key(word): code for word, code in own.areas.items()},
        {_key(word): name for name, all_ in SYNONYMS.items() for word in all_}
        | {_key(word): name for word, name in own.headings.items()},
    )


def _wijken(areas: Mapping[str, str]) -> dict[str, str]:
    """Code by code and by name; a name that several wijken have means none of them."""
    names = Counter(_key(name) for name in areas.values())
    single = {_key(name): code for code, name in areas.items() if names[_key(name)] == 1}
    return single | {_key(code): code for code in areas}


def _mapping(path: Path) -> HeadingsFile:
    try:
        return HeadingsFile.model_validate(read_yaml(path))
    except ValidationError as error:
        faults = faults_of(error)
        raise SettingsError(
            f"{path.name} has {len(faults)} fault(s)",
            faults=faults,
            do=f"headings may map to {', '.join(FORM)}",
        ) from None


def _key(value: object) -> str:
    return " ".join(str(value).casefold().split())


def _read_file(file: str, sheets: Mapping[str, Rows], words: _Words, reading: _Reading) -> None:
    """Sheets without any heading of the form are passed over when another sheet has them."""
    heads = {name: _heads(rows, words) for name, rows in sheets.items()}
    best = max((len(found) for _, found in heads.values()), default=0)
    for name, rows in sheets.items():
        place = file if name == file else f"{file}, sheet {name!r}"
        at, found = heads[name]
        missing = [column for column in FORM if column not in found]
        if missing and (best == 0 or found):
            reading.faults.append(_no_form(place, rows, at, missing))
        elif not missing:
            _read_sheet(place, rows[at + 1 :], at + 2, found, words, reading)


def _heads(rows: Rows, words: _Words) -> tuple[int, dict[str, int]]:
    """Number (from 0) of the row with headings, and in which column each of the form stands."""
    best: tuple[int, dict[str, int]] = (0, {})
    for i, row in enumerate(rows[:_HEADS_WITHIN]):
        found = {words.headings[_key(v)]: j for j, v in reversed(list(enumerate(row))) if _key(v) in words.headings}
        if len(found) > len(best[1]):
            best = (i, found)
        if len(found) >= _ENOUGH:
            break
    return best


def _no_form(place: str, rows: Rows, at: int, missing: Sequence[str]) -> str:
    headings = [str(value) for value in (rows[at] if rows else ()) if value is not None]
    return (
        f"{place}: found the headings {', '.join(headings) or 'none'}; still needed: {', '.join(missing)}. "
        "Rename them, or name them under headings in a mapping file (reach: {mapping: ...})"
    )


def _read_sheet(
    place: str, rows: Rows, first: int, columns: Mapping[str, int], words: _Words, reading: _Reading
) -> None:
    for number, row in enumerate(rows, start=first):
        cells = {name: row[j] if j < len(row) else None for name, j in columns.items()}
        if any(value is not None for value in cells.values()):
            _read_row(f"{place}, row {number}", cells, words, reading)


def _read_row(where: str, cells: Mapping[str, Cell], words: _Words, reading: _Reading) -> None:
    if any(_key(cells[name]) in TOTALS for name in FORM[:4]):
        reading.faults.append(f"{where}: a row with a total; take it out, totals are made here")
        return
    faults: list[str] = []
    programme = _known(cells["programme"], words.programmes, "programme", faults)
    area = _known(cells["area"], words.areas, "wijk", faults)
    quarter = _quarter(cells["quarter"], faults)
    provider = cells["provider"]
    if provider is None:
        faults.append("provider is empty")
    counts = [_count(cells[name], name, faults) for name in COUNTS]
    faults += _order(counts)
    if area is not None and counts[0] is not None:
        faults += _too_many(counts[0], area, words)
    if programme is not None and area is not None and quarter is not None and provider is not None:
        key = (_key(provider), programme, quarter, area)
        if key in reading.seen:
            faults.append(f"the same provider, programme, quarter and wijk as {reading.seen[key]}")
        reading.seen.setdefault(key, where)
        if not faults:
            offered, taken_up, completed = (count or 0 for count in counts)
            reading.rows.append((*key, offered, taken_up, completed))
    reading.faults += [f"{where}: {fault}" for fault in faults]


def _known(value: Cell, words: Mapping[str, str] | None, what: str, faults: list[str]) -> str | None:
    if value is None:
        faults.append(f"{what} is empty")
        return None
    if words is None:
        return _key(value)
    found = words.get(_key(value))
    if found is None:
        near = get_close_matches(_key(value), words, n=1)
        hint = f"; did you mean {words[near[0]]}?" if near else f"; known: {_some(set(words.values()))}"
        faults.append(f"unknown {what} {str(value)[:60]!r}{hint}")
    return found


def _some(names: set[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:8]) + (f" and {len(listed) - 8} more" if len(listed) > 8 else "")


def _quarter(value: Cell, faults: list[str]) -> date | None:
    for form in _QUARTER:
        match = form.fullmatch(str(value).strip()) if value is not None else None
        if match:
            return date(int(match["year"]), 3 * int(match["number"]) - 2, 1)
    faults.append("quarter is empty" if value is None else "quarter is not one quarter, such as 2024-Q1")
    return None


def _count(value: Cell, name: str, faults: list[str]) -> int | None:
    """A whole number of at least 0; texts may have a point or space between thousands."""
    if isinstance(value, str):
        text = value.strip()
        if _THOUSANDS.fullmatch(text):
            text = re.sub(r"[. \u00a0]", "", text)
        value = int(text) if re.fullmatch(r"-?\d+", text) else text or None
    if value is None:
        faults.append(f"{name} is empty: write 0 for none")
    elif value == UNWORKED:
        faults.append(f"{name} is {UNWORKED.strip('()')}")
    elif isinstance(value, (bool, str)) or not float(value).is_integer():
        faults.append(f"{name} is no whole number (a point between thousands is read only where three digits follow)")
    elif value < 0:
        faults.append(f"{name} is below 0")
    elif value > _MOST:
        faults.append(f"{name} is more than {_MOST:,}: count families")
    else:
        return int(value)
    return None


def _order(counts: Sequence[int | None]) -> Iterator[str]:
    for (more, first), (fewer, then) in zip(
        zip(COUNTS, counts, strict=True), list(zip(COUNTS, counts, strict=True))[1:], strict=False
    ):
        if first is not None and then is not None and then > first:
            yield f"{fewer} is more than {more}: count families by the quarter of their offer"


def _too_many(offered: int, area: str, words: _Words) -> Iterator[str]:
    limit = limit_of(area, words.most)
    if limit is not None and offered > limit:
        yield (
            f"offered is more than all families with children in {area} that year: look whether this is the right "
            "wijk, one quarter, and families (not persons or contacts)"
        )


def _provided(reading: _Reading, since: date, day: date) -> Provided:
    import pandas as pd

    columns = ["provider", "programme", "quarter", "area_block", *COUNTS]
    frame = pd.DataFrame(reading.rows, columns=columns)
    inside = frame.loc[[since <= quarter < day for quarter in frame["quarter"]]]
    counts = inside.groupby(["programme", "area_block"], as_index=False)[list(COUNTS)].sum()
    quarters = inside.groupby("programme")["quarter"].nunique()
    return Provided(
        counts, {str(name): int(number) for name, number in quarters.items()}, int(len(frame) - len(inside))
    )

"""Areas whose keys survive municipal mergers: a code, the years in which it holds, and where it went."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from riskscreen.bi.layout import NONE
from riskscreen.records.mergers import Merger, code_on
from riskscreen.records.tables import TOTAL
from riskscreen.records.texts import Text

CODE = re.compile(r"(BU\d{8}|WK\d{6}|GM\d{4}|PV\d{2}|LD\d{2})")
LEVELS = {"BU": "buurt", "WK": "wijk", "GM": "gemeente", "PV": "provincie", "LD": "landsdeel"}
NOT_BY_AREA = Text("not by area", "niet per gebied")


@dataclass(frozen=True, slots=True)
class Area:
    """One area over the years in which its code means the same.

    Parameters
    ----------
    key
        The code; with ``@`` and a date when a merger on that date made it what it is.
    valid_from, valid_to
        Half-open; ``None``: as far as is known.
    successor
        Key of the area that it went into. Of a wijk or buurt of a municipality that is gone this is not known.
    gemeente_now
        The municipality after all known mergers.
    """

    key: str
    code: str
    level: str
    name: Text
    wijk: str | None = None
    gemeente: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None
    gemeente_now: str | None = None


def area_of(code: str, name: Text, on: date, known: Sequence[Merger]) -> Area:
    """The area that a code meant on a date.

    Parameters
    ----------
    on
        The date of the map that the code was taken from.
    known
        Mergers in order of date.
    """
    if not CODE.fullmatch(code):
        level = {NONE: NONE, TOTAL: TOTAL}.get(code, "other")
        return Area(code, code, level, name)
    gemeente = gemeente_of(code)
    start, into = _change(code, on, known)
    return Area(
        _key(code, start),
        code,
        LEVELS[code[:2]],
        name,
        f"WK{code[2:8]}" if code[:2] in ("BU", "WK") else None,
        gemeente,
        start,
        into.date if into else None,
        _key(into.new, into.date) if into and code == gemeente else None,
        code_on(gemeente, date.max, known) if gemeente else None,
    )


def gemeente_of(code: str) -> str | None:
    """The municipality that the code of a buurt, wijk or municipality names."""
    return f"GM{code[2:6]}" if code[:2] in ("BU", "WK", "GM") else None


def _change(code: str, on: date, known: Sequence[Merger]) -> tuple[date | None, Merger | None]:
    """Since which merger a code means what it means on a date, and the merger that ends that.

    A municipality changes when it takes in another, and ends when it goes into another. A wijk or buurt only ends.
    """
    gone = [merger for merger in known if gemeente_of(code) in merger.old]
    grown = [merger for merger in known if merger.new == code]
    start = max((merger.date for merger in grown if merger.date <= on), default=None)
    later = [*gone, *(merger for merger in grown if merger.date > on)]
    return start, min(later, key=lambda merger: merger.date, default=None)


def _key(code: str, start: date | None) -> str:
    return code if start is None else f"{code}@{start.isoformat()}"

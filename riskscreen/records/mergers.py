"""Which municipality went into which, and when: known to whoever joins files of different years."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Merger:
    """Municipalities that went into another one on a date."""

    date: date
    new: str
    name: str
    province: str
    old: tuple[str, ...]


@cache
def mergers() -> tuple[Merger, ...]:
    """The municipal reorganisations that are known here, in order of date."""
    raw = json.loads((files("riskscreen.records") / "mergers.json").read_text(encoding="utf-8"))
    found = (
        Merger(date.fromisoformat(item["date"]), item["new"], item["name"], item["province"], tuple(item["old"]))
        for item in raw["mergers"]
    )
    return tuple(sorted(found, key=lambda merger: (merger.date, merger.new)))


def merged_into(on: date, known: Sequence[Merger] | None = None) -> Mapping[str, Merger]:
    """Of every municipality that is gone on a date, the merger it went into last.

    Parameters
    ----------
    on
        The date; a merger on the day itself counts.
    known
        Mergers in order of date; default those that are known here.
    """
    into: dict[str, Merger] = {}
    for merger in mergers() if known is None else known:
        if merger.date <= on:
            for code, earlier in into.items():
                if earlier.new in merger.old:
                    into[code] = merger
            into.update(dict.fromkeys(merger.old, merger))
    return into


def code_on(code: str, on: date, known: Sequence[Merger] | None = None) -> str:
    """The municipality that a municipality of an earlier file is part of on a date."""
    merger = merged_into(on, known).get(code)
    return code if merger is None else merger.new

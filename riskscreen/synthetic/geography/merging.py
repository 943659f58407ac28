"""Joining files of different years: provinces, and which municipality went into which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from riskscreen.settings import read_yaml


@dataclass(frozen=True, slots=True)
class ProvinceName:
    """A province of the Netherlands with its code."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Merger:
    """Municipalities that went into another one on a date."""

    date: date
    new: str
    name: str
    province: str
    old: tuple[str, ...]


def mergers() -> tuple[Merger, ...]:
    """The municipal reorganisations that are known here, in order of date."""
    found = (Merger(**{**item, "old": tuple(item["old"])}) for item in _table()["mergers"])
    return tuple(sorted(found, key=lambda merger: (merger.date, merger.new)))


def merged_into(on: date) -> Mapping[str, Merger]:
    """Of every municipality that is gone on a date, the merger it went into last."""
    into: dict[str, Merger] = {}
    for merger in mergers():
        if merger.date <= on:
            for code, earlier in into.items():
                if earlier.new in merger.old:
                    into[code] = merger
            into.update(dict.fromkeys(merger.old, merger))
    return into


def code_on(code: str, on: date) -> str:
    """The municipality that a municipality of an earlier file is part of on a date."""
    merger = merged_into(on).get(code)
    return code if merger is None else merger.new


def province_of_new(code: str) -> ProvinceName | None:
    """The province of a municipality that others went into; ``None`` for every other one."""
    codes = {merger.new: merger.province for merger in mergers()}
    return next((province for province in provinces() if province.code == codes.get(code)), None)


@cache
def provinces() -> tuple[ProvinceName, ...]:
    """The provinces in order of code."""
    return tuple(ProvinceName(item["code"], item["name"]) for item in _table()["provinces"])


def province_named(name: str) -> ProvinceName | None:
    """The province of this name in any of its spellings; ``None`` when there is no such province."""
    for item in _table()["provinces"]:
        if name in (item["name"], *item.get("also", ())):
            return ProvinceName(item["code"], item["name"])
    return None


def gone(codes: Iterable[str], on: date) -> list[Merger]:
    """Mergers on or before a date whose old municipalities are among the codes: then the file is older."""
    here = set(codes)
    return [merger for merger in mergers() if merger.date <= on and here & set(merger.old)]


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = read_yaml(Path(__file__).with_name("joining.yaml"))
    return table

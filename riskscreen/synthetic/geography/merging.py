"""Joining files of different years: provinces, and which municipality went into which (``records.mergers``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from riskscreen.records.mergers import Merger, code_on, merged_into, mergers
from riskscreen.settings import read_yaml


@dataclass(frozen=True, slots=True)
class ProvinceName:
    """A province of the Netherlands with its code."""

    code: str
    name: str


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


__all__ = [
    "Merger",
    "ProvinceName",
    "code_on",
    "gone",
    "merged_into",
    "mergers",
    "province_named",
    "province_of_new",
    "provinces",
]

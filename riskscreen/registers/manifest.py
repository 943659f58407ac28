"""What a folder of registers says about itself: name, period per register, and the synthetic mark."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from riskscreen.errors import RegisterError
from riskscreen.records.texts import Text, same

SCHEMA = "manifest/1"
FILE = "manifest.json"
OWN_NOTICE = Text("Registers of your own: not synthetic.", "Eigen registers: niet synthetisch.")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a manifest says of one register: its file, the half-open period it covers, and the hash of the file."""

    file: str
    from_: date
    until: date
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Who made these registers and what they cover.

    Parameters
    ----------
    name
        Short name, such as ``voorbeeldstad``.
    synthetic
        Made up: opens without a lawful basis. Only the maker of synthetic registers writes this.
    notice
        Shown wherever results are shown.
    registers
        Per register its period; a register that is not named here is not covered by the synthetic mark.
    """

    name: str
    synthetic: bool
    notice: Text
    municipality: str = ""
    real_area_names: bool = False
    registers: Mapping[str, Entry] = field(default_factory=lambda: MappingProxyType({}))


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder; ``None`` when there is none.

    Raises
    ------
    RegisterError
        The file is broken, or newer than this version reads.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise RegisterError(f"{path} is no readable JSON", do="make the registers again, or remove the file") from None
    if not isinstance(raw, dict) or raw.get("schema") != SCHEMA:
        given = raw.get("schema") if isinstance(raw, dict) else None
        raise RegisterError(
            f"{path} has schema {given!r}; this version reads {SCHEMA!r}",
            do="make the registers again with this version, or install the version that made them",
        )
    try:
        return _manifest(raw)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise RegisterError(f"{path} lacks what a manifest needs", do="make the registers again") from None


def _manifest(raw: Mapping[str, Any]) -> Manifest:
    notice = raw["notice"]
    return Manifest(
        name=str(raw["name"]),
        synthetic=raw["synthetic"] is True,
        notice=Text.from_dict(notice) if isinstance(notice, dict) else same(str(notice)),
        municipality=str(raw.get("municipality", "")),
        real_area_names=bool(raw.get("real_area_names", False)),
        registers=MappingProxyType({name: _entry(entry) for name, entry in raw["registers"].items()}),
    )


def _entry(raw: Mapping[str, Any]) -> Entry:
    start, end = date.fromisoformat(raw["from"]), date.fromisoformat(raw["until"])
    return Entry(str(raw["file"]), start, end, str(raw.get("sha256", "")))

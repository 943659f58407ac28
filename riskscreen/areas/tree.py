"""Which area lies in which: buurt, wijk, gemeente, provincie; an area in two of them is a fault."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from riskscreen.errors import RegisterError, UsageError
from riskscreen.records.texts import Text

if TYPE_CHECKING:
    import pandas as pd

Level = Literal["buurt", "wijk", "gemeente", "provincie"]
LEVELS: tuple[Level, ...] = ("buurt", "wijk", "gemeente", "provincie")
"""From small to large."""
NAMES: Mapping[Level, Text] = {
    "buurt": Text("neighbourhoods (buurten)", "buurten"),
    "wijk": Text("districts (wijken)", "wijken"),
    "gemeente": Text("municipalities", "gemeenten"),
    "provincie": Text("provinces", "provincies"),
}
ONE: Mapping[Level, Text] = {
    "buurt": Text("neighbourhood (buurt)", "buurt"),
    "wijk": Text("district (wijk)", "wijk"),
    "gemeente": Text("municipality", "gemeente"),
    "provincie": Text("province", "provincie"),
}
UNKNOWN = "unknown"
"""The code of families whose area is not known."""
_CODE = re.compile(r"(?:BU|WK)(\d{4})\d{2,4}")
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class AreaTree:
    """The larger area around each area, by code.

    Parameters
    ----------
    above
        Code of the area one level up.
    kind
        Level of each area.
    """

    above: Mapping[str, str]
    kind: Mapping[str, str]

    def around(self, code: str, level: Level) -> str:
        """The area of this level in which an area lies; ``unknown`` when nothing says so.

        Without a register the first four digits of a CBS code name the municipality.
        """
        at: str | None = code
        while at is not None and self.kind.get(at) != level:
            at = self.above.get(at)
        if at is None and level == "gemeente" and not self.kind:
            match = _CODE.fullmatch(code)
            return f"GM{match.group(1)}" if match else UNKNOWN
        return at or UNKNOWN


def area_tree(areas: pd.DataFrame | None) -> AreaTree:
    """The tree of a register of areas.

    Parameters
    ----------
    areas
        ``area``, and where known ``kind`` and ``within``; ``None`` without a register.

    Raises
    ------
    RegisterError
        An area lies in two larger areas, its kind is not known, or areas lie in one another in a circle: all of them.

    Examples
    --------
    >>> area_tree(None).around("BU03630101", "gemeente")
    'GM0363'
    """
    if areas is None or not {"kind", "within"} <= set(areas.columns):
        return AreaTree({}, {})
    inside: dict[str, set[str]] = defaultdict(set)
    kind: dict[str, str] = {}
    for code, its, within in zip(areas["area"], areas["kind"], areas["within"], strict=True):
        kind[str(code)] = str(its)
        if isinstance(within, str):
            inside[str(code)].add(within)
    faults = [*_twice(inside), *_unknown_kinds(kind)]
    above = {code: min(codes) for code, codes in inside.items()}
    faults += [f"{code} lies in itself, through {above[code]}" for code in _circles(above)]
    if faults:
        raise RegisterError(
            f"the register of areas has {len(faults)} fault(s)",
            faults=tuple(faults[:_MOST_NAMED]),
            do=f"give every area one line, one kind ({', '.join(LEVELS)}) and one larger area in the column within",
        )
    return AreaTree(above, kind)


def check_one_wijk(pairs: Iterable[tuple[str, str]]) -> None:
    """Refuse counts in which a buurt lies in two wijken.

    Parameters
    ----------
    pairs
        Buurt and wijk of every row of the counts.

    Raises
    ------
    RegisterError
        With every such buurt and its wijken.
    """
    inside: dict[str, set[str]] = defaultdict(set)
    for buurt, wijk in pairs:
        inside[buurt].add(wijk)
    faults = list(_twice(inside))
    if faults:
        raise RegisterError(
            f"{len(faults)} buurt(en) of the counts lie in two wijken",
            faults=tuple(faults[:_MOST_NAMED]),
            do="use the boundaries of one year for all rows; give every buurt one wijk in the register of areas",
        )


def known_level(level: str) -> Level:
    """A level by its name.

    Raises
    ------
    UsageError
        There is no such level.
    """
    for one in LEVELS:
        if one == level:
            return one
    raise UsageError(f"level {level!r} is not known", do=f"choose {', '.join(LEVELS[:-1])} or {LEVELS[-1]}")


def _twice(inside: Mapping[str, set[str]]) -> Iterable[str]:
    for code, codes in sorted(inside.items()):
        if len(codes) > 1:
            yield f"{code} lies in {' and '.join(sorted(codes))}"


def _unknown_kinds(kind: Mapping[str, str]) -> Iterable[str]:
    for code, its in sorted(kind.items()):
        if its not in LEVELS:
            yield f"{code} is a {its!r}"


def _circles(above: Mapping[str, str]) -> Iterable[str]:
    for code in sorted(above):
        at, steps = above[code], 0
        while at in above and at != code and steps < len(above):
            at, steps = above[at], steps + 1
        if at == code:
            yield code

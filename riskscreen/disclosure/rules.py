"""Disclosure rules as data, and which cells they hide by themselves (primary suppression).

``standard/1``, applied row by row; *count* below means a count column, *leading count* the first of them:

1. A count of 1 up to the threshold (exclusive) is hidden. A true zero of the leading count is shown.
2. When the leading count is hidden, so is every other figure about families in that row.
3. A count that is part of another (outcomes of families, selected of families; declared by ``of`` and ``base``) is
   hidden below the threshold, **zero included**, and when fewer than the threshold are left over. So nobody learns that
   all or none of a group were reported, nor who the few exceptions are. None and all may be said of *selected*, which
   follows from the published definition of the offer, and of records (unit ``rows``, ``cases``), such as all rows being
   linked. What follows from such a zero is shown too.
4. A rate is shown only where the counts it is made of are shown: a rate beside its base gives the count away.
5. An estimate is shown on a base of at least ``estimate_base``, or of no family, shown itself. The bounds of a rate go
   with the rate. In a row with a hidden count, estimates are rounded to two significant digits.
6. A number with a base goes with its base.

What rows and totals together would give away is the work of :mod:`riskscreen.disclosure.suppression`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from riskscreen.errors import RefusedError
from riskscreen.records.tables import TOTAL, Column, Table, Value
from riskscreen.settings import Release


@dataclass(frozen=True, slots=True)
class Rules:
    """One named set of disclosure rules.

    Parameters
    ----------
    name
        ``standard/1``.
    threshold
        The smallest count of families, children or outcomes that is shown (at least 10).
    estimate_base
        The fewest families that an estimate may rest on.
    """

    name: str
    threshold: int
    estimate_base: int

    def to_dict(self) -> dict[str, str | int]:
        """The rules as they stand in a release and in the ledger."""
        return {"name": self.name, "threshold": self.threshold, "estimate_base": self.estimate_base}


KNOWN: Mapping[str, int] = {"standard/1": 10}
"""Every set of rules, with the lowest threshold it allows."""


def rules_of(release: Release) -> Rules:
    """The rules that settings ask for; an unknown set or too low a threshold is refused."""
    lowest = KNOWN.get(release.rules)
    if lowest is None:
        raise RefusedError(f"unknown disclosure rules {release.rules!r}", do=f"choose from {', '.join(KNOWN)}")
    if release.threshold < lowest or release.estimate_base < release.threshold:
        raise RefusedError(
            f"rules {release.rules} with threshold {release.threshold} and estimate_base {release.estimate_base}",
            do=f"threshold is at least {lowest}, estimate_base at least the threshold",
        )
    return Rules(release.rules, release.threshold, release.estimate_base)


BY_DEFINITION = ("selected",)
"""Counts of which none and all may be shown: who is offered something is published with the offer."""

RECORDS = ("rows", "cases")
"""Units of counts that are about records, not about families."""

Place = tuple[int, int]
"""Row and column of a cell."""


class Sheet:
    """One table with what the rules must know of its columns.

    Parameters
    ----------
    table
        A table that passed the checks of :mod:`riskscreen.disclosure.checks`.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.at = {column.name: j for j, column in enumerate(table.columns)}
        self.counts = [j for j, column in enumerate(table.columns) if column.kind == "count"]
        self.keys = [j for j, column in enumerate(table.columns) if column.kind == "key"]
        self.parts = self._parts()
        self.totals = [i for i, row in enumerate(table.rows) if any(row[j] == TOTAL for j in self.keys)]

    @property
    def lead(self) -> int | None:
        """Column of the leading count: the first one."""
        return self.counts[0] if self.counts else None

    def _parts(self) -> list[tuple[int, int]]:
        """Pairs (part, whole) of count columns, from rates and from counts with a base."""
        pairs = set()
        for j, column in enumerate(self.table.columns):
            if column.kind == "rate" and self._is_part(column):
                pairs.add((self.at[column.of], self.at[column.base]))
            if column.kind == "count" and column.base:
                pairs.add((j, self.at[column.base]))
        return sorted(pairs)

    def _is_part(self, column: Column) -> bool:
        """Is the numerator nowhere larger than the denominator?"""
        if column.of == column.base:
            return False
        pairs = zip(self.table.values(column.of), self.table.values(column.base), strict=True)
        return all(o <= b for o, b in pairs if o is not None and b is not None)  # type: ignore[operator]

    def is_quotient(self, i: int, column: Column) -> bool:
        """Does a figure equal its numerator over its denominator, so that it says nothing beyond these two?"""
        row = self.table.rows[i]
        of, base = row[self.at[column.of]], row[self.at[column.base]]
        value = row[self.at[column.name]]
        if not base:
            return False
        return abs(_number(value) - _number(of) / _number(base)) <= 1e-6 * max(1.0, abs(_number(value)))


def primary(sheet: Sheet, rules: Rules) -> set[Place]:
    """The count cells that rules 1 to 3 hide."""
    hidden: set[Place] = set()
    for i, row in enumerate(sheet.table.rows):
        hidden |= {(i, j) for j in _small(sheet, row, rules.threshold)}
    return hidden


def dependents(sheet: Sheet, hidden: set[Place], rules: Rules) -> set[Place]:
    """The rates, estimates and numbers that cannot be shown when these counts are hidden (rules 4 to 6)."""
    out: set[Place] = set()
    for i, row in enumerate(sheet.table.rows):
        for j, column in enumerate(sheet.table.columns):
            if row[j] is not None and _goes(sheet, i, column, hidden, rules):
                out.add((i, j))
    return out | _bounds(sheet, out)


def _small(sheet: Sheet, row: tuple[Value, ...], threshold: int) -> set[int]:
    lead = sheet.lead
    if lead is not None and row[lead] is not None and 0 < _number(row[lead]) < threshold:
        return {j for j in sheet.counts if row[j] is not None}
    small = {j for j in sheet.counts if row[j] is not None and 0 < _number(row[j]) < threshold}
    for part, whole in sheet.parts:
        if None in (row[part], row[whole]) or _follows(sheet, row, part):
            continue
        few, rest = _number(row[part]), _number(row[whole]) - _number(row[part])
        if _may_be_all(sheet.table.columns[part]) and 0 in (few, rest):
            continue
        if few < threshold or rest < threshold:
            small.add(part)
    while more := {part for part, _ in sheet.parts if _follows_hidden(sheet, row, part, small)} - small:
        small |= more  # a part of a part of a hidden zero follows from it too
    found = _with_the_same(sheet, row, small | _corners(sheet, row, threshold))
    return {j for j in found if row[j] is not None}  # what is not known has nothing to hide


def _may_be_all(column: Column) -> bool:
    return column.name in BY_DEFINITION or column.unit in RECORDS


def _follows(sheet: Sheet, row: tuple[Value, ...], part: int) -> bool:
    """Is the count zero because one of its wholes is?"""
    return any(p == part and row[w] is not None and not row[w] for p, w in sheet.parts)


def _follows_hidden(sheet: Sheet, row: tuple[Value, ...], part: int, small: set[int]) -> bool:
    """Is the count zero because of wholes that are all hidden zeros themselves? Then it would tell what they hide."""
    zeros = [w for p, w in sheet.parts if p == part and row[w] is not None and not row[w]]
    return bool(zeros) and all(w in small for w in zeros)


def _with_the_same(sheet: Sheet, row: tuple[Value, ...], small: set[int]) -> set[int]:
    """When all families are selected, those selected with an outcome are those with an outcome: hidden together."""
    for both, x, y, n in corners(sheet.parts):
        for full, same in ((x, y), (y, x)):
            if row[full] is not None and row[full] == row[n] and full not in small:
                small = small | {both} if same in small else small - {both}
    return small


def _corners(sheet: Sheet, row: tuple[Value, ...], threshold: int) -> set[int]:
    """A count within two others of the same whole: neither inside one only, nor outside both may be few."""
    out = set()
    for both, x, y, n in corners(sheet.parts):
        if None not in (row[both], row[x], row[y], row[n]) and not _follows(sheet, row, both):
            outside = _number(row[n]) - _number(row[x]) - _number(row[y]) + _number(row[both])
            if row[n] and outside < threshold:
                out.add(both)
    return out


def corners(parts: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int, int]]:
    """Columns (both, x, y, whole) where *both* is part of *x* and of *y*, and these are parts of one whole."""
    pairs = set(parts)
    for (both, x), (other, y) in combinations(sorted(pairs), 2):
        if both == other:
            for whole in sorted({w for p, w in pairs if p == x} & {w for p, w in pairs if p == y}):
                yield both, x, y, whole


def _goes(sheet: Sheet, i: int, column: Column, hidden: set[Place], rules: Rules) -> bool:
    row = sheet.table.rows[i]
    if column.kind == "rate":
        own = {(i, sheet.at[column.of]), (i, sheet.at[column.base])}
        if own & hidden:
            return True
        return not sheet.is_quotient(i, column) and _any_near(sheet, i, column, hidden)
    if column.kind == "estimate":
        base = sheet.at[column.base]
        names = {column.base, column.of} - {""}
        if any((i, sheet.at[name]) in hidden for name in names):
            return True
        return row[base] is None or 0 < _number(row[base]) < rules.estimate_base
    return column.kind == "number" and bool(column.base) and (i, sheet.at[column.base]) in hidden


def _any_near(sheet: Sheet, i: int, column: Column, hidden: set[Place]) -> bool:
    """A rate built from more than its two counts goes when any count of its row, or a total of its columns, does."""
    columns = {sheet.at[column.of], sheet.at[column.base]}
    totals = {(t, j) for t in sheet.totals for j in columns}
    return bool(({(i, j) for j in sheet.counts} | totals) & hidden)


def _bounds(sheet: Sheet, hidden: set[Place]) -> set[Place]:
    """Bounds of a rate go with the rate: from an interval of a share and its base the count can be solved."""
    out = set()
    for j, column in enumerate(sheet.table.columns):
        if column.kind == "estimate":
            owners = [sheet.at[name] for name in bound_of(sheet.table, column)]
            out |= {(i, j) for i, k in hidden if k in owners and sheet.table.rows[i][j] is not None}
    return out


def bound_of(table: Table, column: Column) -> tuple[str, ...]:
    """The rates that a column named ``low``, ``high``, ``x_low`` or ``x_high`` bounds (none: it bounds an estimate)."""
    stem = column.name.removesuffix("low").removesuffix("high")
    if stem == column.name:
        return ()
    kinds = {other.name: other.kind for other in table.columns}
    if stem:
        owner = stem.removesuffix("_")
        return (owner,) if kinds.get(owner) == "rate" else ()
    if kinds.get("estimate") == "estimate":
        return ()
    return tuple(c.name for c in table.columns if c.kind == "rate" and c.base == column.base)


def _number(value: Value) -> float:
    return float(value) if value is not None else 0.0

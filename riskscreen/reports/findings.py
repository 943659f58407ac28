"""What released tables say, as values; the sections put it into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.records.tables import TOTAL, Table
from riskscreen.reports.charts import off_average
from riskscreen.reports.content import HIDDEN, ReportContent, number

Record = Mapping[str, Any]
SIDES = {"above": "above", "below": "below", "not_told_apart": "same"}
"""What a tier of ranks means for an area."""


@dataclass(frozen=True, slots=True)
class Base:
    """All families of the test date: how many, and how many with the recorded outcome."""

    families: float | None
    outcomes: float | None
    rate: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Areas by where their interval lies against the municipality as a whole."""

    above: tuple[str, ...]
    same: tuple[str, ...]
    below: tuple[str, ...]
    without: tuple[str, ...]

    @property
    def shown(self) -> int:
        """Areas with an estimate."""
        return len(self.above) + len(self.same) + len(self.below)


def base(content: ReportContent) -> Base | None:
    """Families, outcomes and rate of the test date: from the comparison, else from sums of the points' bands."""
    for name in ("performance", "areas_wijk", "target_groups"):
        table = content.table(name)
        if table is None:
            continue
        for record in table.records():
            if name != "performance" and record[table.keys[0]] != TOTAL:
                continue
            families = number(record.get("families_test", record.get("families")))
            outcomes = number(record.get("outcomes"))
            if families and outcomes is not None:
                return Base(families, outcomes, outcomes / families)
    return _base_of_bands(content)


def _base_of_bands(content: ReportContent) -> Base | None:
    for name in ("points", "accumulation"):
        table = content.table(name)
        if table is None:
            continue
        rows = [r for r in table.records() if r[table.keys[0]] != TOTAL]
        pairs = [(number(r["families"]), number(r["outcomes"])) for r in rows]
        if pairs and all(a is not None and b is not None for a, b in pairs):
            families, outcomes = sum(a or 0 for a, _ in pairs), sum(b or 0 for _, b in pairs)
            if families:
                return Base(families, outcomes, outcomes / families)
    return None


def families_now(content: ReportContent) -> float | None:
    """Families on the date to act on: the largest count behind the stressors' prevalence."""
    return _most(content.table("prevalence"), "families")


def groups(content: ReportContent) -> list[Record]:
    """Target groups that left the gate with a size, those with the highest rate first."""
    table = content.table("target_groups")
    if table is None:
        return []
    rows = [r for r in table.records() if r["group"] != TOTAL and number(r.get("families")) is not None]
    return sorted(rows, key=lambda r: -(number(r.get("rate")) or 0.0))


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """How many target groups there are, in the three ways that pages and steps speak of.

    Parameters
    ----------
    found
        All target groups, as the step *targets* counts them.
    fitting
        Of these, how many have a programme of the catalogue.
    shown
        Of these, how many have enough families to show a rate of reports.
    """

    found: int
    fitting: int
    shown: int


def group_counts(content: ReportContent) -> GroupCounts:
    """Target groups found, with a programme that fits, and with a rate that left the gate."""
    table = content.table("target_groups")
    rows = [] if table is None else [r for r in table.records() if r["group"] != TOTAL]
    return GroupCounts(
        len(rows),
        sum(programme(content, row["programme"]) is not None for row in rows),
        sum(number(row.get("rate")) is not None for row in rows),
    )


def sides(content: ReportContent, name: str) -> dict[str, str]:
    """Where each area surely lies against the municipality, all areas judged together: ``above``, ``same``, ``below``.

    Parameters
    ----------
    name
        Such as ``areas_wijk``; without a table of ranks of that level nothing is said.
    """
    table = content.table(name.replace("areas_", "areas_ranks_", 1))
    if table is None:
        return {}
    return {str(r["area"]): SIDES.get(str(r["tier"]), "same") for r in table.records()}


def standing(
    released: ReleasedTable | None, average: float | None, together: Mapping[str, str] | None = None
) -> Standing:
    """Which areas lie above, below, or cannot be told apart from the municipality as a whole.

    Parameters
    ----------
    together
        From :func:`sides`; default: each area by its own interval.
    """
    found: dict[str, list[str]] = {"above": [], "same": [], "below": [], "without": []}
    if released is not None:
        rows = [r for r in released.table.records() if r["area"] != TOTAL]
        for row in sorted(rows, key=lambda r: -(number(r.get("estimate")) or 0.0)):
            which = "without" if number(row.get("estimate")) is None else off_average(row, average, together)
            found[which].append(str(row["area"]))
    return Standing(*(tuple(found[k]) for k in ("above", "same", "below", "without")))


def verdicts(content: ReportContent, verdict: str, subject: str | None = None) -> list[Record]:
    """Rows with this verdict (``gap``, ``no_gap_shown``, ``not_enough_evidence``)."""
    table = content.table("verdicts")
    if table is None:
        return []
    rows = [r for r in table.records() if r.get("verdict") == verdict]
    return [r for r in rows if subject is None or r.get("subject") == subject]


def chosen(content: ReportContent) -> Record | None:
    """The model that the rule chose."""
    table = content.table("performance")
    return next((r for r in table.records() if r.get("chosen") == "yes"), None) if table is not None else None


def ends(released: ReleasedTable | None, value: str = "rate") -> tuple[Record, Record] | None:
    """The first and the last row of a table that have a figure, margins left out."""
    if released is None:
        return None
    key = released.table.keys[0]
    rows = [r for r in released.table.records() if r[key] != TOTAL and number(r.get(value)) is not None]
    return (rows[0], rows[-1]) if len(rows) > 1 else None


def plan_totals(content: ReportContent) -> tuple[float, float] | None:
    """Places and costs of the plan: its margin where there is one, else the sum of its rows."""
    table = content.table("places")
    if table is None:
        return None
    rows = table.records()
    whole = [r for r in rows if r["programme"] == TOTAL and r["area"] == TOTAL]
    parts = whole or [r for r in rows if TOTAL not in (r["programme"], r["area"])]
    return sum(number(r["places"]) or 0.0 for r in parts), sum(number(r["cost"]) or 0.0 for r in parts)


def places_by(content: ReportContent, key: str, code: str) -> float:
    """Places of one programme or in one area."""
    table = content.table("places")
    if table is None:
        return 0.0
    other = "area" if key == "programme" else "programme"
    return sum(number(r["places"]) or 0.0 for r in table.records() if r[key] == code and r[other] != TOTAL)


def programme(content: ReportContent, code: object) -> Record | None:
    """The row of one programme in the catalogue."""
    table = content.table("programmes")
    if table is None:
        return None
    return next((r for r in table.records() if r["programme"] == code), None)


def hidden_cells(content: ReportContent) -> tuple[int, int]:
    """Figures hidden by the gate, and all figures, over all tables of the page."""
    hidden_count = total = 0
    for released in content.tables.values():
        figures = [i for i, c in enumerate(released.table.columns) if c.kind in ("count", "rate", "estimate")]
        states = [row[i] for row in released.status for i in figures]
        hidden_count += sum(state == HIDDEN for state in states)
        total += len(states)
    return hidden_count, total


def _most(table: Table | None, name: str) -> float | None:
    if table is None or name not in [c.name for c in table.columns]:
        return None
    values = [v for v in map(number, table.values(name)) if v is not None]
    return max(values, default=None)

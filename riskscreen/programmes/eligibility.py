"""Who could be offered what: families counted by target group, fitting programmes and wijk, inside the engine."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from riskscreen.engine.cells import count_cells
from riskscreen.engine.duck import Engine, quote
from riskscreen.engine.handles import Cells
from riskscreen.engine.sql import filter_sql, literal
from riskscreen.errors import UsageError
from riskscreen.records.definitions import STAGE_FLAGS, Programme, TargetGroup, level_columns
from riskscreen.records.filters import And as AndFilter
from riskscreen.records.filters import Compare, Filter, In, Not, columns_of, parse_filter
from riskscreen.records.filters import Or as OrFilter

if TYPE_CHECKING:
    from riskscreen.programmes.plan import Plan

NO_GROUP = "none"
JOIN = "+"
"""Joins the ids of all programmes that a family could be offered."""
FLOOR_COLUMNS = (*STAGE_FLAGS, "family_form")
"""What families may be counted by for floors. Never origin, nationality or language: those only in the audit."""
FITS = 0.25
"""Least fit of a programme to a target group, from 0 to 1."""


def count_eligible(
    engine: Engine,
    groups: Sequence[TargetGroup],
    programmes: Sequence[Programme],
    day: date,
    *,
    threshold: int,
    name: str = "eligible_cells",
    by: Sequence[str] = (),
) -> Cells:
    """Count families by target group, programmes whose filter they meet, wijk and outcome.

    A family in several groups counts in the first one, so that it is counted once.

    Parameters
    ----------
    groups
        In order of priority (highest rate first).
    day
        The index date.
    name
        Name of the engine table that holds the counts.
    by
        More columns of ``levels`` to count by, for floors: flags of life stages and ``family_form``. Those that
        ``levels`` lacks are left out; others, sensitive ones first of all, are refused.

    Returns
    -------
    Cells
        Columns ``target_group`` (id, or ``none``), ``programmes`` (ids joined by ``+``, or empty), ``area_block``,
        those of ``by``, ``outcome``, ``families``, ``children``.

    Raises
    ------
    UsageError
        ``by`` names a column that no floor may be about.
    """
    refused = [column for column in by if column not in FLOOR_COLUMNS]
    if refused:
        raise UsageError(
            f"places are not divided by {', '.join(refused)}", do=f"choose from {', '.join(FLOOR_COLUMNS)}"
        )
    present = set(engine.columns("levels"))
    more = [column for column in by if column in present]
    group_sql = first_group_sql(groups, present)
    marks = [f"CASE WHEN {holds_sql(item.filter, present)} THEN {quote(item.id)} END" for item in programmes]
    programmes_sql = f"concat_ws({quote(JOIN)}, {', '.join(marks)})" if marks else quote("")
    return count_cells(
        engine,
        (f"{group_sql} AS target_group", f"{programmes_sql} AS programmes", "area_block", *more),
        threshold=threshold,
        where=f"index_date = {literal(day)} AND NOT apart",
        name=name,
    )


def offered_sql(plan: Plan, groups: Sequence[TargetGroup], engine: Engine) -> str:
    """The families to whom the plan's offers are open, as an SQL condition on ``levels`` that is true or false.

    An offer is open to all of a target group in a wijk that the programme fits; a family in several groups counts in
    the first, as in :func:`count_eligible`.
    """
    present = set(engine.columns("levels"))
    filters = {programme.id: programme.filter for programme in plan.catalogue.programmes}
    wijken: dict[tuple[str, str], set[str]] = {}
    for offer in plan.offers:
        wijken.setdefault((offer.group, offer.programme), set()).add(offer.area_block)
    group = first_group_sql(groups, present)
    parts = [
        f"({group} = {quote(name)} AND {holds_sql(filters[programme], present)} "
        f"AND coalesce(area_block IN ({', '.join(map(quote, sorted(areas)))}), FALSE))"
        for (name, programme), areas in sorted(wijken.items())
    ]
    return " OR ".join(parts) if parts else "FALSE"


def places_sql(plan: Plan, groups: Sequence[TargetGroup], engine: Engine) -> str:
    """How many places a family may expect, as an SQL number on ``levels`` from 0 to 1.

    Of an offer with ``p`` places open to ``n`` families each may expect ``p / n`` of a place. A family to whom several
    offers are open may expect their sum, at most 1.
    """
    present = set(engine.columns("levels"))
    filters = {programme.id: programme.filter for programme in plan.catalogue.programmes}
    shares: dict[tuple[str, str], dict[str, float]] = {}
    for offer in plan.offers:
        shares.setdefault((offer.group, offer.programme), {})[offer.area_block] = offer.places / max(offer.families, 1)
    group = first_group_sql(groups, present)
    parts = [
        f"CASE WHEN {group} = {quote(name)} AND {holds_sql(filters[programme], present)} "
        f"THEN {_by_area(areas)} ELSE 0 END"
        for (name, programme), areas in sorted(shares.items())
    ]
    return f"least(1, {' + '.join(parts)})" if parts else "0"


def _by_area(shares: Mapping[str, float]) -> str:
    cases = " ".join(f"WHEN {quote(area)} THEN {share:.6f}" for area, share in sorted(shares.items()))
    return f"CASE area_block {cases} ELSE 0 END"


def first_group_sql(groups: Sequence[TargetGroup], present: set[str]) -> str:
    """The first target group that a family is in, as SQL."""
    if not groups:
        return quote(NO_GROUP)
    cases = " ".join(f"WHEN {holds_sql(group.filter, present)} THEN {quote(group.id)}" for group in groups)
    return f"CASE {cases} ELSE {quote(NO_GROUP)} END"


def holds_sql(text: str, present: set[str]) -> str:
    """A filter as SQL that is true or false; a stressor absent from ``levels`` is *not covered*, so never holds."""
    names = set(re.findall(r"[a-z_][a-z0-9_]*", text)) - {"and", "or", "not", "in", "true", "false"}
    part = parse_filter(text, level_columns(names - set(STAGE_FLAGS)))
    absent = {name for name in columns_of(part) if name not in present}
    return f"coalesce({_sql(part, absent)}, FALSE)"


def _sql(part: Filter, absent: set[str]) -> str:
    match part:
        case Compare(column, _, _) | In(column, _):
            return "NULL::BOOLEAN" if column in absent else filter_sql(part)
        case Not(inner):
            return f"NOT ({_sql(inner, absent)})"
        case AndFilter(parts):
            return " AND ".join(f"({_sql(inner, absent)})" for inner in parts)
        case OrFilter(parts):
            return " OR ".join(f"({_sql(inner, absent)})" for inner in parts)

"""Reach: of the families in a target group that a programme fits, who was offered it, took it up, completed it.

Counted inside the engine from the register of participation; only counts come out. A family is reached in a year when
the programme was offered to a parent or child of it in the year before the index date and that was known by then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from riskscreen.engine.duck import Engine, quote
from riskscreen.engine.handles import Cells
from riskscreen.engine.sql import literal
from riskscreen.programmes.eligibility import NO_GROUP, first_group_sql, holds_sql
from riskscreen.programmes.plausible import Pair, more_than_fit
from riskscreen.records.definitions import Programme, TargetGroup
from riskscreen.records.tables import TOTAL

if TYPE_CHECKING:
    import pandas as pd

Source = Literal["register", "spreadsheet", "none"]
PAIRS, CELLS = "reach_pairs", "reach_group_cells"
STEPS = ("offered", "taken_up", "completed")
"""What can happen to a family in a programme, each only after the one before it."""


@dataclass(frozen=True, repr=False)
class Reach:
    """Counts of one year; rows about families never left the engine.

    Parameters
    ----------
    since, day
        The year: from ``since`` up to the index date ``day``, which is not in it.
    pairs
        By ``programme``, ``target_group`` (``none`` for families in no group) and ``area_block``: ``families`` that
        the programme fits, and how many of them were ``offered``, have ``taken_up`` and ``completed`` it. The three
        are missing where the source does not say (a spreadsheet knows no target groups).
    members
        By ``target_group`` and ``area_block``: all families.
    anyone
        By ``area_block``: families in a target group that at least one programme fits, each counted once, and how many
        of them were reached by at least one that fits.
    grouped
        As ``anyone``, by ``target_group`` and ``area_block``; only the register tells who is in which group.
    left
        By ``programme``, ``target_group`` and ``area_block``: families that were there earlier in the year and fitted
        the programme then, but not on the index date.
    left_anyone
        By ``area_block``: families that were in a target group with a fitting programme earlier in the year only.
    found
        Per programme, and for all together (``total``), the share of offers in the register whose person is in a family
        on the index date.
    sources
        Where the numbers of each programme come from.
    given
        By ``programme`` and ``area_block``: what providers wrote down, of all families. Empty without files.
    quarters
        How many quarters of the year the files hold, per programme in them.
    doubtful
        Programmes and wijken where providers wrote down more offers than families can have been whom the programme
        fits: how many of those were reached is not known.
    """

    since: date
    day: date
    pairs: pd.DataFrame
    members: pd.DataFrame
    anyone: pd.DataFrame
    grouped: pd.DataFrame
    left: pd.DataFrame
    left_anyone: pd.DataFrame
    found: Mapping[str, float]
    sources: Mapping[str, Source]
    given: pd.DataFrame | None = None
    quarters: Mapping[str, int] = field(default_factory=dict)
    doubtful: frozenset[Pair] = frozenset()

    def __repr__(self) -> str:
        told = sorted(set(self.sources.values()) - {"none"})
        source = " and ".join(told) or "no source"
        return f"<reach from {self.since} up to {self.day}, {source}; its counts stay inside: the gate lets tables out>"

    @property
    def known(self) -> bool:
        """Does any source say anything?"""
        return any(source != "none" for source in self.sources.values())

    def reached_share(self) -> dict[tuple[str, str], float]:
        """Share of the families that a fitting programme was offered to, by target group and wijk, from 0 to 1.

        Empty where no source says. Where spreadsheets say it for some programmes, every group of a wijk has the share
        of the wijk: they know no target groups. A wijk whose reach is not known counts as not reached.
        """
        if not self.known:
            return {}
        if "spreadsheet" in self.sources.values():
            wijk = {str(r["area_block"]): _part(r["offered"], r["families"]) for r in self.anyone.to_dict("records")}
            pairs = self.grouped[["target_group", "area_block"]].itertuples(index=False)
            return {(str(group), str(area)): wijk[str(area)] for group, area in pairs}
        rows = self.grouped.to_dict("records")
        return {(str(r["target_group"]), str(r["area_block"])): _part(r["offered"], r["families"]) for r in rows}


def _part(part: Any, whole: float) -> float:
    """A share; nobody where nobody is, or where it is not known."""
    return float(part) / float(whole) if whole and part == part and part is not None else 0.0


def count_reach(
    engine: Engine,
    groups: Sequence[TargetGroup],
    programmes: Sequence[Programme],
    day: date,
    since: date,
    *,
    register: bool,
    by: Sequence[str] = (),
    earlier: Sequence[date] = (),
    threshold: int = 10,
) -> tuple[Reach, Cells]:
    """Count a year of participation.

    Parameters
    ----------
    engine
        With ``levels``, ``members``, and with ``register`` also ``registers.participation``, its persons as in
        ``members``.
    groups
        In order of priority: a family counts in the first it is in.
    day, since
        The index date, and the first day of the year before it.
    register
        Is there a register of participation that covers the year? Without it nothing is known of who was reached.
    by
        Columns of ``levels`` to compare groups of families by.
    earlier
        Index dates in the year: for the families that were there then and are not now.

    Returns
    -------
    tuple
        The counts; and a handle on cells of the families of ``anyone`` by ``by``, ``area_block``, ``offered`` and
        ``taken_up`` (0 or 1), for an audit.
    """
    _family_offers(engine, day, since, register)
    _pairs(engine, groups, programmes, day, by)
    gone = _left(engine, groups, programmes, day, [d for d in earlier if since <= d < day])
    reach = Reach(
        since,
        day,
        engine.frame(
            f"SELECT programme, target_group, area_block, count(*)::BIGINT AS families, {_steps()} "
            f"FROM {PAIRS} GROUP BY ALL ORDER BY ALL"
        ),
        _members(engine, groups, day),
        engine.frame(
            f"SELECT area_block, count(*)::BIGINT AS families, {_steps()} FROM ({_once()}) GROUP BY ALL ORDER BY ALL"
        ),
        engine.frame(
            f"SELECT target_group, area_block, count(*)::BIGINT AS families, {_steps()} "
            f"FROM ({_once(['target_group'])}) GROUP BY ALL ORDER BY ALL"
        ),
        *gone,
        _found(engine, day, since) if register else {},
        {item.id: "register" if register else "none" for item in programmes},
    )
    if not register:
        unknown = dict.fromkeys(STEPS)
        reach = replace(reach, pairs=reach.pairs.assign(**unknown), anyone=reach.anyone.assign(**unknown))
    return reach, _cells(engine, by, threshold)


def _family_offers(engine: Engine, day: date, since: date, register: bool) -> None:
    """Table ``family_offers``: per family of the index date and programme what happened in the year."""
    empty = "SELECT NULL::VARCHAR AS family, NULL::VARCHAR AS programme, FALSE AS taken_up, FALSE AS completed LIMIT 0"
    known = (
        "SELECT m.family, p.programme, bool_or(coalesce(p.start_date < {day}, FALSE)) AS taken_up, "
        "bool_or(coalesce(p.start_date < {day} AND p.completed_date < {day}, FALSE)) AS completed\n"
        "FROM registers.participation p JOIN members m ON m.person = p.person "
        "AND m.index_date = {day} AND m.role <> 'outside_parent'\nWHERE {year} GROUP BY ALL"
    )
    query = known.format(day=literal(day), year=_year(day, since)) if register else empty
    engine.run(f"CREATE OR REPLACE TEMP TABLE family_offers AS {query}")


def _year(day: date, since: date) -> str:
    """Offers made in the year and known by the index date."""
    return (
        f"p.event_date >= {literal(since)} AND p.event_date < {literal(day)} "
        f"AND coalesce(p.recorded_date < {literal(day)}, TRUE)"
    )


def _fitting(
    engine: Engine, groups: Sequence[TargetGroup], programmes: Sequence[Programme], where: str, columns: Sequence[str]
) -> str:
    """A row per family and programme that fits it, from ``levels``."""
    present = set(engine.columns("levels"))
    marks = ", ".join(f"CASE WHEN {holds_sql(p.filter, present)} THEN {quote(p.id)} END" for p in programmes)
    more = "".join(f", {name}" for name in columns)
    return (
        f"SELECT family, area_block, {first_group_sql(groups, present)} AS target_group{more}, "
        f"unnest(list_filter([{marks or 'NULL'}], lambda x: x IS NOT NULL)) AS programme "
        f"FROM levels WHERE NOT apart AND {where}"
    )


def _pairs(
    engine: Engine, groups: Sequence[TargetGroup], programmes: Sequence[Programme], day: date, by: Sequence[str]
) -> None:
    fits = _fitting(engine, groups, programmes, f"index_date = {literal(day)}", by)
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE {PAIRS} AS\nSELECT f.*, o.family IS NOT NULL AS offered, "
        "coalesce(o.taken_up, FALSE) AS taken_up, coalesce(o.completed, FALSE) AS completed\n"
        f"FROM ({fits}) f LEFT JOIN family_offers o USING (family, programme)"
    )


def _steps() -> str:
    return ", ".join(f"(count(*) FILTER (WHERE {name}))::BIGINT AS {name}" for name in STEPS)


def _once(columns: Sequence[str] = ()) -> str:
    """A row per family in a target group that a programme fits."""
    keys = ", ".join(["family", "area_block", *columns])
    reached = ", ".join(f"bool_or({name}) AS {name}" for name in STEPS)
    return f"SELECT {keys}, {reached} FROM {PAIRS} WHERE target_group <> {quote(NO_GROUP)} GROUP BY {keys}"


def _members(engine: Engine, groups: Sequence[TargetGroup], day: date) -> pd.DataFrame:
    group = first_group_sql(groups, set(engine.columns("levels")))
    return engine.frame(
        f"SELECT {group} AS target_group, area_block, count(*)::BIGINT AS families FROM levels "
        f"WHERE NOT apart AND index_date = {literal(day)} GROUP BY ALL ORDER BY ALL"
    )


def _left(
    engine: Engine,
    groups: Sequence[TargetGroup],
    programmes: Sequence[Programme],
    day: date,
    earlier: Sequence[date],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Families that fitted earlier in the year and do not on the index date: by programme, and of any programme."""
    where = f"index_date IN ({', '.join(literal(d) for d in earlier)})" if earlier else "FALSE"
    engine.run(
        "CREATE OR REPLACE TEMP TABLE reach_earlier AS SELECT family, programme, "
        "arg_max(target_group, index_date) AS target_group, arg_max(area_block, index_date) AS area_block\n"
        f"FROM ({_fitting(engine, groups, programmes, where, ['index_date'])}) GROUP BY family, programme"
    )
    grouped = f"target_group <> {quote(NO_GROUP)}"
    return (
        engine.frame(
            "SELECT programme, target_group, area_block, count(*)::BIGINT AS families FROM reach_earlier "
            f"ANTI JOIN {PAIRS} USING (family, programme) GROUP BY ALL ORDER BY ALL"
        ),
        engine.frame(
            "SELECT area_block, count(DISTINCT family)::BIGINT AS families FROM reach_earlier "
            f"ANTI JOIN (SELECT family FROM {PAIRS} WHERE {grouped}) USING (family) "
            f"WHERE {grouped} GROUP BY ALL ORDER BY ALL"
        ),
    )


def _found(engine: Engine, day: date, since: date) -> dict[str, float]:
    """Per programme the share of offers in the year whose person is in a family on the index date."""
    rows = engine.rows(
        f"SELECT coalesce(p.programme, {quote(TOTAL)}), avg((m.person IS NOT NULL)::INTEGER) "
        "FROM registers.participation p "
        f"LEFT JOIN (SELECT DISTINCT person FROM members WHERE index_date = {literal(day)} "
        f"AND role <> 'outside_parent') m ON m.person = p.person "
        f"WHERE {_year(day, since)} GROUP BY ROLLUP (p.programme)"
    )
    return {str(programme): float(share) for programme, share in rows if share is not None}


def _cells(engine: Engine, by: Sequence[str], threshold: int) -> Cells:
    flags = ("offered", "taken_up")
    keys = (*by, "area_block", *flags)
    cast = ", ".join([*by, "area_block", *(f"{name}::TINYINT AS {name}" for name in flags)])
    engine.run(
        f"CREATE OR REPLACE TABLE {CELLS} AS SELECT {cast}, count(*)::BIGINT AS families "
        f"FROM ({_once(by)}) GROUP BY ALL"
    )
    return Cells(engine, CELLS, keys, threshold=threshold)


def with_given(reach: Reach, given: pd.DataFrame, quarters: Mapping[str, int]) -> Reach:
    """The same reach with what providers wrote down in place of the register, for the programmes in their files.

    A spreadsheet knows no families: not in which target group, and not who is in two programmes. So of its programmes
    target groups stay unknown; and in ``anyone`` families are counted as if nobody was in two of them, up to all
    families of the wijk. In a wijk with more offers of a programme than families whom it can have fitted, nothing of
    ``anyone`` is known.

    Parameters
    ----------
    given
        Columns ``programme, area_block, offered, taken_up, completed``, one row per programme and wijk.
    """
    import pandas as pd

    told = set(given["programme"])
    pairs = reach.pairs.copy()
    for name in STEPS:
        pairs[name] = pairs[name].where(~pairs["programme"].isin(told)).astype("Float64")
    sources: dict[str, Source] = {
        name: "spreadsheet" if name in told else source for name, source in reach.sources.items()
    }
    sums = given.groupby("area_block")[list(STEPS)].sum()
    # families whom the register says were offered one of the told programmes would count twice
    others = _beside(reach, told)
    anyone = reach.anyone.set_index("area_block")
    for name in STEPS:
        total = others[name].reindex(anyone.index).fillna(0) + sums[name].reindex(anyone.index).fillna(0)
        anyone[name] = total.clip(upper=anyone["families"]).astype("Int64")
    doubtful = more_than_fit(given, reach.pairs, reach.left)
    anyone.loc[anyone.index.isin({area for _, area in doubtful}), list(STEPS)] = pd.NA
    frame = pd.DataFrame(anyone.reset_index())
    found = replace(reach, pairs=pairs, anyone=frame, sources=sources, given=given, quarters=dict(quarters))
    return replace(found, doubtful=doubtful)


def _beside(reach: Reach, told: set[str]) -> pd.DataFrame:
    """By wijk: at most so many families of target groups were reached by programmes that are not in the files."""
    kept = reach.pairs[~reach.pairs["programme"].isin(told) & (reach.pairs["target_group"] != NO_GROUP)]
    sums = kept.groupby("area_block")[list(STEPS)].sum()
    once = reach.anyone.set_index("area_block")[list(STEPS)].fillna(0)
    return sums.reindex(once.index).fillna(0).clip(upper=once)

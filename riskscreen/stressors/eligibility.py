"""The steps of eligibility that can be measured: proxy strength, quality of the data, statistical link.

Sensitive columns are read here and in the audit, and nowhere else. What is measured is said of groups of families
only, passes the gate for the review channel, and is looked at before a card is fitted. It decides nothing by itself:
a board reads it beside the words of :class:`riskscreen.stressors.definitions.Eligibility`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.records.definitions import Stressor
from riskscreen.stats.association import Association, cramers_v
from riskscreen.stats.discrimination import draw_blocks, interval
from riskscreen.stressors.definitions import Catalogue
from riskscreen.stressors.levels import GROUPS

Array = NDArray[np.float64]

REPLICATES = 400
SEED = 20260101
FOLLOWED = "outcome IS NOT NULL AND NOT apart"


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two shares with a 95% interval; all NaN where a share is 0 or too few families give no interval."""

    value: float
    low: float
    high: float


UNKNOWN = Ratio(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True, slots=True)
class Link:
    """The statistical link of one stressor with the recorded outcome, adjusted for nothing.

    Counts are of all families; ratios of those followed (no open case on the index date). How many of each had the
    outcome is kept back: beside the counts it would tell how many families with the stressor have an open case.

    Parameters
    ----------
    families, with_stressor
        Families whose level is known; those with the stressor.
    ratio
        Rate of the outcome with the stressor over the rate without it.
    alone, ratio_alone
        The same among families without any other stressor: with this one only, over those with none at all.
    """

    families: int
    with_stressor: int
    ratio: Ratio
    alone: int
    ratio_alone: Ratio


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a stressor is seen on one index date, and how its prevalence changed since the first."""

    day: date
    families: int
    known: int
    with_stressor: int
    change: Ratio


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one stressor: how it tells each group column, how well it is seen, how it is linked."""

    stressor: Stressor
    proxies: dict[str, Association]
    quality: tuple[Quality, ...]
    link: Link


def measure_eligibility(
    engine: Engine, catalogue: Catalogue, index_dates: Sequence[date], day: date, *, threshold: int = 10
) -> tuple[Measured, ...]:
    """Measure every stressor in the engine table ``levels``: three passes, counts only.

    Parameters
    ----------
    engine
        Has the table ``levels`` (:func:`riskscreen.stressors.profiling.profile`).
    index_dates
        The index dates, for the quality of the data.
    day
        The index date of the proxies and of the link: the one the card will be fitted on.
    threshold
        Fewest outcomes on both sides of a ratio.

    Notes
    -----
    Intervals draw neighbourhoods (``area_block``), because families of one neighbourhood are not independent; the same
    draw serves all index dates, so a family that stays counts once.
    """
    blocks = [row[0] for row in engine.rows("SELECT DISTINCT area_block FROM levels ORDER BY ALL")]
    draws = draw_blocks(np.random.default_rng(SEED), max(len(blocks), 1), REPLICATES)
    at = {name: place for place, name in enumerate(blocks)}
    stressors = catalogue.stressors
    qualities = _qualities(engine, stressors, tuple(index_dates), at, draws)
    links = _links(engine, stressors, day, at, draws, threshold)
    proxies = _proxies(engine, stressors, day, at, draws)
    return tuple(
        Measured(stressor, proxies[stressor.id], qualities[stressor.id], links[stressor.id]) for stressor in stressors
    )


def _qualities(
    engine: Engine, stressors: Sequence[Stressor], dates: tuple[date, ...], at: dict[str, int], draws: Array
) -> dict[str, tuple[Quality, ...]]:
    parts = ", ".join(f"count({s.id}), count(*) FILTER ({s.id} > 0)" for s in stressors)
    counts = np.zeros((len(dates), len(at), 1 + 2 * len(stressors)))
    for row in engine.rows(f"SELECT index_date, area_block, count(*), {parts} FROM levels GROUP BY ALL"):
        if row[0] in dates:
            counts[dates.index(row[0]), at[row[1]]] = row[2:]
    return {
        s.id: tuple(
            _quality(dates[i], counts[0], counts[i], 1 + 2 * place, draws, first=i == 0) for i in range(len(dates))
        )
        for place, s in enumerate(stressors)
    }


def _quality(day: date, before: Array, now: Array, place: int, draws: Array, *, first: bool) -> Quality:
    families, known, having = (int(now[:, column].sum()) for column in (0, place, place + 1))
    pair = (now[:, place + 1], now[:, place], before[:, place + 1], before[:, place])
    change = Ratio(1.0, 1.0, 1.0) if first and having else _ratio(*pair, draws)
    return Quality(day, families, known, having, change)


def _links(
    engine: Engine, stressors: Sequence[Stressor], day: date, at: dict[str, int], draws: Array, threshold: int
) -> dict[str, Link]:
    present = " + ".join(f"coalesce({s.id} > 0, FALSE)::INTEGER" for s in stressors)
    wheres = ["present = 0", *(where for s in stressors for where in _wheres(s.id))]
    sums = ", ".join(part for where in wheres for part in _sums(where))
    rows = engine.rows(
        f"SELECT area_block, {sums}\n"
        f"FROM (SELECT *, {present} AS present, {FOLLOWED} AS followed FROM levels WHERE index_date = {literal(day)})\n"
        "GROUP BY area_block"
    )
    counts = np.zeros((len(at), len(wheres), 3))
    for row in rows:
        counts[at[row[0]]] = np.reshape(row[1:], (len(wheres), 3))
    return {
        s.id: _link(counts[:, 0], counts[:, 1 + 3 * place : 4 + 3 * place], draws, threshold)
        for place, s in enumerate(stressors)
    }


def _wheres(name: str) -> tuple[str, str, str]:
    """Level known, with the stressor, with this stressor only."""
    return (f"{name} IS NOT NULL", f"{name} > 0", f"{name} > 0 AND present = 1")


def _sums(where: str) -> tuple[str, str, str]:
    """Families, families followed, and their outcomes."""
    return (
        f"count(*) FILTER ({where})",
        f"count(*) FILTER ({where} AND followed)",
        f"coalesce(sum(outcome) FILTER ({where} AND followed), 0)",
    )


def _link(none: Array, own: Array, draws: Array, threshold: int) -> Link:
    """From families, followed and outcomes per neighbourhood (last axis): of none, and of known, having and alone."""
    known, having, alone = own[:, 0], own[:, 1], own[:, 2]
    return Link(
        families=int(known[:, 0].sum()),
        with_stressor=int(having[:, 0].sum()),
        ratio=_rate_ratio(having, known - having, draws, threshold),
        alone=int(alone[:, 0].sum()),
        ratio_alone=_rate_ratio(alone, none, draws, threshold),
    )


def _rate_ratio(these: Array, others: Array, draws: Array, threshold: int) -> Ratio:
    """Not said on fewer outcomes than the threshold."""
    if these[:, 2].sum() < threshold or others[:, 2].sum() < threshold:
        return UNKNOWN
    return _ratio(these[:, 2], these[:, 1], others[:, 2], others[:, 1], draws)


def _proxies(
    engine: Engine, stressors: Sequence[Stressor], day: date, at: dict[str, int], draws: Array
) -> dict[str, dict[str, Association]]:
    """Per stressor and group column how well the one tells the other; a group that is not known is left out."""
    levels = [(s.id, level) for s in stressors for level in range(s.top + 1)]
    sums = ", ".join(f"count(*) FILTER ({name} = {level})" for name, level in levels)
    sets = ", ".join(f"(area_block, {name})" for name in GROUPS)
    rows = engine.rows(
        f"SELECT area_block, {', '.join(GROUPS)}, {', '.join(f'grouping({name})' for name in GROUPS)}, {sums}\n"
        f"FROM levels WHERE index_date = {literal(day)} GROUP BY GROUPING SETS ({sets})"
    )
    found: dict[str, dict[str, Association]] = {s.id: {} for s in stressors}
    for place, group in enumerate(GROUPS):
        own = [row for row in rows if row[1 + len(GROUPS) + place] == 0]
        counts = _by_group([(row[0], row[1 + place], row[1 + 2 * len(GROUPS) :]) for row in own], at, len(levels))
        for s in stressors:
            wanted = [i for i, (name, _) in enumerate(levels) if name == s.id]
            found[s.id][group] = cramers_v(counts[:, wanted], draws)
    return found


def _by_group(rows: Sequence[tuple[str, object, Sequence[int]]], at: dict[str, int], levels: int) -> Array:
    """Families per neighbourhood, level and group; not-known groups left out."""
    groups = sorted({str(group) for _, group, _ in rows if group not in (None, "unknown")})
    counts = np.zeros((len(at), levels, len(groups)))
    for block, group, sums in rows:
        if group not in (None, "unknown"):
            counts[at[block], :, groups.index(str(group))] = sums
    return counts


def _ratio(part: Array, whole: Array, other_part: Array, other_whole: Array, draws: Array) -> Ratio:
    """A share over another share, each given per neighbourhood as part and whole; NaN without a sound interval."""
    everything = np.ones((1, len(part)))
    value = _quotients(part, whole, other_part, other_whole, everything)[0]
    if not np.isfinite(value) or value <= 0 or len(part) < 2:
        return UNKNOWN
    replicates = _quotients(part, whole, other_part, other_whole, draws)
    bounds = interval(float(value), replicates, scale="log", blocks=len(part))
    return Ratio(float(value), bounds.low, bounds.high) if np.isfinite(bounds.low) else UNKNOWN


def _quotients(part: Array, whole: Array, other_part: Array, other_whole: Array, draws: Array) -> Array:
    """The quotient of two shares in every replicate; NaN where it does not exist."""
    above, below = (draws @ part) * (draws @ other_whole), (draws @ whole) * (draws @ other_part)
    return np.asarray(np.divide(above, below, out=np.full(len(draws), np.nan), where=below > 0))

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
from riskscreen.records.definitions import Stressor
from riskscreen.stats.association import Association, cramers_v
from riskscreen.stats.discrimination import draw_blocks, interval
from riskscreen.stressors.definitions import Catalogue
from riskscreen.stressors.eligibility_counts import DayCounts, count_dates, count_day, count_group, listed
from riskscreen.stressors.levels import GROUPS

Array = NDArray[np.float64]

REPLICATES = 400
SEED = 20260101


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
    """Measure every stressor in the engine table ``levels``: few passes, counts only.

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
    stressors, dates = catalogue.stressors, tuple(index_dates)
    blocks = [row[0] for row in engine.rows("SELECT DISTINCT area_block FROM levels ORDER BY ALL")]
    draws = draw_blocks(np.random.default_rng(SEED), max(len(blocks), 1), REPLICATES)
    families, known, having = count_dates(engine, stressors, dates, blocks)
    with listed(engine, stressors, day, blocks):
        counts = count_day(engine, stressors, len(blocks))
        groups = {name: count_group(engine, stressors, name, len(blocks), counts.partly) for name in GROUPS}
    return tuple(
        Measured(
            stressor,
            {name: cramers_v(tables[place], draws) for name, tables in groups.items()},
            _qualities(dates, families, known[:, :, place], having[:, :, place], draws),
            _link(counts, place, draws, threshold),
        )
        for place, stressor in enumerate(stressors)
    )


def _qualities(
    dates: Sequence[date], families: Array, known: Array, having: Array, draws: Array
) -> tuple[Quality, ...]:
    """From families, known levels and stressors per date and neighbourhood; the first date has no change."""
    found = []
    for place, day in enumerate(dates):
        same = Ratio(1.0, 1.0, 1.0) if having[0].sum() else UNKNOWN
        change = _ratio(having[place], known[place], having[0], known[0], draws) if place else same
        sums = [int(part[place].sum()) for part in (families, known, having)]
        found.append(Quality(day, sums[0], sums[1], sums[2], change))
    return tuple(found)


def _link(counts: DayCounts, place: int, draws: Array, threshold: int) -> Link:
    known, having, alone = (part[:, place] for part in (counts.known, counts.having, counts.alone))
    return Link(
        families=int(known[:, 0].sum()),
        with_stressor=int(having[:, 0].sum()),
        ratio=_rate_ratio(having, known - having, draws, threshold),
        alone=int(alone[:, 0].sum()),
        ratio_alone=_rate_ratio(alone, counts.none, draws, threshold),
    )


def _rate_ratio(these: Array, others: Array, draws: Array, threshold: int) -> Ratio:
    """From families, followed and outcomes per neighbourhood; not said on fewer outcomes than the threshold."""
    if these[:, 2].sum() < threshold or others[:, 2].sum() < threshold:
        return UNKNOWN
    return _ratio(these[:, 2], these[:, 1], others[:, 2], others[:, 1], draws)


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

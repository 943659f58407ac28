"""Whether what providers wrote down can be, beside the families that the registers know.

Two things are told apart. In one quarter a provider counts a family once: more families offered something than live in
the wijk cannot be, and is refused. Over a year a family may be offered a programme twice, may move, or may not be whom
the programme is for by our reading: more offers than families it fits can be, but then nobody can tell how many of
those families were reached. That is told, and the reach there is not known.

Both limits are rounded up, so that a file made up for the purpose cannot find out how many families there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal

if TYPE_CHECKING:
    import pandas as pd

HUNDRED, TEN = 100, 10
"""To what the limits are rounded up: families of a wijk, families that a programme fits there."""
Pair = tuple[str, str]
"""Programme and wijk."""


def families_there(engine: Engine, dates: Sequence[date]) -> dict[str, int]:
    """The most families that a provider can have met in a wijk in one quarter.

    All families that lived there on one of the index dates, those with an open case too, rounded up to whole hundreds.

    Parameters
    ----------
    engine
        With ``levels``.
    dates
        Index dates of the year, its first and last day included where there are levels on them.
    """
    rows = engine.rows(
        "SELECT area_block, count(DISTINCT family) FROM levels "
        f"WHERE index_date IN ({', '.join(literal(day) for day in dates)}) AND area_block IS NOT NULL GROUP BY ALL"
    )
    return {str(area): rounded_up(int(families), HUNDRED) for area, families in rows}


def rounded_up(families: int, to: int) -> int:
    """The next whole number of ``to``, itself when it is one; at least one.

    Examples
    --------
    >>> [rounded_up(families, 10) for families in (0, 9, 10, 11)]
    [10, 10, 10, 20]
    """
    return max(-(-families // to), 1) * to


def more_than_fit(given: pd.DataFrame, pairs: pd.DataFrame, left: pd.DataFrame) -> frozenset[Pair]:
    """Programmes and wijken where more offers were written down than families can have been whom the programme fits.

    Parameters
    ----------
    given
        ``programme, area_block, offered``: offers in the year.
    pairs, left
        ``programme, area_block, families``: families that it fits on the index date, and those earlier in the year
        only; any number of rows per programme and wijk.
    """
    fits = _sums(pairs)
    for key, families in _sums(left).items():
        fits[key] = fits.get(key, 0) + families
    rows = given[["programme", "area_block", "offered"]].itertuples(index=False)
    return frozenset(
        (str(name), str(area)) for name, area, offered in rows if offered > rounded_up(fits.get((name, area), 0), TEN)
    )


def limit_of(area: str, most: Mapping[str, int] | None) -> int | None:
    """The most families of a wijk in one quarter; ``None`` where that is not known."""
    return None if most is None else most.get(area, HUNDRED)


def _sums(frame: pd.DataFrame) -> dict[Pair, int]:
    rows = frame[["programme", "area_block", "families"]].itertuples(index=False)
    sums: dict[Pair, int] = {}
    for programme, area, families in rows:
        sums[programme, area] = sums.get((programme, area), 0) + int(families)
    return sums

"""Ranks as joint sets, tiers, and the sentence that says how many areas can be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from riskscreen.areas.rate_table import INSIDE, area_labels
from riskscreen.areas.tree import NAMES, ONE, Level
from riskscreen.records.tables import CHANNELS, Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.stats.ranks import Ranks, rank_areas

if TYPE_CHECKING:
    from riskscreen.areas.rates import AreaEstimate, AreaEstimates

FEW = 0.1
"""When fewer than this share of areas can be told apart, the report says so first."""
TIERS = {
    "above": Text("surely above the overall rate", "zeker boven het gemiddelde"),
    "not_told_apart": Text("cannot be told apart from the overall rate", "niet te onderscheiden van het gemiddelde"),
    "below": Text("surely below the overall rate", "zeker onder het gemiddelde"),
}
_SIDES = {1: "above", 0: "not_told_apart", -1: "below"}
_HUNDRED = 100
_PARTS = 5


def ranks_of(found: AreaEstimates) -> tuple[tuple[AreaEstimate, ...], Ranks | None]:
    """The areas that get a rank, and their joint sets; none when fewer than two areas are large enough."""
    rows = found.large()
    if len(rows) < 2:
        return rows, None
    events, trials = (np.array([getattr(row, name) for row in rows], float) for name in ("outcomes", "families"))
    return rows, rank_areas(events, trials)


def rank_table(found: AreaEstimates) -> Table | None:
    """``areas_ranks_<level>``: first and last rank of every area that is large enough, and its tier.

    Areas below the base of an estimate get no rank and do not count for the ranks of others. The number of families
    stands in whole hundreds, so that what ``areas_<level>`` hides cannot be read here. A rank is a code: as a number,
    the gate would often take it for a ratio of hidden rates. An area with fewer
    outcomes than the threshold gets its set widened to whole fifths of the list: a set that moves one place with every
    outcome would tell how many there are.
    """
    rows, ranks = ranks_of(found)
    if ranks is None:
        return None
    labels = {code: text for code, text in area_labels(found).items() if code in {row.area for row in rows}}
    order = sorted(range(len(rows)), key=lambda i: (int(ranks.low[i]), int(ranks.high[i]), rows[i].area))
    body = [
        _cells(rows[i], found.estimate_base, *_guarded(rows[i], ranks, i, found.threshold), int(ranks.side[i]))
        for i in order
    ]
    one, places = ONE[found.level], {str(place): same(str(place)) for place in range(1, len(rows) + 1)}
    return Table(
        f"areas_ranks_{found.level}",
        Text(f"Between which ranks a {one.en} lies", f"Tussen welke plaatsen een {one.nl} ligt"),
        (
            Column("area", "key", Text("area", "gebied"), labels=labels),
            Column(
                "base",
                "count",
                Text("families (whole hundreds)", "gezinnen (hele honderdtallen)"),
                "families",
                additive=False,
            ),
            Column("rank_low", "code", Text("first rank", "eerste plaats"), labels=places),
            Column("rank_high", "code", Text("last rank", "laatste plaats"), labels=places),
            Column("tier", "code", Text("beside the overall rate", "naast het gemiddelde"), labels=TIERS),
        ),
        tuple(body),
        note=Text(
            "Rank 1 has the highest rate of recorded reports. All ranks hold together with 95% confidence: areas whose "
            "ranks overlap cannot be ordered. Areas with few families have no rank. A rank says nothing about how much "
            "maltreatment there is: reporting differs between areas.",
            "Plaats 1 heeft de meeste meldingen per gezin. Alle plaatsen kloppen samen met 95% zekerheid: gebieden "
            "waarvan de plaatsen overlappen zijn niet te ordenen. Gebieden met weinig gezinnen hebben geen plaats. Een "
            "plaats zegt niet hoeveel mishandeling er is: hoe vaak er gemeld wordt verschilt per gebied.",
        ),
        channels=INSIDE if found.level == "buurt" else CHANNELS,
    )


def _cells(row: AreaEstimate, base: int, low: int, high: int, side: int) -> tuple[Value, ...]:
    return (row.area, max(row.families // _HUNDRED * _HUNDRED, base), str(low), str(high), _SIDES[side])


def _guarded(row: AreaEstimate, ranks: Ranks, i: int, threshold: int) -> tuple[int, int]:
    low, high, areas = int(ranks.low[i]), int(ranks.high[i]), len(ranks.low)
    if min(row.outcomes, row.families - row.outcomes) >= threshold:
        return low, high
    step = -(-areas // _PARTS)
    return (low - 1) // step * step + 1, min(-(-high // step) * step, areas)


def apart_text(level: Level, tiers: Sequence[str]) -> Text:
    """How many areas can be told apart from the overall rate, and what to do when these are few.

    Parameters
    ----------
    level
        Level of the areas.
    tiers
        Column ``tier`` of the released ``areas_ranks_<level>``.

    Examples
    --------
    >>> print(apart_text("buurt", ["above", *["not_told_apart"] * 19]).en)
    Of 20 neighbourhoods (buurten), 1 can be told apart from the overall rate: fewer than one in ten. Look at wijken \
instead, or at three years together.
    """
    apart, all_ = sum(tier != "not_told_apart" for tier in tiers), len(tiers)
    name, few = NAMES[level], apart < FEW * all_
    if not all_:
        return Text(
            f"No {ONE[level].en} has enough families for an estimate.",
            f"Geen enkele {ONE[level].nl} heeft genoeg gezinnen voor een schatting.",
        )
    said = Text(
        f"Of {all_} {name.en}, {apart} can be told apart from the overall rate",
        f"Van {all_} {name.nl} {'is er' if apart == 1 else 'zijn er'} {apart} te onderscheiden van het gemiddelde",
    )
    if not few:
        return Text(f"{said.en}.", f"{said.nl}.")
    instead = _INSTEAD[level]
    return Text(
        f"{said.en}: fewer than one in ten. {instead.en}", f"{said.nl}: minder dan een op de tien. {instead.nl}"
    )


_THREE = Text("Take three years together.", "Neem drie jaar samen.")
_INSTEAD = {
    "buurt": Text(
        "Look at wijken instead, or at three years together.", "Kijk liever naar wijken, of naar drie jaar samen."
    ),
    "wijk": _THREE,
    "gemeente": _THREE,
    "provincie": _THREE,
}

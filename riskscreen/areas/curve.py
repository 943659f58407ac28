"""The curve: what share of the outcomes lies with the families approached, for several ways to choose them.

Families are put in steps in the order in which a way of choosing approaches them; within a step all are alike, so a
step that is approached in part gives its share. The order never comes from the families it is judged on: target groups
are ordered by the rate where they were found. Intervals draw wijken: the standard error over draws, with a t quantile
of one less than the number of wijken (Korn and Graubard 1998, Survey Methodology 24:193), because there are few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen.areas.figures import stressor_counts
from riskscreen.areas.groups import Targets
from riskscreen.areas.halves import UNKNOWN, Halves
from riskscreen.areas.membership import in_group
from riskscreen.errors import UsageError
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text
from riskscreen.stats.coarse import coarse_share
from riskscreen.stats.intervals import t_quantile

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

SHARES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0)
"""Shares of all families approached that are shown."""
METHODS: Mapping[str, Text] = {
    "target_groups": Text("target groups, then by lot", "doelgroepen, daarna op loting"),
    "count": Text("families with most stressors", "gezinnen met de meeste stressoren"),
    "card": Text("families with most points", "gezinnen met de meeste punten"),
    "deprivation": Text("poorest neighbourhoods", "armste buurten"),
    "random": Text("by lot", "op loting"),
    "universal": Text("everybody", "iedereen"),
}
BY_DEFINITION = ("random", "universal")
"""What these cover follows from what they approach: no data about families."""
DRAWS = 400
FEWEST_WIJKEN = 5


@dataclass(frozen=True, slots=True)
class Ladder:
    """Families in the order in which they are approached. For use inside: printing shows no counts.

    Parameters
    ----------
    method
        A code of ``METHODS``.
    families, found
        Families, and those of them with the outcome (or with need), per step and wijk; shape ``(steps, wijken)``.
    """

    method: str
    families: Floats = field(repr=False)
    found: Floats = field(repr=False)


@dataclass(frozen=True, slots=True)
class Covered:
    """Share of the outcomes covered by one way of choosing, at the shares of families asked for.

    Parameters
    ----------
    method
        A code of ``METHODS``.
    shares
        Shares of all families approached, shape ``(shares,)``.
    value, low, high
        Shares of the outcomes, shape ``(shares,)``; bounds are ``nan`` with too few wijken.
    """

    method: str
    shares: Floats
    value: Floats
    low: Floats
    high: Floats

    def at(self, share: float) -> float:
        """The share covered at one of the shares."""
        return float(self.value[int(np.flatnonzero(np.isclose(self.shares, share))[0])])


def ladder(method: str, order: Floats, families: Floats, found: Floats, wijk: Sequence[object]) -> Ladder:
    """Rows put in steps, highest ``order`` first; all arrays have shape ``(rows,)``."""
    values, step = np.unique(-np.asarray(order, np.float64), return_inverse=True)
    blocks, place = np.unique(np.asarray(wijk, dtype=str), return_inverse=True)
    shape = (len(values), len(blocks))
    cell = step * shape[1] + place
    sums = (np.bincount(cell, weights=one, minlength=shape[0] * shape[1]) for one in (families, found))
    first_sum, second_sum = (np.asarray(one, np.float64).reshape(shape) for one in sums)
    return Ladder(method, first_sum, second_sum)


def ladders_of(
    targets: Targets, halves: Halves, by_area: pd.DataFrame | None = None, *, found: str = "outcome"
) -> tuple[Ladder, ...]:
    """Target groups, plain count and, with ``by_area``, deprivation: on the families that judge.

    Parameters
    ----------
    by_area
        Counts on the test date: ``area_block, low_income_share, <found>, families``; other wijken are left out.
    found
        The column of what is to be covered, 0 or 1: the recorded outcome, or true need in a synthetic world.
    """
    judged = halves.judged
    families = judged["families"].to_numpy(np.float64)
    with_it = families * judged[found].to_numpy(np.float64)
    wijk = judged["area_block"].fillna(UNKNOWN).tolist()
    counts = stressor_counts(judged, list(halves.stressors)).astype(np.float64)
    made = [
        ladder("target_groups", _group_order(targets, judged), families, with_it, wijk),
        ladder("count", counts, families, with_it, wijk),
    ]
    if by_area is not None:
        made.append(_deprivation(by_area, set(wijk), found))
    return tuple(made)


def covered(one: Ladder, shares: Sequence[float] = SHARES, *, seed: int = 1, draws: int = DRAWS) -> Covered:
    """What a way of choosing covers, with a 95% interval that draws wijken.

    Raises
    ------
    UsageError
        There is nothing to cover.
    """
    if not one.found.sum():
        raise UsageError("there is no outcome to cover", do="use more families or another date")
    at = np.asarray(shares, np.float64)
    wijken = one.families.shape[1]
    value = _covered_at(one, np.ones(wijken), at)
    if wijken < FEWEST_WIJKEN:
        unknown = np.full(len(at), np.nan)
        return Covered(one.method, at, value, unknown, unknown)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(wijken, np.full(wijken, 1 / wijken), size=draws).astype(np.float64)
    drawn = np.array([_covered_at(one, weight, at) for weight in weights if (one.found @ weight).sum()])
    error = drawn.std(axis=0) * np.sqrt(wijken / (wijken - 1)) * t_quantile(0.05, wijken - 1)
    return Covered(one.method, at, value, np.clip(value - error, 0, 1), np.clip(value + error, 0, 1))


def by_lot(shares: Sequence[float] = SHARES) -> tuple[Covered, Covered]:
    """Choosing by lot covers as large a share as it approaches; an offer to everybody approaches and covers all."""
    at = np.asarray(shares, np.float64)
    whole = np.where(at == 1, 1.0, np.nan)
    return Covered("random", at, at, at, at), Covered("universal", at, whole, whole, whole)


def curve_table(curves: Sequence[Covered], families: int, outcomes: int) -> Table:
    """``target_curve``: share of the recorded outcomes covered by share of families approached; not yet released.

    Parameters
    ----------
    families, outcomes
        On whom the curves are judged; shares are rounded so far that two neighbouring points tell no few outcomes.
    """
    steps = {f"{share:.0%}": Text(f"{share:.0%} of families", f"{share:.0%} van de gezinnen") for share in SHARES}
    rows: list[tuple[Value, ...]] = [
        (one.method, f"{share:.0%}", families, outcomes, *_told(one, i, outcomes))
        for one in curves
        for i, share in enumerate(one.shares)
        if not np.isnan(one.value[i])
    ]
    share_of = Text("share of the recorded reports among them", "deel van de meldingen dat onder hen valt")
    return Table(
        "target_curve",
        Text("Whom each way of choosing reaches", "Wie elke manier van kiezen bereikt"),
        (
            Column("method", "key", Text("way of choosing", "manier van kiezen"), labels=dict(METHODS)),
            Column("approached", "key", Text("approached", "benaderd"), labels=steps),
            Column("families", "count", Text("families judged on", "gezinnen beoordeeld"), "families", additive=False),
            Column(
                "outcomes", "count", Text("with a recorded report", "met een melding"), "families", base="families",
                additive=False,
            ),
            Column("covered", "estimate", share_of, "share", base="families"),
            Column("low", "estimate", Text("lower bound", "ondergrens"), "share", base="families"),
            Column("high", "estimate", Text("upper bound", "bovengrens"), "share", base="families"),
        ),
        tuple(rows),
        note=Text(
            "On families that were not used to find the groups, on a later date. A share of the recorded reports is "
            "no share of need, and says nothing of how many would be prevented. Target groups come in the order of "
            "their rate where they were found; after the last group families are drawn by lot. Shares are rounded.",
            "Op gezinnen die niet gebruikt zijn om de groepen te vinden, op een latere datum. Een deel van de "
            "meldingen is geen deel van de nood, en zegt niet hoeveel er voorkomen zou worden. Doelgroepen komen in de "
            "volgorde van hun cijfer op de plek waar ze gevonden zijn; na de laatste groep beslist het lot. De delen "
            "zijn afgerond.",
        ),
    )  # fmt: skip


def _told(one: Covered, place: int, outcomes: int) -> list[float | None]:
    """Share and bounds; what holds without data is not rounded."""
    values = [float(line[place]) for line in (one.value, one.low, one.high)]
    least = 10 if one.method not in BY_DEFINITION else 0
    return [None if np.isnan(value) else coarse_share(value, outcomes, least=least) for value in values]


def _group_order(targets: Targets, frame: pd.DataFrame) -> Floats:
    """The first group of each row, higher first; 0: in none."""
    ordered = sorted(targets.estimates, key=lambda item: (item.rate_searched, item.group.filter))
    order = np.zeros(len(frame))
    for place, item in enumerate(ordered, start=1):
        order[in_group(frame, item.group)] = place
    return order


def _deprivation(by_area: pd.DataFrame, wijken: set[str], found: str) -> Ladder:
    blocks = by_area["area_block"].fillna(UNKNOWN)
    here = by_area[blocks.isin(wijken) & by_area[found].notna()]
    families = here["families"].to_numpy(np.float64)
    poor = here["low_income_share"].to_numpy(np.float64, na_value=np.nan)
    poor = np.where(np.isnan(poor), -1.0, poor)  # a buurt without a figure comes last
    with_it = families * here[found].to_numpy(np.float64)
    return ladder("deprivation", poor, families, with_it, here["area_block"].fillna(UNKNOWN).tolist())


def _covered_at(one: Ladder, weight: Floats, at: Floats) -> Floats:
    """Share of what is found at each share of families, with each wijk counted ``weight`` times."""
    families, found = np.cumsum(one.families @ weight), np.cumsum(one.found @ weight)
    x, y = np.append(0, families / families[-1]), np.append(0, found / found[-1])
    return np.asarray(np.interp(at, x, y))

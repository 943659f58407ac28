"""Steps of adjacent scores that may leave: so wide that no subtraction between them tells a few families.

Two points of a group's curve differ by the families between them; the total minus all groups shown is the groups left
out; two attributes can share a group (single parents of either sex are one family form), so other steps for each would
be subtracted too. Hence **one** set of steps for a whole audit, and in every step each group shown, and the groups left
out of an attribute taken together, hold at least ``least`` families with and ``least`` without the outcome. Groups that
lie within a group of another attribute are the work of :mod:`riskscreen.fairness.nesting`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from riskscreen.errors import UsageError
from riskscreen.fairness.calibration import LEAST, bins_of
from riskscreen.fairness.curves import ScoreCounts
from riskscreen.fairness.metrics import Floats, Ints
from riskscreen.fairness.nesting import close_within

FEWEST = 4
"""Fewer steps than this tell nothing of a curve: groups that stand in the way are left out instead."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of scores, the same for every attribute, with the groups that have enough families in each.

    Parameters
    ----------
    starts
        Lowest score of each step, ascending, shape ``(steps,)``; none when even all families together hold too few.
    shown, left_out
        Groups by attribute, in the order of the histograms. A group left out has too few families in some step, or the
        groups left out would together have too few without it.
    """

    starts: Floats
    shown: Mapping[str, tuple[str, ...]]
    left_out: Mapping[str, tuple[str, ...]]


def steps_of(
    histograms: Sequence[ScoreCounts],
    cut: float | None,
    *,
    least: int = LEAST,
    fewest: int = FEWEST,
    borders: Sequence[float] | None = None,
) -> Steps:
    """The most steps, at least ``fewest``, with as few groups left out as need be.

    Groups are left out one by one, the weakest first (fewest steps of its own, then fewest families with the outcome),
    until the others share ``fewest`` steps and none gives a few families away as its difference from another.

    Parameters
    ----------
    histograms
        Of every attribute, at least one, over the same scores.
    cut
        A score at which a step must begin, because other tables count from it; ``None``: no such score.
    least
        Families with, and without, the outcome in every step; at least 1.
    borders
        Scores at which a step may begin, because other tables show the same families from these; ``None``: any.

    Examples
    --------
    >>> counts = np.array([[[90, 20]] * 4, [[60, 15]] * 4, [[40, 1], [40, 1], [40, 9], [40, 9]]])
    >>> found = steps_of([ScoreCounts("form", ("a", "b", "c"), np.arange(4.0), counts)], None)
    >>> found.starts.tolist(), found.shown["form"], found.left_out["form"]
    ([0.0, 1.0, 2.0, 3.0], ('a',), ('b', 'c'))
    """
    if least < 1 or fewest < 1:
        raise UsageError(f"least is {least} and fewest {fewest}", do="give 1 or more for both")
    grids = [_grid(item, cut, borders) for item in histograms]
    parts = [_Part(item.attribute, item.groups, grid.families) for item, grid in zip(histograms, grids, strict=True)]
    at = grids[0].at_cut
    while True:
        starts = _starts(np.concatenate([part.units() for part in parts]), at, least)
        if not any(part.shown for part in parts):
            break
        if len(starts) < fewest:
            _leave_out_weakest(parts, at, least)
            continue
        close = close_within([part.families for part in parts], [part.shown for part in parts], starts, least)
        if close is None:
            break
        parts[close.attribute].leave_out_smallest(close.groups)
    enough = len(starts) >= fewest
    return Steps(
        grids[0].scores[starts] if enough else np.zeros(0),
        {part.attribute: part.names(shown=True) if enough else () for part in parts},
        {part.attribute: part.names(shown=False) if enough else part.groups for part in parts},
    )


def in_steps(histograms: ScoreCounts, steps: Steps) -> Ints:
    """Families by group, step and outcome, shape ``(groups, steps, 2)``."""
    first = np.searchsorted(histograms.scores, steps.starts)
    return np.asarray(np.add.reduceat(histograms.families, first, axis=1)) if len(first) else histograms.families[:, :0]


@dataclass(frozen=True, slots=True)
class _Grid:
    """Families between neighbouring allowed borders."""

    scores: Floats
    families: Ints
    at_cut: int


def _grid(item: ScoreCounts, cut: float | None, borders: Sequence[float] | None) -> _Grid:
    scores = np.asarray(item.scores, np.float64)
    wanted = np.append(scores if borders is None else np.asarray(borders, np.float64), [] if cut is None else [cut])
    starts = np.unique(np.append(0, np.searchsorted(scores, wanted)))
    places = starts[starts < len(scores)]
    at = 0 if cut is None else int(np.searchsorted(scores[places], cut))
    return _Grid(scores[places], np.add.reduceat(item.families, places, axis=1), at)


@dataclass(slots=True)
class _Part:
    """One attribute: which of its groups are shown so far."""

    attribute: str
    groups: tuple[str, ...]
    families: Ints
    shown: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shown = list(range(len(self.groups)))

    def units(self) -> Ints:
        """Groups shown, then all groups left out as one; shape ``(units, places, 2)``."""
        rest = [place for place in range(len(self.groups)) if place not in self.shown]
        together = self.families[rest].sum(axis=0, keepdims=True)
        return np.concatenate([self.families[self.shown], together]) if rest else self.families[self.shown]

    def leave_out_smallest(self, among: Sequence[int]) -> None:
        """Of these groups, the one with the fewest families with the outcome."""
        self.shown.remove(min(among, key=lambda group: int(self.families[group, :, 1].sum())))

    def names(self, *, shown: bool) -> tuple[str, ...]:
        return tuple(group for place, group in enumerate(self.groups) if (place in self.shown) == shown)


def _starts(units: Ints, at_cut: int, least: int) -> Ints:
    """Where steps begin that all units can bear, one of them at the cut; empty when a side of it holds too little."""
    sides = [side for side in (units[:, :at_cut], units[:, at_cut:]) if side.shape[1]]
    found = [bins_of(side, least) for side in sides]
    if any(not len(starts) for starts in found):
        return np.zeros(0, np.int64)
    return found[0] if len(found) == 1 else np.concatenate([found[0], found[1] + at_cut])


def _leave_out_weakest(parts: Sequence[_Part], at_cut: int, least: int) -> None:
    """One group fewer; where the groups left out are together the weakest, the smallest group shown joins them."""
    ranked = [
        (len(_starts(unit[None], at_cut, least)), int(unit[:, 1].sum()), number, place)
        for number, part in enumerate(parts)
        for place, unit in enumerate(part.units())
        if part.shown
    ]
    _, _, number, place = min(ranked)
    shown = parts[number].shown
    parts[number].leave_out_smallest(shown[place : place + 1] or shown)

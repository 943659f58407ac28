"""Monotonicity: a worse circumstance never lowers the points; exact, from the lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from riskscreen.integrity.findings import Finding, judged
from riskscreen.records.card import Card
from riskscreen.records.definitions import Stressor

Levels = NDArray[np.float64]


def find_falls(card: Card, stressors: Sequence[Stressor], profiles: Levels) -> list[Finding]:
    """Look at every line of the card, and at every profile that occurs.

    Parameters
    ----------
    profiles
        Shape ``(profiles, stressors)``: every profile that occurs, once; ``nan`` is *not covered*.
    """
    return [_lines(card, stressors), _profiles(card, stressors, profiles), _risk(card), _unseen(card, stressors)]


def steps_of(card: Card, stressor: str, top: int) -> NDArray[np.int64]:
    """Points of one stressor at *not covered* and at each level from 0 to ``top``; shape ``(top + 2,)``."""
    levels = np.concatenate([[np.nan], np.arange(top + 1, dtype=np.float64)])
    own = Card(card.name, tuple(line for line in card.lines if line.stressor == stressor), 0.0, 1.0)
    return own.points({stressor: levels})


def _lines(card: Card, stressors: Sequence[Stressor]) -> Finding:
    tops = {stressor.id: stressor.top for stressor in stressors}
    falling = tuple(name for name in card.stressors if (np.diff(steps_of(card, name, tops.get(name, 1))[1:]) < 0).any())
    wrong = sum(line.stressor in falling for line in card.lines)
    return judged("monotonicity", "lines", len(card.lines), "lines", wrong, falling)


def _profiles(card: Card, stressors: Sequence[Stressor], profiles: Levels) -> Finding:
    """Each profile with each of its levels raised by one."""
    columns = {stressor.id: profiles[:, place] for place, stressor in enumerate(stressors)}
    before = card.points(columns, rows=len(profiles))
    wrong = np.zeros(len(profiles), dtype=np.bool_)
    about = []
    for stressor in stressors:
        raised = columns[stressor.id] + 1
        possible = raised <= stressor.top
        after = card.points({**columns, stressor.id: np.where(possible, raised, columns[stressor.id])}, len(profiles))
        fallen = after < before
        wrong |= fallen
        about += [stressor.id] if fallen.any() else []
    return judged("monotonicity", "profiles", len(profiles), "profiles", int(wrong.sum()), tuple(about))


def _risk(card: Card) -> Finding:
    """The risk that belongs to more points is not lower."""
    wrong = int(card.slope < 0)
    return judged("monotonicity", "risk", card.most_points, "points", wrong)


def _unseen(card: Card, stressors: Sequence[Stressor]) -> Finding:
    """Not covered scores nothing."""
    tops: Mapping[str, int] = {stressor.id: stressor.top for stressor in stressors}
    scoring = tuple(name for name in card.stressors if steps_of(card, name, tops.get(name, 1))[0] != 0)
    return judged("monotonicity", "unseen", len(card.stressors), "stressors", len(scoring), scoring)

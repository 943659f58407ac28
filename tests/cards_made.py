"""Cards and profiles made by Hypothesis, *not covered* too, and what Python says about their points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from riskscreen.records.card import Card, Line

NAMES = ("debt", "order", "Mother's age", "ties")
"""Also a word that databases reserve, and a name of someone's own matrix."""
CUTS = st.sampled_from((0.0, 1.0, 2.0, 3.0, 0.5, -1.0, 1.25, 0.1 + 0.2, 1e-9, 123456.789))
LEVELS = st.none() | st.integers(-1, 4).map(float) | st.sampled_from((0.5, 0.3, 0.1 + 0.2, 1e-9, 123456.789))


@dataclass(frozen=True)
class Case:
    """A card and every profile that it is to score; None is *not covered*."""

    card: Card
    profiles: tuple[tuple[float | None, ...], ...]

    def points(self) -> list[int]:
        """What Python gives each profile."""
        columns = np.array([[math.nan if x is None else x for x in row] for row in self.profiles]).T
        return self.card.points(dict(zip(NAMES, columns, strict=True))).tolist()


LINES = st.builds(Line, st.sampled_from(NAMES), st.sampled_from((">=", "<=")), CUTS, st.integers(0, 5))
CARDS = st.builds(Card, st.just("card"), st.lists(LINES, max_size=8).map(tuple), st.just(-4.0), st.just(0.3))
PROFILES = st.lists(st.tuples(LEVELS, LEVELS, LEVELS, LEVELS), min_size=1, max_size=25, unique=True).map(tuple)
CASES = st.builds(Case, CARDS, PROFILES)

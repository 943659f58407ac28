"""What one profile scores and why: of a kind of families, never of a family."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskscreen.errors import UsageError
from riskscreen.records.card import Card
from riskscreen.records.definitions import Stressor
from riskscreen.records.frequencies import natural_frequency
from riskscreen.records.meaning import line_meaning
from riskscreen.records.texts import Text

PROFILE = Text("families with this profile", "gezinnen met dit profiel")


@dataclass(frozen=True, slots=True)
class Contribution:
    """Points of one line of the card that holds for the profile."""

    stressor: str
    meaning: Text
    points: int


@dataclass(frozen=True, slots=True)
class ProfileExplanation:
    """A profile's points, line by line, and its risk as a natural frequency.

    Parameters
    ----------
    contributions
        The lines that hold; their points add up to ``points``.
    not_covered
        Stressors of the card without a level here: they never score, so the risk may be too low.
    sentence
        The risk in words, with both sides.
    """

    contributions: tuple[Contribution, ...]
    points: int
    risk: float
    not_covered: tuple[str, ...]
    sentence: Text

    def __str__(self) -> str:
        lines = [f"{one.points:>4}  {one.meaning.en}" for one in self.contributions]
        lines.append(f"{self.points:>4}  points in all")
        lines.append(self.sentence.en)
        if self.not_covered:
            lines.append(f"Not covered, so never scored: {', '.join(self.not_covered)}.")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(one.meaning.en)}</td><td>{one.points}</td></tr>" for one in self.contributions
        )
        return (
            "<table><thead><tr><th>circumstance</th><th>points</th></tr></thead>"
            f"<tbody>{rows}<tr><th>in all</th><th>{self.points}</th></tr></tbody></table>"
            f"<p>{html.escape(self.sentence.en)}</p>"
        )

    def plot(self) -> Any:
        """Points per line: an altair bar chart."""
        import altair as alt

        data = [{"circumstance": one.meaning.en, "points": one.points} for one in self.contributions]
        return (
            alt.Chart(alt.Data(values=data))
            .mark_bar()
            .encode(x=alt.X("points:Q"), y=alt.Y("circumstance:N", sort="-x", title=None))
            .properties(title=self.sentence.en, width=420)
        )


def explain_profile(
    card: Card,
    levels: Mapping[str, float | None],
    stressors: Sequence[Stressor] = (),
    *,
    months: int = 12,
) -> ProfileExplanation:
    """Explain what a profile scores on a card.

    Parameters
    ----------
    card
        The card.
    levels
        Level per stressor, whole and at least 0; ``None``, ``nan`` or no entry at all is *not covered*.
    stressors
        Definitions, for the words.
    months
        The horizon.

    Raises
    ------
    UsageError
        A name that the card does not have, or a level that is no whole number of at least 0: all of them.

    Examples
    --------
    >>> from riskscreen.records.card import Card, Line
    >>> card = Card("card", (Line("debt", ">=", 1.0, 2), Line("eviction", ">=", 1.0, 3)), -4.0, 0.3)
    >>> print(explain_profile(card, {"debt": 2, "eviction": 0}))
       2  debt >= 1
       2  points in all
    Of 1,000 families with this profile about 32 are reported within a year, 968 are not.
    """
    known = {name: _level(value) for name, value in levels.items()}
    _check(card, levels, known)
    by_id = {stressor.id: stressor for stressor in stressors}
    holding = tuple(
        Contribution(line.stressor, line_meaning(line, by_id), line.points)
        for line in card.lines
        if bool(line.holds(np.array([known.get(line.stressor, math.nan)]))[0])
    )
    points = sum(one.points for one in holding)
    risk = float(card.risk(points))
    missing = tuple(name for name in card.stressors if math.isnan(known.get(name, math.nan)))
    return ProfileExplanation(holding, points, risk, missing, natural_frequency(risk, months=months, who=PROFILE))


def _level(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _check(card: Card, levels: Mapping[str, float | None], known: Mapping[str, float]) -> None:
    faults = [f"{name}: no stressor of this card" for name in levels if name not in card.stressors]
    faults += [
        f"{name}: a level is a whole number of at least 0"
        for name, value in known.items()
        if not math.isnan(value) and (value < 0 or value != math.floor(value) or math.isinf(value))
    ]
    if faults:
        raise UsageError(
            "this profile does not fit the card",
            faults=tuple(faults),
            do=f"give levels for {', '.join(card.stressors)}; leave out what is not covered",
        )

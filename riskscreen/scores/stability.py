"""How steady the card is: fitted again on resamples of neighbourhoods, how often each line comes back, with how much.

Weights per neighbourhood on counts, so no row about a family is drawn or made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.records.card import Card, Line
from riskscreen.records.definitions import Stressor
from riskscreen.records.meaning import line_meaning
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.scores.prior import Prior
from riskscreen.settings import Scores
from riskscreen.stats.discrimination import FEWEST_BLOCKS, draw_blocks
from riskscreen.stats.rows import Rows

Array = NDArray[np.float64]
Key = tuple[str, str, float]

RESAMPLES = 100
SHOWN = 0.1
"""Lines outside the card are shown when at least this share of the resamples has them."""


@dataclass(frozen=True, slots=True)
class LineStability:
    """One line over the resamples.

    Parameters
    ----------
    line
        With its points on the card; 0 when it is not on the card.
    chosen
        Share of the resamples that have this line.
    stressor_chosen
        Share that have any line on this stressor.
    low, middle, high
        The 5%, 50% and 95% points among the resamples that have the line.
    families
        Families it holds for, on the dates and folds of the fit.
    """

    line: Line
    chosen: float
    stressor_chosen: float
    low: float
    middle: float
    high: float
    families: int


@dataclass(frozen=True, slots=True)
class CardStability:
    """All lines of a card, and those that often came instead."""

    resamples: int
    lines: tuple[LineStability, ...]

    def table(self, stressors: Mapping[str, Stressor]) -> Table:
        """One row per line: share of resamples, and how its points spread."""
        codes = [f"{one.line.stressor} {one.line.side} {one.line.cut:g}" for one in self.lines]
        body = tuple(_row(code, one) for code, one in zip(codes, self.lines, strict=True))
        meanings = {
            code: line_meaning(one.line, stressors) if one.line.stressor in stressors else same(code)
            for code, one in zip(codes, self.lines, strict=True)
        }
        return Table("stability", _TITLE, _columns(meanings), body, _NOTE, channels=("review",))


def card_stability(
    rows: Rows,
    card: Card,
    settings: Scores,
    prior: Prior,
    *,
    min_outcomes: float,
    seed: int,
    resamples: int = RESAMPLES,
) -> CardStability:
    """Fit the card on resamples of neighbourhoods and compare its lines with those of ``card``.

    Parameters
    ----------
    rows
        What the card was fitted on: folds 0-6 of the train dates.
    card
        The card itself.
    settings, prior, min_outcomes
        As the card was fitted with; the prior is not chosen again.
    resamples
        Number of resamples; with fewer than ten neighbourhoods families are drawn instead.
    """
    import pandas as pd

    from riskscreen.scores.card import RiskCard

    part = rows.only(rows.covered())
    levels = pd.DataFrame(part.levels, columns=list(part.stressors))
    drawn: list[tuple[Line, ...]] = []
    for weight in _weights(part, np.random.default_rng(seed), resamples):
        if len(np.unique(part.outcome[weight > 0])) < 2:
            continue
        model = RiskCard(prior.lines, settings.max_points, monotone=True, min_outcomes=min_outcomes, ridge=prior.ridge)
        drawn.append(model.fit(levels, part.outcome, sample_weight=weight).card_.lines)
    return CardStability(len(drawn), _summed(card, drawn, part))


def _weights(rows: Rows, rng: np.random.Generator, resamples: int) -> Array:
    blocks = int(rows.block.max(initial=-1)) + 1
    if blocks >= FEWEST_BLOCKS:
        return np.asarray(draw_blocks(rng, blocks, resamples)[:, rows.block] * rows.families)
    return rng.poisson(rows.families, size=(resamples, len(rows.families))).astype(np.float64)


def _summed(card: Card, drawn: list[tuple[Line, ...]], rows: Rows) -> tuple[LineStability, ...]:
    found: dict[Key, list[int]] = {}
    for lines in drawn:
        for line in lines:
            found.setdefault(_key(line), []).append(line.points)
    with_stressor = Counter(name for lines in drawn for name in {line.stressor for line in lines})
    mine = [_key(line) for line in card.lines]
    often = [key for key, points in found.items() if len(points) >= SHOWN * len(drawn) and key not in mine]
    often.sort(key=lambda key: (-len(found[key]), key))
    points = {_key(line): line.points for line in card.lines}
    return tuple(
        _stability(Line(key[0], ">=", key[2], points.get(key, 0)), found.get(key, []), with_stressor, rows, len(drawn))
        for key in [*mine, *often]
    )


def _stability(line: Line, points: list[int], with_stressor: Counter[str], rows: Rows, drawn: int) -> LineStability:
    low, middle, high = np.quantile(points, [0.05, 0.5, 0.95]) if points else (0.0, 0.0, 0.0)
    levels = rows.columns()
    holds = line.holds(levels[line.stressor]) if line.stressor in levels else np.zeros(len(rows.families), np.bool_)
    return LineStability(
        line,
        len(points) / max(drawn, 1),
        with_stressor[line.stressor] / max(drawn, 1),
        float(low),
        float(middle),
        float(high),
        int(rows.families[holds].sum()),
    )


def _key(line: Line) -> Key:
    return line.stressor, line.side, line.cut


def _row(code: str, one: LineStability) -> tuple[Value, ...]:
    return code, one.families, one.line.points, one.chosen, one.stressor_chosen, one.low, one.middle, one.high


_TITLE = Text("How steady the lines of the card are", "Hoe vast de regels van de puntenkaart zijn")
_NOTE = Text(
    "The card was fitted again on resamples of neighbourhoods of the families that it was fitted on. A line that comes "
    "back in few resamples could as well have been another one. Points are those in the resamples that have the line; "
    "0 points on the card: a line that often came instead.",
    "De puntenkaart is opnieuw berekend op trekkingen van wijken, met de gezinnen waarop hij berekend is. Een regel "
    "die in weinig trekkingen terugkomt, had net zo goed een andere kunnen zijn. De punten gelden voor trekkingen met "
    "die regel. Een regel met 0 punten staat niet op de kaart, maar kwam er vaak voor in de plaats.",
)


def _columns(meanings: Mapping[str, Text]) -> tuple[Column, ...]:
    def share(name: str, en: str, nl: str) -> Column:
        return Column(name, "estimate", Text(en, nl), "share", base="families")

    def points(name: str, en: str, nl: str) -> Column:
        return Column(name, "estimate", Text(en, nl), "points", base="families")

    return (
        Column("line", "key", Text("line", "regel"), labels=meanings),
        Column("families", "count", Text("families in the fit", "gezinnen in de berekening"), "families"),
        Column("points", "number", Text("points on the card", "punten op de kaart"), "points"),
        share("chosen", "resamples with this line", "trekkingen met deze regel"),
        share("stressor_chosen", "with any line on this stressor", "met een regel over deze stressor"),
        points("points_5", "points: 5%", "punten: 5%"),
        points("points_50", "points: half", "punten: midden"),
        points("points_95", "points: 95%", "punten: 95%"),
    )

"""The card as a value: lines with whole points, and the risk that belongs to a total.

A card is text that diffs. It scores columns of stressor levels; ``nan`` is *not covered* and never scores.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import SettingsError

SCHEMA = "card/1"
Side = Literal[">=", "<="]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a card: ``points`` for a level of ``stressor`` at or beyond ``cut``."""

    stressor: str
    side: Side
    cut: float
    points: int

    def holds(self, levels: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Where the line holds; ``nan`` (not covered) never does. Shape as given."""
        with np.errstate(invalid="ignore"):
            return levels >= self.cut if self.side == ">=" else levels <= self.cut


@dataclass(frozen=True, slots=True)
class Card:
    """Lines with points, and a logistic risk: ``1 / (1 + exp(-(intercept + slope * points)))``.

    Parameters
    ----------
    name
        Which model this is, such as ``card`` or ``count``.
    lines
        The lines; points are whole and at least 0.
    intercept, slope
        From total points to the log-odds of the recorded outcome within the horizon.
    about
        Plain facts about the fit (index dates, families, outcome), no rows.
    """

    name: str
    lines: tuple[Line, ...]
    intercept: float
    slope: float
    about: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def stressors(self) -> tuple[str, ...]:
        """The stressors that have a line, in the order of the card."""
        return tuple(dict.fromkeys(line.stressor for line in self.lines))

    @property
    def most_points(self) -> int:
        """The highest total that a profile could have."""
        best: dict[tuple[str, Side], int] = {}
        for line in self.lines:
            best[line.stressor, line.side] = best.get((line.stressor, line.side), 0) + line.points
        return sum(best.values())

    def points(self, levels: Mapping[str, NDArray[np.float64]], rows: int | None = None) -> NDArray[np.int64]:
        """Total points per row, shape ``(rows,)``, from columns of levels (``nan``: not covered)."""
        if rows is None:
            rows = len(next(iter(levels.values())))
        total = np.zeros(rows, dtype=np.int64)
        for line in self.lines:
            total += line.points * line.holds(np.asarray(levels[line.stressor], dtype=np.float64))
        return total

    def risk(self, points: NDArray[np.int64] | int) -> NDArray[np.float64]:
        """Probability of the recorded outcome within the horizon for a total of points."""
        logit = self.intercept + self.slope * np.asarray(points, dtype=np.float64)
        return np.asarray(1.0 / (1.0 + np.exp(-logit)))

    def to_json(self) -> str:
        """The card as text that diffs; the same card gives the same bytes."""
        body = {
            "schema": SCHEMA,
            "name": self.name,
            "lines": [
                {"stressor": line.stressor, "side": line.side, "cut": line.cut, "points": line.points}
                for line in self.lines
            ],
            "intercept": self.intercept,
            "slope": self.slope,
            "about": dict(sorted(self.about.items())),
        }
        return json.dumps(body, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Card:
        """Read a card; another schema is refused with the reason."""
        body: dict[str, Any] = json.loads(text)
        if body.get("schema") != SCHEMA:
            raise SettingsError(
                f"this card has schema {body.get('schema')!r}; this version reads {SCHEMA!r}",
                do="use the riskscreen version that wrote it, or fit the card again",
            )
        lines = tuple(Line(x["stressor"], x["side"], float(x["cut"]), int(x["points"])) for x in body["lines"])
        if any(line.points < 0 or line.side not in (">=", "<=") or not math.isfinite(line.cut) for line in lines):
            raise SettingsError(
                "this card has a line that breaks its rules", do="points >= 0, side >= or <=, finite cut"
            )
        return cls(body["name"], lines, float(body["intercept"]), float(body["slope"]), body["about"])

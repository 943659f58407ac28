"""The card as a value: lines with whole points, and the risk that belongs to a total.

A card is text that diffs. It scores columns of stressor levels; ``nan`` is *not covered* and never scores.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import SettingsError

if TYPE_CHECKING:
    from riskscreen.records.definitions import Stressor

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

    def to_sql(
        self,
        dialect: str = "duckdb",
        *,
        threshold: int = 10,
        keys: Sequence[str] = ("index_date", "area"),
        stressors: Sequence[Stressor] = (),
        table: str = "levels",
    ) -> str:
        """The card as one SQL statement that returns groups of families, never a family.

        Parameters, result and errors are those of :func:`riskscreen.records.card_sql.card_sql`.

        Examples
        --------
        >>> print(Card("count", (Line("eviction", ">=", 1.0, 1),), -4.5, 0.5).to_sql("tsql", keys=("area",)))
        -- count: total points from stressor levels. Risk of the recorded outcome within the horizon:
        -- 1 / (1 + exp(-(-4.5 + 0.5 * points)))
        --  1 point   eviction >= 1
        -- Not covered (NULL) passes no comparison, so it never scores. Families with an open case are left out.
        -- What comes out are groups of at least 10 families: no row is about one family.
        WITH scored(area, points) AS (
          SELECT
            area,
            CASE WHEN eviction >= 1 THEN 1 ELSE 0 END
          FROM levels
          WHERE
            apart = 0
        )
        SELECT
          area,
          points,
          COUNT_BIG(*) AS families
        FROM scored
        GROUP BY
          area,
          points
        HAVING
          COUNT_BIG(*) >= 10
        ORDER BY
          area,
          points
        <BLANKLINE>
        """
        from riskscreen.records.card_sql import card_sql

        return card_sql(self, dialect, threshold=threshold, keys=keys, stressors=stressors, table=table)

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
        """Read a card; another schema, or text that is no card, is refused with the reason."""
        body = _body(text)
        if body.get("schema") != SCHEMA:
            raise SettingsError(
                f"this card has schema {body.get('schema')!r}; this version reads {SCHEMA!r}",
                do="use the riskscreen version that wrote it, or fit the card again",
            )
        try:
            return cls._from_body(body)
        except (KeyError, TypeError, ValueError) as error:
            raise SettingsError(
                f"this card misses something or has it in another form: {error}", do="use the file as it was written"
            ) from None

    @classmethod
    def _from_body(cls, body: Mapping[str, Any]) -> Card:
        lines = tuple(Line(x["stressor"], x["side"], float(x["cut"]), int(x["points"])) for x in body["lines"])
        if any(line.points < 0 or line.side not in (">=", "<=") or not math.isfinite(line.cut) for line in lines):
            raise SettingsError(
                "this card has a line that breaks its rules", do="points >= 0, side >= or <=, finite cut"
            )
        return cls(body["name"], lines, float(body["intercept"]), float(body["slope"]), body["about"])


def _body(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise SettingsError("this is no card: it is no JSON object", do="give a card.json that riskscreen wrote")
    return body
